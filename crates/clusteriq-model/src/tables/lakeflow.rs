//! Jobs, their tasks, their runs; workspaces.

use jiff::Timestamp;

use super::Origin::SystemTable;
use super::value::{Tags, table};

table! {
    /// A workspace's name.
    WorkspaceRow = "workspaces" from SystemTable("system.access.workspaces_latest"), key ["workspace_id"], day None;
    /// Its id.
    workspace_id: String,
    /// Its name.
    workspace_name: Option<String>,
    /// Its address.
    workspace_url: Option<String>,
}

table! {
    /// One version of a job. `job_id` is unique only inside its workspace.
    JobRow = "jobs" from SystemTable("system.lakeflow.jobs"), key ["workspace_id", "job_id", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    job_id: String,
    /// When this version began.
    change_time: Timestamp,
    /// When it was deleted.
    delete_time: Option<Timestamp>,
    /// Its name.
    name: Option<String>,
    /// User tags.
    tags: Option<Tags>,
    /// Identity it runs as.
    run_as: Option<String> = "run_as_user_name" | "run_as",
    /// Who made it.
    creator: Option<String> = "creator_user_name" | "creator_id",
    /// `CRON CONTINUOUS FILE_ARRIVAL PERIODIC TABLE …`: open.
    trigger_type: Option<String>,
    /// Quartz expression, 6 or 7 fields.
    cron: Option<String> = "trigger.schedule.quartz_cron_expression",
    /// Java zone id of the schedule.
    timezone: Option<String> = "trigger.schedule.timezone_id",
    /// Whether the trigger is off.
    paused: Option<bool>,
    /// 0: none.
    timeout_seconds: Option<i64>,
}

table! {
    /// One version of a task.
    JobTaskRow = "job_tasks" from SystemTable("system.lakeflow.job_tasks"),
        key ["workspace_id", "job_id", "task_key", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its job.
    job_id: String,
    /// Its name inside the job.
    task_key: String,
    /// When this version began.
    change_time: Timestamp,
    /// When it was deleted.
    delete_time: Option<Timestamp>,
    /// Tasks it waits for.
    depends_on_keys: Option<Vec<String>>,
}

table! {
    /// At most an hour of a job's run. A run's rows must be merged: first start, last end, the result that is not null.
    JobRunSliceRow = "job_run_slices" from SystemTable("system.lakeflow.job_run_timeline"),
        key ["workspace_id", "run_id", "period_start_time"], day Some("period_start_time");
    /// Its workspace.
    workspace_id: String,
    /// Its job.
    job_id: String,
    /// The run.
    run_id: String,
    /// Start of the slice.
    period_start_time: Timestamp,
    /// End of the slice; equal to the start if the run never began.
    period_end_time: Timestamp,
    /// What started it.
    trigger_type: Option<String>,
    /// `JOB_RUN`, `SUBMIT_RUN` or `WORKFLOW_RUN` (a child whose cost is in its parent's).
    run_type: Option<String>,
    /// Name of the run.
    run_name: Option<String>,
    /// `SUCCEEDED FAILED SKIPPED CANCELLED TIMED_OUT ERROR BLOCKED`; unknown until the last slice. Open.
    result_state: Option<String>,
    /// Finer than the result. Open.
    termination_code: Option<String>,
    /// Seconds of start-up.
    setup_duration_seconds: Option<i64>,
    /// Seconds in the queue.
    queue_duration_seconds: Option<i64>,
    /// Clusters and warehouses; mostly empty.
    compute_ids: Option<Vec<String>>,
}

table! {
    /// At most an hour of a task's run.
    TaskRunSliceRow = "task_run_slices" from SystemTable("system.lakeflow.job_task_run_timeline"),
        key ["workspace_id", "run_id", "period_start_time"], day Some("period_start_time");
    /// Its workspace.
    workspace_id: String,
    /// Its job.
    job_id: String,
    /// The task's own run. A retry is another run with the same `job_run_id` and `task_key`.
    run_id: String,
    /// The job's run it belongs to.
    job_run_id: Option<String>,
    /// The task.
    task_key: Option<String>,
    /// Start of the slice.
    period_start_time: Timestamp,
    /// End of the slice.
    period_end_time: Timestamp,
    /// As for the job's run.
    result_state: Option<String>,
    /// As for the job's run.
    termination_code: Option<String>,
    /// Seconds of start-up.
    setup_duration_seconds: Option<i64>,
    /// Job clusters, all-purpose clusters and warehouses it ran on.
    compute_ids: Option<Vec<String>>,
}
