//! The Arrow shapes of the tables and the reduction of node-minutes to cluster-minutes. No disk, no network, no clock.
//!
//! Two things live here because each must have exactly one definition:
//!
//! - [`schema`], [`to_batch`] and [`from_batch`]: how a table of `clusteriq_model::tables` looks in Arrow;
//! - [`Reducer`]: how rows of `system.compute.node_timeline` become rows of `cluster_minutes`; [`reduction_sql`] says the
//!   same as SQL.

mod error;
mod reduction;
mod rows;
mod shapes;

pub use error::TableError;
pub use reduction::{NODE_TIMELINE_COLUMNS, NodeSize, NodeSizes, Reducer, reduction_sql};
pub use rows::{from_batch, to_batch};
pub use shapes::{data_type, schema};
