//! Comparisons, and logic with three values.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, or_kleene};
use arrow::datatypes::{DataType, Float64Type};

use super::error::SqlError;
use super::evaluate::Value;
use super::node::{Comparison, Logic};

/// Whether each value compares like that; null if one of them is.
pub(super) fn compare(a: &Value, comparison: Comparison, b: &Value) -> Result<Value, SqlError> {
    let (mut left, mut right) = Value::alike(a, b)?;
    if left.kind() == &DataType::Null {
        // Two nulls without a type: any type will do.
        (left, right) = (left.cast(&DataType::Utf8)?, right.cast(&DataType::Utf8)?);
    }
    if left.kind() == &DataType::Float64 {
        // Zero has two signs, which are equal.
        let one_zero = |it: &ArrayRef| -> Result<ArrayRef, SqlError> {
            Ok(Arc::new(it.as_primitive::<Float64Type>().unary::<_, Float64Type>(|it| it + 0.0)))
        };
        (left, right) = (left.map(one_zero)?, right.map(one_zero)?);
    }
    let result = match comparison {
        Comparison::Equal => cmp::eq(&left, &right),
        Comparison::NotEqual => cmp::neq(&left, &right),
        Comparison::Less => cmp::lt(&left, &right),
        Comparison::LessOrEqual => cmp::lt_eq(&left, &right),
        Comparison::Greater => cmp::gt(&left, &right),
        Comparison::GreaterOrEqual => cmp::gt_eq(&left, &right),
        Comparison::SameAs => cmp::not_distinct(&left, &right),
    };
    let result = result.map_err(|_| {
        let kind = super::types::text(left.kind());
        SqlError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09", format!("{kind} cannot be compared."))
    })?;
    Ok(Value::with(a, b, Arc::new(result)))
}

/// `AND` and `OR`: what is decided by one side alone does not become null through the other.
pub(super) fn logic(a: &Value, logic: Logic, b: &Value, rows: usize) -> Result<Value, SqlError> {
    let of = |a: &ArrayRef, b: &ArrayRef| -> Result<ArrayRef, SqlError> {
        let (a, b) = (a.as_boolean(), b.as_boolean());
        Ok(Arc::new(match logic {
            Logic::And => and_kleene(a, b),
            Logic::Or => or_kleene(a, b),
        }?))
    };
    if a.array.len() == b.array.len() {
        return Ok(Value::with(a, b, of(&a.array, &b.array)?));
    }
    Ok(Value::rows(of(&a.clone().spread(rows)?, &b.clone().spread(rows)?)?))
}
