//! Arithmetic as Spark does it in ANSI mode: it fails rather than wrap, and decimals keep the digits that they can.
//!
//! <https://docs.databricks.com/en/sql/language-manual/data-types/decimal-type.html> (read 2026-11-24)

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, i256};
use arrow::error::ArrowError;

use super::error::SqlError;
use super::evaluate::Value;
use super::node::Arithmetic;
use super::types;

pub(super) fn negative(of: &Value) -> Result<Value, SqlError> {
    if !of.kind().is_numeric() {
        return Err(SqlError::mismatch("-", format!("{} is no number", types::text(of.kind()))));
    }
    of.map(|it| Ok(numeric::neg(it)?))
}

pub(super) fn compute(a: &Value, arithmetic: Arithmetic, b: &Value) -> Result<Value, SqlError> {
    if let Some(it) = moved(a, arithmetic, b)? {
        return Ok(it);
    }
    let common = types::common(a.kind(), b.kind()).filter(|it| it.is_numeric() || it == &DataType::Null);
    let Some(common) = common else {
        let why = format!("{} and {} are no numbers", types::text(a.kind()), types::text(b.kind()));
        return Err(SqlError::new("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "42K09", why));
    };
    if matches!(common, DataType::Decimal128(..)) {
        return decimals(a, arithmetic, b);
    }
    let of = match (&common, arithmetic) {
        (DataType::Null, _) => DataType::Int32,
        // The quotient of whole numbers is no whole number.
        (it, Arithmetic::Divide) if it.is_integer() => DataType::Float64,
        _ => common,
    };
    let (left, right) = (a.cast(&of)?, b.cast(&of)?);
    let result = match arithmetic {
        Arithmetic::Plus => numeric::add(&left, &right),
        Arithmetic::Minus => numeric::sub(&left, &right),
        Arithmetic::Times => numeric::mul(&left, &right),
        Arithmetic::Divide | Arithmetic::Modulo => {
            if of == DataType::Float64 && right.array.as_primitive::<Float64Type>().iter().flatten().any(|it| it == 0.0)
            {
                Err(ArrowError::DivideByZero)
            } else if arithmetic == Arithmetic::Divide {
                numeric::div(&left, &right)
            } else {
                numeric::rem(&left, &right)
            }
        }
    };
    Ok(Value::with(a, b, result?))
}

/// Instants and days, moved by a duration.
fn moved(a: &Value, arithmetic: Arithmetic, b: &Value) -> Result<Option<Value>, SqlError> {
    let (at, by, sign) = match (a.kind(), arithmetic, b.kind()) {
        (_, Arithmetic::Plus, DataType::Duration(_)) => (a, b, Arithmetic::Plus),
        (_, Arithmetic::Minus, DataType::Duration(_)) => (a, b, Arithmetic::Minus),
        (DataType::Duration(_), Arithmetic::Plus, _) => (b, a, Arithmetic::Plus),
        _ => return Ok(None),
    };
    let kind = at.kind().clone();
    let bare = at.cast(&types::timestamp())?.cast(&types::bare_timestamp())?;
    let result = if sign == Arithmetic::Plus { numeric::add(&bare, by) } else { numeric::sub(&bare, by) };
    let result = Value::with(at, by, result?).cast(&types::timestamp())?;
    Ok(Some(if kind == DataType::Date32 { result.cast(&kind)? } else { result }))
}

/// A decimal, with the digits that it needs: a literal needs as many as it has.
fn as_decimal(of: &Value) -> Result<(Decimal128Array, i32, i32), SqlError> {
    let single = of.is_single() && of.array.is_valid(0);
    let value = match of.kind() {
        DataType::Int32 if single => Some(i64::from(of.array.as_primitive::<Int32Type>().value(0))),
        DataType::Int64 if single => Some(of.array.as_primitive::<Int64Type>().value(0)),
        _ => None,
    };
    let (precision, scale) = match value {
        Some(it) => (it.unsigned_abs().checked_ilog10().map_or(1, |it| it as i32 + 1), 0),
        None => types::digits(of.kind()).unwrap_or((1, 0)),
    };
    let array = of.cast(&types::decimal(precision, scale))?.array;
    Ok((array.as_primitive::<Decimal128Type>().clone(), precision, scale))
}

fn decimals(a: &Value, arithmetic: Arithmetic, b: &Value) -> Result<Value, SqlError> {
    let ((left, p1, s1), (right, p2, s2)) = (as_decimal(a)?, as_decimal(b)?);
    let widest = s1.max(s2);
    let kind = match arithmetic {
        Arithmetic::Plus | Arithmetic::Minus => types::decimal((p1 - s1).max(p2 - s2) + widest + 1, widest),
        Arithmetic::Times => types::decimal(p1 + p2 + 1, s1 + s2),
        Arithmetic::Divide => {
            let scale = (s1 + p2 + 1).max(6);
            types::decimal(p1 - s1 + s2 + scale, scale)
        }
        Arithmetic::Modulo => types::decimal((p1 - s1).min(p2 - s2) + widest, widest),
    };
    let DataType::Decimal128(precision, scale) = kind else {
        return Err(SqlError::overflow("A decimal has too many digits"));
    };
    let target = i32::from(scale);
    let too_large = || SqlError::overflow(format!("A value cannot be represented as {}", types::text(&kind)));
    let one = |l: i128, r: i128| -> Result<i128, SqlError> {
        let (l, r) = (i256::from_i128(l), i256::from_i128(r));
        if r == i256::ZERO && matches!(arithmetic, Arithmetic::Divide | Arithmetic::Modulo) {
            return Err(SqlError::computing(&ArrowError::DivideByZero));
        }
        let up = |it: i256, by: i32| it.checked_mul(power(by)?);
        let aligned = |l: i256, r: i256| up(l, widest - s1).zip(up(r, widest - s2));
        let exact = match arithmetic {
            Arithmetic::Times => l.checked_mul(r).map(|it| (it, s1 + s2)),
            Arithmetic::Divide => {
                // One more digit than wanted would round twice; so the remainder decides.
                let by = target + s2 - s1;
                let (l, r) = if by >= 0 { (up(l, by), Some(r)) } else { (Some(l), up(r, -by)) };
                l.zip(r).and_then(|(l, r)| rounded(l, r)).map(|it| (it, target))
            }
            Arithmetic::Plus => aligned(l, r).and_then(|(l, r)| l.checked_add(r)).map(|it| (it, widest)),
            Arithmetic::Minus => aligned(l, r).and_then(|(l, r)| l.checked_sub(r)).map(|it| (it, widest)),
            Arithmetic::Modulo => aligned(l, r).and_then(|(l, r)| l.checked_rem(r)).map(|it| (it, widest)),
        };
        let fitted =
            exact.and_then(
                |(it, from)| {
                    if from > target { rounded(it, power(from - target)?) } else { up(it, target - from) }
                },
            );
        let value = fitted.and_then(i256::to_i128).ok_or_else(too_large)?;
        if value.unsigned_abs() >= 10_u128.pow(u32::from(precision)) { Err(too_large()) } else { Ok(value) }
    };
    let rows = if left.len() == right.len() || right.len() == 1 { left.len() } else { right.len() };
    let at = |of: &Decimal128Array, row: usize| {
        let row = if of.len() == 1 { 0 } else { row };
        of.is_valid(row).then(|| of.value(row))
    };
    let values = (0..rows).map(|row| at(&left, row).zip(at(&right, row)).map(|(l, r)| one(l, r)).transpose());
    let values: Decimal128Array = values.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
    let values: ArrayRef = Arc::new(values.with_precision_and_scale(precision, scale)?);
    Ok(Value::with(a, b, values))
}

/// The quotient, halves away from zero.
pub(super) fn rounded(of: i256, by: i256) -> Option<i256> {
    let (quotient, rest) = (of.checked_div(by)?, of.checked_rem(by)?);
    let half = rest.wrapping_abs().checked_mul(i256::from_i128(2))? >= by.wrapping_abs();
    let away = if (of < i256::ZERO) == (by < i256::ZERO) { i256::ONE } else { i256::MINUS_ONE };
    if half && rest != i256::ZERO { quotient.checked_add(away) } else { Some(quotient) }
}

pub(super) fn power(of_ten: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(u32::try_from(of_ten).ok()?)
}
