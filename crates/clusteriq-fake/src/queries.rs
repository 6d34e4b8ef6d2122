//! How long a query takes on a warehouse of some size: scanning, memory and spill. Only for warehouses with a [`Mix`].
//!
//! Part of a query is the same on every size; scanning is shared by the workers as far as there are files; what does not
//! fit into their memory is written to disk and read again. No table shows what a query needs.

use crate::random::Random;
use crate::time::{Day, HOUR, Millis};

/// What a warehouse is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    /// Questions in a busy hour.
    pub(crate) per_hour: f64,
    /// Hours of UTC in which people ask; from 0 to 24: always.
    pub(crate) open: (i64, i64),
    /// Data of a usual query.
    pub(crate) scan_gib: f64,
    /// How far the amounts spread, as the spread of their logarithm.
    pub(crate) spread: f64,
    /// Memory that joins and sorts want per GiB scanned.
    pub(crate) memory_per_gib: f64,
    /// Share of questions that hardly touch data.
    pub(crate) small: f64,
    /// Questions that come at once.
    pub(crate) together: i64,
}

/// What one query needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    pub(crate) scan_gib: f64,
    pub(crate) memory_gib: f64,
    /// Milliseconds that no size shortens.
    pub(crate) fixed: f64,
}

/// What it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) execution: f64,
    pub(crate) task_total: f64,
    pub(crate) read_bytes: i64,
    pub(crate) spilled_bytes: i64,
}

const GIB: f64 = 1_073_741_824.0;
/// GiB per second that a worker of eight cores reads and computes.
const WORKER_GIB_PER_SECOND: f64 = 0.42;
/// GiB of a worker that queries can use.
const WORKER_MEMORY: f64 = 33.0;
/// GiB of a file and how many of them keep a worker busy.
const FILE_GIB: f64 = 0.11;
const FILES_PER_WORKER: f64 = 5.0;

pub(crate) const SIZES: [&str; 9] =
    ["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"];

/// Sizes below that one, smallest first.
pub(crate) fn smaller_sizes(size: &str) -> &'static [&'static str] {
    let at = SIZES.iter().position(|it| *it == size);
    &SIZES[..at.unwrap_or(0)]
}

/// Workers of one cluster of that size; 0 for a size that does not exist.
pub(crate) fn workers(size: &str) -> f64 {
    let at = SIZES.iter().position(|it| *it == size);
    at.map_or(0.0, |it| f64::from(1_u32 << it))
}

impl Need {
    /// What it takes on so many workers.
    pub(crate) fn on(self, workers: f64, random: &mut Random) -> Took {
        let useful = (self.scan_gib / FILE_GIB / FILES_PER_WORKER).ceil().clamp(1.0, workers);
        // The more workers there are, the less of each is left for the scan: shuffles have more ends.
        let seconds = self.scan_gib / (WORKER_GIB_PER_SECOND * useful.powf(0.93));
        let over = (self.memory_gib - workers * WORKER_MEMORY).max(0.0);
        let pressure = over / (workers * WORKER_MEMORY);
        let spilled = over * random.between(0.7, 0.95);
        let slower = 1.0 + 1.7 * pressure.min(4.0);
        let execution = (self.fixed + seconds * slower * 1000.0) * random.factor(0.12);
        let work = self.scan_gib / WORKER_GIB_PER_SECOND * 8.0 * (1.0 + 0.4 * pressure.min(4.0));
        Took {
            execution,
            task_total: (self.fixed * 0.6 + work * 1000.0) * random.factor(0.06),
            read_bytes: (self.scan_gib * GIB) as i64,
            spilled_bytes: (spilled * GIB) as i64,
        }
    }
}

impl Mix {
    /// When questions come on a day, in order, and what they need.
    pub(crate) fn day(self, day: Day, random: &mut Random) -> Vec<(Millis, Need)> {
        let always = self.open == (0, 24);
        let mut all = Vec::new();
        if day.is_weekend() && !always {
            return all;
        }
        for hour in self.open.0..self.open.1 {
            // Lunch, and the edges of the day.
            let share = if always || (hour != self.open.0 && hour != 12) { 1.0 } else { 0.5 };
            let count = (self.per_hour * share / self.together as f64 * random.factor(0.2)).round() as i64;
            for _ in 0..count {
                let at = day.start + hour * HOUR + random.whole(0, HOUR - 60_000);
                for part in 0..random.whole(1, self.together * 2 - 1) {
                    all.push((at + part * random.whole(30, 400), self.need(random)));
                }
            }
        }
        all.sort_by_key(|it| it.0);
        all
    }

    fn need(self, random: &mut Random) -> Need {
        let small = random.chance(self.small);
        let scan_gib = if small { random.between(0.002, 0.05) } else { self.scan_gib * random.factor(self.spread) };
        let memory_gib = scan_gib * self.memory_per_gib * random.between(0.75, 1.25);
        Need { scan_gib, memory_gib, fixed: random.between(180.0, 620.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(need: Need, size: &str) -> f64 {
        let mut random = Random::named(1, "query");
        (0..200).map(|_| need.on(workers(size), &mut random).execution / 200_000.0).sum()
    }

    #[test]
    fn twice_the_size_nearly_halves_a_big_scan_and_hardly_helps_a_small_query() {
        let big = Need { scan_gib: 400.0, memory_gib: 10.0, fixed: 400.0 };
        let small = Need { scan_gib: 0.02, memory_gib: 0.1, fixed: 400.0 };
        let gain = |need| seconds(need, "Small") / seconds(need, "Medium");
        assert!((1.8..1.95).contains(&gain(big)), "{}", gain(big));
        assert!((0.95..1.05).contains(&gain(small)), "{}", gain(small));
    }

    #[test]
    fn what_does_not_fit_is_spilled_and_takes_longer() {
        let need = Need { scan_gib: 40.0, memory_gib: 200.0, fixed: 300.0 };
        let mut random = Random::named(1, "query");
        assert_eq!(need.on(workers("Medium"), &mut random).spilled_bytes, 0);
        assert!(need.on(workers("X-Small"), &mut random).spilled_bytes > 50 << 30);
        assert!(seconds(need, "Small") > 2.3 * seconds(need, "Medium"));
    }
}
