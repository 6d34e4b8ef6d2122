//! One partition as a Parquet file: written once, checked at every reading.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::SchemaRef;
use clusteriq_model::tables::TableSpec;
use clusteriq_tables::schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::durable::{Hashing, NewFiles};
use crate::error::{Damage, DamageReason};
use crate::manifest::Entry;
use crate::{StoreError, merge};

/// Rows per batch, read and written.
pub(crate) const BATCH_ROWS: usize = 65_536;

/// Rows per row group.
const GROUP_ROWS: usize = 1 << 20;

/// What was written.
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) blake3: String,
    pub(crate) ends_micros: Option<i64>,
}

/// Writes batches as one file, under its temporary name. The same rows give the same bytes.
pub(crate) fn write(
    files: &NewFiles,
    path: &Path,
    spec: &TableSpec,
    batches: impl Iterator<Item = Result<RecordBatch, StoreError>>,
) -> Result<Written, StoreError> {
    let failed = |it| StoreError::parquet(spec.dataset, path, it);
    let file = Hashing::new(BufWriter::new(files.create(path)?));
    let mut writer = ArrowWriter::try_new(file, schema(spec), Some(properties())).map_err(failed)?;
    let (mut rows, mut ends_micros) = (0, None);
    for batch in batches {
        let batch = batch?;
        writer.write(&batch).map_err(failed)?;
        rows += batch.num_rows() as u64;
        ends_micros = ends_micros.max(merge::ends_micros(spec, &batch));
    }
    // Flushes the buffers as well; `into_inner` would hide that the disk is full.
    writer.finish().map_err(failed)?;
    let (blake3, bytes) = writer.inner().sums();
    Ok(Written { rows, bytes, blake3, ends_micros })
}

/// Reads a partition, in batches with the table's own schema.
///
/// A file that is missing, changed or not understood is [`StoreError::Damaged`]; a disk that cannot be read is not.
pub(crate) fn read(dir: &Path, spec: &TableSpec, entry: &Entry) -> Result<Vec<RecordBatch>, StoreError> {
    check(dir, entry)?;
    let unclear = |it: &dyn std::fmt::Display| {
        damaged(dir, entry, DamageReason::Undecodable(format!("its Parquet is not understood: {it}")))
    };
    let file = open(dir, entry)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|it| it.with_batch_size(BATCH_ROWS).build())
        .map_err(|it| unclear(&it))?;
    let wanted = schema(spec);
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|it| unclear(&it))?;
        batches.push(conform(&batch, spec, &wanted).map_err(|it| unclear(&it))?);
    }
    Ok(batches)
}

/// Compares the file with the checksum in the manifest.
pub(crate) fn check(dir: &Path, entry: &Entry) -> Result<(), StoreError> {
    let path = dir.join(&entry.file);
    let failed = |it| StoreError::io("read", &path, it);
    let mut file = open(dir, entry)?;
    // A changed length is seen without reading.
    let intact = file.metadata().map_err(failed)?.len() == entry.bytes && {
        let mut hasher = blake3::Hasher::new();
        io::copy(&mut file, &mut hasher).map_err(failed)?;
        hasher.finalize().to_hex().as_str() == entry.blake3
    };
    if intact { Ok(()) } else { Err(damaged(dir, entry, DamageReason::Checksum)) }
}

fn open(dir: &Path, entry: &Entry) -> Result<File, StoreError> {
    let path = dir.join(&entry.file);
    File::open(&path).map_err(|it| match it.kind() {
        io::ErrorKind::NotFound => damaged(dir, entry, DamageReason::Missing),
        _ => StoreError::io("read", &path, it),
    })
}

/// An error that names the partition.
pub(crate) fn damaged(dir: &Path, entry: &Entry, reason: DamageReason) -> StoreError {
    let place = entry.place.clone();
    StoreError::Damaged(Box::new(Damage {
        dataset: place.dataset,
        workspace: place.workspace,
        day: place.day,
        file: dir.join(&entry.file),
        reason,
    }))
}

/// Gives a batch that an older version wrote the columns of today: new optional ones are unknown, dropped ones go.
fn conform(batch: &RecordBatch, spec: &TableSpec, wanted: &SchemaRef) -> Result<RecordBatch, String> {
    let columns =
        spec.columns.iter().zip(wanted.fields()).map(|(column, field)| match batch.column_by_name(column.name) {
            Some(it) if it.data_type() == field.data_type() => Ok(Arc::clone(it)),
            Some(it) => Err(format!("{} has type {}, not {}", column.name, it.data_type(), field.data_type())),
            None if column.optional => Ok(new_null_array(field.data_type(), batch.num_rows())),
            None => Err(format!("no column {}", column.name)),
        });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, String>>()?;
    RecordBatch::try_new(Arc::clone(wanted), columns).map_err(|it| it.to_string())
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("3 is a level of zstd")))
        .set_dictionary_enabled(true)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("clusteriq".to_owned())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use arrow::datatypes::{DataType, Field, Schema};
    use clusteriq_model::tables::WorkspaceRow;
    use clusteriq_tables::from_batch;

    #[test]
    fn a_file_without_a_newer_optional_column_still_reads() {
        let text = |it: &str| Arc::new(StringArray::from(vec![it.to_owned()])) as ArrayRef;
        let fields = vec![Field::new("gone", DataType::Utf8, true), Field::new("workspace_id", DataType::Utf8, false)];
        let old = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![text("x"), text("7")]).unwrap();
        let spec = WorkspaceRow::SPEC;
        let rows: Vec<WorkspaceRow> = from_batch(&conform(&old, spec, &schema(spec)).unwrap()).unwrap();
        assert_eq!(rows, [WorkspaceRow { workspace_id: "7".into(), workspace_name: None, workspace_url: None }]);
        let error = conform(&old.project(&[0]).unwrap(), spec, &schema(spec)).unwrap_err();
        assert_eq!(error, "no column workspace_id");
    }
}
