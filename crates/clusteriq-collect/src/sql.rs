//! The system tables of a workspace, read by SQL statements that a warehouse runs.
//!
//! Which tables, and which of their rows, is data in `tables.rs`; a [`Unit`] is what one statement reads and one file holds.
//! The statements are built from the tables' own definitions: columns by name, times bounded, nothing but `SELECT`.

mod available;
mod part;
mod select;
mod statement;
mod tables;
mod unit;
mod warehouse;

pub(crate) use available::Available;
pub(crate) use part::Part;
pub(crate) use statement::{Chunk, Told, Way, query};
pub(crate) use tables::{ALL, NODE_TYPES, Reach, SystemTable};
pub(crate) use unit::{Columns, Span, Unit, node_types_of, plan};
pub use unit::{Mark, Marks, midnight};
pub use warehouse::Warehouse;
pub(crate) use warehouse::choose;
