//! `clusteriq demo`: a made-up company whose workspaces are scanned over HTTP, to the web pages or the report.

mod workspaces;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};
use clusteriq_collect::{HttpOptions, Marks, Proxies, Question, Since};
use clusteriq_fake::{Company, DemoOptions, DemoSummary, Fleet, Physics, truth_json, write_export};
use clusteriq_output::Detail;
use clusteriq_serve::{Access, Begin, Options, Phase, Progress, ReadWorkspaces};
use clusteriq_store::Store;

use crate::args;
use crate::console::{self, print, tell};
use crate::progress::Shown;
use crate::{commands::import, commands::scan::scan_into, commands::serve, pipeline};
use workspaces::Workspaces;

/// Of the pages, unless another is asked for.
const USUAL_PORT: u16 = 8080;

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
        truth(args.truth.as_deref(), args.outcomes, &options, &summary)?;
        say(format!("{} written to {}", told(&summary), dir.display()));
        return Ok(());
    }
    let out = &args.out.clone().unwrap_or_else(|| "demo-out".into());
    let (export, store, html) = (out.join("export"), out.join("store"), out.join("report.html"));
    if !args.serve_workspace && !args.report {
        return pages(args, options, out, quiet);
    }
    say(format!("making up a company in {}", export.display()));
    clear(&export)?;
    let summary = write_export(&export, &options, &|_, _| {})?;
    truth(args.truth.as_deref(), args.outcomes, &options, &summary)?;
    say(told(&summary));
    let workspaces = Workspaces::start(&options, &export)?;
    if args.serve_workspace {
        return workspaces_only(&workspaces, &options, out);
    }
    say(format!("scanning its {} workspaces over HTTP into {}", workspaces.number(), store.display()));
    scanned(&workspaces, &options, out, &store, Shown::Nobody)?;
    let report = pipeline::analyse(&store, &scope())?.report(&[]);
    std::fs::write(&html, clusteriq_output::html(&report)?)
        .with_context(|| format!("cannot write the report: {}", html.display()))?;
    print(&clusteriq_output::table(&report, &console::style(), Detail::Top(15)))?;
    say(format!("\nfor a manager: {}", html.display()));
    say(format!("go on with: clusteriq --store {} show ID", store.display()));
    if !args.no_open && !quiet {
        console::open(&html.display().to_string());
    }
    Ok(())
}

fn scope() -> args::Scope {
    args::Scope {
        window: jiff::SignedDuration::from_hours(24 * 30),
        until: None,
        workspace: vec![],
        discount: vec![],
        least_saving: None,
    }
}

/// Serves the pages, and fills them: they stand before there is a company.
fn pages(args: &args::Demo, options: DemoOptions, out: &Path, quiet: bool) -> Result<()> {
    serve::log(args::LogFormat::Text);
    let (export, store) = (out.join("export"), out.join("store"));
    clear(&export)?;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder: {}", out.display()))?;
    let truth_file = args.truth.clone();
    let outcomes = args.outcomes;
    let company: Mutex<Option<Workspaces>> = Mutex::new(None);
    let (out, dir) = (out.to_owned(), store.clone());
    let read: ReadWorkspaces = Box::new(move |hear| {
        let shown = Shown::Told(hear);
        let scan = || -> Result<()> {
            let mut company = company.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if company.is_none() {
                let days = u64::from(options.days);
                let made = |day: &str, done: f64| {
                    let text = format!("making up a company: {day}");
                    let done = (done * days as f64) as u64;
                    hear(Progress { phase: Phase::Making, text, done, total: Some(days) });
                };
                let summary = write_export(&export, &options, &made)?;
                truth(truth_file.as_deref(), outcomes, &options, &summary)?;
                *company = Some(Workspaces::start(&options, &export)?);
            }
            let Some(workspaces) = company.as_ref() else { return Ok(()) };
            scanned(workspaces, &options, &out, &dir, shown)
        };
        scan().map_err(|it| serve::failure(&it))
    });
    let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port(args.port));
    let pages = Options { listen, access: Access::ThisMachine, schedule: None, hosts: vec![] };
    let no_open = args.no_open || quiet;
    serve::serve(&store, &scope(), pages, Ok(read), Begin::Scan, move |at| {
        print(&format!("ClusterIQ shows a made-up company at http://{at} as long as this runs; Ctrl-C ends it"))?;
        if !no_open {
            console::open(&format!("http://{at}"));
        }
        Ok(())
    })
}

/// The port that was asked for, else the usual one if it is free, else any.
fn port(asked: Option<u16>) -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    asked.unwrap_or_else(|| if is_free(USUAL_PORT) { USUAL_PORT } else { 0 })
}

/// Reads the workspaces as if they were somebody's.
fn scanned(workspaces: &Workspaces, options: &DemoOptions, out: &Path, store: &Path, shown: Shown<'_>) -> Result<()> {
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
    scan_into(&Store::open(store)?, folder.path(), workspaces.configs()?, &network, question, shown)?;
    Ok(())
}

/// Says how to reach the workspaces, and waits until somebody ends the program.
fn workspaces_only(workspaces: &Workspaces, options: &DemoOptions, out: &Path) -> Result<()> {
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

fn truth(file: Option<&Path>, outcomes: bool, options: &DemoOptions, summary: &DemoSummary) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let outcomes = if outcomes { Some(Company::new(options)?.all_alternatives()?) } else { None };
    let text = format!("{:#}\n", truth_json(options, summary, outcomes.as_deref()));
    std::fs::write(file, text).with_context(|| format!("cannot write the truth: {}", file.display()))
}
