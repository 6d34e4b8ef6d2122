//! Charts drawn with characters: block columns, bars, a week in shades, spans.

mod blocks;
mod columns;

use clusteriq_model::Chart;

use super::page::{Ink, ascii};
use super::{Charset, Style};
use crate::text::{clean, cut_middle, wrap};

/// A chart that fits the width.
#[must_use]
pub fn chart_text(chart: &Chart, style: &Style) -> String {
    let mut text = chart_lines(chart, style).join("\n");
    text.push('\n');
    match style.charset {
        Charset::Unicode => text,
        Charset::Ascii => ascii(&text),
    }
}

pub(super) fn chart_lines(chart: &Chart, style: &Style) -> Vec<String> {
    let most = style.columns();
    let (title, body) = match chart {
        Chart::Series { title, start_minute, step_minutes, unit, lines, levels } => {
            let axis = columns::Axis { start_minute: *start_minute, step_minutes: *step_minutes };
            (title, columns::series(&axis, unit, lines, levels, style))
        }
        Chart::Bars { title, unit, bars } => (title, blocks::bars(unit, bars, style)),
        Chart::Week { title, unit, hours } => (title, blocks::week(unit, hours, style)),
        Chart::Spans { title, from_minute, until_minute, rows } => {
            (title, blocks::spans(*from_minute, *until_minute, rows, style))
        }
    };
    let mut out: Vec<String> = wrap(&clean(title), most).iter().map(|it| Ink::Strong.paint(it, style.colour)).collect();
    if body.is_empty() {
        out.push("not known".into());
    }
    out.extend(body);
    out
}

/// A label of a chart: safe, and no wider than this.
fn label(text: &str, most: usize) -> String {
    cut_middle(&clean(text), most)
}
