//! `clusteriq import`: files into the store, all or nothing.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clusteriq_collect::{Export, read};
use clusteriq_engine::catalog;
use clusteriq_output::words;
use clusteriq_store::Store;
use clusteriq_tables::{NodeSize, NodeSizes};

use crate::console::tell;
use crate::pipeline::tell_notes;
use crate::progress::{Bar, Shown};

pub(crate) fn run(dir: &Path, paths: &[PathBuf], quiet: bool) -> Result<()> {
    let label: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
    let export = Export::find(paths)?;
    into(&Store::open(dir)?, &export, &label.join(" "), Shown::unless(quiet))?;
    if !quiet {
        for it in export.gaps() {
            tell(&format!("note: not in the export: {}", it.name));
        }
        tell(&format!("stored in {}", dir.display()));
    }
    Ok(())
}

/// Imports under a name that says where the files came from.
pub(crate) fn into(store: &Store, export: &Export, label: &str, shown: Shown<'_>) -> Result<()> {
    let mut import = store.begin(label, jiff::Timestamp::now())?;
    let bar = Bar::new(export.bytes(), shown);
    let summary = read(export, &sizes(), &bar, &mut |spec, batch| Ok(import.put(spec, batch)?));
    bar.done();
    let summary = summary.map_err(|it| nothing_changed(it.into()))?;
    let committed = import.commit().map_err(|it| nothing_changed(it.into()))?;
    if shown.is_quiet() {
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
    tell_notes(&summary.notes);
    if summary.duplicate_node_minutes > 0 {
        let many = words::grouped(summary.duplicate_node_minutes);
        tell(&format!("note: {many} rows of node_timeline repeat a node's minute and were counted once"));
    }
    for it in &summary.unknown_node_types {
        tell(&format!("note: the size of node type {it} is not known: its cores and memory are in no figure"));
    }
    for it in &committed.rebuilt {
        tell(&format!("note: a damaged file was replaced by what this import has: {it}"));
    }
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
pub(crate) fn sizes() -> NodeSizes {
    let types = catalog::embedded().node_types;
    let size =
        |it: &clusteriq_model::NodeType| NodeSize { cores: it.cores.0, mib: (it.memory.0 * 1024.0).round() as i64 };
    types.iter().map(|(name, it)| (name.clone(), size(it))).collect()
}
