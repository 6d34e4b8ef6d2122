//! Warehouses whose size matters: too big for what they are asked, or just big enough.

use super::kinds::{Drawn, Site};
use super::{Questions, Warehouse, WarehouseKind};
use crate::catalog::catalog;
use crate::queries::{Mix, workers};
use crate::random::Random;

/// What a warehouse's size can be a case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Oversized,
    /// Its joins fit into its memory, and into no less.
    FitsExactly,
    /// It scans so much that half the size takes twice as long.
    ScanBound,
    /// So many ask at once that they wait.
    Crowded,
    /// Small, and busy enough.
    Fitting,
}

impl Case {
    pub(crate) const ALL: [Self; 5] =
        [Self::Oversized, Self::FitsExactly, Self::ScanBound, Self::Crowded, Self::Fitting];

    fn problem(self) -> &'static str {
        match self {
            Self::Oversized => "D40",
            Self::FitsExactly => "decoy:spills-when-smaller",
            Self::ScanBound => "decoy:scan-bound-warehouse",
            Self::Crowded => "decoy:crowded-warehouse",
            Self::Fitting => "healthy",
        }
    }
}

/// Any warehouse.
pub(crate) fn draw(site: &mut Site<'_>, random: &mut Random) -> Drawn<Warehouse> {
    let case = match random.whole(0, 6) {
        0..=2 => Case::Oversized,
        3 => Case::FitsExactly,
        4 => Case::ScanBound,
        5 => Case::Crowded,
        _ => Case::Fitting,
    };
    draw_case(case, site, random)
}

/// A warehouse of that case.
pub(crate) fn draw_case(case: Case, site: &mut Site<'_>, random: &mut Random) -> Drawn<Warehouse> {
    let size: &'static str = match case {
        Case::Oversized => random.pick::<&str>(&["Medium", "Large", "X-Large"]),
        Case::FitsExactly | Case::ScanBound => random.pick::<&str>(&["Medium", "Large"]),
        Case::Crowded => random.pick::<&str>(&["Small", "Medium"]),
        Case::Fitting => random.pick::<&str>(&["X-Small", "Small"]),
    };
    let count = workers(size);
    // GiB that take so many seconds on this size.
    let scan = |seconds: f64| seconds * 0.42 * count.powf(0.93);
    let begin = random.whole(6, 8);
    let usual = Mix {
        per_hour: random.between(18.0, 45.0),
        open: (begin, begin + 10),
        scan_gib: 0.0,
        spread: 0.35,
        memory_per_gib: 0.3,
        small: 0.35,
        together: 3,
    };
    let mix = match case {
        Case::Oversized => Mix { scan_gib: random.between(0.15, 0.6), spread: 0.5, ..usual },
        Case::FitsExactly => {
            let scan_gib = scan(random.between(9.0, 15.0));
            // Nearly all of the memory is wanted, and hardly ever more.
            let memory_per_gib = count * 33.0 * random.between(0.66, 0.72) / scan_gib;
            Mix {
                per_hour: random.between(8.0, 14.0),
                scan_gib,
                spread: 0.09,
                memory_per_gib,
                small: 0.2,
                together: 2,
                ..usual
            }
        }
        Case::ScanBound => Mix {
            per_hour: random.between(6.0, 12.0),
            scan_gib: scan(random.between(24.0, 40.0)),
            spread: 0.25,
            memory_per_gib: 0.15,
            small: 0.15,
            together: 2,
            ..usual
        },
        Case::Crowded => Mix {
            per_hour: random.between(220.0, 320.0),
            scan_gib: scan(random.between(4.0, 7.0)),
            small: 0.1,
            together: 22,
            ..usual
        },
        Case::Fitting => Mix { scan_gib: scan(random.between(6.0, 10.0)), ..usual },
    };
    let it = Warehouse {
        id: random.hex(16),
        name: format!("{}_{}", site.team.name, random.pick(&["reports", "explore", "finance_bi", "tiles", "adhoc"])),
        kind: WarehouseKind::Serverless,
        max_clusters: if case == Case::Crowded { 1 } else { 2 },
        auto_stop_minutes: *random.pick(&[5, 10]),
        created: site.long_ago(random),
        questions: Questions::Mixed(mix),
        workspace: site.workspace.clone(),
        team: site.team,
        size,
    };
    Drawn { it, problem: case.problem() }
}

/// Gives it another size; says whether there is such a size.
pub(crate) fn apply_size(it: &mut Warehouse, size: &str) -> bool {
    let Some((known, _)) = catalog().warehouse_dbu.get_key_value(size) else { return false };
    it.size = known;
    workers(size) > 0.0
}
