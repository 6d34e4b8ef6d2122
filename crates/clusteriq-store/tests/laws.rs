//! The laws of the upsert, on random imports.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/rows.rs"]
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_store::{Committed, DatasetChange, Store};
use clusteriq_tables::to_batch;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rows::{at, ever, minute};

type Key = (String, String, Timestamp);

/// Rows over few keys, so that they meet: two workspaces, three clusters, three days.
fn some_rows() -> impl Strategy<Value = Vec<ClusterMinuteRow>> {
    let one = (0..2, 0..3, 0..3i64, 0..4i64, 0..3i64).prop_map(|(w, c, day, hour, bytes)| {
        let when = at("2026-11-01T23:59:00Z") + SignedDuration::from_hours(24 * day + 6 * hour);
        minute(&format!("10{w}"), &format!("c{c}"), when, bytes)
    });
    prop::collection::vec(one, 1..60)
}

fn key(row: &ClusterMinuteRow) -> Key {
    (row.workspace_id.clone(), row.cluster_id.clone(), row.minute)
}

fn put_all(store: &Store, batches: &[Vec<ClusterMinuteRow>]) -> Committed {
    let mut import = store.begin("test", Timestamp::UNIX_EPOCH).unwrap();
    for rows in batches {
        import.put(ClusterMinuteRow::SPEC, to_batch(rows.clone())).unwrap();
    }
    import.commit().unwrap()
}

fn stored(store: &Store) -> Vec<ClusterMinuteRow> {
    store.read(&ever(), None).unwrap().cluster_minutes
}

/// The bytes of every partition, whatever its version.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for workspace in fs::read_dir(dir.join("data/cluster_minutes")).unwrap() {
        let workspace = workspace.unwrap().path();
        for file in fs::read_dir(&workspace).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap();
            let day = name.rsplit_once('-').unwrap().0;
            let place = format!("{}/{day}", workspace.file_name().unwrap().to_str().unwrap());
            assert!(found.insert(place, fs::read(&file).unwrap()).is_none(), "{}", file.display());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_an_import_is_cut_into_batches_the_files_are_the_same(
        rows in some_rows(),
        cut in 1..20usize,
        budget in prop_oneof![Just(0), 1_000..20_000usize],
    ) {
        let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let batches: Vec<_> = rows.chunks(cut).map(<[_]>::to_vec).collect();
        put_all(&Store::open(one.path()).unwrap(), &[rows]);
        put_all(&Store::open(many.path()).unwrap().with_staging_budget(budget), &batches);
        prop_assert_eq!(contents(one.path()), contents(many.path()));
    }

    #[test]
    fn rows_with_different_keys_may_come_in_any_order(rows in some_rows(), cut in 1..20usize) {
        let unique: BTreeMap<Key, ClusterMinuteRow> = rows.iter().map(|it| (key(it), it.clone())).collect();
        let sorted: Vec<_> = unique.into_values().collect();
        // In several imports, and from the last to the first.
        let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put_all(&Store::open(one.path()).unwrap(), std::slice::from_ref(&sorted));
        let store = Store::open(many.path()).unwrap();
        let reversed: Vec<_> = sorted.into_iter().rev().collect();
        for chunk in reversed.chunks(cut) {
            put_all(&store, &[chunk.to_vec()]);
        }
        drop(store);
        // Opening again removes what was replaced.
        drop(Store::open(many.path()).unwrap());
        prop_assert_eq!(contents(one.path()), contents(many.path()));
    }

    #[test]
    fn the_store_is_a_map_from_key_to_the_newest_row(imports in prop::collection::vec(some_rows(), 1..4)) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let mut model: BTreeMap<Key, ClusterMinuteRow> = BTreeMap::new();
        for rows in imports {
            let newest: BTreeMap<Key, ClusterMinuteRow> = rows.iter().map(|it| (key(it), it.clone())).collect();
            let mut expected = DatasetChange { dataset: "cluster_minutes".into(), ..DatasetChange::default() };
            for (key, row) in newest {
                match model.insert(key, row.clone()) {
                    None => expected.rows_new += 1,
                    Some(it) if it == row => expected.rows_unchanged += 1,
                    Some(_) => expected.rows_replaced += 1,
                }
            }
            prop_assert_eq!(put_all(&store, &[rows]).datasets, [expected]);

            let mut by_place: Vec<_> = model.values().cloned().collect();
            by_place.sort_by_key(|it| (it.workspace_id.clone(), it.minute.to_string()[..10].to_owned(), key(it)));
            prop_assert_eq!(stored(&store), by_place);
        }
    }

    #[test]
    fn importing_the_same_again_changes_nothing(rows in some_rows(), cut in 1..20usize) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let first = put_all(&store, std::slice::from_ref(&rows));
        let (before, partitions) = (contents(dir.path()), store.partitions("cluster_minutes").unwrap());

        let batches: Vec<_> = rows.chunks(cut).map(<[_]>::to_vec).collect();
        let again = put_all(&store, &batches);
        prop_assert_eq!(again.partitions_written, 0);
        prop_assert_eq!(again.partitions_unchanged, first.partitions_written);
        prop_assert_eq!((again.datasets[0].rows_new, again.datasets[0].rows_replaced), (0, 0));
        prop_assert_eq!(again.datasets[0].rows_unchanged, first.datasets[0].rows_new);
        prop_assert_eq!(store.partitions("cluster_minutes").unwrap(), partitions);
        prop_assert_eq!(contents(dir.path()), before);
    }
}
