//! Quartz cron, in which Databricks keeps the schedules of jobs and pipelines.
//!
//! Fields and their meaning: <https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html> (read 2026-11).
//! Six or seven fields: second, minute, hour, day of the month, month, day of the week (1 is Sunday), year. A time that a clock
//! change skips comes as much later, one that it repeats comes once.

mod fields;
mod words;

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use fields::{DAYS, HOURS, MINUTES, MONTHS, SECONDS, WEEKDAYS, YEARS, numbers};

/// Days that are looked through for the next time: a leap day on a certain weekday comes within 40 years.
const FAR: usize = 366 * 40;

/// A schedule that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Quartz {
    seconds: BTreeSet<u16>,
    minutes: BTreeSet<u16>,
    hours: BTreeSet<u16>,
    months: BTreeSet<u16>,
    /// `None`: every year.
    years: Option<BTreeSet<u16>>,
    days: Days,
    zone: TimeZone,
}

/// Which days of a month: by their number or by their weekday, never both.
#[derive(Clone, Debug, PartialEq)]
enum Days {
    /// Every day.
    All,
    /// These numbers.
    Numbers(BTreeSet<u16>),
    /// So many days before the last one.
    BeforeLast(u16),
    /// The working day nearest to the day that is so many days before the last one.
    WorkingDayBeforeLast(u16),
    /// The working day nearest to that number, within the month.
    NearestWorkingDay(u16),
    /// These weekdays; 1 is Sunday.
    Weekdays(BTreeSet<u16>),
    /// The last one of that weekday.
    LastWeekday(u16),
    /// That weekday, for the nth time.
    NthWeekday(u16, u16),
}

impl Quartz {
    /// Reads an expression with its zone.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("no such time zone: {zone}"))?;
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let (&[second, minute, hour, day, month, weekday], year) = (match fields.as_slice() {
            [six @ .., year] if six.len() == 6 => (six, Some(*year)),
            all => (all, None),
        }) else {
            return Err(format!("six or seven fields are needed: {expression}"));
        };
        let years = year.filter(|it| *it != "*").map(|it| numbers(it, &YEARS)).transpose()?;
        Ok(Self {
            seconds: numbers(second, &SECONDS)?,
            minutes: numbers(minute, &MINUTES)?,
            hours: numbers(hour, &HOURS)?,
            months: numbers(month, &MONTHS)?,
            years,
            days: days(day, weekday)?,
            zone,
        })
    }

    /// The next times after an instant; fewer than asked for if there are no more.
    #[must_use]
    pub fn next(&self, after: Timestamp, count: usize) -> Vec<Timestamp> {
        let mut found = vec![];
        let mut date = after.to_zoned(self.zone.clone()).date();
        for _ in 0..FAR {
            if self.is_on(date) {
                for time in self.times(date).into_iter().filter(|it| *it > after) {
                    if found.last() != Some(&time) {
                        found.push(time);
                    }
                    if found.len() == count {
                        return found;
                    }
                }
            }
            match date.checked_add(Span::new().days(1)) {
                Ok(it) => date = it,
                Err(_) => break,
            }
        }
        found
    }

    /// Its times on a day that it is on.
    fn times(&self, date: Date) -> Vec<Timestamp> {
        let mut times = vec![];
        for (hour, minute) in self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |it| (hour, it))) {
            for second in &self.seconds {
                let [hour, minute, second] = [hour, minute, second].map(|it| i8::try_from(*it).unwrap_or_default());
                let at = date.at(hour, minute, second, 0).to_zoned(self.zone.clone());
                times.extend(at.map(|it| it.timestamp()));
            }
        }
        times
    }

    fn is_on(&self, date: Date) -> bool {
        let (year, month, day) = (date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs());
        if !self.months.contains(&u16::from(month)) || self.years.as_ref().is_some_and(|it| !it.contains(&year)) {
            return false;
        }
        let last = date.days_in_month().unsigned_abs();
        let weekday = sunday_first(date.weekday());
        match &self.days {
            Days::All => true,
            Days::Numbers(it) => it.contains(&u16::from(day)),
            Days::BeforeLast(before) => u16::from(day) + before == u16::from(last),
            Days::WorkingDayBeforeLast(before) => nearest(date, u16::from(last).saturating_sub(*before)) == Some(date),
            Days::NearestWorkingDay(number) => nearest(date, *number) == Some(date),
            Days::Weekdays(it) => it.contains(&weekday),
            Days::LastWeekday(it) => *it == weekday && day + 7 > last,
            Days::NthWeekday(it, nth) => *it == weekday && (u16::from(day) - 1) / 7 + 1 == *nth,
        }
    }
}

fn sunday_first(it: Weekday) -> u16 {
    u16::from(it.to_sunday_one_offset().unsigned_abs())
}

/// The working day of a date's month that is nearest to a day of it.
fn nearest(date: Date, number: u16) -> Option<Date> {
    let last = date.days_in_month();
    let day = i8::try_from(number).ok().filter(|it| *it >= 1)?.min(last);
    let to = |day: i8| date.first_of_month().checked_add(Span::new().days(i64::from(day) - 1)).ok();
    match to(day)?.weekday() {
        Weekday::Saturday if day == 1 => to(3),
        Weekday::Saturday => to(day - 1),
        Weekday::Sunday if day == last => to(day - 2),
        Weekday::Sunday => to(day + 1),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => to(day),
    }
}

/// The days of a month, of which one field is `?`.
fn days(day: &str, weekday: &str) -> Result<Days, String> {
    match (day, weekday) {
        ("?", "?") => Err("only one of day of the month and day of the week can be `?`".to_owned()),
        ("?", it) => of_week(&it.to_ascii_uppercase()),
        (it, "?") => of_month(&it.to_ascii_uppercase()),
        _ => Err(format!("one of day of the month and day of the week has to be `?`: {day} and {weekday}")),
    }
}

fn of_month(it: &str) -> Result<Days, String> {
    let wrong = || format!("not a day of the month: {it}");
    let number = |text: &str| text.parse::<u16>().ok().filter(|it| (1..=31).contains(it)).ok_or_else(wrong);
    let offset = |text: &str| text.parse::<u16>().ok().filter(|it| *it <= 30).ok_or_else(wrong);
    match it {
        "*" => Ok(Days::All),
        "L" => Ok(Days::BeforeLast(0)),
        "LW" => Ok(Days::WorkingDayBeforeLast(0)),
        _ => match (it.strip_prefix("L-"), it.strip_suffix('W')) {
            (Some(rest), _) => match rest.strip_suffix('W') {
                Some(rest) => Ok(Days::WorkingDayBeforeLast(offset(rest)?)),
                None => Ok(Days::BeforeLast(offset(rest)?)),
            },
            (None, Some(rest)) => Ok(Days::NearestWorkingDay(number(rest)?)),
            (None, None) => Ok(Days::Numbers(numbers(it, &DAYS)?)),
        },
    }
}

fn of_week(it: &str) -> Result<Days, String> {
    let one = |text: &str| {
        let all = numbers(text, &WEEKDAYS)?;
        match (all.first(), all.len()) {
            (Some(one), 1) => Ok(*one),
            _ => Err(format!("not a weekday: {it}")),
        }
    };
    if it == "*" {
        return Ok(Days::All);
    }
    if it == "L" {
        return Ok(Days::Weekdays(BTreeSet::from([7])));
    }
    if let Some((day, nth)) = it.split_once('#') {
        let nth = nth.parse().ok().filter(|it| (1..=5).contains(it));
        return Ok(Days::NthWeekday(
            one(day)?,
            nth.ok_or_else(|| format!("not the first to fifth of a weekday: {it}"))?,
        ));
    }
    match it.strip_suffix('L') {
        Some(day) => Ok(Days::LastWeekday(one(day)?)),
        None => Ok(Days::Weekdays(numbers(it, &WEEKDAYS)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = Quartz::parse(expression, zone).unwrap_or_else(|it| unreachable!("{it}"));
        let times = schedule.next(after.parse().expect("a time"), count);
        times.into_iter().map(|it| it.to_zoned(schedule.zone.clone()).datetime().to_string()).collect()
    }

    #[test]
    fn examples_of_the_documentation_come_when_it_says() {
        let from = "2026-11-28T00:00:00Z";
        let of = |it| next(it, "UTC", from, 2);
        assert_eq!(of("0 15 10 ? * *"), ["2026-11-28T10:15:00", "2026-11-29T10:15:00"]);
        assert_eq!(of("0 0/5 14,18 * * ?"), ["2026-11-28T14:00:00", "2026-11-28T14:05:00"]);
        assert_eq!(of("0 15 10 ? * MON-FRI"), ["2026-11-30T10:15:00", "2026-12-01T10:15:00"]);
        assert_eq!(of("0 15 10 L * ?"), ["2026-11-30T10:15:00", "2026-12-31T10:15:00"]);
        assert_eq!(of("0 15 10 L-2 * ?"), ["2026-11-28T10:15:00", "2026-12-29T10:15:00"]);
        assert_eq!(of("0 15 10 ? * 6L"), ["2026-12-25T10:15:00", "2027-01-29T10:15:00"]);
        assert_eq!(of("0 15 10 ? * 6#3"), ["2026-12-18T10:15:00", "2027-01-15T10:15:00"]);
        assert_eq!(of("0 11 11 11 11 ?"), ["2027-11-11T11:11:00", "2028-11-11T11:11:00"]);
        assert_eq!(of("0 0 12 1/5 * ? 2027"), ["2027-01-01T12:00:00", "2027-01-06T12:00:00"]);
        // 15 November 2026 is a Sunday, 1 August 2026 a Saturday.
        assert_eq!(next("0 0 9 15W * ?", "UTC", "2026-11-01T00:00:00Z", 1), ["2026-11-16T09:00:00"]);
        assert_eq!(next("0 0 9 1W * ?", "UTC", "2026-08-01T00:00:00Z", 1), ["2026-08-03T09:00:00"]);
        assert_eq!(next("0 0 9 LW * ?", "UTC", "2026-05-01T00:00:00Z", 1), ["2026-05-29T09:00:00"]);
        // Ranges may wrap.
        assert_eq!(of("0 0 22-2 ? * FRI-MON").len(), 2);
        assert_eq!(of("0 0 0 29 2 ?"), ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]);
        assert!(of("0 0 0 31 2 ?").is_empty());
    }

    #[test]
    fn a_time_that_the_clock_skips_comes_later_and_one_that_it_repeats_comes_once() {
        let berlin = |after| next("0 30 2 * * ?", "Europe/Berlin", after, 2);
        assert_eq!(berlin("2026-03-28T12:00:00Z"), ["2026-03-29T03:30:00", "2026-03-30T02:30:00"]);
        assert_eq!(berlin("2026-10-24T12:00:00Z"), ["2026-10-25T02:30:00", "2026-10-26T02:30:00"]);
    }

    #[test]
    fn what_is_no_schedule_is_refused_by_name() {
        for wrong in [
            "",
            "0 0 12 * *",
            "0 0 12 * * *",
            "0 0 12 ? * ?",
            "0 0 12 1 * MON",
            "60 0 12 * * ?",
            "0 0 24 * * ?",
            "0 0 12 32 * ?",
            "0 0 12 * 13 ?",
            "0 0 12 ? * 8",
            "0 0 12 ? * MON#6",
            "0 0 12 L,15 * ?",
            "a 0 12 * * ?",
            "0 0/0 12 * * ?",
            "0 0 12 L-31 * ?",
            "0 0 12 ? * 2,3L",
        ] {
            assert!(Quartz::parse(wrong, "UTC").is_err(), "{wrong}");
        }
        assert!(Quartz::parse("0 0 12 * * ?", "Mars/Olympus").is_err_and(|it| it.contains("Mars/Olympus")));
    }

    proptest! {
        #[test]
        fn times_ascend_and_fit_their_fields(
            minute in 0..60u16, hour in 0..24u16, step in 1..12u16, from in 1_700_000_000..1_900_000_000i64, zone in 0..3usize,
        ) {
            let zone = ["UTC", "America/New_York", "Europe/Berlin"][zone];
            let schedule = Quartz::parse(&format!("0 {minute} {hour}/{step} * * ?"), zone).expect("a schedule");
            let after = Timestamp::from_second(from).expect("a time");
            let times = schedule.next(after, 50);
            prop_assert_eq!(times.len(), 50);
            prop_assert!(times[0] > after && times.is_sorted_by(|a, b| a < b));
            for it in times {
                let at = it.to_zoned(schedule.zone.clone());
                prop_assert_eq!((at.second(), at.minute().unsigned_abs()), (0, u8::try_from(minute).expect("below 60")));
            }
        }
    }
}
