//! Cluster policies: one that everything satisfies for each plane, and two that came too late for a cluster.

use serde_json::json;

use super::recipes::Governed;
use crate::catalog::Cloud;

/// Most workers where a policy was tightened; who breaks it has more.
pub(super) const FEW_WORKERS: u32 = 2;

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    Jobs,
    AllPurpose,
}

/// Name and definition of the policy that a resource is under.
pub(super) fn of(governed: Governed, plane: Plane, cloud: Cloud) -> Option<(&'static str, String)> {
    let (kind, name) = match (plane, governed) {
        (_, Governed::No) => return None,
        (Plane::Jobs, Governed::Policy) => ("job", "Job compute"),
        (Plane::Jobs, Governed::TooManyWorkers) => ("job", "Small job compute"),
        (Plane::Jobs, Governed::OtherNodeTypes) => ("job", "Standard job compute"),
        (Plane::AllPurpose, Governed::Policy) => ("all-purpose", "Shared compute"),
        (Plane::AllPurpose, Governed::TooManyWorkers) => ("all-purpose", "Small compute"),
        (Plane::AllPurpose, Governed::OtherNodeTypes) => ("all-purpose", "Standard compute"),
    };
    let most = if governed == Governed::TooManyWorkers { FEW_WORKERS } else { 80 };
    let mut rules = json!({
        "cluster_type": {"type": "fixed", "value": kind},
        "num_workers": {"type": "range", "maxValue": most, "isOptional": true},
        "autoscale.max_workers": {"type": "range", "maxValue": most, "isOptional": true},
        "enable_elastic_disk": {"type": "fixed", "value": true, "hidden": true},
    });
    if governed == Governed::OtherNodeTypes {
        // Types that no recipe takes.
        let values = match cloud {
            Cloud::Aws => ["m5n.xlarge", "m5n.2xlarge", "r5n.xlarge"],
            Cloud::Azure => ["Standard_D4as_v4", "Standard_D8as_v4", "Standard_E4as_v4"],
            Cloud::Gcp => ["c2-standard-4", "c2-standard-8", "c2-standard-16"],
        };
        rules["node_type_id"] = json!({"type": "allowlist", "values": values, "defaultValue": values[0]});
    }
    Some((name, rules.to_string()))
}
