//! How a job responds to faster cores and to Photon: measured where it ran on both, else a prior by what it does.

use clusteriq_model::{Compute, Interval, Job};

/// What is believed about a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// How many times faster Photon makes the part of its time that computes.
    pub photon: Interval<f64>,
    /// Power of the ratio of core speeds that its computing follows: 0 not at all, 1 fully.
    pub speed: Interval<f64>,
    /// Whether Photon's effect was measured on its own runs.
    pub measured: bool,
    /// Why, in one sentence.
    pub because: String,
}

/// Photon on SQL and DataFrames: 22 published pairs of runs have a median speed-up of 1.6; the bounds are an assumption.
const SQL: Interval<f64> = Interval { low: 1.1, likely: 1.6, high: 2.4 };
/// A notebook may hold either: an assumption between the two.
const MIXED: Interval<f64> = Interval { low: 1.0, likely: 1.45, high: 2.2 };
/// RDDs, Python functions and own libraries run outside of Photon: the figures are an assumption.
const CODE: Interval<f64> = Interval { low: 0.95, likely: 1.05, high: 1.2 };
/// What Photon does for work that waits for storage or for the driver, or is over in minutes: it has little to make faster.
/// An assumption.
const LITTLE: Interval<f64> = Interval { low: 0.95, likely: 1.08, high: 1.22 };
/// Benchmarks of processors are a hint about CPU only: Spark follows a part of it, how much is an assumption.
const SPEED: Interval<f64> = Interval { low: 0.48, likely: 0.7, high: 0.95 };
/// Work that keeps its cores busy follows their speed more closely, and from this median CPU on it does.
const COMPUTING: Interval<f64> = Interval { low: 0.62, likely: 0.78, high: 0.98 };
const COMPUTES: f64 = 0.5;
/// Fewer busy cores than this are overheads.
const LEAST_CORES: f64 = 1.0;
/// Runs shorter than this have mostly overheads.
const SHORT_MINUTES: f64 = 3.0;
/// Runs with and without that make a measurement.
const LEAST_RUNS: usize = 3;

impl Default for Response {
    fn default() -> Self {
        Self { photon: MIXED, speed: SPEED, measured: false, because: "what kind of work it does is not known".into() }
    }
}

/// One successful run: its configuration and how long it took after start-up, in minutes.
pub(super) struct Sample {
    pub(super) compute: Compute,
    pub(super) minutes: f64,
}

/// Of a job whose newest configuration is `now`. `waits`: why Photon has little to make faster, if it has; `busy`: median CPU of
/// its workers.
pub(super) fn response(
    job: &Job,
    now: Option<&Compute>,
    samples: &[Sample],
    waits: Option<String>,
    busy: Option<f64>,
) -> Response {
    let speed = if busy.is_some_and(|it| it >= COMPUTES) { COMPUTING } else { SPEED };
    let prior = Response { speed, ..by_kind(job) };
    let prior = match waits {
        Some(because) => Response { photon: LITTLE, because, ..prior },
        None => prior,
    };
    let Some(now) = now else { return prior };
    let like = |it: &&Sample, photon: bool| {
        Compute { photon: Some(photon), ..it.compute.clone() } == Compute { photon: Some(photon), ..now.clone() }
            && it.compute.photon == Some(photon)
    };
    let times = |photon: bool| -> Vec<f64> {
        let mut times: Vec<f64> = samples.iter().filter(|it| like(it, photon)).map(|it| it.minutes).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (with, without) = (times(true), times(false));
    if with.len() < LEAST_RUNS || without.len() < LEAST_RUNS {
        return prior;
    }
    let median = |it: &[f64]| it[it.len() / 2].max(0.1);
    let gain = median(&without) / median(&with);
    let spread = |it: &[f64]| {
        let mean = it.iter().sum::<f64>() / it.len() as f64;
        let square: f64 = it.iter().map(|it| (it - mean).powi(2)).sum();
        (square / (it.len() - 1) as f64).sqrt() / mean.max(0.1) / (it.len() as f64).sqrt()
    };
    let error = (1.28 * (spread(&with).powi(2) + spread(&without).powi(2)).sqrt()).clamp(0.03, 0.4);
    Response {
        photon: Interval::around(gain, error),
        measured: true,
        because: format!(
            "{} runs with Photon and {} without differ by a factor of {gain:.2}",
            with.len(),
            without.len()
        ),
        ..prior
    }
}

/// Why Photon has little to make faster, from what the cores do: 90th percentile of waiting, driver's share, minutes after start-up.
pub(super) fn waits(demand: &super::DayProfile, driver_share: Option<f64>, samples: &[Sample]) -> Option<String> {
    let percent = |it: f64| it * 100.0;
    let wait = demand.wait.quantile(0.9).unwrap_or(0.0);
    if wait > 0.30 {
        return Some(format!("{:.0} % of its cores wait for storage (90th percentile)", percent(wait)));
    }
    if let Some(share) = driver_share.filter(|it| *it > 0.5) {
        return Some(format!("in {:.0} % of its minutes only the driver works", percent(share)));
    }
    // A few busy cores of many are work all the same.
    let cores = demand.cores.quantile(0.9).unwrap_or(f64::INFINITY);
    if cores < LEAST_CORES {
        return Some(format!("its workers use {cores:.1} cores even at the 90th percentile"));
    }
    let mut minutes: Vec<f64> = samples.iter().map(|it| it.minutes).collect();
    minutes.sort_by(f64::total_cmp);
    let usual = super::job::quantile(&minutes, 0.5)?;
    (usual < SHORT_MINUTES).then(|| format!("its runs compute for {usual:.1} min"))
}

fn by_kind(job: &Job) -> Response {
    let kinds: Vec<&str> = job.tasks.iter().filter_map(|it| it.kind.as_deref()).collect();
    let sql = |it: &&str| matches!(*it, "sql_task" | "dbt_task");
    let code =
        |it: &&str| matches!(*it, "spark_python_task" | "python_wheel_task" | "spark_jar_task" | "spark_submit_task");
    let photon = if kinds.is_empty() {
        return Response::default();
    } else if kinds.iter().all(sql) {
        (SQL, "its tasks are SQL")
    } else if kinds.iter().all(code) {
        (CODE, "its tasks are code that Photon may not run")
    } else {
        (MIXED, "its tasks may be SQL or code")
    };
    Response { photon: photon.0, speed: SPEED, measured: false, because: photon.1.into() }
}
