//! Files that survive a crash: written beside their name, flushed, renamed, folder flushed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::StoreError;

/// Flushing waits for the disk and not for the processor; disks and file systems merge flushes that wait together.
const THREADS: usize = 16;

/// New files of one import. Dropping it removes them again, unless they were kept.
#[derive(Debug, Default)]
pub(crate) struct NewFiles {
    files: Mutex<Vec<PathBuf>>,
}

impl NewFiles {
    /// Creates the file under its temporary name, and the folders it stands in.
    pub(crate) fn create(&self, path: &Path) -> Result<File, StoreError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|it| StoreError::io("create", folder, it))?;
        }
        self.lock().push(path.to_owned());
        let temporary = temporary(path);
        File::create(&temporary).map_err(|it| StoreError::io("create", &temporary, it))
    }

    /// Makes them durable under their own names, in a store at `dir`.
    pub(crate) fn settle(&self, dir: &Path) -> Result<(), StoreError> {
        let files = self.lock().clone();
        let mut folders = BTreeSet::new();
        for file in &files {
            // A folder may be new as well, so that the ones above it must know of it.
            folders.extend(file.ancestors().skip(1).take_while(|it| it.starts_with(dir)).map(Path::to_owned));
        }
        in_parallel(&files, |file| {
            let temporary = temporary(file);
            OpenOptions::new()
                .write(true)
                .open(&temporary)
                .and_then(|it| it.sync_all())
                .map_err(|it| StoreError::io("flush", &temporary, it))?;
            fs::rename(&temporary, file).map_err(|it| StoreError::io("rename", &temporary, it))
        })?;
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        in_parallel(&folders, |folder| sync_dir(folder).map_err(|it| StoreError::io("flush", folder, it)))
    }

    /// They stay.
    pub(crate) fn keep(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        for file in self.lock().drain(..) {
            // Best effort: whatever stays is not in the manifest, and the next writer removes it.
            let _ = fs::remove_file(temporary(&file));
            let _ = fs::remove_file(&file);
        }
    }
}

/// The name a file has while it is being written.
fn temporary(path: &Path) -> PathBuf {
    path.with_extension("parquet.tmp")
}

/// Flushes a folder, so that names in it are durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<(), StoreError> + Sync) -> Result<(), StoreError> {
    let share = items.len().div_ceil(THREADS).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> =
            items.chunks(share).map(|chunk| scope.spawn(move || chunk.iter().try_for_each(work))).collect();
        threads
            .into_iter()
            .map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .fold(Ok(()), Result::and)
    })
}

/// A writer that knows the checksum and the number of the bytes that went through it.
pub(crate) struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// The checksum, hexadecimal, and the number of the bytes so far.
    pub(crate) fn sums(&self) -> (String, u64) {
        (self.hasher.finalize().to_hex().to_string(), self.bytes)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_vanish_unless_they_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data/usage/1/2026-11-01-1.parquet");
        let files = NewFiles::default();
        files.create(&path).unwrap().write_all(b"x").unwrap();
        assert!(!path.exists());
        files.settle(dir.path()).unwrap();
        assert!(path.exists());
        drop(files);
        assert!(!path.exists());

        let files = NewFiles::default();
        files.create(&path).unwrap();
        files.settle(dir.path()).unwrap();
        files.keep();
        drop(files);
        assert!(path.exists());
    }
}
