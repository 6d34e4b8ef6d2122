//! `clusteriq scan`: live workspaces into the store, by the same way as an export.

mod kept;
mod said;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clusteriq_collect::{Client, Export, Question, Scan, Since, Source, block_on, ended, go_on, plan_scan, read_scan};
use clusteriq_store::Store;

use crate::args;
use crate::commands::{WITH_GAPS, import};
use crate::console::tell;
use crate::progress::Counter;
use crate::workspace::{configuration, connect};

pub(crate) use kept::gaps;

/// The folder of the store in which a scan collects what it then imports.
const STAGING: &str = "scan";

pub(crate) fn run(dir: &Path, args: &args::Scan, quiet: bool) -> Result<ExitCode> {
    let mut configs = vec![];
    for profile in profiles(args) {
        let config = configuration(profile)?;
        config.notes(profile).iter().for_each(|it| tell(&format!("note: {it}")));
        configs.push(config);
    }
    let hosts: Vec<String> = configs.iter().map(|it| it.host.clone()).collect();
    let connected = async |configs| {
        let mut clients = vec![];
        for config in configs {
            clients.push(connect(config, args.ca_file.as_deref()).await?);
        }
        Ok::<Vec<Client>, anyhow::Error>(clients)
    };
    if args.dry_run {
        let marks = Store::open_read_only(dir).map_or_else(|_| Ok(Default::default()), |it| kept::marks(&it))?;
        let question = question(args, marks, args.until.unwrap_or_else(jiff::Timestamp::now));
        return block_on(async {
            let clients = connected(configs).await?;
            let plan = plan_scan(&clients, &question).await?;
            said::plan(&plan, true)?;
            Ok(exit(args, plan.gaps.len()))
        })?;
    }
    // Open until the end: two scans of one store would stand in each other's way.
    let store = Store::open(dir)?;
    let marks = kept::marks(&store)?;
    let (folder, ours) = match &args.keep {
        Some(it) => (it.clone(), false),
        None => (dir.join(STAGING), true),
    };
    let asked = format!(
        "{hosts:?} {:?} {} {} {:?} {:?}",
        args.window,
        args.rest_only,
        args.keep.is_some(),
        args.warehouse,
        marks
    );
    let until = args.until.unwrap_or_else(jiff::Timestamp::now);
    let question = question(args, marks, go_on(&folder, ours, &asked, until)?);
    let counter = Counter::new(quiet);
    let scan: Scan = block_on(async {
        let clients = connected(configs).await?;
        let plan = plan_scan(&clients, &question).await?;
        if !quiet {
            said::plan(&plan, false)?;
        }
        Ok::<_, anyhow::Error>(read_scan(&plan, &question, &folder, &counter).await?)
    })??;
    counter.done();
    if !quiet {
        said::scan(&scan);
    }
    said::gaps(&scan.gaps);
    if scan.lists.iter().all(|it| it.lists.is_empty()) && scan.tables.iter().all(|it| it.rows.is_empty()) {
        bail!("nothing could be read\n\nhint: `clusteriq doctor` says what each list and table needs");
    }
    import::into(&store, &Export::find(std::slice::from_ref(&folder))?, &hosts.join(" "), quiet)?;
    kept::keep(&store, question.marks, &hosts, &scan)?;
    ended(&folder)?;
    if ours {
        // What is left there is in the store, and the next scan clears it away.
        let _ = std::fs::remove_dir_all(&folder);
    }
    if !quiet {
        tell(&format!("stored in {}", dir.display()));
    }
    Ok(exit(args, scan.gaps.len()))
}

/// The profiles asked for; none is the environment's.
fn profiles(args: &args::Scan) -> Vec<Option<&str>> {
    match args.profile.as_slice() {
        [] => vec![None],
        all => all.iter().map(|it| Some(it.as_str())).collect(),
    }
}

fn question(args: &args::Scan, marks: clusteriq_collect::Marks, until: jiff::Timestamp) -> Question {
    Question {
        window: Since { from: clusteriq_collect::midnight(until - args.window), until },
        lists: if args.keep.is_some() { Source::ALL.to_vec() } else { Source::IMPORTED.to_vec() },
        tables: !args.rest_only,
        warehouse: args.warehouse.clone(),
        marks,
        sizes: import::sizes(),
    }
}

fn exit(args: &args::Scan, gaps: usize) -> ExitCode {
    if args.strict && gaps > 0 {
        tell(&format!("gaps: {gaps}"));
        return ExitCode::from(WITH_GAPS);
    }
    ExitCode::SUCCESS
}
