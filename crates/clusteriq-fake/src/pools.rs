//! Instance pools that keep nodes ready: who takes them, what replaces them, what is given back, and the events of it all.
//!
//! The pool's jobs run inside of the pool, so that a node has the same id in the pool's events and in its cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::jobs::JobActor;
use crate::nodes::{Identity, instance_id};
use crate::random::Random;
use crate::records::{IdleTime, InstanceEvent, InstanceState, Records};
use crate::time::{Day, MINUTE, Millis, SECOND};
use crate::world::{Keeping, Pool};

/// A pool and its jobs as they go through the days.
pub(crate) struct PoolActor {
    pool: Arc<Pool>,
    keeping: Keeping,
    jobs: Vec<JobActor>,
    random: Random,
    idle: Vec<IdleNode>,
    /// Nodes in clusters, by the id that their job gave them.
    placed: BTreeMap<String, Placed>,
    /// When each cluster was made, and deleted.
    clusters: BTreeMap<Arc<str>, (Millis, Option<Millis>)>,
    /// What happened up to here is settled.
    clock: Option<Millis>,
}

/// A node without a cluster.
struct IdleNode {
    id: String,
    launched: Millis,
    ready: Millis,
}

/// A node in a cluster.
struct Placed {
    identity: Arc<Identity>,
    cluster: Arc<str>,
    /// End of the last minute that it reported.
    seen: Millis,
    place: Where,
}

/// Whether a node is still in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    InCluster,
    Returned,
}

/// What changes the number of idle nodes.
enum Step {
    Take { original: Arc<Identity>, seen: Millis },
    Return { original: String },
}

impl PoolActor {
    pub(crate) fn new(pool: Arc<Pool>, keeping: Keeping, jobs: Vec<JobActor>, random: Random) -> Self {
        let (idle, placed, clusters) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { pool, keeping, jobs, random, idle, placed, clusters, clock: None }
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
            let entry = self.clusters.entry(it.id.clone()).or_insert((it.created, None));
            entry.1 = entry.1.or(it.deleted);
        }
        for (at, step) in self.steps(day, &records) {
            self.give_back(at, &mut records);
            match step {
                Step::Take { original, seen } => self.take(at, &original, seen, &mut records),
                Step::Return { original } => self.put_back(at, &original, &mut records),
            }
            self.clock = Some(at);
            self.give_back(at, &mut records);
            self.replenish(at, &mut records);
        }
        self.give_back(day.end(), &mut records);
        if day.is_last() {
            for it in std::mem::take(&mut self.idle) {
                self.count(it.launched, day.until, &mut records);
            }
        }
        self.rename(&mut records);
        self.placed.retain(|_, it| it.place == Where::InCluster);
        self.clusters.retain(|_, it| it.1.is_none_or(|it| it > day.end()));
        records.instance_events.retain(|it| it.at < day.until);
        records
    }

    /// The day's takings and returns in order of time, read off the clusters and the minutes of their nodes.
    fn steps(&mut self, day: Day, records: &Records) -> Vec<(Millis, Step)> {
        let mut seen: BTreeMap<&str, (Arc<Identity>, Millis, Millis)> = BTreeMap::new();
        for it in &records.minutes {
            let entry = seen.entry(&it.node.instance_id).or_insert((it.node.clone(), it.start, it.start));
            entry.2 = it.start + MINUTE;
        }
        let mut steps = Vec::new();
        let mut ends: BTreeMap<String, (Arc<str>, Millis)> = BTreeMap::new();
        for (id, placed) in &self.placed {
            ends.insert(id.clone(), (placed.cluster.clone(), placed.seen));
        }
        for (id, (identity, first, last)) in seen {
            if !self.placed.contains_key(id) {
                let created = self.clusters.get(&identity.cluster_id).map_or(first - MINUTE, |it| it.0);
                // A worker that autoscaling asked for comes later than its cluster.
                let at = if first - created < 8 * MINUTE { created + SECOND } else { first - 20 * SECOND };
                steps.push((at.max(day.start), Step::Take { original: identity.clone(), seen: last }));
            }
            ends.insert(id.to_owned(), (identity.cluster_id.clone(), last));
            if let Some(it) = self.placed.get_mut(id) {
                it.seen = last;
            }
        }
        for (id, (cluster, last)) in ends {
            let deleted = self.clusters.get(&cluster).and_then(|it| it.1).unwrap_or(Millis::MAX);
            let gone = last + 2 * MINUTE < deleted.min(day.end());
            let end = if gone { last + 20 * SECOND } else { deleted };
            if end < day.end() {
                steps.push((end, Step::Return { original: id }));
            }
        }
        // A node is taken before it is returned, even at the same instant.
        steps.sort_by_key(|it| (it.0, matches!(it.1, Step::Return { .. })));
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
            records.idle_times.push(IdleTime { pool: self.pool.clone(), from, to });
        }
    }

    /// Puts a node into a cluster: the one that has been ready longest, or a new one that the cluster waits for.
    fn take(&mut self, at: Millis, original: &Arc<Identity>, seen: Millis, records: &mut Records) {
        let ready = (0..self.idle.len()).filter(|it| self.idle[*it].ready <= at).min_by_key(|it| self.idle[*it].ready);
        let id = match ready {
            Some(index) => {
                let it = self.idle.remove(index);
                self.count(it.launched, at, records);
                it.id
            }
            None => {
                let id = original.instance_id.clone();
                self.event(&id, InstanceState::Launching, at, None, records);
                id
            }
        };
        // Only a node that was there can be placed at once.
        let placed = if ready.is_some() { at } else { at + 45 * SECOND };
        self.event(&id, InstanceState::Placed, placed, Some(&original.cluster_id), records);
        let identity = Arc::new(Identity {
            workspace_id: original.workspace_id.clone(),
            cluster_id: original.cluster_id.clone(),
            instance_id: id,
            role: original.role,
            node_type: original.node_type,
        });
        let cluster = original.cluster_id.clone();
        let placed = Placed { identity, cluster, seen, place: Where::InCluster };
        self.placed.insert(original.instance_id.clone(), placed);
    }

    fn put_back(&mut self, at: Millis, original: &str, records: &mut Records) {
        let Some(it) = self.placed.get_mut(original) else { return };
        it.place = Where::Returned;
        let id = it.identity.instance_id.clone();
        self.event(&id, InstanceState::Ready, at, None, records);
        self.idle.push(IdleNode { id, launched: at, ready: at });
    }

    /// Gives back idle nodes above the minimum that nobody has wanted for long enough.
    fn give_back(&mut self, now: Millis, records: &mut Records) {
        let limit = self.keeping.idle_minutes * MINUTE;
        while self.idle.len() > self.keeping.min_idle as usize {
            let oldest = (0..self.idle.len()).min_by_key(|it| self.idle[*it].ready);
            let Some(index) = oldest.filter(|it| self.idle[*it].ready + limit <= now) else { break };
            let it = self.idle.remove(index);
            // It may have been idle for long and above the minimum only since another came back.
            let at = (it.ready + limit).max(self.clock.unwrap_or(now));
            self.count(it.launched, at, records);
            self.event(&it.id, InstanceState::Terminated, at, None, records);
        }
    }

    /// Launches nodes until the minimum is idle again, as far as the pool may have any more.
    fn replenish(&mut self, at: Millis, records: &mut Records) {
        let in_use = self.placed.values().filter(|it| it.place == Where::InCluster).count();
        while self.idle.len() < self.keeping.min_idle as usize
            && self.idle.len() + in_use < self.keeping.max_capacity as usize
        {
            let id = instance_id(self.pool.workspace.cloud, &mut self.random);
            let launched = at + self.random.whole(1, 9) * SECOND;
            let ready = launched + self.random.whole(130, 220) * SECOND;
            self.event(&id, InstanceState::Launching, launched, None, records);
            self.event(&id, InstanceState::Ready, ready, None, records);
            self.idle.push(IdleNode { id, launched, ready });
        }
    }

    /// The minutes of a node carry the id it has in the pool.
    fn rename(&mut self, records: &mut Records) {
        for it in &mut records.minutes {
            if let Some(placed) = self.placed.get(&it.node.instance_id) {
                it.node = placed.identity.clone();
            }
        }
    }
}
