//! What holds in every export: the same bytes for the same options, exact bills, ids of the right shape, nothing dangling.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bill;
mod bytes;
mod known;
mod layout;
mod machines;
mod minutes;
mod support;
mod usage;
