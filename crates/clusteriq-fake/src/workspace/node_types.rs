//! Node types and zones: <https://docs.databricks.com/api/workspace/clusters/listnodetypes>. No DBU, no price.

use serde_json::{Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::routes::{Route, UP_TO_2_1};
use crate::catalog::{Arch, Cloud, NodeType, catalog};

pub(super) const ROUTES: &[Route] =
    &[Route::get("clusters/list-node-types", UP_TO_2_1, list), Route::get("clusters/list-zones", UP_TO_2_1, zones)];

pub(super) fn gather(cloud: Cloud) -> Vec<Value> {
    catalog().node_types.values().filter(|it| it.cloud == cloud).map(node_type).collect()
}

fn node_type(it: &NodeType) -> Value {
    let category = match it.category {
        "memory" => "Memory Optimized",
        "compute" => "Compute Optimized",
        "storage" => "Storage Optimized",
        "gpu" => "GPU Accelerated",
        _ => "General Purpose",
    };
    let gib = it.local_disk_gib as i64;
    json!({
        "node_type_id": it.id,
        "instance_type_id": it.id,
        "description": it.id,
        "category": category,
        "memory_mb": (it.memory_gib * 1024.0).round() as i64,
        "num_cores": f64::from(it.vcpus),
        "num_gpus": it.gpus,
        "is_deprecated": false,
        "is_hidden": false,
        "is_graviton": it.cloud == Cloud::Aws && it.arch == Arch::Arm,
        "is_io_cache_enabled": gib > 0,
        "photon_worker_capable": it.gpus == 0,
        "photon_driver_capable": it.gpus == 0,
        "support_cluster_tags": true,
        "support_ebs_volumes": it.cloud == Cloud::Aws,
        "node_instance_type": {
            "instance_type_id": it.id,
            "local_nvme_disks": i64::from(gib > 0),
            "local_nvme_disk_size_gb": gib,
        },
    })
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"node_types": call.contents.node_types}))
}

fn zones(call: &Call<'_>) -> Result<Value, Refusal> {
    match call.contents.cloud {
        Cloud::Aws => Ok(json!({"zones": ["us-east-1a", "us-east-1b", "us-east-1c"], "default_zone": "us-east-1a"})),
        Cloud::Azure | Cloud::Gcp => Err(Refusal::unknown("GET", "/clusters/list-zones")),
    }
}
