//! What things are called: ids that are unique across workspaces.

use std::fmt;
use std::sync::Arc;

/// Databricks `workspace_id`; a number, kept as text as the system tables do. Copies share it: every key has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceId(pub Arc<str>);

/// A cluster: `cluster_id` is unique inside its workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterKey {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Databricks `cluster_id`, e.g. `0923-164208-ab12cd3e`.
    pub id: String,
}

/// A job: `job_id` is unique inside its workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Databricks `job_id`, an int64 kept as text.
    pub id: String,
}

/// A SQL warehouse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WarehouseKey {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Databricks `warehouse_id`, 16 hexadecimal digits.
    pub id: String,
}

/// An instance pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolKey {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Databricks `instance_pool_id`.
    pub id: String,
}

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipelineKey {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Databricks `pipeline_id`, a UUID.
    pub id: String,
}

/// What a recommendation or a gap is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A job, on whatever compute its runs use.
    Job(JobKey),
    /// An all-purpose cluster.
    Cluster(ClusterKey),
    /// A SQL warehouse.
    Warehouse(WarehouseKey),
    /// An instance pool.
    Pool(PoolKey),
    /// A pipeline.
    Pipeline(PipelineKey),
    /// A whole workspace.
    Workspace(WorkspaceId),
}

/// The kind of a [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A job.
    Job,
    /// An all-purpose cluster.
    Cluster,
    /// A SQL warehouse.
    Warehouse,
    /// An instance pool.
    Pool,
    /// A pipeline.
    Pipeline,
    /// A workspace.
    Workspace,
}

impl TargetKind {
    /// The word for it, as in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Cluster => "cluster",
            Self::Warehouse => "warehouse",
            Self::Pool => "pool",
            Self::Pipeline => "pipeline",
            Self::Workspace => "workspace",
        }
    }
}

impl Target {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Job(_) => TargetKind::Job,
            Self::Cluster(_) => TargetKind::Cluster,
            Self::Warehouse(_) => TargetKind::Warehouse,
            Self::Pool(_) => TargetKind::Pool,
            Self::Pipeline(_) => TargetKind::Pipeline,
            Self::Workspace(_) => TargetKind::Workspace,
        }
    }

    /// Its Databricks id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Job(it) => &it.id,
            Self::Cluster(it) => &it.id,
            Self::Warehouse(it) => &it.id,
            Self::Pool(it) => &it.id,
            Self::Pipeline(it) => &it.id,
            Self::Workspace(it) => &it.0,
        }
    }

    /// The workspace it is in, or is.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        match self {
            Self::Job(it) => &it.workspace,
            Self::Cluster(it) => &it.workspace,
            Self::Warehouse(it) => &it.workspace,
            Self::Pool(it) => &it.workspace,
            Self::Pipeline(it) => &it.workspace,
            Self::Workspace(it) => it,
        }
    }
}

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `job 123`: kind and id.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.kind().word(), self.id()))
    }
}
