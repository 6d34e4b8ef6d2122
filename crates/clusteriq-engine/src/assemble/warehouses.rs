//! SQL warehouses: newest configuration, events, statements.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{QueryRow, Tables, WarehouseRow};
use clusteriq_model::{
    Autotermination, Bill, Minutes, Query, Warehouse, WarehouseEvent, WarehouseKey, WarehouseType, Window, WorkspaceId,
};

use super::clusters::count;
use super::names::Names;

/// What every warehouse was asked, packed: a large account has more statements than fit into memory as rows.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    warehouses: BTreeMap<WarehouseKey, Vec<Query>>,
    names: Names,
    rows: u64,
}

impl Statements {
    /// Adds rows.
    pub fn absorb(&mut self, rows: Vec<QueryRow>) {
        self.rows += rows.len() as u64;
        for it in rows {
            let Some(id) = it.warehouse_id else { continue };
            let key = WarehouseKey { workspace: self.names.workspace(&it.workspace_id), id };
            self.warehouses.entry(key).or_default().push(Query {
                start: it.start_time,
                end: it.end_time.unwrap_or(it.start_time).max(it.start_time),
                provisioning_ms: it.waiting_for_compute_duration_ms.unwrap_or(0),
                queued_ms: it.waiting_at_capacity_duration_ms.unwrap_or(0),
                execution_ms: it.execution_duration_ms.unwrap_or(0),
                read_bytes: it.read_bytes,
                task_ms: it.total_task_duration_ms,
                spilled_bytes: it.spilled_local_bytes.unwrap_or(0),
            });
        }
    }

    /// Whether no statement was added, of a warehouse or not: query history is not in the data.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

pub(super) fn warehouses(
    tables: &Tables,
    statements: Statements,
    bill: &Bill,
    window: &Window,
) -> BTreeMap<WarehouseKey, Warehouse> {
    let mut newest: BTreeMap<WarehouseKey, &WarehouseRow> = BTreeMap::new();
    for it in tables.warehouses.iter().filter(|it| it.change_time < window.until) {
        let entry = newest.entry(key(&it.workspace_id, &it.warehouse_id)).or_insert(it);
        if entry.change_time <= it.change_time {
            *entry = it;
        }
    }
    let mut events: BTreeMap<WarehouseKey, Vec<WarehouseEvent>> = BTreeMap::new();
    for it in &tables.warehouse_events {
        events.entry(key(&it.workspace_id, &it.warehouse_id)).or_default().push(WarehouseEvent {
            at: it.event_time,
            kind: it.event_type.clone(),
            clusters: count(it.cluster_count),
        });
    }
    let history = !statements.is_empty();
    let mut queries = statements.warehouses;
    let known: BTreeSet<WarehouseKey> = newest.keys().chain(bill.warehouses.keys()).cloned().collect();
    known
        .into_iter()
        .map(|key| {
            let mut events = events.remove(&key).unwrap_or_default();
            events.sort_by_key(|it| it.at);
            let mut queries = queries.remove(&key).unwrap_or_default();
            queries.sort_by_key(|it| (it.start, it.end));
            queries.shrink_to_fit();
            let row = newest.get(&key).copied();
            let warehouse = warehouse(key.clone(), row, events, history.then_some(queries));
            (key, warehouse)
        })
        .collect()
}

fn key(workspace: &str, id: &str) -> WarehouseKey {
    WarehouseKey { workspace: WorkspaceId(workspace.into()), id: id.into() }
}

fn warehouse(
    key: WarehouseKey,
    row: Option<&WarehouseRow>,
    events: Vec<WarehouseEvent>,
    queries: Option<Vec<Query>>,
) -> Warehouse {
    Warehouse {
        name: row.and_then(|it| it.warehouse_name.clone()).unwrap_or_else(|| key.id.clone()),
        kind: row.and_then(|it| it.warehouse_type.as_deref()).and_then(|it| match it {
            "CLASSIC" => Some(WarehouseType::Classic),
            "PRO" => Some(WarehouseType::Pro),
            "SERVERLESS" => Some(WarehouseType::Serverless),
            _ => None,
        }),
        size: row.and_then(|it| it.warehouse_size.clone()),
        clusters: row.and_then(|it| count(it.min_clusters).zip(count(it.max_clusters))),
        auto_stop: row.and_then(|it| it.auto_stop_minutes).map(|it| match it {
            0 => Autotermination::Never,
            it => Autotermination::After(Minutes(it as f64)),
        }),
        tags: row.and_then(|it| it.tags.clone()).unwrap_or_default(),
        owner: None,
        deleted: row.and_then(|it| it.delete_time),
        events,
        queries,
        key,
    }
}
