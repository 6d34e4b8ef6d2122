//! Continuous jobs: one run that lasts for days, restarted now and then.

use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::jobs::{cut, durations, identity, job_cluster};
use crate::market::{Ground, Holder, Purchase, Watch};
use crate::nodes::{Node, Role};
use crate::physics::Spot;
use crate::random::Random;
use crate::records::{ClusterNow, ClusterVersion, Records, RunEnd, RunSlice, Trigger, User};
use crate::time::{Day, HOUR, MINUTE, Millis, SECOND};
use crate::workload::Engine;
use crate::world::{Job, JobCard, cluster_id};

/// Days between restarts.
const RESTART_DAYS: i64 = 9;

/// A stream as it goes through the days.
pub(crate) struct StreamActor {
    card: Arc<JobCard>,
    job: Job,
    ground: Ground,
    /// Noise of what nodes report, which changes nothing else.
    reports: Random,
    random: Random,
    /// How much arrives: the same on every cluster.
    arrivals: Random,
    /// Core-seconds that wait to be worked off.
    backlog: f64,
    live: Option<Live>,
    /// Nodes of an earlier run with minutes still to be reported.
    gone: Vec<Node>,
}

struct Live {
    cluster_id: Arc<str>,
    run_id: String,
    task_run_id: String,
    start: Millis,
    ready: Millis,
    nodes: Vec<Node>,
}

impl StreamActor {
    pub(crate) fn new(job: Job, ground: Ground, mut random: Random) -> Self {
        Self {
            card: Arc::new(job.card.clone()),
            job,
            ground,
            arrivals: random.fork(),
            reports: random.fork(),
            random,
            backlog: 0.0,
            live: None,
            gone: Vec::new(),
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        if self.live.is_none() {
            self.live = Some(self.start(day.start + 7 * MINUTE, &mut records));
        }
        let mut from = day.start;
        if day.number % RESTART_DAYS == RESTART_DAYS - 1 {
            let restart = day.start + 3 * HOUR + 12 * MINUTE + self.random.whole(0, 59_000);
            self.advance(from, restart, day, &mut records);
            self.stop(restart, day, &mut records);
            from = restart + 50 * SECOND;
            self.live = Some(self.start(from, &mut records));
        }
        self.advance(from, day.end(), day, &mut records);
        let holder = Holder::Job(self.card.id.clone());
        for node in self.gone.iter_mut().chain(self.live.iter_mut().flat_map(|it| &mut it.nodes)) {
            records.count_vm(&self.card.workspace, &holder, node, day.start, day.end());
            if self.ground.watch == Watch::Nodes {
                node.report(day.end(), &mut self.reports, &mut records.minutes);
            }
        }
        self.gone.retain(|it| it.down > day.end());
        if day.is_last() {
            self.close(day, &mut records);
        }
        records
    }

    fn start(&mut self, start: Millis, records: &mut Records) -> Live {
        let random = &mut self.random;
        records.runs += 1;
        let created = start + 2 * SECOND;
        let cluster: Arc<str> = cluster_id(created, random).into();
        let run_id = random.digits(15);
        let (up, ready) = (start + 70 * SECOND, start + random.whole(190, 320) * SECOND);
        let shape = &self.job.shape;
        let mut nodes =
            vec![Node::new(identity(&self.card.workspace, &cluster, Role::Driver, shape.driver, random), up, ready)];
        for _ in 0..shape.size.least() {
            nodes.push(Node::new(
                identity(&self.card.workspace, &cluster, Role::Worker, shape.worker, random),
                up,
                ready,
            ));
        }
        let spot = Spot::of(&self.ground, shape.availability, shape.driver, shape.worker);
        for (index, node) in nodes.iter_mut().enumerate() {
            node.purchase = spot.purchase(index);
        }
        records.clusters.push(job_cluster(&self.job, &cluster, &run_id, created));
        Live { cluster_id: cluster, task_run_id: random.digits(15), run_id, start, ready, nodes }
    }

    /// Micro-batches all the time, more of them in the afternoon; and the bill and the slices for it.
    fn advance(&mut self, from: Millis, to: Millis, day: Day, records: &mut Records) {
        let Some(live) = &mut self.live else { return };
        let begin = from.max(live.start);
        let shape = &self.job.shape;
        let usual = &self.job.latent.stages[0];
        let affinity = self.job.latent.nature.speed_affinity;
        let gain = match shape.engine {
            Engine::Photon => usual.photon_gain,
            Engine::Standard => 1.0,
        };
        let pace = gain / (affinity / shape.worker.speed + 1.0 - affinity);
        let first = usize::from(live.nodes.len() > 1);
        let places = (live.nodes.len() - first) as f64;
        let cores = places * f64::from(shape.worker.vcpus);
        let held = usual.memory_gib / places;
        // What does not fit into memory is read again and again.
        let thrash = 1.0 + 3.0 * (held / (shape.worker.memory_gib * 0.72) - 1.0).max(0.0);
        let mut at = begin.max(live.ready);
        while at < to {
            let next = (at.div_euclid(MINUTE) + 1) * MINUTE;
            let hour = (at - day.start).div_euclid(HOUR) as f64;
            let seconds = (next.min(to) - at) as f64 / 1000.0;
            let share = (0.44 + 0.2 * (1.0 - (hour - 14.0).abs() / 14.0)) * self.arrivals.factor(0.08);
            self.backlog += share * f64::from(usual.tasks) * seconds / pace * thrash;
            let done = self.backlog.min(cores * 0.97 * seconds);
            self.backlog -= done;
            if self.backlog > cores * seconds {
                records.waited += next.min(to) - at;
            }
            let busy = done / seconds / places;
            live.nodes[0].work(at, next.min(to), 0.5, 0.0, 12.0);
            live.nodes[0].hold(at, next.min(to), 3.6 + usual.driver_gib);
            for node in &mut live.nodes[first..] {
                let cores = (busy * self.random.factor(0.04)).min(f64::from(node.node_type().vcpus));
                node.work(at, next.min(to), cores, cores * 0.04, cores * 45.0);
                node.hold(at, next.min(to), held.min(node.node_type().memory_gib));
            }
            at = next;
        }
        // A lost worker stops everything until it is replaced.
        let spot = live.nodes.iter().filter(|it| it.purchase == Purchase::Spot).count() as f64;
        let losses = spot * self.ground.losses_per_hour(shape.worker) * (to - begin).max(0) as f64 / HOUR as f64;
        records.waited += (losses * 4.0 * MINUTE as f64) as Millis;
        let mut meter = Meter::default();
        for node in &live.nodes {
            meter.count(node, begin, to);
        }
        let account = Account {
            workspace: self.card.workspace.clone(),
            user: User::JobCluster {
                cluster_id: live.cluster_id.clone(),
                job_id: self.card.id.clone(),
                run_id: live.run_id.clone(),
                run_name: None,
                pool_id: None,
            },
            tags: self.card.tags(),
            run_as: Some(self.card.run_as.clone()),
        };
        meter.bill(Product::Jobs, self.job.shape.engine, &account, day.until, &mut self.random, &mut records.usage);
        if begin < to {
            for task in [None, Some(("main", live.task_run_id.clone()))] {
                let rows = if task.is_none() { &mut records.job_runs } else { &mut records.task_runs };
                let slice = RunSlice {
                    card: self.card.clone(),
                    job_id: self.card.id.clone(),
                    run_id: live.run_id.clone(),
                    task,
                    trigger: Trigger::Continuous,
                    cluster_id: Some(live.cluster_id.clone()),
                    start: begin,
                    end: to,
                    result: None,
                };
                cut(&slice, day.until, rows);
            }
        }
    }

    /// Ends the run: a person restarts it with new code.
    fn stop(&mut self, end: Millis, day: Day, records: &mut Records) {
        let Some(mut live) = self.live.take() else { return };
        let result = Some((RunEnd::Cancelled, durations(live.start, live.ready, end)));
        for slice in records.job_runs.iter_mut().chain(&mut records.task_runs) {
            if slice.run_id == live.run_id && slice.end == end {
                slice.result = result;
            }
        }
        let deleted = end + 6 * SECOND;
        for node in &mut live.nodes {
            node.down = end;
        }
        self.gone.append(&mut live.nodes);
        let created = live.start + 2 * SECOND;
        let version = job_cluster(&self.job, &live.cluster_id, &live.run_id, created);
        records.clusters.push(ClusterVersion { deleted: Some(deleted), changed: deleted, ..version.clone() });
        if day.until - created < 30 * crate::time::DAY {
            records.clusters_now.push(ClusterNow {
                version,
                started: created,
                last_activity: end,
                terminated: Some((deleted, "JOB_FINISHED")),
            });
        }
    }

    fn close(&mut self, day: Day, records: &mut Records) {
        if let Some(live) = &self.live {
            let created = live.start + 2 * SECOND;
            records.clusters_now.push(ClusterNow {
                version: job_cluster(&self.job, &live.cluster_id, &live.run_id, created),
                started: created,
                last_activity: day.until,
                terminated: None,
            });
        }
    }
}
