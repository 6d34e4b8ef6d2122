//! Cluster policies: <https://docs.databricks.com/api/workspace/clusterpolicies>.

use serde_json::{Value, json};

use super::History;
use super::call::Call;
use super::contents::{find, tidy};
use super::errors::Refusal;
use super::routes::{ONLY_2_0, Route};
use crate::{export, world};

pub(super) const ROUTES: &[Route] =
    &[Route::get("policies/clusters/list", ONLY_2_0, list), Route::get("policies/clusters/get", ONLY_2_0, get)];

pub(super) fn gather(history: &History, workspace: &world::Workspace) -> Vec<Value> {
    match tidy(export::policies(&history.world, workspace))["policies"].take() {
        Value::Array(it) => it,
        _ => Vec::new(),
    }
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let mut all: Vec<&Value> = call.contents.policies.iter().collect();
    match call.query.get("sort_column") {
        None | Some("POLICY_CREATION_TIME") => all.sort_by_key(|it| it["created_at_timestamp"].as_i64()),
        Some("POLICY_NAME") => all.sort_by_key(|it| it["name"].as_str()),
        Some(it) => return Err(Refusal::invalid(&format!("Unknown sort column: {it}"))),
    }
    // The newest first, unless it is asked otherwise.
    if call.query.get("sort_order").unwrap_or("DESC") == "DESC" {
        all.reverse();
    }
    Ok(json!({"policies": all}))
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.query.required("policy_id")?;
    let found = find(&call.contents.policies, "policy_id", id);
    found.cloned().ok_or_else(|| Refusal::missing(&format!("Can't find a cluster policy with id: {id}.")))
}
