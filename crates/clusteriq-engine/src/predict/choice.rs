//! Which configuration to run on next: the one that is worth most over the runs to come, if the chance that it harms is small enough.

use clusteriq_model::{Fraction, Hours, Minutes, Observation, Usd, UsdPerHour};

use super::{Forecast, Population};

/// What may happen for the sake of a saving.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// How much longer than today a run may take, e.g. 1.2 times.
    pub slowdown: f64,
    /// How probable it may be that a change for good costs more than today, or fails.
    pub harm: f64,
    /// How probable it may be that a change for good takes longer than that.
    pub slow: f64,
    /// How probable it may be that a run fails after a change for good.
    pub failure: f64,
    /// How probable it may be that one run for trial, which is undone if it is worse, is worse in any of these ways.
    pub trial: f64,
    /// How probable it may be that such a run fails.
    pub trial_failure: f64,
    /// What a bad run costs besides its bill, in runs of today: somebody waits, and somebody asks why.
    pub bad_run: f64,
    /// What a trial has to be worth, in runs of today, when thirty are to come; with fewer it is as much less as their root.
    pub least_worth: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            slowdown: 1.2,
            harm: 0.25,
            slow: 0.3,
            failure: 0.02,
            trial: 0.9,
            trial_failure: 0.04,
            bad_run: 2.0,
            least_worth: 0.75,
        }
    }
}

/// A run that costs more by less than this is not called harm: two runs of the same thing differ by more.
const SAME: f64 = 1.02;
/// Runs to come for which the least worth is meant.
const USUAL_RUNS: f64 = 30.0;

/// Why nothing is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No run came to its end yet: there is nothing to learn from, and nothing to go back to.
    NothingSeen,
    /// The price of where it ran today is not known.
    NoPrice,
    /// No other configuration is worth the risk.
    NothingBetter,
}

/// What to do next, and what every candidate would be like.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// What to run on next, or why on nothing else.
    pub recommended: Result<Recommended, Why>,
    /// Of each candidate; empty if nothing was seen.
    pub forecasts: Vec<Forecast>,
}

/// A candidate that is worth its risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recommended {
    /// Its number among the candidates.
    pub candidate: usize,
    /// How probable it is that it is worse than today: dearer, slower than tolerated, or failing.
    pub risk: Fraction,
    /// What it is worth: a change for good what it saves, as a share of today's cost; a trial what it brings over the runs to come, in runs
    /// of today.
    worth: f64,
}

/// What a candidate promises and threatens, on average over what it could be like; money in runs of today.
#[derive(Default)]
struct Prospect {
    gain: f64,
    damage: f64,
    saving: f64,
    harm: f64,
    slow: f64,
    failure: f64,
    /// Any of the three.
    bad: f64,
}

impl Population {
    /// `candidates`: places of this population by number. `observed`: today's run, then those that followed. `remaining`: runs to come,
    /// with the next one; with one there is no time to go back, so that what is recommended is a change for good.
    #[must_use]
    pub fn advise(&self, candidates: &[usize], observed: &[Observation], remaining: u32, may: &Tolerance) -> Advice {
        let Some(posterior) = self.posterior(observed) else {
            return Advice { recommended: Err(Why::NothingSeen), forecasts: vec![] };
        };
        let ask = Ask::of(observed, may);
        let seen: Vec<usize> = observed.iter().filter_map(|it| self.place(&it.nodes)).collect();
        let mut forecasts = vec![];
        let mut chosen: Option<Recommended> = None;
        let mut samples = vec![];
        for (candidate, at) in candidates.iter().enumerate() {
            samples.clear();
            samples.extend(posterior.samples(*at));
            forecasts.push(Forecast::of(&samples));
            let (Ok(ask), Some(price)) = (&ask, self.prices[*at]) else { continue };
            if seen.contains(at) {
                continue;
            }
            let of = Prospect::of(&samples, price, ask);
            let worth = if remaining > 1 { of.trial(f64::from(remaining), may) } else { of.for_good(may) };
            if let Some(worth) = worth.filter(|it| chosen.is_none_or(|than| *it > than.worth)) {
                chosen = Some(Recommended { candidate, risk: Fraction(of.bad), worth });
            }
        }
        let recommended = ask.and_then(|_| chosen.ok_or(Why::NothingBetter));
        Advice { recommended, forecasts }
    }
}

/// What a candidate is held against.
struct Ask {
    /// The longest tolerated runtime.
    limit: Minutes,
    /// What today's run cost.
    today: Usd,
    /// What the cheapest tolerated run so far cost.
    best: Usd,
}

impl Ask {
    fn of(observed: &[Observation], may: &Tolerance) -> Result<Self, Why> {
        let first = observed.first().ok_or(Why::NothingSeen)?;
        let limit = first.runtime * may.slowdown;
        let today = first.nodes.cost(first.runtime).ok_or(Why::NoPrice)?;
        let went = observed.iter().filter(|it| it.completed && it.runtime <= limit);
        let best = went.filter_map(|it| it.nodes.cost(it.runtime)).fold(today, Usd::min);
        Ok(Self { limit, today, best })
    }
}

impl Prospect {
    /// `price`: what all nodes cost an hour.
    fn of(samples: &[(Minutes, f64)], price: UsdPerHour, ask: &Ask) -> Self {
        let best = ask.best / ask.today;
        let mut sum = Self::default();
        let mut number = 0.0;
        for &(runtime, failure) in samples {
            number += 1.0;
            let (went, cost) = (1.0 - failure, price * Hours::from(runtime) / ask.today);
            let slow = runtime > ask.limit;
            if !slow {
                sum.gain += went * (best - cost).max(0.0);
            }
            // A run that fails is paid for, and then again where it does not fail.
            sum.damage += went * (cost - best).max(0.0) + failure * (2.0 - best);
            sum.saving += went * (1.0 - cost) - failure;
            sum.failure += failure;
            sum.harm += failure + if cost > SAME { went } else { 0.0 };
            sum.slow += if slow { went } else { 0.0 };
            sum.bad += failure + if slow || cost > SAME { went } else { 0.0 };
        }
        let Self { gain, damage, saving, harm, slow, failure, bad } = &mut sum;
        for it in [gain, damage, saving, harm, slow, failure, bad] {
            *it /= number;
        }
        sum
    }

    /// What it is worth to try it once and go on with the better one, in runs of today. `None`: too little, or too risky.
    fn trial(&self, remaining: f64, may: &Tolerance) -> Option<f64> {
        let worth = self.gain * (remaining - 1.0) - self.damage - may.bad_run * self.bad;
        let enough = may.least_worth * (remaining / USUAL_RUNS).sqrt();
        (self.bad <= may.trial && self.failure <= may.trial_failure && worth >= enough).then_some(worth)
    }

    /// What it is worth to change to it for good, as a share of today's cost. `None`: nothing, or too risky.
    fn for_good(&self, may: &Tolerance) -> Option<f64> {
        let safe = self.harm <= may.harm && self.slow <= may.slow && self.failure <= may.failure;
        (safe && self.saving > SAME - 1.0).then_some(self.saving)
    }
}
