//! Each file by itself: its first line, length, name, spaces, size.

use std::collections::BTreeMap;
use std::path::Path;

use super::{File, assert_none, repository};

/// Files that may be longer than [`LONGEST`], with the reason. Tests and generated files need none.
const LONG: &[(&str, &str)] = &[];

const LONGEST: usize = 500;
const LARGEST: usize = 1_000_000;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "service", "util", "utils"];

/// Text that people edit. Snapshots, data and golden outputs keep the spaces that were measured.
const EDITED: &[&str] = &["css", "html", "j2", "js", "md", "py", "rs", "sh", "sql", "toml", "ts", "tsx", "yaml", "yml"];

fn rust() -> impl Iterator<Item = File> {
    repository().into_iter().filter(|it| it.has_extension(&["rs"]))
}

#[test]
fn every_rust_file_begins_with_a_sentence_about_itself() {
    let offences: Vec<String> = rust()
        .filter(|it| {
            let first = it.text().and_then(|it| it.lines().next());
            first.is_none_or(|it| it.strip_prefix("//! ").is_none_or(str::is_empty))
        })
        .map(|it| it.path)
        .collect();
    assert_none("a file begins with `//! ` and what it is for", &offences);
}

/// Whether a file is compiled for tests alone: below `tests/`, or a module that its parent declares so.
fn is_test(path: &str, sources: &BTreeMap<String, String>) -> bool {
    if path.contains("/tests/") {
        return true;
    }
    let Some((folder, file)) = path.rsplit_once('/') else {
        return false;
    };
    let declaration = format!("#[cfg(test)]\nmod {};", file.trim_end_matches(".rs"));
    let parents = [format!("{folder}.rs"), format!("{folder}/lib.rs"), format!("{folder}/main.rs")];
    parents.iter().any(|parent| {
        let declares = sources.get(parent);
        parent != path && declares.is_some_and(|it| it.contains(&declaration) || is_test(parent, sources))
    })
}

#[test]
fn a_module_of_a_module_for_tests_is_a_test() {
    let sources = BTreeMap::from([
        ("a/src/lib.rs", "mod money;\n#[cfg(test)]\nmod testing;\n"),
        ("a/src/testing.rs", "mod world;\n"),
        ("a/src/testing/world.rs", ""),
        ("a/src/money.rs", ""),
        ("a/tests/all.rs", ""),
    ])
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect();
    let tests = ["a/src/testing.rs", "a/src/testing/world.rs", "a/tests/all.rs"];
    assert!(tests.iter().all(|it| is_test(it, &sources)));
    let others = ["a/src/lib.rs", "a/src/money.rs"];
    assert!(!others.iter().any(|it| is_test(it, &sources)));
}

#[test]
fn no_file_is_longer_than_people_read() {
    let sources = rust().map(|it| (it.path.clone(), it.text().unwrap_or_default().to_owned())).collect();
    let mut offences = vec![];
    for it in rust() {
        let lines = it.lines().count();
        let excused = LONG.iter().any(|(path, _)| *path == it.path);
        let exempt = it.path.contains("/generated/") || is_test(&it.path, &sources);
        if excused && lines <= LONGEST {
            offences.push(format!("{}: {lines}, take it off the list", it.path));
        } else if !excused && !exempt && lines > LONGEST {
            offences.push(format!("{}: {lines}", it.path));
        }
    }
    for (path, _) in LONG {
        if !sources.contains_key(*path) {
            offences.push(format!("{path}: on the list, not in the tree"));
        }
    }
    assert_none("split a file at 500 lines, or give a reason in LONG", &offences);
}

#[test]
fn a_module_is_named_after_its_file() {
    let offences: Vec<String> = rust().map(|it| it.path).filter(|it| it.ends_with("/mod.rs")).collect();
    assert_none("`foo.rs` and `foo/`, never `mod.rs`", &offences);
}

#[test]
fn a_file_name_says_what_is_inside() {
    let offences: Vec<String> = rust()
        .map(|it| it.path)
        .filter(|it| {
            let stem = Path::new(it).file_stem().unwrap_or_default();
            EMPTY_NAMES.iter().any(|empty| stem == *empty)
        })
        .collect();
    assert_none("no utils, helpers, common, manager, service: name the concept", &offences);
}

#[test]
fn no_line_ends_in_a_space_or_holds_a_tab() {
    let mut offences = vec![];
    for it in repository().iter().filter(|it| it.has_extension(EDITED)) {
        for (at, line) in it.lines() {
            if line.ends_with([' ', '\t', '\r']) {
                offences.push(format!("{}:{at}: trailing white space", it.path));
            } else if line.contains('\t') {
                offences.push(format!("{}:{at}: tab", it.path));
            }
        }
    }
    assert_none("spaces between words only", &offences);
}

#[test]
fn an_edited_file_ends_with_one_line_end() {
    let offences: Vec<String> = repository()
        .into_iter()
        .filter(|it| it.has_extension(EDITED))
        .filter(|it| {
            let text = it.text().unwrap_or_default();
            !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n"))
        })
        .map(|it| it.path)
        .collect();
    assert_none("a file ends with exactly one line end", &offences);
}

#[test]
fn nothing_large_is_committed() {
    let offences: Vec<String> = repository()
        .iter()
        .filter(|it| it.bytes.len() > LARGEST)
        .map(|it| format!("{}: {} bytes", it.path, it.bytes.len()))
        .collect();
    assert_none("a file has at most 1 MB: generate or fetch it", &offences);
}

/// A script that is not executable, or goes on after an error, fails on somebody else's machine only.
#[cfg(unix)]
#[test]
fn scripts_can_be_run_and_stop_at_the_first_error() {
    use std::os::unix::fs::PermissionsExt;

    let mut offences = vec![];
    for it in repository() {
        let Some(text) = it.text().filter(|it| it.starts_with("#!")) else {
            continue;
        };
        let mode = super::root().join(&it.path).metadata().unwrap();
        if mode.permissions().mode() & 0o111 == 0 {
            offences.push(format!("{}: not executable", it.path));
        }
        let bash = text.lines().next().is_some_and(|it| it.ends_with("bash"));
        if bash && !text.contains("\nset -euo pipefail\n") {
            offences.push(format!("{}: no `set -euo pipefail`", it.path));
        }
    }
    assert_none("a script is executable and stops at the first error", &offences);
}
