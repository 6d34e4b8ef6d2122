//! Clusters: <https://docs.databricks.com/api/workspace/clusters>.

use serde_json::{Value, json};

use super::call::{Call, Version};
use super::contents::tidy;
use super::errors::Refusal;
use super::paging::{Limit, page};
use super::routes::{Route, UP_TO_2_1};
use super::stored::Stored;
use super::{History, objects};
use crate::export;
use crate::market::Purchase;
use crate::nodes::Role;
use crate::records::{ClusterNow, NodeLife};
use crate::time::{DAY, Millis};
use crate::world;

pub(super) const ROUTES: &[Route] =
    &[Route::get("clusters/list", UP_TO_2_1, list), Route::get("clusters/get", UP_TO_2_1, get)];

const PAGE: Limit = Limit { name: "page_size", least: 1, most: 100, usual: 20 };

/// Lists show terminated clusters for so long: databricks-sdk 0.162.0 on `clusters.list` (read 2026-11-24), as in
/// <https://docs.databricks.com/api/workspace/clusters/list>.
const SHOWN_FOR_DAYS: i64 = 30;

/// What was submitted, of what is.
const SUBMITTED: &[&str] = &[
    "cluster_name",
    "spark_version",
    "node_type_id",
    "driver_node_type_id",
    "instance_pool_id",
    "num_workers",
    "autoscale",
    "runtime_engine",
    "data_security_mode",
    "autotermination_minutes",
    "enable_elastic_disk",
    "spark_conf",
    "custom_tags",
    "policy_id",
    "aws_attributes",
    "azure_attributes",
    "gcp_attributes",
];

/// A cluster, with what lists choose and sort by.
pub(super) struct Cluster {
    id: Box<str>,
    name: Box<str>,
    source: Box<str>,
    state: Box<str>,
    policy: Option<Box<str>>,
    /// 0 while it runs.
    ended: Millis,
    pub(super) whole: Stored,
}

impl Cluster {
    /// From the object that is shown.
    fn of(whole: &Value) -> Self {
        let text = |key: &str| whole[key].as_str().map(Box::from);
        Self {
            id: text("cluster_id").unwrap_or_default(),
            name: text("cluster_name").unwrap_or_default(),
            source: text("cluster_source").unwrap_or_default(),
            state: text("state").unwrap_or_default(),
            policy: text("policy_id"),
            ended: whole["terminated_time"].as_i64().unwrap_or_default(),
            whole: Stored::new(whole),
        }
    }
}

pub(super) fn gather(history: &History, workspace: &world::Workspace) -> Vec<Cluster> {
    let mut here: Vec<&ClusterNow> =
        history.clusters.iter().filter(|it| it.version.workspace.id == workspace.id).collect();
    // Those that run first, then the newest end.
    here.sort_by_key(|it| (it.terminated.map(|(at, _)| -at), it.version.id.clone()));
    here.sort_by_key(|it| it.terminated.is_some());
    here.into_iter().map(|it| Cluster::of(&tidy(cluster(history, it)))).collect()
}

fn cluster(history: &History, now: &ClusterNow) -> Value {
    let version = &now.version;
    let mut it = export::cluster(now);
    it["spec"] =
        Value::Object(SUBMITTED.iter().filter_map(|key| Some(((*key).to_owned(), it.get(key)?.clone()))).collect());
    let mut tags = objects::default_tags(&version.owner);
    tags.insert("ClusterName".to_owned(), json!(version.name));
    tags.insert("ClusterId".to_owned(), json!(&*version.id));
    if let Some(pool) = &version.shape.pool {
        tags.insert("DatabricksInstancePoolId".to_owned(), json!(pool.id));
    }
    it["default_tags"] = Value::Object(tags);
    if let (Some((_, "INACTIVITY")), Some(minutes)) = (now.terminated, version.autotermination) {
        it["termination_reason"]["parameters"] = json!({"inactivity_duration_min": minutes.to_string()});
    }
    if now.terminated.is_none() {
        nodes(history, now, &mut it);
    }
    it
}

/// What runs now.
fn nodes(history: &History, now: &ClusterNow, cluster: &mut Value) {
    let from = (now.version.id.clone(), String::new());
    let of_it = history.lives.range(from..).take_while(|((id, _), _)| *id == now.version.id).map(|(_, it)| it);
    let here: Vec<&NodeLife> = of_it.filter(|it| it.ready <= history.until && it.down > history.until).collect();
    let node = |it: &NodeLife| {
        let mut node = json!({"instance_id": it.identity.instance_id, "start_timestamp": it.up});
        if now.version.workspace.cloud == crate::catalog::Cloud::Aws {
            node["node_aws_attributes"] = json!({"is_spot": it.purchase == Purchase::Spot});
        }
        node
    };
    let (mut cores, mut memory) = (0, 0.0);
    let mut executors = Vec::new();
    for it in here {
        cores += it.identity.node_type.vcpus;
        memory += it.identity.node_type.memory_gib;
        match it.identity.role {
            Role::Driver => cluster["driver"] = node(it),
            Role::Worker => executors.push(node(it)),
        }
    }
    if cluster.get("autoscale").is_some() {
        // How many workers it wants now; the bounds stand beside it.
        cluster["num_workers"] = json!(executors.len());
    }
    cluster["executors"] = json!(executors);
    cluster["cluster_cores"] = json!(f64::from(cores));
    cluster["cluster_memory_mb"] = json!((memory * 1024.0) as i64);
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let shown = call.contents.until - SHOWN_FOR_DAYS * DAY;
    let pinned = call.query.flag("filter_by.is_pinned")?;
    let wanted = |own: Option<&str>, argument: &str| {
        let mut any = call.query.all(argument).peekable();
        any.peek().is_none() || any.any(|value| own == Some(value))
    };
    let mut all: Vec<&Cluster> = call
        .contents
        .clusters
        .iter()
        .filter(|it| it.ended == 0 || it.ended >= shown)
        // Nobody has pinned one.
        .filter(|_| pinned != Some(true))
        .filter(|it| wanted(Some(&it.source), "filter_by.cluster_sources"))
        .filter(|it| wanted(Some(&it.state), "filter_by.cluster_states"))
        .filter(|it| wanted(it.policy.as_deref(), "filter_by.policy_id"))
        .collect();
    match call.query.get("sort_by.field") {
        None | Some("DEFAULT") => {}
        Some("CLUSTER_NAME") => all.sort_by_key(|it| &it.name),
        Some(it) => return Err(Refusal::invalid(&format!("Unknown sort field: {it}"))),
    }
    if call.query.get("sort_by.direction") == Some("DESC") {
        all.reverse();
    }
    let without_spec = |it: &Cluster| {
        let mut it = it.whole.value();
        if let Some(members) = it.as_object_mut() {
            members.retain(|key, _| key != "spec");
        }
        it
    };
    if call.version == Version::V2_0 {
        return Ok(json!({"clusters": all.into_iter().map(without_spec).collect::<Vec<_>>()}));
    }
    let page = page(call, "clusters", all, PAGE.of(call)?)?;
    // Here the last page has empty tokens.
    Ok(json!({
        "clusters": page.items.into_iter().map(without_spec).collect::<Vec<_>>(),
        "next_page_token": page.next.unwrap_or_default(),
        "prev_page_token": page.previous.unwrap_or_default(),
    }))
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.query.required("cluster_id")?;
    named(call, id)
}

/// The cluster with that id.
pub(super) fn named(call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let found = call.contents.clusters.iter().find(|it| &*it.id == id);
    found.map(|it| it.whole.value()).ok_or_else(|| Refusal::missing_as_invalid(&format!("Cluster {id} does not exist")))
}
