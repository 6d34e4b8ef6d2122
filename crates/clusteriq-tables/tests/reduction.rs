//! The reducer against a naive one: whatever the order, the batches, the encodings and the duplicates.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "reduction/node_minutes.rs"]
mod node_minutes;

use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_tables::{NODE_TIMELINE_COLUMNS, Reducer, from_batch, reduction_sql};
use node_minutes::{Encoding, NodeMinute, encode, naive, node_minutes, sizes, worker};
use proptest::prelude::*;

const DAY: i64 = 1440;

fn reduced(batches: &[arrow::array::RecordBatch]) -> Vec<ClusterMinuteRow> {
    let mut reducer = Reducer::new(sizes());
    for it in batches {
        reducer.push(it).unwrap();
    }
    rows(&mut reducer, None)
}

fn rows(reducer: &mut Reducer, until: Option<i64>) -> Vec<ClusterMinuteRow> {
    let batches = reducer.drain_until(until);
    batches.iter().flat_map(|it| from_batch::<ClusterMinuteRow>(it).unwrap()).collect()
}

fn one(nodes: &[NodeMinute]) -> ClusterMinuteRow {
    let mut rows = reduced(&[encode(nodes, Encoding::Dictionary)]);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// All columns except those that say which minute of which cluster, in the table's order.
fn amounts(it: &ClusterMinuteRow) -> [Option<i64>; 9] {
    [
        Some(it.workers),
        it.worker_millicores,
        it.worker_mib,
        it.used_millicores,
        it.wait_millicores,
        it.used_mib,
        it.busiest_cpu,
        it.fullest_mem,
        it.most_swap,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn order_batches_encodings_and_duplicates_do_not_matter(
        rows in node_minutes(),
        cuts in prop::collection::vec((1_usize..40, Encoding::any()), 1..8),
        (seed, repeated) in (any::<u64>(), 0_usize..30),
    ) {
        let expected = naive(&rows);
        let unique = rows.len();
        let mut rows = rows;
        rows.extend_from_within(..repeated.min(unique));
        node_minutes::shuffle(&mut rows, seed);

        let mut reducer = Reducer::new(sizes());
        let mut rest = rows.as_slice();
        for (length, encoding) in cuts.iter().cycle() {
            let (batch, others) = rest.split_at((*length).min(rest.len()));
            reducer.push(&encode(batch, *encoding)).unwrap();
            rest = others;
            if rest.is_empty() { break; }
        }
        prop_assert_eq!(reducer.rows_seen(), rows.len() as u64);
        prop_assert_eq!(reducer.duplicates(), (rows.len() - unique) as u64);
        let unsized_types: Vec<&str> = reducer.unsized_types().iter().map(String::as_str).collect();
        prop_assert_eq!(unsized_types, node_minutes::unsized_types(&rows));
        prop_assert_eq!(self::rows(&mut reducer, None), expected);
        prop_assert_eq!(reducer.days_held().count(), 0);
    }

    #[test]
    fn parts_of_batches_that_share_their_dictionaries_give_what_the_whole_gives(
        rows in node_minutes(),
        seed in any::<u64>(),
        length in 1_usize..20,
    ) {
        let mut shuffled = rows.clone();
        node_minutes::shuffle(&mut shuffled, seed);
        // Two row groups that are decoded at once: their parts come in turns, and the second repeats some of the first.
        let (first, second) = (&shuffled[..], &shuffled[shuffled.len() / 2..]);
        let batches = [first, second].map(|it| encode(it, Encoding::Dictionary));
        let mut reducer = Reducer::new(sizes());
        for start in (0..first.len()).step_by(length) {
            for it in &batches {
                let start = start.min(it.num_rows());
                reducer.push(&it.slice(start, length.min(it.num_rows() - start))).unwrap();
            }
        }
        prop_assert_eq!(reducer.duplicates(), second.len() as u64);
        prop_assert_eq!(self::rows(&mut reducer, None), naive(&rows));
    }

    #[test]
    fn passes_over_ranges_of_days_give_together_what_one_pass_gives(
        rows in node_minutes(),
        cut in 0_i64..4,
    ) {
        let batch = encode(&rows, Encoding::Dictionary);
        let cut = node_minutes::FIRST_DAY + cut;
        let mut together = Vec::new();
        for days in [i64::MIN..cut, cut..i64::MAX] {
            let mut reducer = Reducer::new(sizes()).with_days(days.clone());
            reducer.push(&batch).unwrap();
            let outside = rows.iter().filter(|it| !days.contains(&it.minute.div_euclid(DAY)));
            prop_assert_eq!(reducer.rows_skipped(), outside.count() as u64);
            together.extend(self::rows(&mut reducer, None));
        }
        prop_assert_eq!(together, naive(&rows));
    }

    #[test]
    fn draining_day_by_day_gives_the_same_as_draining_once(rows in node_minutes()) {
        let mut rows = rows;
        rows.sort_by_key(|it| it.minute);
        let mut reducer = Reducer::new(sizes());
        let mut drained = Vec::new();
        for day in rows.chunk_by(|a, b| a.minute / DAY == b.minute / DAY) {
            drained.extend(self::rows(&mut reducer, Some(day[0].minute)));
            reducer.push(&encode(day, Encoding::Text)).unwrap();
            prop_assert_eq!(reducer.days_held().count(), 1);
        }
        drained.extend(self::rows(&mut reducer, None));
        prop_assert_eq!(drained, naive(&rows));
    }
}

#[test]
fn a_cluster_minute_is_the_sum_of_its_workers_and_the_maximum_over_them() {
    let big = NodeMinute { node_type: Some("big"), instance: "2", mem: Some(80.0), ..worker() };
    let row = one(&[worker(), big]);
    // small: 4 cores, 16,384 MiB; big: 8 cores, 65,536 MiB; both at 20 + 5 % CPU, 1 % wait.
    // used 25 × 4 × 10 + 25 × 8 × 10; memory 50 % of 16,384 + 80 % of 65,536 = 8,192 + 52,428.8
    let expected = [2, 12_000, 81_920, 3_000, 120, 60_621, 25_000, 80_000, 250].map(Some);
    assert_eq!(amounts(&row), expected);
    assert_eq!(row.worker_type.as_deref(), Some("small"));
    assert_eq!((row.drivers, row.driver_cpu, row.network_bytes), (0, None, 60));
}

#[test]
fn an_unmeasured_worker_makes_unknown_what_it_was_not_measured_on_and_nothing_else() {
    let unmeasured = NodeMinute { instance: "2", mem: None, ..worker() };
    let row = one(&[worker(), unmeasured]);
    let known = [Some(2), Some(8_000), Some(32_768), Some(2_000), Some(80)];
    assert_eq!(amounts(&row)[..5], known);
    assert_eq!(amounts(&row)[5..], [None, Some(25_000), None, Some(250)]);
}

#[test]
fn half_of_the_cpu_is_not_the_cpu() {
    let row = one(&[NodeMinute { system: None, ..worker() }]);
    assert_eq!((row.used_millicores, row.busiest_cpu), (None, None));
}

#[test]
fn impossible_measurements_are_unknown() {
    for impossible in [f64::NAN, f64::INFINITY, -1.0, 1_000.1] {
        let row = one(&[NodeMinute { wait: Some(impossible), ..worker() }]);
        assert_eq!(row.wait_millicores, None, "{impossible}");
    }
}

#[test]
fn a_worker_without_a_known_size_makes_the_sums_unknown_and_leaves_the_percentages() {
    for node_type in [Some("unheard.of"), Some("absurd"), Some(""), None] {
        let row = one(&[worker(), NodeMinute { instance: "2", node_type, ..worker() }]);
        let expected = [Some(2), None, None, None, None, None, Some(25_000), Some(50_000), Some(250)];
        assert_eq!(amounts(&row), expected);
    }
}

#[test]
fn a_cluster_of_a_driver_alone_has_sums_of_zero_and_no_busiest_worker() {
    let row = one(&[NodeMinute { driver: Some(true), ..worker() }]);
    let expected = [0, 0, 0, 0, 0, 0].map(Some);
    assert_eq!(amounts(&row)[..6], expected);
    assert_eq!(amounts(&row)[6..], [None; 3]);
    let driver = (row.drivers, row.driver_cpu, row.driver_mem, row.driver_wait);
    assert_eq!(driver, (1, Some(25_000), Some(50_000), Some(1_000)));
    assert_eq!((row.driver_type.as_deref(), row.worker_type), (Some("small"), None));
}

#[test]
fn while_a_cluster_restarts_its_busier_driver_counts() {
    let driver = NodeMinute { driver: Some(true), ..worker() };
    let other = NodeMinute { instance: "2", user: Some(90.0), ..driver };
    let row = one(&[driver, other]);
    assert_eq!((row.drivers, row.driver_cpu), (2, Some(95_000)));
}

#[test]
fn a_node_that_moves_to_another_cluster_counts_in_both() {
    let batch = encode(&[worker(), NodeMinute { cluster: "d", ..worker() }], Encoding::Dictionary);
    let rows = reduced(&[batch]);
    assert_eq!(rows.iter().map(|it| it.workers).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_row_without_a_key_is_an_error_that_names_it_and_adds_nothing() {
    for encoding in [Encoding::Dictionary, Encoding::Text] {
        for column in ["workspace_id", "cluster_id", "instance_id", "start_time"] {
            let batch = node_minutes::with_null(&encode(&[worker(), worker()], encoding), column, 1);
            let mut reducer = Reducer::new(sizes());
            let error = reducer.push(&batch).unwrap_err().to_string();
            let expected = format!("system.compute.node_timeline.{column} is null in row 1 of the batch");
            assert_eq!(error.lines().next(), Some(expected.as_str()));
            assert_eq!((reducer.rows_seen(), reducer.drain_until(None).len()), (0, 0));
        }
    }
}

#[test]
fn a_missing_column_is_named() {
    let batch = encode(&[worker()], Encoding::Dictionary);
    for column in NODE_TIMELINE_COLUMNS {
        let mut batch = batch.clone();
        let index = batch.schema().index_of(column).unwrap();
        batch.remove_column(index);
        let error = Reducer::new(sizes()).push(&batch).unwrap_err().to_string();
        let expected = format!("system.compute.node_timeline has no column: {column}\n\nhint: ");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn a_row_of_a_drained_day_is_an_error_and_not_a_half_day() {
    let mut reducer = Reducer::new(sizes());
    let batch = encode(&[worker()], Encoding::Dictionary);
    reducer.push(&batch).unwrap();
    assert_eq!(reducer.drain_until(Some(worker().minute)).len(), 0);
    assert_eq!(reducer.drain_until(Some(worker().minute + DAY)).len(), 1);
    let error = reducer.push(&batch).unwrap_err().to_string();
    let expected = "system.compute.node_timeline has rows of a day that was already reduced: 2026-10-01\n\nhint: ";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn there_is_one_batch_per_day_and_workspace_in_that_order() {
    let next = worker().minute + DAY;
    let rows = [NodeMinute { minute: next, ..worker() }, NodeMinute { workspace: "b", ..worker() }, worker()];
    let mut reducer = Reducer::new(sizes());
    reducer.push(&encode(&rows, Encoding::Text)).unwrap();
    assert_eq!(reducer.days_seen(), Some(worker().minute / DAY..=next / DAY));
    assert!(reducer.memory_bytes() > 3 * 64 * 88);
    let batches = reducer.drain_until(None);
    let first = |it: &arrow::array::RecordBatch| {
        let row = from_batch::<ClusterMinuteRow>(it).unwrap().remove(0);
        (row.minute.as_second() / 60, row.workspace_id)
    };
    let order: Vec<_> = batches.iter().map(first).collect();
    let expected = [(worker().minute, "a"), (worker().minute, "b"), (next, "a")];
    assert_eq!(order, expected.map(|(minute, it)| (minute, it.to_owned())));
}

#[test]
fn the_sql_reads_the_columns_that_are_projected_and_gives_those_of_the_table() {
    let sql = reduction_sql("node_timeline", "node_types");
    for it in NODE_TIMELINE_COLUMNS {
        assert!(sql.contains(it), "{it}");
    }
    let (_, select) = sql.rsplit_once("SELECT\n").unwrap();
    let (columns, _) = select.split_once("FROM").unwrap();
    // Before each comma at the end of an expression stands the name it is given.
    let named = columns.lines().flat_map(|line| match line.rsplit_once(" AS ") {
        Some((_, name)) => vec![name.trim_end_matches(',')],
        None => line.split(',').map(str::trim).filter(|it| !it.is_empty()).collect(),
    });
    let mut named: Vec<_> = named.collect();
    let mut expected: Vec<_> = ClusterMinuteRow::SPEC.columns.iter().map(|it| it.name).collect();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected);
}

#[test]
fn the_sql_reads_what_it_is_told_to_and_nothing_else() {
    let sql = reduction_sql("(SELECT * FROM system.compute.node_timeline WHERE true)", "system.compute.node_types");
    assert_eq!(
        sql.matches("FROM (SELECT * FROM system.compute.node_timeline WHERE true) AS node_timeline\n").count(),
        1
    );
    assert_eq!(sql.matches("FROM system.compute.node_types AS node_types\n").count(), 1);
    assert!(!sql.contains(['{', '}', ';']) && !sql.contains("--"), "{sql}");
}
