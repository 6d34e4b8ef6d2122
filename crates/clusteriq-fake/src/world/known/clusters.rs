//! All-purpose clusters: who uses them, how long they wait for the next command, and jobs that should not be there.

use super::hardware::{Fit, draw as hardware};
use super::{Setting, cloud, is_development, is_production, place, runtimes, team};
use crate::catalog::NodeType;
use crate::random::Random;
use crate::schedule::{Schedule, Zone};
use crate::workload::{Engine, Size};
use crate::world::policies::FEW_WORKERS;
use crate::world::recipes::{ClusterRecipe, Governed, HostedRecipe, Place, Recipe};
use crate::world::{Audience, Availability, Tagging};

/// What a cluster is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClusterCase {
    Sound,
    /// D05 and D06: used for a day.
    Forgotten,
    /// D05 and D06: people by day, nobody by night.
    NeverTerminates,
    /// D07.
    LateTermination,
    /// D08.
    HostsJobs,
    /// D03.
    NeverScales,
    /// D10.
    OnDemand,
    /// D53.
    OldRuntime,
    /// D51.
    NoTags,
    /// D52.
    NoPolicy,
    /// D55.
    OffHours,
    /// D60: its nodes report nothing.
    Silent,
    Service,
    /// Development by day, and nothing by night.
    BusinessHours,
}

const PURPOSES: &[&str] = &["notebooks", "adhoc", "explore", "sandbox", "analysis", "shared", "prototypes"];

/// The cluster and its jobs.
pub(super) fn draw(case: ClusterCase, setting: Setting, room: usize, random: &mut Random) -> Vec<Recipe> {
    loop {
        let at = place(random, |it| suits(case, it));
        let small = |it: &NodeType| it.vcpus <= 8 && it.memory_gib / f64::from(it.vcpus) >= 3.0;
        let on_demand = case == ClusterCase::OnDemand;
        let availability = if on_demand { Availability::OnDemand } else { Availability::SpotWithFallback };
        let found = hardware(Fit::Right, cloud(at), availability, random, small);
        if let Some(it) = found {
            return with(case, at, it.node, availability, setting, room, random);
        }
    }
}

/// Whether a workspace has such clusters: what wastes money by night is not also a matter of development hours.
fn suits(case: ClusterCase, at: Place) -> bool {
    match case {
        ClusterCase::Service => is_production(at),
        ClusterCase::OffHours | ClusterCase::BusinessHours | ClusterCase::OnDemand => is_development(at),
        ClusterCase::Forgotten | ClusterCase::NeverTerminates | ClusterCase::LateTermination => !is_development(at),
        ClusterCase::Sound
        | ClusterCase::HostsJobs
        | ClusterCase::NeverScales
        | ClusterCase::OldRuntime
        | ClusterCase::NoTags
        | ClusterCase::NoPolicy
        | ClusterCase::Silent => true,
    }
}

fn with(
    case: ClusterCase,
    at: Place,
    node: &'static NodeType,
    availability: Availability,
    setting: Setting,
    room: usize,
    random: &mut Random,
) -> Vec<Recipe> {
    let owner = team(random);
    let number = random.whole(1, 4);
    let ahead_hours = random.whole(-1, 2);
    let people = Audience::People { number, ahead_hours };
    let workers = if node.vcpus >= 8 { random.whole(1, 2) } else { random.whole(2, 3) } as u32;
    let mut it = ClusterRecipe {
        problems: vec!["healthy"],
        place: at,
        team: owner,
        purpose: random.pick::<&'static str>(PURPOSES),
        node: &node.id,
        size: Size::Fixed(workers),
        engine: Engine::Standard,
        autotermination: Some(*random.pick(&[10, 15, 20, 20, 30])),
        audience: people.clone(),
        availability,
        runtime: runtimes::sound(setting.until, random),
        tagging: Tagging::Full,
        governed: Governed::Policy,
    };
    let mut hosted = Vec::new();
    match case {
        ClusterCase::Sound => {
            if random.chance(0.4) {
                // It grows when people crowd it.
                it.size = Size::Autoscale { min: 1, max: random.whole(3, 5) as u32 };
            }
        }
        ClusterCase::Forgotten => {
            it.problems = vec!["D05", "D06"];
            (it.autotermination, it.audience) = (None, Audience::ForgottenAfterOneDay);
        }
        ClusterCase::NeverTerminates => {
            it.problems = vec!["D05", "D06"];
            it.autotermination = None;
        }
        ClusterCase::LateTermination => {
            it.problems = vec!["D07"];
            it.autotermination = Some(*random.pick(&[150, 180, 240, 240, 360, 480, 720]));
        }
        ClusterCase::HostsJobs => {
            it.purpose = "etl";
            it.autotermination = Some(random.whole(10, 20));
            if random.chance(0.6) {
                it.audience = Audience::Nobody;
            }
            let slots = f64::from(workers * node.vcpus);
            for _ in 0..random.whole(1, 2).min(room as i64 - 1) {
                let minutes = random.between(9.0, 28.0);
                let cores = slots * random.between(0.7, 0.95);
                hosted.push(Recipe::Hosted(HostedRecipe {
                    team: owner,
                    schedule: Schedule::Every {
                        hours: *random.pick(&[2, 3, 4]),
                        minute: random.whole(0, 59),
                        zone: Zone::Utc,
                    },
                    core_seconds: cores * minutes * 60.0,
                    cores,
                }));
            }
        }
        ClusterCase::NeverScales => {
            it.problems = vec!["D03"];
            // One person never asks for more than sixteen cores.
            it.audience = Audience::People { number: 1, ahead_hours };
            let min = 20_u32.div_ceil(node.vcpus);
            it.size = Size::Autoscale { min, max: min + random.whole(3, 8) as u32 };
        }
        ClusterCase::OnDemand => it.problems = vec!["D10"],
        ClusterCase::OldRuntime => {
            it.problems = vec!["D53"];
            it.runtime = runtimes::old(setting.until, random);
        }
        ClusterCase::NoTags => {
            it.problems = vec!["D51"];
            it.tagging = *random.pick(&[Tagging::Nothing, Tagging::NoOwner]);
        }
        ClusterCase::NoPolicy => {
            it.problems = vec!["D52"];
            it.governed = match random.whole(0, 3) {
                0 => Governed::TooManyWorkers,
                1 => Governed::OtherNodeTypes,
                _ => Governed::No,
            };
            if it.governed == Governed::TooManyWorkers {
                it.size = Size::Fixed(workers.max(FEW_WORKERS + 1));
            }
        }
        ClusterCase::OffHours => {
            it.problems = vec!["D55"];
            it.autotermination = Some(*random.pick(&[20, 30, 30]));
            it.audience = Audience::KeptUp { number, ahead_hours };
        }
        ClusterCase::Silent => it.problems = vec!["D60"],
        ClusterCase::Service => {
            it.problems = vec!["decoy:service"];
            it.purpose = "gateway";
            (it.autotermination, it.audience, it.size) = (None, Audience::Service, Size::Fixed(1));
        }
        ClusterCase::BusinessHours => it.problems = vec!["decoy:business-hours"],
    }
    let mut recipes = vec![Recipe::Cluster(it)];
    recipes.extend(hosted);
    recipes
}
