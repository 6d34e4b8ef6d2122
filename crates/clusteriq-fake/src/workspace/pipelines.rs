//! Pipelines and their updates: <https://docs.databricks.com/api/workspace/pipelines>.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::History;
use super::call::Call;
use super::contents::{find, tidy};
use super::errors::Refusal;
use super::instant::iso;
use super::paging::{Limit, page, with_tokens};
use super::pipeline_events::events;
use super::routes::{ONLY_2_0, Route};
use crate::records::{UpdateEnd, UpdateSlice};
use crate::{export, world};

pub(super) const ROUTES: &[Route] = &[
    Route::get("pipelines", ONLY_2_0, list),
    Route::get("pipelines/{}", ONLY_2_0, get),
    Route::get("pipelines/{}/updates", ONLY_2_0, list_updates),
    Route::get("pipelines/{}/updates/{}", ONLY_2_0, get_update),
    Route::get("pipelines/{}/events", ONLY_2_0, events),
];

const PAGE: Limit = Limit { name: "max_results", least: 1, most: 100, usual: 25 };

/// When an update ended.
pub(super) const ENDED: &str = "ended";

/// A list shows so many of a pipeline's updates.
const LATEST: usize = 5;

/// The updates of each pipeline, the newest first.
pub(super) fn updates(history: &History, workspace: &world::Workspace) -> BTreeMap<String, Vec<Value>> {
    let mut slices: BTreeMap<&str, Vec<&UpdateSlice>> = BTreeMap::new();
    for it in history.updates.iter().filter(|it| it.pipeline.workspace.id == workspace.id) {
        slices.entry(&it.update.id).or_default().push(it);
    }
    let mut updates: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for slices in slices.values() {
        if let Some(it) = slices.last() {
            updates.entry(it.pipeline.id.clone()).or_default().push(update(it));
        }
    }
    for it in updates.values_mut() {
        it.sort_by_key(|it| it["creation_time"].as_i64().map(|it| -it));
    }
    updates
}

fn update(last: &UpdateSlice) -> Value {
    json!({
        "update_id": last.update.id,
        "pipeline_id": last.pipeline.id,
        "state": match last.result {
            None => "RUNNING",
            Some(UpdateEnd::Completed) => "COMPLETED",
            Some(UpdateEnd::Canceled) => "CANCELED",
        },
        "cause": last.update.cause,
        // Milliseconds here, a text in lists of pipelines.
        "creation_time": last.update.start,
        // For the event log: replies have no end.
        ENDED: last.result.map(|_| last.end),
        "cluster_id": &*last.cluster_id,
        "full_refresh": false,
        "validate_only": false,
    })
}

/// With what only `pipelines/get` shows.
pub(super) fn gather(
    history: &History,
    workspace: &world::Workspace,
    updates: &BTreeMap<String, Vec<Value>>,
) -> Vec<Value> {
    let Value::Array(mut all) = tidy(export::pipelines_list(&history.world, workspace))["statuses"].take() else {
        return Vec::new();
    };
    for pipeline in &mut all {
        let its = pipeline["pipeline_id"].as_str().and_then(|it| updates.get(it)).map_or(&[][..], Vec::as_slice);
        let latest = its.iter().take(LATEST).map(|it| {
            let at = it["creation_time"].as_i64().unwrap_or_default();
            json!({"update_id": it["update_id"], "state": it["state"], "creation_time": iso(at)})
        });
        pipeline["latest_updates"] = latest.collect();
        pipeline["health"] = json!("HEALTHY");
        if let Some(running) = its.first().filter(|it| it["state"] == "RUNNING") {
            pipeline["cluster_id"] = running["cluster_id"].clone();
            pipeline["state"] = json!("RUNNING");
        }
        let id = pipeline["pipeline_id"].as_str();
        let created = history.world.pipelines.iter().find(|it| id == Some(&it.id)).map(|it| it.created);
        pipeline["last_modified"] = json!(created);
    }
    all
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let named = match call.query.get("filter") {
        None => None,
        Some(it) => Some(like(it).ok_or_else(|| Refusal::invalid(&format!("Unsupported filter: {it}")))?),
    };
    let matches = |it: &&Value| {
        let name = it["name"].as_str().unwrap_or_default();
        named.as_deref().is_none_or(|pattern| fits(pattern, name))
    };
    let mut all: Vec<&Value> = call.contents.pipelines.iter().filter(matches).collect();
    match call.query.get("order_by") {
        None | Some("name" | "name asc") => all.sort_by_key(|it| it["name"].as_str()),
        Some("name desc") => all.sort_by_key(|it| std::cmp::Reverse(it["name"].as_str())),
        Some("id" | "id asc") => all.sort_by_key(|it| it["pipeline_id"].as_str()),
        Some("id desc") => all.sort_by_key(|it| std::cmp::Reverse(it["pipeline_id"].as_str())),
        Some(it) => return Err(Refusal::invalid(&format!("Unsupported order_by: {it}"))),
    }
    let page = page(call, "pipelines", all, PAGE.of(call)?)?;
    let item = |it: &&Value| {
        let mut it = (*it).clone();
        if let Some(members) = it.as_object_mut() {
            members.retain(|key, _| key != "spec" && key != "last_modified");
        }
        it
    };
    Ok(json!({"statuses": page.items.iter().map(item).collect::<Vec<_>>(), "next_page_token": page.next}))
}

/// The pattern of `name LIKE '%x%'`.
fn like(filter: &str) -> Option<String> {
    let (field, rest) = filter.trim().split_once(char::is_whitespace)?;
    let (word, pattern) = rest.trim().split_once(char::is_whitespace)?;
    if !field.eq_ignore_ascii_case("name") || !word.eq_ignore_ascii_case("like") {
        return None;
    }
    Some(pattern.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
}

/// `%` at the ends only.
fn fits(pattern: &str, name: &str) -> bool {
    let inner = pattern.trim_matches('%');
    match (pattern.starts_with('%'), pattern.ends_with('%')) {
        (true, true) => name.contains(inner),
        (true, false) => name.ends_with(inner),
        (false, true) => name.starts_with(inner),
        (false, false) => name == inner,
    }
}

/// The pipeline that the path names.
pub(super) fn named<'a>(call: &'a Call<'_>) -> Result<&'a Value, Refusal> {
    let id = call.part(0);
    find(&call.contents.pipelines, "pipeline_id", id)
        .ok_or_else(|| Refusal::missing(&format!("The specified pipeline {id} was not found.")))
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    named(call).cloned()
}

fn list_updates(call: &Call<'_>) -> Result<Value, Refusal> {
    named(call)?;
    let mut all: Vec<&Value> = call.contents.updates.get(call.part(0)).into_iter().flatten().collect();
    if let Some(until) = call.query.get("until_update_id") {
        let from = all.iter().position(|it| it["update_id"] == until).unwrap_or_default();
        all.drain(..from);
    }
    let page = page(call, "updates", all, PAGE.of(call)?)?;
    let updates: Vec<Value> = page.items.iter().map(|it| shown(it)).collect();
    Ok(with_tokens(json!({"updates": updates}), &page))
}

/// An update as replies have it.
fn shown(update: &Value) -> Value {
    let mut it = update.clone();
    if let Some(members) = it.as_object_mut() {
        members.remove(ENDED);
    }
    it
}

fn get_update(call: &Call<'_>) -> Result<Value, Refusal> {
    named(call)?;
    let all = call.contents.updates.get(call.part(0)).map_or(&[][..], Vec::as_slice);
    let found = find(all, "update_id", call.part(1));
    let found = found.ok_or_else(|| Refusal::missing(&format!("The update {} was not found.", call.part(1))))?;
    Ok(json!({"update": shown(found)}))
}
