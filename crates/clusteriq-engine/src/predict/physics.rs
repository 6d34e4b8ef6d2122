//! A workload as a few numbers, and what they make of it on other nodes.
//!
//! Time is that of its parts: one that runs on one core, one that is spread over as many cores as it has tasks for, one that waits for
//! the nodes' storage and network, and one that every node adds. What does not fit into memory is read or computed again: below its
//! working set a workload that caches falls off a cliff (measured: 3 to 8 times), others get slower by and by. Below a
//! need of its own it fails.

use super::draws::Draws;
use super::places::Spot;
use super::prior::Prior;

/// Cores to which the shares of the parts refer.
const REFERENCE_CORES: f64 = 32.0;
/// Storage and network to which that part's share refers: two nodes of eight cores.
const REFERENCE_STORAGE: f64 = 4.0;
/// Memory per core that is usual, GiB; workloads react to less of it even if all nodes together have enough.
pub(super) const USUAL_MEMORY_PER_CORE: f64 = 4.0;
/// Where the gradual slow-down ends.
const MOST_PRESSURE: f64 = 30.0;
/// Share of an occupied core's time in which it computes.
const OCCUPIED: f64 = 0.95;

/// One that could be: sizes are relative to the time that its spread part takes on one core.
#[derive(Clone, Copy, Debug)]
pub(super) struct Workload {
    /// Part on one core, as a share of the spread part on 32.
    serial: f64,
    /// Tasks at once.
    tasks: f64,
    /// Power with which the spread part follows the cores: above 1 where memory and disks of more nodes help.
    power: f64,
    /// Part of storage and network on two nodes of eight cores, as a share of the spread part on 32.
    storage: f64,
    /// What each node adds, as a share on 32 cores.
    overhead: f64,
    /// Memory that it wants, all nodes, GiB.
    need: f64,
    /// How many times longer the spread part takes with less.
    cliff: f64,
    /// Power with which memory per core counts for the cliff.
    lean: f64,
    /// How much slower it is where memory is just what it wants.
    pressure: f64,
    /// Memory of a node that the system takes, GiB.
    system: f64,
    /// Memory without which it fails, all nodes, GiB; 0: it does not.
    least: f64,
    /// Power with which memory per core counts for that.
    least_lean: f64,
}

impl Workload {
    /// The `number`-th of those that the prior thinks likely.
    pub(super) fn draw(prior: &Prior, number: usize) -> Self {
        let mut it = Draws::of(number);
        let mut amount = |about: [f64; 2]| (about[0] + about[1] * it.normal()).exp();
        let (serial, tasks, storage, overhead, pressure) = (
            amount(prior.serial),
            amount(prior.tasks),
            amount(prior.storage),
            amount(prior.overhead),
            amount(prior.pressure),
        );
        let power = prior.power[0] + prior.power[1] * it.normal();
        let need = it.between(prior.need).exp();
        let cliff = it.between([prior.cliff[0].ln(), prior.cliff[1].ln()]).exp();
        let lean = it.between([0.0, prior.lean]);
        let system = it.between(prior.system);
        let least = need * (-it.between(prior.least_gap)).exp();
        let least_lean = it.between(prior.least_lean);
        Self {
            serial,
            tasks,
            power,
            storage,
            overhead: if it.chance(prior.with_overhead) { overhead } else { 0.0 },
            need,
            cliff: if it.chance(prior.with_cliff) { cliff } else { 1.0 },
            lean,
            pressure: if it.chance(prior.with_pressure) { pressure } else { 0.0 },
            system,
            least: if it.chance(prior.with_least) { least } else { 0.0 },
            least_lean,
        }
    }

    fn memory(&self, at: &Spot) -> f64 {
        at.nodes * (at.memory - self.system).max(0.3)
    }

    /// Cores that are occupied by the spread part.
    fn occupied(&self, at: &Spot) -> f64 {
        at.cores / (1.0 + (at.cores / self.tasks).powi(2)).sqrt()
    }

    /// How many times longer the spread part takes for want of memory.
    pub(super) fn squeeze(&self, at: &Spot, prior: &Prior) -> f64 {
        let fill = self.memory(at).ln() + self.lean * at.lean - self.need.ln();
        let cliff = if fill < 0.0 { self.cliff } else { 1.0 };
        cliff * (1.0 + self.pressure * (-prior.pressure_power * fill).exp().min(MOST_PRESSURE))
    }

    /// Its time in the unit of a workload, and the part of it that is spread.
    fn time(&self, at: &Spot, prior: &Prior) -> (f64, f64) {
        let cores = REFERENCE_CORES * (self.occupied(at) / REFERENCE_CORES).powf(self.power);
        let slowness = at.slowness.exp();
        let spread = slowness * self.squeeze(at, prior) / cores;
        let serial = slowness * self.serial / REFERENCE_CORES;
        let storage = self.storage * REFERENCE_STORAGE / REFERENCE_CORES / at.storage;
        let overhead = self.overhead / REFERENCE_CORES * at.nodes;
        (serial + spread + storage + overhead, spread)
    }

    /// Natural logarithm of its runtime, up to a constant of the workload.
    pub(super) fn log_runtime(&self, at: &Spot, prior: &Prior) -> f64 {
        self.time(at, prior).0.ln()
    }

    /// Share of the cores' time in which they compute.
    pub(super) fn busy(&self, at: &Spot, prior: &Prior) -> f64 {
        let (time, spread) = self.time(at, prior);
        let serial = at.slowness.exp() * self.serial / REFERENCE_CORES;
        let used = serial + (time - serial).min(spread) * self.occupied(at) * OCCUPIED;
        (used / (at.cores * time)).clamp(0.0, 1.0)
    }

    /// Probability that a run fails.
    pub(super) fn failure(&self, at: &Spot, prior: &Prior) -> f64 {
        let fill = self.memory(at).ln() + self.least_lean * at.lean;
        if self.least > 0.0 && fill < self.least.ln() { prior.fails_below } else { prior.fails_anyway }
    }
}
