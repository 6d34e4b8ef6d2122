//! # Autoscaling that never scales up
//!
//! ## What it finds
//! Autoscaling jobs and all-purpose clusters that stayed at their minimum in 98 % of minutes after start-up, over at least
//! ten runs or twenty hours.
//!
//! ## What it costs
//! Nothing by itself: workers that are never added are never billed. A fixed size makes cost and run time predictable and
//! removes the surprise of a runaway maximum. If the minimum is too high as well, cutting it is a recommendation of its own.
//!
//! ## When it is silent
//! Less history, or any scaling up.
//!
//! ## Risk
//! The head-room for a burst goes. Nothing that happened in the window needed it.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.compute.clusters`.

use std::collections::BTreeMap;

use clusteriq_model::{Action, AdvisorId, Chart, Compute, Evidence, Quantity, RiskDimension, Size, Target};

use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::risk;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("autoscaling-never-scales"),
    detection: "D03",
    title: "Fix the size of clusters whose autoscaling never scales up",
    source: include_str!("autoscaling_never_scales.rs"),
    advise,
};

const LEAST_RUNS: usize = 10;
const LEAST_MINUTES: u64 = 20 * 60;
const AT_MINIMUM: f64 = 0.98;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let jobs = shape::jobs(cx).filter_map(|(key, job, profile)| {
        let target = Target::Job(key.clone());
        let runs = profile.traces.len();
        let compute = profile.compute.as_ref()?;
        let enough = runs >= LEAST_RUNS || profile.demand.minutes >= LEAST_MINUTES;
        let workers = &profile.demand.workers;
        judge(target, &job.name, compute, workers, enough, &profile.confidence())
    });
    let clusters = shape::shared_clusters(cx).filter_map(|(target, cluster, profile)| {
        let compute = &cluster.config().compute;
        let hours = profile.demand.minutes / 60;
        let enough = profile.demand.minutes >= LEAST_MINUTES;
        judge(target, &cluster.name, compute, &profile.demand.workers, enough, &format!("{hours} hours of telemetry"))
    });
    jobs.chain(clusters).collect()
}

fn judge(
    target: Target,
    name: &str,
    compute: &Compute,
    workers: &BTreeMap<u16, u64>,
    enough: bool,
    confidence: &str,
) -> Option<Opinion> {
    let Some(Size::Autoscale { min, max }) = compute.size else { return None };
    if min == max {
        return Some(Opinion::Fine(target));
    }
    if !enough {
        return Some(Opinion::Abstain(
            target,
            "ten runs or twenty hours of telemetry are needed to say that it never scales".into(),
        ));
    }
    let minutes: u64 = workers.values().sum();
    let at_minimum: u64 = workers.iter().filter(|it| u32::from(*it.0) <= min).map(|it| it.1).sum();
    let share = at_minimum as f64 / minutes.max(1) as f64;
    if share < AT_MINIMUM {
        return Some(Opinion::Fine(target));
    }
    let bars = workers.iter().map(|(workers, minutes)| (format!("{workers} workers"), *minutes as f64));
    let chart = Chart::Bars { title: "minutes by number of workers".into(), unit: "min".into(), bars: bars.collect() };
    Some(Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::SetWorkers { from: Size::Autoscale { min, max }, to: Size::Fixed(min) },
        title: format!("Fix {name} at {min} workers: its autoscaling never scales up"),
        why: format!(
            "It may grow to {max} workers but was at its minimum of {min} in {:.0} % of its minutes. This saves nothing by \
             itself; it makes run time and cost predictable.",
            share * 100.0
        ),
        risk: risk::risk(vec![risk::part(
            RiskDimension::Cpu,
            1,
            format!("the head-room of {} workers goes; nothing in the window used it", max - min),
        )]),
        runtime: None,
        evidence: vec![
            Evidence::new("minutes at the minimum", Quantity::Fraction(clusteriq_model::Fraction(share)), NODES)
                .with_chart(chart),
            Evidence::new("maximum allowed", Quantity::Count(u64::from(max)), CLUSTERS),
        ],
        alternatives: vec![],
        confidence: confidence.into(),
        rollback: format!("set autoscaling back to {min}–{max}"),
        verify: "the run time of the next runs stays as it is".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Other,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_range_that_is_never_used_becomes_a_number_and_saves_nothing() {
        let world = world().job("etl", 2, 4.0, 7.0).autoscale(2, 8).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.contains("Fix etl at 2 workers") && said.contains("saves nothing by itself"), "{said}");
    }

    #[test]
    fn a_fixed_size_is_not_judged() {
        assert_eq!(check(&ADVISOR, &world().job("etl", 2, 4.0, 7.0).runs(14, 60).fleet()), "");
    }
}
