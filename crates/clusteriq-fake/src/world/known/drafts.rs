//! A job while it is being drawn: what it costs as list prices have it, and how often it should run to be worth a remark.
//!
//! These estimates only choose the sizes of what is planted. What really is saved is for the simulation to say.

use super::Setting;
use super::hardware::{Hardware, usd_per_hour, vm_usd_per_hour};
use crate::catalog::{catalog, node_type};
use crate::random::Random;
use crate::schedule::{Days, Schedule, Zone};
use crate::workload::Engine;
use crate::world::Availability;
use crate::world::recipes::JobRecipe;

/// Minutes in which nodes are paid for that are not ready yet.
const STARTUP_MINUTES: f64 = 4.3;
/// Each planted problem is to be worth more than that a month.
pub(super) const WORTH_USD: f64 = 16.0;

/// A job to be.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) recipe: JobRecipe,
    pub(super) hardware: Hardware,
    /// Of a usual run, about, without start-up.
    pub(super) minutes: f64,
    /// On average.
    pub(super) workers: f64,
    /// What the remedies of its case would save, as a part of its cost; none of a case without.
    pub(super) saves: Option<f64>,
}

impl Draft {
    /// What an hour of its cluster costs.
    pub(super) fn usd_per_hour(&self) -> f64 {
        let it = &self.recipe;
        let factor = match it.engine {
            Engine::Standard => 0.0,
            Engine::Photon => catalog().photon_tenths(self.hardware.node.cloud, "jobs") as f64 / 10.0 - 1.0,
        };
        let node = |id: &str, availability| {
            let node = node_type(id);
            let vm = vm_usd_per_hour(node, availability);
            let all = usd_per_hour(node, availability);
            all + (all - vm) * factor
        };
        // The driver is never a spot node.
        node(it.driver, Availability::OnDemand) + node(it.node, it.availability) * self.workers
    }

    fn usd_per_run(&self) -> f64 {
        let start = vm_usd_per_hour(self.hardware.node, self.recipe.availability) * (self.workers + 1.0);
        (self.usd_per_hour() * self.minutes + start * STARTUP_MINUTES) / 60.0
    }

    /// Runs within the history.
    pub(super) fn runs(&self, setting: Setting) -> f64 {
        runs_per_day(self.recipe.schedule) * setting.days as f64
    }

    pub(super) fn usd_per_month(&self) -> f64 {
        self.usd_per_run() * runs_per_day(self.recipe.schedule) * 30.4
    }

    /// Sets a schedule with which it costs about so much a month.
    pub(super) fn pace(&mut self, usd: f64, least_runs_per_day: i64, random: &mut Random) {
        let month = self.usd_per_run() * 30.4;
        let fits = |hours: &i64| self.minutes + 7.0 < *hours as f64 * 60.0 * 0.7 && 24 / hours >= least_runs_per_day;
        let off = |hours: &i64| {
            let share = month * (24 / hours) as f64 / usd;
            (share.max(1.0 / share) * 1e6) as i64
        };
        let hours = [1, 2, 3, 4, 6, 8, 12, 24].into_iter().filter(fits).min_by_key(off).unwrap_or(24);
        self.recipe.schedule = schedule(hours, random);
    }
}

/// A schedule of so many hours.
pub(super) fn schedule(hours: i64, random: &mut Random) -> Schedule {
    let minute = random.whole(0, 59);
    let zone = *random.pick(&[Zone::Utc, Zone::Utc, Zone::Utc, Zone::Kolkata, Zone::Johannesburg]);
    if hours < 24 {
        return Schedule::Every { hours, minute, zone };
    }
    let days = *random.pick(&[Days::All, Days::All, Days::All, Days::MondayToFriday]);
    Schedule::Daily { hour: random.whole(0, 23), minute, days, zone }
}

fn runs_per_day(schedule: Schedule) -> f64 {
    match schedule {
        Schedule::Daily { days: Days::All, .. } => 1.0,
        Schedule::Daily { days: Days::MondayToFriday, .. } => 5.0 / 7.0,
        Schedule::Daily { days: Days::Sunday, .. } => 1.0 / 7.0,
        Schedule::Every { hours, .. } => 24.0 / hours as f64,
        Schedule::EveryMinutes { minutes, .. } => 1440.0 / minutes as f64,
        Schedule::FileArrival { per_day } => per_day as f64,
        Schedule::Continuous => 0.0,
    }
}
