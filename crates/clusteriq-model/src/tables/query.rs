//! Statements that ran on warehouses and serverless compute.

use jiff::Timestamp;

use super::Origin::SystemTable;
use super::value::table;

table! {
    /// One statement. Classic clusters are not covered.
    QueryRow = "queries" from SystemTable("system.query.history"),
        key ["workspace_id", "statement_id"], day Some("start_time");
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    statement_id: String,
    /// Warehouse it ran on.
    warehouse_id: Option<String> = "compute.warehouse_id",
    /// Who ran it.
    executed_by: Option<String>,
    /// `FINISHED FAILED CANCELED`.
    execution_status: Option<String>,
    /// When it arrived.
    start_time: Timestamp,
    /// When it ended.
    end_time: Option<Timestamp>,
    /// Milliseconds from arrival to end.
    total_duration_ms: Option<i64>,
    /// Milliseconds waiting for the warehouse to start.
    waiting_for_compute_duration_ms: Option<i64>,
    /// Milliseconds in the queue.
    waiting_at_capacity_duration_ms: Option<i64>,
    /// Milliseconds of execution.
    execution_duration_ms: Option<i64>,
    /// Milliseconds of planning.
    compilation_duration_ms: Option<i64>,
    /// Milliseconds summed over its tasks.
    total_task_duration_ms: Option<i64>,
    /// Bytes read.
    read_bytes: Option<i64>,
    /// Bytes spilled to disk.
    spilled_local_bytes: Option<i64>,
    /// Whether the answer was kept from an earlier statement.
    from_result_cache: Option<bool>,
    /// Job that sent it.
    job_id: Option<String> = "query_source.job_info.job_id",
}
