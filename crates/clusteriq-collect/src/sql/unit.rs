//! What is to be read: one statement and one file at a time, from where the last scan ended.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clusteriq_model::tables::NODE_TIMELINE;
use clusteriq_tables::{NODE_TIMELINE_COLUMNS, NodeSize, NodeSizes, reduction_sql};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::tables::{Rows, SystemTable};
use super::{Available, select};

/// Rows come hours late and are corrected: what is younger than this at the end of a scan is read again by the next one.
const LATE: SignedDuration = SignedDuration::from_hours(48);

/// From one instant to another, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

/// How far a table has been read. As text an interval of ISO 8601: two instants and a slash between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From here…
    pub from: Timestamp,
    /// …to here, but for what comes in late.
    pub until: Timestamp,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.until)
    }
}

impl FromStr for Mark {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, until) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { from: from.parse()?, until: until.parse()? })
    }
}

/// By table and where its rows belong.
pub type Marks = BTreeMap<String, Mark>;

/// What one statement reads.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) table: &'static SystemTable,
    pub(crate) span: Span,
    /// Only what changed since.
    since: Option<Timestamp>,
}

/// What has to be read of a table so that its rows of `span` are known, and how far it is known then.
pub(crate) fn plan(table: &'static SystemTable, span: Span, mark: Option<Mark>) -> (Vec<Unit>, Mark) {
    // A mark that begins later, or ends before the window, leaves a hole.
    let known = mark.filter(|it| it.from <= span.from && it.until >= span.from && it.until <= span.until);
    let end = Mark { from: known.map_or(span.from, |it| it.from), until: span.until };
    let since = known.map(|it| it.until - LATE);
    let whole = |since| vec![Unit { table, span, since }];
    let units = match (table.rows, since) {
        (Rows::All, _) => whole(None),
        (Rows::Versions { .. } | Rows::Events { came: Some(_), .. }, Some(since)) => whole(Some(since)),
        (Rows::Versions { .. }, None) => whole(None),
        (Rows::Events { .. } | Rows::NodeMinutes, since) => {
            let from = since.map_or(span.from, |it| midnight(it).max(span.from));
            days(Span { from, ..span }, table.days).map(|span| Unit { table, span, since: None }).collect()
        }
    };
    (units, end)
}

impl Unit {
    /// Its file, without the extension: the day from which it reads.
    pub(crate) fn name(&self) -> String {
        format!("{}_{}", stamp(self.span.from), stamp(self.span.until))
    }

    /// The two halves of it, if it can be cut: where an answer is too large.
    pub(crate) fn halves(&self) -> Option<[Self; 2]> {
        let whole = self.span.until.duration_since(self.span.from).as_hours();
        let by_time = matches!(self.table.rows, Rows::Events { .. } | Rows::NodeMinutes);
        if whole < 2 || !by_time {
            return None;
        }
        let middle = self.span.from + SignedDuration::from_hours(whole / 2);
        let part = |from, until| Self { span: Span { from, until }, ..self.clone() };
        Some([part(self.span.from, middle), part(middle, self.span.until)])
    }

    /// The statement.
    pub(crate) fn statement(&self, columns: &Columns) -> String {
        let (table, list) = (self.table.name(), &columns.list);
        let has = |column: &str| columns.there.has(column);
        match self.table.rows {
            Rows::NodeMinutes => {
                let minutes = format!("(SELECT * FROM {NODE_TIMELINE} WHERE {})", self.span.within("start_time"));
                format!("SELECT {list} FROM ({})", reduction_sql(&minutes, &columns.node_types))
            }
            Rows::All => format!("SELECT {list} FROM {table}"),
            Rows::Versions { of } => {
                if let Some(since) = self.since {
                    return format!("SELECT {list} FROM {table} WHERE `change_time` >= {}", instant(since));
                }
                // What held before the window and was followed by something else before it says nothing.
                let from = instant(self.span.from);
                let of = of.iter().map(|it| select::quoted(it)).collect::<Vec<_>>().join(", ");
                let next = format!("lead(`change_time`) OVER (PARTITION BY {of} ORDER BY `change_time`)");
                let alive = format!(" AND (`delete_time` IS NULL OR `delete_time` >= {from})");
                format!(
                    "SELECT {list} FROM (SELECT *, {next} AS next_change_time FROM {table}) \
                     WHERE (next_change_time IS NULL OR next_change_time >= {from}){}",
                    if has("delete_time") { alive.as_str() } else { "" }
                )
            }
            Rows::Events { at, date, came } => {
                let mut wanted = vec![self.span.within(at)];
                if let Some(date) = date.filter(|it| has(it)) {
                    let (from, until) = (day(self.span.from), day(self.span.until));
                    wanted.push(format!("`{date}` >= DATE'{from}' AND `{date}` <= DATE'{until}'"));
                }
                if let (Some(came), Some(since)) = (came.filter(|it| has(it)), self.since) {
                    wanted.push(format!("`{came}` >= DATE'{}'", day(since)));
                }
                format!("SELECT {list} FROM {table} WHERE {}", wanted.join(" AND "))
            }
        }
    }
}

impl Span {
    /// The condition that a time lies in it.
    pub(crate) fn within(&self, column: &str) -> String {
        format!("`{column}` >= {} AND `{column}` < {}", instant(self.from), instant(self.until))
    }
}

/// How the columns of a table are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// What stands behind `SELECT`.
    list: String,
    there: Available,
    /// What the reduction takes sizes of nodes from.
    node_types: String,
}

impl Columns {
    /// Of a table that has these columns.
    ///
    /// # Errors
    ///
    /// The name of a column that it lacks and without which it is of no use.
    pub(crate) fn of(table: &SystemTable, there: Available, node_types: &str) -> Result<Self, &'static str> {
        let list = if table.rows == Rows::NodeMinutes {
            if let Some(it) = NODE_TIMELINE_COLUMNS.iter().find(|it| !there.has(it)) {
                return Err(it);
            }
            select::reduced(table.spec)
        } else {
            select::list(table.spec, &there)?
        };
        Ok(Self { list, there, node_types: node_types.to_owned() })
    }
}

/// Sizes of nodes as something to select from, for where there is no table of them.
pub(crate) fn node_types_of(sizes: &NodeSizes) -> String {
    let row = |(name, size): (&String, &NodeSize)| {
        let name = name.replace(['\'', '\\'], "");
        format!("('{name}', CAST({} AS DOUBLE), CAST({} AS BIGINT))", size.cores, size.mib)
    };
    let rows: Vec<_> = sizes.iter().map(row).collect();
    let rows = if rows.is_empty() { vec!["('', CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT))".to_owned()] } else { rows };
    format!("(SELECT * FROM VALUES {} AS sizes(node_type, core_count, memory_mb))", rows.join(", "))
}

/// Spans of so many whole UTC days.
fn days(span: Span, days: i32) -> impl Iterator<Item = Span> {
    let length = SignedDuration::from_hours(24) * days.max(1);
    let mut from = span.from;
    std::iter::from_fn(move || {
        if from >= span.until {
            return None;
        }
        let until = (midnight(from) + length).min(span.until);
        let next = Span { from, until };
        from = until;
        Some(next)
    })
}

/// The beginning of the UTC day.
#[must_use]
pub fn midnight(at: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400;
    Timestamp::from_second(at.as_second().div_euclid(DAY) * DAY).unwrap_or(at)
}

fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn instant(at: Timestamp) -> String {
    format!("TIMESTAMP'{}'", at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
}

fn stamp(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::tables::ALL;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn table(name: &str) -> &'static SystemTable {
        ALL.iter().find(|it| it.folder() == name).unwrap()
    }

    fn window() -> Span {
        Span { from: at("2026-10-01T00:00:00Z"), until: at("2026-10-31T08:30:00Z") }
    }

    /// Every column that a table's definition names.
    fn everything(table: &SystemTable) -> Columns {
        let paths = table.spec.columns.iter().flat_map(|it| it.source).chain(NODE_TIMELINE_COLUMNS);
        let roots: Vec<_> = paths.map(|it| (it.split('.').next().unwrap(), "MAP<STRING, STRING>")).collect();
        let dates = [("usage_date", "DATE"), ("ingestion_date", "DATE"), ("delete_time", "TIMESTAMP")];
        Columns::of(table, Available::of(roots.into_iter().chain(dates)), "system.compute.node_types").unwrap()
    }

    fn statements(name: &str, mark: Option<Mark>) -> Vec<String> {
        let table = table(name);
        plan(table, window(), mark).0.iter().map(|it| it.statement(&everything(table))).collect()
    }

    #[test]
    fn every_statement_only_reads_and_names_its_columns() {
        let mark = Mark { from: at("2026-09-01T00:00:00Z"), until: at("2026-10-30T08:00:00Z") };
        for table in ALL {
            for mark in [None, Some(mark)] {
                for it in statements(table.folder(), mark) {
                    assert!(it.starts_with("SELECT ") && !it.starts_with("SELECT *") && !it.contains(';'), "{it}");
                    assert!(it.contains(table.name()), "{it}");
                }
            }
        }
    }

    #[test]
    fn a_first_scan_reads_the_window_in_whole_days_and_each_instant_once() {
        for table in ALL {
            let (units, mark) = plan(table, window(), None);
            assert_eq!((mark.from, mark.until), (window().from, window().until));
            assert_eq!(units[0].span.from, window().from);
            assert_eq!(units.last().unwrap().span.until, window().until);
            assert!(units.windows(2).all(|it| it[0].span.until == it[1].span.from));
        }
        assert_eq!(plan(table("cluster_minutes"), window(), None).0.len(), 31);
        assert_eq!(plan(table("system.billing.usage"), window(), None).0.len(), 5);
    }

    #[test]
    fn the_next_scan_reads_what_may_have_come_late_and_what_is_new() {
        let mark = Mark { from: at("2026-09-01T00:00:00Z"), until: at("2026-10-30T08:00:00Z") };
        let usage = statements("system.billing.usage", Some(mark));
        assert_eq!(usage.len(), 1);
        assert!(usage[0].contains("`ingestion_date` >= DATE'2026-10-28'"), "{usage:?}");
        assert!(usage[0].contains("`usage_date` >= DATE'2026-10-01'"), "{usage:?}");
        assert_eq!(statements("cluster_minutes", Some(mark)).len(), 4);
        let jobs = statements("system.lakeflow.jobs", Some(mark));
        assert!(jobs[0].ends_with("WHERE `change_time` >= TIMESTAMP'2026-10-28T08:00:00Z'"), "{jobs:?}");
        assert_eq!(plan(table("cluster_minutes"), window(), Some(mark)).1, Mark { until: window().until, ..mark });
    }

    #[test]
    fn a_mark_comes_back_from_its_text() {
        let mark = Mark { from: at("2026-10-01T00:00:00Z"), until: at("2026-10-31T08:30:00.123456Z") };
        assert_eq!(mark.to_string().parse::<Mark>().unwrap(), mark);
        assert!("2026-10-01T00:00:00Z".parse::<Mark>().is_err());
    }

    #[test]
    fn a_mark_that_would_leave_a_hole_is_not_gone_on_from() {
        let units = |from: &str, until: &str| {
            plan(table("cluster_minutes"), window(), Some(Mark { from: at(from), until: at(until) })).0.len()
        };
        assert_eq!(units("2026-10-05T00:00:00Z", "2026-10-30T00:00:00Z"), 31, "begins later");
        assert_eq!(units("2026-08-05T00:00:00Z", "2026-09-20T00:00:00Z"), 31, "ends before the window");
        assert_eq!(units("2026-08-05T00:00:00Z", "2026-12-20T00:00:00Z"), 31, "ends after it");
    }

    #[test]
    fn a_unit_can_be_cut_down_to_an_hour_and_its_halves_are_the_whole() {
        let mut unit = plan(table("cluster_minutes"), window(), None).0.remove(0);
        while let Some([first, second]) = unit.halves() {
            assert_eq!((first.span.from, second.span.until), (unit.span.from, unit.span.until));
            assert_eq!(first.span.until, second.span.from);
            unit = second;
        }
        assert!(unit.span.until.duration_since(unit.span.from) < SignedDuration::from_hours(2));
        assert!(plan(table("system.lakeflow.jobs"), window(), None).0[0].halves().is_none());
    }
}
