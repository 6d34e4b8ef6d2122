//! `system.compute.node_timeline`, one file per day: too many rows to go through JSON.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, Int64Builder, MapBuilder, MapFieldNames, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::error::ArrowError;
use clusteriq_model::tables::NODE_TIMELINE;

use super::rows::micros;
use super::{schemas, tables};
use crate::FakeError;
use crate::nodes::{NodeMinute, Role};
use crate::time::{Day, MINUTE};

/// Rows turned into columns at a time.
const BATCH: usize = 65_536;

/// Writes a day's file.
pub(super) fn write(dir: &Path, account: &str, day: Day, rows: &[NodeMinute]) -> Result<(), FakeError> {
    let path = dir.join(NODE_TIMELINE).join(format!("{}.parquet", day.date()));
    let failed = |source| FakeError::Parquet { path: path.clone(), source };
    let mut writer = tables::open(&path, &schemas::node_timeline())?;
    for rows in rows.chunks(BATCH) {
        let batch = columns(account, rows).map_err(|it| failed(it.into()))?;
        writer.write(&batch).map_err(failed)?;
    }
    writer.close().map(drop).map_err(failed)
}

fn columns(account: &str, rows: &[NodeMinute]) -> Result<RecordBatch, ArrowError> {
    let text =
        |pick: fn(&NodeMinute) -> &str| Arc::new(StringArray::from_iter_values(rows.iter().map(pick))) as ArrayRef;
    let float =
        |pick: fn(&NodeMinute) -> f64| Arc::new(Float64Array::from_iter_values(rows.iter().map(pick))) as ArrayRef;
    let whole =
        |pick: fn(&NodeMinute) -> i64| Arc::new(Int64Array::from_iter_values(rows.iter().map(pick))) as ArrayRef;
    let at = |pick: fn(&NodeMinute) -> i64| {
        let instants = TimestampMicrosecondArray::from_iter_values(rows.iter().map(pick));
        Arc::new(instants.with_timezone("UTC")) as ArrayRef
    };
    let names = MapFieldNames { entry: "key_value".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
    let mut disks = MapBuilder::new(Some(names), StringBuilder::new(), Int64Builder::new());
    for row in rows {
        for (mount, free) in [("/", row.root_free_bytes), ("/local_disk0", row.local_free_bytes)] {
            disks.keys().append_value(mount);
            disks.values().append_value(free);
        }
        disks.append(true)?;
    }
    let drivers: BooleanArray = rows.iter().map(|it| Some(it.node.role == Role::Driver)).collect();
    let columns = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|_| account))) as ArrayRef,
        text(|it| &it.node.workspace_id),
        text(|it| &it.node.cluster_id),
        text(|it| &it.node.instance_id),
        at(|it| micros(it.start)),
        at(|it| micros(it.start + MINUTE)),
        Arc::new(drivers),
        float(|it| it.cpu_user),
        float(|it| it.cpu_system),
        float(|it| it.cpu_wait),
        float(|it| it.mem_used),
        float(|it| it.mem_swap),
        whole(|it| it.sent_bytes),
        whole(|it| it.received_bytes),
        Arc::new(disks.finish()),
        text(|it| &it.node.node_type.id),
    ];
    RecordBatch::try_new(schemas::node_timeline(), columns)
}
