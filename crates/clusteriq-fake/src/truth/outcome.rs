//! What came of it: counted from the records of a history.

use std::collections::BTreeMap;

use crate::market::Ground;
use crate::prices::PriceBook;
use crate::records::{Records, RunEnd, User};
use crate::world::Cause;

/// What a few resources did and cost in a month of 30.4 days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Runs of jobs; of a warehouse: queries.
    pub runs: f64,
    /// Those that did not succeed in the end.
    pub failed: f64,
    /// Mean time of those that did, start-up included, in minutes; 0 without any.
    pub run_minutes_mean: f64,
    /// Their spread from run to run within each job, in minutes.
    pub run_minutes_sd: f64,
    /// DBU at the list price of the hour, in USD.
    pub dbu_usd: f64,
    /// Nodes at their true price, in USD.
    pub vm_usd: f64,
    /// How long queries, people's commands and streams waited for compute, in hours.
    pub queries_waited_hours: f64,
}

impl Outcome {
    /// DBU and VM together, in USD.
    #[must_use]
    pub fn usd(&self) -> f64 {
        self.dbu_usd + self.vm_usd
    }

    /// Part of the runs that failed.
    #[must_use]
    pub fn failure_rate(&self) -> f64 {
        if self.runs > 0.0 { self.failed / self.runs } else { 0.0 }
    }
}

/// One run so far.
#[derive(Default)]
struct RunSoFar {
    job: String,
    seconds: f64,
    succeeded: Option<RunEnd>,
}

/// Adds up a history.
pub(super) struct Tally<'a> {
    ground: Ground,
    prices: &'a PriceBook,
    runs: BTreeMap<String, RunSoFar>,
    dbu_usd: f64,
    vm_usd: f64,
    vm_rates: BTreeMap<(String, &'static str, bool), f64>,
    waited: f64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(ground: Ground, prices: &'a PriceBook) -> Self {
        Self {
            ground,
            prices,
            runs: BTreeMap::new(),
            dbu_usd: 0.0,
            vm_usd: 0.0,
            vm_rates: BTreeMap::new(),
            waited: 0.0,
        }
    }

    pub(super) fn add(&mut self, records: &Records) {
        for it in &records.usage {
            // What has no price costs nothing here: nobody can save it.
            let price = self.prices.usd_millionths(it.workspace.cloud, &it.sku, it.hour).unwrap_or(0);
            self.dbu_usd += (it.dbu_billionths * price) as f64 / 1e15;
            if let User::Warehouse(warehouse) = &it.user {
                self.vm_usd += self.ground.warehouse_vm_usd(warehouse, it.dbu_billionths);
            }
        }
        for it in &records.vm {
            let spot = it.purchase == crate::market::Purchase::Spot;
            let key = (it.workspace.id.to_string(), it.node_type.id.as_str(), spot);
            let ground = self.ground;
            let rate = *self
                .vm_rates
                .entry(key)
                .or_insert_with(|| ground.vm_usd_per_hour(&it.workspace, it.node_type, it.purchase));
            self.vm_usd += it.millis as f64 / 3.6e6 * rate;
        }
        self.waited += records.waited as f64 / 3.6e6;
        for it in &records.queries {
            self.waited += (it.waiting_for_compute + it.waiting_at_capacity) as f64 / 3.6e6;
            let run = self.runs.entry(it.statement_id.clone()).or_default();
            run.job.clone_from(&it.warehouse.id);
            run.seconds = (it.compilation + it.execution + it.fetch) as f64 / 1000.0;
            run.succeeded = Some(if it.failed { RunEnd::Failed(Cause::Code) } else { RunEnd::Succeeded });
        }
        for it in &records.job_runs {
            let Some((result, durations)) = it.result else { continue };
            let run = self.runs.entry(it.run_id.clone()).or_default();
            run.job.clone_from(&it.job_id);
            run.seconds += durations.run as f64;
            run.succeeded = Some(result);
        }
    }

    pub(super) fn per_month(self, scale: f64) -> Outcome {
        let mut by_job: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut failed = 0_u64;
        let mut counted = 0_u64;
        for it in self.runs.values() {
            match it.succeeded {
                Some(RunEnd::Succeeded) => by_job.entry(&it.job).or_default().push(it.seconds / 60.0),
                // One that was skipped because the one before still ran did not do its work either.
                Some(RunEnd::Failed(_) | RunEnd::TimedOut | RunEnd::Cancelled | RunEnd::Skipped) => failed += 1,
                None => {}
            }
            counted += 1;
        }
        let count: usize = by_job.values().map(Vec::len).sum();
        let sum: f64 = by_job.values().flatten().sum();
        let squares = |it: &Vec<f64>| {
            let mean = it.iter().sum::<f64>() / it.len() as f64;
            it.iter().map(|minutes| (minutes - mean).powi(2)).sum::<f64>()
        };
        // An empty sum is -0.
        let spread: f64 = by_job.values().map(squares).sum();
        let whole = count.max(1) as f64;
        Outcome {
            runs: counted as f64 * scale,
            failed: failed as f64 * scale,
            run_minutes_mean: (sum / whole).max(0.0),
            run_minutes_sd: (spread / whole).max(0.0).sqrt(),
            dbu_usd: self.dbu_usd * scale,
            vm_usd: self.vm_usd * scale,
            queries_waited_hours: self.waited * scale,
        }
    }
}
