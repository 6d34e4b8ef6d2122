//! Opening a store, and what it says about itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::durable::sync_dir;
use crate::error::Damage;
use crate::import::Import;
use crate::lock::{LOCK, WriteLock};
use crate::manifest::{DatasetInfo, ImportInfo, State};
use crate::migrations::{self, Format};
use crate::staging::Staging;
use crate::{StoreError, parquet_file};

/// The state database in the store's folder.
const STATE: &str = "state.sqlite";

/// Memory for rows that were put and not yet committed.
const STAGING_BUDGET: usize = 256 << 20;

/// A store: a folder that this process reads, and perhaps writes.
pub struct Store {
    pub(crate) dir: PathBuf,
    state: Mutex<State>,
    writer: Option<Writer>,
}

/// What only the one process that writes has.
pub(crate) struct Writer {
    _lock: WriteLock,
    imports_begun: AtomicU64,
    staging_budget: usize,
    pub(crate) commits: Mutex<Commits>,
}

/// What one commit leaves to the next.
#[derive(Default)]
pub(crate) struct Commits {
    /// The last id used by this process, for an import that was recorded or not.
    pub(crate) last_import: u64,
    /// Files replaced by the last commit: kept until the next, for whoever is reading them.
    pub(crate) replaced: Vec<String>,
}

impl Store {
    /// Opens a store for writing; creates it if the folder is new or empty.
    ///
    /// Brings an older format up to date (a copy of the older state stays beside it) and removes what a crash left.
    ///
    /// # Errors
    ///
    /// Another process writes to it, a newer version wrote it, or the folder is not a store.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(STATE);
        if !path.exists() {
            refuse_foreign(dir)?;
        }
        fs::create_dir_all(dir).map_err(|it| StoreError::io("create", dir, it))?;
        let lock = WriteLock::take(dir)?;
        let sqlite = Connection::open(&path).map_err(|it| StoreError::state("open", &path, it))?;
        let mut state = State { sqlite, path: path.clone() };
        // Looked at before it is changed: it may be another program's.
        if migrations::format(&state.sqlite, &path, dir)? == Format::Empty {
            refuse_foreign(dir)?;
        }
        state.make_durable()?;
        migrations::run(&mut state.sqlite, &path, dir)?;
        for folder in ["data", "staging"].map(|it| dir.join(it)) {
            fs::create_dir_all(&folder).map_err(|it| StoreError::io("create", &folder, it))?;
        }
        sync_dir(dir).map_err(|it| StoreError::io("flush", dir, it))?;
        let writer = Writer {
            _lock: lock,
            imports_begun: AtomicU64::new(0),
            staging_budget: STAGING_BUDGET,
            commits: Mutex::default(),
        };
        let store = Self { dir: dir.to_owned(), state: Mutex::new(state), writer: Some(writer) };
        store.remove_rubbish()?;
        Ok(store)
    }

    /// Opens a store for reading, beside other readers and a writer.
    ///
    /// # Errors
    ///
    /// There is none yet, or it has another format.
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(STATE);
        if !path.exists() {
            return Err(StoreError::NoStore { dir: dir.to_owned() });
        }
        let sqlite = connect_read_only(&path).map_err(|it| StoreError::state("open", &path, it))?;
        match migrations::format(&sqlite, &path, dir)? {
            Format::Current => {}
            Format::Empty => {
                return Err(StoreError::NoStore { dir: dir.to_owned() });
            }
            Format::Older(found) => {
                let known = migrations::known();
                return Err(StoreError::Older { dir: dir.to_owned(), found, known });
            }
        }
        let state = Mutex::new(State { sqlite, path });
        Ok(Self { dir: dir.to_owned(), state, writer: None })
    }

    /// Keeps at most about so many bytes of an import in memory; beyond them its rows wait in files.
    #[must_use]
    pub fn with_staging_budget(mut self, bytes: usize) -> Self {
        if let Some(it) = &mut self.writer {
            it.staging_budget = bytes;
        }
        self
    }

    /// Begins an import. `label` says in the list of imports what it was.
    ///
    /// # Errors
    ///
    /// The store is open for reading only.
    pub fn begin(&self, label: &str, at: Timestamp) -> Result<Import<'_>, StoreError> {
        let writer = self.writer()?;
        let number = writer.imports_begun.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.join("staging").join(number.to_string());
        Ok(Import::new(self, label, at, Staging::new(dir, writer.staging_budget)))
    }

    /// The end of the newest data, and so of the default window: the last end of usage, of a cluster's minute or of a run
    /// slice.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn latest(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.state().ends_micros()?.and_then(|it| Timestamp::from_microsecond(it).ok()))
    }

    /// What there is, per table.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn datasets(&self) -> Result<Vec<DatasetInfo>, StoreError> {
        self.state().datasets()
    }

    /// Every import, oldest first.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn imports(&self) -> Result<Vec<ImportInfo>, StoreError> {
        self.state().imports()
    }

    /// Reads every data file and lists those that are missing or not what was written.
    ///
    /// # Errors
    ///
    /// The state or the disk cannot be read.
    pub fn damaged(&self) -> Result<Vec<Damage>, StoreError> {
        self.retrying(None, |entries| {
            let mut damages = Vec::new();
            for entry in entries {
                match parquet_file::check(&self.dir, entry) {
                    Ok(()) => {}
                    Err(StoreError::Damaged(it)) => damages.push((entry.clone(), *it)),
                    Err(it) => return Err(it),
                }
            }
            Ok(damages)
        })
    }

    /// A setting that was kept, if there is one of that name. Never a secret.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.state().read(|state| {
            state.query_row("SELECT value FROM settings WHERE key = ?1", [key], |it| it.get(0)).optional()
        })
    }

    /// Keeps a setting. Never a secret.
    ///
    /// # Errors
    ///
    /// The store is open for reading only, or the disk is full.
    pub fn set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.writer()?;
        self.state().write(|state| state.execute("INSERT OR REPLACE INTO settings VALUES (?1, ?2)", [key, value]))
    }

    /// The state, for one statement or transaction.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic in another thread leaves no half transaction: SQLite rolls it back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a writer has, or an error if this is a reader.
    pub(crate) fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly { dir: self.dir.clone() })
    }

    /// Removes what no import was acknowledged for: staged rows, and data files that the manifest does not name.
    fn remove_rubbish(&self) -> Result<(), StoreError> {
        for staged in list(&self.dir.join("staging"))? {
            fs::remove_dir_all(&staged).map_err(|it| StoreError::io("remove", &staged, it))?;
        }
        let named: BTreeSet<PathBuf> =
            self.state().entries(None)?.into_iter().map(|it| self.dir.join(it.file)).collect();
        for dataset in list(&self.dir.join("data"))? {
            for workspace in list(&dataset)? {
                for file in list(&workspace)? {
                    let ours = file.extension().is_some_and(|it| it == "parquet" || it == "tmp");
                    if ours && !named.contains(&file) {
                        fs::remove_file(&file).map_err(|it| StoreError::io("remove", &file, it))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// A folder without a state must not hold anything else: a store would remove the files it does not know.
fn refuse_foreign(dir: &Path) -> Result<(), StoreError> {
    let found = list(dir)?.into_iter().find(|it| {
        let name = it.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let ours = name == LOCK || name.starts_with(STATE);
        let empty = matches!(name, "data" | "staging") && list(it).is_ok_and(|it| it.is_empty());
        !(ours || empty)
    });
    match found {
        None => Ok(()),
        Some(it) => Err(StoreError::NotAStore {
            dir: dir.to_owned(),
            found: format!("it has no {STATE}, but {}", it.display()),
        }),
    }
}

/// What is in a folder, in order; nothing if there is no such folder.
fn list(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |it| StoreError::io("list", dir, it);
    let entries = match fs::read_dir(dir) {
        Ok(it) => it,
        Err(it) if it.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        // A stray file among folders is not ours to judge.
        Err(it) if it.kind() == std::io::ErrorKind::NotADirectory => return Ok(Vec::new()),
        Err(it) => return Err(failed(it)),
    };
    let mut paths = entries.map(|it| it.map(|it| it.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Opens the state without changing anything, also on a disk that cannot be written.
fn connect_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let probe = |it: Connection| {
        it.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
        Ok(it)
    };
    let opened = Connection::open_with_flags(path, flags).and_then(probe);
    let log = path.with_extension("sqlite-wal");
    match (opened, path.to_str()) {
        // A reader of a log needs its index file beside it. Where that cannot be made and the log is empty, nobody writes
        // (sqlite.org/wal.html#read_only_databases, read 2026-11-22).
        (Err(_), Some(name)) if fs::metadata(&log).map_or(0, |it| it.len()) == 0 => {
            let name = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let uri = format!("file:{name}?immutable=1");
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).and_then(probe)
        }
        (opened, _) => opened,
    }
}
