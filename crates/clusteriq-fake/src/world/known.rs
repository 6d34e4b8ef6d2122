//! Fleets to be judged by: what each resource is, drawn at random but so that every problem and every decoy comes up.
//!
//! Cases are dealt like cards: a shuffled deck holds each once, and when it is used up the next one is shuffled. What a card
//! looks like (sizes, node types, schedules, amounts) is drawn from the resource's own stream.

use super::kinds::Case as Kind;
use super::recipes::{Place, Recipe};
use super::{pipelines, pools, serverless, warehouses as sized};
use crate::DemoOptions;
use crate::catalog::Cloud;
use crate::random::Random;
use crate::time::Millis;

mod cases;
mod clusters;
mod drafts;
mod hardware;
mod jobs;
mod overlaps;
mod runtimes;
mod twists;
mod warehouses;
mod works;

use cases::Case;
use clusters::ClusterCase;
use twists::Twist;
use warehouses::WarehouseCase;

/// What a resource is to be.
#[derive(Clone, Copy, Debug)]
enum Card {
    Job(Case, &'static [Twist]),
    /// Jobs on clusters of their own that could share one.
    Overlap,
    Cluster(ClusterCase),
    Warehouse(WarehouseCase),
    /// A pool with its jobs, a pipeline, a serverless job, or a warehouse of a size.
    Kind(Kind),
}

/// Every problem, most of them alone, some together.
const PROBLEMS: &[Card] = &[
    Card::Job(Case::Wide, &[]),
    Card::Job(Case::Wide, &[]),
    Card::Job(Case::Light, &[]),
    Card::Job(Case::NeverScales, &[]),
    Card::Overlap,
    Card::Job(Case::Sound, &[Twist::OnDemand]),
    Card::Job(Case::Sound, &[Twist::OnDemand]),
    Card::Job(Case::Sound, &[Twist::UselessPhoton]),
    Card::Job(Case::Sound, &[Twist::OldNodes]),
    Card::Job(Case::Sound, &[Twist::ArmPays]),
    Card::Job(Case::Sound, &[Twist::BigDriver]),
    Card::Job(Case::MinTooHigh, &[]),
    Card::Job(Case::PinnedIdle, &[]),
    Card::Job(Case::PinnedBusy, &[]),
    Card::Job(Case::Full, &[]),
    Card::Job(Case::Sound, &[Twist::Fails]),
    Card::Job(Case::Sound, &[Twist::Storm]),
    Card::Job(Case::Sound, &[Twist::Hangs]),
    Card::Job(Case::Sound, &[Twist::NoTags]),
    Card::Job(Case::Sound, &[Twist::NoPolicy]),
    Card::Job(Case::Sound, &[Twist::OldRuntime]),
    Card::Job(Case::Wide, &[Twist::OnDemand]),
    Card::Job(Case::Wide, &[Twist::UselessPhoton]),
    Card::Job(Case::Wide, &[Twist::OnDemand, Twist::OldRuntime]),
    Card::Job(Case::Light, &[Twist::OldRuntime, Twist::NoTags]),
    Card::Job(Case::Sound, &[Twist::OldNodes, Twist::OnDemand]),
    Card::Job(Case::Sound, &[Twist::BigDriver, Twist::UselessPhoton]),
    Card::Job(Case::MinTooHigh, &[Twist::OnDemand]),
    Card::Job(Case::Sound, &[Twist::Fails, Twist::NoTags]),
    Card::Job(Case::Sound, &[Twist::Hangs, Twist::OnDemand]),
    Card::Cluster(ClusterCase::Forgotten),
    Card::Cluster(ClusterCase::NeverTerminates),
    Card::Cluster(ClusterCase::LateTermination),
    Card::Cluster(ClusterCase::LateTermination),
    Card::Cluster(ClusterCase::HostsJobs),
    Card::Cluster(ClusterCase::NeverScales),
    Card::Cluster(ClusterCase::OnDemand),
    Card::Cluster(ClusterCase::OldRuntime),
    Card::Cluster(ClusterCase::NoTags),
    Card::Cluster(ClusterCase::NoPolicy),
    Card::Cluster(ClusterCase::OffHours),
    Card::Cluster(ClusterCase::Silent),
    Card::Warehouse(WarehouseCase::LateStop),
    Card::Warehouse(WarehouseCase::NeverStops),
    Card::Kind(Kind::Pool(pools::Case::MostlyIdle)),
    Card::Kind(Kind::Pool(pools::Case::Forgotten)),
    Card::Kind(Kind::Pipeline(pipelines::Case::ContinuousAndIdle)),
    Card::Kind(Kind::Pipeline(pipelines::Case::ScheduledDevelopment)),
    Card::Kind(Kind::Serverless(serverless::Case::CanWait)),
    Card::Kind(Kind::Serverless(serverless::Case::CanWaitAndDid)),
    Card::Kind(Kind::Warehouse(sized::Case::Oversized)),
    Card::Kind(Kind::Warehouse(sized::Case::Oversized)),
];

/// Decoys and healthy resources.
const SOUND: &[Card] = &[
    Card::Job(Case::MemoryBound, &[]),
    Card::Job(Case::Bursty, &[]),
    Card::Job(Case::DriverBound, &[]),
    Card::Job(Case::ThinHistory, &[]),
    Card::Job(Case::Streaming, &[]),
    Card::Job(Case::Growing, &[]),
    Card::Job(Case::MonthEnd, &[]),
    Card::Job(Case::PhotonPays, &[]),
    Card::Job(Case::LongCritical, &[]),
    Card::Job(Case::StreamingOnDemand, &[]),
    Card::Job(Case::Scales, &[]),
    Card::Job(Case::Sound, &[Twist::FailsAtMonthEnd]),
    Card::Job(Case::Sound, &[Twist::DearSuccessor]),
    Card::Job(Case::Sound, &[Twist::ArmBlocked]),
    Card::Job(Case::Sound, &[Twist::BigDriverNeeded]),
    Card::Job(Case::Sound, &[Twist::Heals]),
    Card::Job(Case::Sound, &[Twist::OnceLong]),
    Card::Job(Case::Deleted, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Job(Case::Sound, &[]),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Sound),
    Card::Cluster(ClusterCase::Service),
    Card::Cluster(ClusterCase::BusinessHours),
    Card::Cluster(ClusterCase::BusinessHours),
    Card::Warehouse(WarehouseCase::Sound),
    Card::Warehouse(WarehouseCase::Sound),
    Card::Warehouse(WarehouseCase::Sound),
    Card::Warehouse(WarehouseCase::AlwaysBusy),
    Card::Kind(Kind::Pool(pools::Case::Exhausted)),
    Card::Kind(Kind::Pool(pools::Case::Hot)),
    Card::Kind(Kind::Pool(pools::Case::Empty)),
    Card::Kind(Kind::Pipeline(pipelines::Case::ContinuousAndBusy)),
    Card::Kind(Kind::Pipeline(pipelines::Case::ContinuousAndSteady)),
    Card::Kind(Kind::Pipeline(pipelines::Case::PersonsDevelopment)),
    Card::Kind(Kind::Pipeline(pipelines::Case::TriggeredProduction)),
    Card::Kind(Kind::Serverless(serverless::Case::Frequent)),
    Card::Kind(Kind::Serverless(serverless::Case::OnArrival)),
    Card::Kind(Kind::Serverless(serverless::Case::WaitsAlready)),
    Card::Kind(Kind::Warehouse(sized::Case::FitsExactly)),
    Card::Kind(Kind::Warehouse(sized::Case::ScanBound)),
    Card::Kind(Kind::Warehouse(sized::Case::Crowded)),
    Card::Kind(Kind::Warehouse(sized::Case::Fitting)),
];

/// What all draws need to know of the company.
#[derive(Clone, Copy, Debug)]
struct Setting {
    until: Millis,
    days: i64,
}

/// The fleet: as many recipes as there are to be resources.
pub(super) fn draw(options: &DemoOptions) -> Vec<Recipe> {
    let setting = Setting { until: options.until.as_millisecond(), days: i64::from(options.days) };
    if let Some(jobs) = options.jobs {
        return mixed(options.seed, jobs as usize, options.clusters as usize, setting);
    }
    let wanted = options.clusters as usize;
    let mut recipes = Vec::with_capacity(wanted);
    for deck in 0.. {
        for card in shuffled(options.seed, deck) {
            let room = wanted - recipes.len();
            if room == 0 {
                return recipes;
            }
            let mut random = Random::named(options.seed, &format!("drawn {}", recipes.len()));
            recipes.extend(one(card, setting, room, &mut random));
        }
    }
    recipes
}

/// So many jobs and all-purpose clusters, and as many others as the deck deals meanwhile. A card for which there is no room
/// is left out. Jobs that belong to a pool are not counted.
fn mixed(seed: u64, jobs: usize, clusters: usize, setting: Setting) -> Vec<Recipe> {
    let mut recipes = Vec::with_capacity(jobs + clusters);
    let (mut jobs, mut clusters) = (jobs, clusters);
    for card in (0..).flat_map(|deck| shuffled(seed, deck)) {
        if jobs == 0 && clusters == 0 {
            break;
        }
        let mut random = Random::named(seed, &format!("drawn {}", recipes.len()));
        let drawn = one(card, setting, jobs + clusters, &mut random);
        let count = |test: fn(&Recipe) -> bool| drawn.iter().filter(|it| test(it)).count();
        let more = count(|it| matches!(it, Recipe::Job(_) | Recipe::Hosted(_) | Recipe::Kind(Kind::Serverless(_))));
        if let (Some(jobs_left), Some(clusters_left)) =
            (jobs.checked_sub(more), clusters.checked_sub(count(|it| matches!(it, Recipe::Cluster(_)))))
        {
            (jobs, clusters) = (jobs_left, clusters_left);
            recipes.extend(drawn);
        }
    }
    recipes
}

/// The cards of a deck in its order.
fn shuffled(seed: u64, deck: u64) -> Vec<Card> {
    let mut cards: Vec<Card> = PROBLEMS.iter().chain(SOUND).copied().collect();
    shuffle(&mut cards, &mut Random::named(seed, &format!("deck {deck}")));
    cards
}

/// The recipes of a card, at most as many as there is room for.
fn one(card: Card, setting: Setting, room: usize, random: &mut Random) -> Vec<Recipe> {
    match card {
        Card::Job(case, twists) => vec![jobs::draw(case, twists, setting, random)],
        Card::Overlap if room < 2 => vec![jobs::draw(Case::Wide, &[], setting, random)],
        Card::Overlap => overlaps::draw(setting, room, random),
        Card::Cluster(ClusterCase::HostsJobs) if room < 2 => vec![jobs::draw(Case::Wide, &[], setting, random)],
        Card::Cluster(case) => clusters::draw(case, setting, room, random),
        Card::Warehouse(case) => vec![warehouses::draw(case, random)],
        Card::Kind(kind) => vec![Recipe::Kind(kind)],
    }
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for index in (1..items.len()).rev() {
        items.swap(index, random.whole(0, index as i64) as usize);
    }
}

/// Whose a resource is.
const TEAMS: &[&str] = &["finance", "growth", "search", "risk", "logistics", "marketing", "platform", "support"];

fn team(random: &mut Random) -> &'static str {
    random.pick::<&'static str>(TEAMS)
}

/// Where a workspace runs.
fn cloud(place: Place) -> Cloud {
    match place {
        Place::Prod | Place::Analytics | Place::Dev => Cloud::Aws,
        Place::Emea | Place::EmeaDev => Cloud::Azure,
        Place::Lab => Cloud::Gcp,
    }
}

/// A place that suits; most of the company is on AWS.
fn place(random: &mut Random, suits: impl Fn(Place) -> bool) -> Place {
    use Place::{Analytics, Dev, Emea, EmeaDev, Lab, Prod};
    let all = [Prod, Prod, Prod, Prod, Analytics, Analytics, Analytics, Dev, Dev, Emea, Emea, EmeaDev, Lab];
    let suiting: Vec<Place> = all.into_iter().filter(|it| suits(*it)).collect();
    *random.pick(&suiting)
}

/// Where nothing depends on a run that has to be repeated.
fn is_production(place: Place) -> bool {
    match place {
        Place::Prod | Place::Emea => true,
        Place::Analytics | Place::Dev | Place::EmeaDev | Place::Lab => false,
    }
}

/// Where the `env` tag says development or test.
fn is_development(place: Place) -> bool {
    match place {
        Place::Dev | Place::EmeaDev | Place::Lab => true,
        Place::Prod | Place::Analytics | Place::Emea => false,
    }
}

/// Uniform in the logarithm: as many small ones as large ones. Without a logarithm, so that it is the same everywhere.
fn spread(low: f64, high: f64, random: &mut Random) -> f64 {
    let (mut at, mut step) = (low, high / low);
    let mut part = random.unit();
    // Binary digits of the exponent: each halves the step's exponent.
    for _ in 0..20 {
        step = step.sqrt();
        part *= 2.0;
        if part >= 1.0 {
            part -= 1.0;
            at *= step;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Fleet;
    use crate::time::DAY;
    use crate::world::World;

    fn world(seed: u64, clusters: u32) -> World {
        let options = DemoOptions { seed, clusters, fleet: Fleet::Known, ..DemoOptions::default() };
        World::new(&options, options.until.as_millisecond() - 28 * DAY)
    }

    #[test]
    fn every_problem_and_every_decoy_is_among_four_hundred_resources_of_any_seed() {
        for seed in [1, 2, 77] {
            let world = world(seed, 400);
            let mut count = BTreeMap::<&str, usize>::new();
            for it in &world.planted {
                *count.entry(&it.problem).or_default() += 1;
            }
            for problem in [
                "D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D10", "D12", "D14", "D15", "D16", "D19",
                "D20", "D22", "D25", "D26", "D27", "D37", "D39", "D40", "D45", "D46", "D48", "D51", "D52", "D53",
                "D55", "D60", "healthy",
            ] {
                assert!(count.get(problem).is_some_and(|it| *it >= 3), "{problem} in {count:?}");
            }
            for decoy in [
                "memory-bound",
                "bursty",
                "driver-bound",
                "thin-history",
                "streaming",
                "growing",
                "month-end",
                "photon-pays",
                "on-demand-critical",
                "on-demand-streaming",
                "autoscaling-works",
                "fails-at-month-end",
                "successor-dearer",
                "arm-blocked",
                "big-driver-needed",
                "retries-heal",
                "one-long-run",
                "deleted",
                "service",
                "business-hours",
                "always-busy",
            ] {
                let name = format!("decoy:{decoy}");
                assert!(count.get(name.as_str()).is_some_and(|it| *it >= 2), "{name} in {count:?}");
            }
        }
    }

    #[test]
    fn about_half_of_the_resources_have_a_problem_and_some_have_several() {
        for seed in [3, 4] {
            let mut of = BTreeMap::<String, usize>::new();
            for it in world(seed, 400).planted.iter().filter(|it| it.kind != "workspace") {
                *of.entry(it.target_id.clone()).or_default() += usize::from(it.problem.starts_with('D'));
            }
            // A pool brings jobs of its own.
            assert!((400..=440).contains(&of.len()), "{}", of.len());
            let bad = of.values().filter(|it| **it > 0).count();
            assert!((180..=230).contains(&bad), "{bad}");
            assert!(of.values().filter(|it| **it > 1).count() > 20);
        }
    }

    #[test]
    fn jobs_and_all_purpose_clusters_can_be_counted_apart() {
        let options = DemoOptions { jobs: Some(50), clusters: 20, fleet: Fleet::Known, ..DemoOptions::default() };
        let recipes = draw(&options);
        let count = |test: fn(&Recipe) -> bool| recipes.iter().filter(|it| test(it)).count();
        assert_eq!(count(|it| matches!(it, Recipe::Cluster(_))), 20);
        assert_eq!(
            count(|it| matches!(it, Recipe::Job(_) | Recipe::Hosted(_) | Recipe::Kind(Kind::Serverless(_)))),
            50
        );
        assert!(count(|it| matches!(it, Recipe::Warehouse(_))) > 0);
    }

    #[test]
    fn resources_that_there_are_already_do_not_change_when_there_are_more() {
        let names =
            |clusters| world(5, clusters).planted.into_iter().map(|it| (it.target_id, it.problem)).collect::<Vec<_>>();
        let (few, many) = (names(60), names(120));
        let same = few.iter().filter(|it| many.contains(it)).count();
        // The two workspaces are in both; at the cut a group may be shorter.
        assert!(same + 3 >= few.len(), "{same} of {}", few.len());
    }
}
