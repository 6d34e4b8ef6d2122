//! Jobs: <https://docs.databricks.com/api/workspace/jobs>.

use serde_json::{Value, json};

use super::call::{Call, Version};
use super::contents::tidy;
use super::errors::Refusal;
use super::paging::{Limit, page, with_tokens};
use super::routes::{Route, UP_TO_2_2};
use super::{History, arrays};
use crate::{export, world};

pub(super) const ROUTES: &[Route] = &[Route::get("jobs/list", UP_TO_2_2, list), Route::get("jobs/get", UP_TO_2_2, get)];

const PAGE: Limit = Limit { name: "limit", least: 1, most: 100, usual: 20 };

/// Arrays of the settings that version 2.2 pages.
const ARRAYS: &[&str] = &["tasks", "job_clusters", "environments", "parameters"];

/// The newest first.
pub(super) fn gather(history: &History, workspace: &world::Workspace) -> Vec<Value> {
    let mut jobs: Vec<Value> = export::jobs(&history.world, workspace).into_iter().map(tidy).collect();
    jobs.sort_by_key(|it| (it["created_time"].as_i64().map(|it| -it), it["job_id"].as_i64()));
    jobs
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let expand = call.query.flag("expand_tasks")?.unwrap_or(false);
    let name = call.query.get("name").map(str::to_lowercase);
    let named = |it: &&Value| {
        let own = it["settings"]["name"].as_str().unwrap_or_default();
        // The whole name, in whatever case.
        name.as_deref().is_none_or(|it| own.to_lowercase() == it)
    };
    let all: Vec<&Value> = call.contents.jobs.iter().filter(named).collect();
    let page = page(call, "jobs", all, PAGE.of(call)?)?;
    let jobs: Vec<Value> = page.items.iter().map(|it| item(it, expand, call.version)).collect();
    Ok(with_tokens(json!({"jobs": jobs, "has_more": page.next.is_some()}), &page))
}

/// A job as lists show it.
fn item(job: &Value, expand: bool, version: Version) -> Value {
    let mut it = export::listed(job.clone());
    if !expand {
        if let Some(settings) = it["settings"].as_object_mut() {
            settings.retain(|key, _| key != "tasks" && key != "job_clusters");
        }
        return it;
    }
    match version {
        Version::V2_0 | Version::V2_1 => it,
        Version::V2_2 => arrays::shortened(it, Some("settings"), ARRAYS),
    }
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    call.query.required("job_id")?;
    let id = call.query.whole("job_id")?;
    let found = call.contents.jobs.iter().find(|it| it["job_id"].as_i64() == id).cloned();
    let job =
        found.ok_or_else(|| Refusal::missing_as_invalid(&format!("Job {} does not exist.", id.unwrap_or_default())))?;
    match call.version {
        Version::V2_0 | Version::V2_1 => Ok(job),
        Version::V2_2 => arrays::part(job, Some("settings"), ARRAYS, call.query.get("page_token")),
    }
}
