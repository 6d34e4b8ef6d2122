//! When runs became longer or dearer for good: few changes of level, each with its ratio and how sure it is.
//!
//! Binary segmentation (Scott and Knott 1974) with a sum of rank ranks at its best split, so that outliers count no more
//! than being the largest. The price of having looked at all splits is paid with Miller and Siegmund (1982,
//! Biometrics 38, "Maximally selected chi square statistics"; for ranks Lausen and Schumacher 1992).

use super::robust;

/// Which changes are worth a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// The fewest runs at each side.
    pub shortest: usize,
    /// The smallest change of the level, as fraction: 0.1 is a tenth up, or down to 1 ÷ 1.1.
    pub smallest: f64,
    /// The largest probability (0 to 1) that there is no change at all.
    pub doubt: f64,
}

/// Five runs, ten percent, one in a hundred.
pub const WORTH: Worth = Worth { shortest: 5, smallest: 0.10, doubt: 0.01 };

/// Runs of one level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// The first run, from 0.
    pub from: usize,
    /// The first run after it.
    pub to: usize,
    /// The median of its values.
    pub median: f64,
}

/// A change between two segments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The first run of the new level.
    pub at: usize,
    /// New level ÷ old level: the median over all pairs of runs (Hodges and Lehmann 1963).
    pub ratio: f64,
    /// The lower end of an interval that holds the ratio with 95 %.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The probability (0 to 1) that levels so far apart arise without a change.
    pub doubt: f64,
}

/// The levels of `values` (one per run, in order), and the changes between them: one fewer than segments. Values that are
/// not above zero are not looked at, but keep their place. No values, no segment.
pub fn changes(values: &[f64], worth: &Worth) -> (Vec<Segment>, Vec<Change>) {
    let known: Vec<usize> = (0..values.len()).filter(|it| values[*it].is_finite() && values[*it] > 0.0).collect();
    let logs: Vec<f64> = known.iter().map(|it| values[*it].ln()).collect();
    let mut cuts = Vec::new();
    split(&logs, 0, worth, &mut cuts);
    cuts.sort_unstable();
    let found = settled(&logs, cuts, worth);
    let mut bounds: Vec<usize> = vec![0];
    bounds.extend(found.iter().map(|it| it.at));
    bounds.push(logs.len());
    let place = |it: usize| known.get(it).copied().unwrap_or(values.len());
    let segments = bounds
        .windows(2)
        .filter_map(|it| {
            Some(Segment { from: place(it[0]), to: place(it[1]), median: robust::median(&logs[it[0]..it[1]])?.exp() })
        })
        .collect();
    (segments, found.into_iter().map(|it| Change { at: place(it.at), ..it }).collect())
}

/// Values as if all inputs were of the median size, and the exponent (0 to 1) with which they grow with it: how much more
/// a run took than the one before, against how much larger its input was, weighing large steps more. Both a cause that
/// is not the input and a change for good leave that untouched. Where sizes hardly differ, or fewer than eight steps
/// can be compared, the exponent is 0 and values stay. Runs without a size have no value (not a number).
pub fn at_equal_size(values: &[f64], sizes: &[f64]) -> (Vec<f64>, f64) {
    let logs: Vec<Option<(f64, f64)>> = values
        .iter()
        .zip(sizes)
        .map(|(value, size)| (*value > 0.0 && *size > 0.0).then(|| (value.ln(), size.ln())))
        .collect();
    let known: Vec<(f64, f64)> = logs.iter().flatten().copied().collect();
    let mut slopes: Vec<(f64, f64)> = known
        .windows(2)
        .map(|it| (it[1].0 - it[0].0, it[1].1 - it[0].1))
        .filter(|(_, more)| more.abs() > 0.05)
        .map(|(longer, more)| (longer / more, more.abs()))
        .collect();
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * slopes.iter().map(|it| it.1).sum::<f64>();
    let mut passed = 0.0;
    let middle = slopes.iter().find(|it| {
        passed += it.1;
        passed >= half
    });
    let exponent = middle.filter(|_| slopes.len() >= 8).map_or(0.0, |it| it.0.clamp(0.0, 1.0));
    let sizes_known: Vec<f64> = known.iter().map(|it| it.1).collect();
    let usual = robust::median(&sizes_known).unwrap_or(0.0);
    let equal = logs.iter().map(|it| it.map_or(f64::NAN, |(value, size)| (value - exponent * (size - usual)).exp()));
    (equal.collect(), exponent)
}

fn split(logs: &[f64], offset: usize, worth: &Worth, cuts: &mut Vec<usize>) {
    if let Some(at) = best_change(logs, worth).map(|it| it.at).or_else(|| passing(logs, worth)) {
        cuts.push(offset + at);
        split(&logs[..at], offset, worth, cuts);
        split(&logs[at..], offset + at, worth, cuts);
    }
}

/// The clearest change within a part of the runs: a level that came and went is none of the whole. Parts are halves,
/// quarters and so on, overlapping by half (seeded binary segmentation, Kovács et al. 2023); as there are many, all of
/// them together may be wrong half as often as the whole.
fn passing(logs: &[f64], worth: &Worth) -> Option<usize> {
    let mut parts = Vec::new();
    let mut length = logs.len().div_ceil(2);
    while length >= 4 * worth.shortest.max(2) {
        let last = logs.len() - length;
        parts.extend((0..last).step_by((length / 2).max(1)).map(|it| (it, it + length)));
        parts.push((last, logs.len()));
        length = length.div_ceil(2);
    }
    let strict = Worth { doubt: 0.5 * worth.doubt / parts.len().max(1) as f64, ..*worth };
    let found = parts.into_iter().filter_map(|(from, to)| {
        let it = best_change(&logs[from..to], &strict)?;
        Some((it.doubt, from + it.at))
    });
    found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|it| it.1)
}

/// Each cut is looked for again between its neighbours, which were not known when it was first found, and given up if it
/// is not worth it any more.
fn settled(logs: &[f64], mut cuts: Vec<usize>, worth: &Worth) -> Vec<Change> {
    for _ in 0..10 {
        let mut found: Vec<Change> = Vec::new();
        for (which, _) in cuts.iter().enumerate() {
            let from = found.last().map_or(0, |it| it.at);
            let to = cuts.get(which + 1).copied().unwrap_or(logs.len());
            if let Some(it) = best_change(&logs[from..to], worth) {
                found.push(Change { at: from + it.at, ..it });
            }
        }
        let now: Vec<usize> = found.iter().map(|it| it.at).collect();
        if now == cuts {
            return found;
        }
        cuts = now;
    }
    // Did not settle: keep what stands where it is, between its neighbours.
    let bounds: Vec<usize> = std::iter::once(0).chain(cuts).chain(std::iter::once(logs.len())).collect();
    bounds
        .windows(3)
        .filter_map(|it| Some(Change { at: it[1], ..change_at(&logs[it[0]..it[2]], it[1] - it[0], worth)? }))
        .collect()
}

/// The change at the split where ranks differ most, if it is worth it.
fn best_change(logs: &[f64], worth: &Worth) -> Option<Change> {
    let shortest = worth.shortest.max(2);
    if logs.len() < 2 * shortest {
        return None;
    }
    let (ranks, variance) = ranked(logs);
    let mut sum: f64 = ranks[..shortest - 1].iter().sum();
    let mut best = (0.0, shortest);
    for at in shortest..=logs.len() - shortest {
        sum += ranks[at - 1];
        let z = standardised(sum, at, logs.len(), variance).abs();
        if z > best.0 {
            best = (z, at);
        }
    }
    change_at(logs, best.1, worth)
}

/// The change at this split, if it is worth it.
fn change_at(logs: &[f64], at: usize, worth: &Worth) -> Option<Change> {
    let (ranks, variance) = ranked(logs);
    let z = standardised(ranks[..at].iter().sum(), at, logs.len(), variance).abs();
    let doubt = doubt(z / stretch(&ranks, at), worth.shortest.max(2), logs.len());
    let (low, middle, high) = shift(&logs[..at], &logs[at..])?;
    (doubt <= worth.doubt && middle.abs() >= worth.smallest.ln_1p()).then(|| Change {
        at,
        ratio: middle.exp(),
        low: low.exp(),
        high: high.exp(),
        doubt,
    })
}

/// Ranks from 1, equal values sharing their mean, and their variance.
fn ranked(logs: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..logs.len()).collect();
    order.sort_by(|a, b| logs[*a].total_cmp(&logs[*b]));
    let mut ranks = vec![0.0; logs.len()];
    let mut done = 0;
    for equal in order.chunk_by(|a, b| logs[*a] == logs[*b]) {
        let rank = done as f64 + 0.5 * (equal.len() as f64 + 1.0);
        equal.iter().for_each(|it| ranks[*it] = rank);
        done += equal.len();
    }
    let middle = 0.5 * (logs.len() as f64 + 1.0);
    let variance = ranks.iter().map(|it| (it - middle).powi(2)).sum::<f64>() / (logs.len() as f64 - 1.0);
    (ranks, variance)
}

/// The rank sum of the first `at` of `all`, less what is expected, in standard deviations.
fn standardised(sum: f64, at: usize, all: usize, variance: f64) -> f64 {
    let (at, all) = (at as f64, all as f64);
    let deviation = (variance * at * (all - at) / all).sqrt();
    if deviation > 0.0 { (sum - at * 0.5 * (all + 1.0)) / deviation } else { 0.0 }
}

/// How much runs that resemble the one before stretch the statistic: the root of (1 + r) ÷ (1 − r) for an autoregressive
/// series. r is measured within the two segments, counts if it is significant (5 %), and is then raised by what it
/// lacks in short series (Kendall 1954).
fn stretch(ranks: &[f64], at: usize) -> f64 {
    let level = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let (before, after) = (level(&ranks[..at]), level(&ranks[at..]));
    let rest: Vec<f64> =
        ranks.iter().enumerate().map(|(it, rank)| rank - if it < at { before } else { after }).collect();
    let all: f64 = rest.iter().map(|it| it * it).sum();
    let next: f64 = rest.windows(2).map(|it| it[0] * it[1]).sum();
    let runs = ranks.len() as f64;
    let r = if all > 0.0 { next / all } else { 0.0 };
    let r = if r > 1.645 / runs.sqrt() { (r + (1.0 + 3.0 * r) / runs).min(0.95) } else { 0.0 };
    ((1.0 + r) / (1.0 - r)).sqrt()
}

/// The probability that the largest standardised statistic over all splits reaches `z` without a change: neighbouring
/// splits are nearly the same question, and count by how far they are not (Lausen, Sauerbrei and Schumacher 1994, as
/// `pLausen94` in R's maxstat; an upper bound after Worsley 1982).
fn doubt(z: f64, shortest: usize, all: usize) -> f64 {
    if z <= 1.0 {
        return 1.0;
    }
    let scale = (-0.5 * z * z).exp() / std::f64::consts::PI;
    let further: f64 = (shortest..all - shortest)
        .map(|it| {
            let (left, right) = (it as f64, (all - it) as f64);
            let apart = (1.0 - left * (right - 1.0) / (right * (left + 1.0))).sqrt();
            scale * (apart - (0.25 * z * z - 1.0) * apart.powi(3) / 6.0).max(0.0)
        })
        .sum();
    (2.0 * robust::normal_tail(z) + further).min(1.0)
}

/// The median of all differences between after and before, and the 95 % interval that goes with the rank sum
/// (Hodges and Lehmann 1963). Of long segments, the 200 runs next to the change.
fn shift(before: &[f64], after: &[f64]) -> Option<(f64, f64, f64)> {
    let before = &before[before.len().saturating_sub(200)..];
    let after = &after[..after.len().min(200)];
    let apart: Vec<f64> = after.iter().flat_map(|it| before.iter().map(move |before| it - before)).collect();
    let apart = robust::sorted(&apart);
    let (n, m) = (before.len() as f64, after.len() as f64);
    let outside = (0.5 * n * m - 1.96 * (n * m * (n + m + 1.0) / 12.0).sqrt()).floor().max(0.0) as usize;
    let low = *apart.get(outside)?;
    let high = *apart.get(apart.len().checked_sub(1 + outside)?)?;
    Some((low, robust::quantile_of_sorted(&apart, 0.5)?, high))
}
