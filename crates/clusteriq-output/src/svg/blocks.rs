//! Bars by name, the hours of a week as a heat map, spans on a time axis.

use std::fmt::Write;

use super::{WIDTH, nothing, rect, round, text};
use crate::plot::{DAYS, clock, extent};
use crate::text::{clean, cut_middle};
use crate::words;

/// Bars and rows at most.
const MOST: usize = 30;
/// Columns of a label that stands above its bar.
const LABEL: usize = 56;

/// Low to high: lightness falls evenly, so that it reads in grey and with any colour vision (cividis).
const CIVIDIS: [(f64, f64, f64); 6] = [
    (0.0, 34.0, 78.0),
    (53.0, 69.0, 108.0),
    (102.0, 105.0, 112.0),
    (148.0, 142.0, 119.0),
    (200.0, 184.0, 102.0),
    (254.0, 232.0, 56.0),
];

fn colour(share: f64) -> String {
    let place = share.clamp(0.0, 1.0) * (CIVIDIS.len() - 1) as f64;
    let at = (place as usize).min(CIVIDIS.len() - 2);
    let part = place - at as f64;
    let (a, b) = (CIVIDIS[at], CIVIDIS[at + 1]);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

fn more(out: &mut String, all: usize, y: f64) -> f64 {
    if all <= MOST {
        return y;
    }
    let words = format!("and {} more", words::grouped((all - MOST) as u64));
    text(out, "cq-text", 0.0, y + 14.0, &words);
    y + 22.0
}

pub(super) fn bars(unit: &str, bars: &[(String, f64)]) -> (f64, String) {
    let Some((_, high)) = extent(bars.iter().map(|it| it.1)) else {
        return nothing();
    };
    let mut out = String::new();
    let mut y = 6.0;
    for (name, value) in bars.iter().take(MOST) {
        text(&mut out, "cq-text", 0.0, y + 11.0, &cut_middle(&clean(name), LABEL));
        text(&mut out, "cq-end", WIDTH, y + 11.0, &words::measure(*value, unit));
        rect(&mut out, "cq-track", 0.0, y + 16.0, WIDTH, 8.0);
        if high > 0.0 && value.is_finite() {
            rect(&mut out, "cq-bar", 0.0, y + 16.0, WIDTH * (value / high).clamp(0.0, 1.0), 8.0);
        }
        y += 34.0;
    }
    (more(&mut out, bars.len(), y), out)
}

pub(super) fn week(unit: &str, hours: &[Option<f64>]) -> (f64, String) {
    let Some((low, high)) = extent(hours.iter().copied().flatten()) else {
        return nothing();
    };
    const LEFT: f64 = 40.0;
    const ROW: f64 = 18.0;
    let column = (WIDTH - LEFT) / 24.0;
    let mut out = String::new();
    for hour in (0..24).step_by(6) {
        let x = LEFT + column * f64::from(hour);
        text(&mut out, "cq-text", x, 12.0, &format!("{hour:02}:00"));
    }
    text(&mut out, "cq-end", WIDTH, 12.0, "UTC");
    for (day, (name, hours)) in DAYS.iter().zip(hours.chunks(24)).enumerate() {
        let y = 18.0 + ROW * day as f64;
        text(&mut out, "cq-text", 0.0, y + 13.0, name);
        for (hour, value) in hours.iter().enumerate() {
            let x = round(LEFT + column * hour as f64);
            let (width, height) = (round(column - 1.0), ROW - 1.0);
            let place = format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#);
            let _ = match value.filter(|it| it.is_finite()) {
                Some(it) => {
                    let share = if high > 0.0 { it / high } else { 0.0 };
                    write!(out, r#"<rect {place} fill="{}"/>"#, colour(share))
                }
                None => write!(out, r#"<rect class="cq-hole" {place}/>"#),
            };
        }
    }
    let y = 18.0 + ROW * 7.0 + 8.0;
    for step in 0..6 {
        let fill = colour(f64::from(step) / 5.0);
        let x = LEFT + 16.0 * f64::from(step);
        let _ = write!(out, r#"<rect x="{x}" y="{y}" width="16" height="10" fill="{fill}"/>"#);
    }
    let words = format!("0 to {}; least {}; empty: not known", words::measure(high, unit), words::measure(low, unit));
    text(&mut out, "cq-text", LEFT + 104.0, y + 10.0, &words);
    (y + 18.0, out)
}

pub(super) fn spans(from: i64, until: i64, rows: &[(String, Vec<(i64, i64)>)]) -> (f64, String) {
    if rows.is_empty() || until <= from {
        return nothing();
    }
    let place = |minute: i64| (minute.clamp(from, until) - from) as f64 / (until - from) as f64 * WIDTH;
    let mut out = String::new();
    let mut y = 4.0;
    for (name, spans) in rows.iter().take(MOST) {
        text(&mut out, "cq-text", 0.0, y + 11.0, &cut_middle(&clean(name), LABEL));
        rect(&mut out, "cq-track", 0.0, y + 16.0, WIDTH, 8.0);
        for (start, end) in spans.iter().filter(|it| it.1 >= from && it.0 <= until) {
            let width = (place(*end) - place(*start)).max(2.0);
            rect(&mut out, "cq-bar", place(*start).min(WIDTH - 2.0), y + 16.0, width, 8.0);
        }
        y += 30.0;
    }
    y = more(&mut out, rows.len(), y);
    text(&mut out, "cq-text", 0.0, y + 12.0, &clock(from));
    text(&mut out, "cq-mid", WIDTH / 2.0, y + 12.0, &clock(from + (until - from) / 2));
    text(&mut out, "cq-end", WIDTH, y + 12.0, &format!("{} UTC", clock(until)));
    (y + 20.0, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heat_map_runs_from_dark_to_light() {
        assert_eq!([0.0, 1.0, 7.0].map(colour), ["#00224e", "#fee838", "#fee838"]);
    }
}
