//! Row structs to Arrow batches and back.

mod decimal;
mod read;
mod write;

use arrow::array::RecordBatch;
use clusteriq_model::tables::Row;

use crate::{TableError, schema};

/// The rows as one batch with the table's [`schema`].
///
/// Decimals are kept to 18 digits after the point, like the system tables' own; what is beyond 10^20 does not fit and
/// becomes the greatest amount that does.
#[must_use]
pub fn to_batch<R: Row>(rows: Vec<R>) -> RecordBatch {
    let mut cells: Vec<_> = R::SPEC.columns.iter().map(|it| write::Cells::new(it.kind, rows.len())).collect();
    for row in rows {
        for (cells, value) in cells.iter_mut().zip(row.into_values()) {
            cells.push(value);
        }
    }
    let arrays = cells.into_iter().map(write::Cells::finish).collect();
    RecordBatch::try_new(schema(R::SPEC), arrays)
        .expect("a row has a cell of the right kind for every column, null only where it is optional")
}

/// The rows of a batch.
///
/// Columns are found by name, so their order and any others do not matter; an optional column that is not there is unknown
/// in every row. Types that hold the same values (other string and integer widths, dictionaries, other units of time) are
/// converted.
///
/// # Errors
///
/// A required column is missing or null somewhere, or a column's type or a value does not fit.
pub fn from_batch<R: Row>(batch: &RecordBatch) -> Result<Vec<R>, TableError> {
    let columns =
        R::SPEC.columns.iter().map(|it| read::Column::of(batch, R::SPEC, it)).collect::<Result<Vec<_>, _>>()?;
    let row = |row| {
        R::from_values(&mut columns.iter().map(|it| it.value(row)))
            .expect("columns were checked for kind and nulls when they were found")
    };
    Ok((0..batch.num_rows()).map(row).collect())
}
