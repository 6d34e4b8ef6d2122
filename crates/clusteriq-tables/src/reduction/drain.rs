//! Finished days as `cluster_minutes` batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use clusteriq_model::tables::{ClusterMinuteRow, Kind};

use super::day::{Day, MINUTES_PER_DAY};
use super::minute::{NO_TYPE, TypeId};
use crate::{data_type, schema};

/// One batch per workspace, sorted by cluster, then minute.
pub(super) fn batches(number: i32, day: &Day, type_names: &[Box<str>]) -> Vec<RecordBatch> {
    day.workspaces()
        .map(|it| batch(number, day, it, type_names))
        .collect()
}

fn batch(number: i32, day: &Day, workspace: &str, type_names: &[Box<str>]) -> RecordBatch {
    const MICROSECONDS: i64 = 60_000_000;
    let rows = day.minutes(workspace).count();
    let text = || StringBuilder::with_capacity(rows, rows * 16);
    let name = |id: TypeId| (id != NO_TYPE).then(|| type_names[id as usize].as_ref());
    let midnight = i64::from(number) * i64::from(MINUTES_PER_DAY);

    let mut workspaces = text();
    let mut clusters = text();
    let mut minutes =
        TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type(Kind::Time));
    let mut worker_types = text();
    let mut driver_types = text();
    let mut integers: [Int64Builder; 14] =
        std::array::from_fn(|_| Int64Builder::with_capacity(rows));
    for (cluster, minute, it) in day.minutes(workspace) {
        workspaces.append_value(workspace);
        clusters.append_value(cluster);
        let minute = i64::try_from(minute).expect("less than 1440");
        minutes.append_value((midnight + minute) * MICROSECONDS);
        worker_types.append_option(name(it.worker_type));
        driver_types.append_option(name(it.driver_type));
        // In the order of the table's integer columns.
        let values = [
            Some(i64::from(it.workers)),
            Some(i64::from(it.drivers)),
            it.worker_millicores(),
            it.worker_mib(),
            it.used_millicores(),
            it.wait_millicores(),
            it.used_mib(),
            it.busiest_cpu(),
            it.fullest_mem(),
            it.most_swap(),
            Some(it.network),
            it.driver_cpu(),
            it.driver_mem(),
            it.driver_wait(),
        ];
        for (builder, value) in integers.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }
    let mut integers = integers
        .into_iter()
        .map(|mut it| Arc::new(it.finish()) as ArrayRef);
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(workspaces.finish()),
        Arc::new(clusters.finish()),
        Arc::new(minutes.finish()),
    ];
    arrays.extend(integers.by_ref().take(2));
    arrays.push(Arc::new(worker_types.finish()));
    arrays.push(Arc::new(driver_types.finish()));
    arrays.extend(integers);
    RecordBatch::try_new(schema(ClusterMinuteRow::SPEC), arrays)
        .expect("the columns are those of the table, in its order")
}
