//! # Performance mode
//!
//! ## What it finds
//! Serverless jobs on a schedule that are billed in the performance-optimized mode, although nobody waits for their start:
//! active on three days or more of the last fourteen, in less than 90 % of the hours, and with at least ten minutes between
//! the end of a run and the start of the next.
//!
//! ## What it costs
//! The same work is billed at more DBUs. How many more is measured: from the job's own runs if it has three in each mode,
//! else from other jobs of the account that have; else standard is taken to cost 50 to 75 % of optimized. No more than 70 %
//! is ever promised.
//!
//! ## When it is silent
//! Jobs that are continuous, started by files or tables, by people or other systems, or that run so often that a later start
//! shows; jobs whose newest run is in the standard mode. Where the bill names no mode it cannot judge.
//!
//! ## Risk
//! A run starts four to six minutes later.
//!
//! ## Sources
//! `system.billing.usage` (`product_features.performance_target`), `system.lakeflow.job_run_timeline`,
//! `system.lakeflow.jobs`, REST `jobs/list` (`performance_target`). Four to six minutes of start-up and "up to 70 % cheaper" are
//! Databricks' words (community.databricks.com, message 47268, read 2026-11).

use std::collections::BTreeSet;

use clusteriq_model::{
    Action, AdvisorId, Alternative, Evidence, Fraction, Interval, Job, JobKey, Minutes, Quantity, RiskDimension, Run,
    RunResult, Runtime, Target, Trigger, Usd,
};

use super::shape::{self, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::profile::job::quantile;
use crate::risk;
use crate::scenario::behaviour::{OPTIMIZED, modes};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("performance-mode"),
    detection: "D48",
    title: "Run scheduled serverless jobs in the standard mode",
    source: include_str!("performance_mode.rs"),
    advise,
};

/// Runs that a judgement needs.
const LEAST_RUNS: usize = 5;
/// Days of the last fourteen on which it ran.
const LEAST_DAYS: usize = 3;
const DAYS: i64 = 14;
/// Share of the time in which it runs, from which on it is as good as always on.
const MOST_TIME: f64 = 0.90;
/// Minutes between a run's end and the next start.
const LEAST_SLACK: f64 = 10.0;
/// How much later a run starts in the standard mode.
const LATER: Interval<f64> = Interval { low: 4.0, likely: 5.0, high: 6.0 };

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let without_cluster = shape::jobs(cx).filter(|it| it.2.compute.is_none() && it.2.shared.is_empty());
    let billed = without_cluster.filter(|it| cx.fleet.bill.jobs.get(it.0).is_some_and(|it| it.estimate() > Usd(0.0)));
    billed.map(|(key, job, profile)| judge(cx, key, job, profile)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    let modes = modes(cx.fleet, key);
    if modes.is_empty() {
        return match job.performance_target.as_deref() {
            Some(it) if it != OPTIMIZED => shape::fine(key),
            Some(_) | None => shape::abstain(key, "the performance mode of its runs is not in the bill"),
        };
    }
    let mode = |run: &Run| cx.fleet.bill.performance.get(&(key.clone(), run.id.clone()));
    let newest = job.runs.iter().rev().find_map(mode);
    let asks = match (job.performance_target.as_deref(), newest) {
        (Some(set), _) => set == OPTIMIZED && modes.contains_key(OPTIMIZED),
        (None, newest) => newest.is_some_and(|it| it == OPTIMIZED),
    };
    let scheduled = match &job.trigger {
        Trigger::Schedule(_) => job.paused != Some(true),
        Trigger::Continuous | Trigger::Other(_) | Trigger::OnDemand => false,
    };
    if !asks || !scheduled {
        return shape::fine(key);
    }
    let runs: Vec<&Run> = job.runs.iter().filter(|it| it.result != RunResult::Skipped).collect();
    if runs.len() < LEAST_RUNS {
        let more = LEAST_RUNS - runs.len();
        return shape::abstain(key, format!("it has {} runs; {more} more are needed", runs.len()));
    }
    let use_ = Use::of(cx, &runs);
    if use_.days < LEAST_DAYS || use_.time >= MOST_TIME || use_.slack < LEAST_SLACK {
        return shape::fine(key);
    }
    Opinion::Propose(Box::new(proposal(cx, key, job, profile, &modes, &use_)))
}

/// How a job is used.
struct Use {
    /// Days of the last fourteen on which it ran.
    days: usize,
    /// Share of the window's time in which it ran.
    time: f64,
    /// Minutes between a run and the next, the 5th percentile.
    slack: f64,
}

impl Use {
    fn of(cx: &Context<'_>, runs: &[&Run]) -> Self {
        let until = cx.fleet.window.until;
        let since = until - jiff::SignedDuration::from_hours(DAYS * 24);
        let late = runs.iter().filter(|it| it.start >= since);
        let days: BTreeSet<i64> = late.map(|it| it.start.as_second().div_euclid(86_400)).collect();
        let running: f64 = runs.iter().map(|it| it.end.duration_since(it.start).as_secs_f64()).sum();
        // The time between its first run and the end of the data: a new job has not been there for the whole window.
        let first = runs.first().map_or(cx.fleet.window.from, |it| it.start.max(cx.fleet.window.from));
        let all = until.duration_since(first).as_secs_f64().max(3600.0);
        let mut slack: Vec<f64> =
            runs.windows(2).map(|it| it[1].start.duration_since(it[0].end).as_secs_f64() / 60.0).collect();
        slack.sort_by(f64::total_cmp);
        Self { days: days.len(), time: running / all, slack: quantile(&slack, 0.05).unwrap_or(0.0) }
    }
}

fn proposal(
    cx: &Context<'_>,
    key: &JobKey,
    job: &Job,
    profile: &JobProfile,
    modes: &std::collections::BTreeMap<&str, Vec<f64>>,
    use_: &Use,
) -> Proposal {
    let ratio = cx.today.standard_ratio(key);
    let measured = modes.values().filter(|it| it.len() >= 3).count() >= 2;
    let mut parts = vec![risk::part(RiskDimension::Runtime, 1, "each run starts 4–6 minutes later")];
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let count = |mode: &str| modes.get(mode).map_or(0, Vec::len) as u64;
    let percent = |it: f64| Fraction(it).to_string();
    Proposal {
        target: Target::Job(key.clone()),
        action: Action::UseStandardPerformance,
        title: format!("Run {} in the standard performance mode", job.name),
        why: format!(
            "It runs by a schedule, for {} of the time, with {} or more between two runs, and pays for a quick start that \
             nobody waits for; the standard mode costs {} of it ({}).",
            percent(use_.time),
            Minutes(use_.slack),
            percent(ratio.likely),
            if measured { "measured on its own runs" } else { "from other jobs' runs, or what is usual" }
        ),
        risk: risk::risk(parts),
        runtime: profile.duration(0.5).map(|now| Runtime { now, then: LATER.map(|it| now + Minutes(it)) }),
        options: vec![],
        at_stake: None,
        evidence: vec![
            Evidence::new("runs billed as performance optimized", Quantity::Count(count(OPTIMIZED)), USAGE),
            Evidence::new("share of the time in which it runs", Quantity::Fraction(Fraction(use_.time)), RUNS),
            Evidence::new("between a run and the next, 5th percentile", Quantity::Minutes(Minutes(use_.slack)), RUNS),
            Evidence::new("cost of the standard mode", Quantity::Fraction(Fraction(ratio.likely)), USAGE),
        ],
        alternatives: Vec::<Alternative>::new(),
        confidence: profile.confidence(),
        rollback: "set its performance target back to performance optimized".into(),
        verify: "compare cost and end time of the next five runs".into(),
        gain: Gain::Money,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_nightly_job_does_not_need_the_quick_start() {
        let said = check(&ADVISOR, &world().serverless("nightly", 40.0, 99).fleet());
        assert!(said.contains("Run nightly in the standard performance mode"), "{said}");
    }

    #[test]
    fn its_own_runs_in_both_modes_tell_what_standard_costs() {
        let mut fleet = world().serverless("nightly", 40.0, 7).fleet();
        // It went back to the optimized mode.
        let newest = fleet.jobs.values().next().and_then(|it| it.runs.last()).expect("a run").id.clone();
        let mode = fleet.bill.performance.iter_mut().find(|it| it.0.1 == newest).expect("a mode");
        *mode.1 = OPTIMIZED.into();
        let said = check(&ADVISOR, &fleet);
        // Seven runs at 40 DBU and one at 24 are 38 on average; six at 24: 63 %.
        assert!(said.contains("the standard mode costs 63 % of it (measured on its own runs)"), "{said}");
    }

    #[test]
    fn standard_already_started_by_files_or_always_running_is_fine() {
        let standard = world().serverless("nightly", 40.0, 0).fleet();
        assert_eq!(check(&ADVISOR, &standard), "fine: job 1001");
        let mut files = world().serverless("nightly", 40.0, 99).fleet();
        files.jobs.values_mut().for_each(|it| it.trigger = Trigger::Other("FILE_ARRIVAL".into()));
        assert_eq!(check(&ADVISOR, &files), "fine: job 1001");
        let mut busy = world().serverless("nightly", 40.0, 99).fleet();
        let day = jiff::SignedDuration::from_mins(24 * 60 - 5);
        busy.jobs.values_mut().flat_map(|it| &mut it.runs).for_each(|it| it.end = it.start + day);
        assert_eq!(check(&ADVISOR, &busy), "fine: job 1001");
    }

    #[test]
    fn a_bill_without_modes_cannot_be_judged() {
        let mut fleet = world().serverless("nightly", 40.0, 99).fleet();
        fleet.bill.performance.clear();
        assert_eq!(
            check(&ADVISOR, &fleet),
            "abstains on job 1001: the performance mode of its runs is not in the bill"
        );
    }
}
