//! Rows of texts to canonical batches: the common end of CSV, JSON and REST.

use arrow::array::ArrayRef;
use clusteriq_model::tables::{ColumnSpec, TableSpec};

use crate::batch::{Decoded, finish};
use crate::columns::ColumnBuilder;
use crate::error::{CollectError, Place, shortened};
use crate::wanted::{Found, Misplaced, Wanted};

/// Rows per batch, at most.
pub(crate) const BATCH_ROWS: usize = 1 << 16;

/// Collects rows of one file.
pub(crate) struct Rows {
    spec: &'static TableSpec,
    place: Place,
    pub(crate) wanted: Wanted,
    columns: Vec<ColumnBuilder>,
    /// By path: whether any row of the file has it.
    seen: Vec<bool>,
    /// Rows in the columns.
    pending: usize,
    /// Rows of the file before those.
    before: u64,
}

impl Rows {
    pub(crate) fn new(spec: &'static TableSpec, place: &Place) -> Self {
        let paths = spec.columns.iter().map(|it| it.source.len()).sum();
        Self {
            spec,
            place: place.clone(),
            wanted: Wanted::of(spec),
            columns: spec.columns.iter().map(|it| ColumnBuilder::new(it.kind)).collect(),
            seen: vec![false; paths],
            pending: 0,
            before: 0,
        }
    }

    /// As many as there are paths.
    pub(crate) fn blank<'a>(&self) -> Vec<Found<'a>> {
        vec![Found::Absent; self.seen.len()]
    }

    /// Number of the row that comes next, from 1.
    pub(crate) fn next_row(&self) -> u64 {
        self.before + self.pending as u64 + 1
    }

    /// Number of the first path of a column.
    pub(crate) fn path_of(&self, column: &str) -> Option<usize> {
        let at = self.spec.columns.iter().position(|it| it.name == column)?;
        Some(self.spec.columns[..at].iter().map(|it| it.source.len()).sum())
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A required column of which the row has no path.
    pub(crate) fn lacks(&self, found: &[Found<'_>]) -> Option<&'static ColumnSpec> {
        let mut paths = found;
        self.spec.columns.iter().find(|column| {
            let (mine, rest) = paths.split_at(column.source.len());
            paths = rest;
            !column.optional && mine.iter().all(|it| *it == Found::Absent)
        })
    }

    pub(crate) fn missing(&self, column: &ColumnSpec, present: Vec<String>) -> CollectError {
        let file = self.place.clone();
        CollectError::MissingColumn { file, column: column.name, wanted: column.source, present }
    }

    /// Notes that the file has these paths even if no row has a value there.
    pub(crate) fn has(&mut self, paths: &[usize]) {
        for it in paths {
            self.seen[*it] = true;
        }
    }

    /// Adds a row: per column the first path that has a value.
    pub(crate) fn push(&mut self, found: &[Found<'_>]) -> Result<(), CollectError> {
        let mut paths = found;
        for (seen, found) in self.seen.iter_mut().zip(found) {
            *seen |= *found != Found::Absent;
        }
        for (column, builder) in self.spec.columns.iter().zip(&mut self.columns) {
            let (mine, rest) = paths.split_at(column.source.len());
            paths = rest;
            let text = mine.iter().find_map(|it| match it {
                Found::Text(text) if !text.is_empty() => Some(text),
                Found::Text(_) | Found::Null | Found::Absent => None,
            });
            match text {
                None => builder.push_null(),
                Some(text) => builder.push(text).map_err(|problem| CollectError::Cell {
                    file: self.place.clone(),
                    column: column.name.to_owned(),
                    row: self.before + self.pending as u64 + 1,
                    problem,
                    value: shortened(text),
                })?,
            }
        }
        self.pending += 1;
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.pending >= BATCH_ROWS
    }

    pub(crate) fn misplaced(&self, it: Misplaced) -> CollectError {
        let row = self.next_row();
        let value = shortened(&it.value);
        CollectError::Cell { file: self.place.clone(), column: it.name, row, problem: it.problem, value }
    }

    /// What was collected since the last time.
    pub(crate) fn take(&mut self) -> Result<Decoded, CollectError> {
        let arrays: Vec<ArrayRef> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let decoded = finish(self.spec, &self.place, self.before + 1, self.pending, arrays)?;
        self.before += self.pending as u64;
        self.pending = 0;
        Ok(decoded)
    }

    /// The columns of which no row of the file has any path.
    pub(crate) fn absent(&self) -> Vec<&'static ColumnSpec> {
        let mut paths = self.seen.as_slice();
        let mut absent = Vec::new();
        for column in self.spec.columns {
            let (mine, rest) = paths.split_at(column.source.len());
            paths = rest;
            if !mine.contains(&true) {
                absent.push(column);
            }
        }
        absent
    }
}
