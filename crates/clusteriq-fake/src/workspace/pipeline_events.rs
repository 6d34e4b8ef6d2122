//! The event log of a pipeline: <https://docs.databricks.com/api/workspace/pipelines/listpipelineevents>.

use serde_json::{Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::instant::iso;
use super::paging::{Limit, page, place};
use super::pipelines::{ENDED, named};
use crate::random::Random;
use crate::time::{Millis, SECOND};

/// 250 is what is known to work.
const PAGE: Limit = Limit { name: "max_results", least: 1, most: 250, usual: 25 };

/// What else a question may hold; a page token stands for all of it.
const OTHERS: &[&str] = &["filter", "order_by"];

pub(super) fn events(call: &Call<'_>) -> Result<Value, Refusal> {
    let pipeline = named(call)?;
    let with_token = call.query.get("page_token").is_some();
    if with_token && OTHERS.iter().any(|it| call.query.get(it).is_some()) {
        return Err(Refusal::invalid("page_token can be combined with max_results only"));
    }
    let mut all: Vec<Value> = Vec::new();
    for update in call.contents.updates.get(call.part(0)).into_iter().flatten() {
        all.extend(of(call, pipeline, update));
    }
    all.sort_by_key(|it| std::cmp::Reverse(it["timestamp"].as_str().unwrap_or_default().to_owned()));
    // A token says which way round it was asked.
    let oldest_first = match call.query.get("page_token") {
        Some(it) => place(OLDEST, it).is_ok(),
        None => match call.query.get("order_by") {
            None | Some("timestamp desc") => false,
            Some("timestamp asc" | "timestamp") => true,
            Some(it) => return Err(Refusal::invalid(&format!("Unsupported order_by: {it}"))),
        },
    };
    if oldest_first {
        all.reverse();
    }
    if let Some(filter) = call.query.get("filter") {
        let levels = levels(filter).ok_or_else(|| Refusal::invalid(&format!("Unsupported filter: {filter}")))?;
        all.retain(|it| it["level"].as_str().is_some_and(|it| levels.contains(&it)));
    }
    let list = if oldest_first { OLDEST } else { NEWEST };
    let page = page(call, list, all, PAGE.of(call)?)?;
    Ok(json!({"events": page.items, "next_page_token": page.next}))
}

const NEWEST: &str = "events, newest first";
const OLDEST: &str = "events, oldest first";

/// The levels of `level in ('ERROR', 'WARN')` or `level='INFO'`: the filters that are understood here.
fn levels(filter: &str) -> Option<Vec<&str>> {
    let rest = filter.trim().strip_prefix("level")?.trim_start();
    let list = match rest.strip_prefix('=') {
        Some(it) => it,
        None => rest.strip_prefix("in")?.trim().strip_prefix('(')?.strip_suffix(')')?,
    };
    list.split(',').map(|it| it.trim().strip_prefix('\'')?.strip_suffix('\'')).collect()
}

/// What an update leaves in the log.
fn of(call: &Call<'_>, pipeline: &Value, update: &Value) -> Vec<Value> {
    let id = update["update_id"].as_str().unwrap_or_default();
    let start = update["creation_time"].as_i64().unwrap_or_default();
    let mut random = Random::named(0, id);
    let mut event = |at: Millis, kind: &str, message: String| {
        json!({
            "id": random.uuid(),
            "event_type": kind,
            "level": "INFO",
            "timestamp": iso(at),
            "message": message,
            "maturity_level": "STABLE",
            "origin": {
                "cloud": call.contents.cloud.word(),
                "org_id": call.contents.id.parse::<i64>().ok(),
                "pipeline_id": pipeline["pipeline_id"],
                "pipeline_name": pipeline["name"],
                "update_id": id,
                "cluster_id": update["cluster_id"],
            },
        })
    };
    let short = id.get(..6).unwrap_or(id);
    let cause = update["cause"].as_str().unwrap_or_default();
    let mut all = vec![
        event(start, "create_update", format!("Update {short} started by {cause}.")),
        event(start + SECOND, "update_progress", format!("Update {short} is WAITING_FOR_RESOURCES.")),
    ];
    if let Some(end) = update[ENDED].as_i64() {
        let state = update["state"].as_str().unwrap_or_default();
        all.push(event(end, "update_progress", format!("Update {short} is {state}.")));
    }
    all
}
