//! SQL warehouses: <https://docs.databricks.com/api/workspace/warehouses>.

use serde_json::{Value, json};

use super::History;
use super::call::Call;
use super::contents::{find, tidy};
use super::errors::Refusal;
use super::paging::{Limit, page};
use super::routes::{ONLY_2_0, Route};
use super::statements;
use crate::random::Random;
use crate::records::WarehouseState;
use crate::world::{self, Warehouse, WarehouseKind, tags as tags_of};

pub(super) const ROUTES: &[Route] =
    &[Route::get("sql/warehouses", ONLY_2_0, list), Route::get("sql/warehouses/{}", ONLY_2_0, get)];

/// Without it all are given.
const PAGE: Limit = Limit { name: "page_size", least: 1, most: 1_000, usual: 1_000 };

pub(super) fn gather(history: &History, workspace: &world::Workspace) -> Vec<Value> {
    let here = history.world.warehouses.iter().filter(|it| it.workspace.id == workspace.id);
    let all: Vec<Value> = here.map(|it| tidy(warehouse(history, workspace, it))).collect();
    // Nobody made one here: there is the one that workspaces come with.
    if all.is_empty() { vec![starter(workspace)] } else { all }
}

fn starter(workspace: &world::Workspace) -> Value {
    let mut random = Random::named(0, &format!("starter warehouse of {}", workspace.id));
    let id: String = random.uuid().chars().filter(|it| *it != '-').take(16).collect();
    json!({
        "id": id,
        "name": "Serverless Starter Warehouse",
        "cluster_size": "2X-Small",
        "min_num_clusters": 1,
        "max_num_clusters": 1,
        "num_clusters": 0,
        "auto_stop_mins": 10,
        "enable_photon": true,
        "warehouse_type": "PRO",
        "enable_serverless_compute": true,
        "state": "STOPPED",
    })
}

fn warehouse(history: &History, workspace: &world::Workspace, it: &Warehouse) -> Value {
    let newest = history.warehouses.get(&it.id);
    let (state, clusters) = match newest.map(|event| (event.state, event.clusters)) {
        Some((WarehouseState::Starting, clusters)) => ("STARTING", clusters),
        Some((WarehouseState::Stopping, clusters)) => ("STOPPING", clusters),
        Some((WarehouseState::Running | WarehouseState::ScaledUp | WarehouseState::ScaledDown, clusters)) => {
            ("RUNNING", clusters)
        }
        Some((WarehouseState::Stopped, _)) | None => ("STOPPED", 0),
    };
    let host = workspace.url.trim_start_matches("https://");
    let path = format!("/sql/1.0/warehouses/{}", it.id);
    let tags = tags_of(&it.workspace, it.team);
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    json!({
        "id": it.id,
        "name": it.name,
        "cluster_size": it.size,
        // The old word for it: `XXSMALL` is 2X-Small.
        "size": it.size.replace("2X-", "XX").replace("3X-", "XXX").replace("4X-", "XXXX").replace('-', "").to_uppercase(),
        "min_num_clusters": 1,
        "max_num_clusters": it.max_clusters,
        "num_clusters": clusters,
        "num_active_sessions": 0,
        "auto_stop_mins": it.auto_stop_minutes,
        "enable_photon": true,
        // Serverless is not a type of its own here.
        "warehouse_type": "PRO",
        "enable_serverless_compute": it.kind == WarehouseKind::Serverless,
        "spot_instance_policy": "COST_OPTIMIZED",
        "channel": {"name": "CHANNEL_NAME_CURRENT"},
        "tags": {"custom_tags": tags},
        "creator_name": it.team.lead(),
        "state": state,
        "jdbc_url": format!("jdbc:spark://{host}:443/default;transportMode=http;ssl=1;AuthMech=3;httpPath={path};"),
        "odbc_params": {"hostname": host, "path": path, "protocol": "https", "port": 443},
        "health": {"status": "HEALTHY"},
    })
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let all: Vec<Value> = call.contents.warehouses.iter().map(|it| now(call, it)).collect();
    let page = page(call, "warehouses", all, PAGE.of(call)?)?;
    Ok(json!({"warehouses": page.items, "next_page_token": page.next}))
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.part(0);
    let found = find(&call.contents.warehouses, "id", id);
    found.map(|it| now(call, it)).ok_or_else(|| Refusal::missing(&format!("No SQL warehouse with id {id} found.")))
}

/// Statements start a warehouse that stands still.
fn now(call: &Call<'_>, warehouse: &Value) -> Value {
    let mut it = warehouse.clone();
    if it["state"] != "RUNNING" && statements::keeps_running(call, warehouse) {
        it["state"] = json!("RUNNING");
        it["num_clusters"] = json!(1);
    }
    it
}
