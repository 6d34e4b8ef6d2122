//! Changes that one can make, and how they change the world.

use std::fmt;

use crate::catalog::{NodeType, catalog};
use crate::hosting::HostNature;
use crate::workload::{Engine, Size};
use crate::world::{Availability, Incident, Job, Shape, Shared, Trouble, World};
use crate::world::{pipelines, pools, serverless, warehouses};

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// A change of one resource. Node types are named as the cloud does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields say what they are; minutes are minutes")]
pub enum Change {
    /// So many workers; `min` equal to `max` is a fixed size, 0 a single node.
    Workers { min: u32, max: u32 },
    /// Another type for the workers.
    WorkerType(String),
    /// Another type for the driver.
    DriverType(String),
    /// The driver alone, of that type.
    SingleNode(String),
    /// All nodes on demand.
    OnDemand,
    /// Spot nodes with fallback after the first so many, the driver being the first.
    Spot { first_on_demand: u32 },
    /// Photon.
    Photon(Switch),
    /// A hosted job moves to a cluster of its own.
    JobCluster { node_type: String, min: u32, max: u32 },
    /// These jobs run on one cluster, one after the other, when they overlap or follow within 15 minutes.
    ShareCluster { jobs: Vec<String>, node_type: String, min: u32, max: u32 },
    /// An all-purpose cluster terminates after so many minutes without work; 0: never.
    Autotermination { minutes: i64 },
    /// A person stops an all-purpose cluster ten minutes after each use.
    Stop,
    /// A warehouse stops after so many minutes without queries; 0: never.
    AutoStop { minutes: i64 },
    /// A run is cancelled after so many minutes.
    Timeout { minutes: i64 },
    /// So many further attempts.
    Retries(u32),
    /// Another size of a warehouse, as `X-Small`.
    WarehouseSize(String),
    /// So many idle nodes in a pool.
    PoolIdle(u32),
    /// A continuous pipeline runs when it is triggered.
    PipelineTriggered,
    /// A pipeline in development mode is in production.
    PipelineProduction,
    /// A serverless job may take its time.
    PerformanceStandard,
    /// A cluster is kept down outside of these hours of the day, UTC, and on weekends.
    OffHours { from_hour: i64, until_hour: i64 },
    /// What makes a job's runs fail is mended.
    Mended,
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers { min, max } => write!(out, "workers {min}-{max}"),
            Self::WorkerType(it) => write!(out, "worker type {it}"),
            Self::DriverType(it) => write!(out, "driver type {it}"),
            Self::SingleNode(it) => write!(out, "single node {it}"),
            Self::OnDemand => write!(out, "on demand"),
            Self::Spot { first_on_demand } => write!(out, "spot after {first_on_demand}"),
            Self::Photon(Switch::On) => write!(out, "photon on"),
            Self::Photon(Switch::Off) => write!(out, "photon off"),
            Self::JobCluster { node_type, min, max } => write!(out, "job cluster {node_type} {min}-{max}"),
            Self::ShareCluster { jobs, node_type, min, max } => {
                write!(out, "shared cluster {node_type} {min}-{max} of jobs {}", jobs.join(" "))
            }
            Self::Autotermination { minutes } => write!(out, "autotermination {minutes}"),
            Self::Stop => write!(out, "stop"),
            Self::AutoStop { minutes } => write!(out, "auto-stop {minutes}"),
            Self::Timeout { minutes } => write!(out, "timeout {minutes}"),
            Self::Retries(it) => write!(out, "retries {it}"),
            Self::WarehouseSize(it) => write!(out, "warehouse size {it}"),
            Self::PoolIdle(it) => write!(out, "pool idle {it}"),
            Self::PipelineTriggered => write!(out, "pipeline triggered"),
            Self::PipelineProduction => write!(out, "pipeline production"),
            Self::PerformanceStandard => write!(out, "performance standard"),
            Self::OffHours { from_hour, until_hour } => write!(out, "up from {from_hour} to {until_hour} only"),
            Self::Mended => write!(out, "mended"),
        }
    }
}

/// How long a person leaves a cluster on that is to be stopped by hand.
const BY_HAND_MINUTES: i64 = 10;

/// Makes a change; false if the target is not there or does not take it.
pub(super) fn apply(world: &mut World, id: &str, change: &Change, seed: u64) -> bool {
    match change {
        Change::Workers { min, max } => {
            min <= max
                && on_shape(world, id, |it| {
                    it.size = size(*min, *max);
                    true
                })
        }
        Change::WorkerType(name) => on_shape(world, id, |it| {
            let Some(found) = like(it, name) else { return false };
            // A driver that has the workers' type follows them, as in a cluster's settings.
            if it.driver.id == it.worker.id {
                it.driver = found;
            }
            it.worker = found;
            leave_pool(it);
            true
        }),
        Change::DriverType(name) => on_shape(world, id, |it| {
            let Some(found) = like(it, name) else { return false };
            it.driver = found;
            leave_pool(it);
            true
        }),
        Change::SingleNode(name) => on_shape(world, id, |it| {
            let Some(found) = like(it, name) else { return false };
            (it.driver, it.worker, it.size) = (found, found, Size::Fixed(0));
            leave_pool(it);
            true
        }),
        Change::OnDemand => on_shape(world, id, |it| {
            it.availability = Availability::OnDemand;
            true
        }),
        Change::Spot { first_on_demand } => on_shape(world, id, |it| {
            it.availability = Availability::SpotAfter(*first_on_demand);
            true
        }),
        Change::Photon(switch) => on_shape(world, id, |it| {
            it.engine = match switch {
                Switch::On => Engine::Photon,
                Switch::Off => Engine::Standard,
            };
            true
        }),
        Change::JobCluster { node_type, min, max } => move_out(world, id, node_type, size(*min, *max), seed),
        Change::ShareCluster { jobs, node_type, min, max } => share(world, jobs, node_type, size(*min, *max)),
        Change::Autotermination { minutes } => terminate_after(world, id, (*minutes > 0).then_some(*minutes)),
        Change::Stop => terminate_after(world, id, Some(BY_HAND_MINUTES)),
        Change::AutoStop { minutes } => {
            let Some(it) = world.warehouses.iter_mut().find(|it| it.id == id) else { return false };
            it.auto_stop_minutes = *minutes;
            true
        }
        Change::WarehouseSize(name) => {
            let warehouse = world.warehouses.iter_mut().find(|it| it.id == id);
            warehouse.is_some_and(|it| warehouses::apply_size(it, name))
        }
        Change::PoolIdle(nodes) => pools::apply_idle(world, id, *nodes),
        Change::PipelineTriggered => {
            world.pipelines.iter_mut().find(|it| it.id == id).is_some_and(pipelines::apply_triggered)
        }
        Change::PipelineProduction => {
            world.pipelines.iter_mut().find(|it| it.id == id).is_some_and(pipelines::apply_production)
        }
        Change::PerformanceStandard => {
            world.serverless.iter_mut().find(|it| it.card.id == id).is_some_and(serverless::apply_standard)
        }
        Change::OffHours { from_hour, until_hour } => {
            let Some(it) = world.all_purpose.iter_mut().find(|it| &*it.id == id) else { return false };
            it.up_hours = Some((*from_hour, *until_hour));
            true
        }
        Change::Mended => {
            let Some(it) = world.jobs.iter_mut().find(|it| it.card.id == id) else { return false };
            it.latent.failures = 0.0;
            it.card.setup.trouble = Trouble::Nothing;
            it.incident = Incident::Nothing;
            true
        }
        Change::Timeout { minutes } => on_job(world, id, |it| it.card.setup.timeout_seconds = minutes * 60),
        Change::Retries(times) => on_job(world, id, |it| it.card.setup.max_retries = i64::from(*times)),
    }
}

fn size(min: u32, max: u32) -> Size {
    if min == max { Size::Fixed(max) } else { Size::Autoscale { min, max } }
}

/// A pool has nodes of one type, for drivers too: who wants another one does without the pool.
fn leave_pool(shape: &mut Shape) {
    let other = |it: &NodeType, pool: &crate::world::Pool| it.id != pool.node_type.id;
    if shape.pool.as_ref().is_some_and(|pool| other(shape.driver, pool) || other(shape.worker, pool)) {
        shape.pool = None;
    }
}

/// A type of the same cloud.
fn like(shape: &Shape, name: &str) -> Option<&'static NodeType> {
    catalog().node_types.get(name).filter(|it| it.cloud == shape.worker.cloud)
}

/// The configuration of a job's or an all-purpose cluster; a shared cluster goes by any of its jobs.
fn shape<'a>(world: &'a mut World, id: &str) -> Option<&'a mut Shape> {
    if let Some(it) = world.jobs.iter_mut().chain(&mut world.streams).find(|it| it.card.id == id) {
        return Some(&mut it.shape);
    }
    if let Some(it) = world.shared.iter_mut().find(|it| it.jobs.iter().any(|job| job.card.id == id)) {
        return Some(&mut it.shape);
    }
    world.all_purpose.iter_mut().find(|it| &*it.id == id).map(|it| &mut it.shape)
}

fn on_shape(world: &mut World, id: &str, change: impl FnOnce(&mut Shape) -> bool) -> bool {
    shape(world, id).is_some_and(change)
}

fn on_job(world: &mut World, id: &str, change: impl FnOnce(&mut Job)) -> bool {
    let job = world.jobs.iter_mut().chain(&mut world.streams).find(|it| it.card.id == id);
    job.map(change).is_some()
}

fn terminate_after(world: &mut World, id: &str, minutes: Option<i64>) -> bool {
    let Some(it) = world.all_purpose.iter_mut().find(|it| &*it.id == id) else { return false };
    it.autotermination = minutes;
    true
}

fn move_out(world: &mut World, id: &str, node_type: &str, size: Size, seed: u64) -> bool {
    // Who is on a cluster of its own already gets another one.
    if world.jobs.iter().any(|it| it.card.id == id) {
        return on_shape(world, id, |it| {
            let Some(found) = like(it, node_type) else { return false };
            (it.driver, it.worker, it.size) = (found, found, size);
            true
        });
    }
    for cluster in &mut world.all_purpose {
        let Some(found) = like(&cluster.shape, node_type) else { continue };
        let Some(index) = cluster.hosted.iter().position(|it| it.card.id == id) else { continue };
        let hosted = cluster.hosted.remove(index);
        world.jobs.push(Job {
            latent: HostNature::of(seed, &cluster.id).latent(&hosted),
            shape: Shape { driver: found, worker: found, size, ..cluster.shape.clone() },
            incident: Incident::Nothing,
            card: hosted.card,
        });
        return true;
    }
    false
}

fn share(world: &mut World, jobs: &[String], node_type: &str, size: Size) -> bool {
    let (taken, left): (Vec<Job>, Vec<Job>) =
        std::mem::take(&mut world.jobs).into_iter().partition(|it| jobs.contains(&it.card.id));
    world.jobs = left;
    let found = taken.first().and_then(|it| like(&it.shape, node_type));
    let (Some(found), true) = (found, taken.len() == jobs.len()) else { return false };
    let shape = Shape { driver: found, worker: found, size, ..taken[0].shape.clone() };
    world.shared.push(Shared { jobs: taken, shape });
    true
}
