//! `clusteriq doctor`: what can be read of a workspace, and what to do about the rest.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clusteriq_collect::{Client, ClientError, Newest, Probe, Source, Who, block_on, check_tables, probe, who};

use crate::args;
use crate::commands::WITH_GAPS;
use crate::console::{print, tell};
use crate::workspace::{configuration, network};

pub(crate) fn run(args: &args::Doctor) -> Result<ExitCode> {
    let config = configuration(args.profile.as_deref())?;
    print(&format!("host       {}", config.host))?;
    print(&format!("method     {} from {}", config.method_name(), config.origins()))?;
    for it in config.notes(args.profile.as_deref()) {
        print(&format!("           note: {it}"))?;
    }
    let (readable, gaps) = block_on(async {
        let client = Client::connect(config, &network(args.ca_file.as_deref())).await?;
        let who = whoever(&client).await?;
        let (readable, gaps) = lists(&client).await?;
        if args.rest_only {
            return Ok((readable, gaps));
        }
        let (tables, missing) = tables(&client, args.warehouse.as_deref(), who.as_deref()).await?;
        Ok::<_, anyhow::Error>((readable + tables, gaps + missing))
    })??;
    if readable == 0 {
        bail!("nothing can be read from this workspace\n\nhint: the lines above say what each list needs");
    }
    if args.strict && gaps > 0 {
        tell(&format!("cannot be read: {gaps}"));
        return Ok(ExitCode::from(WITH_GAPS));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says who is asking. A token that is limited to some APIs may be refused that and still read others.
async fn whoever(client: &Client) -> Result<Option<String>> {
    let mut known = None;
    match who(client).await {
        Ok(Who { name, is_admin }) => {
            known = Some(name.clone());
            let role = if is_admin { "workspace admin" } else { "no workspace admin" };
            print(&format!("signed in  as {name}, {role}"))?;
            if !is_admin {
                print("           note: lists leave out, without a word, what this identity has no permission for")?;
            }
        }
        Err(it) if it.is_refusal() => print(&format!("signed in  as somebody unknown: {}", it.message_and_hint().0))?,
        Err(it) => return Err(it.into()),
    }
    print(&format!("workspace  {}\n", client.workspace_id().as_deref().unwrap_or("does not say its id")))?;
    Ok(known)
}

/// A line for each list; how many can be read, and how many not.
async fn lists(client: &Client) -> Result<(u32, u32)> {
    let (mut readable, mut gaps) = (0, 0);
    for source in Source::ALL {
        let said = probe(source, client, jiff::Timestamp::now()).await;
        match &said {
            Ok(_) => readable += 1,
            Err(_) => gaps += 1,
        }
        print(&format!("{:<20} {}", source.name(), verdict(source, &said)))?;
    }
    Ok((readable, gaps))
}

/// A line for each system table; how many can be read, and how many not.
async fn tables(client: &Client, warehouse: Option<&str>, who: Option<&str>) -> Result<(u32, u32)> {
    print("")?;
    let health = match check_tables(client, warehouse, jiff::Timestamp::now()).await {
        Ok(Some(it)) => it,
        Ok(None) => {
            print(
                "system tables        none: this workspace has no Unity Catalog, so a scan knows no bill and no telemetry",
            )?;
            return Ok((0, 1));
        }
        Err(it) => {
            let (message, hint) = it.message_and_hint();
            print(&format!("system tables        cannot be read: {message}\n{:<20} {hint}", ""))?;
            return Ok((0, 1));
        }
    };
    print(&format!("metastore            {}", health.region.metastore))?;
    print(&format!("warehouse            {} ({})", health.warehouse.name, health.warehouse.id))?;
    let (mut readable, mut gaps) = (0, 0);
    for (table, found) in &health.tables {
        let said = match found {
            Ok(Newest::Timeless) => "ok".to_owned(),
            Ok(Newest::At(it)) => format!("ok, newest {}", it.strftime("%Y-%m-%d %H:%M UTC")),
            Ok(Newest::Old) => "ok, but without a row in the last 7 days".to_owned(),
            Err(it) => {
                let (message, hint) = it.message_and_hint();
                let hint = health.region.addressed(&hint, who);
                format!("cannot be read: {message}\n{:<40} {hint}", "")
            }
        };
        if found.is_ok() {
            readable += 1;
        } else {
            gaps += 1;
        }
        print(&format!("{table:<40} {said}"))?;
    }
    Ok((readable, gaps))
}

fn verdict(source: Source, said: &Result<Probe, ClientError>) -> String {
    match said {
        Ok(Probe::Something) => "ok".to_owned(),
        Ok(Probe::Nothing) => format!("ok, but nothing is visible; to see more: {}", source.endpoint().needs()),
        Ok(Probe::NotTried) => "not tried: no cluster is visible".to_owned(),
        Err(it) => {
            let (message, hint) = it.message_and_hint();
            format!("cannot be read: {message}\n{:<20} {hint}", "")
        }
    }
}
