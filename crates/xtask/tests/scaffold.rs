//! The scaffold, tried on a copy of the repository: a detection is one new file and two lines. What it writes compiles, its one
//! test fails until someone writes it, and then everything passes.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NAME: &str = "scaffolded-by-a-test";
const MODULE: &str = "scaffolded_by_a_test";
const LIST: &str = "crates/clusteriq-engine/src/advisors.rs";

#[test]
fn a_new_advisor_is_one_file_and_two_lines_and_everything_else_goes_on_to_pass() {
    let copy = tempfile::tempdir().unwrap();
    copy_repository(copy.path());
    let before = files(copy.path());

    let made = run(Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["new", "advisor", NAME, "--detection", "D42"])
        .current_dir(copy.path()));
    assert!(made.status.success(), "{}", both(&made));
    let after = files(copy.path());
    let advisor = format!("crates/clusteriq-engine/src/advisors/{MODULE}.rs");
    let touched: Vec<&str> =
        after.iter().filter(|(path, text)| before.get(*path) != Some(text)).map(|(path, _)| path.as_str()).collect();
    assert_eq!(touched, [LIST, advisor.as_str()], "one new file, and the list");
    let old: Vec<&str> = before[LIST].lines().collect();
    let added: Vec<&str> = after[LIST].lines().filter(|it| !old.contains(it)).collect();
    assert_eq!(added, [format!("mod {MODULE};"), format!("    &{MODULE}::ADVISOR,")], "two lines");
    assert_eq!(after[LIST].lines().count(), old.len() + 2, "nothing is taken away");

    let formatted =
        run(Command::new("rustfmt").args(["--check", "--edition", "2024"]).arg(&advisor).current_dir(copy.path()));
    assert!(formatted.status.success(), "{}", both(&formatted));

    let said = test_engine(copy.path(), &format!("advisors::{MODULE}::"));
    assert!(said.contains("0 passed; 1 failed"), "{said}");
    assert!(!said.contains("warning: unused"), "{said}");

    // Whoever writes the advisor says what is expected; here it is what the template's `advise` does.
    let expected = after[&advisor].replace("\"TODO: what it should say\"", "\"fine: job 1\"");
    fs::write(copy.path().join(&advisor), expected).unwrap();
    let said = test_engine(copy.path(), "");
    assert!(said.contains("test result: ok."), "{said}");
    assert!(said.contains("test testing::laws::"), "the laws ran over it too: {said}");
}

/// The tests of the engine whose names hold the filter, the laws on few worlds. Compiling an optimised engine would take longer than they do.
fn test_engine(root: &Path, filter: &str) -> String {
    let tested = run(Command::new(env!("CARGO"))
        .args(["test", "--offline", "--package", "clusteriq-engine", "--lib"])
        .args(["--config", "profile.dev.package.clusteriq-engine.opt-level=0", "--", filter])
        .env("CARGO_TARGET_DIR", target_folder())
        .env("INSTA_UPDATE", "no")
        .env("PROPTEST_CASES", "16")
        .current_dir(root));
    both(&tested)
}

/// Everything git knows or would add, under a version of its own: so that cargo, which names what it builds after the
/// version, reuses the libraries of the real tree but never overwrites our crates of it.
fn copy_repository(to: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let listed = run(Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(&root));
    assert!(listed.status.success(), "{}", both(&listed));
    for path in String::from_utf8(listed.stdout).unwrap().split_terminator('\0') {
        let from = root.join(path);
        if from.is_file() {
            let to = to.join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
    let manifest = to.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let version = text.lines().find(|it| it.starts_with("version = ")).unwrap();
    fs::write(&manifest, text.replacen(version, "version = \"0.0.0-copy\"", 1)).unwrap();
}

/// Every text file by its path.
fn files(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// `target` of `target/debug/deps/THIS_TEST`.
fn target_folder() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().to_owned()
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
