//! The first physics: each stage splits into tasks that wait for slots and are placed one by one.
//!
//! Nothing here knows a formula for the runtime. What makes a cluster too big (too few tasks), too small (waves of tasks,
//! spill) or slow to react (autoscaling) follows from placing them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{CLOSING, DRIVER_BASE_GIB, DRIVER_SERVICES_GIB, Ending, Launch, Loss, Setting, Trace, life};
use crate::catalog::NodeType;
use crate::market::Purchase;
use crate::nodes::Node;
use crate::random::Random;
use crate::time::{MINUTE, Millis, SECOND};
use crate::workload::{Engine, Size, Stage};

/// Part of a node's memory that tasks can use before they spill.
const USABLE_MEMORY: f64 = 0.72;
/// Part of a driver's memory that results may take.
const USABLE_DRIVER: f64 = 0.68;
/// How often a loss makes the run fail although it is repeated: a stage that was tried four times.
const FATAL_LOSS: f64 = 0.008;
/// Sending one task off, on a core of speed 1.
const DISPATCH: f64 = 0.004;

/// What is still to happen: in order of time, then of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    TaskEnds { worker: usize },
    WorkerJoins { worker: usize },
    WorkerLost { worker: usize },
}

struct Worker {
    node: usize,
    joined: bool,
    free: u32,
    idle_since: Millis,
    gone: bool,
    /// Tasks of the present stage that ended here: others may need their results.
    done: u32,
}

pub(super) fn run(
    stages: &[Stage],
    nodes: Vec<Node>,
    setting: Setting<'_>,
    random: &mut Random,
    launch: &mut Launch<'_>,
) -> Trace {
    let mut cluster = Cluster::new(nodes, setting, random);
    let mut stage_ends = Vec::new();
    let mut ending = Ending::Done;
    for stage in stages {
        ending = cluster.driver_part(stage);
        if stage.tasks > 0 && ending == Ending::Done {
            ending = cluster.tasks(stage, random, launch);
        }
        stage_ends.push(cluster.now);
        if ending != Ending::Done {
            break;
        }
    }
    let begin = cluster.now;
    cluster.now += CLOSING;
    cluster.nodes[0].work(begin, cluster.now, 0.6, 0.0, 2.0);
    Trace { end: cluster.now, nodes: cluster.nodes, stage_ends, ending, losses: cluster.losses }
}

struct Cluster<'a> {
    nodes: Vec<Node>,
    workers: Vec<Worker>,
    setting: Setting<'a>,
    now: Millis,
    events: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    created: u64,
    losses: Vec<Loss>,
    fatal: bool,
}

impl<'a> Cluster<'a> {
    fn new(nodes: Vec<Node>, setting: Setting<'a>, random: &mut Random) -> Self {
        // A single node runs the tasks on its driver.
        let places = if nodes.len() == 1 { 0..1 } else { 1..nodes.len() };
        let workers = places
            .map(|node| Worker {
                node,
                joined: true,
                free: nodes[node].node_type().vcpus,
                idle_since: setting.ready,
                gone: false,
                done: 0,
            })
            .collect();
        let mut it = Self {
            nodes,
            workers,
            setting,
            now: setting.ready,
            events: BinaryHeap::new(),
            created: 0,
            losses: Vec::new(),
            fatal: false,
        };
        for worker in 0..it.workers.len() {
            it.may_be_lost(worker, setting.ready, random);
        }
        it
    }

    fn push(&mut self, at: Millis, event: Event) {
        self.created += 1;
        self.events.push(Reverse((at, self.created, event)));
    }

    /// Decides when a spot worker goes. The driver's fate is decided elsewhere.
    fn may_be_lost(&mut self, worker: usize, from: Millis, random: &mut Random) {
        let node = self.workers[worker].node;
        if node > 0 && self.nodes[node].purchase == Purchase::Spot {
            let at = from.saturating_add(life(self.setting.spot.worker_losses_per_hour, random));
            self.push(at, Event::WorkerLost { worker });
        }
    }

    fn is_single(&self) -> bool {
        self.workers[0].node == 0
    }

    /// Seconds of computing on a core of that type, for one on a core of speed 1.
    fn slowness(&self, kind: &NodeType) -> f64 {
        let affinity = self.setting.nature.speed_affinity;
        affinity / kind.speed + 1.0 - affinity
    }

    fn driver_part(&mut self, stage: &Stage) -> Ending {
        let from = self.now;
        let kind = self.nodes[0].node_type();
        let seconds = stage.driver_seconds + f64::from(stage.tasks) * DISPATCH;
        self.now += (seconds * self.slowness(kind) * 1000.0) as Millis;
        self.nodes[0].work(from, self.now, stage.driver_cores, 0.0, stage.driver_seconds * 0.4);
        self.nodes[0].hold(from, self.now + MINUTE, DRIVER_BASE_GIB + stage.driver_gib);
        self.release_idle();
        if stage.driver_gib > kind.memory_gib * USABLE_DRIVER - DRIVER_SERVICES_GIB {
            return Ending::DriverOutOfMemory;
        }
        Ending::Done
    }

    fn present(&self) -> u32 {
        self.workers.iter().filter(|it| it.joined && !it.gone).count() as u32
    }

    fn tasks(&mut self, stage: &Stage, random: &mut Random, launch: &mut Launch<'_>) -> Ending {
        let begin = self.now;
        let mut waiting = stage.tasks;
        let mut running = 0_u32;
        let heavy = random.whole(0, i64::from(stage.tasks) - 1) as u32;
        for it in &mut self.workers {
            it.done = 0;
        }
        loop {
            // What happened while the driver was busy comes first.
            while self.events.peek().is_some_and(|it| it.0.0 <= self.now) {
                self.next(&mut waiting, &mut running, random, launch);
            }
            while waiting > 0 {
                let Some(worker) = self.emptiest() else { break };
                waiting -= 1;
                running += 1;
                let skew = if waiting == heavy { 1.0 + stage.skew } else { 1.0 };
                if self.start_task(worker, stage, skew, random) == Ending::OutOfMemory {
                    return Ending::OutOfMemory;
                }
            }
            if waiting > 0 {
                self.grow(waiting, random, launch);
            }
            if (waiting == 0 && running == 0) || !self.next(&mut waiting, &mut running, random, launch) {
                break;
            }
            if self.fatal {
                return Ending::TooManyLosses;
            }
        }
        // Scheduling and heartbeats keep the driver a little busy.
        let span = (self.now - begin).max(1) as f64 / 1000.0;
        let scheduling = 0.08 + f64::from(stage.tasks) * 0.02 / span;
        self.nodes[0].work(begin, self.now, scheduling, 0.0, span * 0.03);
        Ending::Done
    }

    /// Lets the next event happen, if there is one.
    fn next(&mut self, waiting: &mut u32, running: &mut u32, random: &mut Random, launch: &mut Launch<'_>) -> bool {
        let Some(Reverse((at, _, event))) = self.events.pop() else { return false };
        let now = self.now.max(at);
        match event {
            Event::TaskEnds { worker } if self.workers[worker].gone => {}
            Event::TaskEnds { worker } => {
                self.now = now;
                *running -= 1;
                self.workers[worker].free += 1;
                self.workers[worker].done += 1;
                self.workers[worker].idle_since = self.now;
                if *waiting == 0 {
                    self.release_idle();
                }
            }
            Event::WorkerJoins { worker } => {
                self.now = now;
                self.workers[worker].joined = true;
                self.workers[worker].idle_since = self.now;
            }
            Event::WorkerLost { worker } if self.workers[worker].gone => {}
            Event::WorkerLost { worker } => {
                self.now = now;
                let slots = self.nodes[self.workers[worker].node].node_type().vcpus;
                let it = &mut self.workers[worker];
                // What ran there is repeated, and what ended there if its results were not fetched yet.
                let cut_off = slots - it.free;
                *running -= cut_off;
                *waiting += cut_off + it.done / 2;
                it.gone = true;
                let node = &mut self.nodes[it.node];
                node.down = at;
                self.losses.push(Loss { instance_id: node.identity.instance_id.clone(), at });
                self.fatal |= random.chance(FATAL_LOSS);
                // The fallback is a node on demand.
                let purchase = if random.chance(0.3) { Purchase::OnDemand } else { Purchase::Spot };
                self.launch(now + random.whole(130, 320) * SECOND, purchase, random, launch);
            }
        }
        true
    }

    fn emptiest(&self) -> Option<usize> {
        (0..self.workers.len())
            .filter(|it| self.workers[*it].joined && !self.workers[*it].gone && self.workers[*it].free > 0)
            .max_by_key(|it| (self.workers[*it].free, Reverse(*it)))
    }

    fn start_task(&mut self, worker: usize, stage: &Stage, skew: f64, random: &mut Random) -> Ending {
        let kind: &'static NodeType = self.nodes[self.workers[worker].node].node_type();
        let present = self.present().max(1);
        let wanted = stage.memory_gib / f64::from(present);
        let taken = if self.is_single() { 1.0 + stage.driver_gib } else { 0.0 };
        let usable = (kind.memory_gib * USABLE_MEMORY - taken).max(0.5);
        let pressure = (wanted / usable - 1.0).max(0.0);
        if pressure > self.setting.nature.spill_limit {
            return Ending::OutOfMemory;
        }
        let gain = match self.setting.engine {
            Engine::Photon => stage.photon_gain,
            Engine::Standard => 1.0,
        };
        let computing = stage.task_seconds * (1.0 - stage.io) * self.slowness(kind) / gain;
        // All but one part in `present` comes from other nodes, over ever more connections.
        let nodes = f64::from(present);
        let exchange = stage.shuffle * (1.0 - 1.0 / nodes) * (1.0 + 0.03 * (nodes - 1.0));
        // Spilled data is written and read again.
        let waiting = stage.task_seconds * (stage.io + exchange + pressure * 0.9);
        let stretch = skew * random.factor(0.14);
        let duration = ((computing + waiting) * stretch).max(0.2);
        let end = self.now + (duration * 1000.0) as Millis;
        let part = computing / (computing + waiting);
        let megabytes = duration * (0.15 + stage.io * 5.0 + exchange * 12.0);
        let place = &mut self.workers[worker];
        place.free -= 1;
        let node = &mut self.nodes[place.node];
        node.work(self.now, end, part, (1.0 - part) * 0.6, megabytes);
        node.hold(self.now, end, wanted.min(usable * (1.15 + pressure * 0.25)) + taken);
        self.push(end, Event::TaskEnds { worker });
        Ending::Done
    }

    /// Autoscaling asks for as many workers as the waiting tasks would fill and gets them minutes later.
    fn grow(&mut self, waiting: u32, random: &mut Random, launch: &mut Launch<'_>) {
        let coming = self.workers.iter().filter(|it| !it.gone).count() as u32;
        let slots = self.workers.first().map_or(1, |it| self.nodes[it.node].node_type().vcpus);
        let on_the_way = coming - self.present();
        let wanted = waiting.div_ceil(slots).saturating_sub(on_the_way);
        for _ in 0..wanted.min(self.setting.size.most().saturating_sub(coming)) {
            let joins = self.now + random.whole(100, 210) * SECOND;
            self.launch(joins, self.setting.spot.purchase(self.nodes.len()), random, launch);
        }
    }

    fn launch(&mut self, joins: Millis, purchase: Purchase, random: &mut Random, launch: &mut Launch<'_>) {
        let mut node = launch(joins - 50 * SECOND, joins, random);
        node.purchase = purchase;
        self.workers.push(Worker {
            node: self.nodes.len(),
            joined: false,
            free: node.node_type().vcpus,
            idle_since: joins,
            gone: false,
            done: 0,
        });
        self.nodes.push(node);
        let worker = self.workers.len() - 1;
        self.push(joins, Event::WorkerJoins { worker });
        self.may_be_lost(worker, joins, random);
    }

    /// Autoscaling lets a worker go that had nothing to do for a while; jobs compute waits 40 s
    /// (<https://docs.databricks.com/aws/en/compute/configure#autoscaling>, read 2026-11).
    fn release_idle(&mut self) {
        let Size::Autoscale { min, .. } = self.setting.size else { return };
        for index in (0..self.workers.len()).rev() {
            let present = self.present();
            let worker = &mut self.workers[index];
            let slots = self.nodes[worker.node].node_type().vcpus;
            let idle = worker.joined && !worker.gone && worker.free == slots;
            if idle && present > min && self.now - worker.idle_since >= 40 * SECOND {
                worker.gone = true;
                self.nodes[worker.node].down = self.now;
            }
        }
    }
}
