//! Bars by name, the hours of a week in shades, spans on a time axis.

use super::super::Style;
use super::label;
use crate::plot::{DAYS, clock, extent};
use crate::text::{pad, pad_left, width};
use crate::words;

/// Rows of bars and spans at most.
const MOST: usize = 30;
const PARTS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

fn more(out: &mut Vec<String>, all: usize) {
    if all > MOST {
        out.push(format!("and {} more", words::grouped((all - MOST) as u64)));
    }
}

fn label_width<'a>(labels: impl Iterator<Item = &'a String>, style: &Style) -> usize {
    let widest = labels.map(|it| width(&crate::text::clean(it))).max().unwrap_or(0);
    widest.min(style.columns() / 3)
}

pub(super) fn bars(unit: &str, bars: &[(String, f64)], style: &Style) -> Vec<String> {
    let Some((_, high)) = extent(bars.iter().map(|it| it.1)) else {
        return vec![];
    };
    let names = label_width(bars.iter().take(MOST).map(|it| &it.0), style);
    let values: Vec<String> = bars.iter().take(MOST).map(|it| label(&words::measure(it.1, unit), 16)).collect();
    let numbers = values.iter().map(|it| width(it)).max().unwrap_or(0);
    let room = style.columns() - names - numbers - 4;
    let mut out: Vec<String> = bars
        .iter()
        .zip(&values)
        .map(|((name, value), text)| {
            let share = if high > 0.0 && value.is_finite() { (value / high).clamp(0.0, 1.0) } else { 0.0 };
            let name = pad(&label(name, names), names);
            format!("{name}  {}  {}", pad_left(text, numbers), bar(share, room)).trim_end().to_owned()
        })
        .collect();
    more(&mut out, bars.len());
    out
}

fn bar(share: f64, room: usize) -> String {
    let eighths = (share * (room * 8) as f64).round() as usize;
    let mut out = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        out.push(PARTS[eighths % 8 - 1]);
    }
    out
}

pub(super) fn week(unit: &str, hours: &[Option<f64>], style: &Style) -> Vec<String> {
    let Some((low, high)) = extent(hours.iter().copied().flatten()) else {
        return vec![];
    };
    let wide = ((style.columns() - 4) / 24).clamp(1, 3);
    let mut head = " ".repeat(4);
    for hour in (0..24).step_by(6) {
        head += &pad(&format!("{hour:02}"), wide * 6);
    }
    let mut out = vec![format!("{} UTC", head.trim_end())];
    for (day, hours) in DAYS.iter().zip(hours.chunks(24)) {
        let cells: String =
            hours.iter().map(|it| shade(it.filter(|it| it.is_finite()), high).to_string().repeat(wide)).collect();
        out.push(format!("{day} {cells}").trim_end().to_owned());
    }
    let scale = format!(
        "least {}, most {}; █ most, blank none, · not known",
        words::measure(low, unit),
        words::measure(high, unit)
    );
    out.extend(crate::text::wrap(&crate::text::clean(&scale), style.columns()));
    out
}

fn shade(value: Option<f64>, high: f64) -> char {
    match value {
        None => '·',
        Some(it) if it <= 0.0 || high <= 0.0 => SHADES[0],
        Some(it) => SHADES[((it / high * 4.0).ceil() as usize).clamp(1, 4)],
    }
}

pub(super) fn spans(from: i64, until: i64, rows: &[(String, Vec<(i64, i64)>)], style: &Style) -> Vec<String> {
    if rows.is_empty() || until <= from {
        return vec![];
    }
    let names = label_width(rows.iter().take(MOST).map(|it| &it.0), style);
    let room = style.columns() - names - 4;
    let column = |minute: i64| {
        let share = (minute.clamp(from, until) - from) as f64 / (until - from) as f64;
        share * room as f64
    };
    let mut out: Vec<String> = rows
        .iter()
        .take(MOST)
        .map(|(name, spans)| {
            let mut cells = vec![' '; room];
            for (start, end) in spans.iter().filter(|it| it.1 >= from && it.0 <= until) {
                let first = (column(*start).floor() as usize).min(room - 1);
                let last = (column(*end).ceil() as usize).clamp(first + 1, room);
                cells[first..last].fill('█');
            }
            let cells: String = cells.into_iter().collect();
            format!("{} │{cells}│", pad(&label(name, names), names))
        })
        .collect();
    more(&mut out, rows.len());
    let (first, last) = (clock(from), format!("{} UTC", clock(until)));
    let gap = room.saturating_sub(width(&first) + width(&last)).max(1);
    let axis = format!("{}{first}{}{last}", " ".repeat(names + 2), " ".repeat(gap));
    out.push(label(&axis, style.columns()));
    out
}
