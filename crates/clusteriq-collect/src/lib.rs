//! Exported system tables and REST answers, read from files into canonical batches; and those of live workspaces, read into
//! such files.
//!
//! [`Export::find`] says what a set of paths holds, [`read`] reads it. Nothing is judged and nothing is kept: batches with
//! the shapes of `clusteriq_tables::schema` go to a sink, what was odd about the files into a [`Summary`].
//! [`Client`] can only read; [`plan_scan`] and [`read_scan`] collect with it what [`Export::find`] then finds.

mod batch;
mod chunk;
mod client;
mod coerce;
mod columns;
mod csv_file;
mod error;
mod find;
mod json;
mod json_file;
mod json_stream;
mod measurements;
mod names;
mod parallel;
mod parquet_columns;
mod parquet_file;
mod progress;
mod read;
mod rest;
mod rows;
mod runtime;
mod scan;
mod sources;
mod sql;
mod summary;
mod text_file;
mod timeline;
mod wanted;

pub use client::{
    Client, ClientError, Config, Endpoint, Layers, Options as HttpOptions, Origin, ProfileFile, Proxies, Secret,
    ServiceError,
};
pub use error::{CollectError, Place, Problem};
pub use find::{Export, FoundTable, MissingTable};
pub use measurements::{MeasurementError, RightsizeQuestion, read_candidates, read_history, read_questions};
pub use progress::{Progress, Unseen};
pub use read::{Options, SinkError, read, read_with};
pub use runtime::block_on;
pub use scan::{
    Asked, Health, ListScan, Listed, Newest, Question, Region, Scan, ScanGap, ScanPlan, Step, TablePlan, TableScan,
    check_tables, ended, go_on, parts, plan_scan, plan_tables, read_scan, read_tables, scan_lists,
};
pub use sources::{Probe, Since, Source, Who, probe, who};
pub use sql::{Mark, Marks, Warehouse, midnight};
pub use summary::{Summary, TableSummary};
