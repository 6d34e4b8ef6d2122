//! What was read, and what was odd about it.

use std::collections::{BTreeMap, BTreeSet};

/// The result of reading an export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// By dataset, e.g. `usage`; only tables of which there is a file.
    pub tables: BTreeMap<&'static str, TableSummary>,
    /// Node types in `system.compute.node_timeline` whose size neither the export nor the catalog knows.
    pub unknown_node_types: BTreeSet<String>,
    /// Rows of `system.compute.node_timeline` that repeat a node's minute and were left out.
    pub duplicate_node_minutes: u64,
    /// What people should know, a sentence each.
    pub notes: Vec<String>,
}

/// One table's part of a [`Summary`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableSummary {
    /// What people call the table, e.g. `system.billing.usage`.
    pub source: &'static str,
    /// Files read.
    pub files: u64,
    /// Rows in the files; for a REST answer, rows made of it.
    pub rows_read: u64,
    /// Rows handed on: fewer than read only for `cluster_minutes`.
    pub rows_given: u64,
    /// Optional columns that files lack, with the number of those files.
    pub missing_columns: BTreeMap<&'static str, u64>,
}
