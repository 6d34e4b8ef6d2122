//! How runs stand, in the old words (`state`) and in the new ones (`status`), which do not always agree.

use serde_json::{Value, json};

use crate::export;
use crate::records::RunEnd;

/// What a run or a task ended as; none while it runs.
pub(super) fn states(end: Option<RunEnd>, many_tasks: Tasks, failed_task: Option<&str>) -> (Value, Value) {
    let Some(end) = end else {
        let state =
            json!({"life_cycle_state": "RUNNING", "state_message": "In run", "user_cancelled_or_timedout": false});
        return (state, json!({"state": "RUNNING"}));
    };
    let (_, code, kind) = export::words(end);
    let message = match (end, failed_task) {
        (RunEnd::Failed(_), Some(key)) => {
            format!("Task {key} failed with message: Workload failed, see run output for details.")
        }
        (RunEnd::Failed(_), None) => "Workload failed, see run output for details.".to_owned(),
        (RunEnd::TimedOut, _) => "Run timed out.".to_owned(),
        (RunEnd::Cancelled, _) => "Run cancelled.".to_owned(),
        (RunEnd::Skipped, _) => "Skipped: the job has as many runs as it may have.".to_owned(),
        (RunEnd::Succeeded, _) => String::new(),
    };
    let (life, result) = match end {
        RunEnd::Succeeded => ("TERMINATED", "SUCCESS"),
        // As recorded from the real service: `status` calls the same run terminated.
        RunEnd::Failed(_) if many_tasks == Tasks::Several => ("INTERNAL_ERROR", "FAILED"),
        RunEnd::Failed(_) => ("TERMINATED", "FAILED"),
        RunEnd::TimedOut => ("TERMINATED", "TIMEDOUT"),
        RunEnd::Cancelled => ("TERMINATED", "CANCELED"),
        RunEnd::Skipped => ("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED"),
    };
    let state = json!({
        "life_cycle_state": life,
        "result_state": result,
        "state_message": message,
        "user_cancelled_or_timedout": matches!(end, RunEnd::TimedOut | RunEnd::Cancelled),
    });
    let details = json!({"code": code, "type": kind, "message": message});
    (state, json!({"state": "TERMINATED", "termination_details": details}))
}

/// Whether a run has several tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tasks {
    One,
    Several,
}
