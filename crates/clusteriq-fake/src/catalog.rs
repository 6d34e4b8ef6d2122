//! Node types, DBU rates, prices and warehouse sizes, from the tables in `catalog/` (each row there carries its date).

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Whose machines they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cloud {
    Aws,
    Azure,
    Gcp,
}

impl Cloud {
    pub(crate) const ALL: [Self; 3] = [Self::Aws, Self::Azure, Self::Gcp];

    /// As in `billing.usage.cloud`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Azure => "AZURE",
            Self::Gcp => "GCP",
        }
    }

    fn in_catalog(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }
}

/// A processor's instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arch {
    X86,
    Arm,
}

/// A node type's size and rate.
#[derive(Debug)]
pub(crate) struct NodeType {
    pub(crate) id: String,
    pub(crate) cloud: Cloud,
    pub(crate) family: String,
    /// `general`, `memory`, `compute`, `storage` or `gpu`.
    pub(crate) category: &'static str,
    pub(crate) arch: Arch,
    /// List price of the VM in USD per hour, on demand.
    pub(crate) vm_usd: f64,
    /// Between which parts of it spot is cheaper, as the catalogue has them.
    pub(crate) spot_discount: (f64, f64),
    pub(crate) vcpus: u32,
    pub(crate) memory_gib: f64,
    pub(crate) gpus: i64,
    pub(crate) local_disk_gib: f64,
    /// DBU per hour without Photon, in millionths: billing must be exact.
    pub(crate) dbu_millionths: i128,
    /// Speed of one vCPU; 1 is a current x86 vCPU (CoreMark 17,000).
    pub(crate) speed: f64,
}

/// A SKU's list price.
#[derive(Debug)]
pub(crate) struct Sku {
    pub(crate) cloud: Cloud,
    /// `jobs`, `all_purpose_photon`, `sql_serverless`, …
    pub(crate) product: String,
    /// As in `billing.usage.sku_name`.
    pub(crate) name: String,
    /// USD per DBU, in millionths.
    pub(crate) price_millionths: i128,
}

/// Everything read from the catalogue.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) node_types: BTreeMap<String, NodeType>,
    /// Premium tier, each cloud's default region.
    pub(crate) skus: Vec<Sku>,
    /// DBU per hour and cluster in millionths, by `X-Small` and so on; the same for all types of warehouse.
    pub(crate) warehouse_dbu: BTreeMap<String, i128>,
    /// Machines of a pro warehouse's cluster in USD per hour, by cloud and size.
    pub(crate) warehouse_vm: BTreeMap<(Cloud, String), f64>,
    /// Photon's multiplier in tenths, by cloud and product.
    photon_tenths: BTreeMap<(Cloud, String), i128>,
    /// A family and one that can take its place.
    pub(crate) successors: Vec<(Cloud, &'static str, &'static str)>,
    pub(crate) runtimes: Vec<Runtime>,
}

/// A version of the Databricks runtime.
#[derive(Debug)]
pub(crate) struct Runtime {
    /// `16.4`.
    pub(crate) version: &'static str,
    pub(crate) lts: bool,
    pub(crate) spark: &'static str,
}

/// The catalogue, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::read)
}

/// The node type of that name. The generator names only types that are in the catalogue: a test checks it.
pub(crate) fn node_type(id: &str) -> &'static NodeType {
    catalog().node_types.get(id).unwrap_or_else(|| panic!("{id} is not in catalog/node_types.csv"))
}

impl Catalog {
    fn read() -> Self {
        let node_types = records(include_str!("../../../catalog/node_types.csv"))
            .filter_map(|row| {
                let coremark = row.get("coremark_per_vcpu").and_then(|it| it.parse::<f64>().ok());
                let number = |column: &str| row.get(column).and_then(|it| it.parse::<f64>().ok());
                let it = NodeType {
                    id: row["node_type_id"].to_owned(),
                    cloud: cloud(row["cloud"])?,
                    family: row["family"].to_owned(),
                    category: row["category"],
                    arch: if row["cpu_arch"] == "arm64" { Arch::Arm } else { Arch::X86 },
                    // Three types have no price: about what a core costs elsewhere.
                    vm_usd: number("vm_usd_per_hour").unwrap_or(0.05 * number("vcpus")?),
                    spot_discount: number("spot_discount_low").zip(number("spot_discount_high")).unwrap_or((0.45, 0.7)),
                    vcpus: row["vcpus"].parse().ok()?,
                    memory_gib: row["memory_gib"].parse().ok()?,
                    gpus: row["gpus"].parse().ok()?,
                    local_disk_gib: row["local_storage_gib"].parse().unwrap_or(0.0),
                    dbu_millionths: millionths(row["dbu_per_hour"])?,
                    speed: coremark.map_or(1.0, |it| it / 17_000.0),
                };
                Some((it.id.clone(), it))
            })
            .collect();
        let skus = records(include_str!("../../../catalog/dbu_prices.csv"))
            .filter(|row| row["tier"] == "premium" && row["is_default_region"] == "yes")
            .filter_map(|row| {
                Some(Sku {
                    cloud: cloud(row["cloud"])?,
                    product: row["sku"].to_owned(),
                    name: row["billing_sku_name"].to_owned(),
                    price_millionths: millionths(row["usd_per_dbu"])?,
                })
            })
            .collect();
        let warehouse_dbu = records(include_str!("../../../catalog/warehouse_sizes.csv"))
            .filter(|row| row["cloud"] == "aws" && row["warehouse_type"] == "pro")
            .filter_map(|row| Some((row["size"].to_owned(), millionths(row["dbu_per_hour_per_cluster"])?)))
            .collect();
        let photon_tenths = records(include_str!("../../../catalog/photon_multipliers.csv"))
            .filter_map(|row| {
                Some(((cloud(row["cloud"])?, row["sku"].to_owned()), millionths(row["dbu_multiplier"])? / 100_000))
            })
            .collect();
        let successors = records(include_str!("../../../catalog/family_successors.csv"))
            .filter_map(|row| Some((cloud(row["cloud"])?, row["old_family"], row["new_family"])))
            .collect();
        let machine = |types: &BTreeMap<String, NodeType>, id: &str, count: &str| {
            Some(types.get(id)?.vm_usd * count.parse::<f64>().ok()?)
        };
        let warehouse_vm = records(include_str!("../../../catalog/warehouse_sizes.csv"))
            .filter(|row| row["warehouse_type"] == "pro")
            .filter_map(|row| {
                let driver = machine(&node_types, row["driver_node_type"], row["driver_count"])?;
                let workers = machine(&node_types, row["worker_node_type"], row["worker_count"])?;
                Some(((cloud(row["cloud"])?, row["size"].to_owned()), driver + workers))
            })
            .collect();
        let runtimes = records(include_str!("../../../catalog/runtimes.csv"))
            .map(|row| Runtime { version: row["version"], lts: row["lts"] == "yes", spark: row["spark_version"] })
            .collect();
        Self { node_types, skus, warehouse_dbu, warehouse_vm, photon_tenths, successors, runtimes }
    }

    /// The SKU under which a product is billed.
    pub(crate) fn sku(&self, cloud: Cloud, product: &str) -> &Sku {
        self.skus
            .iter()
            .find(|it| it.cloud == cloud && it.product == product)
            .unwrap_or_else(|| panic!("{} {product} is not in catalog/dbu_prices.csv", cloud.word()))
    }

    /// How many tenths of its plain DBU a cluster with Photon emits.
    pub(crate) fn photon_tenths(&self, cloud: Cloud, product: &str) -> i128 {
        self.photon_tenths[&(cloud, product.to_owned())]
    }
}

fn cloud(name: &str) -> Option<Cloud> {
    Cloud::ALL.into_iter().find(|it| it.in_catalog() == name)
}

/// Rows by column name. The catalogue's fields hold no quotes and no commas.
fn records(csv: &'static str) -> impl Iterator<Item = BTreeMap<&'static str, &'static str>> {
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines.map(move |line| head.iter().copied().zip(line.split(',')).collect())
}

/// `1.38` as 1,380,000, exactly.
fn millionths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<6}");
    Some(whole.parse::<i128>().ok()? * 1_000_000 + fraction.get(..6)?.parse::<i128>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_prices_are_read_exactly() {
        assert_eq!(node_type("i4i.xlarge").dbu_millionths, 1_380_000);
        assert_eq!(catalog().sku(Cloud::Azure, "jobs").price_millionths, 300_000);
        assert_eq!(catalog().sku(Cloud::Aws, "jobs_photon").name, "PREMIUM_JOBS_COMPUTE_(PHOTON)");
        assert_eq!(catalog().photon_tenths(Cloud::Aws, "jobs"), 29);
        assert_eq!(catalog().warehouse_dbu["Medium"], 24_000_000);
    }
}
