//! # Failed runs
//!
//! ## What it finds
//! Jobs of which at least a tenth of the runs failed, three or more of them, and that still do.
//!
//! ## What it costs
//! What the failed runs were billed, and their machines, beyond the 2 % of a job's cost that failures may take. It is shown
//! as money at stake and not as a saving: the work still has to be done. Less than $10 a month is not mentioned.
//!
//! ## When it is silent
//! Runs that people stopped, and runs that were skipped, are no failures; a run that came right by a retry or a repair
//! succeeded. A job that has run well for so long since that the fault must be gone is fine. Fewer than five runs, or runs
//! without a price, cannot be judged.
//!
//! ## Risk
//! None by itself: the code that is mended has to be tested like any other change.
//!
//! ## Sources
//! `system.lakeflow.job_run_timeline` (`result_state`, `termination_code`), `system.billing.usage`,
//! `system.compute.node_timeline`.

use std::collections::BTreeMap;

use clusteriq_model::{
    Action, AdvisorId, Evidence, Fraction, Job, JobKey, Quantity, RiskDimension, Run, RunResult, Usd,
};

use super::shape::{self, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::risk;
use crate::scenario::behaviour::{ended, run_cost};
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("failed-runs"),
    detection: "D25",
    title: "Mend jobs that fail",
    source: include_str!("failed_runs.rs"),
    advise,
};

/// Runs that a judgement needs.
const LEAST_RUNS: usize = 5;
/// Failures below this may be chance.
const LEAST_FAILURES: usize = 3;
/// Share of runs that fail, from which on it is a finding.
const LEAST_SHARE: f64 = 0.10;
/// Share of a job's cost that failures may take.
const TOLERATED: f64 = 0.02;
/// Monthly cost of failures worth a person's time.
const AT_STAKE: Usd = Usd(10.0);
/// If the failures went on as before, so long a row of successes would be less likely than this: the fault is gone.
const MENDED: f64 = 0.02;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    shape::jobs(cx).map(|(key, job, _)| judge(cx, key, job)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job) -> Opinion {
    let runs: Vec<&Run> = ended(job).collect();
    if runs.is_empty() {
        return shape::fine(key);
    }
    if runs.len() < LEAST_RUNS {
        let more = LEAST_RUNS - runs.len();
        return shape::abstain(key, format!("{} of its runs ended; {more} more are needed", runs.len()));
    }
    let failed: Vec<&Run> = runs.iter().copied().filter(|it| it.result != RunResult::Succeeded).collect();
    let share = failed.len() as f64 / runs.len() as f64;
    let since = runs.iter().rev().take_while(|it| it.result == RunResult::Succeeded).count();
    let mended = (1.0 - share).powi(i32::try_from(since).unwrap_or(i32::MAX)) < MENDED;
    if failed.len() < LEAST_FAILURES || share < LEAST_SHARE || mended {
        return shape::fine(key);
    }
    let cost = |of: &[&Run]| of.iter().filter_map(|it| run_cost(cx.fleet, job, it)).sum::<Usd>();
    if failed.iter().all(|it| run_cost(cx.fleet, job, it).is_none()) {
        return shape::abstain(
            key,
            format!("{} of its {} runs failed; their cost is not known", failed.len(), runs.len()),
        );
    }
    let wasted = cost(&failed);
    let at_stake = (wasted - cost(&runs) * TOLERATED) * per_month(cx.fleet);
    if at_stake < AT_STAKE {
        return shape::fine(key);
    }
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for it in &failed {
        *codes.entry(code(it)).or_default() += 1;
    }
    let mut codes: Vec<(&str, usize)> = codes.into_iter().collect();
    codes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let most = codes.first().map_or("FAILED", |it| it.0).to_owned();
    let list: Vec<String> = codes.iter().map(|it| format!("{} {}", it.1, it.0)).collect();
    let ids = failed.iter().rev().map(|it| it.id.clone());
    Opinion::Propose(Box::new(Proposal {
        target: clusteriq_model::Target::Job(key.clone()),
        title: format!("Mend {}: {} of its {} runs failed", job.name, failed.len(), runs.len()),
        why: format!(
            "{} of its runs failed ({}); they cost {wasted} in the window and delivered nothing. {}",
            Fraction(share),
            list.join(", "),
            advice(&most)
        ),
        action: Action::MendFailures { code: most },
        risk: risk::risk(vec![risk::part(RiskDimension::Coupling, 0, "it fails already")]),
        runtime: None,
        evidence: vec![
            Evidence::new("runs that failed", Quantity::Count(failed.len() as u64), RUNS).with_runs(ids),
            Evidence::new("share of the runs", Quantity::Fraction(Fraction(share)), RUNS),
            Evidence::new("cost of the failed runs", Quantity::Usd(wasted), USAGE),
            Evidence::new("termination codes", Quantity::Text(list.join(", ")), RUNS),
        ],
        alternatives: vec![],
        confidence: format!("{} runs", runs.len()),
        rollback: "nothing is changed in Databricks; a mended version is rolled back like any other".into(),
        verify: format!("fewer than {} of its next runs fail", Fraction(LEAST_SHARE)),
        options: vec![],
        at_stake: Some(at_stake),
        gain: Gain::Other,
    }))
}

/// The finest word there is for how it ended.
fn code(run: &Run) -> &str {
    match (&run.termination_code, &run.result) {
        (Some(code), _) if code != "SUCCESS" => code,
        (_, RunResult::Failed(word)) => word,
        (_, RunResult::Succeeded | RunResult::Skipped | RunResult::Open) => "FAILED",
    }
}

/// Where to look first.
fn advice(code: &str) -> &'static str {
    match code {
        "CLOUD_FAILURE" | "CLUSTER_ERROR" | "CLUSTER_REQUEST_LIMIT_EXCEEDED" => {
            "The cluster could not be had or was lost: retries, another node type or fewer spot nodes help."
        }
        "LIBRARY_INSTALLATION_ERROR" => "A library cannot be installed: pin its version or keep it in the workspace.",
        "STORAGE_ACCESS_ERROR" | "UNAUTHORIZED_ERROR" => "It may not read or write something: look at its grants.",
        "DRIVER_ERROR" => "The driver failed, most often for lack of memory.",
        "TIMED_OUT" | "TIMEDOUT" => "It reached its timeout.",
        _ => "The error of the newest failed run says where.",
    }
}

#[cfg(test)]
mod tests {
    use clusteriq_model::Fleet;

    use super::*;
    use crate::testing::{check, world};

    /// 14 daily runs of ten hours on five nodes: 50 node-hours × 0.69 DBU × $0.15 = $5.18 and 50 × $0.192 = $9.60 each.
    fn fleet(result: &str, code: &str, failing: impl Fn(usize) -> bool) -> Fleet {
        let mut fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 600).fleet();
        for (at, run) in fleet.jobs.values_mut().flat_map(|it| &mut it.runs).enumerate() {
            if failing(at) {
                run.result = RunResult::Failed(result.into());
                run.termination_code = Some(code.into());
            }
        }
        fleet
    }

    #[test]
    fn a_job_that_fails_every_third_time_is_to_be_mended() {
        let said = check(&ADVISOR, &fleet("FAILED", "STORAGE_ACCESS_ERROR", |it| it % 3 == 1));
        assert!(
            said.starts_with("Mend etl: 5 of its 14 runs failed. 36 % of its runs failed (5 STORAGE_ACCESS_ERROR)"),
            "{said}"
        );
    }

    #[test]
    fn runs_that_people_stopped_two_failures_and_a_fault_that_is_gone_are_fine() {
        assert_eq!(check(&ADVISOR, &fleet("CANCELLED", "USER_CANCELED", |it| it % 3 == 1)), "fine: job 1");
        assert_eq!(check(&ADVISOR, &fleet("FAILED", "RUN_EXECUTION_ERROR", |it| it >= 12)), "fine: job 1");
        assert_eq!(check(&ADVISOR, &fleet("FAILED", "RUN_EXECUTION_ERROR", |it| it < 5)), "fine: job 1");
    }

    #[test]
    fn failures_that_cost_next_to_nothing_are_fine() {
        let mut fleet = fleet("FAILED", "RUN_EXECUTION_ERROR", |it| it % 3 == 1);
        fleet.bill.runs.values_mut().for_each(|it| *it = clusteriq_model::Money::ZERO);
        fleet.clusters.values_mut().for_each(|it| it.minutes = clusteriq_model::Demand::default());
        assert_eq!(check(&ADVISOR, &fleet), "fine: job 1");
    }

    #[test]
    fn few_runs_and_runs_without_a_price_cannot_be_judged() {
        let few = world().job("etl", 4, 4.0, 12.0).runs(3, 60).fleet();
        assert_eq!(check(&ADVISOR, &few), "abstains on job 1: 3 of its runs ended; 2 more are needed");
        let mut unpriced = fleet("FAILED", "RUN_EXECUTION_ERROR", |it| it % 3 == 1);
        unpriced.bill.runs.clear();
        assert_eq!(check(&ADVISOR, &unpriced), "abstains on job 1: 5 of its 14 runs failed; their cost is not known");
    }
}
