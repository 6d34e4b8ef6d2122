//! Comparisons, and logic with three values.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, or_kleene};
use arrow::datatypes::DataType;

use super::error::SqlError;
use super::evaluate::Value;
use super::node::Operator;

/// Whether each value compares like that; null if one of them is.
pub(super) fn compare(a: &Value, operator: Operator, b: &Value) -> Result<Value, SqlError> {
    let (mut left, mut right) = Value::alike(a, b)?;
    if left.kind() == &DataType::Null {
        // Two nulls without a type: any type will do.
        (left, right) = (left.cast(&DataType::Utf8)?, right.cast(&DataType::Utf8)?);
    }
    let result = match operator {
        Operator::Equal => cmp::eq(&left, &right),
        Operator::NotEqual => cmp::neq(&left, &right),
        Operator::Less => cmp::lt(&left, &right),
        Operator::LessOrEqual => cmp::lt_eq(&left, &right),
        Operator::Greater => cmp::gt(&left, &right),
        Operator::GreaterOrEqual => cmp::gt_eq(&left, &right),
        Operator::SameAs => cmp::not_distinct(&left, &right),
        other => return Err(SqlError::unsupported(format!("{other:?} as a comparison"))),
    };
    let result = result.map_err(|_| {
        let kind = super::types::text(left.kind());
        SqlError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09", format!("{kind} cannot be compared."))
    })?;
    Ok(Value::with(a, b, Arc::new(result)))
}

/// `AND` and `OR`: what is decided by one side alone does not become null through the other.
pub(super) fn logic(a: &Value, operator: Operator, b: &Value, rows: usize) -> Result<Value, SqlError> {
    let of = |a: &ArrayRef, b: &ArrayRef| -> Result<ArrayRef, SqlError> {
        let (a, b) = (a.as_boolean(), b.as_boolean());
        Ok(Arc::new(if operator == Operator::And { and_kleene(a, b) } else { or_kleene(a, b) }?))
    };
    if a.array.len() == b.array.len() {
        return Ok(Value::with(a, b, of(&a.array, &b.array)?));
    }
    Ok(Value::rows(of(&a.clone().spread(rows)?, &b.clone().spread(rows)?)?))
}
