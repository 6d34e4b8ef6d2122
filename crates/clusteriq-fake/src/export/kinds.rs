//! Pools, pipelines and serverless jobs: rows of their tables and their REST replies.

use arrow::datatypes::DataType::{Boolean, Utf8};
use arrow::datatypes::SchemaRef;
use clusteriq_model::tables::{InstanceEventRow, PipelineRow, PipelineUpdateRow, TableSpec};
use serde_json::{Value, json};

use super::rest::job;
use super::rows::{cloud_attributes, micros, tags};
use super::schemas::{at, list, schema, structure, tags as tags_type, texts};
use super::tables::TableFile;
use crate::FakeError;
use crate::catalog::Cloud;
use crate::records::{InstanceEvent, InstanceState, Records, UpdateEnd, UpdateSlice};
use crate::workload::{Engine, Size};
use crate::world::pipelines::{Mode, Pipeline, Purpose};
use crate::world::{Availability, Keeping, Pool, Workspace, World, tags as tags_of};

/// The columns of a table of which an export of a company without such resources has no file.
pub(crate) fn schema_of(table: &str) -> Option<SchemaRef> {
    let is = |it: &TableSpec| it.source_name() == table;
    if is(PipelineRow::SPEC) {
        Some(pipelines())
    } else if is(PipelineUpdateRow::SPEC) {
        Some(pipeline_updates())
    } else if is(InstanceEventRow::SPEC) {
        Some(instance_events())
    } else {
        None
    }
}

/// The tables that only companies with such resources have.
#[derive(Default)]
pub(super) struct KindTables {
    updates: Option<TableFile>,
    events: Option<TableFile>,
}

impl KindTables {
    /// Adds a day.
    pub(super) fn day(&mut self, dir: &std::path::Path, account: &str, records: &Records) -> Result<(), FakeError> {
        if !records.pipeline_updates.is_empty() {
            let open = || TableFile::create(dir, PipelineUpdateRow::SPEC, pipeline_updates());
            append(&mut self.updates, open, records.pipeline_updates.iter().map(|it| update(account, it)))?;
        }
        if !records.instance_events.is_empty() {
            let open = || TableFile::create(dir, InstanceEventRow::SPEC, instance_events());
            append(&mut self.events, open, records.instance_events.iter().map(|it| event(account, it)))?;
        }
        Ok(())
    }

    /// Closes them; says how many there are, the list of pipelines among them.
    pub(super) fn finish(self, dir: &std::path::Path, account: &str, world: &World) -> Result<u64, FakeError> {
        let mut files = 0;
        for it in [self.updates, self.events].into_iter().flatten() {
            it.close()?;
            files += 1;
        }
        if !world.pipelines.is_empty() {
            let mut table = TableFile::create(dir, PipelineRow::SPEC, pipelines())?;
            table.append(world.pipelines.iter().map(|it| pipeline(account, it)))?;
            table.close()?;
            files += 1;
        }
        Ok(files)
    }
}

fn append(
    table: &mut Option<TableFile>,
    open: impl Fn() -> Result<TableFile, FakeError>,
    rows: impl Iterator<Item = Value>,
) -> Result<(), FakeError> {
    let mut it = match table.take() {
        Some(it) => it,
        None => open()?,
    };
    it.append(rows)?;
    *table = Some(it);
    Ok(())
}

fn instance_events() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "instance_id"]);
    columns.push(("event_time", at()));
    columns.extend(texts(&["event_type", "state", "availability_type", "instance_pool_id", "cluster_id", "node_type"]));
    schema(&columns)
}

fn pipelines() -> SchemaRef {
    let mut columns =
        texts(&["account_id", "workspace_id", "pipeline_id", "pipeline_type", "name", "created_by", "run_as"]);
    columns.extend([
        ("tags", tags_type()),
        (
            "settings",
            structure(&[
                ("photon", Boolean),
                ("development", Boolean),
                ("continuous", Boolean),
                ("serverless", Boolean),
                ("edition", Utf8),
                ("channel", Utf8),
            ]),
        ),
        ("configuration", tags_type()),
        ("change_time", at()),
        ("delete_time", at()),
    ]);
    schema(&columns)
}

fn pipeline_updates() -> SchemaRef {
    let mut columns = texts(&[
        "account_id",
        "workspace_id",
        "pipeline_id",
        "update_id",
        "update_type",
        "request_id",
        "run_as_user_name",
        "trigger_type",
    ]);
    columns.extend([
        ("trigger_details", structure(&[("job_task", structure(&texts(&["job_task_run_id", "performance_target"])))])),
        ("result_state", Utf8),
        ("compute", structure(&texts(&["type", "cluster_id"]))),
        ("period_start_time", at()),
        ("period_end_time", at()),
        ("refresh_selection", list(Utf8)),
        ("full_refresh_selection", list(Utf8)),
        ("reset_checkpoint_selection", list(Utf8)),
    ]);
    schema(&columns)
}

fn event(account: &str, it: &InstanceEvent) -> Value {
    let (event_type, state) = match it.state {
        InstanceState::Launching => ("INSTANCE_LAUNCHING", "INSTANCE_LAUNCHING"),
        InstanceState::Ready => ("STATE_TRANSITION", "INSTANCE_READY"),
        InstanceState::Placed => ("STATE_TRANSITION", "INSTANCE_PLACED"),
        InstanceState::Terminated => ("STATE_TRANSITION", "INSTANCE_TERMINATED"),
    };
    let availability = match it.pool.keeping.map(|it| it.availability) {
        Some(Availability::OnDemand) | None => "ON_DEMAND",
        Some(Availability::SpotWithFallback | Availability::SpotAfter(_)) => "SPOT",
    };
    json!({
        "account_id": account,
        "workspace_id": &*it.pool.workspace.id,
        "instance_id": it.instance_id,
        "event_time": micros(it.at),
        "event_type": event_type,
        "state": state,
        "availability_type": availability,
        "instance_pool_id": it.pool.id,
        "cluster_id": it.cluster_id.as_deref(),
        "node_type": it.pool.node_type.id,
    })
}

fn update(account: &str, it: &UpdateSlice) -> Value {
    let details = it.update.task_run_id.as_ref().map(|it| json!({"job_task": {"job_task_run_id": it}}));
    json!({
        "account_id": account,
        "workspace_id": &*it.pipeline.workspace.id,
        "pipeline_id": it.pipeline.id,
        "update_id": it.update.id,
        "update_type": it.update.cause,
        "request_id": it.update.request_id,
        "run_as_user_name": it.pipeline.run_as,
        "trigger_type": details.as_ref().map(|_| "job_task"),
        "trigger_details": details,
        "result_state": it.result.map(|it| match it {
            UpdateEnd::Completed => "COMPLETED",
            UpdateEnd::Canceled => "CANCELED",
        }),
        "compute": {"type": "CLASSIC_COMPUTE", "cluster_id": &*it.cluster_id},
        "period_start_time": micros(it.start),
        "period_end_time": micros(it.end),
        "refresh_selection": [],
        "full_refresh_selection": [],
        "reset_checkpoint_selection": [],
    })
}

/// What the table and REST say alike.
fn settings(it: &Pipeline) -> Value {
    json!({
        "photon": it.shape.engine == Engine::Photon,
        "development": it.purpose == Purpose::Development,
        "continuous": it.mode == Mode::Continuous,
        "serverless": false,
        "edition": it.edition.word(),
        "channel": "CURRENT",
    })
}

fn pipeline(account: &str, it: &Pipeline) -> Value {
    json!({
        "account_id": account,
        "workspace_id": &*it.workspace.id,
        "pipeline_id": it.id,
        "pipeline_type": "ETL_PIPELINE",
        "name": it.name,
        "created_by": it.run_as,
        "run_as": it.run_as,
        "tags": tags(&tags_of(&it.workspace, it.team)),
        "settings": settings(it),
        "configuration": {},
        "change_time": micros(it.created),
    })
}

/// `pipelines/list`, with what `pipelines/get` adds.
pub(crate) fn pipelines_list(world: &World, workspace: &Workspace) -> Value {
    let item = |it: &Pipeline| {
        let mut cluster = json!({
            "label": "default",
            "node_type_id": it.shape.worker.id,
            "driver_node_type_id": it.shape.driver.id,
        });
        match it.shape.size {
            Size::Fixed(workers) => cluster["num_workers"] = json!(workers),
            Size::Autoscale { min, max } => {
                cluster["autoscale"] = json!({"min_workers": min, "max_workers": max, "mode": "ENHANCED"});
            }
        }
        let (attributes, cloud) = cloud_attributes(workspace.cloud, it.shape.availability);
        cluster[attributes] = cloud;
        let mut spec = settings(it);
        spec["id"] = json!(it.id);
        spec["name"] = json!(it.name);
        spec["clusters"] = json!([cluster]);
        spec["tags"] = tags(&tags_of(&it.workspace, it.team));
        json!({
            "pipeline_id": it.id,
            "name": it.name,
            "state": if it.mode == Mode::Continuous { "RUNNING" } else { "IDLE" },
            "creator_user_name": it.run_as,
            "run_as_user_name": it.run_as,
            "spec": spec,
        })
    };
    let here = world.pipelines.iter().filter(|it| it.workspace.id == workspace.id);
    json!({"statuses": here.map(item).collect::<Vec<_>>()})
}

/// What a pool keeps, as far as it is modelled.
pub(super) fn keeping(pool: &Pool) -> Keeping {
    pool.keeping.unwrap_or(Keeping {
        min_idle: 0,
        idle_minutes: 15,
        max_capacity: 40,
        availability: Availability::SpotWithFallback,
    })
}

/// `instance-pools/list`.
pub(crate) fn pools_list(world: &World, workspace: &Workspace) -> Value {
    let item = |it: &std::sync::Arc<Pool>| {
        let keeping = keeping(it);
        let word = match (workspace.cloud, keeping.availability) {
            (Cloud::Aws, Availability::OnDemand) => "ON_DEMAND",
            (Cloud::Aws, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "SPOT",
            (Cloud::Azure, Availability::OnDemand) => "ON_DEMAND_AZURE",
            (Cloud::Azure, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "SPOT_AZURE",
            (Cloud::Gcp, Availability::OnDemand) => "ON_DEMAND_GCP",
            (Cloud::Gcp, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "PREEMPTIBLE_GCP",
        };
        let (attributes, _) = cloud_attributes(workspace.cloud, keeping.availability);
        let mut row = json!({
            "instance_pool_id": it.id,
            "instance_pool_name": it.name,
            "node_type_id": it.node_type.id,
            "min_idle_instances": keeping.min_idle,
            "max_capacity": keeping.max_capacity,
            "idle_instance_autotermination_minutes": keeping.idle_minutes,
            "enable_elastic_disk": true,
            "custom_tags": {"env": workspace.env},
            "state": "ACTIVE",
        });
        row[attributes] = json!({"availability": word});
        row
    };
    let here = world.pools.iter().filter(|it| it.workspace.id == workspace.id);
    json!({"instance_pools": here.map(item).collect::<Vec<_>>()})
}

/// The jobs of `jobs/list` that have no cluster of their own.
pub(super) fn jobs(world: &World, workspace: &Workspace) -> Vec<Value> {
    let serverless = world.serverless.iter().filter(|it| it.card.workspace.id == workspace.id).map(|it| {
        let mut job = job(&it.card, None, ("environment_key", "default"));
        job["settings"]["performance_target"] = json!(it.target.word());
        let environment = json!({"client": "3", "dependencies": []});
        job["settings"]["environments"] = json!([{"environment_key": "default", "spec": environment}]);
        job
    });
    let updating = world.pipelines.iter().filter(|it| it.workspace.id == workspace.id);
    let updating = updating.filter_map(|it| {
        let mut job = job(it.job.as_ref()?, None, ("description", "updates a pipeline"));
        // A task does one thing, and this one's is not what the card says.
        let task = job["settings"]["tasks"][0].as_object_mut()?;
        task.retain(|key, _| !key.ends_with("_task"));
        task.insert("pipeline_task".to_owned(), json!({"pipeline_id": it.id, "full_refresh": false}));
        Some(job)
    });
    serverless.chain(updating).collect()
}
