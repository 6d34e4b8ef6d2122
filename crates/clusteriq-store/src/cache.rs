//! What was computed from one version of one partition, kept until that partition changes.

use rusqlite::OptionalExtension;

use crate::{Store, StoreError};

impl Store {
    /// Bytes kept by [`Store::cache`], if the partition has not changed since.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub fn cached(&self, kind: &str, dataset: &str, workspace: &str, day: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.state().read(|state| {
            state
                .prepare_cached(
                    "SELECT cache.bytes FROM cache JOIN partitions USING (dataset, workspace, day, version)
                     WHERE kind = ?1 AND dataset = ?2 AND workspace = ?3 AND day = ?4",
                )?
                .query_row([kind, dataset, workspace, day], |it| it.get(0))
                .optional()
        })
    }

    /// Keeps bytes that were computed from the partition as it is now; `kind` names the computation and its version.
    ///
    /// A store that is open for reading only keeps nothing, and a partition that is not there has nothing to keep: a cache
    /// that misses is no error. Do not import between reading a partition and calling this.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub fn cache(&self, kind: &str, dataset: &str, workspace: &str, day: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if self.writer().is_err() {
            return Ok(());
        }
        self.state().write(|state| {
            state
                .prepare_cached(
                    "INSERT OR REPLACE INTO cache (kind, dataset, workspace, day, version, bytes)
                     SELECT ?1, dataset, workspace, day, version, ?5 FROM partitions
                     WHERE dataset = ?2 AND workspace = ?3 AND day = ?4",
                )?
                .execute((kind, dataset, workspace, day, bytes))
        })
    }
}
