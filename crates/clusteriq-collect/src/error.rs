//! What can go wrong while reading an export.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clusteriq_tables::TableError;

/// A failure to read an export. Every message names the file, the table and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A given path does not exist.
    #[error("no such file or folder: {}\n\nhint: give the folder that holds `system.billing.usage` and its siblings, or one file of it", .0.display())]
    NoSuchPath(PathBuf),
    /// Nothing below the given paths is a table.
    #[error("{}", nothing_found(.paths, .unknown))]
    NothingFound {
        /// Where it was looked.
        paths: Vec<PathBuf>,
        /// Files that belong to no table, at most a few.
        unknown: Vec<PathBuf>,
    },
    /// The operating system refused to read.
    #[error("cannot read {}: {source}\n\nhint: check that the file exists and that you may read it", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is not what its name or its first bytes promise.
    #[error("{file} is damaged{}: {reason}\n\nhint: copy or export the file again", .place.as_deref().map(|it| format!(" in {it}")).unwrap_or_default())]
    Damaged {
        /// The file.
        file: Place,
        /// Which part of it, e.g. `row group 3`.
        place: Option<String>,
        /// What the reader says.
        reason: String,
    },
    /// Parquet with a compression that is not built in.
    #[error("{file} is compressed in a way that cannot be read: {codec}\n\nhint: write it with snappy, zstd or gzip")]
    Codec {
        /// The file.
        file: Place,
        /// The compression.
        codec: String,
    },
    /// A required column is in none of the places where it may be.
    #[error("{file} has no column {column} (looked for {}); it has: {}\n\nhint: export the table with all its columns, e.g. `SELECT *`", .wanted.join(", "), listed(.present))]
    MissingColumn {
        /// The file.
        file: Place,
        /// The column.
        column: &'static str,
        /// The places.
        wanted: &'static [&'static str],
        /// The columns that there are.
        present: Vec<String>,
    },
    /// A column of a type from which ours cannot be made.
    #[error(
        "{file}, column {column}: cannot make {wanted} of this type: {found}\n\nhint: export the column as `{wanted}` or as text"
    )]
    ColumnType {
        /// The file.
        file: Place,
        /// The column.
        column: &'static str,
        /// Our kind of value.
        wanted: &'static str,
        /// The file's type.
        found: String,
    },
    /// A value that does not fit its column.
    #[error("{file}, column {column}, row {row}: {problem}: {value}\n\nhint: {}", .problem.hint())]
    Cell {
        /// The file.
        file: Place,
        /// The column.
        column: String,
        /// Data row, from 1; a header is not counted.
        row: u64,
        /// What is wrong.
        problem: Problem,
        /// The value, shortened.
        value: String,
    },
    /// A row that cannot be taken apart.
    #[error("{file}, row {row}: {reason}\n\nhint: the file may be cut short or edited by hand: export it again")]
    Row {
        /// The file.
        file: Place,
        /// Data row, from 1.
        row: u64,
        /// What the reader says.
        reason: String,
    },
    /// A REST answer that is an error message.
    #[error(
        "{file} holds an error message instead of a list: {message}\n\nhint: fetch the list again with a token that may see it"
    )]
    ErrorAnswer {
        /// The file.
        file: Place,
        /// What Databricks answered, shortened.
        message: String,
    },
    /// The reduction refused a batch.
    #[error("cannot reduce {table}: {source}")]
    Reduce {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: TableError,
    },
    /// Whoever receives the batches gave up.
    #[error("cannot hand on {table}: {source}\n\nhint: the reason is after the colon")]
    Sink {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Which file, of which table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<Path>,
    /// The table, e.g. `system.billing.usage`.
    pub table: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.path.display(), self.table)
    }
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Null where a value must be.
    Null,
    /// Not UTF-8.
    NotText,
    /// Not a whole number of 64 bits.
    NotInt,
    /// Not a number.
    NotFloat,
    /// Neither true nor false.
    NotBool,
    /// Not an instant.
    NotTime,
    /// Before 2000 or after 2100.
    FarTime,
    /// Not a decimal number.
    NotDecimal,
    /// More digits than `decimal(38,18)` holds.
    TooManyDigits,
    /// Not a JSON object or a list of keys and values.
    NotTags,
    /// Not a JSON list.
    NotTexts,
    /// Not JSON where a nested value is expected.
    NotJson,
}

impl Problem {
    fn hint(self) -> &'static str {
        match self {
            Self::Null => "every row of a system table has this value: export the table again, or leave such rows out",
            Self::NotText => "export the column as UTF-8 text",
            Self::NotInt | Self::NotFloat => "export numbers without units and thousands separators",
            Self::NotBool => "export it as true or false",
            Self::NotTime => "export it as 2026-09-21T10:00:00Z",
            Self::FarTime => {
                "check the unit of the column; whole numbers are read as seconds, milli-, micro- or nanoseconds since 1970"
            }
            Self::NotDecimal => "export it as a plain number like 0.15",
            Self::TooManyDigits => "export it as decimal(38,18), as Databricks has it",
            Self::NotTags | Self::NotTexts | Self::NotJson => {
                "export nested columns as JSON, e.g. with to_json(…), or use Parquet"
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "must have a value but has none",
            Self::NotText => "not UTF-8 text",
            Self::NotInt => "not a whole number",
            Self::NotFloat => "not a number",
            Self::NotBool => "neither true nor false",
            Self::NotTime => "not a time",
            Self::FarTime => "outside the years 2000 to 2100",
            Self::NotDecimal => "not a decimal number",
            Self::TooManyDigits => "has more digits than decimal(38,18) holds",
            Self::NotTags => "not a JSON object of texts",
            Self::NotTexts => "not a JSON list of texts",
            Self::NotJson => "not a JSON object",
        })
    }
}

/// At most 60 characters of a value, in quotes, on one line.
pub(crate) fn shortened(value: &str) -> String {
    let visible = |it: char| if it.is_control() { it.escape_default().to_string() } else { it.to_string() };
    if value.chars().count() <= 60 {
        return format!("\"{}\"", value.chars().map(visible).collect::<String>());
    }
    format!("\"{}…\"", value.chars().take(59).map(visible).collect::<String>())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no columns".into() } else { names.join(", ") }
}

fn nothing_found(paths: &[PathBuf], unknown: &[PathBuf]) -> String {
    let names = |them: &[PathBuf]| them.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
    let seen = if unknown.is_empty() {
        "there are no files".to_owned()
    } else {
        format!("found only files that belong to no table, e.g. {}", names(unknown))
    };
    format!(
        "no table to import: {seen}; looked for folders and files like system.billing.usage, \
         system.compute.clusters.parquet, billing.usage.csv.gz, rest/<workspace_id>/jobs_list.json in: {}\n\n\
         hint: name each folder or file after its table, e.g. system.compute.node_timeline/part-0.parquet",
        names(paths)
    )
}
