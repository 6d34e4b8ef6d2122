//! # Continuous pipeline
//!
//! ## What it finds
//! Pipelines that run without pause although their clusters work in less than 30 % of the minutes, in bursts at least a
//! quarter of an hour apart. The trigger that is proposed is the longest of 15, 30, 60, 180 and 360 minutes that is not
//! longer than the time between two bursts (median).
//!
//! ## What it costs
//! DBUs and machines of the whole uptime. With a trigger each update keeps its start-up, the work that came in since the
//! last one, and two minutes of setting up; the rest is saved. In development mode the cluster would stay up after each
//! update, and that is counted.
//!
//! ## When it is silent
//! Steady load, or bursts every few minutes: a trigger would never rest. It cannot judge pipelines on serverless compute
//! (their idle time is not in the data), without telemetry, or with less than a week of it.
//!
//! ## Risk
//! Data arrives up to one interval later. Who reads it, and when, is not in these tables.
//!
//! ## Sources
//! `system.lakeflow.pipelines`, `system.lakeflow.pipeline_update_timeline`, `system.compute.node_timeline`,
//! `system.billing.usage`, `pipelines/get`. Modes: <https://docs.databricks.com/aws/en/ldp/pipeline-mode>, read 2026-11.

use clusteriq_model::{
    Action, AdvisorId, Alternative, Evidence, Fraction, Minutes, Pipeline, Quantity, RiskDimension, Source, Target,
};

use super::shape::{self, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::PipelineProfile;
use crate::risk;
use crate::scenario::pipelines::triggered_minutes;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("continuous-pipeline"),
    detection: "D45",
    title: "Trigger pipelines that run without pause and mostly wait",
    source: include_str!("continuous_pipeline.rs"),
    advise,
};

const PIPELINES: Source = Source::SystemTable("system.lakeflow.pipelines");

/// Days of telemetry that a judgement needs.
const LEAST_DAYS: usize = 7;
/// Share of the updates' minutes that telemetry must cover.
const LEAST_COVERAGE: f64 = 0.8;
/// Working share from which it stays continuous.
const BUSY: f64 = 0.30;
/// Share of the uptime that a trigger must at least save.
const LEAST_REST: f64 = 0.30;
/// Intervals to choose from, minutes.
const EVERY: [f64; 5] = [360.0, 180.0, 60.0, 30.0, 15.0];
/// How much shorter than the interval the time between bursts may be.
const SLACK: f64 = 1.05;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let here = cx.fleet.pipelines.values().filter(|it| it.deleted.is_none());
    here.filter_map(|it| Some(judge(cx, it, cx.profiles.pipelines.get(&it.key)?))).collect()
}

fn judge(cx: &Context<'_>, it: &Pipeline, profile: &PipelineProfile) -> Opinion {
    let target = Target::Pipeline(it.key.clone());
    let abstain = |why: String| Opinion::Abstain(Target::Pipeline(it.key.clone()), why);
    let window = cx.fleet.window.days() * 1440.0;
    if !it.continuous.unwrap_or_else(|| profile.looks_continuous(window)) {
        return Opinion::Fine(target);
    }
    let billed = cx.fleet.bill.pipelines.get(&it.key).is_some_and(|it| it.usd.0 > clusteriq_model::Decimal::ZERO);
    if profile.up.is_empty() && cx.fleet.bill.records == 0 {
        return abstain(shape::NO_BILL.into());
    }
    if profile.up.is_empty() && !billed {
        return Opinion::Fine(target);
    }
    if it.serverless == Some(true) {
        return abstain("it runs on serverless compute, whose idle time is not in the data".into());
    }
    if profile.up.is_empty() {
        return abstain("it was billed but its clusters have no telemetry".into());
    }
    if profile.days < LEAST_DAYS {
        let more = LEAST_DAYS - profile.days;
        return abstain(format!("it has telemetry of {} days; {more} more are needed", profile.days));
    }
    if let Some(coverage) = profile.coverage.filter(|it| *it < LEAST_COVERAGE) {
        return abstain(format!(
            "telemetry covers {} of its updates' minutes; {} are needed",
            Fraction(coverage),
            Fraction(LEAST_COVERAGE)
        ));
    }
    if profile.busy_share() >= BUSY {
        return Opinion::Fine(target);
    }
    let longest = profile.period().map_or(EVERY[0], |it| it.0 * SLACK);
    let Some(every) = EVERY.into_iter().find(|it| *it <= longest) else { return Opinion::Fine(target) };
    let rest = 1.0 - triggered_minutes(profile, Minutes(every), 0) / profile.up_minutes();
    if rest < LEAST_REST {
        return Opinion::Fine(target);
    }
    propose(cx, it, profile, Minutes(every), rest)
}

fn propose(cx: &Context<'_>, it: &Pipeline, profile: &PipelineProfile, every: Minutes, rest: f64) -> Opinion {
    let target = Target::Pipeline(it.key.clone());
    let mut parts = vec![risk::part(
        RiskDimension::People,
        if every.0 <= 30.0 { 1 } else { 2 },
        format!("data arrives up to {every} later; bursts of work are {} apart now", apart(profile)),
    )];
    if cx.is_production(&it.tags) {
        parts.push(risk::production());
    }
    let bursts = profile.bursts().len() as u64;
    let busy = Fraction(profile.busy_share());
    let mut evidence = vec![
        Evidence::new("minutes in which its cluster works", Quantity::Fraction(busy), NODES),
        shape::hours("up in the window", profile.up_minutes(), NODES),
        Evidence::new("bursts of work", Quantity::Count(bursts), NODES),
        Evidence::new("uptime that a trigger saves", Quantity::Fraction(Fraction(rest)), Source::Replay),
        Evidence::new("mode", Quantity::Text("continuous".into()), PIPELINES),
    ];
    let period = profile.period();
    evidence.extend(period.map(|it| Evidence::new("time between bursts, median", Quantity::Minutes(it), NODES)));
    let busiest = crate::profile::pipeline::update_clusters(cx.fleet, it).max_by_key(|it| it.minutes.len());
    evidence[0].chart = busiest.and_then(crate::report::use_chart);
    Opinion::Propose(Box::new(Proposal {
        title: format!("Trigger pipeline {} every {every} instead of running it without pause", it.name),
        why: format!(
            "Its cluster was up for {} in the window and worked in {busy} of that, in bursts {} apart.",
            Minutes(profile.up_minutes()),
            apart(profile)
        ),
        risk: risk::risk(parts),
        runtime: None,
        options: vec![],
        at_stake: None,
        evidence,
        alternatives: fresher(cx, &target, every),
        confidence: format!("{} days of telemetry, {bursts} bursts", profile.days),
        rollback: "switch continuous on again".into(),
        verify: "nobody misses fresher data within a week, and updates end well before the next one starts".into(),
        gain: Gain::Money,
        action: Action::TriggerPipeline { every },
        target,
    }))
}

fn apart(profile: &PipelineProfile) -> String {
    profile.period().map_or("more than the window".into(), |it| it.to_string())
}

/// Shorter intervals, for those who need fresher data.
fn fresher(cx: &Context<'_>, target: &Target, every: Minutes) -> Vec<Alternative> {
    let touched = std::collections::BTreeSet::from([target.clone()]);
    let shorter = EVERY.into_iter().filter(|it| *it < every.0).take(2);
    let weighed = shorter.filter_map(|minutes| {
        let action = Action::TriggerPipeline { every: Minutes(minutes) };
        let after = cx.today.with(target, &action).cost(&touched)?;
        let savings = crate::plan::savings(&cx.today.cost(&touched)?, &after)?.total;
        Some(Alternative {
            label: "fresher".into(),
            compute: format!("triggered every {}", Minutes(minutes)),
            savings: Some(savings),
            runtime: None,
            risk: None,
            verdict: "it saves less".into(),
        })
    });
    weighed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_pipeline_that_works_six_minutes_an_hour_is_to_be_triggered() {
        let said = check(&ADVISOR, &world().continuous_pipeline("orders", 60, 6).fleet());
        assert!(said.starts_with("Trigger pipeline orders every 60 min instead of"), "{said}");
        assert!(said.contains("worked in 10.0 % of that, in bursts 60 min apart"), "{said}");
    }

    #[test]
    fn steady_load_and_bursts_every_few_minutes_stay_continuous() {
        for (every, burst) in [(60, 60), (60, 30), (8, 2)] {
            let said = check(&ADVISOR, &world().continuous_pipeline("orders", every, burst).fleet());
            assert_eq!(said, "fine: pipeline orders", "{burst} of {every} minutes");
        }
    }

    #[test]
    fn a_triggered_pipeline_is_fine() {
        let fleet = world().development_pipeline("lab", &[9], "job_task").fleet();
        assert_eq!(check(&ADVISOR, &fleet), "fine: pipeline lab");
    }

    #[test]
    fn no_telemetry_and_serverless_are_gaps() {
        let mut fleet = world().continuous_pipeline("orders", 60, 6).fleet();
        fleet.clusters.values_mut().for_each(|it| it.minutes = clusteriq_model::Demand::default());
        let said = check(&ADVISOR, &fleet);
        assert_eq!(said, "abstains on pipeline orders: it was billed but its clusters have no telemetry");
        fleet.pipelines.values_mut().for_each(|it| it.serverless = Some(true));
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("abstains on pipeline orders: it runs on serverless compute"), "{said}");
    }
}
