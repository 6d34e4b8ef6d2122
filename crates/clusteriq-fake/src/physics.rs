//! How work runs on a cluster: what goes in, what comes out, and the two worlds that lie between.

use crate::catalog::{Arch, NodeType};
use crate::market::{Ground, Purchase};
use crate::nodes::Node;
use crate::random::Random;
use crate::time::{HOUR, Millis, SECOND};
use crate::workload::{Engine, Nature, NeedsX86, Size, Stage};
use crate::world::Availability;

mod fluid;
mod tasks;

/// Laws of nature. A score that holds under one of them only says little about the advice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Physics {
    /// Tasks are placed one by one on slots; busy minutes come in bursts.
    #[default]
    Tasks,
    /// Work flows at a rate with diminishing returns, evenly over the nodes.
    Fluid,
}

/// How a run went.
pub(crate) struct Trace {
    /// Driver first.
    pub(crate) nodes: Vec<Node>,
    /// When each stage ended.
    pub(crate) stage_ends: Vec<Millis>,
    pub(crate) end: Millis,
    pub(crate) ending: Ending,
    /// When workers were taken away.
    pub(crate) losses: Vec<Loss>,
}

/// A node that the cloud took back.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    pub(crate) instance_id: String,
    pub(crate) at: Millis,
}

/// Whether the work itself could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    /// Executors died for want of memory.
    OutOfMemory,
    /// The driver did.
    DriverOutOfMemory,
    /// Native code for another processor.
    WrongArchitecture,
    /// The driver was a spot node and was taken away.
    DriverLost,
    /// Too much was lost with spot nodes.
    TooManyLosses,
}

/// How nodes of a cluster are bought and how often the cloud takes them back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// So many nodes, the driver first, are on demand.
    pub(crate) first_on_demand: u32,
    /// Of a worker that is a spot node.
    pub(crate) worker_losses_per_hour: f64,
    /// Of a driver that is one.
    pub(crate) driver_losses_per_hour: f64,
}

impl Spot {
    pub(crate) fn of(ground: &Ground, availability: Availability, driver: &NodeType, worker: &NodeType) -> Self {
        Self {
            first_on_demand: availability.first_on_demand(),
            worker_losses_per_hour: ground.losses_per_hour(worker),
            driver_losses_per_hour: ground.losses_per_hour(driver),
        }
    }

    /// How the node of that number is bought; 0 is the driver.
    pub(crate) fn purchase(self, index: usize) -> Purchase {
        if (index as u64) < u64::from(self.first_on_demand) { Purchase::OnDemand } else { Purchase::Spot }
    }
}

/// The cluster on which work runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) nature: &'a Nature,
    pub(crate) size: Size,
    pub(crate) engine: Engine,
    pub(crate) ready: Millis,
    pub(crate) spot: Spot,
}

/// Makes another worker that comes up and is ready at these times.
pub(crate) type Launch<'a> = dyn FnMut(Millis, Millis, &mut Random) -> Node + 'a;

/// Runs stages on a cluster whose driver and first workers are `nodes`.
pub(crate) fn run(
    physics: Physics,
    stages: &[Stage],
    nodes: Vec<Node>,
    setting: Setting<'_>,
    random: &mut Random,
    launch: &mut Launch<'_>,
) -> Trace {
    let driver_life = life(setting.spot.driver_losses_per_hour, random);
    let arm = nodes.iter().any(|it| it.node_type().arch == Arch::Arm);
    if setting.nature.needs_x86 == NeedsX86::Yes && arm {
        return refused(nodes, setting.ready);
    }
    let mut trace = match physics {
        Physics::Tasks => tasks::run(stages, nodes, setting, random, launch),
        Physics::Fluid => fluid::run(stages, nodes, setting, random, launch),
    };
    let taken = setting.ready.saturating_add(driver_life);
    if trace.nodes[0].purchase == Purchase::Spot && taken < trace.end {
        trace.losses.retain(|it| it.at <= taken);
        trace.losses.push(Loss { instance_id: trace.nodes[0].identity.instance_id.clone(), at: taken });
        (trace.end, trace.ending) = (taken, Ending::DriverLost);
    }
    trace
}

/// How long until the cloud takes a node back, at so many losses per hour.
pub(crate) fn life(losses_per_hour: f64, random: &mut Random) -> Millis {
    let unit = random.unit().max(1e-12);
    if losses_per_hour <= 0.0 {
        return Millis::MAX / 4;
    }
    // Exponential, and at most some years, so that sums stay small.
    (-unit.ln() / losses_per_hour * HOUR as f64).min(1e11) as Millis
}

/// A native library does not load: the run fails as soon as it begins.
fn refused(mut nodes: Vec<Node>, ready: Millis) -> Trace {
    let end = ready + 40 * SECOND;
    nodes[0].work(ready, end, 0.7, 0.0, 5.0);
    Trace { nodes, stage_ends: Vec::new(), end, ending: Ending::WrongArchitecture, losses: Vec::new() }
}

/// Committing and closing down.
const CLOSING: Millis = 8 * SECOND;
/// Memory of a driver that does nothing but plan, in GiB.
const DRIVER_BASE_GIB: f64 = 2.1;
/// What a driver's own services take of its memory before any result has a place, in GiB.
const DRIVER_SERVICES_GIB: f64 = 2.6;

#[cfg(test)]
mod tests;
