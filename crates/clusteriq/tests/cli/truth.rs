//! The truth file of a made-up company.

use std::ffi::OsStr;

use crate::support::{ask, json, list, program, ran, text};

fn truth(more: &[&str]) -> serde_json::Value {
    let dir = tempfile::tempdir().unwrap();
    let (export, file) = (dir.path().join("export"), dir.path().join("truth.json"));
    let mut command = program(dir.path());
    command.args(["demo", "--fleet", "known", "--seed", "3", "--days", "2", "--clusters", "6"]);
    command.args([OsStr::new("--fleet-out"), export.as_os_str(), OsStr::new("--truth"), file.as_os_str()]);
    ran(command.args(more)).worked();
    json(&std::fs::read_to_string(file).unwrap())
}

#[test]
fn outcomes_are_in_the_truth_where_they_are_asked_for() {
    assert!(truth(&[]).get("outcomes").is_none());
    let truth = truth(&["--outcomes"]);
    let groups = list(&truth["outcomes"]);
    let targets: Vec<&str> = groups.iter().flat_map(|it| list(&it["targets"])).map(text).collect();
    for it in list(&truth["planted"]).iter().filter(|it| it["kind"] != "workspace") {
        assert!(targets.contains(&text(&it["id"])), "{it}");
    }
    for group in groups {
        for it in list(&group["alternatives"]) {
            let change = &it["changes"][0];
            assert!(targets.contains(&text(&change["target"])) && change["kind"].is_string(), "{it}");
            for figure in ["run_minutes_mean", "run_minutes_sd", "dbu_usd", "vm_usd", "failure_probability"] {
                assert!(it["outcome"][figure].as_f64().is_some_and(|it| it >= 0.0), "{figure} {it}");
            }
            assert_ne!(it["outcome"], group["now"], "{it}");
        }
        assert!(group["best"]["outcome"]["usd"].is_number(), "{group}");
    }
}

#[test]
fn outcomes_without_a_file_to_write_them_into_are_refused() {
    let it = ask("demo --outcomes");
    assert_eq!(it.code, 2, "{it:?}");
    assert!(it.err.contains("--truth"), "{it:?}");
}
