//! What the standard performance mode of serverless jobs costs of the optimized one.

use std::collections::BTreeMap;

use clusteriq_model::{Fleet, Interval, JobKey};

use crate::profile::job::quantile;

/// The billing table's words.
pub const OPTIMIZED: &str = "PERFORMANCE_OPTIMIZED";
/// See [`OPTIMIZED`].
pub const STANDARD: &str = "STANDARD";
/// Where nobody ran in both modes: an assumption. Databricks' price page says that standard is up to 70 % cheaper (quoted at
/// community.databricks.com, message 47268, read 2026-11); most work gains less, because only the number of DBUs differs.
const PRIOR: Interval<f64> = Interval { low: 0.5, likely: 0.65, high: 0.75 };
/// No more than this is ever promised: 70 % less.
const LEAST: f64 = 0.3;
/// Runs in each mode that make a measurement.
const LEAST_RUNS: usize = 3;

/// What a job's serverless runs were billed, by mode, in US dollars.
#[must_use]
pub fn modes<'a>(fleet: &'a Fleet, job: &JobKey) -> BTreeMap<&'a str, Vec<f64>> {
    let mut modes: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let runs = fleet.bill.performance.range((job.clone(), String::new())..).take_while(|it| it.0.0 == *job);
    for (run, mode) in runs {
        let billed = fleet.bill.runs.get(run).map(|it| it.estimate().0);
        modes.entry(mode).or_default().extend(billed);
    }
    modes
}

/// The ratio for a job: its own runs in both modes, else those of the account's other jobs, else what is usual.
pub fn standard_ratio(fleet: &Fleet, job: &JobKey, account: Option<Interval<f64>>) -> Interval<f64> {
    measured(&modes(fleet, job)).or(account).unwrap_or(PRIOR)
}

/// Whether the job's own runs tell.
fn measured(modes: &BTreeMap<&str, Vec<f64>>) -> Option<Interval<f64>> {
    let (optimized, standard) = (modes.get(OPTIMIZED)?, modes.get(STANDARD)?);
    if optimized.len() < LEAST_RUNS || standard.len() < LEAST_RUNS {
        return None;
    }
    let (a, b) = (mean(optimized), mean(standard));
    if a <= 0.0 {
        return None;
    }
    let error = (error(optimized, a).powi(2) + error(standard, b).powi(2)).sqrt().clamp(0.03, 0.4);
    Some(Interval::around(b / a, error).at_least(LEAST).at_most(1.0))
}

/// From all jobs that ran in both modes.
pub(super) fn account_ratio(fleet: &Fleet) -> Option<Interval<f64>> {
    let mut seen: Vec<&JobKey> = fleet.bill.performance.keys().map(|it| &it.0).collect();
    seen.dedup();
    let mut ratios: Vec<f64> = seen.iter().filter_map(|it| measured(&modes(fleet, it))).map(|it| it.likely).collect();
    ratios.sort_by(f64::total_cmp);
    if ratios.len() < LEAST_RUNS {
        return None;
    }
    let at = |share| quantile(&ratios, share);
    let (low, likely, high) = (at(0.1)?, at(0.5)?, at(0.9)?);
    Some(Interval::spanning(low.min(likely * 0.85), likely, high.max(likely * 1.15)).at_least(LEAST).at_most(1.0))
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

/// 80 % error of the mean, as a share of it.
fn error(of: &[f64], mean: f64) -> f64 {
    let n = of.len() as f64;
    let square = of.iter().map(|it| (it - mean).powi(2)).sum::<f64>();
    if mean > 0.0 { 1.28 * (square / (n - 1.0)).sqrt() / mean / n.sqrt() } else { 0.0 }
}
