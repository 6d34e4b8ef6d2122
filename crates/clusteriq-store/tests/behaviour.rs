//! What a store promises, one promise per test.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/rows.rs"]
mod rows;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use clusteriq_model::WorkspaceId;
use clusteriq_model::tables::{ClusterMinuteRow, JobRunSliceRow, TableSpec, UsageRow, WorkspaceRow};
use clusteriq_store::{Committed, DamageReason, Store, StoreError};
use clusteriq_tables::to_batch;
use jiff::{SignedDuration, Timestamp};
use rows::{at, ever, minute, slice, usage, window, workspace};

fn put(store: &Store, batches: Vec<(&'static TableSpec, RecordBatch)>) -> Committed {
    let mut import = store.begin("test", at("2026-11-22T06:00:00Z")).unwrap();
    for (spec, batch) in batches {
        import.put(spec, batch).unwrap();
    }
    import.commit().unwrap()
}

fn put_usage(store: &Store, rows: Vec<UsageRow>) -> Committed {
    put(store, vec![(UsageRow::SPEC, to_batch(rows))])
}

/// Every file below a folder, relative to it.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(dir).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn three_days(store: &Store) -> Committed {
    let rows =
        ["2026-11-01", "2026-11-02", "2026-11-03"].map(|day| usage(Some("7"), day, &format!("{day}T05:00:00Z"), "x"));
    put_usage(store, rows.to_vec())
}

#[test]
fn data_files_are_named_by_table_workspace_day_and_import() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    put(
        &store,
        vec![
            (
                UsageRow::SPEC,
                to_batch(vec![
                    usage(Some("7"), "a", "2026-11-01T23:00:00Z", "x"),
                    usage(Some("7"), "b", "2026-11-02T00:00:00Z", "x"),
                    usage(None, "c", "2026-11-02T00:00:00Z", "x"),
                    usage(Some(""), "d", "2026-11-02T00:00:00Z", "x"),
                ]),
            ),
            (WorkspaceRow::SPEC, to_batch(vec![workspace("7"), workspace("8")])),
        ],
    );
    assert_eq!(
        files(&dir.path().join("data")),
        [
            "usage/7/2026-11-01-1.parquet",
            "usage/7/2026-11-02-1.parquet",
            "usage/account/2026-11-02-1.parquet",
            "workspaces/account/all-1.parquet",
        ]
    );
}

#[test]
fn everything_comes_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let row = usage(Some("7"), "a", "2026-11-01T23:00:00Z", "x");
    put_usage(&Store::open(dir.path()).unwrap(), vec![row.clone()]);
    let tables = Store::open_read_only(dir.path()).unwrap().read(&ever(), None).unwrap();
    assert_eq!(tables.usage, [row]);
}

#[test]
fn an_import_that_is_dropped_has_not_happened() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().with_staging_budget(0);
    let mut import = store.begin("test", Timestamp::UNIX_EPOCH).unwrap();
    import.put(UsageRow::SPEC, to_batch(vec![usage(None, "a", "2026-11-01T00:00:00Z", "x")])).unwrap();
    assert_eq!(files(&dir.path().join("staging")).len(), 1);
    drop(import);
    assert_eq!(files(&dir.path().join("staging")), [""; 0]);
    assert!(store.imports().unwrap().is_empty());
    assert!(store.datasets().unwrap().is_empty());
    assert_eq!(store.latest().unwrap(), None);
}

#[test]
fn what_a_crash_left_is_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    three_days(&Store::open(dir.path()).unwrap());
    let before = files(&dir.path().join("data"));
    fs::create_dir_all(dir.path().join("staging/0")).unwrap();
    fs::write(dir.path().join("staging/0/usage-0.parquet"), "x").unwrap();
    fs::write(dir.path().join("data/usage/7/2026-11-01-2.parquet"), "x").unwrap();
    fs::write(dir.path().join("data/usage/7/2026-11-01-3.parquet.tmp"), "x").unwrap();
    fs::write(dir.path().join("data/usage/7/note.txt"), "mine").unwrap();

    let store = Store::open(dir.path()).unwrap();
    let mut after = before;
    after.push("usage/7/note.txt".into());
    assert_eq!(files(&dir.path().join("data")), after);
    assert_eq!(files(&dir.path().join("staging")), [""; 0]);
    assert_eq!(store.read(&ever(), None).unwrap().usage.len(), 3);
}

#[test]
fn imports_and_tables_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    three_days(&store);
    put_usage(
        &store,
        vec![
            usage(Some("7"), "2026-11-03", "2026-11-03T05:00:00Z", "y"),
            usage(Some("7"), "2026-11-02", "2026-11-02T05:00:00Z", "x"),
            usage(Some("8"), "new", "2026-11-04T05:00:00Z", "x"),
        ],
    );
    let imports = store.imports().unwrap();
    let seen: Vec<_> = imports
        .iter()
        .map(|it| (it.id, it.datasets[0].rows_new, it.datasets[0].rows_replaced, it.datasets[0].rows_unchanged))
        .collect();
    assert_eq!(seen, [(1, 3, 0, 0), (2, 1, 1, 1)]);
    assert_eq!(imports[0].at, at("2026-11-22T06:00:00Z"));

    let datasets = store.datasets().unwrap();
    assert_eq!(datasets.len(), 1);
    assert_eq!((datasets[0].rows, datasets[0].files), (4, 4));
    assert_eq!(datasets[0].first_day.as_deref(), Some("2026-11-01"));
    assert_eq!(datasets[0].last_day.as_deref(), Some("2026-11-04"));
    assert_eq!(store.latest().unwrap(), Some(at("2026-11-04T06:00:00Z")));

    // Only what changed has a new version.
    let versions: Vec<_> = store.partitions("usage").unwrap().into_iter().map(|it| it.version).collect();
    assert_eq!(versions, [1, 1, 2, 2]);
}

#[test]
fn the_newest_data_ends_where_the_last_hour_minute_or_slice_does() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    put_usage(&store, vec![usage(None, "a", "2026-11-01T10:00:00Z", "x")]);
    assert_eq!(store.latest().unwrap(), Some(at("2026-11-01T11:00:00Z")));
    let row = minute("7", "c", at("2026-11-01T11:29:00Z"), 1);
    put(&store, vec![(ClusterMinuteRow::SPEC, to_batch(vec![row]))]);
    assert_eq!(store.latest().unwrap(), Some(at("2026-11-01T11:30:00Z")));
    let row = slice("7", "r", "2026-11-01T11:00:00Z", "2026-11-01T11:45:00Z");
    put(&store, vec![(JobRunSliceRow::SPEC, to_batch(vec![row]))]);
    assert_eq!(store.latest().unwrap(), Some(at("2026-11-01T11:45:00Z")));
}

#[test]
fn a_window_has_its_own_usage_and_slices_from_a_day_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let hours = [
        "2026-11-01T11:00:00Z",
        "2026-11-01T12:00:00Z",
        "2026-11-02T12:00:00Z",
        "2026-11-03T11:00:00Z",
        "2026-11-03T12:00:00Z",
    ];
    put(
        &store,
        vec![
            (UsageRow::SPEC, to_batch(hours.map(|it| usage(Some("7"), it, it, "x")).to_vec())),
            (JobRunSliceRow::SPEC, to_batch(hours.map(|it| slice("7", it, it, it)).to_vec())),
        ],
    );
    let tables = store.read(&window("2026-11-02T12:00:00Z", "2026-11-03T12:00:00Z"), None).unwrap();
    let records: Vec<_> = tables.usage.into_iter().map(|it| it.record_id).collect();
    assert_eq!(records, hours[2..4]);
    let runs: Vec<_> = tables.job_run_slices.into_iter().map(|it| it.run_id).collect();
    assert_eq!(runs, hours[1..4]);
}

#[test]
fn one_workspace_can_be_read_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let hour = "2026-11-01T11:00:00Z";
    let rows = [Some("7"), Some("8"), None].map(|it| usage(it, it.unwrap_or("-"), hour, "x"));
    put_usage(&store, rows.to_vec());
    put(&store, vec![(WorkspaceRow::SPEC, to_batch(vec![workspace("7"), workspace("8")]))]);
    let tables = store.read(&ever(), Some(&[WorkspaceId("8".into())].into())).unwrap();
    assert_eq!(tables.usage.iter().map(|it| it.record_id.as_str()).collect::<Vec<_>>(), ["8"]);
    assert_eq!(tables.workspaces, [workspace("8")]);
}

#[test]
fn what_is_read_some_at_a_time_is_what_is_read_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let hours: Vec<_> = (1..4).flat_map(|day| [3, 12, 23].map(|it| format!("2026-11-0{day}T{it:02}:00:00Z"))).collect();
    let record = |of: &str| hours.iter().map(|it| usage(Some(of), &format!("{of} {it}"), it, "x")).collect::<Vec<_>>();
    let run = |of: &str| hours.iter().map(|it| slice(of, &format!("{of} {it}"), it, it)).collect::<Vec<_>>();
    for of in ["7", "8"] {
        put(&store, vec![(UsageRow::SPEC, to_batch(record(of))), (JobRunSliceRow::SPEC, to_batch(run(of)))]);
    }
    let mut counts = vec![];
    for window in [ever(), window("2026-11-01T12:00:00Z", "2026-11-03T12:00:00Z")] {
        for workspaces in [None, Some([WorkspaceId("8".into())].into())] {
            let whole = store.read(&window, workspaces.as_ref()).unwrap();
            let (mut records, mut runs) = (vec![], vec![]);
            let damages = store.each(&window, workspaces.as_ref(), |rows| records.extend(rows)).unwrap();
            assert_eq!((damages, &records), (vec![], &whole.usage));
            let damages = store.each(&window, workspaces.as_ref(), |rows| runs.extend(rows)).unwrap();
            assert_eq!((damages, &runs), (vec![], &whole.job_run_slices));
            counts.push((records.len(), runs.len()));
        }
    }
    // A window of two days, for runs of three: from the hour 12 of the first day to before that of the third.
    assert_eq!(counts, [(18, 18), (9, 9), (12, 14), (6, 7)]);
}

#[test]
fn derived_bytes_are_kept_until_their_partition_changes() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    three_days(&store);
    let cached = |day: &str| store.cached("profile", "usage", "7", day).unwrap();
    for day in ["2026-11-01", "2026-11-02"] {
        assert_eq!(cached(day), None);
        store.cache("profile", "usage", "7", day, day.as_bytes()).unwrap();
    }
    three_days(&store);
    assert_eq!(cached("2026-11-01").unwrap(), b"2026-11-01");

    put_usage(&store, vec![usage(Some("7"), "late", "2026-11-01T09:00:00Z", "x")]);
    assert_eq!(cached("2026-11-01"), None);
    assert_eq!(cached("2026-11-02").unwrap(), b"2026-11-02");
    store.cache("profile", "usage", "7", "2026-12-24", b"no such partition").unwrap();
    assert_eq!(cached("2026-12-24"), None);
}

#[test]
fn a_partition_can_be_read_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    three_days(&store);
    let partition = store.partitions("usage").unwrap().remove(1);
    assert_eq!((partition.workspace.as_str(), partition.day.as_str()), ("7", "2026-11-02"));
    let rows: Vec<UsageRow> = store.read_partition(&partition).unwrap();
    assert_eq!(rows.iter().map(|it| it.record_id.as_str()).collect::<Vec<_>>(), ["2026-11-02"]);
}

#[test]
fn settings_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.setting("currency").unwrap(), None);
    store.set("currency", "EUR").unwrap();
    store.set("currency", "USD").unwrap();
    drop(store);
    let store = Store::open_read_only(dir.path()).unwrap();
    assert_eq!(store.setting("currency").unwrap().as_deref(), Some("USD"));
    assert!(matches!(store.set("currency", "CNY"), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(store.begin("x", Timestamp::UNIX_EPOCH), Err(StoreError::ReadOnly { .. })));
}

#[test]
fn a_batch_of_another_shape_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut import = store.begin("test", Timestamp::UNIX_EPOCH).unwrap();
    let error = import.put(UsageRow::SPEC, to_batch(vec![workspace("7")])).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot store rows of usage: not the table's columns: workspace_id"),
        "{error}"
    );
}

#[test]
fn reading_before_the_first_import_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open_read_only(&dir.path().join("none")).unwrap_err();
    assert!(error.to_string().contains("hint: run `clusteriq import PATH` first"), "{error}");
    assert!(!dir.path().join("none").exists());
}

#[test]
fn a_folder_with_other_files_is_not_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let precious = dir.path().join("data/mine/2026/precious.parquet");
    fs::create_dir_all(precious.parent().unwrap()).unwrap();
    fs::write(&precious, "x").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    // Not even if an empty file has the right name.
    fs::write(dir.path().join("state.sqlite"), "").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert!(precious.exists());
}

#[test]
fn a_store_without_its_state_is_not_emptied() {
    let dir = tempfile::tempdir().unwrap();
    three_days(&Store::open(dir.path()).unwrap());
    fs::remove_file(dir.path().join("state.sqlite")).unwrap();
    Store::open(dir.path()).unwrap_err();
    assert_eq!(files(&dir.path().join("data")).len(), 3);
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    three_days(&Store::open(dir.path()).unwrap());
    let state = rusqlite::Connection::open(dir.path().join("state.sqlite")).unwrap();
    state.pragma_update(None, "user_version", 1000).unwrap();
    drop(state);
    for error in [Store::open(dir.path()).unwrap_err(), Store::open_read_only(dir.path()).unwrap_err()] {
        assert!(error.to_string().contains("was written by a newer version of clusteriq"), "{error}");
    }
    assert_eq!(files(&dir.path().join("data")).len(), 3);
}

#[test]
fn a_damaged_day_is_named_and_the_others_still_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    three_days(&store);
    let file = |day| dir.path().join(format!("data/usage/7/2026-11-0{day}-1.parquet"));
    let mut bytes = fs::read(file(1)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file(1), bytes).unwrap();
    fs::remove_file(file(3)).unwrap();

    let damaged = store.damaged().unwrap();
    let seen: Vec<_> = damaged.iter().map(|it| (it.day.as_str(), &it.reason)).collect();
    assert_eq!(seen, [("2026-11-01", &DamageReason::Checksum), ("2026-11-03", &DamageReason::Missing)]);

    let error = store.read(&ever(), None).unwrap_err().to_string();
    assert!(error.starts_with("the store's usage of workspace 7, day 2026-11-01, cannot be read"), "{error}");
    assert!(error.contains("2026-11-01-1.parquet\n\nhint: import that day again"), "{error}");
    let mut records = vec![];
    let damages = store.each(&ever(), None, |rows: Vec<UsageRow>| records.extend(rows)).unwrap();
    assert_eq!(records.iter().map(|it| it.record_id.as_str()).collect::<Vec<_>>(), ["2026-11-02"]);
    assert_eq!(damages, damaged);
    // A window that does not need the damaged days is whole.
    assert_eq!(store.read(&window("2026-11-02T00:00:00Z", "2026-11-02T12:00:00Z"), None).unwrap().usage.len(), 1);

    let committed = three_days(&store);
    assert_eq!(committed.rebuilt.len(), 2);
    assert!(committed.rebuilt[0].file.starts_with(dir.path().join("damaged")));
    assert!(committed.rebuilt[0].file.exists());
    assert!(store.damaged().unwrap().is_empty());
    assert_eq!(store.read(&ever(), None).unwrap().usage.len(), 3);
}

#[test]
fn a_reader_may_come_while_a_writer_has_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Store::open(dir.path()).unwrap();
    three_days(&writer);
    let reader = Store::open_read_only(dir.path()).unwrap();
    assert_eq!(reader.read(&ever(), None).unwrap().usage.len(), 3);
    put_usage(&writer, vec![usage(Some("7"), "late", "2026-11-01T09:00:00Z", "x")]);
    assert_eq!(reader.read(&ever(), None).unwrap().usage.len(), 4);
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
}

#[test]
fn a_reader_beside_a_busy_writer_sees_whole_imports_only() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Store::open(dir.path()).unwrap();
    let start = at("2026-11-01T00:00:00Z");
    let import = |value: i64| {
        let hours = (0..48).map(|it| start + SignedDuration::from_hours(it));
        let rows = hours.map(|it| minute("7", "c", it, value)).collect::<Vec<_>>();
        put(&writer, vec![(ClusterMinuteRow::SPEC, to_batch(rows))]);
    };
    import(0);
    let reader = Store::open_read_only(dir.path()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let rows = reader.read(&ever(), None).unwrap().cluster_minutes;
                let value = rows[0].network_bytes;
                assert!(value >= last);
                assert_eq!(rows.len(), 48);
                assert!(rows.iter().all(|it| it.network_bytes == value));
                last = value;
            }
        });
        for value in 1..60 {
            import(value);
            if reading.is_finished() {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap();
    });
}

#[test]
fn two_imports_at_once_are_both_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().with_staging_budget(0);
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let store = &store;
            scope.spawn(move || put_usage(store, vec![usage(Some("7"), name, "2026-11-01T09:00:00Z", "x")]));
        }
    });
    assert_eq!(store.read(&ever(), None).unwrap().usage.len(), 4);
    assert_eq!(store.imports().unwrap().len(), 4);
}
