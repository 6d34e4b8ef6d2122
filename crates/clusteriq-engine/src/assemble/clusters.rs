//! Clusters: versions from the system table, what REST adds, and those that only their bill or telemetry shows.

use std::collections::BTreeMap;

use clusteriq_model::tables::{ClusterRow, ClusterSettingsRow, Tags};
use clusteriq_model::{
    Autotermination, Bill, Cluster, ClusterKey, ClusterSource, Compute, ConfigVersion, Demand, JobKey, Minutes,
    PipelineKey, Plane, PoolKey, Purchase, Size, TaskRun, Window, WorkspaceId,
};
use jiff::Timestamp;

use super::names::Names;

/// Versions and settings of every cluster, packed: those of job clusters come by the million.
#[derive(Clone, Debug, Default)]
pub struct ClusterBook {
    clusters: BTreeMap<ClusterKey, Known>,
    names: Names,
    rows: u64,
}

/// What is told about one cluster.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Its configurations; which plane they are on is not told by the table.
    configs: Vec<ConfigVersion>,
    /// Start of the newest version.
    newest: Option<Timestamp>,
    /// The newest version that names a source, and that source.
    source: Option<(Timestamp, ClusterSource)>,
    name: Option<String>,
    owner: Option<String>,
    tags: Option<Tags>,
    pool: Option<String>,
    deleted: Option<Timestamp>,
    init_scripts: Vec<String>,
    last_activity: Option<Timestamp>,
}

impl ClusterBook {
    /// Adds versions; those that begin at `until` or later do not count.
    pub fn absorb(&mut self, rows: Vec<ClusterRow>, until: Timestamp) {
        self.rows += rows.len() as u64;
        for it in rows {
            let config = version(&it);
            let key = ClusterKey { workspace: self.names.workspace(&it.workspace_id), id: it.cluster_id };
            let known = self.clusters.entry(key).or_default();
            if it.change_time >= until {
                continue;
            }
            known.add(config, it.cluster_source.as_deref());
            if let Some(word) = it.cluster_source
                && known.source.as_ref().is_none_or(|known| known.0 <= it.change_time)
            {
                known.source = Some((it.change_time, source(word)));
            }
            if known.newest.is_none_or(|newest| newest <= it.change_time) {
                known.newest = Some(it.change_time);
                (known.name, known.owner, known.tags) = (it.cluster_name, it.owned_by, it.tags);
                (known.pool, known.deleted) = (it.worker_instance_pool_id, it.delete_time);
                known.init_scripts = it.init_scripts.unwrap_or_default();
            }
        }
    }

    /// Adds what REST tells. All versions must have been added before: their word counts first.
    pub fn complete(&mut self, rows: Vec<ClusterSettingsRow>) {
        for it in rows {
            let key = ClusterKey { workspace: self.names.workspace(&it.workspace_id), id: it.cluster_id.clone() };
            let known = self.clusters.entry(key).or_default();
            known.configs.sort_by_key(|it| it.since);
            if known.configs.is_empty() {
                known.configs.push(unknown());
            }
            complete(known.configs.last_mut().expect("one was pushed if there was none"), &it);
            if known.source.is_none() {
                known.source = it.cluster_source.map(|word| (Timestamp::MIN, source(word)));
            }
            known.name = known.name.take().or(it.cluster_name);
            known.owner = known.owner.take().or(it.creator_user_name);
            known.tags = known.tags.take().or(it.custom_tags);
            known.pool = known.pool.take().or(it.instance_pool_id);
            known.last_activity = it.last_activity_time;
        }
    }

    /// Whether a cluster lives for one run of a job or one update of a pipeline.
    #[must_use]
    pub fn is_made_for_a_run(&self, cluster: &ClusterKey) -> bool {
        let source = self.clusters.get(cluster).and_then(|it| it.source.as_ref());
        matches!(source, Some((_, ClusterSource::Job | ClusterSource::Pipeline)))
    }

    /// Whether it was made for one run of a job, and its name says which.
    pub(super) fn tells_its_run(&self, cluster: &ClusterKey) -> bool {
        self.clusters.get(cluster).is_some_and(|it| {
            let name = it.name.as_deref().and_then(|it| run_of(it, &cluster.workspace));
            matches!(it.source, Some((_, ClusterSource::Job))) && name.is_some()
        })
    }

    /// Whether no version was added: the table is not in the data.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl Known {
    /// Adds a version. Of a cluster that lives for one run only the newest counts, and there are many of those.
    fn add(&mut self, config: ConfigVersion, source: Option<&str>) {
        if matches!(source, Some("JOB" | "PIPELINE")) {
            match self.configs.last_mut() {
                Some(known) if known.since <= config.since => *known = config,
                Some(_) => {}
                None => self.configs = vec![config],
            }
        } else {
            self.configs.push(config);
        }
    }
}

fn source(word: String) -> ClusterSource {
    match word.as_str() {
        "UI" | "API" => ClusterSource::AllPurpose,
        "JOB" => ClusterSource::Job,
        "PIPELINE" | "PIPELINE_MAINTENANCE" => ClusterSource::Pipeline,
        _ => ClusterSource::Other(word),
    }
}

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

fn autotermination(minutes: Option<i64>) -> Autotermination {
    match minutes {
        None | Some(0) => Autotermination::Never,
        Some(it) => Autotermination::After(Minutes(it as f64)),
    }
}

/// The plane is set when the source is known.
fn version(it: &ClusterRow) -> ConfigVersion {
    let photon = it.dbr_version.as_deref().filter(|it| it.contains("-photon-")).map(|_| true);
    ConfigVersion {
        since: it.change_time,
        compute: Compute {
            plane: Plane::Jobs,
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
