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
            Action::SetNodeType { from, to, driver } => {
                let driver = driver.as_ref().map_or(String::new(), |it| format!(", driver {it}"));
                (format!("workers {from}"), format!("workers {to}{driver}"))
            }

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
            Action::SetWarehouseSize { from, to } => (from.clone(), to.clone()),
            Action::SetPoolIdle { from, to } => (format!("{from} idle nodes"), format!("{to} idle nodes")),
            Action::TriggerPipeline { every } => ("continuous".into(), format!("triggered every {every}")),
            Action::LeaveDevelopment => ("development mode".into(), "production mode".into()),
            Action::UseStandardPerformance => ("performance optimized".into(), "standard".into()),
            Action::StopOffHours { from_hour, until_hour } => {
                ("at any time".into(), format!("Monday to Friday, {from_hour:02}:00–{until_hour:02}:00 UTC"))
            }
            Action::SetTimeout { from, to } => {
                (from.map_or_else(|| "no timeout".into(), |it| format!("timeout {it}")), format!("timeout {to}"))
            }
            Action::SetRetries { from, to } => {
                let now = match from {
                    None => "retries not known".into(),
                    Some(-1) => "retries without end".into(),
                    Some(it) => format!("{it} retries"),
                };
                (now, format!("{to} retries"))
            }
            Action::MendFailures { code } => (format!("runs end with {code}"), "runs succeed".into()),
            Action::AddTags { keys } => (format!("without {}", keys.join(", ")), "tagged".into()),
            Action::ApplyPolicy { definition } => ("no policy, or outside of it".into(), definition.clone()),
            Action::UpgradeRuntime { from, to } => (format!("runtime {from}"), format!("runtime {to}")),
            Action::CloseGap { how } => (String::new(), how.clone()),
        };
        Self { before, after }
    }
}
