//! The worked examples of what a cluster-hour costs (`catalog/test_vectors.json`) hold for the engine's prices.

use clusteriq_engine::catalog;
use clusteriq_engine::money::NodePrices;
use clusteriq_model::{
    Catalog, Cloud, Compute, Dbu, DbuPerHour, Fraction, Hours, Interval, Plane, Purchase, Size, Usd, UsdPerDbu,
    UsdPerHour,
};
use serde_json::Value;

fn vectors() -> Vec<Value> {
    let file: Value =
        serde_json::from_str(include_str!("../../../catalog/test_vectors.json")).expect("the file is JSON");
    file["vectors"].as_array().expect("a list").clone()
}

fn number(it: &Value) -> f64 {
    it.as_f64().unwrap_or_else(|| panic!("not a number: {it}"))
}

fn text(it: &Value) -> &str {
    it.as_str().unwrap_or_default()
}

fn cloud(it: &Value) -> Cloud {
    Cloud::parse(text(&it["cloud"])).expect("a cloud")
}

/// The catalogue with the example's own rate and price for each node type: prices of spot move, the arithmetic does not.
fn catalog_of(vector: &Value, nodes: &[Value]) -> Catalog {
    let mut all = catalog::embedded();
    for node in nodes {
        let entry = all.node_types.get_mut(text(&node["node_type_id"])).expect("the catalogue knows the type");
        let price = number(&node["vm_usd_per_hour"]);
        if text(&node["lifecycle"]) == "spot" {
            let off = 1.0 - price / entry.on_demand.expect("an on-demand price").0;
            entry.spot_discount = Some(Interval::exactly(Fraction(off)));
        } else {
            assert_eq!(entry.on_demand, Some(UsdPerHour(price)), "{}", vector["name"]);
        }
        if let Some(dbu) = node["dbu_per_hour"].as_f64() {
            assert_eq!(entry.dbu, Some(DbuPerHour(dbu)), "{}", vector["name"]);
        }
    }
    all
}

fn plane(vector: &Value) -> Plane {
    match text(&vector["sku"]) {
        it if it.starts_with("all_purpose") => Plane::AllPurpose,
        it if it.starts_with("dlt") => Plane::Pipeline,
        _ => Plane::Jobs,
    }
}

/// Driver and workers of the example as one configuration.
fn prices(vector: &Value, nodes: &[Value]) -> (NodePrices, f64) {
    let count: f64 = nodes.iter().map(|it| it["count"].as_f64().unwrap_or(1.0)).sum();
    let worker = nodes.last().expect("a node");
    let spot = text(&worker["lifecycle"]) == "spot";
    let compute = Compute {
        plane: plane(vector),
        driver_type: Some(text(&nodes[0]["node_type_id"]).into()),
        worker_type: Some(text(&worker["node_type_id"]).into()),
        size: Some(Size::Fixed(count as u32 - 1)),
        purchase: Some(if spot { Purchase::Spot { first_on_demand: 1 } } else { Purchase::OnDemand }),
        photon: Some(vector["photon"].as_bool().unwrap_or(false)),
    };
    (NodePrices::of(&catalog_of(vector, nodes), &compute), count - 1.0)
}

/// DBUs and machine cost of an example.
fn computed(vector: &Value) -> (Dbu, Usd) {
    let hours = |it: &Value| Hours(number(it) / 3600.0);
    if let Some(metered) = vector["metered_dbu"].as_f64() {
        return (Dbu(metered), Usd(0.0));
    }
    if let Some(size) = vector["size"].as_str() {
        let kind = text(&vector["sku"]).trim_start_matches("sql_");
        let all = catalog::embedded();
        let size = &all.warehouses[&(cloud(vector), kind.to_owned(), size.to_owned())];
        let time = hours(&vector["seconds"]) * number(&vector["clusters"]);
        return (size.dbu * time, size.vm.unwrap_or_default() * time);
    }
    if let Some(segments) = vector["segments"].as_array() {
        let (prices, _) = prices(vector, &[vector["node"].clone(), vector["node"].clone()]);
        let each = segments.iter().map(|it| {
            let (workers, time) = (number(&it["nodes"]) - 1.0, hours(&it["seconds"]));
            (prices.dbu(workers).expect("a rate") * time, prices.vm(workers).expect("a price") * time)
        });
        return each.fold((Dbu(0.0), Usd(0.0)), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    }
    let nodes = vector["nodes"].as_array().expect("nodes");
    let (prices, workers) = prices(vector, nodes);
    let time = hours(&vector["seconds"]);
    let vm = prices.vm(workers).expect("a price") * time;
    if text(&nodes[0]["state"]) == "idle_in_pool" {
        return (Dbu(0.0), vm);
    }
    (prices.dbu(workers).expect("a rate") * time, vm)
}

#[test]
fn every_worked_example_holds_to_a_millionth() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 13);
    for vector in &vectors {
        let (dbu, vm) = computed(vector);
        let rate = vector["usd_per_dbu"].as_f64().map_or(UsdPerDbu(0.0), UsdPerDbu);
        let found = [("dbu", dbu.0), ("dbu_usd", (dbu * rate).0), ("vm_usd", vm.0), ("total_usd", (dbu * rate + vm).0)];
        for (name, found) in found {
            let expected = number(&vector["expected"][name]);
            let close = (found - expected).abs() <= 1e-6 * expected.abs().max(1.0);
            assert!(close, "{}: {name} is {found}, expected {expected}", vector["name"]);
        }
    }
}

#[test]
fn the_catalogues_price_of_a_dbu_is_the_examples() {
    let all = catalog::embedded();
    for vector in vectors().iter().filter(|it| it["usd_per_dbu"].is_f64()) {
        let key = (cloud(vector), text(&vector["tier"]).to_owned(), text(&vector["sku"]).to_owned());
        assert_eq!(all.dbu_prices.get(&key), Some(&UsdPerDbu(number(&vector["usd_per_dbu"]))), "{}", vector["name"]);
    }
}
