//! The vocabulary of ClusterIQ: units, tables, fleet, recommendations, report. No I/O, no clock.
//!
//! Everything here is plain public data. Unknown is `None`, never 0, NaN, `""` or a default price.
#![warn(missing_docs)]

mod interval;
mod keys;
pub mod tables;
mod units;
mod window;

pub use interval::Interval;
pub use keys::{ClusterKey, JobKey, Target, TargetKind, WarehouseKey, WorkspaceId};
pub use rust_decimal::Decimal;
pub use units::{
    Cores, Dbu, DbuPerHour, Fraction, Gib, Hours, Minutes, Money, Usd, UsdPerDbu, UsdPerHour,
};
pub use window::Window;
