//! # No timeout
//!
//! ## What it finds
//! Jobs without a timeout of which a run took more than three times as long as the 95th percentile of the others, and at
//! least an hour longer, whether it ended, was stopped or still goes on.
//!
//! ## What it costs
//! What those runs were billed beyond a timeout of one and a half times the 99th percentile of the normal runs, as the past
//! had it. It may come again or not: the interval is wide where it happened once.
//!
//! ## When it is silent
//! Continuous jobs; jobs with fewer than five successful runs; jobs of which a fifth of the runs are that long: that is how
//! they are; successful long runs around the turn of a month, which have more to do. Whether there is a timeout must be in the
//! data.
//!
//! ## Risk
//! A run that is slow for a reason is stopped. The timeout lies above every normal run, by the margin that is stated.
//!
//! ## Sources
//! `system.lakeflow.job_run_timeline`, `system.lakeflow.jobs` (`timeout_seconds`) or REST `jobs/list`, `system.billing.usage`.

use clusteriq_model::{Action, AdvisorId, Evidence, Job, JobKey, Quantity, RiskDimension, Target, Usd, WorkloadClass};

use super::shape::{self, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::risk;
use crate::scenario::behaviour::{Overruns, overruns, run_cost};
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("no-timeout"),
    detection: "D27",
    title: "Bound runs that may hang",
    source: include_str!("no_timeout.rs"),
    advise,
};

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    shape::jobs(cx).map(|(key, job, profile)| judge(cx, key, job, profile)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    let target = Target::Job(key.clone());
    if job.timeout.is_some() || cx.profiles.class(&target) == WorkloadClass::Streaming {
        return shape::fine(key);
    }
    let Some(it) = overruns(cx.fleet, job) else { return shape::fine(key) };
    if !job.timeout_told {
        return shape::abstain(key, format!("a run took {}, and whether it has a timeout is not known", it.longest));
    }
    let at_stake = at_stake(cx, job, &it);
    let own = profile.compute.is_some() || profile.shared.is_empty();
    if !own && at_stake < cx.settings.least_saving {
        return shape::fine(key);
    }
    let gain = if own { Gain::Money } else { Gain::Other };
    let margin = it.to.0 / it.p95.0.max(1.0);
    let because = format!("the timeout is {margin:.1} times the 95th percentile of its normal runs");
    let mut parts = vec![risk::part(RiskDimension::Runtime, 1, because)];
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::SetTimeout { from: None, to: it.to },
        title: format!("Give {} a timeout of {}", job.name, it.to),
        why: format!(
            "{} went on for up to {}, while 95 % of its normal runs take {} at most; nothing stops it.",
            if it.runs.len() == 1 { "A run".into() } else { format!("{} runs", it.runs.len()) },
            it.longest,
            it.p95
        ),
        risk: risk::risk(parts),
        runtime: None,
        evidence: vec![
            Evidence::new("longest run", Quantity::Minutes(it.longest), RUNS).with_runs(it.runs.iter().rev().cloned()),
            Evidence::new("normal runs, 95th percentile", Quantity::Minutes(it.p95), RUNS),
            Evidence::new("time beyond the timeout", Quantity::Minutes(it.beyond), RUNS),
            Evidence::new("billed for that time", Quantity::Usd(it.usd), USAGE),
        ],
        alternatives: vec![],
        confidence: format!("{} normal runs", it.normal),
        rollback: "remove the timeout".into(),
        verify: "no run of the next month reaches it that would have ended well".into(),
        options: vec![],
        at_stake: (gain == Gain::Other).then_some(at_stake),
        gain,
    }))
}

/// The cost of the time beyond the timeout, machines and shares of shared clusters too.
fn at_stake(cx: &Context<'_>, job: &Job, it: &Overruns) -> Usd {
    let long = job.runs.iter().filter(|run| it.runs.contains(&run.id));
    let cost = long.filter_map(|run| {
        let beyond = (run.duration().0 - it.to.0).max(0.0) / run.duration().0.max(1.0);
        Some(run_cost(cx.fleet, job, run)? * beyond)
    });
    cost.sum::<Usd>() * per_month(cx.fleet)
}

#[cfg(test)]
mod tests {
    use clusteriq_model::{Fleet, Minutes, RunResult};
    use jiff::SignedDuration;

    use super::*;
    use crate::testing::{check, world};

    /// The sixth of 14 runs of an hour and five minutes goes on for so many hours.
    fn fleet(hours: i64, result: RunResult) -> Fleet {
        let mut fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 60).fleet();
        let job = fleet.jobs.values_mut().next().expect("a job");
        job.timeout_told = true;
        job.runs[5].end = job.runs[5].start + SignedDuration::from_hours(hours);
        job.runs[5].result = result;
        fleet
    }

    #[test]
    fn a_run_of_twenty_hours_among_runs_of_one_wants_a_timeout() {
        // 1.5 × 65 min = 97.5 min, and up to whole five minutes.
        let said = check(&ADVISOR, &fleet(20, RunResult::Failed("CANCELLED".into())));
        assert!(said.starts_with("Give etl a timeout of 1 h 40 min. A run went on for up to 20 h"), "{said}");
    }

    #[test]
    fn without_a_bill_it_is_said_all_the_same_and_without_a_figure() {
        let mut fleet = fleet(20, RunResult::Failed("CANCELLED".into()));
        let settings = crate::Settings::default();
        let report = |fleet: &Fleet| crate::testing::report(fleet, &settings, &[&ADVISOR]);
        // By the bill the long run cost nothing.
        assert!(report(&fleet).recommendations.is_empty());
        fleet.bill = Default::default();
        fleet.clusters.clear();
        let said = report(&fleet);
        let [said] = said.recommendations.as_slice() else { panic!("{:?}", said.recommendations) };
        assert!(said.savings.is_none() && said.why.ends_with("cannot be said without the bill."), "{}", said.why);
    }

    #[test]
    fn twice_as_long_is_no_hang_and_a_job_with_a_timeout_needs_none() {
        assert_eq!(check(&ADVISOR, &fleet(2, RunResult::Succeeded)), "fine: job 1");
        let mut bounded = fleet(20, RunResult::Succeeded);
        bounded.jobs.values_mut().for_each(|it| it.timeout = Some(Minutes(1440.0)));
        assert_eq!(check(&ADVISOR, &bounded), "fine: job 1");
    }

    #[test]
    fn a_long_run_that_succeeds_at_the_turn_of_the_month_has_more_to_do() {
        let mut fleet = fleet(1, RunResult::Succeeded);
        let run = &mut fleet.jobs.values_mut().next().expect("a job").runs[0];
        run.end = run.start + SignedDuration::from_hours(20);
        assert_eq!(check(&ADVISOR, &fleet), "fine: job 1");
    }

    #[test]
    fn whether_there_is_a_timeout_must_be_in_the_data() {
        let mut unknown = fleet(20, RunResult::Succeeded);
        unknown.jobs.values_mut().for_each(|it| it.timeout_told = false);
        let said = check(&ADVISOR, &unknown);
        assert!(said.starts_with("abstains on job 1: a run took 20 h"), "{said}");
    }
}
