//! Jobs with clusters of their own: the shape of each case, and one draw of it that is worth planting.

use super::cases::Case;
use super::drafts::{Draft, WORTH_USD, schedule};
use super::hardware::{Fit, Hardware, draw as hardware, sized};
use super::twists::{Twist, twist};
use super::works::Make;
use super::{Setting, cloud, is_production, place, runtimes, spread, team};
use crate::catalog::{Cloud, NodeType, node_type};
use crate::random::Random;
use crate::schedule::{Days, Schedule};
use crate::time::{DAY, date};
use crate::workload::{Engine, Latent, Peaks, Size};
use crate::world::recipes::{Governed, JobRecipe, NodesFrom, Place, Recipe, own};
use crate::world::{Availability, Setup, Tagging, TaskKind};

/// Tries until one is worth planting.
pub(super) fn draw(case: Case, twists: &[Twist], setting: Setting, random: &mut Random) -> Recipe {
    for _ in 0..500 {
        if let Some(it) = attempt(case, twists, setting, &mut random.fork()) {
            return own(it.recipe);
        }
    }
    // A history of a few days is too short for some cases.
    assert!(case != Case::Sound || !twists.is_empty(), "no sound job could be drawn");
    draw(Case::Sound, &[], setting, random)
}

/// Whether the history has an end of a month in it.
pub(super) fn sees_month_end(setting: Setting) -> bool {
    (1..=setting.days).any(|it| {
        let day = date(setting.until - it * DAY);
        day.day() + 2 > day.days_in_month()
    })
}

fn attempt(case: Case, twists: &[Twist], setting: Setting, random: &mut Random) -> Option<Draft> {
    let month_end = sees_month_end(setting);
    let case = if case == Case::MonthEnd && !month_end { Case::Bursty } else { case };
    let has = |it: Twist| twists.contains(&it);
    let fit = match () {
        () if has(Twist::OldNodes) => Fit::Old,
        () if has(Twist::ArmPays) => Fit::ArmPays,
        () if has(Twist::ArmBlocked) => Fit::ArmBlocked,
        () if has(Twist::DearSuccessor) => Fit::DearSuccessor,
        () => Fit::Right,
    };
    let on_demand = has(Twist::OnDemand) || matches!(case, Case::LongCritical | Case::StreamingOnDemand);
    let availability = if on_demand { Availability::OnDemand } else { Availability::SpotWithFallback };
    let only_aws = case == Case::PhotonPays || matches!(fit, Fit::ArmPays | Fit::ArmBlocked);
    let only_production = matches!(case, Case::LongCritical | Case::Streaming | Case::StreamingOnDemand);
    let at = place(random, |it| (!only_aws || cloud(it) == Cloud::Aws) && (!only_production || is_production(it)));
    let memory_per_core = if case == Case::MemoryBound { 7.0 } else { 1.9 };
    let big_driver = has(Twist::BigDriver) || has(Twist::BigDriverNeeded);
    let most_cores = case.most_cores().min(if big_driver { 8 } else { 16 });
    let suits = |it: &NodeType| {
        it.vcpus <= most_cores && it.memory_gib / f64::from(it.vcpus) >= memory_per_core && it.memory_gib >= 8.0
    };
    let hardware = hardware(fit, cloud(at), availability, random, suits)?;
    let mut draft = shape(case, at, hardware, availability, twists, random);
    draft.recipe.team = team(random);
    draft.recipe.runtime = runtimes::sound(setting.until, random);
    for it in twists {
        twist(*it, &mut draft, setting, random)?;
    }
    // Those with twists know better how often they must run.
    let target = spread(45.0, 380.0, random);
    let least = twists.iter().map(|it| it.least_runs_per_day()).max().unwrap_or(0);
    match case {
        Case::Streaming | Case::StreamingOnDemand => draft.recipe.schedule = Schedule::Continuous,
        Case::LongCritical => draft.recipe.schedule = schedule(24, random),
        Case::ThinHistory => {
            let (hour, minute) = (random.whole(0, 23), random.whole(0, 59));
            draft.recipe.schedule =
                Schedule::Daily { hour, minute, days: Days::Sunday, zone: crate::schedule::Zone::Utc };
        }
        // Few runs a day must still show a pattern.
        Case::Bursty | Case::Full => draft.pace(target, least.max(2), random),
        Case::Sound
        | Case::Wide
        | Case::Light
        | Case::NeverScales
        | Case::MinTooHigh
        | Case::PinnedIdle
        | Case::PinnedBusy
        | Case::MemoryBound
        | Case::DriverBound
        | Case::Growing
        | Case::MonthEnd
        | Case::PhotonPays
        | Case::Scales
        | Case::Deleted => draft.pace(target, least.max(1), random),
    }
    let usd = draft.usd_per_month();
    if usd > 900.0 || draft.saves.is_some_and(|it| it * usd < WORTH_USD) {
        return None;
    }
    for it in twists {
        if it.saves(&draft, setting).is_some_and(|it| it < WORTH_USD) {
            return None;
        }
    }
    for it in twists {
        it.settle(&mut draft, setting, random);
    }
    if draft.recipe.problems.is_empty() {
        draft.recipe.problems.push("healthy");
    }
    Some(draft)
}

/// The work, and the cluster for it.
fn shape(
    case: Case,
    at: Place,
    hardware: Hardware,
    availability: Availability,
    twists: &[Twist],
    random: &mut Random,
) -> Draft {
    let node = hardware.node;
    let cores = node.vcpus;
    let driver = sized(node, 4);
    let room = node.memory_gib * 0.72;
    let waits = Fit::DearSuccessor.waits().filter(|_| twists.contains(&Twist::DearSuccessor));
    let photon = case == Case::PhotonPays || twists.contains(&Twist::UselessPhoton);
    let photon_gain = if case == Case::PhotonPays {
        random.between(2.9, 3.2)
    } else if photon {
        random.between(0.86, 1.08)
    } else {
        random.between(0.9, 1.25)
    };
    let mut make = Make {
        hardware,
        slots: cores,
        io: match waits {
            Some(it) => it,
            None if case == Case::PhotonPays => random.between(0.02, 0.05),
            None => random.between(0.04, 0.18),
        },
        photon_gain,
        gain: if photon { photon_gain } else { 1.0 },
        memory_gib: 0.0,
        // On a small driver its own services leave little: what a sound job needs stays clear of that.
        driver_gib: (driver.memory_gib * random.between(0.28, 0.36))
            .min((driver.memory_gib * 0.68 - 2.4) * 0.7)
            .max(0.3),
    };
    let count = random.whole(3, 7) as usize;
    let mut minutes = spread(5.0, 100.0, random);
    let few = random.whole(2, if cores > 8 { 4 } else { 8 }) as u32;
    let (mut problem, mut saves) = (None, None);
    // Which size, how many workers on average, which stages.
    let (size, workers, mut latent) = match case {
        Case::Sound | Case::PhotonPays | Case::ThinHistory | Case::Deleted => {
            if case == Case::PhotonPays {
                minutes = spread(35.0, 110.0, random);
            }
            let latent = filled(&mut make, few, count, minutes, random);
            (Size::Fixed(few), f64::from(few), latent)
        }
        Case::LongCritical | Case::Streaming | Case::StreamingOnDemand => {
            minutes = random.between(265.0, 370.0);
            let workers = random.whole(2, 3) as u32;
            let latent = filled(&mut make, workers, count + 4, minutes, random);
            (Size::Fixed(workers), f64::from(workers), latent)
        }
        Case::Wide => {
            let workers = random.whole(5, if cores > 4 { 9 } else { 14 }) as u32;
            make.slots = workers * cores;
            let used = random.between(0.14, 0.46);
            let tasks = ((f64::from(make.slots) * used) as u32).max(3);
            let needed = tasks.div_ceil(cores);
            make.memory_gib = f64::from(needed) * room * random.between(0.3, 0.6);
            minutes = minutes.max(8.0);
            problem = Some("D01");
            saves = Some(f64::from(workers - needed - 1) / f64::from(workers + 1));
            let stages = make.even(count, tasks, minutes, random);
            (Size::Fixed(workers), f64::from(workers), make.latent(stages, random))
        }
        Case::Light => {
            let workers = random.whole(2, 5) as u32;
            make.slots = workers * cores;
            make.memory_gib = room * random.between(0.12, 0.35);
            make.driver_gib = random.between(0.3, 0.8);
            minutes = spread(4.0, 26.0, random);
            let tasks = random.whole(2, i64::from(cores.min(6))) as u32;
            problem = Some("D02");
            saves = Some(f64::from(workers) / f64::from(workers + 1) * 0.7);
            let stages = make.even(count, tasks, minutes, random);
            (Size::Fixed(workers), f64::from(workers), make.latent(stages, random))
        }
        Case::NeverScales => {
            let min = random.whole(2, 4) as u32;
            make.slots = min * cores;
            make.memory_gib = f64::from(min) * room * random.between(0.4, 0.7);
            let tasks = (f64::from(make.slots) * random.between(0.86, 1.0)) as u32;
            problem = Some("D03");
            let stages = make.even(count, tasks, minutes.max(12.0), random);
            (
                Size::Autoscale { min, max: min + random.whole(3, 10) as u32 },
                f64::from(min),
                make.latent(stages, random),
            )
        }
        Case::MinTooHigh => {
            let min = random.whole(4, 8) as u32;
            let max = min + random.whole(2, 6) as u32;
            make.slots = min * cores;
            let used = random.between(0.15, 0.4);
            let tasks = ((f64::from(make.slots) * used) as u32).max(2);
            let needed = tasks.div_ceil(cores).max(1);
            make.memory_gib = f64::from(needed) * room * random.between(0.3, 0.55);
            minutes = minutes.max(25.0);
            let mut stages = make.even(count, tasks, minutes, random);
            // Now and then it needs all there are.
            stages.push(make.stage(max * cores * 2, 360.0, random));
            problem = Some("D19");
            saves = Some(f64::from(min - needed) / f64::from(min + 1) * 0.7);
            (Size::Autoscale { min, max }, f64::from(min), make.latent(stages, random))
        }
        Case::PinnedIdle => {
            let (min, max) = (2, random.whole(6, 11) as u32);
            make.slots = min * cores;
            make.memory_gib = f64::from(min) * room * random.between(0.35, 0.6);
            minutes = spread(45.0, 110.0, random);
            // Many short pieces bring all workers, a few long ones keep each of them a little busy.
            let mut stages = vec![make.stage(cores * 54, 430.0, random)];
            make.slots = max * cores;
            let tasks = max + random.whole(0, 2) as u32;
            stages.push(make.stage(tasks, minutes * 60.0, random));
            problem = Some("D20");
            saves = Some(f64::from(max - tasks.div_ceil(cores) - 1) / f64::from(max + 1) * 0.8);
            (Size::Autoscale { min, max }, f64::from(max), make.latent(stages, random))
        }
        Case::PinnedBusy => {
            let max = random.whole(2, 4) as u32;
            make.slots = max * cores;
            make.memory_gib = f64::from(max) * room * random.between(0.4, 0.6);
            make.io = random.between(0.02, 0.05);
            minutes = spread(60.0, 140.0, random);
            problem = Some("D20");
            let stages = make.even(1, make.slots * random.whole(30, 50) as u32, minutes, random);
            (Size::Autoscale { min: 1, max }, f64::from(max), make.latent(stages, random))
        }
        Case::Full => {
            let workers = random.whole(2, 5) as u32;
            let full = random.between(1.45, 1.9);
            let mut latent = filled(&mut make, workers, count, minutes, random);
            for it in &mut latent.stages {
                it.memory_gib = f64::from(workers) * room * full;
            }
            latent.nature.spill_limit = random.between(1.2, 1.6);
            // Memory grows with the root of the amount: in a peak it is beyond the limit.
            let factor = ((latent.nature.spill_limit + 1.4) / full).powi(2);
            latent.peaks = Peaks::Rare { every_runs: random.whole(5, 9), factor };
            problem = Some("D22");
            (Size::Fixed(workers), f64::from(workers), latent)
        }
        Case::MemoryBound => {
            let workers = random.whole(3, 7) as u32;
            make.slots = workers * cores;
            make.memory_gib = f64::from(workers) * room * random.between(0.86, 0.97);
            let tasks = ((f64::from(make.slots) * random.between(0.15, 0.35)) as u32).max(2);
            problem = Some("decoy:memory-bound");
            let stages = make.even(count, tasks, minutes.max(12.0), random);
            (Size::Fixed(workers), f64::from(workers), make.latent(stages, random))
        }
        Case::Bursty | Case::MonthEnd | Case::Growing => {
            let workers = random.whole(5, 9) as u32;
            make.slots = workers * cores;
            let growing = case == Case::Growing;
            let (used, memory) =
                if growing { (random.between(0.5, 0.62), 0.5) } else { (random.between(0.18, 0.26), 0.28) };
            make.memory_gib = f64::from(workers) * room * memory;
            let tasks = ((f64::from(make.slots) * used) as u32).max(2);
            let stages = make.even(count, tasks, minutes, random);
            let mut latent = make.latent(stages, random);
            let factor = random.between(5.0, 9.0);
            problem = if growing {
                latent.growth_per_week = random.between(0.18, 0.3);
                Some("decoy:growing")
            } else if case == Case::MonthEnd {
                latent.peaks = Peaks::MonthEnd { factor };
                Some("decoy:month-end")
            } else {
                latent.peaks = Peaks::Rare { every_runs: random.whole(5, 8), factor };
                Some("decoy:bursty")
            };
            (Size::Fixed(workers), f64::from(workers), latent)
        }
        Case::DriverBound => {
            let workers = 2;
            let mut latent = filled(&mut make, workers, count, minutes * 0.4, random);
            for it in &mut latent.stages {
                it.driver_seconds = minutes * 60.0 / count as f64 * 0.65 * driver.speed;
                it.driver_cores = random.between(1.6, 3.0);
            }
            problem = Some("decoy:driver-bound");
            (Size::Fixed(workers), f64::from(workers), latent)
        }
        Case::Scales => {
            let (min, max) = (random.whole(1, 2) as u32, random.whole(5, 9) as u32);
            make.slots = min * cores;
            make.memory_gib = f64::from(min) * room * random.between(0.3, 0.6);
            let mut stages = Vec::new();
            for _ in 0..random.whole(1, 3) {
                let small = make.slots * random.whole(1, 2) as u32;
                stages.push(make.stage(small, random.between(150.0, 420.0), random));
                let wide = Make { slots: max * cores, ..make };
                stages.push(wide.stage(max * cores * 9, random.between(500.0, 900.0), random));
            }
            minutes = 14.0 * stages.len() as f64 / 2.0 + 6.0;
            problem = Some("decoy:autoscaling-works");
            (Size::Autoscale { min, max }, f64::from(max) * 0.6, make.latent(stages, random))
        }
    };
    latent.weekend = if case == Case::PinnedIdle { 1.0 } else { latent.weekend };
    let problem = problem.or(case.looks_like());
    let setup = super::twists::setup(hardware.needs_x86, photon && case != Case::PhotonPays, random);
    let recipe = JobRecipe {
        problems: problem.into_iter().collect(),
        place: at,
        team: "platform",
        schedule: Schedule::Continuous,
        node: &node.id,
        driver: &driver.id,
        size,
        engine: if photon { Engine::Photon } else { Engine::Standard },
        availability,
        runtime: "",
        setup: Setup {
            tagging: if case == Case::LongCritical { Tagging::Critical } else { Tagging::Full },
            // SQL that Photon is made for stands in notebooks.
            kind: if case == Case::PhotonPays { TaskKind::Notebook } else { setup.kind },
            ..setup
        },
        governed: Governed::Policy,
        tasks: match random.whole(0, 3) {
            0 => &["extract", "load"],
            1 => &["stage", "merge", "publish"],
            _ => &["main"],
        },
        latent,
        life: case.life(),
        nodes_from: NodesFrom::Cloud,
    };
    debug_assert!(std::ptr::eq(node_type(recipe.node), node));
    Draft { recipe, hardware, minutes, workers, saves }
}

/// Work that keeps so many workers busy: whole waves of pieces, and memory with room to spare.
fn filled(make: &mut Make, workers: u32, count: usize, minutes: f64, random: &mut Random) -> Latent {
    let cores = make.hardware.node.vcpus;
    make.slots = workers * cores;
    make.memory_gib = f64::from(workers) * make.hardware.node.memory_gib * 0.72 * random.between(0.5, 0.78);
    let spare = random.whole(0, i64::from(make.slots / 12)) as u32;
    let tasks = make.slots * random.whole(2, 4) as u32 - spare;
    let stages = make.even(count, tasks, minutes, random);
    make.latent(stages, random)
}
