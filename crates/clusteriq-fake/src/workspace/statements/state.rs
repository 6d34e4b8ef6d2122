//! What becomes of a statement.

use std::sync::Arc;

use serde_json::{Value, json};

use super::RESULTS_ARE_KEPT;
use super::request::Request;
use super::result::{Failure, Outcome};
use crate::time::Millis;
use crate::workspace::call::Principal;

/// A statement and what came of it.
pub(super) struct Statement {
    request: Arc<Request>,
    /// Who may ask for it.
    pub(super) principal: Principal,
    pub(super) submitted: Millis,
    pub(super) phase: Phase,
    /// Whether the last file of its result was fetched.
    pub(super) was_read: bool,
}

pub(super) enum Phase {
    /// How often it is PENDING and then RUNNING when it is asked for, before it is its turn.
    Waiting {
        pending: u32,
        running: u32,
    },
    /// Some request computes it.
    Computing,
    Succeeded {
        outcome: Arc<Outcome>,
        at: Millis,
    },
    Failed(Failure),
    Canceled,
    /// It succeeded, and the result is gone.
    Closed {
        manifest: Value,
    },
}

/// What a question for a statement leads to.
pub(super) enum Step {
    Wait(&'static str),
    Compute(Arc<Request>),
    Done,
}

impl Statement {
    pub(super) fn new(request: Request, principal: Principal, submitted: Millis, phase: Phase) -> Self {
        Self { request: request.into(), principal, submitted, phase, was_read: false }
    }

    pub(super) fn step(&mut self) -> Step {
        match &mut self.phase {
            Phase::Waiting { pending: 0, running: 0 } => {
                self.phase = Phase::Computing;
                Step::Compute(self.request.clone())
            }
            Phase::Waiting { pending: 0, running } => {
                *running -= 1;
                Step::Wait("RUNNING")
            }
            Phase::Waiting { pending, .. } => {
                *pending -= 1;
                Step::Wait("PENDING")
            }
            Phase::Computing => Step::Wait("RUNNING"),
            Phase::Succeeded { .. } | Phase::Failed(_) | Phase::Canceled | Phase::Closed { .. } => Step::Done,
        }
    }

    /// A result that is an hour old is gone.
    pub(super) fn age(&mut self, now: Millis) {
        if let Phase::Succeeded { at, .. } = &self.phase
            && now >= at + RESULTS_ARE_KEPT
        {
            self.close();
        }
    }

    /// Drops its result.
    pub(super) fn close(&mut self) {
        if let Phase::Succeeded { outcome, .. } = &self.phase {
            self.phase = Phase::Closed { manifest: outcome.manifest.clone() };
        }
    }

    /// Unless it is over.
    pub(super) fn cancel(&mut self) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Computing) {
            self.phase = Phase::Canceled;
        }
    }
}

impl Phase {
    pub(super) fn status(&self) -> Value {
        match self {
            Self::Waiting { .. } => json!({"state": "PENDING"}),
            Self::Computing => json!({"state": "RUNNING"}),
            Self::Succeeded { .. } => json!({"state": "SUCCEEDED"}),
            Self::Canceled => json!({"state": "CANCELED"}),
            Self::Closed { .. } => json!({"state": "CLOSED"}),
            Self::Failed(it) => json!({
                "state": "FAILED",
                "sql_state": it.sqlstate,
                "error": {"error_code": "BAD_REQUEST", "message": it.message},
            }),
        }
    }
}

pub(super) fn waiting(id: &str, state: &str) -> Value {
    json!({"statement_id": id, "status": {"state": state}})
}
