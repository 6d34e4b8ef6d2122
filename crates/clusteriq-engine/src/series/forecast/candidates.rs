//! The simple forecasts of which [`forecast`](super::forecast) makes one: a profile of the day, of the week, and levels.

/// One way to continue a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Candidate {
    /// The mean of earlier days at the same time of day, weighing a day half as much as the one `half_days` later.
    Day {
        /// Days after which a day counts half.
        half_days: f64,
    },
    /// The same, raised or lowered by how far the last two hours were from it; that fades within hours.
    DayFromNow {
        /// Days after which a day counts half.
        half_days: f64,
    },
    /// The mean of earlier weeks at the same time of the week, at the level of the last seven days.
    Week,
    /// The mean of the last day.
    LastDay,
    /// The mean of the last half hour, at least one step.
    Now,
}

/// All candidates, in a fixed order.
pub(super) const CANDIDATES: [Candidate; 7] = [
    Candidate::Day { half_days: 1.0 },
    Candidate::Day { half_days: 4.0 },
    Candidate::Day { half_days: 30.0 },
    Candidate::DayFromNow { half_days: 1.0 },
    Candidate::Week,
    Candidate::LastDay,
    Candidate::Now,
];

/// What `candidate` says of the `steps` after `past` (transformed values, gaps as `None`), of which `per_day` make a
/// day. `None` if there is too little past for it.
pub(super) fn continued(candidate: Candidate, past: &[Option<f64>], per_day: usize, steps: usize) -> Option<Vec<f64>> {
    let smooth = per_day / 48;
    match candidate {
        Candidate::Day { half_days } => profile(past, per_day, half_days, smooth, steps),
        Candidate::DayFromNow { half_days } => {
            let mut likely = profile(past, per_day, half_days, smooth, steps)?;
            let recent = (per_day / 12).max(1);
            let before = past.len().checked_sub(recent)?;
            let expected = profile(&past[..before], per_day, half_days, smooth, recent)?;
            let off = mean(past[before..].iter().zip(&expected).filter_map(|(it, expected)| Some((*it)? - expected)))?;
            let fade = (per_day as f64 / 6.0).max(1.0);
            for (step, it) in likely.iter_mut().enumerate() {
                *it += off * (-(step as f64) / fade).exp();
            }
            Some(likely)
        }
        Candidate::Week => {
            let week = 7 * per_day;
            past.len().checked_sub(2 * week)?;
            let mut likely = profile(past, week, 4.0, smooth, steps)?;
            let level = mean(past[past.len() - week..].iter().flatten().copied())?;
            // The profile's own level: its mean over one whole week, wherever that begins.
            let whole = profile(past, week, 4.0, smooth, week)?;
            let off = level - mean(whole.into_iter())?;
            likely.iter_mut().for_each(|it| *it += off);
            Some(likely)
        }
        Candidate::LastDay => {
            let from = past.len().saturating_sub(per_day);
            Some(vec![mean(past[from..].iter().flatten().copied())?; steps])
        }
        Candidate::Now => {
            let last = past.iter().rposition(Option::is_some)?;
            let from = (last + 1).saturating_sub((per_day / 48).max(1));
            Some(vec![mean(past[from..=last].iter().flatten().copied())?; steps])
        }
    }
}

/// Weighted mean of what stood a whole number of seasons before, over `smooth` neighbours at each side (triangular
/// weights). Beyond the first season the profile repeats.
fn profile(past: &[Option<f64>], season: usize, half: f64, smooth: usize, steps: usize) -> Option<Vec<f64>> {
    let end = past.len() as i64;
    let mut likely: Vec<f64> = Vec::with_capacity(steps);
    for step in 0..steps {
        if step >= season {
            likely.push(likely[step - season]);
            continue;
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        let mut place = end + step as i64 - season as i64;
        let mut weight = 1.0;
        while place + smooth as i64 >= 0 && weight > 1e-3 {
            for near in -(smooth as i64)..=smooth as i64 {
                let at = place + near;
                let value = if at >= 0 && at < end { past[at as usize] } else { None };
                if let Some(value) = value {
                    let here = weight * (smooth as f64 + 1.0 - near.abs() as f64);
                    sum += here * value;
                    weights += here;
                }
            }
            place -= season as i64;
            weight *= 0.5f64.powf(1.0 / half);
        }
        likely.push(if weights > 0.0 { sum / weights } else { f64::NAN });
    }
    // A time of day that was never seen has the profile's mean.
    let known = mean(likely.iter().copied().filter(|it| it.is_finite()))?;
    likely.iter_mut().filter(|it| !it.is_finite()).for_each(|it| *it = known);
    Some(likely)
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0usize);
    for it in values {
        sum += it;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}
