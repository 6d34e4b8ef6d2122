//! The outcome of one analysis.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{AdvisorId, Chart, Costs, Evidence, Gap, Interval, Recommendation, Target, Usd, Window};

/// What was advised, what could not be judged, what was spent.
#[derive(Clone, Debug)]
pub struct Report {
    /// The span of time that was analysed. Ends at the newest data, not at the wall clock.
    pub window: Window,
    /// End of the newest data in the store.
    pub data_until: Timestamp,
    /// The plan in short.
    pub headline: Headline,
    /// Ranked by guaranteed saving weighed by risk; savings are marginal and add up to the headline's.
    pub recommendations: Vec<Recommendation>,
    /// What is not known, what costs most first.
    pub gaps: Vec<Gap>,
    /// Per advisor, in the order of the catalogue: how many were examined.
    pub examined: BTreeMap<AdvisorId, Examined>,
    /// Jobs, clusters and warehouses that were profiled.
    pub resources: Vec<ResourceSummary>,
    /// The money.
    pub costs: Costs,
}

/// The plan in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// Spent in the window: billed and modelled VM.
    pub spent: Usd,
    /// The same per month of 30.4 days.
    pub spent_per_month: Usd,
    /// Sum of the recommendations' savings per month.
    pub savings_per_month: Option<Interval<Usd>>,
    /// Sum of those at risk low or very low.
    pub low_risk_savings_per_month: Option<Interval<Usd>>,
    /// Resources examined by at least one advisor that could judge.
    pub judged: u32,
    /// Resources that no advisor could judge.
    pub not_judged: u32,
    /// Billed for those.
    pub not_judged_usd: Usd,
}

/// What an advisor did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Proposed a change.
    pub proposed: u32,
    /// Looked, and nothing to change.
    pub fine: u32,
    /// Could not judge.
    pub abstained: u32,
}

/// How a workload behaves; decides which advisors may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is a class of the catalogue")]
pub enum WorkloadClass {
    Streaming,
    Interactive,
    BiSql,
    Gpu,
    DriverBound,
    MemoryBound,
    IoBound,
    Micro,
    LightSingleNode,
    CpuBound,
    BurstyBatch,
    SteadyBatch,
    MixedBatch,
    Unknown,
}

impl WorkloadClass {
    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Interactive => "interactive",
            Self::BiSql => "bi_sql",
            Self::Gpu => "gpu",
            Self::DriverBound => "driver_bound",
            Self::MemoryBound => "memory_bound",
            Self::IoBound => "io_bound",
            Self::Micro => "micro",
            Self::LightSingleNode => "light_single_node",
            Self::CpuBound => "cpu_bound",
            Self::BurstyBatch => "bursty_batch",
            Self::SteadyBatch => "steady_batch",
            Self::MixedBatch => "mixed_batch",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known about one job, cluster or warehouse, for `show` and the pages about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceSummary {
    /// Which.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// Its configuration in words.
    pub compute: String,
    /// Its class.
    pub class: WorkloadClass,
    /// Why that class: the numbers.
    pub class_because: String,
    /// Measured facts: utilisation, durations, coverage.
    pub facts: Vec<Evidence>,
    /// Pictures of its behaviour.
    pub charts: Vec<Chart>,
}
