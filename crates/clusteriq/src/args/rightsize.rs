//! What `clusteriq rightsize` is told.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Measurements, and what may happen for the sake of a saving.
#[derive(Debug, ClapArgs)]
#[command(after_help = RIGHTSIZE_AFTER)]
pub(crate) struct Rightsize {
    /// Runs of other workloads, CSV: how they responded says something about this one
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Configurations that may be recommended, CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) candidates: PathBuf,
    /// Workloads with the runs that were seen, JSON Lines; - is the standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: PathBuf,
    /// Most probable harm of a change for good, in per cent: that it costs more than today, or fails
    #[arg(long, default_value_t = 25.0, value_name = "PERCENT", value_parser = percent)]
    pub(crate) most_harm: f64,
    /// Most probable overrun of the tolerated runtime after a change for good, in per cent
    #[arg(long, default_value_t = 30.0, value_name = "PERCENT", value_parser = percent)]
    pub(crate) most_slow: f64,
    /// What a bad trial costs besides its bill, in runs of today: higher tries less
    #[arg(long, default_value_t = 2.0, value_name = "RUNS")]
    pub(crate) bad_run: f64,
    /// Other beliefs about workloads than the learned ones, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) prior: Option<PathBuf>,
}

const RIGHTSIZE_AFTER: &str = "\
History, a run a row: workload, node_type, workers, vcpus, memory_gib, completed (true or false), runtime_s, and as far as they are known \
price_usd_hour, input_bytes, cpu_busy_mean, io_wait_mean (per cent), memory_used_gib_max. All but workers are of one node.

Candidates, a configuration a row: config, node_type, workers, vcpus, memory_gib, price_usd_hour.

Queries, a workload a line: {\"query\": \"nightly\", \"max_slowdown\": 1.2, \"remaining_runs\": 30, \"observed\": [{columns of a run}, ...]}, \
today's run first. With one run remaining a change for good is recommended; with more a trial, after which to add its run and to ask again.

Answers, a line each: recommended is a configuration or null, why says why null, risk is the probability that it is worse than today, \
predictions has runtime and probability of failure on every candidate; four runs of five lie between low and high.";

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(it) if (0.0..=100.0).contains(&it) => Ok(it),
        _ => Err("a number from 0 to 100".to_owned()),
    }
}
