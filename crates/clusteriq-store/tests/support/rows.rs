//! Rows to put into a store.
#![allow(dead_code, reason = "each test uses some of them")]
#![allow(clippy::unwrap_used, reason = "test data")]

use clusteriq_model::Window;
use clusteriq_model::tables::{ClusterMinuteRow, JobRunSliceRow, Kind, Row, UsageRow, Value, WorkspaceRow};
use jiff::{SignedDuration, Timestamp};

/// An instant.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A window.
pub(crate) fn window(from: &str, until: &str) -> Window {
    Window { from: at(from), until: at(until) }
}

/// All the time there is.
pub(crate) fn ever() -> Window {
    Window { from: Timestamp::MIN, until: Timestamp::MAX }
}

/// A row with these cells; others are unknown, or nothing where they must be known.
pub(crate) fn row<R: Row>(cells: &[(&str, Value)]) -> R {
    let cell = |name: &str| cells.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    let mut values = R::SPEC.columns.iter().map(|it| {
        cell(it.name).unwrap_or_else(|| match it.kind {
            _ if it.optional => Value::Null,
            Kind::Text => Value::Text(String::new()),
            Kind::Int => Value::Int(0),
            Kind::Float => Value::Float(0.0),
            Kind::Bool => Value::Bool(false),
            Kind::Time => Value::Time(Timestamp::UNIX_EPOCH),
            Kind::Decimal => Value::Decimal(0.into()),
            Kind::Tags => Value::Tags([].into()),
            Kind::Texts => Value::Texts(Vec::new()),
        })
    });
    R::from_values(&mut values).unwrap()
}

fn text(it: &str) -> Value {
    Value::Text(it.to_owned())
}

/// A cluster's minute, told apart by its network bytes.
pub(crate) fn minute(workspace: &str, cluster: &str, minute: Timestamp, bytes: i64) -> ClusterMinuteRow {
    row(&[
        ("workspace_id", text(workspace)),
        ("cluster_id", text(cluster)),
        ("minute", Value::Time(minute)),
        ("network_bytes", Value::Int(bytes)),
    ])
}

/// An hour of usage.
pub(crate) fn usage(workspace: Option<&str>, record: &str, start: &str, tag: &str) -> UsageRow {
    row(&[
        ("workspace_id", workspace.map_or(Value::Null, text)),
        ("record_id", text(record)),
        ("record_type", text("ORIGINAL")),
        ("usage_start_time", Value::Time(at(start))),
        ("usage_end_time", Value::Time(at(start) + SignedDuration::from_hours(1))),
        ("usage_quantity", Value::Decimal("1.250000000000000001".parse().unwrap())),
        ("custom_tags", Value::Tags([("team".to_owned(), tag.to_owned())].into())),
    ])
}

/// An hour of a job's run.
pub(crate) fn slice(workspace: &str, run: &str, start: &str, end: &str) -> JobRunSliceRow {
    row(&[
        ("workspace_id", text(workspace)),
        ("run_id", text(run)),
        ("period_start_time", Value::Time(at(start))),
        ("period_end_time", Value::Time(at(end))),
    ])
}

/// A workspace.
pub(crate) fn workspace(id: &str) -> WorkspaceRow {
    row(&[("workspace_id", text(id))])
}
