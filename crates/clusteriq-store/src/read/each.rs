//! A table's rows some at a time, for tables that do not fit into memory as rows.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use clusteriq_model::tables::{Row, TableSpec};
use clusteriq_model::{Window, WorkspaceId};
use rayon::prelude::*;

use super::{Reading, Span, batches_of, rows_in, span};
use crate::error::Damage;
use crate::manifest::Entry;
use crate::{Store, StoreError};

impl Store {
    /// The rows of a table that [`Store::read`] would give, in the same order but some at a time. Damaged partitions are
    /// listed. Each call reads the table as it is then.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn each<R: Row + Send>(
        &self,
        window: &Window,
        workspaces: Option<&BTreeSet<WorkspaceId>>,
        mut take: impl FnMut(Vec<R>),
    ) -> Result<Vec<Damage>, StoreError> {
        let span = span(R::SPEC, window);
        let entries = self.state().entries(Some(R::SPEC.dataset))?;
        let reading = Reading { store: self, window, workspaces, entries: &entries, damages: vec![] };
        let wanted = reading.wanted(R::SPEC, span);
        let mut damages = vec![];
        for some in wanted.chunks(rayon::current_num_threads()) {
            let read: Vec<_> = some.par_iter().map(|it| self.batches_at(R::SPEC, it, span)).collect();
            for read in read {
                let taken = read.and_then(|(entry, batches)| {
                    // Columns are a fraction of the size of rows, so only one batch becomes rows at a time.
                    batches.into_iter().try_for_each(|it| rows_in(self, &entry, it).map(&mut take))
                });
                match taken {
                    Ok(()) => {}
                    Err(StoreError::Damaged(it)) => damages.push(*it),
                    Err(it) => return Err(it),
                }
            }
        }
        Ok(damages)
    }

    /// The wanted batches of a partition as it is now; none if it is gone.
    fn batches_at(
        &self,
        spec: &'static TableSpec,
        wanted: &Entry,
        span: Option<Span>,
    ) -> Result<(Entry, Vec<RecordBatch>), StoreError> {
        let mut found = (wanted.clone(), vec![]);
        let damages = self.retrying(Some(&wanted.place), |entries| {
            let Some(entry) = entries.first() else { return Ok(vec![]) };
            match batches_of(self, spec, entry, span) {
                Ok(batches) => found = (entry.clone(), batches),
                Err(StoreError::Damaged(it)) => return Ok(vec![(entry.clone(), *it)]),
                Err(it) => return Err(it),
            }
            Ok(vec![])
        })?;
        match damages.into_iter().next() {
            None => Ok(found),
            Some(it) => Err(StoreError::Damaged(Box::new(it))),
        }
    }
}
