//! How a workload responds to its configuration, learned from whatever is known about it.
//!
//! Physics draws thousands of workloads that could be ([`Prior`]); a Gaussian process stands for what physics leaves over; other workloads
//! that were run on several places are looked at in the same way. What was seen of a workload weighs them all, and what is left are
//! runs that could be next: their spread is the interval, and their failures the probability of failure.

mod choice;
mod draws;
mod known;
mod looks;
mod physics;
mod places;
mod posterior;
mod prior;
mod residual;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use clusteriq_model::{Nodes, Observation, UsdPerHour};

pub use choice::{Advice, Recommended, Tolerance, Why};
pub use posterior::{Forecast, Posterior};
pub use prior::Prior;

use known::Curve;
use physics::Workload;
use places::Spot;

/// Workloads that are drawn.
const DRAWS: usize = 12_000;

/// The workloads that could be, at some places.
pub struct Population {
    prior: Prior,
    by_name: BTreeMap<(String, u32), usize>,
    spots: Vec<Spot>,
    /// What all nodes of a place cost an hour.
    prices: Vec<Option<UsdPerHour>>,
    workloads: Vec<Workload>,
    /// Natural logarithm of runtime, one row a workload.
    log_runtime: Vec<f64>,
    /// Probability of failure, one row a workload.
    failure: Vec<f64>,
    /// Natural logarithm of how many times longer it takes for want of memory, one row a workload.
    squeeze: Vec<f64>,
    known: Vec<Curve>,
}

impl Population {
    /// At these places and those of the known workloads' runs. A place that is named twice is the first of that name.
    #[must_use]
    pub fn new(prior: Prior, places: &[Nodes], known: &[Vec<Observation>]) -> Self {
        Self::of_draws(DRAWS, prior, places, known)
    }

    /// The same of so many draws: fewer are quicker and less exact.
    #[must_use]
    pub fn of_draws(draws: usize, prior: Prior, places: &[Nodes], known: &[Vec<Observation>]) -> Self {
        let slowness = known::slowness(known);
        let elsewhere = known.iter().flatten().map(|it| &it.nodes);
        let (mut by_name, mut spots, mut prices) = (BTreeMap::new(), vec![], vec![]);
        for it in places.iter().chain(elsewhere) {
            by_name.entry((it.node_type.clone(), it.workers)).or_insert_with(|| {
                spots.push(Spot::new(it, slowness.get(&it.node_type).copied().unwrap_or(0.0), &prior));
                prices.push(it.price.map(|price| price * f64::from(it.workers)));
                spots.len() - 1
            });
        }
        let workloads: Vec<Workload> = (0..draws).map(|it| Workload::draw(&prior, it)).collect();
        let (mut log_runtime, mut failure, mut squeeze) = (vec![], vec![], vec![]);
        for workload in &workloads {
            log_runtime.extend(spots.iter().map(|it| workload.log_runtime(it, &prior)));
            failure.extend(spots.iter().map(|it| workload.failure(it, &prior)));
            squeeze.extend(spots.iter().map(|it| workload.squeeze(it, &prior).ln()));
        }
        let mut population =
            Self { prior, by_name, spots, prices, workloads, log_runtime, failure, squeeze, known: vec![] };
        population.known = known.iter().filter_map(|it| Curve::of(it, &population)).collect();
        population
    }
}
