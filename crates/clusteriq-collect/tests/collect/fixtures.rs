//! Exports made by code.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use clusteriq_collect::{CollectError, Export, Options, Progress, Summary, read_with};
use clusteriq_model::tables::{Row, TableSpec};
use clusteriq_tables::{NodeSizes, from_batch, schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with an export in it.
pub(crate) struct Folder(pub(crate) TempDir);

/// What was read.
pub(crate) struct Outcome {
    pub(crate) summary: Summary,
    /// In the order in which they came.
    pub(crate) batches: Vec<(&'static str, RecordBatch)>,
}

impl Outcome {
    /// All rows of a dataset.
    pub(crate) fn batch(&self, spec: &TableSpec) -> RecordBatch {
        let of: Vec<_> = self.batches.iter().filter(|it| it.0 == spec.dataset).map(|it| &it.1).collect();
        concat_batches(&schema(spec), of).unwrap()
    }

    pub(crate) fn rows<R: Row>(&self) -> Vec<R> {
        from_batch(&self.batch(R::SPEC)).unwrap()
    }
}

/// Sums what it is told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) bytes: AtomicU64,
    pub(crate) rows: AtomicU64,
}

impl Progress for Told {
    fn advanced(&self, _table: &str, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self::new().and(name, bytes)
    }

    pub(crate) fn and(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(crate) fn find(&self) -> Result<Export, CollectError> {
        Export::find(&[self.path()])
    }

    pub(crate) fn read(&self) -> Outcome {
        read(&[self.path()], &NodeSizes::new(), options()).unwrap_or_else(|it| panic!("{it}"))
    }

    /// The message of the error that reading ends with; the folder is written `<dir>`.
    pub(crate) fn message(&self) -> String {
        let error = read(&[self.path()], &NodeSizes::new(), options()).err().expect("an error");
        self.without_path(&error.to_string())
    }

    pub(crate) fn without_path(&self, text: &str) -> String {
        text.replace(&*self.0.path().to_string_lossy(), "<dir>").replace('\\', "/")
    }
}

pub(crate) fn options() -> Options {
    Options { memory: 256 << 20, threads: 2 }
}

pub(crate) fn read(paths: &[PathBuf], sizes: &NodeSizes, options: Options) -> Result<Outcome, CollectError> {
    let export = Export::find(paths)?;
    let mut batches = Vec::new();
    let told = Told::default();
    let summary = read_with(&export, sizes, options, &told, &mut |spec, batch| {
        assert_eq!(batch.schema(), schema(spec), "{}", spec.dataset);
        assert!((1..=65_536).contains(&batch.num_rows()), "{} rows of {}", batch.num_rows(), spec.dataset);
        batches.push((spec.dataset, batch));
        Ok(())
    })?;
    assert_eq!(told.bytes.into_inner(), export.bytes(), "every byte is told of once");
    Ok(Outcome { summary, batches })
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub(crate) fn json_lines(rows: &[Value]) -> String {
    rows.iter().map(|it| format!("{it}\n")).collect()
}

/// Nested values as JSON, null as nothing.
pub(crate) fn csv(rows: &[Value]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    writer.write_record(&header).unwrap();
    for row in rows {
        let cell = |name: &&String| match &row[name.as_str()] {
            Value::Null => String::new(),
            Value::String(it) => it.clone(),
            other => other.to_string(),
        };
        writer.write_record(header.iter().map(cell)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// As [`csv`], with a column per member of nested objects, as long as they are not `maps`.
pub(crate) fn flat_csv(rows: &[Value], maps: &[&str]) -> String {
    fn flatten(prefix: &str, value: &Value, maps: &[&str], into: &mut serde_json::Map<String, Value>) {
        match value {
            Value::Object(members) if !maps.contains(&prefix) => {
                for (name, value) in members {
                    let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    flatten(&name, value, maps, into);
                }
            }
            other => {
                into.insert(prefix.to_owned(), other.clone());
            }
        }
    }
    let mut flat = Vec::new();
    for row in rows {
        let mut members = serde_json::Map::new();
        flatten("", row, maps, &mut members);
        flat.push(Value::Object(members));
    }
    csv(&flat)
}

/// JSON rows as Parquet with the given types.
pub(crate) fn parquet(rows: &[Value], fields: Vec<Field>) -> Vec<u8> {
    let schema = Arc::new(Schema::new(fields));
    let mut decoder = arrow::json::ReaderBuilder::new(schema.clone()).build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    let batch = decoder.flush().unwrap().unwrap_or_else(|| RecordBatch::new_empty(schema));
    parquet_of(&[batch], 1 << 20)
}

/// One file of these batches.
pub(crate) fn parquet_of(batches: &[RecordBatch], rows_per_group: usize) -> Vec<u8> {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    for it in batches {
        writer.write(it).unwrap();
    }
    writer.into_inner().unwrap()
}

/// One file of these columns.
pub(crate) fn parquet_columns(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    parquet_of(&[RecordBatch::try_from_iter_with_nullable(columns).unwrap()], 1 << 20)
}

pub(crate) fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

pub(crate) fn time(name: &str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())), true)
}

pub(crate) fn decimal(name: &str) -> Field {
    Field::new(name, DataType::Decimal128(38, 18), true)
}

pub(crate) fn structure(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(fields.into()), true)
}

pub(crate) fn tags(name: &str) -> Field {
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), text("value")]);
    let entries = Field::new("key_value", DataType::Struct(entries), false);
    Field::new(name, DataType::Map(Arc::new(entries), false), true)
}

pub(crate) fn texts(name: &str) -> Field {
    Field::new(name, DataType::List(Arc::new(text("element"))), true)
}

/// Three billing records: one full, one with as little as possible, one correction.
pub(crate) fn usage() -> Vec<Value> {
    let record = |id: &str, kind: &str, quantity: &str| {
        json!({
            "account_id": "a1",
            "workspace_id": "7205485521961548",
            "record_id": id,
            "sku_name": "PREMIUM_JOBS_COMPUTE",
            "cloud": "AWS",
            "usage_start_time": "2026-09-21T10:00:00.000Z",
            "usage_end_time": "2026-09-21T11:00:00.000Z",
            "usage_date": "2026-09-21",
            "custom_tags": {"team": "risk, \"core\"", "env": "prod", "empty": ""},
            "usage_unit": "DBU",
            "usage_quantity": quantity,
            "usage_metadata": {"cluster_id": "0921-004700-gel4nrtx", "job_id": "683561229443132", "job_run_id": null, "node_type": "m6i.2xlarge"},
            "identity_metadata": {"run_as": "ana@example.com"},
            "record_type": kind,
            "billing_origin_product": "JOBS",
            "product_features": {"is_photon": false, "is_serverless": null, "jobs_tier": "CLASSIC"},
        })
    };
    let mut bare = record("r2", "ORIGINAL", "1.500000000000000000");
    for name in ["workspace_id", "custom_tags", "usage_metadata", "identity_metadata", "product_features"] {
        bare[name] = Value::Null;
    }
    vec![record("r1", "ORIGINAL", "12.345678901234567891"), bare, record("r3", "RETRACTION", "-12.345678901234567891")]
}

pub(crate) fn usage_fields() -> Vec<Field> {
    let feature = |name| Field::new(name, DataType::Boolean, true);
    vec![
        text("account_id"),
        text("workspace_id"),
        text("record_id"),
        text("sku_name"),
        text("cloud"),
        time("usage_start_time"),
        time("usage_end_time"),
        Field::new("usage_date", DataType::Date32, true),
        tags("custom_tags"),
        text("usage_unit"),
        decimal("usage_quantity"),
        structure("usage_metadata", ["cluster_id", "job_id", "job_run_id", "node_type"].map(text).to_vec()),
        structure("identity_metadata", vec![text("run_as")]),
        text("record_type"),
        text("billing_origin_product"),
        structure("product_features", vec![feature("is_photon"), feature("is_serverless"), text("jobs_tier")]),
    ]
}

/// The smallest row of `system.compute.node_types`.
pub(crate) fn node_types(rows: &[(&str, f64, i64)]) -> String {
    let row = |it: &(&str, f64, i64)| json!({"node_type": it.0, "core_count": it.1, "memory_mb": it.2});
    json_lines(&rows.iter().map(row).collect::<Vec<_>>())
}
