//! Every list of made-up workspaces, against what the system tables of the same history say, and under faults.

mod company;
mod faults;
mod same;
