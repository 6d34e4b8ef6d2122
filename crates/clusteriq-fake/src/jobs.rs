//! Jobs with clusters of their own: a new cluster for each run, and what remains of it.

use std::sync::Arc;

use crate::bill::{Account, Meter, Product};
use crate::nodes::{Identity, Node, Role, instance_id};
use crate::random::Random;
use crate::records::{ClusterNow, ClusterVersion, Durations, Records, RunEnd, RunSlice, Source, Trigger, User};
use crate::time::{DAY, Day, MINUTE, Millis, SECOND, hours};
use crate::workload::{Ending, Trace, run};
use crate::world::{Incident, Job, JobCard, Origin, Workspace, cluster_id};

/// A job as it goes through the days.
pub(crate) struct JobActor {
    card: Arc<JobCard>,
    job: Job,
    random: Random,
    /// How much there is to do and what goes wrong: the same on every cluster.
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
    result: RunEnd,
}

impl JobActor {
    pub(crate) fn new(job: Job, mut random: Random) -> Self {
        Self {
            card: Arc::new(job.card.clone()),
            job,
            fate: random.fork(),
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
                let jitter = self.random.whole(150, 2_900);
                self.start(start + jitter, day, &mut records);
            }
        }
        for node in &mut self.nodes {
            node.report(day.end(), &mut self.random, &mut records.minutes);
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
        let planned = match (self.job.incident, self.run_number) {
            (Incident::Repaired, 6) => RunEnd::Failed,
            (Incident::Cancelled, 5) => RunEnd::Cancelled,
            _ if self.fate.chance(self.job.latent.failures) => RunEnd::Failed,
            _ if self.fate.chance(0.002) => RunEnd::Cancelled,
            _ => RunEnd::Succeeded,
        };
        let attempt = self.attempt(start, day, planned, &job_id, &run_id, records);
        let mut end = attempt.end;
        let repaired =
            attempt.result == RunEnd::Failed && (self.job.incident == Incident::Repaired || self.fate.chance(0.25));
        self.slices(&attempt, &job_id, &run_id, day, records);
        if repaired {
            let again = end + self.random.whole(6, 40) * MINUTE;
            if again < day.until {
                let attempt = self.attempt(again, day, RunEnd::Succeeded, &job_id, &run_id, records);
                end = attempt.end;
                self.slices(&attempt, &job_id, &run_id, day, records);
            }
        }
        self.busy_until = end;
    }

    /// Makes a cluster, runs the job's work on it and bills it.
    fn attempt(
        &mut self,
        start: Millis,
        day: Day,
        planned: RunEnd,
        job_id: &str,
        run_id: &str,
        records: &mut Records,
    ) -> Attempt {
        let random = &mut self.random;
        let shape = &self.job.shape;
        let created = start + 2 * SECOND;
        let cluster: Arc<str> = cluster_id(created, random).into();
        // Nodes that a pool keeps ready are already there.
        let (up, ready) = match &shape.pool {
            Some(it) if it.has_ready(1 + shape.size.least()) => {
                (start + random.whole(8, 20) * SECOND, start + random.whole(55, 110) * SECOND)
            }
            Some(_) | None => (start + random.whole(50, 95) * SECOND, start + random.whole(185, 350) * SECOND),
        };
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
        let stages = self.job.latent.run(day, self.run_number, &mut self.fate);
        let mut more = |up, ready, random: &mut Random| launch(Role::Worker, up, ready, random);
        let Trace { mut nodes, stage_ends, mut end, ending } =
            run(&stages, nodes, shape.size, shape.engine, ready, random, &mut more);
        let result = match (ending, planned) {
            (Ending::OutOfMemory, _) => RunEnd::Failed,
            (Ending::Done, planned) => planned,
        };
        if result != RunEnd::Succeeded && ending == Ending::Done {
            end = ready + ((end - ready) as f64 * self.fate.between(0.25, 0.9)) as Millis;
        }
        let deleted = end + random.whole(4_000, 9_000);
        nodes.retain(|it| it.up < end);
        for node in &mut nodes {
            node.down = node.down.min(deleted);
        }
        let mut meter = Meter::default();
        for node in &nodes {
            meter.count(node, ready, day.until);
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
        Attempt { cluster_id: cluster, start, ready, end, stage_ends, result }
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
            Origin::Job => Trigger::Cron,
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
        for (number, key) in self.card.tasks.iter().enumerate() {
            if from >= attempt.end {
                break;
            }
            let last_stage = (number + 1) * self.job.latent.stages.len() / count;
            let done = attempt.stage_ends.get(last_stage - 1).copied();
            let end = if number + 1 == count { attempt.end } else { done.unwrap_or(attempt.end).min(attempt.end) };
            let result = if end < attempt.end { RunEnd::Succeeded } else { attempt.result };
            let ready = if number == 0 { attempt.ready } else { from };
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
