//! Who caused the cost of shared clusters: jobs by the time of their tasks, people by activity, the rest is nobody's.
//!
//! Per billed hour of an all-purpose cluster, each minute counts once: shared equally by the jobs whose tasks run in it,
//! else as a session if the cluster was active, else as idle. The parts are rounded down and idle takes the remainder,
//! so that attributed + idle = billed holds exactly.

use std::collections::BTreeMap;

use clusteriq_model::{BilledHour, Cluster, ClusterKey, ClusterSource, Decimal, Fleet, JobKey, Money};
use rust_decimal::prelude::FromPrimitive;

use crate::profile::activity::is_active;

/// One shared cluster's cost, split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterShare {
    /// By job.
    pub jobs: BTreeMap<JobKey, Money>,
    /// By people at work.
    pub sessions: Money,
    /// Nobody's.
    pub idle: Money,
}

/// Every shared cluster's cost, split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribution {
    /// By all-purpose cluster.
    pub clusters: BTreeMap<ClusterKey, ClusterShare>,
    /// Jobs' shares of all of them.
    pub jobs: BTreeMap<JobKey, Money>,
}

/// Splits the bill of every all-purpose cluster.
#[must_use]
pub fn attribute(fleet: &Fleet) -> Attribution {
    let mut all = Attribution::default();
    for (key, billed) in &fleet.bill.clusters {
        let Some(cluster) = fleet.clusters.get(key) else { continue };
        if cluster.source != ClusterSource::AllPurpose {
            continue;
        }
        let mut share = ClusterShare::default();
        for hour in &billed.hours {
            split(cluster, hour, &mut share);
        }
        for (job, usd) in &share.jobs {
            *all.jobs.entry(job.clone()).or_default() += *usd;
        }
        all.clusters.insert(key.clone(), share);
    }
    all
}

fn split(cluster: &Cluster, hour: &BilledHour, share: &mut ClusterShare) {
    let Some(usd) = hour.usd else { return };
    let tasks: Vec<_> = cluster.task_runs.iter().filter(|it| it.start < hour.end && it.end > hour.start).collect();
    let measured = cluster.minutes_between(hour.start, hour.end);
    if measured.is_empty() && tasks.is_empty() {
        // No telemetry is not idle: it stays with the people who own the cluster, unless it has telemetry at other times.
        if cluster.minutes.is_empty() {
            share.sessions += usd;
        } else {
            share.idle += usd;
        }
        return;
    }
    let (from, until) = (hour.start.as_second() / 60, (hour.end.as_second() + 59) / 60);
    let mut jobs: BTreeMap<&JobKey, f64> = BTreeMap::new();
    let (mut sessions, mut total) = (0.0, 0.0);
    let mut measured = measured.iter().peekable();
    for minute in from..until {
        total += 1.0;
        let running: std::collections::BTreeSet<_> = tasks
            .iter()
            .filter(|it| it.start.as_second() < (minute + 1) * 60 && it.end.as_second() > minute * 60)
            .map(|it| &it.job)
            .collect();
        let seen = measured.next_if(|it| it.at == minute);
        for job in &running {
            *jobs.entry(job).or_default() += 1.0 / running.len() as f64;
        }
        if running.is_empty() && seen.is_some_and(is_active) {
            sessions += 1.0;
        }
    }
    let part = |weight: f64| {
        let share = Decimal::from_f64(weight / total).unwrap_or_default().trunc_with_scale(9);
        Money((usd.0 * share).round_dp(12))
    };
    let mut left = usd;
    for (job, weight) in jobs {
        let amount = part(weight);
        *share.jobs.entry(job.clone()).or_default() += amount;
        left = left - amount;
    }
    let amount = part(sessions);
    share.sessions += amount;
    share.idle += left - amount;
}
