//! What holds in every export: the same bytes for the same options, exact bills, ids of the right shape, nothing dangling.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Fields, Float64Type, Int64Type, TimestampMicrosecondType,
};
use clusteriq_fake::{DemoOptions, DemoSummary, FakeError, Fleet, outcome, write_export};
use clusteriq_model::tables::{ALL, Origin};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

const HOUR: i64 = 3_600_000_000;

/// One export for all tests that only read: two weeks, all recipes.
fn export() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let options = DemoOptions { days: 14, ..DemoOptions::default() };
        let summary = write_export(dir.path(), &options, &|_, _| ()).unwrap();
        (dir, summary)
    })
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn batches(table: &str) -> Vec<RecordBatch> {
    let read = |path: &PathBuf| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    files(&export().0.path().join(table)).iter().flat_map(read).collect()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let texts = batch.column_by_name(column).unwrap().as_string::<i32>();
    texts.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

fn instants(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let instants = batch.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>();
    instants.iter().map(Option::unwrap_or_default).collect()
}

/// A text member of a struct column.
fn members(batch: &RecordBatch, column: &str, member: &str) -> Vec<String> {
    let members = batch.column_by_name(column).unwrap().as_struct().column_by_name(member).unwrap().as_string::<i32>();
    members.iter().map(|it| it.unwrap_or_default().to_owned()).collect()
}

fn rest(name: &str) -> BTreeMap<String, Value> {
    let workspaces = fs::read_dir(export().0.path().join("rest")).unwrap().map(|it| it.unwrap().path());
    let reply = |path: PathBuf| {
        let text = fs::read_to_string(path.join(name)).unwrap();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
    };
    workspaces.map(reply).collect()
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|it| it.is_ascii_digit())
}

#[test]
fn two_exports_of_the_same_options_are_byte_identical() {
    let options = DemoOptions { days: 3, clusters: 14, ..DemoOptions::default() };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_export(one.path(), &options, &|_, _| ()).unwrap();
    write_export(two.path(), &options, &|_, _| ()).unwrap();
    let (first, second) = (files(one.path()), files(two.path()));
    assert_eq!(first.len(), second.len());
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a.strip_prefix(one.path()).unwrap(), b.strip_prefix(two.path()).unwrap());
        assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{}", a.display());
    }
}

#[test]
fn another_seed_is_another_company() {
    let ids = |seed| {
        let dir = tempfile::tempdir().unwrap();
        let options = DemoOptions { seed, days: 1, clusters: 4, ..DemoOptions::default() };
        write_export(dir.path(), &options, &|_, _| ())
            .unwrap()
            .planted
            .into_iter()
            .map(|it| it.target_id)
            .collect::<BTreeSet<_>>()
    };
    assert!(ids(1).is_disjoint(&ids(2)));
}

#[test]
fn a_history_that_ends_inside_a_day_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let until = "2026-11-23T00:00:01Z".parse().unwrap();
    let result = write_export(dir.path(), &DemoOptions { until, ..DemoOptions::default() }, &|_, _| ());
    assert!(matches!(result, Err(FakeError::NotMidnight { .. })));
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.txt"), "mine").unwrap();
    let result = write_export(dir.path(), &DemoOptions::default(), &|_, _| ());
    assert!(matches!(result, Err(FakeError::NotEmpty { .. })));
    assert_eq!(files(dir.path()).len(), 1);
}

#[test]
fn every_detection_of_the_first_set_has_a_planted_case_and_half_are_sound() {
    let planted = &export().1.planted;
    for problem in ["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D39", "D60"] {
        assert!(planted.iter().any(|it| it.problem == problem), "{problem}");
    }
    let sound: BTreeSet<_> = planted.iter().filter(|it| !it.problem.starts_with('D')).map(|it| &it.target_id).collect();
    let all: BTreeSet<_> = planted.iter().filter(|it| it.kind != "workspace").map(|it| &it.target_id).collect();
    assert_eq!(all.len(), 40);
    assert!((17..=23).contains(&sound.len()), "{}", sound.len());
}

#[test]
fn no_node_reports_twice_a_minute_and_percentages_stay_below_a_hundred() {
    let mut seen = BTreeSet::new();
    let mut rows = 0;
    for batch in batches("system.compute.node_timeline") {
        let nodes = texts(&batch, "instance_id");
        for (node, start) in nodes.into_iter().zip(instants(&batch, "start_time")) {
            assert_eq!(start % 60_000_000, 0);
            assert!(seen.insert((node, start)));
            rows += 1;
        }
        let percent = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().clone();
        let parts = [percent("cpu_user_percent"), percent("cpu_system_percent"), percent("cpu_wait_percent")];
        let memory = percent("mem_used_percent");
        for row in 0..batch.num_rows() {
            let busy: f64 = parts.iter().map(|it| it.value(row)).sum();
            assert!((0.0..=100.02).contains(&busy), "{busy}");
            assert!((0.0..=100.0).contains(&memory.value(row)));
        }
    }
    assert_eq!(rows, export().1.node_minutes);
}

/// DBU per hour of the node types and warehouse sizes in the export, from the catalogue.
fn node_rates() -> BTreeMap<String, f64> {
    let csv = include_str!("../../../catalog/node_types.csv");
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let (id, dbu) = (place("node_type_id"), place("dbu_per_hour"));
    csv.lines()
        .skip(1)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Some((cells[id].to_owned(), cells[dbu].parse().ok()?))
        })
        .collect()
}

/// Corrected DBU by cluster, hour and node type, and whether it was Photon.
fn billed() -> BTreeMap<(String, i64, String), (f64, bool, String)> {
    let mut billed: BTreeMap<(String, i64, String), (f64, bool, String)> = BTreeMap::new();
    for batch in batches("system.billing.usage") {
        let clusters = members(&batch, "usage_metadata", "cluster_id");
        let nodes = members(&batch, "usage_metadata", "node_type");
        let skus = texts(&batch, "sku_name");
        let starts = instants(&batch, "usage_start_time");
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            if !clusters[row].is_empty() {
                let key = (clusters[row].clone(), starts[row], nodes[row].clone());
                let entry = billed.entry(key).or_insert((0.0, skus[row].contains("(PHOTON)"), skus[row].clone()));
                entry.0 += quantities.value(row) as f64 / 1e18;
            }
        }
    }
    billed
}

#[test]
fn usage_rows_last_an_hour_and_arrive_no_earlier_than_used() {
    let mut ids = BTreeSet::new();
    let mut corrections = BTreeMap::<String, i64>::new();
    for batch in batches("system.billing.usage") {
        let (starts, ends) = (instants(&batch, "usage_start_time"), instants(&batch, "usage_end_time"));
        let date = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Date32Type>().clone();
        let (used, ingested) = (date("usage_date"), date("ingestion_date"));
        for row in 0..batch.num_rows() {
            assert_eq!(ends[row] - starts[row], HOUR);
            assert_eq!(i64::from(used.value(row)), starts[row] / (24 * HOUR));
            assert!(ingested.value(row) >= used.value(row));
        }
        for (id, kind) in texts(&batch, "record_id").into_iter().zip(texts(&batch, "record_type")) {
            assert!(ids.insert(id));
            *corrections.entry(kind).or_default() += 1;
        }
    }
    assert!(corrections["RETRACTION"] > 0);
    assert_eq!(corrections["RETRACTION"], corrections["RESTATEMENT"]);
}

#[test]
fn a_full_hour_of_a_cluster_is_its_nodes_times_the_rate_times_photon() {
    let rates = node_rates();
    // Nodes that reported all sixty minutes of an hour, by cluster, hour and type.
    let mut minutes = BTreeMap::<(String, i64, String, String), i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let clusters = texts(&batch, "cluster_id");
        let (nodes, kinds) = (texts(&batch, "instance_id"), texts(&batch, "node_type"));
        let starts = instants(&batch, "start_time");
        for row in 0..batch.num_rows() {
            let hour = starts[row] / HOUR * HOUR;
            *minutes.entry((clusters[row].clone(), hour, kinds[row].clone(), nodes[row].clone())).or_default() += 1;
        }
    }
    // A node that was there ten minutes before the hour is not starting any more, which would not be billed.
    let mut nodes = BTreeMap::<(String, i64, String), (i64, i64)>::new();
    for ((cluster, hour, kind, node), count) in &minutes {
        let before = minutes.get(&(cluster.clone(), hour - HOUR, kind.clone(), node.clone())).copied().unwrap_or(0);
        let entry = nodes.entry((cluster.clone(), *hour, kind.clone())).or_default();
        let full = *count == 60 && before >= 10;
        entry.0 += i64::from(full);
        entry.1 += i64::from(!full);
    }
    let mut checked = 0;
    for ((cluster, hour, kind), (dbu, photon, sku)) in billed() {
        if let Some((full, 0)) = nodes.get(&(cluster, hour, kind.clone())).copied() {
            let multiplier = match (photon, sku.contains("ALL_PURPOSE")) {
                (false, _) => 1.0,
                (true, true) => 2.0,
                (true, false) => 2.9,
            };
            let expected = rates[&kind] * full as f64 * multiplier;
            assert!((dbu - expected).abs() < 1e-6, "{sku} {kind} × {full}: {dbu} is not {expected}");
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked}");
}

#[test]
fn nothing_is_billed_beyond_the_nodes_that_reported() {
    let rates = node_rates();
    let mut reported = BTreeMap::<(String, i64, String), i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let (clusters, kinds) = (texts(&batch, "cluster_id"), texts(&batch, "node_type"));
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            *reported.entry((clusters[row].clone(), start / HOUR * HOUR, kinds[row].clone())).or_default() += 1;
        }
    }
    for ((cluster, hour, kind), (dbu, photon, sku)) in billed() {
        let Some(minutes) = reported.get(&(cluster.clone(), hour, kind.clone())) else { continue };
        let multiplier = match (photon, sku.contains("ALL_PURPOSE")) {
            (false, _) => 1.0,
            (true, true) => 2.0,
            (true, false) => 2.9,
        };
        // Up to a minute per node is cut off at the end; at most 13 nodes.
        let most = rates[&kind] * multiplier * (*minutes as f64 + 14.0) / 60.0;
        assert!(dbu <= most, "{cluster}: {dbu} DBU for {minutes} minutes");
    }
}

#[test]
fn every_run_on_a_cluster_has_minutes_inside_it() {
    let mut minutes = BTreeMap::<String, BTreeSet<i64>>::new();
    for batch in batches("system.compute.node_timeline") {
        for (cluster, start) in texts(&batch, "cluster_id").into_iter().zip(instants(&batch, "start_time")) {
            minutes.entry(cluster).or_default().insert(start);
        }
    }
    // Nodes of the development workspace were silent for a day, and a run may end with the history.
    let silent: BTreeSet<_> =
        export().1.planted.iter().filter(|it| it.problem == "D60").map(|it| it.workspace_id.clone()).collect();
    let mut runs = BTreeMap::<(String, String), (i64, i64, String)>::new();
    for batch in batches("system.lakeflow.job_task_run_timeline") {
        let ids = batch.column_by_name("compute_ids").unwrap().as_list::<i32>();
        let (runs_ids, workspaces) = (texts(&batch, "job_run_id"), texts(&batch, "workspace_id"));
        let (starts, ends) = (instants(&batch, "period_start_time"), instants(&batch, "period_end_time"));
        for row in 0..batch.num_rows() {
            let cluster = ids.value(row).as_string::<i32>().value(0).to_owned();
            let entry = runs.entry((runs_ids[row].clone(), cluster)).or_insert((i64::MAX, 0, workspaces[row].clone()));
            *entry = (entry.0.min(starts[row]), entry.1.max(ends[row]), entry.2.clone());
        }
    }
    assert!(runs.len() > 300);
    for ((run, cluster), (start, end, workspace)) in runs {
        let inside = minutes.get(&cluster).is_some_and(|it| it.range(start..end).next().is_some());
        assert!(inside || silent.contains(&workspace) || end - start < 6 * 60_000_000, "run {run} on {cluster}");
    }
}

#[test]
fn runs_are_cut_at_clock_hours_and_end_once_unless_repaired() {
    let mut ends = BTreeMap::<String, i64>::new();
    for batch in batches("system.lakeflow.job_run_timeline") {
        let (starts, stops) = (instants(&batch, "period_start_time"), instants(&batch, "period_end_time"));
        let (ids, states) = (texts(&batch, "run_id"), texts(&batch, "result_state"));
        for row in 0..batch.num_rows() {
            assert!(starts[row] == stops[row] || starts[row] / HOUR == (stops[row] - 1) / HOUR);
            *ends.entry(ids[row].clone()).or_default() += i64::from(!states[row].is_empty());
        }
    }
    let repaired = ends.values().filter(|it| **it == 2).count();
    assert!(repaired >= 1);
    assert!(ends.values().all(|it| *it <= 2));
}

#[test]
fn ids_have_databricks_shapes() {
    for batch in batches("system.compute.clusters") {
        for id in texts(&batch, "cluster_id") {
            let parts: Vec<&str> = id.split('-').collect();
            assert!(
                parts.len() == 3 && is_digits(parts[0], 4) && is_digits(parts[1], 6) && parts[2].len() == 8,
                "{id}"
            );
        }
        for id in texts(&batch, "workspace_id") {
            assert!(is_digits(&id, 16), "{id}");
        }
    }
    for batch in batches("system.lakeflow.job_run_timeline") {
        for id in texts(&batch, "run_id").iter().chain(&texts(&batch, "job_id")) {
            assert!(is_digits(id, 15), "{id}");
        }
    }
    for batch in batches("system.compute.warehouses") {
        for id in texts(&batch, "warehouse_id") {
            assert!(id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()), "{id}");
        }
    }
}

#[test]
fn rest_replies_agree_with_the_tables() {
    let mut clusters = BTreeSet::new();
    for batch in batches("system.compute.clusters") {
        clusters.extend(texts(&batch, "workspace_id").into_iter().zip(texts(&batch, "cluster_id")));
    }
    let mut jobs = BTreeSet::new();
    for batch in batches("system.lakeflow.jobs") {
        jobs.extend(texts(&batch, "workspace_id").into_iter().zip(texts(&batch, "job_id")));
    }
    let mut listed = 0;
    for (workspace, reply) in rest("clusters_list.json") {
        for cluster in reply["clusters"].as_array().unwrap() {
            let id = cluster["cluster_id"].as_str().unwrap();
            assert!(clusters.contains(&(workspace.clone(), id.to_owned())), "{id}");
        }
    }
    for (workspace, reply) in rest("jobs_list.json") {
        for job in reply["jobs"].as_array().unwrap() {
            listed += 1;
            assert!(jobs.contains(&(workspace.clone(), job["job_id"].to_string())), "{}", job["job_id"]);
            for task in job["settings"]["tasks"].as_array().unwrap() {
                match task["existing_cluster_id"].as_str() {
                    Some(id) => assert!(clusters.contains(&(workspace.clone(), id.to_owned())), "{id}"),
                    None => assert_eq!(task["job_cluster_key"], job["settings"]["job_clusters"][0]["job_cluster_key"]),
                }
            }
        }
    }
    // All but the deleted one.
    assert_eq!(listed + 1, export().1.jobs);
}

#[test]
fn queries_run_only_while_their_warehouse_does() {
    let mut running = BTreeMap::<String, Vec<(i64, i64)>>::new();
    for batch in batches("system.compute.warehouse_events") {
        let (ids, kinds) = (texts(&batch, "warehouse_id"), texts(&batch, "event_type"));
        for (row, at) in instants(&batch, "event_time").into_iter().enumerate() {
            let spans = running.entry(ids[row].clone()).or_default();
            match kinds[row].as_str() {
                "RUNNING" => spans.push((at, i64::MAX)),
                "STOPPING" => spans.last_mut().unwrap().1 = at,
                _ => {}
            }
        }
    }
    let mut checked = 0;
    for batch in batches("system.query.history") {
        let ids = members(&batch, "compute", "warehouse_id");
        let ends = instants(&batch, "end_time");
        let waits = batch.column_by_name("waiting_for_compute_duration_ms").unwrap().as_primitive::<Int64Type>();
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            // A warehouse that never stops has no events.
            if let Some(spans) = running.get(&ids[row]).filter(|it| it.iter().any(|span| span.1 < i64::MAX)) {
                let begin = start + waits.value(row) * 1_000;
                assert!(spans.iter().any(|it| it.0 <= begin && ends[row] <= it.1), "{} at {start}", ids[row]);
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn one_sku_has_no_price_and_one_price_changed() {
    let mut priced = BTreeMap::<(String, String), i64>::new();
    for batch in batches("system.billing.list_prices") {
        for key in texts(&batch, "sku_name").into_iter().zip(texts(&batch, "cloud")) {
            *priced.entry(key).or_default() += 1;
        }
    }
    assert_eq!(priced[&("PREMIUM_JOBS_COMPUTE".to_owned(), "AWS".to_owned())], 3);
    let mut without = BTreeSet::new();
    for batch in batches("system.billing.usage") {
        without.extend(
            texts(&batch, "sku_name").into_iter().zip(texts(&batch, "cloud")).filter(|it| !priced.contains_key(it)),
        );
    }
    assert_eq!(without.len(), 1);
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
    let mut tables = 0;
    for table in ALL {
        let Origin::SystemTable(name) = table.origin else { continue };
        if !export().0.path().join(name).exists() {
            continue;
        }
        tables += 1;
        let schema = batches(name)[0].schema();
        for column in table.columns {
            let found = column.source.iter().any(|it| has_path(schema.fields(), it));
            assert!(found, "{name} has none of {:?}", column.source);
        }
    }
    assert_eq!(tables, 13);
}

#[test]
fn the_truth_of_an_unchanged_job_is_its_bill() {
    let options = DemoOptions { days: 14, ..DemoOptions::default() };
    let mut prices = BTreeMap::<String, Vec<(i64, i64, f64)>>::new();
    for batch in batches("system.billing.list_prices") {
        let skus = texts(&batch, "sku_name");
        let (starts, ends) = (instants(&batch, "price_start_time"), instants(&batch, "price_end_time"));
        let default = batch.column_by_name("pricing").unwrap().as_struct().column_by_name("default").unwrap();
        for (row, sku) in skus.into_iter().enumerate() {
            let usd = default.as_primitive::<Decimal128Type>().value(row) as f64 / 1e18;
            let end = if ends[row] == 0 { i64::MAX } else { ends[row] };
            prices.entry(sku).or_default().push((starts[row], end, usd));
        }
    }
    let mut billed = BTreeMap::<String, f64>::new();
    for batch in batches("system.billing.usage") {
        let jobs = members(&batch, "usage_metadata", "job_id");
        let (skus, starts) = (texts(&batch, "sku_name"), instants(&batch, "usage_start_time"));
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for (row, job) in jobs.into_iter().enumerate() {
            let valid = |it: &&(i64, i64, f64)| (it.0..it.1).contains(&starts[row]);
            let usd = prices.get(&skus[row]).and_then(|it| it.iter().find(valid)).map_or(0.0, |it| it.2);
            *billed.entry(job).or_default() += quantities.value(row) as f64 / 1e18 * usd;
        }
    }
    for problem in ["D01", "decoy:streaming", "healthy"] {
        let job = export().1.planted.iter().find(|it| it.kind == "job" && it.problem == problem).unwrap();
        let truth = outcome(&options, std::slice::from_ref(&job.target_id), &[]).unwrap();
        let per_month = billed[&job.target_id] / 14.0 * 30.4;
        assert!((truth.dbu_usd - per_month).abs() < 1e-6, "{problem} {} {per_month}", truth.dbu_usd);
    }
}

/// A fleet where everything is drawn at random, and its truth.
fn known() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
        let summary = write_export(dir.path(), &options, &|_, _| ()).unwrap();
        (dir, summary)
    })
}

/// All rows of a table of an export.
fn batches_in(dir: &Path, table: &str) -> Vec<RecordBatch> {
    let read = |path: &PathBuf| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    files(&dir.join(table)).iter().flat_map(read).collect()
}

/// Usage times the price of its hour, by workspace and day in 1e-36 USD, from nothing but the written files.
fn usage_times_price(dir: &Path) -> BTreeMap<(String, i32), i128> {
    let mut prices = Vec::new();
    for batch in batches_in(dir, "system.billing.list_prices") {
        let (skus, clouds) = (texts(&batch, "sku_name"), texts(&batch, "cloud"));
        let (starts, ends) = (instants(&batch, "price_start_time"), instants(&batch, "price_end_time"));
        let pricing = batch.column_by_name("pricing").unwrap().as_struct();
        let default = pricing.column_by_name("default").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            // An open end is null, which reads as 0.
            let end = if ends[row] == 0 { i64::MAX } else { ends[row] };
            prices.push((skus[row].clone(), clouds[row].clone(), starts[row], end, default.value(row)));
        }
    }
    let mut billed = BTreeMap::new();
    for batch in batches_in(dir, "system.billing.usage") {
        let (workspaces, skus) = (texts(&batch, "workspace_id"), texts(&batch, "sku_name"));
        let (clouds, starts) = (texts(&batch, "cloud"), instants(&batch, "usage_start_time"));
        let days = batch.column_by_name("usage_date").unwrap().as_primitive::<Date32Type>();
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let at = starts[row];
            let price = prices
                .iter()
                .find(|it| it.0 == skus[row] && it.1 == clouds[row] && it.2 <= at && at < it.3)
                .map_or(0, |it| it.4);
            // Both have eighteen decimals, of which at most nine are used.
            *billed.entry((workspaces[row].clone(), days.value(row))).or_insert(0) +=
                quantities.value(row) / 1_000_000_000 * (price / 1_000_000_000);
        }
    }
    billed
}

#[test]
fn the_bill_of_the_truth_is_what_the_written_usage_costs_to_the_last_digit() {
    for (dir, summary) in [export(), known()] {
        let written = usage_times_price(dir.path());
        assert_eq!(written.len(), summary.bill.len());
        for it in &summary.bill {
            let day = it.day.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
            // 1e-18 here, 1e-15 there.
            assert_eq!(written[&(it.workspace_id.clone(), day)], it.usd_quadrillionths * 1_000, "{it:?}");
        }
        assert!(summary.bill.iter().any(|it| it.unpriced_dbu_billionths > 0));
        assert!(summary.bill.iter().map(|it| it.usd_quadrillionths).sum::<i128>() > 100 * 10_i128.pow(15));
    }
}

#[test]
fn two_known_fleets_of_the_same_options_are_byte_identical() {
    let again = tempfile::tempdir().unwrap();
    let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
    let summary = write_export(again.path(), &options, &|_, _| ()).unwrap();
    assert_eq!(summary.planted, known().1.planted);
    let (first, second) = (files(known().0.path()), files(again.path()));
    assert_eq!(first.len(), second.len());
    for (a, b) in first.iter().zip(&second) {
        assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{}", a.display());
    }
}

#[test]
fn what_a_known_fleet_was_planted_with_shows_in_its_settings() {
    let dir = known().0.path();
    let planted = |problem: &str| -> Vec<String> {
        let all = known().1.planted.iter().filter(|it| it.problem == problem && it.kind == "job");
        all.map(|it| it.target_id.clone()).collect()
    };
    let mut jobs = BTreeMap::<String, Value>::new();
    let mut policies = BTreeSet::new();
    for workspace in fs::read_dir(dir.join("rest")).unwrap().map(|it| it.unwrap().path()) {
        let reply =
            |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(workspace.join(name)).unwrap()).unwrap() };
        for job in reply("jobs_list.json")["jobs"].as_array().unwrap() {
            jobs.insert(job["job_id"].to_string(), job["settings"].clone());
        }
        for policy in reply("policies_list.json")["policies"].as_array().unwrap() {
            let rules: Value = serde_json::from_str(policy["definition"].as_str().unwrap()).unwrap();
            assert!(rules.is_object());
            policies.insert(policy["policy_id"].as_str().unwrap().to_owned());
        }
    }
    assert!(!policies.is_empty());
    let cluster = |id: &String| jobs[id]["job_clusters"][0]["new_cluster"].clone();
    let attributes = ["aws_attributes", "azure_attributes", "gcp_attributes"];
    let mut checked = 0;
    for id in planted("D10") {
        let all: Vec<Value> = attributes.iter().map(|it| cluster(&id)[it]["availability"].clone()).collect();
        assert!(all.iter().any(|it| it.as_str().is_some_and(|it| it.starts_with("ON_DEMAND"))), "{all:?}");
        checked += 1;
    }
    for id in planted("D12") {
        assert_eq!(cluster(&id)["runtime_engine"], "PHOTON");
        checked += 1;
    }
    for id in planted("D26") {
        assert!(jobs[&id]["tasks"][0]["max_retries"].as_i64().unwrap() >= 3);
        checked += 1;
    }
    for id in planted("D51") {
        assert!(jobs[&id]["tags"].get("team").is_none());
        checked += 1;
    }
    for (id, settings) in &jobs {
        let named = settings["job_clusters"][0]["new_cluster"]["policy_id"].as_str();
        assert!(named.is_none_or(|it| policies.contains(it)), "{id}");
    }
    assert!(checked >= 4, "{checked}");
}

#[test]
fn tries_of_a_retried_task_are_runs_of_one_key_in_one_run_of_the_job() {
    let dir = known().0.path();
    let retried: BTreeSet<&str> = known()
        .1
        .planted
        .iter()
        .filter(|it| matches!(it.problem.as_str(), "D26" | "decoy:retries-heal"))
        .map(|it| it.target_id.as_str())
        .collect();
    let mut tries = BTreeMap::<(String, String), Vec<(i64, String, String)>>::new();
    for batch in batches_in(dir, "system.lakeflow.job_task_run_timeline") {
        let (jobs, runs, keys) = (texts(&batch, "job_id"), texts(&batch, "job_run_id"), texts(&batch, "task_key"));
        let (ids, states) = (texts(&batch, "run_id"), texts(&batch, "result_state"));
        for (row, end) in instants(&batch, "period_end_time").into_iter().enumerate() {
            if retried.contains(jobs[row].as_str()) && !states[row].is_empty() {
                let tried = (end, ids[row].clone(), states[row].clone());
                tries.entry((runs[row].clone(), keys[row].clone())).or_default().push(tried);
            }
        }
    }
    let mut several = 0;
    for (run, mut it) in tries {
        it.sort();
        if it.len() > 1 {
            several += 1;
            assert!(it[..it.len() - 1].iter().all(|it| it.2 == "FAILED"), "{run:?} {it:?}");
            assert_eq!(it.iter().map(|it| &it.1).collect::<BTreeSet<_>>().len(), it.len());
        }
    }
    assert!(several >= 3, "{several}");
}

#[test]
fn a_lost_spot_node_reports_nothing_after_it_was_lost() {
    let mut last = BTreeMap::<String, i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let ends = instants(&batch, "end_time");
        for (row, instance) in texts(&batch, "instance_id").into_iter().enumerate() {
            let end = last.entry(instance).or_default();
            *end = (*end).max(ends[row]);
        }
    }
    let losses = &export().1.spot_losses;
    assert!(!losses.is_empty());
    for it in losses {
        // One that was lost in its first minute never reported.
        let reported = last.get(&it.instance_id).copied().unwrap_or_default();
        assert!(reported <= it.at.as_microsecond(), "{it:?}");
    }
}
