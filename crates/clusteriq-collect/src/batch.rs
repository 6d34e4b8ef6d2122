//! The last look at a batch: nothing required is null, no number is infinite, every time can be meant.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Float64Type, Schema, TimestampMicrosecondType};
use clusteriq_model::tables::{ColumnSpec, Kind, TableSpec};
use jiff::Timestamp;

use crate::coerce::TIMES;
use crate::error::{CollectError, Place, Problem};

/// A canonical batch of one file.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) spec: &'static TableSpec,
    pub(crate) batch: RecordBatch,
    pub(crate) odd: Odd,
}

/// Values that were taken as unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Odd {
    /// Not a number, or infinite.
    pub(crate) infinite: u64,
    /// Outside 2000 to 2100, other than 0.
    pub(crate) far_times: u64,
}

/// Checks arrays of the kinds of the table's columns and makes a batch of them. `first_row` counts from 1.
pub(crate) fn finish(
    spec: &'static TableSpec,
    place: &Place,
    first_row: u64,
    rows: usize,
    arrays: Vec<ArrayRef>,
) -> Result<Decoded, CollectError> {
    let mut odd = Odd::default();
    let mut fields = Vec::new();
    let mut checked = Vec::new();
    for (column, array) in spec.columns.iter().zip(arrays) {
        let failed = |at: usize, problem, value| CollectError::Cell {
            file: place.clone(),
            column: column.name.to_owned(),
            row: first_row + at as u64,
            problem,
            value,
        };
        let array = match column.kind {
            Kind::Float => finite(&array, &mut odd),
            Kind::Time => near(&array, column, &mut odd).map_err(|(at, value)| failed(at, Problem::FarTime, value))?,
            Kind::Text | Kind::Int | Kind::Bool | Kind::Decimal | Kind::Tags | Kind::Texts => array,
        };
        if let Some(at) = first_null(&array).filter(|_| !column.optional) {
            return Err(failed(at, Problem::Null, "null".to_owned()));
        }
        fields.push(Field::new(column.name, array.data_type().clone(), column.optional));
        checked.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), checked, &options)
        .expect("every array has a row per row, and no null where none may be");
    Ok(Decoded { spec, batch, odd })
}

fn first_null(array: &ArrayRef) -> Option<usize> {
    let nulls = array.logical_nulls().filter(|it| it.null_count() > 0)?;
    nulls.iter().position(|valid| !valid)
}

fn finite(array: &ArrayRef, odd: &mut Odd) -> ArrayRef {
    let floats = array.as_primitive::<Float64Type>();
    if floats.values().iter().all(|it| it.is_finite()) {
        return array.clone();
    }
    odd.infinite += floats.iter().flatten().filter(|it| !it.is_finite()).count() as u64;
    Arc::new(floats.iter().map(|it| it.filter(|it| it.is_finite())).collect::<Float64Array>())
}

/// Index and text of a required time that cannot be meant.
fn near(array: &ArrayRef, column: &ColumnSpec, odd: &mut Odd) -> Result<ArrayRef, (usize, String)> {
    let times = array.as_primitive::<TimestampMicrosecondType>();
    let far = |it: i64| !TIMES.contains(&it);
    // What stands under a null is not looked at; then the slow way finds nothing.
    if !times.values().iter().any(|it| far(*it)) {
        return Ok(array.clone());
    }
    if !column.optional {
        if let Some(at) = times.iter().position(|it| it.is_some_and(far)) {
            return Err((at, shown(times.value(at))));
        }
        return Ok(array.clone());
    }
    odd.far_times += times.iter().flatten().filter(|it| far(*it) && *it != 0).count() as u64;
    let kept: TimestampMicrosecondArray = times.iter().map(|it| it.filter(|it| !far(*it))).collect();
    Ok(Arc::new(kept.with_timezone("UTC")))
}

fn shown(micros: i64) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(it) => it.to_string(),
        Err(_) => format!("{micros} microseconds since 1970"),
    }
}
