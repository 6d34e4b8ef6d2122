//! Decimals between `rust_decimal` (96-bit mantissa, any scale) and Arrow (38 digits, 18 of them after the point).

use clusteriq_model::Decimal;

use crate::shapes::DECIMAL;

const SCALE: u32 = DECIMAL.1 as u32;
const GREATEST: i128 = 10_i128.pow(DECIMAL.0 as u32) - 1;

/// To units of 10^-18; further digits are rounded half to even, amounts beyond 38 digits become the greatest.
pub(super) fn to_units(value: Decimal) -> i128 {
    let value = value.round_dp(SCALE);
    let factor = 10_i128.pow(SCALE - value.scale());
    let units = value.mantissa().saturating_mul(factor);
    units.clamp(-GREATEST, GREATEST)
}

/// From units of 10^-18. Amounts that need more than 96 bits lose digits at the end, which begins at about 10^11.
pub(super) fn from_units(units: i128) -> Decimal {
    let (mut units, mut scale) = (units, SCALE);
    loop {
        if let Ok(it) = Decimal::try_from_i128_with_scale(units, scale) {
            return it;
        }
        // 38 digits need at most ten steps until they fit in 96 bits, and the scale is 18.
        units = (units + 5 * units.signum()) / 10;
        scale -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_the_bill_come_back_unchanged() {
        for text in ["0", "-1.5", "0.000000000000000001", "-0.55", "123456789.123456789012345678"] {
            let value: Decimal = text.parse().unwrap();
            assert_eq!(from_units(to_units(value)), value, "{text}");
        }
    }

    #[test]
    fn more_than_96_bits_are_rounded_at_the_end_and_not_refused() {
        let value = from_units(12_345_678_901_234_567_890_123_456_789_012_345_678);
        assert_eq!(value.to_string(), "12345678901234567890.123456789");
        assert_eq!(from_units(GREATEST).to_string(), "100000000000000000000.00000000");
    }

    #[test]
    fn what_does_not_fit_is_the_greatest_that_does() {
        assert_eq!(to_units(Decimal::MAX), GREATEST);
        assert_eq!(to_units(Decimal::MIN), -GREATEST);
    }
}
