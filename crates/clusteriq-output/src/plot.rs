//! What drawing a chart needs in text and in SVG alike: fewer points, round scales, times in words.

use jiff::Timestamp;

/// At most `most` points, each the highest of those it stands for; `None` where none is known.
pub(crate) fn downsample(values: &[Option<f64>], most: usize) -> Vec<Option<f64>> {
    let most = most.max(1);
    let known = |it: &Option<f64>| it.filter(|it| it.is_finite());
    if values.len() <= most {
        return values.iter().map(known).collect();
    }
    (0..most)
        .map(|at| {
            let from = at * values.len() / most;
            let until = (at + 1) * values.len() / most;
            values[from..until].iter().filter_map(known).reduce(f64::max)
        })
        .collect()
}

/// The smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ that is not less: the top of a scale.
pub(crate) fn round_up(it: f64) -> f64 {
    if !it.is_finite() || it <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(it.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = |step: &f64| step * power >= it * (1.0 - 1e-9);
    let step = steps.into_iter().find(fits).unwrap_or(10.0);
    step * power
}

/// The least and the highest known value.
pub(crate) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|it| it.is_finite()).fold(None, |extent, it| match extent {
        None => Some((it, it)),
        Some((low, high)) => Some((low.min(it), high.max(it))),
    })
}

/// A place on a time axis in words: with the hour if the axis is short, with the year if it is long.
pub(crate) fn moment(epoch_minute: i64, span_minutes: i64) -> String {
    let Ok(at) = Timestamp::from_second(epoch_minute.saturating_mul(60)) else {
        return crate::words::NOT_KNOWN.into();
    };
    let format = match span_minutes {
        ..=4_320 => "%-d %b %H:%M",
        4_321..=525_600 => "%-d %b",
        525_601.. => "%b %Y",
    };
    at.strftime(format).to_string()
}

/// A time of day, or day and time past the first midnight: `02:00`, `+1 02:00`.
pub(crate) fn clock(minute: i64) -> String {
    let (day, minute) = (minute.div_euclid(1440), minute.rem_euclid(1440));
    let time = format!("{:02}:{:02}", minute / 60, minute % 60);
    if day == 0 { time } else { format!("{day:+} d {time}") }
}

/// Days of the week as the heat map has them.
pub(crate) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_points_keep_the_peaks_and_the_holes() {
        let values = [Some(1.0), Some(9.0), None, None, Some(2.0), Some(f64::NAN)];
        assert_eq!(downsample(&values, 3), [Some(9.0), None, Some(2.0)]);
    }

    #[test]
    fn scales_end_at_round_numbers() {
        let tops = [0.0, 0.9, 1.0, 1.2, 7.1, 38.0, 9_999.0].map(round_up);
        assert_eq!(tops, [1.0, 1.0, 1.0, 1.5, 8.0, 40.0, 10_000.0]);
    }
}
