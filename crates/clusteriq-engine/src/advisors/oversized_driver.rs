//! # Oversized driver
//!
//! ## What it finds
//! Jobs whose driver is larger than it has to be: in no run its memory is above 40 % in 99.5 % of minutes, nor its CPU above
//! 30 % in 95 %, and a smaller node type of the same cloud and instruction set holds the same use with a fifth of room.
//!
//! ## What it costs
//! The difference between the two node types, in DBUs and as a machine, for as long as the runs take. The run time stays as it is.
//!
//! ## When it is silent
//! Single nodes, where the driver does the work; drivers of fewer than eight cores that are no larger than a worker; any run,
//! failed ones too, in which the driver's memory passes 70 %; jobs that wait for their driver in a twentieth of their minutes;
//! fewer than five runs with telemetry of the driver, input that grows.
//!
//! ## Risk
//! A run that collects more to the driver than any run in the window. It would fail, with an out-of-memory error of the driver.
//!
//! ## Sources
//! `system.compute.node_timeline` (rows with `driver = true`), `system.lakeflow.job_run_timeline`, `system.compute.clusters`,
//! `system.billing.usage`.

use std::collections::BTreeSet;

use clusteriq_model::{
    Action, AdvisorId, Compute, Cores, Evidence, Gib, Job, JobKey, NodeType, Quantity, RiskDimension, Target,
};

use super::fit;
use super::shape::{self, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::{JobProfile, RunTrace};
use crate::risk;
use crate::whatif::{Quote, job_on};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("oversized-driver"),
    detection: "D16",
    title: "Give jobs a driver of the size they use",
    source: include_str!("oversized_driver.rs"),
    advise,
};

/// Memory of the driver, 99.5th percentile of a run, above which it is not too large.
const MEMORY: f64 = 0.40;
/// CPU of the driver, 95th percentile of a run, above which it is not too large.
const CPU: f64 = 0.30;
/// Memory of the driver that no run may pass: it collects now and then.
const COLLECTS: f64 = 0.70;
/// Share of minutes in which the workers may wait for the driver.
const DRIVER_BOUND: f64 = 0.05;
/// Highest share of the smaller driver's cores and memory: a fifth is left.
const ROOM: f64 = 0.80;
/// A driver has at least so many cores and so much memory, unless a worker has less.
const LEAST: (Cores, Gib) = (Cores(4.0), Gib(8.0));
/// Speed of a core, against the present driver's, below which its work would take longer.
const AS_FAST: f64 = 0.95;

/// How much of the driver the heaviest runs use, as shares.
struct Use {
    cpu: f64,
    cpu_peak: f64,
    memory: f64,
    memory_peak: f64,
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    let families = families(cx);
    own.map(|(key, job, profile)| {
        // A pool decides what its nodes are.
        if shape::newest_cluster(cx, key).is_some_and(|it| it.pooled) {
            return shape::fine(key);
        }
        let why_not = shape::unsizable(job, profile).or_else(|| shape::grows(profile));
        why_not.map_or_else(|| judge(cx, &families, key, job, profile), |why| shape::abstain(key, why))
    })
    .collect()
}

fn judge(cx: &Context<'_>, own: &BTreeSet<&String>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    let Some(now) = &profile.compute else { return shape::fine(key) };
    let types = &cx.fleet.catalog.node_types;
    if now.size.is_none_or(|it| it.most() == 0) {
        return shape::fine(key);
    }
    let (Some(driver), Some(worker)) =
        (now.driver_type.as_ref().and_then(|it| types.get(it)), now.worker_type.as_ref().and_then(|it| types.get(it)))
    else {
        return shape::abstain(key, "the size of its driver or of its workers is not known");
    };
    let larger = driver.cores > worker.cores || driver.memory > worker.memory;
    if driver.gpus > 0 || !(larger || driver.cores >= LEAST.0 * 2.0) {
        return shape::fine(key);
    }
    let Some(used) = driver_use(profile) else {
        return shape::abstain(key, "its driver has no telemetry");
    };
    let waits = profile.driver_share.is_some_and(|it| it.0 > DRIVER_BOUND);
    if waits || used.memory >= MEMORY || used.cpu >= CPU || used.memory_peak > COLLECTS {
        return shape::fine(key);
    }
    let before = job_on(cx.fleet, profile, now).map_or(0.0, |it| shape::likely(&it.cost));
    let mut held: Vec<(&NodeType, Quote)> = smaller(cx, driver, worker, &used)
        .into_iter()
        .filter_map(|it| {
            let compute = Compute { driver_type: Some(it.name.clone()), ..now.clone() };
            Some((it, job_on(cx.fleet, profile, &compute)?))
        })
        .filter(|it| shape::likely(&it.1.cost) < before)
        .collect();
    held.sort_by(|a, b| {
        let rank = |it: &(&NodeType, Quote)| (!own.contains(&it.0.family), shape::likely(&it.1.cost));
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let Some((to, quote)) = held.first() else { return shape::fine(key) };
    let memory = used.memory_peak * driver.memory.0 / to.memory.0;
    let cpu = used.cpu_peak * driver.cores.0 / to.cores.0;
    let mut parts = vec![
        risk::part(
            RiskDimension::Driver,
            if memory > 0.6 || cpu > 0.6 { 2 } else { 1 },
            format!("the driver's memory would peak at {:.0} %, its CPU at {:.0} %", memory * 100.0, cpu * 100.0),
        ),
        risk::part(RiskDimension::Runtime, 0, "the workers stay as they are"),
    ];
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let action = |it: &NodeType| Action::SetDriverType { from: driver.name.clone(), to: it.name.clone() };
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: format!("Run the driver of {} on {} instead of {}", job.name, to.name, driver.name),
        why: format!(
            "In its heaviest run the driver uses {:.0} % of its memory and {:.0} % of its CPU; on {} the same is {:.0} % and \
             {:.0} %.",
            used.memory_peak * 100.0,
            used.cpu_peak * 100.0,
            to.name,
            memory * 100.0,
            cpu * 100.0
        ),
        action: action(to),
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, quote),
        evidence: evidence(profile, driver, worker, &used),
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: format!("set the driver's node type back to {}", driver.name),
        verify: "compare the driver's memory and the run time of the next five runs with the expected ones".into(),
        options: held[1..].iter().take(4).map(|it| action(it.0)).collect(),
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// `None`: no minute tells about the driver.
fn driver_use(profile: &JobProfile) -> Option<Use> {
    let all = || fit::runs(profile);
    let told = |it: &RunTrace| it.work().any(|it| it.driver > 0.0 && it.driver_memory > 0.0);
    if !profile.traces.iter().all(told) {
        return None;
    }
    Some(Use {
        cpu: fit::most(all(), 0.95, |it| it.driver),
        cpu_peak: fit::most(all(), 0.99, |it| it.driver),
        memory: fit::most(all(), 0.995, |it| it.driver_memory),
        memory_peak: fit::most(all(), 1.0, |it| it.driver_memory),
    })
}

/// Smaller node types that hold what the driver uses.
fn smaller<'a>(cx: &Context<'a>, driver: &NodeType, worker: &NodeType, used: &Use) -> Vec<&'a NodeType> {
    let least = (LEAST.0.min(worker.cores), LEAST.1.min(worker.memory));
    let as_fast = |it: &NodeType| match (it.coremark, driver.coremark) {
        (Some(then), Some(now)) => then >= AS_FAST * now,
        (None, _) | (_, None) => it.family == driver.family,
    };
    let holds = |it: &NodeType| {
        used.memory_peak * driver.memory.0 <= ROOM * it.memory.0
            && used.cpu_peak * driver.cores.0 <= ROOM * it.cores.0
            && it.cores >= least.0
            && it.memory >= least.1
    };
    let types = cx.fleet.catalog.node_types.values();
    let alike = types.filter(|it| it.cloud == driver.cloud && it.arch == driver.arch && it.gpus == 0);
    alike
        .filter(|it| it.cores <= driver.cores && it.memory <= driver.memory && it.name != driver.name)
        .filter(|it| it.dbu.is_some() && it.on_demand.is_some() && as_fast(it) && holds(it))
        .collect()
}

/// Families of node types that the account runs on.
fn families<'a>(cx: &Context<'a>) -> BTreeSet<&'a String> {
    let names = cx.fleet.clusters.values().map(|it| &it.config().compute);
    let names = names.flat_map(|it| [&it.driver_type, &it.worker_type]).flatten();
    names.filter_map(|it| cx.fleet.catalog.node_types.get(it)).map(|it| &it.family).collect()
}

fn evidence(profile: &JobProfile, driver: &NodeType, worker: &NodeType, used: &Use) -> Vec<Evidence> {
    let type_of = |fact: &str, it: &NodeType| {
        let text = format!("{}: {} and {}", it.name, it.cores, it.memory);
        Evidence::new(fact, Quantity::Text(text), clusteriq_model::Source::Catalog)
    };
    let memory = shape::share("memory of the driver, highest of all runs", Some(used.memory_peak), NODES);
    [
        memory.map(|it| it.with_runs(shape::run_ids(profile))),
        shape::share("CPU of the driver, 95th percentile of the heaviest run", Some(used.cpu), NODES),
        Some(type_of("driver", driver)),
        Some(type_of("worker", worker)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_driver_of_sixteen_cores_that_needs_one_becomes_as_small_as_a_worker() {
        // 64 GiB × 12 % = 7.7 GiB and 16 × 5 % = 0.8 cores, on 16 GiB and 4 cores: 48 % and 20 %.
        let world = world().job("etl", 4, 4.0, 15.0).driver("m5.4xlarge", 0.05, 0.12).runs(14, 60);
        assert_eq!(
            check(&ADVISOR, &world.fleet()),
            "Run the driver of etl on m5.xlarge instead of m5.4xlarge. In its heaviest run the driver uses 12 % of its memory \
             and 5 % of its CPU; on m5.xlarge the same is 48 % and 20 %."
        );
    }

    #[test]
    fn a_driver_takes_a_step_where_two_would_leave_no_room() {
        // 64 × 22 % = 14.1 GiB is more than four fifths of 16, and less than half of 32.
        let world = world().job("etl", 4, 4.0, 15.0).driver("m5.4xlarge", 0.05, 0.22).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.starts_with("Run the driver of etl on m5.2xlarge"), "{said}");
    }

    #[test]
    fn a_hot_driver_keeps_its_size_in_cpu_and_in_memory() {
        for (cpu, memory) in [(0.60, 0.12), (0.05, 0.60)] {
            let world = world().job("etl", 4, 4.0, 15.0).driver("m5.4xlarge", cpu, memory).runs(14, 60);
            assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
        }
    }

    #[test]
    fn a_job_that_waits_for_its_driver_keeps_it() {
        let world = world().job("etl", 4, 4.0, 0.5).driver("m5.4xlarge", 0.2, 0.12).runs(14, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn the_usual_driver_as_large_as_a_worker_is_fine() {
        assert_eq!(check(&ADVISOR, &world().job("etl", 4, 4.0, 15.0).runs(14, 60).fleet()), "fine: job 1");
    }

    #[test]
    fn a_single_node_has_no_driver_to_shrink() {
        let world = world().job("solo", 0, 4.0, 2.0).driver("m5.4xlarge", 0.05, 0.12).runs(14, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn a_driver_without_telemetry_cannot_be_judged() {
        let world = world().job("etl", 4, 4.0, 15.0).driver("m5.4xlarge", 0.0, 0.0).runs(14, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "abstains on job 1: its driver has no telemetry");
    }

    #[test]
    fn three_runs_are_too_few() {
        let world = world().job("etl", 4, 4.0, 15.0).driver("m5.4xlarge", 0.05, 0.12).runs(3, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "abstains on job 1: it has 3 successful runs; 2 more are needed");
    }
}
