//! What holds for pools, pipelines, serverless jobs and sized warehouses in an export.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Fields, TimestampMicrosecondType};
use clusteriq_fake::{DemoOptions, DemoSummary, write_export};
use clusteriq_model::tables::{ALL, Origin};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

/// One more than the demo, which brings one of each case.
fn options() -> DemoOptions {
    DemoOptions { days: 4, clusters: 41, ..DemoOptions::default() }
}

fn export() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let summary = write_export(dir.path(), &options(), &|_, _| ()).unwrap();
        (dir, summary)
    })
}

fn batches(table: &str) -> Vec<RecordBatch> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(export().0.path().join(table)).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    files.iter().flat_map(read).collect()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let texts = batch.column_by_name(column).unwrap().as_string::<i32>();
    texts.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

fn instants(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let instants = batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>();
    instants.iter().map(Option::unwrap_or_default).collect()
}

fn members(batch: &RecordBatch, column: &str, member: &str) -> Vec<String> {
    let members = batch.column_by_name(column).unwrap().as_struct().column_by_name(member).unwrap().as_string::<i32>();
    members.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

fn items(name: &str, list: &str) -> Vec<Value> {
    let folders = fs::read_dir(export().0.path().join("rest")).unwrap().map(|it| it.unwrap().path());
    let reply = |path: PathBuf| -> Value { serde_json::from_slice(&fs::read(path.join(name)).unwrap()).unwrap() };
    folders.flat_map(|it| reply(it)[list].as_array().unwrap().clone()).collect()
}

fn planted(problem: &str) -> &'static str {
    &export().1.planted.iter().find(|it| it.problem == problem).unwrap().target_id
}

#[test]
fn every_kind_has_its_problem_and_its_decoys() {
    let all: BTreeSet<(&str, &str)> =
        export().1.planted.iter().map(|it| (it.kind.as_str(), it.problem.as_str())).collect();
    for case in [
        ("pool", "D37"),
        ("pool", "decoy:busy-pool"),
        ("pool", "decoy:hot-pool"),
        ("pool", "decoy:empty-pool"),
        ("pipeline", "D45"),
        ("pipeline", "D46"),
        ("pipeline", "decoy:busy-pipeline"),
        ("pipeline", "decoy:low-latency-pipeline"),
        ("pipeline", "decoy:pipeline-in-development"),
        ("pipeline", "healthy"),
        ("job", "D48"),
        ("job", "decoy:frequent-serverless"),
        ("job", "decoy:latency-critical-serverless"),
        ("job", "decoy:standard-serverless"),
        ("warehouse", "D40"),
        ("warehouse", "decoy:spills-when-smaller"),
        ("warehouse", "decoy:scan-bound-warehouse"),
        ("warehouse", "decoy:crowded-warehouse"),
    ] {
        assert!(all.contains(&case), "{case:?}");
    }
}

#[test]
fn the_demo_has_none_of_these_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let options = DemoOptions { days: 1, ..DemoOptions::default() };
    let summary = write_export(dir.path(), &options, &|_, _| ()).unwrap();
    assert!(summary.planted.iter().all(|it| it.kind != "pool" && it.kind != "pipeline"));
    assert!(!dir.path().join("system.compute.instance_events").exists());
    assert!(!dir.path().join("system.lakeflow.pipelines").exists());
}

#[test]
fn two_exports_are_byte_identical() {
    let dir = tempfile::tempdir().unwrap();
    write_export(dir.path(), &options(), &|_, _| ()).unwrap();
    let mut folders = vec![PathBuf::new()];
    let mut compared = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(export().0.path().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if export().0.path().join(&path).is_dir() {
                folders.push(path);
            } else {
                let (a, b) =
                    (fs::read(export().0.path().join(&path)).unwrap(), fs::read(dir.path().join(&path)).unwrap());
                assert!(a == b, "{}", path.display());
                compared += 1;
            }
        }
    }
    assert_eq!(compared, export().1.files);
}

fn has_path(fields: &Fields, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match fields.find(name).map(|it| it.1.data_type()) {
        Some(DataType::Struct(inner)) if !rest.is_empty() => has_path(inner, rest),
        Some(_) => rest.is_empty(),
        None => false,
    }
}

#[test]
fn every_column_that_is_read_is_there() {
    let mut seen = Vec::new();
    for table in ALL {
        let Origin::SystemTable(name) = table.origin else { continue };
        if export().0.path().join(name).exists() {
            seen.push(table.dataset);
            let schema = batches(name)[0].schema();
            for column in table.columns {
                let found = column.source.iter().any(|it| has_path(schema.fields(), it));
                assert!(found, "{name} has none of {:?}", column.source);
            }
        }
    }
    for it in ["instance_pools", "instance_events", "pipelines", "pipeline_updates"] {
        assert!(seen.contains(&it), "{it}");
    }
}

/// Events of each node, in order of time: when, which state, which pool, which cluster.
fn events() -> BTreeMap<String, Vec<(i64, String, String, String)>> {
    let mut events: BTreeMap<String, Vec<(i64, String, String, String)>> = BTreeMap::new();
    for batch in batches("system.compute.instance_events") {
        let (ids, states) = (texts(&batch, "instance_id"), texts(&batch, "state"));
        let (pools, clusters) = (texts(&batch, "instance_pool_id"), texts(&batch, "cluster_id"));
        for (row, at) in instants(&batch, "event_time").into_iter().enumerate() {
            let event = (at, states[row].clone(), pools[row].clone(), clusters[row].clone());
            events.entry(ids[row].clone()).or_default().push(event);
        }
    }
    for it in events.values_mut() {
        it.sort();
    }
    events
}

#[test]
fn events_of_a_pools_node_pair_up() {
    let pools: BTreeSet<String> =
        batches("system.compute.instance_pools").iter().flat_map(|it| texts(it, "instance_pool_id")).collect();
    let clusters: BTreeSet<String> =
        batches("system.compute.clusters").iter().flat_map(|it| texts(it, "cluster_id")).collect();
    let all = events();
    assert!(all.len() > 100, "{}", all.len());
    for (id, events) in all {
        let mut before = "";
        for (_, state, pool, cluster) in &events {
            let may_follow: &[&str] = match state.as_str() {
                "INSTANCE_LAUNCHING" => &[""],
                "INSTANCE_READY" => &["INSTANCE_LAUNCHING", "INSTANCE_PLACED"],
                "INSTANCE_PLACED" => &["INSTANCE_LAUNCHING", "INSTANCE_READY"],
                "INSTANCE_TERMINATED" => &["INSTANCE_READY"],
                other => panic!("{other}"),
            };
            assert!(may_follow.contains(&before), "{id}: {events:?}");
            assert_eq!(!cluster.is_empty(), state == "INSTANCE_PLACED", "{id}: {events:?}");
            assert!(pools.contains(pool) && (cluster.is_empty() || clusters.contains(cluster)), "{id}: {events:?}");
            before = state;
        }
    }
}

#[test]
fn a_node_of_a_pool_reports_only_while_it_is_placed() {
    let all = events();
    let mut checked = 0;
    for batch in batches("system.compute.node_timeline") {
        let (ids, clusters) = (texts(&batch, "instance_id"), texts(&batch, "cluster_id"));
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            let Some(events) = all.get(&ids[row]) else { continue };
            let last = events.iter().rev().find(|it| it.0 <= start + MINUTE).unwrap();
            assert_eq!((last.1.as_str(), &last.3), ("INSTANCE_PLACED", &clusters[row]), "{}", ids[row]);
            checked += 1;
        }
    }
    assert!(checked > 1_000, "{checked}");
}

#[test]
fn no_node_is_in_two_clusters_of_a_pool_at_once() {
    let kept: BTreeSet<String> = items("instance_pools_list.json", "instance_pools")
        .iter()
        .map(|it| it["instance_pool_id"].as_str().unwrap().to_owned())
        .collect();
    for problem in ["D37", "decoy:busy-pool", "decoy:hot-pool", "decoy:empty-pool"] {
        assert!(kept.contains(planted(problem)), "{problem}");
    }
    let mut seen = BTreeSet::new();
    for batch in batches("system.compute.node_timeline") {
        for (id, start) in texts(&batch, "instance_id").into_iter().zip(instants(&batch, "start_time")) {
            assert!(seen.insert((id, start)));
        }
    }
}

fn node_rates() -> BTreeMap<String, f64> {
    let csv = include_str!("../../../catalog/node_types.csv");
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let rate = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        Some((cells[place("node_type_id")].to_owned(), cells[place("dbu_per_hour")].parse().ok()?))
    };
    csv.lines().skip(1).filter_map(rate).collect()
}

/// Corrected DBU of pipelines by cluster, hour and node type.
fn billed_to_pipelines() -> BTreeMap<(String, i64, String), f64> {
    let mut billed = BTreeMap::new();
    for batch in batches("system.billing.usage") {
        let member = |name| members(&batch, "usage_metadata", name);
        let (pipelines, updates) = (member("dlt_pipeline_id"), member("dlt_update_id"));
        let (clusters, nodes) = (member("cluster_id"), member("node_type"));
        let (tiers, skus) = (members(&batch, "product_features", "dlt_tier"), texts(&batch, "sku_name"));
        let starts = instants(&batch, "usage_start_time");
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in (0..batch.num_rows()).filter(|it| !pipelines[*it].is_empty()) {
            assert!(!updates[row].is_empty());
            assert!(skus[row].contains(&format!("DLT_{}_COMPUTE", tiers[row])), "{}", skus[row]);
            let key = (clusters[row].clone(), starts[row], nodes[row].clone());
            *billed.entry(key).or_insert(0.0) += quantities.value(row) as f64 / 1e18;
        }
    }
    billed
}

#[test]
fn a_full_hour_of_a_pipeline_is_its_nodes_times_the_rate() {
    let rates = node_rates();
    let mut minutes = BTreeMap::<(String, i64, String), BTreeMap<String, i64>>::new();
    for batch in batches("system.compute.node_timeline") {
        let (clusters, kinds) = (texts(&batch, "cluster_id"), texts(&batch, "node_type"));
        let nodes = texts(&batch, "instance_id");
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            let key = (clusters[row].clone(), start / HOUR * HOUR, kinds[row].clone());
            *minutes.entry(key).or_default().entry(nodes[row].clone()).or_default() += 1;
        }
    }
    let mut checked = 0;
    for ((cluster, hour, kind), dbu) in billed_to_pipelines() {
        let before = minutes.get(&(cluster.clone(), hour - HOUR, kind.clone()));
        let Some(nodes) = minutes.get(&(cluster.clone(), hour, kind.clone())) else { continue };
        // Nodes that were there ten minutes before the hour are not starting any more, which would not be billed.
        let full =
            nodes.iter().all(|it| *it.1 == 60 && before.and_then(|them| them.get(it.0)).is_some_and(|it| *it >= 10));
        if full {
            let expected = rates[&kind] * nodes.len() as f64;
            assert!((dbu - expected).abs() < 1e-6, "{cluster}: {dbu} is not {expected}");
            checked += 1;
        }
        let most = rates[&kind] * (nodes.values().sum::<i64>() as f64 + nodes.len() as f64) / 60.0;
        assert!(dbu <= most + 1e-9, "{cluster}: {dbu} DBU is more than {most}");
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn updates_belong_to_pipelines_and_run_on_their_clusters() {
    let pipelines: BTreeSet<String> =
        batches("system.lakeflow.pipelines").iter().flat_map(|it| texts(it, "pipeline_id")).collect();
    let mut names = BTreeMap::new();
    for batch in batches("system.compute.clusters") {
        for (row, id) in texts(&batch, "cluster_id").into_iter().enumerate() {
            names
                .insert(id, (texts(&batch, "cluster_name")[row].clone(), texts(&batch, "cluster_source")[row].clone()));
        }
    }
    let mut results = BTreeMap::<String, i64>::new();
    for batch in batches("system.lakeflow.pipeline_update_timeline") {
        let (ids, clusters) = (texts(&batch, "pipeline_id"), members(&batch, "compute", "cluster_id"));
        let (updates, states) = (texts(&batch, "update_id"), texts(&batch, "result_state"));
        let (starts, ends) = (instants(&batch, "period_start_time"), instants(&batch, "period_end_time"));
        for row in 0..batch.num_rows() {
            assert!(pipelines.contains(&ids[row]));
            let (name, source) = &names[&clusters[row]];
            assert_eq!((name, source.as_str()), (&format!("dlt-execution-{}", ids[row]), "PIPELINE"));
            assert!(starts[row] < ends[row] && starts[row] / HOUR == (ends[row] - 1) / HOUR);
            *results.entry(updates[row].clone()).or_default() += i64::from(!states[row].is_empty());
        }
    }
    assert!(results.values().all(|it| *it <= 1) && results.values().any(|it| *it == 1));
}

#[test]
fn development_and_continuous_pipelines_say_so_in_the_table_and_in_the_list() {
    for (problem, development, continuous) in [("D45", false, true), ("D46", true, false)] {
        let id = planted(problem);
        let listed = items("pipelines_list.json", "statuses");
        let spec = &listed.iter().find(|it| it["pipeline_id"] == id).unwrap()["spec"];
        assert_eq!((&spec["development"], &spec["continuous"]), (&Value::from(development), &Value::from(continuous)));
        for batch in batches("system.lakeflow.pipelines") {
            let settings = batch.column_by_name("settings").unwrap().as_struct();
            let flag = |name| settings.column_by_name(name).unwrap().as_boolean().clone();
            if let Some(row) = texts(&batch, "pipeline_id").iter().position(|it| it == id) {
                assert_eq!((flag("development").value(row), flag("continuous").value(row)), (development, continuous));
            }
        }
    }
}

#[test]
fn serverless_runs_are_billed_to_their_job_in_the_mode_of_their_day() {
    let jobs: BTreeSet<String> = batches("system.lakeflow.jobs").iter().flat_map(|it| texts(it, "job_id")).collect();
    let mut runs = BTreeMap::<String, f64>::new();
    let mut targets = BTreeMap::<String, BTreeSet<String>>::new();
    for batch in batches("system.billing.usage") {
        let member = |name| members(&batch, "usage_metadata", name);
        let (job_ids, run_ids, clusters) = (member("job_id"), member("job_run_id"), member("cluster_id"));
        let modes = members(&batch, "product_features", "performance_target");
        let features = batch.column_by_name("product_features").unwrap().as_struct();
        let serverless = features.column_by_name("is_serverless").unwrap().as_boolean().clone();
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in (0..batch.num_rows()).filter(|it| !modes[*it].is_empty()) {
            assert!(serverless.is_valid(row) && serverless.value(row) && clusters[row].is_empty());
            assert!(jobs.contains(&job_ids[row]));
            *runs.entry(run_ids[row].clone()).or_default() += quantities.value(row) as f64 / 1e18;
            targets.entry(job_ids[row].clone()).or_default().insert(modes[row].clone());
        }
    }
    assert!(runs.len() > 100 && runs.values().all(|it| *it > 0.0), "{}", runs.len());
    assert!(targets.values().any(|it| it.len() == 2), "no job switched");
    let listed = items("jobs_list.json", "jobs");
    let standard = planted("decoy:standard-serverless");
    let listed = listed.iter().find(|it| it["job_id"] == standard.parse::<i64>().unwrap()).unwrap();
    assert_eq!(listed["settings"]["performance_target"], "STANDARD");
    // Their runs are known, and no cluster of them is.
    let mut without = 0;
    for batch in batches("system.lakeflow.job_task_run_timeline") {
        let ids = batch.column_by_name("compute_ids").unwrap().as_list::<i32>();
        for (row, run) in texts(&batch, "job_run_id").iter().enumerate() {
            if runs.contains_key(run) {
                assert_eq!(ids.value_length(row), 0);
                without += 1;
            }
        }
    }
    assert!(without >= runs.len());
}
