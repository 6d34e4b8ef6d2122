//! What an import has put and not yet committed: in memory up to a budget, beyond it in files of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use clusteriq_model::tables::TableSpec;
use clusteriq_tables::schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::StoreError;
use crate::parquet_file::BATCH_ROWS;
use crate::partition::Place;

/// Rows by partition, in the order in which they came. Dropping it removes its files.
#[derive(Debug)]
pub(crate) struct Staging {
    dir: PathBuf,
    budget: usize,
    buffered: usize,
    parts: BTreeMap<Place, Part>,
    spills: Vec<Spill>,
}

/// The staged rows of one partition: first those in files, then those in memory.
#[derive(Debug)]
struct Part {
    spec: &'static TableSpec,
    /// Which spill, which row group of it.
    spilled: Vec<(usize, usize)>,
    batches: Vec<RecordBatch>,
    bytes: usize,
}

/// A file with the rows of one table, a row group per partition.
#[derive(Debug)]
struct Spill {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl Staging {
    /// Nothing yet; `dir` is made when it is needed.
    pub(crate) fn new(dir: PathBuf, budget: usize) -> Self {
        Self { dir, budget, buffered: 0, parts: BTreeMap::new(), spills: Vec::new() }
    }

    /// Adds rows that all belong to this partition.
    pub(crate) fn push(
        &mut self,
        spec: &'static TableSpec,
        place: Place,
        batch: RecordBatch,
    ) -> Result<(), StoreError> {
        let bytes = size(&batch);
        let part = self.parts.entry(place).or_insert_with(|| Part {
            spec,
            spilled: Vec::new(),
            batches: Vec::new(),
            bytes: 0,
        });
        part.batches.push(batch);
        part.bytes += bytes;
        self.buffered += bytes;
        if self.buffered > self.budget { self.spill() } else { Ok(()) }
    }

    /// The partitions, with about how much memory their rows take.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&Place, &'static TableSpec, usize)> {
        self.parts.iter().map(|(place, part)| (place, part.spec, part.bytes))
    }

    /// The rows of a partition, oldest first.
    pub(crate) fn load(&self, place: &Place) -> Result<Vec<RecordBatch>, StoreError> {
        let Some(part) = self.parts.get(place) else {
            return Ok(Vec::new());
        };
        let mut batches = Vec::new();
        for &(spill, group) in &part.spilled {
            let spill = &self.spills[spill];
            let failed = |it| StoreError::parquet(part.spec.dataset, &spill.path, it);
            let file = File::open(&spill.path).map_err(|it| StoreError::io("read", &spill.path, it))?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, spill.metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(failed)?;
            for batch in reader {
                batches.push(batch.map_err(|it| StoreError::rows("read", part.spec.dataset, it))?);
            }
        }
        batches.extend(part.batches.iter().cloned());
        coalesce(part.spec, batches)
    }

    /// Moves everything in memory to files: one per table, a row group per partition.
    fn spill(&mut self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.dir).map_err(|it| StoreError::io("create", &self.dir, it))?;
        let mut tables: BTreeMap<&'static str, Vec<&mut Part>> = BTreeMap::new();
        for part in self.parts.values_mut().filter(|it| !it.batches.is_empty()) {
            tables.entry(part.spec.dataset).or_default().push(part);
        }
        for (dataset, parts) in tables {
            let path = self.dir.join(format!("{dataset}-{}.parquet", self.spills.len()));
            let spill = write(&path, &parts).map_err(|it| it.needing(self.buffered as u64))?;
            for (group, part) in parts.into_iter().enumerate() {
                part.spilled.push((self.spills.len(), group));
                part.batches = Vec::new();
            }
            self.spills.push(spill);
        }
        self.buffered = 0;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.spills.is_empty() || self.dir.exists() {
            // Best effort: the next writer empties the folder above.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

fn write(path: &Path, parts: &[&mut Part]) -> Result<Spill, StoreError> {
    let spec = parts[0].spec;
    let failed = |it| StoreError::parquet(spec.dataset, path, it);
    let file = File::create(path).map_err(|it| StoreError::io("create", path, it))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(None)
        .build();
    let mut writer = ArrowWriter::try_new(BufWriter::new(file), schema(spec), Some(properties)).map_err(failed)?;
    for part in parts {
        for batch in &part.batches {
            writer.write(batch).map_err(failed)?;
        }
        writer.flush().map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    let file = File::open(path).map_err(|it| StoreError::io("read", path, it))?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(failed)?;
    Ok(Spill { path: path.to_owned(), metadata })
}

/// Joins small batches: what follows costs something per batch.
fn coalesce(spec: &TableSpec, batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, StoreError> {
    let mut joined = Vec::new();
    let (mut group, mut rows) = (Vec::new(), 0);
    let mut join = |group: &mut Vec<RecordBatch>| -> Result<(), StoreError> {
        let batch = match group.as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            many => concat_batches(&schema(spec), many).map_err(|it| StoreError::rows("join", spec.dataset, it))?,
        };
        group.clear();
        joined.push(batch);
        Ok(())
    };
    for batch in batches {
        if rows + batch.num_rows() > BATCH_ROWS {
            join(&mut group)?;
            rows = 0;
        }
        rows += batch.num_rows();
        group.push(batch);
    }
    join(&mut group)?;
    Ok(joined)
}

/// The memory that the rows of a batch take, other rows in the same buffers not counted.
fn size(batch: &RecordBatch) -> usize {
    batch
        .columns()
        .iter()
        .map(|it| it.to_data().get_slice_memory_size().unwrap_or_else(|_| it.get_array_memory_size()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::NodeTypeRow;
    use clusteriq_tables::{from_batch, to_batch};

    fn place(day: &str) -> Place {
        Place { dataset: "node_types".into(), workspace: "account".into(), day: day.into() }
    }

    fn node(name: String) -> NodeTypeRow {
        NodeTypeRow { node_type: name, core_count: 4.0, memory_mb: 1, gpu_count: None }
    }

    #[test]
    fn rows_come_back_in_their_order_whether_spilled_or_not() {
        let dir = tempfile::tempdir().unwrap();
        for budget in [0, 500, usize::MAX] {
            let staged = dir.path().join("1");
            let mut staging = Staging::new(staged.clone(), budget);
            for i in 0..40 {
                let day = if i % 3 == 0 { "x" } else { "y" };
                let batch = to_batch(vec![node(format!("{i}a")), node(format!("{i}b"))]);
                staging.push(NodeTypeRow::SPEC, place(day), batch).unwrap();
            }
            let names = |day: &str| -> Vec<String> {
                let batches = staging.load(&place(day)).unwrap();
                let rows = batches.iter().flat_map(|it| from_batch::<NodeTypeRow>(it).unwrap());
                rows.map(|it| it.node_type).collect()
            };
            let expected = |third: bool| -> Vec<String> {
                let chosen = (0..40).filter(|it| (it % 3 == 0) == third);
                chosen.flat_map(|it| [format!("{it}a"), format!("{it}b")]).collect()
            };
            assert_eq!(names("x"), expected(true), "budget {budget}");
            assert_eq!(names("y"), expected(false), "budget {budget}");
            assert_eq!(staged.exists(), budget != usize::MAX);
            drop(staging);
            assert!(!staged.exists());
        }
    }
}
