//! What is believed of a workload once some of its runs were seen.

use std::collections::BTreeMap;

use clusteriq_model::{Fraction, Interval, Minutes, Nodes, Observation, Usage};

use super::Population;
use super::draws::Draws;
use super::looks::{Look, Looks, dot, weights};

/// Runs that could be next, of which each place's answer is made.
const SAMPLES: usize = 512;
/// How far the likely value leans from the median to the value of least relative error, 0 to 1.
const RELATIVE: f64 = 0.3;
/// Part of runs that are odd, and the spread of those, when predictions are judged.
const ODD: f64 = 0.03;
const FAR_OFF: f64 = 0.4;

/// Runs of one workload, by place.
pub(super) struct Seen {
    /// Place, number of runs, and mean logarithm of minutes.
    pub(super) completed: Vec<(usize, f64, f64)>,
    pub(super) failed: Vec<usize>,
    pub(super) usage: Vec<(usize, Usage)>,
    /// Mean natural logarithm of the bytes read.
    pub(super) log_input: Option<f64>,
}

impl Seen {
    /// `None`: a run was elsewhere than the population's places, or none came to its end.
    pub(super) fn of(runs: &[Observation], among: &Population) -> Option<Self> {
        let mut completed: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        let (mut failed, mut usage) = (vec![], BTreeMap::new());
        for it in runs {
            let at = among.place(&it.nodes)?;
            if it.completed && it.runtime.0 > 0.0 {
                completed.entry(at).or_default().push(it.runtime.0.ln());
                if let Some(used) = it.usage {
                    usage.insert(at, used);
                }
            } else {
                failed.push(at);
            }
        }
        let mean = |it: &[f64]| it.iter().sum::<f64>() / it.len() as f64;
        let completed: Vec<_> = completed.iter().map(|it| (*it.0, it.1.len() as f64, mean(it.1))).collect();
        let inputs = runs.iter().filter_map(|it| it.input_bytes).filter(|it| *it > 0).map(|it| (it as f64).ln());
        let inputs: Vec<f64> = inputs.collect();
        let log_input = (!inputs.is_empty()).then(|| mean(&inputs));
        (!completed.is_empty()).then(|| Self { completed, failed, usage: usage.into_iter().collect(), log_input })
    }

    /// Places at which runs came to their end, and how many.
    pub(super) fn places(&self) -> Vec<(usize, f64)> {
        self.completed.iter().map(|it| (it.0, it.1)).collect()
    }
}

/// What a run at a place would be like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Runtime of one run that comes to its end: four of five are within it; likely is a little below their median.
    pub runtime: Interval<Minutes>,
    /// Probability that it does not.
    pub failure: Fraction,
}

/// What is believed of one workload: runs that could be next, at each place.
pub struct Posterior {
    places: usize,
    /// Mean natural logarithm of minutes, one row a sample.
    center: Vec<f64>,
    /// Spread of that, one row a sample.
    spread: Vec<f64>,
    /// Where in it the sample is, in spreads, by sample.
    chance: Vec<f64>,
    /// Probability of failure of the workload that the sample is of.
    failure: Vec<f64>,
}

impl Posterior {
    fn of(among: &Population, seen: &Seen) -> Self {
        let prior = &among.prior;
        let drawn = (0..among.workloads.len()).map(Look::Drawn).collect();
        let drawn = Looks::new(among, seen, drawn, 1.0);
        let others = if among.known.is_empty() {
            vec![]
        } else if seen.usage.is_empty() {
            let known = among.known.iter().cycle();
            known.take(among.workloads.len()).enumerate().map(|it| Look::Mixed(it.1, it.0)).collect()
        } else {
            let opinion = drawn.failure(among);
            let share = prior.others_failure;
            let failure =
                |own: &[f64]| own.iter().zip(&opinion).map(|it| share * it.1 + (1.0 - share) * it.0).collect();
            among.known.iter().map(|it| Look::Known(it, failure(&it.failure))).collect()
        };
        let (few, amplitude) = if seen.usage.is_empty() {
            (prior.others, prior.others_left_over)
        } else {
            (prior.others_with_usage, prior.others_left_over_with_usage)
        };
        let others = Looks::new(among, seen, others, amplitude);
        let share = among.known.len() as f64 / (among.known.len() as f64 + few);
        let each = |it: &Looks<'_>, share: f64| (share / it.looks.len().max(1) as f64).ln();
        let (of_drawn, of_others) = (each(&drawn, 1.0 - share), each(&others, share));
        let likely = drawn.likely.iter().map(|it| it + of_drawn).chain(others.likely.iter().map(|it| it + of_others));
        let likely: Vec<f64> = likely.collect();
        let room = || Vec::with_capacity(SAMPLES * among.spots.len());
        let mut it =
            Self { places: among.spots.len(), center: room(), spread: room(), chance: vec![], failure: room() };
        for (sample, which) in spread(&weights(&likely), SAMPLES).into_iter().enumerate() {
            let chance = Draws::of(usize::MAX - sample).normal();
            match which.checked_sub(drawn.looks.len()) {
                None => it.push(among, &drawn, which, chance),
                Some(which) => it.push(among, &others, which, chance),
            }
        }
        it
    }

    fn push(&mut self, among: &Population, looks: &Looks<'_>, which: usize, chance: f64) {
        let (look, off, given) = (&looks.looks[which], &looks.off[which], &looks.given);
        self.chance.push(chance);
        for at in 0..self.places {
            self.center.push(look.log_runtime(among, at) + dot(&given.shares[at], off));
            self.spread.push(given.spread[at]);
            self.failure.push(look.failure(among, at));
        }
    }

    /// Minutes and probability of failure of every sample at a place.
    pub(super) fn samples(&self, at: usize) -> impl Iterator<Item = (Minutes, f64)> {
        self.chance.iter().enumerate().map(move |(sample, chance)| {
            let it = sample * self.places + at;
            (Minutes((self.center[it] + self.spread[it] * chance).exp()), self.failure[it])
        })
    }

    /// Natural logarithm of the density, per unit of the logarithm of minutes, that was given to a run which then came to its end after so
    /// long; `None` instead of a runtime: of the probability that was given to its failure. For judging predictions: one run in thirty is
    /// allowed to be far off.
    #[must_use]
    pub fn foresaw(&self, at: usize, runtime: Option<Minutes>) -> f64 {
        let bell =
            |off: f64, spread: f64| (-(off / spread).powi(2) / 2.0).exp() / spread / std::f64::consts::TAU.sqrt();
        let of = |sample: usize| {
            let it = sample * self.places + at;
            let Some(runtime) = runtime else { return self.failure[it] };
            let off = runtime.0.ln() - self.center[it];
            let wide = self.spread[it].hypot(FAR_OFF);
            (1.0 - self.failure[it]) * ((1.0 - ODD) * bell(off, self.spread[it]) + ODD * bell(off, wide))
        };
        let sum: f64 = (0..self.chance.len()).map(of).sum();
        (sum / self.chance.len() as f64).max(1e-6).ln()
    }

    /// What a run at one of the population's places would be like, by its number.
    #[must_use]
    pub fn forecast(&self, at: usize) -> Forecast {
        Forecast::of(&self.samples(at).collect::<Vec<_>>())
    }
}

impl Forecast {
    /// Of what every sample is like.
    pub(super) fn of(samples: &[(Minutes, f64)]) -> Self {
        let mut minutes: Vec<f64> = samples.iter().map(|it| it.0.0).collect();
        minutes.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| minutes[((minutes.len() - 1) as f64 * share).round() as usize];
        // The median would be right half of the time; with weights of 1 / minutes it has the least expected relative error (Gneiting, 2011,
        // section 2.4), and promises more than comes true. This is between the two. Every eighth sample is exact enough.
        let some = || minutes.iter().skip(3).step_by(8).map(|it| (*it, it.powf(-RELATIVE)));
        let mut left = some().map(|it| it.1).sum::<f64>() / 2.0;
        let likely = some().find(|it| {
            left -= it.1;
            left <= 0.0
        });
        let likely = likely.map_or_else(|| quantile(0.5), |it| it.0);
        Self {
            runtime: Interval::spanning(quantile(0.1), likely, quantile(0.9)).map(Minutes),
            failure: Fraction(samples.iter().map(|it| it.1).sum::<f64>() / samples.len() as f64),
        }
    }
}

impl Population {
    /// What is believed of a workload of which these runs were seen. `None`: none of them came to its end, or one was at a place that the
    /// population does not have.
    #[must_use]
    pub fn posterior(&self, runs: &[Observation]) -> Option<Posterior> {
        Some(Posterior::of(self, &Seen::of(runs, self)?))
    }

    /// The number of a place. `None`: the population does not have it.
    #[must_use]
    pub fn place(&self, it: &Nodes) -> Option<usize> {
        self.by_name.get(&(it.node_type.clone(), it.workers)).copied()
    }
}

/// So many numbers of weights, each as often as it weighs: systematic resampling (Kitagawa, 1996).
fn spread(weights: &[f64], samples: usize) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(samples);
    let (mut number, mut sum) = (0, weights.first().copied().unwrap_or(1.0));
    for sample in 0..samples {
        let mark = (sample as f64 + 0.5) / samples as f64;
        while sum < mark && number + 1 < weights.len() {
            number += 1;
            sum += weights[number];
        }
        chosen.push(number);
    }
    chosen
}
