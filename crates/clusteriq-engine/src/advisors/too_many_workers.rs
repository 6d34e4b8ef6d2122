//! # Too many workers
//!
//! ## What it finds
//! Jobs whose own cluster has more workers than their demand needs: less than 40 % of the workers' CPU is used at the
//! median, and a replay of the measured runs on fewer workers fits.
//!
//! ## What it costs
//! Every worker is billed twice, in DBUs and as a machine, for as long as the run takes. The saving is the difference of
//! the job's cost now and on the smaller cluster, with the longer run time that the replay expects.
//!
//! ## When it is silent
//! Fewer than five successful runs with telemetry on the present configuration, streaming, several clusters per run, input
//! that grows; and when CPU is above 80 % in more than 5 % of minutes, memory above 70 %, the workers wait for disk or network,
//! or every smaller size would exceed the memory limit or the tolerated slow-down: of all runs together, and of the worst one
//! alone, such as the one at month's end. An autoscaling cluster that stays at its minimum or its maximum is another finding.
//!
//! ## Risk
//! Memory peak on the workers that are left, run time, and crowded minutes, each from the replay; production adds one.
//!
//! ## Sources
//! `system.compute.node_timeline`, `system.lakeflow.job_run_timeline`, `system.compute.clusters`, `system.billing.usage`.
//! The 40 % line is what Databricks' published cost queries and practitioners use as a first screen (read 2026-11); the
//! decision is the replay's.

use clusteriq_model::{
    Action, AdvisorId, Chart, Compute, Evidence, JobKey, Marker, Quantity, RiskDimension, Size, Source, Target,
};

use super::fit;
use super::shape::{self, NODES, RUNS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::risk;
use crate::whatif::{Quote, job_on};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("too-many-workers"),
    detection: "D01",
    title: "Cut the workers of jobs that use little of them",
    source: include_str!("too_many_workers.rs"),
    advise,
};

/// Median CPU of the workers above which a cut is not considered.
const BUSY_MEDIAN: f64 = 0.40;
/// CPU that counts as a peak, and the share of minutes that may have one.
const PEAK: (f64, f64) = (0.80, 0.05);
/// 95th percentile of the fullest worker's memory above which a cut is not considered.
const MEMORY: f64 = 0.70;
/// A cut of less than a fifth of the workers is within what the replay may be wrong by.
const LEAST_CUT: f64 = 0.8;
/// Other sizes that the joint plan may choose from.
const MOST_OPTIONS: usize = 5;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    own.map(|(key, job, profile)| {
        let why_not = shape::unsizable(job, profile).or_else(|| shape::grows(profile));
        why_not.map_or_else(|| judge(cx, key, profile), |why| shape::abstain(key, why))
    })
    .collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, profile: &JobProfile) -> Opinion {
    let Some(job) = cx.fleet.jobs.get(key) else { return shape::fine(key) };
    let Some(now) = &profile.compute else { return shape::fine(key) };
    let Some(size) = now.size else {
        return shape::abstain(key, "the size of its cluster is not known");
    };
    let d = &profile.demand;
    let (Some(median), Some(peaks), Some(memory)) =
        (d.cpu.quantile(0.5), d.cpu.share_above(PEAK.0), d.memory.quantile(0.95))
    else {
        return shape::abstain(key, "the size of its node types is not known");
    };
    let others = range_is_the_matter(profile, size);
    if size.most() < 2 || others || median >= BUSY_MEDIAN || peaks >= PEAK.1 || memory >= MEMORY {
        return shape::fine(key);
    }
    if fit::waits_for_io(profile) {
        return shape::fine(key);
    }
    let Some(before) = job_on(cx.fleet, profile, now) else {
        return shape::abstain(key, "its demand cannot be replayed: sizes or prices of its node types are not known");
    };
    let mut options: Vec<(Size, Quote)> = vec![];
    for workers in 1..size.most() {
        let to = shrunk(size, workers);
        let compute = Compute { size: Some(to), ..now.clone() };
        options.extend(job_on(cx.fleet, profile, &compute).map(|it| (to, it)));
    }
    // The last dollar is not worth a step of risk: the saving is weighed by it, as the plan's ranking does.
    let worth = |quote: &Quote| {
        let saving = shape::likely(&before.cost) - shape::likely(&quote.cost);
        saving / (1.0 + f64::from(risk::risk(risk::of_quote(quote)).score))
    };
    let mut held: Vec<(Size, Quote)> = options.iter().filter(|it| holds(cx, profile, size, it)).copied().collect();
    held.sort_by(|a, b| worth(&b.1).total_cmp(&worth(&a.1)));
    let Some((to, quote)) = held.first().copied() else { return shape::fine(key) };
    let mut parts = risk::of_quote(&quote);
    parts.push(risk::part(RiskDimension::Driver, 0, "the driver stays as it is"));
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let alternatives = options
        .iter()
        .filter(|it| it.0 != to && it.0.most() + 2 >= to.most() && it.0.most() <= to.most() + 2)
        .map(|(size, quote)| {
            let label = if size.most() < to.most() { "smaller" } else { "safer" };
            let score = risk::risk(risk::of_quote(quote)).score;
            shape::alternative(label, size.to_string(), &before.cost, quote, score, shape::verdict(cx, quote))
        })
        .collect();
    let used = d.cores.quantile(0.95).unwrap_or(0.0);
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: format!("Cut the workers of {} from {} to {}", job.name, spoken(size), spoken(to)),
        why: format!(
            "Half of the time its workers use less than {:.0} % of their CPU; in 95 % of minutes {used:.1} cores are enough. \
             Replayed on {to}, the runs take {:+.0} % longer and memory peaks at {:.0} % of a worker.",
            median * 100.0,
            (quote.stretch.likely - 1.0) * 100.0,
            quote.peak_memory * 100.0
        ),
        action: Action::SetWorkers { from: size, to },
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, &quote),
        evidence: evidence(cx, profile, now, (median, peaks), to),
        alternatives,
        confidence: profile.confidence(),
        rollback: format!("set the job cluster back to {size}"),
        verify: "compare run time and memory of the next five runs with the expected ones".into(),
        options: held[1..].iter().take(MOST_OPTIONS).map(|it| Action::SetWorkers { from: size, to: it.0 }).collect(),
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// Whether all runs together and the worst alone bear a size, and the cut is worth making.
fn holds(cx: &Context<'_>, profile: &JobProfile, from: Size, (to, quote): &(Size, Quote)) -> bool {
    let compute = profile.compute.clone().map(|it| Compute { size: Some(*to), ..it });
    f64::from(to.most()) <= LEAST_CUT * f64::from(from.most())
        && shape::tolerable(cx, quote)
        && compute.and_then(|it| fit::worst(cx, profile, &it)).is_some_and(|it| fit::bearable(cx, &it))
}

/// Whether an autoscaling cluster stays at an end of its range so long that the end is what has to change.
fn range_is_the_matter(profile: &JobProfile, size: Size) -> bool {
    fit::at_minimum(&profile.demand, size).is_some_and(|it| it >= fit::AT_MINIMUM)
        || fit::at_maximum(&profile.demand, size).is_some_and(|it| it >= fit::AT_MAXIMUM)
}

/// The same kind of size with at most so many workers.
fn shrunk(size: Size, workers: u32) -> Size {
    match size {
        Size::Fixed(_) => Size::Fixed(workers),
        Size::Autoscale { min, .. } if min >= workers => Size::Fixed(workers),
        Size::Autoscale { min, .. } => Size::Autoscale { min, max: workers },
    }
}

fn spoken(size: Size) -> String {
    match size {
        Size::Fixed(it) => it.to_string(),
        Size::Autoscale { min, max } => format!("{min}–{max}"),
    }
}

fn evidence(cx: &Context<'_>, profile: &JobProfile, now: &Compute, cpu: (f64, f64), to: Size) -> Vec<Evidence> {
    let (median, peaks) = cpu;
    let d = &profile.demand;
    let machine = crate::replay::Machine::of(&cx.fleet.catalog, now, now, &profile.response);
    let error = machine.as_ref().and_then(|it| crate::replay::own_error(&profile.traces, it));
    let mut chart = profile.traces.last().map(crate::report::run_chart);
    if let (Some(Chart::Series { levels, .. }), Some(machine)) = (&mut chart, &machine) {
        levels.push(Marker { label: format!("{to}, proposed"), value: f64::from(to.most()) * machine.cores });
    }
    let mut used = Evidence::new(
        "cores used by the workers, 95th percentile",
        Quantity::Cores(clusteriq_model::Cores(d.cores.quantile(0.95).unwrap_or(0.0))),
        NODES,
    )
    .with_runs(shape::run_ids(profile));
    used.chart = chart;
    [
        Some(used),
        shape::share("CPU of the workers, median", Some(median), NODES),
        shape::share("minutes with CPU above 80 %", Some(peaks), NODES),
        shape::share("memory of the fullest worker, highest", d.memory.quantile(1.0), NODES),
        profile.duration(0.5).map(|it| Evidence::new("run time, median", Quantity::Minutes(it), RUNS)),
        shape::share("error of the replay on the present size, median", error, Source::Replay),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_job_that_uses_a_quarter_of_its_cores_loses_workers() {
        let world = world().job("etl", 8, 4.0, 8.0).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.contains("Cut the workers of etl from 8 to "), "{said}");
    }

    #[test]
    fn a_job_that_needs_its_cores_is_fine() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet());
        assert_eq!(said, "fine: job 1");
    }

    #[test]
    fn memory_that_would_not_fit_keeps_the_workers_although_cpu_is_low() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 6.0).memory(0.66).runs(14, 60).fleet());
        assert!(said.starts_with("fine") || said.contains("from 8 to 7"), "{said}");
    }

    #[test]
    fn four_runs_are_too_few_to_judge() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 8.0).runs(4, 60).fleet());
        assert_eq!(said, "abstains on job 1: it has 4 successful runs; 1 more are needed");
    }

    #[test]
    fn one_heavy_run_at_months_end_keeps_the_workers_that_it_needs() {
        let usual = || world().job("etl", 8, 4.0, 6.0).runs(14, 60);
        assert!(check(&ADVISOR, &usual().fleet()).starts_with("Cut the workers"));
        // 31 of 32 cores in one run of fourteen: no smaller size bears it.
        assert_eq!(check(&ADVISOR, &usual().heavy(&[13], 31.0).fleet()), "fine: job 1");
    }

    #[test]
    fn a_failed_run_that_filled_the_memory_keeps_the_workers() {
        let world = world().job("etl", 8, 4.0, 6.0).runs(14, 60).full(&[13], 0.9).failing(&[13]);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }

    #[test]
    fn input_that_grows_by_two_percent_a_day_cannot_be_sized() {
        // 1.02^30 = 1.81.
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 5.0).runs(14, 60).growing(0.02).fleet());
        assert!(said.starts_with("abstains on job 1: its runs do 81 % more work in 30 days"), "{said}");
    }

    #[test]
    fn only_runs_on_the_present_configuration_count() {
        let world = world().job("etl", 8, 4.0, 6.0).runs(14, 60).earlier(10, 4);
        assert_eq!(
            check(&ADVISOR, &world.fleet()),
            "abstains on job 1: 4 of its 14 successful runs are on its present configuration; 1 more are needed"
        );
    }

    #[test]
    fn workers_that_wait_for_io_are_not_idle() {
        let world = world().job("etl", 8, 4.0, 6.0).runs(14, 60).waiting(0.3);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1");
    }
}
