//! Pipelines and their updates.

use jiff::Timestamp;

use super::Origin::{Rest, SystemTable};
use super::value::{Tags, table};

table! {
    /// One version of a pipeline.
    PipelineRow = "pipelines" from SystemTable("system.lakeflow.pipelines"),
        key ["workspace_id", "pipeline_id", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    pipeline_id: String,
    /// When this version began.
    change_time: Timestamp,
    /// `ETL_PIPELINE`, `MATERIALIZED_VIEW`, `STREAMING_TABLE`, `INGESTION_PIPELINE`, …: open.
    pipeline_type: Option<String>,
    /// Its name.
    name: Option<String>,
    /// Who made it.
    created_by: Option<String>,
    /// Identity it runs as.
    run_as: Option<String>,
    /// User tags.
    tags: Option<Tags>,
    /// Whether Photon runs.
    photon: Option<bool> = "settings.photon",
    /// Whether it keeps its cluster after an update, for people who work on it.
    development: Option<bool> = "settings.development",
    /// Whether it runs without pause.
    continuous: Option<bool> = "settings.continuous",
    /// Whether it has no cluster of its own.
    serverless: Option<bool> = "settings.serverless",
    /// `CORE`, `PRO` or `ADVANCED`.
    edition: Option<String> = "settings.edition",
    /// `CURRENT` or `PREVIEW`.
    channel: Option<String> = "settings.channel",
    /// When it was deleted.
    delete_time: Option<Timestamp>,
}

table! {
    /// At most an hour of a pipeline's update. An update's rows must be merged, as those of a job's run.
    PipelineUpdateRow = "pipeline_updates" from SystemTable("system.lakeflow.pipeline_update_timeline"),
        key ["workspace_id", "update_id", "period_start_time"], day Some("period_start_time");
    /// Its workspace.
    workspace_id: String,
    /// Its pipeline.
    pipeline_id: String,
    /// The update.
    update_id: String,
    /// Start of the slice.
    period_start_time: Timestamp,
    /// End of the slice.
    period_end_time: Timestamp,
    /// What caused it: `JOB_TASK`, `USER_ACTION`, `API_CALL`, …; some accounts have the kind of update instead. Open.
    update_type: Option<String>,
    /// What started it, e.g. `job_task`. Open.
    trigger_type: Option<String>,
    /// The task's run that started it.
    job_task_run_id: Option<String> = "trigger_details.job_task.job_task_run_id",
    /// Identity it ran as.
    run_as_user_name: Option<String>,
    /// Shared by the retries of one request.
    request_id: Option<String>,
    /// `COMPLETED FAILED CANCELED`; unknown until the last slice. Open.
    result_state: Option<String>,
    /// `SERVERLESS_COMPUTE` or `CLASSIC_COMPUTE`.
    compute_type: Option<String> = "compute.type",
    /// The cluster it ran on.
    cluster_id: Option<String> = "compute.cluster_id",
}

table! {
    /// A pipeline as the REST API shows it now: an item of the list, with what `pipelines/get` adds under `spec`.
    PipelineSettingsRow = "pipeline_settings" from Rest("pipelines_list"), key ["workspace_id", "pipeline_id"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    pipeline_id: String,
    /// Its name.
    name: Option<String>,
    /// `RUNNING`, `IDLE`, …: open.
    state: Option<String>,
    /// The cluster it runs on now.
    cluster_id: Option<String>,
    /// Who made it.
    creator_user_name: Option<String>,
    /// Identity it runs as.
    run_as_user_name: Option<String>,
    /// Whether Photon runs.
    photon: Option<bool> = "spec.photon",
    /// Whether it keeps its cluster after an update.
    development: Option<bool> = "spec.development",
    /// Whether it runs without pause.
    continuous: Option<bool> = "spec.continuous",
    /// Whether it has no cluster of its own.
    serverless: Option<bool> = "spec.serverless",
    /// `CORE`, `PRO` or `ADVANCED`.
    edition: Option<String> = "spec.edition",
    /// `CURRENT` or `PREVIEW`.
    channel: Option<String> = "spec.channel",
    /// User tags.
    tags: Option<Tags> = "spec.tags",
    /// Spark and pipeline settings.
    configuration: Option<Tags> = "spec.configuration",
    /// `BUNDLE` if code owns the pipeline.
    deployment_kind: Option<String> = "spec.deployment.kind",
    /// Quartz expression of its own trigger.
    cron: Option<String> = "spec.trigger.cron.quartz_cron_schedule",
    /// Java zone id.
    timezone: Option<String> = "spec.trigger.cron.timezone_id",
    /// Type of the workers of the cluster that runs updates. This and the rest: filled by the reader.
    node_type_id: Option<String>,
    /// Type of its driver.
    driver_node_type_id: Option<String>,
    /// Its fixed size.
    num_workers: Option<i64>,
    /// Its autoscaling range.
    autoscale_min: Option<i64>,
    /// Its autoscaling range.
    autoscale_max: Option<i64>,
    /// Pool of its nodes.
    instance_pool_id: Option<String>,
    /// Policy it is made under.
    policy_id: Option<String>,
}
