//! Records as rows of the tables that grow day by day. What a row does not name is null.

use serde_json::{Map, Value, json};

use crate::catalog::Cloud;
use crate::records::{
    ClusterVersion, Query, RecordType, RunEnd, RunSlice, Source, TagList, Trigger, Usage, User, WarehouseEvent,
    WarehouseState,
};
use crate::time::{HOUR, Millis, SECOND, day_number};
use crate::workload::Size;
use crate::world::{Availability, Origin, WarehouseKind};

/// Microseconds, as the tables have instants.
pub(super) fn micros(at: Millis) -> i64 {
    at * 1_000
}

/// Billionths as an exact decimal.
pub(super) fn decimal(billionths: i128) -> String {
    crate::bill::decimal(billionths, 9)
}

pub(super) fn tags(tags: &TagList) -> Value {
    Value::Object(tags.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect::<Map<_, _>>())
}

pub(super) fn usage(account: &str, it: &Usage) -> Value {
    let record_type = match it.record_type {
        RecordType::Original => "ORIGINAL",
        RecordType::Retraction => "RETRACTION",
        RecordType::Restatement => "RESTATEMENT",
    };
    let (product, mut metadata, features) = match &it.user {
        User::JobCluster { cluster_id, job_id, run_id, run_name, pool_id } => (
            "JOBS",
            json!({"cluster_id": &**cluster_id, "job_id": job_id, "job_run_id": run_id, "run_name": run_name, "instance_pool_id": pool_id}),
            json!({"jobs_tier": "CLASSIC", "is_serverless": false, "is_photon": it.photon}),
        ),
        User::AllPurpose { cluster_id } => (
            "ALL_PURPOSE",
            json!({"cluster_id": &**cluster_id}),
            json!({"is_serverless": false, "is_photon": it.photon}),
        ),
        User::Warehouse(warehouse) => (
            "SQL",
            json!({"warehouse_id": warehouse.id}),
            json!({"sql_tier": "PRO", "is_serverless": warehouse.kind == WarehouseKind::Serverless, "is_photon": true}),
        ),
        User::Pipeline { cluster_id, pipeline_id, update_id, edition } => (
            "DLT",
            json!({"cluster_id": &**cluster_id, "dlt_pipeline_id": pipeline_id, "dlt_update_id": update_id}),
            json!({"dlt_tier": edition.word(), "is_serverless": false, "is_photon": it.photon}),
        ),
        User::ServerlessJob { job_id, run_id, job_name, target } => (
            "JOBS",
            json!({"job_id": job_id, "job_run_id": run_id, "job_name": job_name}),
            json!({"is_serverless": true, "is_photon": it.photon, "performance_target": target.word()}),
        ),
        User::Endpoint { id, name } => (
            "MODEL_SERVING",
            json!({"endpoint_id": id, "endpoint_name": name}),
            json!({"is_serverless": true, "serving_type": "MODEL"}),
        ),
    };
    metadata["node_type"] = json!(it.node_type);
    let owner = match &it.user {
        User::Warehouse(warehouse) => Some(warehouse.team.lead()),
        User::JobCluster { .. }
        | User::AllPurpose { .. }
        | User::Pipeline { .. }
        | User::ServerlessJob { .. }
        | User::Endpoint { .. } => None,
    };
    json!({
        "account_id": account,
        "workspace_id": &*it.workspace.id,
        "record_id": it.record_id,
        "sku_name": it.sku,
        "cloud": it.workspace.cloud.word(),
        "usage_start_time": micros(it.hour),
        "usage_end_time": micros(it.hour + HOUR),
        "usage_date": day_number(it.hour),
        "custom_tags": tags(&it.tags),
        "usage_unit": "DBU",
        "usage_quantity": decimal(it.dbu_billionths),
        "usage_metadata": metadata,
        "identity_metadata": {"run_as": it.run_as, "owned_by": owner},
        "record_type": record_type,
        "ingestion_date": it.ingestion_day,
        "billing_origin_product": product,
        "product_features": features,
        "usage_type": "COMPUTE_TIME",
    })
}

/// The attributes of the cluster's cloud, as REST and the table have them.
pub(super) fn cloud_attributes(cloud: Cloud, availability: Availability) -> (&'static str, Value) {
    let word = match (cloud, availability) {
        (Cloud::Aws, Availability::OnDemand) => "ON_DEMAND",
        (Cloud::Aws, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "SPOT_WITH_FALLBACK",
        (Cloud::Azure, Availability::OnDemand) => "ON_DEMAND_AZURE",
        (Cloud::Azure, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "SPOT_WITH_FALLBACK_AZURE",
        (Cloud::Gcp, Availability::OnDemand) => "ON_DEMAND_GCP",
        (Cloud::Gcp, Availability::SpotWithFallback | Availability::SpotAfter(_)) => "PREEMPTIBLE_WITH_FALLBACK_GCP",
    };
    // On demand the number says nothing, and the user interface leaves it at 1.
    let first = match availability {
        Availability::OnDemand => 1,
        Availability::SpotWithFallback | Availability::SpotAfter(_) => availability.first_on_demand(),
    };
    match cloud {
        Cloud::Aws => (
            "aws_attributes",
            json!({"zone_id": "auto", "first_on_demand": first, "availability": word, "spot_bid_price_percent": 100}),
        ),
        Cloud::Azure => {
            ("azure_attributes", json!({"first_on_demand": first, "availability": word, "spot_bid_max_price": -1.0}))
        }
        Cloud::Gcp => ("gcp_attributes", json!({"first_on_demand": first, "availability": word, "zone_id": "auto"})),
    }
}

/// Access mode.
pub(super) fn security_mode(source: Source) -> &'static str {
    match source {
        Source::Job | Source::Pipeline => "SINGLE_USER",
        Source::Ui => "USER_ISOLATION",
    }
}

/// `cluster_source`.
pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Job => "JOB",
        Source::Pipeline => "PIPELINE",
        Source::Ui => "UI",
    }
}

pub(super) fn cluster(account: &str, it: &ClusterVersion) -> Value {
    let shape = &it.shape;
    let (count, min, max) = match shape.size {
        Size::Fixed(count) => (Some(count), None, None),
        Size::Autoscale { min, max } => (None, Some(min), Some(max)),
    };
    // A cluster from a pool names the pool and not the type.
    let pool = shape.pool.as_ref().map(|it| it.id.as_str());
    let (driver, worker) = match pool {
        Some(_) => (None, None),
        None => (Some(shape.driver.id.as_str()), Some(shape.worker.id.as_str())),
    };
    let (attributes, cloud) = cloud_attributes(it.workspace.cloud, shape.availability);
    let mut row = json!({
        "account_id": account,
        "workspace_id": &*it.workspace.id,
        "cluster_id": &*it.id,
        "cluster_name": it.name,
        "owned_by": it.owner,
        "create_time": micros(it.created),
        "delete_time": it.deleted.map(micros),
        "driver_node_type": driver,
        "worker_node_type": worker,
        "worker_count": count,
        "min_autoscale_workers": min,
        "max_autoscale_workers": max,
        "auto_termination_minutes": it.autotermination,
        "enable_elastic_disk": true,
        "tags": tags(&it.tags),
        "cluster_source": source(it.source),
        "init_scripts": [],
        "driver_instance_pool_id": pool,
        "worker_instance_pool_id": pool,
        "dbr_version": it.runtime,
        "change_time": micros(it.changed),
        "change_date": day_number(it.changed),
        "data_security_mode": security_mode(it.source),
        "policy_id": it.policy,
    });
    row[attributes] = cloud;
    row
}

/// Result, code and type of a run's end.
pub(crate) fn words(end: RunEnd) -> (&'static str, &'static str, &'static str) {
    match end {
        RunEnd::Succeeded => ("SUCCEEDED", "SUCCESS", "SUCCESS"),
        RunEnd::Failed(cause) => ("FAILED", cause.words().0, cause.words().1),
        RunEnd::TimedOut => ("TIMED_OUT", "CANCELED", "CLIENT_ERROR"),
        RunEnd::Cancelled => ("CANCELLED", "USER_CANCELED", "SUCCESS"),
        RunEnd::Skipped => ("SKIPPED", "MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"),
    }
}

/// What a job's slice and a task's slice have in common.
fn slice(account: &str, it: &RunSlice) -> Value {
    let cluster = it.cluster_id.as_deref();
    let end = it.result.map(|(end, _)| words(end));
    let durations = it.result.map(|(_, durations)| durations);
    let compute: Vec<Value> = cluster.iter().map(|it| json!({"type": "CLASSIC_COMPUTE", "cluster_id": it})).collect();
    json!({
        "account_id": account,
        "workspace_id": &*it.card.workspace.id,
        "job_id": it.job_id,
        "run_id": it.run_id,
        "period_start_time": micros(it.start),
        "period_end_time": micros(it.end),
        "result_state": end.map(|it| it.0),
        "termination_code": end.map(|it| it.1),
        "termination_type": end.map(|it| it.2),
        "compute": compute,
        "setup_duration_seconds": durations.map(|it| it.setup),
        "execution_duration_seconds": durations.map(|it| it.execution),
        "cleanup_duration_seconds": durations.map(|it| it.cleanup),
    })
}

pub(super) fn job_run(account: &str, it: &RunSlice) -> Value {
    let mut row = slice(account, it);
    let durations = it.result.map(|(_, durations)| durations);
    row["compute_ids"] = json!([]);
    row["job_parameters"] = json!({});
    row["trigger_type"] = json!(match it.trigger {
        Trigger::Cron => "CRON",
        Trigger::Continuous => "CONTINUOUS",
        Trigger::FileArrival => "FILE_ARRIVAL",
        Trigger::OneTime => "ONETIME",
    });
    row["run_type"] = json!(match it.card.origin {
        Origin::Job => "JOB_RUN",
        Origin::Submit => "SUBMIT_RUN",
    });
    row["run_name"] = json!(it.card.name);
    row["run_duration_seconds"] = json!(durations.map(|it| it.run));
    row["queue_duration_seconds"] = json!(durations.map(|_| 0));
    row
}

pub(super) fn task_run(account: &str, it: &RunSlice) -> Value {
    let mut row = slice(account, it);
    if let Some((key, run_id)) = &it.task {
        row["task_key"] = json!(key);
        row["run_id"] = json!(run_id);
    }
    row["job_run_id"] = json!(it.run_id);
    row["parent_run_id"] = json!(it.run_id);
    row["compute_ids"] = json!(it.cluster_id.iter().map(|it| &**it).collect::<Vec<_>>());
    row["task_parameters"] = json!({});
    row
}

pub(super) fn warehouse_event(account: &str, it: &WarehouseEvent) -> Value {
    let event_type = match it.state {
        WarehouseState::Starting => "STARTING",
        WarehouseState::Running => "RUNNING",
        WarehouseState::ScaledUp => "SCALED_UP",
        WarehouseState::ScaledDown => "SCALED_DOWN",
        WarehouseState::Stopping => "STOPPING",
        WarehouseState::Stopped => "STOPPED",
    };
    json!({
        "account_id": account,
        "workspace_id": &*it.warehouse.workspace.id,
        "warehouse_id": it.warehouse.id,
        "event_type": event_type,
        "cluster_count": it.clusters,
        "event_time": micros(it.at),
    })
}

pub(super) fn query(account: &str, it: &Query) -> Value {
    let (status, error) = if it.failed {
        ("FAILED", Some("[TABLE_OR_VIEW_NOT_FOUND] The table or view cannot be found."))
    } else {
        ("FINISHED", None)
    };
    let writes = it.statement_type == "INSERT";
    json!({
        "account_id": account,
        "workspace_id": &*it.warehouse.workspace.id,
        "statement_id": it.statement_id,
        "executed_by": it.person,
        "session_id": it.session_id,
        "execution_status": status,
        "compute": {"type": "WAREHOUSE", "warehouse_id": it.warehouse.id},
        "executed_by_user_id": it.person_id,
        "statement_text": it.text,
        "statement_type": it.statement_type,
        "error_message": error,
        "client_application": it.application,
        "total_duration_ms": it.end() - it.start,
        "waiting_for_compute_duration_ms": it.waiting_for_compute,
        "waiting_at_capacity_duration_ms": it.waiting_at_capacity,
        "execution_duration_ms": it.execution,
        "compilation_duration_ms": it.compilation,
        "total_task_duration_ms": it.task_total,
        "result_fetch_duration_ms": it.fetch,
        "start_time": micros(it.start),
        "end_time": micros(it.end()),
        "update_time": micros(it.end() + SECOND),
        "read_files": it.read_files,
        "read_rows": it.read_rows,
        "produced_rows": it.produced_rows,
        "read_bytes": it.read_bytes,
        "read_io_cache_percent": it.cache_percent,
        "from_result_cache": false,
        "spilled_local_bytes": it.spilled_bytes,
        "written_bytes": if writes { it.read_bytes / 20 } else { 0 },
        "shuffle_read_bytes": it.read_bytes / 12,
        "executed_as": it.person,
        "executed_as_user_id": it.person_id,
        "query_tags": {},
    })
}
