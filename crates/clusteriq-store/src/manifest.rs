//! The manifest: which file holds which partition. One SQLite transaction switches it, and that is the acknowledgement.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::StoreError;
use crate::partition::Place;

/// What one import did, as [`crate::Store::imports`] lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportInfo {
    /// Counts up; the version of every partition it wrote.
    pub id: u64,
    /// What it was called, e.g. the folder it read.
    pub label: String,
    /// When it began.
    pub at: Timestamp,
    /// What changed, per table.
    pub datasets: Vec<DatasetChange>,
}

/// What an import did to one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetChange {
    /// The table.
    pub dataset: String,
    /// Rows whose key was not known before.
    pub rows_new: u64,
    /// Rows that took the place of an older row with the same key and other content.
    pub rows_replaced: u64,
    /// Rows that were there already, identical.
    pub rows_unchanged: u64,
}

/// What the store holds of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// The table.
    pub dataset: String,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// The first UTC day with rows; none for tables that are not kept by day.
    pub first_day: Option<String>,
    /// The last UTC day with rows.
    pub last_day: Option<String>,
}

/// One line of the manifest: a partition and its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) version: u64,
    /// Relative to the store's folder, with `/`.
    pub(crate) file: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Of the whole file, hexadecimal.
    pub(crate) blake3: String,
    /// The last instant that the rows tell about, in microseconds; see [`crate::Store::latest`].
    pub(crate) ends_micros: Option<i64>,
}

const COLUMNS: &str = "dataset, workspace, day, version, file, rows, bytes, blake3, ends_micros";

/// The database, with the path that errors name.
pub(crate) struct State {
    pub(crate) sqlite: Connection,
    pub(crate) path: PathBuf,
}

impl State {
    /// Every partition, or those of one table; ordered by table, workspace and day.
    pub(crate) fn entries(&self, dataset: Option<&str>) -> Result<Vec<Entry>, StoreError> {
        self.read(|state| {
            state
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM partitions WHERE ?1 IS NULL OR dataset = ?1
                     ORDER BY dataset, workspace, day"
                ))?
                .query_map([dataset], entry)?
                .collect()
        })
    }

    /// One partition.
    pub(crate) fn entry(&self, place: &Place) -> Result<Option<Entry>, StoreError> {
        self.read(|state| {
            state
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM partitions WHERE dataset = ?1 AND workspace = ?2 AND day = ?3"
                ))?
                .query_row([&place.dataset, &place.workspace, &place.day], entry)
                .optional()
        })
    }

    /// The id of the last import, 0 if there was none.
    pub(crate) fn last_import(&self) -> Result<u64, StoreError> {
        self.read(|state| state.query_row("SELECT ifnull(max(id), 0) FROM imports", [], |it| it.get(0)))
    }

    /// The last instant any partition tells about, in microseconds.
    pub(crate) fn ends_micros(&self) -> Result<Option<i64>, StoreError> {
        self.read(|state| state.query_row("SELECT max(ends_micros) FROM partitions", [], |it| it.get(0)))
    }

    /// Sums per table.
    pub(crate) fn datasets(&self) -> Result<Vec<DatasetInfo>, StoreError> {
        self.read(|state| {
            state
                .prepare(
                    "SELECT dataset, sum(rows), count(*), sum(bytes),
                            min(nullif(day, 'all')), max(nullif(day, 'all'))
                     FROM partitions GROUP BY dataset ORDER BY dataset",
                )?
                .query_map([], |it| {
                    Ok(DatasetInfo {
                        dataset: it.get(0)?,
                        rows: it.get(1)?,
                        files: it.get(2)?,
                        bytes: it.get(3)?,
                        first_day: it.get(4)?,
                        last_day: it.get(5)?,
                    })
                })?
                .collect()
        })
    }

    /// Every import, oldest first.
    pub(crate) fn imports(&self) -> Result<Vec<ImportInfo>, StoreError> {
        let rows: Vec<(u64, String, String)> = self.read(|state| {
            state
                .prepare("SELECT id, label, at FROM imports ORDER BY id")?
                .query_map([], |it| Ok((it.get(0)?, it.get(1)?, it.get(2)?)))?
                .collect()
        })?;
        let mut changes: BTreeMap<u64, Vec<DatasetChange>> = BTreeMap::new();
        let all: Vec<(u64, DatasetChange)> = self.read(|state| {
            state
                .prepare(
                    "SELECT import, dataset, rows_new, rows_replaced, rows_unchanged
                     FROM import_datasets ORDER BY import, dataset",
                )?
                .query_map([], |it| {
                    let change = DatasetChange {
                        dataset: it.get(1)?,
                        rows_new: it.get(2)?,
                        rows_replaced: it.get(3)?,
                        rows_unchanged: it.get(4)?,
                    };
                    Ok((it.get(0)?, change))
                })?
                .collect()
        })?;
        for (import, change) in all {
            changes.entry(import).or_default().push(change);
        }
        rows.into_iter()
            .map(|(id, label, at)| {
                let at = at.parse().map_err(|it| StoreError::State {
                    action: "read",
                    path: self.path.clone(),
                    source: Box::new(it),
                })?;
                Ok(ImportInfo { id, label, at, datasets: changes.remove(&id).unwrap_or_default() })
            })
            .collect()
    }

    /// Records an import and switches its partitions to their new files, all or nothing.
    pub(crate) fn record(&mut self, import: &ImportInfo, entries: &[Entry]) -> Result<(), Unrecorded> {
        let failed = |it| StoreError::state("write", &self.path, it);
        let transaction = match self.sqlite.transaction() {
            Ok(it) => it,
            Err(it) => return Err(Unrecorded::Certainly(failed(it))),
        };
        if let Err(it) = write(&transaction, import, entries) {
            return Err(Unrecorded::Certainly(failed(it)));
        }
        let Err(it) = transaction.commit() else {
            return Ok(());
        };
        let error = failed(it);
        if self.empty_log() { Err(Unrecorded::Certainly(error)) } else { Err(Unrecorded::Perhaps(error)) }
    }

    /// Moves what is committed from the log to the database and the rest out of the world; whether that worked.
    fn empty_log(&self) -> bool {
        let busy = self.sqlite.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |it| it.get::<_, i64>(0));
        let log = OpenOptions::new().write(true).open(self.path.with_extension("sqlite-wal"));
        busy == Ok(0) && log.is_ok_and(|it| it.metadata().is_ok_and(|it| it.len() == 0) && it.sync_all().is_ok())
    }

    /// Runs a query and names the file if it fails.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        query(&self.sqlite).map_err(|it| StoreError::state("read", &self.path, it))
    }

    /// Runs a statement that changes something and names the file if it fails.
    pub(crate) fn write(
        &self,
        statement: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<(), StoreError> {
        statement(&self.sqlite).map(drop).map_err(|it| StoreError::state("write", &self.path, it))
    }

    /// Sets what makes a commit durable.
    pub(crate) fn make_durable(&self) -> Result<(), StoreError> {
        self.write(|state| {
            state.pragma_update(None, "journal_mode", "WAL")?;
            // In WAL mode only FULL flushes the log at every commit (sqlite.org/pragma.html#pragma_synchronous,
            // read 2026-11-22).
            state.pragma_update(None, "synchronous", "FULL")?;
            state.pragma_update(None, "foreign_keys", true)?;
            Ok(0)
        })
    }
}

/// Why an import was not recorded.
pub(crate) enum Unrecorded {
    /// Nothing reached the disk: the new files can go.
    Certainly(StoreError),
    /// The commit itself failed and its log could not be emptied, so that a later recovery may find it there: until then
    /// the new files must stay.
    Perhaps(StoreError),
}

fn write(state: &Connection, import: &ImportInfo, entries: &[Entry]) -> rusqlite::Result<()> {
    state.execute(
        "INSERT INTO imports (id, label, at) VALUES (?1, ?2, ?3)",
        (import.id, &import.label, import.at.to_string()),
    )?;
    let mut changed = state.prepare("INSERT INTO import_datasets VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for it in &import.datasets {
        changed.execute((import.id, &it.dataset, it.rows_new, it.rows_replaced, it.rows_unchanged))?;
    }
    let mut put = state.prepare(&format!(
        "INSERT OR REPLACE INTO partitions ({COLUMNS}) VALUES
         (:dataset, :workspace, :day, :version, :file, :rows, :bytes, :blake3, :ends_micros)"
    ))?;
    let mut forget = state.prepare("DELETE FROM cache WHERE dataset = ?1 AND workspace = ?2 AND day = ?3")?;
    for it in entries {
        put.execute(named_params! {
            ":dataset": it.place.dataset,
            ":workspace": it.place.workspace,
            ":day": it.place.day,
            ":version": it.version,
            ":file": it.file,
            ":rows": it.rows,
            ":bytes": it.bytes,
            ":blake3": it.blake3,
            ":ends_micros": it.ends_micros,
        })?;
        forget.execute([&it.place.dataset, &it.place.workspace, &it.place.day])?;
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        place: Place { dataset: row.get(0)?, workspace: row.get(1)?, day: row.get(2)? },
        version: row.get(3)?,
        file: row.get(4)?,
        rows: row.get(5)?,
        bytes: row.get(6)?,
        blake3: row.get(7)?,
        ends_micros: row.get(8)?,
    })
}
