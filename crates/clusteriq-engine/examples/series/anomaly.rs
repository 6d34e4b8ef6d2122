//! Alarms against the labelled windows of the Numenta benchmark, with settings chosen on the other half of the series.
//!
//! A window is hit if an alarm is inside. Alarms outside of windows are false; those within six hours of the last false
//! one count as one. Recall is windows hit ÷ windows; precision is windows hit ÷ (windows hit + false alarms).

use crate::data::Labelled;
use crate::{Outcome, data, row};
use clusteriq_engine::series::anomaly::{WATCH, Watch, anomalies, ratios};
use clusteriq_engine::series::robust;
use std::path::Path;

#[derive(Default, Clone, Copy)]
struct Score {
    hits: f64,
    wrong: f64,
    windows: f64,
    weeks: f64,
    /// Weeks of a series with more than one false alarm.
    crowded: f64,
}

impl Score {
    fn f1(&self) -> f64 {
        2.0 * self.hits / (self.windows + self.hits + self.wrong).max(1.0)
    }

    fn plus(self, other: Score) -> Score {
        Score {
            hits: self.hits + other.hits,
            wrong: self.wrong + other.wrong,
            windows: self.windows + other.windows,
            weeks: self.weeks + other.weeks,
            crowded: self.crowded + other.crowded,
        }
    }

    fn text(&self) -> String {
        format!(
            "{:.2} ({} of {} windows, {} false in {:.0} series-weeks, {} of them with two or more)",
            self.f1(),
            self.hits,
            self.windows,
            self.wrong,
            self.weeks,
            self.crowded
        )
    }
}

pub(crate) fn measure(folder: &Path) -> Outcome<()> {
    let all = data::numenta(folder)?;
    let data = format!("nab, {} series", all.len());
    // For each rule, the score of each series under each of its settings.
    let mut ours = Vec::new();
    for hours in [2.0, 3.0, 4.0] {
        for usual in [0.98, 0.99] {
            let watch = Watch { hours, usual, ..WATCH };
            let said: Vec<_> = all.iter().map(|it| ratios(&it.values, it.per_day, &watch)).collect();
            for ratio in [1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0] {
                let alarms = |which: usize| {
                    let steps = said[which].iter().flatten().filter(|it| it.ratio > ratio).map(|it| it.step);
                    quiet(steps.collect(), (watch.quiet_days * all[which].per_day as f64) as usize)
                };
                let name = format!("{hours} h, quantile {usual}, ratio {ratio}");
                ours.push((name, (0..all.len()).map(|it| score(&all[it], &alarms(it))).collect::<Vec<_>>()));
            }
        }
    }
    let mut mads = Vec::new();
    for days in [0.5, 1.0, 2.0, 3.0, 7.0] {
        let said: Vec<Vec<f64>> = all.iter().map(|it| rolling_mad(it, days)).collect();
        for limit in [3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0] {
            for rest in [0.0, 1.0] {
                let alarms = |which: usize| {
                    let steps = (0..said[which].len()).filter(|it| said[which][*it] > limit).collect();
                    quiet(steps, (rest * all[which].per_day as f64) as usize)
                };
                let name = format!("{days} d, {limit} deviations, {rest} d quiet");
                mads.push((name, (0..all.len()).map(|it| score(&all[it], &alarms(it))).collect::<Vec<_>>()));
            }
        }
    }
    let plain =
        mads.iter().find(|it| it.0.starts_with("2 d, 3.5") && it.0.ends_with("0 d quiet")).ok_or("no baseline")?;
    let plain = total(&plain.1, |_| true);
    let (mad, mad_chosen) = crossed(&mads);
    let (our, our_chosen) = crossed(&ours);
    row([
        "anomaly",
        &data,
        "F1, other half's settings",
        "rolling MAD, 2 days, 3.5 deviations",
        &plain.text(),
        &our.text(),
    ]);
    let name = format!("rolling MAD, settings chosen like ours ({mad_chosen})");
    row(["anomaly", &data, "F1, other half's settings", &name, &mad.text(), &format!("chosen: {our_chosen}")]);
    // What windows of a tenth of all time give away: an alarm each week, whatever the series does.
    let blind = |it: &Labelled| score(it, &(0..it.values.len()).step_by(7 * it.per_day).skip(1).collect::<Vec<_>>());
    let blind = total(&all.iter().map(blind).collect::<Vec<_>>(), |_| true).text();
    let fixed: Vec<Score> = all
        .iter()
        .map(|it| score(it, &anomalies(&it.values, it.per_day, &WATCH).iter().map(|it| it.step).collect::<Vec<_>>()))
        .collect();
    let text = total(&fixed, |_| true).text();
    row([
        "anomaly",
        &data,
        "F1 of the settings kept (in sample)",
        "an alarm every week, without looking",
        &blind,
        &text,
    ]);
    Ok(())
}

/// Both halves (every other series by name), each with the settings that are best on the other under at most one false
/// alarm per series and week there, together; and what was chosen.
fn crossed(settings: &[(String, Vec<Score>)]) -> (Score, String) {
    let mut sum = Score::default();
    let mut names = Vec::new();
    for half in 0..2 {
        let chosen = settings
            .iter()
            .map(|it| (it, total(&it.1, |which| which % 2 == half)))
            .filter(|it| it.1.wrong <= it.1.weeks)
            .max_by(|a, b| a.1.f1().total_cmp(&b.1.f1()));
        if let Some((setting, _)) = chosen {
            let judged = total(&setting.1, |which| which % 2 != half);
            sum = sum.plus(judged);
            names.push(format!("{}: {:.2}", setting.0, judged.f1()));
        }
    }
    (sum, names.join("; "))
}

fn total(scores: &[Score], which: impl Fn(usize) -> bool) -> Score {
    scores.iter().enumerate().filter(|it| which(it.0)).fold(Score::default(), |sum, it| sum.plus(*it.1))
}

fn score(series: &Labelled, alarms: &[usize]) -> Score {
    let inside = |alarm: usize, it: &(usize, usize)| it.0 <= alarm && alarm <= it.1;
    let hits = series.windows.iter().filter(|window| alarms.iter().any(|it| inside(*it, window))).count();
    let outside = alarms.iter().copied().filter(|it| !series.windows.iter().any(|window| inside(*it, window)));
    let mut wrong: Vec<usize> = Vec::new();
    let mut last: Option<usize> = None;
    for it in outside {
        if last.is_none_or(|last| it - last > series.per_day / 4) {
            wrong.push(it);
        }
        last = Some(it);
    }
    let week = 7 * series.per_day;
    let crowded = wrong.chunk_by(|a, b| a / week == b / week).filter(|it| it.len() > 1).count();
    Score {
        hits: hits as f64,
        wrong: wrong.len() as f64,
        windows: series.windows.len() as f64,
        weeks: series.values.len() as f64 / week as f64,
        crowded: crowded as f64,
    }
}

fn quiet(steps: Vec<usize>, rest: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for it in steps {
        if kept.last().is_none_or(|last| it > last + rest) {
            kept.push(it);
        }
    }
    kept
}

/// How many deviations (1.4826 × MAD) each value is from the median of the `days` before it.
fn rolling_mad(series: &Labelled, days: f64) -> Vec<f64> {
    let span = (days * series.per_day as f64) as usize;
    let mut values = Vec::new();
    for it in &series.values {
        values.push(it.or(values.last().copied()).unwrap_or(0.0));
    }
    let (mut middle, mut spread) = (0.0, 1.0);
    let mut said = vec![0.0; values.len()];
    for step in span..values.len() {
        if step % 6 == span % 6 || series.per_day < 288 {
            let past = &values[step - span..step];
            middle = robust::median(past).unwrap_or(0.0);
            spread = robust::spread(past, middle).unwrap_or(0.0).max(1e-9);
        }
        said[step] = (values[step] - middle).abs() / spread;
    }
    said
}
