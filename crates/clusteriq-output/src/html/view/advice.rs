//! The plan and its cards.

use clusteriq_model::{Alternative, Evidence, Interval, Recommendation, Report, RiskLevel, Usd};
use serde::Serialize;

use super::Figure;
use crate::change::Change;
use crate::plot::extent;
use crate::text::clean;
use crate::{svg, words};

/// Recommendations whose charts are drawn; the rest are far down the list, and a mail has its limits.
const DRAWN: usize = 60;
/// Cards that are open from the start.
const OPEN: usize = 1;

#[derive(Serialize)]
pub(super) struct Lane {
    title: &'static str,
    saves: bool,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    rank: usize,
    id: String,
    title: String,
    owner: String,
    savings: String,
    likely: String,
    strip: String,
    risk: Badge,
}

/// A risk in a word, and the class of its colour and sign.
#[derive(Serialize)]
struct Badge {
    class: &'static str,
    word: &'static str,
}

fn badge(it: RiskLevel) -> Badge {
    let class = match it {
        RiskLevel::VeryLow => "risk0",
        RiskLevel::Low => "risk1",
        RiskLevel::Medium => "risk2",
        RiskLevel::High => "risk3",
    };
    Badge { class, word: words::risk(it) }
}

fn owner(it: &Recommendation) -> String {
    it.owner.as_deref().map_or_else(|| words::NOT_KNOWN.into(), clean)
}

pub(super) fn lanes(report: &Report) -> Vec<Lane> {
    let totals = || report.recommendations.iter().filter_map(|it| Some(&it.savings.as_ref()?.total));
    let bounds = totals().flat_map(|it| [it.low.0, it.high.0]);
    let scale = extent(bounds.chain([0.0])).unwrap_or((0.0, 0.0));
    let rows = |saves: bool| {
        (1..)
            .zip(&report.recommendations)
            .filter(|(_, it)| it.savings.is_some() == saves)
            .map(|(rank, it)| row(rank, it, scale))
            .collect::<Vec<_>>()
    };
    [("Save", true), ("No saving by itself", false)]
        .into_iter()
        .map(|(title, saves)| Lane { title, saves, rows: rows(saves) })
        .filter(|it| !it.rows.is_empty())
        .collect()
}

fn row(rank: usize, it: &Recommendation, scale: (f64, f64)) -> Row {
    let total = it.savings.as_ref().map(|it| &it.total);
    let words_of = |words: fn(&Interval<Usd>) -> String| total.map_or_else(String::new, words);
    Row {
        rank,
        id: clean(&it.id),
        title: clean(&it.title),
        owner: owner(it),
        savings: words_of(words::savings_interval),
        likely: words_of(|it| words::usd(it.likely)),
        strip: total.map_or_else(String::new, |it| svg::strip(it, scale)),
        risk: badge(it.risk.level),
    }
}

#[derive(Serialize)]
pub(super) struct Card {
    rank: usize,
    open: bool,
    id: String,
    title: String,
    savings: String,
    risk: Badge,
    why: String,
    before: String,
    after: String,
    facts: Vec<(&'static str, String)>,
    money: Vec<Money>,
    because: String,
    risk_sum: String,
    risk_because: String,
    risk_parts: Vec<Part>,
    evidence: Vec<Fact>,
    alternatives: Vec<Other>,
    rollback: String,
    verify: String,
}

#[derive(Serialize)]
struct Money {
    label: &'static str,
    class: &'static str,
    low: String,
    likely: String,
    high: String,
}

#[derive(Serialize)]
struct Part {
    dimension: &'static str,
    score: u8,
    because: String,
}

#[derive(Serialize)]
struct Fact {
    fact: String,
    text: String,
    source: &'static str,
    window: String,
    runs: String,
    chart: Option<Figure>,
}

#[derive(Serialize)]
struct Other {
    label: String,
    compute: String,
    savings: String,
    runtime: String,
    risk: String,
    verdict: String,
}

pub(super) fn cards(report: &Report) -> Vec<Card> {
    let ranked = report.recommendations.iter().enumerate();
    ranked.map(|(at, it)| card(at, it)).collect()
}

fn card(at: usize, it: &Recommendation) -> Card {
    let change = Change::from(&it.action);
    let savings = it.savings.as_ref();
    Card {
        rank: at + 1,
        open: at < OPEN,
        id: clean(&it.id),
        title: clean(&it.title),
        savings: savings.map_or_else(
            || "saves nothing by itself".into(),
            |it| format!("{} a month", words::savings_interval(&it.total)),
        ),
        risk: badge(it.risk.level),
        why: clean(&it.why),
        before: clean(&change.before),
        after: clean(&change.after),
        facts: facts(it),
        money: money(it),
        because: savings.map_or_else(String::new, |it| clean(&it.because)),
        risk_sum: format!("{} ({} of 4)", words::risk(it.risk.level), it.risk.score),
        risk_because: clean(&it.risk.because),
        risk_parts: it
            .risk
            .parts
            .iter()
            .map(|it| Part {
                dimension: words::risk_dimension(it.dimension),
                score: it.score,
                because: clean(&it.because),
            })
            .collect(),
        evidence: it.evidence.iter().map(|it| fact(it, at < DRAWN)).collect(),
        alternatives: it.alternatives.iter().map(Into::into).collect(),
        rollback: clean(&it.rollback),
        verify: clean(&it.verify),
    }
}

fn facts(it: &Recommendation) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Target", format!("{} {} in workspace {}", it.target, it.name, it.target.workspace())),
        ("Owner", owner(it)),
    ];
    if let Some(runtime) = &it.runtime {
        facts.push(("Run time, median", words::runtime(runtime)));
    }
    facts.push(("Rests on", format!("{}; {}", it.confidence, words::span(&it.window))));
    if !it.after.is_empty() {
        facts.push(("Counted on top of", it.after.join(", ")));
    }
    for other in &it.instead_of {
        facts.push(("Instead of", format!("{} ({})", other.title, words::alone(other))));
    }
    if let Some(usd) = it.at_stake {
        facts.push(("At stake", format!("{} a month; this is no saving", words::usd(usd))));
    }
    facts.push(("Advisor", format!("{} ({})", it.advisor.0, it.detection)));
    facts.push(("Id", format!("{}, judged on {}", it.id, it.judged_on)));
    facts.into_iter().map(|(label, text)| (label, clean(&text))).collect()
}

fn money(it: &Recommendation) -> Vec<Money> {
    let Some(savings) = &it.savings else {
        return vec![];
    };
    let part = |label, class, part: Option<&Interval<Usd>>| {
        let words = |bound: fn(&Interval<Usd>) -> Usd| words::usd_or_not_known(part.map(bound));
        Money { label, class, low: words(|it| it.low), likely: words(|it| it.likely), high: words(|it| it.high) }
    };
    vec![
        part("DBU, at billed rates", "billed", savings.dbu.as_ref()),
        part("VM, modelled", "modelled", savings.vm.as_ref()),
        part("Together", "", Some(&savings.total)),
    ]
}

fn fact(it: &Evidence, drawn: bool) -> Fact {
    Fact {
        fact: clean(&it.fact),
        text: clean(&words::quantity(&it.value)),
        source: it.source.name(),
        window: it.window.as_ref().map_or_else(String::new, words::span),
        runs: clean(&it.runs.join(", ")),
        chart: it.chart.as_ref().filter(|_| drawn).map(|it| svg::draw(it).into()),
    }
}

impl From<&Alternative> for Other {
    fn from(it: &Alternative) -> Self {
        let unknown = || words::NOT_KNOWN.to_owned();
        Self {
            label: clean(&it.label),
            compute: clean(&it.compute),
            savings: it.savings.as_ref().map_or_else(unknown, words::savings_interval),
            runtime: it.runtime.as_ref().map_or_else(unknown, words::minutes_interval),
            risk: it.risk.map_or_else(unknown, |it| format!("{it} of 4")),
            verdict: clean(&it.verdict),
        }
    }
}
