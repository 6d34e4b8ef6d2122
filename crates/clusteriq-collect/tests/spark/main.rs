//! The reduction as SQL and every statement of a scan, on Apache Spark: every row and column that the importer gives for the
//! same files, and that the made-up workspaces answer.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic, and says aloud that it was skipped")]

mod hard;
mod python;
mod reduce;
mod rows;
mod scan;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clusteriq_fake::{DemoOptions, write_export};
use clusteriq_model::tables::{AccountPriceRow, ClusterMinuteRow, NodeTypeRow, Origin};
use clusteriq_tables::reduction_sql;
use hard::Drivers;
use reduce::{by_reducer, imported, result, types_of};
use rows::{assert_same, contents};
use serde_json::{Value, json};

const SEEDS: std::ops::Range<u64> = 1..6;
/// The last day of the company's three.
const WINDOW: &str = "start_time >= '2026-11-22 00:00:00' AND start_time < '2026-11-23 00:00:00'";

/// What Spark answered: it is started once for all tests, as that takes longer than its work.
struct Answers {
    folder: PathBuf,
}

impl Answers {
    /// An empty folder, which stays after the tests: what lives as long as they do is not dropped.
    fn nothing_yet() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spark");
        // Of an earlier run.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn rows(&self, name: &str) -> Vec<ClusterMinuteRow> {
        result(&self.path(name).join("result"))
    }
}

static ANSWERS: LazyLock<Option<Answers>> = LazyLock::new(|| {
    let python = python::with_spark()?;
    let answers = Answers::nothing_yet();
    let company = answers.path("company");
    let options = DemoOptions { days: 3, clusters: 12, ..DemoOptions::default() };
    write_export(&company, &options, &|_, _| ()).unwrap();
    let whole = reduction_sql("node_timeline", "node_types");
    let part = reduction_sql(&format!("(SELECT * FROM node_timeline WHERE {WINDOW})"), "node_types");
    let explained = format!("EXPLAIN FORMATTED {part}");
    let mut exports = vec![answers.question("company", &[("whole", &whole), ("part", &part), ("plan", &explained)])];
    for seed in SEEDS {
        let name = format!("hard-{seed}");
        hard::write(&answers.path(&name), seed, Drivers::Known);
        exports.push(answers.question(&name, &[(&name, &whole)]));
    }
    hard::write(&answers.path("driverless"), 7, Drivers::SomeUnknown);
    exports.push(answers.question("driverless", &[("driverless", &whole)]));
    exports.extend(scan::questions(&answers.folder));
    python.run(include_str!("run.py"), &json!({ "exports": exports }));
    Some(answers)
});

impl Answers {
    /// Statements by name, over the two tables of an export.
    fn question(&self, export: &str, statements: &[(&str, &str)]) -> Value {
        let table = |it: &str| json!({ "files": self.path(export).join(it), "where": null });
        let statement = |it: &(&str, &str)| json!({ "sql": it.1, "result": self.path(it.0).join("result") });
        json!({
            "tables": {
                "node_timeline": table("system.compute.node_timeline"),
                "node_types": table("system.compute.node_types"),
            },
            "statements": statements.iter().map(statement).collect::<Vec<_>>(),
        })
    }
}

/// Compares row by row; the first ones that differ are the message.
fn same(found: &[ClusterMinuteRow], expected: &[ClusterMinuteRow]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "left: Spark, right: the reducer");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn spark_reduces_an_export_as_the_importer_does() {
    let Some(answers) = &*ANSWERS else { return };
    let expected = imported(&answers.path("company"));
    assert!(expected.len() > 5_000, "{}", expected.len());
    same(&answers.rows("whole"), &expected);
}

#[test]
fn the_query_over_a_window_gives_that_windows_minutes_of_the_whole() {
    let Some(answers) = &*ANSWERS else { return };
    let (from, to) = ("2026-11-22T00:00:00Z".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    let mut expected = imported(&answers.path("company"));
    expected.retain(|it| it.minute >= from && it.minute < to);
    assert!(expected.len() > 1_000, "{}", expected.len());
    same(&answers.rows("part"), &expected);
}

#[test]
fn the_query_over_a_window_reads_the_columns_it_needs_and_leaves_the_other_row_groups() {
    let Some(answers) = &*ANSWERS else { return };
    let plan = reduce::plan(&answers.path("plan").join("result"));
    let (_, scan) = plan.split_once("PushedFilters: ").unwrap();
    let (filters, scan) = scan.split_once('\n').unwrap();
    assert!(filters.contains("GreaterThanOrEqual(start_time") && filters.contains("LessThan(start_time"), "{plan}");
    let (_, columns) = scan.split_once("ReadSchema: struct<").unwrap();
    let (columns, _) = columns.split_once('\n').unwrap();
    let mut columns: Vec<&str> =
        columns.trim_end_matches('>').split(',').filter_map(|it| it.split(':').next()).collect();
    columns.sort_unstable();
    let mut expected = clusteriq_tables::NODE_TIMELINE_COLUMNS.to_vec();
    expected.sort_unstable();
    assert_eq!(columns, expected, "{plan}");
}

#[test]
fn spark_and_the_importer_agree_on_rows_that_are_hard() {
    let Some(answers) = &*ANSWERS else { return };
    for seed in SEEDS {
        let name = format!("hard-{seed}");
        let expected = imported(&answers.path(&name));
        assert_eq!(expected.len(), 1_200, "the generator makes a row for every cluster and minute");
        same(&answers.rows(&name), &expected);
    }
}

#[test]
fn hard_rows_are_both_known_and_unknown_in_every_column() {
    let Some(answers) = &*ANSWERS else { return };
    let rows = answers.rows("hard-1");
    let columns: [fn(&ClusterMinuteRow) -> bool; 13] = [
        |it| it.worker_type.is_some(),
        |it| it.driver_type.is_some(),
        |it| it.worker_millicores.is_some(),
        |it| it.worker_mib.is_some(),
        |it| it.used_millicores.is_some(),
        |it| it.wait_millicores.is_some(),
        |it| it.used_mib.is_some(),
        |it| it.busiest_cpu.is_some(),
        |it| it.fullest_mem.is_some(),
        |it| it.most_swap.is_some(),
        |it| it.driver_cpu.is_some(),
        |it| it.driver_mem.is_some(),
        |it| it.driver_wait.is_some(),
    ];
    for (at, is_known) in columns.iter().enumerate() {
        let known = rows.iter().filter(|it| is_known(it)).count();
        assert!((100..1_100).contains(&known), "column {at}: {known}");
    }
    assert!(rows.iter().any(|it| it.drivers > 1) && rows.iter().any(|it| it.workers == 0));
}

#[test]
fn a_node_of_which_is_not_known_whether_it_drives_is_a_worker_to_both() {
    let Some(answers) = &*ANSWERS else { return };
    same(&answers.rows("driverless"), &by_reducer(&answers.path("driverless")));
}

#[test]
fn the_result_has_the_types_of_the_table() {
    let Some(answers) = &*ANSWERS else { return };
    let expected: Vec<_> = clusteriq_tables::schema(ClusterMinuteRow::SPEC)
        .fields()
        .iter()
        .map(|it| (it.name().clone(), it.data_type().clone()))
        .collect();
    assert_eq!(types_of(&answers.path("whole").join("result")), expected);
}

#[test]
fn spark_gives_the_rows_of_an_import_for_a_first_scan() {
    let Some(answers) = &*ANSWERS else { return };
    let folder = &answers.folder;
    let imported = contents(&[scan::export(folder)]);
    let mut found = contents(&scan::by_spark(folder, scan::WHOLE));
    // Each region says the same of them.
    found.get_mut(NodeTypeRow::SPEC.dataset).unwrap().dedup();
    assert_same(&found, &imported, "left: Spark, right: the import");
    for it in clusteriq_model::tables::ALL.iter().filter(|it| !matches!(it.origin, Origin::Rest(_))) {
        assert!(imported.contains_key(it.dataset) || it.dataset == AccountPriceRow::SPEC.dataset, "{}", it.dataset);
    }
}

#[test]
fn spark_and_the_made_up_workspaces_answer_every_statement_alike() {
    let Some(answers) = &*ANSWERS else { return };
    let folder = &answers.folder;
    for scan in [scan::WHOLE, scan::PART, scan::NEXT, scan::SIZED] {
        let (spark, workspaces) = (scan::by_spark(folder, scan), scan::by_workspaces(folder, scan));
        assert_same(&contents(&spark), &contents(&workspaces), &format!("{scan}: left: Spark, right: the workspaces"));
    }
}

#[test]
fn sizes_in_a_statement_give_the_cluster_minutes_that_the_table_of_sizes_gives() {
    let Some(answers) = &*ANSWERS else { return };
    let minutes = |scan| {
        let mut rows = contents(&scan::by_spark(&answers.folder, scan));
        rows.retain(|it, _| *it == ClusterMinuteRow::SPEC.dataset);
        rows
    };
    assert_same(&minutes(scan::SIZED), &minutes(scan::WHOLE), "left: sizes as values, right: the table");
}

#[test]
fn scans_of_a_part_and_of_what_is_new_have_less_to_read_and_still_something_of_most_tables() {
    let Some(answers) = &*ANSWERS else { return };
    let of = |scan| contents(&scan::by_spark(&answers.folder, scan));
    let whole = of(scan::WHOLE);
    for scan in [scan::PART, scan::NEXT] {
        let found = of(scan);
        let fewer = whole.iter().filter(|(dataset, rows)| found.get(*dataset).map_or(0, Vec::len) < rows.len()).count();
        assert!(found.len() > 10 && fewer > 8, "{scan}: {fewer} of {:?}", found.keys());
    }
}
