//! Pools, pipelines, serverless jobs and sized warehouses: what they need to be drawn, and one of each case for large fleets.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pools::PoolGroup;
use super::recipes::stages;
use super::{Availability, Incident, Job, JobCard, Origin, Pool, Setup, Shape, Workspace, World};
use super::{long_ago, pipelines, pools, serverless, warehouses};
use crate::catalog::{Cloud, NodeType, node_type};
use crate::names::Team;
use crate::queries::smaller_sizes;
use crate::random::Random;
use crate::schedule::Schedule;
use crate::time::{Millis, civil};
use crate::workload::{Engine, Size};
use crate::{Change, DemoOptions, Planted};

/// Resources of the demo, which has none of these kinds.
const DEMO: u32 = 40;

/// Where and for whom something is drawn.
pub(crate) struct Site<'a> {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) team: &'static Team,
    /// Start of the history.
    pub(crate) start: Millis,
    /// Days of the history.
    pub(crate) days: u32,
    /// Names that are taken.
    pub(crate) names: &'a mut BTreeSet<String>,
}

/// Something drawn, and what is wrong with it.
pub(crate) struct Drawn<T> {
    pub(crate) it: T,
    pub(crate) problem: &'static str,
}

impl Site<'_> {
    /// A name that nothing else has.
    pub(crate) fn name(&mut self, random: &mut Random) -> String {
        self.team.job_name(random, self.names)
    }

    /// Some moment before the history.
    pub(crate) fn long_ago(&self, random: &mut Random) -> Millis {
        long_ago(self.start, random)
    }

    /// A job of one task.
    pub(crate) fn card(&mut self, schedule: Schedule, task: &'static str, random: &mut Random) -> JobCard {
        JobCard {
            id: random.digits(15),
            name: self.name(random),
            team: self.team,
            run_as: self.team.lead(),
            creator: self.team.person(random),
            creator_id: random.digits(15),
            run_as_id: random.digits(15),
            created: self.long_ago(random),
            deleted: None,
            schedule,
            tasks: vec![task],
            origin: Origin::Job,
            setup: Setup::plain(),
            workspace: self.workspace.clone(),
        }
    }
}

/// A usual node type of that cloud.
pub(super) fn pick_node(cloud: Cloud, random: &mut Random) -> &'static NodeType {
    node_type(match cloud {
        Cloud::Aws => random.pick::<&str>(&["m5d.xlarge", "m6id.xlarge", "m5d.2xlarge", "r5d.xlarge"]),
        Cloud::Azure => random.pick::<&str>(&["Standard_D4ds_v5", "Standard_E4ds_v5", "Standard_D8ds_v5"]),
        Cloud::Gcp => "n2-standard-4",
    })
}

/// A cluster of one node type and a fixed size.
pub(super) fn shape(node: &'static NodeType, workers: u32, pool: Option<Arc<Pool>>, runtime: &'static str) -> Shape {
    Shape {
        driver: node,
        worker: node,
        size: Size::Fixed(workers),
        engine: Engine::Standard,
        availability: Availability::SpotWithFallback,
        runtime,
        pool,
    }
}

/// A job that uses its cluster well for about so many minutes.
pub(super) fn plain_job(card: JobCard, shape: Shape, minutes: f64, random: &mut Random) -> Job {
    let workers = shape.size.least().max(1);
    let slots = workers * shape.worker.vcpus;
    // Stages of three waves each.
    let count = (minutes / 4.5).round().max(1.0);
    let seconds = (minutes * 60.0 / count - 14.0) / 3.0;
    let memory = f64::from(workers) * shape.worker.memory_gib * 0.72 * random.between(0.55, 0.8);
    let latent = stages(count as usize, slots * 3, seconds.max(4.0) * shape.worker.speed, memory);
    Job { card, shape, latent, incident: Incident::Nothing }
}

/// An id as Databricks gives to pools.
pub(super) fn pool_id(created: Millis, random: &mut Random) -> String {
    let at = civil(created);
    format!(
        "{:02}{:02}-{:02}{:02}{:02}-{}{}-pool-{}",
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        random.pick(&["crhod", "bloat", "snipe", "tulip"]),
        random.whole(100, 999),
        random.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8)
    )
}

/// For each forty resources beyond the demo's: at first every case once, then whatever is drawn.
pub(super) fn plant(world: &mut World, options: &DemoOptions, start: Millis, names: &mut BTreeSet<String>) {
    for round in 0..options.clusters.saturating_sub(1) / DEMO {
        let first = round == 0;
        let mut place = round as usize;
        let mut next = |kind: &str| {
            place += 1;
            (Random::named(options.seed, &format!("{kind} {round} {place}")), place)
        };
        for case in pools::Case::ALL {
            let (mut random, place) = next("pool");
            let mut site = site(world, options, start, place, names);
            let random = &mut random;
            let drawn = if first { pools::draw_case(case, &mut site, random) } else { pools::draw(&mut site, random) };
            add_pool(world, drawn);
        }
        for case in pipelines::Case::ALL {
            let (mut random, place) = next("pipeline");
            let mut site = site(world, options, start, place, names);
            let random = &mut random;
            let drawn =
                if first { pipelines::draw_case(case, &mut site, random) } else { pipelines::draw(&mut site, random) };
            add_pipeline(world, drawn);
        }
        for case in serverless::Case::ALL {
            let (mut random, place) = next("serverless");
            let mut site = site(world, options, start, place, names);
            let random = &mut random;
            let drawn = if first {
                serverless::draw_case(case, &mut site, random)
            } else {
                serverless::draw(&mut site, random)
            };
            add_serverless(world, drawn);
        }
        for case in warehouses::Case::ALL {
            let (mut random, place) = next("sized warehouse");
            let mut site = site(world, options, start, place, names);
            let random = &mut random;
            let drawn = if first {
                warehouses::draw_case(case, &mut site, random)
            } else {
                warehouses::draw(&mut site, random)
            };
            add_warehouse(world, drawn);
        }
    }
}

/// A case of any of these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Pool(pools::Case),
    Pipeline(pipelines::Case),
    Serverless(serverless::Case),
    Warehouse(warehouses::Case),
}

/// Draws one of a case into the workspace and for the team of these numbers.
pub(super) fn plant_one(
    case: Case,
    world: &mut World,
    options: &DemoOptions,
    start: Millis,
    (workspace, team): (usize, usize),
    names: &mut BTreeSet<String>,
    random: &mut Random,
) {
    let mut site = site(world, options, start, workspace, names);
    site.team = Team::number(team);
    match case {
        Case::Pool(it) => {
            let drawn = pools::draw_case(it, &mut site, random);
            add_pool(world, drawn);
        }
        Case::Pipeline(it) => {
            let drawn = pipelines::draw_case(it, &mut site, random);
            add_pipeline(world, drawn);
        }
        Case::Serverless(it) => {
            let drawn = serverless::draw_case(it, &mut site, random);
            add_serverless(world, drawn);
        }
        Case::Warehouse(it) => {
            let drawn = warehouses::draw_case(it, &mut site, random);
            add_warehouse(world, drawn);
        }
    }
}

fn site<'a>(
    world: &World,
    options: &DemoOptions,
    start: Millis,
    place: usize,
    names: &'a mut BTreeSet<String>,
) -> Site<'a> {
    let workspace = world.workspaces[place % world.workspaces.len()].clone();
    Site { workspace, team: Team::number(place), start, days: options.days, names }
}

/// Adds a pool with its jobs to the company.
pub(super) fn add_pool(world: &mut World, drawn: Drawn<PoolGroup>) {
    let PoolGroup { pool, jobs } = drawn.it;
    planted(world, "pool", &pool.workspace, &pool.id, &pool.name, drawn.problem);
    for job in jobs {
        planted(world, "job", &pool.workspace, &job.card.id, &job.card.name, "healthy");
        world.jobs.push(job);
    }
    world.pools.push(pool);
}

/// Adds a pipeline to the company.
pub(super) fn add_pipeline(world: &mut World, drawn: Drawn<pipelines::Pipeline>) {
    let it = drawn.it;
    planted(world, "pipeline", &it.workspace, &it.id, &it.name, drawn.problem);
    world.pipelines.push(it);
}

/// Adds a serverless job to the company.
pub(super) fn add_serverless(world: &mut World, drawn: Drawn<serverless::ServerlessJob>) {
    let it = drawn.it;
    planted(world, "job", &it.card.workspace, &it.card.id, &it.card.name, drawn.problem);
    world.serverless.push(it);
}

/// Adds a warehouse to the company.
pub(super) fn add_warehouse(world: &mut World, drawn: Drawn<super::Warehouse>) {
    let it = drawn.it;
    planted(world, "warehouse", &it.workspace, &it.id, &it.name, drawn.problem);
    world.warehouses.push(it);
}

fn planted(world: &mut World, kind: &str, workspace: &Workspace, id: &str, name: &str, problem: &str) {
    world.planted.push(Planted {
        kind: kind.to_owned(),
        workspace_id: workspace.id.to_string(),
        target_id: id.to_owned(),
        name: name.to_owned(),
        problem: problem.to_owned(),
    });
}

/// A pool or a pipeline, named by its id, and the jobs that belong to it.
pub(crate) fn group(world: &World, id: &str) -> Option<Vec<String>> {
    if world.pools.iter().any(|it| it.id == id) {
        let here = |it: &&Job| it.shape.pool.as_ref().is_some_and(|it| it.id == id);
        let jobs = world.jobs.iter().filter(here).map(|it| it.card.id.clone());
        return Some(std::iter::once(id.to_owned()).chain(jobs).collect());
    }
    let job = |it: &pipelines::Pipeline| it.job.as_ref().map(|it| it.id.clone());
    let found = world.pipelines.iter().find(|it| it.id == id || job(it).as_deref() == Some(id))?;
    Some(std::iter::once(found.id.clone()).chain(job(found)).collect())
}

/// Leaves only the pools, pipelines and serverless jobs of those ids; a job keeps its pool, in which it runs.
pub(crate) fn retain(world: &mut World, wanted: &dyn Fn(&str) -> bool) {
    let used: BTreeSet<String> =
        world.jobs.iter().filter_map(|it| it.shape.pool.as_ref()).map(|it| it.id.clone()).collect();
    world.pools.retain(|it| wanted(&it.id) || used.contains(&it.id));
    world.pipelines.retain(|it| wanted(&it.id));
    world.serverless.retain(|it| wanted(&it.card.id));
}

/// What could be done about a problem of these kinds.
pub(crate) fn remedies(world: &World, problem: &str, id: &str) -> Vec<Change> {
    match problem {
        "D37" => vec![Change::PoolIdle(0)],
        "D40" => {
            let size = world.warehouses.iter().find(|it| it.id == id).map_or("", |it| it.size);
            smaller_sizes(size).iter().map(|it| Change::WarehouseSize((*it).to_owned())).collect()
        }
        "D45" => vec![Change::PipelineTriggered],
        "D46" => vec![Change::PipelineProduction],
        "D48" => vec![Change::PerformanceStandard],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
