//! A fleet with some changes made: what its jobs, clusters and warehouses would cost then.
//!
//! Changes are made one after the other, and each is priced on what the ones before it left: so savings are marginal, and
//! the total is what is saved if everything is done.

pub mod behaviour;
mod cluster_size;
mod contention;
mod idle;
pub mod off_hours;
pub mod pipelines;
pub mod pools;
mod shared;
pub mod warehouses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clusteriq_model::{
    Action, ActionKind, Autotermination, Catalog, ClusterChange, ClusterKey, Compute, Fleet, Interval, JobKey, Minutes,
    NodeType, Plane, PoolKey, Purchase, Size, Switch, Target, Usd, Warehouse, WarehouseKey,
};

use crate::money::{cluster_vm, warehouse_vm};
use crate::profile::{Profiles, RunTrace, WarehouseProfile};
use crate::whatif::{self, Cost, Quote, per_month};

pub use behaviour::Behaviour;
pub use cluster_size::{minute_need, need};
pub use idle::{RESTART_MINUTES, kept_minutes};
use off_hours::WorkHours;
pub use shared::shared_quote;

/// Minutes after which a stopped cluster is taken to have been stopped by a person.
const STOPPED_AFTER: Minutes = Minutes(10.0);

/// The changes made so far.
#[derive(Clone)]
pub struct Scenario<'a> {
    fleet: &'a Fleet,
    profiles: &'a Profiles,
    jobs: BTreeMap<JobKey, Compute>,
    groups: Vec<(BTreeSet<JobKey>, Compute)>,
    /// All-purpose clusters with other nodes than now.
    clusters: BTreeMap<ClusterKey, Compute>,
    limits: BTreeMap<ClusterKey, Minutes>,
    stopped: BTreeSet<ClusterKey>,
    auto_stops: BTreeMap<WarehouseKey, Minutes>,
    warehouse_sizes: BTreeMap<WarehouseKey, String>,
    pool_minimums: BTreeMap<PoolKey, u32>,
    pipelines: pipelines::Changed,
    hours: BTreeMap<ClusterKey, WorkHours>,
    behaviour: Arc<Behaviour>,
    /// What was mended in how jobs behave.
    fixed: BTreeMap<JobKey, BTreeSet<ActionKind>>,
}

impl<'a> Scenario<'a> {
    /// Nothing changed.
    #[must_use]
    pub fn new(fleet: &'a Fleet, profiles: &'a Profiles) -> Self {
        Self { behaviour: Arc::new(Behaviour::of(fleet)), ..Self::empty(fleet, profiles) }
    }

    fn empty(fleet: &'a Fleet, profiles: &'a Profiles) -> Self {
        Self {
            fleet,
            profiles,
            jobs: BTreeMap::new(),
            groups: vec![],
            clusters: BTreeMap::new(),
            limits: BTreeMap::new(),
            stopped: BTreeSet::new(),
            auto_stops: BTreeMap::new(),
            warehouse_sizes: BTreeMap::new(),
            pool_minimums: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            hours: BTreeMap::new(),
            behaviour: Arc::default(),
            fixed: BTreeMap::new(),
        }
    }

    /// What was found out about the fleet, for [`Scenario::again`].
    #[must_use]
    pub fn behaviour(&self) -> Arc<Behaviour> {
        self.behaviour.clone()
    }

    /// Nothing changed, for a fleet about which this was found out before: questions one by one need no second look at it.
    #[must_use]
    pub fn again(fleet: &'a Fleet, profiles: &'a Profiles, behaviour: Arc<Behaviour>) -> Self {
        Self { behaviour, ..Self::empty(fleet, profiles) }
    }

    /// The resources whose cost a change touches.
    #[must_use]
    pub fn touched(&self, target: &Target, action: &Action) -> BTreeSet<Target> {
        let mut touched = BTreeSet::from([target.clone()]);
        match (target, action) {
            (Target::Job(job), Action::UseJobCluster { .. }) => {
                let shared = self.profiles.jobs.get(job).map(|it| &it.0.shared);
                touched.extend(shared.into_iter().flatten().cloned().map(Target::Cluster));
            }
            (_, Action::ShareJobCluster { jobs, .. }) => {
                touched.extend(jobs.iter().cloned().map(Target::Job));
            }
            _ => {}
        }
        touched
    }

    /// The configuration a job has in this scenario.
    #[must_use]
    pub fn compute(&self, job: &JobKey) -> Option<Compute> {
        let own = || self.profiles.jobs.get(job)?.0.compute.clone();
        self.jobs.get(job).cloned().or_else(own)
    }

    /// The scenario with one more change.
    #[must_use]
    pub fn with(&self, target: &Target, action: &Action) -> Self {
        let mut next = self.clone();
        match (target, action) {
            (Target::Job(job), Action::UseJobCluster { node_type, size, .. }) => {
                let compute = self.moved_compute(job, node_type, *size);
                next.jobs.extend(compute.map(|it| (job.clone(), it)));
            }
            (Target::Job(job), Action::ShareJobCluster { jobs, node_type, size }) => {
                if let Some(mut compute) = self.compute(job) {
                    compute.worker_type = Some(node_type.clone());
                    compute.driver_type = Some(node_type.clone());
                    compute.size = Some(*size);
                    next.groups.push((jobs.iter().cloned().collect(), compute));
                }
            }
            (
                Target::Job(job),
                Action::SetRetries { .. } | Action::SetTimeout { .. } | Action::UseStandardPerformance,
            ) => {
                next.fixed.entry(job.clone()).or_default().insert(action.kind());
            }
            (Target::Job(job), action) => {
                let changed = self.compute(job).map(|it| changed(it, action));
                next.jobs.extend(changed.map(|it| (job.clone(), it)));
            }
            (
                Target::Cluster(key),
                Action::SetWorkers { .. }
                | Action::SetNodeType { .. }
                | Action::SetDriverType { .. }
                | Action::SetPurchase { .. },
            ) => {
                let changed = self.cluster_compute(key).map(|it| changed(it, action));
                next.clusters.extend(changed.map(|it| (key.clone(), it)));
            }
            (Target::Cluster(key), Action::StopCluster) => {
                next.stopped.insert(key.clone());
            }
            (Target::Cluster(key), Action::SetAutotermination { to, .. }) => {
                next.limits.insert(key.clone(), *to);
            }
            (Target::Cluster(key), Action::StopOffHours { from_hour, until_hour }) => {
                next.hours.insert(key.clone(), WorkHours { from: *from_hour, until: *until_hour });
            }
            (Target::Warehouse(key), Action::SetAutoStop { to, .. }) => {
                next.auto_stops.insert(key.clone(), *to);
            }
            (Target::Warehouse(key), Action::SetWarehouseSize { to, .. }) => {
                next.warehouse_sizes.insert(key.clone(), to.clone());
            }
            (Target::Pool(key), Action::SetPoolIdle { to, .. }) => {
                next.pool_minimums.insert(key.clone(), *to);
            }
            (Target::Pipeline(key), Action::TriggerPipeline { every }) => {
                next.pipelines.entry(key.clone()).or_default().every = Some(*every);
            }
            (Target::Pipeline(key), Action::LeaveDevelopment) => {
                next.pipelines.entry(key.clone()).or_default().left_development = true;
            }
            (
                Target::Cluster(_)
                | Target::Warehouse(_)
                | Target::Pool(_)
                | Target::Pipeline(_)
                | Target::Workspace(_),
                _,
            ) => {}
        }
        next
    }

    /// A job moved off its all-purpose cluster: the cluster's purchase and Photon, the job rate.
    fn moved_compute(&self, job: &JobKey, node_type: &str, size: Size) -> Option<Compute> {
        let from = self.shared_compute(job)?;
        Some(Compute {
            plane: Plane::Jobs,
            driver_type: Some(node_type.into()),
            worker_type: Some(node_type.into()),
            size: Some(size),
            ..from
        })
    }

    /// The all-purpose cluster a job runs on, if it runs on one.
    fn shared_compute(&self, job: &JobKey) -> Option<Compute> {
        let key = self.profiles.jobs.get(job)?.0.shared.iter().next()?;
        Some(crate::profile::job::measured_compute(self.fleet, self.fleet.clusters.get(key)?))
    }

    /// What the resources cost in a month. `None`: one of them cannot be priced.
    #[must_use]
    pub fn cost(&self, resources: &BTreeSet<Target>) -> Option<Cost> {
        let mut total = Cost::ZERO;
        let jobs: BTreeSet<&JobKey> =
            resources.iter().filter_map(|it| if let Target::Job(it) = it { Some(it) } else { None }).collect();
        let mut counted: BTreeSet<&JobKey> = BTreeSet::new();
        for (group, compute) in &self.groups {
            if group.iter().any(|it| jobs.contains(it)) {
                total = total.plus(shared_quote(self.fleet, self.profiles, group, compute)?.cost);
                counted.extend(group);
            }
        }
        for target in resources {
            let cost = match target {
                Target::Job(it) if counted.contains(it) => continue,
                Target::Job(it) => self.job_cost(it)?,
                Target::Cluster(it) => self.resized(it, self.cluster_cost(it)?)?,
                Target::Warehouse(it) => self.warehouse_cost(it)?,
                Target::Pool(it) => {
                    let (pool, profile) = (self.fleet.pools.get(it)?, self.profiles.pools.get(it)?);
                    pools::cost(self.fleet, pool, profile, self.pool_minimums.get(it).copied())?
                }
                Target::Pipeline(it) => {
                    let (pipeline, profile) = (self.fleet.pipelines.get(it)?, self.profiles.pipelines.get(it)?);
                    pipelines::cost(self.fleet, pipeline, profile, self.pipelines.get(it).copied())?
                }
                Target::Workspace(_) => continue,
            };
            total = total.plus(cost);
        }
        Some(total)
    }

    fn job_cost(&self, key: &JobKey) -> Option<Cost> {
        let (profile, _) = self.profiles.jobs.get(key)?;
        if profile.compute.is_none() && !self.jobs.contains_key(key) {
            // It has no cluster of its own: its cost is its cluster's, or the bill of a serverless job.
            return Some(self.serverless_cost(key));
        }
        self.job_quote(key).map(|it| self.behaved(key, profile, it.cost))
    }

    /// How a job runs in this scenario. `None`: it runs on shared compute, or cannot be replayed.
    #[must_use]
    pub fn job_quote(&self, key: &JobKey) -> Option<Quote> {
        let (profile, _) = self.profiles.jobs.get(key)?;
        let then = self.compute(key)?;
        if profile.compute.is_some() {
            return whatif::job_on(self.fleet, profile, &then);
        }
        let from = self.shared_compute(key)?;
        let traces = self.shared_traces(key);
        let cluster = profile.shared.iter().next()?;
        let billed = self.fleet.bill.clusters.get(cluster)?;
        let rate = whatif::rate(self.fleet, billed.cloud.as_deref()?, billed.sku.as_deref()?, Plane::Jobs);
        let runs = profile.started as f64 * per_month(self.fleet);
        let mut quote = whatif::quote(self.fleet, &traces, &from, &then, rate, runs, &profile.response)?;
        if let Some(shared) = self.profiles.clusters.get(cluster) {
            quote.cost = contention::doubted(quote.cost, contention::contested(&shared.jobs, key));
        }
        Some(quote)
    }

    /// A job's demand on an all-purpose cluster, with the start-up that a cluster of its own needs.
    #[must_use]
    pub fn shared_traces(&self, key: &JobKey) -> Vec<RunTrace> {
        let Some(job) = self.fleet.jobs.get(key) else { return vec![] };
        let Some((profile, _)) = self.profiles.jobs.get(key) else { return vec![] };
        let Some(cluster) = profile.shared.iter().next().and_then(|it| self.fleet.clusters.get(it)) else {
            return vec![];
        };
        let good = job.runs.iter().filter(|it| it.result == clusteriq_model::RunResult::Succeeded);
        let traces = good.filter_map(|run| crate::profile::trace::of_span(run, cluster));
        traces
            .map(|mut it| {
                let first = it.minutes[0];
                let starting =
                    crate::profile::TraceMinute { starting: true, used: 0.0, waiting: 0.0, driver: 0.0, ..first };
                let minutes = crate::profile::activity::START_UP_MINUTES as usize;
                if let Some(shared) = self.profiles.clusters.get(&cluster.key) {
                    contention::own_part(&mut it, &shared.jobs, key);
                }
                it.minutes.splice(0..0, std::iter::repeat_n(starting, minutes));
                it
            })
            .collect()
    }

    /// Jobs that this scenario moves off the cluster.
    fn moved_off(&self, key: &ClusterKey) -> BTreeSet<&JobKey> {
        let on = |job: &&JobKey| self.profiles.jobs.get(*job).is_some_and(|it| it.0.shared.contains(key));
        self.jobs.keys().filter(on).collect()
    }

    fn cluster_cost(&self, key: &ClusterKey) -> Option<Cost> {
        let cluster = self.fleet.clusters.get(key)?;
        let profile = self.profiles.clusters.get(key)?;
        let scale = per_month(self.fleet);
        let now = Cost {
            dbu: self.fleet.bill.clusters.get(key).map(|it| Interval::exactly(it.usd.estimate() * scale)),
            vm: cluster_vm(self.fleet, cluster).map(|it| Interval::exactly(it.0 * scale)),
        };
        let moved = self.moved_off(key);
        let limit = self.cluster_limit(key, cluster.config().autotermination);
        let hours = self.hours.get(key).copied();
        if moved.is_empty() && limit.is_none() && hours.is_none() {
            return Some(now);
        }
        let set = limit;
        let limit = limit.or(match cluster.config().autotermination {
            Autotermination::Never => None,
            Autotermination::After(it) => Some(it),
        });
        if limit.is_none() && hours.is_none() {
            return Some(now);
        }
        let mut busy = profile.sessions.clone();
        let mut gone = vec![];
        for (job, spans) in &profile.jobs {
            if moved.contains(job) { gone.extend(spans) } else { busy.extend(spans) }
        }
        let first = self.fleet.window.from.as_second().div_euclid(60);
        let up: f64 = profile.up.iter().map(|it| it.minutes() as f64).sum();
        let kept = match (hours, limit) {
            (Some(hours), _) => {
                let bound = if moved.is_empty() { set } else { limit };
                let staying = profile.jobs.iter().filter(|it| !moved.contains(it.0));
                let tasks = staying.flat_map(|it| it.1.iter().copied()).collect();
                off_hours::kept(&profile.up, hours, tasks, busy, &gone, bound, first)
            }
            (None, Some(limit)) => kept_minutes(&profile.up, busy, &gone, limit, first, RESTART_MINUTES),
            (None, None) => up,
        };
        let sooner = if moved.is_empty() { 0.0 } else { contention::sooner(cluster, &profile.jobs, &moved) };
        Some(scaled(now, (kept - sooner).max(0.0) / up.max(1.0)))
    }

    /// The limit this scenario gives a cluster, if it is shorter than the present one.
    fn cluster_limit(&self, key: &ClusterKey, now: Autotermination) -> Option<Minutes> {
        let stop = self.stopped.contains(key).then_some(STOPPED_AFTER);
        let set = self.limits.get(key).copied();
        let new = match (stop, set) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        match now {
            Autotermination::After(it) if it <= new => None,
            Autotermination::After(_) | Autotermination::Never => Some(new),
        }
    }

    fn warehouse_cost(&self, key: &WarehouseKey) -> Option<Cost> {
        let warehouse = self.fleet.warehouses.get(key)?;
        let profile = self.profiles.warehouses.get(key)?;
        let scale = per_month(self.fleet);
        let now = Cost {
            dbu: self.fleet.bill.warehouses.get(key).map(|it| Interval::exactly(it.usd.estimate() * scale)),
            vm: warehouse_vm(self.fleet, warehouse).map(|it| Interval::exactly(it * scale)),
        };
        let stopped = self.stopping_sooner(key, warehouse, profile, now)?;
        match self.warehouse_sizes.get(key) {
            None => Some(stopped),
            Some(to) => {
                let limit = self.auto_stops.get(key).copied();
                warehouses::cost(self.fleet, warehouse, profile, (stopped, limit), to)
            }
        }
    }

    fn stopping_sooner(
        &self,
        key: &WarehouseKey,
        warehouse: &Warehouse,
        profile: &WarehouseProfile,
        now: Cost,
    ) -> Option<Cost> {
        let Some(limit) = self.auto_stops.get(key) else { return Some(now) };
        let busy = profile.busy.clone()?;
        let first = self.fleet.window.from.as_second().div_euclid(60);
        let up: f64 = profile.up.iter().map(|it| it.minutes() as f64).sum();
        let kept = kept_minutes(&profile.up, busy, &[], *limit, first, idle::warehouse_restart(warehouse));
        Some(scaled(now, kept / up.max(1.0)))
    }
}

/// A cost times the share of uptime that is kept; the error is a tenth of what goes.
fn scaled(now: Cost, kept: f64) -> Cost {
    let kept = kept.clamp(0.0, 1.0);
    let error = 0.1 * (1.0 - kept);
    let scale = |it: Interval<Usd>| {
        Interval::spanning(it.low * (kept - error).max(0.0), it.likely * kept, it.high * (kept + error))
    };
    Cost { dbu: now.dbu.map(scale), vm: now.vm.map(scale) }
}

/// The change of a configuration's node type from one to another. A driver of the same type follows; one of another follows within
/// the new family where it could not stay, since all nodes of a cluster have one instruction set.
#[must_use]
pub fn to_type(catalog: &Catalog, now: &Compute, from: &str, to: &NodeType) -> Action {
    let own = now.driver_type.as_deref().filter(|it| *it != from);
    let driver = match own.map(|it| catalog.node_types.get(it)) {
        None => Some(to.name.clone()),
        Some(Some(own)) if own.arch != to.arch => {
            let family = catalog.node_types.values().filter(|it| it.family == to.family && it.cloud == to.cloud);
            let enough =
                family.filter(|it| it.cores >= own.cores && it.memory.0 >= own.memory.0 * 0.9 && it.dbu.is_some());
            let least = enough.min_by(|a, b| a.cores.0.total_cmp(&b.cores.0).then_with(|| a.name.cmp(&b.name)));
            Some(least.unwrap_or(to).name.clone())
        }
        Some(_) => None,
    };
    Action::SetNodeType { from: from.to_owned(), to: to.name.clone(), driver }
}

/// A configuration with one change made. Changes that are not about a configuration leave it as it is.
#[must_use]
pub fn changed(mut it: Compute, action: &Action) -> Compute {
    match action.on_cluster() {
        Some(ClusterChange::Workers { to, .. }) => it.size = Some(to),
        Some(ClusterChange::SingleNode(node_type)) => {
            it.size = Some(Size::Fixed(0));
            it.driver_type = Some(node_type.into());
            it.worker_type = Some(node_type.into());
        }
        Some(ClusterChange::NodeType { to, driver, .. }) => {
            it.worker_type = Some(to.into());
            it.driver_type = driver.map_or(it.driver_type, |driver| Some(driver.into()));
        }
        Some(ClusterChange::DriverType { to, .. }) => it.driver_type = Some(to.into()),
        Some(ClusterChange::Purchase(to)) => it.purchase = Some(to),
        Some(ClusterChange::Photon(to)) => it.photon = Some(to == Switch::On),
        None => {}
    }
    if it.purchase == Some(Purchase::Spot { first_on_demand: 0 }) && it.size == Some(Size::Fixed(0)) {
        // A single node that is lost takes the whole run with it; the driver stays on demand.
        it.purchase = Some(Purchase::Spot { first_on_demand: 1 });
    }
    it
}
