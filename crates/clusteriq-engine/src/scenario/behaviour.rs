//! What jobs cost beyond their work: tries that cannot succeed, runs that hang, the dearer performance mode.
//!
//! The waste is what was billed for it in the window. It is priced on top of, or as a part of, what the replay says of a job,
//! so that both changes, of behaviour and of size, can be made and their savings add up.

mod overruns;
mod performance;
mod storms;

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{ActionKind, ClusterKey, ClusterSource, Fleet, Interval, Job, JobKey, Run, Usd};

use super::Scenario;
use crate::money::cluster_vm;
use crate::profile::JobProfile;
use crate::whatif::{self, Cost, per_month};

pub use overruns::{Overruns, overruns};
pub use performance::{OPTIMIZED, STANDARD, modes, standard_ratio};
pub use storms::{Storm, is_lasting, storm};

/// Bounds on the relative error of a waste that recurs by chance.
const ERROR: (f64, f64) = (0.10, 0.60);

/// What was billed in the window for nothing, and in how many runs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Waste {
    usd: Usd,
    runs: usize,
}

/// What the scenario needs to know about how jobs behave, found once per fleet.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// By job, then by the action that ends it.
    waste: BTreeMap<JobKey, BTreeMap<ActionKind, Waste>>,
    /// What the standard mode costs of the optimized one, from jobs of the account that ran in both.
    ratio: Option<Interval<f64>>,
}

impl Behaviour {
    /// Of a fleet.
    pub(super) fn of(fleet: &Fleet) -> Self {
        let mut waste: BTreeMap<JobKey, BTreeMap<ActionKind, Waste>> = BTreeMap::new();
        for (key, job) in &fleet.jobs {
            let mut add = |kind, usd: Usd, runs| {
                if usd > Usd(0.0) {
                    waste.entry(key.clone()).or_default().insert(kind, Waste { usd, runs });
                }
            };
            if let Some(it) = storm(fleet, job) {
                add(ActionKind::SetRetries, it.usd, it.runs.len());
            }
            if let Some(it) = overruns(fleet, job) {
                add(ActionKind::SetTimeout, it.usd, it.runs.len());
            }
        }
        Self { waste, ratio: performance::account_ratio(fleet) }
    }
}

impl Scenario<'_> {
    /// What the standard performance mode would cost of what a serverless job costs now.
    #[must_use]
    pub fn standard_ratio(&self, job: &JobKey) -> Interval<f64> {
        standard_ratio(self.fleet, job, self.behaviour.ratio)
    }

    /// A job without a cluster: its bill if it is serverless, else nothing of its own.
    pub(super) fn serverless_cost(&self, key: &JobKey) -> Cost {
        let modes = modes(self.fleet, key);
        if modes.is_empty() {
            return Cost::ZERO;
        }
        let billed = self.fleet.bill.jobs.get(key).map_or(Usd(0.0), |it| it.estimate());
        let mut dbu = Interval::exactly(billed * per_month(self.fleet));
        if let Some(factor) = self.factor(key, billed) {
            dbu = times(dbu, factor);
        }
        if self.fixed(key).is_some_and(|it| it.contains(&ActionKind::UseStandardPerformance)) && billed > Usd(0.0) {
            let optimized = modes.get(OPTIMIZED).map_or(0.0, |it| it.iter().sum::<f64>());
            let share = (optimized / billed.0).clamp(0.0, 1.0);
            dbu = times(dbu, self.standard_ratio(key).map(|it| 1.0 - share * (1.0 - it)));
        }
        Cost { dbu: Some(dbu), vm: Some(Interval::exactly(Usd(0.0))) }
    }

    /// The quoted cost of a job's work, with what its behaviour adds and less what was mended.
    pub(super) fn behaved(&self, key: &JobKey, profile: &JobProfile, quoted: Cost) -> Cost {
        let now = || {
            let unchanged = whatif::job_on(self.fleet, profile, profile.compute.as_ref()?)?;
            Some(unchanged.cost.dbu?.likely / per_month(self.fleet))
        };
        if !self.behaviour.waste.contains_key(key) {
            return quoted;
        }
        let Some(factor) = now().and_then(|now| self.factor(key, now)) else { return quoted };
        Cost { dbu: quoted.dbu.map(|it| times(it, factor)), vm: quoted.vm.map(|it| times(it, factor)) }
    }

    fn fixed(&self, key: &JobKey) -> Option<&BTreeSet<ActionKind>> {
        self.fixed.get(key)
    }

    /// By which a job's cost in the window, as it is taken to be, is multiplied to have its waste in it, less what was mended.
    /// What was billed beyond that cost is taken to be waste that it lacks.
    fn factor(&self, key: &JobKey, taken: Usd) -> Option<Interval<f64>> {
        let waste = self.behaviour.waste.get(key).filter(|_| taken > Usd(0.0))?;
        let all: Usd = waste.values().map(|it| it.usd).sum();
        let billed = self.fleet.bill.jobs.get(key).map_or(Usd(0.0), |it| it.estimate());
        let lacking = all.min((billed - taken).max(Usd(0.0)));
        let mended = waste.iter().filter(|it| self.fixed(key).is_some_and(|fixed| fixed.contains(it.0)));
        let mut factor = Interval::exactly(1.0 + lacking / taken);
        for (_, it) in mended {
            let error = (1.0 / (it.runs as f64).sqrt()).clamp(ERROR.0, ERROR.1);
            let part = it.usd / taken;
            factor = factor + Interval::spanning(-part * (1.0 + error), -part, -part * (1.0 - error));
        }
        Some(factor.at_least(0.0))
    }
}

/// Both not negative.
fn times(a: Interval<Usd>, b: Interval<f64>) -> Interval<Usd> {
    Interval { low: a.low * b.low, likely: a.likely * b.likely, high: a.high * b.high }
}

/// Runs that took up compute and have ended, other than those that somebody stopped.
pub fn ended(job: &Job) -> impl Iterator<Item = &Run> {
    use clusteriq_model::RunResult::{Failed, Open, Skipped, Succeeded};
    job.runs.iter().filter(|it| match &it.result {
        Succeeded => true,
        Failed(_) => !is_stopped_by_people(it),
        Skipped | Open => false,
    })
}

/// Whether somebody stopped the run: that is no failure of its own.
#[must_use]
pub fn is_stopped_by_people(run: &Run) -> bool {
    let clusteriq_model::RunResult::Failed(word) = &run.result else { return false };
    let by_people = |it: &str| matches!(it, "USER_CANCELED" | "USER_CANCELLED" | "CANCELED" | "CANCELLED");
    match run.termination_code.as_deref() {
        Some(code) if by_people(code) => true,
        None | Some("SUCCESS") => by_people(word),
        Some(_) => false,
    }
}

/// What one run was billed, with the machines where they can be modelled; of shared clusters its share by time. `None`: nothing
/// was billed that could be told to be its own.
#[must_use]
pub fn run_cost(fleet: &Fleet, job: &Job, run: &Run) -> Option<Usd> {
    let clusters = run.compute_ids.iter().filter_map(|id| {
        let key = ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() };
        fleet.clusters.get(&key)
    });
    let own = fleet.bill.runs.get(&(job.key.clone(), run.id.clone())).map(|it| it.estimate());
    let mut total = own;
    for cluster in clusters {
        let vm = cluster_vm(fleet, cluster).map(|it| it.0);
        let part = match cluster.source {
            ClusterSource::AllPurpose => {
                let billed = fleet.bill.clusters.get(&cluster.key).map(|it| it.usd.estimate());
                let up = cluster.minutes.len() as f64;
                let share = (run.duration().0 / up.max(1.0)).min(1.0);
                billed.map(|it| (it + vm.unwrap_or_default()) * share).filter(|_| up > 0.0)
            }
            ClusterSource::Job | ClusterSource::Pipeline | ClusterSource::Other(_) => vm.filter(|_| own.is_some()),
        };
        if let Some(part) = part {
            total = Some(total.unwrap_or_default() + part);
        }
    }
    total
}
