//! The bill: every usage record times the price valid at its start, corrections netted, nothing lost.
//!
//! Sources: `system.billing.usage` and `system.billing.list_prices`, joined on SKU, cloud, unit and time as Databricks'
//! documentation describes (read 2026-11). A record without a price is listed, not counted as free.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clusteriq_model::tables::{AccountPriceRow, ListPriceRow, UsageRow};
use clusteriq_model::{
    Bill, BillPart, Billed, BilledHour, ClusterKey, Dbu, Decimal, JobKey, Money, PipelineKey, SkuCost, Target,
    UnpricedSku, UsdPerDbu, WarehouseKey, Window, WorkspaceId,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::assemble::names::Names;

mod prices;

use prices::PriceBook;

/// A negotiated discount on list prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Discount {
    /// Part of the SKU's name, e.g. `JOBS_COMPUTE`; `*` for every SKU.
    pub sku: String,
    /// 0.1 is ten percent off.
    pub off: Decimal,
}

/// Prices the usage whose start lies in the window.
#[must_use]
pub fn bill(
    usage: &[UsageRow],
    list: &[ListPriceRow],
    negotiated: &[AccountPriceRow],
    discounts: &[Discount],
    window: &Window,
) -> Bill {
    let mut ledger = Ledger::new(list, negotiated, discounts, *window);
    ledger.add(usage);
    ledger.close()
}

/// A bill that is written a part of the usage at a time: a large account has more records than fit into memory as rows.
pub struct Ledger<'a> {
    book: PriceBook<'a>,
    window: Window,
    bill: Bill,
    unpriced: Unpriced,
    names: Names,
}

impl<'a> Ledger<'a> {
    /// An empty one. Only usage whose start lies in the window will count.
    #[must_use]
    pub fn new(
        list: &'a [ListPriceRow],
        negotiated: &'a [AccountPriceRow],
        discounts: &'a [Discount],
        window: Window,
    ) -> Self {
        let book = PriceBook::new(list, negotiated, discounts);
        Self { book, window, bill: Bill::default(), unpriced: BTreeMap::new(), names: Names::default() }
    }

    /// Prices more usage.
    pub fn add(&mut self, usage: &[UsageRow]) {
        for row in usage.iter().filter(|it| self.window.contains(it.usage_start_time)) {
            let bill = &mut self.bill;
            bill.records += 1;
            bill.first = Some(bill.first.map_or(row.usage_start_time, |it| it.min(row.usage_start_time)));
            bill.corrections += u64::from(row.record_type != "ORIGINAL");
            let price = self.book.at((&row.sku_name, &row.cloud, &row.usage_unit), row.usage_start_time);
            let usd = price.map(|it| Money(it * row.usage_quantity.normalize()));
            if usd.is_none() {
                let key = (row.sku_name.clone(), row.cloud.clone(), row.usage_unit.clone());
                let entry = self.unpriced.entry(key).or_default();
                entry.0 += row.usage_quantity;
                entry.1 += 1;
                entry.2.insert(self.names.workspace(row.workspace_id.as_deref().unwrap_or_default()));
            }
            charge(bill, &mut self.names, row, usd, price);
        }
    }

    /// The bill of all that was added.
    #[must_use]
    pub fn close(self) -> Bill {
        let Self { book, window, bill, unpriced, .. } = self;
        closed(bill, &book, &window, unpriced)
    }
}

/// Quantity, records and workspaces by SKU, cloud and unit.
type Unpriced = BTreeMap<(String, String, String), (Decimal, u64, BTreeSet<WorkspaceId>)>;

fn closed(mut bill: Bill, book: &PriceBook<'_>, window: &Window, unpriced: Unpriced) -> Bill {
    let billed = bill.clusters.values_mut().chain(bill.warehouses.values_mut()).chain(bill.pipelines.values_mut());
    for billed in billed {
        billed.hours = netted(std::mem::take(&mut billed.hours));
    }
    // Put together anew: a map that grew has nodes that are half empty.
    bill.clusters = std::mem::take(&mut bill.clusters).into_iter().collect();
    bill.runs = std::mem::take(&mut bill.runs).into_iter().collect();
    bill.unpriced = unpriced
        .into_iter()
        .map(|((sku, cloud, unit), (quantity, records, workspaces))| UnpricedSku {
            sku_name: sku,
            cloud,
            usage_unit: unit,
            quantity: float(quantity),
            records,
            workspaces,
        })
        .collect();
    let end = window.until;
    for &(sku, cloud, unit) in book.list.keys().chain(book.negotiated.keys()) {
        let just_before = end - jiff::SignedDuration::from_secs(1);
        if unit == "DBU"
            && let Some(price) = book.at((sku, cloud, unit), just_before)
        {
            bill.prices.insert((cloud.into(), sku.into()), UsdPerDbu(float(price)));
        }
    }
    bill
}

fn float(it: Decimal) -> f64 {
    Money(it).estimate().0
}

fn charge(bill: &mut Bill, names: &mut Names, row: &UsageRow, usd: Option<Money>, price: Option<Decimal>) {
    let workspace = names.workspace(row.workspace_id.as_deref().unwrap_or_default());
    let amount = usd.unwrap_or_default();
    bill.total += amount;
    *bill.workspaces.entry(workspace.clone()).or_default() += amount;
    *bill.clouds.entry(workspace.clone()).or_default().entry(row.cloud.clone()).or_default() += 1;
    let day = row.usage_start_time.to_zoned(TimeZone::UTC).date();
    *bill.days.entry((day, workspace.clone())).or_default() += amount;
    let owner = row.run_as.clone().or_else(|| row.owned_by.clone());
    *bill.owners.entry(owner.clone()).or_default() += amount;
    let mut part = |it| *bill.parts.entry((workspace.clone(), it)).or_default().entry(day).or_default() += amount;
    part(BillPart::Owner(owner));
    part(BillPart::Sku(row.sku_name.clone()));
    for (name, value) in row.custom_tags.iter().flatten() {
        *bill.tags.entry((name.clone(), value.clone())).or_default() += amount;
        part(BillPart::Tag(name.clone(), value.clone()));
    }
    let sku = bill
        .skus
        .entry(row.sku_name.clone())
        .or_insert_with(|| SkuCost { unit: row.usage_unit.clone(), ..SkuCost::default() });
    sku.usd += amount;
    sku.quantity += float(row.usage_quantity);
    if let Some(id) = &row.job_id {
        let key = JobKey { workspace: workspace.clone(), id: id.clone() };
        *bill.jobs.entry(key.clone()).or_default() += amount;
        if let Some((run, target)) = row.job_run_id.as_ref().zip(row.performance_target.as_ref()) {
            bill.performance.insert((key.clone(), run.clone()), target.clone());
        }
        if let Some(run) = &row.job_run_id {
            *bill.runs.entry((key, run.clone())).or_default() += amount;
        }
    }
    if row.cluster_id.is_none() {
        *bill.elsewhere.entry((day, workspace.clone())).or_default() += amount;
    }
    if let Some(target) = taggable(row, &workspace) {
        let entry = bill.taggable.entry(target).or_default();
        entry.usd += amount;
        for (name, _) in row.custom_tags.iter().flatten().filter(|it| !it.1.trim().is_empty()) {
            *entry.keys.entry(name.clone()).or_default() += amount;
        }
    }
    if let Some(id) = &row.cluster_id {
        let key = ClusterKey { workspace: workspace.clone(), id: id.clone() };
        add(bill.clusters.entry(key).or_default(), names, row, usd, price);
    }
    if let Some(id) = &row.dlt_pipeline_id {
        let key = PipelineKey { workspace: workspace.clone(), id: id.clone() };
        add(bill.pipelines.entry(key).or_default(), names, row, usd, price);
    }
    if let Some(id) = &row.warehouse_id {
        let key = WarehouseKey { workspace, id: id.clone() };
        add(bill.warehouses.entry(key).or_default(), names, row, usd, price);
    }
}

/// The resource whose tags a record bears.
fn taggable(row: &UsageRow, workspace: &WorkspaceId) -> Option<Target> {
    let workspace = || workspace.clone();
    let job = row.job_id.clone().map(|id| Target::Job(JobKey { workspace: workspace(), id }));
    let pipeline = row.dlt_pipeline_id.clone().map(|id| Target::Pipeline(PipelineKey { workspace: workspace(), id }));
    let warehouse = row.warehouse_id.clone().map(|id| Target::Warehouse(WarehouseKey { workspace: workspace(), id }));
    let cluster = row.cluster_id.clone().map(|id| Target::Cluster(ClusterKey { workspace: workspace(), id }));
    job.or(pipeline).or(warehouse).or(cluster)
}

fn add(billed: &mut Billed, names: &mut Names, row: &UsageRow, usd: Option<Money>, price: Option<Decimal>) {
    let dbu = if row.usage_unit == "DBU" { Dbu(float(row.usage_quantity)) } else { Dbu(0.0) };
    billed.usd += usd.unwrap_or_default();
    billed.dbu += dbu;
    let newest = billed.newest.is_none_or(|it| it <= row.usage_start_time);
    if newest {
        billed.newest = Some(row.usage_start_time);
        billed.rate = price.filter(|_| row.usage_unit == "DBU").map(|it| UsdPerDbu(float(it))).or(billed.rate);
        billed.photon = row.is_photon.or(row.sku_name.contains("(PHOTON)").then_some(true)).or(billed.photon);
        billed.sku = Some(row.sku_name.clone());
        billed.cloud = Some(row.cloud.clone());
    }
    billed.hours.push(BilledHour {
        start: row.usage_start_time,
        end: row.usage_end_time,
        node_type: row.node_type.as_deref().map(|it| names.share(it)),
        dbu,
        usd,
    });
}

/// Records of the same hour and node type become one; retracted ones vanish in their restatement.
fn netted(hours: Vec<BilledHour>) -> Vec<BilledHour> {
    type Hour = (Timestamp, Timestamp, Option<Arc<str>>);
    let mut sums: BTreeMap<Hour, (Dbu, Option<Money>)> = BTreeMap::new();
    for it in hours {
        let sum = sums.entry((it.start, it.end, it.node_type)).or_insert((Dbu(0.0), Some(Money::ZERO)));
        sum.0 += it.dbu;
        sum.1 = sum.1.zip(it.usd).map(|(a, b)| a + b);
    }
    // `collect` makes room for four at least, and most clusters live for an hour.
    let mut hours = Vec::with_capacity(sums.len());
    hours.extend(sums.into_iter().map(|((start, end, node_type), (dbu, usd))| BilledHour {
        start,
        end,
        node_type,
        dbu,
        usd,
    }));
    hours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{price_row, usage_row};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn window() -> Window {
        Window { from: at("2026-09-01T00:00:00Z"), until: at("2026-10-01T00:00:00Z") }
    }

    #[test]
    fn the_price_valid_at_the_start_of_the_hour_counts() {
        let usage = [usage_row("a", "2026-09-27T23:00:00Z", "10"), usage_row("b", "2026-09-28T00:00:00Z", "10")];
        let prices = [
            price_row("0.129", "2025-01-01T00:00:00Z", Some("2026-09-28T00:00:00Z")),
            price_row("0.15", "2026-09-28T00:00:00Z", None),
        ];
        let bill = bill(&usage, &prices, &[], &[], &window());
        // 10 × 0.129 + 10 × 0.150
        assert_eq!(bill.total.0.to_string(), "2.790");
    }

    #[test]
    fn corrections_net_out_and_a_record_without_price_is_listed_and_not_free() {
        let mut retraction = usage_row("a2", "2026-09-02T00:00:00Z", "-10");
        retraction.record_type = "RETRACTION".into();
        let mut restatement = usage_row("a3", "2026-09-02T00:00:00Z", "9");
        restatement.record_type = "RESTATEMENT".into();
        let mut unknown = usage_row("u", "2026-09-02T00:00:00Z", "5");
        unknown.sku_name = "BRAND_NEW".into();
        let usage = [usage_row("a", "2026-09-02T00:00:00Z", "10"), retraction, restatement, unknown];
        let bill = bill(&usage, &[price_row("0.5", "2025-01-01T00:00:00Z", None)], &[], &[], &window());
        assert_eq!(bill.total.0.normalize().to_string(), "4.5");
        assert_eq!((bill.unpriced.len(), bill.unpriced[0].quantity), (1, 5.0));
        let cluster = bill.clusters.values().next().expect("one cluster");
        assert_eq!(cluster.hours.len(), 1);
        assert_eq!(bill.corrections, 2);
    }

    #[test]
    fn a_negotiated_price_wins_and_a_discount_applies_to_list_only() {
        let usage = [usage_row("a", "2026-09-02T00:00:00Z", "10")];
        let list = [price_row("0.5", "2025-01-01T00:00:00Z", None)];
        let off = [Discount { sku: "*".into(), off: Decimal::new(1, 1) }];
        let discounted = bill(&usage, &list, &[], &off, &window());
        assert_eq!(discounted.total.0.normalize().to_string(), "4.5");
        let row = &list[0];
        let negotiated = [AccountPriceRow {
            sku_name: row.sku_name.clone(),
            cloud: row.cloud.clone(),
            usage_unit: row.usage_unit.clone(),
            currency_code: row.currency_code.clone(),
            price_start_time: row.price_start_time,
            price_end_time: None,
            price: Decimal::new(4, 1),
        }];
        let negotiated = bill(&usage, &list, &negotiated, &off, &window());
        assert_eq!(negotiated.total.0.normalize().to_string(), "4");
    }
}
