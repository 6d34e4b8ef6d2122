//! What to do: ranked, filtered, and one of them in full.

use std::borrow::Cow;

use clusteriq_model::Recommendation;
use clusteriq_output::data::{IntervalJson, RecommendationJson, SavingsJson, TargetJson, usd_interval};
use clusteriq_output::words;
use schemars::JsonSchema;
use serde::Serialize;

use super::gaps::GapRow;
use super::money::{Spend, share};
use crate::http::call::Call;
use crate::http::list::{Facet, Key, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};
use crate::snapshot::Snapshot;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::rows(
            ("/api/recommendations", "list_recommendations", "Recommendations"),
            "What to do, ranked; savings are marginal and add up",
            |call| Ok(Cow::Borrowed(&call.snapshot()?.recommendations)),
        ),
        route::get(
            ("/api/recommendations/{id}", "get_recommendation", "Recommendations"),
            "One recommendation with its evidence, and what else is planned for the same resource",
            one,
        ),
    ]
}

/// A recommendation in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RecommendationRow")]
pub(crate) struct RecommendationRow {
    /// Survives re-analysis.
    pub(crate) id: String,
    /// 1 is what to do first.
    pub(crate) rank: u64,
    /// An imperative sentence.
    pub(crate) title: String,
    pub(crate) target: TargetJson,
    /// The workspace's name, or its id.
    pub(crate) workspace: String,
    pub(crate) owner: Option<String>,
    /// Stable kebab-case name of the detection.
    pub(crate) advisor: &'static str,
    /// What the advisor finds, in words.
    pub(crate) advisor_title: String,
    /// Its number in the catalogue of detections.
    pub(crate) detection: &'static str,
    /// Kind of change, e.g. `set_workers`.
    pub(crate) action: &'static str,
    /// The change in words, from what to what.
    pub(crate) change: String,
    /// How the resource behaves.
    pub(crate) class: &'static str,
    /// `save` or `fix`: whether money is the reason, or reliability and order.
    pub(crate) lane: &'static str,
    /// US dollars a month; null: it saves nothing by itself, or its price is not known.
    pub(crate) savings_per_month: Option<SavingsJson>,
    /// US dollars a month that it is about and that are no saving.
    pub(crate) at_stake_per_month: Option<f64>,
    /// 0 to 4.
    pub(crate) risk_score: u8,
    /// `very_low`, `low`, `medium` or `high`.
    pub(crate) risk: &'static str,
    /// The risk's arithmetic in one sentence.
    pub(crate) risk_because: String,
    /// One paragraph with the deciding number.
    pub(crate) why: String,
    /// How much it rests on, in words.
    pub(crate) confidence: String,
}

/// About all recommendations that were found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RecommendationSum")]
pub(crate) struct RecommendationSum {
    /// What they save together if all of them are done, US dollars a month.
    savings_per_month: Option<IntervalJson>,
    /// Those at risk low or very low.
    low_risk_savings_per_month: Option<IntervalJson>,
    /// How many save money.
    saving: usize,
    /// How many are about reliability or order.
    fixing: usize,
    /// The largest upper bound among them: a common scale for drawing.
    most_usd: f64,
}

fn total<'a>(rows: impl Iterator<Item = &'a RecommendationRow>) -> Option<IntervalJson> {
    let parts = rows.filter_map(|it| it.savings_per_month.as_ref()).map(SavingsJson::total);
    parts.reduce(|a, b| a + b).as_ref().and_then(usd_interval)
}

impl Row for RecommendationRow {
    type Sum = RecommendationSum;
    const SORTED: &'static str = "rank";
    const SORTS: &'static [Sort<Self>] = &[
        ("rank", |it| Key::Number(Some(it.rank as f64))),
        ("savings", |it| Key::Number(it.savings_per_month.as_ref().map(|it| it.total().likely.0))),
        ("risk", |it| Key::Number(Some(f64::from(it.risk_score)))),
        ("title", |it| Key::Text(Some(it.title.clone()))),
        ("workspace", |it| Key::Text(Some(it.workspace.clone()))),
        ("owner", |it| Key::Text(it.owner.clone())),
        ("advisor", |it| Key::Text(Some(it.advisor_title.clone()))),
    ];
    const FACETS: &'static [Facet<Self>] = &[
        ("workspace", |it| Some((it.target.workspace_id.as_str().into(), it.workspace.as_str().into()))),
        ("owner", |it| it.owner.as_deref().map(|it| (it.into(), it.into()))),
        ("advisor", |it| Some((it.advisor.into(), it.advisor_title.as_str().into()))),
        ("risk", |it| Some((it.risk.into(), it.risk.replace('_', " ").into()))),
        ("class", |it| Some((it.class.into(), it.class.replace('_', " ").into()))),
        ("kind", |it| Some((it.target.kind.into(), it.target.kind.into()))),
        ("lane", |it| Some((it.lane.into(), if it.lane == "save" { "Save money" } else { "Fix reliability" }.into()))),
    ];

    fn words(&self) -> Vec<&str> {
        let name = self.target.name.as_deref().unwrap_or_default();
        vec![&self.title, name, &self.target.id, self.owner.as_deref().unwrap_or_default(), self.advisor, &self.id]
    }

    fn sum(rows: &[&Self]) -> RecommendationSum {
        let low = |it: &&RecommendationRow| matches!(it.risk, "very_low" | "low");
        let saving = rows.iter().filter(|it| it.lane == "save").count();
        let highs = rows.iter().filter_map(|it| it.savings_per_month.as_ref()).map(|it| it.total().high.0);
        RecommendationSum {
            savings_per_month: total(rows.iter().copied()),
            low_risk_savings_per_month: total(rows.iter().copied().filter(low)),
            saving,
            fixing: rows.len() - saving,
            most_usd: highs.fold(0.0, f64::max),
        }
    }
}

/// All of them, as the plan ranks them.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<RecommendationRow> {
    (1..).zip(&snapshot.report.recommendations).map(|(rank, it)| row(snapshot, it, rank)).collect()
}

fn row(snapshot: &Snapshot, it: &Recommendation, rank: u64) -> RecommendationRow {
    RecommendationRow {
        id: it.id.clone(),
        rank,
        title: it.title.clone(),
        target: TargetJson::new(&it.target, Some(&it.name)),
        workspace: snapshot.workspace_name(it.target.workspace()).to_owned(),
        owner: it.owner.clone(),
        advisor: it.advisor.0,
        advisor_title: super::advisors::title(it.advisor).to_owned(),
        detection: it.detection,
        action: it.action.kind().word(),
        change: it.action.to_string(),
        class: snapshot.profiles.class(&it.target).word(),
        lane: if it.savings.is_some() { "save" } else { "fix" },
        savings_per_month: it.savings.as_ref().and_then(SavingsJson::new),
        at_stake_per_month: it.at_stake.map(|it| it.0),
        risk_score: it.risk.score,
        risk: it.risk.level.word(),
        risk_because: it.risk.because.clone(),
        why: it.why.clone(),
        confidence: it.confidence.clone(),
    }
}

/// A recommendation in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RecommendationDetail")]
struct RecommendationDetail {
    recommendation: RecommendationJson,
    row: RecommendationRow,
    /// In one line: what it saves, at what risk.
    sentence: String,
    /// What the resource costs now in the window.
    spend: Option<Spend>,
    /// The likely saving as a part of what the resource costs a month; null: not known.
    likely_share: Option<f64>,
    /// Everything that is planned for the same resource, in order; this one among it.
    plan: Vec<RecommendationRow>,
    /// What is not known about the resource.
    gaps: Vec<GapRow>,
    /// Whether `GET /api/what-if` can be asked about the resource.
    what_if: bool,
    /// Which minutes of which cluster show it: what to open to see the evidence minute by minute.
    minutes: Option<MinutesLink>,
}

/// Minutes of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct MinutesLink {
    /// The cluster's id.
    pub(crate) cluster_id: String,
    pub(crate) workspace_id: String,
    /// RFC 3339, UTC.
    pub(crate) from: String,
    /// RFC 3339, UTC.
    pub(crate) until: String,
    /// The run that it shows, if it shows one.
    pub(crate) run_id: Option<String>,
}

fn one(call: &Call, _: Nothing) -> Result<RecommendationDetail, Refusal> {
    let snapshot = call.snapshot()?;
    let id = call.part("id");
    let place = snapshot.report.recommendations.iter().position(|it| it.id == id).ok_or_else(|| {
        Refusal::not_found(
            format!("no recommendation has that id: {id}"),
            "it may be done or outdated; GET /api/recommendations lists what there is",
        )
    })?;
    let it = &snapshot.report.recommendations[place];
    let spend = snapshot.costs.get(&it.target).map(Spend::of);
    let month = clusteriq_engine::whatif::per_month(&snapshot.fleet);
    let likely_share = it
        .savings
        .as_ref()
        .zip(spend.as_ref())
        .and_then(|(savings, spend)| share(savings.total.likely.0, spend.total_usd * month));
    Ok(RecommendationDetail {
        recommendation: RecommendationJson::new(it, Some(place as u64 + 1)),
        row: snapshot.recommendations[place].clone(),
        sentence: words::promise(it),
        spend,
        likely_share,
        plan: snapshot.rows_about(&it.target),
        gaps: super::gaps::about(snapshot, &it.target),
        what_if: super::what_if::can_ask(&it.target),
        minutes: super::clusters::shown_by(snapshot, it),
    })
}
