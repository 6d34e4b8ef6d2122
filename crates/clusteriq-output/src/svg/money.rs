//! Pictures of money: spending by day, and intervals on one common scale.

use clusteriq_model::{DailyCost, Interval, Usd};

use super::{Drawing, LegendEntry, WIDTH, nothing, rect, rule, text};
use crate::plot::{extent, round_up};
use crate::words;

const TOP: f64 = 20.0;
const PLOT: f64 = 140.0;

/// Stacked bars by day: billed solid below, modelled VM hatched above.
pub(crate) fn days(days: &[DailyCost]) -> Drawing {
    let amounts = |it: &DailyCost| (it.billed.estimate().0.max(0.0), it.vm.map(|it| it.0.max(0.0)));
    let totals = days.iter().map(|it| {
        let (billed, vm) = amounts(it);
        billed + vm.unwrap_or(0.0)
    });
    let unknown = days.iter().filter(|it| it.vm.is_none()).count();
    let hatched = if unknown == 0 {
        "VM, modelled".to_owned()
    } else {
        format!("VM, modelled (not known on {})", words::count(unknown as u64, "day"))
    };
    let (height, body) = match extent(totals) {
        Some((_, high)) => stacked(days, round_up(high), amounts),
        None => nothing(),
    };
    Drawing {
        title: "Spending by day".into(),
        summary: summary(days),
        legend: vec![
            LegendEntry { class: "cq-swatch-billed", label: "on the bill".into() },
            LegendEntry { class: "cq-swatch-vm", label: hatched },
        ],
        height,
        body,
    }
}

fn summary(days: &[DailyCost]) -> String {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!(
            "Spending by day from {} to {}: {} billed on the first, {} on the last",
            words::day(first.day),
            words::day(last.day),
            first.billed,
            last.billed
        ),
        (None, _) | (_, None) => "Spending by day: not known".into(),
    }
}

fn stacked(days: &[DailyCost], top: f64, amounts: impl Fn(&DailyCost) -> (f64, Option<f64>)) -> (f64, String) {
    let mut out = String::from(
        r#"<defs><pattern id="cq-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="cq-hatch" d="M0 0V6"/></pattern></defs>"#,
    );
    let scale = PLOT / top;
    for share in [0.0, 0.5, 1.0] {
        rule(&mut out, "cq-grid", TOP + PLOT * (1.0 - share));
    }
    let step = WIDTH / days.len() as f64;
    let width = (step * 0.72).max(1.0);
    for (at, day) in days.iter().enumerate() {
        let (billed, vm) = amounts(day);
        let x = step * at as f64 + (step - width) / 2.0;
        let y = TOP + PLOT - billed * scale;
        rect(&mut out, "cq-bar", x, y, width, billed * scale);
        if let Some(vm) = vm {
            rect(&mut out, "cq-bar-vm", x, y - vm * scale, width, vm * scale);
        }
    }
    for share in [0.5, 1.0] {
        let y = TOP + PLOT * (1.0 - share) - 4.0;
        text(&mut out, "cq-text cq-over", 0.0, y, &Usd(top * share).to_string());
    }
    let below = TOP + PLOT + 17.0;
    let label = |at: usize| days.get(at).map_or_else(String::new, |it| words::day(it.day));
    text(&mut out, "cq-text", 0.0, below, &label(0));
    if days.len() > 4 {
        let middle = days.len() / 2;
        let x = step * (middle as f64 + 0.5);
        text(&mut out, "cq-mid", x, below, &label(middle));
    }
    if days.len() > 1 {
        let last = format!("{} UTC days", label(days.len() - 1));
        text(&mut out, "cq-end", WIDTH, below, &last);
    }
    (below + 7.0, out)
}

/// An interval as a bar with a dot at what is likely, on a scale that all rows of a table share.
pub(crate) fn strip(it: &Interval<Usd>, scale: (f64, f64)) -> String {
    const LENGTH: f64 = 120.0;
    let (from, until) = scale;
    let known = [it.low.0, it.likely.0, it.high.0, from, until];
    if known.iter().any(|it| !it.is_finite()) || until <= from {
        return String::new();
    }
    let place = |it: Usd| ((it.0 - from) / (until - from)).clamp(0.0, 1.0) * (LENGTH - 8.0) + 4.0;
    let mut out = format!(
        r#"<svg class="cq-strip" viewBox="0 0 {LENGTH} 16" role="img" aria-label="{}">"#,
        super::escape(&words::savings_with_likely(it))
    );
    rect(&mut out, "cq-track", 4.0, 7.0, LENGTH - 8.0, 2.0);
    rect(&mut out, "cq-bar", 4.0, 5.0, place(it.low) - 4.0, 6.0);
    let (low, high) = (place(it.low), place(it.high));
    rect(&mut out, "cq-range", low, 3.0, (high - low).max(1.0), 10.0);
    let likely = super::round(place(it.likely));
    out += &format!(r#"<circle class="cq-dot" cx="{likely}" cy="8" r="3.5"/></svg>"#);
    out
}
