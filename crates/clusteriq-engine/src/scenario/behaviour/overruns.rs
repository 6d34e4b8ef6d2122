//! Runs that go on far longer than the job ever needs.

use clusteriq_model::{Fleet, Job, Minutes, Run, RunResult, Trigger, Usd};
use jiff::tz::TimeZone;

use crate::profile::job::quantile;

/// Successful runs that tell what is normal.
const LEAST_RUNS: usize = 5;
/// More of them than this are not exceptions but how the job is.
const MOST_SHARE: f64 = 0.2;
/// A timeout leaves at least so much above the longest normal run.
const LEAST_ROOM: Minutes = Minutes(15.0);

/// Runs that hang.
#[derive(Clone, Debug, PartialEq)]
pub struct Overruns {
    /// Their ids.
    pub runs: Vec<String>,
    /// The longest of them.
    pub longest: Minutes,
    /// The 95th percentile of the normal runs.
    pub p95: Minutes,
    /// How many normal runs that rests on.
    pub normal: usize,
    /// A timeout that no normal run reaches.
    pub to: Minutes,
    /// Time beyond that timeout.
    pub beyond: Minutes,
    /// What was billed for that time to the job's own compute.
    pub usd: Usd,
}

/// A job's runs that hang, if it has any.
#[must_use]
pub fn overruns(fleet: &Fleet, job: &Job) -> Option<Overruns> {
    if job.trigger == Trigger::Continuous {
        return None;
    }
    let mut good: Vec<f64> =
        job.runs.iter().filter(|it| it.result == RunResult::Succeeded).map(|it| it.duration().0).collect();
    good.sort_by(f64::total_cmp);
    let normal = &good[..normal_count(&good)?];
    let (p95, p99) = (quantile(normal, 0.95)?, quantile(normal, 0.99)?);
    let limit = beyond_normal(p95);
    let started = job.runs.iter().filter(|it| it.result != RunResult::Skipped);
    let long: Vec<&Run> = started.clone().filter(|it| it.duration().0 > limit).collect();
    if long.is_empty() || long.len() as f64 > MOST_SHARE * started.count() as f64 || is_month_end_work(&long) {
        return None;
    }
    // Whole five minutes, as people would set it.
    let to = Minutes(((1.5 * p99).max(p99 + LEAST_ROOM.0) / 5.0).ceil() * 5.0);
    let mut found = Overruns {
        runs: long.iter().map(|it| it.id.clone()).collect(),
        longest: long.iter().map(|it| it.duration()).fold(Minutes(0.0), Minutes::max),
        p95: Minutes(p95),
        normal: normal.len(),
        to,
        beyond: Minutes(0.0),
        usd: Usd(0.0),
    };
    for run in long {
        let beyond = (run.duration() - to).max(Minutes(0.0));
        found.beyond += beyond;
        if let Some(billed) = fleet.bill.runs.get(&(job.key.clone(), run.id.clone())) {
            found.usd += billed.estimate() * (beyond / run.duration());
        }
    }
    Some(found)
}

/// Three times the 95th percentile, or an hour more than it.
fn beyond_normal(p95: f64) -> f64 {
    (3.0 * p95).max(p95 + 60.0)
}

/// How many of the ascending durations are normal: those below the first gap that is wide enough. `None`: too few to tell.
fn normal_count(ascending: &[f64]) -> Option<usize> {
    let n = ascending.len();
    let first = LEAST_RUNS.max((n as f64 * (1.0 - MOST_SHARE)).ceil() as usize);
    let gap =
        (first..n).find(|it| quantile(&ascending[..*it], 0.95).is_some_and(|p| ascending[*it] > beyond_normal(p)));
    (n >= LEAST_RUNS).then(|| gap.unwrap_or(n))
}

/// Whether they all succeeded around a turn of the month: that is more work, not a hang.
fn is_month_end_work(runs: &[&Run]) -> bool {
    runs.iter().all(|it| {
        let day = it.start.to_zoned(TimeZone::UTC).day();
        it.result == RunResult::Succeeded && (day >= 28 || day <= 2)
    })
}
