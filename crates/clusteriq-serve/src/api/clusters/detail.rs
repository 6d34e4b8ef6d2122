//! One cluster: what it did, when it was idle, how it was configured.

use std::collections::BTreeMap;

use clusteriq_engine::profile::activity::{Span, union, without};
use clusteriq_model::{Autotermination, Cluster, ClusterKey, ConfigVersion, Target};
use clusteriq_output::data::{ChartJson, EvidenceJson, TargetJson, WindowJson};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ClusterRow, SILENT, find, limit, row};
use crate::api::gaps::{self, GapRow};
use crate::api::jobs::Which;
use crate::api::metrics::minute;
use crate::api::recommendations::RecommendationRow;
use crate::api::what_if;
use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::snapshot::Snapshot;

/// Idle windows shorter than this are pauses between two commands.
const LEAST_IDLE: i64 = 10;

/// A cluster in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClusterDetail")]
pub(super) struct ClusterDetail {
    row: ClusterRow,
    /// The answer in one line.
    sentence: String,
    window: WindowJson,
    /// The first and the last minute with telemetry; null: none.
    first_minute: Option<String>,
    last_minute: Option<String>,
    /// Why it has its class: the numbers.
    class_because: Option<String>,
    /// Measured.
    facts: Vec<EvidenceJson>,
    /// Pictures of its behaviour: hours of the week, use over the window.
    charts: Vec<ChartJson>,
    /// The configurations it had, newest first, and what changed.
    configurations: Vec<Configuration>,
    /// When it was up and nobody used it, longest first; at most 200.
    idle: Vec<IdleWindow>,
    /// What happened, newest first, from telemetry and settings; at most 500.
    events: Vec<ClusterEvent>,
    /// The jobs that ran on it.
    jobs: Vec<JobOnCluster>,
    /// The job and run that it was made for.
    run: Option<RunOfCluster>,
    tags: BTreeMap<String, String>,
    init_scripts: Vec<String>,
    recommendations: Vec<RecommendationRow>,
    gaps: Vec<GapRow>,
    /// Whether `GET /api/what-if` can be asked about it.
    what_if: bool,
}

/// A configuration.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Configuration")]
struct Configuration {
    /// RFC 3339, UTC.
    since: String,
    compute: String,
    /// Null: never.
    autotermination_minutes: Option<f64>,
    runtime: Option<String>,
    policy_id: Option<String>,
    /// What is not as it was before, each as `what: before → after`; empty for the first.
    changes: Vec<String>,
}

/// A time in which it was up and not used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "IdleWindow")]
struct IdleWindow {
    /// RFC 3339, UTC.
    from: String,
    /// RFC 3339, UTC.
    until: String,
    minutes: i64,
    /// Its part of the bill of idle time, by minutes; US dollars; null: not known.
    usd: Option<f64>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClusterEvent")]
struct ClusterEvent {
    /// RFC 3339, UTC.
    at: String,
    /// `started`, `stopped`, `resized` or `configured`.
    kind: &'static str,
    text: String,
}

/// A job on a shared cluster.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobOnCluster")]
struct JobOnCluster {
    target: TargetJson,
    /// Minutes in which a task of it ran.
    minutes: i64,
}

/// The run that a job cluster was made for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunOfCluster")]
struct RunOfCluster {
    job: TargetJson,
    run_id: String,
}

pub(super) fn one(call: &Call, which: Which) -> Result<ClusterDetail, Refusal> {
    let snapshot = call.snapshot()?;
    let it = find(snapshot, call.part("id"), which.workspace_id.as_deref())?;
    let target = Target::Cluster(it.key.clone());
    let profile = snapshot.profiles.clusters.get(&it.key);
    let summary = snapshot.report.resources.iter().find(|it| it.target == target);
    let row = row(snapshot, it);
    let up = profile.map_or_else(|| clusteriq_engine::profile::activity::uptime(it), |it| it.up.clone());
    let idle = idle(snapshot, it, &row);
    let named_job = |key: &clusteriq_model::JobKey| {
        let name = snapshot.fleet.jobs.get(key).map(|it| it.name.as_str());
        TargetJson::new(&Target::Job(key.clone()), name)
    };
    let mut jobs: Vec<JobOnCluster> = profile
        .into_iter()
        .flat_map(|it| &it.jobs)
        .map(|(key, spans)| JobOnCluster {
            target: named_job(key),
            minutes: union(spans.clone(), 0).iter().map(|it| it.minutes()).sum(),
        })
        .collect();
    jobs.sort_by_key(|it| -it.minutes);
    Ok(ClusterDetail {
        sentence: sentence(snapshot, &row),
        window: (&snapshot.report.window).into(),
        first_minute: it.minutes.first().map(|it| instant(it.at)),
        last_minute: it.minutes.last().map(|it| instant(it.at + 1)),
        class_because: summary.map(|it| it.class_because.clone()),
        facts: summary.into_iter().flat_map(|it| &it.facts).map(Into::into).collect(),
        charts: summary.into_iter().flat_map(|it| &it.charts).map(Into::into).collect(),
        configurations: configurations(it),
        idle,
        events: events(snapshot, it, &up),
        jobs,
        run: it.run.as_ref().map(|(job, run)| RunOfCluster { job: named_job(job), run_id: run.clone() }),
        tags: it.tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        init_scripts: it.init_scripts.clone(),
        recommendations: snapshot.rows_about(&target),
        gaps: gaps::about(snapshot, &target),
        what_if: it.run.is_none() && what_if::can_ask(&target),
        row,
    })
}

/// A minute since 1970 as RFC 3339.
fn instant(minute: i64) -> String {
    Timestamp::from_second(minute * 60).map(|it| it.to_string()).unwrap_or_default()
}

fn sentence(snapshot: &Snapshot, row: &ClusterRow) -> String {
    use clusteriq_model::Usd;
    use clusteriq_output::words;
    let mut text =
        format!("{} cost {} in {}", row.name, Usd(row.spend.total_usd), words::length(&snapshot.report.window));
    if let Some(it) = row.idle_usd.filter(|it| *it >= 0.5) {
        text += &format!(", {} of its DBUs while nobody used it", Usd(it));
    }
    match row.cpu_median {
        Some(it) => {
            text += &format!("; half of the time its workers used less than {} of their cores.", words::percent(it))
        }
        None => text += "; how it was used is not known.",
    }
    text
}

fn configurations(it: &Cluster) -> Vec<Configuration> {
    let mut before: Option<&ConfigVersion> = None;
    let mut all: Vec<Configuration> = vec![];
    for config in &it.configs {
        let changes = before.map_or_else(Vec::new, |before| changes(before, config));
        all.push(Configuration {
            since: config.since.to_string(),
            compute: config.compute.to_string(),
            autotermination_minutes: limit(config),
            runtime: config.runtime.clone(),
            policy_id: config.policy_id.clone(),
            changes,
        });
        before = Some(config);
    }
    all.reverse();
    all
}

fn changes(before: &ConfigVersion, after: &ConfigVersion) -> Vec<String> {
    let stop = |it: &ConfigVersion| match it.autotermination {
        Autotermination::Never => "never".to_owned(),
        Autotermination::After(it) => it.to_string(),
    };
    let or_none = |it: &Option<String>| it.clone().unwrap_or_else(|| "none".to_owned());
    let pairs = [
        ("compute", before.compute.to_string(), after.compute.to_string()),
        ("auto-termination", stop(before), stop(after)),
        ("runtime", or_none(&before.runtime), or_none(&after.runtime)),
        ("policy", or_none(&before.policy_id), or_none(&after.policy_id)),
    ];
    let changed = pairs.into_iter().filter(|it| it.1 != it.2);
    changed.map(|(what, before, after)| format!("{what}: {before} → {after}")).collect()
}

/// When an all-purpose cluster was up, and neither a person nor a job used it.
fn idle_spans(snapshot: &Snapshot, key: &ClusterKey) -> Vec<Span> {
    let Some(profile) = snapshot.profiles.clusters.get(key) else { return vec![] };
    let jobs = profile.jobs.values().flatten();
    let used = union(profile.sessions.iter().chain(jobs).copied().collect(), 0);
    let mut idle = without(&profile.up, &used);
    idle.retain(|it| it.minutes() >= LEAST_IDLE);
    idle
}

fn idle(snapshot: &Snapshot, it: &Cluster, row: &ClusterRow) -> Vec<IdleWindow> {
    let mut spans = idle_spans(snapshot, &it.key);
    let all: i64 = spans.iter().map(|it| it.minutes()).sum();
    spans.sort_by_key(|it| (-it.minutes(), it.from));
    spans.truncate(200);
    let part = |span: &Span| row.idle_usd.map(|usd| usd * span.minutes() as f64 / all.max(1) as f64);
    spans
        .iter()
        .map(|it| IdleWindow { from: instant(it.from), until: instant(it.until), minutes: it.minutes(), usd: part(it) })
        .collect()
}

fn events(snapshot: &Snapshot, it: &Cluster, up: &[Span]) -> Vec<ClusterEvent> {
    let mut all: Vec<(i64, ClusterEvent)> = vec![];
    let mut add = |at: i64, kind, text: String| all.push((at, ClusterEvent { at: instant(at), kind, text }));
    let data_until = minute(snapshot.report.data_until);
    for span in up {
        add(span.from, "started", "started".to_owned());
        if span.until < data_until - SILENT {
            add(span.until, "stopped", "stopped".to_owned());
        }
    }
    let mut last: Option<clusteriq_model::Minute> = None;
    for now in it.minutes.iter() {
        if let Some(before) = last.filter(|it| it.workers != now.workers && now.at - it.at <= SILENT) {
            add(now.at, "resized", format!("{} → {} workers", before.workers, now.workers));
        }
        last = Some(now);
    }
    let window = &snapshot.report.window;
    for pair in it.configs.windows(2).filter(|it| window.contains(it[1].since)) {
        add(minute(pair[1].since), "configured", changes(&pair[0], &pair[1]).join("; "));
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.0));
    all.truncate(500);
    all.into_iter().map(|it| it.1).collect()
}
