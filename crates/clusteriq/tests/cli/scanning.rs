//! `clusteriq scan` of a made-up company's workspaces over HTTP.

use std::path::Path;
use std::process::Command;

use clusteriq_fake::DemoOptions;
use clusteriq_fake::workspace::{History, Seen, Server, SystemTables, TOKEN, Workspace};

use crate::support::{Ran, export, json, list, program, ran, store, text};

/// The workspaces of the company of [`export`], and a profile for each.
struct Company {
    home: tempfile::TempDir,
    workspaces: Vec<(Workspace, Server)>,
}

impl Company {
    fn start() -> Self {
        let options = DemoOptions { seed: 7, days: 7, clusters: 12, ..DemoOptions::default() };
        let history = History::of(&options).unwrap();
        let tables = SystemTables::of(export()).unwrap();
        let home = tempfile::tempdir().unwrap();
        let workspaces: Vec<_> =
            history.workspaces().into_iter().map(|(id, _)| history.workspace(&id).unwrap()).collect();
        let workspaces: Vec<_> = workspaces
            .into_iter()
            .map(|it| {
                it.set_tables(tables.clone());
                let server = it.start().unwrap();
                (it, server)
            })
            .collect();
        let profile =
            |(at, it): (usize, &(Workspace, Server))| format!("[w{at}]\nhost = {}\ntoken = {TOKEN}\n", it.1.url);
        let profiles: String = workspaces.iter().enumerate().map(profile).collect();
        std::fs::write(home.path().join(".databrickscfg"), profiles).unwrap();
        Self { home, workspaces }
    }

    /// The program with these profiles.
    fn program(&self, store: &Path) -> Command {
        let mut command = program(store);
        for (name, _) in std::env::vars().filter(|it| it.0.starts_with("DATABRICKS_") || it.0.starts_with("ARM_")) {
            command.env_remove(name);
        }
        command.env("HOME", self.home.path()).env("NO_PROXY", "127.0.0.1");
        command
    }

    fn scan(&self, store: &Path, more: &[&str]) -> Ran {
        let mut command = self.program(store);
        command.args(["scan", "--window", "7d", "--until", "2026-11-23"]);
        for at in 0..self.workspaces.len() {
            command.args(["--profile", &format!("w{at}")]);
        }
        ran(command.args(more))
    }
}

fn report(store: &Path) -> String {
    ran(program(store).args(["report", "--json"])).worked()
}

#[test]
fn a_scan_gives_the_report_that_an_import_of_the_same_files_gives_byte_for_byte() {
    let company = Company::start();
    let to = company.home.path().join("store");
    let it = company.scan(&to, &["--strict"]);
    assert_eq!((it.code, it.out.as_str()), (0, ""), "{}", it.err);
    assert_eq!(report(&to), report(store()));
    assert!(!to.join("scan").exists());
    for (workspace, _) in &company.workspaces {
        assert!(workspace.seen().iter().all(Seen::only_reads));
    }
    // Again: only what may have come late, which is as it was.
    let again = company.scan(&to, &[]);
    assert!(again.code == 0 && again.err.contains("rows: 0 new, 0 replaced"), "{}", again.err);
    assert_eq!(report(&to), report(store()));
    // Lists alone: none of their runs comes beside those of the tables.
    let lists = company.scan(&to, &["--rest-only"]);
    assert!(lists.code == 0 && !lists.err.contains("job_run_slices"), "{}", lists.err);
    assert_eq!(report(&to), report(store()));
}

#[test]
fn a_dry_run_prints_the_statements_and_what_they_cost_and_reads_nothing() {
    let company = Company::start();
    let to = company.home.path().join("store");
    let said = company.scan(&to, &["--dry-run"]).worked();
    for words in
        ["node-minutes to reduce", "about 0.", "FROM system.billing.usage WHERE `usage_start_time`", "more like it"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!to.exists() && !said.contains(TOKEN));
}

#[test]
fn what_a_scan_may_not_read_is_a_gap_of_the_report_with_its_grant_until_it_is_read() {
    let company = Company::start();
    for (workspace, _) in &company.workspaces {
        workspace.revoke("system.query.history");
    }
    let to = company.home.path().join("store");
    let it = company.scan(&to, &["--strict"]);
    assert!(it.code == 3 && it.err.contains("gap: system.query.history could not be read"), "{}", it.err);
    let gaps = |to: &Path| {
        let report = json(&report(to));
        let all = list(&report["gaps"]).iter().filter(|it| text(&it["what"]).starts_with("system.query.history"));
        all.map(|it| it["remedy"]["text"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let [remedy] = &gaps(&to)[..] else { panic!("{:?}", gaps(&to)) };
    assert!(remedy.contains("SELECT ON SCHEMA system.query TO `ruth.nilsson@larkspur.example`"), "{remedy}");
    assert_eq!(company.scan(&to, &["--rest-only", "--strict"]).code, 0);
}
