//! What a table looks like, as data.

/// The type of a column in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// 64-bit integer.
    Int,
    /// 64-bit float, finite.
    Float,
    /// True or false.
    Bool,
    /// Instant in UTC, microseconds.
    Time,
    /// Exact decimal with 18 digits after the point, as the billing tables have it.
    Decimal,
    /// Text keys to text values.
    Tags,
    /// A list of texts.
    Texts,
}

/// Where a table's rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A system table, e.g. `system.billing.usage`.
    SystemTable(&'static str),
    /// A REST answer saved as JSON, e.g. `clusters_list`.
    Rest(&'static str),
    /// Computed by ClusterIQ from the named table.
    Reduced(&'static str),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its name in the store and in the row struct.
    pub name: &'static str,
    /// Where it stands in the source: dotted paths, tried in this order; the first that is present and not null counts.
    pub source: &'static [&'static str],
    /// Its type.
    pub kind: Kind,
    /// Whether a row may lack it. A source that has none of a required column's paths cannot be imported.
    pub optional: bool,
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct TableSpec {
    /// Its name in the store: a folder.
    pub dataset: &'static str,
    /// Where its rows come from.
    pub origin: Origin,
    /// Its columns.
    pub columns: &'static [ColumnSpec],
    /// The columns that tell two rows apart: a newer row with the same key replaces the older one.
    pub key: &'static [&'static str],
    /// The time column by whose UTC day the rows are kept; none for small tables kept whole.
    pub day: Option<&'static str>,
}

impl TableSpec {
    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.columns.iter().find(|it| it.name == name)
    }

    /// What people call it: the system table's or the REST answer's name.
    #[must_use]
    pub fn source_name(&self) -> &'static str {
        match self.origin {
            Origin::SystemTable(it) | Origin::Rest(it) | Origin::Reduced(it) => it,
        }
    }
}
