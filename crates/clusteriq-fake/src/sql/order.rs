//! Rows in order, and rows that are alike.

use std::collections::HashMap;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::SortOptions;
use arrow::row::{Row, RowConverter, Rows, SortField};

use super::error::SqlError;
use super::types;

/// What rows are ordered by.
#[derive(Clone, Debug)]
pub(super) struct SortKey<T> {
    pub(super) of: T,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

impl<T> SortKey<T> {
    pub(super) fn with<U>(&self, of: U) -> SortKey<U> {
        SortKey { of, descending: self.descending, nulls_first: self.nulls_first }
    }

    /// Ascending.
    pub(super) fn plain(of: T) -> Self {
        Self { of, descending: false, nulls_first: true }
    }
}

/// Numbers of the rows in order; equal ones stay as they are.
pub(super) fn sorted(keys: &[SortKey<ArrayRef>], rows: usize) -> Result<Vec<u32>, SqlError> {
    let mut numbers: Vec<u32> = (0..count(rows)?).collect();
    if keys.is_empty() {
        return Ok(numbers);
    }
    let fields = keys.iter().map(|it| {
        let options = SortOptions { descending: it.descending, nulls_first: it.nulls_first };
        SortField::new_with_options(it.of.data_type().clone(), options)
    });
    let columns: Vec<ArrayRef> = keys.iter().map(|it| it.of.clone()).collect();
    let encoded = encoded(fields.collect(), &columns)?;
    numbers.sort_by(|a, b| encoded.row(*a as usize).cmp(&encoded.row(*b as usize)));
    Ok(numbers)
}

/// Which rows are alike.
pub(super) struct Groups {
    /// The group of each row.
    pub(super) of_row: Vec<u32>,
    /// The first row of each group: groups are in the order in which they come up.
    pub(super) first: Vec<u32>,
}

impl Groups {
    /// All rows are one group, even if there are none.
    pub(super) fn one(rows: usize) -> Self {
        Self { of_row: vec![0; rows], first: vec![0] }
    }

    /// Rows with the same values; null is a value.
    pub(super) fn of(columns: &[ArrayRef], rows: usize) -> Result<Self, SqlError> {
        count(rows)?;
        if columns.is_empty() {
            let first = if rows == 0 { Vec::new() } else { vec![0] };
            return Ok(Self { of_row: vec![0; rows], first });
        }
        let encoded = keys(columns)?;
        let mut known: HashMap<Row<'_>, u32> = HashMap::new();
        let (mut of_row, mut first) = (Vec::with_capacity(rows), Vec::new());
        for (number, row) in (0..).zip(encoded.iter()) {
            let next = first.len() as u32;
            let group = *known.entry(row).or_insert_with(|| {
                first.push(number);
                next
            });
            of_row.push(group);
        }
        Ok(Self { of_row, first })
    }

    pub(super) fn first_rows(&self) -> UInt32Array {
        UInt32Array::from(self.first.clone())
    }
}

/// Rows as bytes that are the same if the rows are.
pub(super) fn keys(columns: &[ArrayRef]) -> Result<Rows, SqlError> {
    encoded(columns.iter().map(|it| SortField::new(it.data_type().clone())).collect(), columns)
}

fn encoded(fields: Vec<SortField>, columns: &[ArrayRef]) -> Result<Rows, SqlError> {
    if !RowConverter::supports_fields(&fields) {
        let kinds: Vec<String> = columns.iter().map(|it| types::text(it.data_type())).collect();
        return Err(SqlError::unsupported(format!("comparing rows of {}", kinds.join(", "))));
    }
    Ok(RowConverter::new(fields)?.convert_columns(columns)?)
}

/// Rows are counted with 32 bits.
pub(super) fn count(rows: usize) -> Result<u32, SqlError> {
    u32::try_from(rows).map_err(|_| SqlError::unsupported(format!("{rows} rows at once")))
}
