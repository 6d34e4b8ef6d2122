//! # Photon without benefit
//!
//! ## What it finds
//! Jobs that run with Photon although it does not make them faster by as much as it makes them dearer.
//!
//! ## What it costs
//! Photon multiplies the DBUs of every node (2.9 on job compute on AWS, 2.5 on Azure and GCP, 2.0 on all-purpose; or what the
//! account's own bill shows). It pays from a speed-up of s* = (VM + m × DBU) ÷ (VM + DBU) on, dollars per hour: 1.66 for an
//! m5.4xlarge on demand, more on spot. The saving is the job without it, at the longer run time that is expected.
//!
//! ## When it is silent
//! Clusters without Photon, thin history; and where the speed-up is neither measured nor plain from the work (SQL and notebooks
//! that compute): then three runs without it would tell, and it says so.
//!
//! ## Risk
//! Runs get longer: by how much is measured where the job ran both ways, else a range from the kind of its tasks.
//!
//! ## Sources
//! `system.billing.usage` (`is_photon`), `system.lakeflow.job_run_timeline`, `system.compute.node_timeline`, task kinds of
//! `jobs/list`. 22 published pairs of runs have a median speed-up of 1.6 (read 2026-11).

use clusteriq_model::{Action, AdvisorId, Compute, Evidence, JobKey, Quantity, Target};

use super::shape::{self, NODES, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan::{savings, title};
use crate::profile::JobProfile;
use crate::risk;
use crate::whatif::job_on;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("photon-without-benefit"),
    detection: "D12",
    title: "Switch Photon off where it does not pay",
    source: include_str!("photon_without_benefit.rs"),
    advise,
};

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let with = shape::jobs(cx).filter(|it| it.2.compute.as_ref().is_some_and(|it| it.photon == Some(true)));
    with.map(|(key, _, profile)| match crate::profile::class::thin(profile) {
        Some(why) => shape::abstain(key, why),
        None => judge(cx, key, profile),
    })
    .collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, profile: &JobProfile) -> Opinion {
    let (Some(job), Some(now)) = (cx.fleet.jobs.get(key), &profile.compute) else { return shape::fine(key) };
    let then = Compute { photon: Some(false), ..now.clone() };
    let (Some(before), Some(quote)) = (job_on(cx.fleet, profile, now), job_on(cx.fleet, profile, &then)) else {
        return shape::abstain(key, "its demand cannot be replayed: sizes or prices of its node types are not known");
    };
    let Some(saving) = savings(&before.cost, &quote.cost) else { return shape::fine(key) };
    let gain = profile.response.photon;
    if saving.total.low.0 <= 0.0 || !shape::tolerable(cx, &quote) {
        let pays = saving.total.likely.0 <= 0.0 || (profile.response.measured && !shape::tolerable(cx, &quote));
        return if pays {
            shape::fine(key)
        } else {
            shape::abstain(key, "whether Photon pays is not plain from its telemetry; three runs without it would tell")
        };
    }
    let even = break_even(&before, &quote);
    let mut parts = risk::of_quote(&quote);
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let mut evidence = vec![
        Evidence::new(
            "speed-up by Photon where it computes",
            Quantity::Text(format!(
                "{:.2} ({:.2}–{:.2}): {}",
                gain.likely, gain.low, gain.high, profile.response.because
            )),
            RUNS,
        )
        .with_runs(shape::run_ids(profile)),
    ];
    evidence
        .extend(even.map(|it| Evidence::new("speed-up from which it pays", Quantity::Text(format!("{it:.2}")), USAGE)));
    evidence.extend(shape::share("CPU of the workers, median", profile.demand.cpu.quantile(0.5), NODES));
    evidence.extend(shape::share("waiting for IO, 90th percentile", profile.demand.wait.quantile(0.9), NODES));
    let action = Action::DisablePhoton;
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: title::imperative(&action, &job.name).unwrap_or_default(),
        why: format!(
            "Photon pays from a speed-up of {:.2} on, and here {:.2} is {}: {}.",
            even.unwrap_or(f64::NAN),
            gain.likely,
            if profile.response.measured { "measured" } else { "expected" },
            profile.response.because
        ),
        action,
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, &quote),
        evidence,
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: "set runtime_engine back to PHOTON".into(),
        verify: "compare cost and run time of three runs without it with three runs before".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// Cost per minute with Photon over cost per minute without it.
fn break_even(with: &crate::whatif::Quote, without: &crate::whatif::Quote) -> Option<f64> {
    let rate = |it: &crate::whatif::Quote| Some(it.cost.total()?.likely.0 / it.stretch.likely);
    Some(rate(with)? / rate(without)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};
    use clusteriq_model::{Fleet, JobTask};

    fn with_photon(fleet: Fleet, kind: &str) -> Fleet {
        let mut fleet = fleet;
        for it in fleet.clusters.values_mut().flat_map(|it| &mut it.configs) {
            it.compute.photon = Some(true);
        }
        for it in fleet.jobs.values_mut() {
            it.tasks = vec![JobTask {
                key: "main".into(),
                kind: Some(kind.into()),
                existing_cluster_id: None,
                job_cluster_key: None,
                max_retries: None,
                libraries: vec![],
                pipeline_id: None,
            }];
        }
        fleet
    }

    #[test]
    fn python_code_that_photon_cannot_run_does_without() {
        let fleet = with_photon(world().job("score", 8, 4.0, 20.0).runs(14, 60).fleet(), "spark_python_task");
        let said = check(&ADVISOR, &fleet);
        assert!(said.contains("Switch Photon off for score"), "{said}");
    }

    #[test]
    fn memory_that_is_full_with_photon_and_without_is_no_reason_to_keep_it() {
        let world = world().job("score", 8, 4.0, 20.0).memory(0.93).runs(14, 60);
        let said = check(&ADVISOR, &with_photon(world.fleet(), "spark_python_task"));
        assert!(said.contains("Switch Photon off for score"), "{said}");
    }

    #[test]
    fn sql_that_computes_is_not_guessed_about() {
        let said = check(&ADVISOR, &with_photon(world().job("sql", 8, 4.0, 28.0).runs(14, 60).fleet(), "sql_task"));
        assert!(said.starts_with("abstains on job 1: whether Photon pays") || said == "fine: job 1", "{said}");
    }
}
