//! What is not known, and how to make it known.

use std::borrow::Cow;

use clusteriq_model::{Gap, Target};
use clusteriq_output::data::{GapJson, TargetJson};
use clusteriq_output::words;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::call::Call;
use crate::http::list::{Facet, Key, Row, Sort};
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};
use crate::snapshot::Snapshot;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::rows(
            ("/api/gaps", "list_gaps", "Data quality"),
            "What is not known, what costs most first, and what would close each gap",
            |call| Ok(Cow::Borrowed(&call.snapshot()?.gaps)),
        ),
        route::get(
            ("/api/data-quality", "get_data_quality", "Data quality"),
            "How complete and how fresh the data is, by table and by day",
            quality,
        ),
    ]
}

/// A gap in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "GapRow")]
pub(crate) struct GapRow {
    gap: GapJson,
    /// The kind in words.
    kind_words: &'static str,
    /// The workspace's name; null: the whole account.
    workspace: Option<String>,
    workspace_id: Option<String>,
    /// US dollars that were billed for what it touches, in the window.
    touches_usd: Option<f64>,
}

impl GapRow {
    /// Whether it is about one of these workspaces; all gaps are about no workspace in particular.
    pub(crate) fn is_in(&self, workspaces: &[String]) -> bool {
        workspaces.is_empty() || self.workspace_id.as_ref().is_none_or(|it| workspaces.contains(it))
    }
}

/// About all gaps that were found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "GapSum")]
pub(crate) struct GapSum {
    /// How many name what would close them.
    with_remedy: usize,
    /// The largest amount that one of them touches: a common scale for drawing.
    most_usd: f64,
}

impl Row for GapRow {
    type Sum = GapSum;
    const SORTED: &'static str = "-touches";
    const SORTS: &'static [Sort<Self>] = &[
        ("touches", |it| Key::Number(it.touches_usd)),
        ("kind", |it| Key::Text(Some(it.kind_words.to_owned()))),
        ("workspace", |it| Key::Text(it.workspace.clone())),
    ];
    const FACETS: &'static [Facet<Self>] = &[
        ("kind", |it| Some((it.gap.kind().into(), it.kind_words.into()))),
        ("workspace", |it| {
            let id = it.workspace_id.as_deref().unwrap_or("account");
            Some((id.into(), it.workspace.as_deref().unwrap_or("whole account").into()))
        }),
    ];

    fn words(&self) -> Vec<&str> {
        let name = self.gap.target().and_then(|it| it.name.as_deref()).unwrap_or_default();
        vec![self.gap.what(), name, self.kind_words]
    }

    fn sum(rows: &[&Self]) -> GapSum {
        GapSum {
            with_remedy: rows.iter().filter(|it| it.gap.has_remedy()).count(),
            most_usd: rows.iter().filter_map(|it| it.touches_usd).fold(0.0, f64::max),
        }
    }
}

/// All of them.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<GapRow> {
    snapshot.report.gaps.iter().map(|it| row(snapshot, it)).collect()
}

fn row(snapshot: &Snapshot, it: &Gap) -> GapRow {
    let workspace = it.target.as_ref().map(Target::workspace);
    GapRow {
        gap: it.into(),
        kind_words: words::gap(it.kind),
        workspace: workspace.map(|it| snapshot.workspace_name(it).to_owned()),
        workspace_id: workspace.map(|it| it.0.to_string()),
        touches_usd: it.touches.map(|it| it.estimate().0),
    }
}

/// Those about a resource.
pub(crate) fn about(snapshot: &Snapshot, target: &Target) -> Vec<GapRow> {
    let gaps = snapshot.report.gaps.iter().zip(&snapshot.gaps);
    gaps.filter(|it| it.0.target.as_ref() == Some(target)).map(|it| it.1.clone()).collect()
}

/// How complete and how fresh the data is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DataQuality")]
struct DataQuality {
    /// The answer in one line.
    sentence: String,
    /// RFC 3339, UTC: end of the newest data.
    data_until: String,
    /// The tables and lists that were read.
    sources: Vec<Source>,
    /// Gaps by kind.
    kinds: Vec<Kind>,
    /// How well what was modelled agrees with the bill, by workspace.
    reconciliation: Vec<Agreement>,
    /// Usage that no price matches: in no sum.
    unpriced: Vec<Unpriced>,
}

/// A table or a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DataSource")]
struct Source {
    /// Its name.
    source: String,
    rows: u64,
    /// The first UTC day with rows; null: it is not kept by day.
    first_day: Option<String>,
    last_day: Option<String>,
    /// Rows by UTC day of the window; null where there are none. Empty: it is not kept by day.
    days: Vec<DayRows>,
}

/// Rows of a day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DayRows")]
struct DayRows {
    day: String,
    rows: u64,
}

/// Gaps of a kind.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GapKindCount")]
struct Kind {
    kind: &'static str,
    words: &'static str,
    count: usize,
}

/// The model against the bill.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Agreement")]
pub(crate) struct Agreement {
    pub(crate) workspace: TargetJson,
    /// Billed for clusters with telemetry, US dollars.
    pub(crate) billed_usd: f64,
    /// Modelled for the same clusters and hours.
    pub(crate) modelled_usd: f64,
    /// `modelled ÷ billed − 1`.
    pub(crate) error: f64,
    /// Billed for clusters without telemetry: not part of the comparison.
    pub(crate) uncovered_usd: f64,
}

/// Usage without a price.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnpricedUsage")]
pub(crate) struct Unpriced {
    pub(crate) sku: String,
    pub(crate) cloud: String,
    /// How much, in `unit`.
    pub(crate) quantity: f64,
    pub(crate) unit: String,
    pub(crate) records: u64,
}

/// The model against the bill, by workspace.
pub(crate) fn agreements(snapshot: &Snapshot) -> Vec<Agreement> {
    let workspaces = snapshot.report.costs.workspaces.iter();
    workspaces
        .filter_map(|it| {
            let found = it.reconciliation.as_ref()?;
            let name = snapshot.workspace_name(&it.workspace);
            Some(Agreement {
                workspace: TargetJson::new(&Target::Workspace(it.workspace.clone()), Some(name)),
                billed_usd: found.billed.0,
                modelled_usd: found.modelled.0,
                error: found.error,
                uncovered_usd: found.uncovered.0,
            })
        })
        .collect()
}

/// What no price matches.
pub(crate) fn unpriced(snapshot: &Snapshot) -> Vec<Unpriced> {
    let all = snapshot.report.costs.unpriced.iter();
    all.map(|it| Unpriced {
        sku: it.sku_name.clone(),
        cloud: it.cloud.clone(),
        quantity: it.quantity,
        unit: it.usage_unit.clone(),
        records: it.records,
    })
    .collect()
}

fn quality(call: &Call, _: Nothing) -> Result<DataQuality, Refusal> {
    let snapshot = call.snapshot()?;
    let gaps = &snapshot.report.gaps;
    let mut kinds: Vec<Kind> = vec![];
    for it in gaps {
        match kinds.iter_mut().find(|kind| kind.kind == it.kind.word()) {
            Some(kind) => kind.count += 1,
            None => kinds.push(Kind { kind: it.kind.word(), words: words::gap(it.kind), count: 1 }),
        }
    }
    let first = snapshot.report.window.from.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let sources = snapshot.sources.iter().map(|it| Source {
        source: it.source.clone(),
        rows: it.rows,
        first_day: it.first_day.clone(),
        last_day: it.last_day.clone(),
        days: it
            .days
            .iter()
            .filter(|day| day.0 >= first)
            .map(|(day, rows)| DayRows { day: day.clone(), rows: *rows })
            .collect(),
    });
    let sentence = match gaps.len() {
        0 => "Nothing is missing: every resource could be judged.".to_owned(),
        number => format!(
            "{} of {} resources could not be judged by any advisor; {} in all.",
            snapshot.report.headline.not_judged,
            snapshot.report.headline.judged + snapshot.report.headline.not_judged,
            words::count(number as u64, "gap")
        ),
    };
    Ok(DataQuality {
        sentence,
        data_until: snapshot.report.data_until.to_string(),
        sources: sources.collect(),
        kinds,
        reconciliation: agreements(snapshot),
        unpriced: unpriced(snapshot),
    })
}
