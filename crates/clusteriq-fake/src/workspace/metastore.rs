//! Unity Catalog as far as system tables need it: <https://docs.databricks.com/api/workspace/metastores>.

use serde_json::{Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::routes::Route;
use super::{call, statements};
use crate::catalog::Cloud;
use crate::random::Random;

const ONLY_2_1: &[call::Version] = &[call::Version::V2_1];

pub(super) const ROUTES: &[Route] = &[
    Route::get("unity-catalog/current-metastore-assignment", ONLY_2_1, assignment),
    Route::get("unity-catalog/metastore_summary", ONLY_2_1, summary),
    Route::get("unity-catalog/metastores/{}/systemschemas", ONLY_2_1, system_schemas),
];

/// The company is in one region of each cloud, and a region has one metastore.
fn region(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => "us-east-1",
        Cloud::Azure => "eastus2",
        Cloud::Gcp => "us-central1",
    }
}

fn metastore(call: &Call<'_>) -> String {
    Random::named(0, &format!("metastore of {} in {}", call.contents.account_id, region(call.contents.cloud))).uuid()
}

fn assignment(call: &Call<'_>) -> Result<Value, Refusal> {
    let workspace: Option<i64> = call.contents.id.parse().ok();
    Ok(json!({"workspace_id": workspace, "metastore_id": metastore(call), "default_catalog_name": "hive_metastore"}))
}

fn summary(call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, cloud) = (metastore(call), call.contents.cloud.word().to_lowercase());
    let region = region(call.contents.cloud);
    Ok(json!({
        "metastore_id": id,
        "name": format!("metastore_{}_{}", cloud, region.replace('-', "_")),
        "cloud": cloud,
        "region": region,
        "global_metastore_id": format!("{cloud}:{region}:{id}"),
        "owner": "account-admins",
        "privilege_model_version": "1.0",
        "delta_sharing_scope": "INTERNAL",
    }))
}

fn system_schemas(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = metastore(call);
    if call.part(0) != id {
        return Err(Refusal::new(404, "METASTORE_DOES_NOT_EXIST", "The metastore does not exist."));
    }
    let state = |enabled| if enabled { "ENABLE_COMPLETED" } else { "AVAILABLE" };
    let all = statements::schemas(call).into_iter();
    Ok(json!({"schemas": all.map(|(name, it)| json!({"schema": name, "state": state(it)})).collect::<Vec<_>>()}))
}
