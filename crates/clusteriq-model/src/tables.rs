//! The tables ClusterIQ reads and keeps, each defined once: its columns, where each comes from, its key, its day.
//!
//! A definition is rendered four ways: the struct that the engine reads, the column list that the importer looks for in
//! a file, the Arrow schema that the store writes, and the names in messages. Column names and types: Databricks' system
//! tables as read in November 2026.

mod billing;
mod compute;
mod lakeflow;
mod pipelines;
mod pools;
mod query;
mod rest;
mod spec;
mod value;

pub use billing::{AccountPriceRow, ListPriceRow, UsageRow};
pub use compute::{ClusterMinuteRow, ClusterRow, NodeTypeRow, WarehouseEventRow, WarehouseRow};
pub use lakeflow::{JobRow, JobRunSliceRow, JobTaskRow, TaskRunSliceRow, WorkspaceRow};
pub use pipelines::{PipelineRow, PipelineSettingsRow, PipelineUpdateRow};
pub use pools::{InstanceEventRow, InstancePoolRow, PoolSettingsRow};
pub use query::QueryRow;
pub use rest::{ClusterSettingsRow, JobClusterSettingsRow, JobSettingsRow, PolicyRow, TaskSettingsRow};
pub use spec::{ColumnSpec, Kind, Origin, TableSpec};
pub use value::{Field, Row, Tags, Value};

/// One row per node and minute: read by the reduction to [`ClusterMinuteRow`], never stored.
pub const NODE_TIMELINE: &str = "system.compute.node_timeline";

/// Every table, in the order in which it is imported: what others need to be understood comes first.
pub const ALL: &[&TableSpec] = &[
    NodeTypeRow::SPEC,
    WorkspaceRow::SPEC,
    ListPriceRow::SPEC,
    AccountPriceRow::SPEC,
    UsageRow::SPEC,
    ClusterRow::SPEC,
    ClusterSettingsRow::SPEC,
    PolicyRow::SPEC,
    InstancePoolRow::SPEC,
    PoolSettingsRow::SPEC,
    InstanceEventRow::SPEC,
    WarehouseRow::SPEC,
    WarehouseEventRow::SPEC,
    JobRow::SPEC,
    JobTaskRow::SPEC,
    JobSettingsRow::SPEC,
    JobClusterSettingsRow::SPEC,
    TaskSettingsRow::SPEC,
    JobRunSliceRow::SPEC,
    TaskRunSliceRow::SPEC,
    PipelineRow::SPEC,
    PipelineSettingsRow::SPEC,
    PipelineUpdateRow::SPEC,
    QueryRow::SPEC,
    ClusterMinuteRow::SPEC,
];

/// Every table's rows, as read from the store for one window: what the engine turns into a fleet.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "each field is the table its type describes")]
pub struct Tables {
    pub node_types: Vec<NodeTypeRow>,
    pub workspaces: Vec<WorkspaceRow>,
    pub list_prices: Vec<ListPriceRow>,
    pub account_prices: Vec<AccountPriceRow>,
    pub usage: Vec<UsageRow>,
    pub clusters: Vec<ClusterRow>,
    pub cluster_settings: Vec<ClusterSettingsRow>,
    pub policies: Vec<PolicyRow>,
    pub instance_pools: Vec<InstancePoolRow>,
    pub pool_settings: Vec<PoolSettingsRow>,
    pub instance_events: Vec<InstanceEventRow>,
    pub warehouses: Vec<WarehouseRow>,
    pub warehouse_events: Vec<WarehouseEventRow>,
    pub jobs: Vec<JobRow>,
    pub job_tasks: Vec<JobTaskRow>,
    pub job_settings: Vec<JobSettingsRow>,
    pub job_clusters: Vec<JobClusterSettingsRow>,
    pub task_settings: Vec<TaskSettingsRow>,
    pub job_run_slices: Vec<JobRunSliceRow>,
    pub task_run_slices: Vec<TaskRunSliceRow>,
    pub pipelines: Vec<PipelineRow>,
    pub pipeline_settings: Vec<PipelineSettingsRow>,
    pub pipeline_updates: Vec<PipelineUpdateRow>,
    pub queries: Vec<QueryRow>,
    pub cluster_minutes: Vec<ClusterMinuteRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_day_names_a_column_that_is_never_unknown() {
        for table in ALL {
            for name in table.key.iter().chain(&table.day) {
                let column = table.column(name).unwrap_or_else(|| panic!("{}.{name}", table.dataset));
                assert!(!column.optional, "{}.{name} must not be optional", table.dataset);
            }
        }
    }
}
