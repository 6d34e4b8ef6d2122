//! Runs of a workload on several configurations, as somebody measured them.

use crate::{Cores, Fraction, Gib, Hours, Minutes, Usd, UsdPerHour};

/// Where something ran or may run: so many nodes of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Nodes {
    /// The cloud's name of the node, e.g. `m5.xlarge`.
    pub node_type: String,
    /// Nodes that work; at least one.
    pub workers: u32,
    /// vCPUs of one.
    pub cores: Cores,
    /// Memory of one.
    pub memory: Gib,
    /// Price of one with everything that is paid by the hour. `None`: not known.
    pub price: Option<UsdPerHour>,
}

impl Nodes {
    /// What all its nodes cost for that long. `None`: the price is not known.
    #[must_use]
    pub fn cost(&self, runtime: Minutes) -> Option<Usd> {
        Some(self.price? * f64::from(self.workers) * Hours::from(runtime))
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Where it ran.
    pub nodes: Nodes,
    /// Whether it came to its end; otherwise it crashed, ran out of memory or was stopped.
    pub completed: bool,
    /// How long it took, or until it failed.
    pub runtime: Minutes,
    /// Bytes that it read. `None`: not known.
    pub input_bytes: Option<u64>,
    /// What it used of its nodes. `None`: not measured.
    pub usage: Option<Usage>,
}

/// What a run used of its nodes, on average but for memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Share of the cores' time in which they computed.
    pub busy: Fraction,
    /// Share in which they waited for storage. `None`: not measured.
    pub waiting: Option<Fraction>,
    /// The most memory of all nodes together that was used. `None`: not measured.
    pub memory: Option<Gib>,
}
