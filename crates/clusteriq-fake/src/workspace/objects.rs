//! The tree of notebooks and folders, as far as jobs name them: <https://docs.databricks.com/api/workspace/workspace/getstatus>. And the tags that Databricks puts on everything.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::routes::{ONLY_2_0, Route};
use crate::random::Random;

pub(super) const ROUTES: &[Route] = &[Route::get("workspace/get-status", ONLY_2_0, get_status)];

/// Tags that are on every resource.
pub(super) fn default_tags(creator: &str) -> Map<String, Value> {
    [("Vendor", "Databricks"), ("Creator", creator)]
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .into_iter()
        .collect()
}

fn get_status(call: &Call<'_>) -> Result<Value, Refusal> {
    let path = call.query.required("path")?;
    let tasks = call.contents.jobs.iter().flat_map(|it| it["settings"]["tasks"].as_array().into_iter().flatten());
    let notebooks: Vec<&str> = tasks.filter_map(|it| it["notebook_task"]["notebook_path"].as_str()).collect();
    let object_id = Random::named(0, path).whole(1_000_000_000, 9_000_000_000_000);
    if notebooks.contains(&path) {
        return Ok(json!({"object_type": "NOTEBOOK", "language": "PYTHON", "path": path, "object_id": object_id}));
    }
    let inside = format!("{}/", path.trim_end_matches('/'));
    if notebooks.iter().any(|it| it.starts_with(&inside)) {
        return Ok(json!({"object_type": "DIRECTORY", "path": path, "object_id": object_id}));
    }
    Err(Refusal::missing(&format!("Path ({path}) doesn't exist.")))
}
