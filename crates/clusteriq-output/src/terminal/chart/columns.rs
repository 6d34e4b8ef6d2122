//! Values over time as columns of blocks, a panel per line on one common scale.

use clusteriq_model::{Line, Marker};

use super::super::Style;
use super::super::page::Ink;
use super::label;
use crate::plot::{downsample, extent, moment, round_up};
use crate::text::{pad_left, width, wrap};
use crate::words;

/// Rows of the first panel, and of each further one.
const ROWS: [usize; 2] = [6, 3];
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Panels at most; more lines than this cannot be told apart anyway.
const PANELS: usize = 4;

pub(super) struct Axis {
    pub(super) start_minute: i64,
    pub(super) step_minutes: u32,
}

pub(super) fn series(axis: &Axis, unit: &str, lines: &[Line], levels: &[Marker], style: &Style) -> Vec<String> {
    let values = lines.iter().flat_map(|it| it.values.iter().copied().flatten());
    let Some((_, high)) = extent(values.chain(levels.iter().map(|it| it.value))) else {
        return vec![];
    };
    let points = lines.iter().map(|it| it.values.len()).max().unwrap_or(0);
    let top = round_up(high);
    let scale = words::measure(top, unit);
    let left = width(&scale).max(3) + 1;
    let room = style.columns() - left - 1;
    let columns = room.min(points.max(1));
    let mut out = vec![];
    for (at, line) in lines.iter().take(PANELS).enumerate() {
        let rows = ROWS[at.min(1)];
        out.push(label(&line.label, style.columns()));
        // On a low panel the levels would hide the line.
        let levels = if at == 0 { levels } else { &[] };
        let heights = downsample(&line.values, columns);
        for row in (0..rows).rev() {
            let mark = if row + 1 == rows {
                scale.clone()
            } else if row == 0 {
                "0".into()
            } else {
                String::new()
            };
            let cells: String = heights.iter().map(|it| cell(*it, row, rows, top, levels)).collect();
            let mark = Ink::Faint.paint(&pad_left(&mark, left - 1), style.colour);
            out.push(format!("{mark} │{}", cells.trim_end()));
        }
    }
    let span = points as i64 * i64::from(axis.step_minutes);
    let from = moment(axis.start_minute, span);
    let until = moment(axis.start_minute.saturating_add(span), span);
    let until = format!("{until} UTC");
    let gap = columns.saturating_sub(width(&from) + width(&until));
    let join = if gap == 0 { " to ".into() } else { " ".repeat(gap) };
    let under = format!("{}{from}{join}{until}", " ".repeat(left + 1));
    out.push(label(&under, style.columns()));
    let step = i64::from(axis.step_minutes) * (points as i64).div_euclid(columns as i64).max(1);
    let mut legend: Vec<String> =
        levels.iter().map(|it| format!("┄ {}: {}", it.label, words::measure(it.value, unit))).collect();
    if points > columns {
        legend.push(format!("a column is the highest of {step} min"));
    }
    if lines.len() > PANELS {
        legend.push(format!("{} more lines are not drawn", lines.len() - PANELS));
    }
    if !legend.is_empty() {
        let text = crate::text::clean(&legend.join(" · "));
        out.extend(wrap(&text, style.columns()));
    }
    out
}

/// What stands in one place: a block as high as the value reaches here, or a level that passes.
fn cell(value: Option<f64>, row: usize, rows: usize, top: f64, levels: &[Marker]) -> char {
    let eighths = value.map(|it| (it / top * (rows * 8) as f64).round().max(0.0) as usize);
    let filled = eighths.map_or(0, |it| it.saturating_sub(row * 8));
    if filled > 0 {
        return BLOCKS[filled.min(8) - 1];
    }
    let passes = |it: &Marker| {
        let at = (it.value / top * rows as f64 - 1e-9).floor();
        at == row as f64
    };
    if levels.iter().any(passes) {
        return '┄';
    }
    match eighths {
        // A value of nothing is shown; a value that is not known is not.
        Some(_) if row == 0 => BLOCKS[0],
        Some(_) | None => ' ',
    }
}
