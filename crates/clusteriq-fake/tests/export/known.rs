//! What was planted shows in the export.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::support::{batches_in, export, instants, known, texts};

#[test]
fn every_detection_of_the_first_set_has_a_planted_case_and_half_are_sound() {
    let planted = &export().1.planted;
    for problem in ["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D39", "D60"] {
        assert!(planted.iter().any(|it| it.problem == problem), "{problem}");
    }
    let sound: BTreeSet<_> = planted.iter().filter(|it| !it.problem.starts_with('D')).map(|it| &it.target_id).collect();
    let all: BTreeSet<_> = planted.iter().filter(|it| it.kind != "workspace").map(|it| &it.target_id).collect();
    assert_eq!(all.len(), 40);
    assert!((17..=23).contains(&sound.len()), "{}", sound.len());
}

#[test]
fn what_a_known_fleet_was_planted_with_shows_in_its_settings() {
    let dir = known().0.path();
    let planted = |problem: &str| -> Vec<String> {
        let all = known().1.planted.iter().filter(|it| it.problem == problem && it.kind == "job");
        all.map(|it| it.target_id.clone()).collect()
    };
    let mut jobs = BTreeMap::<String, Value>::new();
    let mut policies = BTreeSet::new();
    for workspace in fs::read_dir(dir.join("rest")).unwrap().map(|it| it.unwrap().path()) {
        let reply =
            |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(workspace.join(name)).unwrap()).unwrap() };
        for job in reply("jobs_list.json")["jobs"].as_array().unwrap() {
            jobs.insert(job["job_id"].to_string(), job["settings"].clone());
        }
        for policy in reply("policies_list.json")["policies"].as_array().unwrap() {
            let rules: Value = serde_json::from_str(policy["definition"].as_str().unwrap()).unwrap();
            assert!(rules.is_object());
            policies.insert(policy["policy_id"].as_str().unwrap().to_owned());
        }
    }
    assert!(!policies.is_empty());
    let cluster = |id: &String| jobs[id]["job_clusters"][0]["new_cluster"].clone();
    let attributes = ["aws_attributes", "azure_attributes", "gcp_attributes"];
    let mut checked = 0;
    for id in planted("D10") {
        let all: Vec<Value> = attributes.iter().map(|it| cluster(&id)[it]["availability"].clone()).collect();
        assert!(all.iter().any(|it| it.as_str().is_some_and(|it| it.starts_with("ON_DEMAND"))), "{all:?}");
        checked += 1;
    }
    for id in planted("D12") {
        assert_eq!(cluster(&id)["runtime_engine"], "PHOTON");
        checked += 1;
    }
    for id in planted("D26") {
        assert!(jobs[&id]["tasks"][0]["max_retries"].as_i64().unwrap() >= 3);
        checked += 1;
    }
    for id in planted("D51") {
        assert!(jobs[&id]["tags"].get("team").is_none());
        checked += 1;
    }
    for (id, settings) in &jobs {
        let named = settings["job_clusters"][0]["new_cluster"]["policy_id"].as_str();
        assert!(named.is_none_or(|it| policies.contains(it)), "{id}");
    }
    assert!(checked >= 4, "{checked}");
}

#[test]
fn tries_of_a_retried_task_are_runs_of_one_key_in_one_run_of_the_job() {
    let dir = known().0.path();
    let retried: BTreeSet<&str> = known()
        .1
        .planted
        .iter()
        .filter(|it| matches!(it.problem.as_str(), "D26" | "decoy:retries-heal"))
        .map(|it| it.target_id.as_str())
        .collect();
    let mut tries = BTreeMap::<(String, String), Vec<(i64, String, String)>>::new();
    for batch in batches_in(dir, "system.lakeflow.job_task_run_timeline") {
        let (jobs, runs, keys) = (texts(&batch, "job_id"), texts(&batch, "job_run_id"), texts(&batch, "task_key"));
        let (ids, states) = (texts(&batch, "run_id"), texts(&batch, "result_state"));
        for (row, end) in instants(&batch, "period_end_time").into_iter().enumerate() {
            if retried.contains(jobs[row].as_str()) && !states[row].is_empty() {
                let tried = (end, ids[row].clone(), states[row].clone());
                tries.entry((runs[row].clone(), keys[row].clone())).or_default().push(tried);
            }
        }
    }
    let mut several = 0;
    for (run, mut it) in tries {
        it.sort();
        if it.len() > 1 {
            several += 1;
            assert!(it[..it.len() - 1].iter().all(|it| it.2 == "FAILED"), "{run:?} {it:?}");
            assert_eq!(it.iter().map(|it| &it.1).collect::<BTreeSet<_>>().len(), it.len());
        }
    }
    assert!(several >= 3, "{several}");
}
