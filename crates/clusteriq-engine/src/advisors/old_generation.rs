//! # Old generation
//!
//! ## What it finds
//! Jobs on node types at least two generations behind (AWS up to the fifth, Azure up to v3, GCP's first) that a later or cheaper
//! family of the same instruction set would serve for less.
//!
//! ## What it costs
//! Both meters move: the machine's price and the DBUs per hour, which rise with each generation. The runs are replayed on every
//! successor of the same size: computing gets faster by a part of the ratio of core speeds, waiting does not. Only what is
//! cheaper at the pessimistic bound, and by 6 % likely (ARM: 5 % and 12 %), is named.
//!
//! ## When it is silent
//! Where every successor is dearer (it often is: DBUs rise faster than speed); where cores are not what decides the run time: CPU
//! below 50 % at the median, or autoscaling, which reacts to speed in ways that are not in the data; thin history, pools, GPUs.
//!
//! ## Risk
//! How far the work follows faster cores is expected and not measured, a medium risk: a run or two tell. Availability of the type in
//! the region, quotas, and local disks: work that waits for storage keeps them.
//!
//! ## Sources
//! `system.compute.clusters`, `system.compute.node_timeline`, `system.billing.usage`, the catalogue's sizes, rates, prices and
//! core speeds (CoreMark; a hint about Spark, so about half to all of its logarithm is taken).

use clusteriq_model::{AdvisorId, CpuArch, Evidence, JobKey, Quantity, RiskDimension, Source, Target};

use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan::title;
use crate::profile::JobProfile;
use crate::risk;
use crate::succession::{Candidate, candidates};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("old-generation"),
    detection: "D14",
    title: "Move to a node type that does the same for less",
    source: include_str!("old_generation.rs"),
    advise,
};

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    each(cx, judge)
}

/// Jobs that could have another node type: on clusters of their own that no pool makes, with enough runs.
pub(super) fn each(cx: &Context<'_>, judge: impl Fn(&Context<'_>, &JobKey, &JobProfile) -> Opinion) -> Vec<Opinion> {
    let own = shape::jobs(cx).filter(|it| it.2.compute.is_some());
    own.map(|(key, _, profile)| {
        if shape::newest_cluster(cx, key).is_some_and(|it| it.pooled) {
            return shape::fine(key);
        }
        match crate::profile::class::thin(profile) {
            Some(why) => shape::abstain(key, why),
            None => judge(cx, key, profile),
        }
    })
    .collect()
}

fn judge(cx: &Context<'_>, key: &JobKey, profile: &JobProfile) -> Opinion {
    match candidates(cx, profile, CpuArch::X86) {
        None => shape::abstain(key, "size, speed or price of its node type is not known"),
        Some(found) if found.is_empty() => shape::fine(key),
        Some(found) => {
            let why = "how far its work follows faster cores is not measured: where it does not, an hour is dearer and no shorter";
            propose(cx, key, profile, found, vec![risk::part(RiskDimension::Coupling, 2, why)])
        }
    }
}

/// The cheapest candidate, with the others as options.
pub(super) fn propose(
    cx: &Context<'_>,
    key: &JobKey,
    profile: &JobProfile,
    found: Vec<Candidate>,
    own_parts: Vec<clusteriq_model::RiskPart>,
) -> Opinion {
    let (Some(job), Some(best)) = (cx.fleet.jobs.get(key), found.first()) else { return shape::fine(key) };
    let from = profile.compute.as_ref().and_then(|it| it.worker_type.clone()).unwrap_or_default();
    let speed = 1.0 / best.quote.stretch.likely;
    let mut parts = risk::of_quote(&best.quote);
    parts.extend(own_parts);
    parts.push(risk::part(RiskDimension::Coupling, 0, "the region must have the type and the account a quota for it"));
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    let mark = |name: &str| cx.fleet.catalog.node_types.get(name).and_then(|it| it.coremark);
    let ratio = mark(&best.to).zip(mark(&from)).map(|(new, old)| new / old);
    let mut evidence = vec![
        Evidence::new(
            "cost of an hour against now, DBU and VM",
            Quantity::Text(format!("{:.2}", best.cost_ratio)),
            Source::Catalog,
        )
        .with_runs(shape::run_ids(profile)),
        Evidence::new("speed expected against now", Quantity::Text(format!("{speed:.2}")), Source::Replay),
        Evidence::new("node type now", Quantity::Text(from), CLUSTERS),
    ];
    evidence.extend(
        ratio.map(|it| {
            Evidence::new("CoreMark per vCPU against now", Quantity::Text(format!("{it:.2}")), Source::Catalog)
        }),
    );
    evidence.extend(shape::share("waiting for IO, 90th percentile", profile.demand.wait.quantile(0.9), NODES));
    Opinion::Propose(Box::new(Proposal {
        target: Target::Job(key.clone()),
        title: title::imperative(&best.action, &job.name).unwrap_or_default(),
        why: format!(
            "An hour on {} costs {:.2} of an hour now, and its runs are expected to take {:.2} of the time: it breaks even at a \
             speed-up of {:.2}, and {speed:.2} is expected.",
            best.to, best.cost_ratio, best.quote.stretch.likely, best.cost_ratio
        ),
        action: best.action.clone(),
        risk: risk::risk(parts),
        runtime: shape::runtime(profile, &best.quote),
        evidence,
        alternatives: vec![],
        confidence: profile.confidence(),
        rollback: "set the node type back".into(),
        verify: "compare cost and run time of the next five runs with the five before".into(),
        options: found.iter().skip(1).take(2).map(|it| it.action.clone()).collect(),
        at_stake: None,
        gain: Gain::Money,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_successor_that_is_dearer_than_it_is_faster_is_not_named() {
        // m5 → m6i: 1.04 of the cost, 1.13 of CoreMark; m7a: 1.25 of the cost, 2.2 of CoreMark.
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet());
        assert!(said == "fine: job 1" || said.contains("m7a.xlarge"), "{said}");
    }

    #[test]
    fn four_runs_are_too_few_to_judge() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 8.0).runs(4, 60).fleet());
        assert!(said.starts_with("abstains on job 1: it has 4 successful runs"), "{said}");
    }
}
