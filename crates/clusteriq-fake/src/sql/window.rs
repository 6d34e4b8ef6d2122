//! Functions over windows: a row's number, and values of rows before and after it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Int32Type};

use super::error::SqlError;
use super::evaluate::{self, Value};
use super::frame::Frame;
use super::node::Node;
use super::order::{Groups, SortKey, sorted};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    RowNumber,
    /// `lead` with 1, `lag` with -1.
    Neighbour {
        sign: i64,
    },
}

/// A call of one.
#[derive(Clone, Debug)]
pub(super) struct WindowCall {
    pub(super) over: Over,
    pub(super) arguments: Vec<Node>,
    pub(super) partition: Vec<Node>,
    pub(super) order: Vec<SortKey<Node>>,
}

impl WindowCall {
    /// A value per row.
    pub(super) fn values(&self, frame: &Frame) -> Result<ArrayRef, SqlError> {
        let partition = self.partition.iter().map(|it| evaluate::column(it, frame)).collect::<Result<Vec<_>, _>>()?;
        let groups = Groups::of(&partition, frame.rows)?;
        let of_row: ArrayRef = Arc::new(UInt32Array::from(groups.of_row.clone()));
        let mut keys = vec![SortKey::plain(of_row)];
        for it in &self.order {
            keys.push(it.with(evaluate::column(&it.of, frame)?));
        }
        let order = sorted(&keys, frame.rows)?;
        match self.over {
            Over::RowNumber => {
                let mut numbers = vec![0_i32; frame.rows];
                let (mut last, mut number) = (None, 0);
                for row in &order {
                    let row = *row as usize;
                    let group = groups.of_row[row];
                    number = if last == Some(group) { number + 1 } else { 1 };
                    last = Some(group);
                    numbers[row] = number;
                }
                Ok(Arc::new(Int32Array::from(numbers)))
            }
            Over::Neighbour { sign } => self.neighbour(sign, &order, &groups, frame),
        }
    }

    fn neighbour(&self, sign: i64, order: &[u32], groups: &Groups, frame: &Frame) -> Result<ArrayRef, SqlError> {
        let Some(of) = self.arguments.first() else {
            return Err(SqlError::syntax("lead and lag without an argument"));
        };
        let distance = match self.arguments.get(1) {
            None => 1,
            Some(Node::Literal(it)) if it.0.data_type() == &DataType::Int32 => {
                i64::from(it.0.as_primitive::<Int32Type>().value(0))
            }
            Some(_) => return Err(SqlError::unsupported("a distance of lead or lag that is no literal")),
        };
        let mut places: Vec<Option<u32>> = vec![None; frame.rows];
        for (place, row) in (0_i64..).zip(order) {
            let there = usize::try_from(place + sign * distance).ok().and_then(|it| order.get(it));
            let same = there.filter(|it| groups.of_row[**it as usize] == groups.of_row[*row as usize]);
            places[*row as usize] = same.copied();
        }
        let values = evaluate::column(of, frame)?;
        let beside = Value::rows(take(&values, &UInt32Array::from(places.clone()), None)?);
        let Some(default) = self.arguments.get(2) else { return beside.spread(frame.rows) };
        let (beside, default) = Value::alike(&beside, &evaluate::value(default, frame)?)?;
        let known: BooleanArray = places.iter().map(|it| Some(it.is_some())).collect();
        Ok(arrow::compute::kernels::zip::zip(&known, &beside, &default)?)
    }
}
