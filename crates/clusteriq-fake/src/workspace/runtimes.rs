//! Versions of the runtime: <https://docs.databricks.com/api/workspace/clusters/sparkversions>.

use serde_json::{Value, json};

use super::call::Call;
use super::errors::Refusal;
use super::routes::{Route, UP_TO_2_1};
use crate::catalog::{Runtime, catalog};

pub(super) const ROUTES: &[Route] = &[Route::get("clusters/spark-versions", UP_TO_2_1, list)];

pub(super) fn gather() -> Vec<Value> {
    // Those that are named by a year's number alone have no key yet that is known.
    catalog().runtimes.iter().filter(|it| it.version.contains('.')).map(version).collect()
}

fn version(it: &Runtime) -> Value {
    // Spark 4 has left Scala 2.12.
    let scala = if it.spark.starts_with('4') { "2.13" } else { "2.12" };
    // Long support stands in the name alone.
    let lts = if it.lts { " LTS" } else { "" };
    json!({
        "key": format!("{}.x-scala{scala}", it.version),
        "name": format!("{}{lts} (includes Apache Spark {}, Scala {scala})", it.version, it.spark),
    })
}

fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({"versions": call.contents.runtimes}))
}
