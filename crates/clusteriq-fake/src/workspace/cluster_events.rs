//! What happened to a cluster: <https://docs.databricks.com/api/workspace/clusters/events>. A `POST` that only
//! asks, since its question is long. Worked out from when each node came and went.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::History;
use super::call::Call;
use super::clusters::named;
use super::errors::Refusal;
use super::paging::{Limit, place, token};
use super::routes::{Route, UP_TO_2_1};
use crate::nodes::Role;
use crate::time::{MINUTE, Millis, SECOND};
use crate::world;

pub(super) const ROUTES: &[Route] =
    &[Route { method: "POST", path: "clusters/events", versions: UP_TO_2_1, answer: events }];

const OLD_PAGE: Limit = Limit { name: "limit", least: 0, most: 500, usual: 50 };
const PAGE: Limit = Limit { name: "page_size", least: 0, most: 500, usual: 50 };

/// A node's time in a cluster.
#[derive(Clone, Debug)]
pub(super) struct Life {
    instance_id: String,
    role: Role,
    up: Millis,
    ready: Millis,
    /// None while it runs.
    down: Option<Millis>,
    /// Whether the cloud took it back.
    lost: bool,
}

/// When the nodes of each cluster came and went, in order.
pub(super) fn lives(history: &History, workspace: &world::Workspace) -> BTreeMap<String, Vec<Life>> {
    let mut lives: BTreeMap<String, Vec<Life>> = BTreeMap::new();
    let here = history.lives.values().filter(|it| it.identity.workspace_id == workspace.id && it.up < history.until);
    for it in here {
        let life = Life {
            instance_id: it.identity.instance_id.clone(),
            role: it.identity.role,
            up: it.up,
            ready: it.ready,
            down: Some(it.down).filter(|it| *it <= history.until),
            lost: history.lost.contains(&it.identity.instance_id),
        };
        lives.entry(it.identity.cluster_id.to_string()).or_default().push(life);
    }
    for it in lives.values_mut() {
        it.sort_by_key(|it| (it.up, it.instance_id.clone()));
    }
    lives
}

/// Changes within so long are one event.
const TOGETHER: Millis = 5 * SECOND;

/// The events of a cluster, the oldest first.
fn happened(cluster: &Value, lives: &[Life], until: Millis) -> Vec<Value> {
    let id = &cluster["cluster_id"];
    let mut all = Vec::new();
    let mut add = |at: Millis, kind: &str, details: Value| {
        if at <= until {
            all.push(json!({"cluster_id": id, "timestamp": at, "type": kind, "details": details}));
        }
    };
    let drivers: Vec<&Life> = lives.iter().filter(|it| it.role == Role::Driver).collect();
    for (number, driver) in drivers.iter().enumerate() {
        let end = driver.down.unwrap_or(Millis::MAX);
        let workers: Vec<&Life> = lives
            .iter()
            .filter(|it| it.role == Role::Worker && it.ready < end && it.down.is_none_or(|down| down > driver.up))
            .collect();
        let size = size(cluster);
        let last = number + 1 == drivers.len();
        // A job's cluster is made for its run; others existed before.
        let made = number == 0 && cluster["cluster_source"] != "UI";
        let user = &cluster["creator_user_name"];
        // The cluster knows when it was asked for last.
        let asked = cluster["start_time"].as_i64().filter(|it| last && *it < driver.ready);
        let asked = asked.unwrap_or(driver.up - MINUTE);
        if made {
            let attributes = &cluster["spec"];
            add(asked, "CREATING", json!({"attributes": attributes, "cluster_size": size, "user": user}));
        } else {
            add(asked, "STARTING", json!({"cluster_size": size, "user": user}));
        }
        let mut now = workers.iter().filter(|it| it.ready <= driver.ready + TOGETHER).count();
        add(driver.ready, "RUNNING", json!({"current_num_workers": now, "target_num_workers": now}));
        add(driver.ready + SECOND, "DRIVER_HEALTHY", json!({}));
        for (at, change) in changes(&workers, driver.ready + TOGETHER, end) {
            match change {
                Step::Wanted(count) => {
                    let target = now + count;
                    let numbers =
                        json!({"current_num_workers": now, "target_num_workers": target, "cause": "AUTOSCALE"});
                    add(at, "RESIZING", numbers);
                }
                Step::Came(count) => {
                    now += count;
                    add(at, "UPSIZE_COMPLETED", json!({"current_num_workers": now, "target_num_workers": now}));
                }
                Step::Gone(count) => {
                    let target = now.saturating_sub(count);
                    let numbers =
                        json!({"current_num_workers": now, "target_num_workers": target, "cause": "AUTOSCALE"});
                    add(at, "RESIZING", numbers);
                    now = target;
                }
                Step::Lost(instance) => {
                    let before = now;
                    now = now.saturating_sub(1);
                    let reason = json!({"code": "SPOT_INSTANCE_TERMINATION", "type": "CLOUD_FAILURE"});
                    let numbers = json!({
                        "current_num_workers": now,
                        "target_num_workers": before,
                        "instance_id": instance,
                        "reason": reason,
                    });
                    add(at, "NODES_LOST", numbers);
                }
            }
        }
        if let Some(down) = driver.down {
            let ended = cluster["terminated_time"].as_i64().filter(|it| last && *it > driver.ready);
            add(ended.map_or(down, |it| it.min(down)), "TERMINATING", json!({"reason": reason(cluster, driver, last)}));
        }
    }
    all.sort_by_key(|it| it["timestamp"].as_i64());
    all
}

/// A change in the number of workers.
enum Step<'a> {
    /// So many more were asked for.
    Wanted(usize),
    Came(usize),
    Gone(usize),
    Lost(&'a str),
}

/// Changes between two instants, those of about the same time taken together.
fn changes<'a>(workers: &[&'a Life], from: Millis, end: Millis) -> Vec<(Millis, Step<'a>)> {
    let between = |it: &Millis| *it > from && *it < end;
    let mut steps: Vec<(Millis, Step<'a>)> = Vec::new();
    let came: Vec<Millis> = workers.iter().map(|it| it.ready).filter(between).collect();
    let wanted: Vec<Millis> = workers.iter().filter(|it| between(&it.ready)).map(|it| it.up.max(from + 1)).collect();
    let gone = workers.iter().filter(|it| !it.lost).filter_map(|it| it.down).filter(between).collect();
    steps.extend(together(wanted).into_iter().map(|(at, count)| (at, Step::Wanted(count))));
    steps.extend(together(came).into_iter().map(|(at, count)| (at, Step::Came(count))));
    steps.extend(together(gone).into_iter().map(|(at, count)| (at, Step::Gone(count))));
    let lost = workers.iter().filter(|it| it.lost).filter_map(|it| Some((it.down?, it.instance_id.as_str())));
    steps.extend(lost.filter(|(at, _)| between(at)).map(|(at, id)| (at, Step::Lost(id))));
    steps.sort_by_key(|it| it.0);
    steps
}

fn together(mut times: Vec<Millis>) -> Vec<(Millis, usize)> {
    times.sort_unstable();
    let mut groups: Vec<(Millis, usize)> = Vec::new();
    for at in times {
        match groups.last_mut() {
            Some((since, count)) if at - *since <= TOGETHER => *count += 1,
            Some(_) | None => groups.push((at, 1)),
        }
    }
    groups
}

fn size(cluster: &Value) -> Value {
    match cluster.get("autoscale") {
        Some(it) => json!({"autoscale": it}),
        None => json!({"num_workers": cluster["num_workers"]}),
    }
}

fn reason(cluster: &Value, driver: &Life, last: bool) -> Value {
    if driver.lost {
        return json!({"code": "SPOT_INSTANCE_TERMINATION", "type": "CLOUD_FAILURE", "parameters": {"instance_id": driver.instance_id}});
    }
    match (last, cluster.get("termination_reason")) {
        (true, Some(it)) => it.clone(),
        _ if cluster["cluster_source"] == "UI" => {
            let minutes = cluster["autotermination_minutes"].to_string();
            json!({"code": "INACTIVITY", "type": "SUCCESS", "parameters": {"inactivity_duration_min": minutes}})
        }
        _ => json!({"code": "JOB_FINISHED", "type": "SUCCESS"}),
    }
}

fn events(call: &Call<'_>) -> Result<Value, Refusal> {
    let body = &call.body;
    let id = body["cluster_id"].as_str().ok_or_else(|| Refusal::invalid("Missing required field: cluster_id"))?;
    let cluster = named(call, id)?;
    let newest_first = match body["order"].as_str() {
        None | Some("DESC") => true,
        Some("ASC") => false,
        Some(it) => return Err(Refusal::invalid(&format!("Unknown order: {it}"))),
    };
    let offset = body["offset"].as_u64().and_then(|it| usize::try_from(it).ok());
    let (from, to) = (body["start_time"].as_i64(), body["end_time"].as_i64());
    if newest_first && offset.is_some_and(|it| it > 0) && to.is_none() {
        return Err(Refusal::invalid("end_time is required with an offset when the order is DESC"));
    }
    let lives = call.contents.lives.get(id).map_or(&[][..], Vec::as_slice);
    let kinds: Option<Vec<&str>> =
        body["event_types"].as_array().map(|it| it.iter().filter_map(Value::as_str).collect());
    let mut all = happened(&cluster, lives, call.contents.until);
    all.retain(|it| {
        let at = it["timestamp"].as_i64();
        (from.is_none() || at >= from)
            && (to.is_none() || at <= to)
            && kinds.as_ref().is_none_or(|kinds| it["type"].as_str().is_some_and(|it| kinds.contains(&it)))
    });
    if newest_first {
        all.reverse();
    }
    let size = match (body["page_size"].as_i64(), body["limit"].as_i64()) {
        (Some(it), _) => PAGE.check(Some(it))?,
        (None, it) => OLD_PAGE.check(it)?,
    };
    let size = if size == 0 { 50 } else { size }.min(call.longest_page);
    let token_given = body["page_token"].as_str().filter(|it| !it.is_empty());
    let start = match token_given {
        Some(it) => place(LIST, it)?,
        None => offset.unwrap_or(0),
    };
    let total = all.len();
    let some: Vec<Value> = all.into_iter().skip(start).take(size).collect();
    let more = start + size < total;
    let mut reply = json!({"events": some, "total_count": if token_given.is_some() { 0 } else { total }});
    if more {
        reply["next_page_token"] = json!(token(LIST, start + size));
    }
    if start > 0 {
        reply["prev_page_token"] = json!(token(LIST, start.saturating_sub(size)));
    }
    // The SDKs send this whole object as their next question, and follow nothing else.
    if more && token_given.is_none() {
        let mut next = body.clone();
        next["offset"] = json!(start + size);
        next["limit"] = json!(size);
        next["order"] = json!(if newest_first { "DESC" } else { "ASC" });
        next["end_time"] = json!(to.unwrap_or(call.now));
        if let Some(members) = next.as_object_mut() {
            members.remove("page_size");
        }
        reply["next_page"] = next;
    }
    Ok(reply)
}

const LIST: &str = "cluster events";
