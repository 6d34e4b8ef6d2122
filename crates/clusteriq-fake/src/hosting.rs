//! Work on all-purpose clusters: what it is like on hardware, and the same work as a job with a cluster of its own.

use crate::catalog::NodeType;
use crate::random::Random;
use crate::workload::{Engine, Latent, Nature, Peaks, Stage};
use crate::world::Hosted;

/// What everything that runs on one all-purpose cluster is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostNature {
    speed_affinity: f64,
    photon_gain: f64,
}

impl HostNature {
    pub(crate) fn of(seed: u64, cluster_id: &str) -> Self {
        let mut random = Random::named(seed, &format!("nature {cluster_id}"));
        Self { speed_affinity: random.between(0.4, 0.95), photon_gain: random.between(0.95, 1.7) }
    }

    /// Seconds of work on a core of speed 1 that such a core gets done in a second.
    pub(crate) fn pace(self, kind: &NodeType, engine: Engine) -> f64 {
        let gain = match engine {
            Engine::Photon => self.photon_gain,
            Engine::Standard => 1.0,
        };
        gain / (self.speed_affinity / kind.speed + 1.0 - self.speed_affinity)
    }

    /// A hosted job's work, as a job with a cluster of its own has it.
    pub(crate) fn latent(self, hosted: &Hosted) -> Latent {
        const STAGES: usize = 3;
        let tasks = hosted.cores.round().max(1.0);
        let stage = Stage {
            driver_seconds: hosted.serial_seconds / STAGES as f64,
            tasks: tasks as u32,
            // Pieces of unequal length leave cores idle at the end of a stage, which the shared cluster's model leaves out.
            task_seconds: hosted.core_seconds / tasks / STAGES as f64 / 1.1,
            skew: 0.15,
            io: 0.04,
            memory_gib: hosted.memory_gib,
            photon_gain: self.photon_gain,
            ..Stage::USUAL
        };
        Latent {
            stages: vec![stage; STAGES],
            noise: 0.09,
            growth_per_week: 0.0,
            weekend: 1.0,
            peaks: Peaks::Never,
            failures: 0.015,
            nature: Nature { speed_affinity: self.speed_affinity, ..Nature::USUAL },
        }
    }
}
