//! The scaffold, tried on a copy of the repository: what it writes compiles, and its one test fails until someone writes it.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NAME: &str = "scaffolded-by-a-test";
const MODULE: &str = "scaffolded_by_a_test";

#[test]
fn a_new_advisor_compiles_and_its_one_test_fails_until_it_is_written() {
    let copy = tempfile::tempdir().unwrap();
    copy_repository(copy.path());
    let before = list(copy.path());

    let made = run(Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["new", "advisor", NAME, "--detection", "D42"])
        .current_dir(copy.path()));
    assert!(made.status.success(), "{}", both(&made));
    assert_eq!(list(copy.path()).lines().count(), before.lines().count() + 2, "two lines in advisors.rs, as promised");

    let formatted = run(Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .arg(format!("crates/clusteriq-engine/src/advisors/{MODULE}.rs"))
        .current_dir(copy.path()));
    assert!(formatted.status.success(), "{}", both(&formatted));

    let tested = run(Command::new(env!("CARGO"))
        .args(["test", "--offline", "--package", "clusteriq-engine"])
        .args(["--lib", "--", &format!("advisors::{MODULE}::")])
        .env("CARGO_TARGET_DIR", target_folder())
        .env("INSTA_UPDATE", "no")
        .current_dir(copy.path()));
    let said = both(&tested);
    assert!(said.contains("0 passed; 1 failed"), "{said}");
    assert!(!said.contains("warning: unused"), "{said}");
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

fn list(root: &Path) -> String {
    fs::read_to_string(root.join("crates/clusteriq-engine/src/advisors.rs")).unwrap()
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
