//! Clusters: versions from the system table, what REST adds, and those that only their bill or telemetry shows.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{ClusterRow, ClusterSettingsRow, Tables};
use clusteriq_model::{
    Autotermination, Bill, Cluster, ClusterKey, ClusterSource, Compute, ConfigVersion, JobKey, Minute, Minutes,
    PipelineKey, Plane, PoolKey, Purchase, Size, TaskRun, Window, WorkspaceId,
};
use jiff::Timestamp;

pub(super) fn clusters(
    tables: &Tables,
    mut demand: BTreeMap<ClusterKey, Vec<Minute>>,
    bill: &Bill,
    window: &Window,
) -> BTreeMap<ClusterKey, Cluster> {
    let mut versions: BTreeMap<ClusterKey, Vec<&ClusterRow>> = BTreeMap::new();
    for it in &tables.clusters {
        versions.entry(key(&it.workspace_id, &it.cluster_id)).or_default().push(it);
    }
    let settings: BTreeMap<ClusterKey, &ClusterSettingsRow> =
        tables.cluster_settings.iter().map(|it| (key(&it.workspace_id, &it.cluster_id), it)).collect();
    let mut task_runs = task_runs(tables);
    let known: BTreeSet<&ClusterKey> =
        versions.keys().chain(settings.keys()).chain(demand.keys()).chain(bill.clusters.keys()).collect();
    let known: Vec<ClusterKey> = known.into_iter().cloned().collect();
    let mut clusters = BTreeMap::new();
    for key in known {
        let minutes = demand.remove(&key).unwrap_or_default();
        let mut rows = versions.remove(&key).unwrap_or_default();
        rows.sort_by_key(|it| it.change_time);
        rows.retain(|it| it.change_time < window.until);
        let rest = settings.get(&key).copied();
        let deleted = rows.last().and_then(|it| it.delete_time);
        let alive = deleted.is_none_or(|it| it >= window.from);
        let active = !minutes.is_empty() || bill.clusters.contains_key(&key);
        let source = source(&rows, rest);
        let usable = alive && source == ClusterSource::AllPurpose;
        if !(active || usable) {
            continue;
        }
        let runs = task_runs.remove(&key).unwrap_or_default();
        let cluster = cluster(key.clone(), source, &rows, rest, minutes, runs, bill, window);
        clusters.insert(key, cluster);
    }
    clusters
}

fn key(workspace: &str, id: &str) -> ClusterKey {
    ClusterKey { workspace: WorkspaceId(workspace.into()), id: id.into() }
}

fn source(rows: &[&ClusterRow], rest: Option<&ClusterSettingsRow>) -> ClusterSource {
    let word = rows
        .iter()
        .rev()
        .find_map(|it| it.cluster_source.clone())
        .or_else(|| rest.and_then(|it| it.cluster_source.clone()));
    match word.as_deref() {
        Some("UI" | "API") => ClusterSource::AllPurpose,
        Some("JOB") => ClusterSource::Job,
        Some("PIPELINE" | "PIPELINE_MAINTENANCE") => ClusterSource::Pipeline,
        Some(other) => ClusterSource::Other(other.into()),
        None => ClusterSource::Other("unknown".into()),
    }
}

#[allow(clippy::too_many_arguments, reason = "each is one source of the same cluster")]
fn cluster(
    key: ClusterKey,
    source: ClusterSource,
    rows: &[&ClusterRow],
    rest: Option<&ClusterSettingsRow>,
    minutes: Vec<Minute>,
    task_runs: Vec<TaskRun>,
    bill: &Bill,
    window: &Window,
) -> Cluster {
    let plane = match source {
        ClusterSource::AllPurpose => Plane::AllPurpose,
        ClusterSource::Pipeline => Plane::Pipeline,
        ClusterSource::Job => Plane::Jobs,
        ClusterSource::Other(_) => plane_of_sku(bill, &key),
    };
    let mut configs: Vec<_> = rows.iter().map(|it| version(it, plane)).collect();
    if configs.is_empty() {
        configs.push(unknown(plane, window.from));
    }
    let last = configs.last_mut().expect("one was pushed if there was none");
    let billed = bill.clusters.get(&key);
    if let Some(rest) = rest {
        complete(last, rest);
    }
    for it in &mut configs {
        it.compute.photon = it.compute.photon.or(billed.and_then(|it| it.photon));
    }
    let newest = rows.last();
    let name = newest
        .and_then(|it| it.cluster_name.clone())
        .or_else(|| rest.and_then(|it| it.cluster_name.clone()))
        .unwrap_or_else(|| key.id.clone());
    let tags = newest.and_then(|it| it.tags.clone()).or_else(|| rest.and_then(|it| it.custom_tags.clone()));
    let pooled = newest.is_some_and(|it| it.worker_instance_pool_id.is_some())
        || rest.is_some_and(|it| it.instance_pool_id.is_some());
    let pool = newest
        .and_then(|it| it.worker_instance_pool_id.clone())
        .or_else(|| rest.and_then(|it| it.instance_pool_id.clone()))
        .map(|id| PoolKey { workspace: key.workspace.clone(), id });
    let pipeline = PIPELINE_CLUSTERS
        .iter()
        .find_map(|it| name.strip_prefix(it))
        .map(|id| PipelineKey { workspace: key.workspace.clone(), id: id.into() });
    let run = run_of(&name, &key.workspace)
        .or_else(|| task_runs.first().map(|it| (it.job.clone(), it.run_id.clone())))
        .filter(|_| source == ClusterSource::Job);
    Cluster {
        name,
        owner: newest.and_then(|it| it.owned_by.clone()).or_else(|| rest.and_then(|it| it.creator_user_name.clone())),
        tags: tags.unwrap_or_default(),
        configs,
        deleted: newest.and_then(|it| it.delete_time),
        run,
        minutes,
        task_runs,
        last_activity: rest.and_then(|it| it.last_activity_time),
        pooled,
        init_scripts: newest.and_then(|it| it.init_scripts.clone()).unwrap_or_default(),
        pool,
        pipeline,
        key,
        source,
    }
}

/// What the names of a pipeline's clusters begin with; its id follows.
const PIPELINE_CLUSTERS: [&str; 2] = ["dlt-execution-", "dlt-maintenance-"];

/// `job-<job_id>-run-<run_id>-<job_cluster_key>`.
fn run_of(name: &str, workspace: &WorkspaceId) -> Option<(JobKey, String)> {
    let (job, rest) = name.strip_prefix("job-")?.split_once("-run-")?;
    let run = rest.split('-').next()?;
    let number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    (number(job) && number(run)).then(|| (JobKey { workspace: workspace.clone(), id: job.into() }, run.into()))
}

fn plane_of_sku(bill: &Bill, key: &ClusterKey) -> Plane {
    let sku = bill.clusters.get(key).and_then(|it| it.sku.as_deref()).unwrap_or_default();
    if sku.contains("ALL_PURPOSE") {
        Plane::AllPurpose
    } else if sku.contains("DLT") {
        Plane::Pipeline
    } else {
        Plane::Jobs
    }
}

pub(super) fn count(it: Option<i64>) -> Option<u32> {
    it.and_then(|it| u32::try_from(it).ok())
}

pub(super) fn size(fixed: Option<i64>, min: Option<i64>, max: Option<i64>) -> Option<Size> {
    match (count(min), count(max), count(fixed)) {
        (Some(min), Some(max), _) => Some(Size::Autoscale { min: min.min(max), max }),
        (_, _, Some(it)) => Some(Size::Fixed(it)),
        _ => None,
    }
}

pub(super) fn purchase(availability: Option<&str>, first: Option<i64>) -> Option<Purchase> {
    let word = availability?;
    if word.starts_with("ON_DEMAND") {
        return Some(Purchase::OnDemand);
    }
    if word.starts_with("SPOT") || word.starts_with("PREEMPTIBLE") {
        return Some(Purchase::Spot { first_on_demand: count(first).unwrap_or(1) });
    }
    None
}

fn autotermination(minutes: Option<i64>) -> Autotermination {
    match minutes {
        None | Some(0) => Autotermination::Never,
        Some(it) => Autotermination::After(Minutes(it as f64)),
    }
}

fn version(it: &ClusterRow, plane: Plane) -> ConfigVersion {
    let photon = it.dbr_version.as_deref().filter(|it| it.contains("-photon-")).map(|_| true);
    ConfigVersion {
        since: it.change_time,
        compute: Compute {
            plane,
            driver_type: it.driver_node_type.clone().or_else(|| it.worker_node_type.clone()),
            worker_type: it.worker_node_type.clone().or_else(|| it.driver_node_type.clone()),
            size: size(it.worker_count, it.min_autoscale_workers, it.max_autoscale_workers),
            purchase: purchase(it.availability.as_deref(), it.first_on_demand),
            photon,
        },
        autotermination: autotermination(it.auto_termination_minutes),
        runtime: it.dbr_version.clone(),
        policy_id: it.policy_id.clone(),
    }
}

fn unknown(plane: Plane, since: Timestamp) -> ConfigVersion {
    ConfigVersion {
        since,
        compute: Compute { plane, driver_type: None, worker_type: None, size: None, purchase: None, photon: None },
        autotermination: Autotermination::Never,
        runtime: None,
        policy_id: None,
    }
}

/// What REST knows and the newest version does not.
fn complete(config: &mut ConfigVersion, rest: &ClusterSettingsRow) {
    let compute = &mut config.compute;
    compute.worker_type = compute.worker_type.take().or_else(|| rest.node_type_id.clone());
    let driver = rest.driver_node_type_id.clone().or_else(|| rest.node_type_id.clone());
    compute.driver_type = compute.driver_type.take().or(driver);
    compute.size = compute.size.or(size(rest.num_workers, rest.autoscale_min, rest.autoscale_max));
    compute.purchase = compute.purchase.or(purchase(rest.availability.as_deref(), rest.first_on_demand));
    compute.photon = compute.photon.or(photon(rest.runtime_engine.as_deref()));
    config.runtime = config.runtime.take().or_else(|| rest.spark_version.clone());
    if config.autotermination == Autotermination::Never {
        config.autotermination = autotermination(rest.autotermination_minutes);
    }
}

pub(super) fn photon(engine: Option<&str>) -> Option<bool> {
    match engine {
        Some("PHOTON") => Some(true),
        Some("STANDARD") => Some(false),
        _ => None,
    }
}

/// Tasks by the clusters they ran on, slices merged.
fn task_runs(tables: &Tables) -> BTreeMap<ClusterKey, Vec<TaskRun>> {
    let mut merged: BTreeMap<(ClusterKey, &str), TaskRun> = BTreeMap::new();
    for it in &tables.task_run_slices {
        for id in it.compute_ids.iter().flatten() {
            let slice = || TaskRun {
                start: it.period_start_time,
                end: it.period_end_time,
                job: JobKey { workspace: WorkspaceId(it.workspace_id.clone()), id: it.job_id.clone() },
                run_id: it.job_run_id.clone().unwrap_or_else(|| it.run_id.clone()),
                task_key: it.task_key.clone().unwrap_or_default(),
            };
            let entry = merged.entry((key(&it.workspace_id, id), &it.run_id)).or_insert_with(slice);
            entry.start = entry.start.min(it.period_start_time);
            entry.end = entry.end.max(it.period_end_time);
        }
    }
    let mut by_cluster: BTreeMap<ClusterKey, Vec<TaskRun>> = BTreeMap::new();
    for ((key, _), run) in merged {
        by_cluster.entry(key).or_default().push(run);
    }
    for runs in by_cluster.values_mut() {
        runs.sort();
    }
    by_cluster
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_clusters_name_tells_its_job_and_run() {
        let workspace = WorkspaceId("1".into());
        let (job, run) = run_of("job-12-run-34-main", &workspace).expect("a job cluster's name");
        assert_eq!((job.id.as_str(), run.as_str()), ("12", "34"));
        assert_eq!(run_of("job-search-run-nightly", &workspace), None);
    }

    #[test]
    fn spot_without_a_first_node_keeps_the_driver_on_demand() {
        assert_eq!(purchase(Some("SPOT_WITH_FALLBACK_AZURE"), None), Some(Purchase::Spot { first_on_demand: 1 }));
        assert_eq!(purchase(Some("SOMETHING_NEW"), Some(1)), None);
    }
}
