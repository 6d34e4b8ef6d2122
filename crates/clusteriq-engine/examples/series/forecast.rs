//! Next-day forecasts, rolling, and how often their intervals hold.

use crate::{Outcome, data, row};
use clusteriq_engine::series::forecast::forecast;
use std::path::Path;

/// Sums over all steps of all forecast days.
#[derive(Default)]
struct Tally {
    steps: f64,
    ours: f64,
    mean: f64,
    yesterday: f64,
    naive: f64,
    in_80: f64,
    in_95: f64,
}

pub(crate) fn measure(folder: &Path) -> Outcome<()> {
    let columns = data::fleet(folder)?;
    for (name, values) in &columns {
        // Whole days only; from the fourth day on all rules have the three days they need.
        let it = rolled(&values.iter().map(|it| Some(*it)).collect::<Vec<_>>(), 288, 3, |was| was.abs());
        let data = format!("dc_fleet {name}");
        row([
            "forecast",
            &data,
            "MAPE",
            "mean of three days",
            &percent(it.mean / it.steps),
            &percent(it.ours / it.steps),
        ]);
        row(["forecast", &data, "MAPE", "same time yesterday", &percent(it.yesterday / it.steps), "as above"]);
        row(["forecast", &data, "MAPE", "last value", &percent(it.naive / it.steps), "as above"]);
        row(["forecast", &data, "80 % / 95 % interval holds", "80 % / 95 %", "", &held(&it)]);
    }
    let (mut by_mean, mut by_day, mut in_80, mut in_95, mut count) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for it in data::numenta(folder)? {
        let known: Vec<f64> = it.values.iter().flatten().map(|it| it.abs()).collect();
        let size = known.iter().sum::<f64>() / known.len() as f64;
        // Many values are near zero: errors count relative to the value or the mean, whichever is larger.
        let tally = rolled(&it.values, it.per_day, 3, |was| was.abs().max(size));
        by_mean += (tally.ours / tally.mean).ln();
        by_day += (tally.ours / tally.yesterday).ln();
        in_80 += tally.in_80 / tally.steps;
        in_95 += tally.in_95 / tally.steps;
        count += 1.0;
    }
    let ratio = |it: f64| format!("{:.2}", (it / count).exp());
    let data = format!("nab, {count} series");
    row(["forecast", &data, "error ÷ baseline's, geometric mean", "mean of three days", "1.00", &ratio(by_mean)]);
    row(["forecast", &data, "error ÷ baseline's, geometric mean", "same time yesterday", "1.00", &ratio(by_day)]);
    let held = format!("{} / {}", percent(in_80 / count), percent(in_95 / count));
    row(["forecast", &data, "80 % / 95 % interval holds, mean of series", "80 % / 95 %", "", &held]);
    Ok(())
}

fn rolled(values: &[Option<f64>], per_day: usize, first: usize, scale: impl Fn(f64) -> f64) -> Tally {
    let mut tally = Tally::default();
    for day in first..values.len() / per_day {
        let (history, rest) = values.split_at(day * per_day);
        let Some(said) = forecast(history, per_day, per_day) else { continue };
        let Some(last) = history.iter().flatten().last() else { continue };
        for (step, was) in rest.iter().take(per_day).enumerate() {
            let before = |days: usize| history[history.len() - days * per_day + step].unwrap_or(*last);
            let (Some(was), Some(band), Some(wide)) = (*was, said.band(step, 0.8), said.band(step, 0.95)) else {
                continue;
            };
            let off = |it: f64| (it - was).abs() / scale(was);
            tally.steps += 1.0;
            tally.ours += off(band.likely);
            tally.mean += off((before(1) + before(2) + before(3)) / 3.0);
            tally.yesterday += off(before(1));
            tally.naive += off(*last);
            tally.in_80 += f64::from(was >= band.low && was <= band.high);
            tally.in_95 += f64::from(was >= wide.low && was <= wide.high);
        }
    }
    tally
}

fn held(it: &Tally) -> String {
    format!("{} / {}", percent(it.in_80 / it.steps), percent(it.in_95 / it.steps))
}

fn percent(it: f64) -> String {
    format!("{:.1} %", 100.0 * it)
}
