//! A warehouse in another size: how long its statements would take, and what its uptime would cost.

use std::collections::BTreeMap;

use clusteriq_model::{Autotermination, Fleet, Gib, Interval, Minutes, Query, Usd, Warehouse};

use crate::money::warehouse_size;
use crate::profile::WarehouseProfile;
use crate::profile::activity::{Span, union};
use crate::profile::job::quantile;
use crate::whatif::Cost;

/// Sizes in the system table's words, smallest first, and their workers
/// (<https://docs.databricks.com/aws/en/compute/sql-warehouse/warehouse-behavior>, read 2026-11).
const SIZES: [(&str, u32); 9] = [
    ("2X_SMALL", 1),
    ("X_SMALL", 2),
    ("SMALL", 4),
    ("MEDIUM", 8),
    ("LARGE", 16),
    ("X_LARGE", 32),
    ("2X_LARGE", 64),
    ("3X_LARGE", 128),
    ("4X_LARGE", 256),
];
/// Cores of a worker: the node types of all clouds have eight.
const WORKER_CORES: f64 = 8.0;
/// Memory of a worker, GiB.
const WORKER_GIB: f64 = 61.0;
/// Error of a cost on another size besides that of the uptime.
const SIZE_ERROR: f64 = 0.05;

/// Its place in the list of sizes. `None`: a size that is not known here.
fn place(size: &str) -> Option<usize> {
    let folded = size.to_ascii_uppercase().replace(['-', ' '], "_");
    SIZES.iter().position(|it| it.0 == folded)
}

/// The size so many steps below, in the system table's words.
#[must_use]
pub fn smaller(size: &str, steps: usize) -> Option<&'static str> {
    place(size)?.checked_sub(steps).map(|it| SIZES[it].0)
}

/// Memory of all workers of a size.
#[must_use]
pub fn memory(size: &str) -> Option<Gib> {
    place(size).map(|it| Gib(f64::from(SIZES[it].1) * WORKER_GIB))
}

/// A warehouse's statements on another size.
#[derive(Clone, Debug, PartialEq)]
pub struct Resized {
    /// Milliseconds of execution now, 95th percentile.
    pub p95_now: f64,
    /// The same then.
    pub p95_then: Interval<f64>,
    /// Statements at once in the busiest twentieth of the minutes with a statement, then, if all take as long as they may.
    pub at_once: f64,
    /// Minutes by which uptimes end later.
    pub later: Interval<f64>,
    /// Each statement's day, its milliseconds now, and how much longer it may take at worst.
    times: Vec<(i64, f64, f64)>,
}

impl Resized {
    /// Share of the statements that would take longer than so many milliseconds and get slower by more than a factor.
    #[must_use]
    pub fn long_and_slower(&self, long: f64, factor: f64) -> f64 {
        let slow = self.times.iter().filter(|(_, now, stretch)| *stretch > factor && now * stretch > long).count();
        slow as f64 / self.times.len().max(1) as f64
    }

    /// The 95th percentiles of each day with at least so many statements, now and at worst then.
    #[must_use]
    pub fn days(&self, least: usize) -> Vec<(f64, f64)> {
        let mut days: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
        for (day, now, stretch) in self.times.iter().filter(|it| it.1 > 0.0) {
            days.entry(*day).or_default().push((*now, now * stretch));
        }
        let p95 = |times: &[(f64, f64)], get: fn(&(f64, f64)) -> f64| {
            let mut times: Vec<f64> = times.iter().map(get).collect();
            times.sort_by(f64::total_cmp);
            quantile(&times, 0.95).unwrap_or(0.0)
        };
        let full = days.values().filter(|it| it.len() >= least);
        full.map(|it| (p95(it, |it| it.0), p95(it, |it| it.1))).collect()
    }
}

/// How much longer a statement takes on a size with fewer workers. Its tasks' time tells how many cores it used on average:
/// spread evenly they may fit into fewer, in bursts at full width they take as much longer as there are fewer.
fn stretch(query: &Query, cores: f64, ratio: f64) -> Interval<f64> {
    if query.execution_ms <= 0 {
        return Interval::exactly(1.0);
    }
    let (even, bursts) = match query.task_ms {
        Some(tasks) => {
            let full = (tasks as f64 / query.execution_ms as f64 / cores).clamp(0.0, 1.0);
            ((full * ratio).max(1.0), 1.0 + full * (ratio - 1.0))
        }
        // Not known: anything between nothing and in proportion.
        None => (1.0, ratio),
    };
    Interval::spanning(even, f64::midpoint(even, bursts), bursts)
}

/// The statements on another size, for a warehouse that is up in these spans. `None`: a size or the statements are not known,
/// or there are none.
#[must_use]
pub fn resized(warehouse: &Warehouse, up: &[Span], to: &str) -> Option<Resized> {
    let queries = warehouse.queries.as_ref().filter(|it| !it.is_empty())?;
    let (from, to) = (place(warehouse.size.as_deref()?)?, place(to)?);
    let cores = f64::from(SIZES[from].1) * WORKER_CORES;
    let ratio = f64::from(SIZES[from].1) / f64::from(SIZES[to].1).max(1.0);
    if ratio <= 1.0 {
        return None;
    }
    let stretches: Vec<Interval<f64>> = queries.iter().map(|it| stretch(it, cores, ratio)).collect();
    let at = |get: fn(&Interval<f64>) -> f64| {
        let mut times: Vec<f64> =
            queries.iter().zip(&stretches).map(|(it, stretch)| it.execution_ms as f64 * get(stretch)).collect();
        times.retain(|it| *it > 0.0);
        times.sort_by(f64::total_cmp);
        quantile(&times, 0.95).unwrap_or(0.0)
    };
    let spans = |get: fn(&Interval<f64>) -> f64| -> Vec<Span> {
        let spans = queries.iter().zip(&stretches).map(|(it, stretch)| {
            let longer = it.execution_ms as f64 * (get(stretch) - 1.0) / 1000.0;
            let until = (it.end.as_second() as f64 + longer) / 60.0;
            Span { from: it.start.as_second().div_euclid(60), until: until as i64 + 1 }
        });
        spans.collect()
    };
    let now = spans(|_| 1.0);
    let times = |(it, stretch): (&Query, &Interval<f64>)| {
        (it.start.as_second().div_euclid(86_400), it.execution_ms as f64, stretch.high)
    };
    Some(Resized {
        p95_now: at(|_| 1.0),
        p95_then: Interval::spanning(at(|it| it.low), at(|it| it.likely), at(|it| it.high)),
        at_once: at_once(queries, &stretches),
        later: Interval::spanning(0.0, later(up, &now, &spans(|it| it.likely)), later(up, &now, &spans(|it| it.high))),
        times: queries.iter().zip(&stretches).map(times).collect(),
    })
}

/// 95th percentile of the statements at once, over the time with any.
fn at_once(queries: &[Query], stretches: &[Interval<f64>]) -> f64 {
    let spans = queries.iter().zip(stretches).filter(|it| it.0.execution_ms > 0);
    let mut changes: Vec<(i64, i64)> = spans
        .flat_map(|(it, stretch)| {
            let until = it.end.as_millisecond();
            let longer = it.execution_ms as f64 * (stretch.high - 1.0);
            [(until - it.execution_ms, 1), (until + longer as i64, -1)]
        })
        .collect();
    changes.sort_unstable();
    let mut counts: Vec<(i64, i64)> = vec![];
    let (mut now, mut at) = (0, 0);
    for (moment, change) in changes {
        if now > 0 && moment > at {
            counts.push((now, moment - at));
        }
        (now, at) = (now + change, moment);
    }
    counts.sort_unstable();
    let all: i64 = counts.iter().map(|it| it.1).sum();
    let mut seen = 0;
    for (count, time) in counts {
        seen += time;
        if seen as f64 >= 0.95 * all as f64 {
            return count as f64;
        }
    }
    0.0
}

/// Minutes by which the uptimes end later: by as much as their last statement.
fn later(up: &[Span], now: &[Span], then: &[Span]) -> f64 {
    // Both are in the order of their starts, as statements are.
    let last = |spans: &[Span], up: &Span| {
        let first = spans.partition_point(|it| it.from < up.from);
        let end = spans.partition_point(|it| it.from < up.until);
        spans.get(first..end)?.iter().map(|it| it.until).max()
    };
    let each = up.iter().filter_map(|up| Some(last(then, up)? - last(now, up)?));
    each.sum::<i64>().max(0) as f64
}

/// The cost on another size: the uptime and what it grows by, at the other size's rates; `limit`: an auto-stop that is not
/// set yet. `None`: a rate is not known.
pub(super) fn cost(
    fleet: &Fleet,
    it: &Warehouse,
    profile: &WarehouseProfile,
    (now, limit): (Cost, Option<Minutes>),
    to: &str,
) -> Option<Cost> {
    let (from, then) = (warehouse_size(fleet, it, it.size.as_deref()?)?, warehouse_size(fleet, it, to)?);
    let minutes = |spans: &[Span]| spans.iter().map(|it| it.minutes() as f64).sum::<f64>();
    let growth = match (limit, it.auto_stop) {
        (Some(limit), _) => {
            let pieces = union(profile.busy.clone()?, limit.0.ceil() as i64);
            let up = minutes(&pieces) + pieces.len() as f64 * limit.0;
            resized(it, &pieces, to)?.later.map(|it| it / up.max(1.0))
        }
        (None, Some(Autotermination::Never)) => Interval::exactly(0.0),
        (None, Some(Autotermination::After(_)) | None) => {
            resized(it, &profile.up, to)?.later.map(|it| it / minutes(&profile.up).max(1.0))
        }
    };
    let scale = |now: Interval<Usd>, ratio: f64| {
        Interval::spanning(
            now.low * (ratio * (1.0 + growth.low) * (1.0 - SIZE_ERROR)),
            now.likely * (ratio * (1.0 + growth.likely)),
            now.high * (ratio * (1.0 + growth.high) * (1.0 + SIZE_ERROR)),
        )
    };
    let vm = match (from.vm, then.vm) {
        (Some(a), Some(b)) if a.0 > 0.0 => now.vm.map(|it| scale(it, b / a)),
        // Serverless has no machines of its own.
        (None, None) => now.vm.map(|it| scale(it, 1.0)),
        (Some(_) | None, _) => None,
    };
    Some(Cost { dbu: now.dbu.map(|it| scale(it, then.dbu / from.dbu)), vm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(execution_ms: i64, task_ms: Option<i64>) -> Query {
        let at: jiff::Timestamp = "2026-09-01T00:00:00Z".parse().expect("a timestamp");
        Query {
            start: at,
            end: at,
            provisioning_ms: 0,
            queued_ms: 0,
            execution_ms,
            read_bytes: None,
            task_ms,
            spilled_bytes: 0,
        }
    }

    #[test]
    fn a_statement_on_few_cores_fits_into_fewer_and_one_on_all_takes_twice_as_long() {
        // 4 of 32 cores; 32 of 32.
        assert_eq!(stretch(&query(1000, Some(4000)), 32.0, 2.0).low, 1.0);
        assert_eq!(stretch(&query(1000, Some(4000)), 32.0, 2.0).high, 1.125);
        assert_eq!(stretch(&query(1000, Some(32_000)), 32.0, 2.0), Interval::exactly(2.0));
        assert_eq!(stretch(&query(1000, None), 32.0, 2.0).high, 2.0);
    }

    #[test]
    fn sizes_are_a_ladder() {
        assert_eq!(smaller("Medium", 1), Some("SMALL"));
        assert_eq!(smaller("2X-Small", 1), None);
        assert_eq!(smaller("ENORMOUS", 1), None);
    }

    proptest! {
        #[test]
        fn nothing_gets_faster_on_a_smaller_size_nor_slower_than_in_proportion(
            execution in 1..100_000i64, tasks in prop::option::of(0..10_000_000i64), steps in 1..3i32,
        ) {
            let it = stretch(&query(execution, tasks), 64.0, 2f64.powi(steps));
            prop_assert!(1.0 <= it.low && it.low <= it.likely && it.likely <= it.high && it.high <= 2f64.powi(steps));
        }
    }
}
