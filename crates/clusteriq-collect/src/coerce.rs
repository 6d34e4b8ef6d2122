//! Text to values: the one place that says what counts as a number, a time, a decimal.
//!
//! CSV cells, JSON values and text columns of Parquet all come through here, so they mean the same.

use jiff::{Timestamp, civil, tz::Offset};

use crate::error::Problem;

/// Digits after the point of a decimal.
pub(crate) const SCALE: i32 = 18;
/// The first magnitude that `decimal(38,18)` cannot hold.
pub(crate) const DECIMAL_END: i128 = 10_i128.pow(38);
/// 2000-01-01 to 2101-01-01, in microseconds: the times that can be meant.
pub(crate) const TIMES: std::ops::Range<i64> = 946_684_800_000_000..4_133_980_800_000_000;

pub(crate) fn int(text: &str) -> Result<i64, Problem> {
    let text = text.trim();
    if let Ok(it) = text.parse() {
        return Ok(it);
    }
    // Tools that know only floats write `3.0` or `3E2`.
    let number = text.parse().map_err(|_| Problem::NotInt)?;
    whole(number).ok_or(Problem::NotInt)
}

/// The integer that a float stands for; none where a float could stand for several.
pub(crate) fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

pub(crate) fn float(text: &str) -> Result<f64, Problem> {
    text.trim().parse().map_err(|_| Problem::NotFloat)
}

pub(crate) fn boolean(text: &str) -> Result<bool, Problem> {
    match text.trim() {
        "1" => Ok(true),
        "0" => Ok(false),
        it if it.eq_ignore_ascii_case("true") => Ok(true),
        it if it.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Problem::NotBool),
    }
}

/// Microseconds since 1970 from a date, a date and time with or without zone (then UTC), or a count since 1970.
pub(crate) fn time(text: &str) -> Result<i64, Problem> {
    let text = text.trim();
    if let Ok(count) = text.parse::<i64>() {
        return epoch(count);
    }
    let text = text.strip_suffix("UTC").or_else(|| text.strip_suffix(" Z")).map_or(text, str::trim_end);
    if let Ok(it) = text.parse::<Timestamp>() {
        return Ok(it.as_microsecond());
    }
    // `2026-09-21 10:00:00 +0000`: a space before the offset.
    if let Some((before, offset)) = text.rsplit_once(' ')
        && offset.starts_with(['+', '-'])
        && let Ok(it) = format!("{before}{offset}").parse::<Timestamp>()
    {
        return Ok(it.as_microsecond());
    }
    let civil: civil::DateTime = text.parse().map_err(|_| Problem::NotTime)?;
    Offset::UTC.to_timestamp(civil).map(Timestamp::as_microsecond).map_err(|_| Problem::NotTime)
}

/// Microseconds from a count since 1970 whose unit follows from its size: for the years 2000 to 2100 the four ranges do
/// not overlap. 0 is what Databricks writes for "never" and stays what it is.
pub(crate) fn epoch(count: i64) -> Result<i64, Problem> {
    let within = |unit: i64| (TIMES.start / unit..TIMES.end / unit).contains(&count);
    if count == 0 || within(1) {
        Ok(count)
    } else if within(1_000) {
        Ok(count * 1_000)
    } else if within(1_000_000) {
        Ok(count * 1_000_000)
    } else if (TIMES.start..TIMES.end).contains(&count.div_euclid(1_000)) {
        Ok(count.div_euclid(1_000))
    } else {
        Err(Problem::FarTime)
    }
}

/// A count of 10^-18. Digits beyond are an error, unless there are so few digits in all that the text is that of a
/// float, which is then rounded as that float.
pub(crate) fn decimal(text: &str) -> Result<i128, Problem> {
    /// Every float can be written with so many digits.
    const FLOAT_DIGITS: usize = 17;
    let text = text.trim();
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| Problem::NotDecimal)?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = before.bytes().chain(after.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Problem::NotDecimal);
    }
    let significant = digits.iter().position(|it| *it != b'0').unwrap_or(digits.len());
    let mut digits = &digits[significant..];
    let mut zeros = i64::from(exponent) - after.len() as i64 + i64::from(SCALE);
    while let [rest @ .., b'0'] = digits {
        digits = rest;
        zeros += 1;
    }
    if digits.is_empty() {
        return Ok(0);
    }
    let is_float = digits.len() <= FLOAT_DIGITS;
    let mut up = false;
    if zeros < 0 {
        let lost = usize::try_from(-zeros).unwrap_or(usize::MAX);
        if !is_float {
            return Err(Problem::TooManyDigits);
        }
        let kept = digits.len().saturating_sub(lost);
        up = lost <= digits.len() && digits[kept] >= b'5';
        digits = &digits[..kept];
        zeros = 0;
    }
    if digits.len() as i64 + zeros > 38 {
        return Err(Problem::TooManyDigits);
    }
    let mut units = digits.iter().fold(0_i128, |sum, it| sum * 10 + i128::from(it - b'0'));
    units = units * 10_i128.pow(u32::try_from(zeros).unwrap_or(0)) + i128::from(up);
    Ok(if negative { -units } else { units })
}

/// A count of 10^-18 from one of 10^-`scale`.
pub(crate) fn rescaled(units: i128, scale: i32) -> Result<i128, Problem> {
    let up = SCALE - scale;
    let Ok(factor) = u32::try_from(up.abs()) else { return Err(Problem::TooManyDigits) };
    let factor = 10_i128.checked_pow(factor);
    let result = match (units, factor, up >= 0) {
        (0, _, _) => Some(0),
        (_, Some(factor), true) => units.checked_mul(factor),
        (_, Some(factor), false) => (units % factor == 0).then(|| units / factor),
        (_, None, _) => None,
    };
    result.filter(|it| it.unsigned_abs() < DECIMAL_END.unsigned_abs()).ok_or(Problem::TooManyDigits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats_but_not_be_rounded() {
        assert_eq!(["7", " -7 ", "3.0", "3E2"].map(int), [Ok(7), Ok(-7), Ok(3), Ok(300)]);
        assert_eq!(int("9223372036854775807"), Ok(i64::MAX));
        for bad in ["3.5", "9223372036854775808", "true", "1,000", "NaN", "0x10"] {
            assert_eq!(int(bad), Err(Problem::NotInt), "{bad}");
        }
    }

    #[test]
    fn truth_is_spelled_in_the_ways_of_spark_excel_and_databases() {
        assert_eq!(["true", "TRUE", "True", "1"].map(boolean), [Ok(true); 4]);
        assert_eq!(["false", "FALSE", "0"].map(boolean), [Ok(false); 3]);
        assert_eq!(boolean("yes"), Err(Problem::NotBool));
    }

    #[test]
    fn one_instant_can_be_written_in_many_ways() {
        let it = micros("2026-09-21T10:20:30Z");
        for text in [
            "2026-09-21T10:20:30Z",
            "2026-09-21T10:20:30.000Z",
            "2026-09-21T12:20:30+02:00",
            "2026-09-21 10:20:30",
            "2026-09-21 10:20:30.000000",
            "2026-09-21T10:20:30",
            "2026-09-21 10:20:30+00",
            "2026-09-21 10:20:30 +0000",
            "2026-09-21 10:20:30 UTC",
            "1789986030",
            "1789986030000",
            "1789986030000000",
            "1789986030000000000",
        ] {
            assert_eq!(time(text), Ok(it), "{text}");
        }
        assert_eq!(time("2026-09-21 10:20:30.123456"), Ok(it + 123_456));
        assert_eq!(time("2026-09-21"), Ok(micros("2026-09-21T00:00:00Z")));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in ["", "soon", "2026-13-01", "21.09.2026", "10:20", "9999-12-31 23:59:59 and a day"] {
            assert_eq!(time(bad), Err(Problem::NotTime), "{bad}");
        }
        assert_eq!(time("17"), Err(Problem::FarTime));
        assert_eq!(time("0"), Ok(0));
    }

    #[test]
    fn decimals_are_exact_to_eighteen_digits() {
        assert_eq!(decimal("1.5E-7"), Ok(150_000_000_000));
        assert_eq!(decimal("-0.150000000000000001"), Ok(-150_000_000_000_000_001));
        assert_eq!(decimal("+12"), Ok(12_000_000_000_000_000_000));
        assert_eq!(decimal("-0.00"), Ok(0));
        assert_eq!(decimal("99999999999999999999.999999999999999999"), Ok(DECIMAL_END - 1));
        assert_eq!(decimal("1e2"), decimal("100.000"));
        for bad in ["", "-", ".", "1.2.3", "NaN", "1e", "1,5", "--1", "0x1"] {
            assert_eq!(decimal(bad), Err(Problem::NotDecimal), "{bad}");
        }
    }

    #[test]
    fn digits_of_a_decimal_are_never_lost_but_those_of_a_float_are_rounded() {
        assert_eq!(decimal("100000000000000000000"), Err(Problem::TooManyDigits));
        assert_eq!(decimal("0.1234567890123456789"), Err(Problem::TooManyDigits));
        assert_eq!(decimal("1e999999999"), Err(Problem::TooManyDigits));
        // 17 digits, of which the 18th and 19th place are a float's: 0.00123…567 | 8 rounds up.
        assert_eq!(decimal("0.0012345678901234568"), Ok(1_234_567_890_123_457));
        assert_eq!(decimal("4e-19"), Ok(0));
        assert_eq!(decimal("5e-19"), Ok(1));
        assert_eq!(decimal("1e-400"), Ok(0));
    }

    #[test]
    fn rescaling_keeps_every_digit_or_refuses() {
        assert_eq!(rescaled(15, 2), Ok(150_000_000_000_000_000));
        assert_eq!(rescaled(1_500, 20), Ok(15));
        assert_eq!(rescaled(1_501, 20), Err(Problem::TooManyDigits));
        assert_eq!(rescaled(5, -3), Ok(5_000 * 10_i128.pow(18)));
        assert_eq!(rescaled(i128::MAX, 0), Err(Problem::TooManyDigits));
        assert_eq!(rescaled(0, -120), Ok(0));
    }

    proptest! {
        #[test]
        fn a_decimal_reads_back_what_was_written(units in -DECIMAL_END + 1..DECIMAL_END) {
            let (whole, part) = (units.unsigned_abs() / 10_u128.pow(18), units.unsigned_abs() % 10_u128.pow(18));
            let sign = if units < 0 { "-" } else { "" };
            prop_assert_eq!(decimal(&format!("{sign}{whole}.{part:018}")), Ok(units));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}|[-+0-9.eET: Z]{0,40}") {
            let _ = (int(&text), float(&text), boolean(&text), time(&text), decimal(&text));
        }

        #[test]
        fn a_whole_number_reads_back(it in any::<i64>()) {
            prop_assert_eq!(int(&it.to_string()), Ok(it));
        }
    }
}
