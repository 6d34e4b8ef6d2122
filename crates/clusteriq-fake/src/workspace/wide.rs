//! A job with more tasks than one page of an object holds, which the company has none of.

use serde_json::{Value, json};

use super::contents::Contents;
use super::runs::Run;
use crate::time::{MINUTE, SECOND};

/// Beyond 2^53: whoever reads it as a double loses the last digit.
const FIRST_ID: i64 = 9_007_199_254_740_993;

/// The ids of the job and of its run.
pub(super) fn add(contents: &mut Contents, tasks: usize) -> (i64, i64) {
    let wide = contents.jobs.iter().filter(|it| it["job_id"].as_i64().is_some_and(|it| it >= FIRST_ID)).count();
    let job_id = FIRST_ID + 10_000_000 * i64::try_from(wide).unwrap_or_default();
    let run_id = job_id + 2;
    let end = contents.until - MINUTE;
    let start = end - 10 * MINUTE;
    let key = |it: usize| format!("table_{it:04}");
    let cluster = json!({"spark_version": "16.4.x-scala2.12", "num_workers": 1});
    let clusters: Vec<Value> =
        (0..tasks).map(|it| json!({"job_cluster_key": format!("cluster_{it:04}"), "new_cluster": cluster})).collect();
    let of = |it: usize| {
        json!({
            "task_key": key(it),
            "job_cluster_key": format!("cluster_{it:04}"),
            "run_if": "ALL_SUCCESS",
            "timeout_seconds": 0,
            "notebook_task": {"notebook_path": format!("/Repos/platform/wide/{}", key(it)), "source": "WORKSPACE"},
        })
    };
    let settings = json!({
        "name": format!("platform_load_{tasks}_tables_{wide}"),
        "format": "MULTI_TASK",
        "max_concurrent_runs": 1,
        "timeout_seconds": 0,
        "email_notifications": {},
        "webhook_notifications": {},
        "tasks": (0..tasks).map(of).collect::<Vec<_>>(),
        "job_clusters": clusters,
    });
    let state =
        json!({"life_cycle_state": "TERMINATED", "result_state": "SUCCESS", "user_cancelled_or_timedout": false});
    let details = json!({"code": "SUCCESS", "type": "SUCCESS", "message": ""});
    let status = json!({"state": "TERMINATED", "termination_details": details});
    let ran = |it: usize| {
        let mut task = of(it);
        task["run_id"] = json!(run_id + 1 + i64::try_from(it).unwrap_or_default());
        task["attempt_number"] = json!(0);
        task["state"] = state.clone();
        task["status"] = status.clone();
        task["start_time"] = json!(start);
        task["end_time"] = json!(end);
        task["setup_duration"] = json!(MINUTE);
        task["execution_duration"] = json!(9 * MINUTE);
        task["cleanup_duration"] = json!(SECOND);
        task
    };
    let user = contents.user.clone();
    let run = json!({
        "job_id": job_id,
        "run_id": run_id,
        "number_in_job": run_id,
        "original_attempt_run_id": run_id,
        "run_name": settings["name"],
        "creator_user_name": user,
        "format": "MULTI_TASK",
        "run_type": "JOB_RUN",
        "trigger": "ONE_TIME",
        "start_time": start,
        "end_time": end,
        "setup_duration": 0,
        "execution_duration": 0,
        "cleanup_duration": 0,
        "run_duration": 10 * MINUTE,
        "queue_duration": 0,
        "state": state,
        "status": status,
        "job_clusters": settings["job_clusters"],
        "tasks": (0..tasks).map(ran).collect::<Vec<_>>(),
    });
    let job = json!({
        "job_id": job_id,
        "creator_user_name": user,
        "run_as_user_name": user,
        "created_time": start - MINUTE,
        "settings": settings,
    });
    contents.jobs.insert(0, job);
    let place = contents.runs.partition_point(|it| it.start > start);
    contents.runs.insert(place, Run::of(&run));
    (job_id, run_id)
}
