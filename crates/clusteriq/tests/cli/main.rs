//! What the program promises at its command line, each promise tried on the real process.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod asking;
mod exits;
mod help;
mod importing;
mod killed;
mod reporting;
mod rightsizing;
mod scanning;
mod scope;
mod serving;
mod support;
mod truth;
mod workspace;
