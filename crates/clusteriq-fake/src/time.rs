//! Time in the generator: milliseconds since 1970, UTC, and the days of the history.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// Milliseconds since 1970-01-01 UTC.
pub(crate) type Millis = i64;

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;

/// One day of the history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    /// 0 is the first.
    pub(crate) number: i64,
    pub(crate) start: Millis,
    /// End of the whole history: nothing is known of what comes after.
    pub(crate) until: Millis,
}

impl Day {
    pub(crate) fn end(self) -> Millis {
        self.start + DAY
    }

    pub(crate) fn is_last(self) -> bool {
        self.end() >= self.until
    }

    pub(crate) fn date(self) -> Date {
        date(self.start)
    }

    pub(crate) fn weekday(self) -> Weekday {
        self.date().weekday()
    }

    pub(crate) fn is_weekend(self) -> bool {
        matches!(self.weekday(), Weekday::Saturday | Weekday::Sunday)
    }
}

/// The UTC date of an instant.
pub(crate) fn date(at: Millis) -> Date {
    civil(at).date()
}

/// The UTC date and time of an instant.
pub(crate) fn civil(at: Millis) -> jiff::civil::DateTime {
    let timestamp = Timestamp::from_millisecond(at).expect("generated instants are within a few years of the history");
    TimeZone::UTC.to_datetime(timestamp)
}

/// Days since 1970, as Arrow's `Date32` has them.
pub(crate) fn day_number(at: Millis) -> i64 {
    at.div_euclid(DAY)
}

/// The clock hours that `[from, to)` touches, each cut to it.
pub(crate) fn hours(from: Millis, to: Millis) -> impl Iterator<Item = (Millis, Millis)> {
    let first = from.div_euclid(HOUR);
    let last = (to - 1).div_euclid(HOUR);
    (first..=last).map(move |hour| (from.max(hour * HOUR), to.min((hour + 1) * HOUR)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_cut_at_the_clock() {
        let slices: Vec<_> = hours(50 * MINUTE, 2 * HOUR).collect();
        assert_eq!(slices, [(50 * MINUTE, HOUR), (HOUR, 2 * HOUR)]);
    }
}
