//! Values over time as lines.

use std::fmt::Write;

use clusteriq_model::{Line, Marker};

use super::{LegendEntry, WIDTH, nothing, round, rule, text};
use crate::plot::{downsample, extent, moment, round_up};
use crate::text::{clean, cut_middle};
use crate::words;

/// Points of a line at most: more than a screen can show apart.
const POINTS: usize = 300;
const CLASSES: [&str; 6] = ["cq-l1", "cq-l2", "cq-l3", "cq-l4", "cq-l5", "cq-l6"];
const TOP: f64 = 22.0;
const PLOT: f64 = 132.0;
/// Least distance between the labels of two levels.
const APART: f64 = 16.0;

pub(super) struct Axis {
    pub(super) start_minute: i64,
    pub(super) step_minutes: u32,
}

pub(super) fn legend(lines: &[Line]) -> Vec<LegendEntry> {
    let named = CLASSES.into_iter().zip(lines);
    named.map(|(class, it)| LegendEntry { class, label: clean(&it.label) }).collect()
}

pub(super) fn draw(axis: &Axis, unit: &str, lines: &[Line], levels: &[Marker]) -> (f64, String) {
    let lines = &lines[..lines.len().min(CLASSES.len())];
    let values = lines.iter().flat_map(|it| it.values.iter().copied().flatten());
    let Some((low, high)) = extent(values.chain(levels.iter().map(|it| it.value))) else {
        return nothing();
    };
    let (bottom, top) = (low.min(0.0), round_up(high));
    let height = |it: f64| TOP + PLOT - (it - bottom) / (top - bottom) * PLOT;
    let mut out = String::new();
    for share in [0.0, 0.5, 1.0] {
        rule(&mut out, "cq-grid", height(bottom + (top - bottom) * share));
    }
    for (class, line) in CLASSES.into_iter().zip(lines) {
        let path = path(&downsample(&line.values, POINTS), height);
        let _ = write!(out, r#"<path class="{class}" d="{path}"/>"#);
    }
    for share in [0.5, 1.0] {
        let value = bottom + (top - bottom) * share;
        let label = words::measure(value, unit);
        text(&mut out, "cq-text cq-over", 0.0, height(value) - 4.0, &label);
    }
    level_lines(&mut out, unit, levels, height);
    let points = lines.iter().map(|it| it.values.len()).max().unwrap_or(0) as i64;
    let span = points.saturating_mul(i64::from(axis.step_minutes));
    let at = |share: i64| moment(axis.start_minute.saturating_add(span / 2 * share), span);
    let below = TOP + PLOT + 17.0;
    text(&mut out, "cq-text", 0.0, below, &at(0));
    text(&mut out, "cq-mid", WIDTH / 2.0, below, &at(1));
    text(&mut out, "cq-end", WIDTH, below, &format!("{} UTC", at(2)));
    (below + 7.0, out)
}

fn path(values: &[Option<f64>], height: impl Fn(f64) -> f64) -> String {
    let mut out = String::new();
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    let mut joined = false;
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            joined = false;
            continue;
        };
        let command = if joined { 'L' } else { 'M' };
        let (x, y) = (round(at as f64 * step), round(height(*value)));
        let _ = write!(out, "{command}{x} {y}");
        // A point without neighbours is drawn as a dot.
        if !joined && values.get(at + 1).copied().flatten().is_none() {
            out += "h0";
        }
        joined = true;
    }
    out
}

/// Levels, highest first, their labels pushed down where they would meet.
fn level_lines(out: &mut String, unit: &str, levels: &[Marker], height: impl Fn(f64) -> f64) {
    let mut levels: Vec<_> = levels.iter().filter(|it| it.value.is_finite()).collect();
    levels.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut free = f64::NEG_INFINITY;
    for it in levels {
        let y = height(it.value);
        rule(out, "cq-level", y);
        let label = (y - 5.0).max(free);
        let words = format!("{} {}", cut_middle(&clean(&it.label), 40), words::measure(it.value, unit));
        text(out, "cq-end cq-over", WIDTH, label, &words);
        free = label + APART;
    }
}
