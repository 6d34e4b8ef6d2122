//! A change as what is and what will be, for layouts that put the two side by side.

use clusteriq_model::{Action, Minutes};

/// Now and then, in words. `before` is empty where the action has no counterpart in the present.
pub(crate) struct Change {
    pub(crate) before: String,
    pub(crate) after: String,
}

fn limit(it: Option<Minutes>) -> String {
    it.map_or_else(|| "never".into(), |it| format!("after {it}"))
}

impl From<&Action> for Change {
    fn from(action: &Action) -> Self {
        let (before, after) = match action {
            Action::SetWorkers { from, to } => (from.to_string(), to.to_string()),
            Action::UseSingleNode { from, node_type } => (from.to_string(), format!("single node {node_type}")),
            Action::SetNodeType { from, to } => (format!("workers {from}"), format!("workers {to}")),
            Action::SetDriverType { from, to } => (format!("driver {from}"), format!("driver {to}")),
            Action::SetPurchase { from, to } => (from.to_string(), to.to_string()),
            Action::EnablePhoton => ("Photon off".into(), "Photon on".into()),
            Action::DisablePhoton => ("Photon on".into(), "Photon off".into()),
            Action::UseJobCluster { from_clusters, node_type, size } => (
                format!("all-purpose cluster {}", from_clusters.join(", ")),
                format!("job cluster, {size} of {node_type}"),
            ),
            Action::ShareJobCluster { jobs, node_type, size } => {
                (format!("{} job clusters", jobs.len()), format!("one job cluster, {size} of {node_type}"))
            }
            Action::StopCluster => ("running".into(), "stopped until somebody needs it".into()),
            Action::SetAutotermination { from, to } => {
                (format!("terminates {}", limit(*from)), format!("terminates {}", limit(Some(*to))))
            }
            Action::SetAutoStop { from, to } => {
                (format!("stops {}", limit(*from)), format!("stops {}", limit(Some(*to))))
            }
            Action::CloseGap { how } => (String::new(), how.clone()),
        };
        Self { before, after }
    }
}
