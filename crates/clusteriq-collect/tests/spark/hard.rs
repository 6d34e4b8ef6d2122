//! Made node-minutes with everything that two implementations may take differently, the same for the same seed.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;

/// 2026-10-01 in minutes since 1970.
const FIRST: i64 = 20_727 * 1440;
const FILES: usize = 3;

/// Whether the column `driver` has nulls: the importer refuses them, the reduction takes such nodes for workers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drivers {
    Known,
    SomeUnknown,
}

#[derive(Clone, Default)]
struct NodeMinute {
    workspace: &'static str,
    cluster: &'static str,
    instance: String,
    node_type: Option<&'static str>,
    /// In microseconds since 1970.
    start: i64,
    driver: Option<bool>,
    /// User, system, wait, memory, swap.
    percent: [Option<f64>; 5],
    sent: Option<i64>,
    received: Option<i64>,
}

/// Node types with cores and MiB: usable sizes, unusable ones, one type twice alike and one with two sizes.
const SIZES: &[(&str, f64, i64)] = &[
    ("small", 4.0, 16_384),
    ("Small", 16.0, 32_768),
    ("odd", 2.5, 7_777),
    ("half", 0.5, 1),
    ("thousandths", 0.0005, 50),
    ("third", 1.0 / 3.0, 3),
    ("edge", 100_000.0, 1 << 40),
    ("größe-😀", 8.0, 65_535),
    ("alike", 4.0, 1_000),
    ("alike", 4.0, 1_000),
    ("two sizes", 4.0, 2_001),
    ("two sizes", 8.0, 1_001),
    ("usable once", 1e6, 9_000),
    ("usable once", 2.0, 4_000),
    ("no cores", 0.0, 1_000),
    ("owed cores", -4.0, 1_000),
    ("too many cores", 100_001.0, 1_000),
    ("no memory", 4.0, 0),
    ("owed memory", 4.0, -1),
    ("too much memory", 4.0, (1 << 40) + 1),
];

/// The importer's layout of an export: a folder per table.
pub(crate) fn write(folder: &Path, seed: u64, drivers: Drivers) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut rows = rows(&mut random, drivers);
    random.shuffle(&mut rows);
    // The same node-minutes once more, at another second, in any of the files.
    let repeated: Vec<NodeMinute> = rows.iter().take(rows.len() / 8).cloned().collect();
    rows.extend(repeated.into_iter().map(|it| NodeMinute { start: within_minute(&mut random, it.start), ..it }));
    random.shuffle(&mut rows);
    let timeline = folder.join("system.compute.node_timeline");
    for (at, part) in rows.chunks(rows.len().div_ceil(FILES)).enumerate() {
        write_file(&timeline, at, &timeline_batch(part));
    }
    let types = folder.join("system.compute.node_types");
    for (at, part) in SIZES.chunks(SIZES.len().div_ceil(2)).enumerate() {
        write_file(&types, at, &types_batch(part));
    }
}

fn write_file(folder: &Path, at: usize, batch: &RecordBatch) {
    fs::create_dir_all(folder).unwrap();
    let file = File::create(folder.join(format!("part-{at}.parquet"))).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn rows(random: &mut fastrand::Rng, drivers: Drivers) -> Vec<NodeMinute> {
    let mut rows = Vec::new();
    for workspace in ["1", "7205485521961548"] {
        for cluster in ["0921-004700-gel4nrtx", "a", "A", "кластер-é", "c 'quoted' \"twice\"", "\u{1F600}"] {
            for minute in minutes() {
                // No workers, no driver, and several drivers are all frequent.
                let nodes = random.usize(1..=5);
                let driving = random.u8(0..=100);
                for node in 0..nodes {
                    let driver = match drivers {
                        Drivers::SomeUnknown if random.u8(0..4) == 0 => None,
                        Drivers::Known | Drivers::SomeUnknown => Some(random.u8(0..100) < driving),
                    };
                    let (sent, received) = bytes(random, node);
                    rows.push(NodeMinute {
                        workspace,
                        cluster,
                        instance: format!("i-{node}é"),
                        node_type: node_type(random),
                        start: within_minute(random, minute * 60_000_000),
                        driver,
                        percent: std::array::from_fn(|_| percent(random)),
                        sent,
                        received,
                    });
                }
            }
        }
    }
    rows
}

/// Around midnights, with gaps.
fn minutes() -> impl Iterator<Item = i64> {
    [0, 1_410, 2_870, 4_300].into_iter().flat_map(|it| (it..it + 25).map(|minute| FIRST + minute))
}

fn within_minute(random: &mut fastrand::Rng, start: i64) -> i64 {
    let minute = start.div_euclid(60_000_000) * 60_000_000;
    minute + [0, 1, 59_999_999, random.i64(0..60_000_000)][random.usize(0..4)]
}

fn node_type(random: &mut fastrand::Rng) -> Option<&'static str> {
    match random.u8(0..20) {
        0 => None,
        1 => Some(""),
        2 => Some("unheard.of"),
        // Most are usable, so that most sums are known.
        3..14 => Some(["small", "odd", "half", "third", "größe-😀", "two sizes"][random.usize(0..6)]),
        _ => Some(SIZES[random.usize(0..SIZES.len())].0),
    }
}

fn percent(random: &mut fastrand::Rng) -> Option<f64> {
    const STRANGE: &[f64] = &[
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -f64::MIN_POSITIVE,
        f64::MIN_POSITIVE,
        1e300,
        -0.0,
        0.0,
        1000.0,
        1000.0_f64.next_up(),
        1000.0_f64.next_down(),
        0.000_5,
    ];
    match random.u8(0..100) {
        0..2 => None,
        2..8 => Some(STRANGE[random.usize(0..STRANGE.len())]),
        // Times cores and 10, or 1000, these are halves, and their neighbours are not.
        8..30 => Some(f64::from(random.u32(0..200)) / 80.0),
        30..50 => Some(f64::from(random.u32(0..200_000)) / 2_000.0),
        50..60 => Some((f64::from(random.u32(1..2_000)) / 16.0).next_down()),
        60..70 => Some((f64::from(random.u32(1..2_000)) / 16.0).next_up()),
        70..90 => Some(random.f64() * 100.0),
        _ => Some(random.f64() * 1000.0),
    }
}

/// The first node has the extremes: the sum over the nodes of a minute stays within 64 bits.
fn bytes(random: &mut fastrand::Rng, node: usize) -> (Option<i64>, Option<i64>) {
    const ROOM: i64 = 1 << 50;
    let mut usual = || (random.u8(0..8) > 0).then(|| random.i64(0..1 << 46));
    let (sent, received) = (usual(), usual());
    if node > 0 {
        return (sent, received);
    }
    match random.u8(0..6) {
        0 => (Some(i64::MAX - ROOM), received),
        1 => (sent, Some(i64::MIN)),
        2 => (Some(i64::MIN), Some(i64::MAX)),
        3 => (None, None),
        _ => (sent, received),
    }
}

fn timeline_batch(rows: &[NodeMinute]) -> RecordBatch {
    let text =
        |of: fn(&NodeMinute) -> Option<&str>| -> ArrayRef { Arc::new(StringArray::from_iter(rows.iter().map(of))) };
    let percent = |at: usize| -> ArrayRef { Arc::new(Float64Array::from_iter(rows.iter().map(|it| it.percent[at]))) };
    let bytes =
        |of: fn(&NodeMinute) -> Option<i64>| -> ArrayRef { Arc::new(Int64Array::from_iter(rows.iter().map(of))) };
    let time = |after: i64| -> ArrayRef {
        let times = rows.iter().map(|it| it.start + after);
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    RecordBatch::try_from_iter_with_nullable([
        ("account_id", text(|_| Some("a")), true),
        ("workspace_id", text(|it| Some(it.workspace)), true),
        ("cluster_id", text(|it| Some(it.cluster)), true),
        ("instance_id", text(|it| Some(&it.instance)), true),
        ("start_time", time(0), true),
        ("end_time", time(60_000_000), true),
        ("driver", Arc::new(BooleanArray::from_iter(rows.iter().map(|it| it.driver))) as ArrayRef, true),
        ("cpu_user_percent", percent(0), true),
        ("cpu_system_percent", percent(1), true),
        ("cpu_wait_percent", percent(2), true),
        ("mem_used_percent", percent(3), true),
        ("mem_swap_percent", percent(4), true),
        ("network_sent_bytes", bytes(|it| it.sent), true),
        ("network_received_bytes", bytes(|it| it.received), true),
        ("node_type", text(|it| it.node_type), true),
    ])
    .unwrap()
}

fn types_batch(sizes: &[(&str, f64, i64)]) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("node_type", Arc::new(StringArray::from_iter_values(sizes.iter().map(|it| it.0))) as ArrayRef),
        ("core_count", Arc::new(Float64Array::from_iter_values(sizes.iter().map(|it| it.1)))),
        ("memory_mb", Arc::new(Int64Array::from_iter_values(sizes.iter().map(|it| it.2)))),
    ])
    .unwrap()
}
