//! The report at a glance: a sentence, the ranked plan, what could not be judged, what was spent where.

use clusteriq_model::{Recommendation, Report, RiskLevel};

use super::grid::{Cell, Column, Fit, Grid};
use super::page::{Ink, Page};
use super::{Detail, Style};
use crate::gaps::{self, GapGroup};
use crate::text::{clean, cut_middle, width};
use crate::words;

/// From this width on there is room for the likely saving and the owner.
const WIDE: usize = 110;

/// The terminal report.
#[must_use]
pub fn table(report: &Report, style: &Style, detail: Detail) -> String {
    let mut page = Page::new(style);
    page.inked(&words::headline(report), Ink::Strong, 0);
    page.text(&words::basis(report));
    page.text(&words::judged(report));
    plan(&mut page, report, detail);
    if report.recommendations.is_empty() {
        page.heading("Nothing to recommend");
        page.text(&words::examined(report));
    }
    if report.recommendations.is_empty() || detail == Detail::All {
        examined(&mut page, report);
    }
    unknown(&mut page, report, detail);
    page.heading("Workspaces");
    workspaces(&mut page, report);
    page.blank();
    let hint = if report.recommendations.is_empty() {
        "`clusteriq costs` shows where the money went."
    } else {
        "`clusteriq show ID` explains one; `clusteriq costs` shows where the money went."
    };
    page.inked(hint, Ink::Faint, 0);
    page.finish()
}

pub(super) fn risk_ink(it: RiskLevel) -> Ink {
    match it {
        RiskLevel::VeryLow | RiskLevel::Low => Ink::Good,
        RiskLevel::Medium => Ink::Warning,
        RiskLevel::High => Ink::Bad,
    }
}

fn plan(page: &mut Page<'_>, report: &Report, detail: Detail) {
    let ranked = || (1_u64..).zip(&report.recommendations);
    let (save, other): (Vec<_>, Vec<_>) = ranked().partition(|(_, it)| it.savings.is_some());
    for (title, lane) in [("Save", save), ("No saving by itself", other)] {
        if lane.is_empty() {
            continue;
        }
        page.heading(title);
        let shown = &lane[..lane.len().min(detail.most())];
        page.grid(&lane_grid(shown, page.style()), 0);
        let rest = lane.len() - shown.len();
        if rest > 0 {
            page.inked(&format!("and {} more", words::grouped(rest as u64)), Ink::Faint, 0);
        }
    }
}

/// Recommendations with their ranks, one per row.
pub(super) fn lane_grid(lane: &[(u64, &Recommendation)], style: &Style) -> Grid {
    let wide = style.columns() >= WIDE;
    let saves = lane.iter().any(|(_, it)| it.savings.is_some());
    let mut columns = vec![Column::right("#"), Column::left("What to do", Fit::Wrap)];
    if saves {
        columns.push(Column::right("Saves a month"));
    }
    if saves && wide {
        columns.push(Column::right("Likely"));
    }
    columns.push(Column::left("Risk", Fit::Whole));
    if wide {
        columns.push(Column::left("Owner", Fit::Cut));
    }
    columns.push(Column::left("Id", Fit::Whole));
    let mut grid = Grid::new(columns);
    for (rank, it) in lane {
        let mut row: Vec<Cell> = vec![rank.to_string().into(), title(it).into()];
        let total = it.savings.as_ref().map(|it| &it.total);
        if saves {
            row.push(total.map_or_else(String::new, words::savings_interval).into());
        }
        if saves && wide {
            row.push(total.map_or_else(String::new, |it| words::usd(it.likely)).into());
        }
        row.push(Cell::inked(words::risk(it.risk.level), risk_ink(it.risk.level)));
        if wide {
            row.push(it.owner.as_deref().unwrap_or(words::NOT_KNOWN).into());
        }
        row.push((&it.id).into());
        grid.row(row);
    }
    grid
}

/// The title, a name in it that is too long for a list cut in its middle.
fn title(it: &Recommendation) -> String {
    const NAME: usize = 36;
    let (title, name) = (clean(&it.title), clean(&it.name));
    if width(&name) <= NAME {
        return title;
    }
    title.replace(&name, &cut_middle(&name, NAME))
}

fn examined(page: &mut Page<'_>, report: &Report) {
    if report.examined.is_empty() {
        return;
    }
    page.heading("Examined");
    let mut grid = Grid::new([
        Column::left("Advisor", Fit::Cut),
        Column::right("Proposed"),
        Column::right("Fine"),
        Column::right("Not judged"),
    ]);
    for (advisor, it) in &report.examined {
        let number = |it: u32| Cell::from(words::grouped(it.into()));
        grid.row([advisor.0.into(), number(it.proposed), number(it.fine), number(it.abstained)]);
    }
    page.grid(&grid, 0);
}

fn unknown(page: &mut Page<'_>, report: &Report, detail: Detail) {
    let groups = gaps::group(&report.gaps);
    if groups.is_empty() {
        return;
    }
    page.heading("Not known, and what would change that");
    let most = match detail {
        Detail::Top(it) => it.min(5),
        Detail::All => usize::MAX,
    };
    for group in groups.iter().take(most) {
        gap(page, group, detail);
    }
    let rest = groups.len().saturating_sub(most);
    if rest > 0 {
        page.inked(&format!("and {} more", words::grouped(rest as u64)), Ink::Faint, 0);
    }
}

fn gap(page: &mut Page<'_>, group: &GapGroup<'_>, detail: Detail) {
    page.inked(&format!("{}: {}", words::gap(group.kind), group.what), Ink::Plain, 0);
    if !group.about.is_empty() {
        let most = match detail {
            Detail::Top(_) => 3,
            Detail::All => usize::MAX,
        };
        page.inked(&group.about_words(most), Ink::Faint, 2);
    }
    if let Some(it) = group.remedy {
        page.inked(&format!("{}: {}", gaps::remedy_label(it), it.text()), Ink::Plain, 2);
    }
}

pub(super) fn workspaces(page: &mut Page<'_>, report: &Report) {
    let mut grid = Grid::new([
        Column::left("Name", Fit::Cut),
        Column::right("Billed"),
        Column::right("VM modelled"),
        Column::right("Nobody's"),
        Column::right("Model against bill"),
    ]);
    for it in &report.costs.workspaces {
        let error = it.reconciliation.as_ref().map(|it| it.error);
        grid.row([
            words::workspace(it).into(),
            it.billed.to_string().into(),
            words::usd_or_not_known(it.vm).into(),
            it.idle.to_string().into(),
            error.map_or_else(|| words::NOT_KNOWN.into(), words::signed_percent).into(),
        ]);
    }
    page.grid(&grid, 0);
}
