//! What a cluster did minute by minute, as columns.

use clusteriq_model::{Cluster, Minute};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};

/// Points of a series at most.
const MOST_POINTS: i64 = 100_000;
/// Points if nobody asks for a number: enough for a wide screen.
const USUAL_POINTS: i64 = 3000;

pub(crate) fn routes() -> Vec<Route> {
    vec![route::get(
        ("/api/clusters/{id}/metrics", "get_cluster_metrics", "Clusters"),
        "What a cluster did, minute by minute; of longer spans the highest or the mean of several minutes",
        metrics,
    )]
}

/// Which minutes.
#[derive(Debug, serde::Deserialize, JsonSchema)]
struct Asked {
    /// The workspace's id: needed only where two workspaces have the same id.
    workspace_id: Option<String>,
    /// RFC 3339; without it from the first minute that is known.
    from: Option<String>,
    /// RFC 3339; without it to the last.
    until: Option<String>,
    /// Points wanted at most, up to 100,000: several minutes become one where there are more.
    #[schemars(range(min = 1, max = 100_000))]
    points: Option<i64>,
}

/// Columns of the same length; null where the cluster was not running, or the value is not known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClusterMetrics")]
struct ClusterMetrics {
    /// Minutes from 1970-01-01T00:00Z to the first point.
    start_minute: i64,
    /// Minutes that a point stands for.
    step_minutes: i64,
    /// Points.
    length: usize,
    /// The most workers.
    workers: Vec<Option<f64>>,
    /// Cores of all workers, most.
    cores: Vec<Option<f64>>,
    /// Cores that the workers used, mean.
    cores_used: Vec<Option<f64>>,
    /// Share of the workers' cores in use, mean; on a single node the driver's.
    cpu: Vec<Option<f64>>,
    /// CPU of the busiest worker, highest.
    busiest_cpu: Vec<Option<f64>>,
    /// Memory of the fullest worker, highest.
    memory: Vec<Option<f64>>,
    /// Share of the workers' cores that waited for IO, mean.
    io_wait: Vec<Option<f64>>,
    /// CPU of the driver, highest.
    driver_cpu: Vec<Option<f64>>,
    /// Memory of the driver, highest.
    driver_memory: Vec<Option<f64>>,
    /// Network, MB a minute, mean.
    network_mb: Vec<Option<f64>>,
}

/// The minute since 1970 of an instant.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn when(name: &str, text: Option<&str>) -> Result<Option<i64>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let at: Timestamp = text
        .parse()
        .map_err(|_| Refusal::invalid(format!("{name} is not a time: {text}"), "write it as 2026-10-01T06:00:00Z"))?;
    Ok(Some(minute(at)))
}

fn metrics(call: &Call, asked: Asked) -> Result<ClusterMetrics, Refusal> {
    let snapshot = call.snapshot()?;
    let it = super::clusters::find(snapshot, call.part("id"), asked.workspace_id.as_deref())?;
    let points = asked.points.unwrap_or(USUAL_POINTS);
    if !(1..=MOST_POINTS).contains(&points) {
        let hint = format!("points is a number from 1 to {MOST_POINTS}");
        return Err(Refusal::invalid(format!("so many points cannot be had: {points}"), hint));
    }
    let (from, until) = (when("from", asked.from.as_deref())?, when("until", asked.until.as_deref())?);
    let Some((first, last)) = it.minutes.first().zip(it.minutes.last()) else {
        return Ok(ClusterMetrics::of(&[], 0, 0, 1));
    };
    let from = from.unwrap_or(first.at).clamp(first.at, last.at);
    let until = until.unwrap_or(last.at + 1).clamp(from, last.at + 1);
    // Ceiling, so that there are never more than were asked for.
    let step = ((until - from + points - 1) / points).max(1);
    Ok(ClusterMetrics::of(&minutes(it, from, until), from, until, step))
}

fn minutes(it: &Cluster, from: i64, until: i64) -> Vec<Minute> {
    it.minutes.between(from, until)
}

type Value = fn(&Minute) -> Option<f64>;

impl ClusterMetrics {
    fn of(minutes: &[Minute], from: i64, until: i64, step: i64) -> Self {
        let length = usize::try_from((until - from + step - 1) / step).unwrap_or_default();
        let place = |it: &Minute| usize::try_from((it.at - from) / step).unwrap_or_default();
        let highest = |value: Value| {
            let mut all: Vec<Option<f64>> = vec![None; length];
            for it in minutes {
                let slot = &mut all[place(it)];
                *slot = match (*slot, value(it)) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    (a, b) => a.or(b),
                };
            }
            all
        };
        let mean = |value: Value| {
            let mut all: Vec<(f64, u32)> = vec![(0.0, 0); length];
            for it in minutes {
                if let Some(value) = value(it) {
                    let slot = &mut all[place(it)];
                    *slot = (slot.0 + value, slot.1 + 1);
                }
            }
            all.into_iter().map(|(sum, number)| (number > 0).then(|| sum / f64::from(number))).collect()
        };
        Self {
            start_minute: from,
            step_minutes: step,
            length,
            workers: highest(|it| Some(f64::from(it.workers))),
            cores: highest(|it| it.capacity().map(|it| it.0)),
            cores_used: mean(|it| it.used().map(|it| it.0)),
            cpu: mean(|it| it.cpu().map(|it| it.0)),
            busiest_cpu: highest(|it| it.busiest().map(|it| it.0)),
            memory: highest(|it| if it.workers == 0 { it.driver_memory() } else { it.fullest() }.map(|it| it.0)),
            io_wait: mean(|it| it.waiting().zip(it.capacity()).filter(|it| it.1.0 > 0.0).map(|(a, b)| a / b)),
            driver_cpu: highest(|it| it.driver().map(|it| it.0)),
            driver_memory: highest(|it| it.driver_memory().map(|it| it.0)),
            network_mb: mean(|it| Some(it.network_bytes as f64 / 1e6)),
        }
    }
}
