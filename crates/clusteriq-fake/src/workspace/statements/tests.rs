//! Statements from inside: states, chunks, links, faults.

use std::sync::OnceLock;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::reader::StreamReader;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::workspace::answer::{Arrival, Asked, Reply};
use crate::workspace::{Fault, Faults, History, Rule, SystemTables, TOKEN, When, Workspace, held};
use crate::{DemoOptions, write_export};

/// A workspace with the tables of its company's export.
fn workspace() -> Workspace {
    static COMPANY: OnceLock<(tempfile::TempDir, History, SystemTables)> = OnceLock::new();
    let (_, history, tables) = COMPANY.get_or_init(|| {
        let options = DemoOptions { days: 2, clusters: 40, ..DemoOptions::default() };
        let dir = tempfile::tempdir().unwrap();
        let export = dir.path().join("export");
        write_export(&export, &options, &|_, _| ()).unwrap();
        let tables = SystemTables::of(&export).unwrap();
        (dir, History::of(&options).unwrap(), tables)
    });
    let all = history.workspaces().into_iter().map(|(id, _)| history.workspace(&id).unwrap());
    let workspace = all.max_by_key(|it| it.read().warehouses.len()).unwrap();
    workspace.set_tables(tables.clone());
    workspace
}

fn ask(workspace: &Workspace, method: &str, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    workspace.answer(&Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: "127.0.0.1:1".to_owned(),
        authorization: Some(format!("Bearer {TOKEN}")),
        body,
        ..Asked::default()
    })
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

fn get(workspace: &Workspace, path: &str) -> (u16, Value) {
    let reply = ask(workspace, "GET", path, &Value::Null);
    (reply.status, json_of(&reply))
}

/// A warehouse, made to run or to stand still.
fn warehouse(workspace: &Workspace, state: &str) -> String {
    let mut contents = workspace.inner.contents.write().unwrap();
    contents.warehouses[0]["state"] = json!(state);
    contents.warehouses[0]["auto_stop_mins"] = json!(10);
    contents.warehouses[0]["id"].as_str().unwrap().to_owned()
}

fn execute(workspace: &Workspace, text: &str, extra: Value) -> (u16, Value) {
    let mut body = json!({"warehouse_id": warehouse(workspace, "RUNNING"), "statement": text});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    let reply = ask(workspace, "POST", "/api/2.0/sql/statements/", &body);
    (reply.status, json_of(&reply))
}

fn fetch(workspace: &Workspace, link: &str) -> Reply {
    let path = link.strip_prefix("http://127.0.0.1:1").unwrap();
    let (path, query) = path.split_once('?').unwrap();
    workspace.answer(&Asked {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Asked::default()
    })
}

const NUMBERS: &str =
    "SELECT n, CAST(n AS STRING) AS s, if(n = 2, NULL, n * 1.5) AS d FROM VALUES (1), (2), (3), (4), (5) AS t(n)";

#[test]
fn a_result_has_a_manifest_and_cells_of_text() {
    let workspace = workspace();
    let (status, reply) = execute(&workspace, NUMBERS, json!({}));
    assert_eq!((status, &reply["status"]["state"]), (200, &json!("SUCCEEDED")));
    let schema = &reply["manifest"]["schema"];
    assert_eq!(schema["column_count"], 3);
    assert_eq!(
        schema["columns"][2],
        json!({"name": "d", "type_text": "DECIMAL(13,1)", "type_name": "DECIMAL", "position": 2, "type_precision": 13, "type_scale": 1})
    );
    assert_eq!(reply["manifest"]["chunks"], json!([{"chunk_index": 0, "row_offset": 0, "row_count": 5}]));
    assert_eq!((&reply["manifest"]["total_row_count"], &reply["manifest"]["truncated"]), (&json!(5), &json!(false)));
    assert_eq!(reply["result"]["data_array"][1], json!(["2", "2", null]));
    assert!(reply["result"].get("next_chunk_index").is_none());
    assert_eq!(workspace.statements(), [NUMBERS]);
}

#[test]
fn an_empty_result_has_a_schema_and_no_chunks() {
    let (_, reply) = execute(&workspace(), "SELECT * FROM system.billing.usage LIMIT 0", json!({}));
    assert_eq!(reply["manifest"]["total_chunk_count"], 0);
    assert!(reply["manifest"].get("chunks").is_none());
    assert_eq!(reply["result"], json!({}));
    assert!(reply["manifest"]["schema"]["column_count"].as_i64() > Some(10));
}

#[test]
fn chunks_come_in_any_order_and_name_the_next() {
    let workspace = workspace();
    workspace.set_chunk_rows(2);
    let (_, first) = execute(&workspace, NUMBERS, json!({}));
    let id = first["statement_id"].as_str().unwrap();
    let path = format!("/api/2.0/sql/statements/{id}/result/chunks/1?row_offset=2");
    assert_eq!(first["result"]["next_chunk_internal_link"], path);
    let chunk = |number: usize| get(&workspace, &format!("/api/2.0/sql/statements/{id}/result/chunks/{number}"));
    let (_, last) = chunk(2);
    assert_eq!((&last["row_offset"], last["data_array"].as_array().map(Vec::len)), (&json!(4), Some(1)));
    assert!(last.get("next_chunk_index").is_none() && last.get("status").is_none());
    assert_eq!(get(&workspace, &path).1["data_array"][0][0], "3");
    assert_eq!(chunk(3).0, 400);
}

#[test]
fn a_statement_that_is_not_waited_for_is_pending_then_running() {
    let workspace = workspace();
    let states = |state: &str, wait: &str| {
        let warehouse = warehouse(&workspace, state);
        let body = json!({"warehouse_id": warehouse, "statement": "SELECT 1", "wait_timeout": wait});
        let first = json_of(&ask(&workspace, "POST", "/api/2.0/sql/statements", &body));
        let id = first["statement_id"].as_str().unwrap().to_owned();
        let mut seen = vec![first["status"]["state"].as_str().unwrap().to_owned()];
        while ["PENDING", "RUNNING"].contains(&seen.last().unwrap().as_str()) {
            let (_, reply) = get(&workspace, &format!("/api/2.0/sql/statements/{id}"));
            assert_eq!(reply.get("manifest").is_some(), reply["status"]["state"] == "SUCCEEDED");
            seen.push(reply["status"]["state"].as_str().unwrap().to_owned());
        }
        seen.join(" ")
    };
    assert_eq!(states("RUNNING", "0s"), "PENDING RUNNING SUCCEEDED");
    assert_eq!(states("STOPPED", "10s"), "SUCCEEDED", "it runs because of the statement before");
    workspace.advance(Duration::from_secs(86_400));
    assert_eq!(states("STOPPED", "0s"), "PENDING PENDING RUNNING SUCCEEDED");
    let (_, shown) = get(&workspace, "/api/2.0/sql/warehouses");
    assert_eq!(shown["warehouses"][0]["state"], "RUNNING");
    workspace.advance(Duration::from_secs(86_400));
    assert_eq!(states("STOPPED", "10s"), "PENDING SUCCEEDED");
    workspace.set_statement_polls(2);
    assert_eq!(states("RUNNING", "10s"), "RUNNING RUNNING RUNNING SUCCEEDED");
}

#[test]
fn a_statement_that_takes_too_long_is_cancelled_if_that_is_wanted() {
    let workspace = workspace();
    workspace.set_statement_polls(1);
    let (_, reply) = execute(&workspace, "SELECT 1", json!({"on_wait_timeout": "CANCEL"}));
    assert_eq!(reply["status"], json!({"state": "CANCELED"}));
    let (_, reply) = execute(&workspace, "SELECT 1", json!({"wait_timeout": "0s"}));
    let path = format!("/api/2.0/sql/statements/{}", reply["statement_id"].as_str().unwrap());
    assert_eq!(ask(&workspace, "POST", &format!("{path}/cancel"), &json!({})).status, 200);
    assert_eq!(get(&workspace, &path).1["status"]["state"], "CANCELED");
    assert_eq!(get(&workspace, &format!("{path}/result/chunks/0")).0, 400);
    assert!(workspace.seen().iter().all(crate::workspace::Seen::only_reads));
}

#[test]
fn sql_that_fails_is_no_failure_of_http() {
    let workspace = workspace();
    workspace.hide_schema("query");
    workspace.revoke("system.billing.usage");
    for (text, class, state) in [
        ("SELECT * FROM system.billing.nothing", "TABLE_OR_VIEW_NOT_FOUND", "42P01"),
        ("SELECT * FROM system.query.history", "SCHEMA_NOT_FOUND", "42704"),
        ("SELECT * FROM system.billing.usage", "INSUFFICIENT_PERMISSIONS", "42501"),
        ("DROP TABLE system.billing.usage", "UNSUPPORTED_FEATURE", "0A000"),
        ("SELEKT 1", "PARSE_SYNTAX_ERROR", "42601"),
    ] {
        let (status, reply) = execute(&workspace, text, json!({}));
        let failed = &reply["status"];
        assert_eq!((status, &failed["state"], &failed["sql_state"]), (200, &json!("FAILED"), &json!(state)), "{reply}");
        let message = failed["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("[{class}] ")) && message.contains(&format!("SQLSTATE: {state}")),
            "{message}"
        );
        assert!(reply.get("manifest").is_none() && failed["error"]["error_code"] == "BAD_REQUEST");
    }
}

#[test]
fn what_is_wrong_with_the_request_is_a_failure_of_http() {
    let workspace = workspace();
    let (status, body) = execute(&workspace, "SELECT 1", json!({"warehouse_id": "0123456789abcdef"}));
    assert_eq!((status, &body["error_code"]), (404, &json!("RESOURCE_DOES_NOT_EXIST")));
    assert_eq!(execute(&workspace, "SELECT 1", json!({"warehouse_id": "x"})).0, 400);
    assert_eq!(execute(&workspace, "SELECT 1", json!({"wait_timeout": "60s"})).0, 400);
    assert_eq!(execute(&workspace, "SELECT 1", json!({"format": "CSV"})).0, 400);
    for path in ["", "/result/chunks/0"] {
        assert_eq!(get(&workspace, &format!("/api/2.0/sql/statements/none{path}")).0, 404);
    }
}

#[test]
fn limits_cut_a_result_and_say_so() {
    let workspace = workspace();
    let cut = |extra: Value| {
        let manifest = execute(&workspace, NUMBERS, extra).1["manifest"].clone();
        (manifest["total_row_count"].as_i64().unwrap(), manifest["truncated"].as_bool().unwrap())
    };
    assert_eq!(cut(json!({"row_limit": 3})), (3, true));
    assert_eq!(cut(json!({"row_limit": 5})), (5, false));
    assert_eq!(cut(json!({"byte_limit": 25})), (1, true));
}

#[test]
fn an_inline_result_that_is_too_large_fails() {
    let workspace = workspace();
    let text = "SELECT to_json(usage_metadata), to_json(custom_tags), a.* FROM system.billing.usage a \
                CROSS JOIN (SELECT node_type FROM system.compute.node_types LIMIT 100) b";
    let (_, reply) = execute(&workspace, text, json!({}));
    assert_eq!(reply["status"]["state"], "FAILED");
    assert!(reply["status"]["error"]["message"].as_str().unwrap().starts_with("Inline byte limit exceeded."));
    let (_, reply) = execute(&workspace, text, json!({"disposition": "EXTERNAL_LINKS"}));
    assert_eq!(reply["status"]["state"], "SUCCEEDED");
}

#[test]
fn a_result_is_gone_an_hour_later_and_the_statement_half_a_day_later() {
    let workspace = workspace();
    let (_, reply) = execute(&workspace, NUMBERS, json!({}));
    let path = format!("/api/2.0/sql/statements/{}", reply["statement_id"].as_str().unwrap());
    workspace.advance(Duration::from_secs(3_599));
    assert_eq!(get(&workspace, &path).1["status"]["state"], "SUCCEEDED");
    workspace.advance(Duration::from_secs(1));
    let (_, closed) = get(&workspace, &path);
    assert_eq!((&closed["status"]["state"], closed.get("result")), (&json!("CLOSED"), None));
    assert_eq!(get(&workspace, &format!("{path}/result/chunks/0")).0, 404);
    workspace.advance(Duration::from_secs(12 * 3_600));
    assert_eq!(get(&workspace, &path).0, 404);
}

#[test]
fn old_results_make_room_for_new_ones() {
    let workspace = workspace();
    let ids: Vec<String> = (0..super::MOST_RESULTS + 1)
        .map(|_| execute(&workspace, "SELECT 1", json!({})).1["statement_id"].as_str().unwrap().to_owned())
        .collect();
    let state = |id: &String| get(&workspace, &format!("/api/2.0/sql/statements/{id}")).1["status"]["state"].clone();
    assert_eq!((state(&ids[0]), state(&ids[1])), (json!("CLOSED"), json!("SUCCEEDED")));
}

#[test]
fn a_result_that_is_still_being_read_makes_room_for_none() {
    let workspace = workspace();
    let (first, read) = link(&workspace, "ARROW_STREAM");
    let (_, unread) = link(&workspace, "ARROW_STREAM");
    assert_eq!(fetch(&workspace, &first).status, 200);
    held(&workspace.inner.statements).make_room(0);
    let state = |id: &str| get(&workspace, &format!("/api/2.0/sql/statements/{id}")).1["status"]["state"].clone();
    assert_eq!((state(&read), state(&unread)), (json!("CLOSED"), json!("SUCCEEDED")));
}

fn link(workspace: &Workspace, format: &str) -> (String, String) {
    let (_, reply) = execute(workspace, NUMBERS, json!({"disposition": "EXTERNAL_LINKS", "format": format}));
    let link = reply["result"]["external_links"][0]["external_link"].as_str().unwrap().to_owned();
    (link, reply["statement_id"].as_str().unwrap().to_owned())
}

#[test]
fn a_link_leads_to_the_rows_in_each_format() {
    let workspace = workspace();
    let bytes = |format: &str| fetch(&workspace, &link(&workspace, format).0).body;
    let json: Value = serde_json::from_slice(&bytes("JSON_ARRAY")).unwrap();
    assert_eq!(json[1], json!(["2", "2", null]));
    assert_eq!(
        String::from_utf8(bytes("CSV")).unwrap().lines().take(3).collect::<Vec<_>>(),
        ["n,s,d", "1,1,1.5", "2,2,null"]
    );
    let arrow = bytes("ARROW_STREAM");
    let batches: Vec<_> = StreamReader::try_new(arrow.as_slice(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches[0].column(0).as_primitive::<Int32Type>().values(), &[1, 2, 3, 4, 5]);
    assert_eq!(
        (batches[0].column(2).data_type().to_string().as_str(), batches[0].column(2).null_count()),
        ("Decimal128(13, 1)", 1)
    );
    let empty = execute(&workspace, "SELECT 1 LIMIT 0", json!({"disposition": "EXTERNAL_LINKS"})).1;
    assert_eq!(empty["result"], json!({}));
}

#[test]
fn links_of_chunks_say_how_long_and_how_large() {
    let workspace = workspace();
    workspace.set_chunk_rows(2);
    let extra = json!({"disposition": "EXTERNAL_LINKS", "format": "ARROW_STREAM"});
    let (_, reply) = execute(&workspace, NUMBERS, extra);
    let chunks = reply["manifest"]["chunks"].as_array().unwrap();
    let total: i64 = chunks.iter().map(|it| it["byte_count"].as_i64().unwrap()).sum();
    assert_eq!((chunks.len(), &reply["manifest"]["total_byte_count"]), (3, &json!(total)));
    let first = &reply["result"]["external_links"][0];
    assert_eq!((&first["next_chunk_index"], &first["expiration"]), (&json!(1), &json!("2026-11-23T00:15:00.000Z")));
    let (_, second) = get(&workspace, first["next_chunk_internal_link"].as_str().unwrap());
    let second = &second["external_links"][0];
    assert_eq!((&second["row_offset"], &second["row_count"]), (&json!(2), &json!(2)));
    let before = workspace.bytes_sent();
    let file = fetch(&workspace, second["external_link"].as_str().unwrap());
    assert_eq!(json!(file.body.len()), second["byte_count"]);
    assert_eq!(workspace.bytes_sent() - before, file.body.len() as u64);
}

#[test]
fn a_link_expires_and_a_fresh_one_is_given() {
    let workspace = workspace();
    let (old, id) = link(&workspace, "CSV");
    workspace.advance(Duration::from_secs(15 * 60));
    let refused = fetch(&workspace, &old);
    assert_eq!(refused.status, 403);
    assert!(String::from_utf8(refused.body).unwrap().contains("<Code>AccessDenied</Code>"));
    let (_, fresh) = get(&workspace, &format!("/api/2.0/sql/statements/{id}/result/chunks/0"));
    assert_eq!(fetch(&workspace, fresh["external_links"][0]["external_link"].as_str().unwrap()).status, 200);
}

#[test]
fn a_link_takes_no_token_of_databricks() {
    let workspace = workspace();
    let path = link(&workspace, "CSV").0.replace("http://127.0.0.1:1", "");
    let refused = ask(&workspace, "GET", &path, &Value::Null);
    assert_eq!(refused.status, 400);
    assert!(String::from_utf8(refused.body).unwrap().contains("<Code>InvalidArgument</Code>"));
}

#[test]
fn faults_meet_links_too() {
    let workspace = workspace();
    let once = |fault| {
        let link = link(&workspace, "CSV").0;
        workspace.set_faults(Faults::new(vec![Rule::new("/external/", When::First(1), fault)]));
        let first = fetch(&workspace, &link);
        let whole = fetch(&workspace, &link);
        assert_eq!(whole.status, 200);
        (first, whole)
    };
    assert_eq!(once(Fault::LinkExpired).0.status, 403);
    let (cut, whole) = once(Fault::Truncated);
    assert_eq!((cut.status, cut.body.len()), (200, whole.body.len() / 2));
    assert_eq!(once(Fault::Broken).0.arrival, Arrival::Half);
    assert_eq!(once(Fault::Slow(Duration::from_secs(3))).0.delay, Duration::from_secs(3));
    let rule = Rule::new("/api/2.0/sql/statements", When::First(1), Fault::Unavailable { retry_after: None });
    workspace.set_faults(Faults::new(vec![rule]));
    assert_eq!(execute(&workspace, "SELECT 1", json!({})).0, 503);
}

#[test]
fn a_clock_that_is_wrong_shows_in_dates_and_links() {
    let workspace = workspace();
    let date = || {
        let reply = ask(&workspace, "GET", "/api/2.0/preview/scim/v2/Me", &Value::Null);
        reply.headers.iter().find(|it| it.0 == "date").unwrap().1.clone()
    };
    assert_eq!(date(), "Mon, 23 Nov 2026 00:00:00 GMT");
    workspace.set_clock_skew(SignedDuration::from_mins(-10));
    assert_eq!(date(), "Sun, 22 Nov 2026 23:50:00 GMT");
    let (_, reply) = execute(&workspace, NUMBERS, json!({"disposition": "EXTERNAL_LINKS"}));
    assert_eq!(reply["result"]["external_links"][0]["expiration"], "2026-11-23T00:05:00.000Z");
}

#[test]
fn workspaces_of_a_region_share_a_metastore_and_its_schemas() {
    let workspace = workspace();
    workspace.hide_schema("query");
    let (_, assigned) = get(&workspace, "/api/2.1/unity-catalog/current-metastore-assignment");
    let id = assigned["metastore_id"].as_str().unwrap();
    assert_eq!(assigned["workspace_id"].to_string(), workspace.id());
    let (_, summary) = get(&workspace, "/api/2.1/unity-catalog/metastore_summary");
    assert_eq!((summary["metastore_id"].as_str(), &summary["privilege_model_version"]), (Some(id), &json!("1.0")));
    let (_, schemas) = get(&workspace, &format!("/api/2.1/unity-catalog/metastores/{id}/systemschemas?max_results=0"));
    let state = |name: &str| {
        schemas["schemas"].as_array().unwrap().iter().find(|it| it["schema"] == name).unwrap()["state"].clone()
    };
    assert_eq!((state("billing"), state("query")), (json!("ENABLE_COMPLETED"), json!("AVAILABLE")));
    assert_eq!(get(&workspace, "/api/2.1/unity-catalog/metastores/none/systemschemas").0, 404);
}
