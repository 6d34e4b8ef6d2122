//! A cluster's day in a few hundred bytes: mergeable, so that a new day costs only itself.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use clusteriq_model::Minute;

use super::activity::is_active;
use super::histogram::Histogram;

/// What a cluster did in a span of minutes. Merging two parts equals profiling the whole, exactly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayProfile {
    /// Minutes with telemetry.
    pub minutes: u64,
    /// Minutes that show work.
    pub active: u64,
    /// Share of the workers' cores in use; on a single node the driver's CPU.
    pub cpu: Histogram,
    /// Cores in use by the workers.
    pub cores: Histogram,
    /// Memory of the fullest worker, as a share; on a single node the driver's.
    pub memory: Histogram,
    /// Share of the workers' cores that waits for IO.
    pub wait: Histogram,
    /// Bytes per minute over the network, in MB.
    pub network: Histogram,
    /// The driver's CPU.
    pub driver: Histogram,
    /// Swap of the worker that swaps most, as a share.
    pub swap: Histogram,
    /// Minutes by number of workers.
    pub workers: BTreeMap<u16, u64>,
    /// By hour of the week, Monday 00:00 UTC first: thousandths of cores in use, summed, and minutes.
    pub week: BTreeMap<u8, (u64, u64)>,
}

impl DayProfile {
    /// Of minutes in any order.
    #[must_use]
    pub fn of<T: Borrow<Minute>>(minutes: impl IntoIterator<Item = T>) -> Self {
        let mut it = Self::default();
        for minute in minutes {
            it.add(minute.borrow());
        }
        it
    }

    fn add(&mut self, minute: &Minute) {
        self.minutes += 1;
        self.active += u64::from(is_active(minute));
        *self.workers.entry(minute.workers).or_default() += 1;
        let single = minute.workers == 0;
        let put = |histogram: &mut Histogram, value: Option<f64>| {
            if let Some(it) = value {
                histogram.add(it);
            }
        };
        put(&mut self.cpu, minute.cpu().map(|it| it.0));
        put(&mut self.cores, minute.used().map(|it| it.0));
        let memory = if single { minute.driver_memory() } else { minute.fullest() };
        put(&mut self.memory, memory.map(|it| it.0));
        let waiting = minute.waiting().zip(minute.capacity()).filter(|it| it.1.0 > 0.0);
        put(&mut self.wait, waiting.map(|(wait, all)| wait / all));
        put(&mut self.network, Some(minute.network_bytes as f64 / 1e6));
        put(&mut self.driver, minute.driver().map(|it| it.0));
        put(&mut self.swap, minute.swap().map(|it| it.0));
        // 1970-01-01 was a Thursday: three days after Monday.
        let hour = ((minute.at.div_euclid(60) + 72).rem_euclid(168)) as u8;
        let entry = self.week.entry(hour).or_default();
        entry.0 += minute.used().map_or(0, |it| (it.0 * 1000.0).round() as u64);
        entry.1 += 1;
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.minutes += other.minutes;
        self.active += other.active;
        for (mine, theirs) in self.histograms_mut().into_iter().zip(other.histograms()) {
            mine.merge(theirs);
        }
        for (workers, minutes) in &other.workers {
            *self.workers.entry(*workers).or_default() += minutes;
        }
        for (hour, (cores, minutes)) in &other.week {
            let entry = self.week.entry(*hour).or_default();
            entry.0 += cores;
            entry.1 += minutes;
        }
    }

    fn histograms(&self) -> [&Histogram; 7] {
        [&self.cpu, &self.cores, &self.memory, &self.wait, &self.network, &self.driver, &self.swap]
    }

    fn histograms_mut(&mut self) -> [&mut Histogram; 7] {
        [
            &mut self.cpu,
            &mut self.cores,
            &mut self.memory,
            &mut self.wait,
            &mut self.network,
            &mut self.driver,
            &mut self.swap,
        ]
    }

    /// Compact bytes for the store's cache: numbers as variable-length integers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![];
        put(&mut out, self.minutes);
        put(&mut out, self.active);
        for it in self.histograms() {
            put(&mut out, it.parts().count() as u64);
            for (bin, count) in it.parts() {
                put(&mut out, u64::from(bin));
                put(&mut out, count);
            }
        }
        put(&mut out, self.workers.len() as u64);
        for (workers, minutes) in &self.workers {
            put(&mut out, u64::from(*workers));
            put(&mut out, *minutes);
        }
        put(&mut out, self.week.len() as u64);
        for (hour, (cores, minutes)) in &self.week {
            put(&mut out, u64::from(*hour));
            put(&mut out, *cores);
            put(&mut out, *minutes);
        }
        out
    }

    /// From such bytes; `None` if they are not.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let input = &mut { bytes };
        let mut it = Self { minutes: take(input)?, active: take(input)?, ..Self::default() };
        for histogram in it.histograms_mut() {
            let parts: Option<Vec<_>> =
                (0..take(input)?).map(|_| Some((u16::try_from(take(input)?).ok()?, take(input)?))).collect();
            *histogram = Histogram::from_parts(parts?);
        }
        for _ in 0..take(input)? {
            it.workers.insert(u16::try_from(take(input)?).ok()?, take(input)?);
        }
        for _ in 0..take(input)? {
            it.week.insert(u8::try_from(take(input)?).ok()?, (take(input)?, take(input)?));
        }
        input.is_empty().then_some(it)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = input.split_first()?;
        *input = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::arbitrary_minutes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_merged_in_any_order_are_the_profile_of_the_whole(minutes in arbitrary_minutes(), cut in 0..100usize) {
            let (a, b) = minutes.split_at(cut.min(minutes.len()));
            let (mut ab, mut ba) = (DayProfile::of(a), DayProfile::of(b));
            ab.merge(&DayProfile::of(b));
            ba.merge(&DayProfile::of(a));
            prop_assert_eq!(&ab, &DayProfile::of(&minutes));
            prop_assert_eq!(&ab, &ba);
        }

        #[test]
        fn bytes_give_the_profile_back_and_any_other_bytes_do_no_harm(minutes in arbitrary_minutes(), noise: Vec<u8>) {
            let it = DayProfile::of(&minutes);
            prop_assert_eq!(DayProfile::from_bytes(&it.to_bytes()), Some(it));
            let _ = DayProfile::from_bytes(&noise);
        }
    }
}
