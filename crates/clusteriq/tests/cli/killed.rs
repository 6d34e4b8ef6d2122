//! A few kills at random moments; `bench/crash/run.py` does a hundred.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::support::{PROGRAM, ran};

#[test]
fn a_killed_program_leaves_the_store_before_or_after_the_import() {
    survives(&["--rounds", "6", "--only", "kill", "--days", "4", "--clusters", "8"]);
}

#[test]
fn a_killed_scan_goes_on_and_ends_with_the_same_store() {
    survives(&["--scans", "6", "--only", "scan", "--days", "4", "--clusters", "8"]);
}

#[allow(clippy::print_stderr, reason = "a test that does nothing says so")]
fn survives(arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/crash/run.py");
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: there is no python3 to run {}", script.display());
        return;
    }
    let done = ran(Command::new("python3").arg(script).arg("--clusteriq").arg(PROGRAM).args(arguments));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("0 violations"), "{}", done.out);
}
