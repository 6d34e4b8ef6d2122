//! One run's demand, minute by minute: what the replay pushes through other configurations.

use clusteriq_model::{Cluster, Fleet, Job, Minute, Run};

/// One minute of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceMinute {
    /// Workers that were up.
    pub workers: f64,
    /// Cores they have.
    pub capacity: f64,
    /// Cores they used.
    pub used: f64,
    /// Cores that waited for storage.
    pub waiting: f64,
    /// Memory they used, GiB, all together.
    pub memory: f64,
    /// Memory of the fullest worker as a share of its own.
    pub fullest: f64,
    /// Share of the driver's CPU.
    pub driver: f64,
    /// Share of the driver's memory.
    pub driver_memory: f64,
    /// Share of swap on the worker that swaps most.
    pub swap: f64,
    /// Whether the cluster was still starting.
    pub starting: bool,
}

/// A run and its demand.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTrace {
    /// The run.
    pub run_id: String,
    /// Its first measured minute, in minutes since 1970.
    pub start: i64,
    /// Its cluster's minutes, from the first to the last.
    pub minutes: Vec<TraceMinute>,
    /// What its cluster was billed, if known.
    pub billed: Option<f64>,
    /// Whether it succeeded.
    pub succeeded: bool,
}

impl RunTrace {
    /// Minutes after start-up.
    pub fn work(&self) -> impl Iterator<Item = &TraceMinute> {
        self.minutes.iter().filter(|it| !it.starting)
    }

    /// Minutes of start-up.
    #[must_use]
    pub fn starting(&self) -> usize {
        self.minutes.iter().filter(|it| it.starting).count()
    }
}

/// The demand of a run on its own job cluster. `None`: no telemetry, several clusters, or sizes are not known.
#[must_use]
pub fn of_run(fleet: &Fleet, job: &Job, run: &Run) -> Option<RunTrace> {
    let mut own = run.compute_ids.iter().filter_map(|id| {
        let key = clusteriq_model::ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() };
        fleet.clusters.get(&key).filter(|it| it.run.is_some())
    });
    let cluster = own.next()?;
    if own.next().is_some() {
        return None;
    }
    let billed = fleet.bill.clusters.get(&cluster.key).map(|it| it.usd.estimate().0);
    let minutes = cluster.minutes_between(run.start, run.end);
    trace(run, cluster, &minutes, billed)
}

/// The demand in a span of a cluster's life, as if it were a run's own.
#[must_use]
pub fn of_span(run: &Run, cluster: &Cluster) -> Option<RunTrace> {
    trace(run, cluster, &cluster.minutes_between(run.start, run.end), None)
}

fn trace(run: &Run, cluster: &Cluster, minutes: &[Minute], billed: Option<f64>) -> Option<RunTrace> {
    if minutes.is_empty() {
        return None;
    }
    let shared = cluster.run.is_none();
    let first = minutes.first()?.at;
    // Where the start-up is not told, it is assumed to take as long as start-ups usually do.
    let ready = match run.setup {
        // A minute that is start-up for more than a quarter shows more of that than of work.
        Some(setup) => (run.start.as_second() as f64 / 60.0 + setup.0 + 0.75).floor() as i64,
        None => first + super::activity::START_UP_MINUTES,
    };
    let mut own = Vec::with_capacity(minutes.len());
    for it in minutes {
        let single = it.workers == 0;
        own.push(TraceMinute {
            workers: f64::from(it.workers),
            capacity: if single { 0.0 } else { it.capacity()?.0 },
            used: if single { 0.0 } else { it.used()?.0 },
            waiting: if single { 0.0 } else { it.waiting().map_or(0.0, |it| it.0) },
            memory: if single { 0.0 } else { it.memory_used()?.0 },
            fullest: it.fullest().map_or(0.0, |it| it.0),
            driver: it.driver().map_or(0.0, |it| it.0),
            driver_memory: it.driver_memory().map_or(0.0, |it| it.0),
            swap: it.swap().map_or(0.0, |it| it.0),
            starting: !shared && it.at < ready,
        });
    }
    Some(RunTrace {
        run_id: run.id.clone(),
        start: minutes.first()?.at,
        minutes: own,
        billed,
        succeeded: run.result == clusteriq_model::RunResult::Succeeded,
    })
}
