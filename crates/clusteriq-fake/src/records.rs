//! What a simulated day leaves behind, before it becomes rows of tables.

use std::sync::Arc;

use crate::market::{Holder, Purchase, VmUse};
use crate::nodes::{Identity, Node, NodeMinute};
use crate::physics::Loss;
use crate::time::Millis;
use crate::world::pipelines::{Edition, Pipeline};
use crate::world::serverless::Performance;
use crate::world::{Cause, JobCard, Pool, Shape, Warehouse, Workspace};

/// Everything that one resource, or all of them, did on a day.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) minutes: Vec<NodeMinute>,
    pub(crate) usage: Vec<Usage>,
    pub(crate) clusters: Vec<ClusterVersion>,
    pub(crate) clusters_now: Vec<ClusterNow>,
    pub(crate) job_runs: Vec<RunSlice>,
    pub(crate) task_runs: Vec<RunSlice>,
    pub(crate) warehouse_events: Vec<WarehouseEvent>,
    pub(crate) queries: Vec<Query>,
    pub(crate) pipeline_updates: Vec<UpdateSlice>,
    pub(crate) instance_events: Vec<InstanceEvent>,
    /// How long pools paid for nodes that were in no cluster, together.
    pub(crate) idle_millis: Millis,
    /// Runs that ended or were cut off by the end of the history.
    pub(crate) runs: u64,
    /// Time of nodes, for which the cloud charges.
    pub(crate) vm: Vec<VmUse>,
    /// When nodes came and went, as far as is known at the end of the day; of one that stays there is one each day.
    pub(crate) lives: Vec<NodeLife>,
    /// Spot nodes that were taken away, by cluster.
    pub(crate) losses: Vec<(Arc<str>, Loss)>,
    /// How long people and streams waited for compute, together.
    pub(crate) waited: Millis,
}

impl Records {
    pub(crate) fn append(&mut self, mut other: Self) {
        self.minutes.append(&mut other.minutes);
        self.usage.append(&mut other.usage);
        self.clusters.append(&mut other.clusters);
        self.clusters_now.append(&mut other.clusters_now);
        self.job_runs.append(&mut other.job_runs);
        self.task_runs.append(&mut other.task_runs);
        self.warehouse_events.append(&mut other.warehouse_events);
        self.queries.append(&mut other.queries);
        self.pipeline_updates.append(&mut other.pipeline_updates);
        self.instance_events.append(&mut other.instance_events);
        self.idle_millis += other.idle_millis;
        self.runs += other.runs;
        self.vm.append(&mut other.vm);
        self.lives.append(&mut other.lives);
        self.losses.append(&mut other.losses);
        self.waited += other.waited;
    }

    /// Counts a node's time between two instants, from when it was asked for until it is gone.
    pub(crate) fn count_vm(
        &mut self,
        workspace: &Arc<Workspace>,
        holder: &Holder,
        node: &Node,
        from: Millis,
        to: Millis,
    ) {
        let millis = to.min(node.down) - from.max(node.up);
        if millis > 0 {
            self.lives.push(NodeLife {
                identity: node.identity.clone(),
                purchase: node.purchase,
                up: node.up,
                ready: node.ready,
                down: node.down,
            });
            self.vm.push(VmUse {
                workspace: workspace.clone(),
                holder: holder.clone(),
                node_type: node.node_type(),
                purchase: node.purchase,
                millis,
            });
        }
    }
}

/// When a node was there.
#[derive(Clone, Debug)]
pub(crate) struct NodeLife {
    pub(crate) identity: Arc<Identity>,
    pub(crate) purchase: Purchase,
    pub(crate) up: Millis,
    /// When it joined the cluster.
    pub(crate) ready: Millis,
    /// Far in the future while it runs.
    pub(crate) down: Millis,
}

/// Tags of a resource.
pub(crate) type TagList = Vec<(&'static str, &'static str)>;

/// `record_type` of a usage row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordType {
    Original,
    Retraction,
    Restatement,
}

/// What used it.
#[derive(Clone, Debug)]
pub(crate) enum User {
    JobCluster {
        cluster_id: Arc<str>,
        job_id: String,
        run_id: String,
        /// Only of `runs/submit`.
        run_name: Option<String>,
        pool_id: Option<String>,
    },
    AllPurpose {
        cluster_id: Arc<str>,
    },
    Warehouse(Arc<Warehouse>),
    Pipeline {
        cluster_id: Arc<str>,
        pipeline_id: String,
        update_id: String,
        edition: Edition,
    },
    ServerlessJob {
        job_id: String,
        run_id: String,
        job_name: String,
        target: Performance,
    },
    Endpoint {
        id: String,
        name: String,
    },
}

/// One row of `system.billing.usage`.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) record_id: String,
    pub(crate) record_type: RecordType,
    pub(crate) sku: String,
    /// Start of the clock hour.
    pub(crate) hour: Millis,
    /// DBU in billionths, negative in a retraction.
    pub(crate) dbu_billionths: i128,
    pub(crate) tags: TagList,
    pub(crate) user: User,
    pub(crate) node_type: Option<&'static str>,
    pub(crate) photon: bool,
    pub(crate) run_as: Option<String>,
    /// Days since 1970.
    pub(crate) ingestion_day: i64,
}

/// `cluster_source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Ui,
    Job,
    Pipeline,
}

/// One row of `system.compute.clusters`.
#[derive(Clone, Debug)]
pub(crate) struct ClusterVersion {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: Arc<str>,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    pub(crate) runtime: &'static str,
    pub(crate) autotermination: Option<i64>,
    pub(crate) tags: TagList,
    pub(crate) policy: Option<String>,
    pub(crate) created: Millis,
    pub(crate) deleted: Option<Millis>,
    pub(crate) changed: Millis,
}

/// A cluster as `clusters/list` shows it at the end of the history.
#[derive(Clone, Debug)]
pub(crate) struct ClusterNow {
    pub(crate) version: ClusterVersion,
    pub(crate) started: Millis,
    pub(crate) last_activity: Millis,
    /// When it was terminated and why; none while it runs.
    pub(crate) terminated: Option<(Millis, &'static str)>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    Succeeded,
    Failed(Cause),
    Cancelled,
    /// It took longer than it may.
    TimedOut,
    /// The run before was still going.
    Skipped,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    Cron,
    Continuous,
    FileArrival,
    OneTime,
}

/// Seconds of a run's phases, known when it has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Durations {
    pub(crate) setup: i64,
    pub(crate) execution: i64,
    pub(crate) cleanup: i64,
    pub(crate) run: i64,
}

/// At most an hour of a run, of a job or of a task.
#[derive(Clone, Debug)]
pub(crate) struct RunSlice {
    pub(crate) card: Arc<JobCard>,
    pub(crate) job_id: String,
    /// The job's run.
    pub(crate) run_id: String,
    /// Of a task's slice: the task's key and its own run.
    pub(crate) task: Option<(&'static str, String)>,
    pub(crate) trigger: Trigger,
    pub(crate) cluster_id: Option<Arc<str>>,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// Only in the last slice.
    pub(crate) result: Option<(RunEnd, Durations)>,
}

/// `event_type` of a warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WarehouseState {
    Starting,
    Running,
    ScaledUp,
    ScaledDown,
    Stopping,
    Stopped,
}

/// One row of `system.compute.warehouse_events`.
#[derive(Clone, Debug)]
pub(crate) struct WarehouseEvent {
    pub(crate) warehouse: Arc<Warehouse>,
    pub(crate) state: WarehouseState,
    pub(crate) clusters: i64,
    pub(crate) at: Millis,
}

/// One row of `system.query.history`.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) warehouse: Arc<Warehouse>,
    pub(crate) statement_id: String,
    pub(crate) session_id: String,
    pub(crate) person: String,
    pub(crate) person_id: String,
    pub(crate) text: String,
    pub(crate) statement_type: &'static str,
    pub(crate) application: &'static str,
    pub(crate) start: Millis,
    pub(crate) waiting_for_compute: Millis,
    pub(crate) waiting_at_capacity: Millis,
    pub(crate) compilation: Millis,
    pub(crate) execution: Millis,
    pub(crate) fetch: Millis,
    pub(crate) task_total: Millis,
    pub(crate) read_bytes: i64,
    pub(crate) read_rows: i64,
    pub(crate) read_files: i64,
    pub(crate) cache_percent: i64,
    pub(crate) produced_rows: i64,
    pub(crate) spilled_bytes: i64,
    pub(crate) failed: bool,
}

impl Query {
    /// When it was answered.
    pub(crate) fn end(&self) -> Millis {
        self.start
            + self.waiting_for_compute
            + self.waiting_at_capacity
            + self.compilation
            + self.execution
            + self.fetch
    }
}

/// An update of a pipeline.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) id: String,
    pub(crate) request_id: String,
    pub(crate) start: Millis,
    /// `update_type`.
    pub(crate) cause: &'static str,
    /// The task's run that started it.
    pub(crate) task_run_id: Option<String>,
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateEnd {
    Completed,
    Canceled,
}

/// At most an hour of an update.
#[derive(Clone, Debug)]
pub(crate) struct UpdateSlice {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) update: Arc<Update>,
    pub(crate) cluster_id: Arc<str>,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// Only in the last slice.
    pub(crate) result: Option<UpdateEnd>,
}

/// `state` of a pool's node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstanceState {
    Launching,
    Ready,
    Placed,
    Terminated,
}

/// One row of `system.compute.instance_events`.
#[derive(Clone, Debug)]
pub(crate) struct InstanceEvent {
    pub(crate) pool: Arc<Pool>,
    pub(crate) instance_id: String,
    pub(crate) state: InstanceState,
    pub(crate) at: Millis,
    /// Only of a node that was placed.
    pub(crate) cluster_id: Option<Arc<str>>,
}
