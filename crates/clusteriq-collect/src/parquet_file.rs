//! One Parquet file: which of its columns are wanted, when its row groups play, and their rows.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use clusteriq_model::tables::{ColumnSpec, Kind, Origin, TableSpec};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::batch::{Decoded, finish};
use crate::chunk::Emit;
use crate::coerce::TIMES;
use crate::error::{CollectError, Place, shortened};
use crate::find::SourceFile;
use crate::parquet_columns::{Bad, column, inside};
use crate::rows::BATCH_ROWS;

/// How the reader hands out text columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texts {
    /// As in the canonical batch.
    Plain,
    /// With a dictionary, which is what the reduction of node-minutes wants.
    Dictionary,
}

/// An opened file.
pub(crate) struct ParquetFile {
    spec: &'static TableSpec,
    place: Place,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// By row group.
    pub(crate) groups: Vec<Group>,
    /// Columns that the file has no path of.
    pub(crate) absent: Vec<&'static ColumnSpec>,
}

/// One row group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Rows of the file before it.
    before: u64,
    pub(crate) rows: u64,
    /// Its part of the file's size.
    pub(crate) bytes: u64,
    /// First and last time, in microseconds, if the file says so.
    pub(crate) times: Option<(i64, i64)>,
}

impl Group {
    /// The bytes of its rows up to this one of the file.
    fn bytes_of(&self, row: u64) -> u64 {
        let part = u128::from(self.bytes) * u128::from(row - self.before) / u128::from(self.rows.max(1));
        u64::try_from(part).unwrap_or(self.bytes)
    }
}

impl ParquetFile {
    pub(crate) fn open(file: &SourceFile, spec: &'static TableSpec, texts: Texts) -> Result<Self, CollectError> {
        let place = &file.place;
        let damaged =
            |reason: String| CollectError::Damaged { file: place.clone(), place: Some("its footer".into()), reason };
        let handle = open(place)?;
        let metadata = guarded(|| load(&handle, spec, texts)).map_err(damaged)?;
        let columns = metadata.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
        if let Some(codec) = columns.map(ColumnChunkMetaData::compression).find_map(unreadable) {
            return Err(CollectError::Codec { file: place.clone(), codec });
        }
        let leaves = metadata.parquet_schema().columns().iter().map(|it| it.path().parts()).collect::<Vec<_>>();
        let absent: Vec<_> =
            spec.columns.iter().filter(|it| !paths(spec, it).any(|path| has(metadata.schema(), path))).collect();
        if let Some(column) = absent.iter().find(|it| !it.optional) {
            return Err(CollectError::MissingColumn {
                file: place.clone(),
                column: column.name,
                wanted: column.source,
                present: metadata.schema().fields().iter().map(|it| it.name().clone()).collect(),
            });
        }
        let paths: Vec<&str> = spec.columns.iter().flat_map(|it| paths(spec, it)).collect();
        let wanted =
            (0..leaves.len()).filter(|at| paths.iter().any(|path| is_part(metadata.schema(), path, leaves[*at])));
        let mask = ProjectionMask::leaves(metadata.parquet_schema(), wanted);
        let groups = groups(&metadata, spec, file.bytes);
        Ok(Self { spec, place: place.clone(), metadata: metadata.clone(), mask, groups, absent })
    }

    /// Reads one row group, in batches, until `emit` says that it has enough.
    pub(crate) fn read(&self, group: usize, emit: Emit<'_>) -> Result<(), CollectError> {
        let damaged = |reason: String| {
            let part = Some(format!("row group {}", group + 1));
            CollectError::Damaged { file: self.place.clone(), place: part, reason }
        };
        let handle = open(&self.place)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(self.mask.clone())
            .with_batch_size(BATCH_ROWS);
        let mut reader = guarded(|| reader.build()).map_err(damaged)?;
        let mut row = self.groups[group].before + 1;
        while let Some(batch) = guarded(|| reader.next().transpose().map_err(ParquetError::from)).map_err(damaged)? {
            let rows = batch.num_rows() as u64;
            let decoded = match catch_unwind(AssertUnwindSafe(|| self.canonical(&batch, row))) {
                Ok(it) => it?,
                Err(panic) => return Err(damaged(said(panic.as_ref()))),
            };
            row += rows;
            if !emit(decoded, self.groups[group].bytes_of(row - 1)) {
                return Ok(());
            }
        }
        let read = row - 1 - self.groups[group].before;
        if read != self.groups[group].rows {
            return Err(damaged(format!("it should have {} rows but has {read}", self.groups[group].rows)));
        }
        Ok(())
    }

    fn canonical(&self, batch: &RecordBatch, first_row: u64) -> Result<Decoded, CollectError> {
        let mut arrays = Vec::new();
        for spec in self.spec.columns {
            let paths = paths(self.spec, spec);
            arrays.push(one_column(batch, spec, paths).map_err(|it| self.failed(spec, first_row, it))?);
        }
        finish(self.spec, &self.place, first_row, batch.num_rows(), arrays)
    }

    fn failed(&self, column: &ColumnSpec, first_row: u64, bad: Bad) -> CollectError {
        let file = self.place.clone();
        match bad {
            Bad::Type(found) => {
                let wanted = kind_name(column.kind);
                CollectError::ColumnType { file, column: column.name, wanted, found: found.to_string() }
            }
            Bad::Cell { at, problem, value } => CollectError::Cell {
                file,
                column: column.name.to_owned(),
                row: first_row + at as u64,
                problem,
                value: shortened(&value),
            },
            Bad::Arrow(it) => {
                CollectError::Damaged { file, place: Some(format!("column {}", column.name)), reason: it.to_string() }
            }
        }
    }
}

/// Where a column of a file may stand. Behind the places of the system table: under the name that it has here, which is how
/// statements ask for it.
fn paths(table: &TableSpec, column: &ColumnSpec) -> impl Iterator<Item = &'static str> {
    let own =
        (!matches!(table.origin, Origin::Rest(_)) && !column.source.contains(&column.name)).then_some(column.name);
    column.source.iter().copied().chain(own)
}

fn one_column(
    batch: &RecordBatch,
    spec: &ColumnSpec,
    paths: impl Iterator<Item = &'static str>,
) -> Result<ArrayRef, Bad> {
    let schema = batch.schema();
    let mut found = Vec::new();
    for path in paths {
        let mut names = path.split('.');
        let Some(at) = names.next().and_then(|it| root(&schema, it)) else { continue };
        found.extend(inside(batch.column(at), &names.collect::<Vec<_>>())?);
    }
    column(spec, found, batch.num_rows())
}

fn root(schema: &Schema, name: &str) -> Option<usize> {
    let fields = schema.fields();
    let exact = fields.iter().position(|it| it.name() == name);
    exact.or_else(|| fields.iter().position(|it| it.name().eq_ignore_ascii_case(name)))
}

/// Whether the file can have a value at this path; what is inside of maps and JSON only the rows tell.
fn has(schema: &Schema, path: &str) -> bool {
    let mut names = path.split('.');
    let Some(at) = names.next().and_then(|it| root(schema, it)) else { return false };
    let mut place = schema.field(at).data_type();
    for name in names {
        let DataType::Struct(fields) = place else {
            return matches!(place, DataType::Map(_, _) | DataType::Utf8 | DataType::Binary | DataType::Null);
        };
        let Some(field) = fields.iter().find(|it| it.name().eq_ignore_ascii_case(name)) else { return false };
        place = field.data_type();
    }
    true
}

/// Whether a leaf of the file is needed for a path: it is inside of what the path names, or the path leads into it.
fn is_part(schema: &Schema, path: &str, leaf: &[String]) -> bool {
    let mut names = path.split('.');
    let Some(at) = names.next().and_then(|it| root(schema, it)) else { return false };
    if leaf.first() != Some(schema.field(at).name()) {
        return false;
    }
    let mut place = schema.field(at).data_type();
    for (name, part) in names.zip(&leaf[1..]) {
        // In a map or list the names of the leaf are those of the encoding.
        let DataType::Struct(fields) = place else { return true };
        if !part.eq_ignore_ascii_case(name) {
            return false;
        }
        let Some(field) = fields.iter().find(|it| it.name() == part) else { return true };
        place = field.data_type();
    }
    true
}

fn load(handle: &File, spec: &TableSpec, texts: Texts) -> Result<ArrowReaderMetadata, ParquetError> {
    // Without the writer's own Arrow schema there are fewer types to expect.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load(handle, options.clone())?;
    if texts == Texts::Plain {
        return Ok(metadata);
    }
    let is_text = |it: &Field| {
        let wanted =
            spec.columns.iter().any(|column| column.kind == Kind::Text && column.name.eq_ignore_ascii_case(it.name()));
        wanted && *it.data_type() == DataType::Utf8
    };
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |it: &Arc<Field>| {
        if is_text(it) { Arc::new(it.as_ref().clone().with_data_type(dictionary.clone())) } else { it.clone() }
    };
    let schema = Schema::new(metadata.schema().fields().iter().map(field).collect::<Vec<_>>());
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), options.with_schema(Arc::new(schema)))
}

/// The name of a compression that this build of the reader cannot undo.
fn unreadable(codec: Compression) -> Option<String> {
    match codec {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_) => None,
        other => Some(other.to_string()),
    }
}

fn groups(metadata: &ArrowReaderMetadata, spec: &TableSpec, bytes: u64) -> Vec<Group> {
    let rows = |it: i64| u64::try_from(it).unwrap_or(0);
    let all: u64 = metadata.metadata().row_groups().iter().map(|it| rows(it.num_rows())).sum();
    let (mut before, mut told) = (0, 0);
    let mut result = Vec::new();
    for group in metadata.metadata().row_groups() {
        let rows = rows(group.num_rows());
        // Rounded so that the parts add up to the whole.
        let part = u128::from(bytes) * u128::from(before + rows) / u128::from(all.max(1));
        let part = u64::try_from(part).unwrap_or(bytes);
        let times = spec.day.and_then(|day| {
            let field = metadata.schema().field(root(metadata.schema(), day)?);
            let at = group.columns().iter().position(|it| it.column_path().parts() == [field.name().as_str()])?;
            times(group.column(at).statistics()?, field.data_type())
        });
        result.push(Group { before, rows, bytes: part.saturating_sub(told), times });
        told = told.max(part);
        before += rows;
    }
    result
}

fn times(statistics: &Statistics, of: &DataType) -> Option<(i64, i64)> {
    let Statistics::Int64(it) = statistics else { return None };
    let (low, high) = (*it.min_opt()?, *it.max_opt()?);
    let DataType::Timestamp(unit, _) = of else { return None };
    let (times, over) = match unit {
        TimeUnit::Second => (1_000_000, 1),
        TimeUnit::Millisecond => (1_000, 1),
        TimeUnit::Microsecond => (1, 1),
        TimeUnit::Nanosecond => (1, 1_000),
    };
    let micros = |it: i64| it.div_euclid(over).checked_mul(times);
    // What cannot be meant is not a promise; the rows themselves will be looked at.
    Some((micros(low)?, micros(high)?)).filter(|it| it.0 <= it.1 && TIMES.contains(&it.0) && TIMES.contains(&it.1))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Float => "double",
        Kind::Bool => "boolean",
        Kind::Time => "timestamp",
        Kind::Decimal => "decimal(38,18)",
        Kind::Tags => "map<string,string>",
        Kind::Texts => "array<string>",
    }
}

fn open(place: &Place) -> Result<File, CollectError> {
    File::open(&place.path).map_err(|source| CollectError::Read { path: place.path.to_path_buf(), source })
}

/// The Parquet reader panics on some damaged files; to the user that is a damaged file like any other.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(it) => it.map_err(|it| it.to_string()),
        Err(panic) => Err(said(panic.as_ref())),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the reader gave up").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_that_are_not_built_in_are_named() {
        assert_eq!(unreadable(Compression::LZ4_RAW).as_deref(), Some("LZ4_RAW"));
        assert_eq!(unreadable(Compression::SNAPPY), None);
    }
}
