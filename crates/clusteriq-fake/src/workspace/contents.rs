//! Everything that one workspace shows, as the objects that REST has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cluster_events::{Life, lives};
use super::clusters::Cluster;
use super::runs::Run;
use super::{History, clusters, jobs, node_types, pipelines, policies, pools, runs, runtimes, warehouses};
use crate::catalog::Cloud;
use crate::time::Millis;
use crate::world;

pub(super) struct Contents {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) cloud: Cloud,
    /// The workspaces of its region, itself among them.
    pub(super) region: BTreeSet<String>,
    /// Whose token it is.
    pub(super) user: String,
    /// End of the history.
    pub(super) until: Millis,
    /// Running first, then the newest.
    pub(super) clusters: Vec<Cluster>,
    /// When nodes came and went, by cluster.
    pub(super) lives: BTreeMap<String, Vec<Life>>,
    pub(super) jobs: Vec<Value>,
    /// The newest first.
    pub(super) runs: Vec<Run>,
    pub(super) warehouses: Vec<Value>,
    pub(super) pipelines: Vec<Value>,
    /// By pipeline, the newest first.
    pub(super) updates: BTreeMap<String, Vec<Value>>,
    pub(super) pools: Vec<Value>,
    pub(super) policies: Vec<Value>,
    pub(super) node_types: Vec<Value>,
    pub(super) runtimes: Vec<Value>,
}

impl Contents {
    pub(super) fn of(history: &History, workspace: &world::Workspace) -> Self {
        let jobs = jobs::gather(history, workspace);
        let updates = pipelines::updates(history, workspace);
        // The company is in one region of each cloud.
        let region = history.world.workspaces.iter().filter(|it| it.cloud == workspace.cloud);
        Self {
            id: workspace.id.to_string(),
            account_id: history.world.account_id.clone(),
            cloud: workspace.cloud,
            region: region.map(|it| it.id.to_string()).collect(),
            user: crate::names::Team::called("platform").lead(),
            until: history.until,
            clusters: clusters::gather(history, workspace),
            lives: lives(history, workspace),
            runs: runs::gather(history, workspace, &jobs),
            jobs,
            warehouses: warehouses::gather(history, workspace),
            pipelines: pipelines::gather(history, workspace, &updates),
            updates,
            pools: pools::gather(history, workspace),
            policies: policies::gather(history, workspace),
            node_types: node_types::gather(workspace.cloud),
            runtimes: runtimes::gather(),
        }
    }
}

/// Without nulls and empty arrays, as the real service leaves them out. Empty objects stay: it has those.
pub(super) fn tidy(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().map(|(key, it)| (key, tidy(it)));
            Value::Object(
                kept.filter(|(_, it)| !it.is_null() && it.as_array().is_none_or(|it| !it.is_empty())).collect(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(tidy).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The object whose member has that value.
pub(super) fn find<'a>(all: &'a [Value], key: &str, value: &str) -> Option<&'a Value> {
    all.iter().find(|it| it[key] == value)
}
