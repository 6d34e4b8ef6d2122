//! The upsert: what is there and what is new become one sorted list in which every key stands once.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{interleave, interleave_record_batch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use clusteriq_model::tables::TableSpec;

use crate::parquet_file::BATCH_ROWS;

/// A row: which batch, which row of it.
type At = (usize, usize);

/// The rows of a partition after an import, as places in the batches they came from.
#[derive(Debug)]
pub(crate) struct Merged<'a> {
    batches: Vec<&'a RecordBatch>,
    order: Vec<At>,
    pub(crate) new: u64,
    pub(crate) replaced: u64,
    pub(crate) unchanged: u64,
}

impl Merged<'_> {
    /// Whether the partition is what it was.
    pub(crate) fn nothing_changed(&self) -> bool {
        self.new == 0 && self.replaced == 0
    }

    /// The rows in order of their keys, in batches of a fixed length.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
        self.order.chunks(BATCH_ROWS).map(|rows| interleave_record_batch(&self.batches, rows))
    }
}

/// Merges staged batches, oldest first, into the current ones. Of rows with the same key the last counts.
pub(crate) fn merge<'a>(
    spec: &TableSpec,
    current: &'a [RecordBatch],
    staged: &'a [RecordBatch],
) -> Result<Merged<'a>, ArrowError> {
    let batches: Vec<&RecordBatch> = current.iter().chain(staged).collect();
    let keys = Keys::of(spec, &batches)?;
    let old = keys.distinct(&batches, 0..current.len());
    let fresh = keys.distinct(&batches, current.len()..batches.len());

    let mut order = Vec::with_capacity(old.len() + fresh.len());
    let mut both: Vec<(At, At)> = Vec::new();
    let (mut left, mut right) = (old.iter().peekable(), fresh.iter().peekable());
    loop {
        let (a, b) = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => (left.next(), None),
            (None, Some(_)) => (None, right.next()),
            (Some(&&a), Some(&&b)) => match keys.compare(a, b) {
                Ordering::Less => (left.next(), None),
                Ordering::Greater => (None, right.next()),
                Ordering::Equal => (left.next(), right.next()),
            },
        };
        if let (Some(&a), Some(&b)) = (a, b) {
            both.push((a, b));
        }
        order.extend(b.or(a));
    }

    let mut unchanged = 0;
    for pairs in both.chunks(BATCH_ROWS) {
        unchanged += equal_rows(&batches, pairs)?;
    }
    let both = both.len() as u64;
    Ok(Merged { order, new: fresh.len() as u64 - both, replaced: both - unchanged, unchanged, batches })
}

/// The sort keys of every batch.
struct Keys(Vec<Rows>);

impl Keys {
    fn of(spec: &TableSpec, batches: &[&RecordBatch]) -> Result<Self, ArrowError> {
        let Some(first) = batches.first() else {
            return Ok(Self(Vec::new()));
        };
        let columns = |batch: &RecordBatch| {
            spec.key
                .iter()
                .map(|name| {
                    batch
                        .column_by_name(name)
                        .cloned()
                        .ok_or_else(|| ArrowError::SchemaError(format!("no key column {name}")))
                })
                .collect::<Result<Vec<_>, ArrowError>>()
        };
        let fields = columns(first)?.iter().map(|it| SortField::new(it.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        batches.iter().map(|it| converter.convert_columns(&columns(it)?)).collect::<Result<_, ArrowError>>().map(Self)
    }

    fn compare(&self, a: At, b: At) -> Ordering {
        self.0[a.0].row(a.1).cmp(&self.0[b.0].row(b.1))
    }

    /// The rows of these batches in order of their keys; of several with one key only the last.
    fn distinct(&self, batches: &[&RecordBatch], range: std::ops::Range<usize>) -> Vec<At> {
        let mut rows: Vec<At> =
            range.flat_map(|batch| (0..batches[batch].num_rows()).map(move |row| (batch, row))).collect();
        // Stable, so that rows with one key stay in the order in which they came; fast on what is sorted already.
        rows.sort_by(|&a, &b| self.compare(a, b));
        let mut kept: Vec<At> = Vec::with_capacity(rows.len());
        for row in rows {
            match kept.last_mut() {
                Some(last) if self.compare(*last, row).is_eq() => *last = row,
                _ => kept.push(row),
            }
        }
        kept
    }
}

/// How many pairs of rows are the same in every column.
fn equal_rows(batches: &[&RecordBatch], pairs: &[(At, At)]) -> Result<u64, ArrowError> {
    let (left, right): (Vec<At>, Vec<At>) = pairs.iter().copied().unzip();
    let mut equal = vec![true; pairs.len()];
    for column in 0..batches[0].num_columns() {
        let arrays: Vec<&dyn Array> = batches.iter().map(|it| it.column(column).as_ref()).collect();
        let (a, b) = (interleave(&arrays, &left)?, interleave(&arrays, &right)?);
        let same: BooleanArray = if matches!(a.data_type(), DataType::Map(..) | DataType::List(_)) {
            let converter = RowConverter::new(vec![SortField::new(a.data_type().clone())])?;
            let (a, b) = (converter.convert_columns(&[a])?, converter.convert_columns(&[b])?);
            a.iter().zip(b.iter()).map(|(a, b)| Some(a == b)).collect()
        } else {
            not_distinct(&a, &b)?
        };
        for (equal, same) in equal.iter_mut().zip(same.values()) {
            *equal &= same;
        }
    }
    Ok(equal.into_iter().filter(|it| *it).count() as u64)
}

/// The last instant that a batch tells about, in microseconds: the end of its usage, minutes or run slices.
pub(crate) fn ends_micros(spec: &TableSpec, batch: &RecordBatch) -> Option<i64> {
    let (column, length) = match spec.dataset {
        "usage" => ("usage_end_time", 0),
        "cluster_minutes" => ("minute", 60_000_000),
        "job_run_slices" | "task_run_slices" => ("period_end_time", 0),
        _ => return None,
    };
    let times = batch.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
    arrow::compute::max(times).map(|it| it.saturating_add(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::{ClusterSettingsRow, NodeTypeRow};
    use clusteriq_tables::{from_batch, to_batch};

    fn node(name: &str, cores: f64) -> NodeTypeRow {
        NodeTypeRow { node_type: name.into(), core_count: cores, memory_mb: 1, gpu_count: None }
    }

    fn rows(merged: &Merged<'_>) -> Vec<(String, f64)> {
        merged
            .batches()
            .flat_map(|it| from_batch::<NodeTypeRow>(&it.unwrap()).unwrap())
            .map(|it| (it.node_type, it.core_count))
            .collect()
    }

    #[test]
    fn the_last_row_of_a_key_counts_and_keys_are_sorted() {
        let current = [to_batch(vec![node("a", 1.0), node("c", 1.0)])];
        let staged = [to_batch(vec![node("b", 2.0), node("c", 2.0)]), to_batch(vec![node("b", 3.0), node("a", 1.0)])];
        let merged = merge(NodeTypeRow::SPEC, &current, &staged).unwrap();
        assert_eq!(rows(&merged), [("a".into(), 1.0), ("b".into(), 3.0), ("c".into(), 2.0)]);
        assert_eq!((merged.new, merged.replaced, merged.unchanged), (1, 1, 1));
    }

    #[test]
    fn the_same_rows_again_change_nothing_tags_and_unknowns_included() {
        let mut cells: Vec<_> =
            ClusterSettingsRow::SPEC.columns.iter().map(|_| clusteriq_model::tables::Value::Null).collect();
        cells[0] = clusteriq_model::tables::Value::Text("1".into());
        cells[1] = clusteriq_model::tables::Value::Text("c".into());
        let plain: ClusterSettingsRow = clusteriq_model::tables::Row::from_values(&mut cells.into_iter()).unwrap();
        let mut tagged = plain.clone();
        tagged.cluster_id = "d".into();
        tagged.custom_tags = Some([("team".to_owned(), "x".to_owned())].into());
        let spec = ClusterSettingsRow::SPEC;
        let current = [to_batch(vec![plain.clone(), tagged.clone()])];
        let merged = merge(spec, &current, &current).unwrap();
        assert!(merged.nothing_changed());
        assert_eq!(merged.unchanged, 2);

        tagged.custom_tags = Some([("team".to_owned(), "y".to_owned())].into());
        let staged = [to_batch(vec![plain, tagged])];
        let merged = merge(spec, &current, &staged).unwrap();
        assert_eq!((merged.new, merged.replaced, merged.unchanged), (0, 1, 1));
    }

    #[test]
    fn nothing_merged_with_nothing_is_nothing() {
        let merged = merge(NodeTypeRow::SPEC, &[], &[]).unwrap();
        assert!(merged.nothing_changed());
        assert_eq!(merged.batches().count(), 0);
    }
}
