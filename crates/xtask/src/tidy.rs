//! The tests that keep the tree tidy: what a reviewer would otherwise have to remember.
//!
//! Each test collects every offence before it fails, so that one run shows them all.

mod advisors;
mod crates;
mod facts;
mod files;
mod links;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the repository: committed, or about to be.
struct File {
    /// Below the root, with `/`.
    path: String,
    bytes: Vec<u8>,
}

impl File {
    /// The text, unless the file is binary.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    fn has_extension(&self, any: &[&str]) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| any.iter().any(|known| it == *known))
    }

    /// Each line with its number.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let text = self.text().unwrap_or_default();
        text.split_terminator('\n').enumerate().map(|(at, line)| (at + 1, line))
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate::tree::enclosing(here).unwrap()
}

/// Every file that git tracks or would add; what `.gitignore` names is not the repository's.
fn repository() -> Vec<File> {
    let root = root();
    let out = Command::new("git")
        // The checkout may belong to another user, as in a container.
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git is installed");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut files: Vec<File> = String::from_utf8(out.stdout)
        .unwrap()
        .split_terminator('\0')
        // Deleted but not yet committed.
        .filter_map(|it| Some((it, fs::read(root.join(it)).ok()?)))
        .map(|(path, bytes)| File { path: path.to_owned(), bytes })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!files.is_empty(), "git lists no file");
    files
}

#[track_caller]
fn assert_none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}; {} offence(s):\n  {}", offences.len(), offences.join("\n  "));
}
