//! Pipelines: updates that begin when they are triggered or never end, on clusters that stay for a while or not.

use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::jobs::{cut, durations, identity};
use crate::market::{Ground, Holder, Watch};
use crate::nodes::{Node, Role};
use crate::physics::Spot;
use crate::random::Random;
use crate::records::{
    ClusterNow, ClusterVersion, Records, RunEnd, RunSlice, Source, Trigger, Update, UpdateEnd, UpdateSlice, User,
};
use crate::time::{DAY, Day, HOUR, MINUTE, Millis, SECOND, hours};
use crate::world::pipelines::{Mode, Pipeline, Purpose, Rhythm};
use crate::world::{JobCard, cluster_id, tags};

/// How long a development cluster waits for another update
/// (<https://docs.databricks.com/aws/en/ldp/updates#development-mode>, read 2026-11).
const STAYS: Millis = 2 * HOUR;
/// Days between restarts of a continuous pipeline.
const RESTART_DAYS: i64 = 7;

/// A pipeline as it goes through the days.
pub(crate) struct PipelineActor {
    pipeline: Arc<Pipeline>,
    card: Option<Arc<JobCard>>,
    ground: Ground,
    random: Random,
    /// When data comes or people ask, and how much: the same whatever the pipeline does.
    habits: Random,
    /// What nodes report: whether anyone looks changes nothing else.
    reports: Random,
    live: Option<Live>,
    busy_until: Millis,
    /// Nodes of earlier clusters with minutes still to be reported.
    gone: Vec<Node>,
}

/// A cluster, and the update on whose account it runs.
struct Live {
    cluster_id: Arc<str>,
    created: Millis,
    ready: Millis,
    nodes: Vec<Node>,
    update: Arc<Update>,
    /// End of the last work.
    used: Millis,
    /// Up to here the bill is made.
    billed: Millis,
}

/// Data that has come.
struct Arrival {
    at: Millis,
    amount: f64,
}

impl PipelineActor {
    pub(crate) fn new(pipeline: Pipeline, ground: Ground, mut random: Random) -> Self {
        Self {
            ground,
            card: pipeline.job.clone().map(Arc::new),
            pipeline: Arc::new(pipeline),
            habits: random.fork(),
            reports: random.fork(),
            random,
            live: None,
            busy_until: 0,
            gone: Vec::new(),
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        let arrivals = self.arrivals(day);
        match self.pipeline.mode {
            Mode::Continuous => self.continuous(&arrivals, day, &mut records),
            Mode::Triggered => self.triggered(&arrivals, day, &mut records),
        }
        let holder = Holder::Pipeline(self.pipeline.id.clone());
        for node in self.gone.iter_mut().chain(self.live.iter_mut().flat_map(|it| &mut it.nodes)) {
            records.count_vm(&self.pipeline.workspace, &holder, node, day.start, day.end());
            if self.ground.watch == Watch::Nodes {
                node.report(day.end(), &mut self.reports, &mut records.minutes);
            }
        }
        self.gone.retain(|it| it.down > day.end());
        if day.is_last()
            && let Some(live) = &self.live
        {
            let version = self.version(live);
            let (started, last_activity) = (live.created, live.used.min(day.until));
            records.clusters_now.push(ClusterNow { version, started, last_activity, terminated: None });
        }
        records
    }

    fn arrivals(&mut self, day: Day) -> Vec<Arrival> {
        let noise = self.pipeline.work.noise;
        let random = &mut self.habits;
        let times: Vec<Millis> = match &self.pipeline.rhythm {
            Rhythm::Data { every_minutes } => {
                let late = every_minutes * MINUTE / 5;
                (0..24 * 60 / every_minutes)
                    .map(|it| day.start + it * every_minutes * MINUTE + random.whole(0, late))
                    .collect()
            }
            Rhythm::Steady { .. } => (0..144).map(|it| day.start + it * 10 * MINUTE).collect(),
            Rhythm::Scheduled(schedule) => schedule.starts(day),
            Rhythm::Person { per_week } => {
                let comes = !day.is_weekend() && random.chance(per_week / 5.0);
                let first = day.start + random.whole(8 * 60, 15 * 60) * MINUTE;
                let count = random.whole(1, 3);
                if comes { (0..count).map(|it| first + it * random.whole(15, 40) * MINUTE).collect() } else { vec![] }
            }
        };
        let mut all: Vec<_> = times.into_iter().map(|at| Arrival { at, amount: random.factor(noise) }).collect();
        all.sort_by_key(|it| it.at);
        all
    }

    fn continuous(&mut self, arrivals: &[Arrival], day: Day, records: &mut Records) {
        if self.live.is_none() {
            let start = day.start + 7 * MINUTE;
            self.begin(start, "API_CALL", None, records);
        }
        if day.number % RESTART_DAYS == RESTART_DAYS - 1 {
            let restart = day.start + 2 * HOUR + 20 * MINUTE + self.random.whole(0, 59_000);
            let before: Vec<&Arrival> = arrivals.iter().filter(|it| it.at < restart).collect();
            self.flow(day.start, restart, &before, day, records);
            self.end_slices(restart, UpdateEnd::Canceled, records);
            self.terminate(restart, day, records);
            self.begin(restart + 40 * SECOND, "SERVICE_UPGRADE", None, records);
            let after: Vec<&Arrival> = arrivals.iter().filter(|it| it.at >= restart).collect();
            self.flow(restart, day.end(), &after, day, records);
        } else {
            let all: Vec<&Arrival> = arrivals.iter().collect();
            self.flow(day.start, day.end(), &all, day, records);
        }
    }

    /// Part of a continuous update: polling or a steady stream, and what comes in batches.
    fn flow(&mut self, from: Millis, to: Millis, arrivals: &[&Arrival], day: Day, records: &mut Records) {
        let share = match self.pipeline.rhythm {
            Rhythm::Steady { share } => Some(share),
            Rhythm::Data { .. } | Rhythm::Scheduled(_) | Rhythm::Person { .. } => None,
        };
        let Some(live) = &mut self.live else { return };
        let begin = from.max(live.update.start);
        let mut at = begin.max(live.ready);
        while at < to {
            let next = ((at.div_euclid(MINUTE) + 1) * MINUTE).min(to);
            let hour = (at - day.start).div_euclid(HOUR) as f64;
            let busy = share.map_or(0.02, |it| it * (0.85 + 0.3 * (1.0 - (hour - 14.0).abs() / 14.0)));
            for (index, node) in live.nodes.iter_mut().enumerate() {
                let cores = f64::from(node.node_type().vcpus) * busy * self.random.factor(0.08);
                let cores = if index == 0 { 0.35 } else { cores };
                node.work(at, next, cores, cores * 0.05, cores * 30.0);
                node.hold(at, next, self.pipeline.work.memory_gib);
            }
            at = next;
        }
        live.used = to;
        if share.is_none() {
            for it in arrivals {
                let start = it.at.max(self.busy_until).max(self.live.as_ref().map_or(0, |it| it.ready));
                if start < to {
                    records.waited += start - it.at;
                    self.busy_until = self.work(start, it.amount);
                }
            }
        }
        let Some(live) = &self.live else { return };
        let slice = UpdateSlice {
            pipeline: self.pipeline.clone(),
            update: live.update.clone(),
            cluster_id: live.cluster_id.clone(),
            start: begin,
            end: to,
            result: None,
        };
        cut_update(&slice, day.until, &mut records.pipeline_updates);
        self.bill(to, day, records);
    }

    fn triggered(&mut self, arrivals: &[Arrival], day: Day, records: &mut Records) {
        for it in arrivals {
            let start = it.at.max(self.busy_until + SECOND);
            if start < day.end() {
                self.give_up(start, day, records);
                self.update(start, it, day, records);
            }
        }
        self.give_up(day.end(), day, records);
        self.bill(day.end(), day, records);
    }

    /// Terminates a cluster that nobody has used for long enough.
    fn give_up(&mut self, now: Millis, day: Day, records: &mut Records) {
        let stays = match self.pipeline.purpose {
            Purpose::Development => STAYS,
            Purpose::Production => 8 * SECOND,
        };
        if let Some(at) = self.live.as_ref().map(|it| it.used + stays).filter(|it| *it <= now) {
            self.terminate(at, day, records);
        }
    }

    /// One update from its trigger to its end.
    fn update(&mut self, start: Millis, arrival: &Arrival, day: Day, records: &mut Records) {
        let task_run = self.card.is_some().then(|| self.random.digits(15));
        let cause = match (&self.pipeline.rhythm, &self.card) {
            (_, Some(_)) => "JOB_TASK",
            (Rhythm::Person { .. }, None) => "USER_ACTION",
            (Rhythm::Data { .. } | Rhythm::Steady { .. } | Rhythm::Scheduled(_), None) => "API_CALL",
        };
        if self.live.is_some() {
            self.bill(start, day, records);
            let update = self.new_update(start, cause, task_run.clone());
            if let Some(live) = &mut self.live {
                live.update = update;
            }
        } else {
            self.begin(start, cause, task_run.clone(), records);
        }
        let Some(live) = &self.live else { return };
        let ready = live.ready.max(start + self.random.whole(4, 12) * SECOND);
        // Planning and setting up the tables.
        let planned = ready + self.random.whole(35, 80) * SECOND;
        if let Some(driver) = self.live.as_mut().and_then(|it| it.nodes.first_mut()) {
            driver.work(ready, planned, 0.9, 0.0, 4.0);
        }
        let end = self.work(planned, arrival.amount);
        records.waited += match self.pipeline.rhythm {
            Rhythm::Data { .. } => planned - arrival.at,
            // What came since the update before waited half as long on the whole.
            Rhythm::Steady { .. } => planned - arrival.at + 5 * MINUTE,
            Rhythm::Scheduled(_) | Rhythm::Person { .. } => 0,
        };
        self.busy_until = end;
        let Some(live) = &mut self.live else { return };
        live.used = end;
        let slice = UpdateSlice {
            pipeline: self.pipeline.clone(),
            update: live.update.clone(),
            cluster_id: live.cluster_id.clone(),
            start,
            end,
            result: Some(UpdateEnd::Completed),
        };
        cut_update(&slice, day.until, &mut records.pipeline_updates);
        if let (Some(card), Some(task_run)) = (self.card.clone(), task_run) {
            records.runs += 1;
            let run = RunSlice {
                job_id: card.id.clone(),
                run_id: self.random.digits(15),
                card: card.clone(),
                task: None,
                trigger: Trigger::Cron,
                cluster_id: None,
                start: start - SECOND,
                end,
                result: Some((RunEnd::Succeeded, durations(start - SECOND, start, end))),
            };
            cut(&run, day.until, &mut records.job_runs);
            let key = card.tasks.first().copied().unwrap_or("main");
            cut(&RunSlice { task: Some((key, task_run)), ..run }, day.until, &mut records.task_runs);
        }
    }

    /// The work of some data, begun at `start`; returns its end.
    fn work(&mut self, start: Millis, amount: f64) -> Millis {
        let work = self.pipeline.work;
        let Some(live) = &mut self.live else { return start };
        let workers = live.nodes.len().saturating_sub(1).max(1) as f64;
        let first = usize::from(live.nodes.len() > 1);
        let kind = live.nodes[first].node_type();
        let cores = (workers * f64::from(kind.vcpus)).min(work.cores);
        let serial = start + (work.serial_seconds * amount.sqrt() * 1000.0 / kind.speed) as Millis;
        // The last pieces leave cores without work.
        let seconds = work.core_seconds * amount / (cores.powf(0.94) * kind.speed) * self.random.factor(0.05);
        let end = serial + (seconds * 1000.0) as Millis;
        live.nodes[0].work(start, serial, 0.9, 0.0, 10.0);
        let each = work.core_seconds * amount / kind.speed / seconds.max(1.0) / workers;
        for node in &mut live.nodes[first..] {
            let busy = each * self.random.factor(0.05);
            node.work(serial, end, busy, busy * 0.1, busy * seconds * 2.0);
            node.hold(serial, end, work.memory_gib * 1.4);
        }
        end
    }

    fn new_update(&mut self, start: Millis, cause: &'static str, task_run_id: Option<String>) -> Arc<Update> {
        let (id, request_id) = (self.random.uuid(), self.random.uuid());
        Arc::new(Update { id, request_id, start, cause, task_run_id })
    }

    /// Makes a cluster for an update.
    fn begin(&mut self, start: Millis, cause: &'static str, task_run_id: Option<String>, records: &mut Records) {
        let update = self.new_update(start, cause, task_run_id);
        let random = &mut self.random;
        let created = start + 3 * SECOND;
        let cluster: Arc<str> = cluster_id(created, random).into();
        let (up, ready) = (start + random.whole(55, 90) * SECOND, start + random.whole(200, 330) * SECOND);
        let shape = &self.pipeline.shape;
        let workspace = &self.pipeline.workspace;
        let mut nodes = vec![Node::new(identity(workspace, &cluster, Role::Driver, shape.driver, random), up, ready)];
        for _ in 0..shape.size.least() {
            nodes.push(Node::new(identity(workspace, &cluster, Role::Worker, shape.worker, random), up, ready));
        }
        let spot = Spot::of(&self.ground, shape.availability, shape.driver, shape.worker);
        for (index, node) in nodes.iter_mut().enumerate() {
            node.purchase = spot.purchase(index);
        }
        let live = Live { cluster_id: cluster, created, ready, nodes, update, used: ready, billed: start };
        records.clusters.push(self.version(&live));
        self.live = Some(live);
    }

    fn version(&self, live: &Live) -> ClusterVersion {
        let it = &self.pipeline;
        ClusterVersion {
            workspace: it.workspace.clone(),
            id: live.cluster_id.clone(),
            name: format!("dlt-execution-{}", it.id),
            owner: it.run_as.clone(),
            source: Source::Pipeline,
            shape: it.shape.clone(),
            runtime: it.shape.runtime,
            autotermination: None,
            tags: tags(&it.workspace, it.team),
            policy: None,
            created: live.created,
            deleted: None,
            changed: live.created,
        }
    }

    fn terminate(&mut self, at: Millis, day: Day, records: &mut Records) {
        if let Some(live) = &mut self.live {
            for node in &mut live.nodes {
                node.down = at;
            }
        }
        self.bill(at, day, records);
        let Some(mut live) = self.live.take() else { return };
        self.gone.append(&mut live.nodes);
        let version = self.version(&live);
        if at < day.until {
            records.clusters.push(ClusterVersion { deleted: Some(at), changed: at, ..version.clone() });
        }
        if day.until - live.created < 30 * DAY {
            let terminated = (at < day.until).then_some((at, "JOB_FINISHED"));
            let (started, last_activity) = (live.created, live.used.min(day.until));
            records.clusters_now.push(ClusterNow { version, started, last_activity, terminated });
        }
    }

    /// Bills the cluster up to an instant, on the account of its present update.
    fn bill(&mut self, to: Millis, day: Day, records: &mut Records) {
        let it = &self.pipeline;
        let Some(live) = &mut self.live else { return };
        let mut meter = Meter::default();
        for node in &live.nodes {
            meter.count(node, live.billed, to.min(day.until));
        }
        live.billed = live.billed.max(to);
        let account = Account {
            workspace: it.workspace.clone(),
            user: User::Pipeline {
                cluster_id: live.cluster_id.clone(),
                pipeline_id: it.id.clone(),
                update_id: live.update.id.clone(),
                edition: it.edition,
            },
            tags: tags(&it.workspace, it.team),
            run_as: Some(it.run_as.clone()),
        };
        let product = Product::Pipeline(it.edition);
        meter.bill(product, it.shape.engine, &account, day.until, &mut self.random, &mut records.usage);
    }

    /// The update's last slice gets its result.
    fn end_slices(&self, end: Millis, result: UpdateEnd, records: &mut Records) {
        let Some(live) = &self.live else { return };
        for slice in &mut records.pipeline_updates {
            if slice.update.id == live.update.id && slice.end == end {
                slice.result = Some(result);
            }
        }
    }
}

/// Cuts a slice at clock hours; only the last keeps the result, and nothing after the history is known.
fn cut_update(whole: &UpdateSlice, until: Millis, rows: &mut Vec<UpdateSlice>) {
    if whole.start >= whole.end {
        return;
    }
    for (start, end) in hours(whole.start, whole.end).take_while(|it| it.1 <= until) {
        rows.push(UpdateSlice { start, end, result: whole.result.filter(|_| end == whole.end), ..whole.clone() });
    }
}
