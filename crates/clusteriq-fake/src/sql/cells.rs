//! The cells of a result as text, as `JSON_ARRAY` and CSV have them.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};

use super::error::SqlError;
use super::json::{self, Scalars};
use super::text;

/// A column of texts for each column.
pub(crate) fn cells(batch: &RecordBatch) -> Result<Vec<StringArray>, SqlError> {
    let of = batch.columns().iter().map(|it| match it.data_type() {
        DataType::Timestamp(..) => {
            let instants = it.as_primitive::<TimestampMicrosecondType>();
            Ok(text::each(it, |row, text| text::iso_instant(instants.value(row), text)))
        }
        DataType::List(_) | DataType::Map(..) | DataType::Struct(_) => json::of(it, Scalars::Text),
        DataType::Null => Ok(StringArray::new_null(it.len())),
        _ => text::of(it),
    });
    of.collect()
}
