//! `system.compute.node_timeline`, reduced to cluster-minutes while it is read, in bounded memory.
//!
//! Row groups are read in the order of the times that Parquet's statistics promise, and a day is handed on as soon as no
//! row group to come can touch it. Where nothing is promised (CSV, JSON), everything is held as long as it fits; if it does
//! not, the files are read once to learn their times, and then as often as needed, each time for fewer days.

use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use clusteriq_model::tables::{ClusterMinuteRow, ColumnSpec, Kind, NODE_TIMELINE, Origin, TableSpec};
use clusteriq_tables::{NodeSizes, Reducer};

use crate::batch::Odd;
use crate::chunk::{Chunk, Chunks, Ended};
use crate::error::CollectError;
use crate::find::SourceFile;
use crate::names::Source;
use crate::parallel::in_order;
use crate::parquet_file::Texts;
use crate::read::{Reading, hand_on};
use crate::rows::BATCH_ROWS;

const DAY: i64 = 86_400_000_000;
const MINUTES_PER_DAY: i64 = 1_440;

/// The columns that the reduction needs.
pub(crate) const SPEC: &TableSpec = &TableSpec {
    dataset: "node_timeline",
    origin: Origin::SystemTable(NODE_TIMELINE),
    columns: &[
        required("workspace_id", &["workspace_id"], Kind::Text),
        required("cluster_id", &["cluster_id"], Kind::Text),
        required("instance_id", &["instance_id"], Kind::Text),
        optional("node_type", &["node_type"], Kind::Text),
        required("start_time", &["start_time"], Kind::Time),
        required("driver", &["driver"], Kind::Bool),
        optional("cpu_user_percent", &["cpu_user_percent"], Kind::Float),
        optional("cpu_system_percent", &["cpu_system_percent"], Kind::Float),
        optional("cpu_wait_percent", &["cpu_wait_percent"], Kind::Float),
        optional("mem_used_percent", &["mem_used_percent"], Kind::Float),
        optional("mem_swap_percent", &["mem_swap_percent"], Kind::Float),
        optional("network_sent_bytes", &["network_sent_bytes"], Kind::Int),
        optional("network_received_bytes", &["network_received_bytes"], Kind::Int),
    ],
    key: &["workspace_id", "cluster_id", "instance_id", "start_time"],
    day: Some("start_time"),
};

const fn required(name: &'static str, source: &'static [&'static str], kind: Kind) -> ColumnSpec {
    ColumnSpec { name, source, kind, optional: false }
}

const fn optional(name: &'static str, source: &'static [&'static str], kind: Kind) -> ColumnSpec {
    ColumnSpec { name, source, kind, optional: true }
}

/// First and last time of no rows.
const NEVER: (i64, i64) = (i64::MAX, i64::MIN);
/// Where its `start_time` is.
const START_TIME: usize = 4;

/// Reads the files of one path and hands on their cluster-minutes.
pub(crate) fn reduce(reading: &mut Reading<'_>, files: &[SourceFile], sizes: &NodeSizes) -> Result<(), CollectError> {
    let chunks = Chunks::of(Source::Table(NODE_TIMELINE), SPEC, files, Texts::Dictionary)?;
    let dataset = ClusterMinuteRow::SPEC.dataset;
    reading.summary.table(dataset, NODE_TIMELINE).files += files.len() as u64;
    reading.absent(dataset, NODE_TIMELINE, &chunks.absent);
    reading.advanced(NODE_TIMELINE, chunks.empty_bytes, 0);
    let pieces = chunks.all.into_iter().map(Piece::new).collect();
    let mut passes =
        Passes { pieces, sizes, surveyed: false, width: None, given: i64::MIN, memory: reading.options.memory };
    let mut from = i64::MIN;
    while let Some(next) = passes.pass(reading, from)? {
        from = next;
    }
    let mut odd = Odd::default();
    for it in &passes.pieces {
        odd.infinite += it.odd.infinite;
        odd.far_times += it.odd.far_times;
        // Files without rows may not have been read again after it was found that they have none.
        if !it.is_read {
            reading.advanced(NODE_TIMELINE, it.chunk.bytes().saturating_sub(it.bytes), 0);
        }
    }
    reading.odd(NODE_TIMELINE, odd);
    Ok(())
}

/// One chunk and what has been learnt of it.
struct Piece {
    chunk: Chunk,
    times: Option<(i64, i64)>,
    /// What progress and summary have been told.
    bytes: u64,
    rows: u64,
    odd: Odd,
    is_read: bool,
}

impl Piece {
    fn new(chunk: Chunk) -> Self {
        let times = chunk.times();
        Self { chunk, times, bytes: 0, rows: 0, odd: Odd::default(), is_read: false }
    }

    fn touches(&self, days: &Range<i64>) -> bool {
        self.times.is_none_or(|(first, last)| first.div_euclid(DAY) < days.end && last.div_euclid(DAY) >= days.start)
    }
}

struct Passes<'a> {
    pieces: Vec<Piece>,
    sizes: &'a NodeSizes,
    /// Whether the times of all pieces are known.
    surveyed: bool,
    /// How many days at a time; all as long as that fits.
    width: Option<i64>,
    /// Days before this one have been handed on.
    given: i64,
    memory: usize,
}

/// Why a pass did not come to its end.
enum Stop {
    /// Too many days at once: how many were held, and which part of the input had been read.
    TooMuch {
        days: i64,
        part: f64,
    },
    Failed(CollectError),
}

impl From<CollectError> for Stop {
    fn from(it: CollectError) -> Self {
        Self::Failed(it)
    }
}

enum Message {
    Batch(RecordBatch, Odd, u64),
    End(Ended),
}

impl Passes<'_> {
    /// Reduces some days from a first one on; where to go on, if there are more.
    fn pass(&mut self, reading: &mut Reading<'_>, from: i64) -> Result<Option<i64>, CollectError> {
        // What promises nothing comes first, for it may touch any day; the sort keeps the order of the files.
        self.pieces.sort_by_key(|it| it.times.map(|it| it.0));
        let from = from.max(self.first_day().unwrap_or(i64::MIN));
        let days = from..self.width.map_or(i64::MAX, |it| from.saturating_add(it));
        match self.attempt(reading, &days) {
            Ok((reducer, next)) => {
                reading.summary.duplicate_node_minutes += reducer.duplicates();
                reading.summary.unknown_node_types.extend(reducer.unsized_types().iter().cloned());
                self.given = days.end;
                Ok(next)
            }
            Err(Stop::TooMuch { .. }) if !self.surveyed && self.pieces.iter().any(|it| it.times.is_none()) => {
                self.survey(reading)?;
                Ok(Some(from))
            }
            Err(Stop::TooMuch { days, part }) => {
                self.surveyed = true;
                #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a number of days")]
                let fits = (days as f64 * part * 0.8) as i64;
                let before = self.width.unwrap_or(i64::MAX);
                self.width = Some(fits.clamp(1, (before / 2).max(1)));
                Ok(Some(from))
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn first_day(&self) -> Option<i64> {
        let firsts: Option<Vec<i64>> = self.pieces.iter().map(|it| it.times.map(|it| it.0.div_euclid(DAY))).collect();
        firsts?.into_iter().min()
    }

    /// Reduces these days and hands them on. Also the first day after them that has rows.
    fn attempt(&mut self, reading: &mut Reading<'_>, days: &Range<i64>) -> Result<(Reducer, Option<i64>), Stop> {
        let mut reducer = Reducer::new(self.sizes.clone()).with_days(days.clone());
        let (numbers, others): (Vec<usize>, Vec<usize>) =
            (0..self.pieces.len()).partition(|at| self.pieces[*at].touches(days));
        let firsts = others.iter().filter_map(|at| self.pieces[*at].times).filter(|it| *it != NEVER);
        let mut next = firsts.map(|it| it.0.div_euclid(DAY)).filter(|it| *it >= days.end).min();
        let jobs: Vec<Chunk> = numbers.iter().map(|at| self.pieces[*at].chunk.clone()).collect();
        let all: u64 = jobs.iter().map(Chunk::bytes).sum();
        let (mut begun, mut before) = (None, 0);
        let (mut odd, mut rows) = (Odd::default(), 0);
        let result = in_order(&jobs, reading.options.threads, decode, |job, message| {
            let piece = &mut self.pieces[numbers[job]];
            if begun != Some(job) {
                begun = Some(job);
                (odd, rows) = (Odd::default(), 0);
                if let Some((first, _)) = piece.times {
                    give(reading, &mut reducer, Some(first.div_euclid(DAY)), &mut self.given)?;
                }
            }
            match message {
                Message::Batch(batch, more, bytes) => {
                    odd.infinite += more.infinite;
                    odd.far_times += more.far_times;
                    rows += batch.num_rows() as u64;
                    reading.advanced(NODE_TIMELINE, bytes.saturating_sub(piece.bytes), rows.saturating_sub(piece.rows));
                    (piece.bytes, piece.rows) = (piece.bytes.max(bytes), piece.rows.max(rows));
                    next = next.into_iter().chain(first_day_from(&batch, days.end)).min();
                    reducer.push(&batch).map_err(|source| CollectError::Reduce { table: NODE_TIMELINE, source })?;
                    let held = reducer.days_held().count() as i64;
                    if held > 1 && reducer.memory_bytes() > self.memory {
                        #[allow(clippy::cast_precision_loss, reason = "a part of the whole")]
                        let part = ((before + bytes) as f64 / all.max(1) as f64).clamp(0.01, 1.0);
                        return Err(Stop::TooMuch { days: held, part });
                    }
                }
                Message::End(ended) => {
                    before += jobs[job].bytes();
                    if !piece.is_read {
                        reading.advanced(NODE_TIMELINE, jobs[job].bytes().saturating_sub(piece.bytes), 0);
                        reading.summary.table(ClusterMinuteRow::SPEC.dataset, NODE_TIMELINE).rows_read += piece.rows;
                        reading.ended(ClusterMinuteRow::SPEC.dataset, NODE_TIMELINE, ended);
                        (piece.is_read, piece.odd) = (true, odd);
                    }
                }
            }
            Ok(())
        });
        result?;
        give(reading, &mut reducer, None, &mut self.given)?;
        Ok((reducer, next))
    }

    /// Reads the times of the pieces that promise nothing.
    fn survey(&mut self, reading: &Reading<'_>) -> Result<(), CollectError> {
        self.surveyed = true;
        let unknown: Vec<usize> = (0..self.pieces.len()).filter(|at| self.pieces[*at].times.is_none()).collect();
        let jobs: Vec<Chunk> = unknown.iter().map(|at| self.pieces[*at].chunk.clone()).collect();
        let pieces = &mut self.pieces;
        for at in &unknown {
            pieces[*at].times = Some(NEVER);
        }
        in_order(
            &jobs,
            reading.options.threads,
            |chunk, emit| chunk.read(&mut |it, _| emit(it.batch)).map(|_| ()),
            |job, batch: RecordBatch| {
                let times = start_times(&batch);
                let known = pieces[unknown[job]].times.unwrap_or(NEVER);
                let widened = times.iter().fold(known, |known, it| (known.0.min(*it), known.1.max(*it)));
                pieces[unknown[job]].times = Some(widened);
                Ok(())
            },
        )
    }
}

fn start_times(batch: &RecordBatch) -> &[i64] {
    batch.column(START_TIME).as_primitive::<TimestampMicrosecondType>().values()
}

/// The first day, not before `day`, that has rows.
fn first_day_from(batch: &RecordBatch, day: i64) -> Option<i64> {
    // Without passes there is no such day, and nothing to look for.
    let start = day.checked_mul(DAY)?;
    start_times(batch).iter().filter(|it| **it >= start).min().map(|it| it.div_euclid(DAY))
}

fn decode(chunk: &Chunk, emit: &mut dyn FnMut(Message) -> bool) -> Result<(), Stop> {
    let ended = chunk.read(&mut |it, bytes| emit(Message::Batch(it.batch, it.odd, bytes)))?;
    emit(Message::End(ended));
    Ok(())
}

/// Hands on the days before `day`, or all; those that an attempt before has given are not given again.
fn give(
    reading: &mut Reading<'_>,
    reducer: &mut Reducer,
    day: Option<i64>,
    given: &mut i64,
) -> Result<(), CollectError> {
    let spec = ClusterMinuteRow::SPEC;
    for batch in reducer.drain_until(day.map(|it| it.saturating_mul(MINUTES_PER_DAY))) {
        if day_of(&batch).is_some_and(|it| it < *given) {
            continue;
        }
        reading.summary.table(spec.dataset, NODE_TIMELINE).rows_given += batch.num_rows() as u64;
        for start in (0..batch.num_rows()).step_by(BATCH_ROWS) {
            hand_on(reading, spec, batch.slice(start, BATCH_ROWS.min(batch.num_rows() - start)))?;
        }
    }
    *given = day.map_or(*given, |it| it.max(*given));
    Ok(())
}

/// All rows of a drained batch are of one day.
fn day_of(batch: &RecordBatch) -> Option<i64> {
    let minutes = batch.column_by_name("minute")?;
    debug_assert!(matches!(minutes.data_type(), DataType::Timestamp(..)));
    minutes.as_primitive_opt::<TimestampMicrosecondType>()?.values().first().map(|it| it.div_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_tables::NODE_TIMELINE_COLUMNS;

    #[test]
    fn the_columns_are_those_that_the_reduction_names() {
        let names: Vec<_> = SPEC.columns.iter().map(|it| it.name).collect();
        assert_eq!(names, NODE_TIMELINE_COLUMNS);
        assert_eq!(SPEC.columns[START_TIME].name, "start_time");
    }
}
