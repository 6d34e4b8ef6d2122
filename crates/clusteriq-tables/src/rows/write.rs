//! Cells appended to Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use clusteriq_model::tables::{Kind, Value};

use super::decimal;
use crate::data_type;

/// One column while it is filled.
pub(super) enum Cells {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
    Tags(MapBuilder<StringBuilder, StringBuilder>),
    Texts(ListBuilder<StringBuilder>),
}

impl Cells {
    pub(super) fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::with_capacity(rows, 0)),
            Kind::Int => Self::Int(Int64Builder::with_capacity(rows)),
            Kind::Float => Self::Float(Float64Builder::with_capacity(rows)),
            Kind::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            Kind::Time => {
                let builder = TimestampMicrosecondBuilder::with_capacity(rows);
                Self::Time(builder.with_data_type(data_type(kind)))
            }
            Kind::Decimal => {
                let builder = Decimal128Builder::with_capacity(rows);
                Self::Decimal(builder.with_data_type(data_type(kind)))
            }
            Kind::Tags => Self::Tags(MapBuilder::new(None, StringBuilder::new(), StringBuilder::new())),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// Appends a cell of this column's kind, or null.
    pub(super) fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Text(it), Value::Text(value)) => it.append_value(value),
            (Self::Text(it), Value::Null) => it.append_null(),
            (Self::Int(it), Value::Int(value)) => it.append_value(value),
            (Self::Int(it), Value::Null) => it.append_null(),
            (Self::Float(it), Value::Float(value)) => it.append_value(value),
            (Self::Float(it), Value::Null) => it.append_null(),
            (Self::Bool(it), Value::Bool(value)) => it.append_value(value),
            (Self::Bool(it), Value::Null) => it.append_null(),
            (Self::Time(it), Value::Time(value)) => it.append_value(value.as_microsecond()),
            (Self::Time(it), Value::Null) => it.append_null(),
            (Self::Decimal(it), Value::Decimal(value)) => it.append_value(decimal::to_units(value)),
            (Self::Decimal(it), Value::Null) => it.append_null(),
            (Self::Tags(it), Value::Tags(tags)) => {
                for (key, value) in &tags {
                    it.keys().append_value(key);
                    it.values().append_value(value);
                }
                it.append(true).expect("as many keys as values");
            }
            (Self::Tags(it), Value::Null) => it.append(false).expect("as many keys as values"),
            (Self::Texts(it), Value::Texts(texts)) => it.append_value(texts.into_iter().map(Some)),
            (Self::Texts(it), Value::Null) => it.append_null(),
            (
                Self::Text(_)
                | Self::Int(_)
                | Self::Float(_)
                | Self::Bool(_)
                | Self::Time(_)
                | Self::Decimal(_)
                | Self::Tags(_)
                | Self::Texts(_),
                other,
            ) => panic!("a row gave a cell of another kind than its table says: {other:?}"),
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut it) => Arc::new(it.finish()),
            Self::Int(mut it) => Arc::new(it.finish()),
            Self::Float(mut it) => Arc::new(it.finish()),
            Self::Bool(mut it) => Arc::new(it.finish()),
            Self::Time(mut it) => Arc::new(it.finish()),
            Self::Decimal(mut it) => Arc::new(it.finish()),
            Self::Tags(mut it) => Arc::new(it.finish()),
            Self::Texts(mut it) => Arc::new(it.finish()),
        }
    }
}
