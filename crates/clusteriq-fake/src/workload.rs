//! The work a job has to do, which no table shows, and how it runs on a cluster.
//!
//! A run is a list of stages. Each begins with a serial part on the driver and then splits into tasks that wait for slots.
//! Tasks are placed one by one; nothing here knows a formula for the runtime. What makes a cluster too big (too few tasks),
//! too small (waves of tasks, spill) or slow to react (autoscaling) follows from that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::civil::Weekday;

use crate::catalog::NodeType;
use crate::nodes::Node;
use crate::random::Random;
use crate::time::{Day, MINUTE, Millis, SECOND};

/// A step that must end before the next begins.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// Planning, listing files, collecting: on the driver alone.
    pub(crate) driver_seconds: f64,
    /// Cores of the driver in use meanwhile.
    pub(crate) driver_cores: f64,
    /// How many pieces the rest splits into: no more cores than that can help.
    pub(crate) tasks: u32,
    /// Seconds of one piece on one core of speed 1, without memory pressure.
    pub(crate) task_seconds: f64,
    /// How much longer the longest piece takes, as a part of a usual one.
    pub(crate) skew: f64,
    /// Part of a task's time that waits for storage, which a faster core does not shorten.
    pub(crate) io: f64,
    /// Memory that all workers together want.
    pub(crate) memory_gib: f64,
    /// How much faster Photon computes it; below 1 it is slower.
    pub(crate) photon_gain: f64,
    /// Time of exchanging data with very many nodes, as a part of a piece's time; with one node there is none.
    pub(crate) shuffle: f64,
    /// Memory of results and plans that the driver must hold.
    pub(crate) driver_gib: f64,
}

impl Stage {
    /// A stage without anything special.
    pub(crate) const USUAL: Self = Self {
        driver_seconds: 12.0,
        driver_cores: 0.9,
        tasks: 1,
        task_seconds: 60.0,
        skew: 0.5,
        io: 0.12,
        memory_gib: 8.0,
        photon_gain: 1.6,
        shuffle: 0.0,
        driver_gib: 0.4,
    };
}

/// Whether the work has parts that only an x86 processor runs: native libraries, for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NeedsX86 {
    No,
    Yes,
}

/// What a job is like on hardware, for all of its stages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    /// How far computing follows the speed of a core, from 0 to 1; the rest follows memory.
    pub(crate) speed_affinity: f64,
    pub(crate) needs_x86: NeedsX86,
    /// How much more memory than usable may be wanted before executors die, as a part of the usable.
    pub(crate) spill_limit: f64,
    /// Spread of a run's luck: neighbours, disks, the network.
    pub(crate) luck: f64,
}

impl Nature {
    /// Without anything special.
    pub(crate) const USUAL: Self = Self { speed_affinity: 0.8, needs_x86: NeedsX86::No, spill_limit: 3.0, luck: 0.02 };

    /// One of many.
    pub(crate) fn draw(random: &mut Random) -> Self {
        Self {
            speed_affinity: random.between(0.35, 1.0),
            spill_limit: random.between(1.2, 3.0),
            luck: random.between(0.01, 0.05),
            ..Self::USUAL
        }
    }
}

/// Days on which there is more to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peaks {
    Never,
    /// Now and then, without a pattern.
    Rare {
        every_runs: i64,
        factor: f64,
    },
    /// The last two days of a month.
    MonthEnd {
        factor: f64,
    },
}

/// A job's work.
#[derive(Clone, Debug)]
pub(crate) struct Latent {
    pub(crate) stages: Vec<Stage>,
    /// Spread of the amount from run to run.
    pub(crate) noise: f64,
    /// Growth of the input per week; 0.1 is ten percent.
    pub(crate) growth_per_week: f64,
    /// Amount on Saturday and Sunday, as a part of other days.
    pub(crate) weekend: f64,
    pub(crate) peaks: Peaks,
    /// Share of the runs that fail.
    pub(crate) failures: f64,
    pub(crate) nature: Nature,
}

impl Latent {
    /// The stages of one run. From run to run the tasks have more or less to do; where the input itself grows, there are more.
    pub(crate) fn run(&self, day: Day, run_number: i64, random: &mut Random) -> Vec<Stage> {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let growth = 1.0 + self.growth_per_week * day.number as f64 / 7.0;
        let usual = random.factor(self.noise) * if weekend { self.weekend } else { 1.0 };
        let peak = match self.peaks {
            Peaks::Rare { every_runs, factor } if run_number % every_runs == every_runs / 2 => factor,
            Peaks::MonthEnd { factor } if day.date().day() + 2 > day.date().days_in_month() => factor,
            Peaks::Never | Peaks::Rare { .. } | Peaks::MonthEnd { .. } => 1.0,
        };
        let scaled = |it: &Stage| Stage {
            driver_seconds: it.driver_seconds * damped(usual),
            task_seconds: it.task_seconds * usual,
            tasks: (f64::from(it.tasks) * peak * growth).round() as u32,
            memory_gib: it.memory_gib * damped(usual * peak * growth),
            ..it.clone()
        };
        self.stages.iter().map(scaled).collect()
    }
}

/// Memory and planning grow slower than the data.
fn damped(scale: f64) -> f64 {
    scale.sqrt()
}

/// How many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Fixed(u32),
    Autoscale { min: u32, max: u32 },
}

impl Size {
    pub(crate) fn least(self) -> u32 {
        match self {
            Self::Fixed(it) | Self::Autoscale { min: it, .. } => it,
        }
    }

    pub(crate) fn most(self) -> u32 {
        match self {
            Self::Fixed(it) | Self::Autoscale { max: it, .. } => it,
        }
    }
}

/// Whether Photon runs the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Standard,
    Photon,
}

/// How a run went.
pub(crate) struct Trace {
    /// Driver first.
    pub(crate) nodes: Vec<Node>,
    /// When each stage ended.
    pub(crate) stage_ends: Vec<Millis>,
    pub(crate) end: Millis,
    pub(crate) ending: Ending,
}

/// Whether the work itself could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    OutOfMemory,
}

/// Part of a node's memory that tasks can use before they spill.
const USABLE_MEMORY: f64 = 0.72;
/// With this much more wanted than usable, executors die.
const HOPELESS: f64 = 3.0;

/// What is still to happen: in order of time, then of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    TaskEnds { worker: usize },
    WorkerJoins { worker: usize },
}

struct Worker {
    node: usize,
    joined: bool,
    free: u32,
    idle_since: Millis,
    gone: bool,
}

/// Runs stages on a cluster whose driver and first workers are `nodes` and which is ready at `ready`.
/// `launch(at, ready)` makes another worker.
pub(crate) fn run(
    stages: &[Stage],
    nodes: Vec<Node>,
    size: Size,
    engine: Engine,
    ready: Millis,
    random: &mut Random,
    launch: &mut dyn FnMut(Millis, Millis, &mut Random) -> Node,
) -> Trace {
    let mut cluster = Cluster::new(nodes, size, engine, ready);
    let mut stage_ends = Vec::new();
    let mut ending = Ending::Done;
    for stage in stages {
        cluster.driver_part(stage);
        if stage.tasks > 0 {
            ending = cluster.tasks(stage, random, launch);
        }
        stage_ends.push(cluster.now);
        if ending == Ending::OutOfMemory {
            break;
        }
    }
    // Committing and closing down.
    let begin = cluster.now;
    cluster.now += 8 * SECOND;
    cluster.nodes[0].work(begin, cluster.now, 0.6, 0.0, 2.0);
    Trace { end: cluster.now, nodes: cluster.nodes, stage_ends, ending }
}

struct Cluster {
    nodes: Vec<Node>,
    workers: Vec<Worker>,
    size: Size,
    engine: Engine,
    now: Millis,
    events: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    created: u64,
}

impl Cluster {
    fn new(nodes: Vec<Node>, size: Size, engine: Engine, ready: Millis) -> Self {
        // A single node runs the tasks on its driver.
        let places = if nodes.len() == 1 { 0..1 } else { 1..nodes.len() };
        let workers = places
            .map(|node| Worker {
                node,
                joined: true,
                free: nodes[node].node_type().vcpus,
                idle_since: ready,
                gone: false,
            })
            .collect();
        Self { nodes, workers, size, engine, now: ready, events: BinaryHeap::new(), created: 0 }
    }

    fn push(&mut self, at: Millis, event: Event) {
        self.created += 1;
        self.events.push(Reverse((at, self.created, event)));
    }

    fn driver_part(&mut self, stage: &Stage) {
        let from = self.now;
        self.now += (stage.driver_seconds / self.nodes[0].node_type().speed * 1000.0) as Millis;
        self.nodes[0].work(from, self.now, stage.driver_cores, 0.0, stage.driver_seconds * 0.4);
        self.nodes[0].hold(from, self.now + MINUTE, 2.5);
        self.release_idle();
    }

    fn present(&self) -> u32 {
        self.workers.iter().filter(|it| it.joined && !it.gone).count() as u32
    }

    fn tasks(
        &mut self,
        stage: &Stage,
        random: &mut Random,
        launch: &mut dyn FnMut(Millis, Millis, &mut Random) -> Node,
    ) -> Ending {
        let begin = self.now;
        let mut waiting = stage.tasks;
        let mut running = 0_u32;
        let heavy = random.whole(0, i64::from(stage.tasks) - 1) as u32;
        while waiting > 0 || running > 0 {
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
            let Some(Reverse((at, _, event))) = self.events.pop() else { break };
            self.now = self.now.max(at);
            match event {
                Event::TaskEnds { worker } => {
                    running -= 1;
                    self.workers[worker].free += 1;
                    self.workers[worker].idle_since = self.now;
                    if waiting == 0 {
                        self.release_idle();
                    }
                }
                Event::WorkerJoins { worker } => {
                    self.workers[worker].joined = true;
                    self.workers[worker].idle_since = self.now;
                }
            }
        }
        // Scheduling and heartbeats keep the driver a little busy.
        let span = (self.now - begin).max(1) as f64 / 1000.0;
        let scheduling = 0.08 + f64::from(stage.tasks) * 0.02 / span;
        self.nodes[0].work(begin, self.now, scheduling, 0.0, span * 0.03);
        Ending::Done
    }

    fn emptiest(&self) -> Option<usize> {
        (0..self.workers.len())
            .filter(|it| self.workers[*it].joined && !self.workers[*it].gone && self.workers[*it].free > 0)
            .max_by_key(|it| (self.workers[*it].free, Reverse(*it)))
    }

    fn start_task(&mut self, worker: usize, stage: &Stage, skew: f64, random: &mut Random) -> Ending {
        let kind: &'static NodeType = self.nodes[self.workers[worker].node].node_type();
        let wanted = stage.memory_gib / f64::from(self.present().max(1));
        let usable = kind.memory_gib * USABLE_MEMORY;
        let pressure = (wanted / usable - 1.0).max(0.0);
        if pressure > HOPELESS {
            return Ending::OutOfMemory;
        }
        let gain = match self.engine {
            Engine::Photon => stage.photon_gain,
            Engine::Standard => 1.0,
        };
        let computing = stage.task_seconds * (1.0 - stage.io) / (kind.speed * gain);
        // Spilled data is written and read again.
        let waiting = stage.task_seconds * (stage.io + pressure * 0.9);
        let stretch = skew * random.factor(0.14);
        let duration = ((computing + waiting) * stretch).max(0.2);
        let end = self.now + (duration * 1000.0) as Millis;
        let part = computing / (computing + waiting);
        let megabytes = duration * (0.15 + stage.io * 5.0);
        let place = &mut self.workers[worker];
        place.free -= 1;
        let node = &mut self.nodes[place.node];
        node.work(self.now, end, part, (1.0 - part) * 0.6, megabytes);
        node.hold(self.now, end, wanted.min(usable * 1.15));
        self.push(end, Event::TaskEnds { worker });
        Ending::Done
    }

    /// Autoscaling asks for as many workers as the waiting tasks would fill and gets them minutes later.
    fn grow(&mut self, waiting: u32, random: &mut Random, launch: &mut dyn FnMut(Millis, Millis, &mut Random) -> Node) {
        let coming = self.workers.iter().filter(|it| !it.gone).count() as u32;
        let slots = self.workers.first().map_or(1, |it| self.nodes[it.node].node_type().vcpus);
        let on_the_way = coming - self.present();
        let wanted = waiting.div_ceil(slots).saturating_sub(on_the_way);
        for _ in 0..wanted.min(self.size.most().saturating_sub(coming)) {
            let joins = self.now + random.whole(100, 210) * SECOND;
            let node = launch(joins - 50 * SECOND, joins, random);
            self.workers.push(Worker {
                node: self.nodes.len(),
                joined: false,
                free: node.node_type().vcpus,
                idle_since: joins,
                gone: false,
            });
            self.nodes.push(node);
            self.push(joins, Event::WorkerJoins { worker: self.workers.len() - 1 });
        }
    }

    /// Autoscaling lets a worker go that had nothing to do for a while; jobs compute waits 40 s
    /// (<https://docs.databricks.com/aws/en/compute/configure#autoscaling>, read 2026-11).
    fn release_idle(&mut self) {
        let Size::Autoscale { min, .. } = self.size else { return };
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
