//! How an export is read: by its files, not by the code that wrote it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use clusteriq_fake::{DemoOptions, DemoSummary, Fleet, write_export};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

pub(crate) const HOUR: i64 = 3_600_000_000;

/// One export for all tests that only read: two weeks, all recipes.
pub(crate) fn export() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let options = DemoOptions { days: 14, ..DemoOptions::default() };
        let summary = write_export(dir.path(), &options, &|_, _| ()).unwrap();
        (dir, summary)
    })
}

/// A fleet where everything is drawn at random, and its truth.
pub(crate) fn known() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
        let summary = write_export(dir.path(), &options, &|_, _| ()).unwrap();
        (dir, summary)
    })
}

pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// All rows of a table of an export.
pub(crate) fn batches_in(dir: &Path, table: &str) -> Vec<RecordBatch> {
    let read = |path: &PathBuf| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    files(&dir.join(table)).iter().flat_map(read).collect()
}

/// All rows of a table of the demo's export.
pub(crate) fn batches(table: &str) -> Vec<RecordBatch> {
    batches_in(export().0.path(), table)
}

pub(crate) fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let texts = batch.column_by_name(column).unwrap().as_string::<i32>();
    texts.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

pub(crate) fn instants(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let instants = batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>();
    instants.iter().map(Option::unwrap_or_default).collect()
}

/// A text member of a struct column.
pub(crate) fn members(batch: &RecordBatch, column: &str, member: &str) -> Vec<String> {
    let members = batch.column_by_name(column).unwrap().as_struct().column_by_name(member).unwrap().as_string::<i32>();
    members.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

pub(crate) fn rest(name: &str) -> BTreeMap<String, Value> {
    let workspaces = fs::read_dir(export().0.path().join("rest")).unwrap().map(|it| it.unwrap().path());
    let reply = |path: PathBuf| {
        let text = fs::read_to_string(path.join(name)).unwrap();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
    };
    workspaces.map(reply).collect()
}
