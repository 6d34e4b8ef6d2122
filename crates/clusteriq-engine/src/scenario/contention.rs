//! Jobs that run at once on a shared cluster: each has a part of it, and is done sooner when another goes.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{Cluster, Interval, JobKey, Usd};

use crate::profile::RunTrace;
use crate::profile::activity::Span;
use crate::whatif::Cost;

/// Use of the cores from which work is held up by them.
const SATURATED: f64 = 0.85;
/// How far the cost of contested demand may be below and above what its part says, and likely is: an assumption; alone, a run has
/// stretches in which it fills no cores, which another's filled.
const DOUBT: (f64, f64, f64) = (0.2, 0.15, 0.4);
/// Part of the cores' time that those who stay really gain.
const GAINED: f64 = 0.7;

/// How many of the other jobs run in a minute.
fn others(jobs: &BTreeMap<JobKey, Vec<Span>>, own: &JobKey, at: i64) -> usize {
    jobs.iter().filter(|it| it.0 != own && holds(it.1, at)).count()
}

fn holds(spans: &[Span], at: i64) -> bool {
    spans.iter().any(|it| it.from <= at && at < it.until)
}

/// A run's demand as that of the part of the cluster which it had: who else ran in a minute is taken to have had as much.
pub(super) fn own_part(trace: &mut RunTrace, jobs: &BTreeMap<JobKey, Vec<Span>>, own: &JobKey) {
    for (offset, minute) in trace.minutes.iter_mut().enumerate() {
        let part = 1.0 / (1 + others(jobs, own, trace.start + offset as i64)) as f64;
        for it in [
            &mut minute.workers,
            &mut minute.capacity,
            &mut minute.used,
            &mut minute.waiting,
            &mut minute.memory,
            &mut minute.driver,
        ] {
            *it *= part;
        }
    }
}

/// Share of a job's minutes in which others run too.
pub(super) fn contested(jobs: &BTreeMap<JobKey, Vec<Span>>, own: &JobKey) -> f64 {
    let Some(spans) = jobs.get(own) else { return 0.0 };
    let minutes = || spans.iter().flat_map(|it| it.from..it.until);
    minutes().filter(|at| others(jobs, own, *at) > 0).count() as f64 / minutes().count().max(1) as f64
}

/// The cost of demand of which a share was contested: whose it was is a guess.
pub(super) fn doubted(cost: Cost, contested: f64) -> Cost {
    let doubt = |it: Interval<Usd>| {
        let (low, likely, high) = DOUBT;
        Interval::spanning(
            it.low * (1.0 - low * contested),
            it.likely * (1.0 + likely * contested),
            it.high * (1.0 + high * contested),
        )
    };
    Cost { dbu: cost.dbu.map(doubt), vm: cost.vm.map(doubt) }
}

/// Minutes by which the jobs that stay are done sooner when others move off: in a minute that they share, those that go had
/// their part of the cores, as far as cores were what held the work up.
pub(super) fn sooner(cluster: &Cluster, jobs: &BTreeMap<JobKey, Vec<Span>>, moved: &BTreeSet<&JobKey>) -> f64 {
    let minutes = cluster.minutes.iter().map(|minute| {
        let running = |it: &&(&JobKey, &Vec<Span>)| holds(it.1, minute.at);
        let (go, stay): (Vec<_>, Vec<_>) = jobs.iter().filter(|it| running(&it)).partition(|it| moved.contains(it.0));
        if go.is_empty() || stay.is_empty() {
            return 0.0;
        }
        let busy =
            minute.used().zip(minute.capacity()).map_or(0.0, |(used, all)| used.0 / (all.0 * SATURATED).max(1e-9));
        go.len() as f64 / (go.len() + stay.len()) as f64 * busy.clamp(0.0, 1.0).powi(2) * GAINED
    });
    minutes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::trace;

    fn key(id: &str) -> JobKey {
        JobKey { workspace: clusteriq_model::WorkspaceId("1".into()), id: id.into() }
    }

    #[test]
    fn a_run_has_half_of_the_cluster_while_another_job_runs() {
        let mut it = trace(10, 4, 4.0, 8.0);
        it.start = 100;
        let jobs = BTreeMap::from([
            (key("own"), vec![Span { from: 100, until: 110 }]),
            (key("other"), vec![Span { from: 105, until: 130 }]),
        ]);
        own_part(&mut it, &jobs, &key("own"));
        let used: Vec<f64> = it.minutes.iter().map(|it| it.used).collect();
        assert_eq!(used, [8.0, 8.0, 8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0, 4.0]);
        // Its share of the cores is as it was measured.
        assert!(it.minutes.iter().all(|it| it.used / it.capacity == 0.5));
    }
}
