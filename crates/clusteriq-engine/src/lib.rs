//! Pure judgement: tables in, fleet, profiles, what-if, advice and plan out. No I/O, no clock, no randomness.
#![warn(missing_docs)]

mod advisor;
pub mod advisors;
pub mod ask;
pub mod assemble;
pub mod catalog;
pub mod money;
mod plan;
mod policy;
pub mod predict;
pub mod profile;
pub mod quartz;
pub mod replay;
mod report;
pub mod risk;
pub mod scenario;
pub mod series;
pub mod sizing;
mod succession;
#[cfg(test)]
mod testing;
pub mod whatif;

pub use advisor::{Advisor, Context, Opinion, Proposal, Settings};
pub use ask::{Change, ask};
pub use assemble::{ClusterBook, Input, MinuteBook, PoolEvents, RunBook, Statements, fleet};
pub use report::report;
