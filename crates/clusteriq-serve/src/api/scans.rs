//! Scans: what was read when, and reading it now.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};
use crate::state::ScanState;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::get(
            ("/api/scans", "list_scans", "Scans"),
            "The scan that runs, when the next is due, and what was put into the store",
            list,
        ),
        route::change(
            Method::POST,
            ("/api/analyze", "start_analysis", "Scans"),
            "Reads the workspaces and analyses what came; GET /api/events streams how far it is",
            StatusCode::ACCEPTED,
            start,
        ),
    ]
}

/// Scans and imports.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Scans")]
struct Scans {
    scan: ScanStatus,
    /// Newest first.
    imports: Vec<Import>,
}

/// What was put into the store at once.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Import")]
struct Import {
    id: u64,
    /// Folders, or hosts of workspaces.
    label: String,
    /// RFC 3339, UTC.
    at: String,
    /// New rows of all tables.
    rows_new: u64,
    /// Tables that changed.
    tables: Vec<ImportedTable>,
}

/// What an import did to a table.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportedTable")]
struct ImportedTable {
    source: String,
    rows_new: u64,
    rows_changed: u64,
}

/// The scan that runs, the last one and the next.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScanStatus")]
pub(crate) struct ScanStatus {
    /// Null: none runs.
    running: Option<ScanProgress>,
    /// Null: none ended since the server began.
    last: Option<ScanEnd>,
    /// RFC 3339, UTC; null: none is planned.
    next: Option<String>,
    /// Five fields of cron; null: none.
    schedule: Option<String>,
    /// Why no workspace can be read; null: they can.
    cannot: Option<String>,
}

/// How far a scan is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScanProgress")]
struct ScanProgress {
    /// RFC 3339, UTC.
    since: String,
    /// `starting`, `making`, `planning`, `reading`, `storing` or `analysing`.
    phase: &'static str,
    text: String,
    done: u64,
    /// Null: not known.
    total: Option<u64>,
}

/// How a scan ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScanEnd")]
struct ScanEnd {
    /// RFC 3339, UTC.
    since: String,
    at: String,
    ok: bool,
    /// What went wrong; null: nothing.
    message: Option<String>,
    hint: Option<String>,
}

impl ScanStatus {
    pub(crate) fn of(call: &Call) -> Self {
        let ScanState { running, last, next } = call.state.scan();
        Self {
            running: running.map(|it| ScanProgress {
                since: it.since.to_string(),
                phase: it.progress.phase.word(),
                text: it.progress.text,
                done: it.progress.done,
                total: it.progress.total,
            }),
            last: last.map(|it| {
                let failure = it.outcome.err();
                ScanEnd {
                    since: it.since.to_string(),
                    at: it.at.to_string(),
                    ok: failure.is_none(),
                    message: failure.as_ref().map(|it| it.message.clone()),
                    hint: failure.and_then(|it| it.hint),
                }
            }),
            next: next.map(|it| it.to_string()),
            schedule: call.state.options.schedule.as_ref().map(|it| it.text().to_owned()),
            cannot: call.state.work.scan.as_ref().err().cloned(),
        }
    }
}

fn list(call: &Call, _: Nothing) -> Result<Scans, Refusal> {
    let imports = call.snapshot.iter().flat_map(|it| &it.imports).map(|it| Import {
        id: it.id,
        label: it.label.clone(),
        at: it.at.to_string(),
        rows_new: it.tables.iter().map(|it| it.1).sum(),
        tables: it
            .tables
            .iter()
            .map(|it| ImportedTable { source: it.0.clone(), rows_new: it.1, rows_changed: it.2 })
            .collect(),
    });
    Ok(Scans { scan: ScanStatus::of(call), imports: imports.collect() })
}

/// Nothing has to be said.
#[derive(Debug, Deserialize, JsonSchema)]
struct Start {}

/// It has begun.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Started")]
struct Started {
    /// RFC 3339, UTC.
    since: String,
    /// Where to hear how far it is.
    events: &'static str,
}

fn start(call: &Call, _: Start) -> Result<Started, Refusal> {
    let since = call.state.begin().ok_or_else(|| {
        Refusal::conflict("scan_running", "a scan runs already", "GET /api/events tells how far it is")
    })?;
    let state = call.state.clone();
    std::thread::spawn(move || state.scanned(since));
    Ok(Started { since: since.to_string(), events: crate::http::events::PATH })
}
