//! What runs say about what the physics leaves over: a Gaussian process (Rasmussen and Williams, 2006, algorithm 2.1).

use super::places::Spot;
use super::prior::Prior;

/// The process under what was seen at some places.
pub(super) struct Conditional {
    /// Lower triangle of the Cholesky factor of the covariance of what was seen.
    factor: Vec<Vec<f64>>,
    /// For each place, how much of each difference that was seen it takes over.
    pub(super) shares: Vec<Vec<f64>>,
    /// For each place, the spread that is left for one run.
    pub(super) spread: Vec<f64>,
    /// Logarithm of the determinant's root.
    pub(super) log_size: f64,
}

impl Conditional {
    /// `seen`: places with so many runs each.
    pub(super) fn new(spots: &[Spot], seen: &[(usize, f64)], amplitude: f64, prior: &Prior) -> Self {
        let between = |a: usize, b: usize| spots[a].covariance(&spots[b], amplitude, prior);
        let noise = prior.noise.powi(2);
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(seen.len());
        for (row, (a, runs)) in seen.iter().enumerate() {
            let mut line = vec![0.0; row + 1];
            for column in 0..=row {
                let value = between(*a, seen[column].0) + if column == row { noise / runs } else { 0.0 };
                let before: f64 =
                    (0..column).map(|it| line[it] * factor.get(column).map_or(line[it], |of| of[it])).sum();
                let rest = value - before;
                line[column] =
                    if column == row { rest.max(noise * 1e-3).sqrt() } else { rest / factor[column][column] };
            }
            factor.push(line);
        }
        let log_size = factor.iter().enumerate().map(|it| it.1[it.0].ln()).sum();
        let mut it = Self { factor, shares: vec![], spread: vec![], log_size };
        for at in 0..spots.len() {
            let near: Vec<f64> = seen.iter().map(|of| between(at, of.0)).collect();
            let half = it.half(&near);
            let explained: f64 = half.iter().map(|it| it * it).sum();
            it.spread.push(((between(at, at) - explained).max(0.0) + noise).sqrt());
            it.shares.push(it.back(&half));
        }
        it
    }

    /// Solves with the factor.
    pub(super) fn half(&self, of: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(of.len());
        for (line, value) in self.factor.iter().zip(of) {
            let before: f64 = line.iter().zip(&solved).map(|it| it.0 * it.1).sum();
            solved.push((value - before) / line[solved.len()]);
        }
        solved
    }

    /// Solves with its transpose.
    fn back(&self, of: &[f64]) -> Vec<f64> {
        let mut solved = vec![0.0; of.len()];
        for row in (0..of.len()).rev() {
            let after: f64 = (row + 1..of.len()).map(|it| self.factor[it][row] * solved[it]).sum();
            solved[row] = (of[row] - after) / self.factor[row][row];
        }
        solved
    }
}
