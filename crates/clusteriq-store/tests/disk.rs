//! Disks that are full or cannot be written. Needs a file system of its own: on Linux, as root; elsewhere it says that it is
//! skipped.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/rows.rs"]
mod rows;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clusteriq_model::tables::UsageRow;
use clusteriq_store::{Store, StoreError};
use clusteriq_tables::to_batch;
use jiff::Timestamp;
use rows::{ever, usage};

/// A small file system in memory; unmounted at the end.
struct Disk(PathBuf, #[allow(dead_code, reason = "the folder lives as long")] tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = cfg!(target_os = "linux")
            && run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir.path()));
        if !mounted {
            #[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
            {
                eprintln!("SKIPPED: cannot mount a file system of {size}");
            }
        }
        mounted.then(|| Self(dir.path().to_owned(), dir))
    }

    fn make_read_only(&self) {
        assert!(run(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0)));
    }

    /// Fills the disk until only so many bytes are free.
    fn leave(&self, free: u64) {
        let mut filler = File::create(self.0.join("filler")).unwrap();
        while filler.write_all(&[1; 4096]).is_ok() {}
        let size = filler.metadata().unwrap().len();
        filler.set_len(size.saturating_sub(free)).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(&self.0));
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|it| it.status.success())
}

/// Rows that do not compress; `salt` tells two sets apart.
fn rows(count: u64, salt: u64) -> Vec<UsageRow> {
    let noise =
        |it: u64| (0..8).map(|part| format!("{:016x}", scramble(it * 8 + part + salt * 1_000_003))).collect::<String>();
    (0..count)
        .map(|it| {
            let hour = format!("2026-11-{:02}T{:02}:00:00Z", 1 + it % 5, it % 24);
            usage(Some("7"), &noise(it), &hour, &noise(it + count))
        })
        .collect()
}

fn scramble(it: u64) -> u64 {
    let it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

fn import(dir: &Path, rows: Vec<UsageRow>, budget: usize) -> Result<(), StoreError> {
    let store = Store::open(dir)?.with_staging_budget(budget);
    let mut import = store.begin("test", Timestamp::UNIX_EPOCH)?;
    for chunk in rows.chunks(100) {
        import.put(UsageRow::SPEC, to_batch(chunk.to_vec()))?;
    }
    import.commit().map(drop)
}

fn stored(dir: &Path) -> Vec<UsageRow> {
    let store = Store::open_read_only(dir).unwrap();
    assert!(store.damaged().unwrap().is_empty());
    store.read(&ever(), None).unwrap().usage
}

fn data_files(dir: &Path) -> usize {
    fs::read_dir(dir.join("data/usage/7")).unwrap().count()
}

#[test]
fn wherever_the_disk_becomes_full_the_store_stays_as_it_was() {
    for budget in [50_000, usize::MAX] {
        let Some(disk) = Disk::new("4m") else { return };
        let dir = disk.0.join("store");
        import(&dir, rows(200, 1), budget).unwrap();
        let before = stored(&dir);
        let mut failures = 0;
        for free in (0..).map(|it| it * 24_576) {
            disk.leave(free);
            match import(&dir, rows(1500, 2), budget) {
                Ok(()) => break,
                Err(it @ StoreError::DiskFull { .. }) => {
                    let text = it.to_string();
                    assert!(
                        text.starts_with(&format!("the disk is full: no room to write {}", dir.display())),
                        "{text}"
                    );
                    failures += 1;
                }
                Err(it) => panic!("with {free} bytes free: {it:?}"),
            }
            assert_eq!(stored(&dir), before, "with {free} bytes free");
            disk.leave(1 << 20);
            drop(Store::open(&dir).unwrap());
            assert_eq!(data_files(&dir), 5, "with {free} bytes free");
            assert_eq!(fs::read_dir(dir.join("staging")).unwrap().count(), 0);
            assert_eq!(stored(&dir), before, "with {free} bytes free");
        }
        assert!(failures > 10, "only {failures} failures");
        fs::remove_file(disk.0.join("filler")).unwrap();
        assert_eq!(stored(&dir).len(), 1700);
    }
}

#[test]
fn a_store_on_a_disk_that_cannot_be_written_can_be_read() {
    let Some(disk) = Disk::new("4m") else { return };
    let dir = disk.0.join("store");
    import(&dir, rows(200, 1), usize::MAX).unwrap();
    disk.make_read_only();
    assert_eq!(stored(&dir).len(), 200);
    Store::open(&dir).unwrap_err();
}
