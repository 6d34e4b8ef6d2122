//! A policy definition made from what a workspace's clusters are like.

use std::collections::BTreeSet;

use clusteriq_model::{Cloud, ConfigVersion, Plane, WorkspaceId};
use serde_json::{Value, json};

use crate::advisor::Context;

/// A policy that allows what is in use, bounds what grows, and prefers what is cheap: auto-termination, the node types seen, the
/// workers seen, spot with a way back, no Photon unless asked for, the newest runtime with long-term support, required tags.
pub(super) fn of(cx: &Context<'_>, workspace: &WorkspaceId, configs: &[&ConfigVersion]) -> String {
    let mut rules = serde_json::Map::new();
    let mut put = |path: &str, rule: Value| {
        rules.insert(path.into(), rule);
    };
    if configs.iter().any(|it| it.compute.plane == Plane::AllPurpose) {
        let limit = json!({"type": "range", "minValue": 10, "maxValue": 60, "defaultValue": 30});
        put("autotermination_minutes", limit);
    }
    let types: BTreeSet<&String> = configs.iter().filter_map(|it| it.compute.worker_type.as_ref()).collect();
    if !types.is_empty() {
        put("node_type_id", json!({"type": "allowlist", "values": types}));
    }
    if let Some(most) = configs.iter().filter_map(|it| it.compute.size).map(|it| it.most()).max() {
        let workers = json!({"type": "range", "maxValue": most, "isOptional": true});
        put("autoscale.max_workers", workers.clone());
        put("num_workers", workers);
    }
    let words = match cx.fleet.workspaces.get(workspace).and_then(|it| it.cloud) {
        Some(Cloud::Aws) => Some(("aws_attributes.availability", "SPOT_WITH_FALLBACK", "ON_DEMAND")),
        Some(Cloud::Azure) => Some(("azure_attributes.availability", "SPOT_WITH_FALLBACK_AZURE", "ON_DEMAND_AZURE")),
        Some(Cloud::Gcp) => Some(("gcp_attributes.availability", "PREEMPTIBLE_WITH_FALLBACK_GCP", "ON_DEMAND_GCP")),
        None => None,
    };
    if let Some((path, spot, on_demand)) = words {
        put(path, json!({"type": "allowlist", "values": [spot, on_demand], "defaultValue": spot}));
    }
    put("runtime_engine", json!({"type": "unlimited", "defaultValue": "STANDARD"}));
    put("spark_version", json!({"type": "unlimited", "defaultValue": "auto:latest-lts"}));
    for tag in &cx.settings.required_tags {
        put(&format!("custom_tags.{tag}"), json!({"type": "unlimited", "isOptional": false}));
    }
    Value::Object(rules).to_string()
}
