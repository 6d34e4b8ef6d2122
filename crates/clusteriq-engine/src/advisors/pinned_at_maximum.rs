//! # Pinned at the maximum
//!
//! ## What it finds
//! Autoscaling jobs and all-purpose clusters that have their most workers most of the time. Where they have them in half of
//! their minutes of work and the workers' CPU is below 50 % at the median, tasks that wait for something else have grown the
//! cluster: a lower maximum does. Where they have them in eight tenths and CPU is above 85 % in a tenth of the minutes and busy at
//! the median, the maximum is what holds it up.
//!
//! ## What it costs
//! A maximum that is too high: the workers above what is needed, in DBUs and as machines. A maximum that is too low costs time, not
//! money, and raising it is no saving: the same work on more workers costs about the same and ends sooner.
//!
//! ## When it is silent
//! Fixed sizes; jobs with fewer than five runs with telemetry, that run without pause, or that grow; all-purpose clusters with less
//! than five hours of use on seven days; workers that wait for disk or network. A maximum that makes the worst run too slow or too
//! full is not proposed, nor is a higher one that the replay expects to change nothing.
//!
//! ## Risk
//! Lower: run time and memory on the workers that are left, from the replay. Higher: quota, and a dearer run if the work does not
//! spread.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.compute.clusters`, `system.lakeflow.job_run_timeline`, `system.billing.usage`.

use clusteriq_model::{AdvisorId, Evidence, Fraction, Quantity, RiskDimension, Size};

use super::fit;
use super::range::{self, Range};
use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::risk;
use crate::whatif::{Quote, job_on};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("pinned-at-maximum"),
    detection: "D20",
    title: "Move maximums at which autoscaling is stuck",
    source: include_str!("pinned_at_maximum.rs"),
    advise,
};

/// Share of minutes at the maximum from which idle workers are the maximum's doing.
const OFTEN: f64 = 0.5;
/// Median CPU below which the cluster is larger than its work.
const IDLE: f64 = 0.50;
/// CPU, 90th percentile and median, above which its work is larger than the cluster.
const FULL: (f64, f64) = (0.85, 0.70);
/// A cut of less than a fifth of the workers is within what the replay may be wrong by.
const LEAST_CUT: f64 = 0.8;
/// Share of minutes of use that may need more than an all-purpose cluster's lower maximum.
const CROWDED: f64 = 0.03;
/// A higher maximum, against the present one, and the run time below which it is worth it.
const HIGHER: f64 = 1.5;
const SOONER: f64 = 0.93;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    range::all(cx, |it| judge(cx, it))
}

fn judge(cx: &Context<'_>, it: &Range<'_>) -> Opinion {
    let fine = || Opinion::Fine(it.target.clone());
    if it.used.at_maximum() < OFTEN || it.job.is_some_and(fit::waits_for_io) {
        return fine();
    }
    if it.used.cpu(0.5) < IDLE {
        return lower(cx, it).unwrap_or_else(fine);
    }
    if it.used.at_maximum() >= fit::AT_MAXIMUM && it.used.cpu(0.9) > FULL.0 && it.used.cpu(0.5) > FULL.1 {
        return higher(cx, it).unwrap_or_else(fine);
    }
    fine()
}

fn lower(cx: &Context<'_>, it: &Range<'_>) -> Option<Opinion> {
    let (min, max) = (it.used.min, it.used.max);
    let mut held: Vec<(Size, Option<Quote>, f64)> = vec![];
    for workers in (1..max).filter(|to| f64::from(*to) <= LEAST_CUT * f64::from(max)) {
        // A job that is always at the end of its range is as well off with a fixed size, and that can be replayed: what its
        // autoscaling reacts to is not in the data.
        let to = match it.job {
            None if workers > min => Size::Autoscale { min, max: workers },
            None | Some(_) => Size::Fixed(workers),
        };
        let quote = it.quote(cx, to);
        let holds = if it.job.is_some() { quote.is_some() } else { it.used.exceeds(workers) <= CROWDED };
        if holds {
            let score = quote.map_or(1, |it| risk::risk(risk::of_quote(&it)).score);
            held.push((to, quote, it.saving(cx, to).0 / (1.0 + f64::from(score))));
        }
    }
    held.sort_by(|a, b| b.2.total_cmp(&a.2));
    let (to, quote, _) = held.first().copied().filter(|it| it.2 > 0.0)?;
    let crowded = it.used.exceeds(to.most());
    let mut parts = vec![risk::part(
        RiskDimension::Cpu,
        if crowded > 0.01 { 2 } else { 1 },
        format!("{:.0} % of minutes need more than {} workers", crowded * 100.0, to.most()),
    )];
    parts.extend(quote.iter().flat_map(risk::of_quote).filter(|it| it.dimension != RiskDimension::Cpu));
    if it.production {
        parts.push(risk::production());
    }
    let why = format!(
        "It has its most workers, {max}, in {:.0} % of its minutes of work, but half of the time uses less than {:.0} % of their CPU: \
         95 % of minutes need no more than {:.1} workers.",
        it.used.at_maximum() * 100.0,
        it.used.cpu(0.5) * 100.0,
        it.used.needed(0.95)
    );
    Some(Opinion::Propose(Box::new(Proposal {
        title: match to {
            Size::Fixed(to) => format!("Give {} {to} workers instead of up to {max}", it.name),
            Size::Autoscale { max: to, .. } => {
                format!("Lower the maximum of {} from {max} workers to {to}", it.name)
            }
        },
        why,
        action: it.action(to),
        risk: risk::risk(parts),
        runtime: it.job.zip(quote.as_ref()).and_then(|(profile, quote)| shape::runtime(profile, quote)),
        options: held[1..]
            .iter()
            .filter(|it| it.2 > 0.0)
            .take(range::MOST_OPTIONS)
            .map(|other| it.action(other.0))
            .collect(),
        gain: Gain::Money,
        at_stake: None,
        ..common(it)
    })))
}

fn higher(cx: &Context<'_>, it: &Range<'_>) -> Option<Opinion> {
    let (min, max) = (it.used.min, it.used.max);
    let to = Size::Autoscale { min, max: (f64::from(max) * HIGHER).ceil() as u32 };
    let quotes = it.job.and_then(|profile| {
        // It will be at its maximum again: what it wants beyond that is not in the data, only that it wants more.
        let compute = clusteriq_model::Compute { size: Some(Size::Fixed(to.most())), ..it.compute.clone() };
        Some((job_on(cx.fleet, profile, &it.compute)?, job_on(cx.fleet, profile, &compute)?))
    });
    if it.job.is_some() && quotes.is_none_or(|it| it.1.stretch.likely > SOONER) {
        return None;
    }
    let expected = quotes.map_or_else(
        || "How much sooner its work ends is not known; it costs more only while it has more workers.".into(),
        |(before, after)| {
            let cost = shape::likely(&after.cost) / shape::likely(&before.cost).max(1e-9) - 1.0;
            format!(
                "With up to {} workers a run is expected to take {:+.0} % as long and to cost {:+.0} %.",
                to.most(),
                (after.stretch.likely - 1.0) * 100.0,
                cost * 100.0
            )
        },
    );
    let why = format!(
        "It has its most workers, {max}, in {:.0} % of its minutes of work, and their CPU is at {:.0} % (median). {expected} This \
         saves time and no money.",
        it.used.at_maximum() * 100.0,
        it.used.cpu(0.5) * 100.0
    );
    let spent = cx.today.cost(&std::collections::BTreeSet::from([it.target.clone()])).and_then(|it| it.total());
    Some(Opinion::Propose(Box::new(Proposal {
        title: format!("Raise the maximum of {} from {max} workers to {}", it.name, to.most()),
        why,
        action: it.action(to),
        risk: risk::risk(vec![risk::part(
            RiskDimension::Runtime,
            2,
            format!("{} more workers may cost more than they save time, and need quota", to.most() - max),
        )]),
        runtime: it.job.zip(quotes.as_ref()).and_then(|(profile, quotes)| shape::runtime(profile, &quotes.1)),
        options: vec![],
        at_stake: spent.map(|it| it.likely),
        gain: Gain::Other,
        ..common(it)
    })))
}

/// What both changes say.
fn common(it: &Range<'_>) -> Proposal {
    let share = |fact: &str, value: f64| Evidence::new(fact, Quantity::Fraction(Fraction(value)), NODES);
    let mut at_maximum = share("minutes of work at the maximum", it.used.at_maximum()).with_chart(it.used.chart());
    at_maximum.runs = it.job.map(shape::run_ids).unwrap_or_default();
    Proposal {
        target: it.target.clone(),
        action: it.action(it.size()),
        title: String::new(),
        why: String::new(),
        risk: risk::risk(vec![]),
        runtime: None,
        options: vec![],
        at_stake: None,
        evidence: vec![
            at_maximum,
            share("CPU of the workers, median", it.used.cpu(0.5)),
            share("CPU of the workers, 90th percentile", it.used.cpu(0.9)),
            Evidence::new("maximum now", Quantity::Count(u64::from(it.used.max)), CLUSTERS),
        ],
        alternatives: vec![],
        confidence: it.confidence.clone(),
        rollback: format!("set autoscaling back to {}", it.size()),
        verify: "compare run time and cost of the next five runs, or of a week, with the expected ones".into(),
        gain: Gain::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_range_stuck_at_its_top_with_idle_workers_gets_a_lower_top() {
        // 8 of 32 cores are used.
        let world = world().job("etl", 2, 4.0, 8.0).autoscale(2, 8).held_at(8).memory(0.2).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.starts_with("Give etl ") && said.contains("workers instead of up to 8"), "{said}");
        assert!(said.contains("most workers, 8, in 100 % of its minutes of work"), "{said}");
    }

    #[test]
    fn a_range_stuck_at_its_top_with_full_workers_may_grow_and_saves_nothing() {
        let world = world().job("etl", 2, 4.0, 64.0).autoscale(2, 8).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.starts_with("Raise the maximum of etl from 8 workers to 12"), "{said}");
        assert!(said.contains("This saves time and no money"), "{said}");
    }

    #[test]
    fn idle_workers_that_hold_memory_stay() {
        let world = world().job("etl", 2, 4.0, 8.0).autoscale(2, 8).held_at(8).memory(0.8).runs(14, 60);
        let fleet = world.full(&(0..14).collect::<Vec<_>>(), 0.8).fleet();
        assert_eq!(check(&ADVISOR, &fleet), "fine: job 1");
    }

    #[test]
    fn workers_that_wait_for_io_are_not_idle() {
        let world = world().job("etl", 2, 4.0, 8.0).autoscale(2, 8).held_at(8).memory(0.2).runs(14, 60).waiting(0.3);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn one_run_that_needs_all_workers_keeps_the_maximum() {
        let world = world().job("etl", 2, 4.0, 8.0).autoscale(2, 8).held_at(8).memory(0.2).runs(14, 60);
        let said = check(&ADVISOR, &world.heavy(&[13], 31.0).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn three_runs_are_too_few() {
        let world = world().job("etl", 2, 4.0, 8.0).autoscale(2, 8).held_at(8).runs(3, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "abstains on job 1: it has 3 successful runs; 2 more are needed");
    }
}
