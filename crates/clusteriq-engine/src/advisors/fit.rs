//! Whether every run of a job fits another configuration: not on average, but the worst of them.

use clusteriq_model::{Compute, Interval, Size};

use crate::advisor::Context;
use crate::profile::{DayProfile, JobProfile, RunTrace};
use crate::replay::{Machine, replay};

/// Minutes of work below which a run's own slow-down is mostly rounding.
const LEAST_WORK: usize = 3;

/// How the worst runs would fare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Worst {
    /// Run time of the run that is slowed down most, against the measured one.
    pub(super) stretch: Interval<f64>,
    /// Highest share of a node's memory in any run, failed ones too.
    pub(super) memory: f64,
}

/// Every run that is known on the present configuration: the newest, older ones that needed most, and failed ones.
pub(super) fn runs(profile: &JobProfile) -> impl Iterator<Item = &RunTrace> {
    profile.traces.iter().chain(&profile.extremes).chain(&profile.failures)
}

/// The worst of all runs on another configuration. `None`: sizes are not known.
pub(super) fn worst(cx: &Context<'_>, profile: &JobProfile, then: &Compute) -> Option<Worst> {
    let now = profile.compute.as_ref()?;
    let from = Machine::of(&cx.fleet.catalog, now, now, &profile.response)?;
    let to = Machine::of(&cx.fleet.catalog, then, now, &profile.response)?;
    let mut worst = Worst { stretch: Interval::exactly(0.0), memory: 0.0 };
    for trace in runs(profile) {
        let outcome = replay(trace, &from, &to);
        worst.memory = worst.memory.max(outcome.peak_memory);
        if trace.work().count() < LEAST_WORK {
            continue;
        }
        // Against its replay on the present configuration, so that what the replay gets wrong in both cancels.
        let before = replay(trace, &from, &from).minutes.likely.max(trace.minutes.len() as f64);
        let stretch = outcome.minutes.map(|it| it / before);
        worst.stretch = Interval {
            low: worst.stretch.low.max(stretch.low),
            likely: worst.stretch.likely.max(stretch.likely),
            high: worst.stretch.high.max(stretch.high),
        };
    }
    Some(worst)
}

/// Whether the worst run stays within what the settings allow; its bound is a little wider than the mean's.
pub(super) fn bearable(cx: &Context<'_>, it: &Worst) -> bool {
    it.memory <= cx.settings.memory_limit
        && it.stretch.likely <= cx.settings.tolerated_slowdown + 0.05
        && it.stretch.high <= cx.settings.tolerated_slowdown + 0.25
}

/// Whether the workers wait for disk or network so much that fewer of them would wait longer: their CPU says nothing then.
pub(super) fn waits_for_io(profile: &JobProfile) -> bool {
    profile.demand.wait.quantile(0.9).is_some_and(|it| it > 0.15)
}

/// The highest quantile over runs of what a minute shows, work minutes only.
pub(super) fn most<'a>(
    traces: impl Iterator<Item = &'a RunTrace>,
    share: f64,
    get: impl Fn(&crate::profile::TraceMinute) -> f64,
) -> f64 {
    traces
        .filter_map(|it| {
            let mut values: Vec<f64> = it.work().map(&get).collect();
            values.sort_by(f64::total_cmp);
            crate::profile::job::quantile(&values, share)
        })
        .fold(0.0, f64::max)
}

/// Share of minutes at the minimum from which the minimum is what decides the cost.
pub(super) const AT_MINIMUM: f64 = 0.5;
/// Share of minutes at the maximum from which a range is none.
pub(super) const AT_MAXIMUM: f64 = 0.8;

/// Share of minutes with no more workers than the minimum. `None`: it does not autoscale.
pub(super) fn at_minimum(demand: &DayProfile, size: Size) -> Option<f64> {
    let Size::Autoscale { min, max } = size else { return None };
    (min < max).then(|| minutes_with(demand, |it| it <= min))
}

/// Share of minutes with the most workers. `None`: it does not autoscale.
pub(super) fn at_maximum(demand: &DayProfile, size: Size) -> Option<f64> {
    let Size::Autoscale { min, max } = size else { return None };
    (min < max).then(|| minutes_with(demand, |it| it >= max))
}

fn minutes_with(demand: &DayProfile, test: impl Fn(u32) -> bool) -> f64 {
    let all: u64 = demand.workers.values().sum();
    let hits: u64 = demand.workers.iter().filter(|it| test(u32::from(*it.0))).map(|it| it.1).sum();
    hits as f64 / all.max(1) as f64
}
