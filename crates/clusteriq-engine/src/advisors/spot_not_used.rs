//! # Spot not used
//!
//! ## What it finds
//! Jobs whose own clusters buy their workers on demand, although a lost worker would cost little: runs of less than four
//! hours, or anything that is not tagged as production; and all-purpose clusters that are tagged as something else than
//! production.
//!
//! ## What it costs
//! The machines' part only: spot is 55 to 70 % cheaper for most types, DBUs cost the same. The saving takes the catalogue's
//! range of discounts and the time that lost workers cost, `first_on_demand: 1` keeping the driver on demand.
//!
//! ## When it is silent
//! Streaming, single nodes, nodes from a pool (the pool says how they are bought), runs of four hours and more in production,
//! jobs that fail often already, GPUs; a purchase that is not known is a gap.
//!
//! ## Risk
//! The chance that a run loses at least one worker, from worker-hours per run; a run that loses one recomputes what it held.
//! Production adds one.
//!
//! ## Sources
//! `system.compute.clusters` (`availability`, `first_on_demand`), `system.lakeflow.job_run_timeline`, the catalogue's spot
//! discounts (their dates are in `catalog/PROVENANCE.md`).

use clusteriq_model::{
    Action, AdvisorId, Cluster, Evidence, Fraction, JobKey, Purchase, Quantity, RiskDimension, Target, WorkloadClass,
};

use super::shape::{self, CLUSTERS, NODES, RUNS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan::title;
use crate::profile::{ClusterProfile, JobProfile};
use crate::risk;
use crate::scenario::changed;
use crate::whatif::job_on;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("spot-not-used"),
    detection: "D10",
    title: "Buy the workers of short jobs on spot",
    source: include_str!("spot_not_used.rs"),
    advise,
};

/// Runs of this length and longer stay on demand in production.
const LONG_MINUTES: f64 = 240.0;
/// Jobs that fail this often have another problem.
const FAILING: f64 = 0.50;
/// Workers lost per worker-hour, for the risk; the replay's likely rate.
const LOST_PER_HOUR: f64 = 0.015;
/// Share of runs that would lose a worker from which on people notice; the rate may be four times the likely one.
const OFTEN: f64 = 0.15;
/// Uptime of an all-purpose cluster that a judgement needs.
const LEAST_UP_MINUTES: i64 = 24 * 60;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    own.map(|(key, job, profile)| {
        let pooled = shape::newest_cluster(cx, key).is_some_and(|it| it.pooled);
        if pooled || job.trigger == clusteriq_model::Trigger::Continuous {
            return shape::fine(key);
        }
        match crate::profile::class::thin(profile) {
            Some(why) => shape::abstain(key, why),
            None => judge(cx, key, profile),
        }
    })
    .chain(shape::shared_clusters(cx).filter_map(|(target, cluster, profile)| shared(cx, target, cluster, profile)))
    .collect()
}

/// An all-purpose cluster that is not production and was up for a day and more: people's commands are tried again.
fn shared(cx: &Context<'_>, target: Target, cluster: &Cluster, profile: &ClusterProfile) -> Option<Opinion> {
    let from = cluster.config().compute.purchase.filter(|it| *it == Purchase::OnDemand)?;
    let workers = cluster.config().compute.size?.most();
    let told = cluster.tags.keys().any(|it| it.to_ascii_lowercase().starts_with("env"));
    let up: i64 = profile.up.iter().map(|it| it.minutes()).sum();
    if !told || cx.is_production(&cluster.tags) || cluster.pooled || workers == 0 || up < LEAST_UP_MINUTES {
        return Some(Opinion::Fine(target));
    }
    let action = Action::SetPurchase { from, to: Purchase::Spot { first_on_demand: 1 } };
    let part = risk::part(
        RiskDimension::People,
        1,
        "a worker that is lost takes its cached data with it; its commands are tried again",
    );
    Some(Opinion::Propose(Box::new(Proposal {
        title: title::imperative(&action, &cluster.name).unwrap_or_default(),
        why: format!(
            "Its {workers} workers are on demand although it is not production; it was up for {:.0} h in the window. The driver \
             stays on demand, so notebooks keep their state.",
            up as f64 / 60.0
        ),
        action,
        risk: risk::risk(vec![part]),
        runtime: None,
        evidence: vec![
            Evidence::new("workers are bought", Quantity::Text("on demand".into()), CLUSTERS),
            Evidence::new("up in the window", Quantity::Hours(clusteriq_model::Hours(up as f64 / 60.0)), NODES),
        ],
        alternatives: vec![],
        confidence: format!("{:.0} hours of telemetry", up as f64 / 60.0),
        rollback: "set availability back to ON_DEMAND".into(),
        verify: "look for lost nodes in the cluster's events over two weeks, and ask its users".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
        target,
    })))
}

fn judge(cx: &Context<'_>, key: &JobKey, profile: &JobProfile) -> Opinion {
    let (Some(job), Some(now)) = (cx.fleet.jobs.get(key), &profile.compute) else { return shape::fine(key) };
    let Some(purchase) = now.purchase else {
        return shape::abstain(key, "whether its workers are bought on demand or on spot is not known");
    };
    let workers = now.size.map_or(0, |it| it.most());
    let class = cx.profiles.class(&Target::Job(key.clone()));
    let failed = profile.failed as f64 / profile.started.max(1) as f64;
    let production = cx.is_production(&job.tags);
    let long = profile.duration(0.95).is_none_or(|it| it.0 >= LONG_MINUTES);
    let unfit =
        matches!(class, WorkloadClass::Gpu | WorkloadClass::Streaming) || failed >= FAILING || (production && long);
    if purchase != Purchase::OnDemand || workers == 0 || unfit {
        return shape::fine(key);
    }
    let action = Action::SetPurchase { from: purchase, to: Purchase::Spot { first_on_demand: 1 } };
    let then = changed(now.clone(), &action);
    let (Some(_), Some(quote)) = (job_on(cx.fleet, profile, now), job_on(cx.fleet, profile, &then)) else {
        return shape::abstain(key, "its demand cannot be replayed: sizes or prices of its node types are not known");
    };
    let hours = profile.duration(0.5).map_or(0.0, |it| it.0 / 60.0) * mean_workers(profile);
    let lost = 1.0 - (-LOST_PER_HOUR * hours).exp();
    let score = if lost > OFTEN { 2 } else { 1 };
    let mut parts = vec![risk::part(
        RiskDimension::Runtime,
        0,
        format!(
            "runs take {:+.0} % longer on average, at worst {:+.0} %",
            (quote.stretch.likely - 1.0) * 100.0,
            (quote.stretch.high - 1.0) * 100.0
        ),
    )];
    parts.push(risk::part(
        RiskDimension::Coupling,
        score,
        format!(
            "{:.0} % of runs would lose a worker ({hours:.1} worker-hours a run) and compute its part again",
            lost * 100.0
        ),
    ));
    if production {
        parts.push(risk::production());
    }
    let evidence = vec![
        Evidence::new("workers are bought", Quantity::Text("on demand".into()), CLUSTERS)
            .with_runs(shape::run_ids(profile)),
        Evidence::new("run time, 95th percentile", Quantity::Minutes(profile.duration(0.95).unwrap_or_default()), RUNS),
        Evidence::new("worker-hours of a run", Quantity::Hours(clusteriq_model::Hours(hours)), NODES),
        Evidence::new(
            "runs that would lose a worker",
            Quantity::Fraction(Fraction(lost)),
            clusteriq_model::Source::Replay,
        ),
    ];
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: title::imperative(&action, &job.name).unwrap_or_default(),
        why: format!(
            "Its {workers} workers are on demand although its runs take {} at the 95th percentile{}; about {:.0} in 100 runs \
             would lose a worker and recover. The driver stays on demand.",
            profile.duration(0.95).unwrap_or_default(),
            if production { "" } else { " and it is not production" },
            lost * 100.0
        ),
        action,
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, &quote),
        evidence,
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: "set availability back to ON_DEMAND".into(),
        verify: "compare run time and failures of the next ten runs, and look for lost nodes in the cluster's events"
            .into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// Workers on average over its replayed runs.
fn mean_workers(profile: &JobProfile) -> f64 {
    let minutes: Vec<f64> = profile.traces.iter().flat_map(|it| it.work()).map(|it| it.workers).collect();
    minutes.iter().sum::<f64>() / minutes.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn an_hour_on_demand_can_be_on_spot() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet());
        assert!(said.contains("Buy the workers of etl on spot"), "{said}");
    }

    #[test]
    fn a_single_node_stays_on_demand() {
        assert_eq!(check(&ADVISOR, &world().job("solo", 0, 4.0, 2.0).runs(14, 60).fleet()), "fine: job 1");
    }

    #[test]
    fn a_purchase_that_is_not_known_is_a_gap() {
        let mut fleet = world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet();
        for it in fleet.clusters.values_mut().flat_map(|it| &mut it.configs) {
            it.compute.purchase = None;
        }
        assert!(check(&ADVISOR, &fleet).starts_with("abstains on job 1: whether its workers"));
    }
}
