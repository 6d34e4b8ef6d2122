//! Rows that come from the catalogue: node types and list prices.

use serde_json::{Value, json};

use super::rows::{decimal, micros};
use crate::catalog::{Sku, catalog};
use crate::prices::PriceBook;
use crate::world::World;

/// The node types of the clouds in which the company is.
pub(super) fn node_types(account: &str, world: &World) -> Vec<Value> {
    let there = |cloud| world.workspaces.iter().any(|it| it.cloud == cloud);
    let types = catalog().node_types.values().filter(|it| there(it.cloud));
    let row = |it: &crate::catalog::NodeType| {
        json!({
            "account_id": account,
            "node_type": it.id,
            "core_count": f64::from(it.vcpus),
            "memory_mb": (it.memory_gib * 1024.0).round() as i64,
            "gpu_count": it.gpus,
        })
    };
    types.map(row).collect()
}

/// Each SKU's prices, as the price book has them.
pub(super) fn list_prices(account: &str, book: &PriceBook) -> Vec<Value> {
    let mut rows = Vec::new();
    for sku in &catalog().skus {
        for it in book.of(sku) {
            let billionths = it.millionths * 1_000;
            rows.push(price(account, sku, it.from, it.to, billionths, it.effective.then_some(billionths)));
        }
    }
    rows
}

fn price(account: &str, sku: &Sku, from: i64, to: Option<i64>, default: i128, effective: Option<i128>) -> Value {
    json!({
        "account_id": account,
        "price_start_time": micros(from),
        "price_end_time": to.map(micros),
        "sku_name": sku.name,
        "cloud": sku.cloud.word(),
        "currency_code": "USD",
        "usage_unit": "DBU",
        "pricing": {
            "default": decimal(default),
            "effective_list": effective.map(|it| json!({"default": decimal(it)})),
        },
    })
}
