//! Quantities that must not be mixed. A bare `f64` never crosses a function boundary.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use rust_decimal::Decimal;

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(pub f64);
        impl Add for $name { type Output = Self; fn add(self, o: Self) -> Self { Self(self.0 + o.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, o: Self) -> Self { Self(self.0 - o.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl AddAssign for $name { fn add_assign(&mut self, o: Self) { self.0 += o.0; } }
        impl Mul<f64> for $name { type Output = Self; fn mul(self, k: f64) -> Self { Self(self.0 * k) } }
        impl Div<f64> for $name { type Output = Self; fn div(self, k: f64) -> Self { Self(self.0 / k) } }
        /// The ratio of two amounts of the same unit.
        impl Div for $name { type Output = f64; fn div(self, o: Self) -> f64 { self.0 / o.0 } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(it: I) -> Self { it.fold(Self(0.0), Add::add) } }
        impl $name {
            /// The smaller of two.
            #[must_use] pub fn min(self, o: Self) -> Self { Self(self.0.min(o.0)) }
            /// The larger of two.
            #[must_use] pub fn max(self, o: Self) -> Self { Self(self.0.max(o.0)) }
        }
    )* };
}

quantity! {
    /// US dollars as an estimate. Exact, billed amounts are [`Money`].
    Usd
    /// Databricks Units, the billed measure of compute.
    Dbu
    /// Wall-clock or node hours.
    Hours
    /// Wall-clock or node minutes.
    Minutes
    /// CPU cores (vCPUs), used or available.
    Cores
    /// Memory in GiB.
    Gib
    /// DBU emission rate of one node.
    DbuPerHour
    /// Price of one DBU for a SKU.
    UsdPerDbu
    /// Cloud provider price of one node.
    UsdPerHour
    /// A ratio, usually in `0.0..=1.0`.
    Fraction
}

/// `a × b = c` in units.
macro_rules! product {
    ($($a:ident * $b:ident = $c:ident;)*) => { $(
        impl Mul<$b> for $a { type Output = $c; fn mul(self, o: $b) -> $c { $c(self.0 * o.0) } }
    )* };
}

product! {
    DbuPerHour * Hours = Dbu;
    Dbu * UsdPerDbu = Usd;
    UsdPerHour * Hours = Usd;
    DbuPerHour * UsdPerDbu = UsdPerHour;
}

impl From<Minutes> for Hours {
    fn from(it: Minutes) -> Self {
        Self(it.0 / 60.0)
    }
}

impl From<Hours> for Minutes {
    fn from(it: Hours) -> Self {
        Self(it.0 * 60.0)
    }
}

/// US dollars, exact: sums of `usage_quantity × price` as the bill has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub Decimal);

impl Money {
    /// Nothing charged. An amount that is not known is `None`, not this.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The amount as an estimate, for arithmetic with modelled amounts.
    #[must_use]
    pub fn estimate(self) -> Usd {
        use rust_decimal::prelude::ToPrimitive;
        Usd(self.0.to_f64().unwrap_or(f64::NAN))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0)
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, o: Self) {
        self.0 += o.0;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(it: I) -> Self {
        it.fold(Self::ZERO, Add::add)
    }
}

/// `$1,234` from $100 upwards, `$12.34` below: the one place where money is rounded for people.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < -0.004_999 { "-" } else { "" };
        let amount = self.0.abs();
        if amount >= 99.995 {
            return f.pad(&format!("{sign}${}", grouped(amount.round())));
        }
        f.pad(&format!("{sign}${amount:.2}"))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.estimate(), f)
    }
}

fn grouped(whole: f64) -> String {
    let digits = format!("{whole:.0}");
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        if percent.abs() >= 10.0 || percent == 0.0 {
            return f.pad(&format!("{percent:.0} %"));
        }
        f.pad(&format!("{percent:.1} %"))
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0;
        if minutes != 0.0 && minutes.abs() < 0.5 {
            return f.pad(&format!("{:.1} s", minutes * 60.0));
        }
        if minutes.abs() < 10.0 && minutes.fract().abs() > 0.05 {
            return f.pad(&format!("{minutes:.1} min"));
        }
        let whole = minutes.round() as i64;
        if whole.abs() < 90 {
            return f.pad(&format!("{whole} min"));
        }
        if whole % 60 == 0 {
            return f.pad(&format!("{} h", whole / 60));
        }
        f.pad(&format!("{} h {} min", whole / 60, (whole % 60).abs()))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.abs() >= 100.0 {
            return f.pad(&format!("{} h", grouped(self.0.round())));
        }
        f.pad(&format!("{:.1} h", self.0))
    }
}

macro_rules! plain_display {
    ($($name:ident $unit:literal)*) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!("{:.1}", $unit), self.0))
            }
        }
    )* };
}

plain_display! { Dbu " DBU" Cores " cores" Gib " GiB" }

macro_rules! rate_display {
    ($($name:ident $before:literal $after:literal)*) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!($before, "{:.3}", $after), self.0))
            }
        }
    )* };
}

rate_display! { DbuPerHour "" " DBU/h" UsdPerDbu "$" "/DBU" UsdPerHour "$" "/h" }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_above_one_hundred_and_has_cents_below() {
        let shown = [1234.4, 99.994, 0.0, -5.5, 1_000_000.0, -1234.0].map(|it| Usd(it).to_string());
        assert_eq!(shown, ["$1,234", "$99.99", "$0.00", "-$5.50", "$1,000,000", "-$1,234"]);
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let shown = [0.0, 0.025, 0.7, 2.5, 45.0, 134.0, 240.0].map(|it| Minutes(it).to_string());
        assert_eq!(shown, ["0 min", "1.5 s", "0.7 min", "2.5 min", "45 min", "2 h 14 min", "4 h"]);
    }

    #[test]
    fn billed_money_adds_exactly() {
        let dime = Money(Decimal::new(1, 1));
        assert_eq!((0..3).map(|_| dime).sum::<Money>(), Money(Decimal::new(3, 1)));
    }
}
