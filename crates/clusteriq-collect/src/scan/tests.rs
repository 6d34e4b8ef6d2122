//! Scans of a made-up company's workspaces over real HTTP, with everything going wrong that does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use clusteriq_fake::workspace::{
    CLIENT_ID, CLIENT_SECRET, Fault, Faults, History, Rule, Server, SystemTables, TOKEN, When, Workspace,
};
use clusteriq_fake::{DemoOptions, write_export};
use clusteriq_model::tables::{NODE_TIMELINE, TableSpec};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::client::testing::{client_of, configured, run};
use crate::{Export, Unseen};

const DAYS: u32 = 3;

fn options() -> DemoOptions {
    DemoOptions { seed: 7, days: DAYS, clusters: 14, ..DemoOptions::default() }
}

struct Company {
    export: TempDir,
    history: History,
    tables: SystemTables,
}

fn company() -> &'static Company {
    static COMPANY: OnceLock<Company> = OnceLock::new();
    COMPANY.get_or_init(|| {
        let export = tempfile::tempdir().unwrap();
        write_export(export.path(), &options(), &|_, _| {}).unwrap();
        let tables = SystemTables::of(export.path()).unwrap();
        Company { export, history: History::of(&options()).unwrap(), tables }
    })
}

/// All workspaces of the company, as different from those of another test as can be.
fn workspaces() -> Vec<(Workspace, Server)> {
    let all = company().history.workspaces().into_iter().map(|(id, _)| {
        let it = company().history.workspace(&id).unwrap();
        it.set_tables(company().tables.clone());
        it.set_chunk_rows(500);
        let server = it.start().unwrap();
        (it, server)
    });
    all.collect()
}

fn question() -> Question {
    let until = options().until;
    Question {
        window: Since { from: until - SignedDuration::from_hours(24 * i64::from(DAYS)), until },
        all_lists: false,
        tables: true,
        warehouse: None,
        marks: Marks::new(),
        sizes: NodeSizes::default(),
    }
}

/// Of every other one with a token, of the others as a service principal.
async fn clients(of: &[(Workspace, Server)]) -> Vec<Client> {
    let mut clients = vec![];
    for (at, (_, server)) in of.iter().enumerate() {
        let by = match at % 2 {
            0 => format!("client_id = {CLIENT_ID}\nclient_secret = {CLIENT_SECRET}"),
            _ => format!("token = {TOKEN}"),
        };
        clients.push(client_of(configured(&format!("host = {}\n{by}", server.url)).unwrap()).await.0);
    }
    clients
}

async fn scanned(of: &[(Workspace, Server)], question: &Question, folder: &Path) -> Scan {
    let clients = clients(of).await;
    let plan = plan_scan(&clients, question).await.unwrap();
    read_scan(&plan, question, folder, &Unseen).await.unwrap()
}

type Contents = BTreeMap<&'static str, Vec<String>>;

/// Rows as text by dataset, sorted: what a store would have, whatever the order in which it came.
fn contents(folder: &Path) -> Contents {
    let mut all = Contents::new();
    let mut sink = |spec: &'static TableSpec, batch: RecordBatch| {
        let options = FormatOptions::default().with_null("∅");
        let shown = |it: &ArrayRef| match it.data_type() {
            DataType::Timestamp(..) => cast(it, &DataType::Int64).unwrap(),
            _ => it.clone(),
        };
        let arrays: Vec<_> = batch.columns().iter().map(shown).collect();
        let columns: Vec<_> = arrays.iter().map(|it| ArrayFormatter::try_new(it, &options).unwrap()).collect();
        let row = |at| columns.iter().map(|it| it.value(at).to_string()).collect::<Vec<_>>().join("|");
        all.entry(spec.dataset).or_default().extend((0..batch.num_rows()).map(row));
        Ok(())
    };
    let export = Export::find(&[folder.to_owned()]).unwrap();
    crate::read(&export, &NodeSizes::default(), &Unseen, &mut sink).unwrap();
    for rows in all.values_mut() {
        rows.sort_unstable();
        rows.dedup();
    }
    all
}

fn assert_same(found: &Contents, wanted: &Contents, why: &str) {
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{why}");
    for (dataset, rows) in wanted {
        let found = &found[dataset];
        let at = rows.iter().zip(found).position(|(a, b)| a != b).unwrap_or(rows.len().min(found.len()));
        let shown = (rows.get(at), found.get(at));
        assert!(rows == found, "{why}: {dataset} has {} rows of {}: {shown:?}", found.len(), rows.len());
    }
}

/// What a scan without faults gives.
fn clean() -> &'static Contents {
    static CLEAN: OnceLock<Contents> = OnceLock::new();
    CLEAN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let scan = scanned(&workspaces(), &question(), folder.path()).await;
            assert_eq!(scan.gaps, []);
        });
        contents(folder.path())
    })
}

#[test]
fn a_scan_of_the_workspaces_gives_the_rows_of_the_files_they_were_made_from() {
    assert_same(clean(), &contents(company().export.path()), "scan against import");
    assert!(clean()["cluster_minutes"].len() > 1_000 && clean()["usage"].len() > 100);
}

/// What is a POST although it reads; the first asks for a token.
const READING_POSTS: [&str; 3] = ["/oidc/v1/token", "/api/2.1/clusters/events", "/api/2.0/sql/statements"];

#[test]
fn nothing_is_sent_that_does_more_than_read() {
    run(async {
        let all = workspaces();
        let folder = tempfile::tempdir().unwrap();
        scanned(&all, &Question { all_lists: true, ..question() }, folder.path()).await;
        for (workspace, _) in &all {
            for seen in workspace.seen() {
                let reads = match seen.method.as_str() {
                    "GET" => true,
                    "POST" => READING_POSTS.contains(&seen.path.as_str()),
                    _ => false,
                };
                assert!(reads, "{} {}", seen.method, seen.path);
            }
            for statement in workspace.statements() {
                let (comment, sql) = statement.split_once(" */ ").unwrap();
                assert!(comment.starts_with("/* clusteriq ") && sql.starts_with("SELECT "), "{statement}");
            }
        }
        // The company is in one region of AWS and in one of Azure.
        let asked = all.iter().filter(|it| !it.0.statements().is_empty()).count();
        assert_eq!((all.len(), asked), (4, 2), "one workspace a region is asked");
        let bills = all.iter().flat_map(|it| it.0.statements()).filter(|it| it.contains("usage_quantity")).count();
        assert_eq!(bills, 1, "the bill is read once");
    });
}

/// A scan while the script runs: the same rows, and no gap.
fn survives(name: &str, rules: impl Fn(usize) -> Vec<Rule>, prepare: impl Fn(&Workspace)) {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let all = workspaces();
        for (at, (workspace, _)) in all.iter().enumerate() {
            workspace.set_faults(Faults::new(rules(at)));
            prepare(workspace);
        }
        let scan = scanned(&all, &question(), folder.path()).await;
        assert_eq!(scan.gaps, [], "{name}");
    });
    assert_same(&contents(folder.path()), clean(), name);
}

/// The faults that pass, if they are met with patience.
fn passing() -> Vec<(&'static str, Fault)> {
    vec![
        ("429 with Retry-After", Fault::TooManyRequests { retry_after: Some(2) }),
        ("429 without", Fault::TooManyRequests { retry_after: None }),
        ("503", Fault::Unavailable { retry_after: None }),
        ("slow", Fault::Slow(Duration::from_millis(2))),
        ("truncated", Fault::Truncated),
        ("broken", Fault::Broken),
        ("expired link", Fault::LinkExpired),
    ]
}

fn chance(fault: Fault, percent: u32, seed: u64) -> Vec<Rule> {
    let when = |seed| When::Chance { probability: f64::from(percent) / 100.0, seed };
    ["/api/", "/external/"]
        .into_iter()
        .enumerate()
        .map(|(at, it)| Rule::new(it, when(seed + at as u64), fault))
        .collect()
}

#[test]
fn every_fault_that_passes_alone_leaves_the_same_rows() {
    for (number, (name, fault)) in passing().into_iter().enumerate() {
        survives(name, |at| chance(fault, 20, (number * 10 + at) as u64), |_| {});
    }
}

#[test]
fn all_faults_mixed_leave_the_same_rows() {
    let mixed = |at: usize| {
        let each = passing().into_iter().enumerate();
        each.flat_map(|(number, (_, fault))| chance(fault, 3, (100 + number * 10 + at) as u64)).collect()
    };
    survives("mixed", mixed, |_| {});
}

#[test]
fn a_list_that_changes_between_its_pages_gives_each_object_once() {
    survives("list changes", |_| chance(Fault::ListChanges, 100, 1), |it| it.set_longest_page(2));
}

#[test]
fn tokens_that_expire_in_the_middle_are_renewed() {
    let often = When::At((1..40).map(|it| it * 7).collect());
    survives("expiry", |_| vec![Rule::new("/api/", often.clone(), Fault::TokensExpire)], |_| {});
    survives("short lives", |_| vec![], |it| it.set_token_lifetime(Duration::from_secs(2)));
}

#[test]
fn a_clock_that_is_wrong_on_either_side_changes_nothing() {
    for minutes in [-30, 30] {
        survives("skew", |_| vec![], |it| it.set_clock_skew(SignedDuration::from_mins(minutes)));
    }
}

#[test]
fn storage_that_cannot_be_reached_is_gone_around_through_the_workspace() {
    survives("no storage", |_| vec![Rule::new("/external/", When::Always, Fault::Denied)], |_| {});
}

#[test]
fn what_is_missing_or_forbidden_is_a_gap_with_its_remedy_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let scan = std::cell::RefCell::new(Scan::default());
    run(async {
        let all = workspaces();
        for (workspace, _) in &all {
            workspace.hide_schema("query");
            workspace.revoke("system.compute.node_types");
            let list = Rule::new("/api/2.0/instance-pools/list", When::Always, Fault::Denied);
            workspace.set_faults(Faults::new(vec![list]));
        }
        scan.replace(scanned(&all[..1], &question(), folder.path()).await);
    });
    let gaps = scan.into_inner().gaps;
    let of = |source: &str| gaps.iter().find(|it| it.source == source).unwrap_or_else(|| panic!("{source}: {gaps:?}"));
    assert!(of("system.query.history").remedy.contains("system-schemas enable "), "{gaps:?}");
    assert!(!of("system.query.history").remedy.contains("METASTORE_ID"), "{gaps:?}");
    assert!(of("system.compute.node_types").remedy.contains("GRANT USE SCHEMA, SELECT ON SCHEMA system.compute"));
    assert!(of("instance_pools_list").remedy.contains("CAN ATTACH TO"));
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    let found = contents(folder.path());
    assert!(!found.contains_key("queries") && found["usage"] == clean()["usage"]);
}

#[test]
fn a_result_that_breaks_off_in_its_middle_is_a_gap_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let all = workspaces();
        for (workspace, _) in &all {
            let second = Rule::new("/api/2.0/sql/statements/", When::Always, Fault::Denied).about("/result/chunks/1");
            workspace.set_faults(Faults::new(vec![second]));
        }
        let scan = scanned(&all, &question(), folder.path()).await;
        let broken: BTreeSet<_> = scan.gaps.iter().map(|it| it.source).collect();
        assert_eq!(broken.into_iter().collect::<Vec<_>>(), [NODE_TIMELINE, "system.compute.node_types"]);
    });
    let mut rest = clean().clone();
    rest.retain(|dataset, _| *dataset != "node_types" && *dataset != "cluster_minutes");
    assert_same(&contents(folder.path()), &rest, "the second chunk");
}

#[test]
fn a_workspace_that_is_not_there_is_a_gap_and_the_others_are_read() {
    run(async {
        let all = workspaces();
        let mut clients = clients(&all[..1]).await;
        let gone = configured(&format!("host = http://127.0.0.1:9\ntoken = {TOKEN}")).unwrap();
        clients.insert(0, client_of(gone).await.0);
        let plan = plan_scan(&clients, &question()).await.unwrap();
        assert_eq!((plan.workspaces.len(), plan.gaps.len()), (1, 1), "{:?}", plan.gaps);
        assert!(plan.workspaces[0].tables.is_some() && plan.gaps[0].what.contains("127.0.0.1:9"));
        assert!(plan_scan(&clients[..1], &question()).await.is_err());
    });
}

#[test]
fn a_region_that_cannot_be_asked_for_costs_the_tables_and_not_the_lists() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let all = workspaces();
        let away = Rule::new("/api/2.1/unity-catalog/", When::Always, Fault::Unavailable { retry_after: None });
        all[0].0.set_faults(Faults::new(vec![away]));
        let scan = scanned(&all[..1], &question(), folder.path()).await;
        let [gap] = scan.gaps.as_slice() else { panic!("{:?}", scan.gaps) };
        assert!(gap.what.starts_with("system tables could not be read") && gap.what.contains("503"), "{gap:?}");
        let items: u64 = scan.lists.iter().flat_map(|it| &it.lists).map(|it| it.items).sum();
        assert!(items > 100 && scan.tables.is_empty(), "{items}");
    });
}

#[test]
fn where_a_table_was_read_before_no_list_stands_in_for_it() {
    run(async {
        let all = workspaces();
        let clients = clients(&all).await;
        let plan = plan_scan(&clients, &question()).await.unwrap();
        let marks: Marks =
            plan.workspaces.iter().filter_map(|it| it.tables.as_ref()).flat_map(TablePlan::marks).collect();
        let lists = Question { tables: false, ..question() };
        let plan = plan_scan(&clients, &lists).await.unwrap();
        assert!(plan.workspaces.iter().all(|it| it.instead.len() == Source::STAND_INS.len()));
        let plan = plan_scan(&clients, &Question { marks, ..lists }).await.unwrap();
        assert!(plan.workspaces.iter().all(|it| it.instead.is_empty()));
    });
}

#[test]
fn the_next_scan_reads_only_what_is_new_and_ends_with_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let all = workspaces();
        let whole = question();
        let early: Timestamp = whole.window.until - SignedDuration::from_hours(13);
        let first = Question { window: Since { until: early, ..whole.window }, ..whole.clone() };
        let scan = scanned(&all, &first, &folder.path().join("1")).await;
        let before: usize = all.iter().map(|it| it.0.statements().len()).sum();
        let marks: Marks = scan.tables.iter().flat_map(|it| it.marks.clone()).collect();
        let next = Question { marks, ..whole };
        scanned(&all, &next, &folder.path().join("2")).await;
        let after: usize = all.iter().map(|it| it.0.statements().len()).sum::<usize>() - before;
        assert!(after <= before, "{after} statements after {before}");
    });
    assert_same(&contents(folder.path()), clean(), "in two scans");
}

#[test]
fn a_scan_that_finds_its_files_reads_none_of_them_again() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let all = workspaces();
        scanned(&all, &question(), folder.path()).await;
        let sent: u64 = all.iter().map(|it| it.0.bytes_sent()).sum();
        let scan = scanned(&all, &question(), folder.path()).await;
        assert!(scan.tables.iter().all(|it| it.statements == 0) && scan.tables.iter().all(|it| !it.marks.is_empty()));
        let again = all.iter().map(|it| it.0.bytes_sent()).sum::<u64>() - sent;
        assert!(again < sent / 4, "{again} bytes after {sent}");
    });
    assert_same(&contents(folder.path()), clean(), "twice");
}
