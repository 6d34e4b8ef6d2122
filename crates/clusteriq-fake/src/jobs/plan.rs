//! What is to become of a run before it begins: errors, tries, waits without end, and what people do about it.

use crate::records::{RunEnd, Trigger};
use crate::workload::Stage;
use crate::world::Cause;

/// What a person does about a failed run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Repairs it, now and then.
    Repair,
    /// Starts another run by hand, always: the work must be done.
    RunAgain,
    Nothing,
}

/// What becomes of a run, as far as it is not the cluster's doing.
pub(super) struct Plan {
    pub(super) result: RunEnd,
    /// How many tries fail before the last one, and why.
    pub(super) failed_tries: i64,
    pub(super) first_cause: Cause,
    /// Part of the work that is done before the error comes; 1: anywhere in between.
    pub(super) stops_after: f64,
    /// Hours for which the driver waits at the end.
    pub(super) hangs: f64,
    /// How many times as much there is to do.
    pub(super) factor: f64,
    /// What a person does about it if the run fails.
    pub(super) after: After,
    pub(super) trigger: Trigger,
}

impl Plan {
    pub(super) fn usual() -> Self {
        Self {
            result: RunEnd::Succeeded,
            failed_tries: 0,
            first_cause: Cause::Code,
            stops_after: 1.0,
            hangs: 0.0,
            factor: 1.0,
            after: After::Repair,
            trigger: Trigger::Cron,
        }
    }

    /// How many of the stages a failing try does.
    pub(super) fn tried(&self, stages: usize) -> usize {
        let part = if self.stops_after < 1.0 { self.stops_after } else { 0.6 };
        ((stages as f64 * part).round() as usize).clamp(1, stages.max(1))
    }

    /// What there is to do in all tries.
    pub(super) fn stages(&self, usual: Vec<Stage>) -> Vec<Stage> {
        let mut usual = usual;
        for it in &mut usual {
            it.driver_seconds *= self.factor.sqrt();
            it.task_seconds *= self.factor;
        }
        let tried = &usual[..self.tried(usual.len())];
        let mut all = Vec::new();
        for _ in 0..self.failed_tries {
            all.extend_from_slice(tried);
        }
        if self.stops_after < 1.0 {
            all.extend_from_slice(tried);
        } else {
            all.extend_from_slice(&usual);
        }
        if let (true, Some(last)) = (self.hangs > 0.0, usual.last()) {
            all.push(Stage { driver_seconds: self.hangs * 3600.0, driver_cores: 0.05, tasks: 0, ..last.clone() });
        }
        all
    }
}
