//! The many physical types that Parquet writers choose.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Date32Array, Decimal128Array, Decimal256Array, Float32Array, Float64Array,
    Int8Array, Int32Array, Int64Array, StringArray, StringViewArray, StructArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt32Array, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, TimestampMicrosecondType, i256};
use clusteriq_model::tables::{ClusterRow, ListPriceRow, NodeTypeRow, QueryRow, WarehouseEventRow};

use crate::fixtures::{Folder, parquet_columns};

fn strings(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn node_types(names: ArrayRef, cores: ArrayRef, memory: ArrayRef) -> Vec<(String, f64, i64)> {
    let columns = vec![("node_type", names), ("core_count", cores), ("memory_mb", memory)];
    let rows: Vec<NodeTypeRow> = Folder::with("compute.node_types.parquet", parquet_columns(columns)).read().rows();
    rows.into_iter().map(|it| (it.node_type, it.core_count, it.memory_mb)).collect()
}

#[test]
fn texts_and_numbers_of_any_width_and_encoding_are_the_same() {
    let expected = [("7".to_owned(), 2.0, 8192), ("8".to_owned(), 4.0, 16384)];
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let names: Vec<ArrayRef> = vec![
        strings(&["7", "8"]),
        Arc::new(StringViewArray::from(vec!["7", "8"])),
        cast(&strings(&["7", "8"]), &dictionary).unwrap(),
        cast(&strings(&["7", "8"]), &DataType::LargeUtf8).unwrap(),
        Arc::new(BinaryArray::from_vec(vec![b"7", b"8"])),
        Arc::new(Int64Array::from(vec![7, 8])),
        Arc::new(Float64Array::from(vec![7.0, 8.0])),
    ];
    let numbers: Vec<(ArrayRef, ArrayRef)> = vec![
        (Arc::new(Float64Array::from(vec![2.0, 4.0])), Arc::new(Int64Array::from(vec![8192, 16384]))),
        (Arc::new(Float32Array::from(vec![2.0, 4.0])), Arc::new(Int32Array::from(vec![8192, 16384]))),
        (Arc::new(Int8Array::from(vec![2, 4])), Arc::new(UInt32Array::from(vec![8192, 16384]))),
        (strings(&["2", "4.0"]), strings(&["8192", "16384.0"])),
        (
            Arc::new(Decimal128Array::from(vec![20, 40]).with_precision_and_scale(4, 1).unwrap()),
            Arc::new(Decimal128Array::from(vec![8192, 16384]).with_precision_and_scale(10, 0).unwrap()),
        ),
        (Arc::new(UInt64Array::from(vec![2, 4])), Arc::new(Float64Array::from(vec![8192.0, 16384.0]))),
    ];
    for names in names {
        for (cores, memory) in &numbers {
            assert_eq!(
                node_types(names.clone(), cores.clone(), memory.clone()),
                expected,
                "{} {}",
                names.data_type(),
                cores.data_type()
            );
        }
    }
}

#[test]
fn instants_of_any_unit_with_or_without_zone_are_utc() {
    const SECOND: i64 = 1_789_986_030;
    let times: Vec<ArrayRef> = vec![
        Arc::new(TimestampSecondArray::from(vec![SECOND])),
        Arc::new(TimestampMillisecondArray::from(vec![SECOND * 1_000])),
        Arc::new(TimestampMicrosecondArray::from(vec![SECOND * 1_000_000]).with_timezone("America/New_York")),
        Arc::new(TimestampNanosecondArray::from(vec![SECOND * 1_000_000_000 + 999])),
        Arc::new(Int64Array::from(vec![SECOND * 1_000])),
        strings(&["2026-09-21 10:20:30"]),
    ];
    for time in times {
        let shown = time.data_type().to_string();
        let columns = vec![
            ("workspace_id", strings(&["1"])),
            ("warehouse_id", strings(&["w"])),
            ("event_type", strings(&["RUNNING"])),
            ("event_time", time),
        ];
        let outcome = Folder::with("compute.warehouse_events.parquet", parquet_columns(columns)).read();
        let batch = outcome.batch(WarehouseEventRow::SPEC);
        let times = batch.column_by_name("event_time").unwrap().as_primitive::<TimestampMicrosecondType>();
        assert_eq!(times.value(0), SECOND * 1_000_000, "{shown}");
    }
}

#[test]
fn prices_of_any_type_are_exact() {
    let prices: Vec<ArrayRef> = vec![
        Arc::new(Decimal128Array::from(vec![15]).with_precision_and_scale(4, 2).unwrap()),
        Arc::new(Decimal128Array::from(vec![150_000_000_000_000_000]).with_precision_and_scale(38, 18).unwrap()),
        Arc::new(Decimal128Array::from(vec![1_500_000]).with_precision_and_scale(38, 7).unwrap()),
        Arc::new(
            Decimal256Array::from(vec![i256::from_i128(15_000_000_000_000_000_000_000)])
                .with_precision_and_scale(76, 23)
                .unwrap(),
        ),
        Arc::new(Float64Array::from(vec![0.15])),
        strings(&["0.15"]),
    ];
    for price in prices {
        let shown = price.data_type().to_string();
        let nested = StructArray::from(vec![(Arc::new(Field::new("default", price.data_type().clone(), true)), price)]);
        let columns = vec![
            ("sku_name", strings(&["S"])),
            ("cloud", strings(&["AWS"])),
            ("usage_unit", strings(&["DBU"])),
            ("currency_code", strings(&["USD"])),
            ("price_start_time", Arc::new(Date32Array::from(vec![20_000])) as ArrayRef),
            ("pricing", Arc::new(nested) as ArrayRef),
        ];
        let batch =
            Folder::with("billing.list_prices.parquet", parquet_columns(columns)).read().batch(ListPriceRow::SPEC);
        let prices = batch.column_by_name("price").unwrap().as_primitive::<Decimal128Type>();
        assert_eq!(prices.value(0), 150_000_000_000_000_000, "{shown}");
    }
}

#[test]
fn a_value_inside_of_nothing_is_unknown() {
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("w1"), Some("under a null"), None]));
    let fields = vec![Field::new("warehouse_id", DataType::Utf8, false)];
    let fields: Vec<Field> = fields.into_iter().map(|it| it.with_nullable(true)).collect();
    let compute = StructArray::try_new(fields.into(), vec![inner], Some(vec![true, false, true].into())).unwrap();
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1_789_986_030_000_000; 3]));
    let columns = vec![
        ("workspace_id", strings(&["1", "1", "1"])),
        ("statement_id", strings(&["a", "b", "c"])),
        ("start_time", time),
        ("compute", Arc::new(compute) as ArrayRef),
    ];
    let outcome = Folder::with("query.history.parquet", parquet_columns(columns)).read();
    let rows: Vec<QueryRow> = outcome.rows();
    assert_eq!(rows.iter().map(|it| it.warehouse_id.as_deref()).collect::<Vec<_>>(), [Some("w1"), None, None]);
    let missing: Vec<_> = outcome.summary.tables["queries"].missing_columns.keys().copied().collect();
    assert!(missing.contains(&"job_id") && !missing.contains(&"warehouse_id"), "{missing:?}");
}

#[test]
fn nested_columns_may_be_json_text_or_structs_in_parquet_too() {
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1_789_986_030_000_000]));
    let base =
        || vec![("workspace_id", strings(&["1"])), ("cluster_id", strings(&["c"])), ("change_time", time.clone())];
    let mut json = base();
    json.push(("tags", strings(&["{\"team\":\"risk\"}"])));
    json.push(("aws_attributes", strings(&["{\"availability\":\"SPOT\",\"first_on_demand\":1}"])));
    json.push(("init_scripts", strings(&["[\"/a.sh\"]"])));
    let tag = StructArray::from(vec![(Arc::new(Field::new("team", DataType::Utf8, true)), strings(&["risk"]))]);
    let aws = StructArray::from(vec![
        (Arc::new(Field::new("availability", DataType::Utf8, true)), strings(&["SPOT"])),
        (
            Arc::new(Field::new("first_on_demand", DataType::Int32, true)),
            Arc::new(Int32Array::from(vec![1])) as ArrayRef,
        ),
    ]);
    let mut nested = base();
    nested.push(("tags", Arc::new(tag)));
    nested.push(("aws_attributes", Arc::new(aws)));
    let scripts = arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>([Some([Some(1)])]);
    nested.push(("init_scripts", Arc::new(scripts)));
    for (columns, script) in [(json, "/a.sh"), (nested, "1")] {
        let rows: Vec<ClusterRow> = Folder::with("compute.clusters.parquet", parquet_columns(columns)).read().rows();
        assert_eq!(
            rows[0].tags.iter().flatten().map(|it| (it.0.as_str(), it.1.as_str())).collect::<Vec<_>>(),
            [("team", "risk")]
        );
        assert_eq!((rows[0].availability.as_deref(), rows[0].first_on_demand), (Some("SPOT"), Some(1)));
        assert_eq!(rows[0].init_scripts.as_deref().unwrap(), [script]);
    }
}
