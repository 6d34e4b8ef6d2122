//! The store: Parquet by dataset, workspace and day, SQLite for state. The only crate that owns files.
//!
//! ```text
//! DIR/
//! ├─ state.sqlite                                   the manifest, the imports, settings, derived bytes
//! ├─ lock                                           held by the one process that writes
//! ├─ data/<dataset>/<workspace>/<day>-<import>.parquet   immutable; sorted by key
//! ├─ staging/                                       rows of imports that are not committed
//! └─ damaged/                                       files that an import had to replace
//! ```
//!
//! An import stages rows, merges them per partition with what is there into new files, flushes these, and then switches the
//! manifest in one SQLite transaction. That commit is the acknowledgement: before it nothing has happened, after it
//! everything has. Files that the manifest does not name are rubbish, which the next writer removes. A reader whose file was
//! replaced meanwhile takes the manifest again.
//!
//! A key is unique within its partition. A row whose key comes back on another day or in another workspace is another row;
//! the keys of the tables are such that this does not happen.
#![warn(missing_docs)]

mod cache;
mod durable;
mod error;
mod import;
mod lock;
mod manifest;
mod merge;
mod migrations;
mod parquet_file;
mod partition;
mod read;
mod staging;
mod store;

pub use error::{Damage, DamageReason, StoreError};
pub use import::{Committed, Import};
pub use manifest::{DatasetChange, DatasetInfo, ImportInfo};
pub use partition::{ACCOUNT, ALL_DAYS};
pub use read::Partition;
pub use store::Store;
