//! SQL warehouses: when they stop, and who keeps them busy.

use super::{is_production, place, team};
use crate::random::Random;
use crate::world::recipes::{Recipe, WarehouseRecipe};
use crate::world::{Questions, WarehouseKind};

/// What a warehouse is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WarehouseCase {
    Sound,
    /// D39.
    LateStop,
    /// D39.
    NeverStops,
    AlwaysBusy,
}

const PURPOSES: &[&str] = &["bi", "reports", "dashboards", "analysts", "finance_reports", "kpi", "self_service"];

/// A warehouse of that case.
pub(super) fn draw(case: WarehouseCase, random: &mut Random) -> Recipe {
    let at = place(random, |it| case != WarehouseCase::AlwaysBusy || is_production(it));
    let kind = *random.pick(&[WarehouseKind::Pro, WarehouseKind::Serverless]);
    let soon = match kind {
        WarehouseKind::Pro => *random.pick(&[10, 15, 20]),
        WarehouseKind::Serverless => *random.pick(&[5, 10, 10]),
    };
    let clumps = random.whole(4, 11);
    let (problem, auto_stop_minutes, questions) = match case {
        WarehouseCase::Sound => ("healthy", soon, Questions::Office { clumps }),
        WarehouseCase::LateStop => ("D39", *random.pick(&[60, 90, 120, 120, 180, 240]), Questions::Office { clumps }),
        WarehouseCase::NeverStops => ("D39", 0, Questions::Office { clumps }),
        WarehouseCase::AlwaysBusy => ("decoy:always-busy", *random.pick(&[0, 60, 120]), Questions::Always),
    };
    Recipe::Warehouse(WarehouseRecipe {
        problem,
        place: at,
        team: team(random),
        purpose: random.pick::<&'static str>(PURPOSES),
        kind,
        size: random.pick::<&'static str>(&["2X-Small", "X-Small", "X-Small", "Small"]),
        auto_stop_minutes,
        questions,
    })
}
