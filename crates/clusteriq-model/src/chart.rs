//! A picture as data: the same for text, HTML and the web.

/// A picture that supports a statement. Values carry their unit in the title or label; unknown points are `None`.
#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// Values over time at equal steps.
    Series {
        /// What is shown, with the unit.
        title: String,
        /// Epoch minute of the first point.
        start_minute: i64,
        /// Minutes between points.
        step_minutes: u32,
        /// Unit, e.g. `cores`.
        unit: String,
        /// One or more lines of the same length.
        lines: Vec<Line>,
        /// Horizontal levels, such as a capacity.
        levels: Vec<Marker>,
    },
    /// Amounts by name.
    Bars {
        /// What is shown, with the unit.
        title: String,
        /// Unit, e.g. `$`.
        unit: String,
        /// Name and amount, in the order to show.
        bars: Vec<(String, f64)>,
    },
    /// One value per hour of the week, Monday 00:00 UTC first, 168 of them.
    Week {
        /// What is shown, with the unit.
        title: String,
        /// Unit, e.g. `cores`.
        unit: String,
        /// 168 values.
        hours: Vec<Option<f64>>,
    },
    /// Spans on a common time axis, a row per name: a Gantt chart.
    Spans {
        /// What is shown.
        title: String,
        /// First minute of the axis, from midnight UTC.
        from_minute: i64,
        /// Last minute of the axis.
        until_minute: i64,
        /// Name, and its spans in minutes from midnight UTC.
        rows: Vec<(String, Vec<(i64, i64)>)>,
    },
}

/// One line of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub label: String,
    /// Its points.
    pub values: Vec<Option<f64>>,
}

/// A horizontal level.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Its name.
    pub label: String,
    /// Its height.
    pub value: f64,
}
