//! `clusters/list` and `jobs/list` with `expand_tasks`, as each workspace would answer at the end of the history.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::kinds;
use super::lists::trigger;
use super::rows::{cloud_attributes, security_mode, source, tags};
use crate::FakeError;
use crate::records::{ClusterNow, Source, TagList};
use crate::workload::{Engine, Size};
use crate::world::{JobCard, Shape, Workspace, World};

/// Writes both replies of every workspace; says how many files.
pub(super) fn write(dir: &Path, world: &World, clusters: &[ClusterNow]) -> Result<u64, FakeError> {
    let mut files = 0;
    for workspace in &world.workspaces {
        let folder = dir.join("rest").join(&*workspace.id);
        fs::create_dir_all(&folder).map_err(|source| FakeError::Write { path: folder.clone(), source })?;
        let here = clusters.iter().filter(|it| it.version.workspace.id == workspace.id);
        save(&folder.join("clusters_list.json"), &json!({"clusters": here.map(cluster).collect::<Vec<_>>()}))?;
        save(&folder.join("jobs_list.json"), &json!({"jobs": jobs(world, workspace), "has_more": false}))?;
        files += 2;
        if world.pools.iter().any(|it| it.keeping.is_some()) {
            save(&folder.join("instance_pools_list.json"), &kinds::pools_list(world, workspace))?;
            files += 1;
        }
        if !world.pipelines.is_empty() {
            save(&folder.join("pipelines_list.json"), &kinds::pipelines_list(world, workspace))?;
            files += 1;
        }
    }
    Ok(files)
}

fn save(path: &Path, reply: &Value) -> Result<(), FakeError> {
    let failed = |source| FakeError::Write { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    serde_json::to_writer(&mut file, reply).map_err(|it| failed(it.into()))?;
    file.flush().map_err(failed)
}

fn jobs(world: &World, workspace: &Workspace) -> Vec<Value> {
    let exists = |it: &&JobCard| it.workspace.id == workspace.id && it.deleted.is_none();
    let own = world.jobs.iter().chain(&world.streams);
    let own = own.filter(|it| it.card.origin == crate::world::Origin::Job && exists(&&it.card)).map(|it| {
        let new_cluster = settings(&it.shape, &it.card.tags(), it.shape.runtime, Source::Job, workspace);
        let clusters = json!([{"job_cluster_key": "main", "new_cluster": new_cluster}]);
        job(&it.card, Some(clusters), ("job_cluster_key", "main"))
    });
    let hosts = world.all_purpose.iter().filter(|it| it.workspace.id == workspace.id);
    let hosted =
        hosts.flat_map(|host| host.hosted.iter().map(|it| job(&it.card, None, ("existing_cluster_id", &host.id))));
    own.chain(hosted).chain(kinds::jobs(world, workspace)).collect()
}

pub(super) fn job(card: &JobCard, job_clusters: Option<Value>, runs_on: (&str, &str)) -> Value {
    let tasks = card.tasks.iter().enumerate().map(|(number, key)| {
        let mut task = json!({
            "task_key": key,
            "run_if": "ALL_SUCCESS",
            "timeout_seconds": 0,
            "notebook_task": {"notebook_path": format!("/Repos/{}/{}/{key}", card.team.name, card.name), "source": "WORKSPACE"},
        });
        if number > 0 {
            task["depends_on"] = json!([{"task_key": card.tasks[number - 1]}]);
        }
        task[runs_on.0] = json!(runs_on.1);
        task
    });
    let mut settings = json!({
        "name": card.name,
        "tags": tags(&card.tags()),
        "format": "MULTI_TASK",
        "max_concurrent_runs": 1,
        "timeout_seconds": 0,
        "email_notifications": {},
        "webhook_notifications": {},
        "tasks": tasks.collect::<Vec<_>>(),
    });
    let (kind, when) = trigger(card);
    settings[kind] = when;
    if let Some(it) = job_clusters {
        settings["job_clusters"] = it;
    }
    json!({
        "job_id": card.id.parse::<i64>().unwrap_or_default(),
        "creator_user_name": card.creator,
        "run_as_user_name": card.run_as,
        "created_time": card.created,
        "settings": settings,
    })
}

/// What a cluster and a job's `new_cluster` have in common.
fn settings(shape: &Shape, custom_tags: &TagList, runtime: &str, source: Source, workspace: &Workspace) -> Value {
    let mut it = json!({
        "spark_version": runtime,
        "node_type_id": shape.worker.id,
        "driver_node_type_id": shape.driver.id,
        "runtime_engine": match shape.engine {
            Engine::Standard => "STANDARD",
            Engine::Photon => "PHOTON",
        },
        "data_security_mode": security_mode(source),
        "enable_elastic_disk": true,
        "spark_conf": {},
        "custom_tags": tags(custom_tags),
    });
    match shape.size {
        Size::Fixed(0) => {
            it["num_workers"] = json!(0);
            it["spark_conf"] = json!({"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"});
            it["custom_tags"]["ResourceClass"] = json!("SingleNode");
        }
        Size::Fixed(workers) => it["num_workers"] = json!(workers),
        Size::Autoscale { min, max } => it["autoscale"] = json!({"min_workers": min, "max_workers": max}),
    }
    match &shape.pool {
        // How a pool's nodes are bought is the pool's affair.
        Some(pool) => it["instance_pool_id"] = json!(pool.id),
        None => {
            let (attributes, cloud) = cloud_attributes(workspace.cloud, shape.availability);
            it[attributes] = cloud;
        }
    }
    it
}

fn cluster(now: &ClusterNow) -> Value {
    let version = &now.version;
    let mut it = settings(&version.shape, &version.tags, version.runtime, version.source, &version.workspace);
    let (state, end) = match now.terminated {
        Some((at, _)) => ("TERMINATED", at),
        None => ("RUNNING", 0),
    };
    it["cluster_id"] = json!(&*version.id);
    it["cluster_name"] = json!(version.name);
    it["creator_user_name"] = json!(version.owner);
    it["cluster_source"] = json!(source(version.source));
    it["state"] = json!(state);
    it["autotermination_minutes"] = json!(version.autotermination.unwrap_or(0));
    it["start_time"] = json!(now.started);
    it["terminated_time"] = json!(end);
    it["last_activity_time"] = json!(now.last_activity);
    if let Some((_, code)) = now.terminated {
        it["termination_reason"] = json!({"code": code, "type": "SUCCESS"});
    }
    it
}
