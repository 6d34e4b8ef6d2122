//! # High minimum of workers
//!
//! ## What it finds
//! Autoscaling jobs and all-purpose clusters that are at their minimum in at least half of their minutes of work, although half
//! of these minutes need no more than six tenths of it, in cores or in memory.
//!
//! ## What it costs
//! The workers between what is needed and the minimum, in DBUs and as machines, for as long as the cluster is at its minimum.
//! An all-purpose cluster's minutes without use are at the minimum too.
//!
//! ## When it is silent
//! Fixed sizes; ranges that are left upwards most of the time; jobs with fewer than five runs with telemetry, that run without
//! pause, or that grow; all-purpose clusters with less than five hours of use on seven days; workers that wait for disk or
//! network. A minimum that makes the worst run too slow or too full is not proposed.
//!
//! ## Risk
//! A burst waits two to five minutes for workers that were there before.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.compute.clusters`, `system.lakeflow.job_run_timeline`, `system.billing.usage`.

use clusteriq_model::{AdvisorId, Evidence, Fraction, Quantity, RiskDimension, Size, Source};

use super::fit;
use super::range::{self, Range};
use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::risk;
use crate::whatif::Quote;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("high-minimum-workers"),
    detection: "D19",
    title: "Lower minimums that are more than what is needed",
    source: include_str!("high_minimum_workers.rs"),
    advise,
};

/// Share of the minimum that half of the minutes may need at most.
const NEEDED: f64 = 0.60;
/// Share of minutes of use in which an all-purpose cluster's people may wait for more workers.
const WAITING: f64 = 0.10;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    range::all(cx, |it| judge(cx, it))
}

fn judge(cx: &Context<'_>, it: &Range<'_>) -> Opinion {
    let (min, max) = (it.used.min, it.used.max);
    let needed = it.used.needed(0.5);
    let high = it.used.at_minimum() >= fit::AT_MINIMUM && needed <= NEEDED * f64::from(min);
    if min < 2 || !high || it.job.is_some_and(fit::waits_for_io) {
        return Opinion::Fine(it.target.clone());
    }
    let mut held: Vec<(Size, Option<Quote>, f64)> = vec![];
    for to in (1..min).map(|min| Size::Autoscale { min, max }) {
        let quote = it.quote(cx, to);
        let holds = if it.job.is_some() { quote.is_some() } else { it.used.exceeds(to.least()) <= WAITING };
        if !holds {
            continue;
        }
        let score = quote.map_or(1, |it| risk::risk(risk::of_quote(&it)).score);
        held.push((to, quote, it.saving(cx, to).0 / (1.0 + f64::from(score))));
    }
    held.sort_by(|a, b| b.2.total_cmp(&a.2));
    let Some((to, quote, _)) = held.first().copied().filter(|it| it.2 > 0.0) else {
        return Opinion::Fine(it.target.clone());
    };
    let waits = it.used.exceeds(to.least());
    let mut parts = vec![risk::part(
        RiskDimension::Cpu,
        if waits > 0.02 { 2 } else { 1 },
        format!("{:.0} % of minutes need more than {} workers and wait for them", waits * 100.0, to.least()),
    )];
    parts.extend(quote.iter().flat_map(risk::of_quote).filter(|it| it.dimension != RiskDimension::Cpu));
    if it.production {
        parts.push(risk::production());
    }
    let minimum = |it: &Size| format!("{} workers", it.least());
    Opinion::Propose(Box::new(Proposal {
        target: it.target.clone(),
        action: it.action(to),
        title: format!("Lower the minimum of {} from {min} workers to {}", it.name, to.least()),
        why: format!(
            "It is at its minimum of {min} workers in {:.0} % of its minutes of work; half of them need no more than {needed:.1}, \
             95 % no more than {:.1}. Its maximum of {max} stays.",
            it.used.at_minimum() * 100.0,
            it.used.needed(0.95)
        ),
        risk: risk::risk(parts),
        runtime: it.job.zip(quote.as_ref()).and_then(|(profile, quote)| shape::runtime(profile, quote)),
        evidence: evidence(it, needed),
        alternatives: vec![],
        confidence: it.confidence.clone(),
        rollback: format!("set the minimum back to {min} workers"),
        verify: format!(
            "compare run time and cost of the next five runs or days; at {} it should rarely scale up",
            minimum(&to)
        ),
        options: held[1..]
            .iter()
            .filter(|it| it.2 > 0.0)
            .take(range::MOST_OPTIONS)
            .map(|other| it.action(other.0))
            .collect(),
        at_stake: None,
        gain: Gain::Money,
    }))
}

fn evidence(it: &Range<'_>, needed: f64) -> Vec<Evidence> {
    let count = |fact: &str, value: u32| Evidence::new(fact, Quantity::Count(u64::from(value)), CLUSTERS);
    let text = |fact: &str, value: f64| {
        Evidence::new(fact, Quantity::Text(format!("{value:.1} workers")), Source::SystemTable(NODES.name()))
    };
    let mut at_minimum =
        Evidence::new("minutes of work at the minimum", Quantity::Fraction(Fraction(it.used.at_minimum())), NODES)
            .with_chart(it.used.chart());
    at_minimum.runs = it.job.map(shape::run_ids).unwrap_or_default();
    vec![
        at_minimum,
        text("workers needed, median", needed),
        text("workers needed, 95th percentile", it.used.needed(0.95)),
        count("minimum now", it.used.min),
        count("maximum now", it.used.max),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_job_that_needs_two_of_its_eight_least_workers_gets_a_lower_minimum() {
        // 6 cores ÷ (0.85 × 4) = 1.8 workers.
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 6.0).autoscale(8, 12).runs(14, 60).fleet());
        assert!(said.starts_with("Lower the minimum of etl from 8 workers to "), "{said}");
        assert!(said.contains(
            "at its minimum of 8 workers in 100 % of its minutes of work; half of them need no more than 1.8"
        ));
    }

    #[test]
    fn a_job_that_needs_its_minimum_is_fine() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 26.0).autoscale(8, 12).runs(14, 60).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn a_minimum_that_memory_needs_stays() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 6.0).memory(0.75).autoscale(8, 12).runs(14, 60).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn one_run_at_months_end_whose_memory_fills_the_minimum_keeps_it() {
        // 8 × (12.8 − 1.6) GiB on seven workers: (12.8 + 1.6) ÷ 16 = 90 %.
        let usual = world().job("etl", 8, 4.0, 6.0).autoscale(8, 12).runs(14, 60);
        assert_eq!(check(&ADVISOR, &usual.full(&[13], 0.8).fleet()), "fine: job 1");
    }

    #[test]
    fn a_cluster_for_people_that_need_two_of_eight_gets_a_lower_minimum() {
        let sessions: Vec<_> = (0..10).map(|day| (day, 9, 15)).collect();
        let said = check(&ADVISOR, &world().shared("team", Some(60), &sessions).shared_range(8, 12).fleet());
        assert!(said.starts_with("Lower the minimum of team from 8 workers to "), "{said}");
    }

    #[test]
    fn a_cluster_used_on_three_days_cannot_be_judged() {
        let sessions: Vec<_> = (0..3).map(|day| (day, 9, 15)).collect();
        let said = check(&ADVISOR, &world().shared("team", Some(60), &sessions).shared_range(8, 12).fleet());
        assert!(said.starts_with("abstains on cluster team: it was used in"), "{said}");
    }

    #[test]
    fn a_fixed_size_has_no_minimum() {
        assert_eq!(check(&ADVISOR, &world().job("etl", 8, 4.0, 6.0).runs(14, 60).fleet()), "");
    }
}
