//! The files, as they lie in the data folder.

use crate::Outcome;
use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::Path;

/// A series of the Numenta benchmark on its grid, with the steps of its labelled windows (first and last).
pub(crate) struct Labelled {
    pub(crate) name: String,
    pub(crate) per_day: usize,
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) windows: Vec<(usize, usize)>,
}

/// The columns of the Alibaba fleet, by name, in steps of five minutes.
pub(crate) fn fleet(folder: &Path) -> Outcome<Vec<(String, Vec<f64>)>> {
    let text = read_to_string(folder.join("dc_fleet/alibaba2018_machine_usage_days_1_to_8_grouped_300_seconds.csv"))?;
    let mut lines = text.lines();
    let mut columns: Vec<(String, Vec<f64>)> =
        lines.next().ok_or("empty file")?.split(',').map(|it| (it.to_owned(), Vec::new())).collect();
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.1.push(cell.parse()?);
        }
    }
    Ok(columns)
}

/// All series of the Numenta benchmark that are there, in the order of their names.
pub(crate) fn numenta(folder: &Path) -> Outcome<Vec<Labelled>> {
    let mut windows: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let labels = read_to_string(folder.join("nab/combined_windows_real.json"))?;
    let mut name = String::new();
    for text in labels.split('"').skip(1).step_by(2) {
        if let Some(series) = text.strip_suffix(".csv") {
            name = series.rsplit('/').next().unwrap_or(series).to_owned();
        } else {
            windows.entry(name.clone()).or_default().push(minute(text)?);
        }
    }
    let mut all = Vec::new();
    for (file, per_day) in [("realAWSCloudwatch", 288), ("realAdExchange", 24)] {
        let text = read_to_string(folder.join(format!("nab/{file}.csv")))?;
        let mut series: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            series.entry(cells[0]).or_default().push((minute(cells[1])?, cells[2].parse()?));
        }
        for (name, points) in series {
            let start = points.first().ok_or("empty series")?.0;
            let step = |it: f64| ((it - start) * per_day as f64 / 1440.0).round() as usize;
            let last = points.iter().map(|it| step(it.0)).max().unwrap_or(0);
            let mut values = vec![None; last + 1];
            points.iter().for_each(|(minute, value)| values[step(*minute)] = Some(*value));
            let bounds = windows.get(name).map(Vec::as_slice).unwrap_or_default();
            let windows = bounds.chunks(2).map(|it| (step(it[0]), step(it[it.len() - 1]))).collect();
            all.push(Labelled { name: name.to_owned(), per_day, values, windows });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Run times in seconds of groups (user, processors) with at least 20 runs, in order of submission.
pub(crate) fn run_times(folder: &Path) -> Outcome<Vec<Vec<f64>>> {
    let text = read_to_string(folder.join("swf/nasa_ipsc_1993.csv"))?;
    let mut groups: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let seconds: f64 = cells[3].parse()?;
        if seconds > 0.0 {
            groups.entry((cells[6].parse()?, cells[4].parse()?)).or_default().push(seconds);
        }
    }
    Ok(groups.into_values().filter(|it| it.len() >= 20).collect())
}

/// The schedules, as they were written (cron, `@daily`, `3h`).
pub(crate) fn schedules(folder: &Path) -> Outcome<Vec<String>> {
    let text = read_to_string(folder.join("schedules/airflow_schedules.csv"))?;
    Ok(text.lines().skip(1).map(|it| cells(it).into_iter().nth(2).unwrap_or_default()).collect())
}

/// The cells of a line, of which some are quoted.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for it in line.chars() {
        match it {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => {
                if let Some(last) = cells.last_mut() {
                    last.push(it);
                }
            }
        }
    }
    cells
}

/// Minutes since 1970 of `2014-02-26 13:45:00` (civil days after Hinnant).
fn minute(text: &str) -> Outcome<f64> {
    let part =
        |from: usize, to: usize| -> Outcome<i64> { Ok(text.get(from..to).ok_or("a time that is too short")?.parse()?) };
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Ok((days * 1440 + part(11, 13)? * 60 + part(14, 16)?) as f64 + part(17, 19)? as f64 / 60.0)
}

/// Reproducible numbers (SplitMix64, Steele, Lea and Flood 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// Between 0 and 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((it ^ (it >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.share() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.share().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}
