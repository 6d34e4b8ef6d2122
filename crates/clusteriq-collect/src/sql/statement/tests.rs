//! Statements against a warehouse that is slow, loses links, and cuts results short.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::Int64Array;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use serde_json::{Value, json};

use super::*;
use crate::client::testing::{Reply, Seen, Server, bytes, client, error, json, run, text};

const POST: &str = "POST /api/2.0/sql/statements";
const STATE: &str = "GET /api/2.0/sql/statements/s1";

fn arrow(rows: std::ops::Range<i64>) -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let column = Arc::new(Int64Array::from_iter_values(rows));
    let batch = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn manifest(chunks: u64, rows: u64) -> Value {
    let columns = json!([{"name": "n", "type_text": "BIGINT", "position": 0}]);
    json!({"schema": {"column_count": 1, "columns": columns}, "total_chunk_count": chunks, "total_row_count": rows})
}

fn links(it: &Seen, chunk: u64, rows: u64) -> Value {
    let link = format!("http://{}/storage/{chunk}?signature=secret", it.headers["host"]);
    json!({"external_links": [{"chunk_index": chunk, "row_count": rows, "external_link": link, "expiration": "x"}]})
}

fn succeeded(manifest: Value, result: Value) -> Reply {
    json(json!({"statement_id": "s1", "status": {"state": "SUCCEEDED"}, "manifest": manifest, "result": result}))
}

/// A result of two chunks of three rows.
fn two_chunks(it: &Seen) -> Reply {
    match it.line.as_str() {
        POST => succeeded(manifest(2, 6), links(it, 0, 3)),
        "GET /api/2.0/sql/statements/s1/result/chunks/0" => json(links(it, 0, 3)),
        "GET /api/2.0/sql/statements/s1/result/chunks/1" => json(links(it, 1, 3)),
        "GET /storage/0" => bytes(arrow(0..3)),
        "GET /storage/1" => bytes(arrow(3..6)),
        _ => text(404, ""),
    }
}

async fn numbers(server: &Server, way: Way) -> Result<Vec<String>, ClientError> {
    let (client, _) = client(server).await;
    let mut all = vec![];
    let mut give = |_: &Told, chunk: Chunk| {
        match chunk {
            Chunk::Arrow(batches) => {
                for it in batches {
                    let column = it.column(0).as_any().downcast_ref::<Int64Array>().unwrap().clone();
                    all.extend(column.values().iter().map(i64::to_string));
                }
            }
            Chunk::Json(rows) => all.extend(rows.into_iter().map(|it| it[0].clone().unwrap())),
        }
        Ok(())
    };
    query(&client, "w1", "system.x.y", "SELECT n FROM system.x.y", way, &mut give).await?;
    Ok(all)
}

const SIX: [&str; 6] = ["0", "1", "2", "3", "4", "5"];

#[test]
fn a_statement_is_waited_for_and_its_chunks_come_from_the_storage_without_our_token() {
    run(async {
        let server = Server::start(|it, before| match (it.line.as_str(), before) {
            (POST, _) => {
                let body: Value = serde_json::from_str(&it.body).unwrap();
                assert!(body["statement"].as_str().unwrap().ends_with("*/ SELECT n FROM system.x.y"));
                json(json!({"statement_id": "s1", "status": {"state": "PENDING"}}))
            }
            (STATE, 0) => json(json!({"statement_id": "s1", "status": {"state": "RUNNING"}})),
            (STATE, _) => succeeded(manifest(2, 6), links(it, 0, 3)),
            _ => two_chunks(it),
        })
        .await;
        assert_eq!(numbers(&server, Way::Arrow).await.unwrap(), SIX);
        for chunk in ["GET /storage/0", "GET /storage/1"] {
            assert!(!server.seen(chunk)[0].headers.contains_key("authorization"));
        }
    });
}

#[test]
fn inline_results_come_in_chunks_too() {
    run(async {
        let server = Server::start(|it, _| match it.line.as_str() {
            POST => succeeded(manifest(2, 6), json!({"data_array": [["0"], ["1"], ["2"]], "next_chunk_index": 1})),
            "GET /api/2.0/sql/statements/s1/result/chunks/1" => json(json!({"data_array": [["3"], ["4"], ["5"]]})),
            _ => text(404, ""),
        })
        .await;
        assert_eq!(numbers(&server, Way::Json).await.unwrap(), SIX);
    });
}

#[test]
fn a_link_that_expired_a_body_that_broke_off_and_one_that_was_cut_are_asked_for_again() {
    run(async {
        let server = Server::start(|it, before| match (it.line.as_str(), before) {
            ("GET /storage/0", 0) => text(403, "<Error><Code>AccessDenied</Code></Error>"),
            ("GET /storage/0", 1) => bytes(arrow(0..3)).cut(),
            // The first half, as if it were the whole.
            ("GET /storage/1", 0) => bytes(arrow(3..6)[..arrow(3..6).len() / 2].to_vec()),
            ("GET /storage/1", 1) => bytes(arrow(3..5)),
            _ => two_chunks(it),
        })
        .await;
        assert_eq!(numbers(&server, Way::Arrow).await.unwrap(), SIX);
        assert_eq!(server.seen("GET /storage/0").len(), 3);
    });
}

#[test]
fn a_storage_that_cannot_be_reached_is_named_and_the_signed_link_is_not() {
    run(async {
        let server = Server::start(|it, _| match it.line.as_str() {
            "GET /storage/0" => text(403, "no"),
            _ => two_chunks(it),
        })
        .await;
        let said = numbers(&server, Way::Arrow).await.unwrap_err();
        assert!(matches!(said, ClientError::Link { .. }));
        assert!(said.to_string().contains("127.0.0.1") && !said.to_string().contains("secret"), "{said}");
    });
}

#[test]
fn rows_that_are_missing_are_an_error_and_not_a_hole() {
    run(async {
        let lost = AtomicUsize::new(0);
        let server = Server::start(move |it, _| match it.line.as_str() {
            POST => succeeded(manifest(2, 7), links(it, 0, 3)),
            _ => {
                lost.fetch_add(1, Ordering::Relaxed);
                two_chunks(it)
            }
        })
        .await;
        let said = numbers(&server, Way::Arrow).await.unwrap_err().to_string();
        assert!(said.contains("6 of 7 rows came"), "{said}");
    });
}

#[test]
fn a_failure_says_what_to_grant_or_to_enable_and_a_result_that_is_gone_is_told_apart() {
    run(async {
        let failing = async |state: &'static str, message: &'static str| {
            let server = Server::start(move |_, _| {
                json(json!({"statement_id": "s1", "status": {"state": state, "error": {"message": message}}}))
            })
            .await;
            numbers(&server, Way::Arrow).await.unwrap_err()
        };
        let it = failing("FAILED", "[INSUFFICIENT_PERMISSIONS] User does not have SELECT").await;
        assert!(it.is_about_a_table() && it.to_string().contains("SELECT ON SCHEMA system.x TO"), "{it}");
        let it = failing("FAILED", "[SCHEMA_NOT_FOUND] The schema cannot be found").await;
        assert!(it.is_about_a_table() && it.to_string().contains("system-schemas enable METASTORE_ID x"), "{it}");
        let it = failing("FAILED", "[DIVIDE_BY_ZERO] x").await;
        assert!(!it.is_about_a_table() && !it.is_result_gone() && !it.is_too_large());
        assert!(failing("FAILED", "Inline byte limit exceeded.").await.is_too_large());
        assert!(failing("CLOSED", "").await.is_result_gone());
        let server = Server::start(|it, _| match it.line.as_str() {
            STATE => error(404, "NOT_FOUND", "no such statement"),
            _ => json(json!({"statement_id": "s1", "status": {"state": "PENDING"}})),
        })
        .await;
        assert!(numbers(&server, Way::Arrow).await.unwrap_err().is_result_gone());
    });
}
