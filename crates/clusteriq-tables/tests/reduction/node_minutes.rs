//! Node-minutes for tests: made, encoded in all the ways that readers deliver them, and reduced naively.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    make_array, new_null_array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, TimeUnit};
use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_tables::{NodeSize, NodeSizes};
use jiff::Timestamp;
use proptest::prelude::*;

/// 2026-10-01 in days since 1970.
pub(crate) const FIRST_DAY: i64 = 20_727;

/// A row of `system.compute.node_timeline`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeMinute {
    pub(crate) workspace: &'static str,
    pub(crate) cluster: &'static str,
    pub(crate) instance: &'static str,
    pub(crate) node_type: Option<&'static str>,
    pub(crate) minute: i64,
    pub(crate) driver: Option<bool>,
    pub(crate) user: Option<f64>,
    pub(crate) system: Option<f64>,
    pub(crate) wait: Option<f64>,
    pub(crate) mem: Option<f64>,
    pub(crate) swap: Option<f64>,
    pub(crate) sent: Option<i64>,
    pub(crate) received: Option<i64>,
}

/// An ordinary worker in an ordinary minute.
pub(crate) fn worker() -> NodeMinute {
    NodeMinute {
        workspace: "a",
        cluster: "c",
        instance: "1",
        node_type: Some("small"),
        minute: FIRST_DAY * 1440 + 7,
        driver: Some(false),
        user: Some(20.0),
        system: Some(5.0),
        wait: Some(1.0),
        mem: Some(50.0),
        swap: Some(0.25),
        sent: Some(10),
        received: Some(20),
    }
}

pub(crate) fn sizes() -> NodeSizes {
    let size = |name: &str, cores, mib| (name.to_owned(), NodeSize { cores, mib });
    BTreeMap::from([
        size("small", 4.0, 16_384),
        size("big", 8.0, 65_536),
        size("odd", 2.5, 7_777),
        size("absurd", f64::NAN, 0),
    ])
}

fn size(name: Option<&str>) -> Option<NodeSize> {
    sizes().get(name?).copied().filter(|it| it.cores > 0.0)
}

/// Those of a fleet, no node-minute twice.
pub(crate) fn node_minutes() -> impl Strategy<Value = Vec<NodeMinute>> {
    let percent = || {
        prop_oneof![
            20 => (0_u32..10_000).prop_map(|it| Some(f64::from(it) / 100.0)),
            5 => (0.0..100.0_f64).prop_map(Some),
            1 => Just(None),
            1 => prop::sample::select(vec![Some(-0.5), Some(f64::NAN), Some(1_000.0), Some(1e300)]),
        ]
    };
    let bytes = || prop_oneof![9 => (0..1_i64 << 40).prop_map(Some), 1 => Just(None)];
    let key = (
        prop::sample::select(vec!["a", "b"]),
        prop::sample::select(vec!["c", "d"]),
        prop::sample::select(vec!["1", "2", "3"]),
        (0_i64..3, prop_oneof![0_i64..3, 62_i64..66, Just(1439_i64)])
            .prop_map(|(day, minute)| (FIRST_DAY + day) * 1440 + minute),
    );
    let node = (
        prop::sample::select(vec![Some("small"), Some("big"), Some("odd"), Some("none"), None]),
        prop::sample::select(vec![Some(true), Some(false), Some(false), None]),
    );
    let measured = (percent(), percent(), percent(), percent(), percent(), bytes(), bytes());
    let row = (key, node, measured).prop_map(|(key, node, it)| NodeMinute {
        workspace: key.0,
        cluster: key.1,
        instance: key.2,
        minute: key.3,
        node_type: node.0,
        driver: node.1,
        user: it.0,
        system: it.1,
        wait: it.2,
        mem: it.3,
        swap: it.4,
        sent: it.5,
        received: it.6,
    });
    prop::collection::vec(row, 1..120).prop_map(|rows| {
        let key = |it: &NodeMinute| (it.workspace, it.cluster, it.instance, it.minute);
        let rows: BTreeMap<_, _> = rows.into_iter().map(|it| (key(&it), it)).collect();
        rows.into_values().collect()
    })
}

/// The definition, as plainly as possible.
pub(crate) fn naive(rows: &[NodeMinute]) -> Vec<ClusterMinuteRow> {
    let mut groups = BTreeMap::<_, Vec<&NodeMinute>>::new();
    for it in rows {
        let key = (it.minute.div_euclid(1440), it.workspace, it.cluster, it.minute);
        groups.entry(key).or_default().push(it);
    }
    let one = |((_, workspace, cluster, minute), nodes): ((i64, &str, &str, i64), Vec<&NodeMinute>)| {
        let (drivers, workers): (Vec<&NodeMinute>, Vec<&NodeMinute>) =
            nodes.iter().partition(|it| it.driver == Some(true));
        ClusterMinuteRow {
            workspace_id: workspace.to_owned(),
            cluster_id: cluster.to_owned(),
            minute: Timestamp::from_second(minute * 60).unwrap(),
            workers: workers.len() as i64,
            drivers: drivers.len() as i64,
            worker_type: workers.iter().filter_map(|it| it.node_type).max().map(str::to_owned),
            driver_type: drivers.iter().filter_map(|it| it.node_type).max().map(str::to_owned),
            worker_millicores: sum(&workers, |it| Some(round(size(it.node_type)?.cores * 1000.0))),
            worker_mib: sum(&workers, |it| Some(size(it.node_type)?.mib)),
            used_millicores: sum(&workers, |it| Some(round(cpu(it)? * size(it.node_type)?.cores * 10.0))),
            wait_millicores: sum(&workers, |it| Some(round(known(it.wait)? * size(it.node_type)?.cores * 10.0))),
            used_mib: sum(&workers, |it| Some(round(known(it.mem)? * size(it.node_type)?.mib as f64 / 100.0))),
            busiest_cpu: max(&workers, cpu),
            fullest_mem: max(&workers, |it| known(it.mem)),
            most_swap: max(&workers, |it| known(it.swap)),
            network_bytes: nodes.iter().map(|it| it.sent.unwrap_or(0) + it.received.unwrap_or(0)).sum(),
            driver_cpu: max(&drivers, cpu),
            driver_mem: max(&drivers, |it| known(it.mem)),
            driver_wait: max(&drivers, |it| known(it.wait)),
        }
    };
    groups.into_iter().map(one).collect()
}

fn known(it: Option<f64>) -> Option<f64> {
    it.filter(|it| *it >= 0.0 && *it <= 1000.0)
}

fn cpu(it: &NodeMinute) -> Option<f64> {
    Some(known(it.user)? + known(it.system)?)
}

fn round(it: f64) -> i64 {
    it.round() as i64
}

fn sum(nodes: &[&NodeMinute], of: impl Fn(&NodeMinute) -> Option<i64>) -> Option<i64> {
    nodes.iter().map(|it| of(it)).sum()
}

fn max(nodes: &[&NodeMinute], of: impl Fn(&NodeMinute) -> Option<f64>) -> Option<i64> {
    let all: Option<Vec<i64>> = nodes.iter().map(|it| Some(round(of(it)? * 1000.0))).collect();
    all?.into_iter().max()
}

/// The types of these rows that have no usable size.
pub(crate) fn unsized_types(rows: &[NodeMinute]) -> Vec<&'static str> {
    let types = rows.iter().filter_map(|it| it.node_type);
    let types: BTreeSet<_> = types.filter(|it| size(Some(it)).is_none()).collect();
    types.into_iter().collect()
}

/// Reproducible from the seed.
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for i in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, (state >> 33) as usize % (i + 1));
    }
}

/// How a reader delivers a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    /// As asked for, times in microseconds UTC.
    Dictionary,
    /// Dictionaries that have texts that no row has, in front.
    WideDictionary,
    /// Large texts in a narrow dictionary, nanoseconds.
    OtherDictionary,
    /// Plain texts, milliseconds without a zone.
    Text,
    /// Large texts, seconds.
    LargeText,
    /// Views, microseconds of another zone.
    View,
    /// A slice of a longer batch.
    Slice,
}

impl Encoding {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop::sample::select(vec![
            Self::Dictionary,
            Self::WideDictionary,
            Self::OtherDictionary,
            Self::Text,
            Self::LargeText,
            Self::View,
            Self::Slice,
        ])
    }

    fn types(self) -> (DataType, TimeUnit, Option<&'static str>) {
        let dictionary = |key, value| DataType::Dictionary(Box::new(key), Box::new(value));
        match self {
            Self::Dictionary | Self::WideDictionary | Self::Slice => {
                (dictionary(DataType::Int32, DataType::Utf8), TimeUnit::Microsecond, Some("UTC"))
            }
            Self::OtherDictionary => {
                (dictionary(DataType::Int8, DataType::LargeUtf8), TimeUnit::Nanosecond, Some("+00:00"))
            }
            Self::Text => (DataType::Utf8, TimeUnit::Millisecond, None),
            Self::LargeText => (DataType::LargeUtf8, TimeUnit::Second, Some("UTC")),
            Self::View => (DataType::Utf8View, TimeUnit::Microsecond, Some("+02:00")),
        }
    }
}

/// The rows as a batch; `start_time` is not at the start of the minute.
pub(crate) fn encode(rows: &[NodeMinute], encoding: Encoding) -> RecordBatch {
    match encoding {
        Encoding::WideDictionary | Encoding::Slice => {
            let other =
                NodeMinute { workspace: "x", cluster: "y", instance: "z", node_type: Some("unused"), ..worker() };
            let wide: Vec<_> = std::iter::once(other).chain(rows.iter().copied()).collect();
            encode_plainly(&wide, encoding).slice(1, rows.len())
        }
        Encoding::Dictionary | Encoding::OtherDictionary | Encoding::Text | Encoding::LargeText | Encoding::View => {
            encode_plainly(rows, encoding)
        }
    }
}

fn encode_plainly(rows: &[NodeMinute], encoding: Encoding) -> RecordBatch {
    let (text_type, unit, zone) = encoding.types();
    let text = |of: fn(&NodeMinute) -> Option<&'static str>| -> ArrayRef {
        cast(&StringArray::from_iter(rows.iter().map(of)), &text_type).unwrap()
    };
    let percent =
        |of: fn(&NodeMinute) -> Option<f64>| -> ArrayRef { Arc::new(Float64Array::from_iter(rows.iter().map(of))) };
    let bytes =
        |of: fn(&NodeMinute) -> Option<i64>| -> ArrayRef { Arc::new(Int64Array::from_iter(rows.iter().map(of))) };
    let times = rows.iter().zip(0_i64..).map(|(it, i)| it.minute * 60_000_000 + i % 60 * 1_000_000);
    let times = TimestampMicrosecondArray::from_iter_values(times);
    let times = cast(&times, &DataType::Timestamp(unit, None)).unwrap();
    // Not a cast: that takes times without a zone for local ones.
    let zoned = DataType::Timestamp(unit, zone.map(Into::into));
    let times = times.to_data().into_builder().data_type(zoned).build().unwrap();
    RecordBatch::try_from_iter_with_nullable([
        ("network_sent_bytes", bytes(|it| it.sent), true),
        ("network_received_bytes", bytes(|it| it.received), true),
        ("workspace_id", text(|it| Some(it.workspace)), true),
        ("cluster_id", text(|it| Some(it.cluster)), true),
        ("instance_id", text(|it| Some(it.instance)), true),
        ("node_type", text(|it| it.node_type), true),
        ("start_time", make_array(times), true),
        ("driver", Arc::new(BooleanArray::from_iter(rows.iter().map(|it| it.driver))) as ArrayRef, true),
        ("cpu_user_percent", percent(|it| it.user), true),
        ("cpu_system_percent", percent(|it| it.system), true),
        ("cpu_wait_percent", percent(|it| it.wait), true),
        ("mem_used_percent", percent(|it| it.mem), true),
        ("mem_swap_percent", percent(|it| it.swap), true),
    ])
    .unwrap()
}

/// The batch with a null in that place.
pub(crate) fn with_null(batch: &RecordBatch, column: &str, row: usize) -> RecordBatch {
    let index = batch.schema().index_of(column).unwrap();
    let mut columns = batch.columns().to_vec();
    let old = &columns[index];
    let null = new_null_array(old.data_type(), 1);
    let rest = old.slice(row + 1, old.len() - row - 1);
    columns[index] = concat(&[&old.slice(0, row), &null, &rest]).unwrap();
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}
