//! An estimate that admits what it does not know.

use std::ops::{Add, Mul};

/// `low ≤ likely ≤ high`. Never a bare point estimate. Unless said otherwise the bounds hold in four cases of five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval<T> {
    /// Pessimistic bound: what we would promise.
    pub low: T,
    /// Best single guess; only for sorting and display.
    pub likely: T,
    /// Optimistic bound.
    pub high: T,
}

impl<T: Copy + PartialOrd> Interval<T> {
    /// An amount that is known, such as one that was billed.
    pub fn exactly(it: T) -> Self {
        Self { low: it, likely: it, high: it }
    }

    /// The three bounds in any order.
    pub fn spanning(a: T, likely: T, b: T) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let low = if likely < low { likely } else { low };
        let high = if likely > high { likely } else { high };
        Self { low, likely, high }
    }

    /// Caps every bound: nobody saves more than they spend.
    #[must_use]
    pub fn at_most(self, cap: T) -> Self {
        self.map(|it| if it > cap { cap } else { it })
    }

    /// Lifts every bound to at least `floor`.
    #[must_use]
    pub fn at_least(self, floor: T) -> Self {
        self.map(|it| if it < floor { floor } else { it })
    }

    /// The same function on every bound; it must not reverse their order.
    #[must_use]
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Interval<U> {
        Interval { low: f(self.low), likely: f(self.likely), high: f(self.high) }
    }
}

impl<T: Copy + PartialOrd + Mul<f64, Output = T>> Interval<T> {
    /// Widens a point by a relative error; `spread` is a fraction, 0.2 = ±20 %.
    pub fn around(likely: T, spread: f64) -> Self {
        Self::spanning(likely * (1.0 - spread), likely, likely * (1.0 + spread))
    }
}

/// Bounds add as if the errors were fully dependent: the careful choice for totals.
impl<T: Add<Output = T>> Add for Interval<T> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { low: self.low + o.low, likely: self.likely + o.likely, high: self.high + o.high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Usd;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_stay_ordered_whatever_is_done_to_them(
            a in -1e9..1e9f64, b in -1e9..1e9f64, c in -1e9..1e9f64, cap in -1e9..1e9f64, spread in 0.0..3.0f64,
        ) {
            for it in [
                Interval::spanning(Usd(a), Usd(b), Usd(c)).at_most(Usd(cap)),
                Interval::spanning(Usd(a), Usd(b), Usd(c)).at_least(Usd(cap)),
                Interval::around(Usd(a), spread),
                Interval::around(Usd(a), spread) + Interval::spanning(Usd(a), Usd(b), Usd(c)),
            ] {
                prop_assert!(it.low <= it.likely && it.likely <= it.high, "{it:?}");
            }
        }
    }
}
