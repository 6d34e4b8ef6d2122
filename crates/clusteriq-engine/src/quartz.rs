//! Databricks' schedules: a Quartz cron expression in a Java time zone, when it fires next, and in plain English.
//!
//! Databricks takes "Quartz syntax" and a "Java timezone ID", and names no version
//! (<https://databricks.github.io/sdk-js/api/interfaces/_databricks_sdk-jobs.v2.CronTriggerConfiguration.html>, read
//! 2026-11-28). This is `org.quartz.CronExpression` 2.3.2, compared with it on generated expressions. What it does counts, and
//! not what its manual says, because the expression is one that Databricks took:
//!
//! - It does not read on after a value that is complete: `MON-FRI/2` is `MON-FRI`, `5X` is `5`, an eighth field is nothing.
//! - A time that the clocks jump over is left out, and not moved: 02:30 does not fire on the day when clocks go from 2 to 3.
//! - An hour that the clocks repeat fires in its second pass alone, every schedule: nothing fires in the first.
//!
//! Refused here, although Quartz takes them, are values that it never fires for, stumbles over or searches without end: 98 and 99
//! (its own marks for `?` and `*`), a field of commas, `L` elsewhere than in days, `0W`, `L-28W` to `L-30W`, and a weekday before
//! `#` beyond 1 to 7. It refuses years that begin more than 100 years from now, which needs a clock; here they never fire.

mod fields;
mod item;
#[cfg(test)]
mod tests;
mod words;
mod zone;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use fields::Span;

/// Nothing that fires once in so many years is waited for.
const HORIZON: i16 = 100;

/// A schedule: an expression that was read, and its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quartz {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: Days,
    years: Vec<Span>,
    zone: TimeZone,
}

/// The days of a month. Sets are bits: bit 5 is day 5 or, with Sunday as 1, Thursday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Days {
    /// `1,15` and `*`.
    OfMonth(u64),
    /// `15W`: the day from Monday to Friday that is nearest to it, in the same month.
    Nearest(i8),
    /// `L` and `L-3`: so many days before the last.
    Last(i8),
    /// `LW` and `L-3W`: the day from Monday to Friday that is nearest to that one.
    LastNearest(i8),
    /// `MON-FRI`.
    OfWeek(u64),
    /// `FRI#3`: the weekday, and which one of the month.
    Nth(i8, i8),
    /// `FRIL`: the last one of the month.
    LastOfWeek(i8),
}

impl Quartz {
    /// Reads an expression of six or seven fields (second, minute, hour, day of month, month, day of week, year) and a zone.
    ///
    /// # Errors
    /// What is wrong, and the value that is.
    pub fn parse(expression: &str, timezone: &str) -> Result<Self, String> {
        fields::read(expression, zone::read(timezone)?)
    }

    /// The first time strictly after this one; `None` if there is none within 100 years.
    #[must_use]
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        let start = self.zone.to_datetime(at.checked_add(SignedDuration::from_secs(1)).ok()?);
        let (mut date, mut from) = (start.date(), start.time());
        while date.year() <= start.year().saturating_add(HORIZON) {
            if !self.years.iter().any(|it| it.contains(date.year().into())) {
                date = date.last_of_year().tomorrow().ok()?;
            } else if !has(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
            } else if let Some(at) = self.days.contain(date).then(|| self.on(date, from)).flatten() {
                return Some(at);
            } else {
                date = date.tomorrow().ok()?;
            }
            from = Time::MIN;
        }
        None
    }

    /// The next so many times strictly after this one, or as many as there are.
    #[must_use]
    pub fn next(&self, after: Timestamp, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.after(after), |it| self.after(*it)).take(count).collect()
    }

    /// The first time of a day that is not before this one.
    fn on(&self, date: Date, from: Time) -> Option<Timestamp> {
        // A start within an hour or a minute holds for the first hour and the first minute alone.
        for hour in members(self.hours).filter(|it| *it >= from.hour()) {
            let first_minute = if hour == from.hour() { from.minute() } else { 0 };
            for minute in members(self.minutes).filter(|it| *it >= first_minute) {
                let same = hour == from.hour() && minute == from.minute();
                let first_second = if same { from.second() } else { 0 };
                for second in members(self.seconds).filter(|it| *it >= first_second) {
                    let ambiguous = self.zone.to_ambiguous_timestamp(date.at(hour, minute, second, 0));
                    match ambiguous.offset() {
                        AmbiguousOffset::Gap { .. } => {}
                        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                            return ambiguous.later().ok();
                        }
                    }
                }
            }
        }
        None
    }
}

impl Days {
    fn contain(self, date: Date) -> bool {
        let last = date.days_in_month();
        match self {
            Self::OfMonth(days) => has(days, date.day()),
            // On its way from January, Quartz goes past a February that lacks the 29th or the 30th.
            Self::Nearest(day) => (day <= last || day == 31) && date.day() == nearest(date, day),
            Self::Last(before) => date.day() == last - before,
            Self::LastNearest(before) => date.day() == nearest(date, last - before),
            Self::OfWeek(weekdays) => has(weekdays, date.weekday().to_sunday_one_offset()),
            Self::Nth(weekday, nth) => {
                date.weekday().to_sunday_one_offset() == weekday && (date.day() - 1) / 7 + 1 == nth
            }
            Self::LastOfWeek(weekday) => date.weekday().to_sunday_one_offset() == weekday && date.day() + 7 > last,
        }
    }
}

/// The day from Monday to Friday that is nearest to a day of this date's month. Quartz looks beyond a month that lacks the day:
/// for 31 in April at the 1st of May, and fires on the 30th of April if that 1st is a Saturday.
fn nearest(date: Date, day: i8) -> i8 {
    let last = date.days_in_month();
    let since_first = i32::from(day) - 1;
    match date.first_of_month().weekday().wrapping_add(since_first) {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == last => day - 2,
        Weekday::Sunday => day + 1,
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => day,
    }
}

fn has(set: u64, member: i8) -> bool {
    set >> member & 1 == 1
}

/// In ascending order.
fn members(set: u64) -> impl Iterator<Item = i8> {
    (0..60).filter(move |it| has(set, *it))
}
