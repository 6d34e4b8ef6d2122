//! Values as JSON: `to_json`, and the cells of arrays, maps and structs.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use serde_json::{Map, Value};

use super::error::SqlError;
use super::text;

/// How scalars inside are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalars {
    /// `to_json`: numbers are numbers, and fields without a value are left out.
    Plain,
    /// Cells of a result: every scalar is text, as Databricks' own readers of results expect.
    Text,
}

/// Each value as JSON text.
pub(super) fn of(values: &ArrayRef, scalars: Scalars) -> Result<StringArray, SqlError> {
    let writer = Writer::new(values, scalars)?;
    Ok(text::each(values, |row, text| text.push_str(&writer.value(row).to_string())))
}

/// An array with the texts of what is inside, made once.
enum Writer {
    Scalar { texts: StringArray, kind: DataType, scalars: Scalars },
    List { of: ArrayRef, items: Box<Writer> },
    Map { of: ArrayRef, keys: StringArray, values: Box<Writer> },
    Struct { of: ArrayRef, fields: Vec<(String, Writer)>, scalars: Scalars },
}

impl Writer {
    fn new(of: &ArrayRef, scalars: Scalars) -> Result<Self, SqlError> {
        Ok(match of.data_type() {
            DataType::List(_) => {
                let items = Box::new(Self::new(of.as_list::<i32>().values(), scalars)?);
                Self::List { of: of.clone(), items }
            }
            DataType::Map(..) => {
                let map = of.as_map();
                let values = Box::new(Self::new(map.values(), scalars)?);
                Self::Map { of: of.clone(), keys: text::of(map.keys())?, values }
            }
            DataType::Struct(fields) => {
                let columns = of.as_struct().columns().iter().zip(fields);
                let fields = columns.map(|(it, field)| Ok((field.name().clone(), Self::new(it, scalars)?)));
                Self::Struct { of: of.clone(), fields: fields.collect::<Result<_, SqlError>>()?, scalars }
            }
            DataType::Timestamp(..) => {
                let instants = of.as_primitive::<TimestampMicrosecondType>();
                let texts = text::each(of, |row, text| text::iso_instant(instants.value(row), text));
                Self::Scalar { texts, kind: of.data_type().clone(), scalars }
            }
            DataType::Null => {
                let texts = StringArray::new_null(of.len());
                Self::Scalar { texts, kind: DataType::Null, scalars }
            }
            kind => Self::Scalar { texts: text::of(of)?, kind: kind.clone(), scalars },
        })
    }

    fn value(&self, row: usize) -> Value {
        match self {
            Self::Scalar { texts, .. } if texts.is_null(row) => Value::Null,
            Self::Scalar { texts, kind, scalars } => {
                let text = texts.value(row);
                let is_plain = *scalars == Scalars::Plain && (kind.is_numeric() || kind == &DataType::Boolean);
                // Not every number has a form in JSON: NaN is text.
                let parsed = if is_plain { serde_json::from_str(text).ok() } else { None };
                parsed.unwrap_or_else(|| Value::from(text))
            }
            Self::List { of, items } => {
                let list = of.as_list::<i32>();
                if list.is_null(row) {
                    return Value::Null;
                }
                let offsets = list.value_offsets();
                (offsets[row]..offsets[row + 1]).map(|it| items.value(place(it))).collect()
            }
            Self::Map { of, keys, values } => {
                let map = of.as_map();
                if map.is_null(row) {
                    return Value::Null;
                }
                let offsets = map.value_offsets();
                let entries = (offsets[row]..offsets[row + 1]).map(place);
                let entries = entries.map(|it| (keys.value(it).to_owned(), values.value(it)));
                Value::Object(entries.collect())
            }
            Self::Struct { of, fields, scalars } => {
                if of.is_null(row) {
                    return Value::Null;
                }
                let members = fields.iter().map(|(name, it)| (name.clone(), it.value(row)));
                let kept: Map<String, Value> =
                    members.filter(|(_, it)| *scalars == Scalars::Text || !it.is_null()).collect();
                Value::Object(kept)
            }
        }
    }
}

fn place(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or_default()
}
