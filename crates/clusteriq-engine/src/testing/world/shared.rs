//! The rows of a shared cluster: people at work, and jobs on it.

use super::out::Out;
use super::rows::{cluster_row, first_minute};
use super::{CORES, DAYS, Job, Shared};
use crate::testing::minute_row;

impl Out {
    pub(super) fn shared(&mut self, it: &Shared, jobs: &[&Job]) {
        let mut row = cluster_row(&it.name, "UI");
        row.auto_termination_minutes = it.limit;
        if let Some((min, max)) = it.range {
            row.worker_count = None;
            (row.min_autoscale_workers, row.max_autoscale_workers) = (Some(min.into()), Some(max.into()));
        }
        self.tables.clusters.push(row);
        let first = first_minute();
        let mut busy: Vec<(i64, i64, f64)> = it
            .sessions
            .iter()
            .map(|(day, from, until)| (first + day * 1440 + from * 60, first + day * 1440 + until * 60, 6.0))
            .collect();
        for job in jobs {
            for run in 0..job.runs {
                let start = first + run * 1440 % (DAYS * 1440) + job.hour * 60;
                busy.push((start, start + job.minutes, job.demand.min(16.0)));
            }
        }
        let tasks: Vec<(i64, i64, f64)> = busy[it.sessions.len()..].to_vec();
        busy.sort_by_key(|it| it.0);
        let end = first + DAYS * 1440;
        let limit = if it.stopped { Some(0) } else { it.limit };
        let days = it.hours.map(|hours| hours.days(first, end));
        let up = |minute: i64| {
            let in_hours =
                days.as_ref().is_none_or(|days| days.iter().any(|it| it.from <= minute && minute < it.until));
            if !in_hours && !tasks.iter().any(|it| it.0 <= minute && minute < it.1) {
                return false;
            }
            let after = |b: &(i64, i64, f64)| match limit {
                None => minute >= b.0,
                Some(limit) => b.0 <= minute && minute < b.1 + limit,
            };
            busy.iter().any(after)
        };
        let used = |minute: i64| -> f64 {
            busy.iter().filter(|b| b.0 <= minute && minute < b.1).map(|b| b.2).fold(0.16, f64::max)
        };
        let minutes: Vec<i64> = (first..end).filter(|it| up(*it)).collect();
        let workers = |minute: i64| {
            let range = it.range.unwrap_or((4, 4));
            ((used(minute) / CORES).ceil() as u32).clamp(range.0, range.1)
        };
        let rows = minutes.iter().map(|at| {
            let (workers, used) = (workers(*at), used(*at));
            minute_row(&it.name, *at, workers, used.min(CORES * f64::from(workers)), 0.3)
        });
        self.minutes.absorb(rows.collect());
        let mut start = minutes.first().copied();
        for (at, minute) in minutes.iter().enumerate() {
            let next = minutes.get(at + 1);
            if next != Some(&(minute + 1)) || workers(*minute) != workers(minute + 1) {
                let from = start.expect("a span has a start");
                let nodes = f64::from(workers(*minute)) + 1.0;
                self.bill(&it.name, "PREMIUM_ALL_PURPOSE_COMPUTE", from, minute + 1, nodes, None);
                start = minutes.get(at + 1).copied();
            }
        }
    }
}
