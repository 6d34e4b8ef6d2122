//! What would have happened on another configuration: the same work, the same people, the same failures, run again.
//!
//! This is how promised savings are judged: with the work that no table shows, not with an advisor's formula.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::market::{Ground, Watch};
use crate::prices::PriceBook;
use crate::time::{DAY, Day, Millis};
use crate::world::{World, kinds};
use crate::{AS_IT_WAS, DemoOptions, FakeError, Planted, actors, start};

mod alternatives;
mod change;
mod file;
mod levers;
mod oracle;
mod outcome;
mod relatives;
mod remedy;

pub use alternatives::{Alternatives, Tried};
pub use change::{Change, Switch};
pub use file::{changes_json, outcome_json, truth_json};
pub use outcome::Outcome;
pub use remedy::Remedy;

use outcome::Tally;

/// Days of a month, as everywhere in ClusterIQ.
const MONTH_DAYS: f64 = 30.4;

/// A company whose truth is known. It can live through its history again, differently.
pub struct Company {
    options: DemoOptions,
    start: Millis,
    world: World,
    prices: PriceBook,
}

impl Company {
    /// The company that [`crate::write_export`] writes with these options.
    pub fn new(options: &DemoOptions) -> Result<Self, FakeError> {
        let start = start(options)?;
        let world = World::new(options, start);
        let prices = PriceBook::new(options);
        Ok(Self { options: options.clone(), start, world, prices })
    }

    /// What was put into it on purpose.
    #[must_use]
    pub fn planted(&self) -> &[Planted] {
        &self.world.planted
    }

    /// What belongs together: an all-purpose cluster and the jobs on it, named by any of them. Others stand alone.
    #[must_use]
    pub fn group(&self, id: &str) -> Vec<String> {
        for it in &self.world.all_purpose {
            if &*it.id == id || it.hosted.iter().any(|hosted| hosted.card.id == id) {
                let jobs = it.hosted.iter().map(|hosted| hosted.card.id.clone());
                return std::iter::once(it.id.to_string()).chain(jobs).collect();
            }
        }
        kinds::group(&self.world, id).unwrap_or_else(|| vec![id.to_owned()])
    }

    /// Every resource, with what belongs to it: each stands in one of the groups.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<String>> {
        let world = &self.world;
        // Those that others belong to come first.
        let heads = world.all_purpose.iter().map(|it| it.id.to_string());
        let heads = heads.chain(world.pools.iter().map(|it| it.id.clone()));
        let heads = heads.chain(world.pipelines.iter().map(|it| it.id.clone()));
        let heads = heads.chain(world.jobs.iter().chain(&world.streams).map(|it| it.card.id.clone()));
        let heads = heads.chain(world.warehouses.iter().map(|it| it.id.clone()));
        let heads = heads.chain(world.serverless.iter().map(|it| it.card.id.clone()));
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut groups = Vec::new();
        for head in heads {
            if !seen.contains(&head) {
                let group = self.group(&head);
                seen.extend(group.iter().cloned());
                groups.push(group);
            }
        }
        groups
    }

    /// Runs these resources' whole history again with the changes made in order, each on the target it names. What belongs
    /// to them runs with them.
    pub fn outcome(&self, ids: &[String], changes: &[(String, Change)]) -> Result<Outcome, FakeError> {
        self.part(ids)?.outcome(changes)
    }

    /// Only these resources and what belongs to them: many trials need no more.
    fn part(&self, ids: &[String]) -> Result<Part<'_>, FakeError> {
        let mut all = BTreeSet::new();
        for id in ids {
            all.extend(self.group(id));
        }
        let mut world = self.world.clone();
        world.endpoints.clear();
        world.jobs.retain(|it| all.contains(&it.card.id));
        world.streams.retain(|it| all.contains(&it.card.id));
        world.all_purpose.retain(|it| all.contains(&*it.id));
        world.warehouses.retain(|it| all.contains(&it.id));
        kinds::retain(&mut world, &|it| all.contains(it));
        world.planted.retain(|it| all.contains(&it.target_id));
        let nobody = world.jobs.is_empty()
            && world.streams.is_empty()
            && world.all_purpose.is_empty()
            && world.warehouses.is_empty()
            && world.pools.is_empty()
            && world.pipelines.is_empty()
            && world.serverless.is_empty();
        if nobody {
            return Err(FakeError::NoSuchChange { id: ids.join(", "), change: "nothing".to_owned() });
        }
        Ok(Part { company: self, world, lived: RefCell::default(), failing: RefCell::default() })
    }

    /// The probability that a run of these resources fails under changes: the mean over several histories of the same work.
    pub fn failure_probability(&self, ids: &[String], changes: &[(String, Change)]) -> Result<f64, FakeError> {
        self.part(ids)?.failure_probability(changes)
    }

    fn ground(&self) -> Ground {
        Ground { seed: self.options.seed, physics: self.options.physics, watch: Watch::Nothing }
    }
}

/// A few resources of a company.
struct Part<'a> {
    company: &'a Company,
    world: World,
    /// Histories that were lived through already, by the changes in words.
    lived: RefCell<BTreeMap<String, Outcome>>,
    /// Probabilities of failure that were worked out already.
    failing: RefCell<BTreeMap<String, f64>>,
}

/// Histories that a probability of failure is the mean of, and runs that they should have together: a month has few runs of one
/// job, and one failure more is luck.
const HISTORIES: std::ops::Range<u32> = 8..40;
const ENOUGH_RUNS: f64 = 1_000.0;

impl Part<'_> {
    fn outcome(&self, changes: &[(String, Change)]) -> Result<Outcome, FakeError> {
        let key = format!("{changes:?}");
        if let Some(it) = self.lived.borrow().get(&key) {
            return Ok(*it);
        }
        let outcome = self.live(changes, AS_IT_WAS)?;
        self.lived.borrow_mut().insert(key, outcome);
        Ok(outcome)
    }

    fn failure_probability(&self, changes: &[(String, Change)]) -> Result<f64, FakeError> {
        let key = format!("{changes:?}");
        if let Some(it) = self.failing.borrow().get(&key) {
            return Ok(*it);
        }
        let (mut runs, mut failed) = (0.0, 0.0);
        let months = f64::from(self.company.options.days) / MONTH_DAYS;
        for luck in 0..HISTORIES.end {
            if luck >= HISTORIES.start && (runs == 0.0 || runs * months >= ENOUGH_RUNS) {
                break;
            }
            let outcome = if luck == AS_IT_WAS { self.outcome(changes)? } else { self.live(changes, luck)? };
            runs += outcome.runs;
            failed += outcome.failed;
        }
        let probability = if runs > 0.0 { failed / runs } else { 0.0 };
        self.failing.borrow_mut().insert(key, probability);
        Ok(probability)
    }

    fn live(&self, changes: &[(String, Change)], luck: u32) -> Result<Outcome, FakeError> {
        let company = self.company;
        let mut world = self.world.clone();
        for (id, change) in changes {
            if !change::apply(&mut world, id, change, company.options.seed) {
                return Err(FakeError::NoSuchChange { id: id.clone(), change: change.to_string() });
            }
        }
        let mut tally = Tally::new(company.ground(), &company.prices);
        for mut actor in actors(&company.options, &world, Watch::Nothing, luck) {
            for number in 0..i64::from(company.options.days) {
                let until = company.options.until.as_millisecond();
                tally.add(&actor.day(Day { number, start: company.start + number * DAY, until }));
            }
        }
        Ok(tally.per_month(MONTH_DAYS / f64::from(company.options.days)))
    }
}

/// [`Company::outcome`] for one question only.
pub fn outcome(options: &DemoOptions, ids: &[String], changes: &[(String, Change)]) -> Result<Outcome, FakeError> {
    Company::new(options)?.outcome(ids, changes)
}

/// [`Company::best`] for one question only.
pub fn best(options: &DemoOptions, id: &str) -> Result<(Vec<(String, Change)>, Outcome), FakeError> {
    Company::new(options)?.best(id)
}

#[cfg(test)]
mod tests;
