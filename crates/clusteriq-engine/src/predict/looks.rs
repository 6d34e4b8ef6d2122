//! Ways to look at a workload, and how likely each is given what was seen of it.

use clusteriq_model::Usage;

use super::Population;
use super::known::Curve;
use super::posterior::Seen;
use super::residual::Conditional;

/// Densities that usage of which a look has no idea is given: as if anything were as likely.
const ANY_WAITING: f64 = 0.15;
const ANY_MEMORY: f64 = 2.0;
const ANY_RUNTIME: f64 = 3.0;
/// Where a difference of usage stops to count, in squared spreads.
const MOST_UNLIKE: f64 = 9.0;

/// One way to look at a workload: its runtime and failures everywhere.
pub(super) enum Look<'a> {
    /// Like the drawn one of that number.
    Drawn(usize),
    /// Like one that was run elsewhere, whose failures are partly the physics' opinion.
    Known(&'a Curve, Vec<f64>),
    /// It scales like one that was run elsewhere, and needs memory like the drawn one of that number.
    Mixed(&'a Curve, usize),
}

impl Look<'_> {
    /// Natural logarithm of minutes, up to a constant.
    pub(super) fn log_runtime(&self, among: &Population, at: usize) -> f64 {
        let row = among.spots.len();
        match self {
            Self::Drawn(number) => among.log_runtime[number * row + at],
            Self::Known(curve, _) => curve.log_runtime[at],
            Self::Mixed(curve, number) => curve.log_runtime[at] + among.squeeze[number * row + at],
        }
    }

    /// Probability of failure.
    pub(super) fn failure(&self, among: &Population, at: usize) -> f64 {
        match self {
            Self::Drawn(number) | Self::Mixed(_, number) => among.failure[number * among.spots.len() + at],
            Self::Known(_, failure) => failure[at],
        }
    }

    /// Logarithm of how likely what the runs used is.
    fn usage(&self, among: &Population, seen: &Seen) -> f64 {
        seen.usage.iter().map(|it| self.usage_at(among, seen, it)).sum()
    }

    fn usage_at(&self, among: &Population, seen: &Seen, (at, used): &(usize, Usage)) -> f64 {
        let prior = &among.prior;
        let off = |a: Option<f64>, b: Option<f64>, spread: f64| {
            a.zip(b).map_or(0.0, |it| ((it.0 - it.1) / spread).powi(2)) / 2.0
        };
        match self {
            Self::Drawn(number) | Self::Mixed(_, number) => {
                let busy = among.workloads[*number].busy(&among.spots[*at], prior);
                let any = prior.physics_busy * ANY_WAITING * ANY_MEMORY * ANY_RUNTIME;
                -off(Some(used.busy.0), Some(busy), prior.physics_busy).min(MOST_UNLIKE / 2.0) - any.ln()
            }
            Self::Known(curve, _) => {
                let own = curve.usage[*at];
                let waiting = |it: Usage| it.waiting.map(|it| it.0);
                let memory = |it: Usage| it.memory.map(|it| it.0.max(0.1).ln());
                let unlike = off(Some(used.busy.0), own.map(|it| it.busy.0), prior.usage_busy)
                    + off(waiting(*used), own.and_then(waiting), prior.usage_waiting)
                    + off(memory(*used), own.and_then(memory), prior.usage_memory);
                let input = off(seen.log_input, curve.log_input, prior.usage_input).min(MOST_UNLIKE / 2.0);
                let unlike = if own.is_none() { MOST_UNLIKE / 2.0 } else { unlike.min(1.5 * MOST_UNLIKE) };
                let runtime = seen.completed.iter().find(|it| it.0 == *at).map(|it| it.2);
                let longer = off(runtime, Some(curve.log_runtime[*at]), prior.usage_runtime);
                let spread = prior.usage_busy * prior.usage_waiting * prior.usage_memory * prior.usage_runtime;
                -unlike - input - longer.min(MOST_UNLIKE / 2.0) - spread.ln()
            }
        }
    }
}

/// Looks of one kind, each as likely as the next before anything was seen.
pub(super) struct Looks<'a> {
    pub(super) looks: Vec<Look<'a>>,
    pub(super) given: Conditional,
    /// What was seen against each look, logarithms.
    pub(super) off: Vec<Vec<f64>>,
    /// Logarithm of each look's likelihood.
    pub(super) likely: Vec<f64>,
}

impl<'a> Looks<'a> {
    /// `amplitude`: what these leave over, as a share of what the physics does.
    pub(super) fn new(among: &Population, seen: &Seen, looks: Vec<Look<'a>>, amplitude: f64) -> Self {
        let given = Conditional::new(&among.spots, &seen.places(), amplitude, &among.prior);
        let (mut off, mut likely) = (vec![], vec![]);
        for look in &looks {
            let differences: Vec<f64> = seen.completed.iter().map(|it| it.2 - look.log_runtime(among, it.0)).collect();
            let square: f64 = given.half(&differences).iter().map(|it| it * it).sum();
            let went: f64 = seen.completed.iter().map(|it| (1.0 - look.failure(among, it.0)).ln()).sum();
            let failed: f64 = seen.failed.iter().map(|it| look.failure(among, *it).ln()).sum();
            likely.push(went + failed - square / 2.0 - given.log_size + look.usage(among, seen));
            off.push(differences);
        }
        Self { looks, given, off, likely }
    }

    /// Mean over the looks of something by place.
    fn mean(&self, among: &Population, of: impl Fn(&Look<'_>, usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; among.spots.len()];
        for (look, weight) in self.looks.iter().zip(weights(&self.likely)).filter(|it| it.1 > 1e-9) {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += weight * of(look, at);
            }
        }
        sums
    }

    /// Probability of failure by place.
    pub(super) fn failure(&self, among: &Population) -> Vec<f64> {
        self.mean(among, |look, at| look.failure(among, at))
    }

    /// Mean logarithm of minutes by place.
    pub(super) fn log_runtime(&self, among: &Population) -> Vec<f64> {
        let mut means = self.mean(among, |look, at| look.log_runtime(among, at));
        let mut left = vec![0.0; self.off.first().map_or(0, Vec::len)];
        for (off, weight) in self.off.iter().zip(weights(&self.likely)) {
            for (sum, off) in left.iter_mut().zip(off) {
                *sum += weight * off;
            }
        }
        for (mean, shares) in means.iter_mut().zip(&self.given.shares) {
            *mean += dot(shares, &left);
        }
        means
    }
}

/// Sum of products.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|it| it.0 * it.1).sum()
}

/// Weights that add up to 1, of logarithms.
pub(super) fn weights(logarithms: &[f64]) -> Vec<f64> {
    let most = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut weights: Vec<f64> = logarithms.iter().map(|it| (it - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|it| *it /= sum);
    weights
}
