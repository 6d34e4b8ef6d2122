//! What machines cost in the truth, against the minutes in the export and against the same history lived through again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::OnceLock;

use clusteriq_fake::{DemoOptions, DemoSummary, VmCost, outcome, write_export};

use crate::support::{batches_in, texts};

const DAYS: u32 = 4;

fn options() -> DemoOptions {
    DemoOptions { days: DAYS, clusters: 41, ..DemoOptions::default() }
}

fn export() -> &'static (tempfile::TempDir, DemoSummary) {
    static EXPORT: OnceLock<(tempfile::TempDir, DemoSummary)> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let summary = write_export(dir.path(), &options(), &|_, _| ()).unwrap();
        (dir, summary)
    })
}

/// On-demand prices in USD per hour, from the catalogue's own file.
fn list_prices() -> BTreeMap<String, f64> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/node_types.csv")).unwrap();
    let mut lines = text.lines().filter(|it| !it.starts_with('#'));
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| names.iter().position(|it| *it == name).unwrap();
    let (id, usd) = (at("node_type_id"), at("vm_usd_per_hour"));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        Some((fields[id].to_owned(), fields[usd].parse().ok()?))
    };
    lines.filter_map(row).collect()
}

fn all_of(it: &VmCost) -> f64 {
    it.on_demand_usd + it.spot_usd
}

#[test]
fn the_truth_of_a_resource_on_its_own_is_its_machines_in_the_whole() {
    let summary = &export().1;
    let alone: Vec<&VmCost> =
        summary.vm.iter().filter(|it| matches!(it.kind, "job" | "warehouse" | "pipeline")).collect();
    let planted: BTreeSet<&str> = summary.planted.iter().map(|it| it.target_id.as_str()).collect();
    let mut compared = BTreeMap::new();
    for it in alone.into_iter().filter(|it| planted.contains(it.id.as_str())) {
        // A job on a pool's idle nodes is never alone.
        let Ok(truth) = outcome(&options(), std::slice::from_ref(&it.id), &[]) else { continue };
        let whole = all_of(it) / f64::from(DAYS) * 30.4;
        if (truth.vm_usd - whole).abs() < 1e-6 {
            *compared.entry(it.kind).or_insert(0) += 1;
        } else {
            assert!(truth.vm_usd > whole, "{it:?} {}", truth.vm_usd);
        }
    }
    assert!(compared.len() == 3 && compared.values().sum::<i32>() > 20, "{compared:?}");
}

#[test]
fn machines_cost_the_minutes_they_report_at_list_prices_or_less() {
    let prices = list_prices();
    // USD of the minutes of a cluster at list prices.
    let mut listed = BTreeMap::<String, f64>::new();
    for batch in batches_in(export().0.path(), "system.compute.node_timeline") {
        let (clusters, types) = (texts(&batch, "cluster_id"), texts(&batch, "node_type"));
        for (cluster, kind) in clusters.into_iter().zip(types) {
            *listed.entry(cluster).or_default() += prices[&kind] / 60.0;
        }
    }
    let clusters = export().1.vm.iter().filter(|it| it.kind == "cluster");
    let mut compared = 0;
    for it in clusters.filter(|it| listed.contains_key(&it.id)) {
        // A region adds three percent at most; a node is paid for before its first and after its last minute.
        let least = if it.spot_usd > 0.0 { 0.1 } else { 0.95 };
        let part = all_of(it) / listed[&it.id];
        assert!((least..1.06).contains(&part), "{it:?} {part}");
        compared += 1;
    }
    assert!(compared > 5, "{compared}");
}
