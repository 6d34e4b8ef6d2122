//! The advisors: documented under five headings, registered, published.

use std::collections::BTreeSet;

use super::{assert_none, root};
use crate::advisors::{self, FOLDER, HEADINGS};
use crate::generated::{self, Mode};
use crate::{docs, tree};

#[test]
fn every_advisor_explains_itself_under_the_five_headings() {
    let mut offences = vec![];
    for it in advisors::all(&root()).unwrap() {
        let headings: Vec<&str> = it.sections.iter().map(|(it, _)| it.as_str()).collect();
        if headings != HEADINGS {
            offences.push(format!("{}: {headings:?}", it.module));
        }
        if it.heading.is_empty() {
            offences.push(format!("{}: no `# Heading`", it.module));
        }
        for (heading, body) in &it.sections {
            if body.is_empty() {
                offences.push(format!("{}: nothing under `{heading}`", it.module));
            }
        }
    }
    let rule = format!("an advisor's comment has the headings {HEADINGS:?}, in this order");
    assert_none(&rule, &offences);
}

#[test]
fn an_advisor_is_named_like_its_file_and_has_a_detection() {
    let mut offences = vec![];
    for it in advisors::all(&root()).unwrap() {
        if it.id.replace('-', "_") != it.module || it.id.contains('_') {
            offences.push(format!("{}: id {}", it.module, it.id));
        }
        let number = it.detection.strip_prefix('D').unwrap_or("");
        if number.len() != 2 || number.parse::<u8>().is_ok_and(|it| it == 0) {
            offences.push(format!("{}: detection {}", it.module, it.detection));
        }
    }
    assert_none("x_y.rs holds the advisor x-y for detection Dnn", &offences);
}

#[test]
fn nothing_is_left_to_do_in_an_advisor() {
    let mut offences = vec![];
    for (path, source) in advisors::files(&root()).unwrap() {
        for (at, line) in source.lines().enumerate() {
            if line.contains("TODO") {
                offences.push(format!("{}:{}: {line}", path.display(), at + 1));
            }
        }
    }
    assert_none("every TODO of the scaffold is replaced", &offences);
}

/// A file nobody registered would be dead without a warning: rustc never reads it.
#[test]
fn every_advisor_is_registered() {
    let files: BTreeSet<String> = advisors::all(&root()).unwrap().into_iter().map(|it| it.module).collect();
    let text = tree::read(&root().join(format!("{FOLDER}.rs"))).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let [modules, constants] = advisors::lists(&lines).unwrap();
    for (list, before, after) in [(modules, "mod ", ";"), (constants, "    &", "::ADVISOR,")] {
        let found: Vec<String> = lines[list]
            .iter()
            .map(|it| it.strip_prefix(before).and_then(|it| it.strip_suffix(after)))
            .map(|it| it.expect("one advisor a line").to_owned())
            .collect();
        assert!(found.is_sorted(), "not in alphabetical order: {found:?}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), files);
    }
}

#[test]
fn the_published_pages_are_up_to_date() {
    generated::bring(&docs::render(&root()).unwrap(), Mode::Check).unwrap();
}
