//! The result of one statement as a Parquet file, which is there whole or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::statement::{Chunk, Told};
use crate::client::ClientError;
use crate::find::UNFINISHED;

/// A file being written.
pub(crate) struct Part {
    path: PathBuf,
    /// Opened with the first rows, which have their types with them.
    writer: Option<ArrowWriter<File>>,
}

impl Part {
    /// One that will be there when it is finished.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, writer: None }
    }

    /// Adds a part of a result.
    pub(crate) fn add(&mut self, told: &Told, chunk: Chunk) -> Result<(), ClientError> {
        let batches = match chunk {
            Chunk::Arrow(it) => it,
            Chunk::Json(rows) => vec![texts(told, &rows).map_err(|it| self.failed(it.into()))?],
        };
        for it in batches.iter().filter(|it| it.num_rows() > 0) {
            self.write(it)?;
        }
        Ok(())
    }

    /// Closes the file and gives it its name. A result without rows is a file without rows.
    pub(crate) fn finish(mut self, told: &Told) -> Result<(), ClientError> {
        if self.writer.is_none() {
            let nothing = texts(told, &[]).map_err(|it| self.failed(it.into()))?;
            self.write(&nothing)?;
        }
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(|it| self.failed(it))?;
        let named = file.sync_all().and_then(|()| fs::rename(unfinished(&self.path), &self.path));
        named.map_err(|source| ClientError::Write { path: self.path.clone(), source })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ClientError> {
        let mut writer = match self.writer.take() {
            Some(it) => it,
            None => self.open(batch)?,
        };
        let written = writer.write(batch);
        self.writer = Some(writer);
        written.map_err(|it| self.failed(it))
    }

    fn open(&self, batch: &RecordBatch) -> Result<ArrowWriter<File>, ClientError> {
        let path = unfinished(&self.path);
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        let file = fs::create_dir_all(folder).and_then(|()| File::create(&path));
        let file = file.map_err(|source| ClientError::Write { path: path.clone(), source })?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
        ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).map_err(|it| self.failed(it))
    }

    fn failed(&self, error: ParquetError) -> ClientError {
        ClientError::Write { path: self.path.clone(), source: std::io::Error::other(error) }
    }
}

/// The name of a file that is not finished.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension(UNFINISHED)
}

/// Rows of cells as columns of text.
fn texts(told: &Told, rows: &[Vec<Option<String>>]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let fields: Vec<Field> = told.columns.iter().map(|(name, _)| Field::new(name, DataType::Utf8, true)).collect();
    let column = |at: usize| {
        let cells = rows.iter().map(|row| row.get(at).and_then(Option::as_deref));
        Arc::new(cells.collect::<StringArray>()) as ArrayRef
    };
    RecordBatch::try_new(Arc::new(Schema::new(fields)), (0..told.columns.len()).map(column).collect())
}
