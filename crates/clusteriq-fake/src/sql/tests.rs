//! The engine by its statements.

use std::sync::OnceLock;

use super::*;
use crate::{DemoOptions, write_export};

mod expressions;
mod laws;
mod queries;
mod system_tables;

/// A small company's tables, written once.
fn tables() -> SystemTables {
    static EXPORT: OnceLock<(tempfile::TempDir, SystemTables)> = OnceLock::new();
    let made = EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let export = dir.path().join("export");
        write_export(&export, &DemoOptions { days: 3, clusters: 12, ..DemoOptions::default() }, &|_, _| ()).unwrap();
        let tables = SystemTables::of(&export).unwrap();
        (dir, tables)
    });
    made.1.clone()
}

fn question(text: &str) -> Question {
    Question {
        text: text.to_owned(),
        parameters: Vec::new(),
        namespace: ("hive_metastore".to_owned(), "default".to_owned()),
        // 2026-11-23T00:00:00Z
        now: 20_780 * 86_400_000,
    }
}

fn batch(text: &str) -> Result<RecordBatch, SqlError> {
    run(&question(text), &Catalog { tables: Some(tables()), ..Catalog::default() })
}

/// Rows as text, cells between bars.
fn rows(text: &str) -> Vec<String> {
    let batch = batch(text).unwrap_or_else(|it| unreachable!("{text}: {it}"));
    let cells = cells(&batch).unwrap();
    let cell = |it: &arrow::array::StringArray, row| {
        use arrow::array::Array;
        if it.is_null(row) { "null".to_owned() } else { it.value(row).to_owned() }
    };
    (0..batch.num_rows()).map(|row| cells.iter().map(|it| cell(it, row)).collect::<Vec<_>>().join("|")).collect()
}

/// The only value.
fn one(expr: &str) -> String {
    rows(&format!("SELECT {expr}")).remove(0)
}

/// Name and type of each column.
fn columns(text: &str) -> Vec<(String, String)> {
    let schema = batch(text).unwrap_or_else(|it| unreachable!("{text}: {it}")).schema();
    schema.fields().iter().map(|it| (it.name().clone(), type_text(it.data_type()))).collect()
}

fn kind(expr: &str) -> String {
    columns(&format!("SELECT {expr}")).remove(0).1
}

fn class(text: &str) -> &'static str {
    batch(text).unwrap_err().class
}
