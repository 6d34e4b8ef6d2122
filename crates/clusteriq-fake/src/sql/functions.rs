//! Functions of values of one row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, StringArray, StructArray, TimestampMicrosecondArray, UInt32Array,
    new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Float64Type, Int32Type, TimestampMicrosecondType};

use super::arithmetic;
use super::error::SqlError;
use super::evaluate::Value;
use super::json::{self, Scalars};
use super::node::Function;
use super::types;

const SECOND: i64 = 1_000_000;

pub(super) fn call(function: Function, arguments: &[Value]) -> Result<Value, SqlError> {
    let Some(first) = arguments.first() else {
        return Err(SqlError::syntax("a function without an argument"));
    };
    match function {
        Function::UnixMicros => since_1970(first, 1),
        Function::UnixMillis => since_1970(first, 1_000),
        Function::UnixSeconds => since_1970(first, SECOND),
        Function::DateTrunc => match arguments.get(1) {
            Some(at) => truncated(first, at),
            None => Err(SqlError::syntax("date_trunc without an instant")),
        },
        Function::Round => round(first, arguments.get(1)),
        Function::ToJson => match first.kind() {
            DataType::Struct(_) | DataType::Map(..) | DataType::List(_) => {
                first.map(|it| Ok(Arc::new(json::of(it, Scalars::Plain)?)))
            }
            other => {
                let why = format!("STRUCT, MAP or ARRAY is asked for, not {}", types::text(other));
                Err(SqlError::mismatch("to_json", why))
            }
        },
        Function::Lower => texts(first, str::to_lowercase),
        Function::Upper => texts(first, str::to_uppercase),
        Function::Abs => {
            let negative = arithmetic::negative(first)?;
            let is_less = arrow::compute::kernels::cmp::lt(&first.array, &negative.array)?;
            let larger = arrow::compute::kernels::zip::zip(&is_less, &negative.array, &first.array)?;
            first.map(|_| Ok(larger))
        }
    }
}

fn since_1970(of: &Value, unit: i64) -> Result<Value, SqlError> {
    let at = of.cast(&types::timestamp())?;
    at.map(|it| {
        let instants = it.as_primitive::<TimestampMicrosecondType>();
        let numbers: Int64Array = instants.unary(|it| it.div_euclid(unit));
        Ok(Arc::new(numbers))
    })
}

/// The start of the minute, hour, day, week, month or year.
fn truncated(unit: &Value, at: &Value) -> Result<Value, SqlError> {
    let unit = match unit.kind() {
        DataType::Utf8 if unit.is_single() && unit.array.is_valid(0) => unit.array.as_string::<i32>().value(0),
        _ => return Err(SqlError::unsupported("date_trunc to a unit that is no literal")),
    };
    let floor = |length: i64| move |it: i64| it - it.rem_euclid(length);
    let day = 86_400 * SECOND;
    let step: Box<dyn Fn(i64) -> i64> = match unit.to_lowercase().as_str() {
        "second" => Box::new(floor(SECOND)),
        "minute" => Box::new(floor(60 * SECOND)),
        "hour" => Box::new(floor(3_600 * SECOND)),
        "day" | "dd" => Box::new(floor(day)),
        // 1970-01-01 was a Thursday, and weeks begin on Mondays.
        "week" => Box::new(move |it| it - (it + 3 * day).rem_euclid(7 * day)),
        "month" | "mon" | "mm" => Box::new(|it| civil_floor(it, false)),
        "year" | "yyyy" | "yy" => Box::new(|it| civil_floor(it, true)),
        other => return Err(SqlError::unsupported(format!("date_trunc to '{other}'"))),
    };
    let at = at.cast(&types::timestamp())?;
    at.map(|it| {
        let instants: TimestampMicrosecondArray = it.as_primitive::<TimestampMicrosecondType>().unary(step);
        Ok(Arc::new(instants.with_timezone("UTC")))
    })
}

fn civil_floor(micros: i64, to_year: bool) -> i64 {
    let date = crate::time::date(micros.div_euclid(1_000));
    let first = if to_year { date.first_of_year() } else { date.first_of_month() };
    let days = first.since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1))).map(|it| i64::from(it.get_days()));
    days.map_or(micros, |it| it * 86_400 * SECOND)
}

/// Halves away from zero.
fn round(of: &Value, places: Option<&Value>) -> Result<Value, SqlError> {
    let places = match places {
        None => 0,
        Some(it) if it.kind() == &DataType::Int32 && it.is_single() => it.array.as_primitive::<Int32Type>().value(0),
        Some(_) => return Err(SqlError::unsupported("round to places that are no literal")),
    };
    match of.kind() {
        it if it.is_integer() && places >= 0 => Ok(of.clone()),
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (i32::from(*precision), i32::from(*scale));
            let kept = places.clamp(0, scale);
            of.cast(&types::decimal(precision - scale + kept + 1, kept))
        }
        _ => {
            let numbers = of.cast(&DataType::Float64)?;
            let one = |it: f64| if places == 0 { it.round() } else { rounded(it, places) };
            numbers.map(|it| Ok(Arc::new(it.as_primitive::<Float64Type>().unary::<_, Float64Type>(one))))
        }
    }
}

/// By the digits that one sees: 1.005 to two places is 1.01, though the double is a little less.
fn rounded(it: f64, places: i32) -> f64 {
    let text = format!("{:e}", it.abs());
    let Some((digits, exponent)) = text.split_once('e') else { return it };
    let digits = digits.replace('.', "");
    // How many of the digits stay.
    let kept = exponent.parse::<i32>().unwrap_or_default().saturating_add(1).saturating_add(places);
    let Ok(kept) = usize::try_from(kept) else { return 0.0_f64.copysign(it) };
    let Some(next) = digits.as_bytes().get(kept) else { return it };
    let front: u64 = digits[..kept].parse().unwrap_or_default();
    let front = front + u64::from(*next >= b'5');
    format!("{front}e{}", -places).parse::<f64>().map_or(it, |value| value.copysign(it))
}

fn texts(of: &Value, change: impl Fn(&str) -> String) -> Result<Value, SqlError> {
    let of = of.cast(&DataType::Utf8)?;
    of.map(|it| {
        let changed: StringArray = it.as_string::<i32>().iter().map(|it| it.map(&change)).collect();
        Ok(Arc::new(changed))
    })
}

pub(super) fn concatenate(a: Value, b: Value, rows: usize) -> Result<Value, SqlError> {
    let (a, b) = (a.cast(&DataType::Utf8)?.spread(rows)?, b.cast(&DataType::Utf8)?.spread(rows)?);
    let pairs = a.as_string::<i32>().iter().zip(b.as_string::<i32>());
    let joined: StringArray = pairs.map(|(a, b)| Some(format!("{}{}", a?, b?))).collect();
    Ok(Value::rows(Arc::new(joined)))
}

/// A field of a struct: null where the struct is.
pub(super) fn field(of: &ArrayRef, number: usize) -> Result<ArrayRef, SqlError> {
    let of: &StructArray = of.as_struct();
    let inner = of.column(number);
    if of.null_count() == 0 {
        return Ok(inner.clone());
    }
    let data = inner.to_data();
    let nulls = NullBuffer::union(of.nulls(), inner.nulls());
    let data = data.into_builder().nulls(nulls).build()?;
    Ok(arrow::array::make_array(data))
}

/// What each map holds under its key; null if it has none.
pub(super) fn element(of: &ArrayRef, keys: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let Some((DataType::Utf8, value)) = types::map_of(of.data_type()).map(|(a, b)| (a.data_type(), b.data_type()))
    else {
        return Err(SqlError::unsupported(format!("an element of {}", types::text(of.data_type()))));
    };
    if keys.data_type() != &DataType::Utf8 {
        return Err(SqlError::mismatch("[]", "the key of a map of texts is a text"));
    }
    let (map, wanted) = (of.as_map(), keys.as_string::<i32>());
    if map.values().is_empty() {
        return Ok(new_null_array(value, of.len()));
    }
    let names = map.keys().as_string::<i32>();
    let places: UInt32Array = (0..map.len())
        .map(|row| {
            if map.is_null(row) || wanted.is_null(row) {
                return None;
            }
            let offsets = map.value_offsets();
            let mut entries = offsets[row]..offsets[row + 1];
            let found = entries.find(|it| usize::try_from(*it).is_ok_and(|it| names.value(it) == wanted.value(row)));
            found.and_then(|it| u32::try_from(it).ok())
        })
        .collect();
    Ok(take(map.values(), &places, None)?)
}
