//! Jobs: newest settings, and their runs.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{JobClusterSettingsRow, JobRow, JobSettingsRow, Tables};
use clusteriq_model::{
    Autotermination, Cluster, ClusterKey, Compute, ConfigVersion, Job, JobKey, JobTask, Minutes, Plane, Schedule,
    Trigger, Window, WorkspaceId,
};

use super::RunBook;
use super::clusters::{photon, purchase, size};

pub(super) fn jobs(
    tables: &Tables,
    runs: RunBook,
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
    let mut told = runs.close(clusters);
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
    let known: BTreeSet<JobKey> = latest.keys().chain(settings.keys()).chain(told.keys()).cloned().collect();
    let mut jobs = BTreeMap::new();
    for key in known {
        let row = latest.get(&key).copied();
        let rest = settings.get(&key).copied();
        let told = told.remove(&key).unwrap_or_default();
        // A one-time run (`runs/submit`) has no job: it is in the costs, and nothing recurs that could be advised on.
        let (one_time, of_runs) = (told.one_time, told.trigger().cloned());
        let runs = told.runs(window);
        let deleted = row.and_then(|it| it.delete_time);
        let listed = row.is_some() || rest.is_some();
        if (runs.is_empty() && (deleted.is_some() || !listed)) || (one_time && !listed) {
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
            trigger: trigger(row, rest, of_runs.as_ref()),
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
