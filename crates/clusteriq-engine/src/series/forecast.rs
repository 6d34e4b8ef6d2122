//! The coming days of a regular series with a season of days, and weeks if there are enough, with honest intervals.
//!
//! Several simple forecasts are made at earlier moments of the same series (rolling origin, Tashman 2000), weighed by
//! how well they did there, and combined; the combination's own errors at those moments are the intervals. All of that
//! happens on a scale that is linear near zero and logarithmic above (inverse hyperbolic sine, Burbidge, Magee and Robb
//! 1988), so that errors are relative for large values, and zeros, gaps and negative values do no harm.

mod candidates;

use super::robust;
use candidates::{CANDIDATES, continued, mean};

/// What a series will be, step by step, and how wrong such forecasts have been on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The likely value of each coming step, in the unit of the series.
    pub likely: Vec<f64>,
    /// How many earlier moments the intervals rest on.
    pub origins: usize,
    per_day: usize,
    unit: f64,
    /// Sorted sizes of errors (transformed) by days ahead.
    errors: Vec<Vec<f64>>,
    /// Errors (transformed) of the sum over the first `errors.len()` days.
    sums: Vec<f64>,
    /// How many of those sums do not overlap.
    apart: f64,
}

/// A likely value, and bounds that hold it with the probability that was asked for. In the unit of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The lower bound.
    pub low: f64,
    /// The likely value.
    pub likely: f64,
    /// The upper bound.
    pub high: f64,
}

/// The next `steps` of `history` (oldest first, gaps as `None`), of which `per_day` make a day (288 for five minutes, 24
/// for hours, 1 for days). `None` if there is less than three days, or seven values.
pub fn forecast(history: &[Option<f64>], per_day: usize, steps: usize) -> Option<Forecast> {
    let per_day = per_day.max(1);
    let known = history.iter().flatten().count();
    if steps == 0 || known < 7 || known < 2 * per_day || history.len() < 3 * per_day {
        return None;
    }
    let unit = 0.25 * typical_size(history);
    let past = cleaned(history, unit, per_day);
    let days = past.len() / per_day;
    let ahead = steps.div_ceil(per_day).min((days / 3).max(1));
    let was: Vec<Option<f64>> =
        history.iter().map(|it| it.filter(|it| it.is_finite()).map(|it| (it / unit).asinh())).collect();
    let tests = rolled(&past, &was, per_day, ahead);
    let weights = weighed(&tests);
    let combined: Vec<Test> = tests.iter().map(|it| it.combined(&weights)).collect();
    let likely = combine(&CANDIDATES.map(|it| continued(it, &past, per_day, steps)), &weights)?;

    let mut errors = vec![Vec::new(); ahead];
    let mut sums = Vec::new();
    for test in &combined {
        let said = test.said[0].as_deref().unwrap_or_default();
        let (mut sum_was, mut sum_said, mut count) = (0.0, 0.0, 0.0);
        for (step, (was, said)) in test.was.iter().zip(said).enumerate() {
            if let Some(was) = was {
                errors[step / per_day].push((was - said).abs());
                sum_was += was.sinh();
                sum_said += said.sinh();
                count += 1.0;
            }
        }
        if count > 0.0 {
            sums.push((sum_was / count).asinh() - (sum_said / count).asinh());
        }
    }
    errors.iter_mut().for_each(|it| it.sort_by(f64::total_cmp));
    let span = tests.iter().map(|it| it.origin).max()? - tests.iter().map(|it| it.origin).min()?;
    let apart = (1.0 + span as f64 / (ahead * per_day) as f64).min(sums.len() as f64).max(1.0);
    Some(Forecast {
        likely: likely.into_iter().map(|it| it.sinh() * unit).collect(),
        origins: tests.len(),
        per_day,
        unit,
        errors,
        sums,
        apart,
    })
}

impl Forecast {
    /// The value of the coming step `step` (from 0), within bounds that hold it with the probability `level` (0 to 1).
    /// `None` beyond the forecast, and for days of which nothing was known whenever it was tested.
    pub fn band(&self, step: usize, level: f64) -> Option<Band> {
        let likely = *self.likely.get(step)?;
        let day = step / self.per_day;
        let tested = day.min(self.errors.len() - 1);
        let level = level.clamp(0.0, 0.999);
        let share = 0.5 + 0.5 * level;
        // Errors of one day resemble each other, so that few days are few errors: Student's stretch for so many days.
        let few = robust::student_quantile(share, self.origins as f64 + 3.0) / robust::normal_quantile(share).max(1e-9);
        let farther = ((day + 1) as f64 / (tested + 1) as f64).sqrt();
        let away = robust::quantile_of_sorted(&self.errors[tested], level)? * few.max(1.0) * farther;
        let middle = (likely / self.unit).asinh();
        Some(Band { low: (middle - away).sinh() * self.unit, likely, high: (middle + away).sinh() * self.unit })
    }

    /// The sum of all coming steps, within bounds that hold it with the probability `level` (0 to 1).
    pub fn sum(&self, level: f64) -> Band {
        let (middle, doubt, freedom) = self.sum_error();
        let away = doubt * robust::student_quantile(0.5 + 0.5 * level.clamp(0.0, 0.999), freedom);
        let unit = self.unit * self.likely.len() as f64;
        Band { low: (middle - away).sinh() * unit, likely: middle.sinh() * unit, high: (middle + away).sinh() * unit }
    }

    /// The probability (0 to 1) that the sum of all coming steps is above `budget`. Of a budget that is partly spent,
    /// give what is left.
    pub fn breach_probability(&self, budget: f64) -> f64 {
        let (middle, doubt, freedom) = self.sum_error();
        let limit = (budget / (self.unit * self.likely.len() as f64)).asinh();
        robust::student_tail((limit - middle) / doubt, freedom)
    }

    /// Middle and doubt of the sum on the transformed scale, with the degrees of freedom of the doubt. A horizon longer
    /// than what could be tested has a doubt that grows with the root of its length.
    fn sum_error(&self) -> (f64, f64, f64) {
        let total: f64 = self.likely.iter().sum();
        let likely = (total / (self.unit * self.likely.len() as f64)).asinh();
        let bias = mean(self.sums.iter().copied()).unwrap_or(0.0) * self.apart / (self.apart + 2.0);
        let square = mean(self.sums.iter().map(|it| (it - bias).powi(2))).unwrap_or(0.0);
        let farther = (self.likely.len() as f64 / (self.errors.len() * self.per_day) as f64).max(1.0);
        let doubt = (square * farther * (1.0 + 1.0 / self.apart)).sqrt().max(1e-6);
        (likely + bias, doubt, self.apart.max(2.0))
    }
}

/// What each candidate said at an earlier moment, and what came.
struct Test {
    origin: usize,
    said: Vec<Option<Vec<f64>>>,
    was: Vec<Option<f64>>,
}

impl Test {
    fn combined(&self, weights: &[f64]) -> Test {
        Test { origin: self.origin, said: vec![combine(&self.said, weights)], was: self.was.clone() }
    }
}

/// Up to `MOST_ORIGINS` moments, whole days apart, with at least a day before and `ahead` days after.
fn rolled(past: &[Option<f64>], was: &[Option<f64>], per_day: usize, ahead: usize) -> Vec<Test> {
    const MOST_ORIGINS: usize = 14;
    let last = past.len() - ahead * per_day;
    let first = (last / 3).max((2 * per_day).min(last)).max(1);
    let possible = (last - first) / per_day;
    let stride = (possible / MOST_ORIGINS).max(1) * per_day;
    (0..MOST_ORIGINS)
        .map_while(|it| last.checked_sub(it * stride).filter(|origin| *origin >= first))
        .map(|origin| Test {
            origin,
            said: CANDIDATES.map(|it| continued(it, &past[..origin], per_day, ahead * per_day)).to_vec(),
            was: was[origin..origin + ahead * per_day].to_vec(),
        })
        .collect()
}

/// How much more weight a candidate has that errs less: 8 means that one with 9 % less error has twice the weight. Chosen on
/// series other than the one reported.
const SHARPNESS: i32 = 8;

/// The weight of each candidate before anything is known of a series. Averages over long times, and levels without a
/// shape, have to be better to count as much.
const TRUST: [f64; CANDIDATES.len()] = [1.0, 0.5, 0.3, 1.0, 1.0, 0.5, 0.3];

/// The weight of each candidate: the inverse of its mean error, to a power, so that bad ones do not matter and good ones
/// are averaged (Bates and Granger 1969). What could not be tested is not used.
fn weighed(tests: &[Test]) -> Vec<f64> {
    let errors: Vec<Option<f64>> = (0..CANDIDATES.len())
        .map(|which| {
            mean(tests.iter().filter_map(|test| {
                let said = test.said[which].as_ref()?;
                mean(test.was.iter().zip(said).filter_map(|(was, said)| Some(((*was)? - said).abs())))
            }))
        })
        .collect();
    let best = errors.iter().flatten().copied().fold(f64::INFINITY, f64::min).max(1e-9);
    errors
        .into_iter()
        .zip(TRUST)
        .map(|(it, trust)| it.map_or(0.0, |it| trust * (best / it.max(best)).powi(SHARPNESS)))
        .collect()
}

/// The weighted mean of the candidates that have something to say.
fn combine(said: &[Option<Vec<f64>>], weights: &[f64]) -> Option<Vec<f64>> {
    let spoken: Vec<(&Vec<f64>, f64)> =
        said.iter().zip(weights).filter_map(|(it, weight)| Some((it.as_ref()?, *weight))).collect();
    let total: f64 = spoken.iter().map(|it| it.1).sum();
    let steps = spoken.first()?.0.len();
    (total > 0.0).then(|| (0..steps).map(|at| spoken.iter().map(|(it, w)| it[at] * w).sum::<f64>() / total).collect())
}

/// The median size of values that are not zero; 1 if all are.
fn typical_size(history: &[Option<f64>]) -> f64 {
    let sizes: Vec<f64> = history.iter().flatten().map(|it| it.abs()).filter(|it| *it > 0.0).collect();
    robust::median(&sizes).unwrap_or(1.0)
}

/// Values on the transformed scale. One that stands out from its neighbours and from the same time of other days alike
/// is drawn to the nearer of both: it happened, but it will not come again.
fn cleaned(history: &[Option<f64>], unit: f64, per_day: usize) -> Vec<Option<f64>> {
    let past: Vec<Option<f64>> =
        history.iter().map(|it| it.filter(|it| it.is_finite()).map(|it| (it / unit).asinh())).collect();
    let near = 3usize;
    let around = |at: usize, stride: usize| -> Option<f64> {
        let from = at.saturating_sub(near * stride);
        let others: Vec<f64> = (0..=2 * near)
            .map(|it| at as i64 + (it as i64 - near as i64) * stride as i64)
            .filter(|it| *it >= from as i64 && *it as usize != at && (*it as usize) < past.len())
            .filter_map(|it| past[it as usize])
            .collect();
        robust::median(&others)
    };
    let season = if per_day > 1 { per_day } else { 7 };
    let middles: Vec<Option<(f64, f64)>> =
        (0..past.len()).map(|at| Some((around(at, 1)?, around(at, season)?))).collect();
    let off = |at: usize| -> Option<f64> {
        let (value, (by_neighbours, by_days)) = (past[at]?, middles[at]?);
        let (a, b) = (value - by_neighbours, value - by_days);
        Some(if a * b <= 0.0 { 0.0 } else { a.signum() * a.abs().min(b.abs()) })
    };
    let offs: Vec<f64> = (0..past.len()).filter_map(|at| Some((past[at]? - middles[at]?.0).abs())).collect();
    let limit = 5.0 * 1.4826 * robust::median(&offs).unwrap_or(0.0).max(1e-3);
    (0..past.len())
        .map(|at| {
            let value = past[at]?;
            let off = off(at).unwrap_or(0.0);
            Some(if off.abs() > limit { value - off + off.signum() * limit } else { value })
        })
        .collect()
}
