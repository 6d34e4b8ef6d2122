//! Rows as columns side by side; columns that nobody asks for are not there.

use arrow::array::PrimitiveArray;
use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::{filter, take};
use arrow::datatypes::UInt32Type;

use super::error::SqlError;

#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    columns: Vec<Option<ArrayRef>>,
    pub(super) rows: usize,
}

impl Frame {
    pub(super) fn new(columns: Vec<Option<ArrayRef>>, rows: usize) -> Self {
        debug_assert!(columns.iter().flatten().all(|it| it.len() == rows), "all columns are as long");
        Self { columns, rows }
    }

    pub(super) fn whole(columns: Vec<ArrayRef>, rows: usize) -> Self {
        Self::new(columns.into_iter().map(Some).collect(), rows)
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn column(&self, number: usize) -> Result<&ArrayRef, SqlError> {
        let found = self.columns.get(number).and_then(Option::as_ref);
        found.ok_or_else(|| SqlError::new("INTERNAL_ERROR", "XX000", "A column was not read."))
    }

    pub(super) fn columns(&self) -> &[Option<ArrayRef>] {
        &self.columns
    }

    /// As if nobody had asked for that column.
    pub(super) fn without(mut self, column: usize) -> Self {
        if let Some(it) = self.columns.get_mut(column) {
            *it = None;
        }
        self
    }

    /// The rows that are marked.
    pub(super) fn filtered(&self, mask: &BooleanArray) -> Result<Self, SqlError> {
        let rows = mask.true_count();
        if rows == self.rows {
            return Ok(self.clone());
        }
        self.each(rows, |it| Ok(filter(it, mask)?))
    }

    /// Rows by number; null is a row of nulls.
    pub(super) fn taken(&self, rows: &PrimitiveArray<UInt32Type>) -> Result<Self, SqlError> {
        self.each(rows.len(), |it| Ok(take(it, rows, None)?))
    }

    /// So many rows from that one on.
    pub(super) fn slice(&self, from: usize, rows: usize) -> Self {
        let from = from.min(self.rows);
        let rows = rows.min(self.rows - from);
        let columns = self.columns.iter().map(|it| it.as_ref().map(|it| it.slice(from, rows))).collect();
        Self { columns, rows }
    }

    /// The first so many columns.
    pub(super) fn narrowed(mut self, width: usize) -> Self {
        self.columns.truncate(width);
        self
    }

    /// With those columns to the right.
    pub(super) fn beside(mut self, other: Self) -> Self {
        debug_assert_eq!(self.rows, other.rows, "all columns are as long");
        self.columns.extend(other.columns);
        self
    }

    fn each(&self, rows: usize, change: impl Fn(&ArrayRef) -> Result<ArrayRef, SqlError>) -> Result<Self, SqlError> {
        let columns = self.columns.iter().map(|it| it.as_ref().map(&change).transpose());
        Ok(Self { columns: columns.collect::<Result<_, _>>()?, rows })
    }
}
