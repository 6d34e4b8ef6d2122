//! `clusteriq doctor` and `clusteriq scan`, against a workspace of a few answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use clusteriq_store::Store;
use tempfile::TempDir;

use crate::support::{Ran, program, ran};

const TOKEN: &str = "the-token-of-the-test";

/// Answers by path, each request on a connection of its own, until the test's process ends.
fn workspace(answer: fn(&str) -> (u16, &'static str)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), answer);
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: fn(&str) -> (u16, &'static str)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.to_lowercase());
    }
    let length = lines.iter().find_map(|it| it.strip_prefix("content-length:")?.trim().parse().ok());
    reader.take(length.unwrap_or(0)).read_to_end(&mut vec![]).unwrap();
    let path = lines.first().and_then(|it| it.split([' ', '?']).nth(1)).unwrap_or_default();
    let signed = lines.iter().any(|it| it.trim() == format!("authorization: bearer {TOKEN}"));
    let (status, body) = match path {
        "/.well-known/databricks-config" => (404, "{}"),
        _ if !signed => (403, r#"{"error_code":403,"message":"Invalid access token."}"#),
        _ => answer(path),
    };
    let head = format!("HTTP/1.1 {status} x\r\nx-databricks-org-id: 4711\r\nconnection: close\r\n");
    // A client that has seen enough is no failure.
    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
}

fn some(path: &str) -> (u16, &'static str) {
    match path {
        "/api/2.0/preview/scim/v2/me" => (200, r#"{"userName":"ana@example.com"}"#),
        "/api/2.1/clusters/list" => (200, r#"{"clusters":[{"cluster_id":"c1","cluster_name":"explore"}]}"#),
        "/api/2.2/jobs/list" => {
            (200, r#"{"jobs":[{"job_id":1,"settings":{"name":"nightly","tasks":[{"task_key":"a"}]}}]}"#)
        }
        "/api/2.0/instance-pools/list" => (403, r#"{"error_code":"PERMISSION_DENIED","message":"no"}"#),
        _ => (200, "{}"),
    }
}

fn nothing(path: &str) -> (u16, &'static str) {
    if path.ends_with("/me") { some(path) } else { (403, r#"{"error_code":"PERMISSION_DENIED","message":"no"}"#) }
}

/// The program with a home of its own and a profile in it.
fn with_profile(home: &Path, host: &str, token: &str) -> Command {
    std::fs::write(home.join(".databrickscfg"), format!("[p]\nhost = {host}\ntoken = {token}\n")).unwrap();
    let mut command = program(&home.join("store"));
    for (name, _) in std::env::vars().filter(|it| it.0.starts_with("DATABRICKS_") || it.0.starts_with("ARM_")) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("NO_PROXY", "127.0.0.1");
    command
}

fn run(host: &str, token: &str, args: &str) -> (Ran, TempDir) {
    let home = TempDir::new().unwrap();
    let it = ran(with_profile(home.path(), host, token).args(args.split(' ')));
    assert!(!format!("{}{}", it.out, it.err).contains("token-of"), "{it:?}");
    (it, home)
}

#[test]
fn the_doctor_says_what_can_be_read_and_what_the_rest_needs() {
    let host = workspace(some);
    let said = run(&host, TOKEN, "doctor --profile p").0.worked();
    let lines: Vec<_> = said.lines().collect();
    let has = |it: &str| lines.iter().any(|line| line.contains(it));
    assert!(has("pat from host (profile p of ") && has("as ana@example.com, no workspace admin"), "{said}");
    assert!(has("workspace  4711") && lines.contains(&"jobs_list            ok"), "{said}");
    assert!(
        has("policies_list        ok, but nothing is visible") && has("grant CAN ATTACH TO on the pools"),
        "{said}"
    );
    assert_eq!(run(&host, TOKEN, "doctor --profile p --strict").0.code, 3);
}

#[test]
fn a_doctor_that_can_read_nothing_fails() {
    let (it, _home) = run(&workspace(nothing), TOKEN, "doctor --profile p");
    assert!(it.code == 1 && it.err.contains("nothing can be read"), "{it:?}");
    let (it, _home) = run(&workspace(some), "another-token-of-somebody", "doctor --profile p");
    assert!(it.code == 1 && it.err.contains("wrong, expired or of another workspace"), "{it:?}");
    let (it, _home) = run("h.example", TOKEN, "doctor --profile q");
    assert!(it.code == 1 && it.err.contains("no such profile: q\n\nhint: it has p"), "{it:?}");
    let (it, _home) = run("h.example", TOKEN, "doctor");
    assert!(it.code == 1 && it.err.contains("no workspace is configured; found: nothing"), "{it:?}");
}

#[test]
fn a_scan_goes_into_the_store_and_says_what_it_cannot_know() {
    let host = workspace(some);
    let (it, home) = run(&host, TOKEN, "scan --profile p");
    assert_eq!((it.code, it.out.as_str()), (0, ""), "{}", it.err);
    for said in
        ["job_settings", "cluster_settings", "gap: instance_pools_list", "grant CAN ATTACH TO", "no Unity Catalog"]
    {
        assert!(it.err.contains(said), "{said}: {}", it.err);
    }
    let store = Store::open_read_only(&home.path().join("store")).unwrap();
    let datasets = store.datasets().unwrap();
    assert!(datasets.iter().any(|it| it.dataset == "task_settings"), "{datasets:?}");
    assert_eq!(run(&host, TOKEN, "scan --profile p --strict").0.code, 3);
}

#[test]
fn a_scan_that_reads_nothing_leaves_nothing_in_the_store() {
    let (it, home) = run(&workspace(nothing), TOKEN, "scan --profile p");
    assert!(it.code == 1 && it.err.contains("nothing could be read"), "{it:?}");
    let store = Store::open_read_only(&home.path().join("store")).unwrap();
    assert!(store.datasets().unwrap().is_empty() && store.imports().unwrap().is_empty());
}

#[test]
fn what_a_scan_keeps_can_be_imported() {
    let home = TempDir::new().unwrap();
    let mut command = with_profile(home.path(), &workspace(some), TOKEN);
    let kept = home.path().join("kept");
    ran(command.args(["scan", "--profile", "p", "--keep"]).arg(&kept)).worked();
    for file in ["scanned/rest/4711/spark_versions.json", "instead/rest/4711/node_types.json"] {
        assert!(kept.join(file).exists(), "{file}");
    }
    let again = program(&home.path().join("other")).arg("import").arg(&kept).output().unwrap();
    assert!(again.status.success(), "{again:?}");
}
