//! A picture as data.

use clusteriq_model::{Chart, Line, Marker};
use schemars::JsonSchema;
use serde::Serialize;

use super::value::finite;

/// A picture that supports a statement. Unknown points are null.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Chart")]
#[allow(missing_docs, reason = "the fields are those of `clusteriq_model::Chart`")]
pub enum ChartJson {
    /// Values over time at equal steps.
    Series {
        title: String,
        unit: String,
        /// Minutes from 1970-01-01T00:00Z to the first point.
        start_minute: i64,
        step_minutes: u32,
        lines: Vec<LineJson>,
        /// Horizontal levels, such as a capacity.
        levels: Vec<NamedJson>,
    },
    /// Amounts by name, in the order to show.
    Bars { title: String, unit: String, bars: Vec<NamedJson> },
    /// One value per hour of the week, Monday 00:00 UTC first.
    Week { title: String, unit: String, hours: Vec<Option<f64>> },
    /// Spans on a common time axis, in minutes from midnight UTC.
    Spans { title: String, from_minute: i64, until_minute: i64, rows: Vec<RowJson> },
}

/// One line of a series.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Line")]
pub struct LineJson {
    label: String,
    values: Vec<Option<f64>>,
}

/// An amount and its name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NamedValue")]
pub struct NamedJson {
    label: String,
    value: Option<f64>,
}

/// One row of spans.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SpanRow")]
pub struct RowJson {
    label: String,
    /// First minute and the minute after the last, each.
    spans: Vec<[i64; 2]>,
}

fn values(it: &[Option<f64>]) -> Vec<Option<f64>> {
    it.iter().map(|it| it.and_then(finite)).collect()
}

impl From<&Line> for LineJson {
    fn from(it: &Line) -> Self {
        Self { label: it.label.clone(), values: values(&it.values) }
    }
}

impl From<&Marker> for NamedJson {
    fn from(it: &Marker) -> Self {
        Self { label: it.label.clone(), value: finite(it.value) }
    }
}

impl From<&Chart> for ChartJson {
    fn from(it: &Chart) -> Self {
        match it {
            Chart::Series { title, start_minute, step_minutes, unit, lines, levels } => Self::Series {
                title: title.clone(),
                unit: unit.clone(),
                start_minute: *start_minute,
                step_minutes: *step_minutes,
                lines: lines.iter().map(Into::into).collect(),
                levels: levels.iter().map(Into::into).collect(),
            },
            Chart::Bars { title, unit, bars } => Self::Bars {
                title: title.clone(),
                unit: unit.clone(),
                bars: bars
                    .iter()
                    .map(|(label, value)| NamedJson { label: label.clone(), value: finite(*value) })
                    .collect(),
            },
            Chart::Week { title, unit, hours } => {
                Self::Week { title: title.clone(), unit: unit.clone(), hours: values(hours) }
            }
            Chart::Spans { title, from_minute, until_minute, rows } => Self::Spans {
                title: title.clone(),
                from_minute: *from_minute,
                until_minute: *until_minute,
                rows: rows
                    .iter()
                    .map(|(label, spans)| RowJson {
                        label: label.clone(),
                        spans: spans.iter().map(|it| [it.0, it.1]).collect(),
                    })
                    .collect(),
            },
        }
    }
}
