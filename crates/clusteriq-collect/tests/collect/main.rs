//! Reading exports, from the outside: folders of files in, batches, summaries and messages out.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod any_bytes;
mod finding;
mod fixtures;
mod formats;
mod messages;
mod rest;
mod timeline;
mod types;
