//! What the system tables lack and the REST answers have: `clusters/list`, `jobs/list` with `expand_tasks`, policies.
//!
//! `source` paths stand in one object of the answer's list. `workspace_id` is not in the answer: it is the name of the folder.

use jiff::Timestamp;

use super::Origin::Rest;
use super::value::{Tags, table};

table! {
    /// A cluster as `clusters/list` shows it now.
    ClusterSettingsRow = "cluster_settings" from Rest("clusters_list"), key ["workspace_id", "cluster_id"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    cluster_id: String,
    /// Its name.
    cluster_name: Option<String>,
    /// Who made it; absent if that user is gone.
    creator_user_name: Option<String>,
    /// `UI`, `API`, `JOB`, …: open.
    cluster_source: Option<String>,
    /// `RUNNING`, `TERMINATED`, …: open.
    state: Option<String>,
    /// Runtime key.
    spark_version: Option<String>,
    /// `STANDARD`, `PHOTON`; absent: derived from `spark_version`.
    runtime_engine: Option<String>,
    /// Type of the workers.
    node_type_id: Option<String>,
    /// Type of the driver.
    driver_node_type_id: Option<String>,
    /// Desired number of workers.
    num_workers: Option<i64>,
    /// Autoscaling range; its presence means that the cluster autoscales.
    autoscale_min: Option<i64> = "autoscale.min_workers",
    /// Autoscaling range.
    autoscale_max: Option<i64> = "autoscale.max_workers",
    /// 0: never.
    autotermination_minutes: Option<i64>,
    /// How its nodes are bought.
    availability: Option<String> = "aws_attributes.availability" | "azure_attributes.availability" | "gcp_attributes.availability",
    /// How many nodes are on demand whatever `availability` says.
    first_on_demand: Option<i64> = "aws_attributes.first_on_demand" | "azure_attributes.first_on_demand" | "gcp_attributes.first_on_demand",
    /// Spark settings.
    spark_conf: Option<Tags>,
    /// User tags.
    custom_tags: Option<Tags>,
    /// Policy it was made under.
    policy_id: Option<String>,
    /// Pool of its nodes.
    instance_pool_id: Option<String>,
    /// When a person or command last used it.
    last_activity_time: Option<Timestamp>,
    /// New-style single node flag.
    is_single_node: Option<bool>,
}

table! {
    /// A job's settings as `jobs/list` shows them now.
    JobSettingsRow = "job_settings" from Rest("jobs_list"), key ["workspace_id", "job_id"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    job_id: String,
    /// Who made it.
    creator_user_name: Option<String>,
    /// Identity it runs as.
    run_as_user_name: Option<String>,
    /// Its name.
    name: Option<String> = "settings.name",
    /// User tags.
    tags: Option<Tags> = "settings.tags",
    /// Quartz expression.
    cron: Option<String> = "settings.schedule.quartz_cron_expression",
    /// Java zone id.
    timezone: Option<String> = "settings.schedule.timezone_id",
    /// `PAUSED` or `UNPAUSED`, of whichever trigger it has.
    pause_status: Option<String> = "settings.schedule.pause_status" | "settings.continuous.pause_status" | "settings.trigger.pause_status",
    /// Present if the job runs without pause.
    continuous: Option<String> = "settings.continuous.pause_status",
    /// 0: skips every new run.
    max_concurrent_runs: Option<i64> = "settings.max_concurrent_runs",
    /// 0: none.
    timeout_seconds: Option<i64> = "settings.timeout_seconds",
    /// `PERFORMANCE_OPTIMIZED` or `STANDARD`.
    performance_target: Option<String> = "settings.performance_target",
    /// What its file-arrival trigger looks at.
    file_arrival_url: Option<String> = "settings.trigger.file_arrival.url",
    /// `BUNDLE` if code owns the job.
    deployment_kind: Option<String> = "settings.deployment.kind",
}

table! {
    /// A cluster that a job makes for its runs: an element of `settings.job_clusters`, or a task's own `new_cluster`
    /// (then `job_cluster_key` is the task's key).
    JobClusterSettingsRow = "job_clusters" from Rest("jobs_list.job_clusters"),
        key ["workspace_id", "job_id", "job_cluster_key"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its job.
    job_id: String,
    /// Its name inside the job.
    job_cluster_key: String,
    /// Runtime key.
    spark_version: Option<String> = "new_cluster.spark_version",
    /// `STANDARD` or `PHOTON`.
    runtime_engine: Option<String> = "new_cluster.runtime_engine",
    /// Type of the workers.
    node_type_id: Option<String> = "new_cluster.node_type_id",
    /// Type of the driver.
    driver_node_type_id: Option<String> = "new_cluster.driver_node_type_id",
    /// Fixed size.
    num_workers: Option<i64> = "new_cluster.num_workers",
    /// Autoscaling range.
    autoscale_min: Option<i64> = "new_cluster.autoscale.min_workers",
    /// Autoscaling range.
    autoscale_max: Option<i64> = "new_cluster.autoscale.max_workers",
    /// How its nodes are bought.
    availability: Option<String> = "new_cluster.aws_attributes.availability" | "new_cluster.azure_attributes.availability" | "new_cluster.gcp_attributes.availability",
    /// How many nodes are on demand whatever `availability` says.
    first_on_demand: Option<i64> = "new_cluster.aws_attributes.first_on_demand" | "new_cluster.azure_attributes.first_on_demand" | "new_cluster.gcp_attributes.first_on_demand",
    /// Spark settings.
    spark_conf: Option<Tags> = "new_cluster.spark_conf",
    /// User tags.
    custom_tags: Option<Tags> = "new_cluster.custom_tags",
    /// Policy it is made under.
    policy_id: Option<String> = "new_cluster.policy_id",
    /// Pool of its nodes.
    instance_pool_id: Option<String> = "new_cluster.instance_pool_id",
}

table! {
    /// A task's settings: an element of `settings.tasks`.
    TaskSettingsRow = "task_settings" from Rest("jobs_list.tasks"), key ["workspace_id", "job_id", "task_key"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its job.
    job_id: String,
    /// Its name inside the job.
    task_key: String,
    /// All-purpose cluster it runs on.
    existing_cluster_id: Option<String>,
    /// Job cluster it runs on.
    job_cluster_key: Option<String>,
    /// Warehouse it runs on.
    warehouse_id: Option<String> = "sql_task.warehouse_id" | "dbt_task.warehouse_id" | "notebook_task.warehouse_id",
    /// Which kind of task: the name of its `…_task` member, e.g. `notebook_task`. Filled by the reader.
    task_kind: Option<String>,
    /// Retries after a failure; -1 without end.
    max_retries: Option<i64>,
    /// Milliseconds between the start of an attempt and the next.
    min_retry_interval_millis: Option<i64>,
    /// Whether a task that timed out is tried again.
    retry_on_timeout: Option<bool>,
    /// Environment of a serverless task.
    environment_key: Option<String>,
    /// Pipeline that it updates.
    pipeline_id: Option<String> = "pipeline_task.pipeline_id",
    /// 0: none.
    timeout_seconds: Option<i64>,
    /// Names of installed libraries, e.g. `pypi:numpy`. Filled by the reader.
    libraries: Option<Vec<String>>,
}

table! {
    /// A cluster policy as `policies/clusters/list` shows it now.
    PolicyRow = "policies" from Rest("policies_list"), key ["workspace_id", "policy_id"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    policy_id: String,
    /// Its name.
    name: Option<String>,
    /// What it allows: JSON, by dotted attribute.
    definition: Option<String>,
    /// The family it is made of.
    policy_family_id: Option<String>,
    /// What it changes of its family's definition: JSON.
    policy_family_definition_overrides: Option<String>,
    /// Whether Databricks made it.
    is_default: Option<bool>,
    /// Who made it.
    creator_user_name: Option<String>,
    /// Clusters that a person may have under it.
    max_clusters_per_user: Option<i64>,
}
