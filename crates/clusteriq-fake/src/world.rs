//! Who exists: workspaces, jobs, all-purpose clusters, warehouses, and what is wrong with each.

use std::sync::Arc;

use crate::catalog::{Cloud, NodeType};
use crate::names::Team;
use crate::prices::PriceBook;
use crate::queries::Mix;
use crate::random::Random;
use crate::schedule::Schedule;
use crate::time::{DAY, Millis, SECOND, civil};
use crate::workload::{Engine, Latent, Size};
use crate::{DemoOptions, Planted};

mod build;
pub(crate) mod kinds;
mod known;
pub(crate) mod pipelines;
mod policies;
pub(crate) mod pools;
mod recipes;
pub(crate) mod serverless;
mod setup;
pub(crate) mod warehouses;

pub(crate) use setup::{Cause, Library, Policy, Setup, Tagging, TaskKind, Trouble};

/// A workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) id: Arc<str>,
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) cloud: Cloud,
    /// Value of the `env` tag.
    pub(crate) env: &'static str,
    pub(crate) created: Millis,
}

/// How nodes are bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Availability {
    OnDemand,
    /// All but the driver.
    SpotWithFallback,
    /// All but the first so many, the driver being the first.
    SpotAfter(u32),
}

impl Availability {
    /// So many nodes are on demand, the driver first.
    pub(crate) fn first_on_demand(self) -> u32 {
        match self {
            Self::OnDemand => u32::MAX,
            Self::SpotWithFallback => 1,
            Self::SpotAfter(count) => count,
        }
    }
}

/// Nodes kept ready for clusters.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) node_type: &'static NodeType,
    pub(crate) created: Millis,
    /// What it keeps ready; without it nodes are there when they are wanted, and nothing more is known.
    pub(crate) keeping: Option<Keeping>,
}

/// How many nodes a pool has without a cluster, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    pub(crate) min_idle: u32,
    pub(crate) idle_minutes: i64,
    pub(crate) max_capacity: u32,
    pub(crate) availability: Availability,
}

impl Pool {
    /// Whether a cluster of so many nodes need not wait for them.
    pub(crate) fn has_ready(&self, nodes: u32) -> bool {
        self.keeping.is_none_or(|it| it.min_idle >= nodes)
    }
}

/// A cluster's configuration.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) driver: &'static NodeType,
    pub(crate) worker: &'static NodeType,
    pub(crate) size: Size,
    pub(crate) engine: Engine,
    pub(crate) availability: Availability,
    /// Runtime key.
    pub(crate) runtime: &'static str,
    pub(crate) pool: Option<Arc<Pool>>,
}

/// Whether its nodes report to `node_timeline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telemetry {
    Reported,
    Missing,
}

/// Where a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A job in the workspace.
    Job,
    /// `runs/submit` by another orchestrator: no job exists.
    Submit,
}

/// What the lists say of a job.
#[derive(Clone, Debug)]
pub(crate) struct JobCard {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) team: &'static Team,
    pub(crate) run_as: String,
    pub(crate) creator: String,
    pub(crate) creator_id: String,
    pub(crate) run_as_id: String,
    pub(crate) created: Millis,
    pub(crate) deleted: Option<Millis>,
    pub(crate) schedule: Schedule,
    /// Keys of its tasks; each waits for the one before.
    pub(crate) tasks: Vec<&'static str>,
    pub(crate) origin: Origin,
    pub(crate) setup: Setup,
}

impl JobCard {
    /// Tags of the job and its clusters.
    pub(crate) fn tags(&self) -> Vec<(&'static str, &'static str)> {
        tagged(self.setup.tagging, &self.workspace, self.team)
    }
}

/// Tags that everything a team has carries.
pub(crate) fn tags(workspace: &Workspace, team: &Team) -> Vec<(&'static str, &'static str)> {
    tagged(Tagging::Full, workspace, team)
}

/// Those of them that a resource has.
pub(crate) fn tagged(tagging: Tagging, workspace: &Workspace, team: &Team) -> Vec<(&'static str, &'static str)> {
    let mut tags = match tagging {
        Tagging::Full | Tagging::Critical => {
            vec![("cost_center", team.cost_center), ("env", workspace.env), ("team", team.name)]
        }
        Tagging::NoOwner => vec![("env", workspace.env)],
        Tagging::Nothing => Vec::new(),
    };
    if tagging == Tagging::Critical {
        tags.push(("criticality", "high"));
    }
    tags
}

/// Something that must happen once, so that every export has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incident {
    Nothing,
    /// The sixth run fails and is repaired.
    Repaired,
    /// The fifth run is cancelled by a person.
    Cancelled,
}

/// A job with clusters of its own.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) card: JobCard,
    pub(crate) shape: Shape,
    pub(crate) latent: Latent,
    pub(crate) incident: Incident,
}

/// Jobs on one cluster, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) jobs: Vec<Job>,
    pub(crate) shape: Shape,
}

/// A job that runs on an all-purpose cluster.
#[derive(Clone, Debug)]
pub(crate) struct Hosted {
    pub(crate) card: JobCard,
    /// Work that can be shared between cores.
    pub(crate) core_seconds: f64,
    /// How many cores it can use.
    pub(crate) cores: f64,
    /// Work on the driver before that.
    pub(crate) serial_seconds: f64,
    pub(crate) memory_gib: f64,
}

/// Who uses an all-purpose cluster.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    /// People on working days, `zone_hour` hours ahead of UTC.
    People { number: i64, ahead_hours: i64 },
    /// Somebody on the first working day, then nobody.
    ForgottenAfterOneDay,
    /// Programs that ask all the time, a little.
    Service,
    /// People, and a schedule that asks something small all the time so that it stays up, also at night and on weekends.
    KeptUp { number: i64, ahead_hours: i64 },
    /// Nobody but its jobs.
    Nobody,
}

/// A change of an all-purpose cluster's configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    TagAdded { key: &'static str, value: &'static str },
    RuntimeChanged { from: &'static str },
}

/// An all-purpose cluster.
#[derive(Clone, Debug)]
pub(crate) struct AllPurpose {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: Arc<str>,
    pub(crate) name: String,
    pub(crate) team: &'static Team,
    pub(crate) owner: String,
    pub(crate) created: Millis,
    pub(crate) shape: Shape,
    /// None: never.
    pub(crate) autotermination: Option<i64>,
    /// Hours of the day, UTC, outside of which it is kept down, as on weekends. Only what-ifs have that.
    pub(crate) up_hours: Option<(i64, i64)>,
    pub(crate) audience: Audience,
    pub(crate) hosted: Vec<Hosted>,
    pub(crate) telemetry: Telemetry,
    pub(crate) change: Option<(Millis, Change)>,
    pub(crate) tagging: Tagging,
    pub(crate) policy: Option<Arc<Policy>>,
}

/// A warehouse's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WarehouseKind {
    Pro,
    Serverless,
}

/// Who asks a warehouse.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Questions {
    /// Dashboards and analysts on working days: so many clumps of queries.
    Office { clumps: i64 },
    /// Dashboards that refresh day and night.
    Always,
    /// Queries whose time depends on the size.
    Mixed(Mix),
}

/// A SQL warehouse.
#[derive(Clone, Debug)]
pub(crate) struct Warehouse {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) team: &'static Team,
    pub(crate) kind: WarehouseKind,
    /// As the catalogue has it: `X-Small`.
    pub(crate) size: &'static str,
    pub(crate) max_clusters: i64,
    /// 0: never.
    pub(crate) auto_stop_minutes: i64,
    pub(crate) created: Millis,
    pub(crate) questions: Questions,
}

/// A model serving endpoint, billed under a SKU that no price list has.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) sku: &'static str,
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The company.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) account_id: String,
    pub(crate) workspaces: Vec<Arc<Workspace>>,
    pub(crate) pools: Vec<Arc<Pool>>,
    pub(crate) policies: Vec<Arc<Policy>>,
    pub(crate) prices: PriceBook,
    pub(crate) jobs: Vec<Job>,
    pub(crate) streams: Vec<Job>,
    pub(crate) all_purpose: Vec<AllPurpose>,
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Jobs that run on one cluster, one after the other. Only what-ifs have them.
    pub(crate) shared: Vec<Shared>,
    pub(crate) pipelines: Vec<pipelines::Pipeline>,
    pub(crate) serverless: Vec<serverless::ServerlessJob>,
    /// A day on which a workspace's nodes reported nothing.
    pub(crate) silent: Option<(Arc<str>, i64)>,
    pub(crate) planted: Vec<Planted>,
}

impl World {
    /// The company of that seed and size.
    pub(crate) fn new(options: &DemoOptions, start: Millis) -> Self {
        build::build(options, start)
    }

    /// Every job that the lists show.
    pub(crate) fn cards(&self) -> impl Iterator<Item = &JobCard> {
        let own = self.jobs.iter().chain(&self.streams).map(|it| &it.card);
        let hosted = self.all_purpose.iter().flat_map(|it| &it.hosted).map(|it| &it.card);
        let clusterless = self.serverless.iter().map(|it| &it.card);
        let updating = self.pipelines.iter().filter_map(|it| it.job.as_ref());
        own.chain(hosted).chain(clusterless).chain(updating).filter(|it| it.origin == Origin::Job)
    }
}

/// A cluster id as Databricks makes them: when it was created, and eight letters or digits.
pub(crate) fn cluster_id(created: Millis, random: &mut Random) -> String {
    let at = civil(created);
    format!(
        "{:02}{:02}-{:02}{:02}{:02}-{}",
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        random.text("abcdefghijklmnopqrstuvwxyz0123456789", 8)
    )
}

/// Some moment in the months before the history began.
fn long_ago(start: Millis, random: &mut Random) -> Millis {
    start - random.whole(40, 300) * DAY + random.whole(6 * 3600, 17 * 3600) * SECOND + random.whole(0, 999)
}
