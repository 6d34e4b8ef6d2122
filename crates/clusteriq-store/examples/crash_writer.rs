//! Imports batch after batch and says after each that it was acknowledged, until it is killed: `crash_writer DIR`.
//!
//! Import n adds a cluster `own-n` and overwrites a cluster `shared` with n, each with a few minutes in every one of some
//! workspaces and days, so that a torn import would show. The crash tests run it.
#![allow(clippy::unwrap_used, reason = "an example that is a test's other half")]

#[path = "../tests/support/rows.rs"]
mod rows;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_store::{Store, StoreError};
use clusteriq_tables::to_batch;
use jiff::{SignedDuration, Timestamp};

fn main() -> ExitCode {
    let dir = std::env::args_os().nth(1).unwrap();
    match run(Path::new(&dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(it) => {
            let _ = writeln!(std::io::stderr(), "{it}");
            ExitCode::FAILURE
        }
    }
}

fn run(dir: &Path) -> Result<(), StoreError> {
    // Half of the time what is put goes through files.
    let store = Store::open(dir)?.with_staging_budget(20_000);
    let first = store.imports()?.len() as i64 + 1;
    for number in first.. {
        let mut import = store.begin(&number.to_string(), Timestamp::UNIX_EPOCH)?;
        for workspace in ["7", "8"] {
            for day in 0..2 {
                for cluster in [format!("own-{number}"), "shared".to_owned()] {
                    let midnight = rows::at("2026-11-01T00:00:00Z") + SignedDuration::from_hours(24 * day);
                    let minutes = (0..5).map(|it| midnight + SignedDuration::from_mins(it));
                    let rows = minutes.map(|it| rows::minute(workspace, &cluster, it, number));
                    import.put(ClusterMinuteRow::SPEC, to_batch(rows.collect()))?;
                }
            }
        }
        import.commit()?;
        let mut out = std::io::stdout();
        writeln!(out, "{number}").and_then(|()| out.flush()).unwrap();
    }
    Ok(())
}
