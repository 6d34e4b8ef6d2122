//! The rows of a warehouse, and of the statements on it.

use clusteriq_model::tables::{QueryRow, UsageRow, WarehouseEventRow, WarehouseRow};
use jiff::SignedDuration;

use super::DAYS;
use super::out::Out;
use super::rows::{first_minute, time};
use crate::testing::{at, usage_row};

impl Out {
    /// A statement of two minutes at every full hour from 8 to 18.
    pub(super) fn warehouse(&mut self, name: &str, limit: Option<i64>) {
        self.tables.warehouses.push(WarehouseRow {
            workspace_id: "1".into(),
            warehouse_id: name.into(),
            change_time: at("2026-08-01T00:00:00Z"),
            warehouse_name: Some(name.into()),
            warehouse_type: Some("SERVERLESS".into()),
            warehouse_size: Some("SMALL".into()),
            min_clusters: Some(1),
            max_clusters: Some(1),
            auto_stop_minutes: Some(limit.unwrap_or(0)),
            tags: None,
            delete_time: None,
        });
        let first = first_minute();
        let mut event = |minute: i64, kind: &str| {
            self.tables.warehouse_events.push(WarehouseEventRow {
                workspace_id: "1".into(),
                warehouse_id: name.into(),
                event_type: kind.into(),
                cluster_count: Some(1),
                event_time: time(minute),
            });
        };
        let mut spans = vec![];
        if limit.is_none() {
            event(first, "RUNNING");
            spans.push((first, first + DAYS * 1440));
        }
        for day in 0..DAYS {
            for hour in 8..=18 {
                let start = first + day * 1440 + hour * 60;
                if let Some(limit) = limit {
                    event(start, "RUNNING");
                    event(start + 2 + limit, "STOPPED");
                    spans.push((start, start + 2 + limit));
                }
                self.tables.queries.push(QueryRow {
                    workspace_id: "1".into(),
                    statement_id: format!("{name}-{start}"),
                    warehouse_id: Some(name.into()),
                    executed_by: None,
                    execution_status: Some("FINISHED".into()),
                    start_time: time(start),
                    end_time: Some(time(start) + SignedDuration::from_secs(110)),
                    total_duration_ms: Some(110_000),
                    waiting_for_compute_duration_ms: Some(0),
                    waiting_at_capacity_duration_ms: Some(0),
                    execution_duration_ms: Some(110_000),
                    compilation_duration_ms: None,
                    total_task_duration_ms: None,
                    read_bytes: None,
                    spilled_local_bytes: None,
                    from_result_cache: None,
                    job_id: None,
                });
            }
        }
        for (from, until) in spans {
            let mut at = from;
            while at < until {
                let end = ((at / 60 + 1) * 60).min(until);
                let quantity = format!("{:.9}", 12.0 * (end - at) as f64 / 60.0);
                self.tables.usage.push(UsageRow {
                    usage_start_time: time(at),
                    usage_end_time: time(end),
                    sku_name: "PREMIUM_SERVERLESS_SQL_COMPUTE".into(),
                    cluster_id: None,
                    node_type: None,
                    warehouse_id: Some(name.into()),
                    ..usage_row(&format!("{name}-{at}"), "2026-09-01T00:00:00Z", &quantity)
                });
                at = end;
            }
        }
    }
}
