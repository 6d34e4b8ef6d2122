//! # Job on all-purpose compute
//!
//! ## What it finds
//! Jobs with at least three runs a month whose tasks run on an all-purpose cluster.
//!
//! ## What it costs
//! The all-purpose rate is up to 3.7 times the job rate for the same nodes. The saving is what the cluster's uptime shrinks
//! by when the job is gone, idle tail included, less the job on a cluster of its own with its start-ups. Where people use
//! the cluster in the same minutes, or it never stops, moving the job saves little until that is mended: the plan prices it
//! in that order.
//!
//! ## When it is silent
//! Fewer than three runs, no telemetry of the cluster, and runs of less than five minutes so often that start-ups would
//! eat the saving: then it is fine where it is.
//!
//! ## Risk
//! Libraries and init scripts must be on the new cluster too, and every run waits for its start.
//!
//! ## Sources
//! `system.lakeflow.job_task_run_timeline` (`compute_ids`), `system.compute.clusters`, `system.compute.node_timeline`,
//! `system.billing.usage`, `system.billing.list_prices`.

use clusteriq_model::{Action, AdvisorId, Evidence, JobKey, Quantity, RiskDimension, Runtime, Size, Target};

use super::light_job::{LIGHT_MEMORY, LIGHT_MINUTES};
use super::shape::{self, RUNS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::JobProfile;
use crate::risk;
use crate::whatif::Quote;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("job-on-all-purpose"),
    detection: "D08",
    title: "Move jobs off all-purpose clusters",
    source: include_str!("job_on_all_purpose.rs"),
    advise,
};

const LEAST_RUNS: usize = 3;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let shared = shape::jobs(cx).filter(|it| it.2.compute.is_none() && !it.2.shared.is_empty());
    shared.map(|(key, job, profile)| judge(cx, key, &job.name, profile)).collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, name: &str, profile: &JobProfile) -> Opinion {
    let target = Target::Job(key.clone());
    let runs = profile.durations.len();
    if runs < LEAST_RUNS {
        let more = LEAST_RUNS - runs;
        return shape::abstain(key, format!("it has {runs} successful runs; {more} more are needed"));
    }
    let Some(cluster) = profile.shared.iter().next().and_then(|it| cx.fleet.clusters.get(it)) else {
        return shape::fine(key);
    };
    let compute = crate::profile::job::measured_compute(cx.fleet, cluster);
    let (Some(node_type), Some(size)) = (compute.worker_type.clone(), compute.size) else {
        return shape::abstain(key, "the node type or size of its all-purpose cluster is not known");
    };
    if cluster.minutes.is_empty() {
        return shape::abstain(key, "its all-purpose cluster has no telemetry");
    }
    let option = |size: Size| {
        let action = Action::UseJobCluster {
            from_clusters: profile.shared.iter().map(|it| it.id.clone()).collect(),
            node_type: node_type.clone(),
            size,
        };
        let quote = cx.today.with(&target, &action).job_quote(key)?;
        let single = size == Size::Fixed(0);
        let light = profile.duration(0.95).is_some_and(|it| it.0 < LIGHT_MINUTES);
        let fits = if single {
            light && quote.peak_memory <= LIGHT_MEMORY && shape::tolerable(cx, &quote)
        } else {
            // The size it has today always counts as tolerable.
            size == Size::Fixed(most(compute.size)) || shape::tolerable(cx, &quote)
        };
        fits.then_some((action, quote))
    };
    let best = (0..=size.most())
        .filter_map(|it| option(Size::Fixed(it)))
        .min_by(|a, b| shape::likely(&a.1.cost).total_cmp(&shape::likely(&b.1.cost)));
    let Some((action, quote)) = best else {
        return shape::abstain(key, "its demand on the shared cluster cannot be replayed");
    };
    Opinion::Propose(Box::new(proposal(cx, name, profile, cluster, target, action, &quote)))
}

fn most(size: Option<Size>) -> u32 {
    size.map_or(0, Size::most)
}

fn proposal(
    cx: &Context<'_>,
    name: &str,
    profile: &JobProfile,
    cluster: &clusteriq_model::Cluster,
    target: Target,
    action: Action,
    quote: &Quote,
) -> Proposal {
    let size = match &action {
        Action::UseJobCluster { size, node_type, .. } => format!("{size} of {node_type}"),
        _ => String::new(),
    };
    let mut parts = risk::of_quote(quote);
    parts.push(risk::part(
        RiskDimension::Coupling,
        1,
        "libraries and init scripts of the shared cluster must be on the job cluster too",
    ));
    let production = cx.fleet.jobs.values().any(|it| it.name == name && cx.is_production(&it.tags));
    if production {
        parts.push(risk::production());
    }
    let rate = |plane| {
        let billed = cx.fleet.bill.clusters.get(&cluster.key)?;
        crate::whatif::rate(cx.fleet, billed.cloud.as_deref()?, billed.sku.as_deref()?, plane)
    };
    let (now, then) = (rate(clusteriq_model::Plane::AllPurpose), rate(clusteriq_model::Plane::Jobs));
    let rates = now.zip(then).map_or(String::new(), |(now, then)| format!(": {now} instead of {then}"));
    let evidence = [
        Some(Evidence::new("runs in the window", Quantity::Count(profile.started as u64), RUNS)),
        profile.duration(0.5).map(|it| Evidence::new("run time, median", Quantity::Minutes(it), RUNS)),
        Some(Evidence::new("runs on", Quantity::Text(format!("{} ({})", cluster.name, cluster.key.id)), RUNS)),
        now.map(|it| Evidence::new("price of a DBU there", Quantity::UsdPerDbu(it), USAGE)),
        then.map(|it| Evidence::new("price of a DBU on a job cluster", Quantity::UsdPerDbu(it), USAGE)),
        shape::share(
            "memory on the job cluster, highest run",
            Some(quote.peak_memory),
            clusteriq_model::Source::Replay,
        ),
    ];
    Proposal {
        target,
        title: format!("Move {name} from {} to a job cluster", cluster.name),
        why: format!(
            "Its {} runs use the all-purpose cluster {}, billed at the interactive rate{rates}. Its demand fits {size}.",
            profile.started, cluster.name
        ),
        action,
        risk: risk::risk(parts),
        runtime: profile.duration(0.5).map(|now| Runtime { now, then: quote.runtime }),
        evidence: evidence.into_iter().flatten().collect(),
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: format!("point its tasks back at {}", cluster.name),
        verify: "compare run time, start included, and cost of the next five runs".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_nightly_job_on_a_cluster_of_its_own_uptime_is_moved() {
        let world = world().shared("team", Some(30), &[]).job_on("team", "nightly", 8.0).runs(14, 60);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.contains("Move nightly from team to a job cluster"), "{said}");
    }

    #[test]
    fn two_runs_are_too_few() {
        let world = world().shared("team", Some(30), &[]).job_on("team", "rare", 8.0).runs(2, 60);
        assert_eq!(check(&ADVISOR, &world.fleet()), "abstains on job 1: it has 2 successful runs; 1 more are needed");
    }
}
