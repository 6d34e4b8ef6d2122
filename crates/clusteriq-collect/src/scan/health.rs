//! What a doctor asks of the system tables: whether they can be read, and how new their rows are.

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::tables::{Region, cell, probe};
use crate::client::{Client, ClientError, IN_FLIGHT};
use crate::sql::{self, Span, SystemTable, Warehouse};

/// Rows older than this are not looked at.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How the system tables of a workspace are.
#[derive(Debug)]
pub struct Health {
    /// Where their rows belong.
    pub region: Region,
    /// What ran the statements.
    pub warehouse: Warehouse,
    /// Table by table; rare ones only where they are.
    pub tables: Vec<(&'static str, Result<Newest, ClientError>)>,
}

/// How new the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    /// Rows without a time.
    Timeless,
    /// The newest row of the last seven days.
    At(Timestamp),
    /// No row in the last seven days.
    Old,
}

/// Asks a warehouse, which starts if it does not run. None without Unity Catalog.
///
/// # Errors
///
/// No warehouse can be used, or the workspace cannot be reached.
pub async fn check_tables(
    client: &Client,
    warehouse: Option<&str>,
    now: Timestamp,
) -> Result<Option<Health>, ClientError> {
    let Some(region) = Region::of(client).await? else { return Ok(None) };
    let warehouse = sql::choose(client, warehouse.or_else(|| client.warehouse_id())).await?;
    let tables: Vec<_> = stream::iter(sql::ALL)
        .map(|table| {
            let id = warehouse.id.as_str();
            async move { (table, newest(client, id, table, now).await) }
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await;
    let shown = tables.into_iter().filter(|(table, found)| !table.is_rare || found.is_ok());
    let tables = shown.map(|(table, found)| (table.name(), found)).collect();
    Ok(Some(Health { region, warehouse, tables }))
}

async fn newest(client: &Client, warehouse: &str, table: &SystemTable, now: Timestamp) -> Result<Newest, ClientError> {
    probe(client, warehouse, table).await?;
    let Some(time) = table.time() else { return Ok(Newest::Timeless) };
    let recent = Span { from: now - LOOKED_AT, until: now }.within(time);
    let sql = format!("SELECT unix_micros(max(`{time}`)) AS newest FROM {} WHERE {recent}", table.name());
    let newest = cell(client, warehouse, table.name(), &sql).await?;
    let newest = newest.and_then(|it| Timestamp::from_microsecond(it.parse().ok()?).ok());
    Ok(newest.map_or(Newest::Old, Newest::At))
}
