//! The embedded catalogue: node types, rates and prices as of the dates in `catalog/PROVENANCE.md`.

use std::collections::BTreeMap;

use clusteriq_model::{
    Catalog, Cloud, Cores, CpuArch, DbuPerHour, Fraction, Gib, Interval, NodeType, PhotonMultiplier, Usd, UsdPerDbu,
    UsdPerHour, WarehouseSize,
};
use jiff::civil::Date;

const NODE_TYPES: &str = include_str!("../../../catalog/node_types.csv");
const DBU_PRICES: &str = include_str!("../../../catalog/dbu_prices.csv");
const PHOTON: &str = include_str!("../../../catalog/photon_multipliers.csv");
const SUCCESSORS: &str = include_str!("../../../catalog/family_successors.csv");
const WAREHOUSES: &str = include_str!("../../../catalog/warehouse_sizes.csv");

const RUNTIMES: &str = include_str!("../../../catalog/runtimes.csv");

/// Smallest monthly saving worth a person's time.
pub const LEAST_SAVING: Usd = Usd(5.0);

/// One line of a catalogue file by column name. The files have no quoted cells; a test checks that.
struct Line<'a>(BTreeMap<&'a str, &'a str>);

fn lines(text: &'static str) -> impl Iterator<Item = Line<'static>> {
    let mut rows = text.lines();
    let head: Vec<_> = rows.next().unwrap_or_default().split(',').collect();
    rows.map(move |row| Line(head.iter().copied().zip(row.split(',')).collect()))
}

impl<'a> Line<'a> {
    fn text(&self, column: &str) -> &'a str {
        self.0.get(column).copied().unwrap_or_default()
    }
    fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }
    fn cloud(&self) -> Option<Cloud> {
        Cloud::parse(self.text("cloud"))
    }
}

/// Everything the catalogue knows.
#[must_use]
pub fn embedded() -> Catalog {
    let node_types: BTreeMap<_, _> =
        lines(NODE_TYPES).filter_map(|it| node_type(&it)).map(|it| (it.name.clone(), it)).collect();
    let photon = lines(PHOTON)
        .filter_map(|it| {
            Some(PhotonMultiplier {
                cloud: it.cloud()?,
                sku: it.text("sku").into(),
                factor: it.number("dbu_multiplier")?,
            })
        })
        .collect();
    let warehouses = lines(WAREHOUSES)
        .filter_map(|it| {
            let key = (it.cloud()?, it.text("warehouse_type").into(), it.text("size").into());
            Some((key, warehouse(&it, &node_types)?))
        })
        .collect();
    let dbu_prices = lines(DBU_PRICES)
        .filter(|it| it.text("is_default_region") == "yes")
        .filter_map(|it| {
            let key = (it.cloud()?, it.text("tier").into(), it.text("sku").into());
            Some((key, UsdPerDbu(it.number("usd_per_dbu")?)))
        })
        .collect();
    let mut successors: BTreeMap<(Cloud, String), Vec<String>> = BTreeMap::new();
    for it in lines(SUCCESSORS) {
        if let Some(cloud) = it.cloud() {
            // A few rows tell a family's memory-heavy sizes apart; the sizes themselves are compared where it matters.
            let family = it.text("old_family").split('(').next().unwrap_or_default().to_owned();
            successors.entry((cloud, family)).or_default().push(it.text("new_family").into());
        }
    }
    Catalog {
        node_types,
        successors,
        photon,
        warehouses,
        dbu_prices,
        billed_dbu: BTreeMap::new(),
        least_saving: LEAST_SAVING,
    }
}

/// A Databricks runtime and how long it is supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// E.g. `16.4`.
    pub version: String,
    /// Whether it has long-term support.
    pub long_term: bool,
    /// When it was released; `None`: not confirmed, or not to the day.
    pub released: Option<Date>,
    /// First day without support; `None`: not confirmed.
    pub ends: Option<Date>,
}

/// Every runtime that the catalogue knows.
#[must_use]
pub fn runtimes() -> Vec<Runtime> {
    let runtime = |it: Line<'_>| {
        // Dates that nobody could confirm are as good as none.
        let confirmed = it.text("confidence") != "recall";
        let day = |column| it.text(column).parse::<Date>().ok().filter(|_| confirmed);
        Runtime {
            version: it.text("version").into(),
            long_term: it.text("lts") == "yes",
            released: day("release_date"),
            ends: day("end_of_support_date"),
        }
    };
    lines(RUNTIMES).map(runtime).collect()
}

fn node_type(it: &Line<'_>) -> Option<NodeType> {
    let discount = |column| it.number(column).map(Fraction);
    Some(NodeType {
        cloud: it.cloud()?,
        name: it.text("node_type_id").into(),
        family: it.text("family").into(),
        category: it.text("category").into(),
        arch: if it.text("cpu_arch") == "arm64" { CpuArch::Arm } else { CpuArch::X86 },
        cores: Cores(it.number("vcpus")?),
        memory: Gib(it.number("memory_gib")?),
        gpus: it.number("gpus").unwrap_or(0.0) as u32,
        local_disk: Gib(it.number("local_storage_gib").unwrap_or(0.0)),
        dbu: it.number("dbu_per_hour").map(DbuPerHour),
        on_demand: it.number("vm_usd_per_hour").map(UsdPerHour),
        spot_discount: discount("spot_discount_typical").map(|likely| {
            Interval::spanning(
                discount("spot_discount_low").unwrap_or(likely),
                likely,
                discount("spot_discount_high").unwrap_or(likely),
            )
        }),
        coremark: it.number("coremark_per_vcpu"),
    })
}

fn warehouse(it: &Line<'_>, types: &BTreeMap<String, NodeType>) -> Option<WarehouseSize> {
    let nodes = |kind: &str, count: &str| {
        let price = types.get(it.text(kind))?.on_demand?;
        Some(price * it.number(count)?)
    };
    let vm = if it.text("vm_included") == "yes" {
        None
    } else {
        nodes("driver_node_type", "driver_count")
            .zip(nodes("worker_node_type", "worker_count"))
            .map(|(driver, workers)| driver + workers)
    };
    Some(WarehouseSize { dbu: DbuPerHour(it.number("dbu_per_hour_per_cluster")?), vm })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_file_is_read_and_none_is_quoted() {
        let catalog = embedded();
        for text in [NODE_TYPES, DBU_PRICES, PHOTON, SUCCESSORS, WAREHOUSES, RUNTIMES] {
            assert!(!text.contains('"'));
        }
        assert_eq!(catalog.node_types.len(), NODE_TYPES.lines().count() - 1);
        assert_eq!(catalog.warehouses.len(), WAREHOUSES.lines().count() - 1);
        assert_eq!(runtimes().len(), RUNTIMES.lines().count() - 1);
        assert!(runtimes().iter().filter(|it| it.ends.is_some()).all(|it| it.released < it.ends));
        assert_eq!(catalog.photon.len(), PHOTON.lines().count() - 1);
        assert!(catalog.node_types.values().all(|it| it.cores.0 > 0.0 && it.memory.0 > 0.0));
    }

    #[test]
    fn architectures_are_told_apart() {
        let catalog = embedded();
        assert_eq!(catalog.node_types["m7gd.xlarge"].arch, CpuArch::Arm);
        assert_eq!(catalog.node_types["m5.xlarge"].arch, CpuArch::X86);
    }
}
