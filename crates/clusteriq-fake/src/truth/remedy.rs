//! What each planted problem's textbook remedy is really worth.

use super::levers::{sizes, smaller};
use super::oracle::OWN_START;
use super::relatives::{other_sizes, relatives, successors};
use super::{Change, Company, Outcome, Part, Switch};
use crate::catalog::{Arch, NodeType};
use crate::workload::Size;
use crate::world::{Shape, WarehouseKind, World, kinds};
use crate::{FakeError, Planted};

/// Below this a planted problem is none, in USD per month.
const LEAST_USD: f64 = 5.0;

/// What the most workers all the time cost, against now, at which autoscaling counts as stuck there.
const PINNED: f64 = 1.25;

/// A remedy and what comes of it.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// What is changed; empty if nothing of the kind helps.
    pub changes: Vec<(String, Change)>,
    /// As it is.
    pub now: Outcome,
    /// As it would be.
    pub then: Outcome,
    /// Saved per month, in USD.
    pub worth_usd: f64,
    /// Whether there really was a problem: it saves five dollars a month, or runs that fail. Autoscaling must truly be stuck.
    pub verified: bool,
}

impl Company {
    /// The remedy of a planted problem. None if the plant is no problem, or one that no change of a configuration mends.
    pub fn remedy(&self, planted: &Planted) -> Result<Option<Remedy>, FakeError> {
        let id = planted.target_id.as_str();
        let problem = planted.problem.as_str();
        if !problem.starts_with('D') || problem == "D60" {
            return Ok(None);
        }
        let ids = self.group(id);
        let Ok(mut part) = self.part(&ids) else { return Ok(None) };
        let candidates = if problem == "D04" {
            let Some((together, found)) = self.overlapping(id) else { return Ok(None) };
            part = self.part(&together)?;
            found
        } else {
            candidates(problem, id, &part.world)
        };
        if candidates.is_empty() {
            return Ok(None);
        }
        Ok(Some(cheapest(&part, problem, id, candidates)?))
    }

    /// The jobs planted with it that run on the same type in the same workspace for the same team.
    pub(super) fn overlapping(&self, id: &str) -> Option<(Vec<String>, Vec<Vec<Change>>)> {
        let job = self.world.jobs.iter().find(|it| it.card.id == id)?;
        let planted = |it: &str| self.world.planted.iter().any(|at| at.target_id == it && at.problem == "D04");
        let together: Vec<String> = self
            .world
            .jobs
            .iter()
            .filter(|it| {
                it.card.workspace.id == job.card.workspace.id
                    && it.card.run_as == job.card.run_as
                    && it.shape.worker.id == job.shape.worker.id
                    && planted(&it.card.id)
            })
            .map(|it| it.card.id.clone())
            .collect();
        let most = job.shape.size.most();
        let share = |size: u32| {
            let (jobs, node_type) = (together.clone(), job.shape.worker.id.clone());
            vec![Change::ShareCluster { jobs, node_type, min: size, max: size }]
        };
        let found = [most, most + 1, most * 2].into_iter().map(share).collect();
        (together.len() > 1).then_some((together, found))
    }
}

/// The best of the candidates: the cheapest that does no harm. What repairs failures may cost.
fn cheapest(part: &Part<'_>, problem: &str, id: &str, candidates: Vec<Vec<Change>>) -> Result<Remedy, FakeError> {
    let now = part.outcome(&[])?;
    let repairs = problem == "D22";
    let meant = match problem {
        // Jobs on one cluster wait for each other: a tenth more than others may, as far as it is no harm.
        "D04" => now.run_minutes_mean * 0.1,
        "D08" | "D37" | "D46" | "D48" => OWN_START,
        _ => 0.0,
    };
    // Where people ask, waiting counts; elsewhere it is what the remedy gives for the money.
    let value = |it: &Outcome| match problem {
        "D05" | "D06" | "D07" | "D55" => it.usd_with_waiting(),
        _ => it.usd(),
    };
    let mut best = Remedy { changes: Vec::new(), now, then: now, worth_usd: 0.0, verified: false };
    for list in candidates {
        let list: Vec<(String, Change)> = list.into_iter().map(|it| (id.to_owned(), it)).collect();
        let Ok(then) = part.outcome(&list) else { continue };
        let better = if repairs {
            let few = then.failed + 0.5 < best.then.failed;
            let cheaper = then.failed < best.then.failed + 0.5 && then.usd() < best.then.usd();
            few || (cheaper && !best.changes.is_empty())
        } else {
            value(&then) < value(&best.then) && !part.harms(&[], &list, meant)?
        };
        if better {
            best = Remedy { changes: list, then, worth_usd: now.usd() - then.usd(), ..best };
        }
    }
    let avoided = best.now.failed - best.then.failed;
    best.verified = best.worth_usd >= LEAST_USD || (repairs && avoided >= 1.0);
    best.verified &= problem != "D20" || pinned(part, id, now)?;
    Ok(best)
}

/// Whether it has its most workers nearly all the time: always having them costs hardly more.
fn pinned(part: &Part<'_>, id: &str, now: Outcome) -> Result<bool, FakeError> {
    let Some(most) = shape(&part.world, id).map(|it| it.size.most()) else { return Ok(false) };
    let always = part.outcome(&[(id.to_owned(), Change::Workers { min: most, max: most })])?;
    Ok(always.usd() <= now.usd() * PINNED)
}

fn shape<'a>(world: &'a World, id: &str) -> Option<&'a Shape> {
    let jobs = world.jobs.iter().chain(&world.streams).find(|it| it.card.id == id).map(|it| &it.shape);
    jobs.or_else(|| world.all_purpose.iter().find(|it| &*it.id == id).map(|it| &it.shape))
}

/// What could be done about it, by the problem's number in the catalogue of detections.
pub(super) fn candidates(problem: &str, id: &str, world: &World) -> Vec<Vec<Change>> {
    match problem {
        "D05" | "D06" | "D07" => [10, 20, 30, 60].map(|minutes| vec![Change::Autotermination { minutes }]).to_vec(),
        "D39" => {
            let serverless = world.warehouses.iter().any(|it| it.id == id && it.kind == WarehouseKind::Serverless);
            vec![vec![Change::AutoStop { minutes: if serverless { 10 } else { 30 } }]]
        }
        "D08" => hosted(id, world),
        "D37" | "D40" | "D45" | "D46" | "D48" => {
            kinds::remedies(world, problem, id).into_iter().map(|it| vec![it]).collect()
        }
        "D26" => vec![vec![Change::Retries(0)]],
        "D27" => [30, 45, 60, 90, 120, 180, 240, 360, 480].map(|minutes| vec![Change::Timeout { minutes }]).to_vec(),
        // Which twelve hours are the working hours depends on where the people are.
        "D55" => [(4, 16), (5, 17), (6, 18), (7, 19), (8, 20)]
            .map(|(from_hour, until_hour)| vec![Change::OffHours { from_hour, until_hour }])
            .to_vec(),
        _ => shape(world, id).map(|it| of_cluster(problem, it)).unwrap_or_default(),
    }
}

fn hosted(id: &str, world: &World) -> Vec<Vec<Change>> {
    let Some(it) = world.all_purpose.iter().find(|it| it.hosted.iter().any(|job| job.card.id == id)) else {
        return Vec::new();
    };
    let job_cluster = |size: u32| {
        let node_type = it.shape.worker.id.clone();
        vec![Change::JobCluster { node_type, min: size, max: size }]
    };
    let mut sizes = vec![it.shape.size.most(), it.shape.size.least().max(1), 1];
    sizes.dedup();
    sizes.into_iter().map(job_cluster).collect()
}

fn of_cluster(problem: &str, shape: &Shape) -> Vec<Vec<Change>> {
    let workers = |(min, max)| vec![Change::Workers { min, max }];
    let both = |it: &'static NodeType| vec![Change::WorkerType(it.id.clone()), Change::DriverType(it.id.clone())];
    let (least, most) = (shape.size.least(), shape.size.most());
    match problem {
        "D01" => sizes(shape.size).into_iter().filter(|it| it.1 < most).map(workers).collect(),
        "D02" => {
            let kinds = other_sizes(shape.worker).into_iter().chain([shape.worker]).chain(relatives(shape.worker));
            let kinds = kinds.filter(|it| it.arch == shape.worker.arch || it.arch == Arch::X86);
            kinds.map(|it| vec![Change::SingleNode(it.id.clone())]).collect()
        }
        // It never grows: the minimum is what there is, and can often be less.
        "D03" | "D19" => (1..least).rev().map(|it| workers((it, most.max(it)))).collect(),
        "D20" => (least.max(1)..most).rev().map(|it| workers((least.min(it), it))).collect(),
        "D10" => vec![vec![Change::Spot { first_on_demand: 1 }]],
        "D11" => vec![vec![Change::OnDemand]],
        "D12" => vec![vec![Change::Photon(Switch::Off)]],
        "D13" => vec![vec![Change::Photon(Switch::On)]],
        "D14" => successors(shape.worker).into_iter().filter(|it| it.arch == Arch::X86).map(both).collect(),
        "D15" => successors(shape.worker).into_iter().filter(|it| it.arch == Arch::Arm).map(both).collect(),
        "D16" => {
            let kinds = smaller(shape.driver).into_iter().chain(relatives(shape.driver));
            kinds.map(|it| vec![Change::DriverType(it.id.clone())]).collect()
        }
        "D22" => more_memory(shape),
        "D25" => vec![vec![Change::Mended]],
        _ => Vec::new(),
    }
}

/// Types with more memory, and more nodes.
fn more_memory(shape: &Shape) -> Vec<Vec<Change>> {
    let larger = |kind: &'static NodeType| {
        relatives(kind).into_iter().chain(other_sizes(kind)).filter(|it| it.memory_gib > kind.memory_gib)
    };
    let mut found: Vec<Vec<Change>> = larger(shape.worker).map(|it| vec![Change::WorkerType(it.id.clone())]).collect();
    found.extend(larger(shape.driver).map(|it| vec![Change::DriverType(it.id.clone())]));
    found.extend(
        larger(shape.worker).map(|it| vec![Change::WorkerType(it.id.clone()), Change::DriverType(it.id.clone())]),
    );
    if let Size::Fixed(count) = shape.size {
        found.push(vec![Change::Workers { min: count + 1, max: count + 1 }]);
        found.push(vec![Change::Workers { min: count * 2, max: count * 2 }]);
    }
    found
}
