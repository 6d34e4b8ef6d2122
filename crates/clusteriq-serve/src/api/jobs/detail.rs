//! One job: why it costs that, and whether it is healthy.

use std::collections::BTreeMap;

use clusteriq_engine::profile::JobProfile;
use clusteriq_model::{ClusterKey, Job, RunResult, Target, Trigger};
use clusteriq_output::data::{ChartJson, EvidenceJson, TargetJson, WindowJson};
use schemars::JsonSchema;
use serde::Serialize;

use super::runs::billed;
use super::{JobRow, Which, find};
use crate::api::gaps::{self, GapRow};
use crate::api::recommendations::RecommendationRow;
use crate::api::schedules::ScheduleInWords;
use crate::api::{clusters, costs, what_if};
use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::snapshot::Snapshot;

/// A job in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobDetail")]
pub(super) struct JobDetail {
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

pub(super) fn one(call: &Call, which: Which) -> Result<JobDetail, Refusal> {
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
        shared_clusters: profile.shared.iter().map(|it| clusters::named(snapshot, it)).collect(),
        days: days(snapshot, job),
        recommendations: snapshot.rows_about(&target),
        gaps: gaps::about(snapshot, &target),
        what_if: what_if::can_ask(&target),
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
        costs::days(snapshot).into_iter().map(|it| (it, blank(it))).collect();
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
