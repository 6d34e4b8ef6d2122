//! The same options give the same bytes, others give others, and what cannot be written is refused.

use std::collections::BTreeSet;
use std::fs;

use clusteriq_fake::{DemoOptions, FakeError, Fleet, write_export};

use crate::support::{files, known};

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
