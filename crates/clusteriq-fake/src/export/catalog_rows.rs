//! Rows that come from the catalogue: node types and list prices.

use serde_json::{Value, json};

use super::rows::{decimal, micros};
use crate::DemoOptions;
use crate::catalog::{Cloud, Sku, catalog};
use crate::time::DAY;
use crate::truth::PriceSpan;

/// 2023-01-01 and 2025-01-01: a first price list, and the one that holds.
const FIRST: i64 = 1_672_531_200_000;
const SECOND: i64 = 1_735_689_600_000;

pub(super) fn node_types(account: &str) -> Vec<Value> {
    let types = catalog().node_types.values().filter(|it| matches!(it.cloud, Cloud::Aws | Cloud::Azure));
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

/// Each SKU's prices: an old closed one, the current one, and for jobs compute on AWS a change in the middle of the history.
/// Old rows know no effective price yet.
pub(super) fn list_prices(account: &str, options: &DemoOptions) -> Vec<Value> {
    let middle = options.until.as_millisecond() - i64::from(options.days / 2) * DAY;
    let mut rows = Vec::new();
    for sku in &catalog().skus {
        let now = sku.price_millionths * 1_000;
        let changed = sku.cloud == Cloud::Aws && sku.product == "jobs";
        // 7 % dearer, 14 cents for 15, as the case may be.
        let before = if changed { now * 14 / 15 } else { now };
        rows.push(price(account, sku, FIRST, Some(SECOND), now * 43 / 50, None));
        if changed {
            rows.push(price(account, sku, SECOND, Some(middle), before, Some(before)));
            rows.push(price(account, sku, middle, None, now, Some(now)));
        } else {
            rows.push(price(account, sku, SECOND, None, now, Some(now)));
        }
    }
    rows
}

/// The same prices as numbers.
pub(crate) fn price_spans(options: &DemoOptions) -> Vec<PriceSpan> {
    let number = |it: &Value| it.as_str().and_then(|it| it.parse().ok()).or(it.as_f64());
    let span = |it: Value| {
        Some(PriceSpan {
            sku: it["sku_name"].as_str()?.to_owned(),
            from: it["price_start_time"].as_i64()? / 1_000,
            to: it["price_end_time"].as_i64().map(|it| it / 1_000),
            usd: number(&it["pricing"]["default"])?,
        })
    };
    list_prices("", options).into_iter().filter_map(span).collect()
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
