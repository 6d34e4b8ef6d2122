//! Instance pools and what their nodes did.

use jiff::Timestamp;

use super::Origin::{Rest, SystemTable};
use super::value::{Tags, table};

table! {
    /// One version of an instance pool.
    InstancePoolRow = "instance_pools" from SystemTable("system.compute.instance_pools"),
        key ["workspace_id", "instance_pool_id", "change_time"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    instance_pool_id: String,
    /// When this version began.
    change_time: Timestamp,
    /// Its name.
    instance_pool_name: Option<String>,
    /// Type of its nodes.
    node_type: Option<String>,
    /// Nodes kept ready.
    min_idle_instances: Option<i64>,
    /// Nodes it may have, idle and in use; unknown: no limit.
    max_capacity: Option<i64>,
    /// Minutes after which an idle node above the minimum is given back.
    idle_instance_autotermination_minutes: Option<i64>,
    /// How its nodes are bought.
    availability: Option<String> = "aws_attributes.availability" | "azure_attributes.availability" | "gcp_attributes.availability",
    /// User tags.
    tags: Option<Tags>,
    /// When it was created.
    create_time: Option<Timestamp>,
    /// When it was deleted.
    delete_time: Option<Timestamp>,
}

table! {
    /// A change of a pool node's state.
    InstanceEventRow = "instance_events" from SystemTable("system.compute.instance_events"),
        key ["workspace_id", "instance_id", "event_time", "state"], day Some("event_time");
    /// Its workspace.
    workspace_id: String,
    /// The node.
    instance_id: String,
    /// When.
    event_time: Timestamp,
    /// What it is from now on: `INSTANCE_LAUNCHING`, `INSTANCE_READY` (idle in its pool), `INSTANCE_PLACED` (in a
    /// cluster) or `INSTANCE_TERMINATED`. Open.
    state: String = "state" | "event_type",
    /// `INSTANCE_LAUNCHING` or `STATE_TRANSITION`.
    event_type: Option<String>,
    /// `ON_DEMAND`, `SPOT` or `PREEMPTIBLE`.
    availability_type: Option<String>,
    /// Its pool.
    instance_pool_id: Option<String>,
    /// The cluster it was placed in; only then.
    cluster_id: Option<String>,
    /// Its type.
    node_type: Option<String>,
}

table! {
    /// A pool as `instance-pools/list` shows it now.
    PoolSettingsRow = "pool_settings" from Rest("instance_pools_list"), key ["workspace_id", "instance_pool_id"], day None;
    /// Its workspace.
    workspace_id: String,
    /// Its id.
    instance_pool_id: String,
    /// Its name.
    instance_pool_name: Option<String>,
    /// `ACTIVE`, `STOPPED`, `DELETED`: open.
    state: Option<String>,
    /// Type of its nodes.
    node_type_id: Option<String>,
    /// Nodes kept ready; absent: 0.
    min_idle_instances: Option<i64>,
    /// Nodes it may have; absent: no limit.
    max_capacity: Option<i64>,
    /// Minutes after which an idle node above the minimum is given back.
    idle_instance_autotermination_minutes: Option<i64>,
    /// How its nodes are bought.
    availability: Option<String> = "aws_attributes.availability" | "azure_attributes.availability" | "gcp_attributes.availability" | "gcp_attributes.gcp_availability",
    /// User tags.
    custom_tags: Option<Tags>,
    /// Runtimes that its nodes have at hand.
    preloaded_spark_versions: Option<Vec<String>>,
    /// Nodes in clusters now.
    used_count: Option<i64> = "stats.used_count",
    /// Idle nodes now.
    idle_count: Option<i64> = "stats.idle_count",
}
