//! What is planted: forty resources, about half of them healthy or merely looking wasteful.

use crate::schedule::{Days, Schedule, Zone};
use crate::workload::{Engine, Latent, Nature, Peaks, Size, Stage};
use crate::world::{Audience, Availability, Questions, Setup, Tagging, WarehouseKind};

pub(super) const RUNTIME: &str = "16.4.x-scala2.12";

/// Which workspace, by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Prod,
    Analytics,
    Dev,
    Emea,
    /// Only where everything is drawn at random.
    EmeaDev,
    /// The same, on GCP.
    Lab,
}

/// Under which policy a cluster is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Governed {
    /// Where nothing is, or where everything else is.
    No,
    Policy,
    /// The policy was tightened when the cluster was already set up.
    TooManyWorkers,
    /// The same, and it lists other node types.
    OtherNodeTypes,
}

/// A job to be.
#[derive(Clone, Debug)]
pub(super) struct JobRecipe {
    pub(super) problems: Vec<&'static str>,
    pub(super) place: Place,
    pub(super) team: &'static str,
    pub(super) schedule: Schedule,
    pub(super) node: &'static str,
    pub(super) driver: &'static str,
    pub(super) size: Size,
    pub(super) engine: Engine,
    pub(super) availability: Availability,
    pub(super) runtime: &'static str,
    pub(super) setup: Setup,
    pub(super) governed: Governed,
    pub(super) tasks: &'static [&'static str],
    pub(super) latent: Latent,
    pub(super) life: Life,
    pub(super) nodes_from: NodesFrom,
}

/// Since when and until when there is a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Always,
    /// New: two weekly runs at most.
    LastTwelveDays,
    /// Deleted after nine days.
    FirstNineDays,
}

/// Where a job's nodes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodesFrom {
    Cloud,
    Pool,
}

/// A job on an all-purpose cluster to be.
#[derive(Clone, Debug)]
pub(super) struct HostedRecipe {
    pub(super) team: &'static str,
    pub(super) schedule: Schedule,
    pub(super) core_seconds: f64,
    pub(super) cores: f64,
}

/// An all-purpose cluster to be.
#[derive(Clone, Debug)]
pub(super) struct ClusterRecipe {
    pub(super) problems: Vec<&'static str>,
    pub(super) place: Place,
    pub(super) team: &'static str,
    pub(super) purpose: &'static str,
    pub(super) node: &'static str,
    pub(super) size: Size,
    pub(super) engine: Engine,
    pub(super) autotermination: Option<i64>,
    pub(super) audience: Audience,
    pub(super) availability: Availability,
    pub(super) runtime: &'static str,
    pub(super) tagging: Tagging,
    pub(super) governed: Governed,
}

/// A warehouse to be.
#[derive(Clone, Debug)]
pub(super) struct WarehouseRecipe {
    pub(super) problem: &'static str,
    pub(super) place: Place,
    pub(super) team: &'static str,
    pub(super) purpose: &'static str,
    pub(super) kind: WarehouseKind,
    pub(super) size: &'static str,
    pub(super) auto_stop_minutes: i64,
    pub(super) questions: Questions,
}

/// One resource to be.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    Job(Box<JobRecipe>),
    /// Runs on the all-purpose cluster before it.
    Hosted(HostedRecipe),
    Cluster(ClusterRecipe),
    Warehouse(WarehouseRecipe),
    /// Only where everything is drawn at random.
    Kind(super::kinds::Case),
}

const STAGE: Stage = Stage::USUAL;

/// Work of `count` like stages.
pub(super) fn stages(count: usize, tasks: u32, task_seconds: f64, memory_gib: f64) -> Latent {
    let stage = Stage { tasks, task_seconds, memory_gib, ..STAGE };
    Latent {
        stages: vec![stage; count],
        noise: 0.08,
        growth_per_week: 0.0,
        weekend: 0.95,
        peaks: Peaks::Never,
        failures: 0.015,
        nature: Nature::USUAL,
    }
}

fn daily(hour: i64, minute: i64) -> Schedule {
    Schedule::Daily { hour, minute, days: Days::All, zone: Zone::Utc }
}

fn every(hours: i64, minute: i64) -> Schedule {
    Schedule::Every { hours, minute, zone: Zone::Utc }
}

/// A job without anything special.
fn job(
    problem: &'static str,
    place: Place,
    team: &'static str,
    schedule: Schedule,
    node: &'static str,
    size: Size,
    latent: Latent,
) -> Recipe {
    own(plain(problem, place, team, schedule, node, size, latent))
}

fn plain(
    problem: &'static str,
    place: Place,
    team: &'static str,
    schedule: Schedule,
    node: &'static str,
    size: Size,
    latent: Latent,
) -> JobRecipe {
    JobRecipe {
        problems: vec![problem],
        place,
        team,
        schedule,
        node,
        driver: node,
        size,
        engine: Engine::Standard,
        availability: Availability::SpotWithFallback,
        runtime: RUNTIME,
        setup: Setup::plain(),
        governed: Governed::No,
        tasks: &["main"],
        latent,
        life: Life::Always,
        nodes_from: NodesFrom::Cloud,
    }
}

/// A job with clusters of its own.
pub(super) fn own(recipe: JobRecipe) -> Recipe {
    Recipe::Job(Box::new(recipe))
}

/// All forty, so ordered that the first ones alone make a company too.
pub(super) fn all() -> Vec<Recipe> {
    let planted = planted_jobs().into_iter();
    let sound = sound_jobs().into_iter();
    let clusters = clusters().into_iter();
    let warehouses = warehouses().into_iter();
    // Round robin in small portions keeps groups together: jobs that overlap, and clusters with their jobs.
    let mut groups: [Box<dyn Iterator<Item = Vec<Recipe>>>; 4] =
        [Box::new(planted), Box::new(sound), Box::new(clusters), Box::new(warehouses)];
    let mut recipes = Vec::new();
    loop {
        let before = recipes.len();
        for group in &mut groups {
            recipes.extend(group.next().into_iter().flatten());
        }
        if recipes.len() == before {
            return recipes;
        }
    }
}

fn planted_jobs() -> Vec<Vec<Recipe>> {
    use Place::{Analytics, Dev, Emea, Prod};
    use Size::{Autoscale, Fixed};
    // 80 slots and never more than 26 tasks.
    let wide = stages(6, 26, 150.0, 70.0);
    let photon = JobRecipe {
        engine: Engine::Photon,
        tasks: &["extract", "transform"],
        ..plain("D01", Analytics, "growth", every(6, 47), "m5.2xlarge", Fixed(8), stages(5, 20, 180.0, 50.0))
    };
    let overlapping = |minute| {
        let work = stages(4, 14, 75.0, 9.0);
        job("D04", Prod, "search", every(2, minute), "m6i.xlarge", Fixed(2), work)
    };
    vec![
        vec![job("D01", Prod, "finance", every(6, 30), "m6i.2xlarge", Fixed(10), wide)],
        vec![job("D02", Prod, "logistics", every(1, 12), "m6i.2xlarge", Fixed(4), stages(5, 5, 60.0, 6.0))],
        // 16 slots at the minimum are always enough.
        vec![job(
            "D03",
            Prod,
            "marketing",
            every(6, 25),
            "m6i.2xlarge",
            Autoscale { min: 2, max: 10 },
            stages(5, 15, 110.0, 24.0),
        )],
        vec![overlapping(0), overlapping(3), overlapping(7)],
        vec![own(photon)],
        vec![job("D02", Dev, "platform", every(4, 33), "m5.xlarge", Fixed(6), stages(3, 6, 55.0, 5.0))],
        vec![job("D01", Emea, "risk", every(12, 20), "Standard_D8ds_v5", Fixed(8), stages(6, 21, 130.0, 50.0))],
        vec![job(
            "D03",
            Analytics,
            "support",
            daily(4, 10),
            "r6i.xlarge",
            Autoscale { min: 4, max: 12 },
            stages(6, 15, 140.0, 48.0),
        )],
    ]
}

fn sound_jobs() -> Vec<Vec<Recipe>> {
    use Place::{Analytics, Dev, Emea, Prod};
    use Size::{Autoscale, Fixed};
    let kolkata = Schedule::Daily { hour: 7, minute: 40, days: Days::All, zone: Zone::Kolkata };
    let weekly = Schedule::Daily { hour: 9, minute: 5, days: Days::Sunday, zone: Zone::Utc };
    let weekdays = Schedule::Daily { hour: 8, minute: 15, days: Days::MondayToFriday, zone: Zone::Johannesburg };
    let rare = Latent { peaks: Peaks::Rare { every_runs: 6, factor: 9.0 }, ..stages(4, 14, 80.0, 40.0) };
    let month_end = Latent { peaks: Peaks::MonthEnd { factor: 10.0 }, ..stages(4, 10, 70.0, 25.0) };
    let growing = Latent { growth_per_week: 0.25, ..stages(5, 13, 110.0, 40.0) };
    let mut driver_bound = stages(4, 32, 40.0, 40.0);
    for stage in &mut driver_bound.stages {
        stage.driver_seconds = 230.0;
        stage.driver_cores = 1.2;
    }
    let mut swinging = stages(1, 8, 60.0, 20.0);
    swinging.stages =
        [8, 130, 16, 110].map(|tasks| Stage { tasks, task_seconds: 75.0, memory_gib: 24.0, ..STAGE }).to_vec();
    let pooled = JobRecipe {
        nodes_from: NodesFrom::Pool,
        tasks: &["stage", "merge", "publish"],
        ..plain("healthy", Analytics, "marketing", daily(5, 0), "r6i.xlarge", Fixed(3), stages(6, 44, 50.0, 46.0))
    };
    let photon = JobRecipe {
        engine: Engine::Photon,
        availability: Availability::OnDemand,
        ..plain("healthy", Prod, "growth", daily(3, 40), "m7gd.xlarge", Fixed(5), stages(6, 88, 60.0, 36.0))
    };
    let thin = JobRecipe {
        life: Life::LastTwelveDays,
        ..plain(
            "decoy:thin-history",
            Analytics,
            "platform",
            weekly,
            "m6i.2xlarge",
            Fixed(6),
            stages(4, 14, 120.0, 30.0),
        )
    };
    let deleted = JobRecipe {
        life: Life::FirstNineDays,
        ..plain("decoy:deleted", Dev, "marketing", daily(10, 50), "m5.xlarge", Fixed(3), stages(4, 36, 45.0, 20.0))
    };
    let healthy = JobRecipe {
        tasks: &["extract", "load"],
        ..plain("healthy", Prod, "finance", daily(1, 15), "m6i.2xlarge", Fixed(4), stages(6, 100, 42.0, 62.0))
    };
    vec![
        vec![own(healthy)],
        vec![job(
            "decoy:streaming",
            Prod,
            "search",
            Schedule::Continuous,
            "m6i.xlarge",
            Fixed(3),
            stages(1, 12, 60.0, 24.0),
        )],
        // Five of twenty slots compute, but every worker's memory is full.
        vec![job("decoy:memory-bound", Prod, "risk", daily(3, 5), "r6i.xlarge", Fixed(5), stages(5, 5, 200.0, 108.0))],
        vec![job("healthy", Prod, "risk", every(4, 18), "i3.xlarge", Autoscale { min: 2, max: 8 }, swinging)],
        vec![job("decoy:bursty", Prod, "logistics", daily(4, 30), "m6i.2xlarge", Fixed(8), rare)],
        vec![own(pooled)],
        vec![job("decoy:driver-bound", Analytics, "finance", daily(6, 20), "m6i.2xlarge", Fixed(2), driver_bound)],
        vec![job("healthy", Emea, "logistics", kolkata, "Standard_E4ds_v5", Fixed(3), stages(5, 46, 55.0, 48.0))],
        vec![own(thin), job("decoy:month-end", Prod, "finance", daily(0, 30), "m5d.2xlarge", Fixed(6), month_end)],
        vec![job("healthy", Dev, "support", weekdays, "m6i.xlarge", Fixed(0), stages(5, 12, 60.0, 5.0))],
        vec![job("decoy:growing", Prod, "growth", daily(5, 45), "m6i.2xlarge", Fixed(4), growing), own(photon)],
        vec![own(deleted)],
    ]
}

fn clusters() -> Vec<Vec<Recipe>> {
    use Place::{Analytics, Dev, Emea, Prod};
    use Size::{Autoscale, Fixed};
    let cluster =
        |problems: &[&'static str], place, team, purpose, node, size, autotermination, audience| ClusterRecipe {
            problems: problems.to_vec(),
            place,
            team,
            purpose,
            node,
            size,
            engine: Engine::Standard,
            autotermination,
            audience,
            availability: Availability::SpotWithFallback,
            runtime: RUNTIME,
            tagging: Tagging::Full,
            governed: Governed::No,
        };
    let people = |number, ahead_hours| Audience::People { number, ahead_hours };
    let long = ClusterRecipe {
        engine: Engine::Photon,
        ..cluster(&["D07"], Analytics, "marketing", "notebooks", "r6i.xlarge", Fixed(2), Some(240), people(3, 1))
    };
    let hosted =
        |team, schedule, core_seconds, cores| Recipe::Hosted(HostedRecipe { team, schedule, core_seconds, cores });
    vec![
        vec![Recipe::Cluster(cluster(
            &["D05", "D06"],
            Dev,
            "growth",
            "sandbox",
            "m6i.xlarge",
            Fixed(2),
            None,
            Audience::ForgottenAfterOneDay,
        ))],
        vec![
            Recipe::Cluster(cluster(
                &["healthy"],
                Analytics,
                "growth",
                "etl",
                "m6i.2xlarge",
                Fixed(2),
                Some(20),
                Audience::Nobody,
            )),
            hosted("growth", every(3, 6), 9_000.0, 13.0),
        ],
        vec![Recipe::Cluster(cluster(
            &["healthy"],
            Analytics,
            "risk",
            "notebooks",
            "m6i.xlarge",
            Fixed(2),
            Some(30),
            people(4, 0),
        ))],
        vec![Recipe::Cluster(cluster(
            &["D05", "D06"],
            Analytics,
            "finance",
            "adhoc",
            "m6i.xlarge",
            Fixed(3),
            None,
            people(3, 1),
        ))],
        vec![Recipe::Cluster(cluster(
            &["decoy:service"],
            Prod,
            "search",
            "suggest-gateway",
            "m6i.xlarge",
            Fixed(1),
            None,
            Audience::Service,
        ))],
        vec![Recipe::Cluster(long)],
        vec![Recipe::Cluster(cluster(
            &["healthy"],
            Emea,
            "logistics",
            "explore",
            "Standard_D4ds_v5",
            Autoscale { min: 1, max: 4 },
            Some(20),
            people(4, 2),
        ))],
        vec![
            Recipe::Cluster(cluster(
                &["healthy"],
                Dev,
                "platform",
                "shared",
                "m5.2xlarge",
                Fixed(2),
                Some(30),
                people(2, 0),
            )),
            hosted("platform", every(6, 40), 6_500.0, 11.0),
        ],
        vec![Recipe::Cluster(cluster(
            &["D60"],
            Dev,
            "support",
            "dashboards",
            "m5.xlarge",
            Fixed(2),
            Some(60),
            people(2, 0),
        ))],
    ]
}

fn warehouses() -> Vec<Vec<Recipe>> {
    use Place::{Analytics, Emea, Prod};
    use WarehouseKind::{Pro, Serverless};
    let warehouse = |problem, place, team, purpose, kind, size, auto_stop_minutes, questions| {
        vec![Recipe::Warehouse(WarehouseRecipe {
            problem,
            place,
            team,
            purpose,
            kind,
            size,
            auto_stop_minutes,
            questions,
        })]
    };
    let office = |clumps| Questions::Office { clumps };
    vec![
        warehouse("D39", Analytics, "marketing", "bi", Serverless, "2X-Small", 0, office(9)),
        warehouse("healthy", Analytics, "finance", "reports", Serverless, "X-Small", 10, office(8)),
        warehouse("D39", Prod, "logistics", "dashboards", Pro, "Small", 120, office(5)),
        warehouse("decoy:always-busy", Prod, "risk", "monitor", Pro, "X-Small", 0, Questions::Always),
        warehouse("healthy", Emea, "support", "reports", Pro, "X-Small", 15, office(7)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forty_and_half_of_them_are_sound() {
        let recipes = all();
        assert_eq!(recipes.len(), 40);
        let sound = recipes.iter().filter(|it| match it {
            Recipe::Job(it) => !it.problems[0].starts_with('D'),
            Recipe::Hosted(_) | Recipe::Kind(_) => false,
            Recipe::Cluster(it) => !it.problems[0].starts_with('D'),
            Recipe::Warehouse(it) => !it.problem.starts_with('D'),
        });
        assert!((17..=23).contains(&sound.count()));
    }
}
