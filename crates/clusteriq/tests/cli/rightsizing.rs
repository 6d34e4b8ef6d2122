//! `clusteriq rightsize`: measurements in, advice out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{program, ran};

const HISTORY: &str =
    "workload,node_type,workers,vcpus,memory_gib,price_usd_hour,completed,runtime_s,input_bytes,cpu_busy_mean";
const CANDIDATES: &str = "config,node_type,workers,vcpus,memory_gib,price_usd_hour";

/// Files in a folder of their own.
struct Files(tempfile::TempDir);

impl Files {
    /// Configurations of 2 to 16 workers, other workloads that get hardly faster with them, and one that is asked about, on 16 with half
    /// the memory each.
    fn new() -> Self {
        let it = Self(tempfile::tempdir().unwrap());
        let sizes = [2, 4, 8, 16];
        let mut rows = HISTORY.to_owned();
        for workload in 0..6 {
            for workers in sizes {
                let seconds = 600 + 400 / workers;
                rows += &format!("\nw{workload},m5.xlarge,{workers},4,16,0.192,true,{seconds},,");
                rows += &format!("\nw{workload},c5.xlarge,{workers},4,8,0.17,true,{seconds},,");
            }
        }
        it.write("history.csv", &rows);
        let configs: Vec<String> = sizes.iter().map(|it| format!("m5-{it},m5.xlarge,{it},4,16,0.192")).collect();
        it.write("candidates.csv", &format!("{CANDIDATES}\n{}\nc5-16,c5.xlarge,16,4,8,0.17\n", configs.join("\n")));
        it.write("queries.jsonl", &question(30, &[run(16, 625)]));
        it
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn command(&self) -> std::process::Command {
        let mut command = program(Path::new("unused"));
        command.arg("rightsize");
        for name in ["history.csv", "candidates.csv", "queries.jsonl"] {
            let option = format!("--{}", name.split('.').next().unwrap());
            command.arg(option).arg(self.path(name));
        }
        command
    }
}

fn run(workers: u32, seconds: u32) -> String {
    format!(
        r#"{{"node_type":"c5.xlarge","workers":{workers},"vcpus":4,"memory_gib":8,"price_usd_hour":0.17,"completed":true,"runtime_s":{seconds}}}"#
    )
}

fn question(remaining: u32, runs: &[String]) -> String {
    format!(r#"{{"query":"nightly","max_slowdown":1.5,"remaining_runs":{remaining},"observed":[{}]}}"#, runs.join(","))
}

#[test]
fn a_trial_on_fewer_workers_is_recommended_and_every_candidate_foretold() {
    let files = Files::new();
    let printed = ran(&mut files.command()).worked();
    let answer: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed.lines().count(), 1);
    assert_eq!(answer["query"], "nightly");
    assert_eq!(answer["recommended"], "m5-8", "as much memory on half the nodes");
    assert!((0.0..=1.0).contains(&answer["risk"].as_f64().unwrap()) && answer["why"].is_null());
    let predictions = answer["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 5);
    for it in predictions {
        let bound = |name: &str| it["runtime_s"][name].as_f64().unwrap();
        assert!(bound("low") <= bound("likely") && bound("likely") <= bound("high"), "{it}");
    }
    let today = &predictions[4]["runtime_s"]["likely"];
    assert!((today.as_f64().unwrap() / 625.0 - 1.0).abs() < 0.1, "{today}");
    assert_eq!(printed, ran(&mut files.command()).worked(), "the same every time");
}

#[test]
fn nobody_who_forbids_every_risk_is_told_to_change() {
    let files = Files::new();
    files.write("queries.jsonl", &question(1, &[run(16, 625)]));
    let printed = ran(files.command().args(["--most-harm", "0", "--most-slow", "0"])).worked();
    let answer: Value = serde_json::from_str(&printed).unwrap();
    assert!(answer["recommended"].is_null());
    assert_eq!(answer["why"], "no other configuration is worth its risk");
}

#[test]
fn questions_come_from_the_standard_input_too_and_may_be_about_nodes_that_are_no_candidates() {
    let files = Files::new();
    let elsewhere = run(16, 625).replace("c5.xlarge", "r5.xlarge");
    let mut command = program(Path::new("unused"));
    command.arg("rightsize").arg("--candidates").arg(files.path("candidates.csv")).args(["--queries", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(question(30, &[elsewhere]).as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(answer["predictions"].as_array().unwrap().len(), 5);
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_line() {
    let files = Files::new();
    let told = |name: &str, text: &str| {
        let kept = std::fs::read_to_string(files.path(name)).unwrap();
        files.write(name, text);
        let said = ran(&mut files.command()).failed();
        files.write(name, &kept);
        said
    };
    let said = told("history.csv", &format!("{HISTORY}\nw,m5,many,4,16,,true,60,,"));
    assert!(said.contains("history.csv, line 2: workers is not a number: many"), "{said}");
    let said = told("candidates.csv", &format!("{CANDIDATES}\na,m5,2,4,16,1\nb,m5,2,4,16,1\n"));
    assert!(said.contains("the same node type and number of workers: b"), "{said}");
    let said = told("queries.jsonl", "{}\n");
    assert!(said.contains("queries.jsonl, line 1: query is missing"), "{said}");
    files.write("prior.json", "{\"prior\": {}}");
    let said = ran(files.command().arg("--prior").arg(files.path("prior.json"))).failed();
    assert!(said.contains("prior.json holds no beliefs: missing field"), "{said}");
}
