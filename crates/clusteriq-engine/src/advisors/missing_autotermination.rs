//! # Missing auto-termination
//!
//! ## What it finds
//! All-purpose clusters that never stop by themselves.
//!
//! ## What it costs
//! The hours after the last use of each session until somebody stops the cluster by hand, measured; not a constant share.
//!
//! ## When it is silent
//! Clusters without telemetry, and those that cost nothing in the window.
//!
//! ## Risk
//! People wait about five minutes for a restart when they come back later than the limit; how often is counted.
//!
//! ## Sources
//! `system.compute.clusters` (`auto_termination_minutes`), `system.compute.node_timeline`, `system.billing.usage`.

use clusteriq_model::{AdvisorId, Autotermination};

use super::late_autotermination::limit_opinion;
use super::shape;
use crate::advisor::{Advisor, Context, Opinion};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("missing-autotermination"),
    detection: "D06",
    title: "Set auto-termination where there is none",
    source: include_str!("missing_autotermination.rs"),
    advise,
};

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let each =
        shape::shared_clusters(cx).filter_map(|(target, cluster, profile)| match cluster.config().autotermination {
            Autotermination::Never => Some(limit_opinion(cx, target, cluster, profile, None)),
            Autotermination::After(_) => None,
        });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_cluster_that_never_stops_gets_a_limit() {
        let daily: Vec<_> = (0..14).map(|day| (day, 9, 12)).collect();
        let said = check(&ADVISOR, &world().shared("team", None, &daily).fleet());
        assert!(said.contains("Set auto-termination of team to"), "{said}");
    }

    #[test]
    fn a_cluster_with_a_limit_is_somebody_elses_matter() {
        assert_eq!(check(&ADVISOR, &world().shared("team", Some(120), &[(0, 9, 12)]).fleet()), "");
    }
}
