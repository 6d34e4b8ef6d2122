//! What others say of the API: an independent validator of its document, and a tester that makes requests up.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use crate::support::ask;

/// A Python with packages; none, and a word about it, where there is no Python or no registry. In CI that fails.
fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/python.sh");
    let done = Command::new("bash").arg(script).arg(folder).args(packages).output();
    match done {
        Ok(it) if it.status.success() => Some(String::from_utf8(it.stdout).unwrap().trim().into()),
        other => {
            let why = other.map(|it| String::from_utf8_lossy(&it.stderr).into_owned());
            assert!(std::env::var_os("CI").is_none(), "no {packages:?}: {why:?}");
            eprintln!("SKIPPED: nothing was checked with {packages:?}: {why:?}");
            None
        }
    }
}

#[test]
fn an_independent_validator_accepts_the_document() {
    let Some(python) = python("openapi", &["openapi-spec-validator==0.9.0"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("openapi.json");
    std::fs::write(&file, ask("openapi").worked()).unwrap();
    let said = Command::new(python).args(["-m", "openapi_spec_validator"]).arg(file).output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn made_up_requests_find_no_server_error_and_no_answer_that_is_not_documented() {
    let Some(python) = python("schemathesis", &["schemathesis==4.32.0"]) else { return };
    let server = Server::start(crate::support::store(), &[], &[]);
    let document = format!("{}/api/openapi.json", server.url);
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command.current_dir(dir.path()).args([
        "run",
        &document,
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "20",
    ]);
    command.args(["--seed", "1", "--workers", "1", "--exclude-operation-id", "stream_events"]);
    command.args([
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    ]);
    let said = command.env("NO_PROXY", "127.0.0.1").output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn the_pages_are_typed_by_this_very_document() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/openapi.json");
    let now = ask("openapi").worked();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(kept, &now).unwrap();
    }
    let kept = std::fs::read_to_string(kept).unwrap();
    assert!(kept == now, "ui/openapi.json is not what the server answers with: run `make types`");
}
