//! Instance pools: <https://docs.databricks.com/api/workspace/instancepools>.

use serde_json::{Value, json};

use super::call::Call;
use super::contents::{find, tidy};
use super::errors::Refusal;
use super::routes::{ONLY_2_0, Route};
use super::{History, objects};
use crate::{export, names, world};

pub(super) const ROUTES: &[Route] =
    &[Route::get("instance-pools/list", ONLY_2_0, list), Route::get("instance-pools/get", ONLY_2_0, get)];

pub(super) fn gather(history: &History, workspace: &world::Workspace) -> Vec<Value> {
    let Value::Array(mut pools) = tidy(export::pools_list(&history.world, workspace))["instance_pools"].take() else {
        return Vec::new();
    };
    for pool in &mut pools {
        let mut tags = objects::default_tags(&names::Team::called("platform").lead());
        tags.insert("DatabricksInstancePoolId".to_owned(), pool["instance_pool_id"].clone());
        pool["default_tags"] = Value::Object(tags);
        pool["status"] = json!({});
    }
    pools
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"instance_pools": call.contents.pools}))
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.query.required("instance_pool_id")?;
    let found = find(&call.contents.pools, "instance_pool_id", id);
    found.cloned().ok_or_else(|| Refusal::missing(&format!("Can't find an instance pool with id: {id}.")))
}
