//! What the cloud keeps to itself: how often it takes spot nodes back, and what nodes really cost.

use crate::catalog::NodeType;
use crate::physics::Physics;
use crate::random::Random;
use crate::time::Millis;
use crate::world::Workspace;
use std::sync::Arc;

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

/// Time of a node, for which the cloud charges.
#[derive(Clone, Debug)]
pub(crate) struct VmUse {
    pub(crate) workspace: Arc<Workspace>,
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
        let region = Random::named(self.seed, &format!("region {}", workspace.id)).between(0.97, 1.03);
        let part = match purchase {
            Purchase::OnDemand => 1.0,
            Purchase::Spot => {
                let (low, high) = kind.spot_discount;
                1.0 - Random::named(self.seed, &format!("spot {}", kind.id)).between(low, high)
            }
        };
        kind.vm_usd * region * part
    }
}
