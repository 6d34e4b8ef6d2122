//! A world of a few jobs, clusters and warehouses with known demand. Everything runs on `m5.xlarge`: 4 cores, 16 GiB, 0.69 DBU/h.

use clusteriq_model::Fleet;

use super::quirks::{self, Quirks, Serverless};
use super::twist::Twist;
use super::{pipelines, pools, warehouses};
use crate::scenario::off_hours::WorkHours;

mod accepted;
mod out;
mod rows;
mod runs;
mod shared;
mod warehouse;

pub(super) use out::Out;
pub(super) use rows::{cluster_row, first_minute, job_row, time};

pub(super) const DAYS: i64 = 14;
const CORES: f64 = 4.0;
const GIB: f64 = 16.0;
/// DBUs of an `m5.xlarge` per hour.
const DBU: f64 = 0.69;

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(super) jobs: Vec<Job>,
    pub(super) serverless: Vec<Serverless>,
    shared: Vec<Shared>,
    warehouses: Vec<(String, Option<i64>)>,
    pub(super) sized: Vec<warehouses::Sized>,
    pub(super) pools: Vec<pools::Pool>,
    pub(super) pipelines: Vec<pipelines::Pipeline>,
    /// Put before the names of shared clusters, never before their ids.
    prefix: String,
    /// Rows of every table in the opposite order.
    reversed: bool,
    /// How many rows are taken in at a time; `None`: all at once.
    at_a_time: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    name: String,
    workers: u32,
    range: Option<(u32, u32)>,
    /// Cores that it wants in every minute of work.
    demand: f64,
    /// GiB that it needs besides what every node needs.
    working_set: f64,
    hour: i64,
    runs: i64,
    minutes: i64,
    on: Option<String>,
    /// Whether its workers are on spot.
    spot: bool,
    /// A type of the same size as `m5.xlarge`.
    node: String,
    twist: Twist,
    pub(super) quirks: Quirks,
}

#[derive(Clone, Debug)]
struct Shared {
    name: String,
    hours: Option<WorkHours>,
    limit: Option<i64>,
    stopped: bool,
    /// Range of workers; four if there is none.
    range: Option<(u32, u32)>,
    /// Day, first hour, last hour of use.
    sessions: Vec<(i64, i64, i64)>,
}

pub(crate) fn world() -> World {
    World::default()
}

impl World {
    /// A job on its own cluster of `workers`, whose work uses `demand` cores.
    pub(crate) fn job(mut self, name: &str, workers: u32, cores: f64, demand: f64) -> Self {
        assert_eq!(cores, CORES, "every node is an m5.xlarge");
        self.jobs.push(Job {
            name: name.into(),
            workers,
            range: None,
            demand,
            working_set: 3.0 * f64::from(workers.max(1)),
            hour: 2,
            runs: 14,
            minutes: 60,
            on: None,
            spot: false,
            node: "m5.xlarge".into(),
            twist: Twist::default(),
            quirks: Quirks::default(),
        });
        self
    }

    /// A job on a shared cluster.
    pub(crate) fn job_on(self, cluster: &str, name: &str, demand: f64) -> Self {
        let mut world = self.job(name, 4, CORES, demand);
        world.last().on = Some(cluster.into());
        world
    }

    pub(super) fn last(&mut self) -> &mut Job {
        self.jobs.last_mut().expect("a job before what changes it")
    }

    pub(crate) fn runs(mut self, runs: i64, minutes: i64) -> Self {
        (self.last().runs, self.last().minutes) = (runs, minutes);
        self
    }

    pub(crate) fn at_hour(mut self, hour: i64) -> Self {
        self.last().hour = hour;
        self
    }

    pub(crate) fn autoscale(mut self, min: u32, max: u32) -> Self {
        self.last().range = Some((min, max));
        self
    }

    /// Memory that each worker uses, as a share.
    pub(crate) fn memory(mut self, share: f64) -> Self {
        let workers = f64::from(self.last().workers.max(1));
        self.last().working_set = (share * GIB - 1.0).max(0.0) * workers;
        self
    }

    pub(crate) fn shared(mut self, name: &str, limit: Option<i64>, sessions: &[(i64, i64, i64)]) -> Self {
        self.shared.push(Shared {
            name: name.into(),
            hours: None,
            limit,
            stopped: false,
            range: None,
            sessions: sessions.into(),
        });
        self
    }

    /// The shared cluster autoscales.
    pub(crate) fn shared_range(mut self, min: u32, max: u32) -> Self {
        self.shared.last_mut().expect("a cluster before its range").range = Some((min, max));
        self
    }

    pub(super) fn twist(mut self, change: impl FnOnce(&mut Twist)) -> Self {
        change(&mut self.last().twist);
        self
    }

    pub(crate) fn warehouse(mut self, name: &str, auto_stop: Option<i64>) -> Self {
        self.warehouses.push((name.into(), auto_stop));
        self
    }

    /// Names changed, everything else as it is.
    pub(crate) fn renamed(&self) -> Self {
        let mut next = self.clone();
        for it in &mut next.jobs {
            it.name = format!("zz-{}", it.name.chars().rev().collect::<String>());
        }
        next.prefix = "zz-".into();
        next
    }

    /// The same rows, the last first.
    pub(crate) fn taken_in_parts(&self, rows: usize) -> Self {
        Self { at_a_time: Some(rows), ..self.clone() }
    }

    pub(crate) fn reversed(&self) -> Self {
        Self { reversed: true, ..self.clone() }
    }

    pub(crate) fn fleet(&self) -> Fleet {
        let mut out = Out::default();
        for (index, job) in self.jobs.iter().enumerate() {
            for run in 0..job.runs {
                out.run(index + 1, job, run);
            }
            out.tables.jobs.push(job_row(index + 1, &job.name, job.hour, job.quirks.timeout_seconds()));
        }
        quirks::serverless(&mut out, &self.serverless);
        for it in &self.shared {
            let jobs: Vec<_> = self.jobs.iter().filter(|job| job.on.as_ref() == Some(&it.name)).collect();
            out.shared(it, &jobs);
        }
        for (name, limit) in &self.warehouses {
            out.warehouse(name, *limit);
        }
        self.sized.iter().for_each(|it| warehouses::rows(it, &mut out.tables));
        self.pools.iter().for_each(|it| pools::rows(it, &mut out.tables));
        self.pipelines.iter().for_each(|it| pipelines::rows(it, &mut out.tables, &mut out.minutes));
        for it in out.tables.clusters.iter_mut().filter(|it| it.cluster_source.as_deref() == Some("UI")) {
            it.cluster_name = Some(format!("{}{}", self.prefix, it.cluster_id));
        }
        if self.reversed {
            let tables = &mut out.tables;
            tables.usage.reverse();
            tables.clusters.reverse();
            tables.jobs.reverse();
            tables.job_run_slices.reverse();
            tables.task_run_slices.reverse();
            tables.warehouse_events.reverse();
            tables.queries.reverse();
            tables.instance_events.reverse();
            tables.pipeline_updates.reverse();
        }
        out.fleet(self.at_a_time)
    }
}

/// Of the catalogue, read once.
fn node_type(name: &str) -> &'static clusteriq_model::NodeType {
    static CATALOG: std::sync::OnceLock<clusteriq_model::Catalog> = std::sync::OnceLock::new();
    &CATALOG.get_or_init(crate::catalog::embedded).node_types[name]
}
