//! What can be wrong with a batch.

use arrow::datatypes::DataType;

/// A batch that does not have the shape or the content of its table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column that the table cannot do without is not there.
    #[error("{table} has no column: {column}\n\nhint: export the table with all its columns, or `SELECT *`")]
    MissingColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A column has a type from which its values cannot be had.
    #[error(
        "{table}.{column} has type {found}, expected {expected}\n\nhint: export the column with the type it has in the system table"
    )]
    WrongType {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it is.
        found: DataType,
        /// What it should be.
        expected: DataType,
    },
    /// A value that must be known is null.
    #[error("{table}.{column} is null in row {row} of the batch\n\nhint: remove rows without {column} from the export")]
    NullValue {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Index of the row in its batch.
        row: usize,
    },
    /// A value is outside what the column can hold.
    #[error(
        "{table}.{column} in row {row} of the batch is out of range: {value}\n\nhint: check the unit and the epoch of {column} in the export"
    )]
    OutOfRange {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Index of the row in its batch.
        row: usize,
        /// The value.
        value: String,
    },
    /// Node-minutes came for a day whose cluster-minutes had been handed out already; they would have been incomplete.
    #[error(
        "{table} has rows of a day that was already reduced: {day}\n\nhint: read files in the order of their days, or in several passes over fewer days"
    )]
    DayIsClosed {
        /// The table.
        table: &'static str,
        /// The UTC day.
        day: String,
    },
}
