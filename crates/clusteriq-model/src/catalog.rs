//! Facts about node types, rates and prices that the account itself does not tell.

use std::collections::BTreeMap;

use crate::{Cloud, Cores, DbuPerHour, Fraction, Gib, Interval, Usd, UsdPerDbu, UsdPerHour};

/// Instruction set of a node type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CpuArch {
    /// Intel and AMD.
    X86,
    /// Graviton, Ampere, Cobalt, Axion.
    Arm,
}

/// One node type.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeType {
    /// Whose.
    pub cloud: Cloud,
    /// Its name, e.g. `m5.xlarge`.
    pub name: String,
    /// Its family, e.g. `m5`.
    pub family: String,
    /// `general`, `memory`, `compute`, `storage`, `gpu`.
    pub category: String,
    /// Its instruction set.
    pub arch: CpuArch,
    /// vCPUs.
    pub cores: Cores,
    /// Memory.
    pub memory: Gib,
    /// GPUs.
    pub gpus: u32,
    /// Local disk; 0: none.
    pub local_disk: Gib,
    /// DBUs per node-hour without Photon; `None`: not known.
    pub dbu: Option<DbuPerHour>,
    /// On-demand price per hour in the catalogue's region; `None`: not known.
    pub on_demand: Option<UsdPerHour>,
    /// Discount of spot against on demand: 0.7 means that spot costs 30 %.
    pub spot_discount: Option<Interval<Fraction>>,
    /// CoreMark per vCPU: a hint about speed, not a forecast.
    pub coremark: Option<f64>,
}

/// How many more DBUs a cluster emits with Photon.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotonMultiplier {
    /// Whose.
    pub cloud: Cloud,
    /// SKU family, e.g. `jobs`.
    pub sku: String,
    /// The factor.
    pub factor: f64,
}

/// One size of SQL warehouse.
#[derive(Clone, Debug, PartialEq)]
pub struct WarehouseSize {
    /// DBUs per hour and cluster.
    pub dbu: DbuPerHour,
    /// VM price per hour and cluster; `None` if included in the DBU (serverless) or not known.
    pub vm: Option<UsdPerHour>,
}

/// All facts, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// Node types by name; names of different clouds do not clash.
    pub node_types: BTreeMap<String, NodeType>,
    /// Families that follow a family or stand beside it, by cloud and family.
    pub successors: BTreeMap<(Cloud, String), Vec<String>>,
    /// Photon's factors.
    pub photon: Vec<PhotonMultiplier>,
    /// Warehouse sizes by cloud, type and size, e.g. (Aws, `pro`, `Medium`).
    pub warehouses: BTreeMap<(Cloud, String, String), WarehouseSize>,
    /// List prices by cloud, tier and SKU family, default region, for SKUs that the account's own price table lacks.
    pub dbu_prices: BTreeMap<(Cloud, String, String), UsdPerDbu>,
    /// DBU per node-hour as the account's own bill shows it, by node type, plane's SKU family and Photon; wins over `node_types`.
    pub billed_dbu: BTreeMap<(String, bool), DbuPerHour>,
    /// Least monthly saving worth a recommendation.
    pub least_saving: Usd,
}
