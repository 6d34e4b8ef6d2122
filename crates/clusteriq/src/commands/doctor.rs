//! `clusteriq doctor`: what can be read of a workspace, and what to do about the rest.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clusteriq_collect::{Client, ClientError, Probe, Source, Who, block_on, probe, who};

use crate::args;
use crate::commands::WITH_GAPS;
use crate::console::{print, tell};
use crate::workspace::{configuration, connect};

pub(crate) fn run(args: &args::Doctor) -> Result<ExitCode> {
    let config = configuration(args.profile.as_deref())?;
    print(&format!("host       {}", config.host))?;
    print(&format!("method     {} from {}", config.method_name(), config.origins()))?;
    for it in config.notes(args.profile.as_deref()) {
        print(&format!("           note: {it}"))?;
    }
    let (readable, gaps) = block_on(async {
        let client = connect(config, args.ca_file.as_deref()).await?;
        whoever(&client).await?;
        lists(&client).await
    })??;
    if readable == 0 {
        bail!("nothing can be read from this workspace\n\nhint: the lines above say what each list needs");
    }
    if args.strict && gaps > 0 {
        tell(&format!("lists that cannot be read: {gaps}"));
        return Ok(ExitCode::from(WITH_GAPS));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says who is asking. A token that is limited to some APIs may be refused that and still read others.
async fn whoever(client: &Client) -> Result<()> {
    match who(client).await {
        Ok(Who { name, is_admin }) => {
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
    Ok(())
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
