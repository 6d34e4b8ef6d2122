//! # Oversized warehouse
//!
//! ## What it finds
//! SQL warehouses whose statements would still be answered in time on one or two smaller sizes (up to four, where 95 % of them stay
//! below three seconds at worst or as quick as they are): the 95th percentile of the
//! execution time stays below 10 seconds or within 1.25 times of what it is, although nothing gets faster and statements
//! that used all cores take as much longer as there are fewer. The same must hold on each day with at least 20 statements.
//! What a statement uses is read from its tasks' time.
//!
//! ## What it costs
//! The DBUs per hour of the two sizes, and the machines where the customer pays them, over the measured uptime. Uptimes end
//! later by as much as their last statement. The number of clusters is taken to stay as it is.
//!
//! ## When it is silent
//! Warehouses whose statements spill or queue, that add clusters to their minimum, whose statements would be more than
//! eight at once, or read more than the smaller size's memory holds. It cannot judge with fewer than 50 statements, on fewer
//! than five days with statements, or without query history.
//!
//! ## Risk
//! Statements get slower, the heaviest most; the numbers are in the evidence. What fits into memory is not measured: spill
//! after the change is the sign to go back.
//!
//! ## Sources
//! `system.compute.warehouses`, `system.compute.warehouse_events`, `system.query.history`, `system.billing.usage`, the
//! catalogue. Sizes, and ten statements at once per cluster:
//! <https://docs.databricks.com/aws/en/compute/sql-warehouse/warehouse-behavior>, read 2026-11.

use std::collections::BTreeSet;

use clusteriq_model::{
    Action, AdvisorId, Alternative, Evidence, Fraction, Minutes, Quantity, Query, RiskDimension, Source, Target,
    Warehouse,
};

use super::shape;
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::WarehouseProfile;
use crate::profile::job::quantile;
use crate::risk;
use crate::scenario::warehouses::{Resized, memory, resized, smaller};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("oversized-warehouse"),
    detection: "D40",
    title: "Use a smaller size of warehouse",
    source: include_str!("oversized_warehouse.rs"),
    advise,
};

const EVENTS: Source = Source::SystemTable("system.compute.warehouse_events");
const HISTORY: Source = Source::SystemTable("system.query.history");

/// Statements and days with statements that a judgement needs.
const LEAST_STATEMENTS: usize = 50;
const LEAST_DAYS: usize = 5;
/// Statements that make a day count by itself: the end of a month must fit too.
const FULL_DAY: usize = 20;
/// Statements that take less are quick enough, milliseconds.
const QUICK: f64 = 10_000.0;
/// Up to this, at worst, nobody minds, milliseconds.
const UNNOTICED: f64 = 3_000.0;
/// Longer statements may take this much longer at worst.
const PLAINLY: f64 = 1.04;
/// How much longer slow ones may take.
const TOLERATED: f64 = 1.25;
/// Statements that take longer and get slower, milliseconds, and the share of them that is tolerated.
const LONG: f64 = 60_000.0;
const LONG_SHARE: f64 = 0.01;
/// Share of the statements that may spill: what is a few accidents.
const SPILLING: f64 = 0.005;
/// 95th percentile of the time in the queue, milliseconds.
const QUEUED: i64 = 1_000;
/// Share of the uptime with more than the least clusters.
const SCALED: f64 = 0.05;
/// Statements at once per cluster; beyond ten they queue.
const AT_ONCE: f64 = 8.0;
/// Sizes to go down at most at once, and those beyond which statements must stay as quick as they are.
const MOST_STEPS: usize = 4;
const FORESEEN: usize = 2;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let here = cx.fleet.warehouses.values().filter(|it| it.deleted.is_none());
    here.map(|it| judge(cx, it)).collect()
}

fn judge(cx: &Context<'_>, it: &Warehouse) -> Opinion {
    let target = Target::Warehouse(it.key.clone());
    let abstain = |why: String| Opinion::Abstain(Target::Warehouse(it.key.clone()), why);
    let billed = cx.fleet.bill.warehouses.get(&it.key).is_some_and(|it| it.usd.0 > clusteriq_model::Decimal::ZERO);
    if cx.fleet.bill.records == 0 {
        return Opinion::Abstain(target, shape::NO_BILL.into());
    }
    if !billed {
        return Opinion::Fine(target);
    }
    let (Some(size), Some(_)) = (it.size.as_deref(), it.kind) else {
        return abstain("its type or size is not known".into());
    };
    if smaller(size, 0).is_none() {
        return abstain(format!("{size} is not a size that is known here"));
    }
    if smaller(size, 1).is_none() {
        return Opinion::Fine(target);
    }
    let Some(queries) = it.queries.as_ref() else {
        return abstain("system.query.history is not in the data, so what its statements need is not known".into());
    };
    let Some(profile) = cx.profiles.warehouses.get(&it.key).filter(|it| !it.up.is_empty()) else {
        return abstain("its events are not in the data, so its uptime is not known".into());
    };
    if let Some(missing) = thin(queries) {
        return abstain(missing);
    }
    if strained(it, queries, profile) {
        return Opinion::Fine(target);
    }
    let fitting = (1..=MOST_STEPS).rev().find_map(|steps| {
        let to = smaller(size, steps)?;
        let then = resized(it, &profile.up, to)?;
        let sure = steps <= FORESEEN || then.p95_then.high <= UNNOTICED.max(PLAINLY * then.p95_now);
        (sure && fits(it, queries, &then, to)).then_some((steps, to, then))
    });
    match fitting {
        None => Opinion::Fine(target),
        Some((steps, to, then)) => propose(cx, it, queries, profile, (steps, to, &then)),
    }
}

fn thin(queries: &[Query]) -> Option<String> {
    let statements = queries.iter().filter(|it| it.execution_ms > 0).count();
    let days: BTreeSet<i64> = queries.iter().map(|it| it.start.as_second().div_euclid(86_400)).collect();
    if statements < LEAST_STATEMENTS {
        return Some(format!("it has {statements} statements; {} more are needed", LEAST_STATEMENTS - statements));
    }
    (days.len() < LEAST_DAYS)
        .then(|| format!("it has statements on {} days; {} more are needed", days.len(), LEAST_DAYS - days.len()))
}

fn queued(queries: &[Query]) -> i64 {
    let mut queued: Vec<i64> = queries.iter().map(|it| it.queued_ms).collect();
    queued.sort_unstable();
    quantile(&queued, 0.95).unwrap_or(0)
}

fn spilling(queries: &[Query]) -> f64 {
    queries.iter().filter(|it| it.spilled_bytes > 0).count() as f64 / queries.len().max(1) as f64
}

/// Whether it is already too small, or needs more clusters at times.
fn strained(it: &Warehouse, queries: &[Query], profile: &WarehouseProfile) -> bool {
    spilling(queries) > SPILLING || queued(queries) >= QUEUED || scaled_up(it, profile) > SCALED
}

/// Share of the uptime with more clusters than the minimum.
fn scaled_up(it: &Warehouse, profile: &WarehouseProfile) -> f64 {
    let Some((least, _)) = it.clusters else { return 0.0 };
    let up: f64 = profile.up.iter().map(|it| it.minutes() as f64).sum();
    let above = it.events.windows(2).filter(|pair| {
        let stops = matches!(pair[0].kind.as_str(), "STOPPED" | "STOPPING");
        !stops && pair[0].clusters.is_some_and(|it| it > least.max(1))
    });
    let minutes = above.map(|pair| pair[1].at.duration_since(pair[0].at).as_secs_f64() / 60.0);
    minutes.sum::<f64>() / up.max(1.0)
}

fn fits(it: &Warehouse, queries: &[Query], then: &Resized, to: &str) -> bool {
    let least = it.clusters.map_or(1, |it| it.0.max(1));
    let mut read: Vec<i64> = queries.iter().filter_map(|it| it.read_bytes).collect();
    read.sort_unstable();
    let read = quantile(&read, 0.95).unwrap_or(0) as f64 / f64::from(1u32 << 30);
    // Where statements stay quick even if they take as much longer as there are fewer workers, nothing has to be known about
    // them. Else their tasks must say that they stay quick at worst, or plainly that they do not use what there is.
    let proportional = it.size.as_deref().and_then(memory).zip(memory(to)).map_or(f64::INFINITY, |(a, b)| a / b);
    let in_time = |now: f64, then: f64| now * proportional <= QUICK || then <= UNNOTICED.max(PLAINLY * now);
    in_time(then.p95_now, then.p95_then.high)
        && then.days(FULL_DAY).into_iter().all(|(now, then)| in_time(now, then))
        && then.long_and_slower(LONG, TOLERATED) <= LONG_SHARE
        && then.at_once <= AT_ONCE * f64::from(least)
        && memory(to).is_some_and(|it| read <= it.0)
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.1} s", milliseconds / 1000.0)
}

fn propose(
    cx: &Context<'_>,
    it: &Warehouse,
    queries: &[Query],
    profile: &WarehouseProfile,
    (steps, to, then): (usize, &str, &Resized),
) -> Opinion {
    let target = Target::Warehouse(it.key.clone());
    let from = it.size.clone().unwrap_or_default();
    let slower = then.p95_then.likely / then.p95_now.max(1.0);
    let score = [1.05, 1.2].iter().filter(|it| slower > **it).count() as u8;
    let mut parts = vec![risk::part(
        RiskDimension::Runtime,
        score,
        format!(
            "the slowest twentieth of the statements would take {} instead of {}, at worst {}",
            seconds(then.p95_then.likely),
            seconds(then.p95_now),
            seconds(then.p95_then.high)
        ),
    )];
    if cx.is_production(&it.tags) {
        parts.push(risk::production());
    }
    let minutes = |fact: &str, it: f64, source| Evidence::new(fact, Quantity::Minutes(Minutes(it / 60_000.0)), source);
    let up: f64 = profile.up.iter().map(|it| it.minutes() as f64).sum();
    let statements = queries.len();
    Opinion::Propose(Box::new(Proposal {
        action: Action::SetWarehouseSize { from: from.clone(), to: to.into() },
        title: format!("Make warehouse {} {to} instead of {from}", it.name),
        why: format!(
            "95 % of its {statements} statements took less than {} and would take less than {} on {to}; none of note \
             spilled or waited in the queue.",
            seconds(then.p95_now),
            seconds(then.p95_then.high)
        ),
        risk: risk::risk(parts),
        runtime: None,
        options: vec![],
        at_stake: None,
        evidence: vec![
            minutes("execution of a statement now, 95th percentile", then.p95_now, HISTORY),
            minutes("the same then, at worst", then.p95_then.high, Source::Replay),
            Evidence::new("statements that spill", Quantity::Fraction(Fraction(spilling(queries))), HISTORY),
            minutes("time in the queue, 95th percentile", queued(queries) as f64, HISTORY),
            Evidence::new(
                "statements at once then, 95th percentile",
                Quantity::Count(then.at_once as u64),
                Source::Replay,
            ),
            shape::hours("up in the window", up, EVENTS),
            Evidence::new("statements", Quantity::Count(statements as u64), HISTORY),
        ],
        alternatives: alternatives(it, queries, profile, steps),
        confidence: format!("{statements} statements over {:.0} days", cx.fleet.window.days()),
        rollback: format!("set the size back to {from}"),
        verify: "compare the 95th percentile of statements, spill and queueing over the next week".into(),
        gain: Gain::Money,
        target,
    }))
}

/// The next smaller size, and why it is not proposed.
fn alternatives(it: &Warehouse, queries: &[Query], profile: &WarehouseProfile, steps: usize) -> Vec<Alternative> {
    let next = it.size.as_deref().and_then(|size| smaller(size, steps + 1));
    let weighed = next.and_then(|to| {
        let then = resized(it, &profile.up, to)?;
        let verdict = if steps == MOST_STEPS {
            "more than four sizes at once is too large a step to foresee".to_owned()
        } else if fits(it, queries, &then, to) {
            "it fits".to_owned()
        } else {
            format!("95 % of the statements would take up to {}", seconds(then.p95_then.high))
        };
        Some(Alternative {
            label: "next smaller".into(),
            compute: to.into(),
            savings: None,
            runtime: None,
            risk: None,
            verdict,
        })
    });
    weighed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Statements, check, world};

    #[test]
    fn quick_statements_on_few_cores_fit_as_far_down_as_nobody_minds() {
        // 2 s on 4 of 64 cores: on 8 cores at worst 2 × (1 + 4/64 × 7) = 2.9 s.
        let fleet = world().sized_warehouse("bi", "MEDIUM", Statements::quick()).fleet();
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("Make warehouse bi 2X_SMALL instead of MEDIUM."), "{said}");
        assert!(said.contains("took less than 2.0 s and would take less than 2.9 s"), "{said}");
    }

    #[test]
    fn slow_statements_on_all_cores_keep_their_size() {
        let slow = Statements { seconds: 40, cores: 64, ..Statements::quick() };
        assert_eq!(check(&ADVISOR, &world().sized_warehouse("bi", "MEDIUM", slow).fleet()), "fine: warehouse bi");
    }

    #[test]
    fn statements_that_spill_or_queue_keep_their_size() {
        let spill = Statements { spilled: 1 << 30, ..Statements::quick() };
        assert_eq!(check(&ADVISOR, &world().sized_warehouse("bi", "MEDIUM", spill).fleet()), "fine: warehouse bi");
        let queue = Statements { queued_ms: 4_000, ..Statements::quick() };
        assert_eq!(check(&ADVISOR, &world().sized_warehouse("bi", "MEDIUM", queue).fleet()), "fine: warehouse bi");
    }

    #[test]
    fn a_few_statements_are_a_gap() {
        let few = Statements { every: 600, ..Statements::quick() };
        let said = check(&ADVISOR, &world().sized_warehouse("bi", "MEDIUM", few).fleet());
        assert!(said.starts_with("abstains on warehouse bi: it has 14 statements; 36 more are needed"), "{said}");
    }

    #[test]
    fn no_query_history_is_a_gap() {
        let mut fleet = world().sized_warehouse("bi", "MEDIUM", Statements::quick()).fleet();
        fleet.warehouses.values_mut().for_each(|it| it.queries = None);
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("abstains on warehouse bi: system.query.history"), "{said}");
    }
}
