//! `clusteriq scan`: live workspaces into the store, by the same way as an export.

mod kept;
mod said;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clusteriq_collect::{
    Client, Config, Export, HttpOptions, Marks, Question, Scan, Since, block_on, ended, go_on, midnight, parts,
    plan_scan, read_scan,
};
use clusteriq_serve::Phase;
use clusteriq_store::{Store, StoreError};

use crate::args;
use crate::commands::{WITH_GAPS, import};
use crate::console::tell;
use crate::progress::{Counter, Shown};
use crate::workspace::{configuration, network};

pub(crate) use kept::gaps;

/// The folder of the store in which a scan collects what it then imports.
const STAGING: &str = "scan";

pub(crate) fn run(dir: &Path, args: &args::Scan, quiet: bool) -> Result<ExitCode> {
    let configs = configs(args)?;
    if args.dry_run {
        let network = network(args.ca_file.as_deref());
        let until = args.until.unwrap_or_else(jiff::Timestamp::now);
        let marks = match Store::open_read_only(dir) {
            Ok(it) => kept::marks(&it)?,
            Err(StoreError::NoStore { .. }) => Marks::new(),
            Err(it) => return Err(it.into()),
        };
        let question = question(args, marks, until);
        return block_on(async {
            let clients = connected(configs, &network).await?;
            let plan = plan_scan(&clients, &question).await?;
            said::plan(&plan, true)?;
            Ok(exit(args, plan.gaps.len()))
        })?;
    }
    let scan = read(dir, args, configs, Shown::unless(quiet))?;
    if !quiet {
        tell(&format!("stored in {}", dir.display()));
    }
    Ok(exit(args, scan.gaps.len()))
}

/// How the workspaces asked for are reached.
pub(crate) fn configs(args: &args::Scan) -> Result<Vec<Config>> {
    let mut configs = vec![];
    for profile in profiles(args) {
        let config = configuration(profile)?;
        config.notes(profile).iter().for_each(|it| tell(&format!("note: {it}")));
        configs.push(config);
    }
    Ok(configs)
}

/// Reads workspaces into the store, from where the last scan ended.
pub(crate) fn read(dir: &Path, args: &args::Scan, configs: Vec<Config>, shown: Shown<'_>) -> Result<Scan> {
    let network = network(args.ca_file.as_deref());
    let until = args.until.unwrap_or_else(jiff::Timestamp::now);
    // Open until the end: two scans of one store would stand in each other's way.
    let store = Store::open(dir)?;
    let marks = kept::marks(&store)?;
    let (folder, ours) = match &args.keep {
        Some(it) => (it.clone(), false),
        None => (dir.join(STAGING), true),
    };
    let hosts: Vec<&str> = configs.iter().map(|it| it.host.as_str()).collect();
    let args::Scan { window, rest_only, keep, warehouse, until: asked_until, .. } = args;
    let asked = format!("{hosts:?} {window:?} {asked_until:?} {rest_only} {keep:?} {warehouse:?} {marks:?}");
    let question = question(args, marks, go_on(&folder, ours, &asked, until)?);
    let scan = scan_into(&store, &folder, configs, &network, question, shown)?;
    ended(&folder)?;
    if ours {
        // What is left there is in the store, and the next scan clears it away.
        let _ = std::fs::remove_dir_all(&folder);
    }
    Ok(scan)
}

/// Collects workspaces in a folder and imports it.
pub(crate) fn scan_into(
    store: &Store,
    folder: &Path,
    configs: Vec<Config>,
    network: &HttpOptions,
    question: Question,
    shown: Shown<'_>,
) -> Result<Scan> {
    let hosts: Vec<String> = configs.iter().map(|it| it.host.clone()).collect();
    let counter = Counter::new(shown);
    let quiet = shown.is_quiet();
    shown.now(Phase::Planning, "asking the workspaces what there is");
    let scan = block_on(async {
        let clients = connected(configs, network).await?;
        let plan = plan_scan(&clients, &question).await?;
        if !quiet {
            said::plan(&plan, false)?;
        }
        Ok::<_, anyhow::Error>(read_scan(&plan, &question, folder, &counter).await?)
    });
    counter.done();
    let scan = scan??;
    if !quiet {
        said::scan(&scan);
    }
    if !matches!(shown, Shown::Told(_)) {
        said::gaps(&scan.gaps);
    }
    if scan.lists.iter().all(|it| it.lists.is_empty()) && scan.tables.iter().all(|it| it.rows.is_empty()) {
        bail!("nothing could be read\n\nhint: `clusteriq doctor` says what each list and table needs");
    }
    for part in parts(folder) {
        import::into(store, &Export::find(&[part])?, &hosts.join(" "), shown)?;
    }
    kept::keep(store, question.marks, &hosts, question.tables, &scan)?;
    Ok(scan)
}

async fn connected(configs: Vec<Config>, network: &HttpOptions) -> Result<Vec<Client>> {
    let mut clients = vec![];
    for config in configs {
        clients.push(Client::connect(config, network).await?);
    }
    Ok(clients)
}

/// The profiles asked for; none is the environment's.
fn profiles(args: &args::Scan) -> Vec<Option<&str>> {
    match args.profile.as_slice() {
        [] => vec![None],
        all => all.iter().map(|it| Some(it.as_str())).collect(),
    }
}

fn question(args: &args::Scan, marks: Marks, until: jiff::Timestamp) -> Question {
    Question {
        window: Since { from: midnight(until - args.window), until },
        all_lists: args.keep.is_some(),
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
