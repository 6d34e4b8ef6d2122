//! The crates: their graph, their manifests, the lints of the pure ones.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{assert_none, root};
use crate::architecture::{self, MEMBERS};
use crate::generated::{self, Mode};
use crate::{lints, tree};

fn packages() -> Vec<Value> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(it: &Value) -> &str {
    it["name"].as_str().unwrap()
}

/// Our own crates among a package's dependencies.
fn ours(package: &Value, kind: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["path"].is_string() && kind(&it["kind"]))
        .map(|it| name(it).to_owned())
        .collect()
}

#[test]
fn the_crate_graph_is_the_table_in_architecture_rs() {
    let found: BTreeMap<String, BTreeSet<String>> =
        packages().iter().map(|it| (name(it).to_owned(), ours(it, Value::is_null))).collect();
    let allowed: BTreeMap<String, BTreeSet<String>> = MEMBERS
        .iter()
        .map(|it| {
            let uses = it.uses.iter().map(|it| (*it).to_owned()).collect();
            (it.name.to_owned(), uses)
        })
        .collect();
    assert_eq!(found, allowed, "left: Cargo.toml, right: crates/xtask/src/architecture.rs");
}

/// The marker comes before the table, so that the document may do without one.
#[test]
fn the_table_in_the_architecture_is_the_one_that_is_enforced() {
    let text = tree::read(&root().join("ARCHITECTURE.md")).unwrap_or_default();
    let Some((_, after)) = text.split_once("<!-- cargo xtask crates -->\n") else {
        return;
    };
    let table = architecture::table();
    assert!(
        after.trim_start().starts_with(&table),
        "paste what `cargo xtask crates` prints into ARCHITECTURE.md:\n{table}"
    );
}

/// Cargo allows a circle through dev-dependencies, and compiles a crate twice for it.
#[test]
fn the_crate_graph_has_no_circle_even_in_tests() {
    let mut left: BTreeMap<String, BTreeSet<String>> =
        packages().iter().map(|it| (name(it).to_owned(), ours(it, |_| true))).collect();
    while let Some(leaf) = left.iter().find(|(_, uses)| uses.is_empty()).map(|(it, _)| it.clone()) {
        left.remove(&leaf);
        for uses in left.values_mut() {
            uses.remove(&leaf);
        }
    }
    assert!(left.is_empty(), "a circle among: {left:?}");
}

#[test]
fn every_crate_says_what_it_is_for_and_under_which_licence() {
    let offences: Vec<String> = packages()
        .iter()
        .flat_map(|package| {
            ["description", "license"]
                .into_iter()
                .filter(|key| package[key].as_str().is_none_or(str::is_empty))
                .map(|key| format!("{}: no {key}", name(package)))
        })
        .collect();
    assert_none("a manifest has a description and a licence", &offences);
}

#[test]
fn a_crate_lives_in_the_folder_of_its_name() {
    let offences: Vec<String> = packages()
        .iter()
        .filter(|it| {
            let path = it["manifest_path"].as_str().unwrap().replace('\\', "/");
            !path.ends_with(&format!("/crates/{}/Cargo.toml", name(it)))
        })
        .map(|it| format!("{}: {}", name(it), it["manifest_path"]))
        .collect();
    assert_none("crates/NAME holds the crate NAME", &offences);
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    let offences: Vec<String> = MEMBERS
        .iter()
        .filter(|it| !manifest(it.name).contains("[lints]\nworkspace = true"))
        .map(|it| it.name.to_owned())
        .collect();
    assert_none("a manifest has `[lints] workspace = true`", &offences);
}

/// So that two crates cannot ask for two versions of one library.
#[test]
fn versions_are_chosen_once_in_the_workspace() {
    let mut offences = vec![];
    for member in MEMBERS {
        let text = manifest(member.name);
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]")
                && line.contains('=')
                && !line.starts_with('#')
                && !line.contains("workspace = true")
            {
                offences.push(format!("{}: {line}", member.name));
            }
        }
    }
    assert_none("a dependency is `NAME.workspace = true`", &offences);
}

#[test]
fn the_pure_crates_forbid_what_is_not_pure() {
    generated::bring(&lints::render(&root()), Mode::Check).unwrap();
}

fn manifest(name: &str) -> String {
    let path = root().join("crates").join(name).join("Cargo.toml");
    tree::read(&path).unwrap().replace("\r\n", "\n")
}
