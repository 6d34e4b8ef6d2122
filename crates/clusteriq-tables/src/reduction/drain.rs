//! Finished days as `cluster_minutes` batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, NullBufferBuilder, RecordBatch, StringArray, TimestampMicrosecondArray};
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

    let most = day.most_rows(workspace);
    let mut clusters = Texts::new(most);
    let mut worker_types = Types { texts: Texts::new(most), last: NO_TYPE, times: 0, names: type_names };
    let mut driver_types = Types { texts: Texts::new(most), last: NO_TYPE, times: 0, names: type_names };
    let mut times = Vec::with_capacity(most);
    let mut integers: [Vec<i64>; INTEGERS.len()] = std::array::from_fn(|_| Vec::with_capacity(most));
    let mut unknown = Vec::with_capacity(most);
    for (cluster, minutes) in day.clusters(workspace) {
        let rows = times.len();
        for (minute, it) in minutes {
            worker_types.push(it.worker_type);
            driver_types.push(it.driver_type);
            times.push(midnight + i64::from(minute) * MICROSECONDS);
            for (column, value) in integers.iter_mut().zip(it.integers()) {
                column.push(value);
            }
            unknown.push(it.unknown());
        }
        clusters.push(Some(cluster), times.len() - rows);
    }
    let mut workspaces = Texts::new(most);
    workspaces.push(Some(workspace), times.len());

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

/// A column of node types: long runs of the same one.
struct Types<'a> {
    texts: Texts,
    /// A type that is to be written so many times.
    last: TypeId,
    times: usize,
    names: &'a [Box<str>],
}

impl Types<'_> {
    #[inline]
    fn push(&mut self, id: TypeId) {
        if id != self.last {
            self.write();
            self.last = id;
        }
        self.times += 1;
    }

    fn write(&mut self) {
        let name = (self.last != NO_TYPE).then(|| self.names[self.last as usize].as_ref());
        self.texts.push(name, std::mem::take(&mut self.times));
    }

    fn finish(mut self) -> ArrayRef {
        self.write();
        self.texts.finish()
    }
}

/// A text column while it is filled.
struct Texts {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl Texts {
    fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { bytes: Vec::new(), offsets, nulls: NullBufferBuilder::new(rows) }
    }

    fn push(&mut self, text: Option<&str>, times: usize) {
        match text {
            Some(_) => self.nulls.append_n_non_nulls(times),
            None => self.nulls.append_n_nulls(times),
        }
        let text = text.unwrap_or_default().as_bytes();
        self.bytes.reserve(text.len() * times);
        for _ in 0..times {
            self.bytes.extend_from_slice(text);
            // 2 GiB would be 70 million cluster-minutes of one workspace and day: 50 thousand clusters without a pause.
            self.offsets.push(i32::try_from(self.bytes.len()).expect("less than 2 GiB of names per workspace and day"));
        }
    }

    fn finish(mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(self.offsets.into());
        Arc::new(StringArray::new(offsets, Buffer::from_vec(self.bytes), self.nulls.finish()))
    }
}
