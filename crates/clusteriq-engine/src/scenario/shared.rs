//! Several jobs on one job cluster: their demand in the same minutes adds up.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{Compute, Fleet, JobKey, Usd};

use crate::profile::{JobProfile, Profiles, RunTrace, TraceMinute};
use crate::whatif::{self, Quote, per_month};

/// Runs at most so far apart share a cluster's life.
pub(super) const TOGETHER_MINUTES: i64 = 15;

/// Runs of several jobs as one: runs that overlap or follow within a quarter of an hour become one trace, with one start-up.
#[must_use]
pub fn merged_traces(traces: &[&RunTrace]) -> Vec<RunTrace> {
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
    groups.iter().map(|it| merged(it)).collect()
}

fn merged(traces: &[&RunTrace]) -> RunTrace {
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

/// What a group of jobs would cost on one shared job cluster.
#[must_use]
pub fn shared_quote(fleet: &Fleet, profiles: &Profiles, group: &BTreeSet<JobKey>, compute: &Compute) -> Option<Quote> {
    let members: Option<Vec<_>> = group.iter().map(|it| profiles.jobs.get(it)).collect();
    let members = members?;
    let traces: Vec<&RunTrace> = members.iter().flat_map(|it| &it.0.traces).collect();
    let now = members.first()?.0.compute.as_ref()?;
    let merged = merged_traces(&traces);
    let runs: usize = members.iter().map(|it| it.0.started).sum();
    let together = merged.len() as f64 / traces.len().max(1) as f64;
    let rate = members.iter().find_map(|it| it.0.rate);
    let per_month = runs as f64 * per_month(fleet) * together;
    let response = &members.first()?.0.response;
    let mut quote = whatif::quote(fleet, &merged, now, compute, rate, per_month, response)?;
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
