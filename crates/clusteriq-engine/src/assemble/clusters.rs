//! Clusters: versions from the system table, what REST adds, and those that only their bill or telemetry shows.

use std::collections::BTreeMap;

use clusteriq_model::{
    Autotermination, Bill, Cluster, ClusterKey, ClusterSource, Compute, ConfigVersion, Demand, JobKey, PipelineKey,
    Plane, PoolKey, Purchase, Size, TaskRun, Window, WorkspaceId,
};
use jiff::Timestamp;

mod book;

pub use book::ClusterBook;
use book::Known;

pub(super) fn clusters(
    book: ClusterBook,
    mut task_runs: BTreeMap<ClusterKey, Vec<TaskRun>>,
    mut demand: BTreeMap<ClusterKey, Demand>,
    bill: &Bill,
    window: &Window,
) -> BTreeMap<ClusterKey, Cluster> {
    let mut known = book.clusters;
    for key in demand.keys().chain(bill.clusters.keys()) {
        if !known.contains_key(key) {
            known.insert(key.clone(), Known::default());
        }
    }
    // Put into the map at once, which fills its nodes; one after the other leaves them half empty.
    let mut clusters = Vec::with_capacity(known.len());
    for (key, known) in known {
        let minutes = demand.remove(&key).unwrap_or_default();
        let alive = known.deleted.is_none_or(|it| it >= window.from);
        let active = !minutes.is_empty() || bill.clusters.contains_key(&key);
        let usable = alive && matches!(known.source, Some((_, ClusterSource::AllPurpose)));
        if !(active || usable) {
            continue;
        }
        let runs = task_runs.remove(&key).unwrap_or_default();
        let cluster = cluster(key.clone(), known, minutes, runs, bill, window);
        clusters.push((key, cluster));
    }
    clusters.into_iter().collect()
}

fn cluster(
    key: ClusterKey,
    known: Known,
    mut minutes: Demand,
    task_runs: Vec<TaskRun>,
    bill: &Bill,
    window: &Window,
) -> Cluster {
    let source = known.source.map_or_else(|| ClusterSource::Other("unknown".into()), |it| it.1);
    let plane = match source {
        ClusterSource::AllPurpose => Plane::AllPurpose,
        ClusterSource::Pipeline => Plane::Pipeline,
        ClusterSource::Job => Plane::Jobs,
        ClusterSource::Other(_) => plane_of_sku(bill, &key),
    };
    let mut configs = known.configs;
    if configs.is_empty() {
        configs.push(unknown());
    }
    configs.sort_by_key(|it| it.since);
    let billed = bill.clusters.get(&key);
    for it in &mut configs {
        it.compute.plane = plane;
        it.compute.photon = it.compute.photon.or(billed.and_then(|it| it.photon));
        if known.newest.is_none() {
            it.since = window.from;
        }
    }
    // A list of one has room for four, and most clusters have lists of one.
    configs.shrink_to_fit();
    minutes.shrink_to_fit();
    let name = known.name.unwrap_or_else(|| key.id.clone());
    let pool = known.pool.map(|id| PoolKey { workspace: key.workspace.clone(), id });
    let pipeline = PIPELINE_CLUSTERS
        .iter()
        .find_map(|it| name.strip_prefix(it))
        .map(|id| PipelineKey { workspace: key.workspace.clone(), id: id.into() });
    let run = run_of(&name, &key.workspace)
        .or_else(|| task_runs.first().map(|it| (it.job.clone(), it.run_id.clone())))
        .filter(|_| source == ClusterSource::Job);
    Cluster {
        name,
        owner: known.owner,
        tags: known.tags.unwrap_or_default(),
        configs,
        deleted: known.deleted,
        run,
        minutes,
        task_runs,
        last_activity: known.last_activity,
        pooled: pool.is_some(),
        init_scripts: known.init_scripts,
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

fn unknown() -> ConfigVersion {
    ConfigVersion {
        since: Timestamp::MIN,
        compute: Compute {
            plane: Plane::Jobs,
            driver_type: None,
            worker_type: None,
            size: None,
            purchase: None,
            photon: None,
        },
        autotermination: Autotermination::Never,
        runtime: None,
        policy_id: None,
    }
}

pub(super) fn photon(engine: Option<&str>) -> Option<bool> {
    match engine {
        Some("PHOTON") => Some(true),
        Some("STANDARD") => Some(false),
        _ => None,
    }
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
