//! Runs of jobs: <https://docs.databricks.com/api/workspace/jobs/listruns>.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Call, Version};
use super::contents::tidy;
use super::errors::Refusal;
use super::paging::{Limit, page, with_tokens};
use super::routes::{Route, UP_TO_2_2};
use super::run_states::{Tasks, states};
use super::stored::Stored;
use super::{History, arrays};
use crate::records::{Durations, RunEnd, RunSlice, Trigger};
use crate::time::{DAY, Millis, SECOND};
use crate::world::{self, Origin};

pub(super) const ROUTES: &[Route] =
    &[Route::get("jobs/runs/list", UP_TO_2_2, list), Route::get("jobs/runs/get", UP_TO_2_2, get)];

/// The text says less than 25, 25 works, and 26 was once accepted; 0 means as many as there may be.
const PAGE: Limit = Limit { name: "limit", least: 0, most: 26, usual: 20 };
const LONGEST: usize = 25;

/// Runs are forgotten after so long: databricks-sdk 0.162.0 on `jobs.get_run_output` (read 2026-11-24), as in
/// <https://docs.databricks.com/api/workspace/jobs/getrunoutput>.
const KEPT_FOR_DAYS: i64 = 60;

const ARRAYS: &[&str] = &["tasks", "job_clusters", "job_parameters", "repair_history"];

/// A run, with what lists choose by.
pub(super) struct Run {
    run_id: i64,
    job_id: i64,
    pub(super) start: Millis,
    done: bool,
    kind: Box<str>,
    whole: Stored,
}

impl Run {
    /// From the object that is shown.
    pub(super) fn of(whole: &Value) -> Self {
        let number = |key: &str| whole[key].as_i64().unwrap_or_default();
        Self {
            run_id: number("run_id"),
            job_id: number("job_id"),
            start: number("start_time"),
            done: number("end_time") != 0,
            kind: whole["run_type"].as_str().unwrap_or_default().into(),
            whole: Stored::new(whole),
        }
    }
}

/// Slices of one run, or of one try of a task, as a whole.
struct Whole<'a> {
    first: &'a RunSlice,
    start: Millis,
    end: Millis,
    /// Each try's begin, end and result: more than one if it was repaired.
    tries: Vec<(Millis, Millis, RunEnd)>,
    last: Option<(RunEnd, Durations)>,
}

fn whole<'a>(slices: &[&'a RunSlice]) -> Option<Whole<'a>> {
    let first = *slices.first()?;
    let mut it = Whole { first, start: first.start, end: first.end, tries: Vec::new(), last: None };
    let mut from = first.start;
    for (number, slice) in slices.iter().enumerate() {
        it.end = it.end.max(slice.end);
        it.last = slice.result;
        if let Some((end, _)) = slice.result {
            it.tries.push((from, slice.end, end));
            from = slices.get(number + 1).map_or(slice.end, |it| it.start);
        }
    }
    Some(it)
}

pub(super) fn gather(history: &History, workspace: &world::Workspace, jobs: &[Value]) -> Vec<Run> {
    let jobs: BTreeMap<i64, &Value> = jobs.iter().filter_map(|it| Some((it["job_id"].as_i64()?, it))).collect();
    let mut runs: BTreeMap<&str, Vec<&RunSlice>> = BTreeMap::new();
    let mut tasks: BTreeMap<&str, BTreeMap<&str, Vec<&RunSlice>>> = BTreeMap::new();
    let here = |it: &&RunSlice| it.card.workspace.id == workspace.id;
    for it in history.job_runs.iter().filter(here) {
        runs.entry(&it.run_id).or_default().push(it);
    }
    for it in history.task_runs.iter().filter(here) {
        if let Some((_, id)) = &it.task {
            tasks.entry(&it.run_id).or_default().entry(id).or_default().push(it);
        }
    }
    let forgotten = history.until - KEPT_FOR_DAYS * DAY;
    let none = BTreeMap::new();
    let mut done: Vec<Run> = runs
        .iter()
        .filter_map(|(id, slices)| {
            let it = whole(slices).filter(|it| it.start >= forgotten)?;
            let job = jobs.get(&number(&it.first.job_id)).copied();
            let tasks: Vec<Whole<'_>> = tasks.get(id).unwrap_or(&none).values().filter_map(|it| whole(it)).collect();
            Some(Run::of(&tidy(run(workspace, &it, tasks, job))))
        })
        .collect();
    done.sort_by_key(|it| (-it.start, it.run_id));
    done
}

fn number(id: &str) -> i64 {
    id.parse().unwrap_or_default()
}

fn run(workspace: &world::Workspace, it: &Whole<'_>, mut tasks: Vec<Whole<'_>>, job: Option<&Value>) -> Value {
    let (job_id, run_id) = (number(&it.first.job_id), number(&it.first.run_id));
    tasks.sort_by_key(|it| (it.start, it.first.task.clone()));
    let many = if it.first.card.tasks.len() > 1 { Tasks::Several } else { Tasks::One };
    let failed = tasks.iter().rev().find(|it| matches!(it.last, Some((RunEnd::Failed(_), _))));
    let failed = failed.and_then(|it| it.first.task.as_ref()).map(|it| it.0).filter(|_| many == Tasks::Several);
    let end = it.last.map(|it| it.0);
    let (state, status) = states(end, many, failed);
    let card = &it.first.card;
    let url = format!("{}/?o={}#job/{job_id}/run/{run_id}", workspace.url, workspace.id);
    let mut run = json!({
        "job_id": job_id,
        "run_id": run_id,
        "number_in_job": run_id,
        "original_attempt_run_id": run_id,
        "run_name": card.name,
        "run_page_url": url,
        "creator_user_name": card.creator,
        "format": "MULTI_TASK",
        "run_type": match card.origin {
            Origin::Job => "JOB_RUN",
            Origin::Submit => "SUBMIT_RUN",
        },
        "trigger": match it.first.trigger {
            Trigger::Cron => "PERIODIC",
            Trigger::Continuous => "CONTINUOUS",
            Trigger::FileArrival => "FILE_ARRIVAL",
            Trigger::OneTime => "ONE_TIME",
        },
        "state": state,
        "status": status,
        "repair_history": repairs(it, &tasks),
        "job_clusters": job.map(|it| it["settings"]["job_clusters"].clone()),
        "schedule": job.map(|it| it["settings"]["schedule"].clone()),
    });
    // A run of several tasks has only a total.
    let shown = match many {
        Tasks::One => it.last.map(|it| it.1),
        Tasks::Several => None,
    };
    times(&mut run, it, shown);
    run["run_duration"] = json!(it.last.map(|_| it.end - it.start));
    run["queue_duration"] = json!(it.last.map(|_| 0));
    if let (Tasks::One, Some(cluster)) = (many, it.first.cluster_id.as_deref()) {
        run["cluster_instance"] = instance(cluster);
    }
    let mut tries: BTreeMap<&str, i64> = BTreeMap::new();
    let task = |it: &Whole<'_>| {
        let (key, id) = it.first.task.as_ref()?;
        let attempt = tries.entry(key).or_insert(-1);
        *attempt += 1;
        Some(task_run(it, key, number(id), *attempt, job))
    };
    run["tasks"] = tasks.iter().filter_map(task).collect();
    run
}

fn times(run: &mut Value, it: &Whole<'_>, durations: Option<Durations>) {
    let millis = |of: fn(&Durations) -> i64| durations.as_ref().map_or(0, |it| of(it) * SECOND);
    run["start_time"] = json!(it.start);
    // 0 while it runs.
    run["end_time"] = json!(if it.last.is_some() { it.end } else { 0 });
    run["setup_duration"] = json!(millis(|it| it.setup));
    run["execution_duration"] = json!(millis(|it| it.execution));
    run["cleanup_duration"] = json!(millis(|it| it.cleanup));
}

fn instance(cluster: &str) -> Value {
    // A text, although it is a number.
    let context = crate::random::Random::named(0, cluster).digits(18);
    json!({"cluster_id": cluster, "spark_context_id": context})
}

fn task_run(it: &Whole<'_>, key: &str, id: i64, attempt: i64, job: Option<&Value>) -> Value {
    let settings = job.and_then(|it| it["settings"]["tasks"].as_array()?.iter().find(|it| it["task_key"] == key));
    let mut task = settings.cloned().unwrap_or_else(|| json!({"task_key": key}));
    let (state, status) = states(it.last.map(|it| it.0), Tasks::One, None);
    task["run_id"] = json!(id);
    task["attempt_number"] = json!(attempt);
    task["state"] = state;
    task["status"] = status;
    times(&mut task, it, it.last.map(|it| it.1));
    if let Some(cluster) = it.first.cluster_id.as_deref() {
        task["cluster_instance"] = instance(cluster);
    }
    task
}

fn repairs(it: &Whole<'_>, tasks: &[Whole<'_>]) -> Option<Value> {
    let history = it.tries.iter().enumerate().map(|(place, (start, end, result))| {
        let inside = tasks.iter().filter(|it| it.start >= *start && it.start < *end);
        let ids: Vec<i64> = inside.filter_map(|it| Some(number(&it.first.task.as_ref()?.1))).collect();
        json!({
            "type": if place == 0 { "ORIGINAL" } else { "REPAIR" },
            "id": (place > 0).then_some(number(&it.first.run_id) + place as i64),
            "start_time": start,
            "end_time": end,
            "state": states(Some(*result), Tasks::Several, None).0,
            "task_run_ids": ids,
        })
    });
    (it.tries.len() > 1).then(|| history.collect())
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let query = &call.query;
    let (active, completed) =
        (query.flag("active_only")?.unwrap_or(false), query.flag("completed_only")?.unwrap_or(false));
    if active && completed {
        return Err(Refusal::invalid("active_only and completed_only cannot both be true"));
    }
    let expand = query.flag("expand_tasks")?.unwrap_or(false);
    let (job, from, to) = (query.whole("job_id")?, query.whole("start_time_from")?, query.whole("start_time_to")?);
    let kind = query.get("run_type");
    let wanted = |it: &&Run| {
        job.is_none_or(|job| it.job_id == job)
            && from.is_none_or(|from| it.start >= from)
            && to.is_none_or(|to| it.start <= to)
            && kind.is_none_or(|kind| &*it.kind == kind)
            && !(active && it.done)
            && (!completed || it.done)
    };
    let size = match PAGE.of(call)? {
        0 => LONGEST,
        it => it.min(LONGEST),
    };
    let page = page(call, "runs", call.contents.runs.iter().filter(wanted), size)?;
    let runs: Vec<Value> = page.items.iter().map(|it| item(it, expand, call.version)).collect();
    Ok(with_tokens(json!({"runs": runs, "has_more": page.next.is_some()}), &page))
}

/// A run as lists show it.
fn item(run: &Run, expand: bool, version: Version) -> Value {
    let mut it = run.whole.value();
    if let Some(members) = it.as_object_mut() {
        members.retain(|key, _| key != "repair_history" && (expand || (key != "tasks" && key != "job_clusters")));
    }
    match version {
        Version::V2_2 if expand => arrays::shortened(it, None, ARRAYS),
        Version::V2_0 | Version::V2_1 | Version::V2_2 => it,
    }
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    call.query.required("run_id")?;
    let id = call.query.whole("run_id")?;
    let history = call.query.flag("include_history")?.unwrap_or(false);
    let found = call.contents.runs.iter().find(|it| Some(it.run_id) == id).map(|it| it.whole.value());
    let mut run =
        found.ok_or_else(|| Refusal::missing_as_invalid(&format!("Run {} does not exist.", id.unwrap_or_default())))?;
    if let (false, Some(members)) = (history, run.as_object_mut()) {
        members.remove("repair_history");
    }
    match call.version {
        Version::V2_0 | Version::V2_1 => Ok(run),
        Version::V2_2 => arrays::part(run, None, ARRAYS, call.query.get("page_token")),
    }
}
