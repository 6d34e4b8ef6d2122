//! Who caused the cost of shared clusters: jobs by the time of their tasks, people by activity, the rest is nobody's.
//!
//! Per billed hour of an all-purpose cluster, each minute counts once: shared equally by the jobs whose tasks run in it,
//! else as a session if the cluster was active, else as idle. The parts are rounded down and idle takes the remainder,
//! so that attributed + idle = billed holds exactly.

use std::collections::BTreeMap;

use clusteriq_model::{BilledHour, Cluster, ClusterKey, ClusterSource, Decimal, Fleet, JobKey, Money, WorkspaceId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
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
    /// By UTC day and workspace: what somebody accounts for, summed from its parts, and what nobody does.
    pub days: BTreeMap<(Date, WorkspaceId), (Money, Money)>,
}

/// Splits the bill of every all-purpose cluster.
#[must_use]
pub fn attribute(fleet: &Fleet) -> Attribution {
    let mut all = Attribution::default();
    // What names no cluster is its job's, warehouse's, pipeline's or endpoint's as a whole.
    for (day, usd) in &fleet.bill.elsewhere {
        all.days.entry(day.clone()).or_default().0 += *usd;
    }
    for (key, billed) in &fleet.bill.clusters {
        let shared = fleet.clusters.get(key).filter(|it| it.source == ClusterSource::AllPurpose);
        let mut share = ClusterShare::default();
        for hour in &billed.hours {
            let part = shared.map(|cluster| split(cluster, hour));
            let idle = part.as_ref().map_or(Money::ZERO, |it| it.idle);
            let used = match &part {
                Some(it) => it.jobs.values().copied().sum::<Money>() + it.sessions,
                None => hour.usd.unwrap_or_default(),
            };
            let day = hour.start.to_zoned(TimeZone::UTC).date();
            let entry = all.days.entry((day, key.workspace.clone())).or_default();
            *entry = (entry.0 + used, entry.1 + idle);
            for (job, usd) in part.iter().flat_map(|it| &it.jobs) {
                *share.jobs.entry(job.clone()).or_default() += *usd;
            }
            share.sessions += part.as_ref().map_or(Money::ZERO, |it| it.sessions);
            share.idle += idle;
        }
        if shared.is_none() {
            continue;
        }
        for (job, usd) in &share.jobs {
            *all.jobs.entry(job.clone()).or_default() += *usd;
        }
        all.clusters.insert(key.clone(), share);
    }
    all
}

fn split(cluster: &Cluster, hour: &BilledHour) -> ClusterShare {
    let mut share = ClusterShare::default();
    let Some(usd) = hour.usd else { return share };
    let tasks: Vec<_> = cluster.task_runs.iter().filter(|it| it.start < hour.end && it.end > hour.start).collect();
    let measured = cluster.minutes_between(hour.start, hour.end);
    if measured.is_empty() && tasks.is_empty() {
        // No telemetry is not idle: it stays with the people who own the cluster, unless it has telemetry at other times.
        if cluster.minutes.is_empty() {
            share.sessions += usd;
        } else {
            share.idle += usd;
        }
        return share;
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
    share
}
