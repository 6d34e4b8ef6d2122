//! What the tables tell of every cluster, packed.

use std::collections::BTreeMap;

use clusteriq_model::tables::{ClusterRow, ClusterSettingsRow, Tags};
use clusteriq_model::{Autotermination, ClusterKey, ClusterSource, Compute, ConfigVersion, Minutes, Plane};
use jiff::Timestamp;

use super::super::names::Names;
use super::{photon, purchase, run_of, size, unknown};

/// Versions and settings of every cluster, packed: those of job clusters come by the million.
#[derive(Clone, Debug, Default)]
pub struct ClusterBook {
    pub(super) clusters: BTreeMap<ClusterKey, Known>,
    names: Names,
    rows: u64,
    /// How many REST told of.
    settings: u64,
}

/// What is told about one cluster.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct Known {
    /// Its configurations; which plane they are on is not told by the table.
    pub(super) configs: Vec<ConfigVersion>,
    /// Start of the newest version.
    pub(super) newest: Option<Timestamp>,
    /// The newest version that names a source, and that source.
    pub(super) source: Option<(Timestamp, ClusterSource)>,
    pub(super) name: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) tags: Option<Tags>,
    pub(super) pool: Option<String>,
    pub(super) deleted: Option<Timestamp>,
    pub(super) init_scripts: Vec<String>,
    pub(super) last_activity: Option<Timestamp>,
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
        self.settings += rows.len() as u64;
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
    pub(in crate::assemble) fn tells_its_run(&self, cluster: &ClusterKey) -> bool {
        self.clusters.get(cluster).is_some_and(|it| {
            let name = it.name.as_deref().and_then(|it| run_of(it, &cluster.workspace));
            matches!(it.source, Some((_, ClusterSource::Job))) && name.is_some()
        })
    }

    /// Whether REST told of any cluster.
    pub(in crate::assemble) fn has_settings(&self) -> bool {
        self.settings > 0
    }

    /// Whether no version was added: the table is not in the data.
    pub(in crate::assemble) fn is_empty(&self) -> bool {
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
