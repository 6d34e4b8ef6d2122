//! Changes a person could make. Closed on purpose: the cost model must know every one.

use std::fmt;

use crate::{JobKey, Minutes, Purchase, Size};

/// A change.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Change the number of workers, or the autoscaling range.
    SetWorkers {
        /// Now.
        from: Size,
        /// Then.
        to: Size,
    },
    /// Run on the driver alone.
    UseSingleNode {
        /// Workers now.
        from: Size,
        /// Node type of the single node.
        node_type: String,
    },
    /// Change the workers' node type, and the driver's if it was the same.
    SetNodeType {
        /// Now.
        from: String,
        /// Then.
        to: String,
    },
    /// Change the driver's node type.
    SetDriverType {
        /// Now.
        from: String,
        /// Then.
        to: String,
    },
    /// Change how nodes are bought.
    SetPurchase {
        /// Now.
        from: Purchase,
        /// Then.
        to: Purchase,
    },
    /// Switch Photon on.
    EnablePhoton,
    /// Switch Photon off.
    DisablePhoton,
    /// Run on a cluster of its own at the job rate instead of an all-purpose cluster.
    UseJobCluster {
        /// The all-purpose clusters it runs on now.
        from_clusters: Vec<String>,
        /// Node type of the job cluster.
        node_type: String,
        /// Its size.
        size: Size,
    },
    /// Run several jobs on one shared job cluster.
    ShareJobCluster {
        /// The jobs, all of one workspace.
        jobs: Vec<JobKey>,
        /// Node type of the shared cluster.
        node_type: String,
        /// Its size.
        size: Size,
    },
    /// Stop a cluster that nobody uses, until somebody needs it.
    StopCluster,
    /// Set `autotermination_minutes` of an all-purpose cluster.
    SetAutotermination {
        /// Now; `None`: never.
        from: Option<Minutes>,
        /// Then.
        to: Minutes,
    },
    /// Set `auto_stop_mins` of a warehouse.
    SetAutoStop {
        /// Now; `None`: never.
        from: Option<Minutes>,
        /// Then.
        to: Minutes,
    },
    /// Change the size of a warehouse, in the system table's words (`X_SMALL`).
    SetWarehouseSize {
        /// Now.
        from: String,
        /// Then.
        to: String,
    },
    /// Change how many nodes a pool keeps ready.
    SetPoolIdle {
        /// `min_idle_instances` now.
        from: u32,
        /// Then.
        to: u32,
    },
    /// Let a continuous pipeline run by a trigger.
    TriggerPipeline {
        /// How often it runs then.
        every: Minutes,
    },
    /// Take a pipeline out of development mode: its cluster stops after each update.
    LeaveDevelopment,
    /// Let a serverless job run in the standard performance mode.
    UseStandardPerformance,
    /// Keep a cluster down outside working hours.
    StopOffHours {
        /// First hour of the day in UTC in which it may run, Monday to Friday.
        from_hour: u8,
        /// First hour in which it may not.
        until_hour: u8,
    },
    /// Bound how long a run may take.
    SetTimeout {
        /// Now; `None`: no bound.
        from: Option<Minutes>,
        /// Then.
        to: Minutes,
    },
    /// Set how often a task is tried again.
    SetRetries {
        /// `max_retries` now; -1: without end; `None`: not known.
        from: Option<i64>,
        /// Then.
        to: i64,
    },
    /// Mend what makes runs fail.
    MendFailures {
        /// The termination code of most of them.
        code: String,
    },
    /// Add tags that others have.
    AddTags {
        /// Their names.
        keys: Vec<String>,
    },
    /// Put a cluster under a policy, or back within it.
    ApplyPolicy {
        /// A policy definition in Databricks' JSON that would have prevented what was found.
        definition: String,
    },
    /// Move to another Databricks runtime.
    UpgradeRuntime {
        /// Runtime key now.
        from: String,
        /// Version to move to, e.g. `17.3`.
        to: String,
    },
    /// Make something known that is not.
    CloseGap {
        /// What to do, e.g. a `GRANT` statement.
        how: String,
    },
}

/// The kind of an [`Action`]: part of a recommendation's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is the action of that name")]
pub enum ActionKind {
    SetWorkers,
    UseSingleNode,
    SetNodeType,
    SetDriverType,
    SetPurchase,
    EnablePhoton,
    DisablePhoton,
    UseJobCluster,
    ShareJobCluster,
    StopCluster,
    SetAutotermination,
    SetAutoStop,
    SetWarehouseSize,
    SetPoolIdle,
    TriggerPipeline,
    LeaveDevelopment,
    UseStandardPerformance,
    StopOffHours,
    SetTimeout,
    SetRetries,
    MendFailures,
    AddTags,
    ApplyPolicy,
    UpgradeRuntime,
    CloseGap,
}

impl ActionKind {
    /// The word for it in JSON; stable for ever.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SetWorkers => "set_workers",
            Self::UseSingleNode => "use_single_node",
            Self::SetNodeType => "set_node_type",
            Self::SetDriverType => "set_driver_type",
            Self::SetPurchase => "set_purchase",
            Self::EnablePhoton => "enable_photon",
            Self::DisablePhoton => "disable_photon",
            Self::UseJobCluster => "use_job_cluster",
            Self::ShareJobCluster => "share_job_cluster",
            Self::StopCluster => "stop_cluster",
            Self::SetAutotermination => "set_autotermination",
            Self::SetAutoStop => "set_auto_stop",
            Self::SetWarehouseSize => "set_warehouse_size",
            Self::SetPoolIdle => "set_pool_idle",
            Self::TriggerPipeline => "trigger_pipeline",
            Self::LeaveDevelopment => "leave_development",
            Self::UseStandardPerformance => "use_standard_performance",
            Self::StopOffHours => "stop_off_hours",
            Self::SetTimeout => "set_timeout",
            Self::SetRetries => "set_retries",
            Self::MendFailures => "mend_failures",
            Self::AddTags => "add_tags",
            Self::ApplyPolicy => "apply_policy",
            Self::UpgradeRuntime => "upgrade_runtime",
            Self::CloseGap => "close_gap",
        }
    }
}

impl Action {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::SetWorkers { .. } => ActionKind::SetWorkers,
            Self::UseSingleNode { .. } => ActionKind::UseSingleNode,
            Self::SetNodeType { .. } => ActionKind::SetNodeType,
            Self::SetDriverType { .. } => ActionKind::SetDriverType,
            Self::SetPurchase { .. } => ActionKind::SetPurchase,
            Self::EnablePhoton => ActionKind::EnablePhoton,
            Self::DisablePhoton => ActionKind::DisablePhoton,
            Self::UseJobCluster { .. } => ActionKind::UseJobCluster,
            Self::ShareJobCluster { .. } => ActionKind::ShareJobCluster,
            Self::StopCluster => ActionKind::StopCluster,
            Self::SetAutotermination { .. } => ActionKind::SetAutotermination,
            Self::SetAutoStop { .. } => ActionKind::SetAutoStop,
            Self::SetWarehouseSize { .. } => ActionKind::SetWarehouseSize,
            Self::SetPoolIdle { .. } => ActionKind::SetPoolIdle,
            Self::TriggerPipeline { .. } => ActionKind::TriggerPipeline,
            Self::LeaveDevelopment => ActionKind::LeaveDevelopment,
            Self::UseStandardPerformance => ActionKind::UseStandardPerformance,
            Self::StopOffHours { .. } => ActionKind::StopOffHours,
            Self::SetTimeout { .. } => ActionKind::SetTimeout,
            Self::SetRetries { .. } => ActionKind::SetRetries,
            Self::MendFailures { .. } => ActionKind::MendFailures,
            Self::AddTags { .. } => ActionKind::AddTags,
            Self::ApplyPolicy { .. } => ActionKind::ApplyPolicy,
            Self::UpgradeRuntime { .. } => ActionKind::UpgradeRuntime,
            Self::CloseGap { .. } => ActionKind::CloseGap,
        }
    }

    /// The change to a cluster's configuration, if it is one: what a job or cluster runs on stays where it is.
    #[must_use]
    pub fn on_cluster(&self) -> Option<ClusterChange<'_>> {
        match self {
            Self::SetWorkers { from, to } => Some(ClusterChange::Workers { from: *from, to: *to }),
            Self::UseSingleNode { node_type, .. } => Some(ClusterChange::SingleNode(node_type)),
            Self::SetNodeType { from, to } => Some(ClusterChange::NodeType { from, to }),
            Self::SetDriverType { from, to } => Some(ClusterChange::DriverType { from, to }),
            Self::SetPurchase { to, .. } => Some(ClusterChange::Purchase(*to)),
            Self::EnablePhoton => Some(ClusterChange::Photon(Switch::On)),
            Self::DisablePhoton => Some(ClusterChange::Photon(Switch::Off)),
            Self::UseJobCluster { .. }
            | Self::ShareJobCluster { .. }
            | Self::StopCluster
            | Self::SetAutotermination { .. }
            | Self::SetAutoStop { .. }
            | Self::SetWarehouseSize { .. }
            | Self::SetPoolIdle { .. }
            | Self::TriggerPipeline { .. }
            | Self::LeaveDevelopment
            | Self::UseStandardPerformance
            | Self::StopOffHours { .. }
            | Self::SetTimeout { .. }
            | Self::SetRetries { .. }
            | Self::MendFailures { .. }
            | Self::AddTags { .. }
            | Self::ApplyPolicy { .. }
            | Self::UpgradeRuntime { .. }
            | Self::CloseGap { .. } => None,
        }
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// A change to a cluster's configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClusterChange<'a> {
    /// Another number of workers, or another range.
    Workers {
        /// Now.
        from: Size,
        /// Then.
        to: Size,
    },
    /// The driver alone, of this type.
    SingleNode(&'a str),
    /// Another type of the workers, and of the driver if it has theirs.
    NodeType {
        /// Now.
        from: &'a str,
        /// Then.
        to: &'a str,
    },
    /// Another type of the driver.
    DriverType {
        /// Now.
        from: &'a str,
        /// Then.
        to: &'a str,
    },
    /// Bought in another way.
    Purchase(Purchase),
    /// Photon.
    Photon(Switch),
}

fn limit(it: &Option<Minutes>) -> String {
    it.map_or("never".into(), |it| it.to_string())
}

fn retries(it: Option<i64>) -> String {
    match it {
        None => "not known".into(),
        Some(-1) => "without end".into(),
        Some(it) => it.to_string(),
    }
}

/// From what to what, e.g. `8 workers → 3 workers`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::SetWorkers { from, to } => format!("{from} → {to}"),
            Self::UseSingleNode { from, node_type } => format!("{from} → single node {node_type}"),
            Self::SetNodeType { from, to } => format!("{from} → {to}"),
            Self::SetDriverType { from, to } => format!("driver {from} → {to}"),
            Self::SetPurchase { from, to } => format!("{from} → {to}"),
            Self::EnablePhoton => "Photon off → on".into(),
            Self::DisablePhoton => "Photon on → off".into(),
            Self::UseJobCluster { size, node_type, .. } => {
                format!("all-purpose cluster → job cluster, {size} of {node_type}")
            }
            Self::ShareJobCluster { jobs, node_type, size } => {
                format!("{} clusters → one, {size} of {node_type}", jobs.len())
            }
            Self::StopCluster => "running → stopped".into(),
            Self::SetAutotermination { from, to } => {
                format!("auto-termination {} → {to}", limit(from))
            }
            Self::SetAutoStop { from, to } => format!("auto-stop {} → {to}", limit(from)),
            Self::SetWarehouseSize { from, to } => format!("{from} → {to}"),
            Self::SetPoolIdle { from, to } => format!("{from} idle nodes → {to}"),
            Self::TriggerPipeline { every } => format!("continuous → triggered every {every}"),
            Self::LeaveDevelopment => "development → production mode".into(),
            Self::UseStandardPerformance => "performance optimized → standard".into(),
            Self::StopOffHours { from_hour, until_hour } => {
                format!("always → Monday to Friday {from_hour:02}:00–{until_hour:02}:00 UTC")
            }
            Self::SetTimeout { from, to } => format!("timeout {} → {to}", limit(from)),
            Self::SetRetries { from, to } => format!("retries {} → {to}", retries(*from)),
            Self::MendFailures { code } => format!("{code} → succeeding"),
            Self::AddTags { keys } => format!("no {} → tagged", keys.join(", ")),
            Self::ApplyPolicy { .. } => "outside of a policy → within one".into(),
            Self::UpgradeRuntime { from, to } => format!("runtime {from} → {to}"),
            Self::CloseGap { how } => how.clone(),
        };
        f.pad(&text)
    }
}
