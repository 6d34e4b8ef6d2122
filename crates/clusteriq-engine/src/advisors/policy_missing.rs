//! # Policy missing
//!
//! ## What it finds
//! All-purpose clusters and jobs' clusters that are under no policy in a workspace where at least 60 % of their kind are (of all, if
//! there are fewer than three of the kind), and
//! those whose newest configuration their policy would not allow, with what it overrides. Where nobody in a workspace is
//! under a policy although the account has policies, there is one recommendation for the workspace.
//!
//! ## What it costs
//! Nothing by itself: nothing keeps it from growing. What runs outside of policies is shown as money at stake. The action has
//! a definition that would have prevented what was found.
//!
//! ## When it is silent
//! Clusters without cost in the window, pipelines, and workspaces in which some have a policy and most do not: there it is a
//! choice. Rules about attributes that the data does not have, and values such as `auto:latest-lts`, are not judged. Clusters
//! whose configuration is not in the data cannot be judged.
//!
//! ## Risk
//! A cluster that is edited under a policy must keep to all of it; what it overrides now has to change.
//!
//! ## Sources
//! `system.compute.clusters` (`policy_id`), REST `policies/clusters/list` and `jobs/list`, `system.billing.usage`.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::Tags;
use clusteriq_model::{
    Action, AdvisorId, ClusterKey, ConfigVersion, Evidence, Fraction, Policy, Quantity, RiskDimension, Source, Target,
    Usd, WorkspaceId,
};

use super::shape::{self, CLUSTERS, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::policy::{Attributes, Violation, violations};
use crate::whatif::per_month;
use crate::{plan, risk};

mod definition;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("policy-missing"),
    detection: "D52",
    title: "Put clusters under a policy",
    source: include_str!("policy_missing.rs"),
    advise,
};

const POLICIES: Source = Source::Api("policies/clusters/list");
/// Share of a kind that is under a policy, from which on one is expected.
const EXPECTED: f64 = 0.60;
/// Of a kind, to speak of a share.
const LEAST: usize = 3;
/// Monthly cost below which nobody cares.
const AT_STAKE: Usd = Usd(5.0);

/// Whose clusters they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    AllPurpose,
    Job,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::AllPurpose => "all-purpose clusters",
            Self::Job => "jobs' clusters",
        }
    }
}

/// A resource and its newest configurations.
struct Subject<'a> {
    target: Target,
    kind: Kind,
    configs: Vec<(&'a ConfigVersion, Option<&'a Tags>)>,
    monthly: Usd,
    production: Production,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Production {
    Yes,
    No,
}

impl Subject<'_> {
    /// Whether the data has a configuration at all.
    fn is_known(&self) -> bool {
        let known = |it: &ConfigVersion| it.runtime.is_some() || it.compute.size.is_some() || it.policy_id.is_some();
        !self.configs.is_empty() && self.configs.iter().all(|it| known(it.0))
    }

    fn is_covered(&self) -> bool {
        self.configs.iter().all(|it| it.0.policy_id.is_some())
    }
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<Subject<'_>>> = BTreeMap::new();
    for it in subjects(cx).into_iter().filter(|it| it.monthly > Usd(0.0)) {
        by_workspace.entry(it.target.workspace().clone()).or_default().push(it);
    }
    by_workspace.into_iter().flat_map(|(id, all)| workspace(cx, &id, &all)).collect()
}

fn subjects<'a>(cx: &Context<'a>) -> Vec<Subject<'a>> {
    let fleet = cx.fleet;
    let month = per_month(fleet);
    // If no cluster has a tag they may not have been exported.
    let tags_known = fleet.clusters.values().any(|it| !it.tags.is_empty());
    let production = |tags: &Tags| if cx.is_production(tags) { Production::Yes } else { Production::No };
    let jobs = shape::jobs(cx).filter(|it| it.2.compute.is_some()).map(|(key, job, _)| {
        let mut configs: Vec<(&ConfigVersion, Option<&Tags>)> =
            job.job_clusters.values().map(|it| (it, None)).collect();
        if configs.is_empty() {
            let own = |ids: &'a [String]| {
                let keys = ids.iter().map(|id| ClusterKey { workspace: key.workspace.clone(), id: id.clone() });
                let own = keys.filter_map(|it| fleet.clusters.get(&it)).filter(|it| it.run.is_some());
                own.map(|it| (it.config(), tags_known.then_some(&it.tags))).collect::<Vec<_>>()
            };
            configs =
                job.runs.iter().rev().map(|it| own(&it.compute_ids)).find(|it| !it.is_empty()).unwrap_or_default();
        }
        let monthly = fleet.bill.jobs.get(key).map_or(Usd(0.0), |it| it.estimate()) * month;
        let (target, production) = (Target::Job(key.clone()), production(&job.tags));
        Subject { target, kind: Kind::Job, configs, monthly, production }
    });
    let clusters = shape::shared_clusters(cx).map(|(target, it, _)| Subject {
        target,
        kind: Kind::AllPurpose,
        configs: vec![(it.config(), tags_known.then_some(&it.tags))],
        monthly: fleet.bill.clusters.get(&it.key).map_or(Usd(0.0), |it| it.usd.estimate()) * month,
        production: production(&it.tags),
    });
    jobs.chain(clusters).collect()
}

fn workspace(cx: &Context<'_>, id: &WorkspaceId, all: &[Subject<'_>]) -> Vec<Opinion> {
    let known: Vec<&Subject<'_>> = all.iter().filter(|it| it.is_known()).collect();
    let nobody = known.iter().all(|it| it.configs.iter().all(|it| it.0.policy_id.is_none()));
    let monthly: Usd = known.iter().map(|it| it.monthly).sum();
    let mut opinions: Vec<Opinion> = all.iter().map(|it| judge(cx, it, &known)).collect();
    if !known.is_empty() {
        let target = Target::Workspace(id.clone());
        // An account without any policy has decided so, or has other means; one that has some left this workspace out.
        let propose = nobody && monthly >= AT_STAKE && !cx.fleet.policies.is_empty();
        opinions.push(if propose { for_all(cx, target, &known, monthly) } else { Opinion::Fine(target) });
    }
    opinions
}

fn judge(cx: &Context<'_>, it: &Subject<'_>, known: &[&Subject<'_>]) -> Opinion {
    if !it.is_known() {
        return Opinion::Abstain(it.target.clone(), "its configuration is not in the data".into());
    }
    if it.monthly < AT_STAKE {
        return Opinion::Fine(it.target.clone());
    }
    let policy = |id: &String| cx.fleet.policies.get(&(it.target.workspace().clone(), id.clone()));
    if it.is_covered() {
        let mut broken: Vec<Violation> = vec![];
        let mut of = None;
        for (config, tags) in &it.configs {
            let Some(found) = config.policy_id.as_ref().and_then(policy) else { continue };
            let attributes = Attributes::of(config, *tags);
            let new = violations(&found.definition, &attributes).unwrap_or_default();
            if !new.is_empty() {
                of = Some(found);
            }
            broken.extend(new.into_iter().filter(|it| !broken.contains(it)).collect::<Vec<_>>());
        }
        return match of {
            Some(policy) => violating(cx, it, policy, &broken),
            None => Opinion::Fine(it.target.clone()),
        };
    }
    let mut alike: Vec<&&Subject<'_>> = known.iter().filter(|other| other.kind == it.kind).collect();
    // Too few of its kind to speak of a share: what holds for all of the workspace is expected of it.
    let few = alike.len() < LEAST;
    if few {
        alike = known.iter().collect();
    }
    let covered = alike.iter().filter(|it| it.is_covered()).count();
    let share = covered as f64 / alike.len().max(1) as f64;
    if alike.len() < LEAST || share < EXPECTED {
        return Opinion::Fine(it.target.clone());
    }
    let mut used: BTreeMap<&String, usize> = BTreeMap::new();
    for id in alike.iter().flat_map(|it| it.configs.iter().filter_map(|it| it.0.policy_id.as_ref())) {
        *used.entry(id).or_default() += 1;
    }
    let most = used.into_iter().max_by_key(|it| (it.1, std::cmp::Reverse(it.0))).and_then(|it| policy(it.0));
    let alike = if few { "clusters and jobs" } else { it.kind.words() };
    uncovered(cx, it, (known, alike), most, Fraction(share))
}

/// One without a policy where its kind has one.
fn uncovered(
    cx: &Context<'_>,
    it: &Subject<'_>,
    (known, alike): (&[&Subject<'_>], &str),
    policy: Option<&Policy>,
    share: Fraction,
) -> Opinion {
    let name = plan::name(cx, &it.target);
    let under = policy.map_or("a policy".into(), |it| format!("the policy {}", it.name));
    let own = || {
        let alike: Vec<&Subject<'_>> = known.iter().copied().filter(|other| other.kind == it.kind).collect();
        definition::of(cx, it.target.workspace(), &configs(&alike))
    };
    Opinion::Propose(Box::new(Proposal {
        title: format!("Put {name} under {under}"),
        why: format!(
            "{share} of the workspace's {alike} are under a policy and this one is not; it costs {} a month.",
            it.monthly
        ),
        action: Action::ApplyPolicy { definition: policy.map_or_else(own, |it| it.definition.clone()) },
        risk: risk_of(it.production, "what the policy does not allow has to change with it"),
        runtime: None,
        evidence: vec![
            Evidence::new("policy", Quantity::Text("none".into()), CLUSTERS),
            Evidence::new(format!("{alike} under a policy"), Quantity::Fraction(share), CLUSTERS),
            Evidence::new("billed a month", Quantity::Usd(it.monthly), USAGE),
        ],
        alternatives: vec![],
        confidence: format!("{} configurations in the workspace", known.len()),
        rollback: "take it out of the policy again".into(),
        verify: "its newest configuration has a policy_id".into(),
        options: vec![],
        at_stake: Some(it.monthly),
        gain: Gain::Other,
        target: it.target.clone(),
    }))
}

/// One that its policy would not allow.
fn violating(cx: &Context<'_>, it: &Subject<'_>, policy: &Policy, broken: &[Violation]) -> Opinion {
    let name = plan::name(cx, &it.target);
    let list: Vec<String> = broken
        .iter()
        .map(|it| format!("{} is {} and {}", it.path, it.value.as_deref().unwrap_or("not set"), it.rule))
        .collect();
    let mut evidence: Vec<Evidence> = broken
        .iter()
        .map(|it| {
            let value = it.value.clone().unwrap_or_else(|| "not set".into());
            Evidence::new(format!("{}, which {}", it.path, it.rule), Quantity::Text(value), POLICIES)
        })
        .collect();
    evidence.push(Evidence::new("billed a month", Quantity::Usd(it.monthly), USAGE));
    Opinion::Propose(Box::new(Proposal {
        title: format!("Bring {name} back within the policy {}", policy.name),
        why: format!("{} of its settings are outside of it: {}.", broken.len(), list.join("; ")),
        action: Action::ApplyPolicy { definition: policy.definition.clone() },
        risk: risk_of(it.production, "the settings that are outside of the policy change"),
        runtime: None,
        evidence,
        alternatives: vec![],
        confidence: "its newest configuration and the policy as it is now".into(),
        rollback: "widen the policy, if the setting is meant".into(),
        verify: "the policy's compliance page lists it as compliant".into(),
        options: vec![],
        at_stake: Some(it.monthly),
        gain: Gain::Other,
        target: it.target.clone(),
    }))
}

/// A workspace in which nobody is under a policy.
fn for_all(cx: &Context<'_>, target: Target, known: &[&Subject<'_>], monthly: Usd) -> Opinion {
    let name = plan::name(cx, &target);
    let owners: BTreeSet<String> = known.iter().filter_map(|it| plan::owner(cx, &it.target)).collect();
    Opinion::Propose(Box::new(Proposal {
        title: format!("Make a cluster policy in workspace {name}"),
        why: format!(
            "None of its {} clusters and jobs is under a policy: nothing bounds {monthly} a month of {} people and services.",
            known.len(),
            owners.len()
        ),
        action: Action::ApplyPolicy { definition: definition::of(cx, target.workspace(), &configs(known)) },
        risk: risk_of(Production::No, "it binds what is made or edited from then on"),
        runtime: None,
        evidence: vec![
            Evidence::new("clusters and jobs without a policy", Quantity::Count(known.len() as u64), CLUSTERS),
            Evidence::new("billed a month", Quantity::Usd(monthly), USAGE),
        ],
        alternatives: vec![],
        confidence: format!("{} configurations", known.len()),
        rollback: "delete the policy".into(),
        verify: "new clusters have a policy_id".into(),
        options: vec![],
        at_stake: Some(monthly),
        gain: Gain::Other,
        target,
    }))
}

fn configs<'a>(of: &[&Subject<'a>]) -> Vec<&'a ConfigVersion> {
    of.iter().flat_map(|it| it.configs.iter().map(|it| it.0)).collect()
}

fn risk_of(production: Production, because: &str) -> clusteriq_model::Risk {
    let mut parts = vec![risk::part(RiskDimension::Coupling, 1, because)];
    if production == Production::Yes {
        parts.push(risk::production());
    }
    risk::risk(parts)
}

#[cfg(test)]
mod tests {
    use clusteriq_model::Fleet;

    use super::*;
    use crate::testing::{check, world};

    const RULES: &str = r#"{"autotermination_minutes": {"type": "range", "minValue": 10, "maxValue": 60}}"#;

    /// Five clusters that stop after 45 minutes, of which the first so many are under the policy `standard`.
    fn fleet(covered: usize) -> Fleet {
        let daily: Vec<_> = (0..14).map(|day| (day, 9, 17)).collect();
        let mut fleet = (0..5).fold(world(), |it, at| it.shared(&format!("team-{at}"), Some(45), &daily)).fleet();
        for it in fleet.clusters.values_mut().take(covered).flat_map(|it| &mut it.configs) {
            it.policy_id = Some("p".into());
        }
        let rules = Policy { name: "standard".into(), definition: RULES.into() };
        fleet.policies.insert((WorkspaceId("1".into()), "p".into()), rules);
        fleet
    }

    #[test]
    fn the_one_of_five_that_is_under_no_policy_is_put_under_that_of_the_others() {
        let said = check(&ADVISOR, &fleet(4));
        assert!(said.contains("Put team-4 under the policy standard. 80 % of the workspace's all-purpose"), "{said}");
        assert_eq!(said.matches("fine").count(), 5, "{said}");
    }

    #[test]
    fn where_most_are_under_none_it_is_a_choice() {
        assert_eq!(check(&ADVISOR, &fleet(2)).matches("fine").count(), 6);
    }

    #[test]
    fn where_nobody_is_there_is_one_recommendation_for_all_of_them() {
        let mut fleet = fleet(0);
        let policies = std::mem::take(&mut fleet.policies);
        assert_eq!(check(&ADVISOR, &fleet).matches("fine").count(), 6, "an account without policies is left alone");
        fleet.policies = policies;
        let said = check(&ADVISOR, &fleet);
        assert!(said.contains("Make a cluster policy in workspace 1. None of its 5 clusters and jobs"), "{said}");
        assert_eq!(said.matches("fine").count(), 5, "{said}");
    }

    #[test]
    fn what_a_policy_does_not_allow_is_listed_and_what_it_allows_is_fine() {
        let mut fleet = fleet(5);
        assert_eq!(check(&ADVISOR, &fleet).matches("fine").count(), 6);
        let first = fleet.clusters.values_mut().next().expect("a cluster");
        for it in &mut first.configs {
            it.autotermination = clusteriq_model::Autotermination::Never;
        }
        let said = check(&ADVISOR, &fleet);
        let expected = "Bring team-0 back within the policy standard. 1 of its settings are outside of it: \
                        autotermination_minutes is 0 and must be 10 to 60.";
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn a_cluster_that_only_the_bill_knows_cannot_be_judged() {
        let mut fleet = fleet(4);
        let last = fleet.clusters.values_mut().next_back().expect("a cluster");
        for it in &mut last.configs {
            (it.runtime, it.compute.size) = (None, None);
        }
        let said = check(&ADVISOR, &fleet);
        assert!(said.contains("abstains on cluster team-4: its configuration is not in the data"), "{said}");
    }
}
