//! Charts as SVG without script or outside reference: colours come from CSS variables, with defaults of their own.

mod blocks;
mod money;
mod series;

use std::fmt::Write;

use clusteriq_model::Chart;

use crate::plot::extent;
use crate::text::clean;
use crate::words;

pub(crate) use money::{days, strip};

/// Width of every chart in user units; the page scales it.
const WIDTH: f64 = 520.0;

/// What the charts' classes look like.
pub(crate) const CSS: &str = include_str!("svg/chart.css");

/// A chart as a file of its own, with title and legend.
#[must_use]
pub fn chart_svg(chart: &Chart) -> String {
    let drawing = draw(chart);
    let mut head = String::new();
    let mut top = 18.0;
    for line in crate::text::wrap(&drawing.title, 68) {
        let _ = write!(head, r#"<text class="cq-title" x="0" y="{top}">{}</text>"#, escape(&line));
        top += 18.0;
    }
    for it in &drawing.legend {
        let _ = write!(
            head,
            r#"<g transform="translate(0 {})"><g class="{}"><path d="M0 -4h22"/></g><text class="cq-text" x="28" y="0">{}</text></g>"#,
            top,
            it.class,
            escape(&it.label)
        );
        top += 17.0;
    }
    let height = top + drawing.height;
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}"><style>{CSS}</style>{head}<g transform="translate(0 {})">{}</g></svg>"#,
        escape(&drawing.summary),
        top - 8.0,
        drawing.body
    )
}

/// What a chart consists of; the page puts title and legend around it.
pub(crate) struct Drawing {
    pub(crate) title: String,
    /// One sentence for those who cannot see it.
    pub(crate) summary: String,
    pub(crate) legend: Vec<LegendEntry>,
    height: f64,
    body: String,
}

impl Drawing {
    /// The SVG element for a page that has [`CSS`] already.
    pub(crate) fn element(&self) -> String {
        format!(
            r#"<svg class="cq" viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{}</svg>"#,
            self.height,
            escape(&self.summary),
            self.body
        )
    }
}

pub(crate) struct LegendEntry {
    pub(crate) class: &'static str,
    pub(crate) label: String,
}

pub(crate) fn draw(chart: &Chart) -> Drawing {
    let (title, (height, body), legend) = match chart {
        Chart::Series { title, start_minute, step_minutes, unit, lines, levels } => {
            let axis = series::Axis { start_minute: *start_minute, step_minutes: *step_minutes };
            (title, series::draw(&axis, unit, lines, levels), series::legend(lines))
        }
        Chart::Bars { title, unit, bars } => (title, blocks::bars(unit, bars), vec![]),
        Chart::Week { title, unit, hours } => (title, blocks::week(unit, hours), vec![]),
        Chart::Spans { title, from_minute, until_minute, rows } => {
            (title, blocks::spans(*from_minute, *until_minute, rows), vec![])
        }
    };
    Drawing { title: clean(title), summary: clean(&summary(chart)), legend, height, body }
}

fn summary(chart: &Chart) -> String {
    match chart {
        Chart::Series { title, unit, lines, levels, .. } => {
            let lines = lines.iter().map(|it| match extent(it.values.iter().copied().flatten()) {
                Some((low, high)) => {
                    format!("{} from {} to {}", it.label, words::number(low), words::measure(high, unit))
                }
                None => format!("{} not known", it.label),
            });
            let levels = levels.iter().map(|it| format!("{} {}", it.label, words::measure(it.value, unit)));
            let parts: Vec<_> = lines.chain(levels).collect();
            format!("{title}: {}", parts.join("; "))
        }
        Chart::Bars { title, unit, bars } => {
            let parts: Vec<_> =
                bars.iter().take(6).map(|(name, value)| format!("{name} {}", words::measure(*value, unit))).collect();
            format!("{title}: {}", parts.join("; "))
        }
        Chart::Week { title, unit, hours } => match extent(hours.iter().copied().flatten()) {
            Some((low, high)) => {
                format!("{title}: from {} to {}", words::number(low), words::measure(high, unit))
            }
            None => format!("{title}: not known"),
        },
        Chart::Spans { title, rows, .. } => {
            format!("{title}: {}", words::count(rows.len() as u64, "row"))
        }
    }
}

/// Text for an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in clean(text).chars() {
        match it {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '/' => out += "&#47;",
            other => out.push(other),
        }
    }
    out
}

/// A coordinate: one decimal is a tenth of a pixel.
fn round(it: f64) -> f64 {
    (it * 10.0).round() / 10.0 + 0.0
}

/// A label at a place. The class says how it is aligned.
fn text(out: &mut String, class: &str, x: f64, y: f64, label: &str) {
    let (x, y) = (round(x), round(y));
    let _ = write!(out, r#"<text class="{class}" x="{x}" y="{y}">{}</text>"#, escape(label));
}

/// A rectangle.
fn rect(out: &mut String, class: &str, x: f64, y: f64, width: f64, height: f64) {
    let (x, y, width, height) = (round(x), round(y), round(width.max(0.0)), round(height.max(0.0)));
    let _ = write!(out, r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#);
}

/// A horizontal line over the whole width.
fn rule(out: &mut String, class: &str, y: f64) {
    let y = round(y);
    let _ = write!(out, r#"<path class="{class}" d="M0 {y}H{WIDTH}"/>"#);
}

/// What stands in place of a chart without a known value.
fn nothing() -> (f64, String) {
    let mut out = String::new();
    text(&mut out, "cq-text", 0.0, 20.0, words::NOT_KNOWN);
    (30.0, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_kind_of_chart_is_well_formed_and_escapes_names() {
        for chart in sample::charts() {
            let svg = chart_svg(&chart);
            crate::html::tests::assert_balanced(&svg);
            assert!(!svg.contains("<script"), "{svg}");
            assert!(svg.len() < 40_000, "{}", svg.len());
        }
    }

    #[test]
    fn a_chart_without_values_says_so() {
        let chart = Chart::Week { title: "Cores".into(), unit: "cores".into(), hours: vec![None; 168] };
        assert!(chart_svg(&chart).contains("not known"));
    }
}
