//! The accumulator that takes batches of node-minutes and gives days of cluster-minutes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use arrow::array::{Array, RecordBatch};
use clusteriq_model::tables::NODE_TIMELINE;

use super::columns::Columns;
use super::day::{Batch, Day, MINUTES_PER_DAY};
use super::minute::{Minute, NO_TYPE, NodeType, TypeId, UNSIZED};
use super::places::Places;
use super::{NodeSizes, drain};
use crate::TableError;

/// Reduces node-minutes to cluster-minutes. The definition is in the documentation of this module's file and in
/// [`reduction_sql`](crate::reduction_sql).
///
/// # Order and memory
///
/// Rows may come in any order and in batches of any size. Memory is what the days that are held need: about 130 kB per
/// cluster and day of 24 hours, 5.6 kB per begun 64 minutes, and some 250 bytes per node and day. A reader whose files are
/// sorted by day calls [`drain_until`](Self::drain_until) as it goes and holds one or two days. One whose input is not sorted
/// looks at [`memory_bytes`](Self::memory_bytes) and, if that is too much, reads again in passes over disjoint
/// [`with_days`](Self::with_days) ranges; [`days_seen`](Self::days_seen) tells which days there are.
///
/// # Several threads
///
/// A duplicate can be recognised only where its first row was counted, so all rows of a day belong into one reducer:
///
/// - several decoding threads, **one reducer** behind a mutex, locked for each `push`: adding costs a small fraction of
///   decoding, so the lock is mostly free. The result does not depend on the order in which batches arrive.
/// - or one reducer per thread over **disjoint days** (`with_days`): the drained batches of all of them are the result; there
///   is nothing to merge.
pub struct Reducer {
    sizes: NodeSizes,
    wanted: Range<i64>,
    days: BTreeMap<i32, Day>,
    drained: BTreeSet<i32>,
    types: Types,
    unsized_types: BTreeSet<String>,
    places: Places,
    /// Memory of a day that was drained, for the next one.
    spare: Vec<Minute>,
    rows_seen: u64,
    rows_skipped: u64,
    duplicates: u64,
    days_seen: Option<(i32, i32)>,
}

/// Node types that were seen, numbered. Number 0 is none.
struct Types {
    ids: BTreeMap<Box<str>, TypeId>,
    names: Vec<Box<str>>,
}

impl Reducer {
    /// An empty one for all days. Sizes that no node can have (not positive, not finite) are taken for unknown.
    #[must_use]
    pub fn new(sizes: NodeSizes) -> Self {
        Self {
            sizes,
            wanted: i64::MIN..i64::MAX,
            days: BTreeMap::new(),
            drained: BTreeSet::new(),
            types: Types { ids: BTreeMap::new(), names: vec!["".into()] },
            unsized_types: BTreeSet::new(),
            places: Places::default(),
            spare: Vec::new(),
            rows_seen: 0,
            rows_skipped: 0,
            duplicates: 0,
            days_seen: None,
        }
    }

    /// Only rows of these days (days since 1970, UTC) are added; others are skipped and counted.
    #[must_use]
    pub fn with_days(mut self, days: Range<i64>) -> Self {
        self.wanted = days;
        self
    }

    /// Adds the rows of a batch that has the columns [`NODE_TIMELINE_COLUMNS`](crate::NODE_TIMELINE_COLUMNS) in any order.
    ///
    /// Texts may be `Utf8`, `LargeUtf8`, `Utf8View`, integers or a dictionary of these (fast: `Dictionary<Int32, Utf8>`),
    /// percentages and bytes any numbers, `start_time` a timestamp of any unit; without a time zone it is in UTC.
    ///
    /// # Errors
    ///
    /// A column is missing or of another type; a row has no workspace, cluster, instance or time; a row is of a day that was
    /// drained. Then nothing of the batch was added.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        let columns = Columns::of(batch)?;
        let runs = runs_by_day(&columns.minute);
        if let Some((day, _)) = runs.iter().find(|(day, _)| self.drained.contains(day)) {
            return Err(TableError::DayIsClosed { table: NODE_TIMELINE, day: date(*day) });
        }
        self.rows_seen += batch.num_rows() as u64;
        let types = self.node_types(&columns);
        let batch = Batch { columns: &columns, types: &types, type_names: &self.types.names };
        let places = self.places.of(&columns);
        for (number, rows) in runs {
            let (first, last) = self.days_seen.unwrap_or((number, number));
            self.days_seen = Some((first.min(number), last.max(number)));
            if !self.wanted.contains(&i64::from(number)) {
                self.rows_skipped += rows.len() as u64;
                continue;
            }
            note_unsized(&mut self.unsized_types, &batch, rows.clone());
            let day = self.days.entry(number).or_insert_with(|| Day::reusing(std::mem::take(&mut self.spare)));
            self.duplicates += day.add(number, &batch, rows, places);
        }
        Ok(())
    }

    /// The cluster-minutes of the days that end at or before `minute` (minutes since 1970; `None`: of all days), in the
    /// canonical shape: one batch per UTC day and workspace in that order, sorted by cluster, then minute. They leave memory;
    /// a later row of such a day is an error.
    pub fn drain_until(&mut self, minute: Option<i64>) -> Vec<RecordBatch> {
        let first_kept = minute.map(|it| it.div_euclid(i64::from(MINUTES_PER_DAY)));
        let mut batches = Vec::new();
        while let Some(entry) = self.days.first_entry() {
            let number = *entry.key();
            if first_kept.is_some_and(|it| i64::from(number) >= it) {
                break;
            }
            let day = entry.remove();
            batches.extend(drain::batches(number, &day, &self.types.names));
            self.spare = day.into_minutes();
            self.drained.insert(number);
        }
        batches
    }

    /// Node types that were seen and whose size is not known: amounts of clusters with such workers are unknown.
    #[must_use]
    pub fn unsized_types(&self) -> &BTreeSet<String> {
        &self.unsized_types
    }

    /// Rows of all batches.
    #[must_use]
    pub fn rows_seen(&self) -> u64 {
        self.rows_seen
    }

    /// Rows that were not added because their day was not wanted.
    #[must_use]
    pub fn rows_skipped(&self) -> u64 {
        self.rows_skipped
    }

    /// Rows that were not added because their node-minute had been counted.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// First and last day of all rows, also of skipped ones; days since 1970, UTC.
    #[must_use]
    pub fn days_seen(&self) -> Option<RangeInclusive<i64>> {
        self.days_seen.map(|(first, last)| i64::from(first)..=i64::from(last))
    }

    /// The days that are held in memory; days since 1970, UTC.
    pub fn days_held(&self) -> impl Iterator<Item = i64> {
        self.days.keys().copied().map(i64::from)
    }

    /// Bytes that are held, to within the slack of the allocator.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let days: usize = self.days.values().map(Day::memory_bytes).sum();
        days + self.places.memory_bytes() + self.spare.capacity() * size_of::<Minute>()
    }

    /// The node type of each index of the batch's column, and after them that of null.
    fn node_types(&mut self, columns: &Columns) -> Vec<NodeType> {
        let indices = 0..=columns.node_type.texts.len();
        let types = indices.map(|index| {
            let name = i32::try_from(index).ok().and_then(|it| columns.node_type.get(it));
            self.node_type(name)
        });
        types.collect()
    }

    fn node_type(&mut self, name: Option<&str>) -> NodeType {
        let name = name.filter(|it| !it.is_empty());
        let id = name.map_or(NO_TYPE, |it| self.types.id(it));
        let size = name.and_then(|it| self.sizes.get(it)).filter(|it| it.is_usable());
        match size {
            #[allow(clippy::cast_possible_truncation, reason = "at most 10^8")]
            #[allow(clippy::cast_precision_loss, reason = "less than 2^53")]
            Some(it) => NodeType {
                id,
                cores: it.cores,
                millicores: (it.cores * 1000.0).round() as i64,
                mib: it.mib,
                mib_f64: it.mib as f64,
                unknown: 0,
            },
            None => NodeType { id, cores: 0.0, millicores: 0, mib: 0, mib_f64: 0.0, unknown: UNSIZED },
        }
    }
}

impl Types {
    fn id(&mut self, name: &str) -> TypeId {
        if let Some(it) = self.ids.get(name) {
            return *it;
        }
        let id = TypeId::try_from(self.names.len()).expect("less than 4 billion node types");
        self.ids.insert(name.into(), id);
        self.names.push(name.into());
        id
    }
}

/// Adds the unsized types of these rows. A dictionary may name types that no row has, so the rows must be looked at.
fn note_unsized(noted: &mut BTreeSet<String>, batch: &Batch<'_>, rows: Range<usize>) {
    let is_new = |it: &NodeType| {
        let name = batch.type_names[it.id as usize].as_ref();
        it.unknown == UNSIZED && it.id != NO_TYPE && !noted.contains(name)
    };
    let mut new: Vec<bool> = batch.types.iter().map(is_new).collect();
    if !new.contains(&true) {
        return;
    }
    for row in rows {
        let index = batch.type_index(row);
        if new[index] {
            new[index] = false;
            noted.insert(batch.type_names[batch.types[index].id as usize].to_string());
        }
    }
}

/// Consecutive rows of one day.
fn runs_by_day(minutes: &[i32]) -> Vec<(i32, Range<usize>)> {
    let mut runs = Vec::new();
    let mut start = 0;
    while let Some(minute) = minutes.get(start) {
        let day = minute.div_euclid(MINUTES_PER_DAY);
        let midnight = day * MINUTES_PER_DAY;
        let same = |it: &&i32| (midnight..midnight + MINUTES_PER_DAY).contains(*it);
        let end = start + minutes[start..].iter().take_while(same).count();
        runs.push((day, start..end));
        start = end;
    }
    runs
}

fn date(day: i32) -> String {
    let seconds = i64::from(day) * 86_400;
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{day} days since 1970"), |it| it.strftime("%F").to_string())
}
