//! What exists to compute on, and what it did.

use jiff::Timestamp;

use super::Origin::{Reduced, SystemTable};
use super::value::{Tags, table};

table! {
    /// The size of a node type.
    NodeTypeRow = "node_types" from SystemTable("system.compute.node_types"), key ["node_type"], day None;
    /// E.g. `m5.xlarge`.
    node_type: String,
    /// vCPUs.
    core_count: f64,
    /// Memory in MiB.
    memory_mb: i64,
    /// GPUs.
    gpu_count: Option<i64>,
}

table! {
    /// One version of a cluster's configuration: it holds from `change_time` until the next.
    ClusterRow = "clusters" from SystemTable("system.compute.clusters"),
        key ["workspace_id", "cluster_id", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    cluster_id: String,
    /// Its name; job clusters are called `job-<job_id>-run-<run_id>-<job_cluster_key>`.
    cluster_name: Option<String>,
    /// Owner.
    owned_by: Option<String>,
    /// When it was created.
    create_time: Option<Timestamp>,
    /// When it was deleted.
    delete_time: Option<Timestamp>,
    /// When this version began.
    change_time: Timestamp,
    /// Unknown for pool-backed clusters.
    driver_node_type: Option<String>,
    /// Unknown for pool-backed clusters.
    worker_node_type: Option<String>,
    /// Fixed size; unknown if it autoscales.
    worker_count: Option<i64>,
    /// Autoscaling range.
    min_autoscale_workers: Option<i64>,
    /// Autoscaling range.
    max_autoscale_workers: Option<i64>,
    /// Unknown or 0: never.
    auto_termination_minutes: Option<i64>,
    /// User tags.
    tags: Option<Tags>,
    /// `UI`, `API`, `JOB`, `PIPELINE`, …: open.
    cluster_source: Option<String>,
    /// How its nodes are bought, e.g. `SPOT_WITH_FALLBACK`.
    availability: Option<String> = "aws_attributes.availability" | "azure_attributes.availability" | "gcp_attributes.availability",
    /// How many nodes are on demand whatever `availability` says.
    first_on_demand: Option<i64> = "aws_attributes.first_on_demand" | "azure_attributes.first_on_demand" | "gcp_attributes.first_on_demand",
    /// Pool of the driver.
    driver_instance_pool_id: Option<String>,
    /// Pool of the workers.
    worker_instance_pool_id: Option<String>,
    /// Runtime key, e.g. `16.4.x-scala2.12`.
    dbr_version: Option<String>,
    /// Access mode.
    data_security_mode: Option<String>,
    /// Policy it was made under.
    policy_id: Option<String>,
    /// Where its init scripts are.
    init_scripts: Option<Vec<String>>,
}

table! {
    /// One version of a SQL warehouse's configuration.
    WarehouseRow = "warehouses" from SystemTable("system.compute.warehouses"),
        key ["workspace_id", "warehouse_id", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    warehouse_id: String,
    /// When this version began.
    change_time: Timestamp,
    /// Its name.
    warehouse_name: Option<String>,
    /// `CLASSIC`, `PRO` or `SERVERLESS`.
    warehouse_type: Option<String>,
    /// `2X_SMALL` … `4X_LARGE`.
    warehouse_size: Option<String>,
    /// Range of its load balancing.
    min_clusters: Option<i64>,
    /// Range of its load balancing.
    max_clusters: Option<i64>,
    /// 0: never.
    auto_stop_minutes: Option<i64>,
    /// User tags.
    tags: Option<Tags>,
    /// When it was deleted.
    delete_time: Option<Timestamp>,
}

table! {
    /// A change of a warehouse's state.
    WarehouseEventRow = "warehouse_events" from SystemTable("system.compute.warehouse_events"),
        key ["workspace_id", "warehouse_id", "event_time", "event_type"], day Some("event_time");
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    warehouse_id: String,
    /// `STARTING RUNNING SCALED_UP SCALED_DOWN STOPPING STOPPED`: open.
    event_type: String,
    /// Clusters that run.
    cluster_count: Option<i64>,
    /// When.
    event_time: Timestamp,
}

table! {
    /// What a cluster's nodes did in one minute. Amounts are sums of integers, so that the order of reading changes nothing:
    /// per node `round(cpu_percent × cores × 10)` millicores and `round(mem_percent × MiB / 100)`.
    ClusterMinuteRow = "cluster_minutes" from Reduced(super::NODE_TIMELINE),
        key ["workspace_id", "cluster_id", "minute"], day Some("minute");
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    cluster_id: String,
    /// Start of the minute.
    minute: Timestamp,
    /// Workers that reported. A node that reports twice in a minute counts once.
    workers: i64,
    /// Drivers that reported: 0 or 1, more only while a cluster restarts.
    drivers: i64,
    /// Node type of the workers; the greatest by name if they differ.
    worker_type: Option<String>,
    /// Node type of the driver.
    driver_type: Option<String>,
    /// Millicores of all workers; unknown if a worker's type has no known size.
    worker_millicores: Option<i64>,
    /// MiB of all workers; unknown if a worker's type has no known size.
    worker_mib: Option<i64>,
    /// User and system CPU used by the workers, millicores; unknown if a size is.
    used_millicores: Option<i64>,
    /// Waiting for IO, millicores, workers.
    wait_millicores: Option<i64>,
    /// Memory used by the workers, MiB, with the operating system's own.
    used_mib: Option<i64>,
    /// User and system CPU of the busiest worker, in 1/1000 of a percent; unknown without workers.
    busiest_cpu: Option<i64>,
    /// Memory of the fullest worker, in 1/1000 of a percent.
    fullest_mem: Option<i64>,
    /// Swap of the worker that swaps most, in 1/1000 of a percent.
    most_swap: Option<i64>,
    /// Bytes sent and received by all nodes.
    network_bytes: i64,
    /// User and system CPU of the driver, in 1/1000 of a percent.
    driver_cpu: Option<i64>,
    /// Memory of the driver, in 1/1000 of a percent.
    driver_mem: Option<i64>,
    /// Waiting for IO of the driver, in 1/1000 of a percent.
    driver_wait: Option<i64>,
}
