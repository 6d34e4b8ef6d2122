//! Several jobs on one job cluster: their demand in the same minutes adds up.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{Compute, Fleet, Interval, JobKey, Usd};

use crate::profile::{JobProfile, Profiles, RunTrace, TraceMinute};
use crate::whatif::{self, Cost, Quote, per_month};

/// Runs at most so far apart share a cluster's life.
pub(super) const TOGETHER_MINUTES: i64 = 15;

/// Runs of several jobs that share a cluster's life: those that overlap or follow within a quarter of an hour, in order.
fn together<'a>(traces: &[&'a RunTrace]) -> Vec<Vec<&'a RunTrace>> {
    let mut sorted: Vec<&RunTrace> = traces.to_vec();
    sorted.sort_by_key(|it| (it.start, it.run_id.clone()));
    let mut groups: Vec<Vec<&RunTrace>> = vec![];
    let mut until = i64::MIN;
    for it in sorted {
        if it.start > until + TOGETHER_MINUTES || groups.is_empty() {
            groups.push(vec![]);
        }
        groups.last_mut().expect("one was pushed if there was none").push(it);
        until = until.max(it.start + it.minutes.len() as i64);
    }
    groups
}

/// One after another on one cluster: each has it to itself, and nobody's idle cores serve another.
fn in_turn(traces: &[&RunTrace]) -> RunTrace {
    let first = traces[0];
    let starting = first.minutes.iter().filter(|it| it.starting);
    let work = traces.iter().flat_map(|it| it.work());
    let minutes = starting.chain(work).copied().collect();
    RunTrace { run_id: first.run_id.clone(), start: first.start, minutes, billed: None, succeeded: true }
}

/// Side by side: their demand in the same minutes adds up.
fn side_by_side(traces: &[&RunTrace]) -> RunTrace {
    let mut work: BTreeMap<i64, TraceMinute> = BTreeMap::new();
    for trace in traces {
        for (offset, minute) in trace.minutes.iter().enumerate().filter(|it| !it.1.starting) {
            let at = trace.start + offset as i64;
            let sum = work.entry(at).or_insert(TraceMinute {
                workers: 0.0,
                capacity: 0.0,
                used: 0.0,
                waiting: 0.0,
                memory: 0.0,
                fullest: 0.0,
                driver: 0.0,
                driver_memory: 0.0,
                swap: 0.0,
                starting: false,
            });
            sum.workers += minute.workers;
            sum.capacity += minute.capacity;
            sum.used += minute.used;
            sum.waiting += minute.waiting;
            sum.swap = sum.swap.max(minute.swap);
            sum.memory += minute.memory;
            sum.fullest = sum.fullest.max(minute.fullest);
            sum.driver = (sum.driver + minute.driver).min(1.0);
            sum.driver_memory = (sum.driver_memory + minute.driver_memory).min(1.0);
        }
    }
    let first = traces.iter().min_by_key(|it| it.start).expect("a group has a trace");
    let mut minutes: Vec<TraceMinute> = first.minutes.iter().filter(|it| it.starting).copied().collect();
    // Between two runs the cluster waits: its nodes are up and do nothing.
    let (from, until) = (work.keys().next().copied().unwrap_or(0), work.keys().next_back().copied().unwrap_or(-1));
    let mut last = work.values().next().copied();
    for at in from..=until {
        if let Some(minute) = work.get(&at) {
            last = Some(*minute);
            minutes.push(*minute);
        } else if let Some(it) = last {
            minutes.push(TraceMinute { used: 0.0, waiting: 0.0, driver: 0.0, memory: 0.0, fullest: 0.0, ..it });
        }
    }
    RunTrace { run_id: first.run_id.clone(), start: first.start, minutes, billed: None, succeeded: true }
}

/// What a group of jobs would cost on one shared job cluster. How far they run side by side there depends on how they are put
/// together, which is not known: one after another and side by side are the bounds, and the middle is likely.
#[must_use]
pub fn shared_quote(fleet: &Fleet, profiles: &Profiles, group: &BTreeSet<JobKey>, compute: &Compute) -> Option<Quote> {
    let members: Option<Vec<_>> = group.iter().map(|it| profiles.jobs.get(it)).collect();
    let members = members?;
    let traces: Vec<&RunTrace> = members.iter().flat_map(|it| &it.0.traces).collect();
    let now = members.first()?.0.compute.as_ref()?;
    let groups = together(&traces);
    let runs: usize = members.iter().map(|it| it.0.started).sum();
    let rate = members.iter().find_map(|it| it.0.rate);
    let lives = runs as f64 * per_month(fleet) * groups.len() as f64 / traces.len().max(1) as f64;
    let response = &members.first()?.0.response;
    let of = |put: fn(&[&RunTrace]) -> RunTrace| {
        let lives_then: Vec<RunTrace> = groups.iter().map(|it| put(it)).collect();
        whatif::quote(fleet, &lives_then, now, compute, rate, lives, response)
    };
    let (side, turn) = (of(side_by_side)?, of(in_turn)?);
    let held_up = held_up(&groups, turn.stretch.likely);
    let mut quote = between(side, turn, held_up);
    // As each job alone: the bill is the truth, and the model only says by how much a change moves it.
    let bent = |it: &JobProfile| {
        let own = it.compute.as_ref()?;
        let runs = it.started as f64 * whatif::per_month(fleet);
        let raw = whatif::quote(fleet, &it.traces, own, own, it.rate, runs, &it.response)?.cost.dbu?.likely;
        Some((whatif::job_on(fleet, it, own)?.cost.dbu?.likely, raw))
    };
    let sums: Option<Vec<_>> = members.iter().map(|it| bent(&it.0)).collect();
    if let Some(sums) = sums {
        let (billed, raw) = sums.into_iter().fold((Usd(0.0), Usd(0.0)), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let k = if raw > Usd(0.0) { billed / raw } else { 1.0 };
        quote.cost.dbu = quote.cost.dbu.map(|it| it.map(|it| it * k));
    }
    Some(quote)
}

/// How much longer runs take if each waits for those before it: from when it is asked for to its end, against now.
fn held_up(groups: &[Vec<&RunTrace>], stretch: f64) -> f64 {
    let (mut then, mut now) = (0.0, 0.0);
    for group in groups {
        let first = group[0];
        let mut done = first.starting() as f64;
        for it in group {
            let (work, own) = (it.work().count() as f64, it.minutes.len() as f64);
            done += work * stretch;
            then += (done - (it.start - first.start) as f64).max(work * stretch);
            now += own;
        }
    }
    then / f64::max(now, 1.0)
}

/// The middle of the two ways to put runs together, and both as bounds.
fn between(side: Quote, turn: Quote, held_up: f64) -> Quote {
    let middle = |a: Interval<Usd>, b: Interval<Usd>| {
        Interval::spanning(a.likely.min(b.likely), (a.likely + b.likely) * 0.5, a.likely.max(b.likely))
    };
    let both = |a: Option<Interval<Usd>>, b: Option<Interval<Usd>>| Some(middle(a?, b?));
    let stretch = (side.stretch.likely, held_up);
    Quote {
        cost: Cost { dbu: both(side.cost.dbu, turn.cost.dbu), vm: both(side.cost.vm, turn.cost.vm) },
        stretch: Interval::spanning(
            stretch.0.min(stretch.1),
            f64::midpoint(stretch.0, stretch.1),
            stretch.0.max(stretch.1),
        ),
        peak_memory: side.peak_memory.max(turn.peak_memory),
        driver_memory: side.driver_memory.max(turn.driver_memory),
        ..side
    }
}
