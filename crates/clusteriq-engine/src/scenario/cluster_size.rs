//! An all-purpose cluster with another range of workers or other nodes: its minutes, one by one, on the new ones.
//!
//! Where autoscaling held more workers than its minimum, it is taken to do so again: what it reacts to is not in the data.
//! Where it was at its minimum, the demand decides between the new minimum and the old one. Minutes without use follow the
//! same rule, which brings them to the minimum. Demand that does not fit for a while stretches the minute.

use clusteriq_model::{ClusterKey, Compute, Cores, Gib, Interval, Minute, NodeType, Size, Usd};

use super::Scenario;
use crate::money::node_price::NodePrices;
use crate::profile::activity::is_active;
use crate::whatif::{Cost, per_month};

/// Share of a worker's cores and memory that is counted on.
const USABLE: f64 = 0.85;
/// Share of a worker's memory that the system and the JVM take whatever runs.
const BASE_MEMORY: f64 = 0.10;
/// Minutes until autoscaling adds workers, and until it gives them back.
const UP_LAG: usize = 3;
const DOWN_LAG: usize = 5;
/// Minutes without telemetry after which it was started anew, at its minimum.
const RESTART_GAP: i64 = 3;
/// Error of what a change of size moves, as a share of it.
const ERROR: f64 = 0.20;

/// Workers that use of so many workers in a minute needs, in cores or in memory.
#[must_use]
pub fn need(workers: f64, used: Cores, memory: Gib, worker: &NodeType) -> f64 {
    let base = worker.memory * BASE_MEMORY;
    let own = (memory - base * workers).max(Gib(0.0));
    let cores = used / (worker.cores * USABLE);
    cores.max(own / (worker.memory * USABLE - base))
}

/// The same of a cluster's minute. `None`: what it used is not known.
#[must_use]
pub fn minute_need(minute: &Minute, worker: &NodeType) -> Option<f64> {
    if minute.workers == 0 {
        return Some(0.0);
    }
    Some(need(f64::from(minute.workers), minute.used()?, minute.memory_used()?, worker))
}

impl Scenario<'_> {
    /// The configuration an all-purpose cluster has in this scenario.
    #[must_use]
    pub fn cluster_compute(&self, key: &ClusterKey) -> Option<Compute> {
        let own = || Some(crate::profile::job::measured_compute(self.fleet, self.fleet.clusters.get(key)?));
        self.clusters.get(key).cloned().or_else(own)
    }

    /// What a cluster costs on the nodes this scenario gives it; `cost` is for the same uptime on the present ones.
    pub(super) fn resized(&self, key: &ClusterKey, cost: Cost) -> Option<Cost> {
        let Some(then) = self.clusters.get(key) else { return Some(cost) };
        let cluster = self.fleet.clusters.get(key)?;
        let now = crate::profile::job::measured_compute(self.fleet, cluster);
        let worker = self.fleet.catalog.node_types.get(now.worker_type.as_ref()?)?;
        let sums = Sums::of(cluster.minutes.iter(), (now.size?, then.size?), worker, |compute| {
            NodePrices::of(&self.fleet.catalog, if compute == Side::Now { &now } else { then })
        });
        // Shorter auto-termination takes minutes without use away; what they cost no longer counts.
        let billed = self.fleet.bill.clusters.get(key).map(|it| it.usd.estimate() * per_month(self.fleet));
        let kept = cost.dbu.zip(billed).filter(|it| it.1 > Usd(0.0)).map_or(1.0, |it| it.0.likely / it.1);
        let idle = sums.idle_share_kept(kept);
        let scale = |it: Option<Interval<Usd>>, ratio: Option<f64>| {
            let (it, ratio) = (it?, ratio?);
            let error = ERROR * (1.0 - ratio).abs();
            let bounds = ((ratio - error).max(0.0), ratio + error);
            Some(Interval::spanning(it.low * bounds.0, it.likely * ratio, it.high * bounds.1))
        };
        Some(Cost { dbu: scale(cost.dbu, sums.dbu.ratio(idle)), vm: scale(cost.vm, sums.vm.ratio(idle)) })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Now,
    Then,
}

/// Rates of minutes added up, now and then, with use and without.
#[derive(Default)]
struct Meter {
    active: (f64, f64),
    idle: (f64, f64),
    unknown: bool,
}

impl Meter {
    fn add(&mut self, active: bool, now: Option<f64>, then: Option<f64>) {
        let (Some(now), Some(then)) = (now, then) else {
            self.unknown = true;
            return;
        };
        let sum = if active { &mut self.active } else { &mut self.idle };
        (sum.0, sum.1) = (sum.0 + now, sum.1 + then);
    }

    /// Then against now, if a share of the minutes without use is left.
    fn ratio(&self, idle: f64) -> Option<f64> {
        let now = self.active.0 + idle * self.idle.0;
        (!self.unknown && now > 0.0).then(|| (self.active.1 + idle * self.idle.1) / now)
    }
}

#[derive(Default)]
struct Sums {
    minutes: f64,
    active: f64,
    dbu: Meter,
    vm: Meter,
}

impl Sums {
    fn of(
        minutes: impl Iterator<Item = Minute>,
        sizes: (Size, Size),
        worker: &NodeType,
        prices: impl Fn(Side) -> NodePrices,
    ) -> Self {
        let (now, then) = (prices(Side::Now), prices(Side::Then));
        let mut sums = Self::default();
        let mut scaler = Scaler { sizes, current: f64::from(sizes.1.least()), above: 0, below: 0 };
        let mut last = i64::MIN;
        for minute in minutes {
            if minute.at > last.saturating_add(RESTART_GAP) {
                scaler.current = f64::from(sizes.1.least());
            }
            last = minute.at;
            let active = is_active(&minute);
            let had = f64::from(minute.workers);
            let (has, stretch) = scaler.step(had, minute_need(&minute, worker).unwrap_or(had));
            sums.minutes += 1.0;
            sums.active += f64::from(u8::from(active));
            sums.dbu.add(active, now.dbu(had).map(|it| it.0), then.dbu(has).map(|it| it.0 * stretch));
            sums.vm.add(active, now.vm(had).map(|it| it.0), then.vm(has).map(|it| it.0 * stretch));
        }
        sums
    }

    /// The share of minutes without use that is left if a share of all minutes is.
    fn idle_share_kept(&self, kept: f64) -> f64 {
        let idle = self.minutes - self.active;
        if idle > 0.0 { ((kept * self.minutes - self.active) / idle).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Workers over time on the new range.
struct Scaler {
    sizes: (Size, Size),
    current: f64,
    above: usize,
    below: usize,
}

impl Scaler {
    /// Workers then, and how much longer the minute takes.
    fn step(&mut self, had: f64, need: f64) -> (f64, f64) {
        if self.sizes.0 == self.sizes.1 {
            return (had, 1.0);
        }
        let (least, most) = (f64::from(self.sizes.1.least()), f64::from(self.sizes.1.most()));
        let floor = f64::from(self.sizes.0.least());
        let wanted = match self.sizes.0 {
            Size::Autoscale { .. } if had > floor => had.clamp(least, most),
            Size::Autoscale { .. } => need.ceil().clamp(least, floor.clamp(least, most)),
            Size::Fixed(_) => need.ceil().clamp(least, most),
        };
        self.above = if wanted > self.current { self.above + 1 } else { 0 };
        self.below = if wanted < self.current { self.below + 1 } else { 0 };
        if self.above >= UP_LAG || self.below >= DOWN_LAG {
            self.current = wanted;
            (self.above, self.below) = (0, 0);
        }
        // What the cluster had was enough by definition: only what exceeds less than that has to wait.
        let short = need.min(had) / self.current.max(1.0);
        (self.current, if self.current < had { short.max(1.0) } else { 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::minute_row;
    use proptest::prelude::*;

    fn kept(sizes: (Size, Size), workers: u32, used: f64) -> f64 {
        let catalog = crate::catalog::embedded();
        let compute = Compute {
            plane: clusteriq_model::Plane::AllPurpose,
            driver_type: Some("m5.xlarge".into()),
            worker_type: Some("m5.xlarge".into()),
            size: None,
            purchase: None,
            photon: None,
        };
        let minutes: Vec<Minute> =
            (0..600).map(|at| Minute::new(&minute_row("c", at, workers, used, 0.15), 0, 0)).collect();
        let prices = |_| NodePrices::of(&catalog, &compute);
        Sums::of(minutes.iter().copied(), sizes, &catalog.node_types["m5.xlarge"], prices).dbu.ratio(1.0).unwrap()
    }

    fn range(min: u32, max: u32) -> Size {
        Size::Autoscale { min, max }
    }

    #[test]
    fn a_minimum_of_two_instead_of_eight_costs_three_nodes_of_nine() {
        // 4 cores need 4 ÷ (0.85 × 4) = 1.2 workers, so two.
        assert!((kept((range(8, 12), range(2, 12)), 8, 4.0) - 3.0 / 9.0).abs() < 0.01);
    }

    #[test]
    fn a_minimum_below_the_need_is_scaled_up_from() {
        // 16 cores need 4.7 workers, so five: six nodes of nine, after two minutes with one worker that take longer.
        assert!((kept((range(8, 12), range(1, 12)), 8, 16.0) - 6.0 / 9.0).abs() < 0.01);
    }

    #[test]
    fn what_was_scaled_up_stays_scaled_up() {
        assert!((kept((range(2, 12), range(1, 12)), 8, 4.0) - 1.0).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn a_lower_minimum_never_costs_more_than_what_its_lag_explains(
            min in 2u32..10, less in 1u32..9, workers in 1u32..12, used in 0.0..40.0f64,
        ) {
            let (min, max) = (min.max(less + 1), 12);
            let ratio = kept((range(min, max), range(less, max)), workers.max(min), used);
            prop_assert!(ratio <= 1.03, "{ratio}");
        }
    }
}
