//! One recommendation in full: what, how much, why, what may go wrong, what it rests on, how to undo it.

use clusteriq_model::{Alternative, Evidence, Recommendation, Risk, Savings};

use super::Style;
use super::chart::chart_lines;
use super::grid::{Cell, Column, Fit, Grid};
use super::page::{Ink, Page};
use super::summary::risk_ink;
use crate::change::Change;
use crate::words;

/// Everything about one recommendation.
#[must_use]
pub fn recommendation(it: &Recommendation, style: &Style) -> String {
    let mut page = Page::new(style);
    page.inked(&it.title, Ink::Strong, 0);
    page.inked(&words::promise(it), risk_ink(it.risk.level), 0);
    page.blank();
    page.text(&it.why);
    page.blank();
    page.labelled("Target", &format!("{} {} in workspace {}", it.target, it.name, it.target.workspace()));
    page.labelled("Owner", it.owner.as_deref().unwrap_or(words::NOT_KNOWN));
    let change = Change::from(&it.action);
    if change.before.is_empty() {
        page.labelled("Do", &change.after);
    } else {
        page.labelled("Now", &change.before);
        page.labelled("Then", &change.after);
    }
    if let Some(runtime) = &it.runtime {
        page.labelled("Run time", &format!("{} (medians)", words::runtime(runtime)));
    }
    page.labelled("Rests on", &format!("{}; {}", it.confidence, words::span(&it.window)));
    page.labelled("Advisor", &format!("{} ({})", it.advisor.0, it.detection));
    page.labelled("Id", &format!("{}, judged on configuration {}", it.id, it.judged_on));
    if !it.after.is_empty() {
        page.labelled("Counted", &format!("on top of {}", it.after.join(", ")));
    }
    for other in &it.instead_of {
        page.labelled("Instead of", &format!("{} ({})", other.title, words::alone(other)));
    }
    if let Some(usd) = it.at_stake {
        page.labelled("At stake", &format!("{} a month; this is no saving", words::usd(usd)));
    }
    savings(&mut page, it.savings.as_ref());
    risk_parts(&mut page, &it.risk);
    evidence(&mut page, "Evidence", &it.evidence);
    alternatives(&mut page, "Also weighed", &it.alternatives);
    page.heading("After the change");
    page.labelled("Undo", &it.rollback);
    page.labelled("Check", &it.verify);
    page.finish()
}

fn savings(page: &mut Page<'_>, savings: Option<&Savings>) {
    page.heading("Saving a month");
    let Some(it) = savings else {
        page.text("None by itself, or its price is not known.");
        return;
    };
    let mut grid = Grid::new([
        Column::left("", Fit::Whole),
        Column::right("From"),
        Column::right("Likely"),
        Column::right("Up to"),
    ]);
    let parts =
        [("DBU, at billed rates", it.dbu.as_ref()), ("VM, modelled", it.vm.as_ref()), ("together", Some(&it.total))];
    for (label, part) in parts {
        match part {
            Some(it) => grid.row([
                label.into(),
                words::usd(it.low).into(),
                words::usd(it.likely).into(),
                words::usd(it.high).into(),
            ]),
            None => grid.row([label.into(), words::NOT_KNOWN.into()]),
        }
    }
    page.grid(&grid, 0);
    page.inked(&it.because, Ink::Faint, 0);
}

/// The risk's arithmetic.
pub(super) fn risk_parts(page: &mut Page<'_>, it: &Risk) {
    page.heading(&format!("Risk {} ({} of 4)", words::risk(it.level), it.score));
    let mut grid = Grid::new([Column::left("", Fit::Whole), Column::right(""), Column::left("", Fit::Wrap)]);
    for part in &it.parts {
        grid.row([words::risk_dimension(part.dimension).into(), part.score.to_string().into(), (&part.because).into()]);
    }
    page.grid(&grid, 0);
    page.inked(&it.because, Ink::Faint, 0);
}

/// Facts in a table, then their pictures.
pub(super) fn evidence(page: &mut Page<'_>, title: &str, evidence: &[Evidence]) {
    if evidence.is_empty() {
        return;
    }
    page.heading(title);
    let mut grid = Grid::new([Column::left("", Fit::Wrap), Column::right(""), Column::left("", Fit::Cut)]);
    for it in evidence {
        let fact = match &it.window {
            Some(window) => format!("{} ({})", it.fact, words::span(window)),
            None => it.fact.clone(),
        };
        let value = words::quantity(&it.value);
        grid.row([fact.into(), value.into(), Cell::inked(it.source.name(), Ink::Faint)]);
    }
    page.grid(&grid, 0);
    for it in evidence.iter().filter(|it| !it.runs.is_empty()) {
        page.inked(&format!("{}: runs {}", it.fact, it.runs.join(", ")), Ink::Faint, 0);
    }
    for chart in evidence.iter().filter_map(|it| it.chart.as_ref()) {
        page.blank();
        page.lines(&chart_lines(chart, page.style()), 0);
    }
}

/// What it is called and what it is, once if they are the same.
fn configuration(it: &Alternative) -> String {
    if it.compute.contains(&it.label) { it.compute.clone() } else { format!("{}: {}", it.label, it.compute) }
}

/// Other configurations, one a line.
pub(super) fn alternatives(page: &mut Page<'_>, title: &str, alternatives: &[Alternative]) {
    if alternatives.is_empty() {
        return;
    }
    page.heading(title);
    let mut grid = Grid::new([
        Column::left("Configuration", Fit::Wrap),
        Column::right("Saves a month"),
        Column::right("Run time"),
        Column::right("Risk"),
        Column::left("Why not", Fit::Wrap),
    ]);
    for it in alternatives {
        let savings = it.savings.as_ref();
        let runtime = it.runtime.as_ref();
        let unknown = || words::NOT_KNOWN.to_owned();
        grid.row([
            configuration(it).into(),
            savings.map_or_else(unknown, words::savings_interval).into(),
            runtime.map_or_else(unknown, words::minutes_interval).into(),
            it.risk.map_or_else(unknown, |it| it.to_string()).into(),
            (&it.verdict).into(),
        ]);
    }
    page.grid(&grid, 0);
}
