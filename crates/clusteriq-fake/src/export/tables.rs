//! Rows as JSON values, columns by a schema, Parquet with zstd.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use clusteriq_model::tables::TableSpec;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use crate::FakeError;

/// Rows turned into columns at a time.
const BATCH: usize = 8_192;

/// A table's only file.
pub(crate) struct TableFile {
    path: PathBuf,
    schema: SchemaRef,
    decoder: Decoder,
    writer: ArrowWriter<File>,
}

impl TableFile {
    /// Opens `<dir>/<table>/part-00000.parquet`.
    pub(crate) fn create(dir: &Path, table: &TableSpec, schema: SchemaRef) -> Result<Self, FakeError> {
        let path = dir.join(table.source_name()).join("part-00000.parquet");
        let parquet = |source| FakeError::Parquet { path: path.clone(), source };
        let writer = open(&path, &schema)?;
        let decoder = ReaderBuilder::new(without_zones(&schema)).with_batch_size(BATCH).build_decoder();
        let decoder = decoder.map_err(|it| parquet(it.into()))?;
        Ok(Self { path, schema, decoder, writer })
    }

    /// Adds rows.
    pub(crate) fn append(&mut self, rows: impl Iterator<Item = Value>) -> Result<(), FakeError> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let some: Vec<Value> = rows.by_ref().take(BATCH).collect();
            self.write(&some).map_err(|source| FakeError::Parquet { path: self.path.clone(), source })?;
        }
        Ok(())
    }

    fn write(&mut self, rows: &[Value]) -> Result<(), parquet::errors::ParquetError> {
        self.decoder.serialize(rows)?;
        if let Some(batch) = self.decoder.flush()? {
            self.writer.write(&with_zones(&batch, &self.schema)?)?;
        }
        Ok(())
    }

    /// Finishes the file.
    pub(crate) fn close(self) -> Result<(), FakeError> {
        let path = self.path;
        self.writer.close().map(drop).map_err(|source| FakeError::Parquet { path, source })
    }
}

/// A Parquet file of that schema. Its bytes depend on its rows only.
pub(crate) fn open(path: &Path, schema: &SchemaRef) -> Result<ArrowWriter<File>, FakeError> {
    let failed = |source| FakeError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = File::create(path).map_err(failed)?;
    let properties = WriterProperties::builder()
        .set_created_by("clusteriq-fake".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    ArrowWriter::try_new(file, schema.clone(), Some(properties))
        .map_err(|source| FakeError::Parquet { path: path.to_owned(), source })
}

/// The JSON reader knows no zone names, so it reads instants without one.
fn without_zones(schema: &Schema) -> SchemaRef {
    let plain = DataType::Timestamp(TimeUnit::Microsecond, None);
    let fields = schema.fields().iter().map(|it| match it.data_type() {
        DataType::Timestamp(_, Some(_)) => Arc::new(Field::new(it.name(), plain.clone(), it.is_nullable())),
        _ => it.clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn with_zones(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| match field.data_type() {
        DataType::Timestamp(_, Some(zone)) => {
            let instants = column.as_primitive::<TimestampMicrosecondType>().clone();
            Arc::new(instants.with_timezone(zone.clone())) as ArrayRef
        }
        _ => column.clone(),
    });
    RecordBatch::try_new(schema.clone(), columns.collect())
}
