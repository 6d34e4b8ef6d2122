//! Columns of a Parquet file, whatever their physical types, to canonical arrays.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Int32Array, MapArray, PrimitiveArray, StringArray,
    StringBuilder, make_array, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null, take};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type, i256,
};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use clusteriq_model::tables::{ColumnSpec, Kind};
use clusteriq_tables::data_type;

use crate::coerce::{SCALE, decimal, epoch, rescaled, whole};
use crate::columns::ColumnBuilder;
use crate::error::Problem;
use crate::json;

/// Why a column cannot be made.
#[derive(Debug)]
pub(crate) enum Bad {
    Type(DataType),
    Cell { at: usize, problem: Problem, value: String },
    Arrow(ArrowError),
}

impl From<ArrowError> for Bad {
    fn from(it: ArrowError) -> Self {
        Self::Arrow(it)
    }
}

/// The column from the arrays of its paths, of which the first that is not null counts; all null if there are none.
pub(crate) fn column(spec: &ColumnSpec, paths: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef, Bad> {
    let mut result: Option<ArrayRef> = None;
    for array in paths {
        let array = convert(spec.kind, &array)?;
        result = Some(match result {
            None => array,
            Some(before) if before.logical_null_count() == 0 => before,
            Some(before) => zip(&is_not_null(&before)?, &before, &cast(&array, before.data_type())?)?,
        });
    }
    Ok(result.unwrap_or_else(|| new_null_array(&data_type(spec.kind), rows)))
}

/// What stands at a path inside of a value; none if there is no such place.
pub(crate) fn inside(array: &ArrayRef, path: &[&str]) -> Result<Option<ArrayRef>, Bad> {
    let Some((name, rest)) = path.split_first() else { return Ok(Some(array.clone())) };
    match array.data_type() {
        DataType::Struct(fields) => {
            let Some(at) = fields.iter().position(|it| it.name().eq_ignore_ascii_case(name)) else { return Ok(None) };
            inside(&with_nulls(array.as_struct().column(at), array.nulls())?, rest)
        }
        DataType::Map(_, _) => inside(&entry(array.as_map(), name)?, rest),
        DataType::Utf8 | DataType::Binary => Ok(Some(inside_json(array, path)?)),
        DataType::Null => Ok(Some(array.clone())),
        _ => Ok(None),
    }
}

fn with_nulls(child: &ArrayRef, parent: Option<&NullBuffer>) -> Result<ArrayRef, Bad> {
    if parent.is_none() || *child.data_type() == DataType::Null {
        return Ok(child.clone());
    }
    let nulls = NullBuffer::union(child.nulls(), parent);
    Ok(make_array(child.to_data().into_builder().nulls(nulls).build()?))
}

/// Per row the value of one key.
fn entry(map: &MapArray, name: &str) -> Result<ArrayRef, Bad> {
    let keys = texts(map.keys())?;
    let of_row = |row: usize| {
        if map.is_null(row) {
            return None;
        }
        let range = map.value_offsets()[row]..map.value_offsets()[row + 1];
        range.rev().find(|at| keys.value(*at as usize).eq_ignore_ascii_case(name))
    };
    let indices: Int32Array = (0..map.len()).map(of_row).collect();
    Ok(take(map.values(), &indices, None)?)
}

fn inside_json(array: &ArrayRef, path: &[&str]) -> Result<ArrayRef, Bad> {
    fn walk(json: &str, path: &[&str]) -> Result<Option<String>, Problem> {
        let Some((name, rest)) = path.split_first() else { return Ok(Some(json.to_owned())) };
        if json.trim().is_empty() {
            return Ok(None);
        }
        let members = json::members(json)?;
        let Some((_, value)) = members.into_iter().rev().find(|it| it.0.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        json::text(value)?.map_or(Ok(None), |it| walk(&it, rest))
    }
    let array = texts(array)?;
    let mut result = StringBuilder::new();
    for (at, json) in array.iter().enumerate() {
        let found = json.map_or(Ok(None), |it| walk(it, path));
        let value = || json.unwrap_or_default().to_owned();
        result.append_option(found.map_err(|problem| Bad::Cell { at, problem, value: value() })?);
    }
    Ok(Arc::new(result.finish()))
}

/// An array of one of few types: the many widths and encodings are gone.
fn plain(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    use DataType::{
        BinaryView, Decimal32, Decimal64, Decimal128, Dictionary, FixedSizeBinary, FixedSizeList, Float16, Float32,
        Int8, Int16, Int32, LargeBinary, LargeList, LargeUtf8, UInt8, UInt16, UInt32, Utf8View,
    };
    let target = match array.data_type() {
        Dictionary(_, value) => value.as_ref().clone(),
        Utf8View | LargeUtf8 => DataType::Utf8,
        BinaryView | LargeBinary | FixedSizeBinary(_) => DataType::Binary,
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 => DataType::Int64,
        Float16 | Float32 => DataType::Float64,
        Decimal32(_, scale) | Decimal64(_, scale) => Decimal128(38, *scale),
        LargeList(item) | FixedSizeList(item, _) => DataType::List(item.clone()),
        _ => return Ok(array.clone()),
    };
    plain(&cast(array, &target)?)
}

fn convert(kind: Kind, array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    if kind == Kind::Text && *array.data_type() == dictionary {
        let values = array.as_any_dictionary().values().as_string::<i32>();
        if !values.iter().any(|it| it == Some("")) {
            return Ok(array.clone());
        }
    }
    let array = plain(array)?;
    if *array.data_type() == DataType::Null {
        return Ok(new_null_array(&data_type(kind), array.len()));
    }
    match (kind, array.data_type()) {
        (Kind::Text, _) => Ok(Arc::new(without_empty(texts(&array)?))),
        (Kind::Tags, DataType::Map(_, _) | DataType::List(_) | DataType::Struct(_)) => tags(&array),
        (Kind::Texts, DataType::List(_)) => list(&array),
        (_, DataType::Utf8 | DataType::Binary) => parsed(kind, &texts(&array)?),
        (Kind::Int, _) => ints(&array),
        (Kind::Float, _) => floats(&array),
        (Kind::Bool, _) => booleans(&array),
        (Kind::Time, _) => times(&array),
        (Kind::Decimal, _) => decimals(&array),
        (Kind::Tags | Kind::Texts, other) => Err(Bad::Type(other.clone())),
    }
}

fn parsed(kind: Kind, array: &StringArray) -> Result<ArrayRef, Bad> {
    let mut column = ColumnBuilder::new(kind);
    for (at, text) in array.iter().enumerate() {
        let pushed = column.push(text.unwrap_or_default());
        pushed.map_err(|problem| Bad::Cell { at, problem, value: text.unwrap_or_default().to_owned() })?;
    }
    Ok(column.finish())
}

/// Values one by one; `None` makes a null.
fn each<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &ArrayRef,
    of: impl Fn(S::Native) -> Result<Option<T::Native>, Problem>,
) -> Result<PrimitiveArray<T>, Bad> {
    let mut result = PrimitiveArray::<T>::builder(array.len());
    for (at, value) in array.as_primitive::<S>().iter().enumerate() {
        let value = value.map_or(Ok(None), &of);
        result.append_option(value.map_err(|problem| Bad::Cell { at, problem, value: shown(array, at) })?);
    }
    Ok(result.finish())
}

fn shown(array: &ArrayRef, at: usize) -> String {
    array_value_to_string(array, at).unwrap_or_else(|_| "a value that cannot be shown".to_owned())
}

fn ints(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let whole_or_unknown = |it: f64| if it.is_nan() { Ok(None) } else { whole(it).map(Some).ok_or(Problem::NotInt) };
    Ok(Arc::new(match array.data_type() {
        DataType::Int64 => return Ok(array.clone()),
        DataType::UInt64 => {
            each::<UInt64Type, Int64Type>(array, |it| i64::try_from(it).map(Some).map_err(|_| Problem::NotInt))?
        }
        DataType::Float64 => each::<Float64Type, Int64Type>(array, whole_or_unknown)?,
        DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => {
            let one = 10_i128.pow(SCALE.unsigned_abs());
            each::<Decimal128Type, Int64Type>(&decimals(array)?, |it| {
                if it % one != 0 {
                    return Err(Problem::NotInt);
                }
                i64::try_from(it / one).map(Some).map_err(|_| Problem::NotInt)
            })?
        }
        other => return Err(Bad::Type(other.clone())),
    }))
}

fn floats(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    match array.data_type() {
        DataType::Float64 => Ok(array.clone()),
        DataType::Int64 | DataType::UInt64 | DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => {
            Ok(cast(array, &DataType::Float64)?)
        }
        other => Err(Bad::Type(other.clone())),
    }
}

fn booleans(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    match array.data_type() {
        DataType::Boolean => Ok(array.clone()),
        DataType::Int64 => {
            let ints = array.as_primitive::<Int64Type>();
            if let Some(at) = ints.iter().position(|it| it.is_some_and(|it| it != 0 && it != 1)) {
                return Err(Bad::Cell { at, problem: Problem::NotBool, value: shown(array, at) });
            }
            Ok(Arc::new(ints.iter().map(|it| it.map(|it| it == 1)).collect::<BooleanArray>()))
        }
        other => Err(Bad::Type(other.clone())),
    }
}

fn times(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let by = |unit: i64| move |it: i64| it.checked_mul(unit).map(Some).ok_or(Problem::FarTime);
    let times: PrimitiveArray<TimestampMicrosecondType> = match array.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => array.as_primitive().clone(),
        DataType::Timestamp(TimeUnit::Second, _) => each::<TimestampSecondType, _>(array, by(1_000_000))?,
        DataType::Timestamp(TimeUnit::Millisecond, _) => each::<TimestampMillisecondType, _>(array, by(1_000))?,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each::<TimestampNanosecondType, _>(array, |it| Ok(Some(it.div_euclid(1_000))))?
        }
        DataType::Date32 => each::<Date32Type, _>(array, |it| Ok(Some(i64::from(it) * 86_400_000_000)))?,
        DataType::Date64 => each::<Date64Type, _>(array, by(1_000))?,
        DataType::Int64 => each::<Int64Type, _>(array, |it| epoch(it).map(Some))?,
        other => return Err(Bad::Type(other.clone())),
    };
    Ok(Arc::new(times.with_timezone("UTC")))
}

fn decimals(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let result: PrimitiveArray<Decimal128Type> = match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = i32::from(*scale);
            each::<Decimal128Type, _>(array, |it| rescaled(it, scale).map(Some))?
        }
        DataType::Decimal256(_, scale) => {
            let scale = i32::from(*scale);
            each::<Decimal256Type, _>(array, |it| wide(it, scale).map(Some))?
        }
        DataType::Int64 => each::<Int64Type, _>(array, |it| rescaled(i128::from(it), 0).map(Some))?,
        DataType::UInt64 => each::<UInt64Type, _>(array, |it| rescaled(i128::from(it), 0).map(Some))?,
        DataType::Float64 => {
            each::<Float64Type, _>(array, |it| if it.is_nan() { Ok(None) } else { decimal(&it.to_string()).map(Some) })?
        }
        other => return Err(Bad::Type(other.clone())),
    };
    Ok(Arc::new(result.with_data_type(data_type(Kind::Decimal))))
}

/// As [`rescaled`], for numbers of up to 76 digits.
fn wide(mut units: i256, mut scale: i32) -> Result<i128, Problem> {
    let ten = i256::from_i128(10);
    while scale > SCALE && units != i256::ZERO {
        if units % ten != i256::ZERO {
            return Err(Problem::TooManyDigits);
        }
        units /= ten;
        scale -= 1;
    }
    rescaled(units.to_i128().ok_or(Problem::TooManyDigits)?, scale)
}

/// Everything as text; what is nested in the way Arrow shows it.
fn texts(array: &ArrayRef) -> Result<StringArray, Bad> {
    let array = plain(array)?;
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().clone(),
        DataType::Binary => {
            let bytes = array.as_binary::<i32>();
            let mut result = StringBuilder::new();
            for (at, it) in bytes.iter().enumerate() {
                let text = it.map(std::str::from_utf8).transpose();
                let bad = |_| Bad::Cell { at, problem: Problem::NotText, value: shown(&array, at) };
                result.append_option(text.map_err(bad)?);
            }
            result.finish()
        }
        // Ids that passed through a float.
        DataType::Float64 => {
            let of = |it: f64| whole(it).map_or_else(|| it.to_string(), |it| it.to_string());
            array.as_primitive::<Float64Type>().iter().map(|it| it.filter(|it| !it.is_nan()).map(of)).collect()
        }
        DataType::Struct(_) | DataType::List(_) | DataType::Map(_, _) => {
            let of = |at| array.is_valid(at).then(|| shown(&array, at));
            (0..array.len()).map(of).collect()
        }
        _ => cast(&array, &DataType::Utf8)?.as_string::<i32>().clone(),
    })
}

/// Empty texts are unknown.
fn without_empty(array: StringArray) -> StringArray {
    if !array.iter().any(|it| it == Some("")) {
        return array;
    }
    array.iter().map(|it| it.filter(|it| !it.is_empty())).collect()
}

/// Tags from a map, a list of keys and values, or a struct with a field per tag.
fn tags(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let mut column = ColumnBuilder::new(Kind::Tags);
    let mut tags: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    if let DataType::Struct(fields) = array.data_type() {
        let values = array.as_struct().columns().iter().map(texts).collect::<Result<Vec<_>, _>>()?;
        for row in 0..array.len() {
            if array.is_null(row) {
                column.push_null();
                continue;
            }
            let there = fields.iter().zip(&values).filter(|it| it.1.is_valid(row));
            tags.clear();
            tags.extend(there.map(|(field, it)| (Cow::from(field.name()), Cow::from(it.value(row)))));
            column.push_tags(&mut tags);
        }
        return Ok(column.finish());
    }
    let (offsets, entries) = match array.data_type() {
        DataType::Map(_, _) => (array.as_map().value_offsets(), array.as_map().entries().clone()),
        DataType::List(_) => match array.as_list::<i32>().values().as_struct_opt() {
            Some(entries) => (array.as_list::<i32>().value_offsets(), entries.clone()),
            None => return Err(Bad::Type(array.data_type().clone())),
        },
        other => return Err(Bad::Type(other.clone())),
    };
    if entries.num_columns() != 2 {
        return Err(Bad::Type(array.data_type().clone()));
    }
    let (keys, values) = (texts(entries.column(0))?, texts(entries.column(1))?);
    for row in 0..array.len() {
        if array.is_null(row) {
            column.push_null();
            continue;
        }
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        tags.clear();
        tags.extend(range.filter(|at| keys.is_valid(*at)).map(|at| {
            let value = if values.is_valid(at) { values.value(at) } else { "" };
            (Cow::from(keys.value(at)), Cow::from(value))
        }));
        column.push_tags(&mut tags);
    }
    Ok(column.finish())
}

fn list(array: &ArrayRef) -> Result<ArrayRef, Bad> {
    let list = array.as_list::<i32>();
    let values = texts(list.values())?;
    let mut column = ColumnBuilder::new(Kind::Texts);
    for row in 0..list.len() {
        if list.is_null(row) {
            column.push_null();
            continue;
        }
        let range = list.value_offsets()[row] as usize..list.value_offsets()[row + 1] as usize;
        column.push_texts(range.filter(|at| values.is_valid(*at)).map(|at| Cow::from(values.value(at))));
    }
    Ok(column.finish())
}
