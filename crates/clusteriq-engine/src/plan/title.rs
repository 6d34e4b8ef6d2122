//! The imperative sentence of a change to a job's cluster.

use clusteriq_model::{Action, ClusterChange, Purchase, Size, Switch};

/// `Cut the workers of nightly-etl from 8 to 3`; `None` for changes whose advisor has the better words.
#[must_use]
pub(crate) fn imperative(action: &Action, name: &str) -> Option<String> {
    Some(match action.on_cluster()? {
        ClusterChange::Workers { from, to } => {
            let verb = if to.most() > from.most() || to.least() > from.least() { "Raise" } else { "Cut" };
            format!("{verb} the workers of {name} from {} to {}", spoken(from), spoken(to))
        }
        ClusterChange::SingleNode(node_type) => format!("Run {name} on a single {node_type}"),
        ClusterChange::NodeType { from, to } => format!("Run {name} on {to} instead of {from}"),
        ClusterChange::DriverType { from, to } => format!("Give {name} a driver of {to} instead of {from}"),
        ClusterChange::Purchase(Purchase::Spot { .. }) => format!("Buy the workers of {name} on spot"),
        ClusterChange::Purchase(Purchase::OnDemand) => format!("Buy the workers of {name} on demand"),
        ClusterChange::Photon(Switch::On) => format!("Switch Photon on for {name}"),
        ClusterChange::Photon(Switch::Off) => format!("Switch Photon off for {name}"),
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
