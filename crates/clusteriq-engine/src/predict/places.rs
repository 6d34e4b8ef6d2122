//! What of a place a workload notices, and how alike two places are.

use clusteriq_model::Nodes;

use super::physics::USUAL_MEMORY_PER_CORE;
use super::prior::Prior;

/// Spread of the logarithm of a workload's size: as good as unknown.
const ANY_SIZE: f64 = 25.0;

/// A place in numbers.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) nodes: f64,
    /// All cores.
    pub(super) cores: f64,
    /// Memory of one node, GiB.
    pub(super) memory: f64,
    /// Natural logarithm of the memory per core against the usual.
    pub(super) lean: f64,
    /// Storage and network of all nodes: they grow with the square root of a node's cores.
    pub(super) storage: f64,
    /// Natural logarithm of the time that a core of this kind takes, against the average.
    pub(super) slowness: f64,
    kind: String,
    family: String,
    scaled: [f64; 3],
}

impl Spot {
    /// Of a place whose cores are that slow.
    pub(super) fn new(it: &Nodes, slowness: f64, prior: &Prior) -> Self {
        let (nodes, cores, memory) = (f64::from(it.workers.max(1)), it.cores.0.max(0.1), it.memory.0.max(0.1));
        let lean = (memory / cores / USUAL_MEMORY_PER_CORE).ln();
        let of = prior.alike;
        Self {
            nodes,
            cores: nodes * cores,
            memory,
            lean,
            storage: nodes * (cores / 2.0).sqrt(),
            slowness,
            kind: it.node_type.clone(),
            family: family(&it.node_type),
            scaled: [nodes.ln() / of[0], cores.ln() / of[1], lean / of[2]],
        }
    }

    /// Covariance of what the physics leaves over at two places, with the size of the workload, which only one run tells.
    pub(super) fn covariance(&self, o: &Self, amplitude: f64, prior: &Prior) -> f64 {
        let apart: f64 = self.scaled.iter().zip(o.scaled).map(|it| (it.0 - it.1).powi(2)).sum();
        let mut sum = prior.left_over.powi(2) * (-apart / 2.0).exp();
        if self.kind == o.kind {
            sum += prior.left_over_kind.powi(2);
        }
        if self.family == o.family {
            sum += prior.left_over_family.powi(2);
        }
        ANY_SIZE + amplitude.powi(2) * sum
    }
}

/// The family of a node type: its name without the size, e.g. `m5` of `m5.xlarge`, `Standard_Eds_v5` of `Standard_E8ds_v5`, `n2-highmem` of
/// `n2-highmem-8`.
fn family(node_type: &str) -> String {
    if let Some((family, _)) = node_type.split_once('.') {
        return family.to_owned();
    }
    match node_type.rsplit_once('-') {
        Some((family, size)) if size.bytes().all(|it| it.is_ascii_digit()) => family.to_owned(),
        _ => {
            let mut parts: Vec<String> = node_type.split('_').map(ToOwned::to_owned).collect();
            if let Some(part) = parts.get_mut(1) {
                part.retain(|it| !it.is_ascii_digit());
            }
            parts.join("_")
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_family_is_the_name_without_the_size_on_every_cloud() {
        for (name, family) in [
            ("m5.xlarge", "m5"),
            ("Standard_E8ds_v5", "Standard_Eds_v5"),
            ("Standard_D16s_v3", "Standard_Ds_v3"),
            ("n2-highmem-8", "n2-highmem"),
            ("e2-standard-4", "e2-standard"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(super::family(name), family);
        }
    }
}
