//! Jobs: what each costs, how it behaves, its runs.

mod detail;
mod runs;

use std::borrow::Cow;
use std::collections::BTreeMap;

use clusteriq_model::{Job, Target, Trigger};
use clusteriq_output::data::TargetJson;
use schemars::JsonSchema;
use serde::Serialize;

use super::clusters::Interest;
use super::money::Spend;
use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

pub(crate) use detail::billed_days;
use runs::{billed, result};

/// Runs that the line of costs in a list shows.
const SPARK: usize = 30;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::rows(("/api/jobs", "list_jobs", "Jobs"), "Jobs that ran in the window", |call| {
            Ok(Cow::Borrowed(&call.snapshot()?.jobs))
        }),
        route::get(
            ("/api/jobs/{id}", "get_job", "Jobs"),
            "One job: what it costs and why, and whether it is healthy",
            detail::one,
        ),
        route::rows(("/api/jobs/{id}/runs", "list_job_runs", "Jobs"), "The runs of a job, newest first", |call| {
            let snapshot = call.snapshot()?;
            let workspace = call.one("workspace_id");
            Ok(Cow::Owned(runs::runs(snapshot, find(snapshot, call.part("id"), workspace)?)))
        }),
    ]
}

/// Which of several.
#[derive(Debug, serde::Deserialize, JsonSchema)]
pub(crate) struct Which {
    /// The workspace's id: needed only where two workspaces have the same id.
    pub(crate) workspace_id: Option<String>,
}

/// A job in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobRow")]
pub(crate) struct JobRow {
    pub(crate) target: TargetJson,
    /// Its name.
    pub(crate) name: String,
    /// The workspace's name, or its id.
    pub(crate) workspace: String,
    pub(crate) owner: Option<String>,
    /// Its configuration in words.
    pub(crate) compute: String,
    /// How it behaves, e.g. `steady_batch`.
    pub(crate) class: &'static str,
    /// What starts it: `schedule`, `continuous`, `on_demand` or the table's word.
    pub(crate) trigger: String,
    /// Runs that started in the window.
    pub(crate) runs: usize,
    /// Of them, those that failed.
    pub(crate) failed: usize,
    /// `failed ÷ runs`; null: it never ran.
    pub(crate) failed_share: Option<f64>,
    /// Median of successful runs, in minutes.
    pub(crate) duration_minutes: Option<f64>,
    /// Relative change of the duration in 30 days; null: too few runs to tell.
    pub(crate) duration_change: Option<f64>,
    /// What it cost in the window; its share of shared clusters is part of it.
    pub(crate) spend: Spend,
    /// US dollars of an average run.
    pub(crate) cost_per_run_usd: Option<f64>,
    /// DBU cost of the newest runs in time order, US dollars; null: not on the bill.
    pub(crate) cost_of_runs: Vec<Option<f64>>,
    /// When its newest run began; RFC 3339, UTC.
    pub(crate) last_run: Option<String>,
    /// How that ended: `succeeded`, `failed`, `skipped` or `open`.
    pub(crate) last_result: Option<&'static str>,
    /// What could be saved.
    pub(crate) interest: Interest,
}

impl Row for JobRow {
    type Sum = NoSum;
    const SORTED: &'static str = "-spend";
    const SORTS: &'static [Sort<Self>] = &[
        ("spend", |it| Key::Number(Some(it.spend.total_usd))),
        ("savings", |it| Key::Number(it.interest.likely())),
        ("name", |it| Key::Text(Some(it.name.clone()))),
        ("runs", |it| Key::Number(Some(it.runs as f64))),
        ("failed_share", |it| Key::Number(it.failed_share)),
        ("duration", |it| Key::Number(it.duration_minutes)),
        ("duration_change", |it| Key::Number(it.duration_change)),
        ("cost_per_run", |it| Key::Number(it.cost_per_run_usd)),
        ("last_run", |it| Key::Text(it.last_run.clone())),
        ("class", |it| Key::Text(Some(it.class.to_owned()))),
        ("owner", |it| Key::Text(it.owner.clone())),
        ("workspace", |it| Key::Text(Some(it.workspace.clone()))),
    ];
    const FACETS: &'static [Facet<Self>] = &[
        ("workspace", |it| Some((it.target.workspace_id.as_str().into(), it.workspace.as_str().into()))),
        ("owner", |it| it.owner.as_deref().map(|it| (it.into(), it.into()))),
        ("class", |it| Some((it.class.into(), it.class.replace('_', " ").into()))),
        ("trigger", |it| Some((it.trigger.as_str().into(), it.trigger.replace('_', " ").into()))),
        ("last_result", |it| it.last_result.map(|it| (it.into(), it.into()))),
        ("advice", |it| Some(it.interest.facet())),
    ];

    fn words(&self) -> Vec<&str> {
        vec![&self.name, &self.target.id, self.owner.as_deref().unwrap_or_default(), &self.compute, &self.workspace]
    }

    fn sum(_: &[&Self]) -> NoSum {
        NoSum {}
    }
}

/// All jobs that ran.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<JobRow> {
    let summaries: BTreeMap<&Target, &str> =
        snapshot.report.resources.iter().map(|it| (&it.target, it.compute.as_str())).collect();
    let jobs = snapshot.profiles.jobs.iter();
    jobs.filter_map(|(key, (profile, class))| {
        let job = snapshot.fleet.jobs.get(key)?;
        let target = Target::Job(key.clone());
        let spend = snapshot.costs.get(&target).map(Spend::of).unwrap_or_default();
        let last = job.runs.last();
        let newest = job.runs.len().saturating_sub(SPARK);
        Some(JobRow {
            name: job.name.clone(),
            workspace: snapshot.workspace_name(&key.workspace).to_owned(),
            owner: job.run_as.clone(),
            compute: summaries.get(&target).copied().unwrap_or_default().to_owned(),
            class: class.class.word(),
            trigger: trigger(&job.trigger),
            runs: profile.started,
            failed: profile.failed,
            failed_share: super::money::share(profile.failed as f64, profile.started as f64),
            duration_minutes: profile.duration(0.5).map(|it| it.0),
            duration_change: profile.trends.duration.map(|it| it.per_month).or(profile.growth),
            cost_per_run_usd: (profile.started > 0 && spend.total_usd > 0.0)
                .then(|| spend.total_usd / profile.started as f64),
            spend,
            cost_of_runs: job.runs[newest..].iter().map(|it| billed(snapshot, key, it)).collect(),
            last_run: last.map(|it| it.start.to_string()),
            last_result: last.map(|it| result(&it.result)),
            interest: Interest::of(snapshot, &target),
            target: TargetJson::new(&target, Some(&job.name)),
        })
    })
    .collect()
}

fn trigger(it: &Trigger) -> String {
    match it {
        Trigger::Schedule(_) => "schedule".to_owned(),
        Trigger::Continuous => "continuous".to_owned(),
        Trigger::OnDemand => "on_demand".to_owned(),
        Trigger::Other(it) => it.to_lowercase(),
    }
}

/// The job with that id; in two workspaces there may be the same.
pub(crate) fn find<'a>(snapshot: &'a Snapshot, id: &str, workspace: Option<&str>) -> Result<&'a Job, Refusal> {
    let fits = |it: &&Job| it.key.id == id && workspace.is_none_or(|asked| &*it.key.workspace.0 == asked);
    let mut found = snapshot.fleet.jobs.values().filter(fits);
    match (found.next(), found.next()) {
        (Some(it), None) => Ok(it),
        (Some(a), Some(b)) => Err(Refusal::conflict(
            "ambiguous",
            format!("several workspaces have a job with that id: {id}"),
            format!("add workspace_id={} or workspace_id={}", a.key.workspace, b.key.workspace),
        )),
        (None, _) => Err(Refusal::not_found(
            format!("no job has that id: {id}"),
            "GET /api/jobs lists those that ran in the window",
        )),
    }
}
