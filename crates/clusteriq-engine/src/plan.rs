//! From proposals to one plan: conflicts resolved, each priced on what the ones before it left, ranked.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{
    Action, ActionKind, Alternative, Interval, JobKey, Recommendation, Savings, Settled, Target, Usd,
};

use crate::advisor::{Advisor, Context, Gain, Proposal};
use crate::risk;
use crate::scenario::Scenario;
use crate::whatif::Cost;

mod joint;
pub(crate) mod title;

/// A proposal and who made it.
pub(crate) type Proposed<'a> = (&'a Advisor, Proposal);

/// Changes of the same slot on one target exclude each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Size,
    Other(ActionKind),
}

fn slot(action: &Action) -> Slot {
    let sized = joint::setting(action) == Some(joint::Setting::Size) || action.kind() == ActionKind::UseJobCluster;
    if sized { Slot::Size } else { Slot::Other(action.kind()) }
}

/// Makes the plan. Proposals that would save less than the least saving on top of the others are left out.
#[must_use]
pub(crate) fn plan(cx: &Context<'_>, proposals: Vec<Proposed<'_>>) -> Vec<Recommendation> {
    let mut chosen: Vec<Vec<Recommendation>> = vec![];
    for group in connected(cx, proposals) {
        let mut touched = BTreeSet::new();
        for (_, it) in &group {
            touched.extend(cx.today.touched(&it.target, &it.action));
        }
        let mut done = settle(cx, group);
        let spent = cx.today.cost(&touched).and_then(|it| it.total());
        at_most_spent(&mut done, spent.map_or(Usd(f64::INFINITY), |it| it.likely));
        chosen.push(done);
    }
    rank(chosen)
}

/// The optimistic bounds together promise no more than is spent: what they promise beyond the likely is scaled down.
fn at_most_spent(done: &mut [Recommendation], spent: Usd) {
    let savings = || done.iter().filter_map(|it| it.savings.as_ref()).map(|it| it.total);
    let likely: Usd = savings().map(|it| it.likely).sum();
    let beyond: Usd = savings().map(|it| it.high - it.likely).sum();
    if likely + beyond <= spent || beyond <= Usd(0.0) {
        return;
    }
    let keep = ((spent - likely) / beyond).max(0.0);
    for it in done.iter_mut().filter_map(|it| it.savings.as_mut()) {
        let amounts = [Some(&mut it.total), it.dbu.as_mut(), it.vm.as_mut()];
        for amount in amounts.into_iter().flatten() {
            amount.high = amount.likely + (amount.high - amount.likely) * keep;
        }
    }
}

/// Groups of proposals that touch common resources, directly or through others.
fn connected<'a>(cx: &Context<'_>, proposals: Vec<Proposed<'a>>) -> Vec<Vec<Proposed<'a>>> {
    let mut groups: BTreeMap<usize, (BTreeSet<Target>, Vec<Proposed<'a>>)> = BTreeMap::new();
    let mut group_of: BTreeMap<Target, usize> = BTreeMap::new();
    for (number, it) in proposals.into_iter().enumerate() {
        let mut touched = cx.today.touched(&it.1.target, &it.1.action);
        let met: BTreeSet<usize> = touched.iter().filter_map(|it| group_of.get(it).copied()).collect();
        let mut members = vec![it];
        for (resources, others) in met.iter().filter_map(|it| groups.remove(it)) {
            touched.extend(resources);
            members.splice(0..0, others);
        }
        group_of.extend(touched.iter().map(|it| (it.clone(), number)));
        groups.insert(number, (touched, members));
    }
    groups.into_values().map(|it| it.1).collect()
}

/// A group's plan. A job's settings are weighed together first; what is left is taken greedily: the change that saves most on
/// top of those already made comes next. What the plan leaves out is named where it was settled.
fn settle(cx: &Context<'_>, group: Vec<Proposed<'_>>) -> Vec<Recommendation> {
    let mut open = group;
    open.sort_by(|a, b| {
        (a.0.detection, &a.1.target, a.1.action.kind()).cmp(&(b.0.detection, &b.1.target, b.1.action.kind()))
    });
    let mut left_out: Vec<Proposed<'_>> = vec![];
    let (done, plans) = loop {
        let mut weighed: BTreeMap<JobKey, Vec<Proposed<'_>>> = BTreeMap::new();
        let mut plans: BTreeMap<Target, Vec<Alternative>> = BTreeMap::new();
        let mut next = vec![];
        for it in open {
            match &it.1.target {
                Target::Job(job) if joint::weighs(it.1.gain, &it.1.action) => {
                    weighed.entry(job.clone()).or_default().push(it);
                }
                _ => next.push(it),
            }
        }
        for (job, proposals) in weighed {
            let chosen = joint::choose(cx, &job, proposals);
            plans.insert(Target::Job(job), chosen.plans);
            next.extend(chosen.best);
            left_out.extend(chosen.others);
        }
        let (done, rest) = greedy(cx, next.clone());
        // A setting that is not worth making on top of the others is taken out, and the rest weighed again without it.
        let (dropped, kept): (Vec<_>, Vec<_>) = next
            .into_iter()
            .partition(|it| joint::weighs(it.1.gain, &it.1.action) && rest.iter().any(|other| same(other, it)));
        if dropped.is_empty() {
            left_out.extend(rest);
            break (done, plans);
        }
        left_out.extend(dropped);
        open = kept;
    };
    let mut done = done;
    for (target, plans) in plans {
        if let Some(it) = done.iter_mut().find(|it| it.target == target && it.savings.is_some()) {
            it.alternatives.splice(0..0, plans);
        }
    }
    for (advisor, it) in left_out {
        let name = |other: &Recommendation| slot(&other.action) == slot(&it.action);
        let own = |other: &Recommendation| other.target == it.target && other.savings.is_some();
        let by = done.iter().position(|other| own(other) && name(other)).or_else(|| done.iter().position(own));
        let by = by.or_else(|| done.iter().position(|other| other.target == it.target));
        if let Some(by) = by {
            let alone = marginal(&cx.today, &it).map(|it| it.total);
            let settled = Settled {
                advisor: advisor.id,
                detection: advisor.detection,
                title: it.title,
                action: it.action,
                alone,
            };
            done[by].instead_of.push(settled);
        }
    }
    done
}

fn same(a: &Proposed<'_>, b: &Proposed<'_>) -> bool {
    a.0.id == b.0.id && a.1.target == b.1.target && a.1.action.kind() == b.1.action.kind()
}

/// The change that saves most on top of those already made comes next; returns what was not taken as well.
fn greedy<'a>(cx: &Context<'_>, mut open: Vec<Proposed<'a>>) -> (Vec<Recommendation>, Vec<Proposed<'a>>) {
    let mut scenario = cx.today.clone();
    let mut done: Vec<Recommendation> = vec![];
    let mut excluded = vec![];
    let mut taken: BTreeMap<Target, BTreeSet<Slot>> = BTreeMap::new();
    loop {
        let is_taken = |it: &Proposal| taken.get(&it.target).is_some_and(|slots| slots.contains(&slot(&it.action)));
        let (out, still): (Vec<_>, Vec<_>) = open.into_iter().partition(|it| is_taken(&it.1));
        open = still;
        excluded.extend(out);
        let priced = open.iter().enumerate().filter_map(|(at, (_, it))| {
            let savings = marginal(&scenario, it)?;
            worthwhile(cx, it, &savings).then_some((at, savings))
        });
        let best = priced.max_by(|a, b| a.1.total.likely.0.total_cmp(&b.1.total.likely.0).then(b.0.cmp(&a.0)));
        let Some((at, savings)) = best else {
            let Some(moved) = move_together(cx, &mut scenario, &mut open) else { break };
            for (advisor, it, savings) in moved {
                done.push(recommendation(cx, advisor, it, Some(savings), &done));
            }
            continue;
        };
        let (advisor, it) = open.remove(at);
        scenario = scenario.with(&it.target, &it.action);
        taken.entry(it.target.clone()).or_default().insert(slot(&it.action));
        let it = on_top(&scenario, it);
        done.push(recommendation(cx, advisor, it, Some(savings), &done));
    }
    // What is worth doing without a saving of its own comes last.
    open.sort_by_key(|it| matches!(it.1.action, Action::MendFailures { .. }));
    for (advisor, mut it) in open {
        let slots = taken.entry(it.target.clone()).or_default();
        // Runs that break off for want of memory are mended by memory.
        let short = |other: &Recommendation| other.target == it.target && other.detection == "D22";
        let mended = matches!(it.action, Action::MendFailures { .. }) && done.iter().any(short);
        // A limit stops it every night; stopping it by hand is what to do until it is set.
        let limited = |other: &Recommendation| {
            other.target == it.target && matches!(other.action, Action::SetAutotermination { .. })
        };
        let limited = matches!(it.action, Action::StopCluster) && done.iter().any(limited);
        // Without a bill nothing can be weighed in money, and what was found is still worth a word.
        let unpriced = it.gain == Gain::Money && cx.fleet.bill.records == 0 && costs_unknown(&scenario, &it);
        if (it.gain == Gain::Other || unpriced) && !mended && !limited && slots.insert(slot(&it.action)) {
            if unpriced {
                it.why += " What it saves cannot be said without the bill.";
            }
            done.push(recommendation(cx, advisor, it, None, &done));
        } else {
            excluded.push((advisor, it));
        }
    }
    (done, excluded)
}

/// Whether nothing is known of what the touched resources cost.
fn costs_unknown(scenario: &Scenario<'_>, it: &Proposal) -> bool {
    let cost = scenario.cost(&scenario.touched(&it.target, &it.action)).and_then(|it| it.total());
    cost.is_none_or(|it| it.high == Usd(0.0))
}

/// Jobs of one all-purpose cluster that save nothing by leaving it one by one, since the others keep it up, and much if all leave:
/// what they save together is shared by what each would cost then.
fn move_together<'a>(
    cx: &Context<'_>,
    scenario: &mut Scenario<'_>,
    open: &mut Vec<Proposed<'a>>,
) -> Option<Vec<(&'a Advisor, Proposal, Savings)>> {
    let clusters = |it: &Proposal| -> BTreeSet<Target> {
        let moves = it.action.kind() == ActionKind::UseJobCluster && it.gain == Gain::Money;
        let touched = if moves { scenario.touched(&it.target, &it.action) } else { BTreeSet::new() };
        touched.into_iter().filter(|it| matches!(it, Target::Cluster(_))).collect()
    };
    let all: BTreeSet<Target> = open.iter().flat_map(|it| clusters(&it.1)).collect();
    let found = all.into_iter().find_map(|cluster| {
        let members: Vec<usize> = (0..open.len()).filter(|at| clusters(&open[*at].1).contains(&cluster)).collect();
        let touched: BTreeSet<Target> =
            members.iter().flat_map(|at| scenario.touched(&open[*at].1.target, &open[*at].1.action)).collect();
        let then = members.iter().fold(scenario.clone(), |it, at| it.with(&open[*at].1.target, &open[*at].1.action));
        let together = savings(&scenario.cost(&touched)?, &then.cost(&touched)?)?;
        let worth = together.total.likely >= cx.settings.least_saving * members.len() as f64;
        (members.len() > 1 && worth && together.total.low > Usd(0.0)).then_some((members, then, together))
    });
    let (members, then, together) = found?;
    let own = |at: &usize| {
        let cost = then.cost(&BTreeSet::from([open[*at].1.target.clone()]));
        cost.and_then(|it| it.total()).map_or(0.0, |it| it.likely.0)
    };
    let costs: Vec<f64> = members.iter().map(own).collect();
    let sum: f64 = costs.iter().sum();
    let shares: Vec<f64> = costs.iter().map(|it| if sum > 0.0 { it / sum } else { 1.0 / costs.len() as f64 }).collect();
    let mut moved = vec![];
    for (at, share) in members.into_iter().zip(shares).rev() {
        let (advisor, mut it) = open.remove(at);
        it.why += " Others run on that cluster at the same times: it pays if all of them leave it.";
        moved.push((advisor, it, part(&together, share)));
    }
    moved.reverse();
    *scenario = then;
    Some(moved)
}

/// A share of a saving.
fn part(it: &Savings, share: f64) -> Savings {
    let of = |it: Interval<Usd>| it.map(|it| it * share);
    let because = format!("{:.0} % of what is saved together, {}", share * 100.0, it.because);
    Savings { total: of(it.total), dbu: it.dbu.map(of), vm: it.vm.map(of), because }
}

/// Run time and risk of a job's change as the scenario has them after it.
fn on_top(scenario: &Scenario<'_>, mut it: Proposal) -> Proposal {
    let Target::Job(job) = &it.target else { return it };
    if joint::setting(&it.action).is_none() {
        return it;
    }
    if let Some((quote, runtime)) = scenario.job_quote(job).zip(it.runtime.as_mut()) {
        runtime.then = quote.runtime;
        let parts = risk::of_quote(&quote).into_iter().chain(joint::own_parts(&it.risk.parts));
        it.risk = risk::risk(parts.collect());
    }
    it
}

/// What a change saves on top of a scenario.
#[must_use]
pub(crate) fn marginal(scenario: &Scenario<'_>, it: &Proposal) -> Option<Savings> {
    let touched = scenario.touched(&it.target, &it.action);
    let before = scenario.cost(&touched)?;
    let after = scenario.with(&it.target, &it.action).cost(&touched)?;
    savings(&before, &after)
}

/// Relative error of every saving, whatever cancels: the next month is another month than the last.
const LEAST_ERROR: f64 = 0.07;

/// The difference of two costs, a month. Errors that both share cancel.
#[must_use]
pub(crate) fn savings(before: &Cost, after: &Cost) -> Option<Savings> {
    let minus = |a: Option<Interval<Usd>>, b: Option<Interval<Usd>>| {
        let (a, b) = (a?, b?);
        let likely = a.likely - b.likely;
        let least = Usd(likely.0.abs() * LEAST_ERROR);
        let down = ((b.high - b.likely) - (a.high - a.likely)).max(least);
        let up = ((b.likely - b.low) - (a.likely - a.low)).max(least);
        Some(Interval { low: likely - down, likely, high: likely + up }.at_most(a.likely))
    };
    let (dbu, vm) = (minus(before.dbu, after.dbu), minus(before.vm, after.vm));
    let total = match (dbu, vm) {
        (Some(a), Some(b)) => a + b,
        (one, None) | (None, one) => one?,
    };
    let meter = |name: &str, now: Option<Interval<Usd>>, then: Option<Interval<Usd>>| {
        now.zip(then).map(|(a, b)| format!("{name} {} → {}", a.likely, b.likely))
    };
    let parts = [meter("DBU", before.dbu, after.dbu), meter("VM", before.vm, after.vm)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Some(Savings { total, dbu, vm, because: format!("per month: {}", parts.join(", ")) })
}

fn worthwhile(cx: &Context<'_>, it: &Proposal, savings: &Savings) -> bool {
    it.gain == Gain::Money && savings.total.likely >= cx.settings.least_saving && savings.total.low > Usd(0.0)
}

fn recommendation(
    cx: &Context<'_>,
    advisor: &Advisor,
    it: Proposal,
    savings: Option<Savings>,
    before: &[Recommendation],
) -> Recommendation {
    let kind = it.action.kind().word();
    let target = format!("{}/{}", it.target.workspace().0, it.target);
    let id = hash(&format!("{}|{target}|{kind}", advisor.id.0));
    let after = before
        .iter()
        .filter(|other| other.savings.is_some() && touches(cx, other, &it))
        .map(|it| it.id.clone())
        .collect();
    Recommendation {
        id,
        judged_on: hash(&configuration(cx, &it.target)),
        advisor: advisor.id,
        detection: advisor.detection,
        name: name(cx, &it.target),
        owner: owner(cx, &it.target),
        title: it.title,
        why: it.why,
        target: it.target,
        action: it.action,
        savings,
        at_stake: it.at_stake,
        instead_of: vec![],
        runtime: it.runtime,
        risk: it.risk,
        confidence: it.confidence,
        evidence: it.evidence,
        alternatives: it.alternatives,
        after,
        rollback: it.rollback,
        verify: it.verify,
        window: cx.fleet.window,
    }
}

fn touches(cx: &Context<'_>, a: &Recommendation, b: &Proposal) -> bool {
    let of = |target: &Target, action: &Action| cx.today.touched(target, action);
    !of(&a.target, &a.action).is_disjoint(&of(&b.target, &b.action))
}

/// Twelve hexadecimal digits.
fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
}

fn configuration(cx: &Context<'_>, target: &Target) -> String {
    match target {
        Target::Job(it) => format!("{:?}", cx.profiles.jobs.get(it).map(|it| &it.0.compute)),
        Target::Cluster(it) => {
            let config = cx.fleet.clusters.get(it).map(|it| it.config());
            format!("{:?}", config.map(|it| (&it.compute, it.autotermination)))
        }
        Target::Warehouse(it) => {
            let it = cx.fleet.warehouses.get(it);
            format!("{:?}", it.map(|it| (it.kind, &it.size, it.auto_stop, it.clusters)))
        }
        Target::Pool(it) => format!("{:?}", cx.fleet.pools.get(it).map(|it| (it.min_idle, &it.node_type))),
        Target::Pipeline(it) => {
            format!("{:?}", cx.fleet.pipelines.get(it).map(|it| (it.continuous, it.development)))
        }
        Target::Workspace(it) => it.0.to_string(),
    }
}

/// What people call it.
#[must_use]
pub(crate) fn name(cx: &Context<'_>, target: &Target) -> String {
    let found = match target {
        Target::Job(it) => cx.fleet.jobs.get(it).map(|it| it.name.clone()),
        Target::Cluster(it) => cx.fleet.clusters.get(it).map(|it| it.name.clone()),
        Target::Warehouse(it) => cx.fleet.warehouses.get(it).map(|it| it.name.clone()),
        Target::Pool(it) => cx.fleet.pools.get(it).map(|it| it.name.clone()),
        Target::Pipeline(it) => cx.fleet.pipelines.get(it).map(|it| it.name.clone()),
        Target::Workspace(it) => cx.fleet.workspaces.get(it).and_then(|it| it.name.clone()),
    };
    found.unwrap_or_else(|| target.id().to_owned())
}

/// Whose it is.
#[must_use]
pub(crate) fn owner(cx: &Context<'_>, target: &Target) -> Option<String> {
    match target {
        Target::Job(it) => cx.fleet.jobs.get(it)?.run_as.clone(),
        Target::Cluster(it) => cx.fleet.clusters.get(it)?.owner.clone(),
        Target::Warehouse(it) => cx.fleet.warehouses.get(it)?.owner.clone(),
        Target::Pipeline(it) => cx.fleet.pipelines.get(it)?.run_as.clone(),
        Target::Pool(_) | Target::Workspace(_) => None,
    }
}

/// Guaranteed saving, less for more risk; inside a group nothing comes before what it is counted after.
fn rank(groups: Vec<Vec<Recommendation>>) -> Vec<Recommendation> {
    let mut keyed: Vec<(f64, usize, Recommendation)> = vec![];
    for group in groups {
        let mut ceiling = f64::INFINITY;
        for (at, it) in group.into_iter().enumerate() {
            let own = it
                .savings
                .as_ref()
                .map_or(-1.0, |savings| savings.total.low.0.max(0.0) / (1.0 + f64::from(it.risk.score)));
            ceiling = ceiling.min(own);
            keyed.push((ceiling, at, it));
        }
    }
    keyed.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| a.1.cmp(&b.1))
            .then_with(|| a.2.target.cmp(&b.2.target))
            .then_with(|| a.2.detection.cmp(b.2.detection))
    });
    keyed.into_iter().map(|it| it.2).collect()
}
