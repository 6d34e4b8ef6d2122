//! Column names and types of the system tables, as in Databricks' documentation and a live `DESCRIBE` (read 2026-11).

use std::sync::Arc;

use DataType::{Boolean, Date32, Float64, Int8, Int32, Int64, Utf8};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

pub(super) fn at() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn money() -> DataType {
    DataType::Decimal128(38, 18)
}

fn fields(columns: &[(&str, DataType)]) -> Fields {
    columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect()
}

pub(super) fn structure(columns: &[(&str, DataType)]) -> DataType {
    DataType::Struct(fields(columns))
}

pub(super) fn list(of: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", of, true)))
}

fn map(values: DataType) -> DataType {
    let entry = vec![Field::new("key", Utf8, false), Field::new("value", values, true)];
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entry.into()), false)), false)
}

/// Text tags.
pub(super) fn tags() -> DataType {
    map(Utf8)
}

pub(super) fn schema(columns: &[(&str, DataType)]) -> SchemaRef {
    Arc::new(Schema::new(fields(columns)))
}

/// Text columns, then others: most tables begin with ids.
pub(super) fn texts<'a>(names: &[&'a str]) -> Vec<(&'a str, DataType)> {
    names.iter().map(|it| (*it, Utf8)).collect()
}

pub(super) fn usage() -> SchemaRef {
    let metadata = structure(&texts(&[
        "cluster_id",
        "job_id",
        "warehouse_id",
        "instance_pool_id",
        "node_type",
        "job_run_id",
        "notebook_id",
        "dlt_pipeline_id",
        "endpoint_name",
        "endpoint_id",
        "dlt_update_id",
        "dlt_maintenance_id",
        "run_name",
        "job_name",
        "notebook_path",
        "central_clean_room_id",
        "source_region",
        "destination_region",
        "app_id",
        "app_name",
        "metastore_id",
        "private_endpoint_name",
        "storage_api_type",
        "budget_policy_id",
        "usage_policy_id",
        "uc_table_catalog",
        "uc_table_schema",
        "uc_table_name",
        "database_instance_id",
        "sharing_materialization_id",
        "schema_id",
        "base_environment_id",
    ]));
    let features = structure(&[
        ("jobs_tier", Utf8),
        ("sql_tier", Utf8),
        ("dlt_tier", Utf8),
        ("is_serverless", Boolean),
        ("is_photon", Boolean),
        ("serving_type", Utf8),
        ("performance_target", Utf8),
        ("networking", structure(&[("connectivity_type", Utf8)])),
    ]);
    let mut columns = texts(&["account_id", "workspace_id", "record_id", "sku_name", "cloud"]);
    columns.extend([
        ("usage_start_time", at()),
        ("usage_end_time", at()),
        ("usage_date", Date32),
        ("custom_tags", tags()),
        ("usage_unit", Utf8),
        ("usage_quantity", money()),
        ("usage_metadata", metadata),
        ("identity_metadata", structure(&texts(&["run_as", "created_by", "owned_by", "run_by"]))),
        ("record_type", Utf8),
        ("ingestion_date", Date32),
        ("billing_origin_product", Utf8),
        ("product_features", features),
        ("usage_type", Utf8),
    ]);
    schema(&columns)
}

pub(super) fn list_prices() -> SchemaRef {
    let inner = || structure(&[("default", money())]);
    schema(&[
        ("account_id", Utf8),
        ("price_start_time", at()),
        ("price_end_time", at()),
        ("sku_name", Utf8),
        ("cloud", Utf8),
        ("currency_code", Utf8),
        ("usage_unit", Utf8),
        ("pricing", structure(&[("default", money()), ("promotional", inner()), ("effective_list", inner())])),
    ])
}

fn aws() -> DataType {
    structure(&[
        ("instance_profile_arn", Utf8),
        ("zone_id", Utf8),
        ("first_on_demand", Int32),
        ("availability", Utf8),
        ("spot_bid_price_percent", Int32),
        ("ebs_volume_type", Utf8),
        ("ebs_volume_count", Int32),
        ("ebs_volume_size", Int32),
        ("ebs_volume_iops", Int32),
        ("ebs_volume_throughput", Int32),
    ])
}

fn azure() -> DataType {
    structure(&[("first_on_demand", Int32), ("availability", Utf8), ("spot_bid_max_price", Float64)])
}

fn gcp() -> DataType {
    structure(&[
        ("use_preemptible_executors", Boolean),
        ("zone_id", Utf8),
        ("first_on_demand", Int32),
        ("availability", Utf8),
    ])
}

pub(super) fn clusters() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "cluster_id", "cluster_name", "owned_by"]);
    columns.extend([
        ("create_time", at()),
        ("delete_time", at()),
        ("driver_node_type", Utf8),
        ("worker_node_type", Utf8),
        ("worker_count", Int64),
        ("min_autoscale_workers", Int64),
        ("max_autoscale_workers", Int64),
        ("auto_termination_minutes", Int64),
        ("enable_elastic_disk", Boolean),
        ("tags", tags()),
        ("cluster_source", Utf8),
        ("init_scripts", list(Utf8)),
        ("aws_attributes", aws()),
        ("azure_attributes", azure()),
        ("gcp_attributes", gcp()),
        ("driver_instance_pool_id", Utf8),
        ("worker_instance_pool_id", Utf8),
        ("dbr_version", Utf8),
        ("change_time", at()),
        ("change_date", Date32),
        ("data_security_mode", Utf8),
        ("policy_id", Utf8),
    ]);
    schema(&columns)
}

pub(super) fn instance_pools() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "instance_pool_id", "instance_pool_name", "node_type"]);
    columns.extend([
        ("min_idle_instances", Int64),
        ("max_capacity", Int64),
        ("idle_instance_autotermination_minutes", Int64),
        ("enable_elastic_disk", Boolean),
        ("preloaded_spark_version", Utf8),
        ("tags", tags()),
        ("aws_attributes", aws()),
        ("azure_attributes", azure()),
        ("gcp_attributes", gcp()),
        ("create_time", at()),
        ("delete_time", at()),
        ("change_time", at()),
    ]);
    schema(&columns)
}

pub(super) fn node_timeline() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "cluster_id", "instance_id"]);
    columns.extend([
        ("start_time", at()),
        ("end_time", at()),
        ("driver", Boolean),
        ("cpu_user_percent", Float64),
        ("cpu_system_percent", Float64),
        ("cpu_wait_percent", Float64),
        ("mem_used_percent", Float64),
        ("mem_swap_percent", Float64),
        ("network_sent_bytes", Int64),
        ("network_received_bytes", Int64),
        ("disk_free_bytes_per_mount_point", map(Int64)),
        ("node_type", Utf8),
    ]);
    schema(&columns)
}

pub(super) fn node_types() -> SchemaRef {
    schema(&[
        ("account_id", Utf8),
        ("node_type", Utf8),
        ("core_count", Float64),
        ("memory_mb", Int64),
        ("gpu_count", Int64),
    ])
}

pub(super) fn warehouses() -> SchemaRef {
    let mut columns = texts(&[
        "warehouse_id",
        "workspace_id",
        "account_id",
        "warehouse_name",
        "warehouse_type",
        "warehouse_channel",
        "warehouse_size",
    ]);
    columns.extend([
        ("min_clusters", Int32),
        ("max_clusters", Int32),
        ("auto_stop_minutes", Int32),
        ("tags", tags()),
        ("change_time", at()),
        ("delete_time", at()),
    ]);
    schema(&columns)
}

pub(super) fn warehouse_events() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "warehouse_id", "event_type"]);
    columns.extend([("cluster_count", Int32), ("event_time", at())]);
    schema(&columns)
}

pub(super) fn workspaces() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "workspace_name", "workspace_url"]);
    columns.extend([("create_time", at()), ("status", Utf8)]);
    schema(&columns)
}

fn health_rules() -> DataType {
    list(structure(&[("metric", Utf8), ("operator", Utf8), ("value", Int64)]))
}

fn compute() -> DataType {
    list(structure(&texts(&["type", "cluster_id", "warehouse_id"])))
}

pub(super) fn jobs() -> SchemaRef {
    let trigger = structure(&[
        (
            "file_arrival",
            structure(&[
                ("url", Utf8),
                ("min_time_between_triggers_seconds", Int64),
                ("wait_after_last_change_seconds", Int64),
            ]),
        ),
        ("periodic", structure(&[("interval", Int64), ("units", Utf8)])),
        ("continuous", structure(&[("enabled", Boolean)])),
        ("table_update", structure(&[("table_names", list(Utf8))])),
        ("schedule", structure(&[("quartz_cron_expression", Utf8), ("timezone_id", Utf8)])),
    ]);
    let mut columns = texts(&["account_id", "workspace_id", "job_id", "name", "creator_id"]);
    columns.extend([
        ("tags", tags()),
        ("run_as", Utf8),
        ("change_time", at()),
        ("delete_time", at()),
        ("description", Utf8),
        ("trigger", trigger),
        ("trigger_type", Utf8),
        ("run_as_user_name", Utf8),
        ("creator_user_name", Utf8),
        ("paused", Boolean),
        ("timeout_seconds", Int64),
        ("health_rules", health_rules()),
        ("deployment", structure(&texts(&["kind", "metadata_file_path"]))),
        ("create_time", at()),
    ]);
    schema(&columns)
}

pub(super) fn job_tasks() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "job_id", "task_key"]);
    columns.extend([
        ("depends_on_keys", list(Utf8)),
        ("change_time", at()),
        ("delete_time", at()),
        ("timeout_seconds", Int64),
        ("health_rules", health_rules()),
    ]);
    schema(&columns)
}

pub(super) fn job_runs() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "job_id", "run_id"]);
    columns.extend([("period_start_time", at()), ("period_end_time", at())]);
    columns.extend(texts(&["trigger_type", "result_state", "run_type", "run_name"]));
    columns.extend([
        ("compute_ids", list(Utf8)),
        ("termination_code", Utf8),
        ("job_parameters", tags()),
        ("source_task_run_id", Utf8),
        ("root_task_run_id", Utf8),
        ("compute", compute()),
        ("termination_type", Utf8),
        ("setup_duration_seconds", Int64),
        ("queue_duration_seconds", Int64),
        ("run_duration_seconds", Int64),
        ("cleanup_duration_seconds", Int64),
        ("execution_duration_seconds", Int64),
    ]);
    schema(&columns)
}

pub(super) fn task_runs() -> SchemaRef {
    let mut columns = texts(&["account_id", "workspace_id", "job_id", "run_id", "job_run_id", "parent_run_id"]);
    columns.extend([
        ("period_start_time", at()),
        ("period_end_time", at()),
        ("task_key", Utf8),
        ("compute_ids", list(Utf8)),
        ("result_state", Utf8),
        ("termination_code", Utf8),
        ("compute", compute()),
        ("termination_type", Utf8),
        ("task_parameters", tags()),
        ("setup_duration_seconds", Int64),
        ("cleanup_duration_seconds", Int64),
        ("execution_duration_seconds", Int64),
    ]);
    schema(&columns)
}

pub(super) fn queries() -> SchemaRef {
    let source = structure(&[
        ("job_info", structure(&texts(&["job_id", "job_run_id", "job_task_run_id"]))),
        ("legacy_dashboard_id", Utf8),
        ("dashboard_id", Utf8),
        ("alert_id", Utf8),
        ("notebook_id", Utf8),
        ("sql_query_id", Utf8),
        ("genie_space_id", Utf8),
        ("pipeline_info", structure(&texts(&["pipeline_id", "update_id"]))),
    ]);
    let parameters =
        structure(&[("named_parameters", tags()), ("pos_parameters", list(Utf8)), ("is_truncated", Boolean)]);
    let numbers = |names: &[&'static str]| names.iter().map(|it| (*it, Int64)).collect::<Vec<_>>();
    let mut columns =
        texts(&["account_id", "workspace_id", "statement_id", "executed_by", "session_id", "execution_status"]);
    columns.push(("compute", structure(&texts(&["type", "cluster_id", "warehouse_id"]))));
    columns.extend(texts(&[
        "executed_by_user_id",
        "statement_text",
        "statement_type",
        "error_message",
        "client_application",
        "client_driver",
        "cache_origin_statement_id",
    ]));
    columns.extend(numbers(&[
        "total_duration_ms",
        "waiting_for_compute_duration_ms",
        "waiting_at_capacity_duration_ms",
        "execution_duration_ms",
        "compilation_duration_ms",
        "total_task_duration_ms",
        "result_fetch_duration_ms",
    ]));
    columns.extend([("start_time", at()), ("end_time", at()), ("update_time", at())]);
    columns.extend(numbers(&[
        "read_partitions",
        "pruned_files",
        "read_files",
        "read_rows",
        "produced_rows",
        "read_bytes",
    ]));
    columns.extend([("read_io_cache_percent", Int8), ("from_result_cache", Boolean)]);
    columns.extend(numbers(&[
        "spilled_local_bytes",
        "written_bytes",
        "written_rows",
        "written_files",
        "shuffle_read_bytes",
        "pruned_files_bytes",
        "read_files_bytes",
    ]));
    columns.extend([
        ("executed_as", Utf8),
        ("executed_as_user_id", Utf8),
        ("query_tags", tags()),
        ("query_parameters", parameters),
        ("query_source", source),
    ]);
    schema(&columns)
}
