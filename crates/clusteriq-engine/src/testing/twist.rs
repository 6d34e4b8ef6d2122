//! What is out of the ordinary in a job of a test's world: its driver, single runs, swapping, failures, growth, waiting.

use clusteriq_model::tables::{ClusterMinuteRow, ClusterRow};

use super::world::World;

/// Nothing out of the ordinary is the default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Twist {
    /// Type of the driver and its cores; the workers are as always.
    pub(crate) driver: Option<(&'static str, f64)>,
    /// CPU and memory of the driver, as shares.
    pub(crate) driver_use: Option<(f64, f64)>,
    /// Runs that want other cores than usual.
    pub(crate) heavy: Option<(Vec<i64>, f64)>,
    /// Runs whose workers' memory is at another share, and that share.
    full: Option<(Vec<i64>, f64)>,
    /// Share of swap in every minute.
    swap: f64,
    /// Runs that fail.
    pub(crate) failing: Vec<i64>,
    /// Relative growth of the demand from run to run.
    pub(crate) growth: f64,
    /// Share of cores that wait for IO.
    waiting: f64,
    /// Runs that still had another number of workers.
    pub(crate) earlier: Option<(i64, u32)>,
    /// Workers that autoscaling holds, whatever they do.
    pub(crate) held: Option<u32>,
}

impl Twist {
    /// Cores that a run wants.
    pub(crate) fn demand(&self, usual: f64, run: i64) -> f64 {
        let grown = usual * (1.0 + self.growth).powi(run as i32);
        self.heavy.as_ref().filter(|it| it.0.contains(&run)).map_or(grown, |it| it.1)
    }

    /// A worker's memory as a share in a run.
    pub(crate) fn memory(&self, usual: f64, run: i64) -> f64 {
        self.full.as_ref().filter(|it| it.0.contains(&run)).map_or(usual, |it| it.1)
    }

    /// The driver becomes another; what it uses stays the same in cores and GiB.
    pub(crate) fn change_driver(&mut self, to: &str) {
        let then = driver(to);
        if let (Some((_, cores)), Some(used)) = (self.driver, self.driver_use.as_mut()) {
            let k = cores / then.1;
            *used = (used.0 * k, used.1 * k);
        }
        self.driver = Some(then);
    }

    /// The workers' type was changed: a driver of the same type goes with them.
    pub(crate) fn follow(&mut self, from: &str) {
        if self.driver.is_some_and(|it| it.0 == from) {
            self.driver = None;
        }
    }

    /// A cluster's row.
    pub(crate) fn cluster(&self, row: &mut ClusterRow) {
        if let Some((driver, _)) = self.driver {
            row.driver_node_type = Some(driver.into());
        }
    }

    /// A minute's row.
    pub(crate) fn minute(&self, row: &mut ClusterMinuteRow) {
        if let Some((driver, _)) = self.driver {
            row.driver_type = Some(driver.into());
        }
        if let Some((cpu, memory)) = self.driver_use {
            row.driver_cpu = Some((cpu * 100_000.0) as i64);
            row.driver_mem = Some((memory * 100_000.0) as i64);
        }
        if row.workers > 0 {
            row.most_swap = Some((self.swap * 100_000.0) as i64);
            row.wait_millicores = row.worker_millicores.map(|it| (it as f64 * self.waiting) as i64);
        }
    }
}

/// Types that a driver may have, with their cores.
fn driver(name: &str) -> (&'static str, f64) {
    let known = [("m5.xlarge", 4.0), ("m5.2xlarge", 8.0), ("m5.4xlarge", 16.0)];
    known.into_iter().find(|it| it.0 == name).unwrap_or_else(|| panic!("no such driver in a test's world: {name}"))
}

impl World {
    /// The driver is of this type and used so much.
    pub(crate) fn driver(self, node_type: &str, cpu: f64, memory: f64) -> Self {
        self.twist(|it| (it.driver, it.driver_use) = (Some(driver(node_type)), Some((cpu, memory))))
    }

    /// These runs want so many cores.
    pub(crate) fn heavy(self, runs: &[i64], demand: f64) -> Self {
        self.twist(|it| it.heavy = Some((runs.into(), demand)))
    }

    /// In these runs a worker's memory is at this share.
    pub(crate) fn full(self, runs: &[i64], share: f64) -> Self {
        self.twist(|it| it.full = Some((runs.into(), share)))
    }

    /// Every minute swaps so much.
    pub(crate) fn swapping(self, share: f64) -> Self {
        self.twist(|it| it.swap = share)
    }

    /// These runs fail.
    pub(crate) fn failing(self, runs: &[i64]) -> Self {
        self.twist(|it| it.failing = runs.into())
    }

    /// Every run wants this much more than the one before.
    pub(crate) fn growing(self, by: f64) -> Self {
        self.twist(|it| it.growth = by)
    }

    /// The workers wait for IO in this share of their time.
    pub(crate) fn waiting(self, share: f64) -> Self {
        self.twist(|it| it.waiting = share)
    }

    /// The first runs had so many workers.
    pub(crate) fn earlier(self, runs: i64, workers: u32) -> Self {
        self.twist(|it| it.earlier = Some((runs, workers)))
    }

    /// Autoscaling holds so many workers, whatever they do.
    pub(crate) fn held_at(self, workers: u32) -> Self {
        self.twist(|it| it.held = Some(workers))
    }
}
