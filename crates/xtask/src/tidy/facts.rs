//! Facts and libraries that others made: where they come from.

use super::{assert_none, repository, root};
use crate::tree;

/// Crates that would tie the build to what a machine happens to have; `deny.toml` says why for each.
const UNWANTED: &[&str] = &["openssl", "native-tls", "aws-lc", "cmake", "bindgen"];

/// Begins like one of them and is none: it looks for the system's certificates, and links nothing.
const HARMLESS: &[&str] = &["openssl-probe"];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Values of one key in `Cargo.lock`.
fn locked(key: &str) -> Vec<String> {
    let before = format!("{key} = \"");
    tree::read(&root().join("Cargo.lock"))
        .unwrap()
        .lines()
        .filter_map(|it| it.strip_prefix(&before)?.strip_suffix('"'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_build_needs_nothing_but_rust_and_a_c_compiler() {
    let unwanted = |it: &String| UNWANTED.iter().any(|unwanted| it.starts_with(unwanted));
    let offences: Vec<String> =
        locked("name").into_iter().filter(|it| unwanted(it) && !HARMLESS.contains(&it.as_str())).collect();
    assert_none("these crates stay out of Cargo.lock", &offences);
}

#[test]
fn every_library_comes_from_crates_io() {
    let offences: Vec<String> = locked("source").into_iter().filter(|it| it != REGISTRY).collect();
    assert_none("one registry, no git", &offences);
}

#[test]
fn every_table_of_the_catalogue_has_a_provenance() {
    let offences: Vec<String> = repository()
        .into_iter()
        .filter(|it| it.path.starts_with("catalog/") && it.has_extension(&["csv"]))
        .filter(|it| {
            let name = it.path.trim_start_matches("catalog/");
            !has_provenance(name)
        })
        .map(|it| it.path)
        .collect();
    assert_none("catalog/PROVENANCE.md has a row `| FILE | rows | from |` for each table", &offences);
}

fn has_provenance(name: &str) -> bool {
    let text = tree::read(&root().join("catalog/PROVENANCE.md")).unwrap_or_default();
    text.lines().any(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        matches!(cells.as_slice(), ["", file, .., from, ""] if *file == name && !from.is_empty())
    })
}

/// So that a figure can be traced, and an old one be seen to be old.
#[test]
fn every_price_in_the_catalogue_carries_its_date() {
    let mut offences = vec![];
    for it in repository() {
        if !it.path.starts_with("catalog/") || !it.has_extension(&["csv"]) {
            continue;
        }
        let header = it.text().and_then(|it| it.lines().next()).unwrap_or("");
        let priced = header.contains("usd_per") || header.contains("dbu_per_hour_per");
        if priced && !header.contains("as_of") {
            offences.push(it.path);
        }
    }
    assert_none("a table with prices has an `as_of` column", &offences);
}
