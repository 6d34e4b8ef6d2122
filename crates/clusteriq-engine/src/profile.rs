//! Profiles: what each cluster and job is like, from its demand and its runs.

pub mod activity;
pub mod class;
pub mod day;
pub mod fleet;
pub mod histogram;
pub mod job;
pub mod pipeline;
pub mod pool;
pub mod response;
pub mod trace;
pub mod trend;

pub use class::{Classified, classify_cluster, classify_job};
pub use day::DayProfile;
pub use fleet::{ClusterProfile, KeptDays, Profiles, WarehouseProfile};
pub use histogram::Histogram;
pub use job::JobProfile;
pub use pipeline::PipelineProfile;
pub use pool::{PoolProfile, PoolStart};
pub use response::Response;
pub use trace::{RunTrace, TraceMinute};
pub use trend::Trend;
