//! Literals and parameters as values.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, NullArray, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::DataType;
use sqlparser::ast::{TypedString, Value};

use super::cast::cast;
use super::error::SqlError;
use super::node::{Node, OnInvalid, Scalar};
use super::types;

/// A named parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// None is NULL.
    pub(crate) value: Option<String>,
    /// As SQL writes it; text without one.
    pub(crate) kind: Option<String>,
}

impl Parameter {
    /// The value of its type.
    pub(super) fn node(&self) -> Result<Node, SqlError> {
        let kind = self.kind.as_deref().map_or(Ok(DataType::Utf8), types::of_text)?;
        match &self.value {
            None => Ok(node(new_null_array(&kind, 1))),
            Some(it) => {
                let text: ArrayRef = Arc::new(StringArray::from(vec![it.as_str()]));
                Ok(node(cast(&text, &kind, OnInvalid::Fail)?))
            }
        }
    }
}

fn node(of: ArrayRef) -> Node {
    Node::Literal(Scalar(of))
}

pub(super) fn string(it: &str) -> Node {
    node(Arc::new(StringArray::from(vec![it])))
}

pub(super) fn boolean(it: bool) -> Node {
    node(Arc::new(BooleanArray::from(vec![it])))
}

pub(super) fn null() -> Node {
    node(Arc::new(NullArray::new(1)))
}

/// Microseconds since 1970.
pub(super) fn instant(micros: i64) -> Node {
    node(Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC")))
}

/// Days since 1970.
pub(super) fn day(number: i32) -> Node {
    node(Arc::new(Date32Array::from(vec![number])))
}

/// A literal as it is written.
pub(super) fn of(value: &Value) -> Result<Node, SqlError> {
    Ok(match value {
        Value::Number(text, long) => number(text, *long)?,
        Value::SingleQuotedString(it) | Value::DoubleQuotedString(it) => string(it),
        Value::Boolean(it) => boolean(*it),
        Value::Null => null(),
        other => return Err(SqlError::unsupported(format!("the literal {other}"))),
    })
}

/// `DATE'…'`, `TIMESTAMP'…'`.
pub(super) fn typed(it: &TypedString) -> Result<Node, SqlError> {
    let kind = types::of_sql(&it.data_type)?;
    let text = it.value.value.clone().into_string().ok_or_else(|| SqlError::syntax(it))?;
    let array: ArrayRef = Arc::new(StringArray::from(vec![text.as_str()]));
    let value = cast(&array, &kind, OnInvalid::Fail).map_err(|_| {
        let sentence = format!("The value '{text}' of the typed literal \"{}\" cannot be parsed.", types::text(&kind));
        SqlError::new("INVALID_TYPED_LITERAL", "42604", sentence)
    })?;
    Ok(node(value))
}

/// A whole number is an INT if it fits, one with a point a DECIMAL, one with an exponent a DOUBLE.
fn number(text: &str, long: bool) -> Result<Node, SqlError> {
    let wrong = || SqlError::syntax(format!("no number: {text}"));
    if text.contains(['e', 'E']) {
        return Ok(node(Arc::new(Float64Array::from(vec![text.parse::<f64>().map_err(|_| wrong())?]))));
    }
    if let Ok(it) = text.parse::<i32>()
        && !long
    {
        return Ok(node(Arc::new(Int32Array::from(vec![it]))));
    }
    if let Ok(it) = text.parse::<i64>() {
        return Ok(node(Arc::new(Int64Array::from(vec![it]))));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let scale = i8::try_from(fraction.len()).map_err(|_| wrong())?;
    let precision = digits.trim_start_matches('0').len().max(fraction.len()).max(1);
    let precision = u8::try_from(precision).ok().filter(|it| *it <= types::MOST_DIGITS).ok_or_else(wrong)?;
    let value: i128 = digits.parse().map_err(|_| wrong())?;
    let array = Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale)?;
    Ok(node(Arc::new(array)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> String {
        match number(text, false).unwrap() {
            Node::Literal(it) => types::text(it.0.data_type()),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_numbers_type_is_the_one_that_spark_gives_it() {
        let kinds = ["7", "3000000000", "1.50", "0.001", "1e3", "99999999999999999999"].map(kind);
        assert_eq!(kinds, ["INT", "BIGINT", "DECIMAL(3,2)", "DECIMAL(3,3)", "DOUBLE", "DECIMAL(20,0)"]);
    }

    #[test]
    fn a_parameter_has_its_type_and_may_be_null() {
        let parameter = |value: Option<&str>, kind: Option<&str>| {
            let it = Parameter { name: "x".to_owned(), value: value.map(str::to_owned), kind: kind.map(str::to_owned) };
            it.node()
        };
        assert_eq!(parameter(Some("7"), None).unwrap(), string("7"));
        assert_eq!(parameter(Some("7"), Some("INT")).unwrap(), number("7", false).unwrap());
        assert_eq!(parameter(None, Some("DATE")).unwrap(), node(new_null_array(&DataType::Date32, 1)));
        assert_eq!(parameter(Some("x"), Some("INT")).unwrap_err().class, "CAST_INVALID_INPUT");
    }
}
