//! Usage rows against the nodes that reported.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::datatypes::{Date32Type, Decimal128Type};

use crate::support::{HOUR, batches, instants, members, texts};

/// DBU per hour of the node types and warehouse sizes in the export, from the catalogue.
fn node_rates() -> BTreeMap<String, f64> {
    let csv = include_str!("../../../../catalog/node_types.csv");
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let (id, dbu) = (place("node_type_id"), place("dbu_per_hour"));
    csv.lines()
        .skip(1)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Some((cells[id].to_owned(), cells[dbu].parse().ok()?))
        })
        .collect()
}

/// Corrected DBU by cluster, hour and node type, and whether it was Photon.
fn billed() -> BTreeMap<(String, i64, String), (f64, bool, String)> {
    let mut billed: BTreeMap<(String, i64, String), (f64, bool, String)> = BTreeMap::new();
    for batch in batches("system.billing.usage") {
        let clusters = members(&batch, "usage_metadata", "cluster_id");
        let nodes = members(&batch, "usage_metadata", "node_type");
        let skus = texts(&batch, "sku_name");
        let starts = instants(&batch, "usage_start_time");
        let quantities = batch.column_by_name("usage_quantity").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            if !clusters[row].is_empty() {
                let key = (clusters[row].clone(), starts[row], nodes[row].clone());
                let entry = billed.entry(key).or_insert((0.0, skus[row].contains("(PHOTON)"), skus[row].clone()));
                entry.0 += quantities.value(row) as f64 / 1e18;
            }
        }
    }
    billed
}

#[test]
fn usage_rows_last_an_hour_and_arrive_no_earlier_than_used() {
    let mut ids = BTreeSet::new();
    let mut corrections = BTreeMap::<String, i64>::new();
    for batch in batches("system.billing.usage") {
        let (starts, ends) = (instants(&batch, "usage_start_time"), instants(&batch, "usage_end_time"));
        let date = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Date32Type>().clone();
        let (used, ingested) = (date("usage_date"), date("ingestion_date"));
        for row in 0..batch.num_rows() {
            assert_eq!(ends[row] - starts[row], HOUR);
            assert_eq!(i64::from(used.value(row)), starts[row] / (24 * HOUR));
            assert!(ingested.value(row) >= used.value(row));
        }
        for (id, kind) in texts(&batch, "record_id").into_iter().zip(texts(&batch, "record_type")) {
            assert!(ids.insert(id));
            *corrections.entry(kind).or_default() += 1;
        }
    }
    assert!(corrections["RETRACTION"] > 0);
    assert_eq!(corrections["RETRACTION"], corrections["RESTATEMENT"]);
}

#[test]
fn a_full_hour_of_a_cluster_is_its_nodes_times_the_rate_times_photon() {
    let rates = node_rates();
    // Nodes that reported all sixty minutes of an hour, by cluster, hour and type.
    let mut minutes = BTreeMap::<(String, i64, String, String), i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let clusters = texts(&batch, "cluster_id");
        let (nodes, kinds) = (texts(&batch, "instance_id"), texts(&batch, "node_type"));
        let starts = instants(&batch, "start_time");
        for row in 0..batch.num_rows() {
            let hour = starts[row] / HOUR * HOUR;
            *minutes.entry((clusters[row].clone(), hour, kinds[row].clone(), nodes[row].clone())).or_default() += 1;
        }
    }
    // A node that was there ten minutes before the hour is not starting any more, which would not be billed.
    let mut nodes = BTreeMap::<(String, i64, String), (i64, i64)>::new();
    for ((cluster, hour, kind, node), count) in &minutes {
        let before = minutes.get(&(cluster.clone(), hour - HOUR, kind.clone(), node.clone())).copied().unwrap_or(0);
        let entry = nodes.entry((cluster.clone(), *hour, kind.clone())).or_default();
        let full = *count == 60 && before >= 10;
        entry.0 += i64::from(full);
        entry.1 += i64::from(!full);
    }
    let mut checked = 0;
    for ((cluster, hour, kind), (dbu, photon, sku)) in billed() {
        if let Some((full, 0)) = nodes.get(&(cluster, hour, kind.clone())).copied() {
            let multiplier = match (photon, sku.contains("ALL_PURPOSE")) {
                (false, _) => 1.0,
                (true, true) => 2.0,
                (true, false) => 2.9,
            };
            let expected = rates[&kind] * full as f64 * multiplier;
            assert!((dbu - expected).abs() < 1e-6, "{sku} {kind} × {full}: {dbu} is not {expected}");
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked}");
}

#[test]
fn nothing_is_billed_beyond_the_nodes_that_reported() {
    let rates = node_rates();
    let mut reported = BTreeMap::<(String, i64, String), i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let (clusters, kinds) = (texts(&batch, "cluster_id"), texts(&batch, "node_type"));
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            *reported.entry((clusters[row].clone(), start / HOUR * HOUR, kinds[row].clone())).or_default() += 1;
        }
    }
    for ((cluster, hour, kind), (dbu, photon, sku)) in billed() {
        let Some(minutes) = reported.get(&(cluster.clone(), hour, kind.clone())) else { continue };
        let multiplier = match (photon, sku.contains("ALL_PURPOSE")) {
            (false, _) => 1.0,
            (true, true) => 2.0,
            (true, false) => 2.9,
        };
        // Up to a minute per node is cut off at the end; at most 13 nodes.
        let most = rates[&kind] * multiplier * (*minutes as f64 + 14.0) / 60.0;
        assert!(dbu <= most, "{cluster}: {dbu} DBU for {minutes} minutes");
    }
}

#[test]
fn one_sku_has_no_price_and_one_price_changed() {
    let mut priced = BTreeMap::<(String, String), i64>::new();
    for batch in batches("system.billing.list_prices") {
        for key in texts(&batch, "sku_name").into_iter().zip(texts(&batch, "cloud")) {
            *priced.entry(key).or_default() += 1;
        }
    }
    assert_eq!(priced[&("PREMIUM_JOBS_COMPUTE".to_owned(), "AWS".to_owned())], 3);
    let mut without = BTreeSet::new();
    for batch in batches("system.billing.usage") {
        without.extend(
            texts(&batch, "sku_name").into_iter().zip(texts(&batch, "cloud")).filter(|it| !priced.contains_key(it)),
        );
    }
    assert_eq!(without.len(), 1);
}
