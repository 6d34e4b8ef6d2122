//! All-purpose clusters: started by the first command, shared by people and jobs, terminated when nobody asked for long enough.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::hosting::HostNature;
use crate::jobs::{cut, durations, identity};
use crate::market::{Ground, Holder, Purchase, Watch};
use crate::nodes::{Node, Role};
use crate::people::{Asker, Command, commands};
use crate::physics::{Loss, Spot, life};
use crate::random::Random;
use crate::records::{ClusterNow, ClusterVersion, Records, RunEnd, RunSlice, Source, Trigger, User};
use crate::time::{DAY, Day, HOUR, MINUTE, Millis, SECOND};
use crate::workload::{Engine, Size};
use crate::world::{AllPurpose, Audience, Cause, Change, Hosted, JobCard, Telemetry, tagged};

/// A cluster as it goes through the days.
pub(crate) struct InteractiveActor {
    cluster: AllPurpose,
    cards: Vec<Arc<JobCard>>,
    ground: Ground,
    /// Noise of what nodes report, which changes nothing else.
    reports: Random,
    nature: HostNature,
    random: Random,
    /// When people ask, and for what: the same on every cluster.
    habits: Random,
    /// How much each job has to do, run by run.
    fates: Vec<Random>,
    live: Option<Live>,
    /// Nodes that are gone but not all reported.
    gone: Vec<Node>,
    waiting: VecDeque<Command>,
    running: Vec<(Command, Millis)>,
    runs: Vec<Run>,
    started: Millis,
    last_activity: Millis,
    terminated: Option<Millis>,
}

struct Live {
    /// Driver first.
    nodes: Vec<Node>,
    ready: Millis,
    /// What notebooks hold.
    memory_gib: f64,
    crowded_minutes: u32,
    quiet_minutes: u32,
    /// When the next spot node goes.
    next_loss: Millis,
}

/// A job's run on this cluster.
struct Run {
    hosted: usize,
    run_id: String,
    task_run_id: String,
    start: Millis,
    ready: Option<Millis>,
    serial_seconds: f64,
    core_seconds: f64,
    fails_at: f64,
}

impl InteractiveActor {
    pub(crate) fn new(cluster: AllPurpose, ground: Ground, mut random: Random) -> Self {
        // As the job by itself would have it.
        let fate = |it: &Hosted| Random::named(ground.seed, &format!("job {}", it.card.id)).fork();
        Self {
            cards: cluster.hosted.iter().map(|it| Arc::new(it.card.clone())).collect(),
            fates: cluster.hosted.iter().map(fate).collect(),
            nature: HostNature::of(ground.seed, &cluster.id),
            ground,
            cluster,
            habits: random.fork(),
            reports: random.fork(),
            random,
            live: None,
            gone: Vec::new(),
            waiting: VecDeque::new(),
            running: Vec::new(),
            runs: Vec::new(),
            started: 0,
            last_activity: 0,
            terminated: None,
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        if day.number == 0 {
            self.begin(day, &mut records);
        }
        self.change(day, &mut records);
        let mut meter = Meter::default();
        self.waiting.extend(commands(&self.cluster.audience, day, &mut self.habits));
        let mut starts: VecDeque<(Millis, usize)> = VecDeque::new();
        for (index, card) in self.cards.iter().enumerate() {
            starts.extend(card.schedule.starts(day).into_iter().map(|it| (it, index)));
        }
        starts.make_contiguous().sort_unstable();
        for minute in 0..DAY / MINUTE {
            let at = day.start + minute * MINUTE;
            while starts.front().is_some_and(|it| it.0 < at + MINUTE) {
                if let Some((start, hosted)) = starts.pop_front() {
                    self.submit(start + 900, hosted, &mut records);
                }
            }
            self.minute(at, day, &mut meter, &mut records);
        }
        self.finish_day(day, meter, &mut records);
        records
    }

    /// A cluster that never terminates was already running when the history began.
    fn begin(&mut self, day: Day, records: &mut Records) {
        records.clusters.push(self.version(self.cluster.created, None));
        self.terminated = Some(day.start - 9 * HOUR);
        self.started = day.start - 13 * HOUR;
        self.last_activity = day.start - 9 * HOUR;
        let forgotten = matches!(self.cluster.audience, Audience::ForgottenAfterOneDay);
        if self.cluster.autotermination.is_none() && !forgotten {
            self.live = Some(self.launch(day.start, day.start));
            self.started = day.start - 4 * DAY - 6 * HOUR;
            self.terminated = None;
        }
    }

    fn change(&self, day: Day, records: &mut Records) {
        if let Some((at, _)) = self.cluster.change
            && (day.start..day.end()).contains(&at)
        {
            records.clusters.push(ClusterVersion { changed: at, ..self.version(at, None) });
        }
    }

    /// The configuration at an instant.
    fn version(&self, at: Millis, deleted: Option<Millis>) -> ClusterVersion {
        let it = &self.cluster;
        let mut tags = tagged(it.tagging, &it.workspace, it.team);
        let mut runtime = it.shape.runtime;
        match it.change {
            Some((changed, Change::TagAdded { key, value })) if at >= changed => tags.push((key, value)),
            Some((changed, Change::RuntimeChanged { from })) if at < changed => runtime = from,
            Some((_, Change::TagAdded { .. } | Change::RuntimeChanged { .. })) | None => {}
        }
        ClusterVersion {
            workspace: it.workspace.clone(),
            id: it.id.clone(),
            name: it.name.clone(),
            owner: it.owner.clone(),
            source: Source::Ui,
            shape: it.shape.clone(),
            runtime,
            autotermination: it.autotermination,
            policy: it.policy.as_ref().map(|it| it.id.clone()),
            tags,
            created: it.created,
            deleted,
            changed: it.created,
        }
    }

    fn node(&mut self, role: Role, up: Millis, ready: Millis) -> Node {
        let kind = match role {
            Role::Driver => self.cluster.shape.driver,
            Role::Worker => self.cluster.shape.worker,
        };
        Node::new(identity(&self.cluster.workspace, &self.cluster.id, role, kind, &mut self.random), up, ready)
    }

    fn launch(&mut self, up: Millis, ready: Millis) -> Live {
        let mut nodes = vec![self.node(Role::Driver, up, ready)];
        for _ in 0..self.cluster.shape.size.least() {
            nodes.push(self.node(Role::Worker, up, ready));
        }
        let spot = self.spot();
        for (index, node) in nodes.iter_mut().enumerate() {
            node.purchase = spot.purchase(index);
        }
        let next_loss = self.next_loss(ready, &nodes);
        Live { nodes, ready, memory_gib: 2.0, crowded_minutes: 0, quiet_minutes: 0, next_loss }
    }

    fn spot(&self) -> Spot {
        let shape = &self.cluster.shape;
        Spot::of(&self.ground, shape.availability, shape.driver, shape.worker)
    }

    fn next_loss(&mut self, after: Millis, nodes: &[Node]) -> Millis {
        let spots = nodes.iter().skip(1).filter(|it| it.purchase == Purchase::Spot).count() as f64;
        let rate = spots * self.spot().worker_losses_per_hour;
        after.saturating_add(life(rate, &mut self.random))
    }

    /// A spot worker is taken away: what ran is repeated when another one is there.
    fn lose(&mut self, at: Millis, live: &mut Live, meter: &mut Meter, day: Day, records: &mut Records) {
        let lost = live.nodes.iter().skip(1).rposition(|it| it.purchase == Purchase::Spot && it.ready <= at);
        if let Some(index) = lost {
            let mut node = live.nodes.remove(index + 1);
            node.down = at;
            meter.count(&node, day.start, at);
            let instance_id = node.identity.instance_id.clone();
            records.losses.push((self.cluster.id.clone(), Loss { instance_id, at }));
            self.gone.push(node);
            let ready = at + self.random.whole(130, 300) * SECOND;
            let mut node = self.node(Role::Worker, ready - 50 * SECOND, ready);
            node.purchase = Purchase::Spot;
            live.nodes.push(node);
            for run in &mut self.runs {
                run.core_seconds += self.cluster.hosted[run.hosted].cores * 45.0;
            }
            records.waited += self.running.len() as i64 * 2 * MINUTE;
        }
        live.next_loss = self.next_loss(at, &live.nodes);
    }

    fn submit(&mut self, start: Millis, hosted: usize, records: &mut Records) {
        let mut fate = self.fates[hosted].fork();
        if self.runs.iter().any(|it| it.hosted == hosted) {
            return;
        }
        records.runs += 1;
        let fails = fate.chance(0.015);
        if !fails {
            fate.unit();
        }
        // As many draws as the start of a cluster of its own takes.
        fate.unit();
        fate.unit();
        let random = &mut self.random;
        let job = &self.cluster.hosted[hosted];
        let amount = fate.factor(0.09);
        self.runs.push(Run {
            hosted,
            run_id: random.digits(15),
            task_run_id: random.digits(15),
            start,
            ready: None,
            serial_seconds: job.serial_seconds * amount,
            core_seconds: job.core_seconds * amount,
            fails_at: if fails { job.core_seconds * fate.between(0.1, 0.7) } else { 0.0 },
        });
    }

    /// Takes the cluster down for the night or the weekend. Who asks then loses an hour, and goes home.
    fn keep_down(&mut self, at: Millis, day: Day, meter: &mut Meter, records: &mut Records) {
        while let Some(it) = self.waiting.pop_front_if(|it| it.at < at + MINUTE) {
            match it.asker {
                Asker::Waits => records.waited += HOUR,
                Asker::Schedule => {}
            }
        }
        self.running.clear();
        if let Some(live) = self.live.take() {
            self.end(live, at, day, meter);
        }
    }

    fn end(&mut self, live: Live, end: Millis, day: Day, meter: &mut Meter) {
        for mut node in live.nodes {
            node.down = end;
            meter.count(&node, day.start, end);
            self.gone.push(node);
        }
        self.terminated = Some(end);
    }

    fn is_kept_down(&self, at: Millis, day: Day) -> bool {
        let Some((from, until)) = self.cluster.up_hours else { return false };
        let hour = (at - day.start) / HOUR;
        day.is_weekend() || !(from..until).contains(&hour)
    }

    fn minute(&mut self, at: Millis, day: Day, meter: &mut Meter, records: &mut Records) {
        if self.is_kept_down(at, day) {
            self.keep_down(at, day, meter, records);
            return;
        }
        let asked = self.waiting.front().is_some_and(|it| it.at < at + MINUTE) || !self.runs.is_empty();
        if self.live.is_none() {
            if !asked {
                return;
            }
            let up = at + self.random.whole(50, 80) * SECOND;
            let ready = at + self.random.whole(210, 330) * SECOND;
            self.live = Some(self.launch(up, ready));
            self.started = at;
            self.terminated = None;
            self.last_activity = ready;
        }
        let Some(mut live) = self.live.take() else { return };
        if live.ready <= at {
            if live.next_loss <= at {
                self.lose(at, &mut live, meter, day, records);
            }
            self.compute(at, day, &mut live, records);
            self.scale(at, &mut live, meter, day);
        }
        let idle = (at + MINUTE - self.last_activity) / MINUTE;
        let limit = self.cluster.autotermination.unwrap_or(i64::MAX);
        if live.ready <= at && idle >= limit && self.running.is_empty() && self.runs.is_empty() {
            self.end(live, at + MINUTE, day, meter);
        } else {
            self.live = Some(live);
        }
    }

    /// Shares the cores of the ready workers between commands and runs for a minute.
    fn compute(&mut self, at: Millis, day: Day, live: &mut Live, records: &mut Records) {
        let next = at + MINUTE;
        let workers = live.nodes.len().max(2) - 1;
        let room = live.nodes[0].node_type().memory_gib * workers as f64 * 0.55;
        while let Some(it) = self.waiting.pop_front_if(|it| it.at < next) {
            // Who had to wait for the cluster asks when it is there.
            let begins = it.at.max(at);
            match it.asker {
                Asker::Waits => records.waited += begins - it.at,
                Asker::Schedule => {}
            }
            // Caches are evicted when memory gets scarce: it fills ever slower.
            live.memory_gib += it.memory_gib * (1.0 - live.memory_gib / room).max(0.0);
            self.running.push((it, begins));
        }
        let first = usize::from(live.nodes.len() > 1);
        let ready: Vec<usize> = (first..live.nodes.len()).filter(|it| live.nodes[*it].ready <= at).collect();
        let slots = f64::from(live.nodes[first].node_type().vcpus);
        let capacity = slots * ready.len() as f64;
        if ready.is_empty() {
            return;
        }
        let kind = live.nodes[first].node_type();
        let hosted: f64 = self.runs.iter().map(|it| self.cluster.hosted[it.hosted].memory_gib).sum();
        let fullness = (live.memory_gib + hosted) / (kind.memory_gib * 0.8 * ready.len() as f64);
        // What a core gets done, and what is lost when memory is short.
        let pace = self.nature.pace(kind, self.cluster.shape.engine) / (1.0 + 2.0 * (fullness - 1.0).max(0.0));
        let mut wanted = 0.0;
        for (command, begins) in &self.running {
            let seconds = (next.min(begins + command.lasts) - at.max(*begins)).max(0) as f64 / 1000.0;
            wanted += command.cores * seconds / 60.0 / pace;
        }
        self.running.retain(|(command, begins)| begins + command.lasts > next);
        let people = wanted.min(capacity * 0.97);
        if wanted > people {
            // Everybody who asks now waits for a part of the minute.
            let late = (self.running.len() + 1) as f64 * (1.0 - people / wanted);
            records.waited += (late * MINUTE as f64) as Millis;
        }
        let mut busy = people;
        let mut memory = live.memory_gib;
        let mut serial = 0.0_f64;
        let driver_pace = self.nature.pace(live.nodes[0].node_type(), Engine::Standard);
        let mut done = Vec::new();
        for (index, run) in self.runs.iter_mut().enumerate() {
            let job = &self.cluster.hosted[run.hosted];
            let begins = *run.ready.get_or_insert(run.start.max(at) + 2 * SECOND);
            memory += job.memory_gib;
            let mut left = ((next - begins.max(at)) as f64 / 1000.0).max(0.0);
            let thinking = left.min(run.serial_seconds / driver_pace);
            run.serial_seconds = (run.serial_seconds - thinking * driver_pace).max(0.0);
            serial += thinking / 60.0;
            left -= thinking;
            let cores = job.cores.min((capacity - busy).max(capacity * 0.15));
            let work = (cores * left * pace).min(run.core_seconds);
            run.core_seconds -= work;
            busy = (busy + work / pace / 60.0).min(capacity * 0.985);
            if run.core_seconds <= run.fails_at {
                let unused = (left - work / pace / cores.max(0.1)).max(0.0);
                done.push((index, next - (unused * 1000.0) as Millis));
            }
        }
        if busy > 0.0 || serial > 0.0 {
            self.last_activity = next;
        }
        for (index, end) in done.into_iter().rev() {
            let run = self.runs.remove(index);
            self.record(&run, Some(end), day, records);
        }
        let service = matches!(self.cluster.audience, Audience::Service);
        let chatter = if service { self.random.between(90.0, 170.0) } else { 0.0 };
        for index in ready.iter().copied() {
            let share = busy / ready.len() as f64 * self.random.factor(0.06);
            live.nodes[index].work(at, next, share.min(slots), share * 0.04, share * 22.0 + chatter);
            let limit = live.nodes[index].node_type().memory_gib * 0.75;
            live.nodes[index].hold(at, next, (memory / ready.len() as f64).min(limit));
        }
        let driver = 0.04 + serial + busy * 0.02 + if service { 0.45 } else { 0.0 };
        live.nodes[0].work(at, next, driver, 0.0, busy * 2.0 + chatter);
        let limit = live.nodes[0].node_type().memory_gib * 0.7;
        live.nodes[0].hold(at, next, (1.5 + live.memory_gib * 0.12).min(limit));
        live.crowded_minutes = if wanted > capacity * 0.9 { live.crowded_minutes + 1 } else { 0 };
        live.quiet_minutes = if busy < capacity * 0.3 { live.quiet_minutes + 1 } else { 0 };
    }

    /// Autoscaling on all-purpose compute: a worker more when it is crowded, one less after three quiet minutes.
    fn scale(&mut self, at: Millis, live: &mut Live, meter: &mut Meter, day: Day) {
        let Size::Autoscale { min, max } = self.cluster.shape.size else { return };
        let workers = live.nodes.len() as u32 - 1;
        if live.crowded_minutes >= 2 && workers < max {
            let ready = at + self.random.whole(110, 200) * SECOND;
            let mut node = self.node(Role::Worker, ready - 50 * SECOND, ready);
            node.purchase = self.spot().purchase(live.nodes.len());
            live.nodes.push(node);
            live.crowded_minutes = 0;
        } else if live.quiet_minutes >= 3 && workers > min {
            if let Some(mut node) = live.nodes.pop() {
                node.down = at + MINUTE;
                meter.count(&node, day.start, node.down);
                self.gone.push(node);
            }
            live.quiet_minutes = 0;
        }
    }

    /// The slices of a run that ended, or that the history cuts off.
    fn record(&mut self, run: &Run, ended: Option<Millis>, day: Day, records: &mut Records) {
        let end = ended.unwrap_or(day.until);
        let ready = run.ready.unwrap_or(end);
        let result = if run.fails_at > 0.0 { RunEnd::Failed(Cause::Code) } else { RunEnd::Succeeded };
        let slice = RunSlice {
            card: self.cards[run.hosted].clone(),
            job_id: self.cards[run.hosted].id.clone(),
            run_id: run.run_id.clone(),
            task: None,
            trigger: Trigger::Cron,
            cluster_id: Some(self.cluster.id.clone()),
            start: run.start,
            end,
            result: ended.map(|it| (result, durations(run.start, ready, it))),
        };
        cut(&slice, day.until, &mut records.job_runs);
        let task = RunSlice { task: Some(("main", run.task_run_id.clone())), ..slice };
        cut(&task, day.until, &mut records.task_runs);
    }

    fn finish_day(&mut self, day: Day, mut meter: Meter, records: &mut Records) {
        for node in self.live.iter().flat_map(|it| &it.nodes) {
            meter.count(node, day.start, day.end());
        }
        let account = Account {
            workspace: self.cluster.workspace.clone(),
            user: User::AllPurpose { cluster_id: self.cluster.id.clone() },
            tags: self.version(day.start, None).tags,
            run_as: Some(self.cluster.owner.clone()),
        };
        meter.bill(
            Product::AllPurpose,
            self.cluster.shape.engine,
            &account,
            day.until,
            &mut self.random,
            &mut records.usage,
        );
        let holder = Holder::AllPurpose(self.cluster.id.clone());
        for node in self.gone.iter_mut().chain(self.live.iter_mut().flat_map(|it| &mut it.nodes)) {
            records.count_vm(&self.cluster.workspace, &holder, node, day.start, day.end());
            if self.ground.watch == Watch::Nodes {
                node.report(day.end(), &mut self.reports, &mut records.minutes);
            }
        }
        self.gone.clear();
        match self.cluster.telemetry {
            Telemetry::Reported => {}
            Telemetry::Missing => records.minutes.clear(),
        }
        if day.is_last() {
            for run in std::mem::take(&mut self.runs) {
                self.record(&run, None, day, records);
            }
            records.clusters_now.push(ClusterNow {
                version: self.version(day.until, None),
                started: self.started,
                last_activity: self.last_activity,
                terminated: self.terminated.map(|it| (it, "INACTIVITY")),
            });
        }
    }
}
