//! Money: the bill, who caused it, what the machines cost, and how well the model agrees.

pub mod attribute;
pub mod bill;
pub mod costs;
pub mod node_price;
pub mod pools;
pub mod rates;

pub use attribute::{Attribution, attribute};
pub use bill::{Discount, Ledger, bill};
pub use costs::costs;
pub use node_price::{Machines, NodePrices, cluster_machines, cluster_vm, warehouse_size, warehouse_vm};
pub use pools::{pool_node_price, pool_vm};
