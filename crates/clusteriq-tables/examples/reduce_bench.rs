//! Measures the reduction: reads exported node-minutes, reduces them and keeps a profile per cluster. See `bench/README.md`.
//!
//! `reduce_bench reduce|decode <folder> <results>`: the folder has `node_timeline/*.parquet` and `node_types.parquet`; `decode`
//! only reads the needed columns. Environment: `THREADS` (2), `BATCH` (rows per batch).
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark may panic and prints")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark reads files and the clock")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use clusteriq_model::tables::NodeTypeRow;
use clusteriq_tables::{NODE_TIMELINE_COLUMNS, NodeSize, NodeSizes, Reducer, from_batch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, folder, results] = arguments.as_slice() else {
        panic!("usage: reduce_bench reduce|decode <folder> <results>");
    };
    let setting = |name, default: usize| std::env::var(name).map_or(default, |it| it.parse().expect("a number"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(setting("THREADS", 2)).build().unwrap();
    let folder = Path::new(folder);
    let files = Files::find(folder, setting("BATCH", 16_384));
    pool.install(|| match mode.as_str() {
        "reduce" => reduce(&files, sizes(folder), Path::new(results)),
        "decode" => decode(&files),
        other => panic!("no such mode: {other}"),
    });
}

/// The floor: the needed columns as Arrow batches, and nothing done with them.
fn decode(files: &Files) {
    let rows = Mutex::new(0);
    for file in &files.0 {
        file.read(|batch| *rows.lock().unwrap() += std::hint::black_box(batch).num_rows());
    }
    println!("rows {}", rows.into_inner().unwrap());
}

fn reduce(files: &Files, sizes: NodeSizes, results: &Path) {
    let reducer = Mutex::new(Reducer::new(sizes));
    let pushing = Mutex::new(Duration::ZERO);
    let mut day = DayResults::default();
    let mut most_memory = 0;
    let mut other = Duration::ZERO;
    for (index, file) in files.0.iter().enumerate() {
        file.read(|batch| {
            let mut reducer = reducer.lock().unwrap();
            let start = Instant::now();
            reducer.push(&batch).unwrap();
            *pushing.lock().unwrap() += start.elapsed();
        });
        let start = Instant::now();
        let mut reducer = reducer.lock().unwrap();
        most_memory = most_memory.max(reducer.memory_bytes());
        // What the files that are left begin with: earlier days are complete.
        let until = files.0.get(index + 1).map(|it| it.first_minute);
        for batch in reducer.drain_until(until) {
            day.add(&batch);
        }
        other += start.elapsed();
    }
    let reducer = reducer.into_inner().unwrap();
    println!(
        "rows {} duplicates {} cluster-minutes {} reducer's memory {} MB, in push {:.2?}, in drain and profile {:.2?}",
        reducer.rows_seen(),
        reducer.duplicates(),
        day.minutes,
        most_memory / 1_000_000,
        pushing.into_inner().unwrap(),
        other,
    );
    day.write(results);
}

fn sizes(folder: &Path) -> NodeSizes {
    let file = File::open(folder.join("node_types.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let rows = reader.flat_map(|it| from_batch::<NodeTypeRow>(&it.unwrap()).unwrap());
    let size = |it: &NodeTypeRow| NodeSize { cores: it.core_count, mib: it.memory_mb };
    rows.map(|it| (it.node_type.clone(), size(&it))).collect()
}

/// The files in the order of their first minute.
struct Files(Vec<TimelineFile>);

struct TimelineFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    first_minute: i64,
    batch_rows: usize,
}

impl Files {
    fn find(folder: &Path, batch_rows: usize) -> Self {
        let entries = std::fs::read_dir(folder.join("node_timeline")).unwrap();
        let paths = entries.map(|it| it.unwrap().path());
        let mut files: Vec<_> = paths.map(|it| TimelineFile::open(it, batch_rows)).collect();
        files.sort_by(|a, b| (a.first_minute, &a.path).cmp(&(b.first_minute, &b.path)));
        Self(files)
    }
}

impl TimelineFile {
    fn open(path: PathBuf, batch_rows: usize) -> Self {
        let file = File::open(&path).unwrap();
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).unwrap();
        let options = ArrowReaderOptions::new().with_schema(with_dictionaries(plain.schema()));
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).unwrap();
        let times = StatisticsConverter::try_new("start_time", plain.schema(), plain.parquet_schema())
            .unwrap()
            .row_group_mins(plain.metadata().row_groups())
            .unwrap();
        let first = times.as_primitive::<TimestampMicrosecondType>().iter().flatten().min();
        let first_minute = first.expect("statistics of start_time").div_euclid(60_000_000);
        Self { path, metadata, first_minute, batch_rows }
    }

    /// Decodes row groups in parallel.
    fn read(&self, take: impl Fn(RecordBatch) + Sync) {
        let groups = self.metadata.metadata().num_row_groups();
        (0..groups).into_par_iter().with_max_len(1).for_each(|group| {
            let file = File::open(&self.path).unwrap();
            let mask = ProjectionMask::columns(self.metadata.parquet_schema(), NODE_TIMELINE_COLUMNS.iter().copied());
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![group])
                .with_batch_size(self.batch_rows)
                .build()
                .unwrap();
            for batch in reader {
                take(batch.unwrap());
            }
        });
    }
}

/// The schema with texts as dictionaries, as the reducer likes them.
fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let field = |it: &Arc<Field>| -> Arc<Field> {
        if it.data_type() == &DataType::Utf8 {
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(it.as_ref().clone().with_data_type(dictionary))
        } else {
            it.clone()
        }
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// The columns whose sums are compared and whose values are sampled.
const INTEGERS: [&str; 14] = [
    "workers",
    "drivers",
    "worker_millicores",
    "worker_mib",
    "used_millicores",
    "wait_millicores",
    "used_mib",
    "busiest_cpu",
    "fullest_mem",
    "most_swap",
    "network_bytes",
    "driver_cpu",
    "driver_mem",
    "driver_wait",
];

/// Of every so many minutes one is written out and compared.
const SAMPLE: i64 = 997;

#[derive(Default)]
struct DayResults {
    minutes: u64,
    sums: [i64; INTEGERS.len()],
    profiles: BTreeMap<(String, String), Profile>,
    sample: String,
}

#[derive(Default)]
struct Profile {
    minutes: u64,
    used: Histogram,
    busiest: Histogram,
}

impl DayResults {
    /// A day of a workspace: sums, sample, and a profile per cluster that is merged into the earlier days'.
    fn add(&mut self, batch: &RecordBatch) {
        self.minutes += batch.num_rows() as u64;
        let column = |name: &str| batch.column_by_name(name).unwrap();
        let integers = INTEGERS.map(|it| column(it).as_primitive::<Int64Type>());
        for (sum, array) in self.sums.iter_mut().zip(integers) {
            *sum += arrow::compute::sum(array).unwrap_or(0);
        }
        let workspaces = column("workspace_id").as_string::<i32>();
        let clusters = column("cluster_id").as_string::<i32>();
        let minutes = column("minute").as_primitive::<TimestampMicrosecondType>().values();
        for (row, minute) in minutes.iter().enumerate() {
            let minute = minute / 60_000_000;
            if minute % SAMPLE == 0 {
                let (workspace, cluster) = (workspaces.value(row), clusters.value(row));
                write!(self.sample, "{workspace},{cluster},{minute}").unwrap();
                for it in integers {
                    let value = it.is_valid(row).then(|| it.value(row));
                    write!(self.sample, ",{}", value.map_or(String::new(), |it| it.to_string())).unwrap();
                }
                self.sample.push('\n');
            }
        }
        let (used, busiest) = (INTEGERS[4], INTEGERS[7]);
        let used = column(used).as_primitive::<Int64Type>();
        let busiest = column(busiest).as_primitive::<Int64Type>();
        let mut scratch = (Dense::new(), Dense::new());
        let mut start = 0;
        while start < batch.num_rows() {
            let cluster = clusters.value(start);
            let mut end = start;
            while end < batch.num_rows() && clusters.value(end) == cluster {
                if used.is_valid(end) {
                    scratch.0.add(used.value(end));
                }
                if busiest.is_valid(end) {
                    scratch.1.add(busiest.value(end));
                }
                end += 1;
            }
            let key = (workspaces.value(start).to_owned(), cluster.to_owned());
            let profile = self.profiles.entry(key).or_default();
            profile.minutes += (end - start) as u64;
            profile.used.merge(&scratch.0.take());
            profile.busiest.merge(&scratch.1.take());
            start = end;
        }
    }

    fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let mut sums = format!("cluster_minutes,{}\n", self.minutes);
        for (name, sum) in INTEGERS.iter().zip(self.sums) {
            writeln!(sums, "{name},{sum}").unwrap();
        }
        let mut profiles = String::new();
        for ((workspace, cluster), it) in &self.profiles {
            write!(profiles, "{workspace},{cluster},{}", it.minutes).unwrap();
            for histogram in [&it.used, &it.busiest] {
                for quantile in [0.5, 0.95, 0.99] {
                    let value = histogram.quantile(quantile);
                    write!(profiles, ",{}", value.map_or(String::new(), |it| it.to_string())).unwrap();
                }
            }
            profiles.push('\n');
        }
        std::fs::write(folder.join("sums.csv"), sums).unwrap();
        std::fs::write(folder.join("sample.csv"), &self.sample).unwrap();
        std::fs::write(folder.join("profiles.csv"), profiles).unwrap();
    }
}

/// Buckets of a histogram: 64 per power of two, so that a bucket's middle is within 0.8 % of what is in it.
const PER_OCTAVE: u32 = 64;

fn bucket(value: i64) -> u16 {
    let value = value.max(0).cast_unsigned();
    let bits = 63 - (value | 1).leading_zeros();
    let shift = bits.saturating_sub(6);
    // Below 128 a bucket is one integer.
    u16::try_from(u64::from(shift * PER_OCTAVE) + (value >> shift)).unwrap()
}

fn middle(bucket: u16) -> i64 {
    let bucket = i64::from(bucket);
    if bucket < 128 {
        return bucket;
    }
    let shift = bucket / 64 - 1;
    let low = (bucket - shift * 64) << shift;
    low + (1 << shift) / 2
}

/// Counts of one cluster and day while it is filled.
struct Dense {
    counts: Vec<u32>,
    touched: Vec<u16>,
}

impl Dense {
    fn new() -> Self {
        Self { counts: vec![0; 64 * 64], touched: Vec::new() }
    }

    fn add(&mut self, value: i64) {
        let bucket = bucket(value);
        let count = &mut self.counts[usize::from(bucket)];
        if *count == 0 {
            self.touched.push(bucket);
        }
        *count += 1;
    }

    /// The counts as a sparse histogram; empties this one.
    fn take(&mut self) -> Histogram {
        self.touched.sort_unstable();
        let count = |it| (it, std::mem::take(&mut self.counts[usize::from(it)]));
        Histogram(self.touched.drain(..).map(count).collect())
    }
}

/// Sorted buckets with their counts.
#[derive(Default)]
struct Histogram(Vec<(u16, u32)>);

impl Histogram {
    fn merge(&mut self, other: &Self) {
        let mut both: Vec<(u16, u32)> = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
                (_, Some(_)) => b.next(),
                (Some(_), None) => a.next(),
                (None, None) => break,
            };
            let (bucket, count) = *next.expect("peeked");
            match both.last_mut() {
                Some(last) if last.0 == bucket => last.1 += count,
                Some(_) | None => both.push((bucket, count)),
            }
        }
        self.0 = both;
    }

    /// The smallest value that so much of the minutes do not exceed.
    fn quantile(&self, quantile: f64) -> Option<i64> {
        let total: u64 = self.0.iter().map(|it| u64::from(it.1)).sum();
        let wanted = ((total as f64 * quantile).ceil() as u64).max(1);
        let mut seen = 0;
        let reached = |it: &&(u16, u32)| {
            seen += u64::from(it.1);
            seen >= wanted
        };
        self.0.iter().find(reached).map(|it| middle(it.0))
    }
}
