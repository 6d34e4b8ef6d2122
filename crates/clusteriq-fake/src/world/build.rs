//! From recipes to a company: ids, names, dates and a little variety.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::policies::{self, Plane};
use super::recipes::{
    ClusterRecipe, Governed, HostedRecipe, JobRecipe, Life, NodesFrom, Place, RUNTIME, Recipe, WarehouseRecipe, all,
};
use super::{
    AllPurpose, Change, Endpoint, Hosted, Incident, Job, JobCard, Origin, Policy, Pool, Setup, Shape, Telemetry,
    Warehouse, Workspace, World, cluster_id, kinds, known, long_ago,
};
use crate::catalog::{Cloud, node_type};
use crate::names::Team;
use crate::prices::PriceBook;
use crate::random::Random;
use crate::schedule::{Schedule, Zone};
use crate::time::{DAY, HOUR, Millis, civil};
use crate::workload::{Engine, Nature, Peaks, Size, Stage};
use crate::world::Availability;
use crate::{DemoOptions, Fleet, Planted};

const OLDER_RUNTIME: &str = "15.4.x-scala2.12";

pub(super) fn build(options: &DemoOptions, start: Millis) -> World {
    let mut random = Random::named(options.seed, "company");
    let account_id = random.uuid();
    let workspaces = workspaces(options.fleet, start, &mut random);
    let mut builder = Builder {
        options,
        start,
        names: BTreeSet::new(),
        world: World {
            account_id,
            workspaces,
            pools: Vec::new(),
            policies: Vec::new(),
            prices: PriceBook::new(options),
            jobs: Vec::new(),
            streams: Vec::new(),
            all_purpose: Vec::new(),
            warehouses: Vec::new(),
            endpoints: Vec::new(),
            shared: Vec::new(),
            pipelines: Vec::new(),
            serverless: Vec::new(),
            silent: None,
            planted: Vec::new(),
        },
    };
    match options.fleet {
        Fleet::Demo => {
            let recipes = all();
            for number in 0..options.clusters as usize {
                builder.add(&recipes[number % recipes.len()], number, number / recipes.len());
            }
        }
        Fleet::Known => {
            for (number, recipe) in known::draw(options).iter().enumerate() {
                builder.add(recipe, number, number);
            }
        }
    }
    builder.extras(&mut random);
    if options.fleet == Fleet::Demo {
        kinds::plant(&mut builder.world, options, start, &mut builder.names);
    }
    builder.world
}

fn workspaces(fleet: Fleet, start: Millis, random: &mut Random) -> Vec<Arc<Workspace>> {
    let mut workspace = |name: &'static str, cloud, env| {
        let id = random.digits(16);
        let url = match cloud {
            Cloud::Azure => format!("https://adb-{id}.{}.azuredatabricks.net", random.whole(0, 19)),
            Cloud::Gcp => format!("https://{id}.{}.gcp.databricks.com", random.whole(0, 9)),
            Cloud::Aws => format!("https://{name}.cloud.databricks.com"),
        };
        Arc::new(Workspace { id: id.into(), name, url, cloud, env, created: long_ago(start, random) - 400 * DAY })
    };
    // In the order of `Place`.
    let mut all = vec![
        workspace("larkspur-prod", Cloud::Aws, "prod"),
        workspace("larkspur-analytics", Cloud::Aws, "analytics"),
        workspace("larkspur-dev", Cloud::Aws, "dev"),
        workspace("larkspur-emea", Cloud::Azure, "prod"),
    ];
    match fleet {
        Fleet::Demo => {}
        Fleet::Known => {
            all.push(workspace("larkspur-emea-dev", Cloud::Azure, "dev"));
            all.push(workspace("larkspur-lab", Cloud::Gcp, "test"));
        }
    }
    all
}

struct Builder<'a> {
    options: &'a DemoOptions,
    start: Millis,
    names: BTreeSet<String>,
    world: World,
}

impl Builder<'_> {
    fn place(&self, place: Place) -> Arc<Workspace> {
        self.world.workspaces[place as usize].clone()
    }

    fn add(&mut self, recipe: &Recipe, number: usize, cycle: usize) {
        let mut random = Random::named(self.options.seed, &format!("resource {number}"));
        match recipe {
            Recipe::Job(recipe) => self.job(recipe, cycle, &mut random),
            Recipe::Hosted(recipe) => self.hosted(recipe, cycle, &mut random),
            Recipe::Cluster(recipe) => self.cluster(recipe, cycle, &mut random),
            Recipe::Warehouse(recipe) => self.warehouse(recipe, cycle, &mut random),
            Recipe::Kind(case) => self.kind(*case, &mut random),
        }
    }

    /// A pool with its jobs, a pipeline, a serverless job or a warehouse of a size.
    fn kind(&mut self, case: kinds::Case, random: &mut Random) {
        let (number, owner) = (random.whole(0, 3) as usize, random.whole(0, 7) as usize);
        let before = self.world.jobs.len();
        kinds::plant_one(case, &mut self.world, self.options, self.start, (number, owner), &mut self.names, random);
        for index in before..self.world.jobs.len() {
            let workspace = self.world.jobs[index].card.workspace.clone();
            self.world.jobs[index].card.setup.policy = self.policy(&workspace, Governed::Policy, Plane::Jobs);
        }
    }

    /// The recipe's team, and another one each time the recipe comes round again.
    fn team(&self, name: &str, cycle: usize) -> &'static Team {
        if self.options.fleet == Fleet::Known {
            return Team::called(name);
        }
        let first = (0..).find(|it| Team::number(*it).name == name).unwrap_or(0);
        Team::number(first + cycle)
    }

    fn plant(&mut self, kind: &str, workspace: &Workspace, target_id: &str, name: &str, problem: &str) {
        self.world.planted.push(Planted {
            kind: kind.to_owned(),
            workspace_id: workspace.id.to_string(),
            target_id: target_id.to_owned(),
            name: name.to_owned(),
            problem: problem.to_owned(),
        });
    }

    fn card(
        &mut self,
        workspace: Arc<Workspace>,
        team: &'static Team,
        schedule: Schedule,
        tasks: &[&'static str],
        random: &mut Random,
    ) -> JobCard {
        JobCard {
            id: random.digits(15),
            name: team.job_name(random, &mut self.names),
            team,
            run_as: team.lead(),
            creator: team.person(random),
            creator_id: random.digits(15),
            run_as_id: random.digits(15),
            created: long_ago(self.start, random),
            deleted: None,
            schedule,
            tasks: tasks.to_vec(),
            origin: Origin::Job,
            setup: Setup::plain(),
            workspace,
        }
    }

    /// The same times of day would make a thousand clusters start at once: each round of the recipes is shifted.
    fn later(&self, schedule: Schedule, cycle: usize) -> Schedule {
        if self.options.fleet == Fleet::Known {
            return schedule;
        }
        let shift = cycle as i64 * 7;
        match schedule {
            Schedule::Daily { hour, minute, days, zone } => {
                let at = hour * 60 + minute + shift * 11;
                Schedule::Daily { hour: at / 60 % 24, minute: at % 60, days, zone }
            }
            Schedule::Every { hours, minute, zone } => Schedule::Every { hours, minute: (minute + shift) % 60, zone },
            Schedule::EveryMinutes { .. } | Schedule::FileArrival { .. } | Schedule::Continuous => schedule,
        }
    }

    /// The policy that a resource names, made when the first one does.
    fn policy(&mut self, workspace: &Arc<Workspace>, governed: Governed, plane: Plane) -> Option<Arc<Policy>> {
        let (name, definition) = policies::of(governed, plane, workspace.cloud)?;
        let found = self.world.policies.iter().find(|it| it.workspace.id == workspace.id && it.name == name);
        if let Some(it) = found {
            return Some(it.clone());
        }
        let mut random = Random::named(self.options.seed, &format!("policy {} {name}", workspace.name));
        let id = random.text("0123456789ABCDEF", 16);
        let it = Arc::new(Policy { workspace: workspace.clone(), id, name, definition });
        self.world.policies.push(it.clone());
        Some(it)
    }

    fn job(&mut self, recipe: &JobRecipe, cycle: usize, random: &mut Random) {
        let workspace = self.place(recipe.place);
        let team = self.team(recipe.team, cycle);
        let mut card = self.card(workspace.clone(), team, self.later(recipe.schedule, cycle), recipe.tasks, random);
        card.setup = recipe.setup.clone();
        card.setup.policy = self.policy(&workspace, recipe.governed, Plane::Jobs);
        match recipe.life {
            Life::Always => {}
            Life::LastTwelveDays => {
                card.created = self.start + (i64::from(self.options.days) - 12).max(0) * DAY + 10 * HOUR;
            }
            Life::FirstNineDays => card.deleted = Some(self.start + 9 * DAY + 15 * HOUR),
        }
        let pool = (recipe.nodes_from == NodesFrom::Pool).then(|| self.pool(&workspace, recipe.node, random));
        let mut latent = recipe.latent.clone();
        let amount = random.between(0.9, 1.12);
        latent.stages = latent.stages.iter().map(|it| vary(it, amount, random)).collect();
        if self.options.fleet == Fleet::Demo {
            // Recipes of the demo say nothing about it.
            let mut hidden = Random::named(self.options.seed, &format!("nature {}", card.id));
            let Nature { needs_x86, spill_limit, .. } = latent.nature;
            latent.nature = Nature { needs_x86, spill_limit, ..Nature::draw(&mut hidden) };
        }
        let incident = match (self.options.fleet, self.world.jobs.len()) {
            (Fleet::Demo, 0) => Incident::Repaired,
            (Fleet::Demo, 1) => Incident::Cancelled,
            (Fleet::Demo | Fleet::Known, _) => Incident::Nothing,
        };
        let job = Job {
            incident,
            shape: Shape {
                driver: node_type(recipe.driver),
                worker: node_type(recipe.node),
                size: recipe.size,
                engine: recipe.engine,
                availability: recipe.availability,
                runtime: recipe.runtime,
                pool,
            },
            latent,
            card,
        };
        for problem in &recipe.problems {
            self.plant("job", &workspace, &job.card.id, &job.card.name, problem);
        }
        match job.card.schedule {
            Schedule::Continuous => self.world.streams.push(job),
            Schedule::Daily { .. }
            | Schedule::Every { .. }
            | Schedule::EveryMinutes { .. }
            | Schedule::FileArrival { .. } => self.world.jobs.push(job),
        }
    }

    /// One pool for each node type of a workspace.
    fn pool(&mut self, workspace: &Arc<Workspace>, node: &str, random: &mut Random) -> Arc<Pool> {
        let found = self.world.pools.iter().find(|it| it.workspace.id == workspace.id && it.node_type.id == node);
        if let Some(it) = found {
            return it.clone();
        }
        let created = long_ago(self.start, random);
        let at = civil(created);
        let it = Arc::new(Pool {
            workspace: workspace.clone(),
            id: format!(
                "{:02}{:02}-{:02}{:02}{:02}-{}{}-pool-{}",
                at.month(),
                at.day(),
                at.hour(),
                at.minute(),
                at.second(),
                random.pick(&["crhod", "bloat", "snipe", "tulip"]),
                random.whole(10, 99),
                random.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8)
            ),
            name: format!("etl-{node}"),
            node_type: node_type(node),
            created,
            keeping: None,
        });
        self.world.pools.push(it.clone());
        it
    }

    fn cluster(&mut self, recipe: &ClusterRecipe, cycle: usize, random: &mut Random) {
        let workspace = self.place(recipe.place);
        let team = self.team(recipe.team, cycle);
        let created = long_ago(self.start, random);
        let id = cluster_id(created, random);
        let name = match cycle {
            0 => format!("{}-{}", team.name, recipe.purpose),
            _ => format!("{}-{}-{}", team.name, recipe.purpose, cycle + 1),
        };
        for problem in &recipe.problems {
            self.plant("cluster", &workspace, &id, &name, problem);
        }
        let change_at =
            self.start + random.whole(2, i64::from(self.options.days).max(3)) * DAY - random.whole(8, 15) * HOUR;
        let change = match self.world.all_purpose.len() % 3 {
            0 => Some((change_at, Change::TagAdded { key: "reviewed", value: "yes" })),
            1 if recipe.runtime == RUNTIME => Some((change_at, Change::RuntimeChanged { from: OLDER_RUNTIME })),
            _ => None,
        };
        let telemetry = if recipe.problems.contains(&"D60") { Telemetry::Missing } else { Telemetry::Reported };
        let policy = self.policy(&workspace, recipe.governed, Plane::AllPurpose);
        self.world.all_purpose.push(AllPurpose {
            id: id.into(),
            name,
            team,
            owner: team.person(random),
            created,
            shape: Shape {
                driver: node_type(recipe.node),
                worker: node_type(recipe.node),
                size: recipe.size,
                engine: recipe.engine,
                availability: recipe.availability,
                runtime: recipe.runtime,
                pool: None,
            },
            autotermination: recipe.autotermination,
            up_hours: None,
            audience: recipe.audience.clone(),
            hosted: Vec::new(),
            telemetry,
            change,
            tagging: recipe.tagging,
            policy,
            workspace,
        });
    }

    fn hosted(&mut self, recipe: &HostedRecipe, cycle: usize, random: &mut Random) {
        let Some(workspace) = self.world.all_purpose.last().map(|it| it.workspace.clone()) else { return };
        let team = self.team(recipe.team, cycle);
        let card = self.card(workspace.clone(), team, recipe.schedule, &["main"], random);
        self.plant("job", &workspace, &card.id, &card.name, "D08");
        let hosted = Hosted {
            card,
            core_seconds: recipe.core_seconds * random.between(0.9, 1.1),
            cores: recipe.cores,
            serial_seconds: random.between(40.0, 90.0),
            memory_gib: random.between(14.0, 22.0),
        };
        if let Some(cluster) = self.world.all_purpose.last_mut() {
            cluster.hosted.push(hosted);
        }
    }

    fn warehouse(&mut self, recipe: &WarehouseRecipe, cycle: usize, random: &mut Random) {
        let workspace = self.place(recipe.place);
        let team = self.team(recipe.team, cycle);
        let id = random.hex(16);
        let name = match cycle {
            0 => format!("{}_{}", team.name, recipe.purpose),
            _ => format!("{}_{}_{}", team.name, recipe.purpose, cycle + 1),
        };
        self.plant("warehouse", &workspace, &id, &name, recipe.problem);
        self.world.warehouses.push(Warehouse {
            id,
            name,
            team,
            kind: recipe.kind,
            size: recipe.size,
            max_clusters: 2,
            auto_stop_minutes: recipe.auto_stop_minutes,
            created: long_ago(self.start, random),
            questions: recipe.questions,
            workspace,
        });
    }

    /// What a company has besides: an orchestrator of its own, an endpoint without a price, a day without telemetry.
    fn extras(&mut self, random: &mut Random) {
        let analytics = self.place(Place::Analytics);
        let team = Team::called("platform");
        let schedule = Schedule::Daily { hour: 11, minute: 30, days: crate::schedule::Days::All, zone: Zone::Utc };
        let mut card = self.card(analytics.clone(), team, schedule, &["main"], random);
        card.origin = Origin::Submit;
        card.name = "airflow_export_events".to_owned();
        let stage = Stage {
            driver_seconds: 10.0,
            driver_cores: 1.0,
            tasks: 20,
            task_seconds: 50.0,
            skew: 0.4,
            io: 0.2,
            memory_gib: 10.0,
            photon_gain: 1.5,
            ..Stage::USUAL
        };
        self.world.jobs.push(Job {
            incident: Incident::Nothing,
            card,
            shape: Shape {
                driver: node_type("m6i.xlarge"),
                worker: node_type("m6i.xlarge"),
                size: Size::Fixed(2),
                engine: Engine::Standard,
                availability: Availability::SpotWithFallback,
                runtime: OLDER_RUNTIME,
                pool: None,
            },
            latent: crate::workload::Latent {
                stages: vec![stage; 3],
                noise: 0.1,
                growth_per_week: 0.0,
                weekend: 1.0,
                peaks: Peaks::Never,
                failures: 0.02,
                nature: Nature::USUAL,
            },
        });
        self.world.endpoints.push(Endpoint {
            sku: self.world.prices.unpriced,
            id: random.hex(32),
            name: "recommendations".to_owned(),
            workspace: analytics.clone(),
        });
        self.plant("workspace", &analytics, &analytics.id.clone(), analytics.name, "D60");
        if self.options.days >= 3 {
            let dev = self.place(Place::Dev);
            self.world.silent = Some((dev.id.clone(), i64::from(self.options.days) / 2));
            self.plant("workspace", &dev, &dev.id.clone(), dev.name, "D60");
        }
    }
}

/// No two stages are quite alike.
fn vary(stage: &Stage, amount: f64, random: &mut Random) -> Stage {
    Stage {
        driver_seconds: stage.driver_seconds * random.between(0.8, 1.25),
        task_seconds: stage.task_seconds * amount * random.between(0.85, 1.15),
        skew: stage.skew * random.between(0.5, 1.4),
        io: stage.io * random.between(0.7, 1.4),
        memory_gib: stage.memory_gib * random.between(0.95, 1.03),
        ..stage.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Audience;

    #[test]
    fn forgotten_clusters_never_terminate_by_themselves() {
        let options = DemoOptions::default();
        let world = World::new(&options, 20_700 * DAY);
        let forgotten = world.all_purpose.iter().find(|it| matches!(it.audience, Audience::ForgottenAfterOneDay));
        assert_eq!(forgotten.map(|it| it.autotermination), Some(None));
        assert_eq!(world.cards().count() + world.all_purpose.len() + world.warehouses.len(), 40);
    }
}
