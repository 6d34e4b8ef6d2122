//! How far the reading is, for whoever shows it.

/// Told about every batch that was read, from any thread.
pub trait Progress: Sync {
    /// So many more bytes of files and so many more rows of this table have been read.
    fn advanced(&self, table: &str, bytes: u64, rows: u64);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unseen;

impl Progress for Unseen {
    fn advanced(&self, _table: &str, _bytes: u64, _rows: u64) {}
}
