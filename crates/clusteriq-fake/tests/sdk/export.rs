//! The company and its export, against which an SDK's view is held.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use arrow::array::AsArray;
use clusteriq_fake::workspace::History;
use clusteriq_fake::{DemoOptions, Fleet, write_export};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

pub(crate) struct Company {
    dir: tempfile::TempDir,
    pub(crate) history: History,
    /// The workspace with the most jobs.
    pub(crate) workspace: String,
}

/// One for all tests: a week, every kind of resource.
pub(crate) fn company() -> &'static Company {
    static COMPANY: OnceLock<Company> = OnceLock::new();
    COMPANY.get_or_init(|| {
        let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
        let dir = tempfile::tempdir().unwrap();
        write_export(dir.path(), &options, &|_, _| ()).unwrap();
        let history = History::of(&options).unwrap();
        let mut it = Company { dir, history, workspace: String::new() };
        let ids = it.history.workspaces().into_iter().map(|(id, _)| id);
        let jobs = |id: &String| read(&it.dir.path().join("rest").join(id).join("jobs_list.json"), "jobs").len();
        it.workspace = ids.max_by_key(jobs).unwrap();
        it
    })
}

fn read(path: &std::path::Path, key: &str) -> Vec<Value> {
    let reply: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    reply[key].as_array().unwrap().clone()
}

impl Company {
    /// A list of the workspace's REST replies.
    pub(crate) fn list(&self, file: &str, key: &str) -> Vec<Value> {
        read(&self.dir.path().join("rest").join(&self.workspace).join(file), key)
    }

    /// Where the export is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Ids of runs in the timeline.
    pub(crate) fn runs(&self) -> BTreeSet<String> {
        self.ids("job_run_timeline", "run_id")
    }

    /// Ids of warehouses in their table.
    pub(crate) fn warehouses(&self) -> BTreeSet<String> {
        self.ids("warehouses", "warehouse_id")
    }

    /// What a column of a table holds for the workspace.
    fn ids(&self, table: &str, column: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let inside = path.iter().any(|it| it.to_string_lossy().ends_with(table));
                if path.is_dir() {
                    folders.push(path);
                } else if inside && path.extension().is_some_and(|it| it == "parquet") {
                    let file = fs::File::open(path).unwrap();
                    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                        let batch = batch.unwrap();
                        let texts = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
                        let here = texts("workspace_id");
                        let rows =
                            here.iter().zip(texts(column).iter().map(|it| it.unwrap().to_owned()).collect::<Vec<_>>());
                        found.extend(rows.filter(|(id, _)| *id == Some(self.workspace.as_str())).map(|it| it.1));
                    }
                }
            }
        }
        found
    }
}
