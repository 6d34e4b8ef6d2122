//! # Retry storm
//!
//! ## What it finds
//! Tasks that were tried three times or more in a run and failed the same way every time, in at least three runs, with an
//! error that lies in the code or the settings: trying again cannot mend it.
//!
//! ## What it costs
//! The cluster's time from the end of the first try to the end of the last, where no other task ran. Tasks that are not
//! retried by their settings are repaired by somebody or something else: then the money is at stake, and the fault is what
//! has to go.
//!
//! ## When it is silent
//! Errors of the cloud or of a cluster, spot nodes that are lost among them: there retries are right. Jobs of whose retried
//! tasks a quarter or more came right in the end. Without task runs it cannot judge.
//!
//! ## Risk
//! A fault that does pass by itself now fails the run at once.
//!
//! ## Sources
//! `system.lakeflow.job_task_run_timeline` (a try is another run of the same `task_key` in one `job_run_id`),
//! `system.lakeflow.job_run_timeline`, `system.billing.usage`; `max_retries` from REST `jobs/list`.

use clusteriq_model::{Action, AdvisorId, Evidence, Job, JobKey, Quantity, RiskDimension, Source, Target, Usd};

use super::shape::{self, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::risk;
use crate::scenario::behaviour::{Storm, run_cost, storm};
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("retry-storm"),
    detection: "D26",
    title: "Do not retry what cannot succeed",
    source: include_str!("retry_storm.rs"),
    advise,
};

const TASK_RUNS: Source = Source::SystemTable("system.lakeflow.job_task_run_timeline");

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    shape::jobs(cx).map(|(key, job, profile)| judge(cx, key, job, profile)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, job: &Job, profile: &JobProfile) -> Opinion {
    if job.runs.iter().all(|it| it.attempts.is_empty()) {
        return shape::abstain(key, "its task runs are not in the data, so retries are not known");
    }
    let Some(it) = storm(cx.fleet, job) else { return shape::fine(key) };
    let retries = job.tasks.iter().find(|task| task.key == it.task_key).and_then(|it| it.max_retries);
    let repaired = retries == Some(0) || (retries.is_none() && it.repaired * 2 > it.runs.len());
    let whole: Usd = job
        .runs
        .iter()
        .filter(|run| it.runs.contains(&run.id))
        .filter_map(|run| Some(run_cost(cx.fleet, job, run)? / run.duration().0.max(1.0)))
        .sum::<Usd>();
    // A mean cost per minute times the minutes.
    let at_stake = whole / it.runs.len() as f64 * it.wasted.0 * per_month(cx.fleet);
    let own = profile.compute.is_some() || profile.shared.is_empty();
    if (repaired || !own) && at_stake < cx.settings.least_saving {
        return shape::fine(key);
    }
    let action = if repaired {
        Action::MendFailures { code: it.code.clone() }
    } else {
        Action::SetRetries { from: retries, to: 0 }
    };
    let title = if repaired {
        format!("Mend task {} of {} instead of repairing its runs", it.task_key, job.name)
    } else {
        format!("Do not retry task {} of {} after {}", it.task_key, job.name, it.code)
    };
    // Time on a shared cluster is not saved until the cluster is smaller or stops sooner.
    let gain = if repaired || !own { Gain::Other } else { Gain::Money };
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title,
        why: format!(
            "In {} runs it was tried up to {} times and failed with {} every time; the tries after the first took {}.",
            it.runs.len(),
            it.most_tries,
            it.code,
            it.wasted
        ),
        action,
        risk: risk(cx, job, &it),
        runtime: None,
        evidence: evidence(&it),
        alternatives: vec![],
        confidence: format!("{} runs", job.runs.len()),
        rollback: retries.map_or("set the retries back".into(), |it| format!("set max_retries back to {it}")),
        verify: format!("the next run that fails with {} ends after one try", it.code),
        options: vec![],
        at_stake: (gain == Gain::Other).then_some(at_stake),
        gain,
    }))
}

fn risk(cx: &Context<'_>, job: &Job, it: &Storm) -> clusteriq_model::Risk {
    let because = format!("{} of {} retried tasks came right in the end", it.healed, it.retried);
    let mut parts = vec![risk::part(RiskDimension::Coupling, 1, because)];
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    risk::risk(parts)
}

fn evidence(it: &Storm) -> Vec<Evidence> {
    vec![
        Evidence::new("runs in which every try failed alike", Quantity::Count(it.runs.len() as u64), TASK_RUNS)
            .with_runs(it.runs.iter().rev().cloned()),
        Evidence::new("tries of a task in one run, at most", Quantity::Count(it.most_tries as u64), TASK_RUNS),
        Evidence::new("termination code", Quantity::Text(it.code.clone()), TASK_RUNS),
        Evidence::new("time of the tries after the first", Quantity::Minutes(it.wasted), TASK_RUNS),
        Evidence::new("billed for that time", Quantity::Usd(it.usd), USAGE),
        Evidence::new("retried tasks that came right", Quantity::Count(it.healed as u64), RUNS),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn four_tries_of_the_same_error_in_five_runs_are_three_too_many() {
        let fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 60).failing_tries(5, 4, "RUN_EXECUTION_ERROR").fleet();
        let said = check(&ADVISOR, &fleet);
        assert!(
            said.contains("Do not retry task main of etl after RUN_EXECUTION_ERROR. In 5 runs it was tried up to 4"),
            "{said}"
        );
    }

    #[test]
    fn spot_nodes_that_are_lost_are_worth_another_try() {
        let fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 60).failing_tries(5, 4, "CLOUD_FAILURE").fleet();
        assert_eq!(check(&ADVISOR, &fleet), "fine: job 1");
    }

    #[test]
    fn tries_that_come_right_are_worth_it() {
        let world = world().job("etl", 4, 4.0, 12.0).runs(14, 60).failing_tries(5, 4, "RUN_EXECUTION_ERROR");
        let mut fleet = world.fleet();
        for run in fleet.jobs.values_mut().flat_map(|it| &mut it.runs) {
            run.attempts.last_mut().expect("a try").result = clusteriq_model::RunResult::Succeeded;
        }
        assert_eq!(check(&ADVISOR, &fleet), "fine: job 1");
    }

    #[test]
    fn without_task_runs_retries_are_not_known() {
        let mut fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 60).fleet();
        fleet.jobs.values_mut().flat_map(|it| &mut it.runs).for_each(|it| it.attempts.clear());
        assert_eq!(
            check(&ADVISOR, &fleet),
            "abstains on job 1: its task runs are not in the data, so retries are not known"
        );
    }
}
