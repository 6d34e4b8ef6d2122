//! What is believed of workloads before any of them was seen.

use serde::{Deserialize, Serialize};

/// What is believed before a workload was seen, and how much what was seen counts. Pairs are mean and spread of a logarithm, or the ends
/// of a range; where nothing else is said, they are those of [`super`]'s workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Part on one core, as a share of the spread part on 32 cores: mean and spread of the logarithm.
    pub serial: [f64; 2],
    /// Tasks at once: mean and spread of the logarithm.
    pub tasks: [f64; 2],
    /// Power with which the spread part follows the cores: mean and spread.
    pub power: [f64; 2],
    /// Part of storage and network: mean and spread of the logarithm.
    pub storage: [f64; 2],
    /// Share of workloads to which each node adds something.
    pub with_overhead: f64,
    /// What it adds: mean and spread of the logarithm.
    pub overhead: [f64; 2],
    /// Logarithm of the memory that is wanted, GiB: range.
    pub need: [f64; 2],
    /// Share of workloads that fall off a cliff with less memory.
    pub with_cliff: f64,
    /// How many times longer they take then: range, of which the logarithm is uniform.
    pub cliff: [f64; 2],
    /// The most power with which memory per core counts for it.
    pub lean: f64,
    /// Share of workloads that get slower by and by as memory gets scarce.
    pub with_pressure: f64,
    /// How much slower they are where memory is just what they want: mean and spread of the logarithm.
    pub pressure: [f64; 2],
    /// Power with which that falls with memory.
    pub pressure_power: f64,
    /// Memory of a node that the system takes, GiB: range.
    pub system: [f64; 2],
    /// Share of workloads that fail with too little memory.
    pub with_least: f64,
    /// Logarithm of what they want against what they fail below: range.
    pub least_gap: [f64; 2],
    /// Power with which memory per core counts for that: range.
    pub least_lean: [f64; 2],
    /// Probability that a run fails below it.
    pub fails_below: f64,
    /// The same anywhere.
    pub fails_anyway: f64,
    /// Spread that the physics leaves over: between places, kinds of nodes, and families.
    pub left_over: f64,
    /// Spread of a kind of node.
    pub left_over_kind: f64,
    /// Spread of a family.
    pub left_over_family: f64,
    /// How far apart places are alike, in logarithms of nodes, cores of a node, and memory per core.
    pub alike: [f64; 3],
    /// Spread of two runs of the same thing at the same place.
    pub noise: f64,
    /// So many other workloads say as much as the physics if it is not known what the runs used. Then how a workload scales may be like
    /// another's; what memory it needs is not.
    pub others: f64,
    /// The same where it is known, and all of it may be like another's.
    pub others_with_usage: f64,
    /// What another workload leaves over, as a share of what the physics does, if it is not known what the runs used.
    pub others_left_over: f64,
    /// The same where it is known.
    pub others_left_over_with_usage: f64,
    /// How alike usage is of workloads that are alike: share of time that is computed.
    pub usage_busy: f64,
    /// Share that is waited.
    pub usage_waiting: f64,
    /// Logarithm of memory.
    pub usage_memory: f64,
    /// Logarithm of runtime.
    pub usage_runtime: f64,
    /// Logarithm of bytes read.
    pub usage_input: f64,
    /// Error of the physics' own idea of the share that is computed.
    pub physics_busy: f64,
    /// Part of another workload's failures that is the physics' opinion, where usage is known.
    pub others_failure: f64,
}

/// The stored one, and where it comes from.
#[derive(Deserialize)]
struct Stored {
    prior: Prior,
}

impl Prior {
    /// Of JSON as `prior.json` has it.
    ///
    /// # Errors
    /// It is no JSON, or a belief is missing or unknown.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Ok(serde_json::from_str::<Stored>(text)?.prior)
    }
}

impl Default for Prior {
    /// The learned one: `prior.json` beside this file, which says from what and by which command.
    fn default() -> Self {
        Self::parse(include_str!("prior.json")).expect("prior.json is read by a test")
    }
}
