//! A workspace that misbehaves: the files are those of one that does not, or a gap names what is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use clusteriq_fake::workspace::{Fault, Faults, Rule, Seen, When, Workspace};
use serde_json::Value;

use super::company::{By, company, scanned};
use crate::ListScan;
use crate::sources::Source;

/// Whether something may be missing in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    None,
    Possible,
}

const PASSING: [Fault; 6] = [
    Fault::TooManyRequests { retry_after: None },
    Fault::TooManyRequests { retry_after: Some(2) },
    Fault::Unavailable { retry_after: None },
    Fault::Unavailable { retry_after: Some(2) },
    Fault::Slow(Duration::from_millis(1)),
    Fault::Broken,
];

fn workspace() -> Workspace {
    let company = company();
    let workspace = company.history.workspace(&company.busiest()).unwrap();
    workspace.add_wide_job(250);
    workspace
}

/// Reads everything of a fresh workspace under these rules.
fn read(by: By, rules: Vec<Rule>) -> (tempfile::TempDir, ListScan, Vec<Seen>) {
    let (folder, workspace) = (tempfile::tempdir().unwrap(), workspace());
    let scan = scanned(&workspace, &Source::ALL, by, Faults::new(rules), folder.path());
    (folder, scan, workspace.seen())
}

fn text(folder: &Path, workspace: &str, source: Source) -> Option<String> {
    // One that is not whole has another name.
    let file = |end: &str| folder.join("rest").join(workspace).join(format!("{}{end}.json", source.name()));
    fs::read_to_string(file("")).or_else(|_| fs::read_to_string(file("_1"))).ok()
}

/// The objects of a file, without what is asked of each in addition.
fn ids(text: Option<&str>, source: Source) -> BTreeSet<String> {
    let file: Value = text.map(|it| serde_json::from_str(it).unwrap()).unwrap_or_default();
    let spec = source.endpoint().spec();
    let items = file[spec.member].as_array().cloned().unwrap_or_default();
    items.iter().map(|it| if spec.id.is_empty() { it.to_string() } else { it[spec.id].to_string() }).collect()
}

fn check(name: &str, by: By, rules: Vec<Rule>, loss: Loss) {
    let (plain_folder, plain, undisturbed) = read(by, vec![]);
    assert_eq!(plain.gaps, [], "{name}");
    // What fails is asked for again, or its rest is not asked for.
    let late = rules.iter().all(|it| matches!(it.fault, Fault::Slow(_)));
    let (folder, scan, seen) = read(by, rules);
    assert_eq!(seen.len() == undisturbed.len(), late, "{name}");
    assert!(seen.iter().all(Seen::only_reads), "{name}");
    if loss == Loss::None {
        assert_eq!(scan.gaps, [], "{name}");
    }
    for source in Source::ALL {
        let expected = text(plain_folder.path(), &plain.workspace, source);
        let found = text(folder.path(), &plain.workspace, source);
        assert!(expected.is_some(), "{source:?}");
        let gap = scan.gaps.iter().find(|it| it.source == source.name());
        match gap {
            None => assert!(found == expected, "{name}: {source:?} is not the same, and no gap says why"),
            Some(gap) => {
                assert!(gap.what.contains(source.name()) && !gap.remedy.is_empty(), "{name}: {gap:?}");
                let (found, expected) = (ids(found.as_deref(), source), ids(expected.as_deref(), source));
                assert!(found.is_subset(&expected), "{name}: {source:?} has what is not there");
            }
        }
    }
}

fn often(fault: Fault, seed: u64) -> Rule {
    Rule::new("/api/", When::Chance { probability: 0.2, seed }, fault)
}

#[test]
fn what_passes_loses_nothing() {
    for (seed, fault) in (1..).zip(PASSING) {
        check(&format!("{fault:?}"), By::Token, vec![often(fault, seed)], Loss::None);
    }
}

#[test]
fn answers_cut_short_lose_nothing_without_a_word() {
    check("truncated", By::Token, vec![often(Fault::Truncated, 1)], Loss::Possible);
}

#[test]
fn a_token_that_expires_now_and_then_is_renewed() {
    let now_and_then = When::At((1..1_000).filter(|it| it % 9 == 0).collect());
    let rules = vec![Rule::new("/api/", now_and_then, Fault::TokensExpire)];
    check("tokens expire", By::ServicePrincipal, rules, Loss::None);
    check("tokens expire by chance", By::ServicePrincipal, vec![often(Fault::TokensExpire, 5)], Loss::Possible);
}

#[test]
fn what_is_refused_by_chance_is_named() {
    check("refused", By::Token, vec![often(Fault::Denied, 3)], Loss::Possible);
}

#[test]
fn everything_at_once_loses_nothing_without_a_word() {
    for seed in 1..5 {
        let all = PASSING.into_iter().chain([Fault::Truncated, Fault::TokensExpire]);
        // Each so seldom that together they meet every fifth request.
        let chance = |seed| When::Chance { probability: 0.2 / 8.0, seed };
        let rules = (10 * seed..).zip(all).map(|(seed, it)| Rule::new("/api/", chance(seed), it));
        let refused = Rule::new("/api/2.2/jobs/runs/get", When::Always, Fault::Denied).about("9007199254740995");
        check(&format!("mixed {seed}"), By::ServicePrincipal, rules.chain([refused]).collect(), Loss::Possible);
    }
}

#[test]
fn one_object_that_is_refused_is_a_gap_with_its_id_and_everything_else_is_there() {
    let (plain_folder, plain, _) = read(By::Token, vec![]);
    let pipelines = ids(text(plain_folder.path(), &plain.workspace, Source::Pipelines).as_deref(), Source::Pipelines);
    let pipeline = pipelines.first().unwrap().trim_matches('"').to_owned();
    for (source, path, id) in [
        (Source::Jobs, "/api/2.2/jobs/get", "9007199254740993"),
        (Source::Runs, "/api/2.2/jobs/runs/get", "9007199254740995"),
        (Source::Pipelines, "/api/2.0/pipelines/", pipeline.as_str()),
    ] {
        let (folder, scan, _) = read(By::Token, vec![Rule::new(path, When::Always, Fault::Denied).about(id)]);
        let [gap] = scan.gaps.as_slice() else { panic!("{:?}", scan.gaps) };
        assert!(gap.source == source.name() && gap.what.contains(id) && gap.remedy.contains("CAN VIEW"), "{gap:?}");
        for it in Source::ALL {
            let [found, expected] = [folder.path(), plain_folder.path()].map(|at| text(at, &plain.workspace, it));
            assert_eq!(ids(found.as_deref(), it), ids(expected.as_deref(), it), "{it:?}");
            assert!(it == source || found == expected, "{it:?}");
        }
    }
}
