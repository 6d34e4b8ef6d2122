//! One job's settings weighed together: size, node type, driver, purchase and Photon, in every combination that the
//! advisors put up, replayed as a whole. So the plan is the best combination that fits, and no sum of steps that each fit alone.

use std::collections::BTreeMap;

use clusteriq_model::{Action, Alternative, ClusterChange, Compute, Interval, JobKey, Savings, Size, Usd};

use super::{Proposed, savings};
use crate::advisor::{Context, Gain};
use crate::risk;
use crate::scenario::changed;
use crate::whatif::{Quote, job_on};

/// More combinations than these are thinned to each proposal's first choice.
const MOST: usize = 600;
/// How much less a saving is worth per step of risk.
const RISK_AVERSION: f64 = 0.15;

/// A setting of a job's cluster. In this order changes are made: a driver that has the workers' type follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Setting {
    NodeType,
    Driver,
    Size,
    Purchase,
    Photon,
}

/// The setting that an action changes, if it is one of a job's cluster.
pub(super) fn setting(action: &Action) -> Option<Setting> {
    Some(match action.on_cluster()? {
        ClusterChange::Workers { .. } | ClusterChange::SingleNode(_) => Setting::Size,
        ClusterChange::NodeType { .. } => Setting::NodeType,
        ClusterChange::DriverType { .. } => Setting::Driver,
        ClusterChange::Purchase(_) => Setting::Purchase,
        ClusterChange::Photon(_) => Setting::Photon,
    })
}

/// One combination: which proposal, with which action, for each setting that changes.
#[derive(Clone)]
struct Combination {
    picks: Vec<(usize, Action)>,
    compute: Compute,
    quote: Quote,
    savings: Savings,
    score: u8,
}

impl Combination {
    fn worth(&self) -> f64 {
        self.savings.total.likely.0 / (1.0 + RISK_AVERSION * f64::from(self.score))
    }
}

/// What came of weighing.
pub(super) struct Chosen<'a> {
    /// Those of the best combination, with the action that it has in it.
    pub(super) best: Vec<Proposed<'a>>,
    /// The others.
    pub(super) others: Vec<Proposed<'a>>,
    /// The best combination, the safest and the largest single step, where they differ.
    pub(super) plans: Vec<Alternative>,
}

/// Weighs a job's proposals that save money by changing its cluster. Others must not be among them.
pub(super) fn choose<'a>(cx: &Context<'_>, job: &JobKey, proposals: Vec<Proposed<'a>>) -> Chosen<'a> {
    let found = combinations(cx, job, &proposals);
    let better =
        |a: &&Combination, b: &&Combination| a.worth().total_cmp(&b.worth()).then(b.picks.len().cmp(&a.picks.len()));
    let Some(best) = found.iter().max_by(better).cloned() else {
        return Chosen { best: vec![], others: proposals, plans: vec![] };
    };
    let least = found.iter().map(|it| it.score).min().unwrap_or(0);
    let safest = found.iter().filter(|it| it.score == least).max_by(better);
    let single = found.iter().filter(|it| it.picks.len() == 1).max_by(better);
    let mut plans = vec![];
    if best.picks.len() > 1 || found.len() > 1 {
        plans.push(plan("best plan", &best, "this plan"));
        let more = |it: &&Combination| it.compute != best.compute;
        plans.extend(safest.filter(more).map(|it| plan("safest plan", it, "it saves less at the least risk")));
        plans.extend(single.filter(more).map(|it| plan("largest single step", it, "one change only")));
    }
    let picks: BTreeMap<usize, &Action> = best.picks.iter().map(|(at, action)| (*at, action)).collect();
    let (mut chosen, mut others) = (vec![], vec![]);
    for (at, (advisor, mut it)) in proposals.into_iter().enumerate() {
        match picks.get(&at) {
            Some(action) => {
                if **action != it.action {
                    it.why += &format!(" Together with the other changes of this plan it is {action}.");
                    it.title = super::title::imperative(action, &super::name(cx, &it.target)).unwrap_or(it.title);
                    it.action = (*action).clone();
                }
                chosen.push((advisor, it));
            }
            None => others.push((advisor, it)),
        }
    }
    Chosen { best: chosen, others, plans }
}

fn plan(label: &str, it: &Combination, verdict: &str) -> Alternative {
    Alternative {
        label: label.into(),
        compute: it.compute.to_string(),
        savings: Some(it.savings.total),
        runtime: Some(it.quote.runtime),
        risk: Some(it.score),
        verdict: verdict.into(),
    }
}

/// Every combination that fits and saves.
fn combinations(cx: &Context<'_>, job: &JobKey, proposals: &[Proposed<'_>]) -> Vec<Combination> {
    let Some((profile, _)) = cx.profiles.jobs.get(job) else { return vec![] };
    let Some(now) = &profile.compute else { return vec![] };
    let Some(before) = job_on(cx.fleet, profile, now) else { return vec![] };
    let mut settings: BTreeMap<Setting, Vec<(usize, Action)>> = BTreeMap::new();
    for (at, (_, it)) in proposals.iter().enumerate() {
        for action in std::iter::once(&it.action).chain(&it.options) {
            if let Some(setting) = setting(action) {
                settings.entry(setting).or_default().push((at, action.clone()));
            }
        }
    }
    let all: usize = settings.values().map(|it| it.len() + 1).product();
    if all > MOST {
        for picks in settings.values_mut() {
            let mut seen = std::collections::BTreeSet::new();
            picks.retain(|it| seen.insert(it.0));
        }
    }
    let mut partial: Vec<Vec<(usize, Action)>> = vec![vec![]];
    for picks in settings.values() {
        let longer: Vec<_> = partial
            .iter()
            .flat_map(|head| picks.iter().map(move |it| head.iter().cloned().chain([it.clone()]).collect()))
            .collect();
        partial.extend(longer);
    }
    let found = partial.into_iter().filter(|it| !it.is_empty() && agrees(it)).filter_map(|picks| {
        let compute = picks.iter().fold(now.clone(), |compute, it| changed(compute, &it.1));
        let quote = job_on(cx.fleet, profile, &compute)?;
        let savings = savings(&before.cost, &quote.cost)?;
        let moved = compute.driver_type != now.driver_type;
        let driver = cx.settings.memory_limit.max(before.driver_memory * 1.001);
        let fits = fits(cx, &quote) && (!moved || quote.driver_memory <= driver);
        let saves = savings.total.likely >= cx.settings.least_saving && savings.total.low > Usd(0.0);
        let mut parts = risk::of_quote(&quote);
        parts.extend(picks.iter().flat_map(|it| own_parts(&proposals[it.0].1.risk.parts)));
        let score = risk::risk(parts).score;
        (fits && saves).then_some(Combination { picks, compute, quote, savings, score })
    });
    found.collect()
}

/// A single node has one type and no workers to buy.
fn agrees(picks: &[(usize, Action)]) -> bool {
    let single = picks
        .iter()
        .any(|it| matches!(it.1, Action::UseSingleNode { .. } | Action::SetWorkers { to: Size::Fixed(0), .. }));
    !single || picks.iter().all(|it| matches!(setting(&it.1), Some(Setting::Size | Setting::Photon)))
}

/// The parts of a risk that do not come from the replay.
pub(super) fn own_parts(parts: &[clusteriq_model::RiskPart]) -> impl Iterator<Item = clusteriq_model::RiskPart> + '_ {
    use clusteriq_model::RiskDimension::{Cpu, Memory, Runtime};
    parts.iter().filter(|it| !matches!(it.dimension, Cpu | Memory | Runtime)).cloned()
}

/// Whether the worst run's memory and the run time stay within what the settings allow.
fn fits(cx: &Context<'_>, quote: &Quote) -> bool {
    let more: Interval<f64> = quote.stretch;
    quote.within(cx.settings.memory_limit)
        && more.likely <= cx.settings.tolerated_slowdown
        && more.high <= cx.settings.tolerated_slowdown + 0.15
}

/// Whether a proposal is weighed here.
pub(super) fn weighs(gain: Gain, action: &Action) -> bool {
    gain == Gain::Money && setting(action).is_some()
}
