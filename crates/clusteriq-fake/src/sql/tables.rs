//! The Parquet files of an export as system tables.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::error::SqlError;
use crate::{FakeError, export};

/// The system tables of an export. Clones share what was read of the files: their footers.
#[derive(Clone, Debug)]
pub struct SystemTables {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The files of each table, by its whole name, in order.
    files: BTreeMap<String, Vec<PathBuf>>,
    footers: Mutex<BTreeMap<PathBuf, ArrowReaderMetadata>>,
}

impl SystemTables {
    /// Those of an export that [`crate::write_export`] wrote: its folders that are called `system.…`. No file is opened yet.
    pub fn of(export_dir: &Path) -> Result<Self, FakeError> {
        let failed = |source| FakeError::Read { path: export_dir.to_owned(), source };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(export_dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default().to_owned();
            if !name.starts_with("system.") || !path.is_dir() {
                continue;
            }
            let mut parts = Vec::new();
            for file in fs::read_dir(&path).map_err(failed)? {
                let file = file.map_err(failed)?.path();
                if file.extension().is_some_and(|it| it == "parquet") {
                    parts.push(file);
                }
            }
            parts.sort();
            if !parts.is_empty() {
                files.insert(name, parts);
            }
        }
        Ok(Self { inner: Arc::new(Inner { files, footers: Mutex::default() }) })
    }

    /// The files of a table, if there is such a table.
    pub(super) fn files(&self, table: &str) -> Option<&[PathBuf]> {
        self.inner.files.get(table).map(Vec::as_slice)
    }

    /// Whole names of the tables.
    pub fn names(&self) -> Vec<String> {
        self.inner.files.keys().cloned().collect()
    }

    /// Names of the schemas that have tables.
    pub(crate) fn schemas(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.inner.files.keys().filter_map(|it| Some(it.split('.').nth(1)?.to_owned())).collect();
        names.dedup();
        names
    }

    /// What a table's columns are.
    pub(super) fn schema(&self, table: &str) -> Result<Option<SchemaRef>, SqlError> {
        // An export leaves out tables that would have no row.
        let Some(first) = self.files(table).and_then(<[PathBuf]>::first) else { return Ok(export::schema_of(table)) };
        Ok(Some(self.footer(first)?.schema().clone()))
    }

    /// A file's footer, read once.
    pub(super) fn footer(&self, path: &Path) -> Result<ArrowReaderMetadata, SqlError> {
        let held = || self.inner.footers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = held().get(path) {
            return Ok(it.clone());
        }
        let file = open(path)?;
        let read = ArrowReaderMetadata::load(&file, Default::default()).map_err(|it| unreadable(path, &it))?;
        held().insert(path.to_owned(), read.clone());
        Ok(read)
    }
}

pub(super) fn open(path: &Path) -> Result<File, SqlError> {
    File::open(path).map_err(|it| unreadable(path, &it))
}

pub(super) fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> SqlError {
    // The file's name alone: a statement's error travels.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    SqlError::new("FAILED_READ_FILE.NO_HINT", "KD001", format!("Error while reading file {name}: {why}."))
}
