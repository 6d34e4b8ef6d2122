//! Finished days as `cluster_minutes` batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use clusteriq_model::tables::{ClusterMinuteRow, Kind};

use super::day::{Day, MINUTES_PER_DAY};
use super::minute::{INTEGERS, NO_TYPE, TypeId};
use crate::{data_type, schema};

/// One batch per workspace, sorted by cluster, then minute.
pub(super) fn batches(number: i32, day: &Day, type_names: &[Box<str>]) -> Vec<RecordBatch> {
    day.workspaces().map(|it| batch(number, day, it, type_names)).collect()
}

fn batch(number: i32, day: &Day, workspace: &str, type_names: &[Box<str>]) -> RecordBatch {
    const MICROSECONDS: i64 = 60_000_000;
    let midnight = i64::from(number) * i64::from(MINUTES_PER_DAY) * MICROSECONDS;

    let mut clusters = Texts::default();
    let mut worker_types = Texts::default();
    let mut driver_types = Texts::default();
    let mut times = Vec::new();
    let mut integers: [Vec<i64>; INTEGERS.len()] = Default::default();
    let mut unknown = Vec::new();
    let name = |id: TypeId| (id != NO_TYPE).then(|| type_names[id as usize].as_ref());
    for (cluster, minutes) in day.clusters(workspace) {
        let rows = times.len();
        for (minute, it) in minutes {
            worker_types.push(name(it.worker_type));
            driver_types.push(name(it.driver_type));
            times.push(midnight + i64::from(minute) * MICROSECONDS);
            for (column, value) in integers.iter_mut().zip(it.integers()) {
                column.push(value);
            }
            unknown.push(it.unknown());
        }
        clusters.push_times(cluster, times.len() - rows);
    }
    let mut workspaces = Texts::default();
    workspaces.push_times(workspace, times.len());

    let times = TimestampMicrosecondArray::from(times).with_data_type(data_type(Kind::Time));
    let mut arrays: Vec<ArrayRef> = vec![workspaces.finish(), clusters.finish(), Arc::new(times)];
    let mut integers = integers.into_iter().zip(INTEGERS).map(|(values, (_, makes_unknown))| {
        let known = BooleanBuffer::collect_bool(unknown.len(), |it| unknown[it] & makes_unknown == 0);
        let nulls = Some(NullBuffer::new(known)).filter(|it| it.null_count() > 0);
        Arc::new(Int64Array::new(values.into(), nulls)) as ArrayRef
    });
    arrays.extend(integers.by_ref().take(2));
    arrays.push(worker_types.finish());
    arrays.push(driver_types.finish());
    arrays.extend(integers);
    RecordBatch::try_new(schema(ClusterMinuteRow::SPEC), arrays)
        .expect("the columns are those of the table, in its order")
}

/// A text column of long runs of the same text.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<i32>,
    nulls: Vec<usize>,
}

impl Texts {
    #[inline]
    fn push(&mut self, text: Option<&str>) {
        match text {
            Some(it) => self.bytes.extend_from_slice(it.as_bytes()),
            None => self.nulls.push(self.ends.len()),
        }
        self.end();
    }

    fn push_times(&mut self, text: &str, times: usize) {
        for _ in 0..times {
            self.bytes.extend_from_slice(text.as_bytes());
            self.end();
        }
    }

    #[inline]
    fn end(&mut self) {
        // 2 GiB of names would be 70 million cluster-minutes of one workspace and day, 50 thousand clusters without a pause.
        self.ends.push(i32::try_from(self.bytes.len()).expect("less than 2 GiB of names per day"));
    }

    fn finish(self) -> ArrayRef {
        let rows = self.ends.len();
        let offsets = std::iter::once(0).chain(self.ends).collect::<Vec<i32>>();
        let nulls = (!self.nulls.is_empty()).then(|| {
            let mut known = vec![true; rows];
            for row in self.nulls {
                known[row] = false;
            }
            NullBuffer::from(known)
        });
        let offsets = OffsetBuffer::new(offsets.into());
        Arc::new(StringArray::new(offsets, Buffer::from_vec(self.bytes), nulls))
    }
}
