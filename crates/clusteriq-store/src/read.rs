//! Reading rows back: a window of everything, or one partition.

use std::collections::BTreeSet;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use clusteriq_model::tables::{Row, TableSpec, Tables};
use clusteriq_model::{Window, WorkspaceId};
use clusteriq_tables::from_batch;
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use crate::error::{Damage, DamageReason};
use crate::manifest::Entry;
use crate::partition::{ACCOUNT, ALL_DAYS, Place, day_of};
use crate::{Store, StoreError, parquet_file};

mod each;

/// How often a reader starts again because a writer replaced the files it was reading.
const ATTEMPTS: usize = 8;

/// What runs and statements may have begun before the window and still reach into it.
const REACH: SignedDuration = SignedDuration::from_hours(24);

/// A partition of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// The workspace's id, or [`ACCOUNT`].
    pub workspace: String,
    /// The UTC day, e.g. `2026-11-01`, or [`ALL_DAYS`].
    pub day: String,
    /// Changes whenever its content does: the id of the import that wrote it.
    pub version: u64,
    /// Its rows.
    pub rows: u64,
}

/// Whether the largest tables are read with the others.
#[derive(Clone, Copy)]
enum Large {
    Read,
    LeftOut,
}

/// Which rows of a table are wanted.
#[derive(Clone, Copy)]
struct Span {
    column: &'static str,
    window: Window,
}

impl Store {
    /// Every table's rows for a window, in the order of workspace, day and key.
    ///
    /// Tables without a day are read whole. `usage` and `cluster_minutes` have the rows with `from ≤ time < until`; the
    /// others begin one day earlier, so that run slices, statements and warehouse states that reach into the window are
    /// there. With `workspaces`, only theirs, and what belongs to no workspace, such as prices; usage of the account is
    /// left out.
    ///
    /// # Errors
    ///
    /// A data file is damaged, or the disk fails. See [`Store::read_undamaged`] to go on without damaged files.
    pub fn read(&self, window: &Window, workspaces: Option<&BTreeSet<WorkspaceId>>) -> Result<Tables, StoreError> {
        let (tables, damages) = self.tables(window, workspaces, Large::Read)?;
        match damages.into_iter().next() {
            None => Ok(tables),
            Some(it) => Err(StoreError::Damaged(Box::new(it))),
        }
    }

    /// As [`Store::read`], but without the rows of damaged files, which are listed. The caller must show them: an answer
    /// that lacks a day is not the whole answer. Left out as well are the tables of which a large fleet has too many rows to
    /// hold them at once: `usage`, `clusters`, `cluster_settings`, `job_run_slices`, `task_run_slices`, `instance_events`
    /// and `queries`, which are for [`Store::each`], and `cluster_minutes`, which is for [`Store::read_partition`].
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn read_undamaged(
        &self,
        window: &Window,
        workspaces: Option<&BTreeSet<WorkspaceId>>,
    ) -> Result<(Tables, Vec<Damage>), StoreError> {
        self.tables(window, workspaces, Large::LeftOut)
    }

    fn tables(
        &self,
        window: &Window,
        workspaces: Option<&BTreeSet<WorkspaceId>>,
        large: Large,
    ) -> Result<(Tables, Vec<Damage>), StoreError> {
        let mut tables = Tables::default();
        let damages = self.retrying(None, |entries| {
            let mut reading = Reading { store: self, window, workspaces, entries, damages: Vec::new() };
            tables = Tables {
                node_types: reading.rows()?,
                workspaces: reading.rows()?,
                list_prices: reading.rows()?,
                account_prices: reading.rows()?,
                usage: reading.large(large)?,
                clusters: reading.large(large)?,
                cluster_settings: reading.large(large)?,
                policies: reading.rows()?,
                instance_pools: reading.rows()?,
                pool_settings: reading.rows()?,
                instance_events: reading.large(large)?,
                warehouses: reading.rows()?,
                warehouse_events: reading.rows()?,
                jobs: reading.rows()?,
                job_tasks: reading.rows()?,
                job_settings: reading.rows()?,
                job_clusters: reading.rows()?,
                task_settings: reading.rows()?,
                job_run_slices: reading.large(large)?,
                task_run_slices: reading.large(large)?,
                pipelines: reading.rows()?,
                pipeline_settings: reading.rows()?,
                pipeline_updates: reading.rows()?,
                queries: reading.large(large)?,
                cluster_minutes: reading.large(large)?,
            };
            Ok(reading.damages)
        })?;
        if let Some(wanted) = workspaces {
            tables.workspaces.retain(|it| wanted.contains(&WorkspaceId(it.workspace_id.as_str().into())));
        }
        Ok((tables, damages))
    }

    /// The partitions of a table, by workspace and day.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn partitions(&self, dataset: &str) -> Result<Vec<Partition>, StoreError> {
        let entries = self.state().entries(Some(dataset))?;
        Ok(entries
            .into_iter()
            .map(|it| Partition {
                workspace: it.place.workspace,
                day: it.place.day,
                version: it.version,
                rows: it.rows,
            })
            .collect())
    }

    /// The rows of a partition as it is now, in the order of their keys; none if there is no such partition.
    ///
    /// # Errors
    ///
    /// Its file is damaged, or the disk fails.
    pub fn read_partition<R: Row>(&self, partition: &Partition) -> Result<Vec<R>, StoreError> {
        let place = Place {
            dataset: R::SPEC.dataset.to_owned(),
            workspace: partition.workspace.clone(),
            day: partition.day.clone(),
        };
        let mut rows = Vec::new();
        let damages = self.retrying(Some(&place), |entries| {
            rows.clear();
            let mut damages = Vec::new();
            for entry in entries {
                match rows_of::<R>(self, entry, None) {
                    Ok(it) => rows.extend(it),
                    Err(StoreError::Damaged(it)) => damages.push((entry.clone(), *it)),
                    Err(it) => return Err(it),
                }
            }
            Ok(damages)
        })?;
        match damages.into_iter().next() {
            None => Ok(rows),
            Some(it) => Err(StoreError::Damaged(Box::new(it))),
        }
    }

    /// Reads a snapshot of the manifest, again if files went missing because a writer replaced them meanwhile.
    pub(crate) fn retrying(
        &self,
        place: Option<&Place>,
        mut read: impl FnMut(&[Entry]) -> Result<Vec<(Entry, Damage)>, StoreError>,
    ) -> Result<Vec<Damage>, StoreError> {
        let mut attempt = 1;
        loop {
            let entries = match place {
                None => self.state().entries(None)?,
                Some(it) => self.state().entry(it)?.into_iter().collect(),
            };
            let damages = read(&entries)?;
            let mut replaced = false;
            for (entry, damage) in &damages {
                let missing = damage.reason == DamageReason::Missing;
                replaced |= missing && self.state().entry(&entry.place)?.as_ref() != Some(entry);
            }
            if !replaced || attempt == ATTEMPTS {
                return Ok(damages.into_iter().map(|(_, it)| it).collect());
            }
            attempt += 1;
        }
    }
}

/// One reading of a window from one snapshot of the manifest.
struct Reading<'a> {
    store: &'a Store,
    window: &'a Window,
    workspaces: Option<&'a BTreeSet<WorkspaceId>>,
    entries: &'a [Entry],
    damages: Vec<(Entry, Damage)>,
}

impl<'a> Reading<'a> {
    fn large<R: Row + Send>(&mut self, it: Large) -> Result<Vec<R>, StoreError> {
        match it {
            Large::Read => self.rows(),
            Large::LeftOut => Ok(vec![]),
        }
    }

    /// The wanted rows of a table.
    fn rows<R: Row + Send>(&mut self) -> Result<Vec<R>, StoreError> {
        let span = span(R::SPEC, self.window);
        let wanted = self.wanted(R::SPEC, span);
        let mut rows = Vec::with_capacity(wanted.iter().map(|it| usize::try_from(it.rows).unwrap_or(0)).sum());
        for some in wanted.chunks(rayon::current_num_threads()) {
            let read: Vec<_> = some.par_iter().map(|it| batches_of(self.store, R::SPEC, it, span)).collect();
            for (entry, read) in some.iter().zip(read) {
                let found: Result<Vec<Vec<R>>, _> =
                    read.and_then(|it| it.into_iter().map(|it| rows_in(self.store, entry, it)).collect());
                match found {
                    Ok(it) => rows.extend(it.into_iter().flatten()),
                    Err(StoreError::Damaged(it)) => self.damages.push(((*entry).clone(), *it)),
                    Err(it) => return Err(it),
                }
            }
        }
        Ok(rows)
    }

    fn wanted(&self, spec: &TableSpec, span: Option<Span>) -> Vec<&'a Entry> {
        let of_table = self.entries.iter().filter(|it| it.place.dataset == spec.dataset);
        of_table.filter(|it| self.of_workspace(it, spec) && span.is_none_or(|span| span.touches(it))).collect()
    }

    fn of_workspace(&self, entry: &Entry, spec: &TableSpec) -> bool {
        let Some(wanted) = self.workspaces else {
            return true;
        };
        let of_none = entry.place.workspace == ACCOUNT && spec.dataset != "usage";
        of_none || wanted.contains(&WorkspaceId(entry.place.workspace.as_str().into()))
    }
}

/// Which rows of a table a window wants; none: all.
fn span(spec: &TableSpec, window: &Window) -> Option<Span> {
    let column = spec.day?;
    let window = match spec.dataset {
        "usage" | "cluster_minutes" => *window,
        _ => Window {
            from: window.from.saturating_sub(REACH).expect("a span of hours only needs no calendar"),
            ..*window
        },
    };
    Some(Span { column, window })
}

impl Span {
    /// Whether a partition's day can hold wanted rows.
    fn touches(&self, entry: &Entry) -> bool {
        let day = &entry.place.day;
        day == ALL_DAYS || (&day_of(self.window.from) <= day && day <= &day_of(self.window.until))
    }

    fn filter(&self, batch: &RecordBatch) -> Option<BooleanArray> {
        let times = batch.column_by_name(self.column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        let wanted = |it: i64| Timestamp::from_microsecond(it).is_ok_and(|it| self.window.contains(it));
        Some(times.values().iter().map(|it| Some(wanted(*it))).collect())
    }
}

fn rows_of<R: Row>(store: &Store, entry: &Entry, span: Option<Span>) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::new();
    for batch in batches_of(store, R::SPEC, entry, span)? {
        rows.extend(rows_in(store, entry, batch)?);
    }
    Ok(rows)
}

fn batches_of(
    store: &Store,
    spec: &'static TableSpec,
    entry: &Entry,
    span: Option<Span>,
) -> Result<Vec<RecordBatch>, StoreError> {
    let wanted = |batch: RecordBatch| match span.and_then(|it| it.filter(&batch)) {
        Some(filter) => filter_record_batch(&batch, &filter).map_err(|it| StoreError::rows("filter", spec.dataset, it)),
        None => Ok(batch),
    };
    parquet_file::read(&store.dir, spec, entry)?.into_iter().map(wanted).collect()
}

fn rows_in<R: Row>(store: &Store, entry: &Entry, batch: RecordBatch) -> Result<Vec<R>, StoreError> {
    from_batch::<R>(&batch).map_err(|it| {
        let why = it.to_string();
        let why = why.split("\n\n").next().unwrap_or_default().to_owned();
        parquet_file::damaged(&store.dir, entry, DamageReason::Undecodable(why))
    })
}
