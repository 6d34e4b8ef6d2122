//! The system tables that are read, and which of their rows.
//!
//! Reach, retention and latency from <https://docs.databricks.com/aws/en/admin/system-tables/>, read 2026-09.

use clusteriq_model::tables::{
    AccountPriceRow, ClusterMinuteRow, ClusterRow, InstanceEventRow, InstancePoolRow, JobRow, JobRunSliceRow,
    JobTaskRow, ListPriceRow, NodeTypeRow, PipelineRow, PipelineUpdateRow, QueryRow, TableSpec, TaskRunSliceRow,
    UsageRow, WarehouseEventRow, WarehouseRow, WorkspaceRow,
};

/// Whose rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of the whole account: read once, wherever.
    Account,
    /// Those of the workspaces in the region of the metastore that is asked.
    Region,
}

/// Which rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All of them, every time: there are few.
    All,
    /// Versions of things, each with the instant from which it holds.
    Versions {
        /// The columns that tell the things apart.
        of: &'static [&'static str],
    },
    /// What happened.
    Events {
        /// The time column by which rows are asked for.
        at: &'static str,
        /// A date column by which the table is cut into files, if it has one: asking for it too saves most of the reading.
        date: Option<&'static str>,
        /// The date on which a row came in, where corrections come late.
        came: Option<&'static str>,
    },
    /// One row per node and minute, reduced to cluster-minutes where they are.
    NodeMinutes,
}

/// One table.
#[derive(Debug)]
pub(crate) struct SystemTable {
    /// What is made of it.
    pub(crate) spec: &'static TableSpec,
    pub(crate) reach: Reach,
    pub(crate) rows: Rows,
    /// Days that one statement reads.
    pub(crate) days: i32,
    /// Most accounts do not have it, and its absence is no gap.
    pub(crate) is_rare: bool,
}

impl SystemTable {
    /// Its full name.
    pub(crate) fn name(&self) -> &'static str {
        self.spec.source_name()
    }

    /// The column that says how new its rows are, if they are of a time.
    pub(crate) fn time(&self) -> Option<&'static str> {
        match self.rows {
            Rows::All => None,
            Rows::Versions { .. } => Some("change_time"),
            Rows::Events { at, .. } => Some(at),
            Rows::NodeMinutes => Some("start_time"),
        }
    }

    /// The folder of its files in an export.
    pub(crate) fn folder(&self) -> &'static str {
        match self.rows {
            Rows::NodeMinutes => self.spec.dataset,
            Rows::All | Rows::Versions { .. } | Rows::Events { .. } => self.name(),
        }
    }
}

const fn all(spec: &'static TableSpec, reach: Reach) -> SystemTable {
    SystemTable { spec, reach, rows: Rows::All, days: 0, is_rare: false }
}

const fn versions(spec: &'static TableSpec, of: &'static [&'static str]) -> SystemTable {
    SystemTable { spec, reach: Reach::Region, rows: Rows::Versions { of }, days: 0, is_rare: false }
}

const fn events(spec: &'static TableSpec, at: &'static str) -> SystemTable {
    let rows = Rows::Events { at, date: None, came: None };
    SystemTable { spec, reach: Reach::Region, rows, days: 7, is_rare: false }
}

/// In the order in which they are read: what is small and tells most comes first.
pub(crate) const ALL: &[SystemTable] = &[
    all(NodeTypeRow::SPEC, Reach::Region),
    all(WorkspaceRow::SPEC, Reach::Account),
    all(ListPriceRow::SPEC, Reach::Account),
    SystemTable { is_rare: true, ..all(AccountPriceRow::SPEC, Reach::Account) },
    SystemTable {
        reach: Reach::Account,
        rows: Rows::Events { at: "usage_start_time", date: Some("usage_date"), came: Some("ingestion_date") },
        ..events(UsageRow::SPEC, "usage_start_time")
    },
    versions(ClusterRow::SPEC, &["workspace_id", "cluster_id"]),
    versions(InstancePoolRow::SPEC, &["workspace_id", "instance_pool_id"]),
    events(InstanceEventRow::SPEC, "event_time"),
    versions(WarehouseRow::SPEC, &["workspace_id", "warehouse_id"]),
    events(WarehouseEventRow::SPEC, "event_time"),
    versions(JobRow::SPEC, &["workspace_id", "job_id"]),
    versions(JobTaskRow::SPEC, &["workspace_id", "job_id", "task_key"]),
    events(JobRunSliceRow::SPEC, "period_start_time"),
    events(TaskRunSliceRow::SPEC, "period_start_time"),
    versions(PipelineRow::SPEC, &["workspace_id", "pipeline_id"]),
    events(PipelineUpdateRow::SPEC, "period_start_time"),
    events(QueryRow::SPEC, "start_time"),
    SystemTable { rows: Rows::NodeMinutes, days: 1, ..events(ClusterMinuteRow::SPEC, "minute") },
];

/// The table of node types, which the reduction of node-minutes needs.
pub(crate) const NODE_TYPES: &str = "system.compute.node_types";

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::{ALL as TABLES, Origin};

    #[test]
    fn every_table_that_is_imported_is_read_once() {
        let wanted = TABLES.iter().filter(|it| !matches!(it.origin, Origin::Rest(_))).map(|it| it.dataset);
        let read: Vec<_> = ALL.iter().map(|it| it.spec.dataset).collect();
        for it in wanted {
            assert_eq!(read.iter().filter(|read| **read == it).count(), 1, "{it}");
        }
        assert_eq!(ALL[0].name(), NODE_TYPES);
    }

    #[test]
    fn what_tells_things_apart_is_the_key_without_the_time() {
        for it in ALL {
            if let Rows::Versions { of } = it.rows {
                let key: Vec<_> = it.spec.key.iter().copied().filter(|it| *it != "change_time").collect();
                assert_eq!(of, key, "{}", it.name());
            }
        }
    }
}
