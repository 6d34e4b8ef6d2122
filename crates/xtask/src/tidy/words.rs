//! What no committed file may say: somebody's machine, a registry's address, a secret, a test that does not run.

use super::{assert_none, repository};

/// Text and why it is refused. Written in two halves, so that this list does not find itself.
const EVERYWHERE: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path on one machine"),
    (concat!("/tmp", "/w/"), "a path on one machine"),
    (concat!("/tmp", "/t/"), "a path on one machine"),
    (concat!("/ro", "ot/"), "a path on one machine"),
    (concat!("/ho", "me/"), "a path on one machine"),
    (concat!("..", "/shared/"), "a path outside the repository"),
    (concat!("index.crates", ".io"), "a registry's address: cargo knows it"),
    (concat!("static.crates", ".io"), "a registry's address: cargo knows it"),
    (concat!("pypi.org", "/simple"), "a registry's address: pip knows it"),
    (concat!("files.python", "hosted.org"), "a registry's address: pip knows it"),
    (concat!("registry.np", "mjs.org"), "a registry's address: npm knows it"),
    (concat!("--index", "-url"), "a registry chosen for everyone"),
    (concat!("PRIVATE", " KEY-----"), "a secret: revoke it, it was seen"),
];

const IN_RUST: &[(&str, &str)] = &[
    (concat!("#[ig", "nore"), "a test that does not run proves nothing"),
    (concat!("#[should", "_panic"), "say which error is expected, and assert it"),
];

/// What a key begins with, and how many letters and digits follow at least.
const KEYS: &[(&str, usize)] = &[(concat!("da", "pi"), 32), (concat!("AK", "IA"), 16)];

#[test]
fn no_file_names_a_machine_a_registry_or_a_secret() {
    let mut offences = vec![];
    for file in repository() {
        let rust = if file.has_extension(&["rs"]) { IN_RUST } else { &[] };
        for (at, line) in file.lines() {
            for (word, why) in EVERYWHERE.iter().chain(rust) {
                if line.contains(word) {
                    offences.push(format!("{}:{at}: `{word}`: {why}", file.path));
                }
            }
            if holds_a_key(line) {
                offences.push(format!("{}:{at}: looks like a key: revoke it, it was seen", file.path));
            }
        }
    }
    assert_none("some words stay out of the repository", &offences);
}

fn holds_a_key(line: &str) -> bool {
    KEYS.iter().any(|(prefix, length)| {
        line.match_indices(prefix).any(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            let tail = rest.chars().take_while(char::is_ascii_alphanumeric).count();
            tail >= *length
        })
    })
}

#[test]
fn a_key_is_told_from_a_word_that_begins_like_one() {
    let tail = "0123456789abcdef0123456789abcdef";
    assert!(holds_a_key(&format!("token = {}{tail}", KEYS[0].0)));
    assert!(!holds_a_key(&format!("the prefix {} marks a token", KEYS[0].0)));
}
