//! The runs of a job.

use clusteriq_model::{ClusterKey, Job, JobKey, Run, RunResult, Target};
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::list::{Facet, Key, NoSum, Row, Sort};
use crate::snapshot::Snapshot;

/// A run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunRow")]
pub(crate) struct RunRow {
    /// Databricks' run id.
    id: String,
    /// RFC 3339, UTC.
    start: String,
    /// RFC 3339, UTC.
    end: String,
    /// `succeeded`, `failed`, `skipped` or `open`.
    result: &'static str,
    /// The table's word for a failure.
    reason: Option<String>,
    duration_minutes: f64,
    /// Start-up of its compute.
    setup_minutes: Option<f64>,
    queued_minutes: Option<f64>,
    /// How often it was repaired.
    repairs: u32,
    /// DBU cost of its own compute; null: not on the bill, as on a shared cluster.
    dbu_usd: Option<f64>,
    /// Modelled VM cost of its own clusters; null: not known, or on a shared cluster.
    vm_usd: Option<f64>,
    /// Its own compute in words; null: on a shared cluster, serverless or not known.
    compute: Option<String>,
    /// Clusters it ran on, to open minute by minute.
    cluster_ids: Vec<String>,
}

impl Row for RunRow {
    type Sum = NoSum;
    const SORTED: &'static str = "-start";
    const SORTS: &'static [Sort<Self>] = &[
        ("start", |it| Key::Text(Some(it.start.clone()))),
        ("duration", |it| Key::Number(Some(it.duration_minutes))),
        ("dbu_usd", |it| Key::Number(it.dbu_usd)),
        ("vm_usd", |it| Key::Number(it.vm_usd)),
        ("result", |it| Key::Text(Some(it.result.to_owned()))),
    ];
    const OTHERS: &'static [(&'static str, &'static str)] =
        &[("workspace_id", "The workspace's id: needed only where two workspaces have the same id.")];
    const FACETS: &'static [Facet<Self>] = &[("result", |it| Some((it.result.into(), it.result.into())))];

    fn words(&self) -> Vec<&str> {
        vec![&self.id, self.reason.as_deref().unwrap_or_default(), self.compute.as_deref().unwrap_or_default()]
    }

    fn sum(_: &[&Self]) -> NoSum {
        NoSum {}
    }
}

pub(super) fn runs(snapshot: &Snapshot, job: &Job) -> Vec<RunRow> {
    job.runs.iter().map(|it| run(snapshot, &job.key, it)).collect()
}

fn run(snapshot: &Snapshot, job: &JobKey, it: &Run) -> RunRow {
    let key = |id: &String| ClusterKey { workspace: job.workspace.clone(), id: id.clone() };
    let clusters: Vec<ClusterKey> =
        it.compute_ids.iter().map(key).filter(|it| snapshot.fleet.clusters.contains_key(it)).collect();
    let own = |key: &&ClusterKey| snapshot.fleet.clusters[*key].run.is_some();
    let machines: Vec<Option<f64>> = clusters
        .iter()
        .filter(own)
        .map(|key| snapshot.costs.get(&Target::Cluster(key.clone())).and_then(|it| it.vm).map(|it| it.0))
        .collect();
    let compute =
        clusters.iter().find(|it| own(it)).map(|key| snapshot.fleet.clusters[key].config().compute.to_string());
    RunRow {
        id: it.id.clone(),
        start: it.start.to_string(),
        end: it.end.to_string(),
        result: result(&it.result),
        reason: match &it.result {
            RunResult::Failed(word) => it.termination_code.clone().or_else(|| Some(word.clone())),
            RunResult::Succeeded | RunResult::Skipped | RunResult::Open => None,
        },
        duration_minutes: it.duration().0,
        setup_minutes: it.setup.map(|it| it.0),
        queued_minutes: it.queued.map(|it| it.0),
        repairs: it.repairs,
        dbu_usd: billed(snapshot, job, it),
        vm_usd: (!machines.is_empty()).then(|| machines.iter().copied().sum()).flatten(),
        compute,
        cluster_ids: clusters.into_iter().map(|it| it.id).collect(),
    }
}

/// How it ended, in a word.
pub(super) fn result(it: &RunResult) -> &'static str {
    match it {
        RunResult::Succeeded => "succeeded",
        RunResult::Failed(_) => "failed",
        RunResult::Skipped => "skipped",
        RunResult::Open => "open",
    }
}

/// DBU cost of its own compute, if it is on the bill.
pub(super) fn billed(snapshot: &Snapshot, key: &JobKey, run: &Run) -> Option<f64> {
    snapshot.fleet.bill.runs.get(&(key.clone(), run.id.clone())).map(|it| it.estimate().0)
}
