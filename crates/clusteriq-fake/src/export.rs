//! The company's records as an export: one folder per system table, and the REST replies per workspace.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use clusteriq_model::tables::{
    ClusterRow, InstancePoolRow, JobRow, JobRunSliceRow, JobTaskRow, ListPriceRow, NodeTypeRow, QueryRow, TableSpec,
    TaskRunSliceRow, UsageRow, WarehouseEventRow, WarehouseRow, WorkspaceRow,
};
use serde_json::Value;

use crate::FakeError;
use crate::records::Records;
use crate::time::Day;
use crate::world::World;

mod catalog_rows;
mod kinds;
mod lists;
mod rest;
mod rows;
mod schemas;
mod tables;
mod timeline;

pub(crate) use kinds::{pipelines_list, pools_list, schema_of};
pub(crate) use rest::{cluster, jobs, listed, policies};
pub(crate) use rows::words;
use tables::TableFile;
pub(crate) use timeline::DayFile;

/// An export being written.
pub(crate) struct Export {
    dir: PathBuf,
    account: String,
    usage: TableFile,
    clusters: TableFile,
    job_runs: TableFile,
    task_runs: TableFile,
    warehouse_events: TableFile,
    queries: TableFile,
    kinds: kinds::KindTables,
    clusters_now: rest::ClusterLists,
    files: u64,
}

impl Export {
    /// Starts one in a folder, which must be empty or not exist.
    pub(crate) fn create(dir: &Path, world: &World) -> Result<Self, FakeError> {
        fs::create_dir_all(dir).map_err(|source| FakeError::Write { path: dir.to_owned(), source })?;
        let mut entries = fs::read_dir(dir).map_err(|source| FakeError::Write { path: dir.to_owned(), source })?;
        if entries.next().is_some() {
            return Err(FakeError::NotEmpty { path: dir.to_owned() });
        }
        Ok(Self {
            dir: dir.to_owned(),
            account: world.account_id.clone(),
            usage: TableFile::create(dir, UsageRow::SPEC, schemas::usage())?,
            clusters: TableFile::create(dir, ClusterRow::SPEC, schemas::clusters())?,
            job_runs: TableFile::create(dir, JobRunSliceRow::SPEC, schemas::job_runs())?,
            task_runs: TableFile::create(dir, TaskRunSliceRow::SPEC, schemas::task_runs())?,
            warehouse_events: TableFile::create(dir, WarehouseEventRow::SPEC, schemas::warehouse_events())?,
            queries: TableFile::create(dir, QueryRow::SPEC, schemas::queries())?,
            kinds: kinds::KindTables::default(),
            clusters_now: rest::ClusterLists::create(dir, world)?,
            files: 6,
        })
    }

    /// Begins a day's file of node minutes.
    pub(crate) fn begin(&mut self, day: Day) -> Result<DayFile, FakeError> {
        self.files += 1;
        DayFile::create(&self.dir, &self.account, day)
    }

    /// Adds what some of the resources did on a day.
    pub(crate) fn append(&mut self, minutes: &mut DayFile, mut records: Records) -> Result<(), FakeError> {
        minutes.append(&std::mem::take(&mut records.minutes))?;
        let account = self.account.as_str();
        self.usage.append(records.usage.iter().map(|it| rows::usage(account, it)))?;
        self.clusters.append(records.clusters.iter().map(|it| rows::cluster(account, it)))?;
        self.job_runs.append(records.job_runs.iter().map(|it| rows::job_run(account, it)))?;
        self.task_runs.append(records.task_runs.iter().map(|it| rows::task_run(account, it)))?;
        self.warehouse_events.append(records.warehouse_events.iter().map(|it| rows::warehouse_event(account, it)))?;
        self.queries.append(records.queries.iter().map(|it| rows::query(account, it)))?;
        self.kinds.day(&self.dir, account, &records)?;
        self.clusters_now.append(&records.clusters_now)
    }

    /// Writes what does not grow by the day and closes all files; says how many there are.
    pub(crate) fn finish(mut self, world: &World) -> Result<u64, FakeError> {
        let account = self.account.clone();
        let whole: [(&TableSpec, SchemaRef, Vec<Value>); 7] = [
            (WorkspaceRow::SPEC, schemas::workspaces(), lists::workspaces(&account, world)),
            (ListPriceRow::SPEC, schemas::list_prices(), catalog_rows::list_prices(&account, &world.prices)),
            (NodeTypeRow::SPEC, schemas::node_types(), catalog_rows::node_types(&account, world)),
            (InstancePoolRow::SPEC, schemas::instance_pools(), lists::instance_pools(&account, world)),
            (WarehouseRow::SPEC, schemas::warehouses(), lists::warehouses(&account, world)),
            (JobRow::SPEC, schemas::jobs(), lists::jobs(&account, world)),
            (JobTaskRow::SPEC, schemas::job_tasks(), lists::job_tasks(&account, world)),
        ];
        for (spec, schema, rows) in whole {
            let mut table = TableFile::create(&self.dir, spec, schema)?;
            table.append(rows.into_iter())?;
            table.close()?;
            self.files += 1;
        }
        for it in [self.usage, self.clusters, self.job_runs, self.task_runs, self.warehouse_events, self.queries] {
            it.close()?;
        }
        self.files += self.kinds.finish(&self.dir, &account, world)?;
        self.files += rest::write(&self.dir, world)? + self.clusters_now.close()?;
        Ok(self.files)
    }
}
