//! Whatever the importer makes of folders, as text that can be compared.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use clusteriq_collect::{Export, Unseen, read};
use clusteriq_model::tables::{Origin, TableSpec};
use clusteriq_tables::NodeSizes;

/// Rows by dataset, sorted; datasets without rows are left out.
pub(crate) type Contents = BTreeMap<&'static str, Vec<String>>;

/// The rows of all system tables in these folders, every one as often as it is there.
pub(crate) fn contents(folders: &[PathBuf]) -> Contents {
    let mut all = Contents::new();
    let export = Export::find(folders).unwrap();
    read(&export, &NodeSizes::new(), &Unseen, &mut |spec: &'static TableSpec, batch| {
        if batch.num_rows() > 0 && !matches!(spec.origin, Origin::Rest(_)) {
            all.entry(spec.dataset).or_default().extend(shown(&batch));
        }
        Ok(())
    })
    .unwrap();
    for rows in all.values_mut() {
        rows.sort_unstable();
    }
    all
}

fn shown(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    // As numbers, so that none is lost to rounding.
    let whole = |it: &ArrayRef| match it.data_type() {
        DataType::Timestamp(..) => cast(it, &DataType::Int64).unwrap(),
        _ => it.clone(),
    };
    let arrays: Vec<_> = batch.columns().iter().map(whole).collect();
    let columns: Vec<_> = arrays.iter().map(|it| ArrayFormatter::try_new(it, &options).unwrap()).collect();
    let row = |at| columns.iter().map(|it| it.value(at).to_string()).collect::<Vec<_>>().join("|");
    (0..batch.num_rows()).map(row).collect()
}

/// Compares dataset by dataset; the first rows that differ are the message.
pub(crate) fn assert_same(found: &Contents, wanted: &Contents, why: &str) {
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{why}");
    for (dataset, rows) in wanted {
        let found = &found[dataset];
        let at = rows.iter().zip(found).position(|(a, b)| a != b).unwrap_or(rows.len().min(found.len()));
        let shown = (found.get(at), rows.get(at));
        assert!(rows == found, "{why}: {dataset}: {} rows and {}: {shown:?}", found.len(), rows.len());
    }
}
