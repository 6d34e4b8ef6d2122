//! The best that could be done: one coordinate after the other, each candidate lived through.

use super::levers::{Coordinate, Plan, Step, weighed};
use super::{Change, Company, Outcome, Part};
use crate::FakeError;

/// So many histories per resource, not more.
const TRIALS: usize = 80;
/// A run may become so much longer.
const SLOWER: f64 = 1.10;
/// So many more of a hundred runs may fail, as a part of one.
const FAILURES: f64 = 0.01;
/// What an hour of waiting is worth in USD: people do something else meanwhile, but not as well.
const WAITING_USD_PER_HOUR: f64 = 20.0;

impl Company {
    /// The cheapest configuration found that does no harm: runs on average at most 10 % longer, at most one run in a
    /// hundred more fails, and waiting is worth what is saved by it.
    pub fn best(&self, id: &str) -> Result<(Vec<(String, Change)>, Outcome), FakeError> {
        let ids = self.group(id);
        Ok(Search::new(&self.part(&ids)?)?.run())
    }

    /// What an outcome of these resources costs, in USD per month. Waiting counts where somebody waits: data of a pipeline that
    /// is triggered is meant to wait for the trigger.
    pub fn value(&self, ids: &[String], outcome: &Outcome) -> Result<f64, FakeError> {
        Ok(self.part(ids)?.value(outcome))
    }
}

impl Part<'_> {
    fn value(&self, outcome: &Outcome) -> f64 {
        if self.world.pipelines.is_empty() { outcome.usd_with_waiting() } else { outcome.usd() }
    }
}

/// The changes of a plan, in the order in which they are made.
pub(super) fn changes(plan: &Plan) -> Vec<(String, Change)> {
    plan.iter().flat_map(|((id, _), list)| list.iter().map(|it| (id.clone(), it.clone()))).collect()
}

/// What comes of leaving what is kept ready: its own start, in minutes.
pub(super) const OWN_START: f64 = 6.0;

impl Outcome {
    /// What it costs, waiting included, in USD.
    #[must_use]
    pub fn usd_with_waiting(&self) -> f64 {
        self.usd() + self.queries_waited_hours * WAITING_USD_PER_HOUR
    }

    /// Whether something got worse that nobody may make worse: runs last more than a tenth longer, or one run in a hundred
    /// more fails.
    #[must_use]
    pub fn harms(&self, now: &Self) -> bool {
        harms(now, self, 0.0)
    }
}

/// The same; so many minutes per run are meant to be lost.
fn harms(now: &Outcome, then: &Outcome, meant: f64) -> bool {
    slower(now, then, meant) || fails_more(now.failure_rate(), then.failure_rate())
}

fn slower(now: &Outcome, then: &Outcome, meant: f64) -> bool {
    then.run_minutes_mean > now.run_minutes_mean * SLOWER + meant
}

fn fails_more(now: f64, then: f64) -> bool {
    then > now + FAILURES
}

impl Part<'_> {
    /// Whether one list of changes does harm against another. What fails more often in the one history is lived through several
    /// times before it counts.
    pub(super) fn harms(
        &self,
        now: &[(String, Change)],
        then: &[(String, Change)],
        meant: f64,
    ) -> Result<bool, FakeError> {
        let (before, after) = (self.outcome(now)?, self.outcome(then)?);
        if slower(&before, &after, meant) {
            return Ok(true);
        }
        Ok(fails_more(before.failure_rate(), after.failure_rate())
            && fails_more(self.failure_probability(now)?, self.failure_probability(then)?))
    }
}

/// A search that is under way.
pub(super) struct Search<'a> {
    part: &'a Part<'a>,
    plan: Plan,
    outcome: Outcome,
    value: f64,
    tried: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(part: &'a Part<'a>) -> Result<Self, FakeError> {
        let now = part.outcome(&[])?;
        let value = part.value(&now);
        Ok(Self { part, plan: Plan::new(), outcome: now, value, tried: 1 })
    }

    /// The best changes found, and what comes of them.
    pub(super) fn run(mut self) -> (Vec<(String, Change)>, Outcome) {
        for _ in 0..3 {
            let before = (self.tried, self.value);
            self.round();
            if self.value >= before.1 || self.tried == before.0 {
                break;
            }
        }
        (changes(&self.plan), self.outcome)
    }

    /// Tries a step on top of the plan and keeps it if it is better. One that cannot be made there is none.
    fn attempt(&mut self, step: Step) {
        let resources = (self.part.world.jobs.len() + self.part.world.streams.len()).max(1);
        let plan = step.on(&self.plan);
        if self.tried >= TRIALS * resources || plan == self.plan {
            return;
        }
        self.tried += 1;
        let Ok(outcome) = self.part.outcome(&changes(&plan)) else { return };
        let worth = self.part.value(&outcome);
        if worth < self.value * 0.995 && self.is_harmless(&plan) {
            (self.plan, self.outcome, self.value) = (plan, outcome, worth);
        }
    }

    /// A start of its own is no harm to what was kept ready, but is no leave for its other changes to make it slower.
    fn is_harmless(&self, plan: &Plan) -> bool {
        let harmless = |now: &[_], then: &[_], meant| self.part.harms(now, then, meant).is_ok_and(|it| !it);
        let starts = |at: &(String, Coordinate)| matches!(at.1, Coordinate::Plane | Coordinate::Readiness);
        let moved: Plan = plan.iter().filter(|it| starts(it.0)).map(|(at, list)| (at.clone(), list.clone())).collect();
        if moved.is_empty() {
            return harmless(&[], &changes(plan), 0.0);
        }
        let (started, all) = (changes(&moved), changes(plan));
        harmless(&[], &started, OWN_START) && harmless(&started, &all, 0.0)
    }

    fn round(&mut self) {
        for lever in weighed(&self.part.world) {
            for step in lever.steps(&self.plan) {
                self.attempt(step);
            }
        }
    }
}
