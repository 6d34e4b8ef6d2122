//! Runs of jobs and tries of their tasks: hour slices merged as they come.

use std::collections::BTreeMap;

use clusteriq_model::tables::{JobRunSliceRow, TaskRunSliceRow};
use clusteriq_model::{Attempt, Cluster, ClusterKey, JobKey, Minutes, Run, RunResult, TaskRun, Window};
use jiff::Timestamp;

use super::ClusterBook;
use super::names::Names;

/// A child run of `dbutils.notebook.run`: its cost is in its parent's.
const CHILD_RUN: &str = "WORKFLOW_RUN";
/// A run by `runs/submit`, such as external orchestrators make.
const ONE_TIME_RUN: &str = "SUBMIT_RUN";

/// Every job's runs: a month of a large account has more slices than fit into memory as rows.
#[derive(Clone, Debug, Default)]
pub struct RunBook {
    jobs: BTreeMap<JobKey, Known>,
    names: Names,
    first: Option<Timestamp>,
    /// Whether the tables of runs and of tasks have rows.
    pub(super) has: (bool, bool),
}

/// What is told about one job.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What started it, by its earliest slice that says so.
    trigger: Option<(Timestamp, String)>,
    /// Whether a run was made by `runs/submit`.
    pub(super) one_time: bool,
    runs: BTreeMap<String, KnownRun>,
}

/// One run, as far as its slices came.
#[derive(Clone, Debug, Default)]
struct KnownRun {
    /// `None`: only its tasks are known. Its attempts are below.
    run: Option<Run>,
    /// Slices that have a result.
    ended: u32,
    tries: Vec<Try>,
    /// Clusters that say that they were made for it.
    own: Vec<String>,
}

/// One try of a task, as far as its slices came.
#[derive(Clone, Debug)]
struct Try {
    attempt: Attempt,
    /// End of the slice that the result is from.
    told: Timestamp,
    /// What it waited for its cluster.
    setup: Option<Minutes>,
    compute_ids: Vec<String>,
}

impl RunBook {
    /// Adds slices of runs. Those of one run must arrive in time order over all calls.
    pub fn absorb(&mut self, mut rows: Vec<JobRunSliceRow>) {
        self.has.0 |= !rows.is_empty();
        rows.sort_by_key(|it| (it.period_start_time, it.period_end_time));
        for mut it in rows {
            self.first = Some(self.first.map_or(it.period_start_time, |first| first.min(it.period_start_time)));
            let known = self
                .jobs
                .entry(JobKey { workspace: self.names.workspace(&it.workspace_id), id: it.job_id })
                .or_default();
            known.one_time |= it.run_type.as_deref() == Some(ONE_TIME_RUN);
            if let Some(word) = it.trigger_type.take()
                && known.trigger.as_ref().is_none_or(|known| it.period_start_time < known.0)
            {
                known.trigger = Some((it.period_start_time, word));
            }
            if it.run_type.as_deref() == Some(CHILD_RUN) {
                continue;
            }
            let known = known.runs.entry(it.run_id.clone()).or_default();
            known.ended += u32::from(it.result_state.is_some());
            let slice = Run {
                id: it.run_id,
                start: it.period_start_time,
                end: it.period_end_time,
                result: result(it.result_state.as_deref()),
                termination_code: it.termination_code,
                setup: minutes(it.setup_duration_seconds),
                queued: minutes(it.queue_duration_seconds),
                repairs: 0,
                compute_ids: it.compute_ids.unwrap_or_default(),
                attempts: vec![],
            };
            match &mut known.run {
                Some(run) => extend(run, slice),
                None => known.run = Some(slice),
            }
        }
    }

    /// Adds slices of tasks. Those of one task's run must arrive in time order over all calls.
    pub fn absorb_tasks(&mut self, mut rows: Vec<TaskRunSliceRow>) {
        self.has.1 |= !rows.is_empty();
        rows.sort_by_key(|it| (it.period_start_time, it.period_end_time));
        for it in rows {
            let known = self
                .jobs
                .entry(JobKey { workspace: self.names.workspace(&it.workspace_id), id: it.job_id })
                .or_default();
            let run = known.runs.entry(it.job_run_id.unwrap_or_else(|| it.run_id.clone())).or_default();
            let slice = Try {
                attempt: Attempt {
                    task_key: it.task_key.unwrap_or_default(),
                    run_id: it.run_id,
                    start: it.period_start_time,
                    end: it.period_end_time,
                    result: result(it.result_state.as_deref()),
                    termination_code: it.termination_code,
                },
                told: it.period_end_time,
                setup: minutes(it.setup_duration_seconds),
                compute_ids: it.compute_ids.unwrap_or_default(),
            };
            match run.tries.iter_mut().find(|it| it.attempt.run_id == slice.attempt.run_id) {
                Some(it) => it.extend(slice),
                None => {
                    run.tries.reserve_exact(1);
                    run.tries.push(slice);
                }
            }
        }
    }

    /// The earliest slice of a run.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// Tasks by the clusters they ran on, but for clusters that tell the run they were made for.
    pub(super) fn task_runs(&self, clusters: &ClusterBook) -> BTreeMap<ClusterKey, Vec<TaskRun>> {
        let mut by_cluster: BTreeMap<ClusterKey, Vec<TaskRun>> = BTreeMap::new();
        for (job, known) in &self.jobs {
            let tries = known.runs.iter().flat_map(|(run, it)| it.tries.iter().map(move |it| (run, it)));
            for (run_id, Try { attempt, compute_ids, .. }) in tries {
                for id in compute_ids {
                    let key = ClusterKey { workspace: job.workspace.clone(), id: id.clone() };
                    if clusters.tells_its_run(&key) {
                        continue;
                    }
                    by_cluster.entry(key).or_default().push(TaskRun {
                        start: attempt.start,
                        end: attempt.end,
                        job: job.clone(),
                        run_id: run_id.clone(),
                        task_key: attempt.task_key.clone(),
                    });
                }
            }
        }
        for runs in by_cluster.values_mut() {
            runs.sort();
            runs.shrink_to_fit();
        }
        by_cluster
    }

    /// Every job that has a slice, once its own clusters are known.
    pub(super) fn close(mut self, clusters: &BTreeMap<ClusterKey, Cluster>) -> BTreeMap<JobKey, Known> {
        for (id, cluster) in clusters {
            let Some((job, run)) = &cluster.run else { continue };
            if let Some(run) = self.jobs.get_mut(job).and_then(|it| it.runs.get_mut(run)) {
                run.own.reserve_exact(1);
                run.own.push(id.id.clone());
            }
        }
        self.jobs
    }
}

impl Known {
    pub(super) fn trigger(&self) -> Option<&String> {
        self.trigger.as_ref().map(|it| &it.1)
    }

    /// Those that overlap the window, in time order.
    pub(super) fn runs(self, window: &Window) -> Vec<Run> {
        let mut runs: Vec<Run> = self.runs.into_values().filter_map(KnownRun::merged).collect();
        runs.retain(|it| it.end > window.from && it.start < window.until);
        runs.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        runs.shrink_to_fit();
        runs
    }
}

impl KnownRun {
    fn merged(self) -> Option<Run> {
        let mut run = self.run?;
        run.result = checked(run.result, run.start, run.end);
        // A run of several tasks is told to have none: then its first task has it, or it is not known.
        run.setup = run.setup.filter(|it| it.0 > 0.0).or_else(|| first_setup(&run, &self.tries));
        run.repairs = self.ended.saturating_sub(1);
        run.compute_ids.extend(self.own);
        for Try { mut attempt, compute_ids, .. } in self.tries {
            attempt.result = checked(attempt.result, attempt.start, attempt.end);
            run.compute_ids.extend(compute_ids);
            run.attempts.reserve_exact(1);
            run.attempts.push(attempt);
        }
        run.compute_ids.sort();
        run.compute_ids.dedup();
        run.compute_ids.shrink_to_fit();
        run.attempts.sort_by(|a, b| (a.start, &a.run_id).cmp(&(b.start, &b.run_id)));
        Some(run)
    }
}

/// How long after a run's start its first task began to work, where the tasks tell it.
fn first_setup(run: &Run, tries: &[Try]) -> Option<Minutes> {
    let first = tries.iter().min_by_key(|it| it.attempt.start)?;
    let setup = first.setup.filter(|it| it.0 > 0.0)?;
    let waited = first.attempt.start.duration_since(run.start).as_secs_f64() / 60.0;
    Some(Minutes(waited.max(0.0) + setup.0))
}

impl Try {
    fn extend(&mut self, slice: Self) {
        let known = &mut self.attempt;
        let order = |it: &Attempt, end| (it.result != RunResult::Open, end);
        let newer = order(&slice.attempt, slice.told) >= order(known, self.told);
        let (start, end) = (known.start.min(slice.attempt.start), known.end.max(slice.attempt.end));
        if newer {
            (*known, self.told) = (slice.attempt, slice.told);
        }
        (known.start, known.end) = (start, end);
        self.setup = longest(self.setup, slice.setup);
        self.compute_ids.extend(slice.compute_ids);
        self.compute_ids.sort();
        self.compute_ids.dedup();
    }
}

/// Adds a later slice of a run.
fn extend(run: &mut Run, slice: Run) {
    (run.start, run.end) = (run.start.min(slice.start), run.end.max(slice.end));
    if slice.result != RunResult::Open {
        run.result = slice.result;
    }
    run.termination_code = slice.termination_code;
    (run.setup, run.queued) = (longest(run.setup, slice.setup), longest(run.queued, slice.queued));
    run.compute_ids.extend(slice.compute_ids);
}

fn minutes(seconds: Option<i64>) -> Option<Minutes> {
    seconds.map(|it| Minutes(it as f64 / 60.0))
}

fn longest(a: Option<Minutes>, b: Option<Minutes>) -> Option<Minutes> {
    if a > b { a } else { b }
}

/// How a state of the tables is understood.
fn result(state: Option<&str>) -> RunResult {
    match state {
        None => RunResult::Open,
        Some("SUCCEEDED" | "SUCCESS") => RunResult::Succeeded,
        Some("SKIPPED" | "BLOCKED") => RunResult::Skipped,
        Some(word) => RunResult::Failed(word.into()),
    }
}

/// What failed before it began was skipped.
fn checked(result: RunResult, start: Timestamp, end: Timestamp) -> RunResult {
    match result {
        RunResult::Failed(_) if start == end => RunResult::Skipped,
        RunResult::Failed(_) | RunResult::Succeeded | RunResult::Skipped | RunResult::Open => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(minute: i64) -> Timestamp {
        Timestamp::from_second(1_788_000_000 + minute * 60).unwrap()
    }

    /// A run of half an hour that tells `setup`, and its tasks as (start, end, setup), in minutes.
    fn setup_of(setup: i64, tasks: &[(i64, i64, i64)]) -> Option<Minutes> {
        let mut book = RunBook::default();
        book.absorb(vec![JobRunSliceRow {
            workspace_id: "1".into(),
            job_id: "7".into(),
            run_id: "70".into(),
            period_start_time: time(0),
            period_end_time: time(30),
            trigger_type: None,
            run_type: None,
            run_name: None,
            result_state: Some("SUCCEEDED".into()),
            termination_code: None,
            setup_duration_seconds: Some(setup * 60),
            queue_duration_seconds: None,
            compute_ids: None,
        }]);
        let task = |(number, it): (usize, &(i64, i64, i64))| TaskRunSliceRow {
            workspace_id: "1".into(),
            job_id: "7".into(),
            run_id: number.to_string(),
            job_run_id: Some("70".into()),
            task_key: Some(number.to_string()),
            period_start_time: time(it.0),
            period_end_time: time(it.1),
            result_state: Some("SUCCEEDED".into()),
            termination_code: None,
            setup_duration_seconds: Some(it.2 * 60),
            compute_ids: None,
        };
        book.absorb_tasks(tasks.iter().enumerate().map(task).collect());
        let (_, known) = book.close(&BTreeMap::new()).into_iter().next().unwrap();
        let window = Window { from: time(-60), until: time(60) };
        known.runs(&window).into_iter().next().unwrap().setup
    }

    #[test]
    fn a_run_of_several_tasks_starts_up_as_long_as_its_first_task_waits() {
        assert_eq!(setup_of(0, &[(0, 12, 5), (12, 30, 0)]), Some(Minutes(5.0)));
        assert_eq!(setup_of(0, &[(1, 12, 5), (12, 30, 0)]), Some(Minutes(6.0)));
    }

    #[test]
    fn a_start_up_that_nobody_tells_is_not_none_at_all() {
        assert_eq!(setup_of(0, &[(0, 12, 0), (12, 30, 0)]), None);
        assert_eq!(setup_of(0, &[]), None);
    }

    #[test]
    fn what_a_run_tells_itself_counts() {
        assert_eq!(setup_of(4, &[(0, 30, 5)]), Some(Minutes(4.0)));
    }
}
