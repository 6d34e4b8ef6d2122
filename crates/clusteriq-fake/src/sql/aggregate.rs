//! Functions of a group of rows.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, UInt32Array, make_comparator,
};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, i256};

use super::arithmetic::{power, rounded};
use super::cast::cast;
use super::error::SqlError;
use super::evaluate;
use super::frame::Frame;
use super::node::{Node, OnInvalid};
use super::order::Groups;
use super::types::{self, MOST_DIGITS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    CountIf,
    Sum,
    Min,
    Max,
    Average,
}

/// A call of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AggregateCall {
    pub(super) aggregate: Aggregate,
    /// None counts rows.
    pub(super) argument: Option<Node>,
    /// Whether equal values count once.
    pub(super) distinct: bool,
    /// `FILTER (WHERE …)`.
    pub(super) filter: Option<Node>,
}

impl Aggregate {
    pub(super) fn called(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "count_if" => Self::CountIf,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" | "mean" => Self::Average,
            _ => return None,
        })
    }
}

impl AggregateCall {
    /// A value per group.
    pub(super) fn values(&self, frame: &Frame, groups: &Groups) -> Result<ArrayRef, SqlError> {
        let values = self.argument.as_ref().map(|it| evaluate::column(it, frame)).transpose()?;
        let kept = self.filter.as_ref().map(|it| evaluate::mask(it, frame)).transpose()?;
        let mut rows = Rows { groups, kept, values: values.as_ref(), some: None };
        if let (true, Some(values)) = (self.distinct, &values) {
            let of_row: ArrayRef = Arc::new(UInt32Array::from(groups.of_row.clone()));
            let alike = Groups::of(&[of_row, values.clone()], frame.rows)?;
            // The first of equal values stands for all, unless the filter leaves it out.
            let mut seen = vec![false; alike.first.len()];
            let chosen = rows.iter().filter(|(row, _)| {
                let group = alike.of_row[*row] as usize;
                !std::mem::replace(&mut seen[group], true)
            });
            let chosen = chosen.collect();
            rows.some = Some(chosen);
        }
        match (self.aggregate, &values) {
            (Aggregate::Count, _) | (_, None) => Ok(Arc::new(counts(&rows))),
            (Aggregate::CountIf, Some(it)) => {
                let held = it.as_boolean_opt().ok_or_else(|| wrong("count_if", it))?;
                let yes: BooleanArray = held.iter().map(|it| it.filter(|it| *it)).collect();
                let yes: ArrayRef = Arc::new(yes);
                Ok(Arc::new(counts(&Rows { values: Some(&yes), ..rows })))
            }
            (Aggregate::Sum, Some(it)) => sum(&rows, it),
            (Aggregate::Average, Some(it)) => average(&rows, it),
            (Aggregate::Min, Some(it)) => extreme(&rows, it, Ordering::Less),
            (Aggregate::Max, Some(it)) => extreme(&rows, it, Ordering::Greater),
        }
    }
}

/// The rows that count.
struct Rows<'a> {
    groups: &'a Groups,
    kept: Option<BooleanArray>,
    /// Nulls do not count.
    values: Option<&'a ArrayRef>,
    /// Only those.
    some: Option<Vec<(usize, usize)>>,
}

impl Rows<'_> {
    /// Number of the row, number of its group.
    fn iter(&self) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
        if let Some(it) = &self.some {
            return Box::new(it.iter().copied());
        }
        let all = self.groups.of_row.iter().enumerate().map(|(row, group)| (row, *group as usize));
        Box::new(all.filter(|(row, _)| {
            self.kept.as_ref().is_none_or(|it| it.value(*row))
                && self.values.is_none_or(|it| it.is_valid(*row) && it.data_type() != &DataType::Null)
        }))
    }

    fn len(&self) -> usize {
        self.groups.first.len()
    }
}

fn counts(rows: &Rows<'_>) -> Int64Array {
    let mut counts = vec![0_i64; rows.len()];
    for (_, group) in rows.iter() {
        counts[group] += 1;
    }
    Int64Array::from(counts)
}

fn wrong(name: &str, of: &ArrayRef) -> SqlError {
    SqlError::mismatch(name, format!("not for {}", types::text(of.data_type())))
}

fn sum(rows: &Rows<'_>, of: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let overflow = || SqlError::overflow("A sum is too large");
    Ok(match of.data_type() {
        it if it.is_integer() => {
            let of = cast(of, &DataType::Int64, OnInvalid::Fail)?;
            let of = of.as_primitive::<Int64Type>();
            let sums = added(rows, |row| of.value(row), |a, b| i64::checked_add(a, b).ok_or_else(overflow))?;
            Arc::new(Int64Array::from(sums))
        }
        DataType::Decimal128(precision, scale) => {
            let sums = decimal_sums(rows, of)?;
            let precision = (precision + 10).min(MOST_DIGITS);
            let sums = Decimal128Array::from(sums).with_precision_and_scale(precision, *scale)?;
            sums.validate_decimal_precision(precision).map_err(|_| overflow())?;
            Arc::new(sums)
        }
        DataType::Float32 | DataType::Float64 | DataType::Utf8 | DataType::Null => {
            let of = cast(of, &DataType::Float64, OnInvalid::Fail)?;
            let of = of.as_primitive::<Float64Type>();
            Arc::new(Float64Array::from(added(rows, |row| of.value(row), |a, b| Ok(a + b))?))
        }
        _ => return Err(wrong("sum", of)),
    })
}

fn decimal_sums(rows: &Rows<'_>, of: &ArrayRef) -> Result<Vec<Option<i128>>, SqlError> {
    let of = of.as_primitive::<Decimal128Type>();
    let overflow = || SqlError::overflow("A sum is too large");
    added(rows, |row| of.value(row), |a, b| i128::checked_add(a, b).ok_or_else(overflow))
}

fn added<T: Copy>(
    rows: &Rows<'_>,
    value: impl Fn(usize) -> T,
    add: impl Fn(T, T) -> Result<T, SqlError>,
) -> Result<Vec<Option<T>>, SqlError> {
    let mut sums = vec![None; rows.len()];
    for (row, group) in rows.iter() {
        let it = value(row);
        sums[group] = Some(sums[group].map_or(Ok(it), |sum| add(sum, it))?);
    }
    Ok(sums)
}

fn average(rows: &Rows<'_>, of: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let counts = counts(rows);
    if let DataType::Decimal128(precision, scale) = of.data_type() {
        let scale_of_result = (*scale + 4).min(MOST_DIGITS.cast_signed());
        let up = power(i32::from(scale_of_result - scale));
        let overflow = || SqlError::overflow("An average is too large");
        let averages = decimal_sums(rows, of)?.into_iter().zip(counts.values());
        let averages = averages.map(|(sum, count)| {
            let Some(sum) = sum else { return Ok(None) };
            let sum = up.and_then(|up| i256::from_i128(sum).checked_mul(up)).ok_or_else(overflow)?;
            let average = rounded(sum, i256::from_i128(i128::from(*count))).and_then(i256::to_i128);
            average.ok_or_else(overflow).map(Some)
        });
        let averages = Decimal128Array::from(averages.collect::<Result<Vec<_>, _>>()?);
        let precision = (precision + 4).min(MOST_DIGITS);
        return Ok(Arc::new(averages.with_precision_and_scale(precision, scale_of_result)?));
    }
    if !(of.data_type().is_numeric() || matches!(of.data_type(), DataType::Utf8 | DataType::Null)) {
        return Err(wrong("avg", of));
    }
    let of = cast(of, &DataType::Float64, OnInvalid::Fail)?;
    let sums =
        sum(&Rows { values: Some(&of), groups: rows.groups, kept: rows.kept.clone(), some: rows.some.clone() }, &of)?;
    let sums = sums.as_primitive::<Float64Type>();
    let averages = sums.iter().zip(counts.values()).map(|(sum, count)| sum.map(|it| it / *count as f64));
    Ok(Arc::new(averages.collect::<Float64Array>()))
}

/// The least or the largest of each group.
fn extreme(rows: &Rows<'_>, of: &ArrayRef, wanted: Ordering) -> Result<ArrayRef, SqlError> {
    let compare = make_comparator(of, of, SortOptions::default()).map_err(|_| wrong("min, max", of))?;
    let mut best: Vec<Option<u32>> = vec![None; rows.len()];
    for (row, group) in rows.iter() {
        if best[group].is_none_or(|it| compare(row, it as usize) == wanted) {
            best[group] = u32::try_from(row).ok();
        }
    }
    Ok(take(of, &UInt32Array::from(best), None)?)
}
