//! Jobs: what each costs, how it behaves, its runs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use clusteriq_engine::profile::JobProfile;
use clusteriq_model::{ClusterKey, Job, JobKey, Run, RunResult, Target, Trigger};
use clusteriq_output::data::{ChartJson, EvidenceJson, TargetJson, WindowJson};
use schemars::JsonSchema;
use serde::Serialize;

use super::clusters::Interest;
use super::gaps::GapRow;
use super::money::Spend;
use super::recommendations::RecommendationRow;
use super::schedules::ScheduleInWords;
use crate::http::call::Call;
use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

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
            one,
        ),
        route::rows(("/api/jobs/{id}/runs", "list_job_runs", "Jobs"), "The runs of a job, newest first", |call| {
            let snapshot = call.snapshot()?;
            let workspace = call.one("workspace_id");
            Ok(Cow::Owned(runs(snapshot, find(snapshot, call.part("id"), workspace)?)))
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

fn result(it: &RunResult) -> &'static str {
    match it {
        RunResult::Succeeded => "succeeded",
        RunResult::Failed(_) => "failed",
        RunResult::Skipped => "skipped",
        RunResult::Open => "open",
    }
}

fn billed(snapshot: &Snapshot, key: &JobKey, run: &Run) -> Option<f64> {
    snapshot.fleet.bill.runs.get(&(key.clone(), run.id.clone())).map(|it| it.estimate().0)
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

/// A run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunRow")]
pub(crate) struct RunRow {
    /// Databricks' run id.
    id: String,
    /// RFC 3339, UTC.
    start: String,
    /// RFC 3339, UTC.
    end: String,
    /// `succeeded`, `failed`, `skipped` or `open`.
    result: &'static str,
    /// The table's word for a failure.
    reason: Option<String>,
    duration_minutes: f64,
    /// Start-up of its compute.
    setup_minutes: Option<f64>,
    queued_minutes: Option<f64>,
    /// How often it was repaired.
    repairs: u32,
    /// DBU cost of its own compute; null: not on the bill, as on a shared cluster.
    dbu_usd: Option<f64>,
    /// Modelled VM cost of its own clusters; null: not known, or on a shared cluster.
    vm_usd: Option<f64>,
    /// Its own compute in words; null: on a shared cluster, serverless or not known.
    compute: Option<String>,
    /// Clusters it ran on, to open minute by minute.
    cluster_ids: Vec<String>,
}

impl Row for RunRow {
    type Sum = NoSum;
    const SORTED: &'static str = "-start";
    const SORTS: &'static [Sort<Self>] = &[
        ("start", |it| Key::Text(Some(it.start.clone()))),
        ("duration", |it| Key::Number(Some(it.duration_minutes))),
        ("dbu_usd", |it| Key::Number(it.dbu_usd)),
        ("vm_usd", |it| Key::Number(it.vm_usd)),
        ("result", |it| Key::Text(Some(it.result.to_owned()))),
    ];
    const OTHERS: &'static [(&'static str, &'static str)] =
        &[("workspace_id", "The workspace's id: needed only where two workspaces have the same id.")];
    const FACETS: &'static [Facet<Self>] = &[("result", |it| Some((it.result.into(), it.result.into())))];

    fn words(&self) -> Vec<&str> {
        vec![&self.id, self.reason.as_deref().unwrap_or_default(), self.compute.as_deref().unwrap_or_default()]
    }

    fn sum(_: &[&Self]) -> NoSum {
        NoSum {}
    }
}

fn runs(snapshot: &Snapshot, job: &Job) -> Vec<RunRow> {
    job.runs.iter().map(|it| run(snapshot, &job.key, it)).collect()
}

fn run(snapshot: &Snapshot, job: &JobKey, it: &Run) -> RunRow {
    let key = |id: &String| ClusterKey { workspace: job.workspace.clone(), id: id.clone() };
    let clusters: Vec<ClusterKey> =
        it.compute_ids.iter().map(key).filter(|it| snapshot.fleet.clusters.contains_key(it)).collect();
    let own = |key: &&ClusterKey| snapshot.fleet.clusters[*key].run.is_some();
    let machines: Vec<Option<f64>> = clusters
        .iter()
        .filter(own)
        .map(|key| snapshot.costs.get(&Target::Cluster(key.clone())).and_then(|it| it.vm).map(|it| it.0))
        .collect();
    let compute =
        clusters.iter().find(|it| own(it)).map(|key| snapshot.fleet.clusters[key].config().compute.to_string());
    RunRow {
        id: it.id.clone(),
        start: it.start.to_string(),
        end: it.end.to_string(),
        result: result(&it.result),
        reason: match &it.result {
            RunResult::Failed(word) => it.termination_code.clone().or_else(|| Some(word.clone())),
            RunResult::Succeeded | RunResult::Skipped | RunResult::Open => None,
        },
        duration_minutes: it.duration().0,
        setup_minutes: it.setup.map(|it| it.0),
        queued_minutes: it.queued.map(|it| it.0),
        repairs: it.repairs,
        dbu_usd: billed(snapshot, job, it),
        vm_usd: (!machines.is_empty()).then(|| machines.iter().copied().sum()).flatten(),
        compute,
        cluster_ids: clusters.into_iter().map(|it| it.id).collect(),
    }
}

/// A job in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobDetail")]
struct JobDetail {
    row: JobRow,
    /// The answer in one line.
    sentence: String,
    window: WindowJson,
    /// Why it has its class: the numbers.
    class_because: String,
    /// Measured: utilisation, durations, coverage.
    facts: Vec<EvidenceJson>,
    /// Pictures of its behaviour.
    charts: Vec<ChartJson>,
    /// What starts it, in words, and when next.
    schedule: Option<ScheduleInWords>,
    /// Whether its trigger is off; null: not known.
    paused: Option<bool>,
    /// Longest run allowed, in minutes; null: no limit, or not known.
    timeout_minutes: Option<f64>,
    max_concurrent_runs: Option<i64>,
    /// Its tasks, if REST told.
    tasks: Vec<TaskInfo>,
    tags: BTreeMap<String, String>,
    /// All-purpose clusters it ran on.
    shared_clusters: Vec<TargetJson>,
    /// By UTC day: what ran and what it was billed.
    days: Vec<JobDay>,
    recommendations: Vec<RecommendationRow>,
    gaps: Vec<GapRow>,
    /// Whether `GET /api/what-if` can be asked about it.
    what_if: bool,
}

/// A task's settings.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskInfo")]
struct TaskInfo {
    key: String,
    /// E.g. `notebook_task`.
    kind: Option<String>,
    /// Where it runs: a job cluster's key, a cluster's id or `serverless or not known`.
    runs_on: String,
    max_retries: Option<i64>,
}

/// A day of a job.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobDay")]
struct JobDay {
    /// UTC day.
    day: String,
    runs: usize,
    failed: usize,
    /// DBU cost of its own compute, US dollars.
    dbu_usd: f64,
}

fn one(call: &Call, which: Which) -> Result<JobDetail, Refusal> {
    let snapshot = call.snapshot()?;
    let job = find(snapshot, call.part("id"), which.workspace_id.as_deref())?;
    let target = Target::Job(job.key.clone());
    let never = || {
        Refusal::unanswerable(
            format!("job {} has no run in the window", job.name),
            "nothing can be said about it before it runs; a longer window may have runs",
        )
    };
    let row =
        snapshot.jobs.iter().find(|it| it.target.id == job.key.id && *it.target.workspace_id == *job.key.workspace.0);
    let row = row.ok_or_else(never)?.clone();
    let (profile, class) = snapshot.profiles.jobs.get(&job.key).ok_or_else(never)?;
    let summary = snapshot.report.resources.iter().find(|it| it.target == target);
    Ok(JobDetail {
        sentence: sentence(snapshot, &row, profile),
        window: (&snapshot.report.window).into(),
        class_because: class.because.clone(),
        facts: summary.into_iter().flat_map(|it| &it.facts).map(Into::into).collect(),
        charts: summary.into_iter().flat_map(|it| &it.charts).map(Into::into).collect(),
        schedule: match &job.trigger {
            Trigger::Schedule(it) => Some(ScheduleInWords::of(it, snapshot.report.data_until)),
            Trigger::Continuous | Trigger::Other(_) | Trigger::OnDemand => None,
        },
        paused: job.paused,
        timeout_minutes: job.timeout.map(|it| it.0),
        max_concurrent_runs: job.max_concurrent_runs,
        tasks: job.tasks.iter().map(task).collect(),
        tags: job.tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        shared_clusters: profile.shared.iter().map(|it| super::clusters::named(snapshot, it)).collect(),
        days: days(snapshot, job),
        recommendations: snapshot.rows_about(&target),
        gaps: super::gaps::about(snapshot, &target),
        what_if: super::what_if::can_ask(&target),
        row,
    })
}

fn task(it: &clusteriq_model::JobTask) -> TaskInfo {
    let cluster = it.job_cluster_key.as_ref().or(it.existing_cluster_id.as_ref());
    TaskInfo {
        key: it.key.clone(),
        kind: it.kind.clone(),
        runs_on: cluster.map_or_else(|| "serverless or not known".to_owned(), Clone::clone),
        max_retries: it.max_retries,
    }
}

fn days(snapshot: &Snapshot, job: &Job) -> Vec<JobDay> {
    let billed = billed_days(snapshot, job);
    let blank = |day: jiff::civil::Date| JobDay {
        day: day.to_string(),
        runs: 0,
        failed: 0,
        dbu_usd: billed.get(&day).copied().unwrap_or_default(),
    };
    let mut days: BTreeMap<jiff::civil::Date, JobDay> =
        super::costs::days(snapshot).into_iter().map(|it| (it, blank(it))).collect();
    for it in job.runs.iter().filter(|it| it.result != RunResult::Skipped) {
        let day = date(it.start);
        let entry = days.entry(day).or_insert_with(|| blank(day));
        entry.runs += 1;
        entry.failed += usize::from(matches!(it.result, RunResult::Failed(_)));
    }
    days.into_values().collect()
}

fn date(at: jiff::Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// DBU cost of a job's own compute by UTC day: by the hours of its clusters, and without a cluster by the start of the run.
pub(crate) fn billed_days(snapshot: &Snapshot, job: &Job) -> BTreeMap<jiff::civil::Date, f64> {
    let mut days: BTreeMap<jiff::civil::Date, f64> = BTreeMap::new();
    for run in &job.runs {
        let key = |id: &String| ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() };
        let own = run.compute_ids.iter().map(key);
        let own = own.filter(|key| snapshot.fleet.clusters.get(key).is_some_and(|it| it.run.is_some()));
        let mut hours =
            own.filter_map(|key| snapshot.fleet.bill.clusters.get(&key)).flat_map(|it| &it.hours).peekable();
        if hours.peek().is_none() {
            *days.entry(date(run.start)).or_default() += billed(snapshot, &job.key, run).unwrap_or_default();
        }
        for hour in hours {
            *days.entry(date(hour.start)).or_default() += hour.usd.map_or(0.0, |it| it.estimate().0);
        }
    }
    days
}

fn sentence(snapshot: &Snapshot, row: &JobRow, profile: &JobProfile) -> String {
    use clusteriq_model::Usd;
    use clusteriq_output::words;
    let days = words::length(&snapshot.report.window);
    let mut text = format!(
        "{} cost {} in {days} over {}",
        row.name,
        Usd(row.spend.total_usd),
        words::count(row.runs as u64, "run")
    );
    if let Some(it) = profile.duration(0.5) {
        text += &format!(", {} at the median", words::minutes(it));
    }
    text += &match row.failed {
        0 => "; none failed.".to_owned(),
        failed => format!("; {failed} of them failed."),
    };
    text
}
