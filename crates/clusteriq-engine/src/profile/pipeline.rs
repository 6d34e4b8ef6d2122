//! A pipeline's profile: when its clusters were up, when they worked, and when updates ran.

use std::collections::BTreeSet;

use clusteriq_model::{Cluster, Fleet, Minutes, Pipeline};

use super::activity::{START_UP_MINUTES, Span, is_active, union, uptime};
use super::job::quantile;

/// Idle stretches up to here belong to the burst around them.
const BRIDGE_MINUTES: i64 = 2;
/// A shorter burst is housekeeping or noise.
const LEAST_BURST: i64 = 2;
/// An update of so many hours is one that runs without pause.
const ENDLESS_MINUTES: i64 = 20 * 60;

/// What is known about a pipeline in the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PipelineProfile {
    /// When a cluster of its updates was up.
    pub up: Vec<Span>,
    /// When that cluster worked, start-up left out.
    pub busy: Vec<Span>,
    /// Its updates, cut to the window, in time order; they may overlap.
    pub updates: Vec<Span>,
    /// Days on which its cluster was up.
    pub days: usize,
    /// Share of its updates' minutes that telemetry covers; `None`: no updates.
    pub coverage: Option<f64>,
}

impl PipelineProfile {
    /// Minutes up.
    #[must_use]
    pub fn up_minutes(&self) -> f64 {
        total(&self.up)
    }

    /// Working minutes as a share of those it was up.
    #[must_use]
    pub fn busy_share(&self) -> f64 {
        total(&self.busy) / self.up_minutes().max(1.0)
    }

    /// Bursts of work, in time order.
    #[must_use]
    pub fn bursts(&self) -> Vec<Span> {
        let joined = union(self.busy.clone(), BRIDGE_MINUTES);
        let bursts: Vec<Span> = joined.iter().copied().filter(|it| it.minutes() >= LEAST_BURST).collect();
        if bursts.is_empty() { joined } else { bursts }
    }

    /// Median time from the start of a burst to that of the next; `None`: fewer than two bursts.
    #[must_use]
    pub fn period(&self) -> Option<Minutes> {
        let bursts = self.bursts();
        let mut gaps: Vec<i64> = bursts.windows(2).map(|it| it[1].from - it[0].from).collect();
        gaps.sort_unstable();
        quantile(&gaps, 0.5).map(|it| Minutes(it as f64))
    }

    /// Whether its updates show that it runs without pause: long ones that fill nine tenths of the time.
    #[must_use]
    pub fn looks_continuous(&self, window_minutes: f64) -> bool {
        let long: Vec<Span> = self.updates.iter().copied().filter(|it| it.minutes() >= ENDLESS_MINUTES).collect();
        total(&union(long, 0)) >= 0.9 * window_minutes
    }
}

fn total(spans: &[Span]) -> f64 {
    spans.iter().map(|it| it.minutes()).sum::<i64>() as f64
}

/// The clusters that run a pipeline's updates. Those that only do its maintenance are others.
pub fn update_clusters<'a>(fleet: &'a Fleet, pipeline: &'a Pipeline) -> impl Iterator<Item = &'a Cluster> {
    let clusters = pipeline.clusters.iter().filter_map(|it| fleet.clusters.get(it));
    clusters.filter(|it| !it.name.starts_with("dlt-maintenance-"))
}

/// Profiles a pipeline.
#[must_use]
pub fn profile(fleet: &Fleet, pipeline: &Pipeline) -> PipelineProfile {
    let minute = |at: jiff::Timestamp| at.as_second().div_euclid(60);
    let (from, until) = (minute(fleet.window.from), minute(fleet.window.until));
    let (mut up, mut busy) = (vec![], vec![]);
    for cluster in update_clusters(fleet, pipeline) {
        let spans = uptime(cluster);
        for span in &spans {
            let ready = span.from + START_UP_MINUTES;
            let minutes = cluster.minutes.between(ready, span.until);
            let active = minutes.iter().filter(|it| is_active(it));
            busy.extend(active.map(|it| Span { from: it.at, until: it.at + 1 }));
        }
        up.extend(spans);
    }
    let up = union(up, 0);
    let updates: Vec<Span> = pipeline
        .updates
        .iter()
        .map(|it| Span { from: minute(it.start).max(from), until: (minute(it.end) + 1).min(until) })
        .filter(|it| it.until > it.from)
        .collect();
    let running = union(updates.clone(), 0);
    let covered: i64 = running.iter().map(|it| overlap(&up, *it)).sum();
    let days: BTreeSet<i64> =
        up.iter().flat_map(|it| it.from.div_euclid(1440)..=(it.until - 1).div_euclid(1440)).collect();
    PipelineProfile {
        coverage: (!running.is_empty()).then(|| covered as f64 / total(&running).max(1.0)),
        busy: union(busy, 0),
        days: days.len(),
        up,
        updates,
    }
}

/// Minutes of the ordered spans that lie in one span.
#[must_use]
pub fn overlap(spans: &[Span], inside: Span) -> i64 {
    let cut = spans.iter().map(|it| it.until.min(inside.until) - it.from.max(inside.from));
    cut.filter(|it| *it > 0).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_that_of_bursts_and_not_of_minutes_of_noise() {
        let burst = |from| Span { from, until: from + 6 };
        let mut busy: Vec<Span> = (0..10).map(|it| burst(it * 60)).collect();
        busy.extend((0..10).map(|it| Span { from: it * 60 + 31, until: it * 60 + 32 }));
        let profile = PipelineProfile { busy: union(busy, 0), ..PipelineProfile::default() };
        assert_eq!(profile.period(), Some(Minutes(60.0)));
    }

    #[test]
    fn one_update_over_the_whole_window_is_continuous_and_hourly_ones_are_not() {
        let endless =
            PipelineProfile { updates: vec![Span { from: 0, until: 14 * 1440 }], ..PipelineProfile::default() };
        assert!(endless.looks_continuous(14.0 * 1440.0));
        let hourly = (0..336).map(|it| Span { from: it * 60, until: it * 60 + 59 });
        let hourly = PipelineProfile { updates: hourly.collect(), ..PipelineProfile::default() };
        assert!(!hourly.looks_continuous(14.0 * 1440.0));
    }
}
