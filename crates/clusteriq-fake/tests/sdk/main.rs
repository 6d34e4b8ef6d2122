//! The official Python SDK, at versions years apart, sees in the workspace what the export of the same company holds.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic, and says aloud that it was skipped")]

mod export;
mod python;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_fake::workspace::{CLIENT_ID, CLIENT_SECRET, Fault, Faults, Rule, TOKEN, When};
use serde_json::{Value, json};

const TASKS: usize = 250;

#[test]
fn the_newest_sdk_sees_what_the_export_holds() {
    check("0.162.0");
}

#[test]
fn an_sdk_from_before_discovery_sees_what_the_export_holds() {
    check("0.40.0");
}

#[test]
fn an_sdk_from_before_pages_of_clusters_sees_what_the_export_holds() {
    check("0.18.0");
}

fn check(version: &str) {
    let Some(python) = python::with_sdk(version) else { return };
    let company = export::company();
    let workspace = company.history.workspace(&company.workspace).unwrap();
    let (job_id, run_id) = workspace.add_wide_job(TASKS);
    // Short pages, so that every list has several; and the SDK has to ask for policies twice.
    workspace.set_longest_page(7);
    let busy = Fault::TooManyRequests { retry_after: Some(0) };
    workspace.set_faults(Faults::new(vec![Rule::new("/api/2.0/policies/clusters/list", When::First(1), busy)]));
    let server = workspace.start().unwrap();
    let clusters = company.list("clusters_list.json", "clusters");
    let cluster = clusters.iter().find(|it| it["cluster_source"] == "UI").unwrap();
    let question = json!({
        "host": server.url,
        "token": TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "job_id": job_id,
        "run_id": run_id,
        "cluster_id": cluster["cluster_id"],
    });
    let saw = python.run(include_str!("look.py"), &question);
    let keys = |what: &str| -> BTreeSet<String> { saw[what].as_object().unwrap().keys().cloned().collect() };
    let wide = |it: i64| BTreeSet::from([it.to_string()]);

    assert_eq!(saw["version"], version);
    assert!(saw["me"].as_str().unwrap().ends_with("@larkspur.example"));
    assert_eq!(saw["machine"], CLIENT_ID);
    // The old one takes the code at its word; newer ones know that here it means a missing object.
    let missing = if version == "0.18.0" { "InvalidParameterValue" } else { "ResourceDoesNotExist" };
    assert_eq!((&saw["missing_cluster"], &saw["missing_job"]), (&json!(missing), &json!(missing)));

    let states: BTreeMap<String, Value> =
        clusters.iter().map(|it| (text(it, "cluster_id"), json!([it["state"], it["node_type_id"]]))).collect();
    assert_eq!(saw["clusters"], json!(states));
    assert_eq!(saw["machine_clusters"], clusters.len());
    assert_eq!(saw["cluster"], cluster["cluster_name"]);
    let events = saw["events"].as_array().unwrap();
    assert!(events.len() > 7, "more than one page: {}", events.len());
    assert!(events.is_sorted_by_key(|it| std::cmp::Reverse(it[1].as_i64())));

    let tasks = |it: &Value| json!(it["settings"]["tasks"].as_array().map_or(0, Vec::len));
    let mut jobs: BTreeMap<String, Value> =
        company.list("jobs_list.json", "jobs").iter().map(|it| (it["job_id"].to_string(), tasks(it))).collect();
    jobs.insert(job_id.to_string(), json!(TASKS));
    assert_eq!(saw["jobs"], json!(jobs));
    assert_eq!(saw["plain_jobs"].as_array().unwrap().len(), jobs.len());
    assert_eq!((&saw["wide_tasks"], &saw["wide_run_tasks"]), (&json!(TASKS), &json!(TASKS)));
    assert_eq!((&saw["wide_run"], &saw["runs_of_job"]), (&json!(run_id), &json!([run_id])));
    assert_eq!(keys("runs"), company.runs().union(&wide(run_id)).cloned().collect());

    for (what, file, key, id, value) in [
        ("pipelines", "pipelines_list.json", "statuses", "pipeline_id", "name"),
        ("pools", "instance_pools_list.json", "instance_pools", "instance_pool_id", "node_type_id"),
        ("policies", "policies_list.json", "policies", "policy_id", "definition"),
    ] {
        let wanted: BTreeMap<String, Value> =
            company.list(file, key).iter().map(|it| (text(it, id), it[value].clone())).collect();
        assert!(!wanted.is_empty(), "{what}");
        assert_eq!(saw[what], json!(wanted), "{what}");
    }
    assert_eq!(keys("warehouses"), company.warehouses());
    for what in ["updates", "pipeline_events"] {
        assert!(saw[what].as_array().unwrap().iter().any(|it| it.as_i64() > Some(0)), "{what}");
    }
    assert!(saw["node_types"].as_i64() > Some(100) && saw["runtimes"].as_i64() > Some(20));

    let seen = workspace.seen();
    assert!(seen.iter().all(clusteriq_fake::workspace::Seen::only_reads), "{seen:?}");
    assert_eq!(seen.iter().filter(|it| it.status == 429).count(), 1);
    let named = format!("databricks-sdk-py/{version}");
    assert!(seen.iter().any(|it| it.user_agent.contains(&named)));
    let unknown: Vec<&str> = seen.iter().filter(|it| it.status == 404).map(|it| it.path.as_str()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn text(it: &Value, key: &str) -> String {
    it[key].as_str().unwrap().to_owned()
}
