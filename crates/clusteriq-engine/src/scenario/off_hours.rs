//! Working hours: when a cluster may be up if it is kept down at night and at weekends.

use clusteriq_model::Minutes;

use super::idle::{RESTART_MINUTES, kept_minutes};
use crate::profile::activity::{Span, union};

const DAY: i64 = 1440;

/// Hours of the day in UTC, Monday to Friday. If the first is after the last they go past midnight, into the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkHours {
    /// First hour in which it may run.
    pub from: u8,
    /// First hour in which it may not.
    pub until: u8,
}

impl WorkHours {
    /// How long a working day is.
    #[must_use]
    pub fn minutes(self) -> i64 {
        (i64::from(self.until) - i64::from(self.from)).rem_euclid(24) * 60
    }

    /// The working day of each epoch day from the first minute to the last, Monday to Friday.
    #[must_use]
    pub fn days(self, from: i64, until: i64) -> Vec<Span> {
        let days = from.div_euclid(DAY) - 1..=until.div_euclid(DAY);
        let working = days.filter(|it| is_weekday(*it)).map(|day| {
            let start = day * DAY + i64::from(self.from) * 60;
            Span { from: start, until: start + self.minutes() }
        });
        working.filter(|it| it.until > from && it.from < until).collect()
    }
}

/// Whether an epoch day is from Monday to Friday: day 0 was a Thursday.
#[must_use]
pub fn is_weekday(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

/// The parts of `spans` that lie in `allowed`; both without overlaps, ascending.
#[must_use]
pub fn inside(spans: &[Span], allowed: &[Span]) -> Vec<Span> {
    let mut out = vec![];
    for span in spans {
        let first = allowed.partition_point(|it| it.until <= span.from);
        let touching = allowed[first..].iter().take_while(|it| it.from < span.until);
        out.extend(touching.map(|it| Span { from: it.from.max(span.from), until: it.until.min(span.until) }));
    }
    out
}

/// Minutes of the uptime that are left if the cluster is kept down outside its hours, except for jobs' tasks. `limit`: the one
/// it gets, or has if use of it is gone; `None`: what was measured is only cut.
#[must_use]
pub(super) fn kept(
    up: &[Span],
    hours: WorkHours,
    tasks: Vec<Span>,
    busy: Vec<Span>,
    gone: &[Span],
    limit: Option<Minutes>,
    first: i64,
) -> f64 {
    let (Some(start), Some(end)) = (up.first(), up.last()) else { return 0.0 };
    let mut allowed = hours.days(start.from, end.until);
    allowed.extend(tasks);
    let left = inside(up, &union(allowed, 0));
    if let Some(limit) = limit {
        return kept_minutes(&left, busy, gone, limit, first, RESTART_MINUTES);
    }
    let minutes: i64 = left.iter().map(|it| it.minutes()).sum();
    // Cutting an uptime into pieces starts the cluster once more per piece.
    let restarts = left.len().saturating_sub(up.len()) as f64;
    minutes as f64 + restarts * RESTART_MINUTES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-09-04, a Friday.
    const FRIDAY: i64 = 20_700;

    #[test]
    fn a_cluster_that_runs_from_friday_to_monday_keeps_its_working_hours_and_a_restart() {
        let up = [Span { from: FRIDAY * DAY, until: (FRIDAY + 4) * DAY }];
        let hours = WorkHours { from: 8, until: 18 };
        let kept = kept(&up, hours, vec![], vec![], &[], None, 0);
        // Friday and Monday, ten hours each, in two pieces instead of one.
        assert_eq!(kept, 2.0 * 600.0 + RESTART_MINUTES);
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_began_on() {
        let hours = WorkHours { from: 20, until: 4 };
        let days = hours.days(FRIDAY * DAY, (FRIDAY + 2) * DAY);
        let start = |day: i64| day * DAY + 20 * 60;
        // Thursday's end and Friday's night; nothing begins on Saturday.
        let expected = [start(FRIDAY - 1), start(FRIDAY)].map(|from| Span { from, until: from + 480 });
        assert_eq!(days, expected);
    }
}
