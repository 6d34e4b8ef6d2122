//! What a DBU cost when: the catalogue's prices, and those that changed in the middle of the history.

use crate::catalog::{Cloud, Sku, catalog};
use crate::random::Random;
use crate::time::{DAY, Millis};
use crate::{DemoOptions, Fleet};

/// 2023-01-01 and 2025-01-01: a first price list, and the one that holds.
const FIRST: Millis = 1_672_531_200_000;
const SECOND: Millis = 1_735_689_600_000;

/// SKUs that no price list has, for a demo company the first.
const UNPRICED: &[&str] = &[
    "PREMIUM_SERVERLESS_REAL_TIME_INFERENCE_US_EAST_N_VIRGINIA",
    "PREMIUM_VECTOR_SEARCH_ENDPOINT_US_EAST_N_VIRGINIA",
    "PREMIUM_ANTHROPIC_MODEL_SERVING_US_EAST_N_VIRGINIA",
    "PREMIUM_DATABASE_SERVERLESS_COMPUTE_US_EAST_N_VIRGINIA",
];

/// A SKU's price before an instant.
#[derive(Clone, Copy, Debug)]
struct Before {
    cloud: Cloud,
    product: &'static str,
    at: Millis,
    millionths: i128,
}

/// A price and when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) from: Millis,
    pub(crate) to: Option<Millis>,
    /// USD per DBU.
    pub(crate) millionths: i128,
    /// Old rows know no effective price yet.
    pub(crate) effective: bool,
}

/// Prices of a company's history.
#[derive(Clone, Debug)]
pub(crate) struct PriceBook {
    changes: Vec<Before>,
    /// The SKU of the endpoints.
    pub(crate) unpriced: &'static str,
}

impl PriceBook {
    /// In the demo, jobs compute on AWS changes in the middle; else the seed decides what changes, when, and by how much.
    pub(crate) fn new(options: &DemoOptions) -> Self {
        let until = options.until.as_millisecond();
        let days = i64::from(options.days);
        let now = |cloud, product| catalog().sku(cloud, product).price_millionths;
        if options.fleet == Fleet::Demo {
            // 7 % dearer: 15 cents after 14.
            let millionths = now(Cloud::Aws, "jobs") * 14 / 15;
            let at = until - days / 2 * DAY;
            let change = Before { cloud: Cloud::Aws, product: "jobs", at, millionths };
            return Self { changes: vec![change], unpriced: UNPRICED[0] };
        }
        let mut random = Random::named(options.seed, "prices");
        let mut skus = vec![];
        for product in ["jobs", "jobs_photon", "all_purpose", "sql_pro", "sql_serverless"] {
            skus.extend([Cloud::Aws, Cloud::Aws, Cloud::Azure, Cloud::Gcp].map(|it| (it, product)));
        }
        let mut changes: Vec<Before> = Vec::new();
        for _ in 0..random.whole(1, 2) {
            let (cloud, product) = *random.pick(&skus);
            if changes.iter().any(|it| (it.cloud, it.product) == (cloud, product)) {
                continue;
            }
            let percent = i128::from(*random.pick(&[-20_i64, -12, -8, -5, 4, 6, 7, 10, 15, 25]));
            let at = until - random.whole(1, (days - 1).max(1)).min(days) * DAY;
            changes.push(Before { cloud, product, at, millionths: now(cloud, product) * (100 + percent) / 100 });
        }
        Self { changes, unpriced: random.pick::<&'static str>(UNPRICED) }
    }

    /// A SKU's prices, oldest first: an old closed one, and those since.
    pub(crate) fn of(&self, sku: &Sku) -> Vec<Price> {
        let now = sku.price_millionths;
        let mut prices = vec![Price { from: FIRST, to: Some(SECOND), millionths: now * 43 / 50, effective: false }];
        let mut from = SECOND;
        for it in self.changes.iter().filter(|it| it.cloud == sku.cloud && it.product == sku.product) {
            prices.push(Price { from, to: Some(it.at), millionths: it.millionths, effective: true });
            from = it.at;
        }
        prices.push(Price { from, to: None, millionths: now, effective: true });
        prices
    }

    /// What a DBU of a SKU cost at an instant, in millionths of a USD; none if no list says so.
    pub(crate) fn usd_millionths(&self, cloud: Cloud, sku_name: &str, at: Millis) -> Option<i128> {
        let sku = catalog().skus.iter().find(|it| it.cloud == cloud && it.name == sku_name)?;
        let holds = |it: &Price| it.from <= at && it.to.is_none_or(|to| at < to);
        self.of(sku).into_iter().find(holds).map(|it| it.millionths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_company_pays_fourteen_cents_before_the_change_and_fifteen_after() {
        let options = DemoOptions::default();
        let book = PriceBook::new(&options);
        let middle = options.until.as_millisecond() - 14 * DAY;
        let price = |at| book.usd_millionths(Cloud::Aws, "PREMIUM_JOBS_COMPUTE", at);
        assert_eq!((price(middle - 1), price(middle)), (Some(140_000), Some(150_000)));
        assert_eq!(book.usd_millionths(Cloud::Aws, book.unpriced, middle), None);
    }

    #[test]
    fn seeds_differ_in_what_changes_and_prices_never_overlap() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let options = DemoOptions { seed, fleet: Fleet::Known, ..DemoOptions::default() };
            let book = PriceBook::new(&options);
            for sku in &catalog().skus {
                let prices = book.of(sku);
                assert!(prices.windows(2).all(|it| it[0].to == Some(it[1].from)), "{}", sku.name);
                if prices.len() > 2 {
                    seen.insert((sku.name.clone(), sku.cloud, prices[1].millionths));
                }
            }
        }
        assert!(seen.len() > 8, "{seen:?}");
    }
}
