//! # Light job on a cluster
//!
//! ## What it finds
//! Jobs on a cluster of their own whose whole demand, workers and driver together, fits one node of at most eight cores:
//! 95 % of all minutes below three quarters of its cores, half of the minutes of the heaviest run below 85 %, no run much longer
//! there, memory below 80 %, runs shorter than an hour.
//!
//! ## What it costs
//! The workers, in DBUs and machines. A single node is the driver alone.
//!
//! ## When it is silent
//! Fewer than five successful runs with telemetry, streaming, GPUs, several clusters per run, input that grows,
//! a run now and then that is much longer or heavier than the others.
//!
//! ## Risk
//! Memory of the one node, run time, and the driver that now does the work as well. A single node needs the single-node
//! profile in the cluster's settings.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.lakeflow.job_run_timeline`, `system.compute.clusters`, `system.billing.usage`.

use std::collections::BTreeSet;

use clusteriq_model::{Action, AdvisorId, Compute, Job, JobKey, Quantity, RiskDimension, Size, Target, WorkloadClass};

use super::fit;
use super::shape::{self, NODES, RUNS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::profile::class::LIGHT_CORES;
use crate::risk;
use crate::whatif::{Quote, job_on};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("light-job"),
    detection: "D02",
    title: "Move light jobs to a single node",
    source: include_str!("light_job.rs"),
    advise,
};

/// Longest run, 95th percentile, that counts as light.
pub(super) const LIGHT_MINUTES: f64 = 60.0;
/// Share of the minutes of every run that has to fit the node's cores; how long the rest takes is replayed. The first minute often
/// shows the end of the start-up.
const USUAL: f64 = 0.50;
/// Share of all minutes whose demand is told, and has to leave room on the node.
const NEARLY_ALL: f64 = 0.95;
/// Share of the node's cores that those need at most: a node that would be full is no saving, for it is not on spot.
const LIGHT_CPU: f64 = 0.75;
/// Highest share of the one node's memory.
pub(super) const LIGHT_MEMORY: f64 = 0.80;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    own.map(|(key, job, profile)| {
        let why_not = shape::unsizable(job, profile).or_else(|| shape::grows(profile));
        why_not.map_or_else(|| judge(cx, key, job, profile), |why| shape::abstain(key, why))
    })
    .collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    let Some(now) = &profile.compute else { return shape::fine(key) };
    let Some(size) = now.size else {
        return shape::abstain(key, "the size of its cluster is not known");
    };
    let class = cx.profiles.class(&Target::Job(key.clone()));
    let long = profile.duration(0.95).is_none_or(|it| it.0 >= LIGHT_MINUTES)
        || profile.duration(1.0).is_none_or(|it| it.0 >= 2.0 * LIGHT_MINUTES);
    if size.most() == 0 || long || class == WorkloadClass::Gpu {
        return shape::fine(key);
    }
    // A pool decides what its nodes are.
    let pooled = shape::newest_cluster(cx, key).is_some_and(|it| it.pooled);
    let allowed = |node: &String| !pooled || now.worker_type.as_ref() == Some(node);
    let fitting = nodes(cx, now).into_iter().filter(allowed).filter_map(|node| {
        let quote = job_on(cx.fleet, profile, &single(now, &node))?;
        fits(cx, profile, now, &node, &quote).then_some((node, quote))
    });
    let mut fitting: Vec<(String, Quote)> = fitting.collect();
    fitting.sort_by(|a, b| shape::likely(&a.1.cost).total_cmp(&shape::likely(&b.1.cost)));
    let others = fitting.iter().skip(1).map(|it| Action::UseSingleNode { from: size, node_type: it.0.clone() });
    let others: Vec<Action> = others.collect();
    let Some((node_type, quote)) = fitting.into_iter().next() else { return shape::fine(key) };
    let cores = profile.demand.cores.quantile(NEARLY_ALL);
    let mut parts = risk::of_quote(&quote);
    parts.push(risk::part(RiskDimension::Driver, 0, "the driver does the workers' part, within its cores"));
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let evidence = [
        shape::cores("cores used by the workers, 95th percentile", cores, NODES),
        shape::share(
            "memory of the single node, highest run",
            Some(quote.peak_memory),
            clusteriq_model::Source::Replay,
        ),
        profile
            .duration(0.95)
            .map(|it| clusteriq_model::Evidence::new("run time, 95th percentile", Quantity::Minutes(it), RUNS)),
        shape::share("CPU of the workers, median", profile.demand.cpu.quantile(0.5), NODES),
    ];
    let mut evidence: Vec<_> = evidence.into_iter().flatten().collect();
    if let (Some(first), Some(trace)) = (evidence.first_mut(), profile.traces.last()) {
        first.chart = Some(crate::report::run_chart(trace));
        first.runs = shape::run_ids(profile);
    }
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: format!("Run {} on a single {node_type}", job.name),
        why: format!(
            "In 95 % of minutes its {} use no more than {:.1} cores, and its runs take {} at the 95th percentile: one node does it, \
             with memory at {:.0} %.",
            size,
            cores.unwrap_or(0.0),
            profile.duration(0.95).unwrap_or_default(),
            quote.peak_memory * 100.0
        ),
        action: Action::UseSingleNode { from: size, node_type },
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, &quote),
        evidence,
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: format!("set the job cluster back to {size} and remove the single-node profile"),
        verify: "compare run time and memory of the next five runs with the expected ones".into(),
        options: others,
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// The node types that the cluster has already, and the larger ones of the same families that still count as one small node.
fn nodes(cx: &Context<'_>, now: &Compute) -> BTreeSet<String> {
    let types = &cx.fleet.catalog.node_types;
    let own: Vec<&String> = [&now.driver_type, &now.worker_type].into_iter().flatten().collect();
    let families: Vec<&str> = own.iter().filter_map(|it| types.get(*it)).map(|it| it.family.as_str()).collect();
    let larger = types.values().filter(|it| {
        families.contains(&it.family.as_str()) && it.cores.0 <= LIGHT_CORES && it.dbu.is_some() && it.gpus == 0
    });
    own.into_iter().cloned().chain(larger.map(|it| it.name.clone())).collect()
}

pub(super) fn single(now: &Compute, node: &str) -> Compute {
    Compute {
        size: Some(Size::Fixed(0)),
        driver_type: Some(node.into()),
        worker_type: Some(node.into()),
        ..now.clone()
    }
}

/// Whether the one node bears every run, the work of driver and workers together.
fn fits(cx: &Context<'_>, profile: &JobProfile, now: &Compute, node: &str, quote: &Quote) -> bool {
    let types = &cx.fleet.catalog.node_types;
    let driver = now.driver_type.as_ref().or(now.worker_type.as_ref()).and_then(|it| types.get(it));
    let (Some(size), Some(driver)) = (types.get(node), driver) else { return false };
    let used = fit::most(fit::runs(profile), USUAL, |it| it.used + it.driver * driver.cores.0);
    let Some(worst) = fit::worst(cx, profile, &single(now, node)) else { return false };
    let all = profile.demand.cores.quantile(NEARLY_ALL).unwrap_or(0.0);
    size.cores.0 <= LIGHT_CORES
        && used <= size.cores.0 * 0.85
        && all <= size.cores.0 * LIGHT_CPU
        && quote.peak_memory <= LIGHT_MEMORY
        && worst.memory <= LIGHT_MEMORY
        && quote.stretch.likely <= cx.settings.tolerated_slowdown + 0.05
        && worst.stretch.likely <= cx.settings.tolerated_slowdown + 0.10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_short_job_of_two_cores_fits_one_node() {
        let said = check(&ADVISOR, &world().job("tiny", 4, 4.0, 2.0).memory(0.08).runs(14, 20).fleet());
        assert!(said.contains("Run tiny on a single m5.xlarge"), "{said}");
    }

    #[test]
    fn a_job_that_fills_its_workers_is_fine() {
        let said = check(&ADVISOR, &world().job("etl", 4, 4.0, 15.0).runs(14, 20).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn a_single_node_is_never_told_to_become_one() {
        let said = check(&ADVISOR, &world().job("solo", 0, 4.0, 2.0).runs(14, 20).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn one_heavy_run_keeps_the_cluster() {
        let world = world().job("tiny", 4, 4.0, 2.0).memory(0.08).runs(14, 20).heavy(&[13], 14.0);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn a_hot_driver_and_its_workers_do_not_fit_the_drivers_node() {
        // 4 × 90 % + 2 cores are more than 85 % of four; a larger node of the family has eight.
        let world = world().job("tiny", 4, 4.0, 2.0).memory(0.08).driver("m5.xlarge", 0.9, 0.2).runs(14, 20);
        let said = check(&ADVISOR, &world.fleet());
        assert!(!said.contains("on a single m5.xlarge."), "{said}");
    }
}
