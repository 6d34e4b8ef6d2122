//! The imperative sentence of a change to a job's cluster.

use clusteriq_model::{Action, Purchase, Size};

/// `Cut the workers of nightly-etl from 8 to 3`; `None` for changes whose advisor has the better words.
#[must_use]
pub(crate) fn imperative(action: &Action, name: &str) -> Option<String> {
    Some(match action {
        Action::SetWorkers { from, to } => {
            let verb = if to.most() > from.most() || to.least() > from.least() { "Raise" } else { "Cut" };
            format!("{verb} the workers of {name} from {} to {}", spoken(*from), spoken(*to))
        }
        Action::UseSingleNode { node_type, .. } => format!("Run {name} on a single {node_type}"),
        Action::SetNodeType { from, to } => format!("Run {name} on {to} instead of {from}"),
        Action::SetDriverType { from, to } => format!("Give {name} a driver of {to} instead of {from}"),
        Action::SetPurchase { to: Purchase::Spot { .. }, .. } => format!("Buy the workers of {name} on spot"),
        Action::SetPurchase { to: Purchase::OnDemand, .. } => format!("Buy the workers of {name} on demand"),
        Action::EnablePhoton => format!("Switch Photon on for {name}"),
        Action::DisablePhoton => format!("Switch Photon off for {name}"),
        Action::UseJobCluster { .. }
        | Action::ShareJobCluster { .. }
        | Action::StopCluster
        | Action::SetAutotermination { .. }
        | Action::SetAutoStop { .. }
        | Action::SetWarehouseSize { .. }
        | Action::SetPoolIdle { .. }
        | Action::TriggerPipeline { .. }
        | Action::LeaveDevelopment
        | Action::UseStandardPerformance
        | Action::StopOffHours { .. }
        | Action::SetTimeout { .. }
        | Action::SetRetries { .. }
        | Action::MendFailures { .. }
        | Action::AddTags { .. }
        | Action::ApplyPolicy { .. }
        | Action::UpgradeRuntime { .. }
        | Action::CloseGap { .. } => return None,
    })
}

/// `8`, or `2–6`.
#[must_use]
pub(crate) fn spoken(size: Size) -> String {
    match size {
        Size::Fixed(it) => it.to_string(),
        Size::Autoscale { min, max } => format!("{min}–{max}"),
    }
}
