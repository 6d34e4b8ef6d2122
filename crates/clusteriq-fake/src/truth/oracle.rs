//! The best that could be done: one coordinate after the other, each candidate lived through.

use std::collections::BTreeMap;

use super::relatives::{other_sizes, successors};
use super::remedy::candidates;
use super::{Change, Company, Outcome, Part, Switch};
use crate::FakeError;
use crate::catalog::NodeType;
use crate::workload::{Engine, Size};
use crate::world::{Availability, Shape};

/// So many histories per resource, not more.
const TRIALS: usize = 80;
/// A run may become so much longer.
const SLOWER: f64 = 1.10;
/// So many more of a hundred runs may fail, as a part of one.
const FAILURES: f64 = 0.01;
/// What an hour of waiting is worth in USD: people do something else meanwhile, but not as well.
const WAITING_USD_PER_HOUR: f64 = 20.0;

/// Problems whose remedies are no matter of a cluster's configuration.
const OWN_REMEDIES: [&str; 8] = ["D26", "D27", "D37", "D40", "D45", "D46", "D48", "D55"];

/// What one change replaces another of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Coordinate {
    Plane,
    WorkerType,
    DriverType,
    Size,
    Photon,
    Purchase,
    Idle,
    Other,
}

/// Changes by target and coordinate: in this order they are made.
type Plan = BTreeMap<(String, Coordinate), Vec<Change>>;

/// Changes that can be made together, as one step.
struct Step {
    target: String,
    parts: Vec<(Coordinate, Vec<Change>)>,
}

impl Company {
    /// The cheapest configuration found that does no harm: runs on average at most 10 % longer, at most one run in a
    /// hundred more fails, and waiting is worth what is saved by it.
    pub fn best(&self, id: &str) -> Result<(Vec<(String, Change)>, Outcome), FakeError> {
        let ids = self.group(id);
        let part = self.part(&ids)?;
        let mut search = Search::new(&part)?;
        for _ in 0..3 {
            let before = search.tried;
            let kept = search.value;
            search.round()?;
            if search.value >= kept || search.tried == before {
                break;
            }
        }
        Ok((changes(&search.plan), search.outcome))
    }
}

/// The changes of a plan, in the order in which they are made.
fn changes(plan: &Plan) -> Vec<(String, Change)> {
    plan.iter().flat_map(|((id, _), list)| list.iter().map(|it| (id.clone(), it.clone()))).collect()
}

/// What comes of leaving a cluster that others keep warm: its own start, in minutes.
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
pub(super) fn harms(now: &Outcome, then: &Outcome, meant: f64) -> bool {
    then.run_minutes_mean > now.run_minutes_mean * SLOWER + meant || then.failure_rate() > now.failure_rate() + FAILURES
}

struct Search<'a> {
    part: &'a Part<'a>,
    now: Outcome,
    plan: Plan,
    outcome: Outcome,
    value: f64,
    tried: usize,
}

impl<'a> Search<'a> {
    fn new(part: &'a Part<'a>) -> Result<Self, FakeError> {
        let now = part.outcome(&[])?;
        Ok(Self { part, now, plan: Plan::new(), outcome: now, value: now.usd_with_waiting(), tried: 1 })
    }

    /// Tries a step on top of the plan and keeps it if it is better.
    fn attempt(&mut self, step: Step) -> Result<(), FakeError> {
        if self.tried >= TRIALS {
            return Ok(());
        }
        let mut plan = self.plan.clone();
        for (coordinate, list) in step.parts {
            plan.insert((step.target.clone(), coordinate), list);
        }
        if plan == self.plan {
            return Ok(());
        }
        self.tried += 1;
        let outcome = self.part.outcome(&changes(&plan))?;
        let worth = outcome.usd_with_waiting();
        let moves = plan.keys().any(|it| matches!(it.1, Coordinate::Plane | Coordinate::Other));
        let meant = if moves { OWN_START } else { 0.0 };
        if worth < self.value * 0.995 && !harms(&self.now, &outcome, meant) {
            (self.plan, self.outcome, self.value) = (plan, outcome, worth);
        }
        Ok(())
    }

    fn round(&mut self) -> Result<(), FakeError> {
        let world = &self.part.world;
        let own = world.jobs.iter().chain(&world.streams).map(|it| (it.card.id.clone(), it.shape.clone()));
        for (id, shape) in own.collect::<Vec<_>>() {
            self.cluster(&id, &shape)?;
        }
        for it in world.all_purpose.clone() {
            let id = it.id.to_string();
            for minutes in [10, 20, 30, 60] {
                self.attempt(one(&id, Coordinate::Idle, Change::Autotermination { minutes }))?;
            }
            for hosted in &it.hosted {
                let (least, most) = (it.shape.size.least(), it.shape.size.most());
                let mut sizes = vec![(most, most), (least, least), (1, 1), (0, 0)];
                sizes.dedup();
                for (min, max) in sizes {
                    let node_type = it.shape.worker.id.clone();
                    let change = Change::JobCluster { node_type, min, max };
                    self.attempt(one(&hosted.card.id, Coordinate::Plane, change))?;
                }
            }
            // How long people wait for a smaller cluster is not modelled: only what autoscaling never uses can go.
            if let Size::Autoscale { min, max } = it.shape.size {
                for least in (1..min).rev() {
                    self.attempt(one(&id, Coordinate::Size, Change::Workers { min: least, max }))?;
                }
            }
        }
        for it in world.warehouses.clone() {
            for minutes in [10, 15, 20, 30, 45, 60] {
                self.attempt(one(&it.id, Coordinate::Idle, Change::AutoStop { minutes }))?;
            }
        }
        // What is known to be wrong with it, by its own remedies.
        for it in world.planted.clone() {
            if !OWN_REMEDIES.contains(&it.problem.as_str()) {
                continue;
            }
            for list in candidates(&it.problem, &it.target_id, world) {
                for change in list {
                    self.attempt(one(&it.target_id, Coordinate::Other, change))?;
                }
            }
        }
        Ok(())
    }

    /// What the catalogue of detections would change about a job's cluster: how it is bought, Photon where it is on, the number of
    /// workers, a successor of the node type, a single node, a smaller driver.
    fn cluster(&mut self, id: &str, shape: &Shape) -> Result<(), FakeError> {
        if shape.availability == Availability::OnDemand {
            self.attempt(one(id, Coordinate::Purchase, Change::Spot { first_on_demand: 1 }))?;
        }
        if shape.engine == Engine::Photon {
            self.attempt(one(id, Coordinate::Photon, Change::Photon(Switch::Off)))?;
        }
        for (min, max) in sizes(shape.size) {
            self.attempt(one(id, Coordinate::Size, Change::Workers { min, max }))?;
        }
        for kind in successors(shape.worker) {
            self.attempt(types(id, kind, kind))?;
        }
        let worker = self.worker(id, shape);
        for kind in other_sizes(worker).into_iter().chain([worker]) {
            self.attempt(one(id, Coordinate::Size, Change::SingleNode(kind.id.clone())))?;
        }
        for kind in smaller(shape.driver) {
            self.attempt(one(id, Coordinate::DriverType, Change::DriverType(kind.id.clone())))?;
        }
        for (min, max) in near(self.size(id, shape)) {
            self.attempt(one(id, Coordinate::Size, Change::Workers { min, max }))?;
        }
        Ok(())
    }

    /// The workers' type as the plan has it.
    fn worker(&self, id: &str, shape: &Shape) -> &'static NodeType {
        let planned = self.plan.get(&(id.to_owned(), Coordinate::WorkerType)).and_then(|it| match it.first() {
            Some(Change::WorkerType(name)) => crate::catalog::catalog().node_types.get(name),
            _ => None,
        });
        planned.unwrap_or(shape.worker)
    }

    /// The size as the plan has it.
    fn size(&self, id: &str, shape: &Shape) -> Size {
        match self.plan.get(&(id.to_owned(), Coordinate::Size)).and_then(|it| it.first()) {
            Some(Change::Workers { min, max }) if min == max => Size::Fixed(*max),
            Some(Change::Workers { min, max }) => Size::Autoscale { min: *min, max: *max },
            Some(Change::SingleNode(_)) => Size::Fixed(0),
            _ => shape.size,
        }
    }
}

fn one(id: &str, coordinate: Coordinate, change: Change) -> Step {
    Step { target: id.to_owned(), parts: vec![(coordinate, vec![change])] }
}

fn types(id: &str, worker: &NodeType, driver: &NodeType) -> Step {
    Step {
        target: id.to_owned(),
        parts: vec![
            (Coordinate::WorkerType, vec![Change::WorkerType(worker.id.clone())]),
            (Coordinate::DriverType, vec![Change::DriverType(driver.id.clone())]),
        ],
    }
}

/// Drivers with fewer cores.
pub(super) fn smaller(kind: &'static NodeType) -> Vec<&'static NodeType> {
    let same = crate::catalog::catalog().node_types.values().filter(|it| it.cloud == kind.cloud && it.gpus == 0);
    let mut found: Vec<_> = same.filter(|it| it.family == kind.family && it.vcpus < kind.vcpus).collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.vcpus));
    found.truncate(3);
    found
}

/// Sizes over the whole range, fixed and automatic.
pub(super) fn sizes(size: Size) -> Vec<(u32, u32)> {
    let most = size.most();
    let mut fixed: Vec<u32> = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.25]
        .into_iter()
        .map(|it| (f64::from(most) * it).round().max(1.0) as u32)
        .collect();
    fixed.push(size.least().max(1));
    fixed.sort_unstable();
    fixed.dedup();
    let mut found: Vec<(u32, u32)> = fixed.into_iter().rev().map(|it| (it, it)).collect();
    let ranges = [(1, most), (2, most), (1, most.div_ceil(2)), (size.least().div_ceil(2), most)];
    found.extend(ranges.into_iter().filter(|(min, max)| *min > 0 && min < max));
    found
}

/// One worker less or more.
fn near(size: Size) -> Vec<(u32, u32)> {
    let (min, max) = (size.least(), size.most());
    match size {
        Size::Fixed(0) => vec![(1, 1)],
        Size::Fixed(_) => vec![(max - 1, max - 1), (max + 1, max + 1)],
        Size::Autoscale { .. } => vec![(min, max - 1), (min + 1, max)],
    }
    .into_iter()
    .filter(|(min, max)| *min > 0 && min <= max)
    .collect()
}
