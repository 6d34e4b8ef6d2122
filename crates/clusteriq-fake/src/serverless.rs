//! Serverless jobs: no cluster, a bill by the run, and a performance target that decides how soon they start and how dear
//! they are.

use std::sync::Arc;

use crate::bill::record;
use crate::catalog::catalog;
use crate::jobs::{cut, durations};
use crate::random::Random;
use crate::records::{Durations, RecordType, Records, RunEnd, RunSlice, Trigger, Usage, User};
use crate::schedule::Schedule;
use crate::time::{Day, HOUR, MINUTE, Millis, SECOND, hours};
use crate::world::Cause;
use crate::world::JobCard;
use crate::world::serverless::{Performance, ServerlessJob};

/// A serverless job as it goes through the days.
pub(crate) struct ServerlessActor {
    card: Arc<JobCard>,
    job: ServerlessJob,
    random: Random,
    /// How much there is to do and what goes wrong: the same in either mode.
    fate: Random,
    busy_until: Millis,
}

impl ServerlessActor {
    pub(crate) fn new(job: ServerlessJob, mut random: Random) -> Self {
        Self { card: Arc::new(job.card.clone()), job, fate: random.fork(), random, busy_until: 0 }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        for start in self.card.schedule.starts(day) {
            let jitter = self.random.whole(150, 2_900);
            self.run(start + jitter, day, &mut records);
        }
        records
    }

    fn run(&mut self, start: Millis, day: Day, records: &mut Records) {
        let amount = self.fate.factor(self.job.noise);
        let failed = self.fate.chance(self.job.failures);
        let part = self.fate.between(0.2, 0.9);
        let whole = RunSlice {
            card: self.card.clone(),
            job_id: self.card.id.clone(),
            run_id: self.random.digits(15),
            task: None,
            trigger: match self.card.schedule {
                Schedule::FileArrival { .. } => Trigger::FileArrival,
                Schedule::Daily { .. } | Schedule::Every { .. } | Schedule::EveryMinutes { .. } => Trigger::Cron,
                Schedule::Continuous => Trigger::Continuous,
            },
            cluster_id: None,
            start,
            end: start,
            result: Some((RunEnd::Skipped, Durations { setup: 0, execution: 0, cleanup: 0, run: 0 })),
        };
        if start < self.busy_until {
            records.job_runs.push(whole);
            return;
        }
        records.runs += 1;
        let target = self.job.target_on(day.number);
        let (wait, dbu, stretch) = match target {
            Performance::Optimized => (self.random.whole(8, 40) * SECOND, 1.0, 1.0),
            Performance::Standard => {
                (self.random.whole(240, 360) * SECOND, self.job.standard_dbu, self.job.standard_time)
            }
        };
        let done = if failed { part } else { 1.0 };
        let ready = start + wait;
        let work = self.job.minutes * amount * done * stretch * self.random.factor(0.03);
        let end = ready + (work * MINUTE as f64) as Millis;
        self.busy_until = end;
        // Waiting for a start is not billed.
        let dbu = self.job.dbu * amount * done * dbu * self.random.factor(0.02);
        self.bill(&whole.run_id, target, (ready, end), dbu, day, records);
        let result = if failed { RunEnd::Failed(Cause::Code) } else { RunEnd::Succeeded };
        let whole = RunSlice { end, result: Some((result, durations(start, ready, end))), ..whole };
        cut(&whole, day.until, &mut records.job_runs);
        let key = self.card.tasks.first().copied().unwrap_or("main");
        let task = RunSlice { task: Some((key, self.random.digits(15))), ..whole };
        cut(&task, day.until, &mut records.task_runs);
    }

    /// The run's DBU, spread over the hours it ran in; only what is over by the end of the history.
    fn bill(
        &mut self,
        run_id: &str,
        target: Performance,
        (ready, end): (Millis, Millis),
        dbu: f64,
        day: Day,
        records: &mut Records,
    ) {
        let workspace = &self.card.workspace;
        let sku = &catalog().sku(workspace.cloud, "jobs_serverless").name;
        let run = (end - ready).max(1) as f64;
        for (from, to) in hours(ready, end.min(day.until)).filter(|it| it.0 < it.1) {
            let usage = Usage {
                workspace: workspace.clone(),
                record_id: String::new(),
                record_type: RecordType::Original,
                sku: sku.clone(),
                hour: from.div_euclid(HOUR) * HOUR,
                dbu_billionths: (dbu * (to - from) as f64 / run * 1e9).round() as i128,
                tags: self.card.tags(),
                user: User::ServerlessJob {
                    job_id: self.card.id.clone(),
                    run_id: run_id.to_owned(),
                    job_name: self.card.name.clone(),
                    target,
                },
                node_type: None,
                photon: true,
                run_as: Some(self.card.run_as.clone()),
                ingestion_day: 0,
            };
            record(usage, day.until, &mut self.random, &mut records.usage);
        }
    }
}
