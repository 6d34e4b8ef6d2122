//! Rows of two frames side by side.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::row::{Row, RowConverter, SortField};

use super::error::SqlError;
use super::evaluate::{self, Value};
use super::frame::Frame;
use super::node::{Comparison, Node, Operator};
use super::order::count;

/// No join may give more rows.
const MOST_PAIRS: usize = 200_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Inner,
    /// Rows of the left without a match stay, with nulls beside them.
    Left,
}

/// Joins two frames. `on` counts columns through both of them.
pub(super) fn join(left: &Frame, right: &Frame, kind: Kind, on: Option<&Node>) -> Result<Frame, SqlError> {
    let (count_left, count_right) = (count(left.rows)?, count(right.rows)?);
    let (mut equal, mut others) = (Vec::new(), Vec::new());
    for it in on.map(Node::conjuncts).unwrap_or_default() {
        match sides(it, left.width())? {
            Some(pair) => equal.push(pair),
            None => others.push(it),
        }
    }
    let mut pairs: Vec<(u32, u32)> = if equal.is_empty() {
        if left.rows.saturating_mul(right.rows) > MOST_PAIRS {
            return Err(SqlError::unsupported("a join of so many rows without an equality"));
        }
        (0..count_left).flat_map(|l| (0..count_right).map(move |r| (l, r))).collect()
    } else {
        matching(left, right, &equal)?
    };
    for condition in others {
        let beside = side_by_side(left, right, &pairs.iter().map(|(l, r)| (*l, Some(*r))).collect::<Vec<_>>())?;
        let mask = evaluate::mask(condition, &beside)?;
        let mut kept = mask.values().iter();
        pairs.retain(|_| kept.next() == Some(true));
    }
    let mut all: Vec<(u32, Option<u32>)> = Vec::with_capacity(pairs.len());
    let mut matched = pairs.into_iter().peekable();
    for row in 0..count_left {
        let before = all.len();
        while let Some((l, r)) = matched.next_if(|(l, _)| *l == row) {
            all.push((l, Some(r)));
        }
        if all.len() == before && kind == Kind::Left {
            all.push((row, None));
        }
    }
    side_by_side(left, right, &all)
}

fn side_by_side(left: &Frame, right: &Frame, pairs: &[(u32, Option<u32>)]) -> Result<Frame, SqlError> {
    let from_left: UInt32Array = pairs.iter().map(|(l, _)| Some(*l)).collect();
    let from_right: UInt32Array = pairs.iter().map(|(_, r)| *r).collect();
    Ok(left.taken(&from_left)?.beside(right.taken(&from_right)?))
}

/// The two sides of an equality between the frames, each by its own columns.
fn sides(condition: &Node, left_width: usize) -> Result<Option<(Node, Node)>, SqlError> {
    let Node::Binary(a, Operator::Compare(Comparison::Equal), b) = condition else { return Ok(None) };
    let is_left = |it: &Node| {
        let (mut left, mut right) = (false, false);
        it.columns(&mut |column| if column < left_width { left = true } else { right = true });
        (left != right).then_some(left)
    };
    let (l, r) = match (is_left(a), is_left(b)) {
        (Some(true), Some(false)) => (a, b),
        (Some(false), Some(true)) => (b, a),
        _ => return Ok(None),
    };
    Ok(Some(((**l).clone(), shifted(r, left_width)?)))
}

/// The same over columns that are counted from a later one.
pub(super) fn shifted(of: &Node, by: usize) -> Result<Node, SqlError> {
    of.rebuilt(&mut |it| {
        Ok(match it {
            Node::Column(number) => Some(Node::Column(number - by)),
            _ => None,
        })
    })
}

/// Pairs of rows whose keys are equal, in the order of the left. Null equals nothing.
fn matching(left: &Frame, right: &Frame, equal: &[(Node, Node)]) -> Result<Vec<(u32, u32)>, SqlError> {
    let (mut of_left, mut of_right): (Vec<ArrayRef>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (l, r) in equal {
        let (l, r) = (evaluate::column(l, left)?, evaluate::column(r, right)?);
        let (l, r) = Value::alike(&Value::rows(l), &Value::rows(r))?;
        of_left.push(l.array);
        of_right.push(r.array);
    }
    let fields: Vec<SortField> = of_left.iter().map(|it| SortField::new(it.data_type().clone())).collect();
    if !RowConverter::supports_fields(&fields) {
        return Err(SqlError::unsupported("a join on such keys"));
    }
    let converter = RowConverter::new(fields)?;
    let (keys_left, keys_right) = (converter.convert_columns(&of_left)?, converter.convert_columns(&of_right)?);
    let is_known = |columns: &[ArrayRef], row: usize| columns.iter().all(|it| it.is_valid(row));
    let mut places: HashMap<Row<'_>, Vec<u32>> = HashMap::new();
    for (number, row) in (0..).zip(keys_right.iter()) {
        if is_known(&of_right, number as usize) {
            places.entry(row).or_default().push(number);
        }
    }
    let mut pairs = Vec::with_capacity(left.rows);
    for (number, row) in (0..).zip(keys_left.iter()) {
        if !is_known(&of_left, number as usize) {
            continue;
        }
        pairs.extend(places.get(&row).into_iter().flatten().map(|it| (number, *it)));
        if pairs.len() > MOST_PAIRS {
            return Err(SqlError::unsupported("a join that gives so many rows"));
        }
    }
    Ok(pairs)
}
