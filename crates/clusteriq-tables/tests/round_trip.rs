//! Rows of every table survive the way to Arrow and back.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, LargeStringArray, RecordBatch, StringArray};
use clusteriq_model::Decimal;
use clusteriq_model::tables::{
    AccountPriceRow, ClusterMinuteRow, ClusterRow, ClusterSettingsRow, InstanceEventRow, InstancePoolRow,
    JobClusterSettingsRow, JobRow, JobRunSliceRow, JobSettingsRow, JobTaskRow, Kind, ListPriceRow, NodeTypeRow,
    PipelineRow, PipelineSettingsRow, PipelineUpdateRow, PolicyRow, PoolSettingsRow, QueryRow, Row, Tags,
    TaskRunSliceRow, TaskSettingsRow, UsageRow, Value, WarehouseEventRow, WarehouseRow, WorkspaceRow,
};
use clusteriq_tables::{TableError, from_batch, schema, to_batch};
use jiff::Timestamp;
use proptest::prelude::*;

fn value(kind: Kind) -> BoxedStrategy<Value> {
    let text = || "[a-zé ]{0,6}";
    match kind {
        Kind::Text => text().prop_map(Value::Text).boxed(),
        Kind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        Kind::Float => any::<f64>().prop_filter("finite", |it| it.is_finite()).prop_map(Value::Float).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Time => (-62_135_596_800_000_000_i64..253_402_000_000_000_000)
            .prop_map(|it| Value::Time(Timestamp::from_microsecond(it).unwrap()))
            .boxed(),
        // Up to 28 digits, as many as a Decimal has; the scale of the system tables is 18.
        Kind::Decimal => (any::<i64>(), 0_u32..=18)
            .prop_map(|(it, scale)| Value::Decimal(Decimal::from_i128_with_scale(it.into(), scale)))
            .boxed(),
        Kind::Tags => prop::collection::btree_map(text(), text(), 0..3)
            .prop_map(|it| Value::Tags(it.into_iter().collect()))
            .boxed(),
        Kind::Texts => prop::collection::vec(text(), 0..3).prop_map(Value::Texts).boxed(),
    }
}

fn row<R: Row>() -> impl Strategy<Value = Vec<Value>> {
    let cell = |it: &clusteriq_model::tables::ColumnSpec| {
        let known = value(it.kind);
        if it.optional { prop_oneof![Just(Value::Null), known].boxed() } else { known }
    };
    R::SPEC.columns.iter().map(cell).collect::<Vec<_>>()
}

macro_rules! every_table {
    ($($test:ident = $row:ident;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(24))]
            $(
                #[test]
                fn $test(rows in prop::collection::vec(row::<$row>(), 0..5)) {
                    let make = |it: &Vec<Value>| $row::from_values(&mut it.clone().into_iter()).unwrap();
                    let rows: Vec<$row> = rows.iter().map(make).collect();
                    let batch = to_batch(rows.clone());
                    prop_assert_eq!(batch.schema(), schema($row::SPEC));
                    prop_assert_eq!(from_batch::<$row>(&batch).unwrap(), rows);
                }
            )*
        }

        #[test]
        fn every_table_is_among_these() {
            let mut here = vec![$($row::SPEC.dataset),*];
            let mut all: Vec<_> = clusteriq_model::tables::ALL.iter().map(|it| it.dataset).collect();
            here.sort_unstable();
            all.sort_unstable();
            assert_eq!(here, all);
        }
    };
}

every_table! {
    node_types_come_back = NodeTypeRow;
    workspaces_come_back = WorkspaceRow;
    list_prices_come_back = ListPriceRow;
    account_prices_come_back = AccountPriceRow;
    usage_comes_back = UsageRow;
    clusters_come_back = ClusterRow;
    cluster_settings_come_back = ClusterSettingsRow;
    policies_come_back = PolicyRow;
    instance_pools_come_back = InstancePoolRow;
    pool_settings_come_back = PoolSettingsRow;
    instance_events_come_back = InstanceEventRow;
    warehouses_come_back = WarehouseRow;
    warehouse_events_come_back = WarehouseEventRow;
    jobs_come_back = JobRow;
    job_tasks_come_back = JobTaskRow;
    job_settings_come_back = JobSettingsRow;
    job_clusters_come_back = JobClusterSettingsRow;
    task_settings_come_back = TaskSettingsRow;
    job_run_slices_come_back = JobRunSliceRow;
    task_run_slices_come_back = TaskRunSliceRow;
    pipelines_come_back = PipelineRow;
    pipeline_settings_come_back = PipelineSettingsRow;
    pipeline_updates_come_back = PipelineUpdateRow;
    queries_come_back = QueryRow;
    cluster_minutes_come_back = ClusterMinuteRow;
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn node_types(memory: ArrayRef) -> Result<Vec<NodeTypeRow>, TableError> {
    from_batch(&batch(vec![
        ("memory_mb", memory),
        ("account_id", Arc::new(StringArray::from(vec!["x", "y"]))),
        ("node_type", Arc::new(LargeStringArray::from(vec!["a", "b"]))),
        ("core_count", Arc::new(Int32Array::from(vec![4, 8]))),
    ]))
}

#[test]
fn order_width_and_other_columns_do_not_matter_and_missing_optional_ones_are_unknown() {
    let rows = node_types(Arc::new(Int32Array::from(vec![1024, 2048]))).unwrap();
    let expected = NodeTypeRow { node_type: "b".into(), core_count: 8.0, memory_mb: 2048, gpu_count: None };
    assert_eq!(rows[1], expected);
}

#[test]
fn an_error_names_the_table_the_column_and_the_row() {
    let null = node_types(Arc::new(Int32Array::from(vec![Some(1), None]))).unwrap_err();
    assert!(null.to_string().starts_with("node_types.memory_mb is null in row 1 of the batch\n\nhint: "));
    let text = node_types(Arc::new(StringArray::from(vec!["1", "2"]))).unwrap_err();
    assert!(text.to_string().starts_with("node_types.memory_mb has type Utf8, expected Int64\n\nhint: "));
    let none = from_batch::<NodeTypeRow>(&batch(vec![("node_type", Arc::new(StringArray::from(vec!["a"])))]));
    assert!(none.unwrap_err().to_string().starts_with("node_types has no column: core_count\n\nhint: "));
}

#[test]
fn a_tag_without_a_value_is_kept_and_a_time_without_a_zone_is_in_utc() {
    use arrow::array::{MapBuilder, StringBuilder};
    let mut tags = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    tags.keys().append_value("team");
    tags.values().append_null();
    tags.append(true).unwrap();
    let text = |it: &str| -> ArrayRef { Arc::new(StringArray::from(vec![it])) };
    let time: ArrayRef = Arc::new(arrow::array::TimestampMillisecondArray::from(vec![1_000]));
    let rows: Vec<JobRow> = from_batch(&batch(vec![
        ("workspace_id", text("1")),
        ("job_id", text("2")),
        ("change_time", time),
        ("tags", Arc::new(tags.finish())),
    ]))
    .unwrap();
    assert_eq!(rows[0].tags, Some(Tags::from([("team".to_owned(), String::new())])));
    assert_eq!(rows[0].change_time, Timestamp::from_second(1).unwrap());
}
