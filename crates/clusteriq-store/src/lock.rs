//! One writer at a time: an exclusive lock on a file, held by the operating system for as long as the process lives.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::StoreError;

/// The name of the lock file in the store's folder. It stays when the lock is gone.
pub(crate) const LOCK: &str = "lock";

/// The lock; dropping it releases it.
#[derive(Debug)]
pub(crate) struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|it| StoreError::io("open", &path, it))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // The holder's id is a courtesy: it may just be about to write it.
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Locked { dir: dir.to_owned(), lock: path, pid });
            }
            Err(TryLockError::Error(it)) => return Err(StoreError::io("lock", &path, it)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(|it| StoreError::io("write", &path, it))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_has_it_and_gets_it_when_it_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let first = WriteLock::take(dir.path()).unwrap();
        let error = WriteLock::take(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Locked { pid: Some(it), .. } if it == std::process::id()));
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        WriteLock::take(dir.path()).unwrap();
    }
}
