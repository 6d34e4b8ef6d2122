//! `clusteriq serve`: the web pages and the HTTP API over the store.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clusteriq_serve::{
    Access, Analyse, Analysed, Begin, Failure, ImportState, Keep, Options, Proxy, ReadWorkspaces, Snapshot,
    SourceState, Tokens, Work,
};
use clusteriq_store::{Store, StoreError};

use crate::args::{self, LogFormat, Scope};
use crate::commands::scan;
use crate::console::{self, print};
use crate::pipeline::{self, SETTING};
use crate::progress::Shown;

pub(crate) fn run(dir: &Path, args: &args::Serve, quiet: bool) -> Result<()> {
    log(args.log);
    let scan: Result<ReadWorkspaces, String> = if args.profile.is_empty() {
        Err("the server was started without `--profile`, so it reads no workspace: scan with `clusteriq scan`"
            .to_owned())
    } else {
        let asked = args::Scan {
            profile: args.profile.clone(),
            window: args.scope.window,
            until: None,
            warehouse: None,
            rest_only: false,
            dry_run: false,
            keep: None,
            ca_file: args.ca_file.clone(),
            strict: false,
        };
        // What is wrong with a profile is said now and not at night.
        scan::configs(&asked)?;
        let dir = dir.to_owned();
        Ok(Box::new(move |hear| {
            let read = || scan::read(&dir, &asked, scan::configs(&asked)?, Shown::Told(hear));
            read().map(|_| ()).map_err(|it| failure(&it))
        }))
    };
    let begin = if args.scan_now { Begin::Scan } else { Begin::Analyse };
    let options = Options {
        listen: args.listen,
        access: access(args),
        schedule: args.scan_at.clone(),
        hosts: args.hosts.clone(),
    };
    let open = args.open && !quiet;
    serve(dir, &args.scope, options, scan, begin, move |at| {
        if !quiet {
            print(&format!("ClusterIQ is at http://{at} as long as this runs; Ctrl-C ends it"))?;
        }
        if open {
            console::open(&format!("http://{at}"));
        }
        Ok(())
    })
}

/// Serves a store.
pub(crate) fn serve(
    dir: &Path,
    scope: &Scope,
    options: Options,
    scan: Result<ReadWorkspaces, String>,
    begin: Begin,
    listening: impl FnOnce(SocketAddr) -> std::io::Result<()> + Send,
) -> Result<()> {
    let work = Work {
        analyse: analyse(dir.to_owned(), scope.clone()),
        scan,
        keep: keep(dir.to_owned()),
        now: jiff::Timestamp::now,
    };
    let mut told = Ok(());
    clusteriq_serve::serve(options, work, begin, |at| told = listening(at))?;
    Ok(told?)
}

/// Who may ask: tokens of the environment, a proxy, or everybody on this machine.
fn access(args: &args::Serve) -> Access {
    if let Some((header, address)) = args.proxy_header.clone().zip(args.proxy_address) {
        return Access::Proxy(Proxy { header, address, admins: args.proxy_admin.clone() });
    }
    let token = |name| std::env::var(name).ok().filter(|it| !it.trim().is_empty()).map(|it| it.trim().to_owned());
    let (admin, viewer) = (token("CLUSTERIQ_ADMIN_TOKEN"), token("CLUSTERIQ_VIEWER_TOKEN"));
    if admin.is_none() && viewer.is_none() { Access::ThisMachine } else { Access::Tokens(Tokens { viewer, admin }) }
}

/// Says what the server does, on standard error.
pub(crate) fn log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let level = |usual: &str| EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    // A second one in the same process stays as the first was.
    let _ = match format {
        LogFormat::Text => builder.with_env_filter(level("warn")).try_init(),
        LogFormat::Json => builder.json().with_env_filter(level("info")).try_init(),
    };
}

fn analyse(dir: PathBuf, scope: Scope) -> Analyse {
    Box::new(move || {
        let snapshot = || -> Result<Option<Snapshot>> {
            let store = match Store::open_read_only(&dir) {
                Ok(it) => it,
                Err(StoreError::NoStore { .. }) => return Ok(None),
                Err(it) => return Err(it.into()),
            };
            if store.latest()?.is_none() {
                return Ok(None);
            }
            let (sources, imports) = (sources(&store)?, imports(&store)?);
            let it = pipeline::analyse(&dir, &scope)?;
            Ok(Some(Snapshot::new(Analysed {
                fleet: it.fleet,
                kept: it.kept,
                settings: it.settings,
                data_until: it.data_until,
                discounts: scope.discount.iter().map(pipeline::discount).collect(),
                sources,
                imports,
                at: jiff::Timestamp::now(),
            })))
        };
        snapshot().map_err(|it| failure(&it))
    })
}

fn sources(store: &Store) -> Result<Vec<SourceState>> {
    let mut all = vec![];
    for it in store.datasets()?.into_iter().filter(|it| it.rows > 0) {
        let mut days: std::collections::BTreeMap<String, u64> = Default::default();
        if it.first_day.is_some() {
            for part in store.partitions(&it.dataset)? {
                *days.entry(part.day).or_default() += part.rows;
            }
        }
        all.push(SourceState {
            source: pipeline::source(&it.dataset).unwrap_or(&it.dataset).to_owned(),
            rows: it.rows,
            first_day: it.first_day,
            last_day: it.last_day,
            days: days.into_iter().collect(),
        });
    }
    Ok(all)
}

fn imports(store: &Store) -> Result<Vec<ImportState>> {
    let mut all = store.imports()?;
    all.sort_by_key(|it| std::cmp::Reverse(it.id));
    let state = |it: clusteriq_store::ImportInfo| ImportState {
        id: it.id,
        label: it.label,
        at: it.at,
        tables: it
            .datasets
            .into_iter()
            .map(|it| {
                let source = pipeline::source(&it.dataset).unwrap_or(&it.dataset).to_owned();
                (source, it.rows_new, it.rows_replaced)
            })
            .collect(),
    };
    Ok(all.into_iter().map(state).collect())
}

fn keep(dir: PathBuf) -> Keep {
    Box::new(move |id, value| {
        let kept = || -> Result<()> { Ok(Store::open(&dir)?.set(&format!("{SETTING}{id}"), value)?) };
        kept().context("the setting was not kept").map_err(|it| failure(&it))
    })
}

/// An error and its causes in two sentences.
pub(crate) fn failure(error: &anyhow::Error) -> Failure {
    let (message, hints) = console::told(error);
    let hint = (!hints.is_empty()).then(|| hints.join("; "));
    Failure { message, hint }
}
