//! What was spent, by whom, and how well the model agrees with the bill.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::{ClusterKey, Dbu, JobKey, Money, PipelineKey, Target, Usd, UsdPerDbu, WarehouseKey, WorkspaceId};

/// How an amount is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// On the bill.
    Billed,
    /// Computed from measurements and known prices.
    Modelled,
    /// Computed from an assumption that the report names.
    Assumed,
}

impl Basis {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Modelled => "modelled",
            Self::Assumed => "assumed",
        }
    }
}

/// One hour of a resource on the bill, corrections netted out.
#[derive(Clone, Debug, PartialEq)]
pub struct BilledHour {
    /// Start of the record.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// Node type, if the record names one.
    pub node_type: Option<Arc<str>>,
    /// DBUs; `None` if the unit is another.
    pub dbu: Dbu,
    /// Cost; `None` if the SKU has no price.
    pub usd: Option<Money>,
}

/// What one resource was billed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Billed {
    /// Sum of what has a price.
    pub usd: Money,
    /// Sum of DBUs, priced or not.
    pub dbu: Dbu,
    /// Price per DBU of the newest record.
    pub rate: Option<UsdPerDbu>,
    /// Whether Photon ran, from the newest record that says.
    pub photon: Option<bool>,
    /// SKU of the newest record.
    pub sku: Option<String>,
    /// Cloud of the newest record, the table's word.
    pub cloud: Option<String>,
    /// Start of the newest record.
    pub newest: Option<Timestamp>,
    /// Its records by hour, in time order.
    pub hours: Vec<BilledHour>,
}

/// The whole bill of the window, priced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill {
    /// Everything with a price.
    pub total: Money,
    /// Per workspace; account-level usage under the empty id.
    pub workspaces: BTreeMap<WorkspaceId, Money>,
    /// Per cluster.
    pub clusters: BTreeMap<ClusterKey, Billed>,
    /// Per job, what its own compute was billed.
    pub jobs: BTreeMap<JobKey, Money>,
    /// Per job run.
    pub runs: BTreeMap<(JobKey, String), Money>,
    /// Serverless runs by performance target, the table's word.
    pub performance: BTreeMap<(JobKey, String), String>,
    /// Per warehouse.
    pub warehouses: BTreeMap<WarehouseKey, Billed>,
    /// Per pipeline.
    pub pipelines: BTreeMap<PipelineKey, Billed>,
    /// Per SKU.
    pub skus: BTreeMap<String, SkuCost>,
    /// Per tag name and value.
    pub tags: BTreeMap<(String, String), Money>,
    /// Per resource that can have tags: job compute under its job, a pipeline's under the pipeline.
    pub taggable: BTreeMap<Target, Tagged>,
    /// Per owner; under `None` what has none.
    pub owners: BTreeMap<Option<String>, Money>,
    /// Per workspace and part, by UTC day: where spending changes.
    pub parts: BTreeMap<(WorkspaceId, BillPart), BTreeMap<jiff::civil::Date, Money>>,
    /// Per UTC day and workspace.
    pub days: BTreeMap<(jiff::civil::Date, WorkspaceId), Money>,
    /// Per UTC day and workspace, what names no cluster: serverless jobs, warehouses, endpoints.
    pub elsewhere: BTreeMap<(jiff::civil::Date, WorkspaceId), Money>,
    /// Prices per DBU at the end of the window, after discounts, by cloud (the table's word) and SKU.
    pub prices: BTreeMap<(String, String), UsdPerDbu>,
    /// Records by workspace and cloud.
    pub clouds: BTreeMap<WorkspaceId, BTreeMap<String, u64>>,
    /// What has no price.
    pub unpriced: Vec<UnpricedSku>,
    /// Start of the earliest record.
    pub first: Option<Timestamp>,
    /// Records that were read.
    pub records: u64,
    /// How many of them were corrections.
    pub corrections: u64,
}

/// A way of looking at the bill. Parts of one kind add up to it, but for tags: a record may have several, or none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BillPart {
    /// A SKU.
    Sku(String),
    /// An owner; `None`: nobody is named.
    Owner(Option<String>),
    /// A tag's name and value.
    Tag(String, String),
}

/// What one resource was billed, and under which tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    /// All of it.
    pub usd: Money,
    /// By the name of the tag; tags with an empty value are not counted.
    pub keys: BTreeMap<String, Money>,
}

/// One SKU's part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkuCost {
    /// Cost at the prices valid then, after discounts.
    pub usd: Money,
    /// Quantity in the SKU's unit.
    pub quantity: f64,
    /// That unit.
    pub unit: String,
}

/// Usage that no price matches.
#[derive(Clone, Debug, PartialEq)]
pub struct UnpricedSku {
    /// The SKU.
    pub sku_name: String,
    /// The cloud.
    pub cloud: String,
    /// The unit.
    pub usage_unit: String,
    /// How much was used.
    pub quantity: f64,
    /// In how many records.
    pub records: u64,
    /// The workspaces that used it.
    pub workspaces: BTreeSet<WorkspaceId>,
}

/// Spending of one job, cluster, warehouse, pool or pipeline in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct CostEntry {
    /// What.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// Billed to it directly.
    pub billed: Money,
    /// For a job: its share of all-purpose clusters. For a cluster: the part its jobs and sessions account for.
    pub attributed: Money,
    /// For a cluster: billed minus attributed, nobody's. `None` for jobs.
    pub idle: Option<Money>,
    /// DBUs billed directly.
    pub dbu: Dbu,
    /// Modelled VM cost of its own compute; `None` if a price is not known.
    pub vm: Option<Usd>,
    /// The part of `vm` that is priced as spot, at the usual discount; `None` without `vm`.
    pub vm_spot: Option<Usd>,
    /// Basis of `vm`: assumed if how nodes are bought is not known.
    pub vm_basis: Basis,
    /// The job a job cluster belongs to.
    pub job_id: Option<String>,
}

/// Spending of one workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceCost {
    /// Which; empty for usage at account level.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: Option<String>,
    /// The bill.
    pub billed: Money,
    /// Modelled VM cost of its classic compute.
    pub vm: Option<Usd>,
    /// What jobs, sessions and warehouses account for.
    pub attributed: Money,
    /// What nobody used.
    pub idle: Money,
    /// The model against the bill.
    pub reconciliation: Option<Reconciliation>,
}

/// The DBU cost of classic compute, modelled from node-minutes and catalogue rates, against the bill for the same clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciliation {
    /// Billed for clusters with telemetry.
    pub billed: Usd,
    /// Modelled for the same clusters and hours.
    pub modelled: Usd,
    /// `modelled ÷ billed − 1`.
    pub error: f64,
    /// Billed for clusters without telemetry: not part of the comparison.
    pub uncovered: Usd,
}

/// Spending by day, for the trend.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyCost {
    /// UTC day.
    pub day: jiff::civil::Date,
    /// Billed.
    pub billed: Money,
    /// Modelled VM.
    pub vm: Option<Usd>,
}

/// Spending of one workspace on one day, and whose it is: attributed + idle = billed, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceDay {
    /// UTC day.
    pub day: jiff::civil::Date,
    /// Which; empty for usage at account level.
    pub workspace: WorkspaceId,
    /// The bill.
    pub billed: Money,
    /// What somebody accounts for, summed from its parts.
    pub attributed: Money,
    /// What nobody used.
    pub idle: Money,
}

/// Everything about money in a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// Sum of the bill.
    pub billed: Money,
    /// Modelled VM cost; `None` if nothing could be modelled.
    pub vm: Option<Usd>,
    /// By workspace.
    pub workspaces: Vec<WorkspaceCost>,
    /// By job, dearest first.
    pub jobs: Vec<CostEntry>,
    /// By cluster, dearest first; job clusters too.
    pub clusters: Vec<CostEntry>,
    /// By warehouse, dearest first.
    pub warehouses: Vec<CostEntry>,
    /// By instance pool: the machines of its idle nodes. Nodes in clusters are the clusters'.
    pub pools: Vec<CostEntry>,
    /// By pipeline, dearest first; the machines are those of its clusters, which are listed too.
    pub pipelines: Vec<CostEntry>,
    /// By SKU.
    pub skus: BTreeMap<String, SkuCost>,
    /// By tag name and value.
    pub tags: BTreeMap<(String, String), Money>,
    /// By owner.
    pub owners: BTreeMap<Option<String>, Money>,
    /// By day.
    pub days: Vec<DailyCost>,
    /// By day and workspace.
    pub workspace_days: Vec<WorkspaceDay>,
    /// Without a price.
    pub unpriced: Vec<UnpricedSku>,
    /// Discounts that were applied, in words; empty: list prices.
    pub discounts: Vec<String>,
}
