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
    /// Change the workers' node type.
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
            Self::CloseGap { .. } => ActionKind::CloseGap,
        }
    }
}

fn limit(it: &Option<Minutes>) -> String {
    it.map_or("never".into(), |it| it.to_string())
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
            Self::CloseGap { how } => how.clone(),
        };
        f.pad(&text)
    }
}
