//! The truth file: what was planted, what was billed, what machines cost, and, if wanted, what would come of every alternative.

use serde_json::{Value, json};

use super::alternatives::Tried;
use super::{Alternatives, Change, Outcome, Switch};
use crate::{DemoOptions, DemoSummary, Fleet, Physics};

/// The whole document. Amounts of the bill are exact and in text, others are numbers.
#[must_use]
pub fn truth_json(options: &DemoOptions, summary: &DemoSummary, outcomes: Option<&[Alternatives]>) -> Value {
    let planted = summary.planted.iter().map(|it| {
        json!({
            "kind": it.kind,
            "workspace_id": it.workspace_id,
            "id": it.target_id,
            "name": it.name,
            "problem": it.problem,
        })
    });
    let bill = summary.bill.iter().map(|it| {
        json!({
            "workspace_id": it.workspace_id,
            "day": it.day.to_string(),
            "usd": it.usd(),
            "unpriced_dbu": it.unpriced_dbu(),
        })
    });
    let vm = summary.vm.iter().map(|it| {
        json!({
            "workspace_id": it.workspace_id,
            "kind": it.kind,
            "id": it.id,
            "on_demand_usd": it.on_demand_usd,
            "spot_usd": it.spot_usd,
        })
    });
    let mut all = json!({
        "options": {
            "seed": options.seed,
            "clusters": options.clusters,
            "jobs": options.jobs,
            "days": options.days,
            "fleet": match options.fleet { Fleet::Demo => "demo", Fleet::Known => "known" },
            "physics": match options.physics { Physics::Tasks => 1, Physics::Fluid => 2 },
        },
        "planted": planted.collect::<Vec<_>>(),
        "bill": bill.collect::<Vec<_>>(),
        "vm": vm.collect::<Vec<_>>(),
    });
    if let Some(outcomes) = outcomes {
        all["outcomes"] = outcomes.iter().map(alternatives_json).collect();
    }
    all
}

fn alternatives_json(it: &Alternatives) -> Value {
    let tried =
        |(changes, outcome): &Tried| json!({"changes": changes_json(changes), "outcome": outcome_json(outcome)});
    json!({
        "targets": it.ids,
        "now": outcome_json(&it.now),
        "alternatives": it.singles.iter().map(tried).collect::<Vec<_>>(),
        "best": tried(&it.best),
    })
}

/// An outcome: amounts in USD per month of 30.4 days, runs per month, times in minutes or hours as they are named.
#[must_use]
pub fn outcome_json(it: &Outcome) -> Value {
    json!({
        "runs": it.runs,
        "failed": it.failed,
        "failure_probability": it.failure_rate(),
        "run_minutes_mean": it.run_minutes_mean,
        "run_minutes_sd": it.run_minutes_sd,
        "dbu_usd": it.dbu_usd,
        "vm_usd": it.vm_usd,
        "usd": it.usd(),
        "queries_waited_hours": it.queries_waited_hours,
    })
}

/// Changes in the order in which they are made: the target, the change in words, and the same in fields.
#[must_use]
pub fn changes_json(changes: &[(String, Change)]) -> Value {
    let one = |(target, change): &(String, Change)| {
        let mut it = json!({"target": target, "change": change.to_string()});
        let (kind, fields) = fields(change);
        it["kind"] = json!(kind);
        for (name, value) in fields {
            it[name] = value;
        }
        it
    };
    changes.iter().map(one).collect()
}

/// What kind of change it is, and its values.
fn fields(change: &Change) -> (&'static str, Vec<(&'static str, Value)>) {
    let range = |min: &u32, max: &u32| vec![("min_workers", json!(min)), ("max_workers", json!(max))];
    match change {
        Change::Workers { min, max } => ("workers", range(min, max)),
        Change::WorkerType(it) => ("worker_type", vec![("node_type", json!(it))]),
        Change::DriverType(it) => ("driver_type", vec![("node_type", json!(it))]),
        Change::SingleNode(it) => ("single_node", vec![("node_type", json!(it))]),
        Change::OnDemand => ("on_demand", vec![]),
        Change::Spot { first_on_demand } => ("spot", vec![("first_on_demand", json!(first_on_demand))]),
        Change::Photon(it) => ("photon", vec![("on", json!(*it == Switch::On))]),
        Change::JobCluster { node_type, min, max } => {
            ("job_cluster", [vec![("node_type", json!(node_type))], range(min, max)].concat())
        }
        Change::ShareCluster { jobs, node_type, min, max } => {
            let first = vec![("job_ids", json!(jobs)), ("node_type", json!(node_type))];
            ("share_cluster", [first, range(min, max)].concat())
        }
        Change::Autotermination { minutes } => ("autotermination", vec![("minutes", json!(minutes))]),
        Change::Stop => ("stop", vec![]),
        Change::AutoStop { minutes } => ("auto_stop", vec![("minutes", json!(minutes))]),
        Change::Timeout { minutes } => ("timeout", vec![("minutes", json!(minutes))]),
        Change::Retries(it) => ("retries", vec![("times", json!(it))]),
        Change::WarehouseSize(it) => ("warehouse_size", vec![("size", json!(it))]),
        Change::PoolIdle(it) => ("pool_idle", vec![("nodes", json!(it))]),
        Change::PipelineTriggered => ("pipeline_triggered", vec![]),
        Change::PipelineProduction => ("pipeline_production", vec![]),
        Change::PerformanceStandard => ("performance_standard", vec![]),
        Change::OffHours { from_hour, until_hour } => {
            ("off_hours", vec![("from_hour", json!(from_hour)), ("until_hour", json!(until_hour))])
        }
        Change::Mended => ("mended", vec![]),
    }
}
