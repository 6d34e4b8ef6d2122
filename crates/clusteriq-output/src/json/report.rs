//! The documents: what is analysed, what is advised, what is not known, what was spent.

use std::collections::BTreeMap;

use clusteriq_model::{Examined, Headline, Report, ResourceSummary};
use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{EvidenceJson, RecommendationJson};
use super::chart::ChartJson;
use super::costs::{CostEntryJson, CostsJson};
use super::gap::GapJson;
use super::value::{IntervalJson, TargetJson, WindowJson, finite, usd_interval};
use super::{GENERATED_BY, SCHEMA_VERSION};

/// What every document begins with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Head {
    /// Version of this shape. Fields may be added to a version; none disappears.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: &'static str,
    /// Program and version.
    generated_by: &'static str,
    /// The span of time that was analysed. Ends at the newest data, not when the report was made.
    window: WindowJson,
    /// End of the newest data; RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    data_until: String,
}

impl From<&Report> for Head {
    fn from(it: &Report) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            generated_by: GENERATED_BY,
            window: (&it.window).into(),
            data_until: it.data_until.to_string(),
        }
    }
}

/// A ClusterIQ report. Exact amounts of the bill are decimal strings, estimates are numbers; money is US dollars;
/// a month has 30.4 days; times are RFC 3339 in UTC; ids are strings; what is not known is null, never 0.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Report", title = "ClusterIQ report")]
pub(super) struct ReportDocument {
    #[serde(flatten)]
    head: Head,
    headline: HeadlineJson,
    /// What to do, ranked; the savings add up to the headline's.
    recommendations: Vec<RecommendationJson>,
    /// What is not known, what costs most first.
    gaps: Vec<GapJson>,
    /// Per advisor: how many it examined, and what came of it.
    fine: BTreeMap<&'static str, ExaminedJson>,
    /// Jobs, clusters and warehouses that were profiled.
    resources: Vec<ResourceJson>,
    costs: CostsJson,
}

impl From<&Report> for ReportDocument {
    fn from(it: &Report) -> Self {
        Self {
            head: it.into(),
            headline: (&it.headline).into(),
            recommendations: (1..)
                .zip(&it.recommendations)
                .map(|(rank, it)| RecommendationJson::new(it, Some(rank)))
                .collect(),
            gaps: it.gaps.iter().map(Into::into).collect(),
            fine: it.examined.iter().map(|(advisor, it)| (advisor.0, it.into())).collect(),
            resources: it.resources.iter().map(Into::into).collect(),
            costs: (&it.costs).into(),
        }
    }
}

/// The plan in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Headline")]
struct HeadlineJson {
    /// Spent in the window: billed and modelled VM.
    spent_usd: Option<f64>,
    /// The same per month.
    spent_per_month_usd: Option<f64>,
    /// Sum of the recommendations' savings, US dollars per month; null: none saves by itself.
    savings_per_month: Option<IntervalJson>,
    /// Sum of those at risk low or very low.
    low_risk_savings_per_month: Option<IntervalJson>,
    /// Resources examined by at least one advisor that could judge.
    judged: u32,
    /// Resources that no advisor could judge.
    not_judged: u32,
}

impl From<&Headline> for HeadlineJson {
    fn from(it: &Headline) -> Self {
        Self {
            spent_usd: finite(it.spent.0),
            spent_per_month_usd: finite(it.spent_per_month.0),
            savings_per_month: it.savings_per_month.as_ref().and_then(usd_interval),
            low_risk_savings_per_month: it.low_risk_savings_per_month.as_ref().and_then(usd_interval),
            judged: it.judged,
            not_judged: it.not_judged,
        }
    }
}

/// What an advisor did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Examined")]
pub struct ExaminedJson {
    /// Proposed a change.
    proposed: u32,
    /// Looked, and nothing to change.
    fine: u32,
    /// Could not judge.
    abstained: u32,
}

impl From<&Examined> for ExaminedJson {
    fn from(it: &Examined) -> Self {
        Self { proposed: it.proposed, fine: it.fine, abstained: it.abstained }
    }
}

/// What is known about one job, cluster or warehouse.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
pub(super) struct ResourceJson {
    target: TargetJson,
    name: String,
    owner: Option<String>,
    /// Its configuration in words.
    compute: String,
    /// How it behaves, e.g. `steady_batch`.
    class: &'static str,
    /// Why that class.
    class_because: String,
    facts: Vec<EvidenceJson>,
    charts: Vec<ChartJson>,
}

impl From<&ResourceSummary> for ResourceJson {
    fn from(it: &ResourceSummary) -> Self {
        Self {
            target: TargetJson::new(&it.target, Some(&it.name)),
            name: it.name.clone(),
            owner: it.owner.clone(),
            compute: it.compute.clone(),
            class: it.class.word(),
            class_because: it.class_because.clone(),
            facts: it.facts.iter().map(Into::into).collect(),
            charts: it.charts.iter().map(Into::into).collect(),
        }
    }
}

/// One recommendation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RecommendationDocument {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) recommendation: RecommendationJson,
}

/// One resource.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ResourceDocument {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) resource: ResourceJson,
    pub(super) cost: Option<CostEntryJson>,
    pub(super) recommendations: Vec<RecommendationJson>,
}

/// The money.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CostsDocument {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) costs: CostsJson,
}
