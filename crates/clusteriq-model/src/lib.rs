//! The vocabulary of ClusterIQ: units, tables, fleet, recommendations, report. No I/O, no clock.
//!
//! Everything here is plain public data. Unknown is `None`, never 0, NaN, `""` or a default price.
#![warn(missing_docs)]

mod action;
mod catalog;
mod chart;
mod compute;
mod cost;
mod demand;
mod evidence;
mod fleet;
mod gap;
mod interval;
mod keys;
mod measured;
mod minute;
mod recommendation;
mod report;
pub mod tables;
mod units;
mod what_if;
mod window;

pub use action::{Action, ActionKind, ClusterChange, Switch};
pub use catalog::{Catalog, CpuArch, NodeType, PhotonMultiplier, WarehouseSize};
pub use chart::{Chart, Line, Marker};
pub use compute::{Cloud, Compute, Plane, Purchase, Size};
pub use cost::{
    Basis, Bill, BillPart, Billed, BilledHour, CostEntry, Costs, DailyCost, Reconciliation, SkuCost, Tagged,
    UnpricedSku, WorkspaceCost, WorkspaceDay,
};
pub use demand::Demand;
pub use evidence::{Evidence, Quantity, Source};
pub use fleet::{
    Attempt, Autotermination, Cluster, ClusterSource, ConfigVersion, Fleet, InstanceEvent, Job, JobTask, Pipeline,
    PipelineUpdate, Policy, Pool, Query, Run, RunResult, Schedule, TaskRun, Trigger, Warehouse, WarehouseEvent,
    WarehouseType, Workspace,
};
pub use gap::{Gap, GapKind, Remedy};
pub use interval::Interval;
pub use keys::{ClusterKey, JobKey, PipelineKey, PoolKey, Target, TargetKind, WarehouseKey, WorkspaceId};
pub use measured::{Nodes, Observation, Usage};
pub use minute::Minute;
pub use recommendation::{
    AdvisorId, Alternative, Recommendation, Risk, RiskDimension, RiskLevel, RiskPart, Runtime, Savings, Settled,
};
pub use report::{Examined, Headline, Report, ResourceSummary, WorkloadClass};
pub use rust_decimal::Decimal;
pub use units::{Cores, Dbu, DbuPerHour, Fraction, Gib, Hours, Minutes, Money, Usd, UsdPerDbu, UsdPerHour};
pub use what_if::WhatIf;
pub use window::Window;
