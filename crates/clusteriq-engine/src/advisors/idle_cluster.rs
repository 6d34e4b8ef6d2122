//! # Idle cluster
//!
//! ## What it finds
//! All-purpose clusters that ran for at least twelve hours on end without any use. Two kinds are told apart: those nobody
//! needs (no use for the last five days of the data, or in less than 2 % of their uptime), and those that are used and
//! left running through nights and weekends.
//!
//! ## What it costs
//! Every node, every hour. The saving is the uptime in which nothing happened, as the window has it, per month. Where a
//! cluster is used in between, auto-termination saves the same for good: then that recommendation has the saving, and this
//! one says what to do until it is set.
//!
//! ## When it is silent
//! Job clusters and pipelines; clusters without telemetry or with less than a day of uptime; clusters on which a job's
//! tasks run now and then and which stop in between.
//!
//! ## Risk
//! State in notebooks and caches is lost. Low if nobody has used it for more than a day.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.lakeflow.job_task_run_timeline`, `system.compute.clusters`, `system.billing.usage`.

use clusteriq_model::{Action, AdvisorId, Autotermination, Cluster, Evidence, Quantity, RiskDimension, Target};

use super::shape::{self, NODES, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::ClusterProfile;
use crate::risk;
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("idle-cluster"),
    detection: "D05",
    title: "Stop clusters that run and are not used",
    source: include_str!("idle_cluster.rs"),
    advise,
};

/// Uptime that a judgement needs.
const LEAST_UP: i64 = 24 * 60;
/// Idle at the end of the data for so long, more than a long weekend: nobody needs it.
const IDLE_NOW: i64 = 5 * 24 * 60;
/// A hardly used cluster has at least one idle stretch of this length.
const IDLE_STRETCH: i64 = 12 * 60;
/// A cluster that is used less than this is idle although somebody looked in.
const HARDLY_USED: f64 = 0.02;

/// How a cluster is idle.
pub(super) struct Idleness {
    /// Minutes it was up.
    pub(super) up: i64,
    /// Of them, with use.
    pub(super) busy: i64,
    /// Minutes since its last use, if it is up at the end of the data.
    pub(super) idle_now: i64,
    /// The longest idle stretch.
    pub(super) longest: i64,
}

pub(super) fn idleness(cx: &Context<'_>, profile: &ClusterProfile) -> Idleness {
    let mut busy = profile.sessions.clone();
    busy.extend(profile.jobs.values().flatten());
    let busy = crate::profile::activity::union(busy, 0);
    let up: i64 = profile.up.iter().map(|it| it.minutes()).sum();
    let end = cx.fleet.window.until.as_second().div_euclid(60);
    let mut longest = 0;
    let mut idle_now = 0;
    for span in &profile.up {
        let mut at = span.from;
        for use_ in busy.iter().filter(|it| it.until > span.from && it.from < span.until) {
            longest = longest.max(use_.from - at);
            at = at.max(use_.until);
        }
        longest = longest.max(span.until - at);
        // Telemetry arrives up to an hour late.
        if span.until >= end - 60 {
            idle_now = span.until - at;
        }
    }
    let used: i64 = busy.iter().map(|it| it.minutes()).sum();
    Idleness { up, busy: used.min(up), idle_now, longest }
}

/// Whether nobody needs the cluster: a matter of stopping it rather than of a limit.
pub(super) fn is_abandoned(it: &Idleness) -> bool {
    let hardly = (it.busy as f64) < HARDLY_USED * it.up as f64;
    it.up >= LEAST_UP && (it.idle_now >= IDLE_NOW || (hardly && it.longest >= IDLE_STRETCH))
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let each = shape::shared_clusters(cx).map(|(target, cluster, profile)| {
        if cluster.minutes.is_empty() {
            return shape::without_telemetry(cx, target, cluster);
        }
        let it = idleness(cx, profile);
        // Where a limit stops it, its length and the hours of use are the matter of other advisors.
        let never = cluster.config().autotermination == Autotermination::Never;
        if it.up >= LEAST_UP && it.longest >= IDLE_STRETCH && (never || is_abandoned(&it)) {
            propose(cx, target, cluster, &it)
        } else {
            Opinion::Fine(target)
        }
    });
    each.collect()
}

fn propose(cx: &Context<'_>, target: Target, cluster: &Cluster, it: &Idleness) -> Opinion {
    let cost = cx.today.cost(&std::collections::BTreeSet::from([target.clone()]));
    let hourly = cost.and_then(|cost| shape::per_hour(&cost, it.up as f64, per_month(cx.fleet)));
    let abandoned = is_abandoned(it);
    let score = u8::from(it.idle_now < 24 * 60);
    let mut parts = vec![risk::part(
        RiskDimension::People,
        score,
        format!("last used {} before the end of the data", shape::minutes(it.idle_now as f64)),
    )];
    if cx.is_production(&cluster.tags) {
        parts.push(risk::production());
    }
    let mut evidence = vec![
        shape::hours("up without use, longest stretch", it.longest as f64, NODES),
        shape::hours("up in the window", it.up as f64, NODES),
        shape::hours("used in the window", it.busy as f64, NODES),
    ];
    evidence.extend(hourly.map(|it| Evidence::new("cost of an hour, DBU and VM", Quantity::Usd(it), USAGE)));
    evidence[0].chart = crate::report::use_chart(cluster);
    Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::StopCluster,
        title: if abandoned {
            format!("Stop {}: it runs and nobody uses it", cluster.name)
        } else {
            format!("Stop {} overnight: it runs on when nobody uses it", cluster.name)
        },
        why: format!(
            "It was up for {} in the window and used for {}; it stood idle for up to {} on end.",
            shape::minutes(it.up as f64),
            shape::minutes(it.busy as f64),
            shape::minutes(it.longest as f64)
        ),
        risk: risk::risk(parts),
        runtime: None,
        evidence,
        alternatives: vec![],
        confidence: format!("{:.0} hours of telemetry", it.up as f64 / 60.0),
        rollback: "start it again".into(),
        verify: "nobody asks for it within a week; if somebody does, an auto-termination limit keeps it cheap".into(),
        options: vec![],
        at_stake: None,
        gain: if abandoned { Gain::Money } else { Gain::Other },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_cluster_nobody_uses_for_days_is_to_be_stopped() {
        let said = check(&ADVISOR, &world().shared("lab", None, &[(0, 9, 11)]).fleet());
        assert!(said.contains("Stop lab"), "{said}");
    }

    #[test]
    fn a_cluster_that_is_used_every_day_is_fine() {
        let daily: Vec<_> = (0..14).map(|day| (day, 8, 20)).collect();
        assert_eq!(check(&ADVISOR, &world().shared("team", Some(30), &daily).fleet()), "fine: cluster team");
    }
}
