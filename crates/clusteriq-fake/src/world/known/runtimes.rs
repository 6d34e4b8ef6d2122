//! Runtimes with long-term support, by whether their support lasts (`catalog/runtimes.csv`).

use jiff::civil::Date;

use crate::random::Random;
use crate::time::{DAY, Millis, date};

/// Keys and the ends of their support
/// (<https://docs.databricks.com/aws/en/release-notes/runtime/>, read 2026-11).
const RUNTIMES: &[(&str, Date)] = &[
    ("11.3.x-scala2.12", Date::constant(2025, 10, 19)),
    ("12.2.x-scala2.12", Date::constant(2026, 3, 1)),
    ("13.3.x-scala2.12", Date::constant(2026, 8, 22)),
    ("14.3.x-scala2.12", Date::constant(2027, 2, 1)),
    ("15.4.x-scala2.12", Date::constant(2027, 8, 19)),
    ("16.4.x-scala2.12", Date::constant(2028, 5, 9)),
    ("17.3.x-scala2.13", Date::constant(2028, 10, 22)),
];

/// One whose support has ended or ends within 90 days; none if the history is too old for that.
pub(super) fn old(until: Millis, random: &mut Random) -> &'static str {
    pick(random, |it| it <= date(until + 85 * DAY))
}

/// One whose support lasts for half a year more.
pub(super) fn sound(until: Millis, random: &mut Random) -> &'static str {
    pick(random, |it| it >= date(until + 180 * DAY))
}

/// If none suits, because the history ends long ago or far ahead, the nearest.
fn pick(random: &mut Random, suits: impl Fn(Date) -> bool) -> &'static str {
    let suiting: Vec<_> = RUNTIMES.iter().filter(|it| suits(it.1)).collect();
    match suiting.as_slice() {
        [] if suits(Date::MAX) => RUNTIMES[RUNTIMES.len() - 1].0,
        [] => RUNTIMES[0].0,
        _ => random.pick(&suiting).0,
    }
}
