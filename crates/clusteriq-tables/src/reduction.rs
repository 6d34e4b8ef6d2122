//! The reduction of node-minutes to cluster-minutes: one definition, as a [`Reducer`] and as [`reduction_sql`].
//!
//! # Definition
//!
//! A **node-minute** is (workspace, cluster, instance, UTC minute of `start_time`, rounded down). It counts once: of several
//! rows for the same node-minute (exports overlap) the first one pushed counts. A system table never changes a row, so such
//! rows are equal and it does not matter which one that is.
//!
//! A **measurement** is known if it is neither null nor NaN and lies between 0 and 1000 %; CPU is known if user and system
//! CPU both are. Nothing is guessed: **an amount of a cluster-minute is known only if that of each of its nodes is**, sums
//! and maxima alike, so one node without a memory reading makes the memory of its cluster unknown for that minute, and no
//! other column. Exceptions follow from the table's own definition: `network_bytes` is never unknown and is the sum of what
//! was reported; counts and node types need no measurement.
//!
//! | column | of the workers (`driver` not true) |
//! |---|---|
//! | `worker_millicores` | Σ round(cores × 1000) |
//! | `worker_mib` | Σ MiB |
//! | `used_millicores` | Σ round((user % + system %) × cores × 10) |
//! | `wait_millicores` | Σ round(wait % × cores × 10) |
//! | `used_mib` | Σ round(memory % × MiB / 100) |
//! | `busiest_cpu`, `fullest_mem`, `most_swap` | max round(% × 1000); unknown without workers |
//!
//! The five sums are 0 without workers and unknown if a worker's node type is null or has no usable size; an empty text is a
//! null. A size is usable if it has up to 100,000 cores and up to 1 EiB, and more than none of both; of several for one type
//! the greatest number of cores and the greatest memory count, whatever their order. `driver_cpu`,
//! `driver_mem`, `driver_wait` are the maximum over the drivers (several only while a cluster restarts), in the same unit.
//! `round` is half away from zero; products are evaluated from left to right in `f64`, sums are integers. Therefore neither
//! the order of rows nor how they are split into batches changes a result.

mod columns;
mod day;
mod drain;
mod minute;
mod places;
mod reducer;

use std::collections::BTreeMap;

pub use reducer::Reducer;

/// What a node of some type has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeSize {
    /// vCPUs.
    pub cores: f64,
    /// Memory.
    pub mib: i64,
}

impl NodeSize {
    /// Whether it can be the size of a node; a size that cannot is treated as not known.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self.cores > 0.0 && self.cores <= 1e5 && self.mib > 0 && self.mib <= 1 << 40
    }
}

/// Sizes by node type.
pub type NodeSizes = BTreeMap<String, NodeSize>;

/// The columns of `system.compute.node_timeline` that the reduction needs, and nothing else: project these.
///
/// The first four are best delivered as `Dictionary<Int32, Utf8>`; then the reducer compares integers.
pub const NODE_TIMELINE_COLUMNS: &[&str] = &[
    "workspace_id",
    "cluster_id",
    "instance_id",
    "node_type",
    "start_time",
    "driver",
    "cpu_user_percent",
    "cpu_system_percent",
    "cpu_wait_percent",
    "mem_used_percent",
    "mem_swap_percent",
    "network_sent_bytes",
    "network_received_bytes",
];

/// The same definition as a SQL query over the two sources, each the name of a table or a query in parentheses, such as
/// `(SELECT * FROM system.compute.node_timeline WHERE start_time >= '2026-11-01')`. Its columns are those of `cluster_minutes`.
///
/// Runs on Spark, so on a SQL warehouse of Databricks, and on DuckDB; the session's time zone has to be UTC. The sources are
/// put in as they are. Names that the query itself defines, and no source can therefore refer to, are `node_minutes`, `sizes`,
/// `sized` and `amounts`.
#[must_use]
pub fn reduction_sql(node_timeline: &str, node_types: &str) -> String {
    include_str!("reduction/reduction.sql")
        .lines()
        .filter(|it| !it.starts_with("--"))
        .map(|it| it.replace("{node_timeline}", node_timeline).replace("{node_types}", node_types) + "\n")
        .collect()
}
