//! What machines cost by whom they belong to: the other half of the bill, which comes from the cloud and is in no table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::market::{Ground, Holder, Purchase};
use crate::records::{Records, User};

/// True cost of the machines of a resource over the whole history.
#[derive(Clone, Debug, PartialEq)]
pub struct VmCost {
    /// Its workspace.
    pub workspace_id: String,
    /// `job`, `cluster`, `pipeline`, `pool` (nodes that are in no cluster) or `warehouse`.
    pub kind: &'static str,
    /// Its Databricks id; a job has all machines of its own clusters.
    pub id: String,
    /// Machines on demand, in USD.
    pub on_demand_usd: f64,
    /// Machines on spot, in USD.
    pub spot_usd: f64,
}

/// Sums by holder.
pub(crate) struct Total {
    ground: Ground,
    /// On demand and spot.
    sums: BTreeMap<(Arc<str>, Holder), (f64, f64)>,
}

impl Total {
    pub(crate) fn new(ground: Ground) -> Self {
        Self { ground, sums: BTreeMap::new() }
    }

    /// Adds the machines of some records, and those that warehouses had for their DBUs.
    pub(crate) fn add(&mut self, records: &Records) {
        for it in &records.vm {
            let usd = it.millis as f64 / 3.6e6 * self.ground.vm_usd_per_hour(&it.workspace, it.node_type, it.purchase);
            let sum = self.sums.entry((it.workspace.id.clone(), it.holder.clone())).or_default();
            match it.purchase {
                Purchase::OnDemand => sum.0 += usd,
                Purchase::Spot => sum.1 += usd,
            }
        }
        for it in &records.usage {
            if let User::Warehouse(warehouse) = &it.user {
                let holder = Holder::Warehouse(warehouse.id.clone());
                let sum = self.sums.entry((it.workspace.id.clone(), holder)).or_default();
                sum.0 += self.ground.warehouse_vm_usd(warehouse, it.dbu_billionths);
            }
        }
    }

    /// In order of workspace and holder.
    pub(crate) fn costs(self) -> Vec<VmCost> {
        let cost = |((workspace, holder), (on_demand_usd, spot_usd)): ((Arc<str>, Holder), (f64, f64))| {
            let (kind, id) = match holder {
                Holder::Job(it) => ("job", it),
                Holder::AllPurpose(it) => ("cluster", it.to_string()),
                Holder::Pipeline(it) => ("pipeline", it),
                Holder::Pool(it) => ("pool", it),
                Holder::Warehouse(it) => ("warehouse", it),
            };
            VmCost { workspace_id: workspace.to_string(), kind, id, on_demand_usd, spot_usd }
        };
        self.sums.into_iter().map(cost).collect()
    }
}
