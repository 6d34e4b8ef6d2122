//! # Late auto-termination
//!
//! ## What it finds
//! All-purpose clusters that wait longer than an hour before they stop, although their users' pauses do not need it.
//!
//! ## What it costs
//! A running cluster bills every node, used or not, until the limit has passed. Limits of 10, 20, 30 and 60 minutes are
//! replayed on the measured sessions, restarts included.
//!
//! ## When it is silent
//! Job clusters, limits of an hour or less, clusters without telemetry.
//!
//! ## Risk
//! People who return after the new limit wait about five minutes for a restart; how often is counted.
//!
//! ## Sources
//! `system.compute.clusters` (`auto_termination_minutes`; 120 is the default of the UI), `system.compute.node_timeline`,
//! `system.billing.usage`.

use clusteriq_model::{
    Action, AdvisorId, Alternative, Autotermination, Cluster, Evidence, Minutes, Quantity, RiskDimension, Target,
};

use super::idle_cluster::idleness;
use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::ClusterProfile;
use crate::profile::activity::{Span, union};
use crate::{plan, risk};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("late-autotermination"),
    detection: "D07",
    title: "Stop idle clusters sooner",
    source: include_str!("late_autotermination.rs"),
    advise,
};

/// Longer limits are looked at.
const LATE: Minutes = Minutes(60.0);
/// Limits that are weighed, the usual one first.
const CANDIDATES: [f64; 4] = [30.0, 60.0, 20.0, 10.0];
/// Restarts a day that people put up with.
const RESTARTS_A_DAY: f64 = 2.0;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let each =
        shape::shared_clusters(cx).filter_map(|(target, cluster, profile)| match cluster.config().autotermination {
            Autotermination::Never => None,
            Autotermination::After(limit) if limit <= LATE => Some(Opinion::Fine(target)),
            Autotermination::After(limit) => Some(limit_opinion(cx, target, cluster, profile, Some(limit))),
        });
    each.collect()
}

/// The limit a cluster should have: the one that saves most among those whose restarts people put up with.
pub(super) fn limit_opinion(
    cx: &Context<'_>,
    target: Target,
    cluster: &Cluster,
    profile: &ClusterProfile,
    now: Option<Minutes>,
) -> Opinion {
    if cluster.minutes.is_empty() {
        return shape::without_telemetry(cx, target, cluster);
    }
    let action = |to: f64| Action::SetAutotermination { from: now, to: Minutes(to) };
    let usual = cx.saving(&target, &action(CANDIDATES[0]));
    let bearable = |to: f64| restarts_a_day(cx, profile, to) <= RESTARTS_A_DAY;
    let better = |to: f64| {
        let saving = cx.saving(&target, &action(to))?;
        // A shorter limit than usual must earn its restarts.
        let least = usual? * if to < CANDIDATES[0] { 1.15 } else { 0.0 };
        (bearable(to) && saving >= least).then_some(to)
    };
    let longer = CANDIDATES[1..2].iter().copied();
    let to = if bearable(CANDIDATES[0]) {
        CANDIDATES[2..].iter().copied().find_map(better).unwrap_or(CANDIDATES[0])
    } else {
        longer.into_iter().find(|it| bearable(*it)).unwrap_or(CANDIDATES[0])
    };
    let it = idleness(cx, profile);
    let restarts = restarts_a_day(cx, profile, to);
    let waits = if now.is_some() { "waits" } else { "never stops by itself and waited" };
    let score = 1 + u8::from(restarts > RESTARTS_A_DAY);
    let mut parts = vec![risk::part(
        RiskDimension::People,
        score,
        format!("people would wait for {restarts:.1} restarts a day, about 5 minutes each"),
    )];
    if cx.is_production(&cluster.tags) {
        parts.push(risk::production());
    }
    let verb = if now.is_some() { "Shorten" } else { "Set" };
    Opinion::Propose(Box::new(Proposal {
        title: format!("{verb} auto-termination of {} to {}", cluster.name, Minutes(to)),
        why: format!(
            "It {waits} up to {} without use; in the window it was up for {} and used for {}.",
            shape::minutes(now.map_or(it.longest as f64, |it| it.0)),
            shape::minutes(it.up as f64),
            shape::minutes(it.busy as f64)
        ),
        action: action(to),
        risk: risk::risk(parts),
        runtime: None,
        evidence: evidence(cluster, profile, &it, now, restarts),
        alternatives: CANDIDATES
            .iter()
            .filter(|other| **other != to)
            .map(|other| alternative(cx, &target, profile, &action(*other), *other))
            .collect(),
        confidence: format!("{:.0} hours of telemetry", it.up as f64 / 60.0),
        rollback: now.map_or("switch auto-termination off again".into(), |it| format!("set it back to {it}")),
        verify: "count restarts and uptime of the next two weeks".into(),
        // Where stopping it by hand saves all there is, the limit still keeps that from coming back.
        options: vec![],
        at_stake: None,
        gain: if now.is_none() && super::idle_cluster::is_abandoned(&it) { Gain::Other } else { Gain::Money },
        target,
    }))
}

fn alternative(
    cx: &Context<'_>,
    target: &Target,
    profile: &ClusterProfile,
    action: &Action,
    limit: f64,
) -> Alternative {
    let touched = cx.today.touched(target, action);
    let before = cx.today.cost(&touched);
    let after = cx.today.with(target, action).cost(&touched);
    let savings = before.zip(after).and_then(|(a, b)| plan::savings(&a, &b));
    Alternative {
        label: format!("{}", Minutes(limit)),
        compute: format!("auto-termination after {}", Minutes(limit)),
        savings: savings.map(|it| it.total),
        runtime: None,
        risk: None,
        verdict: format!("{:.1} restarts a day", restarts_a_day(cx, profile, limit)),
    }
}

/// Restarts a day that a limit adds inside the measured uptime.
fn restarts_a_day(cx: &Context<'_>, profile: &ClusterProfile, limit: f64) -> f64 {
    let mut busy: Vec<Span> = profile.sessions.clone();
    busy.extend(profile.jobs.values().flatten());
    let pieces = union(busy, limit.ceil() as i64);
    let inside: usize = profile
        .up
        .iter()
        .map(|up| {
            let within = pieces.iter().filter(|it| it.until > up.from && it.from < up.until).count();
            within.saturating_sub(1)
        })
        .sum();
    inside as f64 / cx.fleet.window.days().max(1.0)
}

fn evidence(
    cluster: &Cluster,
    profile: &ClusterProfile,
    it: &super::idle_cluster::Idleness,
    now: Option<Minutes>,
    restarts: f64,
) -> Vec<Evidence> {
    let mut up = shape::hours("up without use", (it.up - it.busy) as f64, NODES);
    up.chart = crate::report::use_chart(cluster);
    let limit = now.map_or(Quantity::Text("never".into()), Quantity::Minutes);
    vec![
        up,
        shape::hours("up in the window", it.up as f64, NODES),
        Evidence::new("auto-termination now", limit, CLUSTERS),
        Evidence::new(
            "sessions in the window",
            Quantity::Count(union(profile.sessions.clone(), 30).len() as u64),
            NODES,
        ),
        Evidence::new("restarts a day that it would add", Quantity::Text(format!("{restarts:.1}")), NODES),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn three_hours_of_waiting_after_each_session_are_cut() {
        let daily: Vec<_> = (0..14).map(|day| (day, 9, 12)).collect();
        let said = check(&ADVISOR, &world().shared("team", Some(180), &daily).fleet());
        assert!(said.contains("Shorten auto-termination of team to 30 min"), "{said}");
    }

    #[test]
    fn half_an_hour_is_fine() {
        let daily: Vec<_> = (0..14).map(|day| (day, 9, 12)).collect();
        assert_eq!(check(&ADVISOR, &world().shared("team", Some(30), &daily).fleet()), "fine: cluster team");
    }
}
