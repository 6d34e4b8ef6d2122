//! Tasks that are tried again and again and fail the same way every time.

use std::collections::BTreeMap;

use clusteriq_model::{Attempt, Fleet, Job, Minutes, Run, RunResult, Usd};

use crate::profile::activity::{Span, union};

/// Tries of one task that fail alike before it counts.
const LEAST_TRIES: usize = 3;
/// Runs in which that happens.
const LEAST_RUNS: usize = 3;
/// Share of the retried tasks that came right in the end, from which on retries are worth having.
const HEALING: f64 = 0.25;

/// Retries that do not help.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// The task with most of them.
    pub task_key: String,
    /// What it fails with.
    pub code: String,
    /// The runs it happened in.
    pub runs: Vec<String>,
    /// Most tries of a task in one run.
    pub most_tries: usize,
    /// Time after the first try in which nothing else ran.
    pub wasted: Minutes,
    /// What was billed for that time to the job's own compute.
    pub usd: Usd,
    /// Tasks that were tried again, in all runs.
    pub retried: usize,
    /// Of them, those that came right.
    pub healed: usize,
    /// Of the runs, those that somebody or something repaired at least twice.
    pub repaired: usize,
}

/// Whether trying again cannot help: the fault is in the code or the settings, not in the cloud.
#[must_use]
pub fn is_lasting(code: &str) -> bool {
    matches!(
        code,
        "RUN_EXECUTION_ERROR"
            | "DRIVER_ERROR"
            | "INVALID_CLUSTER_REQUEST"
            | "INVALID_RUN_CONFIGURATION"
            | "UNAUTHORIZED_ERROR"
            | "RESOURCE_NOT_FOUND"
            | "FEATURE_DISABLED"
            | "LIBRARY_INSTALLATION_ERROR"
            | "MAX_SPARK_CONTEXTS_EXCEEDED"
            | "BREAKING_CHANGE"
            | "BUDGET_POLICY_LIMIT_EXCEEDED"
    )
}

/// Retries of a job that do not help, if it has any.
#[must_use]
pub fn storm(fleet: &Fleet, job: &Job) -> Option<Storm> {
    let mut tasks: BTreeMap<(&str, String), (usize, f64)> = BTreeMap::new();
    let mut found = Storm {
        task_key: String::new(),
        code: String::new(),
        runs: vec![],
        most_tries: 0,
        wasted: Minutes(0.0),
        usd: Usd(0.0),
        retried: 0,
        healed: 0,
        repaired: 0,
    };
    for run in &job.runs {
        let mut by_task: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
        for it in &run.attempts {
            by_task.entry(&it.task_key).or_default().push(it);
        }
        let mut wasted: Vec<Span> = vec![];
        let mut stormy: Vec<&str> = vec![];
        for (task, tries) in &by_task {
            let failed = tries.iter().filter(|it| matches!(it.result, RunResult::Failed(_))).count();
            if failed == 0 || tries.len() < 2 {
                continue;
            }
            found.retried += 1;
            if tries.last().is_some_and(|it| it.result == RunResult::Succeeded) {
                found.healed += 1;
                continue;
            }
            let Some(code) = common_code(run, tries).filter(|it| is_lasting(it)) else { continue };
            let (Some(first), Some(last)) = (tries.first(), tries.last()) else { continue };
            let span = Span { from: first.end.as_second(), until: last.end.as_second() };
            let seen = tasks.entry((task, code)).or_default();
            seen.0 += 1;
            seen.1 += span.minutes() as f64;
            found.most_tries = found.most_tries.max(tries.len());
            wasted.push(span);
            stormy.push(task);
        }
        if wasted.is_empty() {
            continue;
        }
        let others = run.attempts.iter().filter(|it| !stormy.contains(&it.task_key.as_str()));
        let others = others.map(|it| Span { from: it.start.as_second(), until: it.end.as_second() }).collect();
        let minutes = Minutes(seconds_outside(wasted, others) / 60.0);
        found.wasted += minutes;
        found.runs.push(run.id.clone());
        found.repaired += usize::from(run.repairs >= 2);
        if let Some(billed) = fleet.bill.runs.get(&(job.key.clone(), run.id.clone())) {
            found.usd += billed.estimate() * (minutes / run.duration().max(Minutes(1.0))).min(1.0);
        }
    }
    let ((task, code), _) = tasks.into_iter().max_by(|a, b| {
        let key = |it: &(usize, f64)| (it.0, it.1);
        let ((a_runs, a_time), (b_runs, b_time)) = (key(&a.1), key(&b.1));
        a_runs.cmp(&b_runs).then(a_time.total_cmp(&b_time)).then(b.0.cmp(&a.0))
    })?;
    (found.task_key, found.code) = (task.into(), code);
    let heals = found.healed as f64 >= HEALING * found.retried as f64;
    (found.runs.len() >= LEAST_RUNS && !heals).then_some(found)
}

/// What all the tries failed with, if there are enough and they failed alike.
fn common_code(run: &Run, tries: &[&Attempt]) -> Option<String> {
    let failed = tries.iter().filter(|it| matches!(it.result, RunResult::Failed(_)));
    let codes: Vec<&String> =
        failed.filter_map(|it| it.termination_code.as_ref().or(run.termination_code.as_ref())).collect();
    let first = *codes.first()?;
    (codes.len() >= LEAST_TRIES && codes.iter().all(|it| *it == first)).then(|| first.clone())
}

/// Seconds of the spans in which none of the others ran.
fn seconds_outside(spans: Vec<Span>, others: Vec<Span>) -> f64 {
    let (spans, others) = (union(spans, 0), union(others, 0));
    let mut seconds = 0;
    for span in spans {
        let overlap = others.iter().map(|it| (it.until.min(span.until) - it.from.max(span.from)).max(0));
        seconds += span.minutes() - overlap.sum::<i64>();
    }
    seconds as f64
}
