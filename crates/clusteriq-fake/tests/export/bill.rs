//! The truth of the bill is what the written rows cost.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Date32Type, Decimal128Type};
use clusteriq_fake::{DemoOptions, outcome};

use crate::support::{batches, batches_in, export, instants, known, members, texts};

/// Usage times the price of its hour, by workspace and day in 1e-36 USD, from nothing but the written files.
fn usage_times_price(dir: &Path) -> BTreeMap<(String, i32), i128> {
    let mut prices = Vec::new();
    for batch in batches_in(dir, "system.billing.list_prices") {
        let (skus, clouds) = (texts(&batch, "sku_name"), texts(&batch, "cloud"));
        let (starts, ends) = (instants(&batch, "price_start_time"), instants(&batch, "price_end_time"));
        let pricing = batch.column_by_name("pricing").unwrap().as_struct();
        let default = pricing.column_by_name("default").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            // An open end is null, which reads as 0.
            let end = if ends[row] == 0 { i64::MAX } else { ends[row] };
            prices.push((skus[row].clone(), clouds[row].clone(), starts[row], end, default.value(row)));
        }
    }
    let mut billed = BTreeMap::new();
    for batch in batches_in(dir, "system.billing.usage") {
        let (workspaces, skus) = (texts(&batch, "workspace_id"), texts(&batch, "sku_name"));
        let (clouds, starts) = (texts(&batch, "cloud"), instants(&batch, "usage_start_time"));
        let days = batch.column_by_name("usage_date").unwrap().as_primitive::<Date32Type>();
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let at = starts[row];
            let price = prices
                .iter()
                .find(|it| it.0 == skus[row] && it.1 == clouds[row] && it.2 <= at && at < it.3)
                .map_or(0, |it| it.4);
            // Both have eighteen decimals, of which at most nine are used.
            *billed.entry((workspaces[row].clone(), days.value(row))).or_insert(0) +=
                quantities.value(row) / 1_000_000_000 * (price / 1_000_000_000);
        }
    }
    billed
}

#[test]
fn the_bill_of_the_truth_is_what_the_written_usage_costs_to_the_last_digit() {
    for (dir, summary) in [export(), known()] {
        let written = usage_times_price(dir.path());
        assert_eq!(written.len(), summary.bill.len());
        for it in &summary.bill {
            let day = it.day.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
            // 1e-18 here, 1e-15 there.
            assert_eq!(written[&(it.workspace_id.clone(), day)], it.usd_quadrillionths * 1_000, "{it:?}");
        }
        assert!(summary.bill.iter().any(|it| it.unpriced_dbu_billionths > 0));
        assert!(summary.bill.iter().map(|it| it.usd_quadrillionths).sum::<i128>() > 100 * 10_i128.pow(15));
    }
}

#[test]
fn the_truth_of_an_unchanged_job_is_its_bill() {
    let options = DemoOptions { days: 14, ..DemoOptions::default() };
    let mut prices = BTreeMap::<String, Vec<(i64, i64, f64)>>::new();
    for batch in batches("system.billing.list_prices") {
        let skus = texts(&batch, "sku_name");
        let (starts, ends) = (instants(&batch, "price_start_time"), instants(&batch, "price_end_time"));
        let default = batch.column_by_name("pricing").unwrap().as_struct().column_by_name("default").unwrap();
        for (row, sku) in skus.into_iter().enumerate() {
            let usd = default.as_primitive::<Decimal128Type>().value(row) as f64 / 1e18;
            let end = if ends[row] == 0 { i64::MAX } else { ends[row] };
            prices.entry(sku).or_default().push((starts[row], end, usd));
        }
    }
    let mut billed = BTreeMap::<String, f64>::new();
    for batch in batches("system.billing.usage") {
        let jobs = members(&batch, "usage_metadata", "job_id");
        let (skus, starts) = (texts(&batch, "sku_name"), instants(&batch, "usage_start_time"));
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for (row, job) in jobs.into_iter().enumerate() {
            let valid = |it: &&(i64, i64, f64)| (it.0..it.1).contains(&starts[row]);
            let usd = prices.get(&skus[row]).and_then(|it| it.iter().find(valid)).map_or(0.0, |it| it.2);
            *billed.entry(job).or_default() += quantities.value(row) as f64 / 1e18 * usd;
        }
    }
    for problem in ["D01", "decoy:streaming", "healthy"] {
        let job = export().1.planted.iter().find(|it| it.kind == "job" && it.problem == problem).unwrap();
        let truth = outcome(&options, std::slice::from_ref(&job.target_id), &[]).unwrap();
        let per_month = billed[&job.target_id] / 14.0 * 30.4;
        assert!((truth.dbu_usd - per_month).abs() < 1e-6, "{problem} {} {per_month}", truth.dbu_usd);
    }
}
