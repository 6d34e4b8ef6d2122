//! Cluster-minutes of a folder of node-minutes, and those that Spark wrote, in the same order.

use std::fs::{self, File};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use clusteriq_collect::{Export, Unseen, read};
use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_tables::{NodeSize, NodeSizes, Reducer, from_batch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// What the importer gives for an export.
pub(crate) fn imported(folder: &Path) -> Vec<ClusterMinuteRow> {
    let mut rows = Vec::new();
    let export = Export::find(&[folder.to_owned()]).unwrap();
    read(&export, &NodeSizes::new(), &Unseen, &mut |spec, batch| {
        if spec.dataset == ClusterMinuteRow::SPEC.dataset {
            rows.extend(from_batch::<ClusterMinuteRow>(&batch)?);
        }
        Ok(())
    })
    .unwrap();
    sorted(rows)
}

/// What the reducer gives without the importer's checks.
pub(crate) fn by_reducer(folder: &Path) -> Vec<ClusterMinuteRow> {
    let mut sizes = NodeSizes::new();
    for batch in batches(&folder.join("system.compute.node_types")) {
        let of = |name| batch.column_by_name(name).unwrap();
        let (types, cores) = (of("node_type").as_string::<i32>(), of("core_count").as_primitive::<Float64Type>());
        let mib = of("memory_mb").as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let size = NodeSize { cores: cores.value(row), mib: mib.value(row) };
            if size.is_usable() {
                let it = sizes.entry(types.value(row).to_owned()).or_insert(size);
                *it = NodeSize { cores: it.cores.max(size.cores), mib: it.mib.max(size.mib) };
            }
        }
    }
    let mut reducer = Reducer::new(sizes);
    for batch in batches(&folder.join("system.compute.node_timeline")) {
        reducer.push(&batch).unwrap();
    }
    sorted(reducer.drain_until(None).iter().flat_map(|it| from_batch(it).unwrap()).collect())
}

/// What Spark wrote.
pub(crate) fn result(folder: &Path) -> Vec<ClusterMinuteRow> {
    sorted(batches(folder).iter().flat_map(|it| from_batch(it).unwrap()).collect())
}

/// The names and types of what Spark wrote.
pub(crate) fn types_of(folder: &Path) -> Vec<(String, DataType)> {
    let schema = batches(folder)[0].schema();
    schema.fields().iter().map(|it| (it.name().clone(), it.data_type().clone())).collect()
}

/// The plan that an `EXPLAIN` gave.
pub(crate) fn plan(folder: &Path) -> String {
    batches(folder)[0].column(0).as_string::<i32>().value(0).to_owned()
}

fn sorted(mut rows: Vec<ClusterMinuteRow>) -> Vec<ClusterMinuteRow> {
    rows.sort_by(|a, b| (&a.workspace_id, &a.cluster_id, a.minute).cmp(&(&b.workspace_id, &b.cluster_id, b.minute)));
    rows
}

fn batches(folder: &Path) -> Vec<RecordBatch> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "parquet"));
    files.sort();
    let read = |it| ParquetRecordBatchReaderBuilder::try_new(File::open(it).unwrap()).unwrap().build().unwrap();
    files.iter().flat_map(read).map(Result::unwrap).collect()
}
