//! Clusters: what runs, what is idle, what each did.

use std::borrow::Cow;
use std::collections::BTreeMap;

use clusteriq_engine::profile::activity::{Span, union, without};
use clusteriq_model::{
    Autotermination, Cluster, ClusterKey, ClusterSource, ConfigVersion, Recommendation, Size, Target,
};
use clusteriq_output::data::{ChartJson, EvidenceJson, IntervalJson, TargetJson, WindowJson, usd_interval};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::gaps::GapRow;
use super::jobs::Which;
use super::metrics::minute;
use super::money::Spend;
use super::recommendations::{MinutesLink, RecommendationRow};
use crate::http::call::Call;
use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

/// Idle windows shorter than this are pauses between two commands.
const LEAST_IDLE: i64 = 10;
/// Minutes without news after which a cluster counts as stopped.
const SILENT: i64 = 10;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::rows(
            ("/api/clusters", "list_clusters", "Clusters"),
            "Clusters that live longer than a run: all-purpose and of pipelines",
            |call| Ok(Cow::Borrowed(&call.snapshot()?.clusters)),
        ),
        route::get(
            ("/api/clusters/{id}", "get_cluster", "Clusters"),
            "One cluster: what it did, when it was idle, how it was configured; job clusters too",
            one,
        ),
    ]
}

/// What is recommended for a resource, in short.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Interest")]
pub(crate) struct Interest {
    /// How many recommendations there are.
    pub(crate) recommendations: usize,
    /// What they save together, US dollars a month; null: nothing, or its price is not known.
    pub(crate) savings_per_month: Option<IntervalJson>,
    /// The highest risk among them, 0 to 4; null: no recommendation.
    pub(crate) risk_score: Option<u8>,
    #[serde(skip)]
    likely: Option<f64>,
}

impl Interest {
    pub(crate) fn of(snapshot: &Snapshot, target: &Target) -> Self {
        let all: Vec<&Recommendation> = snapshot.about(target).collect();
        let savings = all.iter().filter_map(|it| it.savings.as_ref()).map(|it| it.total).reduce(|a, b| a + b);
        Self {
            recommendations: all.len(),
            savings_per_month: savings.as_ref().and_then(usd_interval),
            risk_score: all.iter().map(|it| it.risk.score).max(),
            likely: savings.map(|it| it.likely.0),
        }
    }

    pub(crate) fn likely(&self) -> Option<f64> {
        self.likely
    }

    pub(crate) fn facet(&self) -> (Cow<'_, str>, Cow<'_, str>) {
        match (self.recommendations, self.likely) {
            (0, _) => ("none".into(), "nothing to change".into()),
            (_, Some(_)) => ("saves".into(), "can save".into()),
            (_, None) => ("fix".into(), "can be mended".into()),
        }
    }
}

/// A cluster in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClusterRow")]
pub(crate) struct ClusterRow {
    pub(crate) target: TargetJson,
    pub(crate) name: String,
    /// The workspace's name, or its id.
    pub(crate) workspace: String,
    pub(crate) owner: Option<String>,
    /// `all_purpose`, `job`, `pipeline`, or the table's word.
    pub(crate) source: String,
    /// `running` or `stopped` at the end of the data, `deleted`, or `no telemetry`.
    pub(crate) state: &'static str,
    /// Its configuration in words.
    pub(crate) compute: String,
    /// Workers that ran at the end of the data; null: not running, or not known.
    pub(crate) workers_now: Option<u16>,
    /// Bounds of its size; null: not known.
    pub(crate) workers_least: Option<u32>,
    pub(crate) workers_most: Option<u32>,
    /// Minutes without activity after which it stops; null: never.
    pub(crate) autotermination_minutes: Option<f64>,
    /// Runtime key.
    pub(crate) runtime: Option<String>,
    /// The policy's name, or its id.
    pub(crate) policy: Option<String>,
    /// How it behaves.
    pub(crate) class: &'static str,
    /// Share of the workers' cores in use, by minute: the median; null: no telemetry.
    pub(crate) cpu_median: Option<f64>,
    /// The 95th percentile.
    pub(crate) cpu_p95: Option<f64>,
    /// Memory of the fullest worker, 95th percentile.
    pub(crate) memory_p95: Option<f64>,
    /// Hours in which it was up in the window; null: no telemetry.
    pub(crate) hours_up: Option<f64>,
    /// Minutes by number of workers, for a small picture.
    pub(crate) workers: Vec<WorkerMinutes>,
    /// What it cost in the window.
    pub(crate) spend: Spend,
    /// Billed while nobody used it, US dollars; null: not known.
    pub(crate) idle_usd: Option<f64>,
    /// What could be saved.
    pub(crate) interest: Interest,
}

/// Minutes with so many workers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "WorkerMinutes")]
pub(crate) struct WorkerMinutes {
    pub(crate) workers: u16,
    pub(crate) minutes: u64,
}

impl Row for ClusterRow {
    type Sum = NoSum;
    const SORTED: &'static str = "-spend";
    const SORTS: &'static [Sort<Self>] = &[
        ("spend", |it| Key::Number(Some(it.spend.total_usd))),
        ("savings", |it| Key::Number(it.interest.likely())),
        ("idle_usd", |it| Key::Number(it.idle_usd)),
        ("name", |it| Key::Text(Some(it.name.clone()))),
        ("cpu_median", |it| Key::Number(it.cpu_median)),
        ("cpu_p95", |it| Key::Number(it.cpu_p95)),
        ("memory_p95", |it| Key::Number(it.memory_p95)),
        ("hours_up", |it| Key::Number(it.hours_up)),
        ("autotermination", |it| Key::Number(it.autotermination_minutes)),
        ("owner", |it| Key::Text(it.owner.clone())),
        ("workspace", |it| Key::Text(Some(it.workspace.clone()))),
        ("state", |it| Key::Text(Some(it.state.to_owned()))),
    ];
    const FACETS: &'static [Facet<Self>] = &[
        ("workspace", |it| Some((it.target.workspace_id.as_str().into(), it.workspace.as_str().into()))),
        ("owner", |it| it.owner.as_deref().map(|it| (it.into(), it.into()))),
        ("source", |it| Some((it.source.as_str().into(), it.source.replace('_', " ").into()))),
        ("state", |it| Some((it.state.into(), it.state.into()))),
        ("policy", |it| it.policy.as_deref().map(|it| (it.into(), it.into()))),
        ("advice", |it| Some(it.interest.facet())),
    ];

    fn words(&self) -> Vec<&str> {
        vec![&self.name, &self.target.id, self.owner.as_deref().unwrap_or_default(), &self.compute, &self.workspace]
    }

    fn sum(_: &[&Self]) -> NoSum {
        NoSum {}
    }
}

/// All clusters that live longer than a run.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<ClusterRow> {
    snapshot.fleet.clusters.values().filter(|it| it.run.is_none()).map(|it| row(snapshot, it)).collect()
}

fn row(snapshot: &Snapshot, it: &Cluster) -> ClusterRow {
    let target = Target::Cluster(it.key.clone());
    let profile = snapshot.profiles.clusters.get(&it.key);
    let entry = snapshot.costs.get(&target);
    let config = it.config();
    let bounds = config.compute.size.map(|it| match it {
        Size::Fixed(number) => (number, number),
        Size::Autoscale { min, max } => (min, max),
    });
    let demand = profile.map(|it| &it.demand);
    let until = minute(snapshot.report.data_until);
    let last = it.minutes.last().filter(|it| it.at > until - SILENT);
    let policy = config.policy_id.as_ref().map(|id| {
        let known = snapshot.fleet.policies.get(&(it.key.workspace.clone(), id.clone()));
        known.map_or(id, |it| &it.name).clone()
    });
    ClusterRow {
        name: it.name.clone(),
        workspace: snapshot.workspace_name(&it.key.workspace).to_owned(),
        owner: it.owner.clone(),
        source: source(&it.source),
        state: match (it.deleted, last, it.minutes.is_empty()) {
            (Some(_), _, _) => "deleted",
            (None, Some(_), _) => "running",
            (None, None, true) => "no telemetry",
            (None, None, false) => "stopped",
        },
        compute: config.compute.to_string(),
        workers_now: last.map(|it| it.workers),
        workers_least: bounds.map(|it| it.0),
        workers_most: bounds.map(|it| it.1),
        autotermination_minutes: limit(config),
        runtime: config.runtime.clone(),
        policy,
        class: snapshot.profiles.class(&target).word(),
        cpu_median: demand.and_then(|it| it.cpu.quantile(0.5)),
        cpu_p95: demand.and_then(|it| it.cpu.quantile(0.95)),
        memory_p95: demand.and_then(|it| it.memory.quantile(0.95)),
        hours_up: (!it.minutes.is_empty()).then(|| it.minutes.len() as f64 / 60.0),
        workers: demand
            .into_iter()
            .flat_map(|it| &it.workers)
            .map(|(workers, minutes)| WorkerMinutes { workers: *workers, minutes: *minutes })
            .collect(),
        spend: entry.map(Spend::of).unwrap_or_default(),
        idle_usd: entry.and_then(|it| it.idle).map(|it| it.estimate().0),
        interest: Interest::of(snapshot, &target),
        target: TargetJson::new(&target, Some(&it.name)),
    }
}

fn source(it: &ClusterSource) -> String {
    match it {
        ClusterSource::AllPurpose => "all_purpose".to_owned(),
        ClusterSource::Job => "job".to_owned(),
        ClusterSource::Pipeline => "pipeline".to_owned(),
        ClusterSource::Other(it) => it.to_lowercase(),
    }
}

fn limit(it: &ConfigVersion) -> Option<f64> {
    match it.autotermination {
        Autotermination::Never => None,
        Autotermination::After(it) => Some(it.0),
    }
}

/// A cluster as a link.
pub(crate) fn named(snapshot: &Snapshot, key: &ClusterKey) -> TargetJson {
    let name = snapshot.fleet.clusters.get(key).map(|it| it.name.as_str());
    TargetJson::new(&Target::Cluster(key.clone()), name)
}

/// The cluster with that id; in two workspaces there may be the same.
pub(crate) fn find<'a>(snapshot: &'a Snapshot, id: &str, workspace: Option<&str>) -> Result<&'a Cluster, Refusal> {
    let fits = |it: &&Cluster| it.key.id == id && workspace.is_none_or(|asked| &*it.key.workspace.0 == asked);
    let mut found = snapshot.fleet.clusters.values().filter(fits);
    match (found.next(), found.next()) {
        (Some(it), None) => Ok(it),
        (Some(a), Some(b)) => Err(Refusal::conflict(
            "ambiguous",
            format!("several workspaces have a cluster with that id: {id}"),
            format!("add workspace_id={} or workspace_id={}", a.key.workspace, b.key.workspace),
        )),
        (None, _) => Err(Refusal::not_found(
            format!("no cluster has that id: {id}"),
            "GET /api/clusters lists those of the window",
        )),
    }
}

/// The minutes that show what a recommendation is about: a run that it rests on, or the cluster's newest days.
pub(crate) fn shown_by(snapshot: &Snapshot, it: &Recommendation) -> Option<MinutesLink> {
    let link = |key: &ClusterKey, from: Timestamp, until: Timestamp, run_id: Option<String>| MinutesLink {
        cluster_id: key.id.clone(),
        workspace_id: key.workspace.0.to_string(),
        from: from.to_string(),
        until: until.to_string(),
        run_id,
    };
    match &it.target {
        Target::Cluster(key) => {
            let last = snapshot.fleet.clusters.get(key)?.minutes.last()?.at;
            let until = Timestamp::from_second((last + 1) * 60).ok()?;
            let week = until - jiff::SignedDuration::from_hours(24 * 7);
            Some(link(key, week.max(snapshot.report.window.from), until, None))
        }
        Target::Job(key) => {
            let job = snapshot.fleet.jobs.get(key)?;
            let told: Vec<&String> = it.evidence.iter().flat_map(|it| &it.runs).collect();
            let seen = |run: &&clusteriq_model::Run| {
                let keys =
                    run.compute_ids.iter().map(|id| ClusterKey { workspace: key.workspace.clone(), id: id.clone() });
                keys.filter_map(|it| snapshot.fleet.clusters.get(&it)).any(|it| !it.minutes.is_empty())
            };
            let newest = |all: bool| job.runs.iter().rev().filter(seen).find(|it| all || told.contains(&&it.id));
            let run = newest(false).or_else(|| newest(true))?;
            let ids = run.compute_ids.iter().map(|id| ClusterKey { workspace: key.workspace.clone(), id: id.clone() });
            let cluster =
                ids.into_iter().find(|it| snapshot.fleet.clusters.get(it).is_some_and(|it| !it.minutes.is_empty()))?;
            Some(link(&cluster, run.start, run.end, Some(run.id.clone())))
        }
        Target::Warehouse(_) | Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => None,
    }
}

/// A cluster in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClusterDetail")]
struct ClusterDetail {
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

fn one(call: &Call, which: Which) -> Result<ClusterDetail, Refusal> {
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
        gaps: super::gaps::about(snapshot, &target),
        what_if: it.run.is_none() && super::what_if::can_ask(&target),
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
pub(crate) fn idle_spans(snapshot: &Snapshot, key: &ClusterKey) -> Vec<Span> {
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
    all.sort_by(|a, b| b.0.cmp(&a.0));
    all.truncate(500);
    all.into_iter().map(|it| it.1).collect()
}
