//! Outcomes and changes as JSON.

use clusteriq_fake::{Change, Company, Outcome};
use serde_json::{Value, json};

pub(crate) fn outcome_json(it: &Outcome) -> Value {
    json!({
        "runs": it.runs,
        "failed": it.failed,
        "run_minutes_mean": it.run_minutes_mean,
        "run_minutes_sd": it.run_minutes_sd,
        "dbu_usd": it.dbu_usd,
        "vm_usd": it.vm_usd,
        "usd": it.usd(),
        "queries_waited_hours": it.queries_waited_hours,
    })
}

pub(crate) fn changes_json(changes: &[(String, Change)]) -> Value {
    changes.iter().map(|(id, it)| json!({"target": id, "change": it.to_string()})).collect()
}

/// What is run when this resource is judged.
pub(crate) fn targets_of(company: &Company, id: &str) -> Vec<String> {
    company.group(id)
}
