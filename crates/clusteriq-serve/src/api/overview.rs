//! How much, where, how sure: the first page, and the figures of a glance.

mod changes;

use std::collections::BTreeMap;

use clusteriq_model::{Basis, Money, Target, Usd, WorkspaceId};
use clusteriq_output::data::{IntervalJson, TargetJson, WindowJson, usd_interval};
use clusteriq_output::words;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::costs::DaySpend;
use super::gaps::GapRow;
use super::money::{Compared, Spend, share};
use super::recommendations::RecommendationRow;
use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};
use crate::snapshot::Snapshot;

pub(crate) use changes::weeks;
use changes::{ChangeLine, changes};

/// Days of "this week".
const WEEK: i32 = 7;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::get(
            ("/api/overview", "get_overview", "Overview"),
            "How much, where, how sure: spending, savings, use, confidence, what changed",
            overview,
        ),
        route::get(("/api/stats", "get_stats", "Overview"), "The figures of a glance", stats),
    ]
}

/// Figures of a glance.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Stats")]
struct Stats {
    window: WindowJson,
    workspaces: usize,
    jobs: usize,
    runs: usize,
    failed_runs: usize,
    clusters: usize,
    warehouses: usize,
    pipelines: usize,
    pools: usize,
    spend: Spend,
    /// The same per month of 30.4 days, US dollars.
    spend_per_month_usd: f64,
    recommendations: usize,
    /// US dollars a month.
    savings_per_month: Option<IntervalJson>,
    gaps: usize,
}

fn whole(snapshot: &Snapshot) -> Spend {
    let costs = &snapshot.report.costs;
    Spend::new(costs.billed.estimate().0, costs.vm.map(|it| it.0), Basis::Modelled)
}

fn stats(call: &Call, _: Nothing) -> Result<Stats, Refusal> {
    let snapshot = call.snapshot()?;
    let (fleet, report) = (&snapshot.fleet, &snapshot.report);
    Ok(Stats {
        window: (&report.window).into(),
        workspaces: fleet.workspaces.len(),
        jobs: snapshot.jobs.len(),
        runs: snapshot.jobs.iter().map(|it| it.runs).sum(),
        failed_runs: snapshot.jobs.iter().map(|it| it.failed).sum(),
        clusters: snapshot.clusters.len(),
        warehouses: fleet.warehouses.len(),
        pipelines: fleet.pipelines.len(),
        pools: fleet.pools.len(),
        spend: whole(snapshot),
        spend_per_month_usd: report.headline.spent_per_month.0,
        recommendations: report.recommendations.len(),
        savings_per_month: report.headline.savings_per_month.as_ref().and_then(usd_interval),
        gaps: report.gaps.len(),
    })
}

/// The first page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Overview")]
struct Overview {
    /// The answer in one line.
    sentence: String,
    window: WindowJson,
    /// RFC 3339, UTC: end of the newest data.
    data_until: String,
    spend: SpendTile,
    savings: SavingsTile,
    usage: UseTile,
    confidence: ConfidenceTile,
    /// By UTC day.
    days: Vec<DaySpend>,
    /// Dearest first.
    workspaces: Vec<WorkspaceSpend>,
    /// What to do first.
    first: Vec<RecommendationRow>,
    /// What changed within the last week, largest first.
    changes: Vec<ChangeLine>,
    /// How many gaps there are, and the dearest of them.
    gaps: usize,
    dearest_gaps: Vec<GapRow>,
}

/// What was spent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SpendTile")]
struct SpendTile {
    spend: Spend,
    /// The same per month of 30.4 days, US dollars.
    per_month_usd: f64,
    /// DBU cost of the last seven days against the seven before; null: the window is too short.
    week: Option<Compared>,
}

/// What could be saved.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SavingsTile")]
struct SavingsTile {
    /// US dollars a month, if everything is done; null: nothing saves by itself.
    per_month: Option<IntervalJson>,
    /// The likely part of what is spent.
    likely_share: Option<f64>,
    /// Of it what is at risk low or very low.
    low_risk_per_month: Option<IntervalJson>,
    recommendations: usize,
}

/// How much of what is paid is used.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UseTile")]
struct UseTile {
    /// Core-hours used of core-hours paid, on clusters with telemetry; null: no telemetry.
    core_share: Option<f64>,
    /// Billed for all-purpose clusters while nobody used them, US dollars.
    idle_usd: f64,
    /// `core_share` by hour of the day, UTC, midnight first; null: nothing ran.
    by_hour: Vec<Option<f64>>,
}

/// How sure that is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConfidenceTile")]
struct ConfidenceTile {
    /// The model against the bill, over all workspaces: `modelled ÷ billed − 1`; null: nothing to compare.
    model_error: Option<f64>,
    /// US dollars that this was compared over.
    compared_usd: f64,
    /// Resources that at least one advisor could judge.
    judged: u32,
    /// Resources that none could.
    not_judged: u32,
    /// Billed for what could not be judged, US dollars.
    not_judged_usd: f64,
    /// All of this in a sentence.
    sentence: String,
}

/// A workspace's spending.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WorkspaceSpend")]
struct WorkspaceSpend {
    workspace: TargetJson,
    cloud: Option<&'static str>,
    spend: Spend,
    /// Of all.
    share: Option<f64>,
    /// What could be saved there, US dollars a month.
    savings_per_month: Option<IntervalJson>,
}

/// Which workspaces.
#[derive(Debug, serde::Deserialize, JsonSchema)]
struct Asked {
    /// Only these workspaces, by id; repeat it for several.
    #[serde(default)]
    workspace: Vec<String>,
}

fn overview(call: &Call, asked: Asked) -> Result<Overview, Refusal> {
    let snapshot = call.snapshot()?;
    let report = &snapshot.report;
    let wanted = |it: &WorkspaceId| asked.workspace.is_empty() || asked.workspace.iter().any(|asked| **asked == *it.0);
    let all = asked.workspace.is_empty();
    let of: Vec<_> = report.costs.workspaces.iter().filter(|it| wanted(&it.workspace)).collect();
    let dbu: Money = of.iter().map(|it| it.billed).sum();
    let vm = of.iter().filter_map(|it| it.vm).reduce(|a, b| a + b).map(|it| it.0);
    let spend = Spend::new(dbu.estimate().0, vm, Basis::Modelled);
    let month = clusteriq_engine::whatif::per_month(&snapshot.fleet);
    let per_month_usd = spend.total_usd * month;
    let places: Vec<usize> =
        (0..report.recommendations.len()).filter(|it| wanted(report.recommendations[*it].target.workspace())).collect();
    let total = |low: bool| {
        let some = places.iter().map(|it| &report.recommendations[*it]);
        let some = some.filter(|it| !low || it.risk.level <= clusteriq_model::RiskLevel::Low);
        some.filter_map(|it| it.savings.as_ref()).map(|it| it.total).reduce(|a, b| a + b)
    };
    let (savings, low) = (total(false), total(true));
    let days = super::costs::days(snapshot);
    let by_day = by_day(snapshot, &wanted, &days, vm);
    let sentence = if all {
        words::headline(report)
    } else {
        let spent = format!("{} was spent in {}", Usd(spend.total_usd), words::length(&report.window));
        match &savings {
            Some(it) => format!("{spent}, and {} a month can be saved.", words::savings_interval(it)),
            None => format!("{spent}, and nothing was found that saves."),
        }
    };
    let gaps: Vec<&GapRow> = snapshot.gaps.iter().filter(|it| it.is_in(&asked.workspace)).collect();
    Ok(Overview {
        sentence,
        window: (&report.window).into(),
        data_until: report.data_until.to_string(),
        savings: SavingsTile {
            likely_share: savings.and_then(|it| share(it.likely.0, per_month_usd)),
            per_month: savings.as_ref().and_then(usd_interval),
            low_risk_per_month: low.as_ref().and_then(usd_interval),
            recommendations: places.len(),
        },
        spend: SpendTile { per_month_usd, week: week(&by_day), spend },
        usage: usage(snapshot, &wanted),
        confidence: confidence(snapshot, &wanted),
        days: by_day,
        workspaces: workspaces(snapshot, &wanted),
        first: places.iter().take(5).map(|it| snapshot.recommendations[*it].clone()).collect(),
        changes: changes(snapshot, &wanted),
        gaps: gaps.len(),
        dearest_gaps: gaps.into_iter().take(3).cloned().collect(),
    })
}

fn by_day(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool, days: &[Date], vm: Option<f64>) -> Vec<DaySpend> {
    let mut billed: BTreeMap<Date, Money> = BTreeMap::new();
    for ((day, _), usd) in snapshot.fleet.bill.days.iter().filter(|it| wanted(&it.0.1)) {
        *billed.entry(*day).or_default() += *usd;
    }
    // Machines are modelled by day over all workspaces, and by workspace over all days.
    let whole = snapshot.report.costs.vm.map(|it| it.0);
    let part = vm.zip(whole).and_then(|(part, whole)| share(part, whole));
    let of_day = snapshot.report.costs.days.iter().zip(days);
    of_day
        .map(|(it, day)| DaySpend {
            day: day.to_string(),
            dbu_usd: billed.get(day).map_or(0.0, |it| it.estimate().0),
            vm_usd: it.vm.zip(part).map(|(vm, part)| vm.0 * part),
        })
        .collect()
}

/// The last seven days against the seven before.
fn week(days: &[DaySpend]) -> Option<Compared> {
    let length = WEEK as usize;
    let (before, last) = days.split_at(days.len().checked_sub(length)?);
    let before = &before[before.len().checked_sub(length)?..];
    let sum = |it: &[DaySpend]| it.iter().map(|it| it.dbu_usd).sum::<f64>();
    Some(Compared::new(sum(last), sum(before)))
}

fn usage(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> UseTile {
    let hours = snapshot.hours.iter().filter(|it| wanted(it.0)).map(|it| it.1);
    let mut sums = [(0.0, 0.0); 24];
    for day in hours {
        for (sum, hour) in sums.iter_mut().zip(day) {
            *sum = (sum.0 + hour.0, sum.1 + hour.1);
        }
    }
    let (used, paid) = sums.iter().fold((0.0, 0.0), |all, it| (all.0 + it.0, all.1 + it.1));
    let idle: Money = snapshot.idle.iter().filter(|it| wanted(it.0)).map(|it| *it.1).sum();
    UseTile {
        core_share: share(used, paid),
        idle_usd: idle.estimate().0,
        by_hour: sums.iter().map(|it| share(it.0, it.1)).collect(),
    }
}

/// Core-minutes used and paid by hour of the day, of the clusters of each workspace.
pub(crate) fn hours(snapshot: &Snapshot) -> BTreeMap<WorkspaceId, [(f64, f64); 24]> {
    let mut all: BTreeMap<WorkspaceId, [(f64, f64); 24]> = BTreeMap::new();
    for (key, cluster) in &snapshot.fleet.clusters {
        let hours = all.entry(key.workspace.clone()).or_insert([(0.0, 0.0); 24]);
        for it in cluster.minutes.iter() {
            if let (Some(used), Some(paid)) = (it.used(), it.capacity()) {
                let hour = &mut hours[it.at.div_euclid(60).rem_euclid(24) as usize];
                *hour = (hour.0 + used.0, hour.1 + paid.0);
            }
        }
    }
    all
}

fn confidence(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> ConfidenceTile {
    let report = &snapshot.report;
    let all =
        report.costs.workspaces.iter().filter(|it| wanted(&it.workspace)).filter_map(|it| it.reconciliation.as_ref());
    let (billed, modelled) = all.fold((0.0, 0.0), |sum, it| (sum.0 + it.billed.0, sum.1 + it.modelled.0));
    let model_error = share(modelled, billed).map(|it| it - 1.0);
    let sentence = match model_error {
        Some(it) => format!("The model of the bill is off by {}.", words::signed_percent(it)),
        None => "The model could not be compared with the bill.".to_owned(),
    };
    ConfidenceTile {
        model_error,
        compared_usd: billed,
        judged: report.headline.judged,
        not_judged: report.headline.not_judged,
        not_judged_usd: report.headline.not_judged_usd.0,
        sentence,
    }
}

fn workspaces(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> Vec<WorkspaceSpend> {
    let whole = whole(snapshot).total_usd;
    let all = snapshot.report.costs.workspaces.iter().filter(|it| wanted(&it.workspace));
    let mut all: Vec<WorkspaceSpend> = all
        .map(|it| {
            let spend = Spend::new(it.billed.estimate().0, it.vm.map(|it| it.0), Basis::Modelled);
            let of = snapshot.report.recommendations.iter().filter(|other| *other.target.workspace() == it.workspace);
            let savings = of.filter_map(|it| it.savings.as_ref()).map(|it| it.total).reduce(|a, b| a + b);
            let cloud = snapshot.fleet.workspaces.get(&it.workspace).and_then(|it| it.cloud);
            let name = snapshot.workspace_name(&it.workspace);
            WorkspaceSpend {
                workspace: TargetJson::new(&Target::Workspace(it.workspace.clone()), Some(name)),
                cloud: cloud.map(super::costs::cloud),
                share: share(spend.total_usd, whole),
                savings_per_month: savings.as_ref().and_then(usd_interval),
                spend,
            }
        })
        .collect();
    all.sort_by(|a, b| b.spend.total_usd.total_cmp(&a.spend.total_usd));
    all
}
