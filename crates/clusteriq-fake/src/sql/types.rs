//! Types: from SQL to Arrow, their names, and the type that two kinds of values share.
//!
//! <https://docs.databricks.com/en/sql/language-manual/sql-ref-ansi-compliance.html> (read 2026-11-24)

use arrow::datatypes::{DataType, Field, TimeUnit};
use sqlparser::ast::{self, ExactNumberInfo, TimezoneInfo};
use sqlparser::dialect::DatabricksDialect;
use sqlparser::parser::Parser;

use super::error::SqlError;

/// Digits of the longest decimal.
pub(super) const MOST_DIGITS: u8 = 38;

/// `TIMESTAMP`: microseconds in UTC.
pub(super) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The same without the zone, as Arrow computes with it.
pub(super) fn bare_timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// The type that a `CAST` names.
pub(super) fn of_sql(named: &ast::DataType) -> Result<DataType, SqlError> {
    use ast::DataType as Sql;
    Ok(match named {
        Sql::String(_) | Sql::Varchar(_) | Sql::Char(_) | Sql::Text => DataType::Utf8,
        Sql::TinyInt(_) => DataType::Int8,
        Sql::SmallInt(_) => DataType::Int16,
        Sql::Int(_) | Sql::Integer(_) => DataType::Int32,
        Sql::BigInt(_) => DataType::Int64,
        Sql::Float(_) | Sql::Real => DataType::Float32,
        Sql::Double(_) | Sql::DoublePrecision => DataType::Float64,
        Sql::Boolean | Sql::Bool => DataType::Boolean,
        Sql::Date => DataType::Date32,
        Sql::Timestamp(None, TimezoneInfo::None) => timestamp(),
        Sql::Decimal(size) | Sql::Numeric(size) | Sql::Dec(size) => {
            let (precision, scale) = match size {
                ExactNumberInfo::None => (10, 0),
                ExactNumberInfo::Precision(precision) => (*precision, 0),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
            };
            match (u8::try_from(precision), i8::try_from(scale)) {
                (Ok(p @ 1..=MOST_DIGITS), Ok(s)) if s >= 0 && i16::from(s) <= i16::from(p) => {
                    DataType::Decimal128(p, s)
                }
                _ => return Err(SqlError::syntax(format!("no such type: DECIMAL({precision},{scale})"))),
            }
        }
        other => return Err(SqlError::unsupported(format!("the type {other}"))),
    })
}

/// The type that a parameter names.
pub(super) fn of_text(text: &str) -> Result<DataType, SqlError> {
    let parser = Parser::new(&DatabricksDialect {}).try_with_sql(text);
    let named = parser.and_then(|mut it| it.parse_data_type()).map_err(SqlError::syntax)?;
    of_sql(&named)
}

/// `type_name` of the manifest.
pub(crate) fn name(of: &DataType) -> &'static str {
    match of {
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "BYTE",
        DataType::Int16 => "SHORT",
        DataType::Int32 => "INT",
        DataType::Int64 => "LONG",
        DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal128(..) => "DECIMAL",
        DataType::Date32 => "DATE",
        DataType::Timestamp(..) => "TIMESTAMP",
        DataType::Binary => "BINARY",
        DataType::List(_) => "ARRAY",
        DataType::Map(..) => "MAP",
        DataType::Struct(_) => "STRUCT",
        DataType::Null => "NULL",
        _ => "STRING",
    }
}

/// `type_text` of the manifest: as one would write it in SQL.
pub(crate) fn text(of: &DataType) -> String {
    match of {
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::Null => "VOID".to_owned(),
        DataType::List(of) => format!("ARRAY<{}>", text(of.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|it| format!("{}: {}", it.name(), text(it.data_type()))).collect();
            format!("STRUCT<{}>", fields.join(", "))
        }
        DataType::Map(..) => match map_of(of) {
            Some((key, value)) => format!("MAP<{}, {}>", text(key.data_type()), text(value.data_type())),
            None => "MAP".to_owned(),
        },
        other => name(other).to_owned(),
    }
}

/// Key and value of a map.
pub(super) fn map_of(of: &DataType) -> Option<(&Field, &Field)> {
    let DataType::Map(entries, _) = of else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields.first()?, fields.get(1)?))
}

/// A decimal of that many digits, cut to what there is: the fraction gives way, down to six digits.
pub(super) fn decimal(precision: i32, scale: i32) -> DataType {
    let most = i32::from(MOST_DIGITS);
    let (precision, scale) =
        if precision <= most { (precision, scale) } else { (most, (most - (precision - scale)).max(scale.min(6))) };
    DataType::Decimal128(u8::try_from(precision).unwrap_or(MOST_DIGITS), i8::try_from(scale).unwrap_or_default())
}

/// Digits and scale of a whole number or a decimal.
pub(super) fn digits(of: &DataType) -> Option<(i32, i32)> {
    Some(match of {
        DataType::Int8 => (3, 0),
        DataType::Int16 => (5, 0),
        DataType::Int32 => (10, 0),
        DataType::Int64 => (20, 0),
        DataType::Decimal128(precision, scale) => (i32::from(*precision), i32::from(*scale)),
        _ => return None,
    })
}

/// The type in which two values are compared, or that holds both.
pub(super) fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Boolean, Date32, Decimal128, Float32, Float64, Int64, Null, Timestamp, Utf8};
    if a == b {
        return Some(a.clone());
    }
    Some(match (a, b) {
        (Null, other) | (other, Null) => other.clone(),
        (Utf8, other) | (other, Utf8) => match other {
            it if it.is_integer() => Int64,
            Decimal128(..) | Float32 | Float64 => Float64,
            Boolean | Date32 | Timestamp(..) => other.clone(),
            _ => return None,
        },
        (Date32, it @ Timestamp(..)) | (it @ Timestamp(..), Date32) => it.clone(),
        (Decimal128(..), Decimal128(..)) => wider(a, b)?,
        (Decimal128(..), other) | (other, Decimal128(..)) if other.is_integer() => wider(a, b)?,
        _ if a.is_integer() && b.is_integer() => {
            if digits(a) > digits(b) {
                a.clone()
            } else {
                b.clone()
            }
        }
        _ if a.is_numeric() && b.is_numeric() => Float64,
        _ => return None,
    })
}

fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    let ((p1, s1), (p2, s2)) = (digits(a)?, digits(b)?);
    let scale = s1.max(s2);
    Some(decimal((p1 - s1).max(p2 - s2) + scale, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_as_in_sql() {
        let text = |it: &str| super::text(&of_text(it).unwrap());
        for it in ["STRING", "BIGINT", "INT", "DOUBLE", "DATE", "TIMESTAMP", "DECIMAL(38,18)", "BOOLEAN"] {
            assert_eq!(text(it), it);
        }
        let fields = vec![Field::new("a", DataType::Utf8, true), Field::new("b", DataType::Boolean, true)];
        assert_eq!(super::text(&DataType::Struct(fields.into())), "STRUCT<a: STRING, b: BOOLEAN>");
    }

    #[test]
    fn values_of_two_types_meet_in_the_wider_one() {
        use DataType::{Date32, Decimal128, Float64, Int32, Int64, Utf8};
        for (a, b, both) in [
            (Int32, Int64, Some(Int64)),
            (Int32, Decimal128(38, 18), Some(Decimal128(38, 18))),
            (Int64, Float64, Some(Float64)),
            (Utf8, Date32, Some(Date32)),
            (Date32, Int32, None),
        ] {
            assert_eq!((common(&a, &b), common(&b, &a)), (both.clone(), both), "{a} {b}");
        }
    }
}
