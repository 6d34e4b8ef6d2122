//! Everything an advisor may look at, frozen at one instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::tables::Tags;
use crate::{
    Bill, Catalog, ClusterKey, Compute, Demand, Gap, Hours, JobKey, Minute, Minutes, PipelineKey, PoolKey, Purchase,
    WarehouseKey, Window, WorkspaceId,
};

/// An immutable snapshot of one account: what exists, what it did, what it cost.
/// An `Option` that is `None` is not known: no price is not 0, no telemetry is not idle.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The span of time that usage covers.
    pub window: Window,
    /// Workspaces by id.
    pub workspaces: BTreeMap<WorkspaceId, Workspace>,
    /// Clusters by id, those of job runs too.
    pub clusters: BTreeMap<ClusterKey, Cluster>,
    /// Jobs by id.
    pub jobs: BTreeMap<JobKey, Job>,
    /// SQL warehouses by id.
    pub warehouses: BTreeMap<WarehouseKey, Warehouse>,
    /// Instance pools by id.
    pub pools: BTreeMap<PoolKey, Pool>,
    /// Pipelines by id.
    pub pipelines: BTreeMap<PipelineKey, Pipeline>,
    /// Cluster policies by workspace and policy id.
    pub policies: BTreeMap<(WorkspaceId, String), Policy>,
    /// Names of node types that minutes refer to by index.
    pub type_names: Vec<String>,
    /// Facts about node types and prices.
    pub catalog: Catalog,
    /// The bill, priced.
    pub bill: Bill,
    /// What the data lacks.
    pub gaps: Vec<Gap>,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// Its name.
    pub name: Option<String>,
    /// The cloud, from its bill.
    pub cloud: Option<crate::Cloud>,
}

/// Who made a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClusterSource {
    /// A person, in the UI or by API: all-purpose.
    AllPurpose,
    /// A job, for a run.
    Job,
    /// A pipeline.
    Pipeline,
    /// Something newer.
    Other(String),
}

/// When an all-purpose cluster stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Autotermination {
    /// Never.
    Never,
    /// After so long without activity.
    After(Minutes),
}

/// A configuration and since when it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigVersion {
    /// First instant.
    pub since: Timestamp,
    /// What it runs on.
    pub compute: Compute,
    /// When it stops by itself.
    pub autotermination: Autotermination,
    /// Runtime key.
    pub runtime: Option<String>,
    /// Policy it was made under.
    pub policy_id: Option<String>,
}

/// One cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its id.
    pub key: ClusterKey,
    /// Its name, or its id if it has none.
    pub name: String,
    /// Who made it.
    pub source: ClusterSource,
    /// Whose it is.
    pub owner: Option<String>,
    /// User tags.
    pub tags: Tags,
    /// Configurations, oldest first; never empty.
    pub configs: Vec<ConfigVersion>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// The job and run it was made for.
    pub run: Option<(JobKey, String)>,
    /// What it did; empty: no telemetry.
    pub minutes: Demand,
    /// Tasks of jobs that ran on it, in time order; not of a cluster whose name says that it was made for one run.
    pub task_runs: Vec<TaskRun>,
    /// Last use, from REST.
    pub last_activity: Option<Timestamp>,
    /// Whether it is pool-backed.
    pub pooled: bool,
    /// Scripts that run when a node starts.
    pub init_scripts: Vec<String>,
    /// Its workers' pool.
    pub pool: Option<PoolKey>,
    /// The pipeline it was made for.
    pub pipeline: Option<PipelineKey>,
}

/// A task's run on a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskRun {
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// The job.
    pub job: JobKey,
    /// The job's run.
    pub run_id: String,
    /// The task.
    pub task_key: String,
}

/// What starts a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A Quartz cron schedule.
    Schedule(Schedule),
    /// Runs without pause.
    Continuous,
    /// Files, tables, intervals: the table's word.
    Other(String),
    /// A person or another system.
    OnDemand,
}

/// A Quartz cron schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// 6 or 7 fields.
    pub quartz: String,
    /// Java zone id.
    pub timezone: String,
}

/// One job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub key: JobKey,
    /// Its name, or its id if it has none.
    pub name: String,
    /// Identity it runs as.
    pub run_as: Option<String>,
    /// User tags.
    pub tags: Tags,
    /// What starts it.
    pub trigger: Trigger,
    /// Whether its trigger is off.
    pub paused: Option<bool>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Runs that may go on at once.
    pub max_concurrent_runs: Option<i64>,
    /// Longest run allowed; `None`: no limit, or not known.
    pub timeout: Option<Minutes>,
    /// Whether the data tells `timeout`: if so, `None` is no limit.
    pub timeout_told: bool,
    /// Its tasks, if REST told.
    pub tasks: Vec<JobTask>,
    /// Its runs that overlap the window, in time order.
    pub runs: Vec<Run>,
    /// Job cluster configurations that REST told, by key.
    pub job_clusters: BTreeMap<String, ConfigVersion>,
    /// `BUNDLE` if code owns it.
    pub deployment: Option<String>,
    /// `PERFORMANCE_OPTIMIZED` or `STANDARD`; serverless only.
    pub performance_target: Option<String>,
}

/// One task's settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobTask {
    /// Its name.
    pub key: String,
    /// `notebook_task`, `spark_python_task`, …
    pub kind: Option<String>,
    /// All-purpose cluster it runs on.
    pub existing_cluster_id: Option<String>,
    /// Job cluster it runs on.
    pub job_cluster_key: Option<String>,
    /// Retries after a failure.
    pub max_retries: Option<i64>,
    /// Installed libraries.
    pub libraries: Vec<String>,
    /// Pipeline it starts.
    pub pipeline_id: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunResult {
    /// It did what it should.
    Succeeded,
    /// It failed, timed out or was cancelled: the table's word.
    Failed(String),
    /// It never started.
    Skipped,
    /// It goes on, or its end is not in the data.
    Open,
}

/// One run of a job: its slices merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// First start.
    pub start: Timestamp,
    /// Last end.
    pub end: Timestamp,
    /// How it ended.
    pub result: RunResult,
    /// Finer than the result.
    pub termination_code: Option<String>,
    /// Start-up of its compute.
    pub setup: Option<Minutes>,
    /// Time in the queue.
    pub queued: Option<Minutes>,
    /// How often it was repaired.
    pub repairs: u32,
    /// Clusters and warehouses its tasks ran on.
    pub compute_ids: Vec<String>,
    /// Every try of every task, in time order; empty: the table of task runs is not in the data.
    pub attempts: Vec<Attempt>,
}

/// One try of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The task.
    pub task_key: String,
    /// The task's own run.
    pub run_id: String,
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// How it ended.
    pub result: RunResult,
    /// Finer than the result.
    pub termination_code: Option<String>,
}

/// An instance pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its id.
    pub key: PoolKey,
    /// Its name.
    pub name: String,
    /// Type of its nodes.
    pub node_type: Option<String>,
    /// Nodes it keeps ready.
    pub min_idle: Option<u32>,
    /// After how long a node above that goes.
    pub idle_limit: Option<Minutes>,
    /// How its nodes are bought.
    pub purchase: Option<Purchase>,
    /// User tags.
    pub tags: Tags,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// What its nodes did, in time order; `None`: the table of instance events is not in the data.
    pub events: Option<Vec<InstanceEvent>>,
}

/// A change of a pool's node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceEvent {
    /// When.
    pub at: Timestamp,
    /// The node.
    pub instance_id: Arc<str>,
    /// `INSTANCE_LAUNCHING`, `INSTANCE_READY` (idle in the pool), `INSTANCE_PLACED` (in a cluster), `INSTANCE_TERMINATED`: open.
    pub state: Arc<str>,
    /// The cluster it is in.
    pub cluster_id: Option<Arc<str>>,
}

/// A pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its id.
    pub key: PipelineKey,
    /// Its name, or its id if it has none.
    pub name: String,
    /// Identity it runs as.
    pub run_as: Option<String>,
    /// User tags.
    pub tags: Tags,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Whether it runs without pause.
    pub continuous: Option<bool>,
    /// Whether it is in development mode, which keeps its cluster up after an update.
    pub development: Option<bool>,
    /// Whether it runs on serverless compute.
    pub serverless: Option<bool>,
    /// `CURRENT` or `PREVIEW`.
    pub channel: Option<String>,
    /// When it starts by itself.
    pub schedule: Option<Schedule>,
    /// Its updates that overlap the window, in time order.
    pub updates: Vec<PipelineUpdate>,
    /// Its clusters.
    pub clusters: Vec<ClusterKey>,
}

/// One update of a pipeline: its slices merged.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineUpdate {
    /// Its id.
    pub id: String,
    /// First start.
    pub start: Timestamp,
    /// Last end.
    pub end: Timestamp,
    /// What started it: the table's word, e.g. `job_task`.
    pub trigger: Option<String>,
    /// How it ended: the table's word; `None`: it goes on.
    pub result: Option<String>,
}

/// A cluster policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its rules by attribute path, as Databricks' JSON has them.
    pub definition: String,
}

impl Run {
    /// From first start to last end.
    #[must_use]
    pub fn duration(&self) -> Minutes {
        Hours(self.end.duration_since(self.start).as_secs_f64() / 3600.0).into()
    }
}

/// Kind of a SQL warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarehouseType {
    /// Customer's machines, no Photon extras.
    Classic,
    /// Customer's machines.
    Pro,
    /// Databricks' machines, in the DBU price.
    Serverless,
}

/// A SQL warehouse.
#[derive(Clone, Debug)]
pub struct Warehouse {
    /// Its id.
    pub key: WarehouseKey,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Option<WarehouseType>,
    /// `2X_SMALL` …
    pub size: Option<String>,
    /// Range of clusters.
    pub clusters: Option<(u32, u32)>,
    /// When it stops by itself.
    pub auto_stop: Option<Autotermination>,
    /// User tags.
    pub tags: Tags,
    /// Whose it is.
    pub owner: Option<String>,
    /// Changes of state, in time order.
    pub events: Vec<WarehouseEvent>,
    /// Statements in time order; `None`: query history is not in the data.
    pub queries: Option<Vec<Query>>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

/// A change of a warehouse's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseEvent {
    /// When.
    pub at: Timestamp,
    /// The table's word.
    pub kind: String,
    /// Clusters that run.
    pub clusters: Option<u32>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// When it arrived.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// Milliseconds waiting for the warehouse to start.
    pub provisioning_ms: i64,
    /// Milliseconds in the queue.
    pub queued_ms: i64,
    /// Milliseconds of execution.
    pub execution_ms: i64,
    /// Bytes read; `None`: not known.
    pub read_bytes: Option<i64>,
    /// Milliseconds of all its tasks together.
    pub task_ms: Option<i64>,
    /// Bytes spilled.
    pub spilled_bytes: i64,
}

impl Cluster {
    /// The configuration that holds now.
    #[must_use]
    pub fn config(&self) -> &ConfigVersion {
        self.configs.last().expect("a cluster has at least one configuration")
    }

    /// Its minutes inside a span.
    #[must_use]
    pub fn minutes_between(&self, from: Timestamp, until: Timestamp) -> Vec<Minute> {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        self.minutes.between(minute(from), minute(until))
    }
}
