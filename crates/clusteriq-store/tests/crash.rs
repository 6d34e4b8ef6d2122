//! Another process writes to the store, and is killed.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/rows.rs"]
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clusteriq_store::{Store, StoreError};

/// Minutes per cluster, workspace and day; times two workspaces and two days.
const ROWS: usize = 5 * 2 * 2;

fn writer() -> Command {
    // target/debug/deps/crash-… → target/debug/examples/crash_writer
    let test = std::env::current_exe().unwrap();
    let folder: PathBuf = test.parent().unwrap().parent().unwrap().join("examples");
    let program = folder.join("crash_writer").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "not built: run all tests of the crate, or `cargo build --example crash_writer` first");
    Command::new(program)
}

/// Lets the writer run for so long, kills it, and returns the last number it acknowledged.
fn run_and_kill(dir: &Path, for_so_long: Duration) -> Option<u64> {
    let mut child = writer().arg(dir).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, acknowledged) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // A line that the kill cut short is none.
            if let Ok(number) = line.parse() {
                let _ = sender.send(number);
            }
        }
    });
    let until = Instant::now() + for_so_long;
    let mut last = None;
    while let Ok(it) = acknowledged.recv_timeout(until.saturating_duration_since(Instant::now())) {
        last = Some(it);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap();
    acknowledged.try_iter().last().or(last)
}

/// Checks that the imports 1 to n are there, whole and once, and returns n.
fn check(store: &Store) -> u64 {
    let imports = store.imports().unwrap();
    let count = imports.len() as u64;
    assert_eq!(imports.last().map_or(0, |it| it.id), count);

    let mut rows: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut keys = std::collections::BTreeSet::new();
    for it in store.read(&rows::ever(), None).unwrap().cluster_minutes {
        assert!(keys.insert((it.workspace_id, it.cluster_id.clone(), it.minute)), "twice");
        rows.entry(it.cluster_id).or_default().push(it.network_bytes);
    }
    for number in 1..=count {
        let own = rows.remove(&format!("own-{number}")).unwrap_or_default();
        assert_eq!(own, vec![number.cast_signed(); ROWS], "import {number}");
    }
    if count > 0 {
        assert_eq!(rows.remove("shared").unwrap(), vec![count.cast_signed(); ROWS]);
    }
    assert!(rows.is_empty(), "rows of no import: {rows:?}");
    assert!(store.damaged().unwrap().is_empty());
    count
}

#[test]
fn a_killed_writer_loses_nothing_acknowledged_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut seed: u64 = 0x5eed;
    let mut reached = 0;
    for round in 0..20 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged = run_and_kill(dir.path(), Duration::from_millis(5 + (seed >> 33) % 150)).unwrap_or(reached);

        // Whoever only reads sees it before anybody has tidied up.
        match Store::open_read_only(dir.path()) {
            Ok(reader) => assert!(check(&reader) >= acknowledged, "round {round}"),
            Err(StoreError::NoStore { .. }) if acknowledged == 0 => {}
            Err(it) => panic!("round {round}: {it}"),
        }
        let store = Store::open(dir.path()).unwrap();
        let there = check(&store);
        assert!(
            there == acknowledged || there == acknowledged + 1,
            "round {round}: {there} imports are there, {acknowledged} were acknowledged"
        );
        let files: usize = fs::read_dir(dir.path().join("data/cluster_minutes"))
            .map_or(0, |it| it.map(|it| fs::read_dir(it.unwrap().path()).unwrap().count()).sum());
        assert_eq!(files, if there == 0 { 0 } else { 4 }, "rubbish stays in round {round}");
        assert_eq!(fs::read_dir(dir.path().join("staging")).unwrap().count(), 0);
        reached = there;
    }
    assert!(reached > 0, "no round was long enough for an import");
}

#[test]
fn a_second_process_is_told_who_writes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let output = writer().arg(dir.path()).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    let expected = format!("is being written by process {}: ", std::process::id());
    assert!(error.contains(&expected), "{error}");
    assert!(error.contains("\n\nhint: "), "{error}");
    drop(store);
}
