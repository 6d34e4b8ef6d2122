//! Where a row belongs: its table, its workspace and its UTC day.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use clusteriq_model::tables::TableSpec;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::StoreError;

/// The workspace of rows that have none.
pub const ACCOUNT: &str = "account";

/// The day of rows that are not kept by day.
pub const ALL_DAYS: &str = "all";

/// The column that names the workspace.
const WORKSPACE: &str = "workspace_id";

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A partition: a table's rows of one workspace and one UTC day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) dataset: String,
    /// Its id, or [`ACCOUNT`].
    pub(crate) workspace: String,
    /// `2026-11-01`, or [`ALL_DAYS`].
    pub(crate) day: String,
}

impl Place {
    /// The file of this version, relative to the store's folder.
    pub(crate) fn file(&self, version: u64) -> String {
        format!("data/{}/{}/{}-{version}.parquet", self.dataset, folder(&self.workspace), self.day)
    }
}

/// A workspace id as a folder name. Ids are data: one must not lead elsewhere, and two must not meet on a file system
/// that ignores case.
fn folder(workspace: &str) -> String {
    let mut name = String::new();
    for byte in workspace.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    if name.len() > 100 {
        return format!("{}%{}", &name[..60], &blake3::hash(workspace.as_bytes()).to_hex()[..32]);
    }
    name
}

/// Whether rows are kept by workspace. A table of one row per workspace is kept whole.
fn by_workspace(spec: &TableSpec) -> bool {
    spec.column(WORKSPACE).is_some() && spec.key != [WORKSPACE]
}

/// Takes a batch apart by partition. The order of the rows of a partition stays.
pub(crate) fn split(spec: &'static TableSpec, batch: &RecordBatch) -> Result<BTreeMap<Place, RecordBatch>, StoreError> {
    let shape = |reason: String| StoreError::Shape { dataset: spec.dataset, reason };
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| shape(format!("no column {name}")));
    let workspaces = if by_workspace(spec) {
        let texts = column(WORKSPACE)?.as_string_opt::<i32>();
        Some(texts.ok_or_else(|| shape(format!("{WORKSPACE} is not text")))?)
    } else {
        None
    };
    let times = match spec.day {
        Some(name) => {
            let times = column(name)?.as_primitive_opt::<TimestampMicrosecondType>();
            Some(times.ok_or_else(|| shape(format!("{name} is not a time in microseconds")))?)
        }
        None => None,
    };

    let mut rows: BTreeMap<(&str, i64), Vec<u32>> = BTreeMap::new();
    for row in 0..batch.num_rows() {
        let workspace = match workspaces {
            // Usage of the account has a null or an empty workspace.
            Some(it) if it.is_valid(row) && !it.value(row).is_empty() => it.value(row),
            Some(_) | None => ACCOUNT,
        };
        let day = times.map_or(0, |it| it.value(row).div_euclid(MICROS_PER_DAY));
        let row = u32::try_from(row).map_err(|_| shape("a batch of more than 2^32 rows".into()))?;
        rows.entry((workspace, day)).or_default().push(row);
    }

    let whole = rows.len() == 1;
    rows.into_iter()
        .map(|((workspace, day), rows)| {
            let day = match times {
                Some(_) => day_name(day).ok_or_else(|| shape(format!("a time out of range: day {day}")))?,
                None => ALL_DAYS.to_owned(),
            };
            let place = Place { dataset: spec.dataset.to_owned(), workspace: workspace.to_owned(), day };
            let part = if whole {
                batch.clone()
            } else {
                take_record_batch(batch, &UInt32Array::from(rows))
                    .map_err(|it| StoreError::rows("sort", spec.dataset, it))?
            };
            Ok((place, part))
        })
        .collect()
}

/// The name of the UTC day that is so many days after 1970-01-01.
fn day_name(day: i64) -> Option<String> {
    let midnight = Timestamp::from_microsecond(day.checked_mul(MICROS_PER_DAY)?).ok()?;
    Some(day_of(midnight))
}

/// The name of the UTC day of an instant.
pub(crate) fn day_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_cannot_leave_its_folder_or_meet_another() {
        assert_eq!(folder("7405606"), "7405606");
        assert_eq!(folder("../../etc"), "%2e%2e%2f%2e%2e%2fetc");
        assert_eq!(folder("Ab"), "%41b");
        assert!(folder(&"x".repeat(5000)).len() < 255);
        assert_ne!(folder(&"x".repeat(5000)), folder(&"x".repeat(5001)));
    }

    #[test]
    fn days_are_utc_and_begin_at_midnight() {
        let day = |at: &str| {
            let micros = at.parse::<Timestamp>().unwrap().as_microsecond();
            day_name(micros.div_euclid(MICROS_PER_DAY)).unwrap()
        };
        assert_eq!(day("2026-10-31T23:59:59.999999Z"), "2026-10-31");
        assert_eq!(day("2026-11-01T00:00:00Z"), "2026-11-01");
        assert_eq!(day("1969-12-31T23:00:00Z"), "1969-12-31");
        assert_eq!(day_name(i64::MAX), None);
    }

    #[test]
    fn a_table_of_workspaces_is_kept_whole() {
        use clusteriq_model::tables::{ClusterRow, NodeTypeRow, UsageRow, WorkspaceRow};
        assert!(!by_workspace(WorkspaceRow::SPEC));
        assert!(!by_workspace(NodeTypeRow::SPEC));
        assert!(by_workspace(ClusterRow::SPEC));
        assert!(by_workspace(UsageRow::SPEC));
    }
}
