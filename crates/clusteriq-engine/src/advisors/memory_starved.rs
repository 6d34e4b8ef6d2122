//! # Memory-starved job
//!
//! ## What it finds
//! Jobs whose nodes have too little memory, by what it does to them: more than 1 % of memory swapped in more than 5 % of
//! minutes; at least two failed runs or tries within 14 days in which a worker or the driver was above 95 % of its memory; or workers
//! above 95 % that swap or wait for disk at the same time, or above 97 % in a twentieth of their minutes.
//!
//! ## What it costs
//! What failed runs were billed, and the time that swapping takes. More memory costs more by itself, so that no saving is
//! promised; the amount at stake is what the failed or swapping runs cost in a month.
//!
//! ## When it is silent
//! Memory that is full and holds: caches fill what there is, and 85 or 90 % without swapping or failing is good use. A range that is
//! stuck at its maximum with busy cores: the workers of a higher maximum bring memory with them. Failures whose
//! code says something else (cancelled, timed out, the cloud, permissions, libraries). Fewer than five runs with telemetry, jobs
//! without pause or with several clusters per run. Failed runs without telemetry are named: whether memory was the
//! reason cannot be told.
//!
//! ## Risk
//! Nobody's run gets less than it has. The change may cost more than it saves if something else fills the memory, such as one
//! key that has most of the rows.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.lakeflow.job_run_timeline` and `job_task_run_timeline`, `system.billing.usage`. A fifth of
//! room above the peak is what practitioners keep (read 2026-11).

use std::collections::BTreeMap;

use clusteriq_model::{
    Action, AdvisorId, Compute, Evidence, Fraction, Job, JobKey, NodeType, Quantity, RiskDimension, Run, RunResult,
    Size, Source, Target, Usd,
};
use jiff::SignedDuration;

use super::fit;
use super::shape::{self, NODES, RUNS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::class::LEAST_RUNS;
use crate::profile::{JobProfile, RunTrace, TraceMinute};
use crate::replay::{Machine, replay};
use crate::risk;
use crate::whatif::{per_month, quote};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("memory-starved"),
    detection: "D22",
    title: "Give memory to jobs that fail or swap for lack of it",
    source: include_str!("memory_starved.rs"),
    advise,
};

/// Swap that counts, and the share of minutes that may have it.
const SWAP: (f64, f64) = (0.01, 0.10);
/// Memory of a node above which a run that breaks broke for lack of it.
const FULL: f64 = 0.95;
/// Runs that break within so many days.
const BROKEN: (usize, i64) = (2, 14);
/// Room above the highest peak.
const ROOM: f64 = 1.2;
/// Speed of a core, against the present one, below which work would take longer.
const AS_FAST: f64 = 0.95;
/// Other changes that the joint plan may choose from.
const MOST_OPTIONS: usize = 4;

/// Termination codes that lack of memory may have; others say that it was something else.
const CODES: [&str; 6] =
    ["RUN_EXECUTION_ERROR", "DRIVER_ERROR", "CLUSTER_ERROR", "INTERNAL_ERROR", "OUT_OF_MEMORY", "DRIVER_OUT_OF_MEMORY"];

/// Where memory is short.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Workers,
    Driver,
    SingleNode,
}

/// A job that is short of memory.
struct Case<'a> {
    key: &'a JobKey,
    job: &'a Job,
    profile: &'a JobProfile,
    place: Place,
    signs: Signs,
}

/// What the runs show.
struct Signs {
    swapping: f64,
    broken: Vec<String>,
    /// Runs that broke although no node was full, or that have no telemetry.
    unexplained: usize,
    high: f64,
    peak: f64,
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    own.map(|(key, job, profile)| judge(cx, key, job, profile)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    let Some(now) = &profile.compute else { return shape::fine(key) };
    if job.trigger == clusteriq_model::Trigger::Continuous || profile.several_clusters {
        let why = shape::unsizable(job, profile);
        return shape::abstain(key, why.unwrap_or_else(|| "its runs cannot be told apart".into()));
    }
    let broken = recent(job.runs.iter().filter(|it| breaks(it)));
    let seen = fit::runs(profile).count();
    if seen < LEAST_RUNS {
        let why = format!("{seen} of its runs on its present configuration have telemetry; {LEAST_RUNS} are needed");
        return shape::abstain(key, why);
    }
    let places: &[Place] =
        if now.size == Some(Size::Fixed(0)) { &[Place::SingleNode] } else { &[Place::Workers, Place::Driver] };
    let found = places.iter().find_map(|place| {
        let signs = signs(profile, &broken, *place);
        starved(&signs, *place).then_some((*place, signs))
    });
    let Some((place, signs)) = found else {
        let traced = |run: &&Run| fit::runs(profile).any(|it| it.run_id == run.id);
        if broken.len() >= BROKEN.0 && !broken.iter().any(traced) {
            let count = broken.len();
            return shape::abstain(
                key,
                format!("{count} runs failed without telemetry: it cannot be told whether memory was short"),
            );
        }
        return shape::fine(key);
    };
    // A range that is stuck at its maximum with busy cores gets memory with the workers that a higher one brings.
    let held_up = now.size.and_then(|it| fit::at_maximum(&profile.demand, it)).is_some_and(|it| it >= fit::AT_MAXIMUM)
        && profile.demand.cpu.quantile(0.9).is_some_and(|it| it > 0.85);
    if place == Place::Workers && signs.broken.len() < BROKEN.0 && held_up {
        return shape::fine(key);
    }
    let mut held = candidates(cx, profile, now, place, &signs);
    if held.is_empty() {
        return shape::abstain(
            key,
            "no node type with known prices and enough memory was found for what its runs need",
        );
    }
    let best = held.remove(0);
    propose(cx, &Case { key, job, profile, place, signs }, &best, &held)
}

/// Failed runs, and runs in which a try failed, by what may be lack of memory.
fn breaks(run: &Run) -> bool {
    let may_be = |result: &RunResult, code: &Option<String>| {
        let failed = matches!(result, RunResult::Failed(word) if word == "FAILED" || word == "ERROR");
        failed && code.as_ref().is_none_or(|it| CODES.contains(&it.as_str()))
    };
    may_be(&run.result, &run.termination_code) || run.attempts.iter().any(|it| may_be(&it.result, &it.termination_code))
}

/// The most runs within 14 days; none if there are too few.
fn recent<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<&'a Run> {
    let all: Vec<&Run> = runs.collect();
    let within = |first: &Run| {
        let until = first.start + SignedDuration::from_hours(24 * BROKEN.1);
        all.iter().filter(|it| it.start >= first.start && it.start < until).count()
    };
    if all.iter().any(|it| within(it) >= BROKEN.0) { all } else { vec![] }
}

/// Memory of the place in a minute, as a share.
fn memory(minute: &TraceMinute, place: Place) -> f64 {
    match place {
        Place::Workers => minute.fullest,
        Place::Driver | Place::SingleNode => minute.driver_memory,
    }
}

fn signs(profile: &JobProfile, broken: &[&Run], place: Place) -> Signs {
    let minutes: Vec<&TraceMinute> = fit::runs(profile).flat_map(RunTrace::work).collect();
    let peak_of = |trace: &RunTrace| trace.work().map(|it| memory(it, place)).fold(0.0, f64::max);
    let traces: BTreeMap<&String, &RunTrace> = fit::runs(profile).map(|it| (&it.run_id, it)).collect();
    let (full, others): (Vec<&&Run>, Vec<&&Run>) =
        broken.iter().partition(|run| traces.get(&run.id).is_some_and(|it| peak_of(it) > FULL));
    let share = |test: &dyn Fn(&TraceMinute) -> bool| {
        // Usual runs and failed ones, each as often as they happen; those that were kept because they need most are not the rule.
        let of = |traces: &[RunTrace]| {
            let minutes: Vec<&TraceMinute> = traces.iter().flat_map(RunTrace::work).collect();
            minutes.iter().filter(|it| test(it)).count() as f64 / minutes.len().max(1) as f64
        };
        let failing = profile.failed as f64 / profile.started.max(1) as f64;
        failing * of(&profile.failures) + (1.0 - failing) * of(&profile.traces)
    };
    let mut values: Vec<f64> = minutes.iter().map(|it| memory(it, place)).collect();
    values.sort_by(f64::total_cmp);
    Signs {
        swapping: if place == Place::Driver { 0.0 } else { share(&|it| it.swap > SWAP.0) },
        broken: full.iter().map(|it| it.id.clone()).collect(),
        unexplained: others.len(),
        high: crate::profile::job::quantile(&values, 0.99).unwrap_or(0.0),
        peak: values.last().copied().unwrap_or(0.0),
    }
}

fn starved(it: &Signs, place: Place) -> bool {
    // Failures that memory does not explain must not be the rule: then it is somebody else's finding.
    let breaks = it.broken.len() >= BROKEN.0 && it.broken.len() >= it.unexplained;
    if place == Place::Driver {
        return breaks;
    }
    // Full is not short: caches fill what there is. Swapping is, and so are runs that break off while it is full.
    breaks || it.swapping > SWAP.1
}

/// A change, what it leads to and what it costs against now.
struct Candidate {
    action: Action,
    words: String,
    peak: f64,
    cost: f64,
}

/// Changes that leave a fifth of room above the highest peak, the cheapest first.
fn candidates(cx: &Context<'_>, profile: &JobProfile, now: &Compute, place: Place, signs: &Signs) -> Vec<Candidate> {
    let types = &cx.fleet.catalog.node_types;
    let name = match place {
        Place::Workers => now.worker_type.as_ref(),
        Place::Driver | Place::SingleNode => now.driver_type.as_ref().or(now.worker_type.as_ref()),
    };
    let Some(node) = name.and_then(|it| types.get(it)) else { return vec![] };
    let set = |it: &NodeType| match place {
        Place::Workers | Place::SingleNode => crate::scenario::to_type(&cx.fleet.catalog, now, &node.name, it),
        Place::Driver => Action::SetDriverType { from: node.name.clone(), to: it.name.clone() },
    };
    let mut actions: Vec<(Action, String)> = roomier(cx, node).map(|it| (set(it), it.name.clone())).collect();
    if let (Place::Workers, Some(from @ Size::Fixed(workers))) = (place, now.size) {
        let more = (workers + 1..=workers * 2).map(Size::Fixed);
        actions.extend(more.map(|to| (Action::SetWorkers { from, to }, to.to_string())));
    }
    let traces: Vec<RunTrace> = fit::runs(profile).cloned().collect();
    let cost_of = |compute: &Compute| {
        quote(cx.fleet, &traces, now, compute, profile.rate, 1.0, &profile.response)?.cost.total().map(|it| it.likely)
    };
    let Some(before) = cost_of(now).filter(|it| *it > Usd(0.0)) else { return vec![] };
    let swapped = 1.0 + traces.iter().flat_map(RunTrace::work).map(|it| it.swap).fold(0.0, f64::max);
    let mut held: Vec<Candidate> = actions
        .into_iter()
        .filter_map(|(action, words)| {
            let then = crate::scenario::changed(now.clone(), &action);
            let peak =
                peak_on(cx, profile, &traces, now, &then, place)?.max(signs.peak * shrink(types, node, &then, place));
            let cost = cost_of(&then)? / before;
            (peak * swapped <= 1.0 / ROOM).then_some(Candidate { action, words, peak, cost })
        })
        .collect();
    held.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| a.words.cmp(&b.words)));
    held
}

/// Memory of the present node against the new one, for the driver and the single node, whose use moves as it is.
fn shrink(types: &BTreeMap<String, NodeType>, node: &NodeType, then: &Compute, place: Place) -> f64 {
    match place {
        Place::Workers => 0.0,
        Place::Driver | Place::SingleNode => {
            let new = then.driver_type.as_ref().and_then(|it| types.get(it));
            new.map_or(1.0, |it| node.memory / it.memory)
        }
    }
}

fn peak_on(
    cx: &Context<'_>,
    profile: &JobProfile,
    traces: &[RunTrace],
    now: &Compute,
    then: &Compute,
    place: Place,
) -> Option<f64> {
    let from = Machine::of(&cx.fleet.catalog, now, now, &profile.response)?;
    let to = Machine::of(&cx.fleet.catalog, then, now, &profile.response)?;
    let outcomes = traces.iter().map(|it| replay(it, &from, &to));
    Some(match place {
        Place::Workers | Place::SingleNode => outcomes.map(|it| it.peak_memory).fold(0.0, f64::max),
        Place::Driver => outcomes.map(|it| it.driver_memory).fold(0.0, f64::max),
    })
}

/// Node types that are the same but for more memory.
fn roomier<'a>(cx: &Context<'a>, node: &NodeType) -> impl Iterator<Item = &'a NodeType> {
    let node = node.clone();
    cx.fleet.catalog.node_types.values().filter(move |it| {
        let as_fast = match (it.coremark, node.coremark) {
            (Some(then), Some(now)) => then >= AS_FAST * now,
            (None, _) | (_, None) => it.family == node.family,
        };
        it.cloud == node.cloud
            && it.arch == node.arch
            && it.cores == node.cores
            && it.gpus == node.gpus
            && it.memory > node.memory
            && (it.local_disk.0 > 0.0 || node.local_disk.0 <= 0.0)
            && it.dbu.is_some()
            && it.on_demand.is_some()
            && as_fast
    })
}

/// What the broken runs cost in a month, or else the job's minutes that swap.
fn at_stake(cx: &Context<'_>, key: &JobKey, profile: &JobProfile, signs: &Signs) -> Option<Usd> {
    let billed = |run: &String| cx.fleet.bill.runs.get(&(key.clone(), run.clone())).map(|it| it.estimate());
    if !signs.broken.is_empty() {
        let sum: Usd = signs.broken.iter().filter_map(billed).sum();
        return (sum > Usd(0.0)).then_some(sum * per_month(cx.fleet));
    }
    let now = profile.compute.as_ref()?;
    let cost = crate::whatif::job_on(cx.fleet, profile, now)?.cost.total()?;
    Some(cost.likely * signs.swapping.max(0.01))
}

fn propose(cx: &Context<'_>, case: &Case<'_>, best: &Candidate, others: &[Candidate]) -> Opinion {
    let Case { key, job, profile, place, signs } = case;
    let who = match place {
        Place::Workers => "a worker",
        Place::Driver => "its driver",
        Place::SingleNode => "its node",
    };
    let broken = signs.broken.len();
    let why = if broken >= BROKEN.0 {
        format!("{broken} of its {} runs broke while {who} was above 95 % of its memory", profile.started)
    } else if signs.swapping > SWAP.1 {
        format!(
            "{who} swaps in {:.0} % of its minutes, with memory at {:.0} %",
            signs.swapping * 100.0,
            signs.high * 100.0
        )
    } else {
        format!("{who} is at {:.0} % of its memory (99th percentile) and waits for disk", signs.high * 100.0)
    };
    let verb = match place {
        Place::Workers | Place::SingleNode => format!("Run {} on {}", job.name, best.words),
        Place::Driver => format!("Run the driver of {} on {}", job.name, best.words),
    };
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job((*key).clone()),
        title: format!("{verb}: it is short of memory"),
        why: format!(
            "{}. On {} the highest peak is {:.0} % of the memory; a run costs {:+.0} %.",
            capital(&why),
            best.words,
            best.peak * 100.0,
            (best.cost - 1.0) * 100.0
        ),
        action: best.action.clone(),
        risk: risk::risk(vec![risk::part(
            RiskDimension::Memory,
            1,
            "every run gets more than it has; the money is lost if one key or one task fills any memory",
        )]),
        runtime: None,
        options: others.iter().take(MOST_OPTIONS).map(|it| it.action.clone()).collect(),
        at_stake: at_stake(cx, key, profile, signs),
        evidence: evidence(profile, signs, *place),
        alternatives: vec![],
        confidence: format!("{} runs, {broken} of them broken", fit::runs(profile).count()),
        rollback: format!("go back to {}", profile.compute.as_ref().map_or_else(String::new, ToString::to_string)),
        verify: "the next five runs succeed, without swap and below 90 % of memory".into(),
        gain: Gain::Other,
    }))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
}

fn evidence(profile: &JobProfile, signs: &Signs, place: Place) -> Vec<Evidence> {
    let place = match place {
        Place::Workers => "fullest worker",
        Place::Driver => "driver",
        Place::SingleNode => "node",
    };
    let share = |fact: String, value: f64| Evidence::new(fact, Quantity::Fraction(Fraction(value)), NODES);
    let mut all = vec![];
    if !signs.broken.is_empty() {
        let count = Quantity::Count(signs.broken.len() as u64);
        let source: Source = RUNS;
        all.push(
            Evidence::new("failed runs or tries with memory above 95 %", count, source).with_runs(signs.broken.clone()),
        );
    }
    all.push(share(format!("memory of the {place}, 99th percentile"), signs.high).with_runs(shape::run_ids(profile)));
    all.push(share(format!("memory of the {place}, highest"), signs.peak));
    all.push(share("minutes with more than 1 % swapped".into(), signs.swapping));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn runs_that_fail_with_full_memory_get_a_node_type_with_more() {
        let runs = [3, 6, 9];
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.8).runs(14, 60).full(&runs, 0.98).failing(&runs);
        let said = check(&ADVISOR, &world.fleet());
        assert!(
            said.contains(": it is short of memory. 3 of its 14 runs broke while a worker was above 95 %"),
            "{said}"
        );
    }

    #[test]
    fn swapping_without_failing_is_short_of_memory_too() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.93).swapping(0.05).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.contains("A worker swaps in 100 % of its minutes"), "{said}");
    }

    #[test]
    fn a_cache_that_fills_memory_and_holds_is_fine() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.9).runs(14, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn failures_with_memory_to_spare_are_somebody_elses() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.6).runs(14, 60).failing(&[3, 6, 9]);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn a_driver_that_is_full_when_runs_fail_gets_another_type() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.5).driver("m5.xlarge", 0.3, 0.97).runs(14, 60);
        let said = check(&ADVISOR, &world.failing(&[3, 6]).fleet());
        assert!(said.starts_with("Run the driver of etl on ") && said.contains("its driver was above 95 %"), "{said}");
    }

    #[test]
    fn one_failure_is_an_accident() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.6).runs(14, 60).full(&[5], 0.98).failing(&[5]);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn three_runs_are_too_few() {
        let world = world().job("etl", 4, 4.0, 14.0).memory(0.93).swapping(0.05).runs(3, 60);
        assert_eq!(
            check(&ADVISOR, &world.fleet()),
            "abstains on job 1: 3 of its runs on its present configuration have telemetry; 5 are needed"
        );
    }
}
