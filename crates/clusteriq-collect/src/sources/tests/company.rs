//! A company, its export, and scans of its workspaces.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow::array::RecordBatch;
use clusteriq_fake::workspace::{CLIENT_ID, CLIENT_SECRET, Faults, History, Seen, TOKEN, Workspace};
use clusteriq_fake::{DemoOptions, Fleet, write_export};
use clusteriq_model::tables::{Row, TableSpec};
use clusteriq_tables::{NodeSizes, from_batch};

use crate::client::testing::{client_of, configured};
use crate::sources::{Since, Source, who};
use crate::{Export, ListScan, Unseen, block_on, scan_lists};

pub(super) struct Company {
    dir: tempfile::TempDir,
    pub(super) history: History,
}

/// One for all tests: four days, every kind of resource.
pub(super) fn company() -> &'static Company {
    static COMPANY: OnceLock<Company> = OnceLock::new();
    COMPANY.get_or_init(|| {
        let options = DemoOptions { days: 4, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
        let dir = tempfile::tempdir().unwrap();
        write_export(dir.path(), &options, &|_, _| ()).unwrap();
        Company { dir, history: History::of(&options).unwrap() }
    })
}

impl Company {
    /// Its system tables and the REST answers that an export has.
    pub(super) fn export(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Ids of its workspaces.
    pub(super) fn workspaces(&self) -> Vec<String> {
        self.history.workspaces().into_iter().map(|it| it.0).collect()
    }

    /// The workspace with the most pipelines.
    pub(super) fn busiest(&self) -> String {
        let list = |id: &String| self.dir.path().join("rest").join(id).join("pipelines_list.json");
        let pipelines = |id: &String| std::fs::read_to_string(list(id)).unwrap().matches("\"pipeline_id\"").count();
        self.workspaces().into_iter().max_by_key(pipelines).unwrap()
    }
}

/// How a scan signs in.
#[derive(Clone, Copy)]
pub(super) enum By {
    Token,
    ServicePrincipal,
}

/// Reads lists of a workspace while it misbehaves like that. No page is long, so that every list has several.
pub(super) fn scanned(workspace: &Workspace, which: &[Source], by: By, faults: Faults, folder: &Path) -> ListScan {
    workspace.set_longest_page(7);
    let server = workspace.start().unwrap();
    let lines = match by {
        By::Token => format!("host = {}\ntoken = {TOKEN}", server.url),
        By::ServicePrincipal => {
            format!("host = {}\nclient_id = {CLIENT_ID}\nclient_secret = {CLIENT_SECRET}", server.url)
        }
    };
    let since = Since { from: "2026-11-01T00:00:00Z".parse().unwrap(), until: "2026-12-01T00:00:00Z".parse().unwrap() };
    let scan = block_on(async {
        let (client, _) = client_of(configured(&lines).unwrap()).await;
        who(&client).await.unwrap();
        workspace.set_faults(faults);
        scan_lists(&client, which, since, folder, &Unseen).await.unwrap()
    });
    assert!(workspace.seen().iter().all(Seen::only_reads), "{:?}", workspace.seen());
    scan.unwrap()
}

/// The batches that an import gives, in its order.
pub(super) fn batches(paths: &[PathBuf]) -> Vec<(&'static str, RecordBatch)> {
    let mut batches = vec![];
    let mut sink = |spec: &'static TableSpec, batch: RecordBatch| {
        batches.push((spec.dataset, batch));
        Ok(())
    };
    crate::read(&Export::find(paths).unwrap(), &NodeSizes::default(), &Unseen, &mut sink).unwrap();
    batches
}

/// The rows of a table, by whatever tells them apart; several with the same key in their order.
pub(super) fn rows<R: Row, K: Ord>(
    batches: &[(&'static str, RecordBatch)],
    key: impl Fn(&R) -> K,
) -> BTreeMap<K, Vec<R>> {
    let mut rows: BTreeMap<K, Vec<R>> = BTreeMap::new();
    for (_, batch) in batches.iter().filter(|it| it.0 == R::SPEC.dataset) {
        for it in from_batch::<R>(batch).unwrap() {
            rows.entry(key(&it)).or_default().push(it);
        }
    }
    rows
}
