//! Reading an export, table by table, path by path.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Float64Type, Int64Type};
use clusteriq_model::tables::{ColumnSpec, NODE_TIMELINE, NodeTypeRow, TableSpec};
use clusteriq_tables::{NodeSize, NodeSizes, schema};

use crate::batch::{Decoded, Odd};
use crate::chunk::{Chunk, Chunks, Ended};
use crate::error::CollectError;
use crate::find::{Export, SourceFile};
use crate::names::{Source, sources};
use crate::parallel::in_order;
use crate::parquet_file::Texts;
use crate::progress::{Progress, Unseen};
use crate::rows::BATCH_ROWS;
use crate::summary::{Summary, TableSummary};
use crate::timeline;

/// What a sink may fail with.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// How much of the machine to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes that the reduction of `system.compute.node_timeline` may hold. A single day is always held whole.
    pub memory: usize,
    /// Threads that decode files.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory: 256 << 20, threads }
    }
}

/// Reads every table of the export into canonical batches of at most 65 536 rows. Paths are read in the order in which
/// they were given, and in each the tables in the order of `clusteriq_model::tables::ALL`. `catalog` has the sizes of node
/// types that the export does not have.
///
/// # Errors
///
/// A file cannot be read or a value is not what its column holds, and what `sink` returns.
pub fn read(
    export: &Export,
    catalog: &NodeSizes,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(&'static TableSpec, RecordBatch) -> Result<(), SinkError>,
) -> Result<Summary, CollectError> {
    read_with(export, catalog, Options::default(), progress, sink)
}

/// As [`read`], with a say in what it may use.
///
/// # Errors
///
/// As [`read`].
pub fn read_with(
    export: &Export,
    catalog: &NodeSizes,
    options: Options,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(&'static TableSpec, RecordBatch) -> Result<(), SinkError>,
) -> Result<Summary, CollectError> {
    let sizes = sizes(export, catalog, options)?;
    let mut reading =
        Reading { options, progress, sink, summary: Summary::default(), odd: BTreeMap::new(), pages: BTreeMap::new() };
    reading.summary.notes.clone_from(&export.notes);
    for part in &export.parts {
        for source in sources() {
            let Some(files) = part.files.get(&source) else { continue };
            if source == Source::Table(NODE_TIMELINE) {
                timeline::reduce(&mut reading, files, &sizes)?;
            } else {
                table(&mut reading, source, &export.specs(source), files)?;
            }
        }
    }
    Ok(reading.finish())
}

/// A reading under way.
pub(crate) struct Reading<'a> {
    pub(crate) options: Options,
    progress: &'a dyn Progress,
    sink: &'a mut dyn FnMut(&'static TableSpec, RecordBatch) -> Result<(), SinkError>,
    pub(crate) summary: Summary,
    odd: BTreeMap<&'static str, Odd>,
    /// By workspace and REST answer: how many files there are, and how many say that there are more.
    pages: BTreeMap<(String, &'static str), (u64, u64)>,
}

impl Reading<'_> {
    pub(crate) fn advanced(&self, table: &'static str, bytes: u64, rows: u64) {
        if bytes > 0 || rows > 0 {
            self.progress.advanced(table, bytes, rows);
        }
    }

    /// Notes columns that a file lacks.
    pub(crate) fn absent(&mut self, dataset: &'static str, source: &'static str, columns: &[&'static ColumnSpec]) {
        for column in columns {
            *self.summary.table(dataset, source).missing_columns.entry(column.name).or_default() += 1;
        }
    }

    /// Notes what is known at the end of a file.
    pub(crate) fn ended(&mut self, dataset: &'static str, source: &'static str, it: Ended) {
        self.absent(dataset, source, &it.absent);
        self.summary.notes.extend(it.notes);
    }

    pub(crate) fn odd(&mut self, table: &'static str, it: Odd) {
        let sum = self.odd.entry(table).or_default();
        sum.infinite += it.infinite;
        sum.far_times += it.far_times;
    }

    fn finish(mut self) -> Summary {
        for (table, odd) in self.odd {
            if odd.infinite > 0 {
                self.summary
                    .notes
                    .push(format!("numbers of {table} that are not finite, taken as unknown: {}", odd.infinite));
            }
            if odd.far_times > 0 {
                let n = odd.far_times;
                self.summary
                    .notes
                    .push(format!("times of {table} outside the years 2000 to 2100, taken as unknown: {n}"));
            }
        }
        for ((workspace, answer), (files, unfinished)) in self.pages {
            if files == unfinished {
                self.summary
                    .notes
                    .push(format!("{answer} goes on after the pages that were saved, for workspace: {workspace}"));
            }
        }
        self.summary
    }
}

impl Summary {
    pub(crate) fn table(&mut self, dataset: &'static str, source: &'static str) -> &mut TableSummary {
        self.tables.entry(dataset).or_insert_with(|| TableSummary { source, ..TableSummary::default() })
    }
}

pub(crate) fn hand_on(
    reading: &mut Reading<'_>,
    spec: &'static TableSpec,
    batch: RecordBatch,
) -> Result<(), CollectError> {
    (reading.sink)(spec, batch).map_err(|source| CollectError::Sink { table: spec.source_name(), source })
}

enum Message {
    Batch(Decoded, u64),
    End(Ended),
}

/// What a dataset's rows are from, in words.
fn origin(source: Source, spec: &TableSpec) -> &'static str {
    match source {
        // A part of an answer has a name of its own.
        Source::Rest(answer) if !spec.source_name().starts_with(answer) => answer,
        Source::Rest(_) | Source::Table(_) => spec.source_name(),
    }
}

/// Reads the files of one source in one path, for these of the tables that can be made of it.
fn table(
    reading: &mut Reading<'_>,
    source: Source,
    specs: &[&'static TableSpec],
    files: &[SourceFile],
) -> Result<(), CollectError> {
    let Some(first) = specs.first().copied() else {
        reading.advanced(source.name(), files.iter().map(|it| it.bytes).sum(), 0);
        return Ok(());
    };
    let chunks = Chunks::of(source, first, files, Texts::Plain)?;
    let mut full = BTreeMap::new();
    for spec in specs.iter().copied() {
        reading.summary.table(spec.dataset, origin(source, spec)).files += files.len() as u64;
        full.insert(spec.dataset, BatchCoalescer::new(schema(spec), BATCH_ROWS));
    }
    reading.absent(first.dataset, origin(source, first), &chunks.absent);
    reading.advanced(source.name(), chunks.empty_bytes, 0);
    let mut told = 0;
    in_order(&chunks.all, reading.options.threads, decode, |at, message| match message {
        Message::Batch(decoded, bytes) => {
            let Decoded { spec, batch, odd } = decoded;
            let rows = batch.num_rows() as u64;
            reading.advanced(source.name(), bytes.saturating_sub(told), rows);
            told = told.max(bytes);
            let Some(full) = full.get_mut(spec.dataset) else { return Ok(()) };
            reading.odd(source.name(), odd);
            let summary = reading.summary.table(spec.dataset, origin(source, spec));
            (summary.rows_read, summary.rows_given) = (summary.rows_read + rows, summary.rows_given + rows);
            full.push_batch(batch).expect("a batch has the schema of its table");
            while let Some(batch) = full.next_completed_batch() {
                hand_on(reading, spec, batch)?;
            }
            Ok(())
        }
        Message::End(ended) => {
            reading.advanced(source.name(), chunks.all[at].bytes().saturating_sub(told), 0);
            told = 0;
            if let Chunk::Rest(file) = &chunks.all[at] {
                let key = (file.workspace.clone().unwrap_or_default(), source.name());
                let (files, unfinished) = reading.pages.entry(key).or_default();
                (*files, *unfinished) = (*files + 1, *unfinished + u64::from(ended.goes_on));
            }
            reading.ended(first.dataset, origin(source, first), ended);
            Ok(())
        }
    })?;
    for spec in specs {
        let Some(full) = full.get_mut(spec.dataset) else { continue };
        full.finish_buffered_batch().expect("what was taken in can be handed out");
        while let Some(batch) = full.next_completed_batch() {
            hand_on(reading, spec, batch)?;
        }
    }
    Ok(())
}

fn decode(chunk: &Chunk, emit: &mut dyn FnMut(Message) -> bool) -> Result<(), CollectError> {
    let ended = chunk.read(&mut |it, bytes| emit(Message::Batch(it, bytes)))?;
    emit(Message::End(ended));
    Ok(())
}

/// The sizes of the catalog and of the node types in any of the paths; later paths are newer. Of several sizes in one path
/// the greatest counts, as the reduction defines it; one that no node can have is none.
fn sizes(export: &Export, catalog: &NodeSizes, options: Options) -> Result<NodeSizes, CollectError> {
    let mut sizes = catalog.clone();
    let table = Source::Table(NodeTypeRow::SPEC.source_name());
    let source = if export.files(table).next().is_some() { table } else { Source::Rest("node_types") };
    for files in export.parts.iter().filter_map(|it| it.files.get(&source)) {
        sizes.extend(sizes_of(source, files, options)?);
    }
    Ok(sizes)
}

fn sizes_of(source: Source, files: &[SourceFile], options: Options) -> Result<NodeSizes, CollectError> {
    let mut sizes = NodeSizes::new();
    let mut take = |_: &'static TableSpec, batch: RecordBatch| {
        let of = |name| batch.column_by_name(name).expect("the batch has the columns of its table");
        let (types, cores) = (of("node_type").as_string::<i32>(), of("core_count").as_primitive::<Float64Type>());
        let mib = of("memory_mb").as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let size = NodeSize { cores: cores.value(row), mib: mib.value(row) };
            if !size.is_usable() {
                continue;
            }
            let known = sizes.entry(types.value(row).to_owned()).or_insert(size);
            *known = NodeSize { cores: known.cores.max(size.cores), mib: known.mib.max(size.mib) };
        }
        Ok(())
    };
    let summary = Summary::default();
    let mut reading =
        Reading { options, progress: &Unseen, sink: &mut take, summary, odd: BTreeMap::new(), pages: BTreeMap::new() };
    table(&mut reading, source, &[NodeTypeRow::SPEC], files)?;
    Ok(sizes)
}
