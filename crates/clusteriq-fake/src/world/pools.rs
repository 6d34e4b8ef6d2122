//! Pools that keep nodes ready, and the jobs that take them or do not.

use std::sync::Arc;

use super::kinds::{Drawn, Site, pick_node, plain_job, pool_id, shape};
use super::{Availability, Job, Keeping, Pool, World};
use crate::random::Random;
use crate::schedule::{Days, Schedule, Zone};

/// A pool and its jobs.
#[derive(Clone, Debug)]
pub(crate) struct PoolGroup {
    pub(crate) pool: Arc<Pool>,
    pub(crate) jobs: Vec<Job>,
}

/// What a pool can be a case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Its jobs take minutes or hours a day.
    MostlyIdle,
    /// Its jobs are gone.
    Forgotten,
    /// It has no more nodes than are always at work.
    Exhausted,
    /// Its idle nodes are taken every few minutes.
    Hot,
    /// It keeps none.
    Empty,
}

impl Case {
    pub(crate) const ALL: [Self; 5] = [Self::MostlyIdle, Self::Forgotten, Self::Exhausted, Self::Hot, Self::Empty];

    fn problem(self) -> &'static str {
        match self {
            Self::MostlyIdle | Self::Forgotten => "D37",
            Self::Exhausted => "decoy:busy-pool",
            Self::Hot => "decoy:hot-pool",
            Self::Empty => "decoy:empty-pool",
        }
    }
}

/// Any pool.
pub(crate) fn draw(site: &mut Site<'_>, random: &mut Random) -> Drawn<PoolGroup> {
    let case = match random.whole(0, 5) {
        0 | 1 => Case::MostlyIdle,
        2 => Case::Forgotten,
        3 => Case::Exhausted,
        4 => Case::Hot,
        _ => Case::Empty,
    };
    draw_case(case, site, random)
}

/// A pool of that case.
pub(crate) fn draw_case(case: Case, site: &mut Site<'_>, random: &mut Random) -> Drawn<PoolGroup> {
    let minute = random.whole(0, 59);
    let once = |hour| Schedule::Daily { hour, minute, days: Days::All, zone: Zone::Utc };
    let hour = random.whole(0, 20);
    // Schedules, workers, minutes of work.
    let (schedules, workers, work) = match case {
        Case::MostlyIdle if random.chance(0.5) => (vec![once(hour)], random.whole(1, 5), random.between(35.0, 60.0)),
        Case::MostlyIdle => (vec![once(hour), once(hour + 3)], random.whole(1, 4), random.between(35.0, 60.0)),
        Case::Forgotten => (vec![], random.whole(1, 3), 0.0),
        Case::Exhausted => (
            vec![Schedule::Every { hours: 1, minute, zone: Zone::Utc }],
            random.whole(2, 4),
            random.between(40.0, 46.0),
        ),
        Case::Hot => {
            let at = |offset| Schedule::EveryMinutes { minutes: 10, offset };
            (vec![at(minute % 5), at(minute % 5 + 5)], random.whole(1, 2), random.between(1.2, 2.0))
        }
        Case::Empty => (vec![once(hour)], random.whole(1, 4), random.between(35.0, 60.0)),
    };
    let nodes = workers as u32 + 1;
    let (min_idle, idle_minutes, max_capacity) = match case {
        Case::MostlyIdle => (nodes, *random.pick(&[15, 30, 60]), nodes * 4),
        Case::Forgotten => (workers as u32, 30, 20),
        Case::Exhausted => (nodes, 20, nodes),
        Case::Hot => (nodes, 5, nodes * 4),
        Case::Empty => (0, 10, nodes * 3),
    };
    let node = pick_node(site.workspace.cloud, random);
    let created = site.long_ago(random);
    let pool = Arc::new(Pool {
        workspace: site.workspace.clone(),
        id: pool_id(created, random),
        name: format!("{}-{}", site.team.name, random.pick(&["warm", "etl", "shared", "ready"])),
        node_type: node,
        created,
        keeping: Some(Keeping { min_idle, idle_minutes, max_capacity, availability: Availability::SpotWithFallback }),
    });
    let jobs = schedules.into_iter().map(|it| {
        let card = site.card(it, "main", random);
        let shape = shape(node, workers as u32, Some(pool.clone()), "16.4.x-scala2.12");
        plain_job(card, shape, work, random)
    });
    let jobs = jobs.collect();
    Drawn { it: PoolGroup { pool, jobs }, problem: case.problem() }
}

/// Lets a pool keep so many nodes; says whether there is one that keeps another number.
pub(crate) fn apply_idle(world: &mut World, pool_id: &str, nodes: u32) -> bool {
    let Some(at) = world.pools.iter().position(|it| it.id == pool_id) else { return false };
    let Some(keeping) = world.pools[at].keeping.filter(|it| it.min_idle != nodes) else { return false };
    let old = &world.pools[at];
    let new = Arc::new(Pool {
        workspace: old.workspace.clone(),
        id: old.id.clone(),
        name: old.name.clone(),
        node_type: old.node_type,
        created: old.created,
        keeping: Some(Keeping { min_idle: nodes, ..keeping }),
    });
    for job in world.jobs.iter_mut().chain(&mut world.streams) {
        if job.shape.pool.as_ref().is_some_and(|it| it.id == pool_id) {
            job.shape.pool = Some(new.clone());
        }
    }
    world.pools[at] = new;
    true
}
