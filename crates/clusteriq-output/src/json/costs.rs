//! The money as data. What is on the bill is exact (a decimal string), what is modelled is a number.

use clusteriq_model::{
    CostEntry, Costs, DailyCost, Money, Reconciliation, SkuCost, UnpricedSku, WorkspaceCost, WorkspaceDay,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::value::{ExactUsd, dbu, estimate, finite};

/// Everything about money in the window.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Costs")]
pub(super) struct CostsJson {
    /// Sum of the bill.
    billed_usd: ExactUsd,
    /// Modelled VM cost; null if nothing could be modelled.
    modelled_vm_usd: Option<f64>,
    workspaces: Vec<WorkspaceJson>,
    /// Dearest first.
    jobs: Vec<CostEntryJson>,
    /// Dearest first; job clusters too.
    clusters: Vec<CostEntryJson>,
    /// Dearest first.
    warehouses: Vec<CostEntryJson>,
    /// The machines of idle nodes.
    pools: Vec<CostEntryJson>,
    /// Dearest first; their clusters are listed too.
    pipelines: Vec<CostEntryJson>,
    skus: Vec<SkuJson>,
    tags: Vec<TagJson>,
    owners: Vec<OwnerJson>,
    days: Vec<DayJson>,
    /// Attributed + idle = billed, exactly.
    workspace_days: Vec<WorkspaceDayJson>,
    /// Usage that no price matches.
    unpriced: Vec<UnpricedJson>,
    /// Discounts that were applied, in words; empty: list prices.
    discounts: Vec<String>,
}

impl From<&Costs> for CostsJson {
    fn from(it: &Costs) -> Self {
        let entries = |list: &[CostEntry]| list.iter().map(Into::into).collect();
        Self {
            billed_usd: it.billed.into(),
            modelled_vm_usd: estimate(it.vm),
            workspaces: it.workspaces.iter().map(Into::into).collect(),
            jobs: entries(&it.jobs),
            clusters: entries(&it.clusters),
            warehouses: entries(&it.warehouses),
            pools: entries(&it.pools),
            pipelines: entries(&it.pipelines),
            skus: it.skus.iter().map(Into::into).collect(),
            tags: it.tags.iter().map(Into::into).collect(),
            owners: it.owners.iter().map(Into::into).collect(),
            days: it.days.iter().map(Into::into).collect(),
            workspace_days: it.workspace_days.iter().map(Into::into).collect(),
            unpriced: it.unpriced.iter().map(Into::into).collect(),
            discounts: it.discounts.clone(),
        }
    }
}

/// One workspace on one day.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WorkspaceDay")]
struct WorkspaceDayJson {
    /// UTC day.
    day: String,
    /// Null: usage at account level.
    workspace_id: Option<String>,
    billed_usd: ExactUsd,
    /// What jobs, sessions, warehouses and others account for.
    attributed_usd: ExactUsd,
    /// What nobody used.
    idle_usd: ExactUsd,
}

impl From<&WorkspaceDay> for WorkspaceDayJson {
    fn from(it: &WorkspaceDay) -> Self {
        Self {
            day: it.day.to_string(),
            workspace_id: (!it.workspace.0.is_empty()).then(|| it.workspace.0.to_string()),
            billed_usd: it.billed.into(),
            attributed_usd: it.attributed.into(),
            idle_usd: it.idle.into(),
        }
    }
}

/// One workspace.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WorkspaceCost")]
struct WorkspaceJson {
    /// Null: usage at account level.
    id: Option<String>,
    /// The same as `id`.
    workspace_id: Option<String>,
    name: Option<String>,
    billed_usd: ExactUsd,
    /// What jobs, sessions and warehouses account for.
    attributed_usd: ExactUsd,
    /// What nobody used.
    idle_usd: ExactUsd,
    /// Modelled VM cost of its classic compute.
    modelled_vm_usd: Option<f64>,
    reconciliation: Option<ReconciliationJson>,
}

impl From<&WorkspaceCost> for WorkspaceJson {
    fn from(it: &WorkspaceCost) -> Self {
        let id = (!it.workspace.0.is_empty()).then(|| it.workspace.0.to_string());
        Self {
            id: id.clone(),
            workspace_id: id,
            name: it.name.clone(),
            billed_usd: it.billed.into(),
            attributed_usd: it.attributed.into(),
            idle_usd: it.idle.into(),
            modelled_vm_usd: estimate(it.vm),
            reconciliation: it.reconciliation.as_ref().map(Into::into),
        }
    }
}

/// The DBU cost of classic compute: modelled from node-minutes against the bill for the same clusters.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reconciliation")]
struct ReconciliationJson {
    /// Billed for clusters with telemetry.
    billed_usd: Option<f64>,
    /// Modelled for the same clusters and hours.
    modelled_usd: Option<f64>,
    /// `modelled_usd ÷ billed_usd − 1`.
    error: Option<f64>,
    /// Billed for clusters without telemetry: not part of the comparison.
    uncovered_usd: Option<f64>,
}

impl From<&Reconciliation> for ReconciliationJson {
    fn from(it: &Reconciliation) -> Self {
        Self {
            billed_usd: finite(it.billed.0),
            modelled_usd: finite(it.modelled.0),
            error: finite(it.error),
            uncovered_usd: finite(it.uncovered.0),
        }
    }
}

/// One job, cluster or warehouse.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CostEntry")]
pub(super) struct CostEntryJson {
    /// Its Databricks id.
    id: String,
    /// `job`, `cluster` or `warehouse`.
    kind: &'static str,
    workspace_id: String,
    name: String,
    owner: Option<String>,
    /// Billed to it directly.
    billed_usd: ExactUsd,
    /// A job's share of all-purpose clusters; the part of a cluster that its jobs and sessions account for.
    attributed_usd: ExactUsd,
    /// A cluster's billed minus attributed, nobody's; null for jobs.
    idle_usd: Option<ExactUsd>,
    /// DBUs billed directly.
    dbu: Option<f64>,
    /// Modelled VM cost of its own compute; null if a price is not known.
    modelled_vm_usd: Option<f64>,
    /// The part of `modelled_vm_usd` that is priced as spot, at the usual discount; the rest is at list prices on demand.
    modelled_vm_spot_usd: Option<f64>,
    /// `modelled`, or `assumed` if how nodes are bought is not known; null without an amount.
    vm_basis: Option<&'static str>,
    /// The job a job cluster belongs to.
    job_id: Option<String>,
}

impl From<&CostEntry> for CostEntryJson {
    fn from(it: &CostEntry) -> Self {
        let vm = estimate(it.vm);
        Self {
            id: it.target.id().into(),
            kind: it.target.kind().word(),
            workspace_id: it.target.workspace().0.to_string(),
            name: it.name.clone(),
            owner: it.owner.clone(),
            billed_usd: it.billed.into(),
            attributed_usd: it.attributed.into(),
            idle_usd: it.idle.map(Into::into),
            dbu: dbu(it.dbu),
            modelled_vm_usd: vm,
            modelled_vm_spot_usd: vm.and_then(|_| estimate(it.vm_spot)),
            vm_basis: vm.map(|_| it.vm_basis.word()),
            job_id: it.job_id.clone(),
        }
    }
}

/// One SKU.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SkuCost")]
struct SkuJson {
    sku_name: String,
    billed_usd: ExactUsd,
    /// In `unit`.
    quantity: Option<f64>,
    unit: String,
}

impl From<(&String, &SkuCost)> for SkuJson {
    fn from((name, it): (&String, &SkuCost)) -> Self {
        Self { sku_name: name.clone(), billed_usd: it.usd.into(), quantity: finite(it.quantity), unit: it.unit.clone() }
    }
}

/// One tag.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "TagCost")]
struct TagJson {
    name: String,
    value: String,
    billed_usd: ExactUsd,
}

impl From<(&(String, String), &Money)> for TagJson {
    fn from(((name, value), it): (&(String, String), &Money)) -> Self {
        Self { name: name.clone(), value: value.clone(), billed_usd: (*it).into() }
    }
}

/// One owner.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "OwnerCost")]
struct OwnerJson {
    /// Null: what has no owner.
    owner: Option<String>,
    billed_usd: ExactUsd,
}

impl From<(&Option<String>, &Money)> for OwnerJson {
    fn from((owner, it): (&Option<String>, &Money)) -> Self {
        Self { owner: owner.clone(), billed_usd: (*it).into() }
    }
}

/// One UTC day.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "DayCost")]
struct DayJson {
    #[schemars(extend("format" = "date"))]
    day: String,
    billed_usd: ExactUsd,
    modelled_vm_usd: Option<f64>,
}

impl From<&DailyCost> for DayJson {
    fn from(it: &DailyCost) -> Self {
        Self { day: it.day.to_string(), billed_usd: it.billed.into(), modelled_vm_usd: estimate(it.vm) }
    }
}

/// Usage that no price matches.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnpricedSku")]
struct UnpricedJson {
    sku_name: String,
    cloud: String,
    usage_unit: String,
    quantity: Option<f64>,
    records: u64,
}

impl From<&UnpricedSku> for UnpricedJson {
    fn from(it: &UnpricedSku) -> Self {
        Self {
            sku_name: it.sku_name.clone(),
            cloud: it.cloud.clone(),
            usage_unit: it.usage_unit.clone(),
            quantity: finite(it.quantity),
            records: it.records,
        }
    }
}
