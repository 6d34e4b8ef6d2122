//! What the idle nodes of a pool cost: their machines; Databricks charges no DBUs for them.

use clusteriq_model::{Compute, Fleet, Plane, Pool, Purchase, Usd, UsdPerHour};

use super::NodePrices;
use super::node_price::Spot;
use crate::profile::PoolProfile;

/// Machine cost of the pool's idle nodes in the window.
#[must_use]
pub fn pool_vm(fleet: &Fleet, pool: &Pool, profile: &PoolProfile) -> Option<Usd> {
    pool_node_price(fleet, pool, Spot::Usual).map(|it| it * profile.idle_hours())
}

/// Machine price of one of its nodes.
#[must_use]
pub fn pool_node_price(fleet: &Fleet, pool: &Pool, market: Spot) -> Option<UsdPerHour> {
    let purchase = pool.purchase.map(|it| match it {
        Purchase::OnDemand => Purchase::OnDemand,
        Purchase::Spot { .. } => Purchase::Spot { first_on_demand: 0 },
    });
    let node = Compute {
        plane: Plane::Jobs,
        driver_type: None,
        worker_type: Some(pool.node_type.clone()?),
        size: None,
        purchase,
        photon: None,
    };
    NodePrices::at_spot(&fleet.catalog, &node, market).workers_vm(1.0)
}
