//! SQL warehouses: whether size, auto-stop and queues are right.

use std::borrow::Cow;

use clusteriq_engine::profile::activity::{Span, without};
use clusteriq_model::{Autotermination, Query, Target, Warehouse, WarehouseType};
use clusteriq_output::data::{EvidenceJson, TargetJson, WindowJson};
use schemars::JsonSchema;
use serde::Serialize;

use super::clusters::Interest;
use super::gaps::GapRow;
use super::jobs::Which;
use super::metrics::minute;
use super::money::{Spend, share};
use super::recommendations::RecommendationRow;
use crate::http::call::Call;
use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::rows(("/api/warehouses", "list_warehouses", "Warehouses"), "SQL warehouses", |call| {
            Ok(Cow::Borrowed(&call.snapshot()?.warehouses))
        }),
        route::get(
            ("/api/warehouses/{id}", "get_warehouse", "Warehouses"),
            "One warehouse: when it ran, when it was asked, how long statements waited",
            one,
        ),
    ]
}

/// A warehouse in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WarehouseRow")]
pub(crate) struct WarehouseRow {
    pub(crate) target: TargetJson,
    pub(crate) name: String,
    /// The workspace's name, or its id.
    pub(crate) workspace: String,
    pub(crate) owner: Option<String>,
    /// `classic`, `pro` or `serverless`; null: not known.
    pub(crate) kind: Option<&'static str>,
    /// E.g. `2X_SMALL`.
    pub(crate) size: Option<String>,
    pub(crate) clusters_least: Option<u32>,
    pub(crate) clusters_most: Option<u32>,
    /// Minutes without a statement after which it stops; null: never, or not known.
    pub(crate) auto_stop_minutes: Option<f64>,
    /// Hours in which it was up in the window.
    pub(crate) hours_up: Option<f64>,
    /// Part of that with a statement; null: query history is not in the data.
    pub(crate) busy_share: Option<f64>,
    /// Statements; null: query history is not in the data.
    pub(crate) statements: Option<usize>,
    /// How long statements waited in the queue, 95th percentile, in seconds.
    pub(crate) queue_p95_seconds: Option<f64>,
    /// GB that did not fit into memory.
    pub(crate) spilled_gb: Option<f64>,
    pub(crate) spend: Spend,
    /// Its DBU cost × the part of its time without a statement, US dollars; modelled.
    pub(crate) idle_usd: Option<f64>,
    pub(crate) interest: Interest,
}

impl Row for WarehouseRow {
    type Sum = NoSum;
    const SORTED: &'static str = "-spend";
    const SORTS: &'static [Sort<Self>] = &[
        ("spend", |it| Key::Number(Some(it.spend.total_usd))),
        ("savings", |it| Key::Number(it.interest.likely())),
        ("idle_usd", |it| Key::Number(it.idle_usd)),
        ("busy_share", |it| Key::Number(it.busy_share)),
        ("hours_up", |it| Key::Number(it.hours_up)),
        ("statements", |it| Key::Number(it.statements.map(|it| it as f64))),
        ("queue", |it| Key::Number(it.queue_p95_seconds)),
        ("spilled", |it| Key::Number(it.spilled_gb)),
        ("auto_stop", |it| Key::Number(it.auto_stop_minutes)),
        ("name", |it| Key::Text(Some(it.name.clone()))),
        ("size", |it| Key::Text(it.size.clone())),
        ("workspace", |it| Key::Text(Some(it.workspace.clone()))),
    ];
    const FACETS: &'static [Facet<Self>] = &[
        ("workspace", |it| Some((it.target.workspace_id.as_str().into(), it.workspace.as_str().into()))),
        ("kind", |it| it.kind.map(|it| (it.into(), it.into()))),
        ("size", |it| it.size.as_deref().map(|it| (it.into(), it.replace('_', "-").into()))),
        ("advice", |it| Some(it.interest.facet())),
    ];

    fn words(&self) -> Vec<&str> {
        vec![&self.name, &self.target.id, self.owner.as_deref().unwrap_or_default(), &self.workspace]
    }

    fn sum(_: &[&Self]) -> NoSum {
        NoSum {}
    }
}

/// All warehouses.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<WarehouseRow> {
    snapshot.fleet.warehouses.values().map(|it| row(snapshot, it)).collect()
}

fn length(spans: &[Span]) -> f64 {
    spans.iter().map(|it| it.minutes()).sum::<i64>() as f64
}

fn row(snapshot: &Snapshot, it: &Warehouse) -> WarehouseRow {
    let target = Target::Warehouse(it.key.clone());
    let profile = snapshot.profiles.warehouses.get(&it.key);
    let up = profile.map(|it| length(&it.up));
    let busy = profile.and_then(|it| it.busy.as_ref()).map(|it| length(it));
    let busy_share = up.zip(busy).and_then(|(up, busy)| share(busy.min(up), up));
    let spend = snapshot.costs.get(&target).map(Spend::of).unwrap_or_default();
    let queue = it.queries.as_ref().and_then(|all| {
        let mut waits: Vec<i64> = all.iter().map(|it| it.queued_ms + it.provisioning_ms).collect();
        waits.sort_unstable();
        clusteriq_engine::profile::job::quantile(&waits, 0.95)
    });
    WarehouseRow {
        name: it.name.clone(),
        workspace: snapshot.workspace_name(&it.key.workspace).to_owned(),
        owner: it.owner.clone(),
        kind: it.kind.map(|it| match it {
            WarehouseType::Classic => "classic",
            WarehouseType::Pro => "pro",
            WarehouseType::Serverless => "serverless",
        }),
        size: it.size.clone(),
        clusters_least: it.clusters.map(|it| it.0),
        clusters_most: it.clusters.map(|it| it.1),
        auto_stop_minutes: it.auto_stop.and_then(|it| match it {
            Autotermination::Never => None,
            Autotermination::After(it) => Some(it.0),
        }),
        hours_up: up.map(|it| it / 60.0),
        busy_share,
        statements: it.queries.as_ref().map(Vec::len),
        queue_p95_seconds: queue.map(|it| it as f64 / 1000.0),
        spilled_gb: it.queries.as_ref().map(|all| all.iter().map(|it| it.spilled_bytes as f64 / 1e9).sum()),
        idle_usd: busy_share.map(|it| spend.dbu_usd * (1.0 - it)),
        spend,
        interest: Interest::of(snapshot, &target),
        target: TargetJson::new(&target, Some(&it.name)),
    }
}

/// A warehouse in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WarehouseDetail")]
struct WarehouseDetail {
    row: WarehouseRow,
    /// The answer in one line.
    sentence: String,
    window: WindowJson,
    facts: Vec<EvidenceJson>,
    /// When it was up, in minutes since 1970: first, and the one after the last.
    up: Vec<[i64; 2]>,
    /// When statements ran; null: query history is not in the data.
    busy: Option<Vec<[i64; 2]>>,
    /// When it was up and no statement ran; null: query history is not in the data.
    idle: Option<Vec<[i64; 2]>>,
    /// Statements by quarter of an hour; null: query history is not in the data.
    load: Option<WarehouseLoad>,
    recommendations: Vec<RecommendationRow>,
    gaps: Vec<GapRow>,
    /// Whether `GET /api/what-if` can be asked about it.
    what_if: bool,
}

/// Statements over time; columns of the same length.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WarehouseLoad")]
struct WarehouseLoad {
    /// Minutes from 1970-01-01T00:00Z to the first point.
    start_minute: i64,
    /// Minutes that a point stands for.
    step_minutes: i64,
    /// Statements that arrived.
    statements: Vec<u32>,
    /// The longest wait for the warehouse or in its queue, in seconds.
    longest_wait_seconds: Vec<f64>,
}

fn one(call: &Call, which: Which) -> Result<WarehouseDetail, Refusal> {
    let snapshot = call.snapshot()?;
    let id = call.part("id");
    let asked = which.workspace_id.as_deref();
    let fits = |it: &&Warehouse| it.key.id == id && asked.is_none_or(|asked| &*it.key.workspace.0 == asked);
    let it = snapshot.fleet.warehouses.values().find(fits).ok_or_else(|| {
        Refusal::not_found(format!("no warehouse has that id: {id}"), "GET /api/warehouses lists them")
    })?;
    let target = Target::Warehouse(it.key.clone());
    let profile = snapshot.profiles.warehouses.get(&it.key);
    let summary = snapshot.report.resources.iter().find(|it| it.target == target);
    let spans = |all: &[Span]| all.iter().map(|it| [it.from, it.until]).collect();
    let row = row(snapshot, it);
    Ok(WarehouseDetail {
        sentence: sentence(snapshot, &row),
        window: (&snapshot.report.window).into(),
        facts: summary.into_iter().flat_map(|it| &it.facts).map(Into::into).collect(),
        up: profile.map(|it| spans(&it.up)).unwrap_or_default(),
        busy: profile.and_then(|it| it.busy.as_ref()).map(|it| spans(it)),
        idle: profile.and_then(|it| Some(spans(&without(&it.up, it.busy.as_ref()?)))),
        load: it.queries.as_ref().map(|it| load(snapshot, it)),
        recommendations: snapshot.rows_about(&target),
        gaps: super::gaps::about(snapshot, &target),
        what_if: super::what_if::can_ask(&target),
        row,
    })
}

fn load(snapshot: &Snapshot, queries: &[Query]) -> WarehouseLoad {
    const STEP: i64 = 15;
    let window = &snapshot.report.window;
    let (from, until) = (minute(window.from), minute(window.until));
    let length = usize::try_from((until - from + STEP - 1) / STEP).unwrap_or_default();
    let (mut statements, mut waits) = (vec![0; length], vec![0.0_f64; length]);
    for it in queries {
        let Some(slot) = usize::try_from((minute(it.start) - from).div_euclid(STEP)).ok().filter(|it| *it < length)
        else {
            continue;
        };
        statements[slot] += 1;
        waits[slot] = waits[slot].max((it.queued_ms + it.provisioning_ms) as f64 / 1000.0);
    }
    WarehouseLoad { start_minute: from, step_minutes: STEP, statements, longest_wait_seconds: waits }
}

fn sentence(snapshot: &Snapshot, row: &WarehouseRow) -> String {
    use clusteriq_model::Usd;
    use clusteriq_output::words;
    let mut text =
        format!("{} cost {} in {}", row.name, Usd(row.spend.total_usd), words::length(&snapshot.report.window));
    match row.busy_share {
        Some(it) => text += &format!("; statements ran in {} of the time it was up.", words::percent(it)),
        None => text += "; how it was used is not known.",
    }
    text
}
