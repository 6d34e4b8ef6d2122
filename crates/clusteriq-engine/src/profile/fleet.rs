//! The profiles of everything in a fleet, made once and asked by all advisors.

use std::collections::BTreeMap;

use clusteriq_model::{
    Autotermination, ClusterKey, ClusterSource, Fleet, JobKey, PipelineKey, PoolKey, Target, Warehouse, WarehouseKey,
    WorkloadClass,
};
use jiff::Timestamp;

use super::activity::{self, Span};
use super::class::{Classified, classify_cluster, classify_job};
use super::day::DayProfile;
use super::job::{self, JobProfile};
use super::pipeline::{self, PipelineProfile};
use super::pool::{self, PoolProfile};

/// An all-purpose cluster: when it was up, and when and by whom it was used.
#[derive(Clone, Debug)]
pub struct ClusterProfile {
    /// Its demand.
    pub demand: DayProfile,
    /// When it was up.
    pub up: Vec<Span>,
    /// When people or services used it.
    pub sessions: Vec<Span>,
    /// When each job's tasks ran on it.
    pub jobs: BTreeMap<JobKey, Vec<Span>>,
    /// Its class.
    pub class: Classified,
}

/// A warehouse: when it ran, and when it was asked.
#[derive(Clone, Debug)]
pub struct WarehouseProfile {
    /// When it ran, cut to the window.
    pub up: Vec<Span>,
    /// When statements ran; `None`: query history is not in the data.
    pub busy: Option<Vec<Span>>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// Jobs that have runs.
    pub jobs: BTreeMap<JobKey, (JobProfile, Classified)>,
    /// All-purpose clusters.
    pub clusters: BTreeMap<ClusterKey, ClusterProfile>,
    /// Warehouses.
    pub warehouses: BTreeMap<WarehouseKey, WarehouseProfile>,
    /// Pools whose events are in the data.
    pub pools: BTreeMap<PoolKey, PoolProfile>,
    /// Pipelines.
    pub pipelines: BTreeMap<PipelineKey, PipelineProfile>,
}

/// Demand of whole clusters by day, if it was kept from an earlier analysis.
pub type KeptDays = BTreeMap<ClusterKey, DayProfile>;

impl Profiles {
    /// Of a fleet. `kept` spares profiling clusters whose days are known.
    #[must_use]
    pub fn of(fleet: &Fleet, kept: &KeptDays) -> Self {
        let jobs = fleet.jobs.iter().filter(|it| !it.1.runs.is_empty()).map(|(key, it)| {
            let profile = job::profile(fleet, it);
            let class = classify_job(fleet, it, &profile);
            (key.clone(), (profile, class))
        });
        let clusters = fleet.clusters.iter().filter(|it| it.1.source == ClusterSource::AllPurpose).map(|(key, it)| {
            let demand = kept.get(key).cloned().unwrap_or_else(|| DayProfile::of(it.minutes.iter()));
            let mut jobs: BTreeMap<JobKey, Vec<Span>> = BTreeMap::new();
            for run in &it.task_runs {
                let from = minute(run.start.max(fleet.window.from));
                let until = minute(run.end.min(fleet.window.until)) + 1;
                jobs.entry(run.job.clone()).or_default().push(Span { from, until });
            }
            let profile = ClusterProfile {
                class: classify_cluster(it, &demand),
                demand,
                up: activity::uptime(it),
                sessions: activity::session_spans(it, &fleet.window),
                jobs,
            };
            (key.clone(), profile)
        });
        let warehouses = fleet.warehouses.iter().map(|(key, it)| (key.clone(), warehouse(fleet, it)));
        let pools = fleet.pools.iter().filter_map(|(key, it)| Some((key.clone(), pool::profile(fleet, it)?)));
        let pipelines = fleet.pipelines.iter().map(|(key, it)| (key.clone(), pipeline::profile(fleet, it)));
        Self {
            jobs: jobs.collect(),
            clusters: clusters.collect(),
            warehouses: warehouses.collect(),
            pools: pools.collect(),
            pipelines: pipelines.collect(),
        }
    }

    /// The class of a resource.
    #[must_use]
    pub fn class(&self, target: &Target) -> WorkloadClass {
        match target {
            Target::Job(it) => self.jobs.get(it).map_or(WorkloadClass::Unknown, |it| it.1.class),
            Target::Cluster(it) => self.clusters.get(it).map_or(WorkloadClass::Unknown, |it| it.class.class),
            Target::Warehouse(_) => WorkloadClass::BiSql,
            Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => WorkloadClass::Unknown,
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn warehouse(fleet: &Fleet, it: &Warehouse) -> WarehouseProfile {
    let (from, until) = (minute(fleet.window.from), minute(fleet.window.until));
    let mut up = vec![];
    let mut since = None;
    for event in &it.events {
        let at = minute(event.at).clamp(from, until);
        match event.kind.as_str() {
            "RUNNING" | "SCALED_UP" | "SCALED_DOWN" | "STARTING" => {
                since = since.or(Some(at));
            }
            // Databricks bills until it has stopped; `STOPPING` is a matter of seconds before.
            "STOPPED" | "STOPPING" => {
                up.extend(since.take().map(|from| Span { from, until: at }));
            }
            _ => {}
        }
    }
    up.extend(since.map(|from| Span { from, until }));
    let busy = it.queries.as_ref().map(|queries| {
        let spans = queries.iter().map(|it| Span { from: minute(it.start), until: minute(it.end) + 1 });
        let spans = spans.filter(|it| it.until > from && it.from < until);
        activity::union(spans.collect(), 0)
    });
    if up.is_empty() && it.events.is_empty() && it.auto_stop == Some(Autotermination::Never) {
        // No event at all and never stops: it was running all the time, if it was billed.
        let billed = fleet.bill.warehouses.get(&it.key).is_some_and(|it| it.dbu.0 > 0.0);
        up.extend(billed.then_some(Span { from, until }));
    }
    WarehouseProfile { up: activity::union(up, 0), busy }
}
