//! Prices by SKU and time.

use std::collections::BTreeMap;

use clusteriq_model::Decimal;
use clusteriq_model::tables::{AccountPriceRow, ListPriceRow};
use jiff::Timestamp;

use super::Discount;

pub(super) type PriceKey<'a> = (&'a str, &'a str, &'a str);

pub(super) struct PricePeriod {
    from: Timestamp,
    until: Option<Timestamp>,
    price: Decimal,
}

pub(super) struct PriceBook<'a> {
    pub(super) list: BTreeMap<PriceKey<'a>, Vec<PricePeriod>>,
    pub(super) negotiated: BTreeMap<PriceKey<'a>, Vec<PricePeriod>>,
    discounts: &'a [Discount],
}

impl<'a> PriceBook<'a> {
    pub(super) fn new(list: &'a [ListPriceRow], negotiated: &'a [AccountPriceRow], discounts: &'a [Discount]) -> Self {
        let mut book = Self { list: BTreeMap::new(), negotiated: BTreeMap::new(), discounts };
        for it in list.iter().filter(|it| it.currency_code == "USD") {
            book.list.entry((&it.sku_name, &it.cloud, &it.usage_unit)).or_default().push(PricePeriod {
                from: it.price_start_time,
                until: it.price_end_time,
                price: it.price.normalize(),
            });
        }
        for it in negotiated.iter().filter(|it| it.currency_code == "USD") {
            book.negotiated.entry((&it.sku_name, &it.cloud, &it.usage_unit)).or_default().push(PricePeriod {
                from: it.price_start_time,
                until: it.price_end_time,
                price: it.price.normalize(),
            });
        }
        for periods in book.list.values_mut().chain(book.negotiated.values_mut()) {
            periods.sort_by_key(|it| it.from);
        }
        book
    }

    /// The price at an instant: negotiated if there is one, else list less the discounts.
    pub(super) fn at(&self, key: PriceKey<'_>, at: Timestamp) -> Option<Decimal> {
        let valid = |periods: &Vec<PricePeriod>| {
            periods.iter().rev().find(|it| it.from <= at && it.until.is_none_or(|until| at < until)).map(|it| it.price)
        };
        if let Some(price) = self.negotiated.get(&key).and_then(valid) {
            return Some(price);
        }
        let list = self.list.get(&key).and_then(valid)?;
        let keep = self
            .discounts
            .iter()
            .filter(|it| it.sku == "*" || key.0.contains(it.sku.as_str()))
            .fold(Decimal::ONE, |keep, it| keep * (Decimal::ONE - it.off));
        Some(list * keep)
    }
}
