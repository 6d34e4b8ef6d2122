//! Whether something grows from run to run: the median of all slopes and Kendall's test, which a few outliers hardly move.
//!
//! Theil (1950) and Sen (1968) for the slope, Mann (1945) and Kendall (1975) for the test. Days are compared, not runs, so that
//! the hours of a day and a failed run now and then do not look like a trend.

use std::collections::BTreeMap;

use super::job::quantile;

/// How a value changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Relative change in 30 days, 0.5 is half as much again.
    pub per_month: f64,
    /// Standard normal score of Kendall's test: above 2.3, chance explains it in one case of a hundred.
    pub score: f64,
}

/// Days with runs that a trend needs.
const LEAST_DAYS: usize = 6;

/// The trend of values by day number. `None`: too few days, or values that are not positive.
#[must_use]
pub fn trend(points: &[(i64, f64)]) -> Option<Trend> {
    let mut days: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (day, value) in points.iter().filter(|it| it.1 > 0.0) {
        days.entry(*day).or_default().push(value.ln());
    }
    if days.len() < LEAST_DAYS {
        return None;
    }
    let middle = days.into_iter().filter_map(|(day, mut values)| {
        values.sort_by(f64::total_cmp);
        Some((day as f64, quantile(&values, 0.5)?))
    });
    let middle: Vec<(f64, f64)> = middle.collect();
    let pairs = middle.iter().enumerate().flat_map(|(at, a)| middle[at + 1..].iter().map(move |b| (a, b)));
    let mut slopes: Vec<f64> = pairs.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    // Differences that no measurement can tell from nothing are ties.
    let signs: f64 = slopes.iter().map(|it| if it.abs() < 1e-4 { 0.0 } else { it.signum() }).sum();
    slopes.sort_by(f64::total_cmp);
    let n = middle.len() as f64;
    let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    Some(Trend { per_month: (quantile(&slopes, 0.5)? * 30.0).exp() - 1.0, score: signs / deviation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn growth_of_two_percent_a_day_is_seen_through_noise_and_one_failed_day() {
        let noise = [0.04, -0.03, 0.01, -0.05, 0.03];
        let mut points: Vec<(i64, f64)> =
            (0..20).map(|day| (day, 10.0 * 1.02f64.powi(day as i32) * (1.0 + noise[day as usize % 5]))).collect();
        points[13].1 = 0.5;
        let it = trend(&points).unwrap();
        // 1.02^30 = 1.81.
        assert!((0.6..1.1).contains(&it.per_month) && it.score > 4.0, "{it:?}");
    }

    proptest! {
        #[test]
        fn values_in_random_order_rarely_have_a_sure_trend(values in prop::collection::vec(5.0..15.0f64, 30)) {
            let points: Vec<_> = values.into_iter().enumerate().map(|(day, it)| (day as i64, it)).collect();
            // Five standard deviations: not in a few hundred cases.
            prop_assert!(trend(&points).unwrap().score.abs() < 5.0);
        }

        #[test]
        fn a_scale_changes_no_trend(values in prop::collection::vec(5.0..15.0f64, 6..30), scale in 0.1..50.0f64) {
            let of = |k: f64| trend(&values.iter().enumerate().map(|(day, it)| (day as i64, it * k)).collect::<Vec<_>>());
            let (a, b) = (of(1.0).unwrap(), of(scale).unwrap());
            prop_assert!((a.per_month - b.per_month).abs() < 1e-6 && a.score == b.score);
        }
    }
}
