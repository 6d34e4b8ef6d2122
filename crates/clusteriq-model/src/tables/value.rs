//! One cell, and how a row struct is read from and written to cells.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Kind, TableSpec};

/// Tag names and values. A copy shares them until one of the two changes: a month has millions of rows with the same tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tags(Arc<BTreeMap<String, String>>);

impl Deref for Tags {
    type Target = BTreeMap<String, String>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Tags {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(tags: T) -> Self {
        Self(Arc::new(tags.into_iter().collect()))
    }
}

impl<const N: usize> From<[(String, String); N]> for Tags {
    fn from(tags: [(String, String); N]) -> Self {
        tags.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = (&'a String, &'a String);
    type IntoIter = std::collections::btree_map::Iter<'a, String, String>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Null,
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Int`].
    Int(i64),
    /// See [`Kind::Float`].
    Float(f64),
    /// See [`Kind::Bool`].
    Bool(bool),
    /// See [`Kind::Time`].
    Time(Timestamp),
    /// See [`Kind::Decimal`].
    Decimal(Decimal),
    /// See [`Kind::Tags`].
    Tags(Tags),
    /// See [`Kind::Texts`].
    Texts(Vec<String>),
}

/// A struct with one field per column of its table.
pub trait Row: Sized {
    /// The table.
    const SPEC: &'static TableSpec;
    /// Its cells, in the order of the columns.
    fn into_values(self) -> Vec<Value>;
    /// From cells in the order of the columns; `None` if one is null or of another kind than its column.
    fn from_values(values: &mut dyn Iterator<Item = Value>) -> Option<Self>;
}

/// A Rust type that a column can have.
pub trait Field: Sized {
    /// The column's type.
    const KIND: Kind;
    /// Whether it may be unknown.
    const OPTIONAL: bool = false;
    /// To a cell.
    fn into_value(self) -> Value;
    /// From a cell of this kind.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! field {
    ($($type:ty = $kind:ident;)*) => { $(
        impl Field for $type {
            const KIND: Kind = Kind::$kind;
            fn into_value(self) -> Value { Value::$kind(self) }
            fn from_value(value: Value) -> Option<Self> {
                if let Value::$kind(it) = value { Some(it) } else { None }
            }
        }
    )* };
}

field! {
    String = Text;
    i64 = Int;
    f64 = Float;
    bool = Bool;
    Timestamp = Time;
    Decimal = Decimal;
    Tags = Tags;
    Vec<String> = Texts;
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            it => T::from_value(it).map(Some),
        }
    }
}

/// Defines row structs and their tables. `= "a.b" | "c"` names the places in the source, default the field's own name.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $row:ident = $dataset:literal from $origin:expr, key [$($key:literal),*], day $day:expr;
        $( $(#[$fdoc:meta])* $field:ident : $type:ty $(= $($source:literal)|+)? , )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $row { $( $(#[$fdoc])* pub $field: $type, )* }

        impl $crate::tables::Row for $row {
            const SPEC: &'static $crate::tables::TableSpec = &$crate::tables::TableSpec {
                dataset: $dataset,
                origin: $origin,
                columns: &[ $( $crate::tables::ColumnSpec {
                    name: stringify!($field),
                    source: $crate::tables::value::sources!($field $($($source)|+)?),
                    kind: <$type as $crate::tables::Field>::KIND,
                    optional: <$type as $crate::tables::Field>::OPTIONAL,
                } ),* ],
                key: &[$($key),*],
                day: $day,
            };
            fn into_values(self) -> Vec<$crate::tables::Value> {
                vec![ $( <$type as $crate::tables::Field>::into_value(self.$field) ),* ]
            }
            fn from_values(values: &mut dyn Iterator<Item = $crate::tables::Value>) -> Option<Self> {
                Some(Self { $( $field: <$type as $crate::tables::Field>::from_value(values.next()?)? ),* })
            }
        }

        impl $row {
            /// The table.
            pub const SPEC: &'static $crate::tables::TableSpec = <Self as $crate::tables::Row>::SPEC;
        }
    };
}

macro_rules! sources {
    ($field:ident) => { &[stringify!($field)] };
    ($field:ident $($source:literal)|+) => { &[$($source),+] };
}

pub(super) use sources;
pub(super) use table;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{NodeTypeRow, UsageRow};

    #[test]
    fn a_row_comes_back_from_its_cells() {
        let row = NodeTypeRow { node_type: "m5.xlarge".into(), core_count: 4.0, memory_mb: 16384, gpu_count: None };
        assert_eq!(NodeTypeRow::from_values(&mut row.clone().into_values().into_iter()), Some(row));
    }

    #[test]
    fn a_required_cell_that_is_null_makes_no_row() {
        let cells = NodeTypeRow::SPEC.columns.iter().map(|_| Value::Null);
        assert_eq!(NodeTypeRow::from_values(&mut { cells }), None);
    }

    #[test]
    fn sources_default_to_the_name_and_can_be_paths() {
        let usage = UsageRow::SPEC;
        assert_eq!(usage.column("sku_name").unwrap().source, ["sku_name"]);
        assert_eq!(usage.column("cluster_id").unwrap().source, ["usage_metadata.cluster_id"]);
    }
}
