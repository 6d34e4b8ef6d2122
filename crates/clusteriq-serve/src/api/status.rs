//! Whether the server is there, and what it is at.

use clusteriq_model::Target;
use clusteriq_output::data::{TargetJson, WindowJson};
use schemars::JsonSchema;
use serde::Serialize;

use super::scans::ScanStatus;
use crate::http::call::{Call, Role};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};
use crate::options::Access;

pub(crate) fn routes() -> Vec<Route> {
    let health = route::get(("/health", "get_health", "Status"), "Whether the server is there; needs no token", health);
    let status =
        route::get(("/api/status", "get_status", "Status"), "What the server is at, and who is asking", status);
    vec![Route { role: Role::Nobody, ..health }, status]
}

/// Whether the server is there.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct Health {
    /// Always `ok`: whoever reads this got an answer.
    status: &'static str,
    version: &'static str,
    /// Whether there is an analysis to ask about.
    ready: bool,
}

fn health(call: &Call, _: Nothing) -> Result<Health, Refusal> {
    Ok(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), ready: call.snapshot.is_some() })
}

/// What the server is at.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Status")]
struct Status {
    version: &'static str,
    /// Null: nothing was analysed yet.
    analysis: Option<AnalysisStatus>,
    scan: ScanStatus,
    /// `viewer` or `admin`.
    role: &'static str,
    /// Whether there is something to sign out of.
    signed_in: bool,
}

/// The newest analysis.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnalysisStatus")]
struct AnalysisStatus {
    /// Changes with every analysis.
    id: String,
    /// When it was made; RFC 3339, UTC.
    at: String,
    window: WindowJson,
    /// End of the newest data; RFC 3339, UTC.
    data_until: String,
    workspaces: Vec<TargetJson>,
    recommendations: usize,
    gaps: usize,
}

fn status(call: &Call, _: Nothing) -> Result<Status, Refusal> {
    let analysis = call.snapshot.as_ref().map(|it| AnalysisStatus {
        id: it.id.clone(),
        at: it.at.to_string(),
        window: (&it.report.window).into(),
        data_until: it.report.data_until.to_string(),
        workspaces: it
            .report
            .costs
            .workspaces
            .iter()
            .map(|of| TargetJson::new(&Target::Workspace(of.workspace.clone()), Some(it.workspace_name(&of.workspace))))
            .collect(),
        recommendations: it.report.recommendations.len(),
        gaps: it.report.gaps.len(),
    });
    Ok(Status {
        version: env!("CARGO_PKG_VERSION"),
        analysis,
        scan: ScanStatus::of(call),
        role: if call.role == Role::Admin { "admin" } else { "viewer" },
        signed_in: matches!(call.state.options.access, Access::Tokens(_)),
    })
}
