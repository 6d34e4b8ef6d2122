//! D04: small jobs of one team that run at the same times, each on a cluster of its own.

use super::cases::Case;
use super::hardware::{Fit, draw as hardware};
use super::jobs::draw as job;
use super::works::Make;
use super::{Setting, cloud, place, runtimes, team};
use crate::catalog::NodeType;
use crate::random::Random;
use crate::schedule::{Schedule, Zone};
use crate::world::Availability;
use crate::world::recipes::Recipe;

/// Two to four of them.
pub(super) fn draw(setting: Setting, room: usize, random: &mut Random) -> Vec<Recipe> {
    let at = place(random, |_| true);
    let team = team(random);
    let runtime = runtimes::sound(setting.until, random);
    let count = (random.whole(3, 4) as usize).min(room);
    let hours = *random.pick(&[1, 1, 2]);
    // The last of them is due within the same hour.
    let first = random.whole(0, 47);
    let minutes = random.between(4.0, 11.0);
    let spot = Availability::SpotWithFallback;
    let mut recipes = Vec::new();
    let suits = |it: &NodeType| it.memory_gib >= 15.0 && it.memory_gib / f64::from(it.vcpus) >= 3.0 && it.vcpus <= 8;
    let Some(hardware) = hardware(Fit::Right, cloud(at), spot, random, suits) else {
        return draw(setting, room, random);
    };
    for number in 0..count {
        // One draw of a sound job gives what has nothing to do with its work.
        let Recipe::Job(mut it) = job(Case::Sound, &[], setting, random) else { continue };
        let node = hardware.node;
        let workers = random.whole(2, 3) as u32;
        let slots = workers * node.vcpus;
        let mut make = Make {
            hardware,
            slots,
            io: random.between(0.05, 0.15),
            photon_gain: random.between(0.9, 1.2),
            gain: 1.0,
            memory_gib: f64::from(workers) * node.memory_gib * 0.72 * random.between(0.25, 0.4),
            driver_gib: node.memory_gib * 0.25,
        };
        make.driver_gib = make.driver_gib.min(5.0);
        let stages = make.even(random.whole(2, 4) as usize, slots * 2, minutes * random.between(0.8, 1.2), random);
        it.latent = make.latent(stages, random);
        (it.place, it.team, it.runtime, it.node, it.driver) = (at, team, runtime, &node.id, &node.id);
        it.size = crate::workload::Size::Fixed(workers);
        it.setup = super::twists::setup(hardware.needs_x86, false, random);
        it.tasks = &["main"];
        let minute = first + number as i64 * random.whole(1, 4);
        it.schedule = Schedule::Every { hours, minute, zone: Zone::Utc };
        it.problems = vec!["D04"];
        recipes.push(Recipe::Job(it));
    }
    recipes
}
