//! Hours that are like nothing of the last day, and like no earlier day at this time: few alarms, from the past alone.
//!
//! The mean of the last few hours is compared with the last day and with the same hours of earlier days, and counts for
//! the smaller of both differences. Each difference is measured in what such differences reached over the last week (a
//! high quantile), so that a restless series has to do more than a calm one, and a deviation that lasts becomes usual.
//! A conformal view of novelty (Laxhammar and Falkman 2014) with an empirical scale; no distribution is assumed.

use super::robust;

/// When an alarm is raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// How many hours are looked at together; at least one step.
    pub hours: f64,
    /// The share of differences in the last week (0 to 1) that counts as usual.
    pub usual: f64,
    /// An alarm is this many times beyond the usual.
    pub ratio: f64,
    /// After an alarm, there is none for this many days.
    pub quiet_days: f64,
    /// A difference below this fraction of the expected value is none, however calm the series.
    pub smallest: f64,
}

/// Between what the two halves of the Numenta series chose for each other; see RESULTS.md.
pub const WATCH: Watch = Watch { hours: 3.0, usual: 0.99, ratio: 1.4, quiet_days: 1.0, smallest: 0.02 };

/// A moment at which a series left what was usual for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// The step at which it was noticed, from 0.
    pub step: usize,
    /// How many times beyond the usual.
    pub ratio: f64,
    /// The mean over the last hours, in the unit of the series.
    pub observed: f64,
    /// What the last day and earlier days let expect: the nearer of both.
    pub expected: f64,
}

/// All anomalies of `series` (oldest first, gaps as `None`), of which `per_day` make a day. Whether a step is one depends
/// on it and what came before, and on nothing later. Nothing is said of the first three days (or four weeks of a daily
/// series).
pub fn anomalies(series: &[Option<f64>], per_day: usize, watch: &Watch) -> Vec<Anomaly> {
    let per_day = per_day.max(1);
    let quiet = (watch.quiet_days * per_day as f64).round() as usize;
    let mut alarms: Vec<Anomaly> = Vec::new();
    for it in ratios(series, per_day, watch).into_iter().flatten() {
        if it.ratio > watch.ratio && alarms.last().is_none_or(|last| it.step > last.step + quiet) {
            alarms.push(it);
        }
    }
    alarms
}

/// How unusual each step is, in times the usual: what [`anomalies`] compares with `watch.ratio`. `None` where nothing can
/// be said.
pub fn ratios(series: &[Option<f64>], per_day: usize, watch: &Watch) -> Vec<Option<Anomaly>> {
    let per_day = per_day.max(1);
    let values = carried(series);
    let span = ((watch.hours * per_day as f64 / 24.0).round() as usize).max(1);
    let sums = prefix_sums(&values);
    let mean = |end: usize| (sums[end + 1] - sums[end + 1 - span]) / span as f64;
    // A day of a daily series is two weeks of others, and its season is the week.
    let (recent, season) = if per_day < 14 { (14, 7 * per_day) } else { (per_day, per_day) };
    let week = (7 * per_day).max(28);
    let first = (2 * recent).max(span + season);
    let stride = (per_day / 96).max(1);

    let mut off_recent = vec![0.0; values.len()];
    let mut off_season = vec![0.0; values.len()];
    let mut middle = 0.0;
    let (mut usual_recent, mut usual_season) = (f64::INFINITY, f64::INFINITY);
    let warm = if per_day < 14 { 28 } else { 3 * per_day };
    let mut found = vec![None; values.len()];
    for step in first..values.len() {
        let observed = mean(step);
        if (step - first).is_multiple_of(stride) {
            middle =
                robust::median(&values[(step + 1 - span).saturating_sub(recent)..step + 1 - span]).unwrap_or(observed);
        }
        let earlier: Vec<f64> =
            (1..=7).filter_map(|it| step.checked_sub(it * season)).filter(|it| it + 1 >= span).map(mean).collect();
        let before = robust::median(&earlier).unwrap_or(observed);
        (off_recent[step], off_season[step]) = ((observed - middle).abs(), (observed - before).abs());
        if step < warm {
            continue;
        }
        if (step - warm).is_multiple_of(stride) {
            let from = step.saturating_sub(week).max(first);
            usual_recent = robust::quantile(&off_recent[from..step], watch.usual).unwrap_or(f64::INFINITY);
            usual_season = robust::quantile(&off_season[from..step], watch.usual).unwrap_or(f64::INFINITY);
        }
        let by_recent = off_recent[step] / usual_recent.max(watch.smallest * middle.abs()).max(f64::MIN_POSITIVE);
        let by_season = off_season[step] / usual_season.max(watch.smallest * before.abs()).max(f64::MIN_POSITIVE);
        let expected = if off_recent[step] < off_season[step] { middle } else { before };
        let measured = series[step].is_some();
        found[step] = measured.then_some(Anomaly { step, ratio: by_recent.min(by_season), observed, expected });
    }
    found
}

/// Gaps take the last value before them; a gap at the start takes the first value after it.
fn carried(series: &[Option<f64>]) -> Vec<f64> {
    let mut last = series.iter().flatten().copied().find(|it| it.is_finite()).unwrap_or(0.0);
    series
        .iter()
        .map(|it| {
            last = it.filter(|it| it.is_finite()).unwrap_or(last);
            last
        })
        .collect()
}

fn prefix_sums(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for it in values {
        sum += it;
        sums.push(sum);
    }
    sums
}
