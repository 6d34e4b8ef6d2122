//! A job's profile: its runs, their demand, and how they change.

use std::collections::BTreeSet;

use clusteriq_model::{ClusterKey, ClusterSource, Compute, Fleet, Fraction, Job, Minutes, Run, RunResult, UsdPerDbu};

use super::day::DayProfile;
use super::response::{self, Response, Sample};
use super::trace::{self, RunTrace};
use super::trend::{Trend, trend};

/// Replayed runs per job: the newest ones, enough for every weekday of a month.
const MOST_TRACES: usize = 60;
/// Failed runs that are looked at, the newest ones.
const MOST_FAILURES: usize = 20;
/// Older runs kept for each way to be extreme: most cores, most memory, longest.
const EXTREMES: usize = 3;

/// What is known about a job in the window.
#[derive(Clone, Debug)]
pub struct JobProfile {
    /// Runs that started, whatever their result.
    pub started: usize,
    /// Of them, those that did not succeed.
    pub failed: usize,
    /// The configuration its newest run had; `None`: it does not run on a cluster of its own.
    pub compute: Option<Compute>,
    /// Price of a DBU on the newest of its own clusters' bills.
    pub rate: Option<UsdPerDbu>,
    /// Whether more than a fifth of its runs used several clusters of their own.
    pub several_clusters: bool,
    /// Demand of its newest successful runs on the present configuration.
    pub traces: Vec<RunTrace>,
    /// Older successful runs on the present configuration that needed most: a size has to bear them too.
    pub extremes: Vec<RunTrace>,
    /// Demand of its newest failed runs on the present configuration.
    pub failures: Vec<RunTrace>,
    /// All-purpose clusters its tasks ran on.
    pub shared: BTreeSet<ClusterKey>,
    /// Demand of its runs' minutes after start-up.
    pub demand: DayProfile,
    /// Successful runs, also those on earlier configurations.
    pub succeeded: usize,
    /// Durations of successful runs, ascending; on the present configuration if it has a cluster of its own.
    pub durations: Vec<Minutes>,
    /// Relative change of the duration per 30 days, from a straight line through its logarithm.
    pub growth: Option<f64>,
    /// How run time, work and memory change.
    pub trends: Trends,
    /// Start-up as a share of the runs' time.
    pub startup: Option<Fraction>,
    /// Minutes in which the driver works and the workers do not, as a share.
    pub driver_share: Option<Fraction>,
    /// Days on which it ran.
    pub days: usize,
    /// Share of its runs' minutes that telemetry covers, of runs that have any.
    pub coverage: Option<Fraction>,
    /// Successful runs on a cluster of its own without any telemetry.
    pub unseen: usize,
    /// How it responds to faster cores and to Photon.
    pub response: Response,
}

/// How the runs on the present configuration change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trends {
    /// Of their run time.
    pub duration: Option<Trend>,
    /// Of the core-minutes they use.
    pub work: Option<Trend>,
    /// Of the most memory that all workers use together.
    pub memory: Option<Trend>,
}

impl JobProfile {
    /// Quantile of the durations of successful runs.
    #[must_use]
    pub fn duration(&self, share: f64) -> Option<Minutes> {
        quantile(&self.durations, share)
    }

    /// Standard deviation of the durations over their mean.
    #[must_use]
    pub fn duration_spread(&self) -> Option<f64> {
        let n = self.durations.len();
        if n < 2 {
            return None;
        }
        let mean = self.durations.iter().map(|it| it.0).sum::<f64>() / n as f64;
        let square = self.durations.iter().map(|it| (it.0 - mean).powi(2)).sum::<f64>();
        (mean > 0.0).then(|| (square / (n - 1) as f64).sqrt() / mean)
    }

    /// E.g. `12 runs over 9 days`.
    #[must_use]
    pub fn confidence(&self) -> String {
        format!("{} runs over {} days", self.durations.len(), self.days)
    }
}

/// The value below which a share of an ascending list lies.
pub fn quantile<T: Copy>(ascending: &[T], share: f64) -> Option<T> {
    let rank = ((share * ascending.len() as f64).ceil() as usize).max(1) - 1;
    ascending.get(rank.min(ascending.len().saturating_sub(1))).copied()
}

/// Profiles a job.
#[must_use]
pub fn profile(fleet: &Fleet, job: &Job) -> JobProfile {
    let started: Vec<&Run> = job.runs.iter().filter(|it| it.result != RunResult::Skipped).collect();
    let good: Vec<&Run> = started.iter().copied().filter(|it| it.result == RunResult::Succeeded).collect();
    let own = |run: &Run| own_clusters(fleet, job, run);
    let compute = started.iter().rev().find_map(|run| {
        let cluster = own(run).into_iter().next()?;
        Some(measured_compute(fleet, cluster))
    });
    // A repaired run has a second cluster; a job that uses several at once has them in most of its runs.
    let several = started.iter().filter(|it| own(it).len() > 1).count();
    let several_clusters = several * 5 > started.len();
    let same = good.iter().copied().filter(|run| {
        let of_run = own(run).into_iter().next().map(|it| measured_compute(fleet, it));
        of_run.is_some() && of_run == compute
    });
    let same: Vec<&Run> = same.collect();
    let (older, newest) = same.split_at(same.len().saturating_sub(MOST_TRACES));
    let traces: Vec<RunTrace> = newest.iter().filter_map(|it| trace::of_run(fleet, job, it)).collect();
    let failures = started.iter().rev().filter(|run| {
        let of_run = own(run).into_iter().next().map(|it| measured_compute(fleet, it));
        matches!(run.result, RunResult::Failed(_)) && of_run.is_some() && of_run == compute
    });
    let failures: Vec<RunTrace> = failures.take(MOST_FAILURES).filter_map(|it| trace::of_run(fleet, job, it)).collect();
    let needs: Vec<Need> = same.iter().filter_map(|it| need(fleet, job, it)).collect();
    // What holds now is told by the runs on what holds now.
    let alike: &[&Run] = if compute.is_some() { &same } else { &good };
    let shared: BTreeSet<ClusterKey> = started
        .iter()
        .flat_map(|run| run.compute_ids.iter())
        .map(|id| ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() })
        .filter(|key| fleet.clusters.get(key).is_some_and(|it| it.source == ClusterSource::AllPurpose))
        .collect();
    let bills = started.iter().rev().flat_map(|it| own(it)).filter_map(|it| fleet.bill.clusters.get(&it.key));
    let rate = bills.filter_map(|it| it.rate).next();
    let mut durations: Vec<Minutes> = alike.iter().map(|it| it.duration()).collect();
    durations.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Before the cluster is ready its nodes may not report yet; nodes that live less than ten minutes may not at all.
    let covered = alike.iter().filter(|it| !own(it).is_empty()).map(|run| {
        let setup = run.setup.unwrap_or_default();
        let ready = run.start + jiff::SignedDuration::from_secs((setup.0 * 60.0) as i64);
        let seen: usize = own(run).iter().map(|it| it.minutes_between(ready, run.end).len()).sum();
        // Only whole minutes are reported: the first and the last may be missing.
        (seen as f64, (run.duration() - setup).0 - 2.0)
    });
    let covered: Vec<(f64, f64)> = covered.collect();
    let measured = covered.iter().filter(|it| it.0 > 0.0);
    let (seen, all) = measured.fold((0.0, 0.0), |sum, it| (sum.0 + it.0.min(it.1.max(1.0)), sum.1 + it.1.max(1.0)));
    let runs_seen = covered.iter().filter(|it| it.0 > 0.0).count();
    let samples: Vec<Sample> = good
        .iter()
        .filter_map(|run| {
            let compute = measured_compute(fleet, own(run).into_iter().next()?);
            Some(Sample { compute, minutes: (run.duration() - run.setup.unwrap_or_default()).0 })
        })
        .collect();
    let demand = demand(fleet, job, &same);
    let driver_share = driver_share(&traces);
    let waits = response::waits(&demand, driver_share.map(|it| it.0), &samples);
    let response = response::response(job, compute.as_ref(), &samples, waits, demand.cpu.quantile(0.5));
    let days: BTreeSet<i64> = alike.iter().map(|it| day(it)).collect();
    JobProfile {
        started: started.len(),
        failed: started.iter().filter(|it| matches!(it.result, RunResult::Failed(_))).count(),
        compute,
        several_clusters,
        rate,
        demand,
        startup: share(&traces, |it| it.starting),
        driver_share,
        traces,
        shared,
        growth: growth(alike),
        trends: trends(alike, &needs),
        succeeded: good.len(),
        extremes: extremes(fleet, job, older, &needs),
        failures,
        durations,
        days: days.len(),
        coverage: (all > 0.0).then(|| Fraction((seen / all).min(1.0))),
        unseen: covered.len() - runs_seen,
        response,
    }
}

/// What a run needed, in a few numbers.
struct Need {
    run_id: String,
    day: i64,
    /// Core-minutes of the workers.
    work: f64,
    /// Most cores in a minute.
    cores: f64,
    /// Most memory of all workers, GiB.
    memory: f64,
    minutes: f64,
}

fn day(run: &Run) -> i64 {
    run.start.as_second().div_euclid(86_400)
}

fn need(fleet: &Fleet, job: &Job, run: &Run) -> Option<Need> {
    let cluster = own_clusters(fleet, job, run).into_iter().next()?;
    let minutes = cluster.minutes_between(run.start, run.end);
    let used = || minutes.iter().filter_map(|it| it.used()).map(|it| it.0);
    let memory = minutes.iter().filter_map(|it| it.memory_used()).map(|it| it.0);
    (!minutes.is_empty()).then(|| Need {
        run_id: run.id.clone(),
        day: day(run),
        work: used().sum(),
        cores: used().fold(0.0, f64::max),
        memory: memory.fold(0.0, f64::max),
        minutes: run.duration().0,
    })
}

/// The older runs that needed most of something.
fn extremes(fleet: &Fleet, job: &Job, older: &[&Run], needs: &[Need]) -> Vec<RunTrace> {
    let ids: BTreeSet<&String> = older.iter().map(|it| &it.id).collect();
    let mut needs: Vec<&Need> = needs.iter().filter(|it| ids.contains(&it.run_id)).collect();
    let mut chosen: BTreeSet<&String> = BTreeSet::new();
    for get in [|it: &Need| it.cores, |it: &Need| it.memory, |it: &Need| it.minutes] {
        needs.sort_by(|a, b| get(b).total_cmp(&get(a)).then_with(|| a.run_id.cmp(&b.run_id)));
        chosen.extend(needs.iter().take(EXTREMES).map(|it| &it.run_id));
    }
    older.iter().filter(|it| chosen.contains(&it.id)).filter_map(|it| trace::of_run(fleet, job, it)).collect()
}

fn trends(runs: &[&Run], needs: &[Need]) -> Trends {
    let durations: Vec<(i64, f64)> = runs.iter().map(|it| (day(it), it.duration().0)).collect();
    let of = |get: fn(&Need) -> f64| trend(&needs.iter().map(|it| (it.day, get(it))).collect::<Vec<_>>());
    Trends { duration: trend(&durations), work: of(|it| it.work), memory: of(|it| it.memory) }
}

fn own_clusters<'a>(fleet: &'a Fleet, job: &Job, run: &Run) -> Vec<&'a clusteriq_model::Cluster> {
    run.compute_ids
        .iter()
        .filter_map(|id| {
            let key = ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() };
            fleet.clusters.get(&key).filter(|it| it.run.is_some())
        })
        .collect()
}

/// Its configuration, with node types from telemetry where the configuration has none (pools).
#[must_use]
pub fn measured_compute(fleet: &Fleet, cluster: &clusteriq_model::Cluster) -> Compute {
    let mut compute = cluster.config().compute.clone();
    let seen = |index: u16| fleet.type_names.get(usize::from(index)).cloned();
    if compute.worker_type.is_none() {
        compute.worker_type = cluster.minutes.iter().find_map(|it| seen(it.worker_type));
    }
    if compute.driver_type.is_none() {
        let own = cluster.minutes.iter().find_map(|it| seen(it.driver_type));
        compute.driver_type = own.or_else(|| compute.worker_type.clone());
    }
    compute
}

/// Demand after start-up of the given runs.
fn demand(fleet: &Fleet, job: &Job, runs: &[&Run]) -> DayProfile {
    let mut all = DayProfile::default();
    for run in runs {
        let setup = run.setup.map_or(super::activity::START_UP_MINUTES as f64, |it| it.0);
        let ready = run.start + jiff::SignedDuration::from_secs((setup * 60.0) as i64);
        for cluster in own_clusters(fleet, job, run) {
            all.merge(&DayProfile::of(cluster.minutes_between(ready, run.end)));
        }
    }
    all
}

fn share(traces: &[RunTrace], test: impl Fn(&trace::TraceMinute) -> bool) -> Option<Fraction> {
    let all: usize = traces.iter().map(|it| it.minutes.len()).sum();
    let hits: usize = traces.iter().map(|it| it.minutes.iter().filter(|it| test(it)).count()).sum();
    (all > 0).then(|| Fraction(hits as f64 / all as f64))
}

fn driver_share(traces: &[RunTrace]) -> Option<Fraction> {
    let work: Vec<_> = traces.iter().flat_map(RunTrace::work).collect();
    let serial = work
        .iter()
        .filter(|it| it.workers > 0.0 && it.capacity > 0.0 && it.used / it.capacity < 0.10 && it.driver > 0.15);
    let serial = serial.count();
    (!work.is_empty()).then(|| Fraction(serial as f64 / work.len() as f64))
}

fn growth(runs: &[&Run]) -> Option<f64> {
    if runs.len() < 5 {
        return None;
    }
    let points: Vec<(f64, f64)> =
        runs.iter().map(|it| (it.start.as_second() as f64 / 86_400.0, it.duration().0.max(0.1).ln())).collect();
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|it| it.0).sum::<f64>() / n, points.iter().map(|it| it.1).sum::<f64>() / n);
    let sxx: f64 = points.iter().map(|it| (it.0 - mx).powi(2)).sum();
    let sxy: f64 = points.iter().map(|it| (it.0 - mx) * (it.1 - my)).sum();
    (sxx > 0.5).then(|| (sxy / sxx * 30.0).exp() - 1.0)
}
