//! Node-minutes in, cluster-minutes out: the same whatever the files look like.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use clusteriq_collect::Options;
use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_tables::{NodeSize, NodeSizes};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::{Folder, csv, gzip, json_lines, node_types, options, parquet_of, read};

const DAY: i64 = 86_400;
/// 2026-09-21T00:00:00Z.
const START: i64 = 1_789_948_800;

#[derive(Clone, Debug)]
struct Node {
    workspace: u8,
    cluster: u8,
    instance: u8,
    second: i64,
    cpu: f64,
}

/// Every 97 minutes over `days` days, three nodes (one the driver) of two clusters in each of two workspaces.
fn nodes(days: i64) -> Vec<Node> {
    let mut all = Vec::new();
    for minute in (0..days * 1_440).step_by(97) {
        for which in 0..12_u8 {
            let cpu = f64::from(which) + (minute % 50) as f64 / 8.0;
            let second = START + minute * 60 + i64::from(which);
            all.push(Node { workspace: which / 6, cluster: which / 3 % 2, instance: which % 3, second, cpu });
        }
    }
    all
}

fn sizes() -> NodeSizes {
    NodeSizes::from([("m5.large".to_owned(), NodeSize { cores: 2.0, mib: 8192 })])
}

fn batch(nodes: &[Node]) -> RecordBatch {
    let text = |of: &dyn Fn(&Node) -> String| {
        Arc::new(nodes.iter().map(|it| Some(of(it))).collect::<StringArray>()) as ArrayRef
    };
    let float =
        |of: &dyn Fn(&Node) -> f64| Arc::new(nodes.iter().map(|it| Some(of(it))).collect::<Float64Array>()) as ArrayRef;
    let int =
        |of: &dyn Fn(&Node) -> i64| Arc::new(nodes.iter().map(|it| Some(of(it))).collect::<Int64Array>()) as ArrayRef;
    let times: TimestampMicrosecondArray = nodes.iter().map(|it| Some(it.second * 1_000_000)).collect();
    let drivers: BooleanArray = nodes.iter().map(|it| Some(it.instance == 0)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("account_id", text(&|_| "a".into()), true),
        ("workspace_id", text(&|it| it.workspace.to_string()), true),
        ("cluster_id", text(&|it| format!("c{}", it.cluster)), true),
        ("instance_id", text(&|it| format!("i-{}{}{}", it.workspace, it.cluster, it.instance)), true),
        ("start_time", Arc::new(times.with_timezone("UTC")) as ArrayRef, true),
        ("driver", Arc::new(drivers) as ArrayRef, true),
        ("cpu_user_percent", float(&|it| it.cpu), true),
        ("cpu_system_percent", float(&|_| 1.0), true),
        ("cpu_wait_percent", float(&|_| 0.5), true),
        ("mem_used_percent", float(&|it| 50.0 + it.cpu), true),
        ("mem_swap_percent", float(&|_| 0.0), true),
        ("network_sent_bytes", int(&|_| 10), true),
        ("network_received_bytes", int(&|it| i64::from(it.instance)), true),
        ("node_type", text(&|_| "m5.large".into()), true),
    ])
    .unwrap()
}

fn rows(nodes: &[Node]) -> Vec<Value> {
    let row = |it: &Node| {
        json!({
            "workspace_id": it.workspace.to_string(), "cluster_id": format!("c{}", it.cluster),
            "instance_id": format!("i-{}{}{}", it.workspace, it.cluster, it.instance),
            "start_time": it.second * 1_000, "driver": it.instance == 0, "cpu_user_percent": it.cpu, "cpu_system_percent": 1.0,
            "cpu_wait_percent": 0.5, "mem_used_percent": 50.0 + it.cpu, "mem_swap_percent": 0.0, "network_sent_bytes": 10,
            "network_received_bytes": it.instance, "node_type": "m5.large",
        })
    };
    nodes.iter().map(row).collect()
}

fn parquet(nodes: &[Node], rows_per_group: usize) -> Vec<u8> {
    parquet_of(&[batch(nodes)], rows_per_group)
}

fn reduced(folder: &Folder, memory: usize) -> Vec<RecordBatch> {
    let options = Options { memory, ..options() };
    let outcome = read(&[folder.path()], &sizes(), options).unwrap_or_else(|it| panic!("{it}"));
    outcome.batches.into_iter().map(|it| it.1).collect()
}

#[test]
fn cluster_minutes_do_not_depend_on_format_split_order_or_memory() {
    let all = nodes(5);
    let expected = reduced(&Folder::with("compute.node_timeline.parquet", parquet(&all, 1 << 20)), 256 << 20);
    // A batch per day and workspace.
    assert_eq!(expected.len(), 10);
    let (early, late) = all.split_at(all.len() / 3);
    let mut shuffled = all.clone();
    shuffled.sort_by_key(|it| (it.second * 7_919) % 104_729);
    let name = |it: &str| format!("system.compute.node_timeline/{it}");
    let folders = [
        Folder::with(&name("a.parquet"), parquet(&all, 50)),
        Folder::with(&name("b.parquet"), parquet(early, 100)).and(&name("a.parquet"), parquet(late, 100)),
        Folder::with(&name("a.parquet"), parquet(&shuffled, 40)),
        Folder::with(&name("a.csv"), csv(&rows(&all))),
        Folder::with(&name("b.csv.gz"), gzip(csv(&rows(early)).as_bytes())).and(&name("a.csv"), csv(&rows(late))),
        Folder::with(&name("a.jsonl"), json_lines(&rows(&shuffled))),
        Folder::with(&name("a.jsonl"), json_lines(&rows(late)))
            .and(&name("b.parquet"), parquet(early, 30))
            .and(&name("c.csv"), "workspace_id,cluster_id,instance_id,start_time,driver\n"),
    ];
    for (at, folder) in folders.iter().enumerate() {
        // A byte of memory makes every day a pass of its own.
        for memory in [256 << 20, 1] {
            assert_eq!(reduced(folder, memory), expected, "folder {at} with {memory} bytes");
        }
    }
}

#[test]
fn rows_are_counted_once_however_often_they_are_read() {
    let all = nodes(4);
    let twice = [all.clone(), all.clone()].concat();
    for memory in [256 << 20, 1] {
        let folder = Folder::with("compute.node_timeline.jsonl", json_lines(&rows(&twice)));
        let outcome = read(&[folder.path()], &sizes(), Options { memory, ..options() }).unwrap();
        assert_eq!(outcome.summary.duplicate_node_minutes, all.len() as u64);
        let table = &outcome.summary.tables["cluster_minutes"];
        assert_eq!((table.rows_read, table.rows_given), (2 * all.len() as u64, all.len() as u64 / 3));
        assert_eq!((table.files, table.source), (1, "system.compute.node_timeline"));
    }
}

#[test]
fn days_far_apart_cost_no_pass_for_each_day_between() {
    // The years 2000 and 2100, in both formats: 36 889 days.
    let mut all = nodes(1);
    all.truncate(12);
    for (at, node) in all.iter_mut().enumerate() {
        node.second = if at % 2 == 0 { 946_684_800 } else { 4_133_894_400 };
    }
    let folder = Folder::with("compute.node_timeline.jsonl", json_lines(&rows(&all)))
        .and("compute/node_timeline.parquet", parquet(&all, 12));
    assert_eq!(reduced(&folder, 1).len(), 4);
}

#[test]
fn sizes_of_the_export_count_more_than_those_of_the_catalog() {
    let all = nodes(1);
    let folder = Folder::with("compute.node_timeline.parquet", parquet(&all, 1 << 20));
    let cores = |folder: &Folder, sizes: &NodeSizes| {
        let outcome = read(&[folder.path()], sizes, options()).unwrap();
        let rows: Vec<ClusterMinuteRow> = outcome.rows();
        (rows[0].worker_millicores, outcome.summary.unknown_node_types.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(cores(&folder, &sizes()), (Some(4_000), vec![]));
    assert_eq!(cores(&folder, &NodeSizes::new()), (None, vec!["m5.large".to_owned()]));
    let folder = folder.and("compute.node_types.jsonl", node_types(&[("m5.large", 3.0, 1)]));
    assert_eq!(cores(&folder, &sizes()), (Some(6_000), vec![]));
}

#[test]
fn a_path_is_reduced_by_itself() {
    let all = nodes(1);
    let folder = Folder::with("compute.node_timeline.parquet", parquet(&all, 1 << 20));
    let once = read(&[folder.path()], &sizes(), options()).unwrap();
    let twice = read(&[folder.path(), folder.path()], &sizes(), options()).unwrap();
    assert_eq!(twice.summary.duplicate_node_minutes, 0);
    assert_eq!(twice.batches, [once.batches.clone(), once.batches].concat());
}

#[test]
fn a_required_column_of_the_timeline_is_missed_by_name() {
    let mut rows = rows(&nodes(1));
    for it in &mut rows {
        it.as_object_mut().unwrap().remove("driver");
    }
    let message = Folder::with("compute.node_timeline.csv", csv(&rows)).message();
    assert!(
        message
            .contains("of system.compute.node_timeline has no column driver (looked for driver); it has: cluster_id,"),
        "{message}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_split_of_any_order_gives_the_same(
        seed in 1_i64..1_000_000,
        cuts in prop::collection::vec(0_usize..400, 0..4),
        group in 1_usize..200,
        memory in prop::sample::select(vec![1_usize, 1 << 20, 256 << 20]),
    ) {
        let all = nodes(3);
        let expected = reduced(&Folder::with("compute.node_timeline.parquet", parquet(&all, 1 << 20)), 256 << 20);
        let mut shuffled = all;
        shuffled.sort_by_key(|it| ((it.second + i64::from(it.cluster)) * seed) % 1_000_003);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|it| it % shuffled.len()).chain([0, shuffled.len()]).collect();
        cuts.sort_unstable();
        let mut folder = Folder::new();
        for (at, cut) in cuts.windows(2).enumerate() {
            let part = &shuffled[cut[0]..cut[1]];
            let name = |extension: &str| format!("compute.node_timeline/{at}.{extension}");
            folder = match at % 3 {
                _ if part.is_empty() => folder,
                0 => folder.and(&name("parquet"), parquet(part, group)),
                1 => folder.and(&name("jsonl"), json_lines(&rows(part))),
                _ => folder.and(&name("csv"), csv(&rows(part))),
            };
        }
        prop_assert_eq!(reduced(&folder, memory), expected);
    }
}

#[test]
fn a_day_of_a_great_workspace_comes_in_batches_of_bounded_size() {
    // 50 clusters for a day: 72 000 cluster-minutes.
    let mut all = Vec::new();
    for second in (START..START + DAY).step_by(60) {
        all.extend((0..50).map(|cluster| Node { workspace: 0, cluster, instance: 1, second, cpu: 1.0 }));
    }
    let sizes: Vec<_> = reduced(&Folder::with("compute.node_timeline.parquet", parquet(&all, 10_000)), 1 << 30)
        .iter()
        .map(RecordBatch::num_rows)
        .collect();
    assert_eq!(sizes, [65_536, 6_464]);
}
