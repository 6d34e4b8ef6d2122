//! Rows that several kinds of resources have, and the time in which everything happens.

use clusteriq_model::tables::{ClusterRow, JobRow};
use jiff::Timestamp;

use crate::testing::at;

pub(crate) fn first_minute() -> i64 {
    at("2026-09-01T00:00:00Z").as_second() / 60
}

pub(crate) fn time(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).expect("a minute of our time")
}

pub(crate) fn job_row(id: usize, name: &str, hour: i64, timeout_seconds: Option<i64>) -> JobRow {
    JobRow {
        workspace_id: "1".into(),
        job_id: id.to_string(),
        change_time: at("2026-08-01T00:00:00Z"),
        delete_time: None,
        name: Some(name.into()),
        tags: None,
        run_as: Some("ana@example.com".into()),
        creator: None,
        trigger_type: Some("CRON".into()),
        cron: Some(format!("0 0 {hour} * * ?")),
        timezone: Some("UTC".into()),
        paused: Some(false),
        timeout_seconds,
    }
}

pub(crate) fn cluster_row(id: &str, source: &str) -> ClusterRow {
    ClusterRow {
        workspace_id: "1".into(),
        cluster_id: id.into(),
        cluster_name: Some(id.into()),
        owned_by: Some("ana@example.com".into()),
        create_time: None,
        delete_time: None,
        change_time: at("2026-08-01T00:00:00Z"),
        driver_node_type: Some("m5.xlarge".into()),
        worker_node_type: Some("m5.xlarge".into()),
        worker_count: Some(4),
        min_autoscale_workers: None,
        max_autoscale_workers: None,
        auto_termination_minutes: None,
        tags: None,
        cluster_source: Some(source.into()),
        availability: Some("ON_DEMAND".into()),
        first_on_demand: Some(1),
        driver_instance_pool_id: None,
        worker_instance_pool_id: None,
        dbr_version: Some("16.4.x-scala2.12".into()),
        data_security_mode: None,
        policy_id: None,
        init_scripts: None,
    }
}
