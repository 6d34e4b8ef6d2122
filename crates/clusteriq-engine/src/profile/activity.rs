//! When a cluster is used: by CPU above the level of an idle cluster, or by a job's task.

use clusteriq_model::{Cluster, Minute, Window};
use jiff::Timestamp;

/// Idle clusters stay below these; interactive work is rarely above them without pause, so stretches are what counts.
const BUSY_WORKER: f64 = 0.08;
const BUSY_CLUSTER: f64 = 0.05;
const BUSY_DRIVER: f64 = 0.10;
/// A cluster's own start-up keeps its CPU busy for so long.
pub const START_UP_MINUTES: i64 = 5;
/// Missing minutes up to here are a hole in the telemetry, not a stop.
const HOLE_MINUTES: i64 = 3;

/// Whether the minute shows work.
#[must_use]
pub fn is_active(minute: &Minute) -> bool {
    minute.busiest().is_some_and(|it| it.0 >= BUSY_WORKER)
        || minute.utilisation().is_some_and(|it| it.0 >= BUSY_CLUSTER)
        || minute.driver().is_some_and(|it| it.0 >= BUSY_DRIVER)
}

/// A span in epoch minutes, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First minute.
    pub from: i64,
    /// First minute after it.
    pub until: i64,
}

impl Span {
    /// Its length.
    #[must_use]
    pub fn minutes(self) -> i64 {
        self.until - self.from
    }
}

/// Overlapping and touching spans become one; gaps up to `bridge` minutes are closed.
#[must_use]
pub fn union(mut spans: Vec<Span>, bridge: i64) -> Vec<Span> {
    spans.sort();
    let mut out: Vec<Span> = vec![];
    for it in spans.into_iter().filter(|it| it.until > it.from) {
        match out.last_mut() {
            Some(last) if it.from <= last.until + bridge => last.until = last.until.max(it.until),
            _ => out.push(it),
        }
    }
    out
}

/// What is in the first spans and not in the others, which are in time order and do not overlap.
#[must_use]
pub fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = vec![];
    for span in spans {
        let mut from = span.from;
        let begin = others.partition_point(|it| it.until <= span.from);
        for it in others[begin..].iter().take_while(|it| it.from < span.until) {
            left.push(Span { from, until: it.from });
            from = from.max(it.until);
        }
        left.push(Span { from, until: span.until });
    }
    left.retain(|it| it.until > it.from);
    left
}

/// Spans in which the cluster was up: its telemetry without the holes.
#[must_use]
pub fn uptime(cluster: &Cluster) -> Vec<Span> {
    let minutes = cluster.minutes.iter().map(|it| Span { from: it.at, until: it.at + 1 });
    union(minutes.collect(), HOLE_MINUTES)
}

/// Spans in which tasks of jobs ran on the cluster, cut to the window.
#[must_use]
pub fn task_spans(cluster: &Cluster, window: &Window) -> Vec<Span> {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let spans = cluster
        .task_runs
        .iter()
        .map(|it| Span { from: minute(it.start.max(window.from)), until: minute(it.end.min(window.until)) + 1 });
    union(spans.collect(), 0)
}

/// Spans in which people or services used the cluster: active minutes outside start-up and outside tasks.
#[must_use]
pub fn session_spans(cluster: &Cluster, window: &Window) -> Vec<Span> {
    let up = uptime(cluster);
    let tasks = task_spans(cluster, window);
    let inside = |spans: &[Span], at: i64| {
        let index = spans.partition_point(|it| it.until <= at);
        spans.get(index).copied().filter(|it| it.from <= at)
    };
    let active = cluster.minutes.iter().filter(is_active).filter(|it| {
        let starting = inside(&up, it.at).is_some_and(|up| it.at < up.from + START_UP_MINUTES);
        !starting && inside(&tasks, it.at).is_none()
    });
    union(active.map(|it| Span { from: it.at, until: it.at + 1 }).collect(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_union_covers_the_same_minutes_and_its_spans_do_not_touch(
            spans in prop::collection::vec((0..500i64, 0..50i64), 0..30),
        ) {
            let spans: Vec<_> = spans.into_iter().map(|(from, len)| Span { from, until: from + len }).collect();
            let covered = |spans: &[Span], at| spans.iter().any(|it| it.from <= at && at < it.until);
            let all = union(spans.clone(), 0);
            for at in 0..600 {
                prop_assert_eq!(covered(&spans, at), covered(&all, at));
            }
            prop_assert!(all.windows(2).all(|it| it[0].until < it[1].from));
        }
    }
}
