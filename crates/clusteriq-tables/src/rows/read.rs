//! Cells read from Arrow arrays.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray, MapArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::FormatOptions;
use clusteriq_model::tables::{ColumnSpec, Kind, TableSpec, Tags, Value};
use jiff::Timestamp;

use super::decimal;
use crate::{TableError, data_type};

/// One column of a batch, as the kind that its table says.
pub(super) enum Column {
    /// Not in the batch.
    Unknown,
    Text(StringArray),
    Int(Int64Array),
    Float(Float64Array),
    Bool(BooleanArray),
    Time(TimestampMicrosecondArray),
    Decimal(Decimal128Array),
    Tags(Vec<Option<Tags>>),
    Texts(ListArray),
}

impl Column {
    /// Finds and checks a column: afterwards every row has a value that its table allows.
    pub(super) fn of(
        batch: &RecordBatch,
        table: &'static TableSpec,
        column: &'static ColumnSpec,
    ) -> Result<Self, TableError> {
        let (dataset, name) = (table.dataset, column.name);
        let Some(array) = batch.column_by_name(name) else {
            if column.optional {
                return Ok(Self::Unknown);
            }
            return Err(TableError::MissingColumn { table: dataset, column: name });
        };
        let array = as_kind(array, column.kind).ok_or_else(|| TableError::WrongType {
            table: dataset,
            column: name,
            found: array.data_type().clone(),
            expected: data_type(column.kind),
        })?;
        if !column.optional
            && let Some(row) = first_null(&array)
        {
            return Err(TableError::NullValue { table: dataset, column: name, row });
        }
        if column.kind == Kind::Time
            && let Some((row, value)) = first_impossible_time(array.as_primitive())
        {
            let value = format!("{value} µs since 1970");
            return Err(TableError::OutOfRange { table: dataset, column: name, row, value });
        }
        Ok(match column.kind {
            Kind::Text => Self::Text(array.as_string().clone()),
            Kind::Int => Self::Int(array.as_primitive::<Int64Type>().clone()),
            Kind::Float => Self::Float(array.as_primitive::<Float64Type>().clone()),
            Kind::Bool => Self::Bool(array.as_boolean().clone()),
            Kind::Time => Self::Time(array.as_primitive::<TimestampMicrosecondType>().clone()),
            Kind::Decimal => Self::Decimal(array.as_primitive::<Decimal128Type>().clone()),
            Kind::Tags => Self::Tags(all_tags(array.as_map())),
            Kind::Texts => Self::Texts(array.as_list().clone()),
        })
    }

    pub(super) fn value(&self, row: usize) -> Value {
        match self {
            Self::Unknown => Value::Null,
            Self::Text(it) if it.is_valid(row) => Value::Text(it.value(row).to_owned()),
            Self::Int(it) if it.is_valid(row) => Value::Int(it.value(row)),
            Self::Float(it) if it.is_valid(row) => Value::Float(it.value(row)),
            Self::Bool(it) if it.is_valid(row) => Value::Bool(it.value(row)),
            Self::Time(it) if it.is_valid(row) => {
                Value::Time(Timestamp::from_microsecond(it.value(row)).expect("checked when it was found"))
            }
            Self::Decimal(it) if it.is_valid(row) => Value::Decimal(decimal::from_units(it.value(row))),
            Self::Tags(it) => it[row].clone().map_or(Value::Null, Value::Tags),
            Self::Texts(it) if it.is_valid(row) => Value::Texts(texts(&it.value(row))),
            Self::Text(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Bool(_)
            | Self::Time(_)
            | Self::Decimal(_)
            | Self::Texts(_) => Value::Null,
        }
    }
}

/// A value that does not fit is an error here and must not become null.
const EXACT: CastOptions<'static> = CastOptions { safe: false, format_options: FormatOptions::new() };

/// The array with the type of this kind, if its type can hold such values and each of them fits.
fn as_kind(array: &ArrayRef, kind: Kind) -> Option<ArrayRef> {
    let wanted = data_type(kind);
    if array.data_type() == &wanted {
        return Some(array.clone());
    }
    if let (Kind::Time, DataType::Timestamp(_, zone)) = (kind, array.data_type()) {
        // Only the unit is cast: a cast to UTC would take times without a zone for local ones; here they are in UTC.
        let unit = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
        let times = cast_with_options(array, &unit, &EXACT).ok()?;
        let times = times.as_primitive::<TimestampMicrosecondType>().clone();
        return Some(Arc::new(times.with_data_type(wanted)));
    }
    let fits = match (kind, plain(array.data_type())) {
        (_, DataType::Null) => true,
        (Kind::Text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => true,
        (Kind::Int, it) => it.is_integer(),
        (Kind::Float, it) => it.is_floating() || it.is_integer(),
        (Kind::Decimal, it) => it.is_decimal() || it.is_integer(),
        (Kind::Tags, it) => matches!(it, DataType::Map(_, _)),
        (Kind::Texts, it) => matches!(it, DataType::List(_) | DataType::LargeList(_)),
        (Kind::Text | Kind::Bool | Kind::Time, _) => false,
    };
    if !fits || !can_cast_types(array.data_type(), &wanted) {
        return None;
    }
    cast_with_options(array, &wanted, &EXACT).ok()
}

/// The type without its dictionary.
fn plain(it: &DataType) -> &DataType {
    if let DataType::Dictionary(_, values) = it { values } else { it }
}

fn first_null(array: &ArrayRef) -> Option<usize> {
    let nulls = array.logical_nulls()?;
    (nulls.null_count() > 0).then(|| nulls.iter().position(|valid| !valid)).flatten()
}

/// Arrow's microseconds reach further than the years that `jiff` knows.
fn first_impossible_time(array: &TimestampMicrosecondArray) -> Option<(usize, i64)> {
    let times = array.iter().enumerate().filter_map(|(row, it)| Some((row, it?)));
    let possible = Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond();
    times.into_iter().find(|(_, it)| !possible.contains(it))
}

/// Of every row; rows with the same tags share them.
fn all_tags(array: &MapArray) -> Vec<Option<Tags>> {
    let mut seen: BTreeSet<Tags> = BTreeSet::new();
    let mut shared = |row| {
        let found = tags(array, row);
        if let Some(it) = seen.get(&found) {
            return it.clone();
        }
        seen.insert(found.clone());
        found
    };
    (0..array.len()).map(|row| array.is_valid(row).then(|| shared(row))).collect()
}

/// A tag without a value is kept with an empty one: it was set.
fn tags(array: &MapArray, row: usize) -> Tags {
    let entries = array.value(row);
    let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
    let value = |i: usize| {
        if values.is_valid(i) { values.value(i) } else { "" }
    };
    (0..entries.len()).map(|i| (keys.value(i).to_owned(), value(i).to_owned())).collect()
}

fn texts(values: &ArrayRef) -> Vec<String> {
    values.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}
