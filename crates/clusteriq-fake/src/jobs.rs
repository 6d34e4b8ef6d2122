//! Jobs with clusters of their own: a new cluster for each run, and what remains of it.

use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::market::{Ground, Holder, Watch};
use crate::nodes::{Identity, Node, Role, instance_id};
use crate::physics::{Ending, Setting, Spot, Trace, run};
use crate::random::Random;
use crate::records::{ClusterNow, ClusterVersion, Durations, Records, RunEnd, RunSlice, Source, Trigger, User};
use crate::time::{DAY, Day, MINUTE, Millis, SECOND, hours};
use crate::world::{Cause, Incident, Job, JobCard, Origin, Trouble, Workspace, cluster_id};

mod plan;

use plan::{After, Plan};

/// A job as it goes through the days.
pub(crate) struct JobActor {
    card: Arc<JobCard>,
    job: Job,
    ground: Ground,
    /// Noise of what nodes report, which changes nothing else.
    reports: Random,
    random: Random,
    /// How much there is to do and what goes wrong: the same on every cluster.
    fates: Random,
    /// Of the present run.
    fate: Random,
    run_number: i64,
    busy_until: Millis,
    /// Nodes with minutes still to be reported.
    nodes: Vec<Node>,
}

/// One try at a run.
struct Attempt {
    cluster_id: Arc<str>,
    start: Millis,
    ready: Millis,
    end: Millis,
    stage_ends: Vec<Millis>,
    /// After how many stages each failed try ended, and why.
    failed_tries: Vec<usize>,
    first_cause: Cause,
    trigger: Trigger,
    result: RunEnd,
}

impl JobActor {
    pub(crate) fn new(job: Job, ground: Ground, mut random: Random) -> Self {
        Self {
            card: Arc::new(job.card.clone()),
            job,
            ground,
            // First: what-ifs of the same job draw it again.
            fates: random.fork(),
            fate: random.fork(),
            reports: random.fork(),
            random,
            run_number: 0,
            busy_until: 0,
            nodes: Vec::new(),
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        for start in self.card.schedule.starts(day) {
            if start >= self.card.created && self.card.deleted.is_none_or(|it| start < it) {
                // What is drawn for one run does not move the next one.
                self.fate = self.fates.fork();
                let jitter = self.fates.clone().whole(150, 2_900);
                self.start(start + jitter, day, &mut records);
            }
        }
        if self.ground.watch == Watch::Nodes {
            for node in &mut self.nodes {
                node.report(day.end(), &mut self.reports, &mut records.minutes);
            }
        }
        self.nodes.retain(|it| it.down > day.end());
        records
    }

    fn start(&mut self, start: Millis, day: Day, records: &mut Records) {
        let run_id = self.random.digits(15);
        // A submitted run has a job id of its own, of which no list knows.
        let job_id = match self.card.origin {
            Origin::Job => self.card.id.clone(),
            Origin::Submit => self.random.digits(15),
        };
        if start < self.busy_until {
            records.job_runs.push(RunSlice {
                card: self.card.clone(),
                job_id,
                run_id,
                task: None,
                trigger: Trigger::Cron,
                cluster_id: None,
                start,
                end: start,
                result: Some((RunEnd::Skipped, Durations { setup: 0, execution: 0, cleanup: 0, run: 0 })),
            });
            return;
        }
        self.run_number += 1;
        records.runs += 1;
        let plan = self.plan(day);
        let attempt = self.attempt(start, day, &plan, &job_id, &run_id, records);
        let mut end = attempt.end;
        let failed = matches!(attempt.result, RunEnd::Failed(_));
        let repaired = failed && (self.job.incident == Incident::Repaired || self.fate.chance(0.25));
        self.slices(&attempt, &job_id, &run_id, day, records);
        let again = match plan.after {
            After::Repair if repaired => Some((run_id, Plan::usual(), self.random.whole(6, 40))),
            After::RunAgain if failed => {
                let by_hand = Plan { trigger: Trigger::OneTime, ..Plan::usual() };
                Some((self.random.digits(15), by_hand, self.fate.clone().whole(2, 9)))
            }
            After::Repair | After::RunAgain | After::Nothing => None,
        };
        if let Some((run_id, plan, minutes)) = again.filter(|it| end + it.2 * MINUTE < day.until) {
            records.runs += u64::from(plan.trigger == Trigger::OneTime);
            let attempt = self.attempt(end + minutes * MINUTE, day, &plan, &job_id, &run_id, records);
            end = attempt.end;
            self.slices(&attempt, &job_id, &run_id, day, records);
        }
        self.busy_until = end;
    }

    /// What goes wrong with the run that is to begin: the same on every cluster.
    fn plan(&mut self, day: Day) -> Plan {
        let usual = match (self.job.incident, self.run_number) {
            (Incident::Repaired, 6) => RunEnd::Failed(Cause::Code),
            (Incident::Cancelled, 5) => RunEnd::Cancelled,
            _ if self.fate.chance(self.job.latent.failures) => RunEnd::Failed(Cause::Code),
            _ if self.fate.chance(0.002) => RunEnd::Cancelled,
            _ => RunEnd::Succeeded,
        };
        let luck = self.fate.unit();
        let part = self.fate.between(0.5, 1.0);
        let mut plan = Plan { result: usual, ..Plan::usual() };
        let fails = |plan: &mut Plan, cause| {
            plan.result = RunEnd::Failed(cause);
            plan.stops_after = part;
            plan.after = After::Nothing;
        };
        match self.card.setup.trouble {
            Trouble::Nothing => {}
            Trouble::Fails { share, cause } if luck < share => {
                fails(&mut plan, cause);
                plan.after = After::RunAgain;
            }
            Trouble::MonthEnd if day.date().day() + 2 > day.date().days_in_month() => fails(&mut plan, Cause::Code),
            Trouble::Storm { share, after } if luck < share => {
                fails(&mut plan, Cause::Code);
                plan.stops_after = after;
                // The same error, at the same place, as often as it is allowed to come.
                plan.failed_tries = self.card.setup.max_retries;
            }
            Trouble::Heals { share } if luck < share => match self.card.setup.max_retries {
                0 => fails(&mut plan, Cause::Cloud),
                _ => (plan.failed_tries, plan.first_cause) = (1, Cause::Cloud),
            },
            Trouble::Hangs { first, every, times, hours } => {
                let since = self.run_number - first;
                if since >= 0 && since % every == 0 && since / every < times {
                    (plan.result, plan.hangs) = (RunEnd::Cancelled, hours);
                }
            }
            Trouble::OnceLong { run, factor } if run == self.run_number => plan.factor = factor,
            Trouble::Fails { .. }
            | Trouble::MonthEnd
            | Trouble::Storm { .. }
            | Trouble::Heals { .. }
            | Trouble::OnceLong { .. } => {}
        }
        plan
    }

    /// Makes a cluster, runs the job's work on it and bills it.
    fn attempt(
        &mut self,
        start: Millis,
        day: Day,
        plan: &Plan,
        job_id: &str,
        run_id: &str,
        records: &mut Records,
    ) -> Attempt {
        let random = &mut self.random;
        let fate = &mut self.fate;
        let shape = &self.job.shape;
        let created = start + 2 * SECOND;
        let cluster: Arc<str> = cluster_id(created, random).into();
        // Nodes that a pool keeps ready are already there.
        let (up, ready) = match &shape.pool {
            Some(it) if it.has_ready(1 + shape.size.least()) => {
                (start + fate.whole(8, 20) * SECOND, start + fate.whole(55, 110) * SECOND)
            }
            Some(_) | None => (start + fate.whole(50, 95) * SECOND, start + fate.whole(185, 350) * SECOND),
        };
        let spot = Spot::of(&self.ground, shape.availability, shape.driver, shape.worker);
        let workspace = self.card.workspace.clone();
        let launch = |role, up: Millis, ready: Millis, random: &mut Random| {
            let node_type = match role {
                Role::Driver => shape.driver,
                Role::Worker => shape.worker,
            };
            Node::new(identity(&workspace, &cluster, role, node_type, random), up, ready)
        };
        let mut nodes = vec![launch(Role::Driver, up, ready, random)];
        for _ in 0..shape.size.least() {
            let late = random.whole(0, 25_000);
            nodes.push(launch(Role::Worker, up + late, ready, random));
        }
        for (index, node) in nodes.iter_mut().enumerate() {
            node.purchase = spot.purchase(index);
        }
        let stages = plan.stages(self.job.latent.run(day, self.run_number, fate));
        let failed_tries: Vec<usize> = (1..=plan.failed_tries.unsigned_abs() as usize)
            .map(|it| it * plan.tried(self.job.latent.stages.len()))
            .collect();
        let part = fate.between(0.25, 0.9);
        let setting = Setting { nature: &self.job.latent.nature, size: shape.size, engine: shape.engine, ready, spot };
        let mut more = |up, ready, random: &mut Random| launch(Role::Worker, up, ready, random);
        let Trace { mut nodes, stage_ends, mut end, ending, losses } =
            run(self.ground.physics, &stages, nodes, setting, &mut fate.fork(), &mut more);
        let mut result = ended(ending, plan.result);
        if result != RunEnd::Succeeded && ending == Ending::Done && plan.stops_after >= 1.0 && plan.hangs <= 0.0 {
            end = ready + ((end - ready) as f64 * part) as Millis;
        }
        let limit = self.card.setup.timeout_seconds * SECOND;
        if limit > 0 && end - start > limit {
            end = (start + limit).max(ready + SECOND);
            // A run that hangs would have been ended by a person anyway.
            result = if plan.hangs > 0.0 { plan.result } else { RunEnd::TimedOut };
        }
        records.losses.extend(losses.into_iter().filter(|it| it.at < end).map(|it| (cluster.clone(), it)));
        let deleted = end + fate.whole(4_000, 9_000);
        nodes.retain(|it| it.up < end);
        for node in &mut nodes {
            node.down = node.down.min(deleted);
        }
        let mut meter = Meter::default();
        let holder = Holder::Job(job_id.to_owned());
        for node in &nodes {
            meter.count(node, ready, day.until);
            records.count_vm(&workspace, &holder, node, start, day.until);
        }
        let account = Account {
            workspace: self.card.workspace.clone(),
            user: User::JobCluster {
                cluster_id: cluster.clone(),
                job_id: job_id.to_owned(),
                run_id: run_id.to_owned(),
                run_name: (self.card.origin == Origin::Submit).then(|| self.card.name.clone()),
                pool_id: shape.pool.as_ref().map(|it| it.id.clone()),
            },
            tags: self.card.tags(),
            run_as: Some(self.card.run_as.clone()),
        };
        meter.bill(Product::Jobs, shape.engine, &account, day.until, random, &mut records.usage);
        self.nodes.append(&mut nodes);
        self.remember(&cluster, run_id, created, deleted, day, records);
        Attempt {
            cluster_id: cluster,
            start,
            ready,
            end,
            stage_ends,
            failed_tries,
            first_cause: plan.first_cause,
            trigger: plan.trigger,
            result,
        }
    }

    fn remember(
        &self,
        cluster: &Arc<str>,
        run_id: &str,
        created: Millis,
        deleted: Millis,
        day: Day,
        records: &mut Records,
    ) {
        let version = job_cluster(&self.job, cluster, run_id, created);
        let terminated = (deleted < day.until).then_some((deleted, "JOB_FINISHED"));
        records.clusters.push(version.clone());
        if terminated.is_some() {
            records.clusters.push(ClusterVersion { deleted: Some(deleted), changed: deleted, ..version.clone() });
        }
        if day.until - created < 30 * DAY {
            records.clusters_now.push(ClusterNow {
                version,
                started: created,
                last_activity: deleted.min(day.until),
                terminated,
            });
        }
    }

    /// The run's and its tasks' slices.
    fn slices(&mut self, attempt: &Attempt, job_id: &str, run_id: &str, day: Day, records: &mut Records) {
        let trigger = match self.card.origin {
            Origin::Job => attempt.trigger,
            Origin::Submit => Trigger::OneTime,
        };
        let whole = RunSlice {
            card: self.card.clone(),
            job_id: job_id.to_owned(),
            run_id: run_id.to_owned(),
            task: None,
            trigger,
            cluster_id: Some(attempt.cluster_id.clone()),
            start: attempt.start,
            end: attempt.end,
            result: Some((attempt.result, durations(attempt.start, attempt.ready, attempt.end))),
        };
        let count = self.card.tasks.len();
        let single = count == 1;
        let run_slice = RunSlice {
            result: whole.result.map(|(result, it)| {
                // A run of several tasks has only a total.
                let it = if single { it } else { Durations { setup: 0, execution: 0, cleanup: 0, ..it } };
                (result, it)
            }),
            ..whole.clone()
        };
        cut(&run_slice, day.until, &mut records.job_runs);
        let mut from = attempt.start;
        let mut stages_before = 0;
        for stages in &attempt.failed_tries {
            let Some(end) = attempt.stage_ends.get(stages - 1).copied().filter(|it| *it < attempt.end) else { break };
            let ready = attempt.ready.max(from);
            let task = RunSlice {
                task: Some((self.card.tasks[0], self.random.digits(15))),
                start: from,
                end,
                result: Some((RunEnd::Failed(attempt.first_cause), durations(from, ready, end))),
                ..whole.clone()
            };
            cut(&task, day.until, &mut records.task_runs);
            (from, stages_before) = (end + 1, *stages);
        }
        for (number, key) in self.card.tasks.iter().enumerate() {
            if from >= attempt.end {
                break;
            }
            // There may be more tasks than stages.
            let last_stage = stages_before + ((number + 1) * self.job.latent.stages.len() / count).max(1);
            let done = attempt.stage_ends.get(last_stage - 1).copied();
            let end = if number + 1 == count { attempt.end } else { done.unwrap_or(attempt.end).min(attempt.end) };
            let result = if end < attempt.end { RunEnd::Succeeded } else { attempt.result };
            let ready = attempt.ready.max(from);
            let task = RunSlice {
                task: Some((key, self.random.digits(15))),
                start: from,
                end,
                result: Some((result, durations(from, ready, end))),
                ..whole.clone()
            };
            cut(&task, day.until, &mut records.task_runs);
            from = end + 1;
        }
    }
}

/// How a run ended: as planned, unless the cluster could not do it.
pub(crate) fn ended(ending: Ending, planned: RunEnd) -> RunEnd {
    match ending {
        Ending::Done => planned,
        Ending::OutOfMemory => RunEnd::Failed(Cause::OutOfMemory),
        Ending::DriverOutOfMemory => RunEnd::Failed(Cause::Driver),
        Ending::WrongArchitecture => RunEnd::Failed(Cause::Code),
        Ending::DriverLost => RunEnd::Failed(Cause::Cluster),
        Ending::TooManyLosses => RunEnd::Failed(Cause::Cloud),
    }
}

/// A node of a cluster.
pub(crate) fn identity(
    workspace: &Workspace,
    cluster_id: &Arc<str>,
    role: Role,
    node_type: &'static crate::catalog::NodeType,
    random: &mut Random,
) -> Identity {
    Identity {
        workspace_id: workspace.id.clone(),
        cluster_id: cluster_id.clone(),
        instance_id: instance_id(workspace.cloud, random),
        role,
        node_type,
    }
}

/// The cluster of a run.
pub(crate) fn job_cluster(job: &Job, id: &Arc<str>, run_id: &str, created: Millis) -> ClusterVersion {
    ClusterVersion {
        workspace: job.card.workspace.clone(),
        id: id.clone(),
        name: format!("job-{}-run-{run_id}-main", job.card.id),
        owner: job.card.run_as.clone(),
        source: Source::Job,
        shape: job.shape.clone(),
        runtime: job.shape.runtime,
        autotermination: None,
        tags: job.card.tags(),
        policy: job.card.setup.policy.as_ref().map(|it| it.id.clone()),
        created,
        deleted: None,
        changed: created,
    }
}

/// Phases of a run that was ready at `ready`.
pub(crate) fn durations(start: Millis, ready: Millis, end: Millis) -> Durations {
    let ready = ready.min(end);
    Durations {
        setup: (ready - start) / SECOND,
        execution: (end - ready) / SECOND,
        cleanup: 1,
        run: (end - start) / SECOND,
    }
}

/// Cuts a slice at clock hours; only the last keeps the result, and nothing after the history is known.
pub(crate) fn cut(whole: &RunSlice, until: Millis, rows: &mut Vec<RunSlice>) {
    if whole.start == whole.end {
        rows.push(whole.clone());
        return;
    }
    for (start, end) in hours(whole.start, whole.end).take_while(|it| it.1 <= until) {
        rows.push(RunSlice { start, end, result: whole.result.filter(|_| end == whole.end), ..whole.clone() });
    }
}
