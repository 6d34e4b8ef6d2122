//! Expressions over the rows of a frame.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum, UInt32Array, new_null_array};
use arrow::compute::{self, is_null, prep_null_mask_filter, take};
use arrow::datatypes::DataType;

use super::cast::cast;
use super::error::SqlError;
use super::frame::Frame;
use super::node::{Comparison, Logic, Node, OnInvalid, Operator};
use super::{arithmetic, comparison, functions, types};

/// The values of an expression: one for all rows, or one per row.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) array: ArrayRef,
    single: bool,
}

impl Datum for Value {
    fn get(&self) -> (&dyn Array, bool) {
        (&self.array, self.single)
    }
}

impl Value {
    pub(super) fn single(array: ArrayRef) -> Self {
        Self { array, single: true }
    }

    pub(super) fn rows(array: ArrayRef) -> Self {
        Self { array, single: false }
    }

    /// Whether one value stands for all rows.
    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    pub(super) fn kind(&self) -> &DataType {
        self.array.data_type()
    }

    /// Other values in the same place.
    pub(super) fn map(&self, change: impl FnOnce(&ArrayRef) -> Result<ArrayRef, SqlError>) -> Result<Self, SqlError> {
        Ok(Self { array: change(&self.array)?, single: self.single })
    }

    pub(super) fn cast(&self, to: &DataType) -> Result<Self, SqlError> {
        self.map(|it| cast(it, to, OnInvalid::Fail))
    }

    /// What two values give; a single one if both are.
    pub(super) fn with(a: &Self, b: &Self, array: ArrayRef) -> Self {
        Self { array, single: a.single && b.single }
    }

    /// One value per row.
    pub(super) fn spread(self, rows: usize) -> Result<ArrayRef, SqlError> {
        if !self.single {
            return Ok(self.array);
        }
        if self.array.is_null(0) || self.kind() == &DataType::Null {
            return Ok(new_null_array(self.kind(), rows));
        }
        Ok(take(&self.array, &UInt32Array::from(vec![0; rows]), None)?)
    }

    /// Both of the same type.
    pub(super) fn alike(a: &Self, b: &Self) -> Result<(Self, Self), SqlError> {
        let common = types::common(a.kind(), b.kind()).ok_or_else(|| {
            let why = format!("{} and {} have no common type", types::text(a.kind()), types::text(b.kind()));
            SqlError::new("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09", why)
        })?;
        Ok((a.cast(&common)?, b.cast(&common)?))
    }

    /// As a condition: anything but BOOLEAN is a mistake.
    pub(super) fn condition(&self, of: &str) -> Result<Self, SqlError> {
        match self.kind() {
            DataType::Boolean | DataType::Null => self.cast(&DataType::Boolean),
            other => Err(SqlError::mismatch(of, format!("a BOOLEAN is asked for, not {}", types::text(other)))),
        }
    }
}

/// The values of an expression in every row.
pub(super) fn column(node: &Node, frame: &Frame) -> Result<ArrayRef, SqlError> {
    value(node, frame)?.spread(frame.rows)
}

/// The rows in which a condition holds: null is no.
pub(super) fn mask(node: &Node, frame: &Frame) -> Result<BooleanArray, SqlError> {
    let held = value(node, frame)?.condition("condition")?.spread(frame.rows)?;
    let held = held.as_boolean();
    Ok(if held.null_count() == 0 { held.clone() } else { prep_null_mask_filter(held) })
}

pub(super) fn value(node: &Node, frame: &Frame) -> Result<Value, SqlError> {
    Ok(match node {
        Node::Column(number) => Value::rows(frame.column(*number)?.clone()),
        Node::Literal(it) => Value::single(it.0.clone()),
        Node::Field(of, number) => value(of, frame)?.map(|it| functions::field(it, *number))?,
        Node::Element(of, key) => {
            let (of, key) = (value(of, frame)?, value(key, frame)?);
            let (rows, single) = (frame.rows, of.single && key.single);
            if single {
                Value::single(functions::element(&of.array, &key.array)?)
            } else {
                Value::rows(functions::element(&of.spread(rows)?, &key.spread(rows)?)?)
            }
        }
        Node::Not(of) => {
            let of = value(of, frame)?.condition("NOT")?;
            of.map(|it| Ok(Arc::new(compute::not(it.as_boolean())?)))?
        }
        Node::Negative(of) => arithmetic::negative(&value(of, frame)?)?,
        Node::IsNull(of) => value(of, frame)?.map(|it| match it.data_type() {
            // Null without a type has no list of nulls.
            DataType::Null => Ok(Arc::new(BooleanArray::from(vec![true; it.len()]))),
            _ => Ok(Arc::new(is_null(it)?)),
        })?,
        Node::Binary(left, operator, right) => binary(left, *operator, right, frame)?,
        Node::In(of, list) => {
            let of = value(of, frame)?;
            let mut found: Option<Value> = None;
            for it in list {
                let same = comparison::compare(&of, Comparison::Equal, &value(it, frame)?)?;
                found = Some(match found {
                    None => same,
                    Some(before) => comparison::logic(&before, Logic::Or, &same, frame.rows)?,
                });
            }
            found.ok_or_else(|| SqlError::syntax("an empty list"))?
        }
        Node::Case(branches, otherwise) => case(branches, otherwise, frame)?,
        Node::Cast(of, to, on_invalid) => value(of, frame)?.map(|it| cast(it, to, *on_invalid))?,
        Node::Call(function, arguments) => {
            let arguments = arguments.iter().map(|it| value(it, frame)).collect::<Result<Vec<_>, _>>()?;
            functions::call(*function, &arguments)?
        }
        Node::Aggregate(_) | Node::Window(_) => {
            return Err(SqlError::unsupported("an aggregate or a window function here"));
        }
    })
}

fn binary(left: &Node, operator: Operator, right: &Node, frame: &Frame) -> Result<Value, SqlError> {
    let (a, b) = (value(left, frame)?, value(right, frame)?);
    match operator {
        Operator::Logic(logic) => {
            comparison::logic(&a.condition("AND, OR")?, logic, &b.condition("AND, OR")?, frame.rows)
        }
        Operator::Compare(comparison) => comparison::compare(&a, comparison, &b),
        Operator::Compute(arithmetic) => arithmetic::compute(&a, arithmetic, &b),
        Operator::Concatenate => functions::concatenate(a, b, frame.rows),
        Operator::Like => {
            let (a, b) = (a.cast(&DataType::Utf8)?, b.cast(&DataType::Utf8)?);
            let like = compute::like(&a, &b)?;
            Ok(Value::with(&a, &b, Arc::new(like)))
        }
    }
}

/// A branch is computed where its condition holds. All rows at once are quicker, so that is tried first: what fails may
/// fail in rows that are none of its business.
fn case(branches: &[(Node, Node)], otherwise: &Node, frame: &Frame) -> Result<Value, SqlError> {
    let mut open = BooleanArray::from(vec![true; frame.rows]);
    let mut parts = Vec::new();
    for (when, then) in branches {
        let holds = match value(when, frame) {
            Ok(it) => it.condition("WHEN")?.spread(frame.rows)?.as_boolean().clone(),
            Err(it) if it.is_of_values() => {
                some_rows(when, &open, frame)?.condition("WHEN")?.array.as_boolean().clone()
            }
            Err(it) => return Err(it),
        };
        let holds = compute::and(&prep(&holds), &open)?;
        open = compute::and_not(&open, &holds)?;
        parts.push((holds, then));
    }
    parts.push((open, otherwise));
    let mut result: Option<Value> = None;
    for (holds, then) in parts.iter().rev() {
        let part = match value(then, frame) {
            Ok(it) => it,
            Err(it) if it.is_of_values() => some_rows(then, holds, frame)?,
            Err(it) => return Err(it),
        };
        result = Some(match result {
            None => part,
            Some(rest) => {
                let (part, rest) = Value::alike(&part, &rest)?;
                Value::rows(compute::kernels::zip::zip(holds, &part, &rest)?)
            }
        });
    }
    let result = result.ok_or_else(|| SqlError::syntax("CASE without a branch"))?;
    Ok(Value::rows(result.spread(frame.rows)?))
}

fn prep(it: &BooleanArray) -> BooleanArray {
    if it.null_count() == 0 { it.clone() } else { prep_null_mask_filter(it) }
}

/// The values in those rows; null in the others.
fn some_rows(node: &Node, rows: &BooleanArray, frame: &Frame) -> Result<Value, SqlError> {
    let some = frame.filtered(rows)?;
    let values = column(node, &some)?;
    let mut next = 0;
    let places: UInt32Array = rows
        .iter()
        .map(|it| {
            (it == Some(true)).then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    Ok(Value::rows(take(&values, &places, None)?))
}
