//! Asks every advisor, plans, and puts the report together.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{
    AdvisorId, Examined, Fleet, Gap, GapKind, Headline, Interval, Money, Recommendation, Remedy, Report, RiskLevel,
    Target, Usd,
};
use jiff::Timestamp;

use crate::advisor::{Advisor, Context, Opinion};
use crate::money;
use crate::plan;
use crate::whatif::per_month;

mod resources;

pub(crate) use resources::{run_chart, use_chart};

/// The report on a fleet.
#[must_use]
pub fn report(cx: &Context<'_>, advisors: &[&Advisor], data_until: Timestamp) -> Report {
    let fleet = cx.fleet;
    let mut examined: BTreeMap<AdvisorId, Examined> = BTreeMap::new();
    let mut proposals = vec![];
    let mut judged: BTreeSet<Target> = BTreeSet::new();
    let mut silent: BTreeMap<(Target, String), Vec<AdvisorId>> = BTreeMap::new();
    for advisor in advisors {
        let counts = examined.entry(advisor.id).or_default();
        for opinion in (advisor.advise)(cx) {
            match opinion {
                Opinion::Fine(target) => {
                    counts.fine += 1;
                    judged.insert(target);
                }
                Opinion::Abstain(target, why) => {
                    counts.abstained += 1;
                    silent.entry((target, why)).or_default().push(advisor.id);
                }
                Opinion::Propose(it) => {
                    counts.proposed += 1;
                    judged.insert(it.target.clone());
                    proposals.push((*advisor, *it));
                }
            }
        }
    }
    let recommendations = plan::plan(cx, proposals);
    let costs = money::costs(fleet, cx.profiles, &money::attribute(fleet));
    let mut gaps = fleet.gaps.clone();
    gaps.extend(not_judged(cx, &silent));
    gaps.sort_by(|a, b| {
        b.touches
            .cmp(&a.touches)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| a.target.cmp(&b.target))
            .then_with(|| a.what.cmp(&b.what))
    });
    let abstained: BTreeSet<&Target> = silent.keys().map(|it| &it.0).collect();
    let not_judged: Vec<&Target> = abstained.into_iter().filter(|it| !judged.contains(*it)).collect();
    let headline = headline(cx, &costs, &recommendations, judged.len(), &not_judged);
    Report {
        window: fleet.window,
        data_until,
        headline,
        recommendations,
        gaps,
        examined,
        resources: resources::resources(cx),
        costs,
    }
}

fn headline(
    cx: &Context<'_>,
    costs: &clusteriq_model::Costs,
    recommendations: &[Recommendation],
    judged: usize,
    not_judged: &[&Target],
) -> Headline {
    let spent = costs.billed.estimate() + costs.vm.unwrap_or_default();
    let sum = |test: &dyn Fn(&Recommendation) -> bool| -> Option<Interval<Usd>> {
        let savings = recommendations.iter().filter(|it| test(it)).filter_map(|it| it.savings.as_ref());
        savings.map(|it| it.total).reduce(|a, b| a + b)
    };
    let low = |it: &Recommendation| it.risk.level <= RiskLevel::Low;
    let count = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Headline {
        spent,
        spent_per_month: spent * per_month(cx.fleet),
        savings_per_month: sum(&|_| true),
        low_risk_savings_per_month: sum(&low),
        judged: count(judged),
        not_judged: count(not_judged.len()),
        not_judged_usd: not_judged.iter().filter_map(|it| billed(cx.fleet, it)).map(Money::estimate).sum(),
    }
}

/// What was billed for it, if it is on the bill.
fn billed(fleet: &Fleet, target: &Target) -> Option<Money> {
    match target {
        Target::Job(it) => fleet.bill.jobs.get(it).copied(),
        Target::Cluster(it) => fleet.bill.clusters.get(it).map(|it| it.usd),
        Target::Warehouse(it) => fleet.bill.warehouses.get(it).map(|it| it.usd),
        Target::Pipeline(it) => fleet.bill.pipelines.get(it).map(|it| it.usd),
        Target::Pool(_) => None,
        Target::Workspace(it) => fleet.bill.workspaces.get(it).copied(),
    }
}

/// One gap per target and reason, whoever was silent for it.
fn not_judged(cx: &Context<'_>, silent: &BTreeMap<(Target, String), Vec<AdvisorId>>) -> Vec<Gap> {
    silent
        .iter()
        .map(|((target, why), advisors)| {
            let touches = billed(cx.fleet, target);
            let name = plan::name(cx, target);
            Gap {
                kind: GapKind::NotJudged,
                target: Some(target.clone()),
                advisor: advisors.first().copied().filter(|_| advisors.len() == 1),
                what: format!("{} {name}: {why}", target.kind().word()),
                name: Some(name),
                remedy: why
                    .rsplit_once("; ")
                    .and_then(|it| it.1.strip_suffix(" are needed"))
                    .filter(|it| it.ends_with("more"))
                    .map(|it| Remedy::Wait(it.into())),
                touches,
            }
        })
        .collect()
}
