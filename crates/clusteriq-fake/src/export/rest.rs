//! `clusters/list`, `jobs/list` with `expand_tasks` and `policies/clusters/list`, as each workspace would answer at the end of the history.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::kinds;
use super::lists::trigger;
use super::rows::{cloud_attributes, security_mode, source, tags};
use crate::FakeError;
use crate::records::{ClusterNow, Source, TagList};
use crate::workload::{Engine, Size};
use crate::world::{JobCard, Library, Policy, Shape, TaskKind, Workspace, World};

/// The replies to `clusters/list`, which grow by the day.
pub(super) struct ClusterLists {
    files: BTreeMap<String, (PathBuf, BufWriter<File>, u64)>,
}

impl ClusterLists {
    /// Opens one per workspace.
    pub(super) fn create(dir: &Path, world: &World) -> Result<Self, FakeError> {
        let mut files = BTreeMap::new();
        for workspace in &world.workspaces {
            let folder = dir.join("rest").join(&*workspace.id);
            fs::create_dir_all(&folder).map_err(|source| FakeError::Write { path: folder.clone(), source })?;
            let path = folder.join("clusters_list.json");
            let failed = |source| FakeError::Write { path: path.clone(), source };
            let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
            file.write_all(b"{\"clusters\":[").map_err(failed)?;
            files.insert(workspace.id.to_string(), (path, file, 0));
        }
        Ok(Self { files })
    }

    /// Adds clusters.
    pub(super) fn append(&mut self, clusters: &[ClusterNow]) -> Result<(), FakeError> {
        for it in clusters {
            let Some((path, file, count)) = self.files.get_mut(&*it.version.workspace.id) else { continue };
            let comma: &[u8] = if *count == 0 { b"" } else { b"," };
            *count += 1;
            let written = file.write_all(comma).and_then(|()| Ok(serde_json::to_writer(&mut *file, &cluster(it))?));
            written.map_err(|source| FakeError::Write { path: path.clone(), source })?;
        }
        Ok(())
    }

    /// Closes them; says how many there are.
    pub(super) fn close(self) -> Result<u64, FakeError> {
        let count = self.files.len() as u64;
        for (path, mut file, _) in self.files.into_values() {
            let written = file.write_all(b"]}").and_then(|()| file.flush());
            written.map_err(|source| FakeError::Write { path, source })?;
        }
        Ok(count)
    }
}

/// Writes the other replies of every workspace; says how many files.
pub(super) fn write(dir: &Path, world: &World) -> Result<u64, FakeError> {
    let mut files = 0;
    for workspace in &world.workspaces {
        let folder = dir.join("rest").join(&*workspace.id);
        let listed: Vec<Value> = jobs(world, workspace).into_iter().map(listed).collect();
        save(&folder.join("jobs_list.json"), &json!({"jobs": listed, "has_more": false}))?;
        save(&folder.join("policies_list.json"), &policies(world, workspace))?;
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

/// A job as `jobs/list` has it: only `jobs/get` says as whom it runs.
pub(crate) fn listed(mut job: Value) -> Value {
    if let Some(members) = job.as_object_mut() {
        members.remove("run_as_user_name");
    }
    job
}

fn save(path: &Path, reply: &Value) -> Result<(), FakeError> {
    let failed = |source| FakeError::Write { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    serde_json::to_writer(&mut file, reply).map_err(|it| failed(it.into()))?;
    file.flush().map_err(failed)
}

pub(crate) fn jobs(world: &World, workspace: &Workspace) -> Vec<Value> {
    let exists = |it: &&JobCard| it.workspace.id == workspace.id && it.deleted.is_none();
    let own = world.jobs.iter().chain(&world.streams);
    let own = own.filter(|it| it.card.origin == crate::world::Origin::Job && exists(&&it.card)).map(|it| {
        let mut new_cluster = settings(&it.shape, &it.card.tags(), it.shape.runtime, Source::Job, workspace);
        if let Some(policy) = &it.card.setup.policy {
            new_cluster["policy_id"] = json!(policy.id);
        }
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
        let mut task = json!({"task_key": key, "run_if": "ALL_SUCCESS", "timeout_seconds": 0});
        let (kind, work) = task_kind(card, key);
        task[kind] = work;
        if card.setup.max_retries > 0 {
            task["max_retries"] = json!(card.setup.max_retries);
            task["min_retry_interval_millis"] = json!(0);
            task["retry_on_timeout"] = json!(false);
        }
        if !card.setup.libraries.is_empty() {
            task["libraries"] = card.setup.libraries.iter().map(library).collect();
        }
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
        "timeout_seconds": card.setup.timeout_seconds,
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

/// Name and value of a task's `…_task` member.
fn task_kind(card: &JobCard, key: &str) -> (&'static str, Value) {
    let path = format!("/Repos/{}/{}/{key}", card.team.name, card.name);
    match card.setup.kind {
        TaskKind::Notebook => ("notebook_task", json!({"notebook_path": path, "source": "WORKSPACE"})),
        TaskKind::SparkPython => ("spark_python_task", json!({"python_file": format!("/Workspace{path}.py")})),
        TaskKind::SparkJar => {
            ("spark_jar_task", json!({"main_class_name": format!("example.larkspur.{}.{key}", card.team.name)}))
        }
        TaskKind::PythonWheel => {
            ("python_wheel_task", json!({"package_name": format!("larkspur_{}", card.team.name), "entry_point": key}))
        }
    }
}

fn library(it: &Library) -> Value {
    match it {
        Library::Pypi(package) => json!({"pypi": {"package": package}}),
        Library::Maven(coordinates) => json!({"maven": {"coordinates": coordinates}}),
        Library::Jar(path) => json!({"jar": path}),
        Library::Wheel(path) => json!({"whl": path}),
    }
}

/// `policies/clusters/list`.
pub(crate) fn policies(world: &World, workspace: &Workspace) -> Value {
    let here = world.policies.iter().filter(|it| it.workspace.id == workspace.id);
    let policy = |it: &std::sync::Arc<Policy>| {
        json!({
            "policy_id": it.id,
            "name": it.name,
            "definition": it.definition,
            "creator_user_name": "ruth.nilsson@larkspur.example",
            "created_at_timestamp": it.workspace.created,
            "is_default": false,
        })
    };
    json!({"policies": here.map(policy).collect::<Vec<_>>()})
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

pub(crate) fn cluster(now: &ClusterNow) -> Value {
    let version = &now.version;
    let mut it = settings(&version.shape, &version.tags, version.runtime, version.source, &version.workspace);
    let (state, end) = match now.terminated {
        Some((at, _)) => ("TERMINATED", at),
        None => ("RUNNING", 0),
    };
    if let Some(policy) = &version.policy {
        it["policy_id"] = json!(policy);
    }
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
