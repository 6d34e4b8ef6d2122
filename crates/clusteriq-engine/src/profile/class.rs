//! The class of a workload, and why: the first test that holds, from the most binding to the least.

use clusteriq_model::{Cluster, Fleet, Job, Trigger, WorkloadClass};

use super::day::DayProfile;
use super::job::JobProfile;

/// Runs or active days that a judgement needs.
pub const LEAST_RUNS: usize = 5;
/// Share of minutes that telemetry must cover.
pub const LEAST_COVERAGE: f64 = 0.8;
/// Minutes of demand that a judgement needs.
pub const LEAST_MINUTES: u64 = 60;

/// A class and the numbers that decided it.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// The class.
    pub class: WorkloadClass,
    /// Why, in one sentence.
    pub because: String,
}

fn classified(class: WorkloadClass, because: String) -> Classified {
    Classified { class, because }
}

/// Percent without decimals.
fn pc(it: f64) -> String {
    format!("{:.0} %", it * 100.0)
}

/// The class of a job.
#[must_use]
pub fn classify_job(fleet: &Fleet, job: &Job, profile: &JobProfile) -> Classified {
    use WorkloadClass::*;
    if job.trigger == Trigger::Continuous {
        return classified(Streaming, "its trigger is continuous".into());
    }
    let busiest_day = fleet.window.days().max(1.0);
    let hours: f64 = profile.durations.iter().map(|it| it.0 / 60.0).sum::<f64>() / busiest_day;
    if hours > 20.0 && profile.durations.len() < 3 * busiest_day as usize {
        return classified(Streaming, format!("it runs {hours:.0} hours a day"));
    }
    let gpu = profile.compute.as_ref().and_then(|it| it.worker_type.as_ref());
    if let Some(node) = gpu.and_then(|it| fleet.catalog.node_types.get(it)).filter(|it| it.gpus > 0) {
        return classified(Gpu, format!("{} has {} GPUs", node.name, node.gpus));
    }
    if let Some(missing) = thin(profile) {
        return classified(Unknown, missing);
    }
    if profile.compute.is_none() {
        return classified(
            Unknown,
            "it runs on shared or serverless compute, where its own demand cannot be told apart".into(),
        );
    }
    let d = &profile.demand;
    let q = |it: &super::Histogram, share| it.quantile(share).unwrap_or(0.0);
    let (cpu50, cpu90) = (q(&d.cpu, 0.5), q(&d.cpu, 0.9));
    let (mem95, wait90) = (q(&d.memory, 0.95), q(&d.wait, 0.9));
    let driver = profile.driver_share.map_or(0.0, |it| it.0);
    let startup = profile.startup.map_or(0.0, |it| it.0);
    let p95 = profile.duration(0.95).map_or(0.0, |it| it.0);
    if driver > 0.30 {
        return classified(
            DriverBound,
            format!("in {} of its minutes the driver works and the workers wait", pc(driver)),
        );
    }
    if mem95 > 0.80 && cpu50 < 0.40 {
        return classified(
            MemoryBound,
            format!("memory is at {} (95th percentile) while CPU is at {}", pc(mem95), pc(cpu50)),
        );
    }
    if wait90 > 0.15 {
        return classified(IoBound, format!("{} of the cores wait for IO (90th percentile)", pc(wait90)));
    }
    if p95 < 5.0 || startup > 0.40 {
        return classified(
            Micro,
            format!("a run takes {p95:.0} min (95th percentile), {} of it start-up", pc(startup)),
        );
    }
    if let Some(cores) = light(fleet, profile) {
        return classified(
            LightSingleNode,
            format!("it never needs more than {cores:.1} cores (99th percentile), which one node has"),
        );
    }
    if cpu90 > 0.80 && mem95 < 0.50 {
        return classified(CpuBound, format!("CPU is at {} (90th percentile), memory at {}", pc(cpu90), pc(mem95)));
    }
    let (c50, c95) = (q(&d.cores, 0.5), q(&d.cores, 0.95));
    if c50 > 0.0 && c95 / c50 > 3.0 {
        return classified(
            BurstyBatch,
            format!("it uses {c95:.1} cores at its 95th percentile but {c50:.1} at the median"),
        );
    }
    let spread = profile.duration_spread().unwrap_or(0.0);
    if spread < 0.25 && (0.40..=0.80).contains(&cpu50) {
        return classified(
            SteadyBatch,
            format!("durations differ by {} and CPU is at {} (median)", pc(spread), pc(cpu50)),
        );
    }
    classified(
        MixedBatch,
        format!(
            "CPU {} (median), memory {} (95th percentile), durations differ by {}",
            pc(cpu50),
            pc(mem95),
            pc(spread)
        ),
    )
}

/// What is missing for a judgement, if something is.
#[must_use]
pub fn thin(profile: &JobProfile) -> Option<String> {
    let runs = profile.durations.len();
    if runs < LEAST_RUNS && profile.succeeded > runs {
        return Some(format!(
            "{runs} of its {} successful runs are on its present configuration; {} more are needed",
            profile.succeeded,
            LEAST_RUNS - runs
        ));
    }
    if runs < LEAST_RUNS {
        return Some(format!("it has {runs} successful runs; {} more are needed", LEAST_RUNS - runs));
    }
    if profile.compute.is_some() {
        if profile.traces.len() < LEAST_RUNS {
            let more = LEAST_RUNS - profile.traces.len();
            return Some(format!(
                "{} runs on its present configuration have telemetry; {more} more are needed",
                profile.traces.len()
            ));
        }
        if profile.demand.minutes < LEAST_MINUTES {
            return Some(format!(
                "its runs have {} measured minutes; {LEAST_MINUTES} are needed",
                profile.demand.minutes
            ));
        }
        if profile.unseen > runs / 2 {
            return Some(format!("{} of its {runs} successful runs have no telemetry", profile.unseen));
        }
        let coverage = profile.coverage.map_or(0.0, |it| it.0);
        if coverage < LEAST_COVERAGE {
            return Some(format!(
                "telemetry covers {} of its runs' minutes; {} are needed",
                pc(coverage),
                pc(LEAST_COVERAGE)
            ));
        }
    }
    None
}

/// Cores that a node of a light job may have at most.
pub const LIGHT_CORES: f64 = 8.0;

/// The cores it needs at its 99th percentile, if one node of at most eight cores has them.
fn light(fleet: &Fleet, profile: &JobProfile) -> Option<f64> {
    let compute = profile.compute.as_ref()?;
    let node = fleet.catalog.node_types.get(compute.driver_type.as_ref()?)?;
    let cores = profile.demand.cores.quantile(0.99)?;
    let fits = cores <= node.cores.0.min(LIGHT_CORES) * 0.85;
    (fits && compute.size.is_some_and(|it| it.most() >= 1)).then_some(cores)
}

/// The class of an all-purpose cluster.
#[must_use]
pub fn classify_cluster(cluster: &Cluster, profile: &DayProfile) -> Classified {
    use WorkloadClass::*;
    if cluster.minutes.is_empty() {
        return classified(Unknown, "it has no telemetry in the window".into());
    }
    let active = profile.active as f64 / profile.minutes as f64;
    classified(
        Interactive,
        format!("it is all-purpose; {} of its {} measured minutes show work", pc(active), profile.minutes),
    )
}
