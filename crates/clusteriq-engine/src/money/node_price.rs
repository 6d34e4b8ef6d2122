//! What a node-hour costs: DBU rate and machine price, on demand or spot.

use clusteriq_model::{
    Basis, Catalog, Cloud, Cluster, Compute, DbuPerHour, Fleet, Hours, Minutes, NodeType, Plane, Purchase, Usd,
    UsdPerHour, Warehouse, WarehouseType,
};

/// Discount assumed for spot where the catalogue has none.
const SPOT_DISCOUNT: f64 = 0.6;

/// Prices of the nodes of one configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodePrices {
    /// DBUs of the driver per hour, Photon included; `None`: not known.
    pub driver_dbu: Option<DbuPerHour>,
    /// DBUs of one worker per hour, Photon included.
    pub worker_dbu: Option<DbuPerHour>,
    /// Machine price of the driver.
    pub driver_vm: Option<UsdPerHour>,
    /// Machine price of a worker on demand.
    pub worker_vm: Option<UsdPerHour>,
    /// Machine price of a worker on spot.
    pub worker_spot: Option<UsdPerHour>,
    /// Workers that are on demand although the rest is spot; `u32::MAX`: all.
    pub workers_on_demand: u32,
}

impl NodePrices {
    /// Of a configuration, spot at its usual discount.
    #[must_use]
    pub fn of(catalog: &Catalog, compute: &Compute) -> Self {
        Self::at_spot(catalog, compute, Spot::Usual)
    }

    /// Of a configuration, with spot at another discount.
    #[must_use]
    pub fn at_spot(catalog: &Catalog, compute: &Compute, market: Spot) -> Self {
        let spot_price = |it: &NodeType| spot_price(it, market);
        let photon = compute.photon.unwrap_or(false);
        let worker = compute.worker_type.as_deref();
        let driver = compute.driver_type.as_deref().or(worker);
        let dbu = |name: Option<&str>| dbu_rate(catalog, name?, photon, compute.plane);
        let node = |name: Option<&str>| catalog.node_types.get(name?);
        let (first, spot) = match compute.purchase {
            None | Some(Purchase::OnDemand) => (u32::MAX, false),
            Some(Purchase::Spot { first_on_demand }) => (first_on_demand, true),
        };
        let driver_node = node(driver);
        let driver_on_demand = !spot || first >= 1;
        Self {
            driver_dbu: dbu(driver),
            worker_dbu: dbu(worker),
            driver_vm: driver_node.and_then(|it| if driver_on_demand { it.on_demand } else { spot_price(it) }),
            worker_vm: node(worker).and_then(|it| it.on_demand),
            worker_spot: node(worker).and_then(spot_price),
            workers_on_demand: if spot { first.saturating_sub(1) } else { u32::MAX },
        }
    }

    /// Machine price of so many workers, per hour. A fraction of a worker is an average over time.
    #[must_use]
    pub fn workers_vm(&self, workers: f64) -> Option<UsdPerHour> {
        let on_demand = workers.min(f64::from(self.workers_on_demand));
        if workers <= 0.0 {
            return Some(UsdPerHour(0.0));
        }
        let spot = workers - on_demand;
        let on_demand = self.worker_vm.map(|it| it * on_demand)?;
        if spot <= 0.0 {
            return Some(on_demand);
        }
        Some(on_demand + self.worker_spot? * spot)
    }

    /// Machine price of those of so many workers that are bought on spot, per hour.
    #[must_use]
    pub fn on_spot(&self, workers: f64) -> Option<UsdPerHour> {
        let spot = (workers - f64::from(self.workers_on_demand)).max(0.0);
        if spot > 0.0 { self.worker_spot.map(|it| it * spot) } else { Some(UsdPerHour(0.0)) }
    }

    /// DBUs per hour of driver and so many workers.
    #[must_use]
    pub fn dbu(&self, workers: f64) -> Option<DbuPerHour> {
        if workers <= 0.0 {
            return self.driver_dbu;
        }
        Some(self.driver_dbu? + self.worker_dbu? * workers)
    }

    /// Machine price per hour of driver and so many workers.
    #[must_use]
    pub fn vm(&self, workers: f64) -> Option<UsdPerHour> {
        Some(self.driver_vm? + self.workers_vm(workers)?)
    }
}

/// How cheap spot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// At its greatest discount.
    Cheap,
    /// As usual.
    Usual,
    /// At its least discount.
    Dear,
}

fn spot_price(it: &NodeType, market: Spot) -> Option<UsdPerHour> {
    let discount = it.spot_discount.map_or(SPOT_DISCOUNT, |it| match market {
        Spot::Cheap => it.high.0,
        Spot::Usual => it.likely.0,
        Spot::Dear => it.low.0,
    });
    it.on_demand.map(|it| it * (1.0 - discount))
}

/// DBUs per node-hour: the account's own bill if it shows it, else the catalogue times Photon's factor.
#[must_use]
pub fn dbu_rate(catalog: &Catalog, name: &str, photon: bool, plane: Plane) -> Option<DbuPerHour> {
    if let Some(it) = catalog.billed_dbu.get(&(name.to_owned(), photon)) {
        return Some(*it);
    }
    let node = catalog.node_types.get(name)?;
    let base = catalog.billed_dbu.get(&(name.to_owned(), false)).copied().or(node.dbu)?;
    Some(if photon { base * photon_factor(catalog, node.cloud, plane) } else { base })
}

/// Photon's factor on DBUs.
#[must_use]
pub fn photon_factor(catalog: &Catalog, cloud: Cloud, plane: Plane) -> f64 {
    let sku = match plane {
        Plane::AllPurpose => "all_purpose",
        Plane::Jobs => "jobs",
        Plane::Pipeline => "dlt_core",
    };
    let found = catalog.photon.iter().find(|it| it.cloud == cloud && it.sku == sku);
    found.map_or(2.0, |it| it.factor)
}

/// Machine cost of a cluster's minutes in the window, and its basis. `None`: a price or the telemetry is missing.
#[must_use]
pub fn cluster_vm(fleet: &Fleet, cluster: &Cluster) -> Option<(Usd, Basis)> {
    cluster_machines(fleet, cluster).map(|it| (it.usd, it.basis))
}

/// What machines cost in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machines {
    /// All of them.
    pub usd: Usd,
    /// Those that are bought on spot.
    pub spot: Usd,
    /// Assumed if how they are bought is not known.
    pub basis: Basis,
}

impl Machines {
    /// Those of several resources. `None` for none.
    #[must_use]
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        parts.into_iter().reduce(|a, b| Self { usd: a.usd + b.usd, spot: a.spot + b.spot, basis: a.basis.max(b.basis) })
    }
}

/// The machines of a cluster's minutes in the window. `None`: a price or the telemetry is missing.
#[must_use]
pub fn cluster_machines(fleet: &Fleet, cluster: &Cluster) -> Option<Machines> {
    if cluster.minutes.is_empty() {
        return None;
    }
    let config = cluster.config();
    let spot_drivers = matches!(config.compute.purchase, Some(Purchase::Spot { first_on_demand: 0 }));
    let (mut usd, mut spot) = (Usd(0.0), Usd(0.0));
    let mut prices: std::collections::BTreeMap<(u16, u16), NodePrices> = Default::default();
    for minute in cluster.minutes.iter() {
        let price = prices.entry((minute.worker_type, minute.driver_type)).or_insert_with(|| {
            let name = |at: u16| fleet.type_names.get(usize::from(at)).cloned();
            let compute = Compute {
                worker_type: name(minute.worker_type).or_else(|| config.compute.worker_type.clone()),
                driver_type: name(minute.driver_type).or_else(|| config.compute.driver_type.clone()),
                ..config.compute.clone()
            };
            NodePrices::of(&fleet.catalog, &compute)
        });
        let drivers = if minute.drivers > 0 { price.driver_vm? * f64::from(minute.drivers) } else { UsdPerHour(0.0) };
        let hour = Hours::from(Minutes(1.0));
        let workers = f64::from(minute.workers);
        usd += (drivers + price.workers_vm(workers)?) * hour;
        let spot_workers = (workers - f64::from(price.workers_on_demand)).max(0.0);
        let spot_driver = if spot_drivers { drivers } else { UsdPerHour(0.0) };
        // Without a price for spot there is no node of it, or there were no cost at all.
        spot += (spot_driver + price.worker_spot.unwrap_or_default() * spot_workers) * hour;
    }
    let known = config.compute.purchase.is_some() && !cluster.pooled;
    Some(Machines { usd, spot, basis: if known { Basis::Modelled } else { Basis::Assumed } })
}

/// Machine cost of a warehouse in the window, from its events; serverless has none of its own.
#[must_use]
pub fn warehouse_vm(fleet: &Fleet, warehouse: &Warehouse) -> Option<Usd> {
    let rate = warehouse_vm_rate(fleet, warehouse)?;
    let hours = fleet.bill.warehouses.get(&warehouse.key).map(|it| it.dbu)?;
    let size = warehouse_size(fleet, warehouse, warehouse.size.as_deref()?)?;
    // Billed DBUs ÷ DBUs per cluster-hour = cluster-hours: exact, and independent of events.
    Some(rate * Hours(hours.0 / size.dbu.0))
}

/// Machine price of one cluster of the warehouse; 0 for serverless.
#[must_use]
pub fn warehouse_vm_rate(fleet: &Fleet, warehouse: &Warehouse) -> Option<UsdPerHour> {
    match warehouse.kind? {
        WarehouseType::Serverless => Some(UsdPerHour(0.0)),
        WarehouseType::Classic | WarehouseType::Pro => warehouse_size(fleet, warehouse, warehouse.size.as_deref()?)?.vm,
    }
}

/// What a size costs on the warehouse's cloud and of its type.
#[must_use]
pub fn warehouse_size<'a>(
    fleet: &'a Fleet,
    warehouse: &Warehouse,
    size: &str,
) -> Option<&'a clusteriq_model::WarehouseSize> {
    let cloud = fleet.workspaces.get(&warehouse.key.workspace).and_then(|it| it.cloud)?;
    let kind = match warehouse.kind? {
        WarehouseType::Classic => "classic",
        WarehouseType::Pro => "pro",
        WarehouseType::Serverless => "serverless",
    };
    let size = size_words(size)?;
    fleet.catalog.warehouses.get(&(cloud, kind.into(), size.into()))
}

/// `2X_SMALL` of the system table is `2X-Small` of the price list.
fn size_words(word: &str) -> Option<&'static str> {
    let folded: String = word.to_ascii_uppercase().replace(['-', ' '], "_");
    Some(match folded.as_str() {
        "2X_SMALL" => "2X-Small",
        "X_SMALL" => "X-Small",
        "SMALL" => "Small",
        "MEDIUM" => "Medium",
        "LARGE" => "Large",
        "X_LARGE" => "X-Large",
        "2X_LARGE" => "2X-Large",
        "3X_LARGE" => "3X-Large",
        "4X_LARGE" => "4X-Large",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::world;

    /// The machines of a job of one hour on four workers, bought so.
    fn machines(purchase: Option<Purchase>) -> (Machines, NodePrices) {
        let mut fleet = world().job("etl", 4, 4.0, 8.0).runs(1, 60).fleet();
        let cluster = fleet.clusters.values_mut().next().unwrap();
        for it in &mut cluster.configs {
            it.compute.purchase = purchase;
        }
        let cluster = fleet.clusters.values().next().unwrap();
        (cluster_machines(&fleet, cluster).unwrap(), NodePrices::of(&fleet.catalog, &cluster.config().compute))
    }

    #[test]
    fn spot_is_the_workers_after_the_first_on_demand_and_the_rest_is_at_list_price() {
        let (all, prices) = machines(Some(Purchase::OnDemand));
        assert_eq!((all.spot, all.basis), (Usd(0.0), Basis::Modelled));
        // Driver and one worker on demand, three on spot.
        let (some, _) = machines(Some(Purchase::Spot { first_on_demand: 2 }));
        let node = prices.worker_vm.unwrap().0;
        let hours = all.usd.0 / (5.0 * node);
        assert!((some.usd.0 - some.spot.0 - 2.0 * node * hours).abs() < 1e-9, "{some:?}");
        assert!(some.spot.0 > 0.0 && some.spot.0 < 3.0 * node * hours, "{some:?}");
        // And the driver too.
        let (none, _) = machines(Some(Purchase::Spot { first_on_demand: 0 }));
        assert_eq!(none.spot, none.usd);
    }

    #[test]
    fn how_nodes_are_bought_is_assumed_where_nothing_says_it() {
        let (known, _) = machines(Some(Purchase::OnDemand));
        let (unknown, _) = machines(None);
        assert_eq!((unknown.usd, unknown.spot, unknown.basis), (known.usd, Usd(0.0), Basis::Assumed));
        assert_eq!(Machines::sum([known, unknown]).unwrap().basis, Basis::Assumed);
    }
}
