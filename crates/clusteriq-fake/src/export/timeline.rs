//! `system.compute.node_timeline`, one file per day: too many rows to go through JSON.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, Int64Builder, MapBuilder, MapFieldNames, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::error::ArrowError;
use clusteriq_model::tables::NODE_TIMELINE;
use parquet::arrow::ArrowWriter;

use super::rows::micros;
use super::{schemas, tables};
use crate::FakeError;
use crate::nodes::{NodeMinute, Role};
use crate::time::{Day, MINUTE};

/// Rows turned into columns at a time.
const BATCH: usize = 65_536;

/// A day's file, to which rows are added resource by resource.
pub(crate) struct DayFile {
    path: PathBuf,
    account: String,
    writer: ArrowWriter<File>,
}

impl DayFile {
    /// Opens it.
    pub(super) fn create(dir: &Path, account: &str, day: Day) -> Result<Self, FakeError> {
        let path = dir.join(NODE_TIMELINE).join(format!("{}.parquet", day.date()));
        let writer = tables::open(&path, &schemas::node_timeline())?;
        Ok(Self { path, account: account.to_owned(), writer })
    }

    /// Adds rows.
    pub(super) fn append(&mut self, rows: &[NodeMinute]) -> Result<(), FakeError> {
        let failed = |source| FakeError::Parquet { path: self.path.clone(), source };
        for rows in rows.chunks(BATCH) {
            let batch = columns(&self.account, rows).map_err(|it| failed(it.into()))?;
            self.writer.write(&batch).map_err(failed)?;
        }
        Ok(())
    }

    /// Finishes it.
    pub(crate) fn close(self) -> Result<(), FakeError> {
        let path = self.path;
        self.writer.close().map(drop).map_err(|source| FakeError::Parquet { path, source })
    }
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
