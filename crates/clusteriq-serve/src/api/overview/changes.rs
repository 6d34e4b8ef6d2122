//! What changed within the last week.

use std::collections::BTreeMap;

use clusteriq_model::{Target, Usd, WorkspaceId};
use clusteriq_output::data::TargetJson;
use clusteriq_output::words;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::WEEK;
use crate::api::jobs;
use crate::snapshot::Snapshot;

/// Changes that are shown.
const MOST_CHANGES: usize = 6;
/// A change of spending that is worth a line, US dollars a week.
const LEAST_CHANGE: f64 = 5.0;

/// Something that changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ChangeLine")]
pub(super) struct ChangeLine {
    target: TargetJson,
    /// `spend`, `configuration` or `new`.
    kind: &'static str,
    text: String,
    /// US dollars a week more (or, negative, less); null: not about money.
    usd: Option<f64>,
}

/// What each resource cost in the last seven days of the data and in the seven before them, US dollars, the earlier ones first; nothing
/// where the data has less than both.
pub(crate) fn weeks(snapshot: &Snapshot) -> BTreeMap<Target, (f64, f64)> {
    let mut spent: BTreeMap<Target, (f64, f64)> = BTreeMap::new();
    let Some((week, fortnight)) = borders(snapshot) else { return spent };
    let mut add = |target: &Target, day: Date, usd: f64| {
        if day > fortnight {
            let entry = spent.entry(target.clone()).or_default();
            if day > week { entry.1 += usd } else { entry.0 += usd }
        }
    };
    for (key, job) in &snapshot.fleet.jobs {
        let target = Target::Job(key.clone());
        for (day, usd) in jobs::billed_days(snapshot, job) {
            add(&target, day, usd);
        }
    }
    let bill = &snapshot.fleet.bill;
    let is_shared =
        |it: &clusteriq_model::ClusterKey| snapshot.fleet.clusters.get(it).is_some_and(|it| it.run.is_none());
    let clusters = bill.clusters.iter().filter(|it| is_shared(it.0)).map(|it| (Target::Cluster(it.0.clone()), it.1));
    let warehouses = bill.warehouses.iter().map(|it| (Target::Warehouse(it.0.clone()), it.1));
    for (target, billed) in clusters.chain(warehouses) {
        for hour in &billed.hours {
            add(&target, utc_day(hour.start), hour.usd.map_or(0.0, |it| it.estimate().0));
        }
    }
    spent
}

fn utc_day(at: jiff::Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The last day before the last seven of the data, and before the last fourteen.
fn borders(snapshot: &Snapshot) -> Option<(Date, Date)> {
    let days = crate::api::costs::days(snapshot);
    let place = |number: i32| days.len().checked_sub(number as usize);
    let (week, fortnight) = (place(WEEK)?, place(2 * WEEK)?);
    Some((days[week].yesterday().ok()?, days[fortnight].yesterday().ok()?))
}

/// What changed within the last week: spending by resource, configurations, what is new.
pub(super) fn changes(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> Vec<ChangeLine> {
    let Some((week, _)) = borders(snapshot) else { return vec![] };
    let named = |target: &Target| {
        let name = snapshot.costs.get(target).map(|it| it.name.as_str());
        TargetJson::new(target, name)
    };
    let spent = snapshot.weeks.iter().filter(|it| wanted(it.0.workspace()));
    let mut lines: Vec<ChangeLine> = spent
        .filter(|it| (it.1.1 - it.1.0).abs() >= LEAST_CHANGE)
        .map(|(target, (before, now))| {
            let usd = now - before;
            let (kind, text) = if *before < 0.01 {
                ("new", format!("{} in the last seven days, and nothing in the seven before", Usd(*now)))
            } else {
                let change = words::signed_percent(usd / before);
                (
                    "spend",
                    format!("{change}: {} in the last seven days, {} in the seven before", Usd(*now), Usd(*before)),
                )
            };
            ChangeLine { target: named(target), kind, text, usd: Some(usd) }
        })
        .collect();
    lines.sort_by(|a, b| b.usd.unwrap_or_default().abs().total_cmp(&a.usd.unwrap_or_default().abs()));
    lines.truncate(MOST_CHANGES - 2);
    let moved = snapshot.fleet.clusters.values().filter(|it| it.run.is_none() && wanted(&it.key.workspace));
    let moved = moved.filter_map(|it| {
        let [.., before, now] = it.configs.as_slice() else { return None };
        (utc_day(now.since) > week && before.compute != now.compute).then(|| ChangeLine {
            target: named(&Target::Cluster(it.key.clone())),
            kind: "configuration",
            text: format!("{} → {}", before.compute, now.compute),
            usd: None,
        })
    });
    lines.extend(moved.take(2));
    lines
}
