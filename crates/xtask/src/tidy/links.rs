//! Documents that cannot rot: links lead somewhere, and commands exist.

use std::path::Path;

use super::{File, assert_none, repository, root};
use crate::tree;

fn documents() -> impl Iterator<Item = File> {
    repository().into_iter().filter(|it| it.has_extension(&["md"]))
}

#[test]
fn relative_links_lead_to_a_file() {
    let mut offences = vec![];
    for it in documents() {
        let folder = root().join(&it.path);
        let folder = folder.parent().unwrap_or(Path::new(""));
        for (at, line) in it.lines() {
            for target in targets(line) {
                if !folder.join(target).exists() {
                    offences.push(format!("{}:{at}: {target}", it.path));
                }
            }
        }
    }
    assert_none("a link in a document leads to a file", &offences);
}

/// The paths that a line of Markdown links to, without addresses and anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|it| it.split_once(')'))
        .filter_map(|(target, _)| target.split('#').next())
        .filter(|it| !it.is_empty() && !it.contains(':') && !it.contains(' '))
}

/// Words that follow `before` inside back-quotes or at the start of a line of a code block.
fn commands<'a>(line: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let quoted = line.split('`').skip(1).step_by(2);
    std::iter::once(line.trim_start())
        .chain(quoted)
        .filter_map(move |it| it.strip_prefix(before))
        .filter_map(|it| it.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').next())
        .filter(|it| !it.is_empty())
}

#[test]
fn every_make_target_in_a_document_exists() {
    let makefile = tree::read(&root().join("Makefile")).unwrap();
    let exists = |target: &str| {
        let rule = format!("{target}:");
        makefile.lines().any(|it| it.starts_with(&rule))
    };
    let mut offences = vec![];
    for it in documents() {
        for (at, line) in it.lines() {
            // Prose may begin with the verb; a line of a code block is nothing but the command.
            let words = commands(line, "make ").filter(|_| is_command(line));
            for target in words.filter(|it| !exists(it)) {
                offences.push(format!("{}:{at}: make {target}", it.path));
            }
        }
    }
    assert_none("a document names targets of the Makefile", &offences);
}

fn is_command(line: &str) -> bool {
    line.contains("`make ") || line.starts_with("    make ")
}

#[test]
fn every_xtask_command_in_a_document_exists() {
    let mut offences = vec![];
    for it in documents() {
        for (at, line) in it.lines() {
            for command in commands(line, "cargo xtask ") {
                if !crate::HELP.contains(&format!("\n  {command} ")) {
                    offences.push(format!("{}:{at}: cargo xtask {command}", it.path));
                }
            }
        }
    }
    assert_none("a document names commands of xtask", &offences);
}

#[test]
fn links_and_commands_are_found_in_a_line() {
    let line = "see [a](docs/a.md#top), [b](https://x.org/b), [c](#here): `make test` or `cargo xtask docs --check`";
    assert_eq!(targets(line).collect::<Vec<_>>(), ["docs/a.md"]);
    assert_eq!(commands(line, "make ").collect::<Vec<_>>(), ["test"]);
    assert_eq!(commands(line, "cargo xtask ").collect::<Vec<_>>(), ["docs"]);
}
