//! Values as JSON: `to_json`, and the cells of arrays, maps and structs.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use serde_json::Value;

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
    Ok(text::each(values, |row, text| writer.write(row, text)))
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

    fn write(&self, row: usize, out: &mut String) {
        match self {
            Self::Scalar { texts, .. } if texts.is_null(row) => out.push_str("null"),
            Self::Scalar { texts, kind, scalars } => {
                let text = texts.value(row);
                let is_plain = *scalars == Scalars::Plain && (kind.is_numeric() || kind == &DataType::Boolean);
                // Not every number has a form in JSON: NaN and infinity are text.
                if is_plain && !text.ends_with(['N', 'y']) {
                    out.push_str(text);
                } else {
                    string(text, out);
                }
            }
            Self::List { of, items } => {
                let list = of.as_list::<i32>();
                if list.is_null(row) {
                    return out.push_str("null");
                }
                let offsets = list.value_offsets();
                let places = (offsets[row]..offsets[row + 1]).map(place);
                joined(out, ['[', ']'], places, |it, out| items.write(it, out));
            }
            Self::Map { of, keys, values } => {
                let map = of.as_map();
                if map.is_null(row) {
                    return out.push_str("null");
                }
                let offsets = map.value_offsets();
                let places = (offsets[row]..offsets[row + 1]).map(place);
                joined(out, ['{', '}'], places, |it, out| {
                    string(keys.value(it), out);
                    out.push(':');
                    values.write(it, out);
                });
            }
            Self::Struct { of, fields, scalars } => {
                if of.is_null(row) {
                    return out.push_str("null");
                }
                let kept = fields.iter().filter(|(_, it)| *scalars == Scalars::Text || !it.is_null(row));
                joined(out, ['{', '}'], kept, |(name, it), out| {
                    string(name, out);
                    out.push(':');
                    it.write(row, out);
                });
            }
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Scalar { texts, .. } => texts.is_null(row),
            Self::List { of, .. } | Self::Map { of, .. } | Self::Struct { of, .. } => of.is_null(row),
        }
    }
}

/// Members between brackets, with commas between them.
fn joined<T>(out: &mut String, [open, end]: [char; 2], all: impl Iterator<Item = T>, write: impl Fn(T, &mut String)) {
    out.push(open);
    for (number, it) in all.enumerate() {
        if number > 0 {
            out.push(',');
        }
        write(it, out);
    }
    out.push(end);
}

fn string(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

fn place(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float64Array, StructArray};
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn fields_keep_their_order_and_numbers_their_digits() {
        let amounts = Decimal128Array::from(vec![Some(123), None]).with_precision_and_scale(38, 18).unwrap();
        let fields: Vec<(Arc<Field>, ArrayRef)> = vec![
            (Arc::new(Field::new("z", amounts.data_type().clone(), true)), Arc::new(amounts)),
            (Arc::new(Field::new("a", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["\"", "y"]))),
            (Arc::new(Field::new("n", DataType::Float64, true)), Arc::new(Float64Array::from(vec![f64::NAN, 1.0]))),
        ];
        let values: ArrayRef = Arc::new(StructArray::from(fields));
        let texts = |scalars| of(&values, scalars).unwrap().iter().map(|it| it.unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(Scalars::Plain), [r#"{"z":0.000000000000000123,"a":"\"","n":"NaN"}"#, r#"{"a":"y","n":1.0}"#]);
        assert_eq!(texts(Scalars::Text)[1], r#"{"z":null,"a":"y","n":"1.0"}"#);
    }
}
