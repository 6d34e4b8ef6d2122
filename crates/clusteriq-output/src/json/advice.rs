//! A recommendation and its evidence as data.

use clusteriq_model::{
    Alternative, Evidence, Interval, Recommendation, Risk, RiskPart, Runtime, Savings, Settled, Usd,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::action::ActionJson;
use super::chart::ChartJson;
use super::value::{IntervalJson, TargetJson, WindowJson, finite, interval, minutes, usd_interval};
use crate::words;

/// A priced proposal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Recommendation")]
pub struct RecommendationJson {
    /// Hash of advisor, target and kind of action: survives re-analysis.
    id: String,
    /// Hash of the configuration it was judged on: an approval lapses when this changes.
    judged_on: String,
    /// 1 is what to do first.
    rank: Option<u64>,
    /// Stable kebab-case name.
    advisor: String,
    /// Its number in the catalogue of detections.
    detection: String,
    /// An imperative sentence.
    title: String,
    /// One paragraph with the deciding number.
    why: String,
    target: TargetJson,
    owner: Option<String>,
    action: ActionJson,
    /// The action in words, from what to what.
    change: String,
    /// On top of the recommendations ranked before it; null: it saves nothing by itself, or its price is not known.
    savings_per_month: Option<SavingsJson>,
    /// US dollars a month that it is about and that are no saving; null: none, or not known.
    at_stake_per_month: Option<f64>,
    runtime_minutes: Option<RuntimeJson>,
    risk: RiskJson,
    /// How much it rests on, in words.
    confidence: String,
    /// The facts, strongest first.
    evidence: Vec<EvidenceJson>,
    /// What else was weighed.
    alternatives: Vec<AlternativeJson>,
    /// Ids of recommendations on the same resource that are counted before this one.
    after: Vec<String>,
    /// What was found too and is settled by this, or excluded by it.
    instead_of: Vec<SettledJson>,
    /// How to undo it.
    rollback: String,
    /// How to see that it holds.
    verify: String,
    /// The span the facts cover.
    window: WindowJson,
}

impl RecommendationJson {
    /// With its place in the plan.
    #[must_use]
    pub fn new(it: &Recommendation, rank: Option<u64>) -> Self {
        Self {
            id: it.id.clone(),
            judged_on: it.judged_on.clone(),
            rank,
            advisor: it.advisor.0.into(),
            detection: it.detection.into(),
            title: it.title.clone(),
            why: it.why.clone(),
            target: TargetJson::new(&it.target, Some(&it.name)),
            owner: it.owner.clone(),
            action: (&it.action).into(),
            change: it.action.to_string(),
            savings_per_month: it.savings.as_ref().and_then(SavingsJson::new),
            at_stake_per_month: it.at_stake.and_then(|it| finite(it.0)),
            runtime_minutes: it.runtime.as_ref().and_then(RuntimeJson::new),
            risk: (&it.risk).into(),
            confidence: it.confidence.clone(),
            evidence: it.evidence.iter().map(Into::into).collect(),
            alternatives: it.alternatives.iter().map(Into::into).collect(),
            after: it.after.clone(),
            instead_of: it.instead_of.iter().map(Into::into).collect(),
            rollback: it.rollback.clone(),
            verify: it.verify.clone(),
            window: (&it.window).into(),
        }
    }
}

/// A finding that has no place in the plan of its own.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Settled")]
struct SettledJson {
    /// Stable kebab-case name of the advisor.
    advisor: String,
    /// Its number in the catalogue of detections.
    detection: String,
    /// An imperative sentence.
    title: String,
    action: ActionJson,
    /// US dollars a month that it would save alone.
    alone_per_month: Option<IntervalJson>,
}

impl From<&Settled> for SettledJson {
    fn from(it: &Settled) -> Self {
        Self {
            advisor: it.advisor.0.into(),
            detection: it.detection.into(),
            title: it.title.clone(),
            action: (&it.action).into(),
            alone_per_month: it.alone.as_ref().and_then(usd_interval),
        }
    }
}

/// US dollars per month of 30.4 days.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Savings")]
pub struct SavingsJson {
    /// Pessimistic bound: what we would promise.
    low: f64,
    likely: f64,
    high: f64,
    /// Likely saving of DBUs; null: their price is not known.
    dbu_likely: Option<f64>,
    /// Likely saving of VMs, modelled; null: their price is not known.
    vm_likely: Option<f64>,
    /// The DBU part, at the billed rates.
    dbu: Option<IntervalJson>,
    /// The VM part, modelled from node-minutes and list prices.
    vm: Option<IntervalJson>,
    /// The arithmetic in words and numbers.
    because: String,
}

impl SavingsJson {
    /// Both meters together.
    #[must_use]
    pub fn total(&self) -> Interval<Usd> {
        Interval { low: Usd(self.low), likely: Usd(self.likely), high: Usd(self.high) }
    }

    /// `None` if a bound is no number.
    #[must_use]
    pub fn new(it: &Savings) -> Option<Self> {
        let likely = |part: &Option<clusteriq_model::Interval<clusteriq_model::Usd>>| {
            part.as_ref().and_then(|it| finite(it.likely.0))
        };
        Some(Self {
            low: finite(it.total.low.0)?,
            likely: finite(it.total.likely.0)?,
            high: finite(it.total.high.0)?,
            dbu_likely: likely(&it.dbu),
            vm_likely: likely(&it.vm),
            dbu: it.dbu.as_ref().and_then(usd_interval),
            vm: it.vm.as_ref().and_then(usd_interval),
            because: it.because.clone(),
        })
    }
}

/// How long a run takes, in minutes: the median now, and expected after the change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuntimeMinutes")]
pub struct RuntimeJson {
    now: f64,
    low: f64,
    likely: f64,
    high: f64,
}

impl RuntimeJson {
    /// `None` if a bound is no number.
    #[must_use]
    pub fn new(it: &Runtime) -> Option<Self> {
        Some(Self {
            now: minutes(it.now)?,
            low: minutes(it.then.low)?,
            likely: minutes(it.then.likely)?,
            high: minutes(it.then.high)?,
        })
    }
}

/// The worst of several things that may go wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Risk")]
pub struct RiskJson {
    /// 0 (nobody notices) to 4 (will fail).
    score: u8,
    /// `very_low`, `low`, `medium` or `high`.
    level: &'static str,
    /// The arithmetic in one sentence.
    because: String,
    parts: Vec<RiskPartJson>,
}

impl From<&Risk> for RiskJson {
    fn from(it: &Risk) -> Self {
        Self {
            score: it.score,
            level: it.level.word(),
            because: it.because.clone(),
            parts: it.parts.iter().map(Into::into).collect(),
        }
    }
}

/// One dimension of the risk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RiskPart")]
struct RiskPartJson {
    /// `cpu`, `memory`, `network`, `runtime`, `driver`, `people`, `coupling` or `modifier`.
    dimension: &'static str,
    /// 0 to 4; a modifier adds.
    score: u8,
    /// The numbers it comes from.
    because: String,
}

impl From<&RiskPart> for RiskPartJson {
    fn from(it: &RiskPart) -> Self {
        Self { dimension: it.dimension.word(), score: it.score, because: it.because.clone() }
    }
}

/// One observed fact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub struct EvidenceJson {
    /// What was measured.
    fact: String,
    /// The number; null if it is a text or not known.
    value: Option<f64>,
    /// `usd`, `dbu`, `hours`, `minutes`, `fraction`, `cores`, `gib`, `dbu_per_hour`, `usd_per_dbu`, `usd_per_hour`, `count` or `text`.
    unit: &'static str,
    /// The value and its unit for people.
    text: String,
    /// Table, API or model it came from.
    source: String,
    /// The span it was measured over; null: the recommendation's.
    window: Option<WindowJson>,
    /// Databricks run ids it rests on; at most ten.
    runs: Vec<String>,
    chart: Option<ChartJson>,
}

impl From<&Evidence> for EvidenceJson {
    fn from(it: &Evidence) -> Self {
        Self {
            fact: it.fact.clone(),
            value: it.value.number().and_then(finite),
            unit: it.value.unit(),
            text: words::quantity(&it.value),
            source: it.source.name().into(),
            window: it.window.as_ref().map(Into::into),
            runs: it.runs.clone(),
            chart: it.chart.as_ref().map(Into::into),
        }
    }
}

/// Another configuration that was weighed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alternative")]
pub struct AlternativeJson {
    label: String,
    /// The configuration in words.
    compute: String,
    /// US dollars per month.
    savings_per_month: Option<IntervalJson>,
    /// Median run time expected.
    runtime_minutes: Option<IntervalJson>,
    /// 0 to 4.
    risk: Option<u8>,
    /// Why it is not the one recommended.
    verdict: String,
}

impl From<&Alternative> for AlternativeJson {
    fn from(it: &Alternative) -> Self {
        Self {
            label: it.label.clone(),
            compute: it.compute.clone(),
            savings_per_month: it.savings.as_ref().and_then(usd_interval),
            runtime_minutes: it.runtime.as_ref().and_then(|it| interval(it, |it| it.0)),
            risk: it.risk,
            verdict: it.verdict.clone(),
        }
    }
}
