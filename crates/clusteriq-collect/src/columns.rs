//! Columns under construction, filled with texts.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use clusteriq_model::tables::Kind;
use clusteriq_tables::data_type;

use crate::coerce::{boolean, decimal, float, int, time};
use crate::error::Problem;
use crate::json;

/// One column of a canonical batch.
pub(crate) enum ColumnBuilder {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
    Tags(MapBuilder<StringBuilder, StringBuilder>),
    Texts(ListBuilder<StringBuilder>),
}

impl ColumnBuilder {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_data_type(data_type(kind))),
            Kind::Decimal => Self::Decimal(Decimal128Builder::new().with_data_type(data_type(kind))),
            Kind::Tags => Self::Tags(MapBuilder::new(None, StringBuilder::new(), StringBuilder::new())),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
        }
    }

    pub(crate) fn push_null(&mut self) {
        match self {
            Self::Text(it) => it.append_null(),
            Self::Int(it) => it.append_null(),
            Self::Float(it) => it.append_null(),
            Self::Bool(it) => it.append_null(),
            Self::Time(it) => it.append_null(),
            Self::Decimal(it) => it.append_null(),
            Self::Tags(it) => it.append(false).expect("keys and values have the same number"),
            Self::Texts(it) => it.append_null(),
        }
    }

    /// Adds what a text says; an empty one is unknown.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Problem> {
        if text.is_empty() {
            self.push_null();
            return Ok(());
        }
        match self {
            Self::Text(it) => it.append_value(text),
            Self::Int(it) => it.append_value(int(text)?),
            Self::Float(it) => it.append_value(float(text)?),
            Self::Bool(it) => it.append_value(boolean(text)?),
            Self::Time(it) => it.append_value(time(text)?),
            Self::Decimal(it) => it.append_value(decimal(text)?),
            Self::Tags(_) => {
                let mut tags = Vec::new();
                for (key, value) in json::members(text).map_err(|_| Problem::NotTags)? {
                    tags.push((key, json::text(value)?.unwrap_or_default()));
                }
                self.push_tags(&mut tags);
            }
            Self::Texts(_) => {
                let mut texts = Vec::new();
                for it in json::elements(text).map_err(|_| Problem::NotTexts)? {
                    texts.extend(json::text(it)?);
                }
                self.push_texts(texts);
            }
        }
        Ok(())
    }

    /// Adds tags in the order of their names; of equal names the last counts. Only for columns of tags.
    pub(crate) fn push_tags<'a>(&mut self, tags: &mut Vec<(Cow<'a, str>, Cow<'a, str>)>) {
        let Self::Tags(map) = self else { return self.push_null() };
        tags.sort_by(|a, b| a.0.cmp(&b.0));
        for (at, (key, value)) in tags.iter().enumerate() {
            if tags.get(at + 1).is_some_and(|next| next.0 == *key) {
                continue;
            }
            map.keys().append_value(key);
            map.values().append_value(value);
        }
        map.append(true).expect("keys and values have the same number");
    }

    /// Adds a list. Only for columns of texts.
    pub(crate) fn push_texts<'a>(&mut self, texts: impl IntoIterator<Item = Cow<'a, str>>) {
        let Self::Texts(list) = self else { return self.push_null() };
        for it in texts {
            list.values().append_value(it);
        }
        list.append(true);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(it) => Arc::new(it.finish()),
            Self::Int(it) => Arc::new(it.finish()),
            Self::Float(it) => Arc::new(it.finish()),
            Self::Bool(it) => Arc::new(it.finish()),
            Self::Time(it) => Arc::new(it.finish()),
            Self::Decimal(it) => Arc::new(it.finish()),
            Self::Tags(it) => Arc::new(it.finish()),
            Self::Texts(it) => Arc::new(it.finish()),
        }
    }
}
