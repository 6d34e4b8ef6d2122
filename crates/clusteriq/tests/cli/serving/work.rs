//! What the server does: analyses, settings, events, figures for Prometheus, and a demo that fills while one looks.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::server::Server;
use crate::support::{copy, json as parsed, list, program, run, store};

/// The events of a stream until one of that kind.
fn events(server: &Server, until: &str) -> Vec<(String, Value)> {
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: {address}\r\nLast-Event-ID: 0\r\n\r\n").unwrap();
    let mut all = vec![];
    let mut kind = String::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if let Some(it) = line.strip_prefix("event: ") {
            it.clone_into(&mut kind);
        } else if let Some(it) = line.strip_prefix("data: ") {
            all.push((kind.clone(), parsed(it)));
            if kind == until {
                break;
            }
        }
    }
    all
}

#[test]
fn who_comes_late_hears_what_happened() {
    let server = Server::start(store(), &[], &[]);
    let all = events(&server, "done");
    let kinds: Vec<&str> = all.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(kinds, ["progress", "snapshot", "done"], "{all:?}");
    assert_eq!(all[0].1["phase"], "analysing");
    assert_eq!(all[2].1["ok"], true);
}

#[test]
fn a_knob_that_is_turned_judges_anew_also_for_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    copy(store(), dir.path());
    let server = Server::start(dir.path(), &[], &[]);
    let saving = |server: &Server| server.get("/api/recommendations?lane=save").ok()["total"].as_u64().unwrap();
    assert!(saving(&server) > 0);
    let before = server.get("/api/status").ok()["analysis"]["id"].clone();
    let turned = server.send("PUT", "/api/settings/least_saving", &json!({"value": 100_000})).ok();
    let it = list(&turned["items"]).iter().find(|it| it["id"] == "least_saving").unwrap();
    assert_eq!((it["value"].as_f64(), it["default"].as_f64()), (Some(100_000.0), Some(5.0)));
    assert_eq!(saving(&server), 0);
    assert_ne!(server.get("/api/status").ok()["analysis"]["id"], before);
    let report = parsed(&run(dir.path(), &["report", "--json"]).worked());
    assert!(report["headline"]["savings_per_month"].is_null());
    for (id, value) in [
        ("least_saving", json!(-1)),
        ("least_saving", json!(["x"])),
        ("memory_limit", json!(2)),
        ("required_tags", json!(1)),
    ] {
        let refused = server.send("PUT", &format!("/api/settings/{id}"), &json!({"value": value}));
        assert_eq!(refused.refused(400), "invalid_request", "{id} {value}");
    }
    assert_eq!(server.send("PUT", "/api/settings/beauty", &json!({"value": 1})).refused(404), "not_found");
    assert_eq!(server.send("PUT", "/api/settings/least_saving", &json!({})).refused(400), "invalid_request");
}

#[test]
fn prometheus_gets_what_was_spent_and_what_the_server_did() {
    let server = Server::shared();
    server.get("/api/jobs");
    let text = server.get("/metrics").text;
    for name in [
        "clusteriq_cost_usd{",
        "clusteriq_savings_usd{bound=\"low\"}",
        "clusteriq_http_requests_total{",
        "clusteriq_gaps ",
        "clusteriq_http_request_duration_seconds_bucket",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn without_data_the_pages_stand_and_the_api_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = program(&dir.path().join("none"));
    let server = Server::of(command.args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(server.get("/api/status").ok()["analysis"].is_null());
    let answer = server.get("/api/overview");
    assert_eq!(answer.refused(409), "no_data");
    assert!(answer.json()["hint"].as_str().unwrap().contains("/api/status"));
    assert_eq!(list(&server.get("/api/advisors").ok()["items"]).len(), crate::support::list(&advisors()).len());
    assert!(!list(&server.get("/api/settings").ok()["items"]).is_empty());
}

fn advisors() -> Value {
    let all = parsed(&crate::support::ask("advisors --json").worked());
    all.get("advisors").cloned().unwrap_or(all)
}

#[test]
fn the_demo_stands_before_its_scan_has_ended_and_fills() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("demo");
    let mut command = program(dir.path());
    command
        .args(["demo", "--no-open", "--port", "0", "--seed", "7", "--days", "3", "--clusters", "8", "--out"])
        .arg(&out);
    let server = Server::of(&mut command);
    assert_eq!(server.get("/health").ok()["ready"], false, "there was something before there could be");
    let all = events(&server, "done");
    assert_eq!(all.last().unwrap().1["ok"], true, "{all:?}");
    let phases: Vec<&str> = all.iter().filter_map(|it| it.1["phase"].as_str()).collect();
    for phase in ["making", "planning", "analysing"] {
        assert!(phases.contains(&phase), "{phase}: {phases:?}");
    }
    assert!(server.get("/api/jobs").ok()["total"].as_u64().unwrap() > 0);
}

#[test]
fn a_schedule_that_is_none_is_refused() {
    let said = run(store(), &["serve", "--profile", "x", "--scan-at", "at six"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("not five fields of cron"), "{}", said.err);
}
