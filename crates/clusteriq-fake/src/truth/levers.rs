//! What can be changed about a resource: the steps that the search for the best weighs, and those that are only tried out.

use std::collections::BTreeMap;

use super::relatives::{other_sizes, relatives, successors};
use super::remedy::candidates;
use super::{Change, Switch};
use crate::catalog::{NodeType, catalog};
use crate::queries;
use crate::workload::{Engine, Size};
use crate::world::{Availability, Shape, World};

/// Problems whose remedies are no matter of a cluster's configuration.
const OWN_REMEDIES: [&str; 8] = ["D26", "D27", "D37", "D40", "D45", "D46", "D48", "D55"];

/// What one change replaces another of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coordinate {
    Plane,
    WorkerType,
    DriverType,
    Size,
    Photon,
    Purchase,
    Idle,
    Hours,
    Retries,
    Timeout,
    /// What is kept ready for it, so that it need not start: without that a start comes on top.
    Readiness,
    Failures,
}

/// Changes by target and coordinate: in this order they are made.
pub(super) type Plan = BTreeMap<(String, Coordinate), Vec<Change>>;

/// Changes that can be made together, as one step.
pub(super) struct Step {
    pub(super) target: String,
    pub(super) parts: Vec<(Coordinate, Vec<Change>)>,
}

impl Step {
    /// The plan with this step on top.
    pub(super) fn on(self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        for (coordinate, list) in self.parts {
            plan.insert((self.target.clone(), coordinate), list);
        }
        plan
    }
}

/// Where steps come from. Some depend on what the plan has already.
pub(super) enum Lever<'a> {
    /// How a job's cluster is bought, Photon where it is on, the number of workers, a successor of the node type.
    Cluster(&'a str, &'a Shape),
    /// The driver alone, of the size that the plan has or one beside it.
    SingleNode(&'a str, &'a Shape),
    /// A smaller driver, and one worker less or more than the plan has.
    Near(&'a str, &'a Shape),
    /// These, whatever the plan has.
    Fixed(Vec<Step>),
}

impl Lever<'_> {
    pub(super) fn steps(&self, plan: &Plan) -> Vec<Step> {
        match self {
            Self::Cluster(id, shape) => of_cluster(id, shape),
            Self::SingleNode(id, shape) => {
                let worker = planned_worker(plan, id, shape);
                let kinds = other_sizes(worker).into_iter().chain([worker]);
                kinds.map(|it| one(id, Coordinate::Size, Change::SingleNode(it.id.clone()))).collect()
            }
            Self::Near(id, shape) => {
                let drivers = smaller(shape.driver).into_iter().map(|it| driver(id, it));
                drivers.chain(near(planned_size(plan, id, shape)).into_iter().map(|it| workers(id, it))).collect()
            }
            Self::Fixed(steps) => {
                let again = |it: &Step| Step { target: it.target.clone(), parts: it.parts.clone() };
                steps.iter().map(again).collect()
            }
        }
    }
}

/// What the catalogue of detections would change about these resources, and what is known to help with what is wrong with them.
pub(super) fn weighed(world: &World) -> Vec<Lever<'_>> {
    let mut found = vec![Lever::Fixed(known(world))];
    for it in world.jobs.iter().chain(&world.streams) {
        let (id, shape) = (it.card.id.as_str(), &it.shape);
        found.extend([Lever::Cluster(id, shape), Lever::SingleNode(id, shape), Lever::Near(id, shape)]);
    }
    let mut fixed = Vec::new();
    for it in &world.all_purpose {
        let (id, shape) = (&*it.id, &it.shape);
        fixed.extend([10, 20, 30, 60].map(|minutes| one(id, Coordinate::Idle, Change::Autotermination { minutes })));
        for hosted in &it.hosted {
            let (least, most) = (shape.size.least(), shape.size.most());
            let mut sizes = vec![(most, most), (least, least), (1, 1), (0, 0)];
            sizes.dedup();
            fixed.extend(sizes.into_iter().map(|(min, max)| {
                let change = Change::JobCluster { node_type: shape.worker.id.clone(), min, max };
                one(&hosted.card.id, Coordinate::Plane, change)
            }));
        }
        // How long people wait for a smaller cluster is not modelled: only what autoscaling never uses can go.
        if let Size::Autoscale { min, max } = shape.size {
            fixed.extend((1..min).rev().map(|it| workers(id, (it, max))));
        }
    }
    for it in &world.warehouses {
        let stops = [10, 15, 20, 30, 45, 60];
        fixed.extend(stops.map(|minutes| one(&it.id, Coordinate::Idle, Change::AutoStop { minutes })));
    }
    found.push(Lever::Fixed(fixed));
    found
}

/// What is known to be wrong with them, by its own remedies.
fn known(world: &World) -> Vec<Step> {
    let mut fixed = Vec::new();
    for it in world.planted.iter().filter(|it| OWN_REMEDIES.contains(&it.problem.as_str())) {
        let coordinate = match it.problem.as_str() {
            "D26" => Coordinate::Retries,
            "D27" => Coordinate::Timeout,
            "D40" => Coordinate::Size,
            "D55" => Coordinate::Hours,
            _ => Coordinate::Readiness,
        };
        for list in candidates(&it.problem, &it.target_id, world) {
            fixed.push(Step { target: it.target_id.clone(), parts: vec![(coordinate, list)] });
        }
    }
    fixed
}

/// Other changes, which the search for the best does not weigh: the other way to buy, Photon on, other ratios of memory to cores,
/// other limits of time and tries, failures mended, other hours, sizes and modes.
pub(super) fn others(world: &World) -> Vec<Step> {
    let mut found = Vec::new();
    for it in world.jobs.iter().chain(&world.streams) {
        let (id, shape) = (it.card.id.as_str(), &it.shape);
        if shape.availability != Availability::OnDemand {
            found.push(one(id, Coordinate::Purchase, Change::OnDemand));
        }
        if shape.engine == Engine::Standard {
            found.push(one(id, Coordinate::Photon, Change::Photon(Switch::On)));
        }
        found.extend(relatives(shape.worker).into_iter().map(|it| types(id, it, it)));
        found.extend(other_sizes(shape.worker).into_iter().map(|it| types(id, it, it)));
        found.push(one(id, Coordinate::Retries, Change::Retries(0)));
        found.extend([60, 120, 240].map(|minutes| one(id, Coordinate::Timeout, Change::Timeout { minutes })));
        found.push(one(id, Coordinate::Failures, Change::Mended));
    }
    for it in &world.all_purpose {
        let id = &*it.id;
        found.push(one(id, Coordinate::Idle, Change::Stop));
        found.push(one(id, Coordinate::Hours, Change::OffHours { from_hour: 7, until_hour: 19 }));
    }
    for it in &world.warehouses {
        let sizes = queries::SIZES.iter().filter(|size| **size != it.size);
        found.extend(sizes.map(|size| one(&it.id, Coordinate::Size, Change::WarehouseSize((*size).to_owned()))));
    }
    for it in &world.pools {
        let kept = it.keeping.map_or(0, |it| it.min_idle);
        found.extend((0..kept).map(|nodes| one(&it.id, Coordinate::Readiness, Change::PoolIdle(nodes))));
    }
    for it in &world.pipelines {
        found.extend(
            [Change::PipelineTriggered, Change::PipelineProduction]
                .map(|change| one(&it.id, Coordinate::Readiness, change)),
        );
    }
    for it in &world.serverless {
        found.push(one(&it.card.id, Coordinate::Readiness, Change::PerformanceStandard));
    }
    found
}

fn of_cluster(id: &str, shape: &Shape) -> Vec<Step> {
    let mut found = Vec::new();
    if shape.availability == Availability::OnDemand {
        found.push(one(id, Coordinate::Purchase, Change::Spot { first_on_demand: 1 }));
    }
    if shape.engine == Engine::Photon {
        found.push(one(id, Coordinate::Photon, Change::Photon(Switch::Off)));
    }
    found.extend(sizes(shape.size).into_iter().map(|it| workers(id, it)));
    found.extend(successors(shape.worker).into_iter().map(|it| types(id, it, it)));
    found
}

/// The workers' type as the plan has it.
fn planned_worker(plan: &Plan, id: &str, shape: &Shape) -> &'static NodeType {
    let planned = plan.get(&(id.to_owned(), Coordinate::WorkerType)).and_then(|it| it.first());
    let Some(Change::WorkerType(name)) = planned else { return shape.worker };
    catalog().node_types.get(name).unwrap_or(shape.worker)
}

/// The size as the plan has it.
fn planned_size(plan: &Plan, id: &str, shape: &Shape) -> Size {
    let planned = plan.get(&(id.to_owned(), Coordinate::Size)).and_then(|it| it.first());
    if let Some(Change::SingleNode(_)) = planned {
        return Size::Fixed(0);
    }
    let Some(Change::Workers { min, max }) = planned else { return shape.size };
    if min == max { Size::Fixed(*max) } else { Size::Autoscale { min: *min, max: *max } }
}

fn one(id: &str, coordinate: Coordinate, change: Change) -> Step {
    Step { target: id.to_owned(), parts: vec![(coordinate, vec![change])] }
}

fn workers(id: &str, (min, max): (u32, u32)) -> Step {
    one(id, Coordinate::Size, Change::Workers { min, max })
}

fn driver(id: &str, kind: &NodeType) -> Step {
    one(id, Coordinate::DriverType, Change::DriverType(kind.id.clone()))
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
    let same = catalog().node_types.values().filter(|it| it.cloud == kind.cloud && it.gpus == 0);
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
