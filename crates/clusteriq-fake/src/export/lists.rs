//! Rows of the tables that say what exists: workspaces, pools, warehouses, jobs, tasks.

use serde_json::{Value, json};

use super::kinds::keeping;
use super::rows::{cloud_attributes, micros, tags};
use crate::schedule::Schedule;
use crate::world::{JobCard, WarehouseKind, World, tags as tags_of};

/// What file-arrival triggers look at.
const LANDING: &str = "s3://larkspur-landing/incoming/";

pub(super) fn workspaces(account: &str, world: &World) -> Vec<Value> {
    let row = |it: &std::sync::Arc<crate::world::Workspace>| {
        json!({
            "account_id": account,
            "workspace_id": &*it.id,
            "workspace_name": it.name,
            "workspace_url": it.url,
            "create_time": micros(it.created),
            "status": "RUNNING",
        })
    };
    world.workspaces.iter().map(row).collect()
}

pub(super) fn instance_pools(account: &str, world: &World) -> Vec<Value> {
    let row = |it: &std::sync::Arc<crate::world::Pool>| {
        let (attributes, cloud) = cloud_attributes(it.workspace.cloud, keeping(it).availability);
        let keeping = keeping(it);
        let mut row = json!({
            "account_id": account,
            "workspace_id": &*it.workspace.id,
            "instance_pool_id": it.id,
            "instance_pool_name": it.name,
            "node_type": it.node_type.id,
            "min_idle_instances": keeping.min_idle,
            "max_capacity": keeping.max_capacity,
            "idle_instance_autotermination_minutes": keeping.idle_minutes,
            "enable_elastic_disk": true,
            "tags": {"env": it.workspace.env},
            "create_time": micros(it.created),
            "change_time": micros(it.created),
        });
        row[attributes] = cloud;
        row
    };
    world.pools.iter().map(row).collect()
}

pub(super) fn warehouses(account: &str, world: &World) -> Vec<Value> {
    let row = |it: &crate::world::Warehouse| {
        json!({
            "account_id": account,
            "workspace_id": &*it.workspace.id,
            "warehouse_id": it.id,
            "warehouse_name": it.name,
            "warehouse_type": match it.kind {
                WarehouseKind::Pro => "PRO",
                WarehouseKind::Serverless => "SERVERLESS",
            },
            "warehouse_channel": "CURRENT",
            "warehouse_size": it.size.to_uppercase().replace('-', "_"),
            "min_clusters": 1,
            "max_clusters": it.max_clusters,
            "auto_stop_minutes": it.auto_stop_minutes,
            "tags": tags(&tags_of(&it.workspace, it.team)),
            "change_time": micros(it.created),
        })
    };
    world.warehouses.iter().map(row).collect()
}

fn job(account: &str, it: &JobCard) -> Value {
    let (trigger, trigger_type) = match it.schedule.cron() {
        Some((cron, zone)) => (json!({"schedule": {"quartz_cron_expression": cron, "timezone_id": zone}}), "CRON"),
        None if matches!(it.schedule, Schedule::FileArrival { .. }) => {
            (json!({"file_arrival": {"url": LANDING, "min_time_between_triggers_seconds": 60}}), "FILE_ARRIVAL")
        }
        None => (json!({"continuous": {"enabled": true}}), "CONTINUOUS"),
    };
    json!({
        "account_id": account,
        "workspace_id": &*it.workspace.id,
        "job_id": it.id,
        "name": it.name,
        "creator_id": it.creator_id,
        "tags": tags(&it.tags()),
        "run_as": it.run_as_id,
        "change_time": micros(it.created),
        "trigger": trigger,
        "trigger_type": trigger_type,
        "run_as_user_name": it.run_as,
        "creator_user_name": it.creator,
        "paused": false,
        "timeout_seconds": it.setup.timeout_seconds,
        "health_rules": [],
        "create_time": micros(it.created),
    })
}

/// One row per job, and another when it was deleted.
pub(super) fn jobs(account: &str, world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for it in world.cards() {
        let row = job(account, it);
        rows.push(row.clone());
        if let Some(deleted) = it.deleted {
            rows.push(deleted_at(row, micros(deleted)));
        }
    }
    rows
}

fn deleted_at(mut row: Value, at: i64) -> Value {
    row["delete_time"] = json!(at);
    row["change_time"] = json!(at);
    row
}

pub(super) fn job_tasks(account: &str, world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for it in world.cards() {
        for (number, key) in it.tasks.iter().enumerate() {
            let before: &[&str] = if number == 0 { &[] } else { &it.tasks[number - 1..number] };
            let row = json!({
                "account_id": account,
                "workspace_id": &*it.workspace.id,
                "job_id": it.id,
                "task_key": key,
                "depends_on_keys": before,
                "change_time": micros(it.created),
                "timeout_seconds": 0,
                "health_rules": [],
            });
            rows.push(row.clone());
            if let Some(deleted) = it.deleted {
                rows.push(deleted_at(row, micros(deleted)));
            }
        }
    }
    rows
}

/// What REST says starts a job.
pub(super) fn trigger(it: &JobCard) -> (&'static str, Value) {
    match it.schedule {
        Schedule::Continuous => ("continuous", json!({"pause_status": "UNPAUSED", "task_retry_mode": "ON_FAILURE"})),
        Schedule::FileArrival { .. } => {
            ("trigger", json!({"file_arrival": {"url": LANDING}, "pause_status": "UNPAUSED"}))
        }
        Schedule::Daily { .. } | Schedule::Every { .. } | Schedule::EveryMinutes { .. } => {
            let (cron, zone) = it.schedule.cron().unwrap_or_default();
            ("schedule", json!({"quartz_cron_expression": cron, "timezone_id": zone, "pause_status": "UNPAUSED"}))
        }
    }
}
