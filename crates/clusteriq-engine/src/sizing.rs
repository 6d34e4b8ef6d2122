//! Sizing by quantiles: how much capacity a series of use needs, one by one or with a shared tolerance.
//!
//! The usual rule is a high percentile plus a margin for each series. A fleet's owner does not care which series is short now
//! and then, only how often any is; so the tolerance can be spent where it frees most: a series with rare high peaks
//! gives up much capacity for few exceedances, a flat one gives up nothing by keeping all of its own.

/// A quantile of the samples times a margin (1.15 is 15 % more), at most `limit`. `None` without samples.
#[must_use]
pub fn by_percentile(samples: &[f64], share: f64, margin: f64, limit: f64) -> Option<f64> {
    let sorted = sorted(samples);
    let last = sorted.len().checked_sub(1)?;
    // Linear interpolation between ranks, as spreadsheets and NumPy do.
    let rank = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
    Some(((below + (above - below) * rank.fract()) * margin).min(limit))
}

/// Capacities for many series so that, over all samples to come, a share of at most `tolerance` is expected to exceed them.
/// Each series' tail is its own samples, and beyond its maximum an exponential of its own scale. `None` for an empty series.
#[must_use]
pub fn with_shared_tolerance(series: &[Vec<f64>], tolerance: f64, limit: f64) -> Vec<Option<f64>> {
    let tails: Vec<Tail> = series.iter().map(|it| Tail::of(it, limit)).collect();
    let known = tails.iter().filter(|it| !it.options.is_empty()).count().max(1);
    let exceeded = |price: f64| {
        let sum: f64 = tails.iter().filter_map(|it| it.cheapest(price, limit)).map(|it| it.1).sum();
        sum / known as f64
    };
    // The higher the price of an exceedance, the fewer there are: bisection on its logarithm.
    let (mut low, mut high) = (1e-3f64, 1e6f64);
    for _ in 0..60 {
        let price = (low * high).sqrt();
        if exceeded(price) > tolerance { low = price } else { high = price }
    }
    tails.iter().map(|it| it.cheapest(high, limit).map(|it| it.0)).collect()
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = samples.iter().copied().filter(|it| it.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Capacities to choose from, ascending, and the share of samples expected to exceed each.
struct Tail {
    options: Vec<(f64, f64)>,
}

impl Tail {
    fn of(samples: &[f64], limit: f64) -> Self {
        let sorted = sorted(samples);
        let Some(&most) = sorted.last() else { return Self { options: vec![] } };
        let n = sorted.len() as f64;
        let from = (0.9 * n) as usize;
        let upper = &sorted[from.min(sorted.len() - 1)..];
        let scale = (upper.iter().sum::<f64>() / upper.len() as f64 - upper[0]).max(limit * 0.005);
        let mut options: Vec<f64> = sorted.iter().flat_map(|it| [1.0, 1.05, 1.15].map(|margin| it * margin)).collect();
        options.extend([0.5, 1.0, 2.0, 3.0].map(|it| most + it * scale));
        options.retain(|it| *it <= limit);
        options.push(limit);
        options.sort_by(f64::total_cmp);
        options.dedup();
        // One sample in n + 1 is expected above the maximum of n.
        let least = 1.0 / (n + 1.0);
        let exceeded = |capacity: f64| {
            let above = sorted.len() - sorted.partition_point(|it| *it <= capacity);
            if capacity >= limit {
                0.0
            } else if capacity >= most {
                least * (-(capacity - most) / scale).exp()
            } else {
                (above as f64 / n).max(least)
            }
        };
        Self { options: options.into_iter().map(|it| (it, exceeded(it))).collect() }
    }

    /// The option with the least capacity and exceedances together, at a price for the latter.
    fn cheapest(&self, price: f64, limit: f64) -> Option<(f64, f64)> {
        let cost = |it: &(f64, f64)| it.0 / limit + price * it.1;
        self.options.iter().copied().min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percentile_interpolates_and_takes_its_margin() {
        assert_eq!(by_percentile(&[0.0, 10.0], 0.5, 1.0, 100.0), Some(5.0));
        assert_eq!(by_percentile(&[10.0; 9], 0.99, 1.5, 12.0), Some(12.0));
        assert_eq!(by_percentile(&[], 0.99, 1.15, 100.0), None);
    }

    #[test]
    fn a_shared_tolerance_is_spent_on_rare_peaks_and_not_on_flat_use() {
        let flat = vec![20.0; 100];
        let mut peak = vec![10.0; 99];
        peak.push(90.0);
        let found = with_shared_tolerance(&[flat, peak], 0.011, 100.0);
        assert!(found[0].unwrap() >= 20.0, "{found:?}");
        assert!(found[1].unwrap() < 50.0, "{found:?}");
    }

    proptest! {
        #[test]
        fn less_tolerance_never_means_less_capacity_in_all(
            series in prop::collection::vec(prop::collection::vec(0.0..100.0f64, 1..60), 1..8), tolerance in 0.001..0.2f64,
        ) {
            let sum = |tolerance| -> f64 { with_shared_tolerance(&series, tolerance, 100.0).into_iter().flatten().sum() };
            prop_assert!(sum(tolerance / 2.0) >= sum(tolerance) - 1e-9);
        }
    }
}
