//! Feeds damaged exports to the reader for a while and reports panics: `fuzz_parsers --seconds 600 [--seed 1]`.
//!
//! Every format starts from small sound files made here, which are then flipped, cut, spliced and repeated. Any outcome but
//! a panic (or an abort, which ends the run) is fine. Exits with 1 if there was a panic; the input is kept and named.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray, MapBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use clusteriq_collect::{Export, Options, Unseen, read_with};
use clusteriq_tables::NodeSizes;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

/// A damaged file of a few kilobytes that keeps the reader busy for longer is worth a look.
const SLOW: Duration = Duration::from_secs(5);

/// A file's name, which decides how it is read, and sound content.
type Seed = (&'static str, Vec<u8>);

const ROWS: [&str; 2] = [
    r#"{"record_id":"r1","record_type":"ORIGINAL","workspace_id":"7","sku_name":"S","cloud":"AWS","usage_start_time":"2026-09-21T10:00:00Z","usage_end_time":"2026-09-21 11:00:00.000000","usage_unit":"DBU","usage_quantity":12.345678901234567891,"custom_tags":{"a":"b","c":null},"usage_metadata":{"cluster_id":"c1","job_id":17},"product_features":{"is_photon":true}}"#,
    r#"{"record_id":"r2","record_type":"RETRACTION","workspace_id":null,"sku_name":"S","cloud":"AWS","usage_start_time":1789986030000,"usage_end_time":1789986030,"usage_unit":"DBU","usage_quantity":"-1.5E-7","custom_tags":[{"key":"a","value":"b"}],"usage_metadata":"{\"cluster_id\":\"c1\"}","product_features":null}"#,
];
const CSV: &str = "record_id,record_type,workspace_id,sku_name,cloud,usage_start_time,usage_end_time,usage_unit,usage_quantity,custom_tags,usage_metadata.cluster_id,product_features\n\
    r1,ORIGINAL,7,S,AWS,2026-09-21T10:00:00Z,2026-09-21 11:00:00 +0200,DBU,1.5E-7,\"{\"\"a\"\":\"\"b\"\"}\",c1,\"{\"\"is_photon\"\":true}\"\n\
    r2,ORIGINAL,,S,AWS,1789986030,2026-09-22,DBU,-3,,,\n";
const MINUTES: &str = "workspace_id,cluster_id,instance_id,start_time,driver,cpu_user_percent,mem_used_percent,network_sent_bytes,node_type\n\
    7,c1,i1,2026-09-21T10:00:00Z,true,12.5,40,1000,m5.large\n7,c1,i2,2026-09-22 10:00:00,FALSE,NaN,1e2,5,m5.large\n7,c1,i2,2026-09-23,0,,,,\n";
const CLUSTERS: &str = r#"{"clusters":[{"cluster_id":"c1","autoscale":{"min_workers":1,"max_workers":8},"aws_attributes":{"availability":"SPOT"},"spark_conf":{"a":"b"},"last_activity_time":1789995836290,"is_single_node":false},{"cluster_id":"c2","num_workers":2}],"next_page_token":"x"}"#;
const JOBS: &str = r#"{"jobs":[{"job_id":9007199254740993,"settings":{"name":"n","schedule":{"quartz_cron_expression":"0 0 3 * * ?"},"job_clusters":[{"job_cluster_key":"k","new_cluster":{"num_workers":3}}],"tasks":[{"task_key":"t","libraries":[{"pypi":{"package":"a==1"}},{"jar":"x"}],"for_each_task":{"task":{"task_key":"i","new_cluster":{},"sql_task":{"warehouse_id":"w"}}}}]},"has_more":true}],"has_more":true}"#;

/// Pieces that mean something to a parser.
const TOKENS: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"null",
    b"1e999",
    b"-",
    b"9223372036854775808",
    b"\\ud800",
    b"\0",
    b"0.0000000000000000001",
    b"99999999999999999999999999999999999999999",
    b"9999-12-31T23:59:60Z",
    b"-9999-01-01",
    b"\xff\xfe",
    b"PAR1",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"{\"key\":\"a\",\"value\":[]}",
];

fn main() -> ExitCode {
    let seconds = argument("--seconds").unwrap_or(60);
    let seed = argument("--seed").unwrap_or(1);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let seeds = seeds();
    // Sound files first: the run is worth nothing if they are refused.
    for (name, bytes) in &seeds {
        execute(folder.path(), name, bytes).unwrap_or_else(|it| panic!("{name} is not sound: {it}"));
    }
    // Panics inside of the Parquet reader are caught and become errors; their messages would drown the report.
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = Random(seed);
    let (start, mut runs, mut read, mut panics) = (Instant::now(), 0_u64, 0_u64, 0_u64);
    let mut shown = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(seconds) {
        let (name, bytes) = mutated(&seeds, &mut random);
        runs += 1;
        let began = start.elapsed();
        let outcome = catch_unwind(AssertUnwindSafe(|| execute(folder.path(), name, &bytes)));
        let took = start.elapsed() - began;
        if took > SLOW {
            println!("{} s for {name}; the input is {}", took.as_secs(), keep(&bytes, runs).display());
        }
        match outcome {
            Ok(outcome) => read += u64::from(outcome.is_ok()),
            Err(panic) => {
                panics += 1;
                let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                println!(
                    "panic on {name}: {}; the input is {}",
                    said.unwrap_or("no message"),
                    keep(&bytes, runs).display()
                );
            }
        }
        if start.elapsed() - shown > Duration::from_secs(10) {
            shown = start.elapsed();
            println!("{} s: {runs} executions, {read} read without error, {panics} panics", shown.as_secs());
        }
    }
    println!("{runs} executions, {read} read without error, {panics} panics");
    ExitCode::from(u8::from(panics > 0))
}

fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|it| it != name);
    arguments.nth(1).map(|it| it.parse().unwrap_or_else(|_| panic!("{name} takes a number: {it}")))
}

fn execute(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join(name);
    let above = path.parent().expect("the file is in the folder");
    fs::create_dir_all(above).expect("a folder can be made");
    fs::write(&path, bytes).expect("a file can be written");
    let export = Export::find(std::slice::from_ref(&path)).map_err(|it| it.to_string())?;
    // So little memory that every day of node-minutes is a pass of its own.
    let options = Options { memory: 1, threads: 1 };
    read_with(&export, &NodeSizes::new(), options, &Unseen, &mut |_, _| Ok(())).map(|_| ()).map_err(|it| it.to_string())
}

fn keep(bytes: &[u8], number: u64) -> PathBuf {
    let path = std::env::temp_dir().join(format!("clusteriq-fuzz-{}-{number}", std::process::id()));
    fs::write(&path, bytes).expect("a file can be written");
    path
}

fn mutated<'a>(seeds: &'a [Seed], random: &mut Random) -> (&'a str, Vec<u8>) {
    let (name, bytes) = &seeds[random.below(seeds.len())];
    let mut bytes = bytes.clone();
    for _ in 0..1 + random.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let end = at + random.below((bytes.len() - at).min(64) + 1);
        match random.below(10) {
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
            3 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                drop(bytes.splice(to..to, part));
            }
            7 => {
                let other = &seeds[random.below(seeds.len())].1;
                let from = random.below(other.len());
                let part = other[from..(from + random.below(200)).min(other.len())].to_vec();
                drop(bytes.splice(at..end, part));
            }
            _ => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
        }
    }
    // A Parquet file without its magic is refused at once; half of them keep it.
    if name.ends_with("parquet") && bytes.len() > 8 && random.below(2) == 0 {
        bytes[..4].copy_from_slice(b"PAR1");
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(b"PAR1");
    }
    (name, bytes)
}

fn seeds() -> Vec<Seed> {
    let lines = ROWS.join("\n");
    let node_types = "node_type,core_count,memory_mb,gpu_count\nm5.large,2,8192,0\n";
    vec![
        ("billing.usage.csv", CSV.into()),
        ("billing.usage.csv.gz", gzip(CSV.as_bytes())),
        ("billing.usage.jsonl", lines.clone().into()),
        ("billing.usage.jsonl.zst", zstd::encode_all(lines.as_bytes(), 1).expect("bytes can be packed")),
        ("billing.usage.json", format!("[{}]", ROWS.join(",")).into()),
        ("compute.node_types.csv", node_types.into()),
        ("compute.node_timeline.csv", MINUTES.into()),
        ("rest/1/clusters_list.json", CLUSTERS.into()),
        ("rest/1/jobs_list.json", JOBS.into()),
        ("billing.usage.parquet", parquet(&usage(), Compression::UNCOMPRESSED)),
        ("system.billing.usage.parquet", parquet(&usage(), Compression::SNAPPY)),
        ("compute.clusters.parquet", parquet(&clusters(), Compression::UNCOMPRESSED)),
        ("compute.node_timeline.parquet", parquet(&minutes(), Compression::UNCOMPRESSED)),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("bytes can be packed");
    writer.finish().expect("bytes can be packed")
}

fn parquet(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties =
        WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(2)).build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("the schema can be written");
    writer.write(batch).expect("the batch can be written");
    writer.into_inner().expect("the file can be finished")
}

fn texts(it: [&str; 3]) -> ArrayRef {
    Arc::new(StringArray::from(it.to_vec()))
}

fn times() -> ArrayRef {
    let day = 86_400_000_000;
    let start = 1_789_986_030_000_000;
    Arc::new(TimestampMicrosecondArray::from(vec![start, start + day, start + 2 * day]).with_timezone("UTC"))
}

fn structure(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let field = |(name, array): (&str, ArrayRef)| (Arc::new(Field::new(name, array.data_type().clone(), true)), array);
    Arc::new(StructArray::from(fields.into_iter().map(field).collect::<Vec<_>>()))
}

fn tags() -> ArrayRef {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in 0..3 {
        map.keys().append_value("team");
        map.values().append_option((row > 0).then_some("risk"));
        map.append(row < 2).expect("there are as many keys as values");
    }
    Arc::new(map.finish())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("the columns have the same length")
}

fn usage() -> RecordBatch {
    let quantity = Decimal128Array::from(vec![1, -2, 3_000_000_000_000_000_000]).with_precision_and_scale(38, 18);
    let photon: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    batch(vec![
        ("record_id", texts(["r1", "r2", "r3"])),
        ("record_type", texts(["ORIGINAL"; 3])),
        ("workspace_id", texts(["7", "", "7"])),
        ("sku_name", texts(["S"; 3])),
        ("cloud", texts(["AWS"; 3])),
        ("usage_start_time", times()),
        ("usage_end_time", times()),
        ("usage_unit", texts(["DBU"; 3])),
        ("usage_quantity", Arc::new(quantity.expect("38 digits are allowed"))),
        ("custom_tags", tags()),
        (
            "usage_metadata",
            structure(vec![
                ("cluster_id", texts(["c1", "c2", ""])),
                ("job_id", Arc::new(Int64Array::from(vec![1, 2, 3]))),
            ]),
        ),
        ("product_features", structure(vec![("is_photon", photon)])),
    ])
}

fn clusters() -> RecordBatch {
    let scripts = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    batch(vec![
        ("workspace_id", arrow::compute::cast(&texts(["7"; 3]), &dictionary).expect("texts can have a dictionary")),
        ("cluster_id", texts(["c1", "c2", "c3"])),
        ("change_time", times()),
        ("worker_count", Arc::new(Float64Array::from(vec![1.0, 2.0, f64::NAN]))),
        ("tags", texts(["{\"a\":\"b\"}", "", "[]"])),
        ("aws_attributes", texts(["{\"availability\":\"SPOT\"}", "", "{}"])),
        ("init_scripts", Arc::new(scripts)),
    ])
}

fn minutes() -> RecordBatch {
    let percent = || Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::INFINITY)])) as ArrayRef;
    batch(vec![
        ("workspace_id", texts(["7"; 3])),
        ("cluster_id", texts(["c1"; 3])),
        ("instance_id", texts(["i1", "i2", "i1"])),
        ("start_time", times()),
        ("driver", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("cpu_user_percent", percent()),
        ("mem_used_percent", percent()),
        ("network_sent_bytes", Arc::new(Int64Array::from(vec![1, i64::MAX, -1]))),
        ("node_type", texts(["m5.large", "", "m5.large"])),
    ])
}

/// The splitmix64 generator: the same seed is the same run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// Less than `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }
}
