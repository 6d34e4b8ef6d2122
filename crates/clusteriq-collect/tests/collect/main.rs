//! Reading exports, from the outside: folders of files in, batches, summaries and messages out.

mod any_bytes;
mod finding;
mod fixtures;
mod formats;
mod messages;
mod rest;
mod timeline;
mod types;
