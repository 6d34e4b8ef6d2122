//! What the page shows, in words and pictures; the template only places it.

mod advice;
mod costs;

use clusteriq_model::Report;
use serde::Serialize;

use crate::gaps::{self, GapGroup};
use crate::svg::Drawing;
use crate::text::clean;
use crate::{json, words};

/// Groups of gaps at most.
const GAPS: usize = 40;

#[derive(Serialize)]
pub(super) struct Page {
    /// The savings stand apart so that no line breaks inside them.
    headline: [String; 3],
    basis: String,
    judged: String,
    window: String,
    generated_by: &'static str,
    tiles: Vec<Tile>,
    lanes: Vec<advice::Lane>,
    cards: Vec<advice::Card>,
    nothing: Option<String>,
    examined: Vec<Examined>,
    gaps: Vec<GapView>,
    more_gaps: Option<String>,
    costs: costs::CostsView,
}

impl From<&Report> for Page {
    fn from(report: &Report) -> Self {
        let groups = gaps::group(&report.gaps);
        let more = groups.len().saturating_sub(GAPS);
        Self {
            headline: headline(report),
            basis: clean(&words::basis(report)),
            judged: words::judged(report),
            window: words::span(&report.window),
            generated_by: json::GENERATED_BY,
            tiles: tiles(report),
            lanes: advice::lanes(report),
            cards: advice::cards(report),
            nothing: report.recommendations.is_empty().then(|| words::examined(report)),
            examined: report
                .examined
                .iter()
                .map(|(advisor, it)| Examined {
                    advisor: advisor.0,
                    proposed: words::grouped(it.proposed.into()),
                    fine: words::grouped(it.fine.into()),
                    abstained: words::grouped(it.abstained.into()),
                })
                .collect(),
            gaps: groups.iter().take(GAPS).map(Into::into).collect(),
            more_gaps: (more > 0).then(|| words::grouped(more as u64)),
            costs: (&report.costs).into(),
        }
    }
}

fn headline(report: &Report) -> [String; 3] {
    let text = words::headline(report);
    let savings = report.headline.savings_per_month.as_ref().map(words::savings_interval);
    match savings.as_deref().and_then(|it| Some((text.split_once(it)?, it))) {
        Some(((before, after), it)) => [before.into(), it.into(), after.into()],
        None => [text, String::new(), String::new()],
    }
}

#[derive(Serialize)]
struct Tile {
    label: String,
    value: String,
    notes: Vec<Note>,
}

/// A line of a tile; the class is the pattern of its basis.
#[derive(Serialize)]
struct Note {
    class: &'static str,
    text: String,
}

fn note(class: &'static str, text: String) -> Note {
    Note { class, text }
}

fn tiles(report: &Report) -> Vec<Tile> {
    let it = &report.headline;
    let none = || "nothing".to_owned();
    let savings = it.savings_per_month.as_ref();
    let low_risk = it.low_risk_savings_per_month.as_ref();
    vec![
        Tile {
            label: format!("Spent in {}", words::length(&report.window)),
            value: words::usd(it.spent),
            notes: vec![
                note("billed", format!("{} billed", report.costs.billed)),
                note("modelled", format!("VM {} modelled", words::usd_or_not_known(report.costs.vm))),
                note("", format!("{} a month", words::usd(it.spent_per_month))),
            ],
        },
        Tile {
            label: "To save, a month".into(),
            value: savings.map_or_else(none, words::savings_interval),
            notes: savings.map(|savings| note("", words::likely_share(it, savings))).into_iter().collect(),
        },
        Tile {
            label: "Of that at low risk".into(),
            value: low_risk.map_or_else(none, words::savings_interval),
            notes: low_risk.map(|it| note("", format!("likely {}", words::usd(it.likely)))).into_iter().collect(),
        },
        Tile {
            label: "Judged".into(),
            value: words::count(it.judged.into(), "resource"),
            notes: vec![
                note("", format!("{} could not be judged", words::grouped(it.not_judged.into()))),
                note("", words::count(report.gaps.len() as u64, "gap")),
            ],
        },
    ]
}

#[derive(Serialize)]
struct Examined {
    advisor: &'static str,
    proposed: String,
    fine: String,
    abstained: String,
}

#[derive(Serialize)]
struct GapView {
    kind: &'static str,
    what: String,
    about: String,
    advisors: String,
    remedy: Option<RemedyView>,
}

#[derive(Serialize)]
struct RemedyView {
    label: &'static str,
    text: String,
}

impl From<&GapGroup<'_>> for GapView {
    fn from(it: &GapGroup<'_>) -> Self {
        Self {
            kind: words::gap(it.kind),
            what: clean(it.what),
            about: clean(&it.about_words(5)),
            advisors: it.advisors.join(", "),
            remedy: it.remedy.map(|it| RemedyView { label: gaps::remedy_label(it), text: clean(it.text()) }),
        }
    }
}

/// A chart with its title and legend around it.
#[derive(Serialize)]
struct Figure {
    title: String,
    legend: Vec<Key>,
    svg: String,
}

#[derive(Serialize)]
struct Key {
    class: &'static str,
    label: String,
}

impl From<Drawing> for Figure {
    fn from(it: Drawing) -> Self {
        Self {
            svg: it.element(),
            title: it.title,
            legend: it.legend.into_iter().map(|it| Key { class: it.class, label: it.label }).collect(),
        }
    }
}
