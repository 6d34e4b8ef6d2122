//! The work a job has to do, which no table shows.
//!
//! A run is a list of stages. Each begins with a serial part on the driver and then splits into pieces. How that runs on a
//! cluster is physics, of which there are two.

use jiff::civil::Weekday;

use crate::random::Random;
use crate::time::Day;

/// A step that must end before the next begins.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// Planning, listing files, collecting: on the driver alone.
    pub(crate) driver_seconds: f64,
    /// Cores of the driver in use meanwhile.
    pub(crate) driver_cores: f64,
    /// How many pieces the rest splits into: no more cores than that can help.
    pub(crate) tasks: u32,
    /// Seconds of one piece on one core of speed 1, without memory pressure.
    pub(crate) task_seconds: f64,
    /// How much longer the longest piece takes, as a part of a usual one.
    pub(crate) skew: f64,
    /// Part of a task's time that waits for storage, which a faster core does not shorten.
    pub(crate) io: f64,
    /// Memory that all workers together want.
    pub(crate) memory_gib: f64,
    /// How much faster Photon computes it; below 1 it is slower.
    pub(crate) photon_gain: f64,
    /// Time of exchanging data with very many nodes, as a part of a piece's time; with one node there is none.
    pub(crate) shuffle: f64,
    /// Memory of results and plans that the driver must hold.
    pub(crate) driver_gib: f64,
}

impl Stage {
    /// A stage without anything special.
    pub(crate) const USUAL: Self = Self {
        driver_seconds: 12.0,
        driver_cores: 0.9,
        tasks: 1,
        task_seconds: 60.0,
        skew: 0.5,
        io: 0.12,
        memory_gib: 8.0,
        photon_gain: 1.6,
        shuffle: 0.0,
        driver_gib: 0.4,
    };
}

/// Whether the work has parts that only an x86 processor runs: native libraries, for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NeedsX86 {
    No,
    Yes,
}

/// What a job is like on hardware, for all of its stages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    /// How far computing follows the speed of a core, from 0 to 1; the rest follows memory.
    pub(crate) speed_affinity: f64,
    pub(crate) needs_x86: NeedsX86,
    /// How much more memory than usable may be wanted before executors die, as a part of the usable.
    pub(crate) spill_limit: f64,
    /// Spread of a run's luck: neighbours, disks, the network.
    pub(crate) luck: f64,
}

impl Nature {
    /// Without anything special.
    pub(crate) const USUAL: Self = Self { speed_affinity: 0.8, needs_x86: NeedsX86::No, spill_limit: 3.0, luck: 0.02 };

    /// One of many.
    pub(crate) fn draw(random: &mut Random) -> Self {
        Self {
            speed_affinity: random.between(0.5, 1.0),
            spill_limit: random.between(1.2, 3.0),
            luck: random.between(0.01, 0.05),
            ..Self::USUAL
        }
    }
}

/// Days on which there is more to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peaks {
    Never,
    /// Now and then, without a pattern.
    Rare {
        every_runs: i64,
        factor: f64,
    },
    /// The last two days of a month.
    MonthEnd {
        factor: f64,
    },
}

/// A job's work.
#[derive(Clone, Debug)]
pub(crate) struct Latent {
    pub(crate) stages: Vec<Stage>,
    /// Spread of the amount from run to run.
    pub(crate) noise: f64,
    /// Growth of the input per week; 0.1 is ten percent.
    pub(crate) growth_per_week: f64,
    /// Amount on Saturday and Sunday, as a part of other days.
    pub(crate) weekend: f64,
    pub(crate) peaks: Peaks,
    /// Share of the runs that fail.
    pub(crate) failures: f64,
    pub(crate) nature: Nature,
}

impl Latent {
    /// The stages of one run. From run to run the tasks have more or less to do; where the input itself grows, there are more.
    pub(crate) fn run(&self, day: Day, run_number: i64, random: &mut Random) -> Vec<Stage> {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let growth = 1.0 + self.growth_per_week * day.number as f64 / 7.0;
        let usual = random.factor(self.noise) * if weekend { self.weekend } else { 1.0 };
        let peak = match self.peaks {
            Peaks::Rare { every_runs, factor } if run_number % every_runs == every_runs / 2 => factor,
            Peaks::MonthEnd { factor } if day.date().day() + 2 > day.date().days_in_month() => factor,
            Peaks::Never | Peaks::Rare { .. } | Peaks::MonthEnd { .. } => 1.0,
        };
        let luck = random.factor(self.nature.luck);
        let fullness = random.factor(0.02);
        let scaled = |it: &Stage| Stage {
            driver_seconds: it.driver_seconds * damped(usual) * luck,
            task_seconds: it.task_seconds * usual * luck,
            tasks: (f64::from(it.tasks) * peak * growth).round() as u32,
            memory_gib: it.memory_gib * damped(usual * peak * growth) * fullness,
            driver_gib: it.driver_gib * damped(usual * peak * growth) * fullness,
            ..it.clone()
        };
        self.stages.iter().map(scaled).collect()
    }
}

/// Memory and planning grow slower than the data.
fn damped(scale: f64) -> f64 {
    scale.sqrt()
}

/// How many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Fixed(u32),
    Autoscale { min: u32, max: u32 },
}

impl Size {
    pub(crate) fn least(self) -> u32 {
        match self {
            Self::Fixed(it) | Self::Autoscale { min: it, .. } => it,
        }
    }

    pub(crate) fn most(self) -> u32 {
        match self {
            Self::Fixed(it) | Self::Autoscale { max: it, .. } => it,
        }
    }
}

/// Whether Photon runs the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Standard,
    Photon,
}
