//! Pipelines: how they run, what they have to do, and what is wrong with some.

use std::sync::Arc;

use super::kinds::{Drawn, Site, pick_node, shape};
use super::{JobCard, Shape, Workspace};
use crate::names::Team;
use crate::random::Random;
use crate::schedule::{Days, Schedule, Zone};
use crate::time::Millis;

/// Which features it pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    Core,
    Pro,
    Advanced,
}

impl Edition {
    /// As the tables have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Core => "CORE",
            Self::Pro => "PRO",
            Self::Advanced => "ADVANCED",
        }
    }

    /// As the catalogue has it.
    pub(crate) fn product(self) -> &'static str {
        match self {
            Self::Core => "dlt_core",
            Self::Pro => "dlt_pro",
            Self::Advanced => "dlt_advanced",
        }
    }
}

/// Whether its update ever ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Continuous,
    Triggered,
}

/// Whether its cluster stays after an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Development,
    Production,
}

/// When there is something to do.
#[derive(Clone, Debug)]
pub(crate) enum Rhythm {
    /// Data comes in batches.
    Data { every_minutes: i64 },
    /// Data comes all the time and keeps that share of the cores busy.
    Steady { share: f64 },
    /// A job or the pipeline's own schedule starts it.
    Scheduled(Schedule),
    /// Somebody who works on it.
    Person { per_week: f64 },
}

/// What one batch takes, which no table shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) serial_seconds: f64,
    pub(crate) core_seconds: f64,
    /// How many cores can help.
    pub(crate) cores: f64,
    pub(crate) memory_gib: f64,
    pub(crate) noise: f64,
}

/// A pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) team: &'static Team,
    pub(crate) run_as: String,
    pub(crate) created: Millis,
    pub(crate) shape: Shape,
    pub(crate) edition: Edition,
    pub(crate) mode: Mode,
    pub(crate) purpose: Purpose,
    pub(crate) rhythm: Rhythm,
    pub(crate) work: Work,
    /// The job whose task updates it.
    pub(crate) job: Option<JobCard>,
}

/// What a pipeline can be a case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    ContinuousAndIdle,
    ContinuousAndBusy,
    ContinuousAndSteady,
    ScheduledDevelopment,
    PersonsDevelopment,
    TriggeredProduction,
}

impl Case {
    pub(crate) const ALL: [Self; 6] = [
        Self::ContinuousAndIdle,
        Self::ContinuousAndBusy,
        Self::ContinuousAndSteady,
        Self::ScheduledDevelopment,
        Self::PersonsDevelopment,
        Self::TriggeredProduction,
    ];

    fn problem(self) -> &'static str {
        match self {
            Self::ContinuousAndIdle => "D45",
            Self::ContinuousAndBusy => "decoy:busy-pipeline",
            Self::ContinuousAndSteady => "decoy:low-latency-pipeline",
            Self::ScheduledDevelopment => "D46",
            Self::PersonsDevelopment => "decoy:pipeline-in-development",
            Self::TriggeredProduction => "healthy",
        }
    }
}

/// Any pipeline.
pub(crate) fn draw(site: &mut Site<'_>, random: &mut Random) -> Drawn<Pipeline> {
    // Every problem as often as both of its decoys together.
    let case = match random.whole(0, 7) {
        0 | 1 => Case::ContinuousAndIdle,
        2 | 3 => Case::ScheduledDevelopment,
        4 => Case::ContinuousAndBusy,
        5 => Case::ContinuousAndSteady,
        6 => Case::PersonsDevelopment,
        _ => Case::TriggeredProduction,
    };
    draw_case(case, site, random)
}

/// A pipeline of that case.
pub(crate) fn draw_case(case: Case, site: &mut Site<'_>, random: &mut Random) -> Drawn<Pipeline> {
    let workers = random.whole(1, 4) as u32;
    let node = pick_node(site.workspace.cloud, random);
    let cores = f64::from(workers * node.vcpus);
    let (mode, rhythm, busy_seconds) = match case {
        Case::ContinuousAndIdle => {
            let every_minutes = *random.pick(&[30, 40, 60, 90, 120]);
            let busy = random.between(0.06, 0.2) * every_minutes as f64 * 60.0;
            (Mode::Continuous, Rhythm::Data { every_minutes }, busy.min(720.0))
        }
        Case::ContinuousAndBusy => {
            let every_minutes = *random.pick(&[5, 6, 10]);
            let busy = random.between(0.72, 0.85) * every_minutes as f64 * 60.0;
            (Mode::Continuous, Rhythm::Data { every_minutes }, busy)
        }
        Case::ContinuousAndSteady => {
            let share = random.between(0.42, 0.66);
            (Mode::Continuous, Rhythm::Steady { share }, share * 600.0)
        }
        Case::ScheduledDevelopment | Case::TriggeredProduction => {
            (Mode::Triggered, Rhythm::Scheduled(schedule(random)), random.between(420.0, 1_800.0))
        }
        Case::PersonsDevelopment => {
            let per_week = random.between(0.5, 1.6);
            (Mode::Triggered, Rhythm::Person { per_week }, random.between(240.0, 900.0))
        }
    };
    let job = match &rhythm {
        Rhythm::Scheduled(it) => Some(site.card(*it, "update_tables", random)),
        Rhythm::Data { .. } | Rhythm::Steady { .. } | Rhythm::Person { .. } => None,
    };
    let serial = random.between(0.03, 0.12);
    let work = Work {
        serial_seconds: busy_seconds * serial,
        core_seconds: busy_seconds * (1.0 - serial) * cores.powf(0.94) * node.speed,
        cores,
        memory_gib: node.memory_gib * random.between(0.25, 0.5),
        noise: random.between(0.06, 0.16),
    };
    let purpose = match case {
        Case::ScheduledDevelopment | Case::PersonsDevelopment => Purpose::Development,
        Case::ContinuousAndIdle | Case::ContinuousAndBusy | Case::ContinuousAndSteady | Case::TriggeredProduction => {
            Purpose::Production
        }
    };
    let it = Pipeline {
        id: random.uuid(),
        name: site.name(random),
        run_as: site.team.lead(),
        created: site.long_ago(random),
        shape: shape(node, workers, None, "dlt:16.4"),
        edition: *random.pick(&[Edition::Core, Edition::Pro, Edition::Advanced]),
        workspace: site.workspace.clone(),
        team: site.team,
        mode,
        purpose,
        rhythm,
        work,
        job,
    };
    Drawn { it, problem: case.problem() }
}

fn schedule(random: &mut Random) -> Schedule {
    let minute = random.whole(0, 59);
    match random.whole(0, 2) {
        0 => Schedule::Every { hours: *random.pick(&[4, 6, 8]), minute, zone: Zone::Utc },
        _ => Schedule::Daily { hour: random.whole(0, 23), minute, days: Days::All, zone: Zone::Utc },
    }
}

/// Updates it when data has come instead of all the time; says whether that is a change.
pub(crate) fn apply_triggered(it: &mut Pipeline) -> bool {
    let before = std::mem::replace(&mut it.mode, Mode::Triggered);
    before == Mode::Continuous
}

/// Takes it out of development mode; says whether that is a change.
pub(crate) fn apply_production(it: &mut Pipeline) -> bool {
    let before = std::mem::replace(&mut it.purpose, Purpose::Production);
    before == Purpose::Development
}
