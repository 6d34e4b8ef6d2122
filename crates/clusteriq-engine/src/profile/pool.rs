//! A pool's profile: how many of its nodes stood idle at each time, and what its clusters took from it.

use std::collections::BTreeMap;

use clusteriq_model::{Fleet, Hours, Pool};

use super::activity::Span;

/// Nodes that a cluster takes within so many minutes are one start.
const START_MINUTES: i64 = 10;

/// One start of a cluster: nodes taken from the pool at about the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolStart {
    /// Minute of the first node.
    pub at: i64,
    /// When each node came back or ended, in ascending order.
    pub until: Vec<i64>,
}

impl PoolStart {
    /// Nodes it took.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.until.len()
    }
}

/// What is known about a pool in the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolProfile {
    /// The span that its events cover.
    pub span: Option<Span>,
    /// Minutes at which the number of idle nodes changes, and the number from there on.
    pub idle: Vec<(i64, u32)>,
    /// Starts of clusters on its nodes, in time order.
    pub starts: Vec<PoolStart>,
    /// Whether no event names it: the nodes that its setting keeps are taken to have been there.
    pub silent: bool,
}

impl PoolProfile {
    /// Idle time of all nodes together.
    #[must_use]
    pub fn idle_hours(&self) -> Hours {
        let minutes: i64 = self.steps().map(|(span, nodes)| span.minutes() * i64::from(nodes)).sum();
        Hours(minutes as f64 / 60.0)
    }

    /// Idle time of all nodes together by day, days since 1970.
    #[must_use]
    pub fn idle_by_day(&self) -> BTreeMap<i64, Hours> {
        let mut days: BTreeMap<i64, Hours> = BTreeMap::new();
        for (span, nodes) in self.steps().filter(|it| it.1 > 0) {
            for (day, minutes) in cut(span, 1440) {
                *days.entry(day).or_default() += Hours(minutes as f64 / 60.0) * f64::from(nodes);
            }
        }
        days
    }

    /// The spans in which the number of idle nodes stays the same, and that number.
    fn steps(&self) -> impl Iterator<Item = (Span, u32)> {
        let end = self.span.map_or(0, |it| it.until);
        let ends = self.idle.iter().skip(1).map(|it| it.0).chain([end]);
        self.idle.iter().zip(ends).map(|(it, until)| (Span { from: it.0, until }, it.1))
    }

    /// Share of the hours in most of which at least so many nodes were idle.
    #[must_use]
    pub fn idle_share(&self, nodes: u32) -> f64 {
        let Some(span) = self.span else { return 0.0 };
        let mut by_hour: BTreeMap<i64, i64> = BTreeMap::new();
        for (step, _) in self.steps().filter(|it| it.1 >= nodes) {
            for (hour, minutes) in cut(step, 60) {
                *by_hour.entry(hour).or_default() += minutes;
            }
        }
        let hours = (span.minutes() as f64 / 60.0).max(1.0);
        by_hour.values().filter(|it| **it >= 30).count() as f64 / hours
    }

    /// Starts a day.
    #[must_use]
    pub fn starts_a_day(&self) -> f64 {
        let days = self.span.map_or(0.0, |it| it.minutes() as f64 / 1440.0);
        self.starts.len() as f64 / days.max(1.0)
    }
}

/// The minutes of a span by slots of so many.
fn cut(span: Span, slot: i64) -> impl Iterator<Item = (i64, i64)> {
    let mut at = span.from;
    std::iter::from_fn(move || {
        let index = at.div_euclid(slot);
        let from = at;
        at = ((index + 1) * slot).min(span.until);
        (from < span.until).then_some((index, at - from))
    })
}

/// Profiles a pool. `None`: the table of instance events is not in the data.
#[must_use]
pub fn profile(fleet: &Fleet, pool: &Pool) -> Option<PoolProfile> {
    let events = pool.events.as_ref()?;
    let minute = |at: jiff::Timestamp| at.as_second().div_euclid(60);
    let span = Span { from: minute(fleet.window.from), until: minute(fleet.window.until) };
    if events.is_empty() {
        let idle = vec![(span.from, pool.min_idle.unwrap_or(0))];
        return Some(PoolProfile { span: Some(span), idle, starts: vec![], silent: true });
    }
    let mut nodes: BTreeMap<&str, Vec<Event<'_>>> = BTreeMap::new();
    for it in events {
        let Some(phase) = phase(&it.state) else { continue };
        let entry = nodes.entry(&it.instance_id).or_default();
        entry.push((minute(it.at), phase, it.cluster_id.as_deref()));
    }
    let mut changes: BTreeMap<i64, i64> = BTreeMap::from([(span.from, 0)]);
    let mut taken: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for mut events in nodes.into_values() {
        // A node whose first event is not its launch was there before: idle if it is taken now, in use if it comes back.
        let before = match events.first() {
            Some((_, Phase::Placed, _)) => Some(Phase::Idle),
            Some((_, Phase::Idle, _)) => Some(Phase::Placed),
            Some((_, Phase::Launching | Phase::Ended, _)) | None => None,
        };
        events.splice(0..0, before.map(|it| (i64::MIN, it, None)));
        let ends: Vec<i64> = events.iter().skip(1).map(|it| it.0).chain([i64::MAX]).collect();
        for ((from, phase, cluster), end) in events.into_iter().zip(ends) {
            let cut = Span { from: from.max(span.from), until: end.min(span.until) };
            if cut.until <= cut.from {
                continue;
            }
            match phase {
                Phase::Idle => {
                    *changes.entry(cut.from).or_default() += 1;
                    *changes.entry(cut.until).or_default() -= 1;
                }
                Phase::Placed if from >= span.from => taken.entry(cluster.unwrap_or("")).or_default().push(cut),
                Phase::Placed | Phase::Launching | Phase::Ended => {}
            }
        }
    }
    let mut count = 0;
    let steps = changes.range(..span.until).map(|(at, change)| {
        count += change;
        (*at, u32::try_from(count).unwrap_or(0))
    });
    let idle = steps.collect();
    let mut starts: Vec<PoolStart> = taken.into_values().flat_map(starts).collect();
    starts.sort_by(|a, b| (a.at, &a.until).cmp(&(b.at, &b.until)));
    Some(PoolProfile { span: Some(span), idle, starts, silent: false })
}

/// Minute, what the node is from then on, and in which cluster.
type Event<'a> = (i64, Phase, Option<&'a str>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Launching,
    Idle,
    Placed,
    Ended,
}

/// The table's word; words that it may get are not guessed at.
fn phase(state: &str) -> Option<Phase> {
    Some(match state {
        "INSTANCE_LAUNCHING" => Phase::Launching,
        "INSTANCE_READY" => Phase::Idle,
        "INSTANCE_PLACED" => Phase::Placed,
        "INSTANCE_TERMINATED" => Phase::Ended,
        _ => return None,
    })
}

/// The starts of one cluster.
fn starts(mut nodes: Vec<Span>) -> Vec<PoolStart> {
    nodes.sort();
    let mut out: Vec<PoolStart> = vec![];
    for it in nodes {
        match out.last_mut() {
            Some(last) if it.from <= last.at + START_MINUTES => last.until.push(it.until),
            _ => out.push(PoolStart { at: it.from, until: vec![it.until] }),
        }
    }
    for it in &mut out {
        it.until.sort_unstable();
    }
    out
}
