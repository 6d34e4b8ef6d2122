//! A small SQL engine over the system tables of an export, with the semantics of Databricks SQL: queries alone, one statement at a time.
//!
//! A statement is parsed by `sqlparser`, its names are resolved (`compile.rs`), and each clause is computed over whole columns with
//! Arrow's kernels (`evaluate.rs`). What it cannot do, it says: `UNSUPPORTED_FEATURE`.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};

mod aggregate;
mod arithmetic;
mod cast;
mod cells;
mod comparison;
mod compile;
mod error;
mod evaluate;
mod frame;
mod from;
mod functions;
mod join;
mod json;
mod literal;
mod node;
mod order;
mod parse;
mod query;
mod scan;
mod scope;
mod select;
mod tables;
mod text;
mod types;
mod window;

#[cfg(test)]
mod tests;

pub(crate) use cells::cells;
pub(crate) use error::SqlError;
pub(crate) use literal::Parameter;
pub use tables::SystemTables;
pub(crate) use types::{name as type_name, text as type_text};

/// What a statement may read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// None has no table at all.
    pub(crate) tables: Option<SystemTables>,
    /// Schemas that are not enabled.
    pub(crate) hidden: BTreeSet<String>,
    /// Tables that this principal may not read, by whole name.
    pub(crate) revoked: BTreeSet<String>,
    /// Workspaces of the region: what others did is in the tables of theirs. Empty is all.
    pub(crate) region: BTreeSet<String>,
}

impl Catalog {
    /// The workspaces whose rows a table has here; none if it has those of the whole account.
    fn here(&self, table: &str) -> Option<&BTreeSet<String>> {
        let regional = ["system.compute.", "system.lakeflow.", "system.query."].iter().any(|it| table.starts_with(it));
        (regional && !self.region.is_empty()).then_some(&self.region)
    }
}

/// A statement with what it needs to be answered.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Where names without a schema are looked up: catalog and schema.
    pub(crate) namespace: (String, String),
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

/// The rows of a statement.
pub(crate) fn run(question: &Question, catalog: &Catalog) -> Result<RecordBatch, SqlError> {
    let parsed = parse::query(&question.text)?;
    let session = query::Session { question, catalog, mentioned: &parsed.mentioned };
    let rows = query::run(&parsed.query, &session, &[], query::Reach::Output)?;
    let columns: Vec<_> = rows.frame.columns().iter().flatten().cloned().collect();
    let fields = rows.names.iter().zip(&columns).map(|(name, it)| Field::new(name, it.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows.frame.rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}
