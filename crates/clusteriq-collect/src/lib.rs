//! Exported system tables and REST answers, read from files into canonical batches.
//!
//! [`Export::find`] says what a set of paths holds, [`read`] reads it. Nothing is judged and nothing is kept: batches with
//! the shapes of `clusteriq_tables::schema` go to a sink, what was odd about the files into a [`Summary`].

mod batch;
mod chunk;
mod coerce;
mod columns;
mod csv_file;
mod error;
mod find;
mod json;
mod json_file;
mod json_stream;
mod names;
mod parallel;
mod parquet_columns;
mod parquet_file;
mod progress;
mod read;
mod rest;
mod rows;
mod summary;
mod text_file;
mod timeline;
mod wanted;

pub use error::{CollectError, Place, Problem};
pub use find::{Export, FoundTable, MissingTable};
pub use progress::{Progress, Unseen};
pub use read::{Options, SinkError, read, read_with};
pub use summary::{Summary, TableSummary};
