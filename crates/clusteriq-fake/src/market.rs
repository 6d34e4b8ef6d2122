//! What the cloud keeps to itself: how often it takes spot nodes back, and what nodes really cost.

use std::sync::Arc;

use crate::catalog::{NodeType, catalog};
use crate::physics::Physics;
use crate::random::Random;
use crate::time::Millis;
use crate::world::{Warehouse, WarehouseKind, Workspace};

/// How a node is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purchase {
    OnDemand,
    Spot,
}

/// Whether the nodes' minutes are wanted, or only how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    Nodes,
    Nothing,
}

/// What everything in a company stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    pub(crate) seed: u64,
    pub(crate) physics: Physics,
    pub(crate) watch: Watch,
}

/// What a machine belongs to, with its Databricks id. A job's clusters are the job's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    Job(String),
    AllPurpose(Arc<str>),
    Pipeline(String),
    /// Nodes of a pool that are in no cluster.
    Pool(String),
    Warehouse(String),
}

/// Time of a node, for which the cloud charges.
#[derive(Clone, Debug)]
pub(crate) struct VmUse {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) holder: Holder,
    pub(crate) node_type: &'static NodeType,
    pub(crate) purchase: Purchase,
    pub(crate) millis: Millis,
}

impl Ground {
    /// Losses of a spot node per hour: 0.2 % to 8 %, each type its own.
    pub(crate) fn losses_per_hour(&self, kind: &NodeType) -> f64 {
        let mut random = Random::named(self.seed, &format!("losses {}", kind.id));
        0.002 * 40_f64.powf(random.unit())
    }

    /// True price of a node in USD per hour: the list's times what is special about the workspace's region; on spot less a
    /// discount within the bounds that the catalogue knows.
    pub(crate) fn vm_usd_per_hour(&self, workspace: &Workspace, kind: &NodeType, purchase: Purchase) -> f64 {
        let part = match purchase {
            Purchase::OnDemand => 1.0,
            Purchase::Spot => {
                let (low, high) = kind.spot_discount;
                1.0 - Random::named(self.seed, &format!("spot {}", kind.id)).between(low, high)
            }
        };
        kind.vm_usd * self.region(workspace) * part
    }

    /// True price in USD of the machines of a warehouse for so many DBUs; a serverless one has them in its DBU price.
    pub(crate) fn warehouse_vm_usd(&self, it: &Warehouse, dbu_billionths: i128) -> f64 {
        match it.kind {
            WarehouseKind::Serverless => 0.0,
            WarehouseKind::Pro => {
                let hours = dbu_billionths as f64 / 1e3 / catalog().warehouse_dbu[it.size] as f64;
                let rate = catalog().warehouse_vm.get(&(it.workspace.cloud, it.size.to_owned()));
                hours * rate.copied().unwrap_or(0.0) * self.region(&it.workspace)
            }
        }
    }

    /// What is special about a workspace's region, as a part of list prices.
    fn region(&self, workspace: &Workspace) -> f64 {
        Random::named(self.seed, &format!("region {}", workspace.id)).between(0.97, 1.03)
    }
}
