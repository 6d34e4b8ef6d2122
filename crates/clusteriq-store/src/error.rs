//! What can go wrong with a store, in words that say what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error(
        "cannot {action} {}: {source}\n\nhint: check that the folder exists, that its disk is healthy and that you may write there",
        path.display()
    )]
    Io {
        /// What was attempted, e.g. `read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No room. Whatever was being written is removed again.
    #[error(
        "the disk is full: no room to write {}{}; the store is as it was before\n\nhint: free space on that disk and run the same command again",
        path.display(),
        needed(*needed_bytes)
    )]
    DiskFull {
        /// The file that did not fit.
        path: PathBuf,
        /// About how much this step had to write, if known.
        needed_bytes: Option<u64>,
    },
    /// Another process writes to this store.
    #[error(
        "the store {} is being written by {}: {}\n\nhint: wait until it has finished, or end it; the file may stay, the lock goes with the process",
        dir.display(),
        holder(*pid),
        lock.display()
    )]
    Locked {
        /// The store's folder.
        dir: PathBuf,
        /// The lock file.
        lock: PathBuf,
        /// Who holds it, if it could be read.
        pid: Option<u32>,
    },
    /// Nothing was imported yet.
    #[error("there is no store in {}\n\nhint: run `clusteriq import PATH` first", dir.display())]
    NoStore {
        /// The folder that was looked at.
        dir: PathBuf,
    },
    /// The folder holds something else.
    #[error("{} is not a store: {found}\n\nhint: name an empty or new folder for the store", dir.display())]
    NotAStore {
        /// The folder that was looked at.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// Written by a newer ClusterIQ.
    #[error(
        "the store {} was written by a newer version of clusteriq: its format is {found}, this version knows up to {known}\n\nhint: use the newer version, or name a new folder for the store and import again",
        dir.display()
    )]
    Newer {
        /// The store's folder.
        dir: PathBuf,
        /// Its format.
        found: usize,
        /// The newest format this program knows.
        known: usize,
    },
    /// Written by an older ClusterIQ and opened for reading only.
    #[error(
        "the store {} has an older format: {found}, this version needs {known}\n\nhint: run `clusteriq import PATH` once; it brings the store up to date",
        dir.display()
    )]
    Older {
        /// The store's folder.
        dir: PathBuf,
        /// Its format.
        found: usize,
        /// The format needed.
        known: usize,
    },
    /// The store was opened with [`crate::Store::open_read_only`].
    #[error("the store {} is open for reading only\n\nhint: open it for writing to import", dir.display())]
    ReadOnly {
        /// The store's folder.
        dir: PathBuf,
    },
    /// A data file is missing or is not what was written.
    #[error("{0}\n\nhint: import that day again with `clusteriq import PATH`; other days are not affected")]
    Damaged(Box<Damage>),
    /// A batch does not have the columns of its table.
    #[error("cannot store rows of {dataset}: {reason}\n\nhint: this is a mistake in clusteriq; please report it")]
    Shape {
        /// The table.
        dataset: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// Arrow or Parquet failed on rows that fit their table.
    #[error("cannot {action} rows of {dataset}: {source}\n\nhint: this is a mistake in clusteriq; please report it")]
    Rows {
        /// What was attempted, e.g. `merge`.
        action: &'static str,
        /// The table.
        dataset: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The state database failed.
    #[error(
        "cannot {action} the store's state {}: {source}\n\nhint: check the disk; if the file is damaged, restore it from a backup or import into a new folder",
        path.display()
    )]
    State {
        /// What was attempted, e.g. `read`.
        action: &'static str,
        /// The SQLite file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A data file that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The table.
    pub dataset: String,
    /// The workspace, or `account`.
    pub workspace: String,
    /// The UTC day, or `all`.
    pub day: String,
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: DamageReason,
}

/// What is wrong with a data file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamageReason {
    /// It is not there.
    Missing,
    /// Its bytes are not the ones that were written.
    Checksum,
    /// Its bytes are right, but this program cannot understand them.
    Undecodable(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, workspace, day, file, reason } = self;
        write!(f, "the store's {dataset} of workspace {workspace}, day {day}, cannot be read: ")?;
        match reason {
            DamageReason::Missing => write!(f, "the file is missing: {}", file.display()),
            DamageReason::Checksum => {
                write!(f, "the file was changed or damaged after it was written: {}", file.display())
            }
            DamageReason::Undecodable(why) => write!(f, "{why}: {}", file.display()),
        }
    }
}

impl StoreError {
    /// From an operation on a file or folder; a full disk is told apart.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        if is_full(&source) {
            return Self::DiskFull { path: path.to_owned(), needed_bytes: None };
        }
        Self::Io { action, path: path.to_owned(), source }
    }

    /// From SQLite on the file `path`; a full disk is told apart.
    pub(crate) fn state(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let code = source.sqlite_error().map(|it| it.extended_code);
        if matches!(code, Some(SQLITE_FULL | SQLITE_IOERR_SHMSIZE)) {
            return Self::DiskFull { path: path.to_owned(), needed_bytes: None };
        }
        Self::State { action, path: path.to_owned(), source: Box::new(source) }
    }

    /// From writing a Parquet file; the cause may be the disk.
    pub(crate) fn parquet(dataset: &str, path: &Path, source: ParquetError) -> Self {
        match source {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(it) => Self::io("write", path, *it),
                Err(source) => Self::Rows { action: "write", dataset: dataset.to_owned(), source },
            },
            source => Self::Rows { action: "write", dataset: dataset.to_owned(), source: Box::new(source) },
        }
    }

    /// From an Arrow kernel.
    pub(crate) fn rows(action: &'static str, dataset: &str, source: ArrowError) -> Self {
        Self::Rows { action, dataset: dataset.to_owned(), source: Box::new(source) }
    }

    /// Says how much had to be written, if this is about a full disk.
    pub(crate) fn needing(self, bytes: u64) -> Self {
        match self {
            Self::DiskFull { path, needed_bytes: None } => Self::DiskFull { path, needed_bytes: Some(bytes) },
            other => other,
        }
    }
}

/// SQLite's result codes for a full disk (sqlite.org/rescode.html, read 2026-11-22): no room in the file or its log, and no
/// room for the log's index.
const SQLITE_FULL: i32 = 13;
const SQLITE_IOERR_SHMSIZE: i32 = 4874;

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn needed(bytes: Option<u64>) -> String {
    match bytes {
        #[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
        Some(it) => format!(" (up to {:.1} MiB needed)", (it as f64 / 1_048_576.0).max(0.1)),
        None => String::new(),
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |it| format!("process {it}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognised_wherever_it_is_noticed() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = Path::new("x.parquet");
        for error in [
            StoreError::io("write", path, full()),
            StoreError::parquet("usage", path, ParquetError::External(Box::new(full()))),
        ] {
            let text = error.needing(3 << 20).to_string();
            assert!(text.starts_with("the disk is full: no room to write x.parquet (up to 3.0 MiB needed)"), "{text}");
            assert!(text.contains("\n\nhint: "), "{text}");
        }
    }

    #[test]
    fn damage_names_table_workspace_day_and_file() {
        let damage = Damage {
            dataset: "usage".into(),
            workspace: "42".into(),
            day: "2026-11-01".into(),
            file: "data/usage/42/2026-11-01-7.parquet".into(),
            reason: DamageReason::Missing,
        };
        assert_eq!(
            StoreError::Damaged(Box::new(damage)).to_string(),
            "the store's usage of workspace 42, day 2026-11-01, cannot be read: the file is missing: \
             data/usage/42/2026-11-01-7.parquet\n\nhint: import that day again with `clusteriq import PATH`; \
             other days are not affected"
        );
    }
}
