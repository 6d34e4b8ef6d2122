//! What people ask of an all-purpose cluster: commands in working hours, with lunch, evenings and holidays from it.

use jiff::civil::Weekday;

use crate::random::Random;
use crate::time::{Day, HOUR, MINUTE, Millis, SECOND};
use crate::world::Audience;

/// A command in a notebook.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) at: Millis,
    pub(crate) lasts: Millis,
    /// Cores it can use.
    pub(crate) cores: f64,
    /// What its variables and caches add, until the cluster terminates.
    pub(crate) memory_gib: f64,
    pub(crate) asker: Asker,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Somebody, or a program, that waits for the answer.
    Waits,
    /// A schedule of which nobody would miss a run.
    Schedule,
}

/// The commands of a day, in order.
pub(crate) fn commands(audience: &Audience, day: Day, random: &mut Random) -> Vec<Command> {
    let mut commands = Vec::new();
    match audience {
        Audience::Nobody => {}
        Audience::Service => service(day, random, &mut commands),
        Audience::ForgottenAfterOneDay => {
            // The history's first Tuesday.
            if day.number < 7 && day.weekday() == Weekday::Tuesday {
                block(day.start + 9 * HOUR, day.start + 15 * HOUR, random, &mut commands);
            }
        }
        Audience::KeptUp { number, ahead_hours } => {
            keep_up(day, random, &mut commands);
            for _ in 0..*number {
                person(day, ahead_hours * HOUR, random, &mut commands);
            }
        }
        Audience::People { number, ahead_hours } => {
            for _ in 0..*number {
                person(day, ahead_hours * HOUR, random, &mut commands);
            }
        }
    }
    commands.sort_by_key(|it| it.at);
    commands
}

fn person(day: Day, ahead: Millis, random: &mut Random, commands: &mut Vec<Command>) {
    let works = if day.is_weekend() { 0.03 } else { 0.82 };
    if !random.chance(works) {
        return;
    }
    let at = |hour: f64| day.start + (hour * HOUR as f64) as Millis - ahead;
    let (begin, lunch) = (random.between(8.6, 10.4), random.between(12.0, 12.8));
    if random.chance(0.8) {
        block(at(begin), at(lunch), random, commands);
    }
    if random.chance(0.85) {
        block(at(lunch + random.between(0.6, 1.3)), at(random.between(15.6, 18.2)), random, commands);
    }
    if random.chance(0.07) {
        let evening = random.between(19.5, 21.0);
        block(at(evening), at(evening + random.between(0.4, 1.6)), random, commands);
    }
}

/// Thinking and computing in turn.
fn block(from: Millis, to: Millis, random: &mut Random, commands: &mut Vec<Command>) {
    let mut at = from + random.whole(0, 12) * MINUTE;
    while at < to {
        let (lasts, cores) = match random.whole(0, 9) {
            0..=5 => (random.whole(8, 70) * SECOND, random.between(0.6, 2.5)),
            6..=8 => (random.whole(60, 330) * SECOND, random.between(3.0, 8.0)),
            _ => (random.whole(240, 800) * SECOND, random.between(6.0, 16.0)),
        };
        commands.push(Command { at, lasts, cores, memory_gib: random.between(0.1, 1.1), asker: Asker::Waits });
        at += lasts + random.whole(40, 840) * SECOND;
    }
}

/// A scheduled notebook cell that does next to nothing.
fn keep_up(day: Day, random: &mut Random, commands: &mut Vec<Command>) {
    let mut at = day.start + random.whole(10, 200) * SECOND;
    while at < day.end() {
        let (lasts, cores) = (random.whole(3, 12) * SECOND, random.between(0.2, 0.6));
        commands.push(Command { at, lasts, cores, memory_gib: 0.01, asker: Asker::Schedule });
        at += random.whole(420, 560) * SECOND;
    }
}

/// A connection pool that asks several times a minute, day and night: little CPU, steady network.
fn service(day: Day, random: &mut Random, commands: &mut Vec<Command>) {
    let mut at = day.start;
    while at < day.end() {
        commands.push(Command {
            at,
            lasts: random.whole(15, 50) * SECOND,
            cores: random.between(0.15, 0.75),
            memory_gib: 0.02,
            asker: Asker::Waits,
        });
        at += random.whole(15, 35) * SECOND;
    }
}
