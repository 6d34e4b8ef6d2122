//! # Missing telemetry
//!
//! ## What it finds
//! Workspaces in which more than 5 % of the cost of classic clusters, or more than $20 a month, has no telemetry: clusters that
//! never report, and days on which none does although clusters were billed.
//!
//! ## What it costs
//! Nothing by itself: it is what the other figures do not cover. The money that could not be judged is shown.
//!
//! ## When it is silent
//! Never: what is not known is listed as a gap in every report. A recommendation is made where money is at stake.
//!
//! ## Risk
//! None: it is about reading.
//!
//! ## Sources
//! `system.billing.usage`, `system.compute.node_timeline` (nodes that live less than ten minutes may be missing; Databricks
//! documentation, read 2026-11), `system.billing.list_prices`.

use std::collections::BTreeSet;

use clusteriq_model::{
    Action, AdvisorId, ClusterSource, Evidence, Fraction, Quantity, RiskDimension, Target, Usd, WorkspaceId,
};

use super::shape::{NODES, USAGE};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan;
use crate::risk;
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("missing-telemetry"),
    detection: "D60",
    title: "Make known what cannot be judged",
    source: include_str!("missing_telemetry.rs"),
    advise,
};

/// Share of the cost of classic clusters that may be without telemetry.
const TOLERATED: f64 = 0.05;
/// Monthly cost without telemetry that matters whatever its share.
const AT_STAKE: Usd = Usd(20.0);

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let known = cx.fleet.workspaces.keys().filter(|it| !it.0.is_empty());
    known.map(|it| judge(cx, it)).collect()
}

fn judge(cx: &Context<'_>, id: &WorkspaceId) -> Opinion {
    let target = Target::Workspace(id.clone());
    let (mut all, mut dark, mut clusters) = (Usd(0.0), Usd(0.0), 0u64);
    let (mut billed_days, mut seen_days) = (BTreeSet::new(), BTreeSet::new());
    for (key, billed) in cx.fleet.bill.clusters.iter().filter(|it| it.0.workspace == *id) {
        let cluster = cx.fleet.clusters.get(key);
        if cluster.is_some_and(|it| it.source == ClusterSource::Pipeline) {
            continue;
        }
        let usd = billed.usd.estimate();
        all += usd;
        billed_days.extend(billed.hours.iter().map(|it| it.start.as_second().div_euclid(86_400)));
        seen_days.extend(cluster.iter().flat_map(|it| it.minutes.iter()).map(|it| it.at.div_euclid(1440)));
        if cluster.is_none_or(|it| it.minutes.is_empty()) {
            dark += usd;
            clusters += 1;
        }
    }
    let share = if all.0 > 0.0 { dark / all } else { 0.0 };
    let missing: Vec<i64> = billed_days.difference(&seen_days).copied().collect();
    let much = dark * per_month(cx.fleet) >= AT_STAKE;
    if share <= TOLERATED && !much && missing.is_empty() {
        return unpriced(cx, id).unwrap_or(Opinion::Fine(target));
    }
    let name = plan::name(cx, &target);
    let how = "GRANT USE SCHEMA, SELECT ON SCHEMA system.compute TO `your principal`; then export node_timeline for the whole window";
    Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::CloseGap { how: how.into() },
        title: format!("Make the telemetry of workspace {name} readable"),
        why: format!(
            "{clusters} clusters that were billed {dark} in the window, {} of the classic cost, have no telemetry{}: nothing can \
             be said about what they needed then.",
            Fraction(share),
            days_missing(&missing)
        ),
        risk: risk::risk(vec![risk::part(RiskDimension::People, 0, "it only reads")]),
        runtime: None,
        evidence: vec![
            Evidence::new("billed without telemetry", Quantity::Usd(dark), USAGE),
            Evidence::new("share of the classic cost", Quantity::Fraction(Fraction(share)), USAGE),
            Evidence::new("clusters without telemetry", Quantity::Count(clusters), NODES),
            Evidence::new("days without any telemetry", Quantity::Count(missing.len() as u64), NODES),
        ],
        alternatives: vec![],
        confidence: format!("{} billing records", cx.fleet.bill.records),
        rollback: "revoke the grant".into(),
        verify: "the next report lists fewer gaps".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Other,
    }))
}

/// Usage of a workspace that no price matches: it is in no amount.
fn unpriced(cx: &Context<'_>, id: &WorkspaceId) -> Option<Opinion> {
    let skus: Vec<_> = cx.fleet.bill.unpriced.iter().filter(|it| it.workspaces.contains(id)).collect();
    let first = skus.first()?;
    let target = Target::Workspace(id.clone());
    let names: Vec<&str> = skus.iter().map(|it| it.sku_name.as_str()).collect();
    let how = format!("export system.billing.list_prices (or account_prices) anew: it lacks {}", names.join(", "));
    let evidence = skus.iter().map(|it| {
        let amount = format!("{:.1} {} in {} records", it.quantity, it.usage_unit, it.records);
        Evidence::new(format!("used under {}, without a price", it.sku_name), Quantity::Text(amount), USAGE)
    });
    Some(Opinion::Propose(Box::new(Proposal {
        title: format!("Make the prices of workspace {} known", plan::name(cx, &target)),
        target,
        action: Action::CloseGap { how },
        why: format!(
            "{} used by it {} no price in the data, the first of them {:.1} {} of {}: that cost is in no amount here.",
            if skus.len() == 1 { "A SKU".to_owned() } else { format!("{} SKUs", skus.len()) },
            if skus.len() == 1 { "has" } else { "have" },
            first.quantity,
            first.usage_unit,
            first.sku_name
        ),
        risk: risk::risk(vec![risk::part(RiskDimension::People, 0, "it only reads")]),
        runtime: None,
        evidence: evidence.collect(),
        alternatives: vec![],
        confidence: format!("{} billing records", cx.fleet.bill.records),
        rollback: "nothing changed".into(),
        verify: "the next report lists fewer gaps".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Other,
    })))
}

/// `, and on 2026-11-03 no cluster has`.
fn days_missing(days: &[i64]) -> String {
    let Some(first) = days.first().and_then(|it| jiff::Timestamp::from_second(it * 86_400).ok()) else {
        return String::new();
    };
    let first = first.to_zoned(jiff::tz::TimeZone::UTC).date();
    match days.len() {
        1 => format!(", and on {first} no cluster has"),
        more => format!(", and on {more} days from {first} on no cluster has"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn clusters_that_are_billed_and_never_measured_are_named() {
        let daily: Vec<_> = (0..14).map(|day| (day, 9, 12)).collect();
        let mut fleet = world().shared("team", Some(30), &daily).fleet();
        for it in fleet.clusters.values_mut() {
            it.minutes = clusteriq_model::Demand::default();
        }
        let said = check(&ADVISOR, &fleet);
        assert!(said.contains("Make the telemetry of workspace"), "{said}");
    }
}
