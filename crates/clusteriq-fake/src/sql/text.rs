//! Values as text: what `CAST(x AS STRING)` gives, and the cells of a result.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, TimestampMicrosecondType};

use super::error::SqlError;
use crate::time::civil;

/// The values as Spark writes them.
pub(super) fn of(values: &ArrayRef) -> Result<StringArray, SqlError> {
    Ok(match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().clone(),
        DataType::Timestamp(..) => {
            let instants = values.as_primitive::<TimestampMicrosecondType>();
            each(values, |row, text| instant(instants.value(row), ' ', text))
        }
        DataType::Float64 => {
            let numbers = values.as_primitive::<Float64Type>();
            each(values, |row, text| text.push_str(&double(numbers.value(row))))
        }
        DataType::Float32 => {
            let numbers = values.as_primitive::<Float32Type>();
            each(values, |row, text| text.push_str(&float(numbers.value(row))))
        }
        DataType::Decimal128(..) => {
            let numbers = values.as_primitive::<Decimal128Type>();
            each(values, |row, text| text.push_str(&numbers.value_as_string(row)))
        }
        // Whole numbers, dates, truth.
        _ => cast(values, &DataType::Utf8)?.as_string::<i32>().clone(),
    })
}

/// Text for each value that is not null.
pub(super) fn each(values: &ArrayRef, mut write: impl FnMut(usize, &mut String)) -> StringArray {
    let mut texts = StringBuilder::with_capacity(values.len(), values.len() * 8);
    let mut text = String::new();
    for row in 0..values.len() {
        if values.is_null(row) {
            texts.append_null();
        } else {
            text.clear();
            write(row, &mut text);
            texts.append_value(&text);
        }
    }
    texts.finish()
}

/// `2026-10-01 00:00:00.5`: the fraction without zeros at its end.
fn instant(micros: i64, between: char, text: &mut String) {
    write_second(micros, between, text);
    let fraction = micros.rem_euclid(1_000_000);
    if fraction != 0 {
        let digits = format!("{fraction:06}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
}

/// `2026-10-01T00:00:00.500Z`: as cells of a result and JSON have it.
pub(super) fn iso_instant(micros: i64, text: &mut String) {
    write_second(micros, 'T', text);
    // Writing to a string cannot fail.
    let _ = write!(text, ".{:03}Z", micros.div_euclid(1_000).rem_euclid(1_000));
}

fn write_second(micros: i64, between: char, text: &mut String) {
    let it = civil(micros.div_euclid(1_000));
    let (date, time) = (it.date(), it.time());
    // Writing to a string cannot fail.
    let _ = write!(text, "{date}{between}{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
}

/// A double as Java writes it: `1.0`, `1.0E10`, `NaN`.
pub(super) fn double(it: f64) -> String {
    java(it, format!("{it:e}"))
}

fn float(it: f32) -> String {
    java(f64::from(it), format!("{it:e}"))
}

/// From the shortest digits with an exponent, `1.5e-7`.
fn java(value: f64, shortest: String) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        // A double of that size has no more than seventeen digits behind the point.
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let behind = digits.split_once('.').map_or(0, |(_, it)| it.len()) as i32;
        let places = usize::try_from(behind - exponent).unwrap_or_default().max(1);
        return plain(digits, exponent, places);
    }
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// Digits with an exponent as a number with that many decimal places.
fn plain(digits: &str, exponent: i32, places: usize) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |it| ("-", it));
    let bare: String = digits.chars().filter(|it| *it != '.').collect();
    let whole = usize::try_from(exponent + 1).unwrap_or_default();
    let zeros = usize::try_from(-(exponent + 1)).unwrap_or_default();
    let mut all = "0".repeat(zeros) + &bare;
    while all.len() < whole + places {
        all.push('0');
    }
    let (front, behind) = all.split_at(whole);
    format!("{sign}{}.{behind}", if front.is_empty() { "0" } else { front })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_java_does() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (-12.5, "-12.5"),
            (0.001, "0.001"),
            (0.000_123, "1.23E-4"),
            (1e7, "1.0E7"),
            (9_999_999.5, "9999999.5"),
            (1e10, "1.0E10"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn an_instant_has_no_zeros_at_its_end_but_in_cells() {
        let (mut text, mut cell) = (String::new(), String::new());
        instant(1_500_000, ' ', &mut text);
        iso_instant(-1_500_000, &mut cell);
        assert_eq!((text.as_str(), cell.as_str()), ("1970-01-01 00:00:01.5", "1969-12-31T23:59:58.500Z"));
    }
}
