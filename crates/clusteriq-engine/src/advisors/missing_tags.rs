//! # Missing tags
//!
//! ## What it finds
//! Jobs, all-purpose clusters, warehouses and pipelines that lack a tag which most of the account has: one under which at
//! least 60 % of what can be tagged is billed, or one that the settings require.
//!
//! ## What it costs
//! Nothing by itself: what it was billed cannot be charged to anybody. That is shown as money at stake; less than $5 a month
//! is not mentioned.
//!
//! ## When it is silent
//! Tags that Databricks sets, and tags that hardly anything else has. A tag whose name differs only in upper and lower case
//! is there. Where nothing has a tag it cannot tell which are expected.
//!
//! ## Risk
//! None: tags change nothing that runs. Serverless jobs get theirs from a budget policy.
//!
//! ## Sources
//! `system.billing.usage` (`custom_tags`), and the tags of `system.compute.clusters`, `system.compute.warehouses`,
//! `system.lakeflow.jobs` and `system.lakeflow.pipelines`.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::Tags;
use clusteriq_model::{
    Action, AdvisorId, ClusterSource, Evidence, Fleet, Fraction, Quantity, RiskDimension, Tagged, Target, Usd,
    WorkspaceId,
};

use super::shape::USAGE;
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan;
use crate::risk;
use crate::scenario::behaviour::modes;
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("missing-tags"),
    detection: "D51",
    title: "Tag what nobody can be charged for",
    source: include_str!("missing_tags.rs"),
    advise,
};

/// Share of what can be tagged that is billed under a tag which everything is expected to have.
const EXPECTED: f64 = 0.60;
/// Resources that have it, so that one dear resource does not decide what is expected of all.
const LEAST_CARRIERS: usize = 3;
/// Share of a resource's bill that may lack the tag: it was added in the meantime, or one cluster of many lacks it.
const TOLERATED: f64 = 0.10;
/// Monthly cost below which nobody cares.
const AT_STAKE: Usd = Usd(5.0);
/// Names of tags that Databricks sets itself, in lower case: nobody can be told to add them.
const OF_DATABRICKS: [&str; 12] = [
    "vendor",
    "creator",
    "clustername",
    "clusterid",
    "runname",
    "jobid",
    "databricksenvironment",
    "databricksinstancegroupid",
    "databricksinstancepoolid",
    "databricksinstancepoolcreatorid",
    "sqlwarehouseid",
    "resourceclass",
];

/// A resource and its tags.
struct Taggable<'a> {
    target: &'a Target,
    billed: &'a Tagged,
    tags: &'a Tags,
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let all: Vec<Taggable<'_>> = taggable(cx.fleet);
    let worth = |it: &&Taggable<'_>| it.billed.usd.estimate() * per_month(cx.fleet) >= AT_STAKE;
    let nobody = all.iter().all(|it| it.tags.is_empty() && it.billed.keys.is_empty());
    if nobody && cx.settings.required_tags.is_empty() {
        let workspaces: BTreeSet<&WorkspaceId> = all.iter().filter(worth).map(|it| it.target.workspace()).collect();
        let why = "nothing in the account has a tag, so which are expected is not known; settings can name them";
        return workspaces.into_iter().map(|it| Opinion::Abstain(Target::Workspace(it.clone()), why.into())).collect();
    }
    let expected = expected(cx, &all);
    let told = !cx.settings.required_tags.is_empty();
    // What no resource of a kind has, nobody expects of that kind.
    let usual = |it: &Taggable<'_>, key: &str| {
        let kin = |other: &&Taggable<'_>| other.target.kind() == it.target.kind() && other.target != it.target;
        told || all.iter().filter(kin).count() == 0 || all.iter().filter(kin).any(|other| has(other, key))
    };
    let judged = |it: &Taggable<'_>| {
        let expected: Vec<_> = expected.iter().filter(|key| usual(it, &key.0)).cloned().collect();
        judge(cx, it, &expected)
    };
    all.iter().filter(worth).map(judged).collect()
}

/// What was billed, still exists and can have tags.
fn taggable(fleet: &Fleet) -> Vec<Taggable<'_>> {
    let tags = |target: &Target| match target {
        Target::Job(it) => fleet.jobs.get(it).filter(|it| it.deleted.is_none()).map(|it| &it.tags),
        Target::Cluster(it) => fleet
            .clusters
            .get(it)
            .filter(|it| it.deleted.is_none() && it.source == ClusterSource::AllPurpose)
            .map(|it| &it.tags),
        Target::Warehouse(it) => fleet.warehouses.get(it).filter(|it| it.deleted.is_none()).map(|it| &it.tags),
        Target::Pipeline(it) => fleet.pipelines.get(it).filter(|it| it.deleted.is_none()).map(|it| &it.tags),
        Target::Pool(_) | Target::Workspace(_) => None,
    };
    let known = fleet.bill.taggable.iter().filter_map(|(target, billed)| Some((target, billed, tags(target)?)));
    known.map(|(target, billed, tags)| Taggable { target, billed, tags }).collect()
}

/// Whether a resource has a tag of that name: it has it now, or nearly all of its bill did.
fn has(it: &Taggable<'_>, key: &str) -> bool {
    let now = it.tags.iter().any(|(name, value)| name.eq_ignore_ascii_case(key) && !value.trim().is_empty());
    let under = it.billed.keys.iter().filter(|it| it.0.eq_ignore_ascii_case(key)).map(|it| it.1.estimate());
    now || under.sum::<Usd>() >= it.billed.usd.estimate() * (1.0 - TOLERATED)
}

/// Tags that everything is expected to have, with the share of the bill that has them.
fn expected(cx: &Context<'_>, all: &[Taggable<'_>]) -> Vec<(String, Fraction)> {
    let total: Usd = all.iter().map(|it| it.billed.usd.estimate()).sum();
    let share = |key: &str| {
        let with: Usd = all.iter().filter(|it| has(it, key)).map(|it| it.billed.usd.estimate()).sum();
        Fraction(with / total.max(Usd(f64::MIN_POSITIVE)))
    };
    if !cx.settings.required_tags.is_empty() {
        return cx.settings.required_tags.iter().map(|it| (it.clone(), share(it))).collect();
    }
    // Names that differ in case are one; the spelling that comes first in the alphabet stands for them.
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for name in all.iter().flat_map(|it| it.tags.keys().chain(it.billed.keys.keys())) {
        names.entry(name.to_ascii_lowercase()).or_insert(name);
    }
    let ours = names.into_iter().filter(|it| !OF_DATABRICKS.contains(&it.0.as_str())).map(|it| it.1);
    ours.map(|key| (key.to_owned(), share(key)))
        .filter(|(key, share)| share.0 >= EXPECTED && all.iter().filter(|it| has(it, key)).count() >= LEAST_CARRIERS)
        .collect()
}

fn judge(cx: &Context<'_>, it: &Taggable<'_>, expected: &[(String, Fraction)]) -> Opinion {
    let missing: Vec<&(String, Fraction)> = expected.iter().filter(|key| !has(it, &key.0)).collect();
    let Some((_, share)) = missing.first() else { return Opinion::Fine(it.target.clone()) };
    let usd = it.billed.usd.estimate();
    let at_stake = usd * per_month(cx.fleet);
    let keys: Vec<String> = missing.iter().map(|it| it.0.clone()).collect();
    let list = keys.join(", ");
    let serverless = match it.target {
        Target::Job(job) => !modes(cx.fleet, job).is_empty(),
        Target::Cluster(_) | Target::Warehouse(_) | Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => {
            false
        }
    };
    let how = if serverless { " Serverless usage gets its tags from a budget policy." } else { "" };
    let why = if cx.settings.required_tags.is_empty() {
        format!("{at_stake} a month are billed without a tag that {share} of the account's spending has.{how}")
    } else {
        format!("{at_stake} a month are billed without a tag that the settings require.{how}")
    };
    Opinion::Propose(Box::new(Proposal {
        target: it.target.clone(),
        title: format!("Tag {} with {list}", plan::name(cx, it.target)),
        why,
        action: Action::AddTags { keys },
        risk: risk::risk(vec![risk::part(RiskDimension::Coupling, 0, "tags change nothing that runs")]),
        runtime: None,
        evidence: vec![
            Evidence::new("billed in the window", Quantity::Usd(usd), USAGE),
            Evidence::new("tags that it lacks", Quantity::Text(list), USAGE),
            Evidence::new("share of the account's spending that has the first", Quantity::Fraction(*share), USAGE),
        ],
        alternatives: vec![],
        confidence: format!("{} billing records", cx.fleet.bill.records),
        rollback: "remove the tag".into(),
        verify: "the next day's usage has it".into(),
        options: vec![],
        at_stake: Some(at_stake),
        gain: Gain::Other,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    /// Five jobs of the same cost, of which the first `tagged` have the tag.
    fn fleet(tagged: usize, key: &str) -> Fleet {
        let world = (0..5).fold(world(), |it, at| it.job(&format!("job-{at}"), 4, 4.0, 12.0).runs(14, 240));
        let mut fleet = world.fleet();
        for job in fleet.jobs.values_mut().take(tagged) {
            job.tags.insert(key.into(), "ana".into());
        }
        fleet
    }

    #[test]
    fn a_tag_that_four_of_five_have_is_missing_on_the_fifth() {
        let said = check(&ADVISOR, &fleet(4, "team"));
        assert!(said.contains("Tag job-4 with team."), "{said}");
        assert!(said.contains("a tag that 80 % of the account's spending has"), "{said}");
        assert_eq!(said.matches("fine").count(), 4, "{said}");
    }

    #[test]
    fn a_tag_that_two_of_five_have_is_their_own_affair() {
        assert_eq!(check(&ADVISOR, &fleet(2, "team")).matches("fine").count(), 5);
        assert_eq!(check(&ADVISOR, &fleet(5, "team")).matches("fine").count(), 5);
        assert_eq!(check(&ADVISOR, &fleet(4, "ClusterName")).matches("fine").count(), 5);
    }

    #[test]
    fn the_spelling_of_a_name_is_no_finding() {
        let mut fleet = fleet(4, "team");
        let last = fleet.jobs.values_mut().next_back().expect("a job");
        last.tags.insert("Team".into(), "ben".into());
        assert_eq!(check(&ADVISOR, &fleet).matches("fine").count(), 5);
    }

    #[test]
    fn where_nothing_has_a_tag_nothing_can_be_expected() {
        let said = check(&ADVISOR, &fleet(0, "team"));
        assert!(said.starts_with("abstains on workspace 1: nothing in the account has a tag"), "{said}");
    }
}
