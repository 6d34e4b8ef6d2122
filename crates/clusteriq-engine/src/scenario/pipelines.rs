//! What a pipeline would cost if a trigger started it, or if its cluster stopped after each update.

use std::collections::BTreeMap;

use clusteriq_model::{Fleet, Interval, Minutes, Pipeline, PipelineKey, Usd};

use super::scaled;
use crate::money::cluster_vm;
use crate::profile::PipelineProfile;
use crate::profile::activity::{START_UP_MINUTES, Span, union};
use crate::profile::pipeline::overlap;
use crate::whatif::{Cost, per_month};

/// How long a cluster outlives an update in development mode, minutes
/// (<https://docs.databricks.com/aws/en/ldp/updates#development-mode>, read 2026-11: two hours).
pub const DEVELOPMENT_TAIL: i64 = 120;
/// Setting tables up and stopping: what an update takes besides its work.
const OVERHEAD: i64 = 2;

/// Changes made to a pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Started so often instead of running on.
    pub(super) every: Option<Minutes>,
    /// Taken out of development mode.
    pub(super) left_development: bool,
}

pub(super) type Changed = BTreeMap<PipelineKey, Changes>;

/// The pipeline's cost in a month. `None`: it has neither a bill nor priced machines.
pub(super) fn cost(
    fleet: &Fleet,
    pipeline: &Pipeline,
    profile: &PipelineProfile,
    changes: Option<Changes>,
) -> Option<Cost> {
    let scale = per_month(fleet);
    let billed = fleet.bill.pipelines.get(&pipeline.key);
    let now = Cost {
        dbu: billed.map(|it| Interval::exactly(it.usd.estimate() * scale)),
        vm: machines(fleet, pipeline).map(|it| Interval::exactly(it * scale)),
    };
    let up = profile.up_minutes();
    let Some(changes) = changes.filter(|_| up > 0.0) else { return Some(now) };
    let stays = pipeline.development == Some(true) && !changes.left_development;
    let mut kept = up;
    // DBUs are counted from when a cluster is ready; that half of its start-up counts is the bound.
    let mut starting = 0.0;
    if let Some(every) = changes.every {
        let slots = profile.up.iter().map(|it| (it.minutes() as f64 / every.0.max(1.0)).ceil()).sum::<f64>();
        starting = slots * START_UP_MINUTES as f64;
        kept = kept.min(triggered_minutes(profile, every, if stays { DEVELOPMENT_TAIL } else { 0 }));
    } else if changes.left_development {
        kept = kept.min(stopped_minutes(&profile.up, &profile.updates));
    }
    let all = scaled(now, kept / up);
    let half = scaled(now, (kept - starting / 2.0).max(0.0) / up);
    let none = scaled(now, (kept - starting).max(0.0) / up);
    let dbu = half.dbu.zip(none.dbu).map(|(half, none)| Interval::spanning(none.low, none.likely, half.high));
    Some(Cost { dbu, vm: all.vm })
}

/// Machines of all its clusters in the window; 0 on serverless compute, where the DBUs include them.
fn machines(fleet: &Fleet, pipeline: &Pipeline) -> Option<Usd> {
    if pipeline.serverless == Some(true) {
        return Some(Usd(0.0));
    }
    let clusters = pipeline.clusters.iter().filter_map(|it| fleet.clusters.get(it));
    let known: Vec<Usd> = clusters.filter_map(|it| cluster_vm(fleet, it)).map(|it| it.0).collect();
    (!known.is_empty()).then(|| known.into_iter().sum())
}

/// Minutes up if an update starts every so often and works off what came in since the last one: start-up, the work, setting
/// up, and the tail, never more than the interval.
#[must_use]
pub fn triggered_minutes(profile: &PipelineProfile, every: Minutes, tail: i64) -> f64 {
    let step = (every.0 as i64).max(1);
    let mut kept = 0;
    for span in &profile.up {
        let mut at = span.from;
        while at < span.until {
            let slot = Span { from: at, until: (at + step).min(span.until) };
            let (work, bursts) = overlap_from(&profile.busy, slot);
            // A burst shows in one minute more than it lasts, on average.
            kept += (START_UP_MINUTES + (work - bursts).max(0) + OVERHEAD + tail).min(slot.minutes());
            at = slot.until;
        }
    }
    kept as f64
}

/// [`overlap`] without reading the spans before the slot, and how many there are in it.
fn overlap_from(spans: &[Span], slot: Span) -> (i64, i64) {
    let first = spans.partition_point(|it| it.until <= slot.from);
    let last = spans.partition_point(|it| it.from < slot.until);
    let inside = spans.get(first..last).unwrap_or_default();
    (overlap(inside, slot), inside.len() as i64)
}

/// Minutes up if the cluster stops after each update: each uptime keeps its updates, and an update that found a running
/// cluster now starts its own.
#[must_use]
pub fn stopped_minutes(up: &[Span], updates: &[Span]) -> f64 {
    let running = union(updates.to_vec(), 0);
    let mut kept = 0;
    for span in up {
        let parts: Vec<Span> =
            running.iter().copied().filter(|it| it.until > span.from && it.from < span.until).collect();
        let mut minutes = 0;
        for (index, part) in parts.iter().enumerate() {
            let found_running = index > 0 || part.from > span.from + OVERHEAD;
            minutes += part.until.min(span.until) - part.from.max(span.from);
            minutes += OVERHEAD + if found_running { START_UP_MINUTES } else { 0 };
        }
        kept += minutes.min(span.minutes());
    }
    kept as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hourly(burst: i64) -> PipelineProfile {
        let busy = (0..24).map(|it| Span { from: it * 60 + 1, until: it * 60 + 1 + burst });
        PipelineProfile { up: vec![Span { from: 0, until: 1440 }], busy: busy.collect(), ..PipelineProfile::default() }
    }

    #[test]
    fn an_hourly_trigger_keeps_start_up_work_and_setting_up() {
        // 24 × (5 + 5 + 2): a burst in six minutes lasts five.
        assert_eq!(triggered_minutes(&hourly(6), Minutes(60.0), 0), 288.0);
        // In development mode the cluster would stay up.
        assert_eq!(triggered_minutes(&hourly(6), Minutes(60.0), DEVELOPMENT_TAIL), 1440.0);
    }

    #[test]
    fn a_trigger_that_never_rests_saves_nothing() {
        assert_eq!(triggered_minutes(&hourly(58), Minutes(60.0), 0), 1440.0);
    }

    #[test]
    fn two_updates_on_one_cluster_keep_themselves_and_one_more_start_up() {
        let up = [Span { from: 0, until: 300 }];
        let updates = [Span { from: 0, until: 20 }, Span { from: 120, until: 150 }];
        // 20 + 2, and 30 + 2 + 5.
        assert_eq!(stopped_minutes(&up, &updates), 59.0);
        assert_eq!(stopped_minutes(&up, &[Span { from: 0, until: 300 }]), 300.0);
    }
}
