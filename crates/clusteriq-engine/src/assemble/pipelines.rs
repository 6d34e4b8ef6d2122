//! Pipelines: newest settings, updates with their slices merged, and the clusters they ran on.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::tables::{PipelineRow, PipelineSettingsRow, PipelineUpdateRow, Tables};
use clusteriq_model::{Cluster, ClusterKey, Pipeline, PipelineKey, PipelineUpdate, Schedule, Window, WorkspaceId};

pub(super) fn pipelines(
    tables: &Tables,
    clusters: &BTreeMap<ClusterKey, Cluster>,
    window: &Window,
) -> BTreeMap<PipelineKey, Pipeline> {
    let mut newest: BTreeMap<PipelineKey, &PipelineRow> = BTreeMap::new();
    for it in tables.pipelines.iter().filter(|it| it.change_time < window.until) {
        let entry = newest.entry(key(&it.workspace_id, &it.pipeline_id)).or_insert(it);
        if entry.change_time <= it.change_time {
            *entry = it;
        }
    }
    let settings: BTreeMap<PipelineKey, &PipelineSettingsRow> =
        tables.pipeline_settings.iter().map(|it| (key(&it.workspace_id, &it.pipeline_id), it)).collect();
    let mut slices: BTreeMap<PipelineKey, BTreeMap<&str, Vec<&PipelineUpdateRow>>> = BTreeMap::new();
    let mut ran_on: BTreeMap<PipelineKey, BTreeSet<ClusterKey>> = BTreeMap::new();
    for it in &tables.pipeline_updates {
        let pipeline = key(&it.workspace_id, &it.pipeline_id);
        slices.entry(pipeline.clone()).or_default().entry(&it.update_id).or_default().push(it);
        if let Some(id) = &it.cluster_id {
            let cluster = ClusterKey { workspace: pipeline.workspace.clone(), id: id.clone() };
            ran_on.entry(pipeline).or_default().insert(cluster);
        }
    }
    for (id, cluster) in clusters {
        if let Some(pipeline) = &cluster.pipeline {
            ran_on.entry(pipeline.clone()).or_default().insert(id.clone());
        }
    }
    let known: BTreeSet<PipelineKey> = newest.keys().chain(settings.keys()).chain(slices.keys()).cloned().collect();
    let known: Vec<PipelineKey> = known.into_iter().collect();
    let mut pipelines = BTreeMap::new();
    for key in known {
        let (row, rest) = (newest.get(&key).copied(), settings.get(&key).copied());
        let clusters = ran_on.remove(&key).unwrap_or_default().into_iter().collect();
        let mut updates: Vec<PipelineUpdate> =
            slices.remove(&key).unwrap_or_default().iter().map(|(id, parts)| update(id, parts)).collect();
        updates.retain(|it| it.end > window.from && it.start < window.until);
        updates.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        pipelines.insert(key.clone(), pipeline(key, row, rest, updates, clusters));
    }
    pipelines
}

fn key(workspace: &str, id: &str) -> PipelineKey {
    PipelineKey { workspace: WorkspaceId(workspace.into()), id: id.into() }
}

fn update(id: &str, parts: &[&PipelineUpdateRow]) -> PipelineUpdate {
    let last =
        parts.iter().max_by_key(|it| (it.result_state.is_some(), it.period_end_time)).expect("an update has a slice");
    PipelineUpdate {
        id: id.into(),
        start: parts.iter().map(|it| it.period_start_time).min().expect("the same"),
        end: parts.iter().map(|it| it.period_end_time).max().expect("the same"),
        // A task's run that started it says more than the cause.
        trigger: last
            .job_task_run_id
            .as_ref()
            .map(|_| "job_task".to_owned())
            .or_else(|| last.trigger_type.clone())
            .or_else(|| last.update_type.clone()),
        result: last.result_state.clone(),
    }
}

fn pipeline(
    key: PipelineKey,
    row: Option<&PipelineRow>,
    rest: Option<&PipelineSettingsRow>,
    updates: Vec<PipelineUpdate>,
    clusters: Vec<ClusterKey>,
) -> Pipeline {
    let schedule = rest.and_then(|it| {
        Some(Schedule { quartz: it.cron.clone()?, timezone: it.timezone.clone().unwrap_or_else(|| "UTC".into()) })
    });
    Pipeline {
        name: row
            .and_then(|it| it.name.clone())
            .or_else(|| rest.and_then(|it| it.name.clone()))
            .unwrap_or_else(|| key.id.clone()),
        run_as: row.and_then(|it| it.run_as.clone()).or_else(|| rest.and_then(|it| it.run_as_user_name.clone())),
        tags: row.and_then(|it| it.tags.clone()).or_else(|| rest.and_then(|it| it.tags.clone())).unwrap_or_default(),
        deleted: row.and_then(|it| it.delete_time),
        continuous: row.and_then(|it| it.continuous).or_else(|| rest.and_then(|it| it.continuous)),
        development: row.and_then(|it| it.development).or_else(|| rest.and_then(|it| it.development)),
        serverless: row.and_then(|it| it.serverless).or_else(|| rest.and_then(|it| it.serverless)),
        channel: row.and_then(|it| it.channel.clone()).or_else(|| rest.and_then(|it| it.channel.clone())),
        schedule,
        updates,
        clusters,
        key,
    }
}
