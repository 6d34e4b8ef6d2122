//! Clusters: what runs, what is idle, what each did.

mod detail;

use std::borrow::Cow;

use clusteriq_model::{
    Autotermination, Cluster, ClusterKey, ClusterSource, ConfigVersion, Recommendation, Size, Target,
};
use clusteriq_output::data::{IntervalJson, TargetJson, usd_interval};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::minute;
use super::money::Spend;
use super::recommendations::MinutesLink;
use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

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
            detail::one,
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
        // Without telemetry nobody knows whether it was used.
        idle_usd: entry.and_then(|it| it.idle).filter(|_| !it.minutes.is_empty()).map(|it| it.estimate().0),
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
    let mut found = snapshot
        .workspaces
        .iter()
        .filter(|it| workspace.is_none_or(|asked| *it.0 == *asked))
        .filter_map(|it| snapshot.fleet.clusters.get(&ClusterKey { workspace: it.clone(), id: id.to_owned() }));
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
