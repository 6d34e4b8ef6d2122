//! SQL statements as the SDKs send them.

use clusteriq_fake::workspace::{Seen, SystemTables, TOKEN};
use serde_json::{Value, json};

use crate::{export, python};

#[test]
fn the_newest_sdk_gets_rows_inline_and_by_links() {
    check("0.162.0");
}

#[test]
fn an_sdk_from_before_discovery_gets_rows_inline_and_by_links() {
    check("0.40.0");
}

#[test]
fn an_sdk_from_before_pages_of_clusters_gets_rows_inline_and_by_links() {
    check("0.18.0");
}

const DAY: &str = "2026-11-20";

fn check(version: &str) {
    let Some(python) = python::with_sdk(version) else { return };
    let company = export::company();
    let workspace = company.history.workspace(&company.workspace).unwrap();
    workspace.set_tables(SystemTables::of(company.folder()).unwrap());
    workspace.set_chunk_rows(1_000);
    workspace.hide_schema("query");
    let server = workspace.start().unwrap();
    let question = json!({
        "host": server.url,
        "token": TOKEN,
        "warehouse_id": company.warehouses().first(),
        "day": DAY,
    });
    let saw = python.run(include_str!("ask.py"), &question);
    let list = |what: &str| saw[what].as_array().unwrap().clone();

    let states = list("states");
    assert_eq!((states.first(), states.last()), (Some(&json!("PENDING")), Some(&json!("SUCCEEDED"))), "{states:?}");
    assert!(states.contains(&json!("RUNNING")), "{states:?}");
    let columns = json!([
        ["record_id", "STRING", "STRING"],
        ["usage_start_time", "TIMESTAMP", "TIMESTAMP"],
        ["usage_quantity", "DECIMAL(38,18)", "DECIMAL"],
        ["custom_tags", "MAP<STRING, STRING>", "MAP"],
    ]);
    assert_eq!(saw["columns"], columns);
    let rows = list("inline");
    assert!(rows.len() > 2_000, "{}", rows.len());
    assert_eq!(saw["chunks"], rows.len().div_ceil(1_000));
    let ids: Vec<&Value> = rows.iter().map(|it| &it[0]).collect();
    assert!(ids.is_sorted_by_key(|it| it.as_str()));
    assert!(
        rows[0][1].as_str().unwrap().ends_with(":00.000Z") && rows[0][2].as_str().unwrap().contains('.'),
        "{}",
        rows[0]
    );
    assert_eq!(saw["json"], saw["inline"]);

    // The names stand above the first chunk alone; null is a word.
    let csv = list("csv");
    assert_eq!(csv[0], json!(["record_id", "usage_start_time", "usage_quantity", "custom_tags"]));
    let as_csv = |row: &Value| {
        let cells = row.as_array().unwrap().iter();
        Value::Array(cells.map(|it| if it.is_null() { json!("null") } else { it.clone() }).collect())
    };
    assert_eq!(csv[1..], rows.iter().map(as_csv).collect::<Vec<_>>());
    if version == "0.162.0" {
        let kinds = json!(["string", "timestamp[us, tz=UTC]", "decimal128(38, 18)", "map<string, string>"]);
        assert_eq!((&saw["arrow"]["types"], &saw["arrow"]["rows"]), (&kinds, &json!(rows.len())));
        assert_eq!(saw["arrow"]["ids"], json!(ids));
    }

    let failed = list("failed");
    assert_eq!(failed[..2], [json!("FAILED"), json!("BAD_REQUEST")]);
    assert!(failed[2].as_str().unwrap().starts_with("[TABLE_OR_VIEW_NOT_FOUND] "), "{failed:?}");
    let of_day = rows.iter().filter(|it| it[1].as_str().unwrap().starts_with(DAY)).count();
    assert!(of_day > 0);
    assert_eq!(saw["counted"], json!([[of_day.to_string()]]));
    assert_eq!(saw["cancelled"], "CANCELED");
    assert_eq!(
        (&saw["schemas"]["billing"], &saw["schemas"]["query"]),
        (&json!("ENABLE_COMPLETED"), &json!("AVAILABLE"))
    );

    let seen = workspace.seen();
    assert!(seen.iter().all(Seen::only_reads), "{seen:?}");
    assert!(seen.iter().all(|it| it.status == 200), "{seen:?}");
    assert!(workspace.statements().len() >= 6);
    assert!(workspace.bytes_sent() > 100_000);
}
