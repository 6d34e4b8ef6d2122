//! Demo fleets: a seeded company written as an export of system tables.
//!
//! Larkspur Goods does not exist. It has three workspaces on AWS and one on Azure, eight teams, and for each forty resources
//! some twenty-five jobs, nine all-purpose clusters and five SQL warehouses. About half of them waste money in a known way,
//! the others are healthy or only look wasteful; [`DemoSummary::planted`] says which is which. [`Company`] runs
//! them again on other configurations, with the same work and the same people, so that promised savings can be judged.
//! The export has the layout and the types of Databricks' system tables and REST replies, so it is read by the same code as
//! a real one.
//!
//! # What is modelled
//!
//! - **Work that nobody sees.** A job is a list of stages: a serial part on the driver, then pieces that can be shared, with
//!   skew, waiting for storage, exchange between nodes, memory and spill, what Photon and a faster core do for it, and what the
//!   driver must hold (`workload.rs`). Amounts vary from run to run and between weekdays; some grow by the week, peak at the
//!   end of the month, or now and then.
//! - **Two physics** (`physics.rs`). In the first, tasks are placed one by one on slots; in the second, work drains at a rate
//!   with diminishing returns. Memory, autoscaling and load over time have other forms in each, so that advice which fits one
//!   of them by accident shows in the other. Runs fail when memory is far too small, the driver cannot hold the results,
//!   native code meets another processor, or a spot driver is taken away.
//! - **Spot nodes** are taken away, each type at a rate of its own; their tasks are repeated and another node comes minutes
//!   later. What nodes really cost is hidden too: within the catalogue's bounds for spot, and by region (`market.rs`).
//! - **Clusters.** Start-up of three to six minutes in which nodes report but are not billed, autoscaling that reacts minutes
//!   late, one cluster per run for jobs, pools, Photon, a single node, a continuous job that is restarted at times.
//! - **People.** Commands in notebooks in working hours with lunch and a few evenings; clusters that terminate when idle, too
//!   late, or never; jobs scheduled on them; a service that asks little but always (`people.rs`, `interactive.rs`).
//! - **Warehouses.** Dashboards and analysts, starts and stops, a second cluster under load, queries that wait (`warehouses.rs`).
//! - **Warehouse sizes.** Scans that more workers share, memory that joins want, spill, queries that no size makes quicker
//!   (`queries.rs`).
//! - **Pools.** Nodes kept ready, taken, replaced and given back, with the events of it (`pools.rs`).
//! - **Pipelines.** Continuous ones with data in batches or all the time, triggered ones, development clusters that stay for two
//!   hours (`pipelines.rs`).
//! - **Serverless jobs.** Both performance targets, with a start that is minutes later and fewer DBU in the cheaper one
//!   (`serverless.rs`).
//! - **The bill.** Node time × DBU rate × Photon to the millisecond, per clock hour; late records, corrections, a price change
//!   in mid-history, old prices, other clouds' prices, a SKU without a price (`bill.rs`).
//! - **Gaps.** A cluster without telemetry, a workspace that reports nothing for a day, a deleted job, `runs/submit` runs
//!   without a job, failed, cancelled, skipped and repaired runs.
//!
//! # What is not
//!
//! Serverless pipelines and notebooks, autoscaling of pipelines and of clusters from pools that keep nodes, maintenance
//! clusters of pipelines, GPUs, disks that fill, idle DBU of a cluster
//! that fails to start, discounts, daylight saving, public holidays, permissions, lineage and the audit log.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;

mod about;
mod bill;
mod catalog;
mod export;
mod hosting;
mod interactive;
mod jobs;
mod machines;
mod market;
mod names;
mod nodes;
mod people;
mod physics;
mod pipelines;
mod pools;
mod prices;
mod queries;
mod random;
mod records;
mod schedule;
mod serverless;
mod shared;
mod sql;
mod streams;
mod time;
mod truth;
mod warehouses;
mod workload;
pub mod workspace;
mod world;

use interactive::InteractiveActor;
use jobs::JobActor;
pub use machines::VmCost;
use market::{Ground, Watch};
pub use physics::Physics;
use pipelines::PipelineActor;
use pools::PoolActor;
use random::Random;
use records::Records;
use serverless::ServerlessActor;
use shared::SharedActor;
use streams::StreamActor;
use time::{DAY, Day};
pub use truth::{
    Alternatives, Change, Company, Outcome, Remedy, Switch, Tried, best, changes_json, outcome, outcome_json,
    truth_json,
};
use warehouses::{WarehouseActor, serve};
use world::{Endpoint, World};

/// Which company, and how much of its history.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The same seed and options give the same bytes.
    pub seed: u64,
    /// Days of history.
    pub days: u32,
    /// End of the history: a midnight in UTC.
    pub until: Timestamp,
    /// How many resources: jobs, all-purpose clusters and warehouses together.
    pub clusters: u32,
    /// Of a known fleet: how many jobs; `clusters` then counts all-purpose clusters alone, and the others come on top.
    pub jobs: Option<u32>,
    /// Which of the two kinds of company.
    pub fleet: Fleet,
    /// Under which laws of nature.
    pub physics: Physics,
}

/// Where the resources come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fleet {
    /// A company to look at: forty recipes in a fixed order, again and again with a little variety.
    #[default]
    Demo,
    /// A company to be judged by: every resource is drawn at random, with one problem, several or none.
    Known,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            days: 28,
            // 2026-11-23T00:00:00Z
            until: Timestamp::constant(20_780 * 86_400, 0),
            clusters: 40,
            jobs: None,
            fleet: Fleet::Demo,
            physics: Physics::default(),
        }
    }
}

/// What was put into the company on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// `job`, `cluster`, `warehouse` or `workspace`.
    pub kind: String,
    /// Its workspace.
    pub workspace_id: String,
    /// Its Databricks id.
    pub target_id: String,
    /// Its name.
    pub name: String,
    /// The detection that should fire, e.g. `D01`; `healthy`; or `decoy:` and what makes it look wasteful.
    pub problem: String,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct DemoSummary {
    /// Workspaces.
    pub workspaces: u64,
    /// Jobs that the lists show, the deleted one included.
    pub jobs: u64,
    /// All-purpose clusters.
    pub clusters: u64,
    /// SQL warehouses.
    pub warehouses: u64,
    /// Runs of jobs.
    pub runs: u64,
    /// Rows of `node_timeline`.
    pub node_minutes: u64,
    /// Files.
    pub files: u64,
    /// The truth. A target can be named more than once.
    pub planted: Vec<Planted>,
    /// What was billed, by workspace and day.
    pub bill: Vec<BilledDay>,
    /// What machines really cost, by workspace and resource.
    pub vm: Vec<VmCost>,
    /// Spot nodes that the cloud took back, in order of time. Runs that recovered from it succeeded.
    pub spot_losses: Vec<SpotLoss>,
}

/// A spot node that the cloud took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotLoss {
    /// Its cluster.
    pub cluster_id: String,
    /// As in `node_timeline`.
    pub instance_id: String,
    /// When.
    pub at: Timestamp,
}

/// What a workspace was billed for a day's use, corrections included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledDay {
    /// The workspace.
    pub workspace_id: String,
    /// The UTC day of use.
    pub day: jiff::civil::Date,
    /// In quadrillionths of a USD (1e-15), exact: DBU times the price that held then.
    pub usd_quadrillionths: i128,
    /// DBU under SKUs without a price, in billionths: in no sum of USD.
    pub unpriced_dbu_billionths: i128,
}

impl BilledDay {
    /// The amount in USD with all of its fifteen decimals.
    pub fn usd(&self) -> String {
        bill::decimal(self.usd_quadrillionths, 15)
    }

    /// DBU without a price, with all decimals.
    pub fn unpriced_dbu(&self) -> String {
        bill::decimal(self.unpriced_dbu_billionths, 9)
    }
}

/// Why no export was written.
#[derive(Debug, thiserror::Error)]
pub enum FakeError {
    /// `until` is inside a day.
    #[error(
        "cannot end the history inside a day: {until}\n\nhint: give a midnight in UTC, such as 2026-11-23T00:00:00Z"
    )]
    NotMidnight {
        /// As given.
        until: Timestamp,
    },
    /// Nothing to write.
    #[error(
        "cannot write a company of {clusters} resources over {days} days\n\nhint: give at least one of each; 40 over 28 days is usual"
    )]
    Nothing {
        /// As given.
        days: u32,
        /// As given.
        clusters: u32,
    },
    /// The folder has something in it.
    #[error("cannot write an export into a folder that is not empty: {}\n\nhint: name a new folder, or empty this one", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing has that id, or it cannot be changed like that.
    #[error(
        "cannot try out a change: no resource {id} takes {change}\n\nhint: take the ids of planted jobs, clusters and warehouses, and the same options"
    )]
    NoSuchChange {
        /// The target.
        id: String,
        /// What was to be changed.
        change: String,
    },
    /// The disk refused.
    #[error("cannot write {}\n\nhint: is there space, and may this user write there?", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder or file of an export cannot be read.
    #[error("cannot read the export in {}\n\nhint: is it a folder that `clusteriq demo --fleet-out` wrote?", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No port could be had.
    #[error("cannot serve a workspace on a port of this machine\n\nhint: may this user listen on 127.0.0.1?")]
    Listen {
        /// Why.
        source: std::io::Error,
    },
    /// Arrow or Parquet refused.
    #[error("cannot write Parquet to {}\n\nhint: is the disk full? otherwise this is an error in ClusterIQ", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
}

/// How many resources go through a day together: enough for all processors.
const RESOURCES_AT_A_TIME: usize = 96;

/// A resource that goes through the days.
enum Actor {
    Job(JobActor),
    Shared(SharedActor),
    Stream(StreamActor),
    Interactive(InteractiveActor),
    Warehouse(WarehouseActor),
    Pool(PoolActor),
    Pipeline(PipelineActor),
    Serverless(ServerlessActor),
    Endpoint(Endpoint, Random),
}

impl Actor {
    fn day(&mut self, day: Day) -> Records {
        match self {
            Self::Job(it) => it.day(day),
            Self::Shared(it) => it.day(day),
            Self::Stream(it) => it.day(day),
            Self::Interactive(it) => it.day(day),
            Self::Warehouse(it) => it.day(day),
            Self::Pool(it) => it.day(day),
            Self::Pipeline(it) => it.day(day),
            Self::Serverless(it) => it.day(day),
            Self::Endpoint(it, random) => serve(it, day, random),
        }
    }
}

/// Writes the company's export into `dir`, an empty or new folder. `progress` hears what is being written and how much of it
/// is done, from 0 to 1.
pub fn write_export(dir: &Path, options: &DemoOptions, progress: &dyn Fn(&str, f64)) -> Result<DemoSummary, FakeError> {
    let start = start(options)?;
    let until = options.until.as_millisecond();
    let world = World::new(options, start);
    let mut actors = actors(options, &world, Watch::Nodes, AS_IT_WAS);
    let mut export = export::Export::create(dir, &world)?;
    let mut bill = bill::Total::default();
    let mut machines =
        machines::Total::new(Ground { seed: options.seed, physics: options.physics, watch: Watch::Nodes });
    let (mut runs, mut node_minutes) = (0, 0);
    let mut spot_losses = Vec::new();
    for number in 0..i64::from(options.days) {
        let day = Day { number, start: start + number * DAY, until };
        progress(&day.date().to_string(), number as f64 / f64::from(options.days));
        let mut file = export.begin(day)?;
        // Some resources at a time: what is held in memory does not grow with their number.
        for some in actors.chunks_mut(RESOURCES_AT_A_TIME) {
            let done: Vec<Records> = some.par_iter_mut().map(|it| it.day(day)).collect();
            let mut records = Records::default();
            for it in done {
                records.append(it);
            }
            if let Some((workspace, silent)) = &world.silent
                && *silent == number
            {
                records.minutes.retain(|it| it.node.workspace_id != *workspace);
            }
            runs += records.runs;
            node_minutes += records.minutes.len() as u64;
            bill.add(&records.usage, &world.prices);
            machines.add(&records);
            spot_losses.extend(records.losses.iter().filter_map(|(cluster_id, it)| {
                let at = Timestamp::from_millisecond(it.at).ok()?;
                Some(SpotLoss { cluster_id: cluster_id.to_string(), instance_id: it.instance_id.clone(), at })
            }));
            export.append(&mut file, records)?;
        }
        file.close()?;
    }
    progress("lists", 1.0);
    spot_losses.sort_by(|a, b| (a.at, &a.instance_id).cmp(&(b.at, &b.instance_id)));
    let files = export.finish(&world)? + about::write(dir, options)?;
    Ok(DemoSummary {
        workspaces: world.workspaces.len() as u64,
        jobs: world.cards().count() as u64,
        clusters: world.all_purpose.len() as u64,
        warehouses: world.warehouses.len() as u64,
        runs,
        node_minutes,
        files,
        planted: world.planted,
        bill: bill.days(),
        vm: machines.costs(),
        spot_losses,
    })
}

/// When the history begins, if it can.
fn start(options: &DemoOptions) -> Result<time::Millis, FakeError> {
    let until = options.until.as_millisecond();
    if until % DAY != 0 {
        return Err(FakeError::NotMidnight { until: options.until });
    }
    if options.days == 0 || options.clusters == 0 {
        return Err(FakeError::Nothing { days: options.days, clusters: options.clusters });
    }
    Ok(until - i64::from(options.days) * DAY)
}

/// The history that an export tells; other numbers are other luck with the same work.
const AS_IT_WAS: u32 = 0;

fn actors(options: &DemoOptions, world: &World, watch: Watch, luck: u32) -> Vec<Actor> {
    let ground = Ground { seed: options.seed, physics: options.physics, watch };
    let stream_of = |kind: &str, id: &str| {
        let name = if luck == AS_IT_WAS { format!("{kind} {id}") } else { format!("{kind} {id} luck {luck}") };
        Random::named(options.seed, &name)
    };
    let mut actors = Vec::new();
    let job_of = |it: &world::Job| JobActor::new(it.clone(), ground, stream_of("job", &it.card.id));
    // The jobs of a pool that keeps nodes run inside of it.
    let kept = |it: &world::Job| it.shape.pool.as_ref().filter(|it| it.keeping.is_some()).map(|it| it.id.clone());
    for it in world.jobs.iter().filter(|it| kept(it).is_none()) {
        actors.push(Actor::Job(job_of(it)));
    }
    for pool in &world.pools {
        if let Some(keeping) = pool.keeping {
            let jobs = world.jobs.iter().filter(|it| kept(it).as_ref() == Some(&pool.id)).map(job_of).collect();
            actors.push(Actor::Pool(PoolActor::new(pool.clone(), keeping, jobs, stream_of("pool", &pool.id))));
        }
    }
    for it in &world.pipelines {
        actors.push(Actor::Pipeline(PipelineActor::new(it.clone(), ground, stream_of("pipeline", &it.id))));
    }
    for it in &world.serverless {
        actors.push(Actor::Serverless(ServerlessActor::new(it.clone(), stream_of("job", &it.card.id))));
    }
    for it in &world.shared {
        let named = stream_of("shared", &it.jobs[0].card.id);
        actors.push(Actor::Shared(SharedActor::new(it.clone(), ground, named)));
    }
    for it in &world.streams {
        actors.push(Actor::Stream(StreamActor::new(it.clone(), ground, stream_of("job", &it.card.id))));
    }
    for it in &world.all_purpose {
        actors.push(Actor::Interactive(InteractiveActor::new(it.clone(), ground, stream_of("cluster", &it.id))));
    }
    for it in &world.warehouses {
        actors.push(Actor::Warehouse(WarehouseActor::new(it.clone(), stream_of("warehouse", &it.id))));
    }
    for it in &world.endpoints {
        actors.push(Actor::Endpoint(it.clone(), stream_of("endpoint", &it.id)));
    }
    actors
}
