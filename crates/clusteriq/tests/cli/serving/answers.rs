//! What the endpoints answer: the documented shapes, and the figures of the report.

use serde_json::{Value, json};

use super::server::Server;
use crate::support::{ask, json as parsed, list, report, text};

/// An address for every endpoint that reads, with things that are in the company.
fn addresses(server: &Server) -> Vec<(String, String)> {
    let first = |path: &str| server.get(&format!("{path}?limit=1")).ok()["items"][0].clone();
    let id = |it: &Value| it["target"]["id"].as_str().unwrap().to_owned();
    let (job, cluster, warehouse) = (first("/api/jobs"), first("/api/clusters"), first("/api/warehouses"));
    let recommendation = text(&first("/api/recommendations")["id"]).to_owned();
    let document = server.get("/api/openapi.json").ok();
    let mut all = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods["get"].is_null() || path == "/api/events" {
            continue;
        }
        let of = match path.split('/').nth(2).unwrap_or_default() {
            "jobs" => id(&job),
            "clusters" => id(&cluster),
            "warehouses" => id(&warehouse),
            _ => recommendation.clone(),
        };
        let mut address = path.replace("{id}", &of);
        if path.starts_with("/api/what-if") {
            address += &format!("?kind=cluster&id={}&stop_after=5", id(&cluster));
        } else if path == "/api/search" {
            address += "?q=a";
        }
        all.push((path.clone(), address));
    }
    all
}

#[test]
fn every_endpoint_answers_as_its_schema_says() {
    let server = Server::shared();
    let document = server.get("/api/openapi.json").ok();
    let all = addresses(server);
    assert!(all.len() >= 20, "{all:?}");
    for (path, address) in all {
        let answer = server.get(&address);
        let status = answer.status.to_string();
        let response = &document["paths"][&path]["get"]["responses"][&status];
        assert!(response.is_object(), "{address} answers {status}, which is not documented: {}", answer.text);
        // What cannot be asked about a cluster that is not there is an answer too, and no fault.
        assert!(["200", "422"].contains(&status.as_str()), "{address}: {}", answer.text);
        let mut schema = response["content"]["application/json"]["schema"].clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let body = answer.json();
        let wrong: Vec<String> =
            validator.iter_errors(&body).map(|it| format!("{}: {it}", it.instance_path())).take(5).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{address}");
    }
}

#[test]
fn the_endpoints_of_the_first_prototype_are_there() {
    let server = Server::shared();
    assert_eq!(server.get("/health").ok()["status"], "ok");
    let job = server.get("/api/jobs?limit=1").ok()["items"][0].clone();
    let runs = server.get(&format!("/api/jobs/{}/runs", text(&job["target"]["id"]))).ok();
    assert_eq!(runs["total"], job["runs"]);
    let cluster = server.get("/api/clusters?limit=1").ok()["items"][0].clone();
    let metrics = server.get(&format!("/api/clusters/{}/metrics", text(&cluster["target"]["id"]))).ok();
    assert_eq!(list(&metrics["cpu"]).len() as u64, metrics["length"].as_u64().unwrap());
    let stats = server.get("/api/stats").ok();
    assert_eq!(stats["recommendations"], server.get("/api/recommendations").ok()["total"]);
    let begun = server.send("POST", "/api/analyze", &json!({}));
    assert!([202, 409].contains(&begun.status), "{}", begun.text);
}

#[test]
fn pages_and_the_report_show_the_same_figures() {
    let server = Server::shared();
    let report = report();
    let overview = server.get("/api/overview").ok();
    assert_eq!(overview["savings"]["per_month"], report["headline"]["savings_per_month"]);
    assert_eq!(overview["spend"]["spend"]["total_usd"], report["headline"]["spent_usd"]);
    for it in list(&report["recommendations"]) {
        let detail = server.get(&format!("/api/recommendations/{}", text(&it["id"]))).ok();
        assert_eq!(detail["recommendation"], *it);
    }
    let costs = server.get("/api/costs").ok();
    let near = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 0.01;
    assert!(near(&costs["spend"]["total_usd"], &report["headline"]["spent_usd"]), "{}", costs["spend"]);
}

#[test]
fn the_groups_of_the_costs_add_up_to_the_bill_and_periods_compare() {
    let server = Server::shared();
    let sum = |it: &Value| list(&it["groups"]).iter().map(|it| it["dbu_usd"].as_f64().unwrap()).sum::<f64>();
    for by in ["workspace", "sku", "owner"] {
        let it = server.get(&format!("/api/costs?by={by}")).ok();
        let whole = it["spend"]["dbu_usd"].as_f64().unwrap();
        assert!(it["adds_up"] == true && (sum(&it) - whole).abs() < 0.01, "{by}: {} of {whole}", sum(&it));
        let days: f64 =
            list(&it["groups"]).iter().flat_map(|it| list(&it["days"])).map(|it| it.as_f64().unwrap()).sum();
        assert!((days - whole).abs() < 0.01, "{by} by day: {days} of {whole}");
    }
    let all = server.get("/api/costs").ok();
    let days = list(&all["days"]);
    let day = |at: usize| text(&days[at]["day"]).to_owned();
    let last = server.get(&format!("/api/costs?from={}&until={}", day(4), day(5))).ok();
    let before = server.get(&format!("/api/costs?from={}&until={}", day(2), day(3))).ok();
    assert_eq!(last["compared"]["before_usd"], before["spend"]["dbu_usd"]);
    assert_eq!(server.get("/api/costs?from=2020-01-01&until=2020-01-02").refused(400), "invalid_request");
}

#[test]
fn minutes_are_cut_into_as_few_points_as_asked_for_and_keep_their_peaks() {
    let server = Server::shared();
    let all = server.get("/api/clusters").ok();
    let cluster = list(&all["items"]).iter().find(|it| !it["hours_up"].is_null()).unwrap();
    let path = format!("/api/clusters/{}/metrics", text(&cluster["target"]["id"]));
    let whole = server.get(&format!("{path}?points=100000")).ok();
    assert_eq!(whole["step_minutes"], 1);
    let most = |it: &Value| list(it).iter().filter_map(Value::as_f64).fold(0.0, f64::max);
    for points in [1, 7, 100] {
        let few = server.get(&format!("{path}?points={points}")).ok();
        assert!(few["length"].as_u64().unwrap() <= points, "{points}: {}", few["length"]);
        assert_eq!(most(&few["busiest_cpu"]).to_bits(), most(&whole["busiest_cpu"]).to_bits());
        assert_eq!(most(&few["workers"]).to_bits(), most(&whole["workers"]).to_bits());
    }
    assert_eq!(server.get(&format!("{path}?points=0")).refused(400), "invalid_request");
    assert_eq!(server.get(&format!("{path}?from=yesterday")).refused(400), "invalid_request");
}

#[test]
fn a_question_on_the_page_has_the_answer_of_the_command_line() {
    let server = Server::shared();
    let judged = list(&report()["recommendations"])
        .iter()
        .find(|it| it["target"]["kind"] == "job" && it["savings_per_month"].is_object());
    let id = text(&judged.unwrap()["target"]["id"]);
    let asked = server.get(&format!("/api/what-if?kind=job&id={id}&workers=1"));
    let said = ask(&format!("whatif {id} --workers 1 --json"));
    if asked.status == 200 {
        assert_eq!(asked.json(), parsed(&said.worked()));
    } else {
        assert_eq!(asked.refused(422), "cannot_answer");
        said.failed();
    }
    assert_eq!(server.get("/api/what-if?kind=job&id=1").refused(404), "not_found");
    assert_eq!(server.get(&format!("/api/what-if?kind=job&id={id}")).refused(400), "invalid_request");
    assert_eq!(
        server.get(&format!("/api/what-if?kind=job&id={id}&min_workers=3&max_workers=1")).refused(400),
        "invalid_request"
    );
    let curve = server.get(&format!("/api/what-if/curve?kind=job&id={id}")).ok();
    assert!(!list(&curve["points"]).is_empty() || !curve["problem"].is_null());
}

#[test]
fn unknown_things_are_refused_by_name_and_with_a_next_step() {
    let server = Server::shared();
    for path in [
        "/api/recommendations/x",
        "/api/jobs/x",
        "/api/jobs/x/runs",
        "/api/clusters/x",
        "/api/clusters/x/metrics",
        "/api/warehouses/x",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.refused(404), "not_found");
        assert!(answer.json()["message"].as_str().unwrap().ends_with(": x"), "{}", answer.text);
        assert!(answer.json()["hint"].as_str().unwrap().contains("/api/"), "{}", answer.text);
    }
    assert_eq!(server.get("/api/nothing").refused(404), "not_found");
    assert_eq!(server.send("DELETE", "/api/jobs", &json!({})).refused(405), "method_not_allowed");
}
