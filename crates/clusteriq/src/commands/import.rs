//! `clusteriq import`: files into the store, all or nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clusteriq_collect::{Export, read};
use clusteriq_engine::catalog;
use clusteriq_output::words;
use clusteriq_store::Store;
use clusteriq_tables::{NodeSize, NodeSizes};

use crate::console::tell;
use crate::pipeline::tell_notes;
use crate::progress::Bar;

pub(crate) fn run(dir: &Path, paths: &[PathBuf], quiet: bool) -> Result<()> {
    let label: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
    run_as(dir, paths, &label.join(" "), quiet)
}

/// Imports under a name of its own: where the files came from, if that says more than where they are.
pub(crate) fn run_as(dir: &Path, paths: &[PathBuf], label: &str, quiet: bool) -> Result<()> {
    let export = Export::find(paths)?;
    let store = Store::open(dir)?;
    let mut import = store.begin(label, jiff::Timestamp::now())?;
    let bar = Bar::new(export.bytes(), quiet);
    let summary = read(&export, &sizes(), &bar, &mut |spec, batch| Ok(import.put(spec, batch)?));
    bar.done();
    let summary = summary.map_err(|it| nothing_changed(it.into()))?;
    let committed = import.commit().map_err(|it| nothing_changed(it.into()))?;
    if quiet {
        return Ok(());
    }
    for change in &committed.datasets {
        let all = change.rows_new + change.rows_replaced + change.rows_unchanged;
        tell(&format!(
            "{:<20} {:>12} rows: {} new, {} replaced, {} as they were",
            change.dataset,
            words::grouped(all),
            words::grouped(change.rows_new),
            words::grouped(change.rows_replaced),
            words::grouped(change.rows_unchanged)
        ));
    }
    tell_notes(&summary.notes, quiet);
    if summary.duplicate_node_minutes > 0 {
        let many = words::grouped(summary.duplicate_node_minutes);
        tell(&format!("note: {many} rows of node_timeline repeat a node's minute and were counted once"));
    }
    for it in &summary.unknown_node_types {
        tell(&format!("note: the size of node type {it} is not known: its cores and memory are in no figure"));
    }
    for it in export.gaps() {
        tell(&format!("note: not in the export: {}", it.name));
    }
    for it in &committed.rebuilt {
        tell(&format!("note: a damaged file was replaced by what this import has: {it}"));
    }
    tell(&format!("stored in {}", dir.display()));
    Ok(())
}

/// Says so, unless the error does.
fn nothing_changed(error: anyhow::Error) -> anyhow::Error {
    if error.to_string().contains("the store is as it was") {
        return error;
    }
    error.context("nothing was imported; the store is as it was")
}

/// Sizes of node types, for exports that lack `system.compute.node_types`.
fn sizes() -> NodeSizes {
    let types = catalog::embedded().node_types;
    let size =
        |it: &clusteriq_model::NodeType| NodeSize { cores: it.cores.0, mib: (it.memory.0 * 1024.0).round() as i64 };
    types.iter().map(|(name, it)| (name.clone(), size(it))).collect()
}

/// Imports with a word about what for.
pub(crate) fn run_for(dir: &Path, path: &Path, quiet: bool) -> Result<()> {
    run(dir, &[path.to_owned()], quiet).with_context(|| format!("cannot import {}", path.display()))
}
