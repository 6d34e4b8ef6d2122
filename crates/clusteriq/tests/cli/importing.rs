//! `clusteriq import`: what it says, and that a failure changes nothing.

use std::fs;
use std::path::Path;

use clusteriq_store::Store;
use tempfile::TempDir;

use crate::support::{copy, export, program, ran, run, store};

fn import(store: &Path, path: &Path) -> crate::support::Ran {
    run(store, &[Path::new("import"), path])
}

/// A folder of its own with a copy of the company's store.
fn own_store() -> (TempDir, std::path::PathBuf) {
    let dir = TempDir::new().unwrap();
    let own = dir.path().join("store");
    copy(store(), &own);
    (dir, own)
}

/// A failed import: the message, and the report is the same as before.
#[track_caller]
fn refused(path: &Path) -> String {
    let (_dir, own) = own_store();
    let before = run(&own, &["report", "--json"]).worked();
    let said = import(&own, path).failed();
    assert_eq!(run(&own, &["report", "--json"]).worked(), before);
    said
}

#[test]
fn an_import_tells_its_rows_on_standard_error_and_prints_nothing() {
    let dir = TempDir::new().unwrap();
    let it = import(&dir.path().join("new"), export());
    assert_eq!((it.code, it.out.as_str()), (0, ""));
    let usage = it.err.lines().find(|it| it.starts_with("usage ")).unwrap();
    assert!(usage.contains(" new, 0 replaced, 0 as they were"), "{usage}");
    assert!(it.err.contains("note: not in the export: system.lakeflow.pipelines"), "{}", it.err);
}

#[test]
fn an_import_told_to_be_quiet_is() {
    let dir = TempDir::new().unwrap();
    let it = ran(program(&dir.path().join("new")).args(["--quiet", "import"]).arg(export()));
    assert_eq!((it.code, it.out.as_str(), it.err.as_str()), (0, "", ""));
}

#[test]
fn importing_twice_finds_every_row_as_it_was() {
    let (_dir, own) = own_store();
    let before = run(&own, &["report", "--json"]).worked();
    let it = import(&own, export());
    let rows: Vec<_> = it.err.lines().filter(|it| it.contains(" rows: ")).collect();
    assert!(rows.len() > 10, "{}", it.err);
    for row in rows {
        assert!(row.contains(" rows: 0 new, 0 replaced, "), "{row}");
    }
    assert_eq!(run(&own, &["report", "--json"]).worked(), before);
}

#[test]
fn an_empty_folder_is_refused_with_what_was_looked_for() {
    let dir = TempDir::new().unwrap();
    let said = import(&dir.path().join("new"), dir.path()).failed();
    assert!(said.contains("no table to import") && said.contains("system.billing.usage"), "{said}");
    assert!(!dir.path().join("new").exists(), "a refused import makes no store");
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let dir = TempDir::new().unwrap();
    let said = import(&dir.path().join("new"), &dir.path().join("nowhere")).failed();
    assert!(said.contains("no such file or folder: ") && said.contains("nowhere"), "{said}");
}

#[test]
fn a_truncated_file_is_named_and_the_store_stays_as_it_was() {
    let dir = TempDir::new().unwrap();
    let bad = dir.path().join("export");
    copy(export(), &bad);
    let file = bad.join("system.query.history/part-00000.parquet");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let said = refused(&bad);
    assert!(said.contains("part-00000.parquet of system.query.history is damaged"), "{said}");
    assert!(said.contains("nothing was imported; the store is as it was"), "{said}");
}

/// A CSV of usage with these columns left out and this quantity in its third row.
fn usage(dir: &Path, without: &str, quantity: &str) -> std::path::PathBuf {
    let columns = [
        "record_id",
        "record_type",
        "workspace_id",
        "sku_name",
        "cloud",
        "usage_start_time",
        "usage_end_time",
        "usage_unit",
        "usage_quantity",
    ];
    let row = |at: u32| {
        let quantity = if at == 3 { quantity } else { "1.5" };
        let (start, end) = (format!("2026-11-20T0{at}:00:00Z"), format!("2026-11-20T0{}:00:00Z", at + 1));
        let id = format!("record-{at}");
        let sku = "PREMIUM_JOBS_COMPUTE";
        [&id, "ORIGINAL", "42", sku, "AWS", &start, &end, "DBU", quantity].map(str::to_owned)
    };
    let mut lines = vec![columns.map(str::to_owned)];
    lines.extend((1..=4).map(row));
    let kept = |line: &[String; 9]| {
        let all = columns.iter().zip(line).filter(|it| *it.0 != without);
        all.map(|it| it.1.as_str()).collect::<Vec<_>>().join(",")
    };
    let file = dir.join("system.billing.usage.csv");
    fs::write(&file, lines.iter().map(|it| kept(it) + "\n").collect::<String>()).unwrap();
    file
}

#[test]
fn a_csv_that_fits_its_table_is_imported() {
    let (dir, own) = own_store();
    let it = import(&own, &usage(dir.path(), "", "2"));
    assert_eq!(it.code, 0, "{}", it.err);
    let words = it.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("usage 4 rows: 4 new, 0 replaced, 0 as they were"), "{words}");
}

#[test]
fn a_wrong_value_is_named_with_file_table_column_and_row() {
    let dir = TempDir::new().unwrap();
    let said = refused(&usage(dir.path(), "", "a lot"));
    let place = "system.billing.usage.csv of system.billing.usage, column usage_quantity, row 3: ";
    assert!(said.contains(place) && said.contains("not a decimal number: \"a lot\""), "{said}");
    assert!(said.contains("nothing was imported; the store is as it was"), "{said}");
}

#[test]
fn a_missing_column_is_named_with_the_columns_there_are() {
    let dir = TempDir::new().unwrap();
    let said = refused(&usage(dir.path(), "sku_name", "1"));
    assert!(said.contains("system.billing.usage has no column sku_name"), "{said}");
    assert!(said.contains("it has: record_id, record_type"), "{said}");
}

#[test]
fn a_second_writer_is_refused_while_reports_go_on() {
    let (_dir, own) = own_store();
    let writing = Store::open(&own).unwrap();
    let said = import(&own, export()).failed();
    assert!(said.contains(&format!("is being written by process {}", std::process::id())), "{said}");
    run(&own, &["report"]).worked();
    drop(writing);
    assert_eq!(import(&own, export()).code, 0);
}

#[test]
fn a_folder_of_something_else_is_never_taken_for_a_store() {
    let dir = TempDir::new().unwrap();
    let precious = dir.path().join("thesis.txt");
    fs::write(&precious, "years of work").unwrap();
    let said = import(dir.path(), export()).failed();
    assert!(said.contains("is not a store") && said.contains("thesis.txt"), "{said}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "years of work");
}
