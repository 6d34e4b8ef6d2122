//! # Late auto-stop of a warehouse
//!
//! ## What it finds
//! SQL warehouses that never stop, or wait longer than 10 minutes (serverless) or 30 minutes (pro, classic).
//!
//! ## What it costs
//! The idle time between statements beyond the new limit, at the warehouse's billed rate, and its machines where the
//! customer pays them. The limit is replayed on the measured statements, restarts included.
//!
//! ## When it is silent
//! Without query history: idle and busy cannot be told apart. Warehouses that cost nothing in the window.
//!
//! ## Risk
//! The first statement after a pause waits: 4–6 seconds on serverless, about 4 minutes on pro and classic.
//!
//! ## Sources
//! `system.compute.warehouses` (`auto_stop_minutes`; 0 or at least 10; the API's default is 120),
//! `system.compute.warehouse_events`, `system.query.history`, `system.billing.usage`.

use clusteriq_model::{
    Action, AdvisorId, Autotermination, Evidence, Minutes, Quantity, RiskDimension, Source, Target, Warehouse,
    WarehouseType,
};

use super::shape;
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::activity::{Span, union};
use crate::risk;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("late-auto-stop"),
    detection: "D39",
    title: "Stop idle warehouses sooner",
    source: include_str!("late_auto_stop.rs"),
    advise,
};

const EVENTS: Source = Source::SystemTable("system.compute.warehouse_events");
const HISTORY: Source = Source::SystemTable("system.query.history");

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let here = cx.fleet.warehouses.values().filter(|it| it.deleted.is_none());
    here.map(|it| judge(cx, it)).collect()
}

/// The limit beyond which a warehouse waits too long, and the one to set.
fn limit(kind: WarehouseType) -> (Minutes, f64) {
    match kind {
        WarehouseType::Serverless => (Minutes(10.0), 10.0),
        WarehouseType::Pro | WarehouseType::Classic => (Minutes(30.0), 30.0),
    }
}

fn judge(cx: &Context<'_>, it: &Warehouse) -> Opinion {
    let target = Target::Warehouse(it.key.clone());
    let billed = cx.fleet.bill.warehouses.get(&it.key).is_some_and(|it| it.usd.0 > clusteriq_model::Decimal::ZERO);
    let (Some(kind), Some(now)) = (it.kind, it.auto_stop) else {
        return Opinion::Abstain(target, "its type or auto-stop is not known".into());
    };
    let (late, to) = limit(kind);
    let from = match now {
        Autotermination::After(it) if it <= late => return Opinion::Fine(target),
        Autotermination::After(it) => Some(it),
        Autotermination::Never => None,
    };
    if cx.fleet.bill.records == 0 {
        return Opinion::Abstain(target, shape::NO_BILL.into());
    }
    if !billed {
        return Opinion::Fine(target);
    }
    let Some(profile) = cx.profiles.warehouses.get(&it.key).filter(|it| !it.up.is_empty()) else {
        return Opinion::Abstain(target, "its events are not in the data, so its uptime is not known".into());
    };
    let Some(busy) = profile.busy.clone() else {
        return Opinion::Abstain(
            target,
            "system.query.history is not in the data, so idle and busy cannot be told apart".into(),
        );
    };
    let minutes = |spans: &[Span]| spans.iter().map(|it| it.minutes()).sum::<i64>() as f64;
    let pieces = union(busy.clone(), to as i64);
    let starts = pieces.len() as f64 / cx.fleet.window.days().max(1.0);
    let (score, wait) = match kind {
        WarehouseType::Serverless => (0, "4–6 seconds"),
        WarehouseType::Pro | WarehouseType::Classic => (1, "about 4 minutes"),
    };
    let statements = it.queries.as_ref().map_or(0, Vec::len) as u64;
    let now_words = from.map_or("it never stops by itself".to_owned(), |it| format!("it waits {it}"));
    Opinion::Propose(Box::new(Proposal {
        action: Action::SetAutoStop { from, to: Minutes(to) },
        title: format!("Stop warehouse {} after {}", it.name, Minutes(to)),
        why: format!(
            "It was up for {} in the window, and a statement ran in {} of that; {now_words}.",
            shape::minutes(minutes(&profile.up)),
            shape::minutes(minutes(&busy))
        ),
        risk: risk::risk(vec![risk::part(
            RiskDimension::People,
            score,
            format!("the first statement after a pause waits {wait}, about {starts:.1} times a day"),
        )]),
        runtime: None,
        evidence: vec![
            shape::hours("up in the window", minutes(&profile.up), EVENTS),
            shape::hours("with a statement running", minutes(&busy), HISTORY),
            Evidence::new("statements", Quantity::Count(statements), HISTORY),
            Evidence::new(
                "auto-stop now",
                from.map_or(Quantity::Text("never".into()), Quantity::Minutes),
                Source::SystemTable("system.compute.warehouses"),
            ),
        ],
        alternatives: vec![],
        confidence: format!("{statements} statements over {:.0} days", cx.fleet.window.days()),
        rollback: from.map_or("switch auto-stop off again".into(), |it| format!("set it back to {it}")),
        verify: "compare uptime and the wait of first statements over the next two weeks".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
        target,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_warehouse_that_never_stops_gets_a_limit() {
        let said = check(&ADVISOR, &world().warehouse("bi", None).fleet());
        assert!(said.contains("Stop warehouse bi after 10 min"), "{said}");
    }

    #[test]
    fn ten_minutes_are_fine_for_serverless() {
        assert_eq!(check(&ADVISOR, &world().warehouse("bi", Some(10)).fleet()), "fine: warehouse bi");
    }

    #[test]
    fn no_query_history_is_a_gap_and_not_a_clean_bill() {
        let mut fleet = world().warehouse("bi", None).fleet();
        for it in fleet.warehouses.values_mut() {
            it.queries = None;
        }
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("abstains on warehouse bi: system.query.history"), "{said}");
    }
}
