//! Other workloads that were run on several places: what one of them does says something about the next.

use std::collections::BTreeMap;

use clusteriq_model::{Observation, Usage};

use super::Population;
use super::looks::{Look, Looks};
use super::posterior::Seen;

/// Places at which a workload has to have run to say something.
const LEAST_PLACES: usize = 3;
/// Draws that are tried for the places at which it did not.
const DRAWS: usize = 1_500;
/// Part of what the physics thinks of failures that is left where a run came to its end, or did not.
const SEEN_FAILURE: f64 = 0.15;

/// A workload's runtime everywhere, as it was measured or as its other runs make it likely.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Natural logarithm of minutes, by place.
    pub(super) log_runtime: Vec<f64>,
    /// Probability of failure, by place.
    pub(super) failure: Vec<f64>,
    /// What it used, by place.
    pub(super) usage: Vec<Option<Usage>>,
    /// Natural logarithm of the bytes that it read.
    pub(super) log_input: Option<f64>,
}

impl Curve {
    /// Of its runs. `None`: too few places.
    pub(super) fn of(runs: &[Observation], among: &Population) -> Option<Self> {
        let seen = Seen::of(runs, among)?;
        if seen.completed.len() + seen.failed.len() < LEAST_PLACES {
            return None;
        }
        let drawn = (0..DRAWS.min(among.workloads.len())).map(Look::Drawn).collect();
        let drawn = Looks::new(among, &seen, drawn, 1.0);
        let (mut log_runtime, mut failure) = (drawn.log_runtime(among), drawn.failure(among));
        let mut usage = vec![None; log_runtime.len()];
        for (at, _, log) in &seen.completed {
            log_runtime[*at] = *log;
            failure[*at] *= SEEN_FAILURE;
        }
        for at in &seen.failed {
            failure[*at] = 1.0 - SEEN_FAILURE + SEEN_FAILURE * failure[*at];
        }
        for (at, it) in &seen.usage {
            usage[*at] = Some(*it);
        }
        Some(Self { log_runtime, failure, usage, log_input: seen.log_input })
    }
}

/// Natural logarithm of the time that a kind of node takes against others with as many cores, by kind: the median over workloads.
pub(super) fn slowness(known: &[Vec<Observation>]) -> BTreeMap<String, f64> {
    let mut by_kind: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for runs in known {
        // Runs on as many nodes with as many cores differ by the kind of node alone.
        let mut alike: BTreeMap<(u32, u64), BTreeMap<&str, f64>> = BTreeMap::new();
        for it in runs.iter().filter(|it| it.completed && it.runtime.0 > 0.0) {
            let like = (it.nodes.workers, it.nodes.cores.0.to_bits());
            alike.entry(like).or_default().insert(&it.nodes.node_type, it.runtime.0.ln());
        }
        let mut own: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for times in alike.values().filter(|it| it.len() > 1) {
            let mean = times.values().sum::<f64>() / times.len() as f64;
            for (kind, time) in times {
                own.entry(kind).or_default().push(time - mean);
            }
        }
        for (kind, mut differences) in own {
            by_kind.entry(kind.to_owned()).or_default().push(median(&mut differences));
        }
    }
    by_kind.into_iter().map(|(kind, mut it)| (kind, median(&mut it))).collect()
}

/// Of a list that is not empty; 0 otherwise.
pub(super) fn median(it: &mut [f64]) -> f64 {
    it.sort_by(f64::total_cmp);
    match (it.len(), it.len() / 2) {
        (0, _) => 0.0,
        (length, middle) if length % 2 == 1 => it[middle],
        (_, middle) => f64::midpoint(it[middle - 1], it[middle]),
    }
}
