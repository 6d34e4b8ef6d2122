//! Instance pools that keep nodes ready: who takes them, what replaces them, what is given back, and the events of it all.
//!
//! The pool's jobs run inside of the pool, so that a node has the same id in the pool's events and in its cluster. Their
//! clusters have a fixed size; what autoscaling would add is taken to come from elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::jobs::JobActor;
use crate::market::{Holder, Purchase, VmUse};
use crate::nodes::{Identity, instance_id};
use crate::random::Random;
use crate::records::{InstanceEvent, InstanceState, Records};
use crate::time::{Day, MINUTE, Millis, SECOND};
use crate::world::{Availability, Keeping, Pool};

/// A pool and its jobs as they go through the days.
pub(crate) struct PoolActor {
    pool: Arc<Pool>,
    keeping: Keeping,
    jobs: Vec<JobActor>,
    random: Random,
    idle: Vec<IdleNode>,
    clusters: BTreeMap<Arc<str>, Cluster>,
    /// What happened up to here is settled; nothing has when there is none.
    clock: Option<Millis>,
}

/// A node without a cluster.
struct IdleNode {
    id: String,
    /// Since when the pool pays for it.
    since: Millis,
    ready: Millis,
}

/// A cluster with nodes of the pool.
struct Cluster {
    created: Millis,
    deleted: Option<Millis>,
    nodes: u32,
    /// The nodes in it; none before it was made and after it was deleted.
    ids: Vec<String>,
    /// Nodes by the id that the job gave them.
    names: BTreeMap<String, Arc<Identity>>,
}

/// What changes the number of idle nodes; returns come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Return,
    Take,
}

impl PoolActor {
    pub(crate) fn new(pool: Arc<Pool>, keeping: Keeping, jobs: Vec<JobActor>, random: Random) -> Self {
        Self { pool, keeping, jobs, random, idle: Vec::new(), clusters: BTreeMap::new(), clock: None }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        for job in &mut self.jobs {
            records.append(job.day(day));
        }
        if self.clock.is_none() {
            self.clock = Some(day.start);
            self.replenish(day.start, &mut records);
        }
        for it in &records.clusters {
            let nodes = 1 + it.shape.size.least();
            let new = Cluster { created: it.created, deleted: None, nodes, ids: Vec::new(), names: BTreeMap::new() };
            let cluster = self.clusters.entry(it.id.clone()).or_insert(new);
            cluster.deleted = cluster.deleted.or(it.deleted);
        }
        let mut over = Vec::new();
        for (at, step, cluster) in self.steps(day) {
            self.give_back(at, &mut records);
            match step {
                Step::Take => self.take(at, &cluster, &mut records),
                Step::Return => {
                    self.put_back(at, &cluster, &mut records);
                    over.push(cluster);
                }
            }
            self.clock = Some(at);
            self.give_back(at, &mut records);
            self.replenish(at, &mut records);
        }
        self.give_back(day.end(), &mut records);
        self.rename(&mut records);
        for it in over {
            self.clusters.remove(&it);
        }
        if day.is_last() {
            for it in std::mem::take(&mut self.idle) {
                self.count(it.since, day.until, &mut records);
            }
        }
        records.instance_events.retain(|it| it.at < day.until);
        records
    }

    /// The day's clusters as they are made and deleted, in order of time.
    fn steps(&self, day: Day) -> Vec<(Millis, Step, Arc<str>)> {
        let mut steps = Vec::new();
        for (id, it) in &self.clusters {
            let made = it.created + SECOND;
            if (day.start..day.end()).contains(&made) {
                steps.push((made, Step::Take, id.clone()));
            }
            if let Some(deleted) = it.deleted.filter(|it| (day.start..day.end()).contains(it)) {
                steps.push((deleted.max(made + SECOND), Step::Return, id.clone()));
            }
        }
        steps.sort();
        steps
    }

    fn event(&self, id: &str, state: InstanceState, at: Millis, cluster: Option<&Arc<str>>, records: &mut Records) {
        records.instance_events.push(InstanceEvent {
            pool: self.pool.clone(),
            instance_id: id.to_owned(),
            state,
            at,
            cluster_id: cluster.cloned(),
        });
    }

    fn count(&self, from: Millis, to: Millis, records: &mut Records) {
        if from < to {
            let purchase = match self.keeping.availability {
                Availability::OnDemand => Purchase::OnDemand,
                Availability::SpotWithFallback | Availability::SpotAfter(_) => Purchase::Spot,
            };
            let workspace = self.pool.workspace.clone();
            let holder = Holder::Pool(self.pool.id.clone());
            records.vm.push(VmUse { workspace, holder, node_type: self.pool.node_type, purchase, millis: to - from });
            records.idle_millis += to - from;
        }
    }

    /// Puts nodes into a cluster: those that have been ready longest, and new ones, for which the cluster waits.
    fn take(&mut self, at: Millis, cluster: &Arc<str>, records: &mut Records) {
        let wanted = self.clusters.get(cluster).map_or(0, |it| it.nodes);
        let mut ids = Vec::new();
        for _ in 0..wanted {
            let ready =
                (0..self.idle.len()).filter(|it| self.idle[*it].ready <= at).min_by_key(|it| self.idle[*it].ready);
            let (id, placed) = match ready {
                Some(index) => {
                    let it = self.idle.remove(index);
                    self.count(it.since, at, records);
                    (it.id, at)
                }
                None => {
                    let id = self.launch(at, records);
                    (id, at + self.random.whole(40, 80) * SECOND)
                }
            };
            self.event(&id, InstanceState::Placed, placed, Some(cluster), records);
            ids.push(id);
        }
        if let Some(it) = self.clusters.get_mut(cluster) {
            it.ids = ids;
        }
    }

    fn launch(&mut self, at: Millis, records: &mut Records) -> String {
        let id = instance_id(self.pool.workspace.cloud, &mut self.random);
        self.event(&id, InstanceState::Launching, at, None, records);
        id
    }

    /// A cluster's nodes are idle again.
    fn put_back(&mut self, at: Millis, cluster: &Arc<str>, records: &mut Records) {
        let ids = self.clusters.get(cluster).map(|it| it.ids.clone()).unwrap_or_default();
        for id in ids {
            self.event(&id, InstanceState::Ready, at, None, records);
            self.idle.push(IdleNode { id, since: at, ready: at });
        }
    }

    /// Gives back idle nodes above the minimum that nobody has wanted for long enough.
    fn give_back(&mut self, now: Millis, records: &mut Records) {
        let limit = self.keeping.idle_minutes * MINUTE;
        while self.idle.len() > self.keeping.min_idle as usize {
            let oldest = (0..self.idle.len()).min_by_key(|it| self.idle[*it].ready);
            let Some(index) = oldest.filter(|it| self.idle[*it].ready + limit <= now) else { break };
            let it = self.idle.remove(index);
            // It may have been idle for long and above the minimum only since others came back.
            let at = (it.ready + limit).max(self.clock.unwrap_or(now));
            self.count(it.since, at, records);
            self.event(&it.id, InstanceState::Terminated, at, None, records);
        }
    }

    /// Launches nodes until the minimum is idle again, as far as the pool may have any more.
    fn replenish(&mut self, at: Millis, records: &mut Records) {
        let in_use: usize = self.clusters.values().map(|it| it.ids.len()).sum();
        let returned: usize =
            self.clusters.values().filter(|it| it.deleted.is_some_and(|it| it <= at)).map(|it| it.ids.len()).sum();
        while self.idle.len() < self.keeping.min_idle as usize
            && self.idle.len() + in_use - returned < self.keeping.max_capacity as usize
        {
            let launched = at + self.random.whole(1, 9) * SECOND;
            let ready = launched + self.random.whole(130, 220) * SECOND;
            let id = self.launch(launched, records);
            self.event(&id, InstanceState::Ready, ready, None, records);
            self.idle.push(IdleNode { id, since: launched, ready });
        }
    }

    /// The minutes of a node carry the id it has in the pool.
    fn rename(&mut self, records: &mut Records) {
        for it in &mut records.minutes {
            let Some(cluster) = self.clusters.get_mut(&it.node.cluster_id) else { continue };
            let number = cluster.names.len();
            let name = |original: &Arc<Identity>| match cluster.ids.get(number) {
                Some(id) => Arc::new(Identity {
                    workspace_id: original.workspace_id.clone(),
                    cluster_id: original.cluster_id.clone(),
                    instance_id: id.clone(),
                    role: original.role,
                    node_type: original.node_type,
                }),
                None => original.clone(),
            };
            let original = it.node.clone();
            it.node = cluster.names.entry(original.instance_id.clone()).or_insert_with(|| name(&original)).clone();
        }
    }
}
