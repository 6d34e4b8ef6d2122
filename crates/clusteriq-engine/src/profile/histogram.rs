//! Quantiles that merge: a histogram with bins of equal ratio, so that every quantile is within 1 % of the truth.
//!
//! The idea of relative-error sketches is published as DDSketch (Masson, Rim, Lee 2019); this one has no collapsing, since
//! its values are bounded.

use std::collections::BTreeMap;

/// Ratio between the bounds of a bin.
const GROWTH: f64 = 1.02;
/// Values below are counted as zero.
const LEAST: f64 = 1e-4;

/// Counts by bin. Merging adds counts, so it is exact, and the order of merging changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    bins: BTreeMap<u16, u64>,
    total: u64,
}

impl Histogram {
    /// Counts a value; negative ones and those that are not finite count as zero.
    pub fn add(&mut self, value: f64) {
        *self.bins.entry(bin(value)).or_default() += 1;
        self.total += 1;
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.bins {
            *self.bins.entry(*bin).or_default() += count;
        }
        self.total += other.total;
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The value below which a share of all lies; `None` without values.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let rank = ((share.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.bins.iter().find(|it| {
            seen += it.1;
            seen >= rank
        });
        found.map(|it| middle(*it.0))
    }

    /// The mean, within the bins' precision.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.bins.iter().map(|(bin, count)| middle(*bin) * *count as f64).sum();
        (self.total > 0).then(|| sum / self.total as f64)
    }

    /// Share of values at or above a threshold.
    #[must_use]
    pub fn share_above(&self, threshold: f64) -> Option<f64> {
        let from = bin(threshold);
        let above: u64 = self.bins.range(from..).map(|it| it.1).sum();
        (self.total > 0).then(|| above as f64 / self.total as f64)
    }

    /// Bins and counts, for storing.
    pub fn parts(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        self.bins.iter().map(|(bin, count)| (*bin, *count))
    }

    /// From bins and counts.
    #[must_use]
    pub fn from_parts(parts: impl IntoIterator<Item = (u16, u64)>) -> Self {
        let bins: BTreeMap<u16, u64> = parts.into_iter().collect();
        Self { total: bins.values().sum(), bins }
    }
}

fn bin(value: f64) -> u16 {
    if !value.is_finite() || value < LEAST {
        return 0;
    }
    // 64-bit values need fewer than 4,000 bins above LEAST.
    1 + ((value / LEAST).ln() / GROWTH.ln()) as u16
}

fn middle(bin: u16) -> f64 {
    if bin == 0 { 0.0 } else { LEAST * GROWTH.powf(f64::from(bin) - 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn merging_parts_in_any_order_is_counting_the_whole(
            values in prop::collection::vec(0.0..1e6f64, 0..200), cut in 0..200usize,
        ) {
            let of = |values: &[f64]| values.iter().fold(Histogram::default(), |mut all, it| { all.add(*it); all });
            let (a, b) = values.split_at(cut.min(values.len()));
            let (mut ab, mut ba) = (of(a), of(b));
            ab.merge(&of(b));
            ba.merge(&of(a));
            prop_assert_eq!(&ab, &of(&values));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(&Histogram::from_parts(ab.parts()), &ab);
        }

        #[test]
        fn a_quantile_is_within_one_percent_of_a_value_of_its_rank(
            mut values in prop::collection::vec(0.01..1e6f64, 1..200), share in 0.0..1.0f64,
        ) {
            let mut all = Histogram::default();
            values.iter().for_each(|it| all.add(*it));
            values.sort_by(f64::total_cmp);
            let rank = ((share * values.len() as f64).ceil() as usize).max(1) - 1;
            let (found, truth) = (all.quantile(share).unwrap(), values[rank]);
            prop_assert!((found / truth - 1.0).abs() < 0.0101, "{found} for {truth}");
        }
    }

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(Histogram::default().mean(), None);
    }
}
