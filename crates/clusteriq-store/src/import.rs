//! One import: put rows, then commit all of them or none.

use std::collections::BTreeMap;
use std::fs;
use std::sync::PoisonError;

use arrow::array::RecordBatch;
use clusteriq_model::tables::TableSpec;
use clusteriq_tables::schema;
use jiff::Timestamp;
use rayon::prelude::*;

use crate::durable::NewFiles;
use crate::error::Damage;
use crate::manifest::{DatasetChange, Entry, ImportInfo, Unrecorded};
use crate::merge::merge;
use crate::partition::{Place, split};
use crate::staging::Staging;
use crate::{Store, StoreError, parquet_file};

/// Memory for partitions that are merged at the same time, about. A partition larger than this is merged alone.
const MERGE_BUDGET: u64 = 512 << 20;

/// Memory that a cell takes, about: most are numbers, some are texts.
const CELL_BYTES: u64 = 16;

/// Rows on their way into the store. Dropped without [`Import::commit`], nothing has happened.
#[derive(Debug)]
pub struct Import<'a> {
    store: &'a Store,
    label: String,
    at: Timestamp,
    staging: Staging,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The import's id.
    pub import: u64,
    /// What changed, per table that rows were put for.
    pub datasets: Vec<DatasetChange>,
    /// Partitions that got a new version.
    pub partitions_written: u64,
    /// Partitions that were touched and stayed as they were.
    pub partitions_unchanged: u64,
    /// Partitions whose old file could not be read: they now hold the rows of this import alone. The damaged files, where
    /// there are any, are kept in the store's folder `damaged`.
    pub rebuilt: Vec<Damage>,
}

/// What became of one partition.
struct Outcome {
    dataset: &'static str,
    new: u64,
    replaced: u64,
    unchanged: u64,
    /// The new version, if there is one.
    entry: Option<Entry>,
    damage: Option<Damage>,
}

impl<'a> Import<'a> {
    pub(crate) fn new(store: &'a Store, label: &str, at: Timestamp, staging: Staging) -> Self {
        Self { store, label: label.to_owned(), at, staging }
    }

    /// Adds rows of a table. A later row takes the place of an earlier one with the same key.
    ///
    /// # Errors
    ///
    /// The batch does not have the table's columns, or the disk is full.
    pub fn put(&mut self, spec: &'static TableSpec, batch: RecordBatch) -> Result<(), StoreError> {
        let wanted = schema(spec);
        if batch.schema_ref().fields() != wanted.fields() {
            let found: Vec<String> =
                batch.schema_ref().fields().iter().map(|it| format!("{} {}", it.name(), it.data_type())).collect();
            let reason = format!("not the table's columns: {}", found.join(", "));
            return Err(StoreError::Shape { dataset: spec.dataset, reason });
        }
        // Without the metadata that a file's schema may carry along.
        let batch = RecordBatch::try_new(wanted, batch.columns().to_vec())
            .map_err(|it| StoreError::rows("stage", spec.dataset, it))?;
        for (place, part) in split(spec, &batch)? {
            self.staging.push(spec, place, part)?;
        }
        Ok(())
    }

    /// Makes everything that was put part of the store. When this returns, it is durable.
    ///
    /// # Errors
    ///
    /// The disk is full or fails. Then the store is as it was before the import.
    pub fn commit(self) -> Result<Committed, StoreError> {
        let writer = self.store.writer()?;
        let mut commits = writer.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let import = commits.last_import.max(self.store.state().last_import()?) + 1;
        // Taken even if this commit fails: its file names must not be used again.
        commits.last_import = import;

        let mut current: BTreeMap<Place, Entry> = BTreeMap::new();
        let mut datasets: Vec<&str> = self.staging.places().map(|(it, ..)| it.dataset.as_str()).collect();
        datasets.dedup();
        for dataset in datasets {
            let entries = self.store.state().entries(Some(dataset))?;
            current.extend(entries.into_iter().map(|it| (it.place.clone(), it)));
        }

        let files = NewFiles::default();
        let mut outcomes = Vec::new();
        for wave in self.waves(&current) {
            let done: Result<Vec<Outcome>, StoreError> = wave
                .into_par_iter()
                .map(|(place, spec, bytes)| {
                    self.merge_one(spec, place, current.get(place), import, &files).map_err(|it| it.needing(bytes))
                })
                .collect();
            outcomes.extend(done?);
        }
        files.settle(&self.store.dir)?;

        let mut committed = summary(import, &mut outcomes);
        let entries: Vec<Entry> = outcomes.into_iter().filter_map(|it| it.entry).collect();
        let info =
            ImportInfo { id: import, label: self.label.clone(), at: self.at, datasets: committed.datasets.clone() };
        match self.store.state().record(&info, &entries) {
            Ok(()) => files.keep(),
            Err(Unrecorded::Certainly(it)) => return Err(it),
            Err(Unrecorded::Perhaps(it)) => {
                files.keep();
                return Err(it);
            }
        }

        // From here on the import is acknowledged; tidying up must not fail it.
        self.set_aside(&mut committed.rebuilt);
        let replaced = entries.iter().filter_map(|it| current.get(&it.place)).map(|it| it.file.clone());
        for file in std::mem::replace(&mut commits.replaced, replaced.collect()) {
            let _ = fs::remove_file(self.store.dir.join(file));
        }
        Ok(committed)
    }

    /// The partitions in groups that fit into memory together.
    fn waves(&self, current: &BTreeMap<Place, Entry>) -> Vec<Vec<(&Place, &'static TableSpec, u64)>> {
        let mut waves = Vec::new();
        let (mut wave, mut used) = (Vec::new(), 0);
        for (place, spec, staged) in self.staging.places() {
            let rows = current.get(place).map_or(0, |it| it.rows);
            let bytes = staged as u64 + rows * spec.columns.len() as u64 * CELL_BYTES;
            if used + bytes > MERGE_BUDGET && !wave.is_empty() {
                waves.push(std::mem::take(&mut wave));
                used = 0;
            }
            used += bytes;
            wave.push((place, spec, bytes));
        }
        waves.push(wave);
        waves
    }

    fn merge_one(
        &self,
        spec: &'static TableSpec,
        place: &Place,
        entry: Option<&Entry>,
        import: u64,
        files: &NewFiles,
    ) -> Result<Outcome, StoreError> {
        let staged = self.staging.load(place)?;
        let mut damage = None;
        let current = match entry.map(|it| parquet_file::read(&self.store.dir, spec, it)) {
            None => Vec::new(),
            Some(Ok(it)) => it,
            // To refuse would make the damage permanent: what is imported is all there is.
            Some(Err(StoreError::Damaged(it))) => {
                damage = Some(*it);
                Vec::new()
            }
            Some(Err(it)) => return Err(it),
        };
        let failed = |it| StoreError::rows("merge", spec.dataset, it);
        let merged = merge(spec, &current, &staged).map_err(failed)?;
        let entry = if merged.nothing_changed() {
            None
        } else {
            let file = place.file(import);
            let batches = merged.batches().map(|it| it.map_err(failed));
            let written = parquet_file::write(files, &self.store.dir.join(&file), spec, batches)?;
            Some(Entry {
                place: place.clone(),
                version: import,
                file,
                rows: written.rows,
                bytes: written.bytes,
                blake3: written.blake3,
                ends_micros: written.ends_micros,
            })
        };
        Ok(Outcome {
            dataset: spec.dataset,
            new: merged.new,
            replaced: merged.replaced,
            unchanged: merged.unchanged,
            entry,
            damage,
        })
    }

    /// Moves damaged files out of the way, so that someone can look at them.
    fn set_aside(&self, rebuilt: &mut [Damage]) {
        let folder = self.store.dir.join("damaged");
        for it in rebuilt {
            let Some(name) = it.file.file_name().and_then(|it| it.to_str()) else {
                continue;
            };
            let target = folder.join(format!("{}-{}-{name}", it.dataset, it.workspace.replace('/', "_")));
            if fs::create_dir_all(&folder).and_then(|()| fs::rename(&it.file, &target)).is_ok() {
                it.file = target;
            }
        }
    }
}

fn summary(import: u64, outcomes: &mut [Outcome]) -> Committed {
    let mut committed = Committed { import, ..Committed::default() };
    for it in outcomes {
        if committed.datasets.last().is_none_or(|last| last.dataset != it.dataset) {
            let dataset = it.dataset.to_owned();
            committed.datasets.push(DatasetChange { dataset, ..DatasetChange::default() });
        }
        let change = committed.datasets.last_mut().expect("one was just pushed if there was none");
        change.rows_new += it.new;
        change.rows_replaced += it.replaced;
        change.rows_unchanged += it.unchanged;
        match it.entry {
            Some(_) => committed.partitions_written += 1,
            None => committed.partitions_unchanged += 1,
        }
        committed.rebuilt.extend(it.damage.take());
    }
    committed
}
