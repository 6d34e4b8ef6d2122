//! `jobs/runs/list` as rows of the timelines of runs and of tasks: one row for a whole run, where the tables have one per hour.
//!
//! Members and words: <https://docs.databricks.com/api/workspace/jobs/listruns>. Words of the tables:
//! <https://docs.databricks.com/aws/en/admin/system-tables/jobs>. Both read 2026-11.

use std::borrow::Cow;

use super::{Cells, Object};

/// The run; none if it has not begun.
pub(super) fn run<'a>(it: &Object<'a>) -> Option<Cells<'a>> {
    let start = millis(it, "start_time")?;
    let mut cells = common(it, start, millis(it, "end_time").unwrap_or_else(|| latest(it)));
    let plain = ["job_id", "run_type", "run_name"];
    cells.extend(plain.into_iter().filter_map(|name| Some((name, it.text(name)?))));
    cells.extend(it.text("trigger").map(|it| ("trigger_type", trigger(it))));
    cells.extend(seconds(it, "queue_duration").map(|it| ("queue_duration_seconds", it)));
    Some(cells)
}

/// Its tasks that have begun or ended.
pub(super) fn tasks<'a>(run: &Object<'a>) -> Vec<Cells<'a>> {
    let latest = latest(run);
    let ids = [("job_id", "job_id"), ("job_run_id", "run_id")];
    let ids = ids.into_iter().filter_map(|(column, name)| Some((column, run.text(name)?)));
    let ids: Cells<'a> = ids.collect();
    let task = |it: Object<'a>| {
        let end = millis(&it, "end_time");
        let start = millis(&it, "start_time").or(end)?;
        let mut cells = common(&it, start, end.unwrap_or(latest));
        cells.extend(it.text("task_key").map(|it| ("task_key", it)));
        cells.extend(ids.iter().cloned());
        Some(cells)
    };
    run.objects("tasks").into_iter().filter_map(task).collect()
}

/// What a run and a task have in common.
fn common<'a>(it: &Object<'a>, start: i64, end: i64) -> Cells<'a> {
    let mut cells = vec![
        ("period_start_time", start.to_string().into()),
        ("period_end_time", end.max(start).to_string().into()),
        ("compute_ids", compute(it).into()),
    ];
    cells.extend(it.text("run_id").map(|it| ("run_id", it)));
    cells.extend(result(it).map(|it| ("result_state", it.into())));
    let details = it.object("status").and_then(|it| it.object("termination_details"));
    cells.extend(details.and_then(|it| it.text("code")).map(|it| ("termination_code", it)));
    cells.extend(seconds(it, "setup_duration").map(|it| ("setup_duration_seconds", it)));
    cells
}

/// A time; 0 is none.
fn millis(it: &Object<'_>, name: &str) -> Option<i64> {
    it.text(name)?.parse().ok().filter(|it| *it > 0)
}

/// The last time that a run tells of itself or a task: what goes on still goes on at that time. 0 if there is none.
fn latest(run: &Object<'_>) -> i64 {
    let of = |it: &Object<'_>| millis(it, "end_time").max(millis(it, "start_time"));
    let tasks = run.objects("tasks");
    tasks.iter().map(of).chain([of(run)]).max().flatten().unwrap_or_default()
}

/// A duration, once there is an end: before, it is told to be 0.
fn seconds(it: &Object<'_>, name: &str) -> Option<Cow<'static, str>> {
    millis(it, "end_time")?;
    let millis: i64 = it.text(name)?.parse().ok()?;
    Some((millis / 1_000).to_string().into())
}

/// The clusters and warehouses it ran on, as a JSON list.
fn compute(it: &Object<'_>) -> String {
    let cluster = it.object("cluster_instance").and_then(|it| it.text("cluster_id"));
    let warehouse = it.object("sql_task").and_then(|it| it.text("warehouse_id"));
    let ids: Vec<_> = cluster.into_iter().chain(warehouse).collect();
    serde_json::to_string(&ids).expect("texts are JSON")
}

fn trigger(word: Cow<'_, str>) -> Cow<'_, str> {
    match word.as_ref() {
        "PERIODIC" => "CRON".into(),
        "ONE_TIME" => "ONETIME".into(),
        "RETRY" => "ONETIME_RETRY".into(),
        "RUN_JOB_TASK" => "RUN_JOB".into(),
        "CONTINUOUS_RESTART" => "CONTINUOUS".into(),
        _ => word,
    }
}

/// How it ended, in the words of the tables: by the older `state`, which tells a run that timed out from one that was cancelled,
/// else by `status`. None while it goes on.
fn result(it: &Object<'_>) -> Option<String> {
    let state = it.object("state");
    let of_state = |name: &str| state.as_ref().and_then(|it| it.text(name));
    if let Some(word) = of_state("result_state") {
        return Some(match word.as_ref() {
            "SUCCESS" | "SUCCESS_WITH_FAILURES" => "SUCCEEDED".to_owned(),
            "TIMEDOUT" => "TIMED_OUT".to_owned(),
            "CANCELED" => "CANCELLED".to_owned(),
            "UPSTREAM_FAILED" | "UPSTREAM_CANCELED" => "BLOCKED".to_owned(),
            "MAXIMUM_CONCURRENT_RUNS_REACHED" | "EXCLUDED" | "DISABLED" => "SKIPPED".to_owned(),
            other => other.to_owned(),
        });
    }
    let code = it.object("status").and_then(|it| it.object("termination_details")).and_then(|it| it.text("code"));
    let word = match (of_state("life_cycle_state").as_deref(), code.as_deref()) {
        (Some("SKIPPED"), _) => "SKIPPED",
        (_, Some("SUCCESS" | "SUCCESS_WITH_FAILURES")) => "SUCCEEDED",
        (_, Some("USER_CANCELED" | "CANCELED")) => "CANCELLED",
        (_, Some("SKIPPED" | "MAX_CONCURRENT_RUNS_EXCEEDED" | "MAX_JOB_QUEUE_SIZE_EXCEEDED" | "DISABLED")) => "SKIPPED",
        (Some("INTERNAL_ERROR"), _) | (_, Some("INTERNAL_ERROR")) => "ERROR",
        (_, Some(_)) => "FAILED",
        (_, None) => return None,
    };
    Some(word.to_owned())
}
