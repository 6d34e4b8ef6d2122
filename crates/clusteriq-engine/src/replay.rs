//! The replay: the measured demand of a run, pushed minute by minute through another configuration.
//!
//! Work that fits takes as long as it took. Where it does not fit, two bounds are kept: work that was spread evenly over
//! the minute (few tasks) only has to fit, work that came in bursts at full width stretches with the loss of cores. Serial
//! minutes, in which only the driver works, are copied. Memory is redistributed over the nodes that are left; what is the
//! same on every node (system, JVM) stays. Start-up is added.

use clusteriq_model::{Catalog, Compute, Interval, Purchase, Size};

use crate::profile::{Response, RunTrace, TraceMinute};

/// Capacity is not used beyond this share unless the run itself did.
const USABLE: f64 = 0.85;
/// Weight of the bursty bound in the likely and in the pessimistic runtime.
const LIKELY_BURSTY: f64 = 0.25;
const HIGH_BURSTY: f64 = 0.60;
/// Part of work held up by cores that spreads over more of them: an assumption; serial parts and skew do not.
const SPREADS: f64 = 0.9;
/// Minutes until an autoscaling cluster has more workers, and until it gives them back.
const UP_LAG: usize = 3;
const DOWN_LAG: usize = 2;
/// Memory that the system and the JVM take on a node at most, as far as it can be told from the demand: a share of the node's, or
/// so many GiB on a small one. An assumption.
const BASE_MEMORY: f64 = 0.10;
const BASE_GIB: f64 = 2.0;
/// Spot nodes lost per node-hour: an assumption with a wide range, no measurement; regions and hours differ.
const LOSSES: Interval<f64> = Interval { low: 0.002, likely: 0.015, high: 0.06 };
/// Minutes that a run takes longer for a lost worker, assumed: its tasks again, and a worker less until another is there.
const LOSS_MINUTES: f64 = 3.0;

/// The nodes of a configuration, as far as the replay cares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// How many workers.
    pub size: Size,
    /// Cores of a worker.
    pub cores: f64,
    /// Memory of a worker, GiB.
    pub memory: f64,
    /// Cores of the driver.
    pub driver_cores: f64,
    /// Memory of the driver, GiB.
    pub driver_memory: f64,
    /// Speed of computing on a worker against the one the demand was measured on, Photon included.
    pub speed: Interval<f64>,
    /// The same for the driver.
    pub driver_speed: Interval<f64>,
    /// Workers lost per worker-hour beyond those of the measured runs.
    pub losses: Interval<f64>,
}

impl Machine {
    /// Of a configuration; `None` if a size is not known. `measured` is the configuration of the demand.
    #[must_use]
    pub fn of(catalog: &Catalog, compute: &Compute, measured: &Compute, response: &Response) -> Option<Self> {
        let size = compute.size?;
        let driver_name = compute.driver_type.as_ref().or(compute.worker_type.as_ref())?;
        let driver = catalog.node_types.get(driver_name)?;
        let worker_name = if size.most() == 0 { driver_name } else { compute.worker_type.as_ref()? };
        let worker = catalog.node_types.get(worker_name)?;
        let speed_of = |name: Option<&String>, node: &clusteriq_model::NodeType| {
            let old = name.and_then(|it| catalog.node_types.get(it)).filter(|it| it.family != node.family);
            let ratio = old.and_then(|old| Some(node.coremark? / old.coremark?)).unwrap_or(1.0);
            let doubt = if old.is_some_and(|it| it.arch != node.arch) { ARCH_DOUBT } else { 1.0 };
            let power = |it: f64| ratio.powf(it);
            let bounds =
                Interval::spanning(power(response.speed.low), power(response.speed.likely), power(response.speed.high));
            Interval::spanning(bounds.low * doubt, bounds.likely, bounds.high)
        };
        let photon = photon_speed(measured.photon.unwrap_or(false), compute.photon.unwrap_or(false), response.photon);
        let speed = speed_of(measured.worker_type.as_ref(), worker);
        let old_driver = measured.driver_type.as_ref().or(measured.worker_type.as_ref());
        let spot = |it: Option<Purchase>| matches!(it, Some(Purchase::Spot { .. }));
        let newly_spot = spot(compute.purchase) && !spot(measured.purchase) && size.most() > 0;
        Some(Self {
            size,
            cores: worker.cores.0,
            memory: worker.memory.0,
            driver_cores: driver.cores.0,
            driver_memory: driver.memory.0,
            speed: Interval {
                low: speed.low * photon.low,
                likely: speed.likely * photon.likely,
                high: speed.high * photon.high,
            },
            driver_speed: speed_of(old_driver, driver),
            losses: if newly_spot { LOSSES } else { Interval::exactly(0.0) },
        })
    }
}

/// What a change of instruction set may cost beyond what the cores' speed says: an assumption.
const ARCH_DOUBT: f64 = 0.95;

fn photon_speed(now: bool, then: bool, gain: Interval<f64>) -> Interval<f64> {
    match (now, then) {
        (false, true) => gain,
        (true, false) => Interval { low: 1.0 / gain.high, likely: 1.0 / gain.likely, high: 1.0 / gain.low },
        (true, true) | (false, false) => Interval::exactly(1.0),
    }
}

/// What a run would have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Minutes from start to end, start-up included.
    pub minutes: Interval<f64>,
    /// Minutes of all workers together.
    pub worker_minutes: Interval<f64>,
    /// Minutes of start-up among `minutes`, and of workers among `worker_minutes`: machines are paid for them, DBUs are not.
    pub starting: (f64, f64),
    /// Highest share of a node's memory; above 0.9 it would spill or fail.
    pub peak_memory: f64,
    /// The same as it was measured.
    pub memory_now: f64,
    /// Highest share of the driver's memory.
    pub driver_memory: f64,
    /// Share of its minutes in which demand exceeds nine tenths of the capacity and did not in the measured run.
    pub crowded: f64,
}

/// Replays one run. `now` is the configuration it was measured on.
#[must_use]
pub fn replay(trace: &RunTrace, now: &Machine, then: &Machine) -> Outcome {
    let usable = usable(trace);
    let base = base_memory(trace, now);
    let starting = trace.starting() as f64;
    let mut counts = Scaler::new(then, now, usable);
    let mut sums = [Sums::default(), Sums::default(), Sums::default()];
    let (mut peak, mut memory_now, mut driver_memory) = (0.0f64, 0.0f64, 0.0f64);
    let (mut crowded, mut work) = (0.0, 0.0);
    for minute in trace.work() {
        let workers = counts.workers(minute);
        let capacity = capacity(then, workers);
        let demand = demand(minute, now, then);
        let bounds = stretch(minute, demand, capacity, now, then, usable);
        for (sum, minutes) in sums.iter_mut().zip(bounds) {
            sum.add(minutes, workers);
        }
        peak = peak.max(memory_share(minute, now, then, workers, base));
        memory_now = memory_now.max(memory_share(minute, now, now, minute.workers, base));
        driver_memory = driver_memory.max(minute.driver_memory * now.driver_memory / then.driver_memory);
        work += 1.0;
        let was = minute.workers > 0.0 && minute.used > 0.9 * minute.capacity;
        crowded += f64::from(u8::from(demand > 0.9 * capacity && !was));
    }
    let first = f64::from(then.size.least());
    let [low, likely, high] = sums;
    let lost = |sum: &Sums, rate: f64| 1.0 + rate * sum.workers / 60.0 * LOSS_MINUTES / sum.minutes.max(1.0);
    let lost = [lost(&low, then.losses.low), lost(&likely, then.losses.likely), lost(&high, then.losses.high)];
    let of = |get: fn(&Sums) -> f64, extra: f64| {
        Interval::spanning(extra + get(&low) * lost[0], extra + get(&likely) * lost[1], extra + get(&high) * lost[2])
    };
    Outcome {
        minutes: of(|it| it.minutes, starting),
        worker_minutes: of(|it| it.workers, starting * first),
        starting: (starting, starting * first),
        peak_memory: peak,
        memory_now,
        driver_memory,
        crowded: if work > 0.0 { crowded / work } else { 0.0 },
    }
}

#[derive(Default)]
struct Sums {
    minutes: f64,
    workers: f64,
}

impl Sums {
    fn add(&mut self, minutes: f64, workers: f64) {
        self.minutes += minutes;
        self.workers += minutes * workers;
    }
}

/// The share of capacity that the run reached in its busiest minutes, at least [`USABLE`].
fn usable(trace: &RunTrace) -> f64 {
    let mut shares: Vec<f64> = trace.work().filter(|it| it.capacity > 0.0).map(|it| it.used / it.capacity).collect();
    shares.sort_by(f64::total_cmp);
    crate::profile::job::quantile(&shares, 0.95).unwrap_or(USABLE).clamp(USABLE, 1.0)
}

/// GiB that every worker uses whatever runs: the least a worker was seen with, within reason.
fn base_memory(trace: &RunTrace, now: &Machine) -> f64 {
    let each = trace.minutes.iter().filter(|it| it.workers > 0.0).map(|it| it.memory / it.workers);
    each.fold(f64::INFINITY, f64::min).min((BASE_MEMORY * now.memory).max(BASE_GIB))
}

fn capacity(then: &Machine, workers: f64) -> f64 {
    if then.size.most() == 0 { then.driver_cores } else { workers * then.cores }
}

/// Cores of work in a minute; on a single node the driver's own work shares the node.
fn demand(minute: &TraceMinute, now: &Machine, then: &Machine) -> f64 {
    let driver = minute.driver * now.driver_cores;
    match (minute.workers > 0.0, then.size.most() > 0) {
        (true, true) => minute.used,
        (true, false) => minute.used + driver,
        (false, true | false) => driver,
    }
}

/// Whether only the driver works.
fn is_serial(minute: &TraceMinute, demand: f64) -> bool {
    minute.capacity > 0.0 && demand / minute.capacity < 0.10 && minute.driver > 0.15
}

/// How long a minute takes: at best, likely, and at worst. Its computing follows the cores' speed, its waiting does not; then
/// what is to be done at once has to fit the cores that there are: spread evenly, or in bursts at full width.
fn stretch(minute: &TraceMinute, demand: f64, capacity: f64, now: &Machine, then: &Machine, usable: f64) -> [f64; 3] {
    let old = if minute.workers > 0.0 { minute.capacity } else { capacity };
    let driver_used = minute.driver * now.driver_cores;
    let squeezed = (driver_used / (then.driver_cores * 0.95)).max(1.0);
    if is_serial(minute, demand) || capacity <= 0.0 || old <= 0.0 {
        let speed = then.driver_speed;
        return [squeezed / speed.high, squeezed / speed.likely, squeezed / speed.low];
    }
    let waits = minute.waiting / (minute.used + minute.waiting).max(1e-9);
    let core = |speed: f64| waits + (1.0 - waits) / speed;
    let (even, bursty) = widths(demand, capacity, old, usable);
    let mix = |weight: f64| even * (1.0 - weight) + bursty * weight;
    let squeezed = if then.size.most() == 0 { 1.0 } else { squeezed };
    [
        core(then.speed.high) * even.min(bursty) * squeezed,
        core(then.speed.likely) * mix(LIKELY_BURSTY) * squeezed,
        core(then.speed.low) * mix(HIGH_BURSTY) * squeezed,
    ]
}

/// How much longer the work of a minute takes on other cores: evenly spread, and bursty.
fn widths(demand: f64, capacity: f64, old: f64, usable: f64) -> (f64, f64) {
    let busy = (demand / (old * usable)).min(1.0);
    if capacity < old {
        let even = (demand / (capacity * usable)).max(1.0);
        let bursty = busy * old / capacity + (1.0 - busy);
        return (even, bursty.max(even));
    }
    // More cores: only what was held up by cores gets faster, and a part of it does not spread.
    let saturated = SPREADS * if busy > 0.95 { 1.0 } else { busy * busy };
    let faster = (saturated * old / capacity + (1.0 - saturated)).min(1.0);
    (faster, faster)
}

fn memory_share(minute: &TraceMinute, now: &Machine, then: &Machine, workers: f64, base: f64) -> f64 {
    if minute.workers <= 0.0 {
        return minute.driver_memory * now.driver_memory / then.driver_memory;
    }
    let own = (minute.memory - base * minute.workers).max(0.0);
    if then.size.most() == 0 {
        return (own + minute.driver_memory * now.driver_memory) / then.driver_memory;
    }
    let mean = minute.memory / (minute.workers * now.memory);
    let uneven = if mean > 0.0 { (minute.fullest / mean).clamp(1.0, 1.5) } else { 1.0 };
    (base + own / workers.max(1.0)) / then.memory * uneven
}

/// The number of workers over time.
struct Scaler<'a> {
    then: &'a Machine,
    now: &'a Machine,
    usable: f64,
    current: u32,
    above: usize,
    below: usize,
}

impl<'a> Scaler<'a> {
    fn new(then: &'a Machine, now: &'a Machine, usable: f64) -> Self {
        Self { then, now, usable, current: then.size.least(), above: 0, below: 0 }
    }

    fn workers(&mut self, minute: &TraceMinute) -> f64 {
        let (min, max) = match self.then.size {
            Size::Fixed(it) => return f64::from(it),
            Size::Autoscale { min, max } => (min, max),
        };
        // The same range and type as measured: what it did is known.
        if self.now.size == self.then.size && self.now.cores == self.then.cores {
            return minute.workers;
        }
        let need = (minute.used / (self.then.cores * self.usable)).ceil() as u32;
        // On the same nodes it holds what it held above its minimum: what it reacts to is not in the data.
        let need = match self.now.size {
            Size::Autoscale { min: least, .. }
                if self.now.cores == self.then.cores && minute.workers > f64::from(least) =>
            {
                return minute.workers.clamp(f64::from(min), f64::from(max));
            }
            Size::Autoscale { .. } if self.now.cores == self.then.cores => need.min(minute.workers.ceil() as u32),
            Size::Autoscale { .. } | Size::Fixed(_) => need,
        };
        let need = need.clamp(min, max);
        self.above = if need > self.current { self.above + 1 } else { 0 };
        self.below = if need < self.current { self.below + 1 } else { 0 };
        if self.above > UP_LAG || self.below > DOWN_LAG {
            self.current = need;
            (self.above, self.below) = (0, 0);
        }
        f64::from(self.current)
    }
}

/// Median over runs of the replay's relative error in run time on the configuration they really had.
#[must_use]
pub fn own_error(traces: &[RunTrace], now: &Machine) -> Option<f64> {
    let mut errors: Vec<f64> =
        traces.iter().map(|it| (replay(it, now, now).minutes.likely / it.minutes.len() as f64 - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    crate::profile::job::quantile(&errors, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{machine, trace};
    use proptest::prelude::*;

    #[test]
    fn work_that_fits_takes_as_long_as_it_took() {
        // 8 workers × 4 cores use 6 cores for an hour; 2 workers have 8 cores, 6.8 of them usable.
        let out = replay(&trace(60, 8, 4.0, 6.0), &machine(8, 4.0), &machine(2, 4.0));
        assert_eq!(out.minutes.low, 60.0);
        assert!(out.minutes.high < 60.0 * 1.6, "{out:?}");
    }

    #[test]
    fn work_that_fills_every_core_stretches_with_the_loss_of_cores() {
        let out = replay(&trace(60, 8, 4.0, 32.0), &machine(8, 4.0), &machine(4, 4.0));
        assert!((out.minutes.likely - 120.0).abs() < 1.0, "{out:?}");
        // The work is the same: node-minutes do not grow.
        assert!((out.worker_minutes.likely - 480.0).abs() < 5.0, "{out:?}");
    }

    #[test]
    fn memory_moves_to_the_nodes_that_are_left() {
        let mut it = trace(60, 8, 4.0, 6.0);
        for minute in &mut it.minutes {
            (minute.memory, minute.fullest) = (8.0 * 8.0, 0.5);
        }
        // 64 GiB on 4 workers of 16: full.
        let out = replay(&it, &machine(8, 4.0), &machine(4, 4.0));
        assert!(out.peak_memory > 0.85, "{out:?}");
    }

    proptest! {
        #[test]
        fn fewer_workers_never_make_a_run_faster_nor_lighter_on_memory(
            used in 0.0..32.0f64, workers in 1u32..8, minutes in 1usize..90,
        ) {
            let it = trace(minutes, 8, 4.0, used);
            let (now, less, more) = (machine(8, 4.0), machine(workers, 4.0), machine(workers + 1, 4.0));
            let (less, more) = (replay(&it, &now, &less), replay(&it, &now, &more));
            for (a, b) in [
                (less.minutes.low, more.minutes.low),
                (less.minutes.likely, more.minutes.likely),
                (less.minutes.high, more.minutes.high),
                (less.peak_memory, more.peak_memory),
            ] {
                prop_assert!(a >= b - 1e-9, "{less:?} {more:?}");
            }
        }

        #[test]
        fn the_replay_of_the_present_configuration_is_the_run(used in 0.0..32.0f64, minutes in 1usize..90) {
            let out = replay(&trace(minutes, 8, 4.0, used), &machine(8, 4.0), &machine(8, 4.0));
            prop_assert!((out.minutes.likely / minutes as f64 - 1.0).abs() < 0.05, "{out:?}");
        }
    }
}
