//! One file per detection. To add one: write the file, then name it twice here (`cargo xtask new advisor NAME` does).

use crate::Advisor;

// advisors: one module a line, alphabetical
mod arm_not_used;
mod autoscaling_never_scales;
mod continuous_pipeline;
mod development_pipeline;
mod failed_runs;
mod fragmented_schedules;
mod high_minimum_workers;
mod idle_cluster;
mod idle_pool;
mod job_on_all_purpose;
mod late_auto_stop;
mod late_autotermination;
mod light_job;
mod memory_starved;
mod missing_autotermination;
mod missing_tags;
mod missing_telemetry;
mod no_timeout;
mod off_hours;
mod old_generation;
mod oversized_driver;
mod oversized_warehouse;
mod performance_mode;
mod photon_without_benefit;
mod pinned_at_maximum;
mod policy_missing;
mod retry_storm;
mod runtime_end_of_support;
mod spot_not_used;
mod too_many_workers;
// advisors: end

mod fit;
mod range;
mod shape;

/// Every advisor, alphabetical.
pub const ALL: &[&Advisor] = &[
    // advisors: one a line, alphabetical
    &arm_not_used::ADVISOR,
    &autoscaling_never_scales::ADVISOR,
    &continuous_pipeline::ADVISOR,
    &development_pipeline::ADVISOR,
    &failed_runs::ADVISOR,
    &fragmented_schedules::ADVISOR,
    &high_minimum_workers::ADVISOR,
    &idle_cluster::ADVISOR,
    &idle_pool::ADVISOR,
    &job_on_all_purpose::ADVISOR,
    &late_auto_stop::ADVISOR,
    &late_autotermination::ADVISOR,
    &light_job::ADVISOR,
    &memory_starved::ADVISOR,
    &missing_autotermination::ADVISOR,
    &missing_tags::ADVISOR,
    &missing_telemetry::ADVISOR,
    &no_timeout::ADVISOR,
    &off_hours::ADVISOR,
    &old_generation::ADVISOR,
    &oversized_driver::ADVISOR,
    &oversized_warehouse::ADVISOR,
    &performance_mode::ADVISOR,
    &photon_without_benefit::ADVISOR,
    &pinned_at_maximum::ADVISOR,
    &policy_missing::ADVISOR,
    &retry_storm::ADVISOR,
    &runtime_end_of_support::ADVISOR,
    &spot_not_used::ADVISOR,
    &too_many_workers::ADVISOR,
    // advisors: end
];
