//! `clusteriq demo`: a made-up company whose workspaces are scanned over HTTP, to the report.

mod workspaces;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clusteriq_collect::{HttpOptions, Marks, Proxies, Question, Since};
use clusteriq_fake::{Company, DemoOptions, DemoSummary, Fleet, Physics, truth_json, write_export};
use clusteriq_output::Detail;
use clusteriq_store::Store;

use crate::args;
use crate::console::{self, print, tell};
use crate::{commands::import, commands::scan::scan_into, pipeline};
use workspaces::Workspaces;

pub(crate) fn run(args: &args::Demo, quiet: bool) -> Result<()> {
    let physics = if args.physics == 2 { Physics::Fluid } else { Physics::Tasks };
    let fleet = match args.fleet {
        args::Fleet::Demo if args.jobs.is_some() => {
            bail!("`--jobs` is for known fleets\n\nhint: add `--fleet known`")
        }
        args::Fleet::Demo => Fleet::Demo,
        args::Fleet::Known => Fleet::Known,
    };
    let options = DemoOptions {
        seed: args.seed,
        days: args.days,
        clusters: args.clusters,
        jobs: args.jobs,
        fleet,
        physics,
        ..DemoOptions::default()
    };
    let say = |text: String| {
        if !quiet {
            tell(&text);
        }
    };
    if let Some(dir) = &args.fleet_out {
        let summary = write_export(dir, &options, &|_, _| {})?;
        truth(args, &options, &summary)?;
        say(format!("{} written to {}", told(&summary), dir.display()));
        return Ok(());
    }
    let out = args.out.clone().unwrap_or_else(|| "demo-out".into());
    let (export, store, html) = (out.join("export"), out.join("store"), out.join("report.html"));
    say(format!("making up a company in {}", export.display()));
    clear(&export)?;
    let summary = write_export(&export, &options, &|_, _| {})?;
    truth(args, &options, &summary)?;
    say(told(&summary));
    let workspaces = Workspaces::start(&options, &export)?;
    if args.serve_workspace {
        return serve(&workspaces, &options, &out);
    }
    say(format!("scanning its {} workspaces over HTTP into {}", workspaces.number(), store.display()));
    scanned(&workspaces, &options, &out, &store)?;
    let scope = args::Scope {
        window: jiff::SignedDuration::from_hours(24 * 30),
        until: None,
        workspace: vec![],
        discount: vec![],
        least_saving: 5.0,
    };
    let report = pipeline::analyse(&store, &scope)?.report(&[]);
    std::fs::write(&html, clusteriq_output::html(&report)?)
        .with_context(|| format!("cannot write the report: {}", html.display()))?;
    print(&clusteriq_output::table(&report, &console::style(), Detail::Top(15)))?;
    say(format!("\nfor a manager: {}", html.display()));
    say(format!("go on with: clusteriq --store {} show ID", store.display()));
    if !args.no_open && !quiet {
        open(&html);
    }
    Ok(())
}

/// Reads the workspaces as if they were somebody's.
fn scanned(workspaces: &Workspaces, options: &DemoOptions, out: &Path, store: &Path) -> Result<()> {
    let until = options.until;
    let from = until - jiff::SignedDuration::from_hours(24 * i64::from(options.days));
    let question = Question {
        window: Since { from, until },
        all_lists: false,
        tables: true,
        warehouse: None,
        marks: Marks::new(),
        sizes: import::sizes(),
    };
    let network = HttpOptions { proxies: Proxies::None, ..HttpOptions::default() };
    let folder = tempfile::tempdir_in(out).context("cannot make a temporary folder")?;
    scan_into(&Store::open(store)?, folder.path(), workspaces.configs()?, &network, question, true)?;
    Ok(())
}

/// Says how to reach the workspaces, and waits until somebody ends the program.
fn serve(workspaces: &Workspaces, options: &DemoOptions, out: &Path) -> Result<()> {
    let file = out.join("databrickscfg");
    workspaces.write_profiles(&file)?;
    let profiles: String = workspaces.profiles().map(|it| format!(" --profile {it}")).collect();
    let first = workspaces.profiles().next().unwrap_or_default();
    let until = options.until.strftime("%Y-%m-%d");
    let days = options.days;
    print(&format!(
        "{} workspaces answer as long as this runs; Ctrl-C ends it. Their profiles are in {}:\n\n  \
         export DATABRICKS_CONFIG_FILE={}\n  clusteriq doctor --profile {first}\n  \
         clusteriq --store {} scan{profiles} --window {days}d --until {until}",
        workspaces.number(),
        file.display(),
        file.display(),
        out.join("store").display(),
    ))?;
    loop {
        std::thread::park();
    }
}

/// An export of another seed must not mix with this one's.
fn clear(dir: &Path) -> Result<()> {
    if dir.join("rest").is_dir() || dir.join("system.billing.usage").is_dir() {
        std::fs::remove_dir_all(dir)
            .with_context(|| format!("cannot replace the old demo export: {}", dir.display()))?;
        let store = dir.with_file_name("store");
        if store.join("state.sqlite").is_file() {
            std::fs::remove_dir_all(&store)
                .with_context(|| format!("cannot replace the old demo store: {}", store.display()))?;
        }
    }
    Ok(())
}

fn told(it: &DemoSummary) -> String {
    format!(
        "{} workspaces, {} jobs with {} runs, {} all-purpose clusters, {} warehouses, {} node-minutes",
        it.workspaces, it.jobs, it.runs, it.clusters, it.warehouses, it.node_minutes
    )
}

fn truth(args: &args::Demo, options: &DemoOptions, summary: &DemoSummary) -> Result<()> {
    let Some(file) = &args.truth else { return Ok(()) };
    let outcomes = if args.outcomes { Some(Company::new(options)?.all_alternatives()?) } else { None };
    let text = format!("{:#}\n", truth_json(options, summary, outcomes.as_deref()));
    std::fs::write(file, text).with_context(|| format!("cannot write the truth: {}", file.display()))
}

/// Opens a file in whatever shows it, if there is a screen; failing to is no failure of the demo.
fn open(file: &Path) {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|it| std::env::var_os(it).is_some());
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else if screen {
        "xdg-open"
    } else {
        return;
    };
    if Command::new(program).arg(file).spawn().is_err() {
        tell(&format!("open it in a browser: {}", file.display()));
    }
}
