//! Which SQL warehouse runs the statements.

use serde_json::Value;

use crate::client::{Call, Client, ClientError, Endpoint, Pages};

/// A SQL warehouse that statements can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warehouse {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `2X-Small` … `4X-Large`; empty if it is not known.
    pub size: String,
    /// Starts within seconds.
    pub is_serverless: bool,
    /// Runs already, so that statements cost little or nothing on top.
    pub is_running: bool,
    /// Minutes without a statement after which it stops; 0: never.
    pub auto_stop_minutes: Option<u64>,
}

/// From the smallest: <https://docs.databricks.com/aws/en/compute/sql-warehouse/warehouse-behavior>, read 2026-09.
const SIZES: &[&str] =
    &["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large"];

impl Warehouse {
    /// The cheaper to use comes first: one that runs, then one that would stop again by itself, then one that starts in
    /// seconds; of those the smallest.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        let size = SIZES.iter().position(|size| *size == self.size).unwrap_or(SIZES.len());
        let stays_up = self.auto_stop_minutes == Some(0);
        (!self.is_running, stays_up, !self.is_serverless, size, self.id.clone())
    }
}

/// The one that is asked for by id or name, else the cheapest to use.
///
/// # Errors
///
/// None can be used.
pub(crate) async fn choose(client: &Client, asked: Option<&str>) -> Result<Warehouse, ClientError> {
    let mut pages = Pages::of(client, Call::new(Endpoint::Warehouses));
    let mut all = Vec::new();
    while let Some(page) = pages.next().await? {
        all.extend(page.items.iter().filter_map(|it| warehouse(it.get())));
    }
    if let Some(asked) = asked {
        let known = all.iter().find(|it| it.id == asked).or_else(|| all.iter().find(|it| it.name == asked));
        // It may be used and yet not be visible.
        return Ok(known.cloned().unwrap_or_else(|| Warehouse {
            id: asked.to_owned(),
            name: asked.to_owned(),
            size: String::new(),
            is_serverless: false,
            is_running: false,
            auto_stop_minutes: None,
        }));
    }
    all.into_iter().min_by_key(Warehouse::rank).ok_or(ClientError::NoWarehouse)
}

/// None for one that is being deleted.
fn warehouse(json: &str) -> Option<Warehouse> {
    let json: Value = serde_json::from_str(json).ok()?;
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let state = text("state");
    if state.starts_with("DELET") {
        return None;
    }
    Some(Warehouse {
        id: json["id"].as_str()?.to_owned(),
        name: text("name"),
        size: text("cluster_size"),
        is_serverless: json["enable_serverless_compute"] == true,
        is_running: state == "RUNNING" || state == "STARTING",
        auto_stop_minutes: json["auto_stop_mins"].as_u64(),
    })
}
