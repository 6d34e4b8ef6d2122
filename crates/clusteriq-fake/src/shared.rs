//! Several jobs on one job cluster, one after the other: what there would be if they were tasks of one job.

use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::jobs::{cut, durations, ended, identity};
use crate::market::{Ground, Holder};
use crate::nodes::{NOT_YET, Node, Role};
use crate::physics::{Ending, Setting, Spot, Trace, run};
use crate::random::Random;
use crate::records::{Records, RunEnd, RunSlice, Trigger, User};
use crate::time::{Day, MINUTE, Millis, SECOND};
use crate::world::{Cause, JobCard, Shape, Shared, cluster_id};

/// Who comes within this time after the work of the others belongs to them.
const TOGETHER: Millis = 15 * MINUTE;

/// The jobs as they go through the days.
pub(crate) struct SharedActor {
    shared: Shared,
    cards: Vec<Arc<JobCard>>,
    ground: Ground,
    random: Random,
    fates: Vec<Random>,
    run_numbers: Vec<i64>,
    live: Option<Live>,
}

struct Live {
    id: Arc<str>,
    start: Millis,
    ready: Millis,
    /// When the work so far is done.
    free: Millis,
    /// Driver first.
    nodes: Vec<Node>,
    gone: Vec<Node>,
}

impl SharedActor {
    pub(crate) fn new(shared: Shared, ground: Ground, mut random: Random) -> Self {
        Self {
            cards: shared.jobs.iter().map(|it| Arc::new(it.card.clone())).collect(),
            // As the job by itself has it.
            fates: shared
                .jobs
                .iter()
                .map(|it| Random::named(ground.seed, &format!("job {}", it.card.id)).fork())
                .collect(),
            run_numbers: vec![0; shared.jobs.len()],
            random: random.fork(),
            ground,
            shared,
            live: None,
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        let mut starts: Vec<(Millis, usize)> = Vec::new();
        for (index, card) in self.cards.iter().enumerate() {
            let alive = |it: &Millis| *it >= card.created && card.deleted.is_none_or(|deleted| *it < deleted);
            starts.extend(card.schedule.starts(day).into_iter().filter(alive).map(|it| (it + 900, index)));
        }
        starts.sort_unstable();
        for (start, index) in starts {
            if self.live.as_ref().is_some_and(|it| start > it.free + TOGETHER) {
                self.close(day, &mut records);
            }
            let mut fate = self.fates[index].fork();
            let live = match self.live.take() {
                Some(it) => it,
                None => self.launch(start, &mut fate.clone().fork()),
            };
            self.work(live, index, start, &mut fate, day, &mut records);
        }
        if day.is_last() {
            self.close(day, &mut records);
        }
        records
    }

    fn node(&mut self, id: &Arc<str>, role: Role, up: Millis, ready: Millis) -> Node {
        let shape = &self.shared.shape;
        let kind = match role {
            Role::Driver => shape.driver,
            Role::Worker => shape.worker,
        };
        Node::new(identity(&self.cards[0].workspace, id, role, kind, &mut self.random), up, ready)
    }

    fn launch(&mut self, start: Millis, fate: &mut Random) -> Live {
        let (up, ready) = (start + fate.whole(50, 95) * SECOND, start + fate.whole(185, 350) * SECOND);
        let id: Arc<str> = cluster_id(start, &mut self.random).into();
        let mut nodes = vec![self.node(&id, Role::Driver, up, ready)];
        for _ in 0..self.shared.shape.size.least() {
            nodes.push(self.node(&id, Role::Worker, up, ready));
        }
        let spot = spot(&self.ground, &self.shared.shape);
        for (index, node) in nodes.iter_mut().enumerate() {
            node.purchase = spot.purchase(index);
        }
        Live { id, start, ready, free: ready, nodes, gone: Vec::new() }
    }

    fn work(
        &mut self,
        mut live: Live,
        index: usize,
        start: Millis,
        fate: &mut Random,
        day: Day,
        records: &mut Records,
    ) {
        self.run_numbers[index] += 1;
        records.runs += 1;
        let job = self.shared.jobs[index].clone();
        // A failed run that is repaired is one run here, and the repair's time is left out: it is rare.
        let planned = if fate.chance(job.latent.failures) {
            if fate.clone().chance(0.25) { RunEnd::Succeeded } else { RunEnd::Failed(Cause::Code) }
        } else if fate.chance(0.002) {
            RunEnd::Cancelled
        } else {
            RunEnd::Succeeded
        };
        // As many draws as a cluster's start takes, so that the work is the same as without sharing.
        fate.unit();
        fate.unit();
        let stages = job.latent.run(day, self.run_numbers[index], fate);
        let part = fate.between(0.25, 0.9);
        let shape = self.shared.shape.clone();
        // Nobody waits for the clock when the work before is done.
        let begins = live.free;
        let setting = Setting {
            nature: &job.latent.nature,
            size: shape.size,
            engine: shape.engine,
            ready: begins,
            spot: spot(&self.ground, &shape),
        };
        let (id, physics) = (live.id.clone(), self.ground.physics);
        let mut more = |up, ready, _: &mut Random| self.node(&id, Role::Worker, up, ready);
        let nodes = std::mem::take(&mut live.nodes);
        let Trace { nodes, mut end, ending, .. } = run(physics, &stages, nodes, setting, &mut fate.fork(), &mut more);
        let result = ended(ending, planned);
        if planned != RunEnd::Succeeded && ending == Ending::Done {
            end = begins + ((end - begins) as f64 * part) as Millis;
        }
        let asked = start.min(begins);
        let card = self.cards[index].clone();
        let slice = RunSlice {
            job_id: card.id.clone(),
            card,
            run_id: self.random.digits(15),
            task: None,
            trigger: Trigger::Cron,
            cluster_id: Some(live.id.clone()),
            start: asked,
            end,
            result: Some((result, durations(asked, begins, end))),
        };
        cut(&slice, day.until, &mut records.job_runs);
        live.free = end;
        for node in nodes {
            if node.down == NOT_YET { live.nodes.push(node) } else { live.gone.push(node) }
        }
        let driver_lives = ending != Ending::DriverLost;
        self.live = Some(live);
        if !driver_lives {
            self.close(day, records);
        }
    }

    /// The work is done: the cluster goes and is billed.
    fn close(&mut self, day: Day, records: &mut Records) {
        let Some(mut live) = self.live.take() else { return };
        let mut meter = Meter::default();
        let holder = Holder::Job(self.cards[0].id.clone());
        for node in live.nodes.iter_mut().chain(&mut live.gone).filter(|it| it.up < live.free) {
            node.down = node.down.min(live.free + 6 * SECOND);
            meter.count(node, live.ready, day.until);
            records.count_vm(&self.cards[0].workspace, &holder, node, live.start, day.until);
        }
        let account = Account {
            workspace: self.cards[0].workspace.clone(),
            user: User::JobCluster {
                cluster_id: live.id,
                job_id: self.cards[0].id.clone(),
                run_id: self.random.digits(15),
                run_name: None,
                pool_id: None,
            },
            tags: self.cards[0].tags(),
            run_as: Some(self.cards[0].run_as.clone()),
        };
        let engine = self.shared.shape.engine;
        meter.bill(Product::Jobs, engine, &account, day.until, &mut self.random, &mut records.usage);
    }
}

fn spot(ground: &Ground, shape: &Shape) -> Spot {
    Spot::of(ground, shape.availability, shape.driver, shape.worker)
}
