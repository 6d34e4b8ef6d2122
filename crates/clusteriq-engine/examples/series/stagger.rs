//! Production schedules with run times of other production jobs: runs at once, before and after.

use crate::data::Dice;
use crate::{Outcome, data, row};
use clusteriq_engine::series::robust::quantile;
use clusteriq_engine::series::stagger::{Job, floor, in_order, peak, stagger};
use std::path::Path;

/// A week, of which the first day is a Monday and the first of its month.
const WEEK: usize = 7 * 1440;
const SEEDS: u64 = 5;
const WEEKS_PLAYED: usize = 20;

pub(crate) fn measure(folder: &Path) -> Outcome<()> {
    let written = data::schedules(folder)?;
    let starts: Vec<Vec<usize>> = written.iter().filter_map(|it| starts(it)).filter(|it| !it.is_empty()).collect();
    // Run times below a minute are system checks, not jobs.
    let groups: Vec<Vec<f64>> =
        data::run_times(folder)?.into_iter().filter(|it| quantile(it, 0.5).is_some_and(|it| it >= 60.0)).collect();
    let mut sums = [0.0; 11];
    for seed in 1..=SEEDS {
        let mut dice = Dice(seed);
        let drawn: Vec<usize> = starts.iter().map(|_| dice.below(groups.len())).collect();
        let jobs: Vec<Job> = starts.iter().zip(&drawn).map(|(starts, group)| job(starts, &groups[*group])).collect();
        let still = vec![0; jobs.len()];
        let ours = stagger(&jobs, WEEK, 5);
        let dice_shifts: Vec<i64> = jobs.iter().map(|_| 5 * (dice.below(25) as i64 - 12)).collect();
        let mut played = [0.0; 3];
        for _ in 0..WEEKS_PLAYED {
            let minutes: Vec<Vec<usize>> = jobs
                .iter()
                .zip(&drawn)
                .map(|(job, group)| {
                    job.starts
                        .iter()
                        .map(|_| capped(&job.starts, groups[*group][dice.below(groups[*group].len())]))
                        .collect()
                })
                .collect();
            for (sum, shifts) in played.iter_mut().zip([&still, &dice_shifts, &ours.shifts]) {
                *sum += at_once(&jobs, &minutes, shifts) as f64 / WEEKS_PLAYED as f64;
            }
        }
        let steps = in_order(&jobs, &ours, WEEK);
        let after_share = |share: f64| steps.get((share * jobs.len() as f64) as usize).map_or(ours.after, |it| it.peak);
        let moved = ours.shifts.iter().filter(|it| **it != 0).count() as f64 / jobs.len() as f64;
        let values = [
            ours.before,
            peak(&jobs, &dice_shifts, WEEK),
            ours.after,
            floor(&jobs, WEEK),
            played[0],
            played[1],
            played[2],
            moved,
            steps.len() as f64,
            after_share(0.25),
            after_share(0.5),
        ];
        sums.iter_mut().zip(values).for_each(|(sum, it)| *sum += it / SEEDS as f64);
    }
    let data = format!("schedules ({} of {}), swf run times, {SEEDS} draws", starts.len(), written.len());
    let number = |it: f64| format!("{it:.1}");
    let note =
        format!("{:.1} ({:.0} % of jobs moved; no shifts can be below {:.1})", sums[2], 100.0 * sums[7], sums[3]);
    row(["stagger", &data, "largest expected runs at once", "as scheduled", &number(sums[0]), &note]);
    row(["stagger", &data, "largest expected runs at once", "random shifts of ±1 h", &number(sums[1]), "as above"]);
    let text = format!("{:.1} / {:.1} / {:.1} ({:.0} moves)", sums[9], sums[10], sums[2], sums[8]);
    row([
        "stagger",
        &data,
        "the same after moving 25 % / 50 % / all that help",
        "as scheduled",
        &number(sums[0]),
        &text,
    ]);
    row([
        "stagger",
        &data,
        "peak of a week as it would come, each run drawn anew",
        "as scheduled",
        &number(sums[4]),
        &number(sums[6]),
    ]);
    row(["stagger", &data, "peak of a week as it would come", "random shifts of ±1 h", &number(sums[5]), "as above"]);
    Ok(())
}

fn job(starts: &[usize], runs: &[f64]) -> Job {
    let runs = runs.iter().map(|it| capped(starts, *it)).collect();
    Job { starts: starts.to_vec(), runs, weight: 1, earlier: 60, later: 60 }
}

/// Minutes of a run; a run ends before the next of its job starts, as with one active run at a time.
fn capped(starts: &[usize], seconds: f64) -> usize {
    let gap = starts.windows(2).map(|it| it[1] - it[0]).min().unwrap_or(WEEK);
    ((seconds / 60.0).ceil() as usize).clamp(1, gap)
}

fn at_once(jobs: &[Job], minutes: &[Vec<usize>], shifts: &[i64]) -> u64 {
    let mut load = vec![0u64; WEEK];
    for ((job, minutes), shift) in jobs.iter().zip(minutes).zip(shifts) {
        for (start, length) in job.starts.iter().zip(minutes) {
            let from = (*start as i64 + shift).rem_euclid(WEEK as i64) as usize;
            (0..*length).for_each(|it| load[(from + it) % WEEK] += 1);
        }
    }
    load.into_iter().max().unwrap_or(0)
}

/// The minutes of the week at which a schedule starts. `None` for what is not a schedule of times.
fn starts(written: &str) -> Option<Vec<usize>> {
    let cron = match written.trim() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@quarterly" | "@once" | "None" | "" => return None,
        other => other,
    };
    if let Some(hours) = cron.strip_suffix('h').and_then(|it| it.parse::<usize>().ok()) {
        return (hours > 0).then(|| (0..WEEK).step_by(60 * hours).collect());
    }
    if let Some(minutes) = cron.strip_suffix('m').and_then(|it| it.parse::<usize>().ok()) {
        return (minutes > 0).then(|| (0..WEEK).step_by(minutes).collect());
    }
    if let Some(days) = cron.strip_suffix('d').and_then(|it| it.parse::<usize>().ok()) {
        return (days > 0).then(|| (0..WEEK).step_by(1440 * days).collect());
    }
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let (minutes, hours) = (field(minute, 0, 59)?, field(hour, 0, 23)?);
    let (days, months, weekdays) = (field(day, 1, 31)?, field(month, 1, 12)?, field(weekday, 0, 7)?);
    let mut all = Vec::new();
    for date in 1..=7 {
        // The first is a Monday, of January.
        let by_weekday = weekdays.contains(&(date % 7)) || (date == 7 && weekdays.contains(&7));
        let by_day = days.contains(&date);
        // As in cron: if both are restricted, either will do.
        let wanted = if *day != "*" && *weekday != "*" { by_day || by_weekday } else { by_day && by_weekday };
        if wanted && months.contains(&1) {
            all.extend(hours.iter().flat_map(|hour| minutes.iter().map(move |it| (date - 1) * 1440 + hour * 60 + it)));
        }
    }
    all.sort_unstable();
    Some(all)
}

fn field(text: &str, first: usize, last: usize) -> Option<Vec<usize>> {
    const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let number = |it: &str| it.parse().ok().or_else(|| NAMES.iter().position(|name| it.eq_ignore_ascii_case(name)));
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, 1), |(range, step)| (range, step.parse().unwrap_or(1)));
        let (from, to) = match range {
            "*" => (first, last),
            _ => match range.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(range)?, if part.contains('/') { last } else { number(range)? }),
            },
        };
        all.extend((from..=to).step_by(step.max(1)));
    }
    Some(all)
}
