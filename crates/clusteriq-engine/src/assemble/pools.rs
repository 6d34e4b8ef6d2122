//! Instance pools: newest configuration, and what their nodes did.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{InstanceEventRow, InstancePoolRow, PoolSettingsRow, Tables};
use clusteriq_model::{InstanceEvent, Minutes, Pool, PoolKey, Window, WorkspaceId};

use super::clusters::{count, purchase};
use super::names::Names;

/// What the nodes of every pool did, packed.
#[derive(Clone, Debug, Default)]
pub struct PoolEvents {
    pools: BTreeMap<PoolKey, Vec<InstanceEvent>>,
    names: Names,
    rows: u64,
}

impl PoolEvents {
    /// Adds rows.
    pub fn absorb(&mut self, rows: Vec<InstanceEventRow>) {
        self.rows += rows.len() as u64;
        for it in rows {
            let Some(id) = it.instance_pool_id else { continue };
            let key = PoolKey { workspace: self.names.workspace(&it.workspace_id), id };
            self.pools.entry(key).or_default().push(InstanceEvent {
                at: it.event_time,
                instance_id: self.names.share(&it.instance_id),
                state: self.names.share(&it.state),
                cluster_id: it.cluster_id.map(|id| self.names.share(&id)),
            });
        }
    }
}

pub(super) fn pools(tables: &Tables, events: PoolEvents, window: &Window) -> BTreeMap<PoolKey, Pool> {
    let mut newest: BTreeMap<PoolKey, &InstancePoolRow> = BTreeMap::new();
    for it in tables.instance_pools.iter().filter(|it| it.change_time < window.until) {
        let entry = newest.entry(key(&it.workspace_id, &it.instance_pool_id)).or_insert(it);
        if entry.change_time <= it.change_time {
            *entry = it;
        }
    }
    let settings: BTreeMap<PoolKey, &PoolSettingsRow> =
        tables.pool_settings.iter().map(|it| (key(&it.workspace_id, &it.instance_pool_id), it)).collect();
    let history = events.rows > 0;
    let mut events = events.pools;
    let known: BTreeSet<PoolKey> = newest.keys().chain(settings.keys()).cloned().collect();
    known
        .into_iter()
        .map(|key| {
            let mut events = events.remove(&key).unwrap_or_default();
            events.retain(|it| it.at < window.until);
            events.sort();
            events.shrink_to_fit();
            let (row, rest) = (newest.get(&key).copied(), settings.get(&key).copied());
            (key.clone(), pool(key, row, rest, history.then_some(events)))
        })
        .collect()
}

fn key(workspace: &str, id: &str) -> PoolKey {
    PoolKey { workspace: WorkspaceId(workspace.into()), id: id.into() }
}

fn pool(
    key: PoolKey,
    row: Option<&InstancePoolRow>,
    rest: Option<&PoolSettingsRow>,
    events: Option<Vec<InstanceEvent>>,
) -> Pool {
    let bought =
        row.and_then(|it| it.availability.as_deref()).or_else(|| rest.and_then(|it| it.availability.as_deref()));
    let limit = row
        .and_then(|it| it.idle_instance_autotermination_minutes)
        .or_else(|| rest.and_then(|it| it.idle_instance_autotermination_minutes));
    Pool {
        name: row
            .and_then(|it| it.instance_pool_name.clone())
            .or_else(|| rest.and_then(|it| it.instance_pool_name.clone()))
            .unwrap_or_else(|| key.id.clone()),
        node_type: row.and_then(|it| it.node_type.clone()).or_else(|| rest.and_then(|it| it.node_type_id.clone())),
        // REST leaves a minimum of 0 out.
        min_idle: row
            .and_then(|it| count(it.min_idle_instances))
            .or_else(|| rest.map(|it| count(it.min_idle_instances).unwrap_or(0))),
        idle_limit: limit.map(|it| Minutes(it as f64)),
        // All nodes of a pool are bought alike: none is on demand in a pool of spot nodes.
        purchase: purchase(bought, Some(0)),
        tags: row
            .and_then(|it| it.tags.clone())
            .or_else(|| rest.and_then(|it| it.custom_tags.clone()))
            .unwrap_or_default(),
        deleted: row.and_then(|it| it.delete_time),
        events,
        key,
    }
}
