//! The second physics: work flows. A stage is an amount that drains at a rate; more cores help ever less, the universal
//! scalability law says how much less; memory is a smooth cliff; a faster core acts through an elasticity.
//!
//! No task is placed anywhere. Load is spread evenly over a node's minute and unevenly over the nodes.

use super::{CLOSING, DRIVER_BASE_GIB, DRIVER_SERVICES_GIB, Ending, Launch, Loss, Setting, Trace, life};
use crate::market::Purchase;
use crate::nodes::Node;
use crate::random::Random;
use crate::time::{MINUTE, Millis, SECOND};
use crate::workload::{Engine, Size, Stage};

/// Work is followed in steps of so many seconds.
const STEP: f64 = 15.0;
/// Sharpness of the bend where cores outnumber the pieces of work.
const BEND: f64 = 5.0;
/// Contention: each core more waits so much for the others.
const CONTENTION: f64 = 0.0018;
/// Exchange between each two nodes, for a stage that does nothing else.
const COHERENCY: f64 = 0.0035;
/// Part of a node's memory in which work fits without slowing down.
const COMFORT: f64 = 0.74;
/// How often a loss ends the run.
const FATAL_LOSS: f64 = 0.008;

pub(super) fn run(
    stages: &[Stage],
    nodes: Vec<Node>,
    setting: Setting<'_>,
    random: &mut Random,
    launch: &mut Launch<'_>,
) -> Trace {
    // Drawn first and for all stages, so that they do not depend on the cluster.
    let luck: Vec<(f64, f64)> = stages.iter().map(|_| (random.unit(), random.unit())).collect();
    let mut flow = Flow::new(nodes, setting, random);
    let mut stage_ends = Vec::new();
    let mut ending = Ending::Done;
    for (stage, (driver_luck, worker_luck)) in stages.iter().zip(luck) {
        ending = flow.serial(stage, driver_luck);
        if stage.tasks > 0 && ending == Ending::Done {
            ending = flow.parallel(stage, worker_luck, random, launch);
        }
        stage_ends.push(flow.now);
        if ending != Ending::Done {
            break;
        }
    }
    let begin = flow.now;
    flow.now += CLOSING;
    flow.nodes[0].work(begin, flow.now, 0.5, 0.1, 2.0);
    Trace { end: flow.now, nodes: flow.nodes, stage_ends, ending, losses: flow.losses }
}

struct Worker {
    node: usize,
    joins: Millis,
    lost: Millis,
    gone: bool,
    /// Of the evenly spread load.
    share: f64,
}

struct Flow<'a> {
    nodes: Vec<Node>,
    workers: Vec<Worker>,
    setting: Setting<'a>,
    now: Millis,
    losses: Vec<Loss>,
    /// Since when there are more workers than needed.
    slack_since: Option<Millis>,
    /// When autoscaling asked last.
    asked: Millis,
    fatal: bool,
}

/// From 0 to 1, steeply around 0.
fn cliff(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl<'a> Flow<'a> {
    fn new(nodes: Vec<Node>, setting: Setting<'a>, random: &mut Random) -> Self {
        let places = if nodes.len() == 1 { 0..1 } else { 1..nodes.len() };
        let mut it = Self {
            nodes,
            workers: Vec::new(),
            setting,
            now: setting.ready,
            losses: Vec::new(),
            slack_since: None,
            asked: 0,
            fatal: false,
        };
        for node in places {
            it.join(node, setting.ready, random);
        }
        it
    }

    fn join(&mut self, node: usize, joins: Millis, random: &mut Random) {
        let life = life(self.setting.spot.worker_losses_per_hour, random);
        let spot = node > 0 && self.nodes[node].purchase == Purchase::Spot;
        let lost = if spot { joins.saturating_add(life) } else { Millis::MAX };
        self.workers.push(Worker { node, joins, lost, gone: false, share: random.factor(0.12) });
    }

    fn launch(&mut self, joins: Millis, purchase: Purchase, random: &mut Random, launch: &mut Launch<'_>) {
        let mut node = launch(joins - 50 * SECOND, joins, random);
        node.purchase = purchase;
        self.nodes.push(node);
        self.join(self.nodes.len() - 1, joins, random);
    }

    fn is_single(&self) -> bool {
        self.workers[0].node == 0
    }

    fn serial(&mut self, stage: &Stage, luck: f64) -> Ending {
        let from = self.now;
        let kind = self.nodes[0].node_type();
        let seconds = stage.driver_seconds * kind.speed.powf(-self.setting.nature.speed_affinity * 0.9);
        self.now += (seconds * 1000.0) as Millis;
        self.nodes[0].work(from, self.now, stage.driver_cores * 0.92, stage.driver_cores * 0.08, seconds * 0.4);
        self.nodes[0].hold(from, self.now + 2 * MINUTE, DRIVER_BASE_GIB + stage.driver_gib);
        let fullness = (stage.driver_gib + DRIVER_SERVICES_GIB) / (kind.memory_gib * 0.68);
        // What fits in the other physics fits here: every stage draws its luck, and there are many.
        if luck < cliff((fullness - 1.25) / 0.02) {
            return Ending::DriverOutOfMemory;
        }
        Ending::Done
    }

    fn present(&self) -> usize {
        self.workers.iter().filter(|it| !it.gone && it.joins <= self.now).count()
    }

    fn parallel(&mut self, stage: &Stage, luck: f64, random: &mut Random, launch: &mut Launch<'_>) -> Ending {
        let begin = self.now;
        let whole = f64::from(stage.tasks) * stage.task_seconds * (1.0 + stage.skew * 0.04);
        let mut left = whole;
        while left > whole * 1e-6 {
            self.take_losses(&mut left, whole, random, launch);
            if self.fatal {
                return Ending::TooManyLosses;
            }
            let Some(first) = self.workers.iter().find(|it| !it.gone && it.joins <= self.now) else {
                self.now += STEP as Millis * 1000;
                continue;
            };
            let kind = self.nodes[first.node].node_type();
            let present = self.present() as f64;
            let wanted = stage.memory_gib / present;
            let taken = if self.is_single() { 1.0 + stage.driver_gib } else { 0.0 };
            let fullness = wanted / (kind.memory_gib * COMFORT - taken).max(0.5);
            let death = cliff((fullness - 1.0 - self.setting.nature.spill_limit * 0.85) / 0.2);
            if luck < death && fullness > 1.3 {
                return Ending::OutOfMemory;
            }
            let slow = 1.0 + 2.6 * cliff((fullness - 1.3) / 0.09);
            let cores = present * f64::from(kind.vcpus) - if self.is_single() { 0.4 } else { 0.0 };
            // Towards the end only the longest pieces are left.
            let tail = 0.04 + 0.25 * stage.skew / (1.0 + stage.skew);
            let open = (left / whole / tail).min(1.0).powf(0.55);
            let pieces = (f64::from(stage.tasks) * open).max(1.0);
            let used = (cores.powf(-BEND) + pieces.powf(-BEND)).powf(-1.0 / BEND);
            let drag = CONTENTION * (used - 1.0) + COHERENCY * stage.shuffle * present * (present - 1.0);
            let flowing = used / (1.0 + drag.max(0.0));
            let gain = match self.setting.engine {
                Engine::Photon => stage.photon_gain.powf(1.0 - stage.io),
                Engine::Standard => 1.0,
            };
            let elasticity = self.setting.nature.speed_affinity * (1.0 - stage.io);
            let rate = flowing * kind.speed.powf(elasticity) * gain / slow;
            let seconds = (left / rate).clamp(0.05, STEP);
            left -= rate * seconds;
            let computing = (1.0 - stage.io) / slow;
            let busy = flowing * 0.9 + used * 0.1;
            self.load(seconds, busy, computing, stage, random);
            let held = wanted.min(kind.memory_gib * (0.79 + 0.3 * cliff((fullness - 1.3) / 0.09))) + taken;
            self.hold(seconds, held);
            self.now += (seconds * 1000.0) as Millis;
            self.scale(pieces, kind.vcpus, left / rate, random, launch);
        }
        let span = (self.now - begin).max(1) as f64 / 1000.0;
        self.nodes[0].work(begin, self.now, 0.1 + f64::from(stage.tasks) * 0.015 / span, 0.0, span * 0.03);
        Ending::Done
    }

    /// Spreads a step's load evenly over time and by its share over the nodes.
    fn load(&mut self, seconds: f64, busy: f64, computing: f64, stage: &Stage, random: &mut Random) {
        let (from, to) = (self.now, self.now + (seconds * 1000.0) as Millis);
        let shares: f64 = self.workers.iter().filter(|it| !it.gone && it.joins <= from).map(|it| it.share).sum();
        for it in self.workers.iter().filter(|it| !it.gone && it.joins <= from) {
            let node = &mut self.nodes[it.node];
            let cores = (busy * it.share / shares * random.factor(0.03)).min(f64::from(node.node_type().vcpus));
            let megabytes = cores * seconds * (0.15 + stage.io * 5.0 + stage.shuffle * 10.0);
            node.work(from, to, cores * computing, cores * (1.0 - computing) * 0.6, megabytes);
        }
    }

    fn hold(&mut self, seconds: f64, memory_gib: f64) {
        let (from, to) = (self.now, self.now + (seconds * 1000.0) as Millis);
        for it in self.workers.iter().filter(|it| !it.gone && it.joins <= from) {
            self.nodes[it.node].hold(from, to, memory_gib);
        }
    }

    /// Nodes that were taken away take part of what they had done with them.
    fn take_losses(&mut self, left: &mut f64, whole: f64, random: &mut Random, launch: &mut Launch<'_>) {
        let present = self.present().max(1) as f64;
        for index in 0..self.workers.len() {
            let it = &mut self.workers[index];
            if it.gone || it.lost > self.now {
                continue;
            }
            it.gone = true;
            let at = it.lost;
            let node = &mut self.nodes[it.node];
            node.down = at;
            self.losses.push(Loss { instance_id: node.identity.instance_id.clone(), at });
            *left += (whole - *left) / present * 0.4;
            self.fatal |= random.chance(FATAL_LOSS);
            let purchase = if random.chance(0.3) { Purchase::OnDemand } else { Purchase::Spot };
            self.launch(self.now + random.whole(130, 320) * SECOND, purchase, random, launch);
        }
    }

    /// Autoscaling asks for one worker at a time and lets one go when there were too many for a while.
    fn scale(&mut self, pieces: f64, slots: u32, seconds_left: f64, random: &mut Random, launch: &mut Launch<'_>) {
        let Size::Autoscale { min, max } = self.setting.size else { return };
        let coming = self.workers.iter().filter(|it| !it.gone).count() as u32;
        let wanted = ((pieces / f64::from(slots)).ceil() as u32).clamp(min, max);
        if wanted > coming && seconds_left > 20.0 && self.now - self.asked >= 25 * SECOND {
            self.asked = self.now;
            let joins = self.now + random.whole(90, 240) * SECOND;
            self.launch(joins, self.setting.spot.purchase(self.nodes.len()), random, launch);
        }
        if wanted >= coming || coming <= min.max(1) {
            self.slack_since = None;
            return;
        }
        let since = *self.slack_since.get_or_insert(self.now);
        if self.now - since >= 60 * SECOND
            && let Some(it) = self.workers.iter_mut().rev().find(|it| !it.gone && it.joins <= self.now)
        {
            it.gone = true;
            self.nodes[it.node].down = self.now;
            self.slack_since = Some(self.now);
        }
    }
}
