//! Work by what it does to a cluster: how many pieces, how long, how much memory.

use super::hardware::Hardware;
use crate::random::Random;
use crate::workload::{Latent, Nature, Peaks, Stage};

/// What the stages of a work have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Make {
    pub(super) hardware: Hardware,
    /// How many pieces can run at a time.
    pub(super) slots: u32,
    pub(super) io: f64,
    pub(super) photon_gain: f64,
    /// How much faster the engine that it is set up with computes.
    pub(super) gain: f64,
    /// Memory that all workers together want.
    pub(super) memory_gib: f64,
    pub(super) driver_gib: f64,
}

impl Make {
    /// A stage of so many pieces that lasts about so long with the slots there are.
    pub(super) fn stage(&self, tasks: u32, seconds: f64, random: &mut Random) -> Stage {
        let driver_seconds = (seconds * random.between(0.02, 0.06)).clamp(2.0, 30.0);
        let waves = f64::from(tasks.div_ceil(self.slots.max(1)).max(1));
        Stage {
            driver_seconds,
            tasks,
            task_seconds: self.task_seconds((seconds - driver_seconds).max(1.0) / waves / 1.12),
            skew: random.between(0.2, 0.6),
            io: self.io,
            memory_gib: self.memory_gib,
            photon_gain: self.photon_gain,
            shuffle: random.between(0.0, 0.06),
            driver_gib: self.driver_gib,
            driver_cores: random.between(0.7, 1.1),
        }
    }

    /// How long a piece takes at speed 1 that takes so long here.
    pub(super) fn task_seconds(&self, seconds_here: f64) -> f64 {
        let speed = self.hardware.node.speed.powf(self.hardware.speed_affinity) * self.gain;
        (seconds_here / ((1.0 - self.io) / speed + self.io)).max(2.0)
    }

    /// Like stages one after the other.
    pub(super) fn even(&self, count: usize, tasks: u32, minutes: f64, random: &mut Random) -> Vec<Stage> {
        (0..count).map(|_| self.stage(tasks, minutes * 60.0 / count as f64, random)).collect()
    }

    /// Work that is the same from run to run, nearly.
    pub(super) fn latent(&self, stages: Vec<Stage>, random: &mut Random) -> Latent {
        Latent {
            stages,
            noise: random.between(0.04, 0.13),
            growth_per_week: 0.0,
            weekend: random.between(0.85, 1.0),
            peaks: Peaks::Never,
            failures: random.between(0.0, 0.012),
            nature: Nature {
                needs_x86: self.hardware.needs_x86,
                speed_affinity: self.hardware.speed_affinity,
                ..Nature::draw(random)
            },
        }
    }
}
