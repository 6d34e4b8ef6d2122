//! How a table looks in Arrow.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use clusteriq_model::tables::{Kind, TableSpec};

/// Digits of a decimal, and how many of them after the point: those of `system.billing`.
pub(crate) const DECIMAL: (u8, i8) = (38, 18);

/// The Arrow schema of a table.
///
/// | kind | type |
/// |---|---|
/// | `Text` | `Utf8` |
/// | `Int`, `Float`, `Bool` | `Int64`, `Float64`, `Boolean` |
/// | `Time` | `Timestamp(Microsecond, "UTC")` |
/// | `Decimal` | `Decimal128(38, 18)` |
/// | `Tags` | `Map<Utf8, Utf8>`, with the field names that `arrow`'s `MapBuilder` gives by default |
/// | `Texts` | `List<Utf8>`, as `ListBuilder` makes it |
#[must_use]
pub fn schema(spec: &TableSpec) -> SchemaRef {
    let field = |it: &clusteriq_model::tables::ColumnSpec| Field::new(it.name, data_type(it.kind), it.optional);
    Arc::new(Schema::new(spec.columns.iter().map(field).collect::<Fields>()))
}

/// The Arrow type of a column.
#[must_use]
pub fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Decimal => DataType::Decimal128(DECIMAL.0, DECIMAL.1),
        Kind::Tags => {
            let key = Field::new(Field::MAP_KEY_FIELD_DEFAULT_NAME, DataType::Utf8, false);
            let value = Field::new(Field::MAP_VALUE_FIELD_DEFAULT_NAME, DataType::Utf8, true);
            let entries = DataType::Struct(Fields::from(vec![key, value]));
            let entries = Field::new(Field::MAP_ENTRIES_FIELD_DEFAULT_NAME, entries, false);
            DataType::Map(Arc::new(entries), false)
        }
        Kind::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::{ALL, UsageRow};

    #[test]
    fn every_table_has_its_columns_in_order_and_only_optional_ones_are_nullable() {
        for spec in ALL {
            let schema = schema(spec);
            assert_eq!(schema.fields().len(), spec.columns.len());
            for (field, column) in schema.fields().iter().zip(spec.columns) {
                assert_eq!((field.name().as_str(), field.is_nullable()), (column.name, column.optional));
            }
        }
    }

    #[test]
    fn times_are_microseconds_in_utc_and_amounts_are_exact() {
        let schema = schema(UsageRow::SPEC);
        let of = |name| schema.field_with_name(name).unwrap().data_type().to_string();
        assert_eq!(of("usage_start_time"), "Timestamp(µs, \"UTC\")");
        assert_eq!(of("usage_quantity"), "Decimal128(38, 18)");
    }
}
