//! `CAST`, in ANSI mode: what has no counterpart fails.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::util::display::FormatOptions;

use super::error::SqlError;
use super::node::OnInvalid;
use super::{text, types};

/// The values as another type.
pub(super) fn cast(of: &ArrayRef, to: &DataType, on_invalid: OnInvalid) -> Result<ArrayRef, SqlError> {
    use DataType::{Date32, Timestamp, Utf8};
    let from = of.data_type();
    if from == to {
        return Ok(of.clone());
    }
    if matches!(from, DataType::List(_) | DataType::Map(..) | DataType::Struct(_)) {
        let sentence = format!("{} cannot be cast to {}.", types::text(from), types::text(to));
        return Err(SqlError::new("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "42K09", sentence));
    }
    match (from, to) {
        (DataType::Null, _) => Ok(arrow::array::new_null_array(to, of.len())),
        (_, Utf8) => Ok(Arc::new(text::of(of)?)),
        (Utf8, _) => {
            // Spaces around are not a part of a value.
            let texts: StringArray = of.as_string::<i32>().iter().map(|it| it.map(str::trim)).collect();
            let texts: ArrayRef = Arc::new(texts);
            match to {
                Timestamp(..) => zoned(&plain(&texts, &types::bare_timestamp(), on_invalid)?),
                // A day may be written with a time behind it.
                Date32 => {
                    let instants = plain(&texts, &types::bare_timestamp(), on_invalid)?;
                    plain(&instants, to, on_invalid)
                }
                _ => plain(&texts, to, on_invalid),
            }
        }
        // The library knows no names of zones.
        (Timestamp(_, Some(_)), Timestamp(_, None)) => bare(of),
        (Timestamp(_, None), Timestamp(_, Some(_))) => zoned(of),
        (Date32, Timestamp(_, Some(_))) => zoned(&plain(of, &types::bare_timestamp(), on_invalid)?),
        (Timestamp(_, Some(_)), Date32) => plain(&bare(of)?, to, on_invalid),
        // As seconds.
        (Timestamp(_, Some(_)), it) if it.is_integer() => {
            let seconds = of.as_primitive::<TimestampMicrosecondType>();
            let seconds: arrow::array::Int64Array = seconds.unary(|it| it.div_euclid(1_000_000));
            cast(&(Arc::new(seconds) as ArrayRef), to, on_invalid)
        }
        (it, Timestamp(..) | Date32) | (Timestamp(..) | Date32, it) => {
            let sentence = format!("{} cannot be cast to {}: {}.", types::text(from), types::text(to), types::text(it));
            Err(SqlError::new("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "42K09", sentence))
        }
        _ => plain(of, to, on_invalid),
    }
}

fn plain(of: &ArrayRef, to: &DataType, on_invalid: OnInvalid) -> Result<ArrayRef, SqlError> {
    let options = CastOptions { safe: on_invalid == OnInvalid::Null, format_options: FormatOptions::default() };
    cast_with_options(of, to, &options).map_err(|it| {
        if of.data_type() == &DataType::Utf8 {
            SqlError::cast(it, &types::text(to))
        } else {
            SqlError::new("CAST_OVERFLOW", "22003", format!("A value cannot be cast to {}: {it}.", types::text(to)))
        }
    })
}

fn zoned(of: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let instants: TimestampMicrosecondArray = of.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(Arc::new(instants.with_timezone("UTC")))
}

fn bare(of: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let instants: TimestampMicrosecondArray = of.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(Arc::new(instants.with_timezone_opt(None::<&str>)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(of.to_vec()))
    }

    fn there_and_back(value: &str, kind: &str) -> Result<String, SqlError> {
        let there = cast(&texts(&[value]), &types::of_text(kind)?, OnInvalid::Fail)?;
        Ok(cast(&there, &DataType::Utf8, OnInvalid::Fail)?.as_string::<i32>().value(0).to_owned())
    }

    #[test]
    fn a_value_comes_back_as_spark_writes_it() {
        for (value, kind, text) in [
            (" 12 ", "INT", "12"),
            ("2026-10-01T05:00:00+02:00", "TIMESTAMP", "2026-10-01 03:00:00"),
            ("2026-10-01 00:00:00.500", "TIMESTAMP", "2026-10-01 00:00:00.5"),
            ("2026-10-01", "TIMESTAMP", "2026-10-01 00:00:00"),
            ("2026-10-01 10:00:00", "DATE", "2026-10-01"),
            ("1", "DECIMAL(38,18)", "1.000000000000000000"),
            ("-0.155", "DECIMAL(10,2)", "-0.16"),
            ("12345678.9", "DOUBLE", "1.23456789E7"),
            ("0.5", "DOUBLE", "0.5"),
            ("true", "BOOLEAN", "true"),
        ] {
            assert_eq!(there_and_back(value, kind).unwrap(), text, "{value} as {kind}");
        }
    }

    #[test]
    fn what_is_no_number_fails_or_is_null() {
        assert_eq!(there_and_back("x", "INT").unwrap_err().class, "CAST_INVALID_INPUT");
        let tolerant = cast(&texts(&["x", "1"]), &DataType::Int32, OnInvalid::Null).unwrap();
        assert_eq!((tolerant.is_null(0), tolerant.is_null(1)), (true, false));
    }

    #[test]
    fn a_number_that_does_not_fit_fails() {
        let large: ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![i64::MAX]));
        assert_eq!(cast(&large, &DataType::Int32, OnInvalid::Fail).unwrap_err().sqlstate, "22003");
    }
}
