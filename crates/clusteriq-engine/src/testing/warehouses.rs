//! Warehouses of a given size in a test's world, and their statements: all alike, from 8 to 18 o'clock.

use clusteriq_model::tables::{QueryRow, Tables, UsageRow, WarehouseEventRow, WarehouseRow};
use jiff::SignedDuration;

use super::world::{DAYS, World, first_minute, time};
use super::{at, usage_row};

/// Auto-stop.
const LIMIT: i64 = 10;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statements {
    /// Minutes from one to the next.
    pub(crate) every: i64,
    /// Seconds of execution.
    pub(crate) seconds: i64,
    /// Cores that one uses on average.
    pub(crate) cores: i64,
    /// Bytes that one spills.
    pub(crate) spilled: i64,
    /// Milliseconds that one waits in the queue.
    pub(crate) queued_ms: i64,
}

impl Statements {
    /// Two seconds on four cores every five minutes.
    pub(crate) fn quick() -> Self {
        Self { every: 5, seconds: 2, cores: 4, spilled: 0, queued_ms: 0 }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Sized {
    pub(super) name: String,
    pub(super) size: String,
    /// As they would run on a size with cores enough.
    pub(super) asked: Statements,
}

impl World {
    /// A serverless warehouse of a size that stops after ten minutes.
    pub(crate) fn sized_warehouse(mut self, name: &str, size: &str, asked: Statements) -> Self {
        self.sized.push(Sized { name: name.into(), size: size.into(), asked });
        self
    }
}

/// Workers and DBUs per hour of the sizes that tests use.
fn size(word: &str) -> (i64, f64) {
    match word {
        "2X_SMALL" => (1, 4.0),
        "X_SMALL" => (2, 6.0),
        "SMALL" => (4, 12.0),
        "MEDIUM" => (8, 24.0),
        "LARGE" => (16, 40.0),
        _ => panic!("no test uses {word}"),
    }
}

pub(super) fn rows(it: &Sized, tables: &mut Tables) {
    let (workers, dbu) = size(&it.size);
    let cores = it.asked.cores.min(workers * 8);
    // Work that does not fit takes longer.
    let seconds = it.asked.seconds * it.asked.cores / cores;
    tables.warehouses.push(WarehouseRow {
        workspace_id: "1".into(),
        warehouse_id: it.name.clone(),
        change_time: at("2026-08-01T00:00:00Z"),
        warehouse_name: Some(it.name.clone()),
        warehouse_type: Some("SERVERLESS".into()),
        warehouse_size: Some(it.size.clone()),
        min_clusters: Some(1),
        max_clusters: Some(1),
        auto_stop_minutes: Some(LIMIT),
        tags: None,
        delete_time: None,
    });
    let first = first_minute();
    let mut up: Vec<(i64, i64)> = vec![];
    for day in 0..DAYS {
        for minute in (8 * 60..18 * 60).step_by(it.asked.every as usize) {
            let start = first + day * 1440 + minute;
            let end = start + seconds.div_euclid(60) + 1 + LIMIT;
            match up.last_mut() {
                Some(last) if start <= last.1 => last.1 = end,
                _ => up.push((start, end)),
            }
            tables.queries.push(QueryRow {
                workspace_id: "1".into(),
                statement_id: format!("{}-{start}", it.name),
                warehouse_id: Some(it.name.clone()),
                executed_by: None,
                execution_status: Some("FINISHED".into()),
                start_time: time(start),
                end_time: Some(time(start) + SignedDuration::from_secs(seconds)),
                total_duration_ms: Some(seconds * 1000),
                waiting_for_compute_duration_ms: Some(0),
                waiting_at_capacity_duration_ms: Some(it.asked.queued_ms),
                execution_duration_ms: Some(seconds * 1000),
                compilation_duration_ms: None,
                total_task_duration_ms: Some(seconds * 1000 * cores),
                read_bytes: Some(1 << 20),
                spilled_local_bytes: Some(it.asked.spilled),
                from_result_cache: None,
                job_id: None,
            });
        }
    }
    for (from, until) in up {
        for (minute, kind) in [(from, "RUNNING"), (until, "STOPPED")] {
            tables.warehouse_events.push(WarehouseEventRow {
                workspace_id: "1".into(),
                warehouse_id: it.name.clone(),
                event_type: kind.into(),
                cluster_count: Some(1),
                event_time: time(minute),
            });
        }
        let mut minute = from;
        while minute < until {
            let end = ((minute / 60 + 1) * 60).min(until);
            let quantity = format!("{:.9}", dbu * (end - minute) as f64 / 60.0);
            tables.usage.push(UsageRow {
                usage_start_time: time(minute),
                usage_end_time: time(end),
                sku_name: "PREMIUM_SERVERLESS_SQL_COMPUTE".into(),
                cluster_id: None,
                node_type: None,
                warehouse_id: Some(it.name.clone()),
                ..usage_row(&format!("{}-{minute}", it.name), "2026-09-01T00:00:00Z", &quantity)
            });
            minute = end;
        }
    }
}
