//! Search across everything that has a page.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::call::Call;
use crate::http::list::Row;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};

/// Found things of a kind at most.
const MOST: usize = 8;

pub(crate) fn routes() -> Vec<Route> {
    vec![route::get(
        ("/api/search", "search", "Search"),
        "Recommendations, jobs, clusters, warehouses and owners whose names or ids contain all words",
        search,
    )]
}

/// What is looked for.
#[derive(Debug, serde::Deserialize, JsonSchema)]
struct Asked {
    /// Words.
    q: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Found")]
struct Found {
    items: Vec<FoundItem>,
}

/// A thing that was found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FoundItem")]
struct FoundItem {
    /// `recommendation`, `job`, `cluster`, `warehouse` or `owner`.
    kind: &'static str,
    id: String,
    /// Null: an owner.
    workspace_id: Option<String>,
    title: String,
    /// What tells it from others of the same name.
    detail: String,
}

fn search(call: &Call, asked: Asked) -> Result<Found, Refusal> {
    let snapshot = call.snapshot()?;
    let text = asked.q.unwrap_or_default().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Ok(Found { items: vec![] });
    }
    let mut items = vec![];
    items.extend(found(&snapshot.recommendations, &words, |it| FoundItem {
        kind: "recommendation",
        id: it.id.clone(),
        workspace_id: Some(it.target.workspace_id.clone()),
        title: it.title.clone(),
        detail: it.workspace.clone(),
    }));
    items.extend(found(&snapshot.jobs, &words, |it| FoundItem {
        kind: "job",
        id: it.target.id.clone(),
        workspace_id: Some(it.target.workspace_id.clone()),
        title: it.name.clone(),
        detail: it.workspace.clone(),
    }));
    items.extend(found(&snapshot.clusters, &words, |it| FoundItem {
        kind: "cluster",
        id: it.target.id.clone(),
        workspace_id: Some(it.target.workspace_id.clone()),
        title: it.name.clone(),
        detail: it.workspace.clone(),
    }));
    items.extend(found(&snapshot.warehouses, &words, |it| FoundItem {
        kind: "warehouse",
        id: it.target.id.clone(),
        workspace_id: Some(it.target.workspace_id.clone()),
        title: it.name.clone(),
        detail: it.workspace.clone(),
    }));
    let owners = snapshot.report.costs.owners.iter().filter_map(|it| it.0.as_ref().map(|name| (name, it.1)));
    let owners = owners.filter(|it| words.iter().all(|word| it.0.to_lowercase().contains(word))).take(MOST);
    items.extend(owners.map(|(name, usd)| FoundItem {
        kind: "owner",
        id: name.clone(),
        workspace_id: None,
        title: name.clone(),
        detail: format!("{usd} billed"),
    }));
    // What is called so comes before what only mentions it.
    let exact = |it: &FoundItem| it.title.to_lowercase() == text || it.id.to_lowercase() == text;
    items.sort_by_key(|it| !exact(it));
    Ok(Found { items })
}

fn found<R: Row>(rows: &[R], words: &[&str], item: impl Fn(&R) -> FoundItem) -> Vec<FoundItem> {
    let texts = |row: &R| -> Vec<Cow<'static, str>> { row.words().iter().map(|it| it.to_lowercase().into()).collect() };
    let fits = |row: &&R| {
        let texts = texts(row);
        words.iter().all(|word| texts.iter().any(|it| it.contains(word)))
    };
    rows.iter().filter(fits).take(MOST).map(item).collect()
}
