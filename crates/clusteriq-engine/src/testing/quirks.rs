//! How jobs of the small worlds misbehave, and serverless jobs.

use clusteriq_model::tables::{JobRunSliceRow, TaskRunSliceRow, UsageRow};
use clusteriq_model::{Action, Recommendation, Target};

use super::usage_row;
use super::world::{Out, World, first_minute, job_row, time};

/// What a job on a cluster of its own does besides its work.
#[derive(Clone, Debug, Default)]
pub(super) struct Quirks {
    /// How many of its first runs fail, after how many tries of its task, and with which code.
    failing: Option<(i64, i64, &'static str)>,
    /// How many tries its settings allow.
    tries: Option<i64>,
    /// The run that hangs, and how many minutes it takes.
    hang: Option<(i64, i64)>,
    /// The longest run in minutes.
    pub(super) timeout: Option<i64>,
}

/// How one run goes.
pub(super) struct Course {
    /// Minutes after start-up.
    pub(super) work: i64,
    /// Its state and code.
    pub(super) end: (&'static str, &'static str),
    /// Tries of its task.
    pub(super) tries: i64,
}

impl Quirks {
    /// The course of a run that would take so many minutes of work.
    pub(super) fn course(&self, run: i64, work: i64) -> Course {
        if let Some((_, tries, code)) = self.failing.filter(|it| run < it.0) {
            let each = (work / tries).max(1);
            let done = self.tries.unwrap_or(tries).min(tries);
            return Course { work: each * done, end: ("FAILED", code), tries: done };
        }
        let asked = self.hang.filter(|it| it.0 == run).map_or(work, |it| it.1);
        match self.timeout {
            Some(limit) if limit < asked => Course { work: limit, end: ("TIMED_OUT", "TIMED_OUT"), tries: 1 },
            Some(_) | None => Course { work: asked, end: ("SUCCEEDED", "SUCCESS"), tries: 1 },
        }
    }

    /// Whether the data tells its timeout.
    pub(super) fn timeout_seconds(&self) -> Option<i64> {
        self.hang.map(|_| self.timeout.unwrap_or(0) * 60)
    }
}

/// The task runs of a run: its tries, one after the other.
pub(super) fn tries(row: &TaskRunSliceRow, course: &Course, start: i64, end: i64) -> Vec<TaskRunSliceRow> {
    let each = (end - start) / course.tries;
    let one = |at: i64| TaskRunSliceRow {
        run_id: if at == 0 { row.run_id.clone() } else { format!("{}{at}", row.run_id) },
        period_start_time: time(start + at * each),
        period_end_time: time(if at + 1 == course.tries { end } else { start + (at + 1) * each }),
        result_state: Some(course.end.0.into()),
        termination_code: Some(course.end.1.into()),
        ..row.clone()
    };
    (0..course.tries).map(one).collect()
}

/// A job without a cluster, every day.
#[derive(Clone, Debug)]
pub(super) struct Serverless {
    name: String,
    /// DBUs of a run in the optimized mode; the standard one takes 60 % of it.
    dbu: f64,
    /// From which of its runs on it is in the standard mode.
    standard_from: i64,
}

/// Runs of a serverless job.
const RUNS: i64 = 14;

impl World {
    /// The last job's first `runs` runs fail after so many tries of its task.
    pub(crate) fn failing_tries(mut self, runs: i64, tries: i64, code: &'static str) -> Self {
        self.last().quirks.failing = Some((runs, tries, code));
        self
    }

    /// One run of the last job hangs for so many minutes; the data tells that it has no timeout.
    pub(crate) fn hanging(mut self, run: i64, minutes: i64) -> Self {
        self.last().quirks.hang = Some((run, minutes));
        self
    }

    /// A serverless job at 3 in the morning, in the standard mode from one of its 14 runs on.
    pub(crate) fn serverless(mut self, name: &str, dbu: f64, standard_from: i64) -> Self {
        self.serverless.push(Serverless { name: name.into(), dbu, standard_from });
        self
    }

    /// The world after a change of behaviour; whether it was one.
    pub(super) fn mend(&mut self, it: &Recommendation) -> Option<()> {
        let Target::Job(key) = &it.target else { return None };
        let id: usize = key.id.parse().expect("a job's number");
        match &it.action {
            Action::SetRetries { to, .. } => self.jobs[id - 1].quirks.tries = Some(to + 1),
            Action::SetTimeout { to, .. } => self.jobs[id - 1].quirks.timeout = Some(to.0 as i64),
            Action::UseStandardPerformance => self.serverless[id - FIRST_SERVERLESS].standard_from = 0,
            _ => return None,
        }
        Some(())
    }
}

/// Number of the first serverless job.
const FIRST_SERVERLESS: usize = 1001;

/// Rows of serverless jobs.
pub(super) fn serverless(out: &mut Out, jobs: &[Serverless]) {
    for (index, it) in jobs.iter().enumerate() {
        let id = FIRST_SERVERLESS + index;
        out.tables.jobs.push(job_row(id, &it.name, 3, None));
        for run in 0..RUNS {
            let start = first_minute() + run * 1440 + 180;
            let run_id = format!("{id}{run:03}");
            let standard = run >= it.standard_from;
            let quantity = format!("{:.9}", it.dbu * if standard { 0.6 } else { 1.0 });
            out.tables.job_run_slices.push(JobRunSliceRow {
                workspace_id: "1".into(),
                job_id: id.to_string(),
                run_id: run_id.clone(),
                period_start_time: time(start),
                period_end_time: time(start + 30),
                trigger_type: Some("CRON".into()),
                run_type: Some("JOB_RUN".into()),
                run_name: None,
                result_state: Some("SUCCEEDED".into()),
                termination_code: Some("SUCCESS".into()),
                setup_duration_seconds: Some(0),
                queue_duration_seconds: Some(0),
                compute_ids: None,
            });
            out.tables.usage.push(UsageRow {
                usage_start_time: time(start),
                usage_end_time: time(start + 60),
                sku_name: "PREMIUM_JOBS_SERVERLESS_COMPUTE".into(),
                is_serverless: Some(true),
                performance_target: Some(if standard { "STANDARD" } else { "PERFORMANCE_OPTIMIZED" }.into()),
                cluster_id: None,
                node_type: None,
                job_id: Some(id.to_string()),
                job_run_id: Some(run_id.clone()),
                ..usage_row(&format!("serverless-{run_id}"), "2026-09-01T00:00:00Z", &quantity)
            });
        }
    }
}
