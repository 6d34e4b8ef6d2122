//! Jobs and their runs.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{JobClusterSettingsRow, JobRow, JobRunSliceRow, JobSettingsRow, Tables, TaskRunSliceRow};
use clusteriq_model::{
    Attempt, Autotermination, Cluster, ClusterKey, Compute, ConfigVersion, Job, JobKey, JobTask, Minutes, Plane, Run,
    RunResult, Schedule, Trigger, Window, WorkspaceId,
};

use jiff::Timestamp;

use super::clusters::{photon, purchase, size};

pub(super) fn jobs(
    tables: &Tables,
    clusters: &BTreeMap<ClusterKey, Cluster>,
    window: &Window,
) -> BTreeMap<JobKey, Job> {
    let mut latest: BTreeMap<JobKey, &JobRow> = BTreeMap::new();
    for it in tables.jobs.iter().filter(|it| it.change_time < window.until) {
        let entry = latest.entry(key(&it.workspace_id, &it.job_id)).or_insert(it);
        if entry.change_time <= it.change_time {
            *entry = it;
        }
    }
    let settings: BTreeMap<JobKey, &JobSettingsRow> =
        tables.job_settings.iter().map(|it| (key(&it.workspace_id, &it.job_id), it)).collect();
    let mut runs = runs(tables, clusters, window);
    let mut tasks: BTreeMap<JobKey, Vec<JobTask>> = BTreeMap::new();
    for it in &tables.task_settings {
        tasks.entry(key(&it.workspace_id, &it.job_id)).or_default().push(JobTask {
            key: it.task_key.clone(),
            kind: it.task_kind.clone(),
            existing_cluster_id: it.existing_cluster_id.clone(),
            job_cluster_key: it.job_cluster_key.clone(),
            max_retries: it.max_retries,
            libraries: it.libraries.clone().unwrap_or_default(),
            pipeline_id: None,
        });
    }
    let mut job_clusters: BTreeMap<JobKey, BTreeMap<String, ConfigVersion>> = BTreeMap::new();
    for it in &tables.job_clusters {
        job_clusters
            .entry(key(&it.workspace_id, &it.job_id))
            .or_default()
            .insert(it.job_cluster_key.clone(), job_cluster(it, window));
    }
    // A one-time run (`runs/submit`) has no job: it is in the costs, and nothing recurs that could be advised on.
    let one_time: BTreeSet<JobKey> = tables
        .job_run_slices
        .iter()
        .filter(|it| it.run_type.as_deref() == Some(ONE_TIME_RUN))
        .map(|it| key(&it.workspace_id, &it.job_id))
        .filter(|it| !latest.contains_key(it) && !settings.contains_key(it))
        .collect();
    let known: BTreeSet<JobKey> = latest.keys().chain(settings.keys()).chain(runs.keys()).cloned().collect();
    let known = known.difference(&one_time).cloned().collect::<Vec<_>>();
    let mut triggers: BTreeMap<JobKey, String> = BTreeMap::new();
    for it in &tables.job_run_slices {
        if let Some(word) = &it.trigger_type {
            triggers.entry(key(&it.workspace_id, &it.job_id)).or_insert_with(|| word.clone());
        }
    }
    let mut jobs = BTreeMap::new();
    for key in known {
        let row = latest.get(&key).copied();
        let rest = settings.get(&key).copied();
        let runs = runs.remove(&key).unwrap_or_default();
        let deleted = row.and_then(|it| it.delete_time);
        if runs.is_empty() && deleted.is_some() {
            continue;
        }
        let job = Job {
            name: row
                .and_then(|it| it.name.clone())
                .or_else(|| rest.and_then(|it| it.name.clone()))
                .unwrap_or_else(|| key.id.clone()),
            run_as: row.and_then(|it| it.run_as.clone()).or_else(|| rest.and_then(|it| it.run_as_user_name.clone())),
            tags: row
                .and_then(|it| it.tags.clone())
                .or_else(|| rest.and_then(|it| it.tags.clone()))
                .unwrap_or_default(),
            trigger: trigger(row, rest, triggers.get(&key)),
            paused: row
                .and_then(|it| it.paused)
                .or_else(|| rest.and_then(|it| it.pause_status.as_deref().map(|it| it == "PAUSED"))),
            deleted,
            max_concurrent_runs: rest.and_then(|it| it.max_concurrent_runs),
            timeout: row
                .and_then(|it| it.timeout_seconds)
                .or_else(|| rest.and_then(|it| it.timeout_seconds))
                .filter(|it| *it > 0)
                .map(|it| Minutes(it as f64 / 60.0)),
            // The answer of REST leaves out what has its default value, 0.
            timeout_told: rest.is_some() || row.is_some_and(|it| it.timeout_seconds.is_some()),
            tasks: tasks.remove(&key).unwrap_or_default(),
            runs,
            job_clusters: job_clusters.remove(&key).unwrap_or_default(),
            deployment: rest.and_then(|it| it.deployment_kind.clone()),
            performance_target: rest.and_then(|it| it.performance_target.clone()),
            key: key.clone(),
        };
        jobs.insert(key, job);
    }
    jobs
}

fn key(workspace: &str, id: &str) -> JobKey {
    JobKey { workspace: WorkspaceId(workspace.into()), id: id.into() }
}

fn trigger(row: Option<&JobRow>, rest: Option<&JobSettingsRow>, of_runs: Option<&String>) -> Trigger {
    let cron = row.and_then(|it| it.cron.clone()).or_else(|| rest.and_then(|it| it.cron.clone()));
    let zone = row.and_then(|it| it.timezone.clone()).or_else(|| rest.and_then(|it| it.timezone.clone()));
    let word = row.and_then(|it| it.trigger_type.as_ref()).or(of_runs).cloned();
    if rest.is_some_and(|it| it.continuous.is_some()) || word.as_deref() == Some("CONTINUOUS") {
        return Trigger::Continuous;
    }
    match (cron, word) {
        (Some(quartz), _) => Trigger::Schedule(Schedule { quartz, timezone: zone.unwrap_or_else(|| "UTC".into()) }),
        (None, None) => Trigger::OnDemand,
        (None, Some(word)) if word == "ONETIME" => Trigger::OnDemand,
        (None, Some(word)) => Trigger::Other(word),
    }
}

fn job_cluster(it: &JobClusterSettingsRow, window: &Window) -> ConfigVersion {
    ConfigVersion {
        since: window.from,
        compute: Compute {
            plane: Plane::Jobs,
            driver_type: it.driver_node_type_id.clone().or_else(|| it.node_type_id.clone()),
            worker_type: it.node_type_id.clone(),
            size: size(it.num_workers, it.autoscale_min, it.autoscale_max),
            purchase: purchase(it.availability.as_deref(), it.first_on_demand),
            photon: photon(it.runtime_engine.as_deref()),
        },
        autotermination: Autotermination::Never,
        runtime: it.spark_version.clone(),
        policy_id: it.policy_id.clone(),
    }
}

/// A child run of `dbutils.notebook.run`: its cost is in its parent's.
const CHILD_RUN: &str = "WORKFLOW_RUN";
/// A run by `runs/submit`, such as external orchestrators make.
const ONE_TIME_RUN: &str = "SUBMIT_RUN";

fn runs(tables: &Tables, clusters: &BTreeMap<ClusterKey, Cluster>, window: &Window) -> BTreeMap<JobKey, Vec<Run>> {
    let of_jobs = tables.job_run_slices.iter().filter(|it| it.run_type.as_deref() != Some(CHILD_RUN));
    let mut slices: Vec<&JobRunSliceRow> = of_jobs.collect();
    slices.sort_by_key(|it| (run_of(it), it.period_start_time, it.period_end_time));
    // Sorted lists, and no maps: a month of a large account has millions of runs.
    let mut tasks: Vec<&TaskRunSliceRow> = tables.task_run_slices.iter().collect();
    tasks.sort_by_key(|it| (run_of_task(it), &it.run_id));
    let own = clusters.iter().filter_map(|(id, it)| {
        let (job, run) = it.run.as_ref()?;
        Some(((job.workspace.0.as_str(), job.id.as_str(), run.as_str()), id.id.as_str()))
    });
    let mut own: Vec<(RunOf<'_>, &str)> = own.collect();
    own.sort_unstable();
    let mut runs: BTreeMap<JobKey, Vec<Run>> = BTreeMap::new();
    for parts in slices.chunk_by(|a, b| run_of(a) == run_of(b)) {
        let of = run_of(parts[0]);
        let tasks = equal(&tasks, |it| run_of_task(it).cmp(&of));
        let of_tasks = tasks.iter().flat_map(|it| it.compute_ids.iter().flatten().map(String::as_str));
        let ids = of_tasks.chain(equal(&own, |it| it.0.cmp(&of)).iter().map(|it| it.1)).collect();
        let run = merged(of.2, parts, ids);
        let inside = run.end > window.from && run.start < window.until;
        if inside {
            runs.entry(key(of.0, of.1)).or_default().push(Run { attempts: attempts(tasks), ..run });
        }
    }
    for list in runs.values_mut() {
        list.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        list.shrink_to_fit();
    }
    runs
}

/// Workspace, job and run.
type RunOf<'a> = (&'a str, &'a str, &'a str);

fn run_of(it: &JobRunSliceRow) -> RunOf<'_> {
    (&it.workspace_id, &it.job_id, &it.run_id)
}

fn run_of_task(it: &TaskRunSliceRow) -> RunOf<'_> {
    (&it.workspace_id, &it.job_id, it.job_run_id.as_deref().unwrap_or(&it.run_id))
}

/// The part of an ascending list that is equal to what is looked for.
fn equal<T>(ascending: &[T], order: impl Fn(&T) -> std::cmp::Ordering) -> &[T] {
    let from = ascending.partition_point(|it| order(it).is_lt());
    let count = ascending[from..].partition_point(|it| order(it).is_eq());
    &ascending[from..from + count]
}

fn merged(id: &str, parts: &[&JobRunSliceRow], from_tasks: BTreeSet<&str>) -> Run {
    let last = parts.last().expect("a run has a slice");
    let start = parts.iter().map(|it| it.period_start_time).min().expect("a run has a slice");
    let end = parts.iter().map(|it| it.period_end_time).max().expect("a run has a slice");
    let ended = parts.iter().filter(|it| it.result_state.is_some()).count();
    let state = parts.iter().rev().find_map(|it| it.result_state.as_deref());
    let result = result(state, start, end);
    let seconds = |it: Option<i64>| it.map(|it| Minutes(it as f64 / 60.0));
    let mut ids: BTreeSet<String> = from_tasks.into_iter().map(str::to_owned).collect();
    ids.extend(parts.iter().flat_map(|it| it.compute_ids.iter().flatten().cloned()));
    // Room for exactly so many: `collect` makes room for four at least.
    let mut compute_ids = Vec::with_capacity(ids.len());
    compute_ids.extend(ids);
    Run {
        id: id.into(),
        start,
        end,
        result,
        termination_code: last.termination_code.clone(),
        setup: seconds(parts.iter().filter_map(|it| it.setup_duration_seconds).max()),
        queued: seconds(parts.iter().filter_map(|it| it.queue_duration_seconds).max()),
        repairs: u32::try_from(ended.saturating_sub(1)).unwrap_or(u32::MAX),
        compute_ids,
        attempts: vec![],
    }
}

/// How a state of the tables is understood.
fn result(state: Option<&str>, start: Timestamp, end: Timestamp) -> RunResult {
    match state {
        None => RunResult::Open,
        Some("SUCCEEDED" | "SUCCESS") => RunResult::Succeeded,
        Some("SKIPPED" | "BLOCKED") => RunResult::Skipped,
        Some(_) if start == end => RunResult::Skipped,
        Some(word) => RunResult::Failed(word.into()),
    }
}

/// The tries of a run's tasks from their slices, sorted by task run: slices of one are merged, in time order.
fn attempts(slices: &[&TaskRunSliceRow]) -> Vec<Attempt> {
    let merge = |parts: &[&TaskRunSliceRow]| {
        let start = parts.iter().map(|it| it.period_start_time).min().expect("a try has a slice");
        let end = parts.iter().map(|it| it.period_end_time).max().expect("a try has a slice");
        let last = parts.iter().max_by_key(|it| (it.result_state.is_some(), it.period_end_time)).expect("the same");
        Attempt {
            task_key: last.task_key.clone().unwrap_or_default(),
            run_id: last.run_id.clone(),
            start,
            end,
            result: result(last.result_state.as_deref(), start, end),
            termination_code: last.termination_code.clone(),
        }
    };
    let mut list: Vec<Attempt> = slices.chunk_by(|a, b| a.run_id == b.run_id).map(merge).collect();
    list.sort_by(|a, b| (a.start, &a.run_id).cmp(&(b.start, &b.run_id)));
    list.shrink_to_fit();
    list
}
