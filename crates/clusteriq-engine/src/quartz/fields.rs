//! Reads the fields of a Quartz expression as Quartz 2.3.2 does.

use jiff::tz::TimeZone;

use super::item::{Item, items};
use super::{Days, Quartz};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Years are counted from here, and have no end of their own.
const FIRST_YEAR: i64 = 1970;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
    Year,
}

/// From a value to a value in steps. It goes round, as from 22 to 2, if the end is before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) step: i64,
}

pub(super) fn read(expression: &str, zone: TimeZone) -> Result<Quartz, String> {
    let upper = expression.to_ascii_uppercase();
    // Quartz parts fields at spaces and tabs alone, then trims what is left of other white space.
    let mut texts = upper.split([' ', '\t']).filter(|it| !it.is_empty()).map(|it| it.trim_matches(|it| it <= ' '));
    let mut next = |field: Field| match texts.next() {
        Some(text) => items(field, text),
        None if field == Field::Year => items(field, "*"),
        None => {
            Err(format!("a Quartz expression has six or seven fields, and {} is missing: {expression}", field.name()))
        }
    };
    let seconds = next(Field::Second)?;
    let minutes = next(Field::Minute)?;
    let hours = next(Field::Hour)?;
    let days = next(Field::Day)?;
    let months = next(Field::Month)?;
    let weekdays = next(Field::Weekday)?;
    let years = next(Field::Year)?;
    let days = match (of_month(&days), of_week(&weekdays)) {
        (Some(days), None) | (None, Some(days)) => days,
        (Some(_), Some(_)) => {
            return Err(format!("day of month or day of week must be ?, and neither is: {expression}"));
        }
        (None, None) => return Err(format!("day of month and day of week cannot both be ?: {expression}")),
    };
    Ok(Quartz {
        seconds: set(Field::Second, &seconds),
        minutes: set(Field::Minute, &minutes),
        hours: set(Field::Hour, &hours),
        months: set(Field::Month, &months),
        days,
        years: spans(&years).collect(),
        zone,
    })
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day of month",
            Self::Month => "month",
            Self::Weekday => "day of week",
            Self::Year => "year",
        }
    }

    fn first(self) -> i64 {
        match self {
            Self::Second | Self::Minute | Self::Hour => 0,
            Self::Day | Self::Month | Self::Weekday => 1,
            Self::Year => FIRST_YEAR,
        }
    }

    pub(super) fn last(self) -> i64 {
        match self {
            Self::Second | Self::Minute => 59,
            Self::Hour => 23,
            Self::Day => 31,
            Self::Month => 12,
            Self::Weekday => 7,
            Self::Year => i64::MAX,
        }
    }

    /// Quartz does not look whether a year is a likely one.
    pub(super) fn check(self, value: i64) -> Result<i64, String> {
        if self == Self::Year || (self.first()..=self.last()).contains(&value) {
            return Ok(value);
        }
        Err(format!("{} is not between {} and {}: {value}", self.name(), self.first(), self.last()))
    }

    pub(super) fn check_step(self, step: i64) -> Result<i64, String> {
        if step <= self.last() {
            return Ok(step);
        }
        Err(format!("a step in {} is {} at most: {step}", self.name(), self.last()))
    }

    pub(super) fn all(self) -> Span {
        Span { from: self.first(), to: self.last(), step: 1 }
    }

    fn names(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Month => Some(&MONTHS),
            Self::Weekday => Some(&WEEKDAYS),
            Self::Second | Self::Minute | Self::Hour | Self::Day | Self::Year => None,
        }
    }

    /// Month or weekday by the first three letters.
    pub(super) fn named(self, text: &str) -> Result<i64, String> {
        let unknown = || format!("{} does not know this word: {text}", self.name());
        let (names, short) = self.names().zip(text.get(..3)).ok_or_else(unknown)?;
        names.iter().zip(1..).find(|(name, _)| **name == short).map(|(_, number)| number).ok_or_else(unknown)
    }
}

impl Span {
    pub(super) fn one(value: i64) -> Self {
        Self { from: value, to: value, step: 1 }
    }

    /// A step of 0 leaves the start alone, as in Quartz.
    pub(super) fn new(from: i64, to: i64, step: i64) -> Self {
        if step == 0 { Self::one(from) } else { Self { from, to, step } }
    }

    pub(super) fn contains(self, value: i64) -> bool {
        (self.from..=self.to).contains(&value) && (value - self.from) % self.step == 0
    }

    pub(super) fn is_every_year(self) -> bool {
        self == Field::Year.all()
    }

    /// As bits, in a field that goes round.
    fn set(self, field: Field) -> u64 {
        // Values from 1 on go round to 1: what would be 0 is the last.
        let turn = field.last() + 1 - field.first();
        let to = if self.to < self.from { self.to + turn } else { self.to };
        let mut set = 0;
        let mut value = self.from;
        while value <= to {
            set |= 1 << ((value - field.first()).rem_euclid(turn) + field.first());
            value += self.step;
        }
        set
    }
}

fn spans(items: &[Item]) -> impl Iterator<Item = Span> {
    items.iter().filter_map(|it| match it {
        Item::Span(span) => Some(*span),
        Item::Unsaid
        | Item::Nearest(_)
        | Item::Last(_)
        | Item::LastNearest(_)
        | Item::Nth(..)
        | Item::LastOfWeek(_) => None,
    })
}

fn set(field: Field, items: &[Item]) -> u64 {
    spans(items).fold(0, |set, it| set | it.set(field))
}

/// `None` is `?`. Quartz moves the first of several days if one of them has a `W`, and forgets the others.
fn of_month(items: &[Item]) -> Option<Days> {
    let mut days = set(Field::Day, items);
    let mut nearest = false;
    for it in items {
        match it {
            Item::Unsaid => return None,
            Item::Last(before) => return Some(Days::Last(*before)),
            Item::LastNearest(before) => return Some(Days::LastNearest(*before)),
            Item::Nearest(day) => {
                nearest = true;
                days |= 1 << day;
            }
            Item::Span(_) | Item::Nth(..) | Item::LastOfWeek(_) => {}
        }
    }
    Some(if nearest { Days::Nearest(first(days)) } else { Days::OfMonth(days) })
}

/// `None` is `?`. Quartz counts the first of several weekdays if one of them has a `#`, and forgets the others.
fn of_week(items: &[Item]) -> Option<Days> {
    let mut weekdays = set(Field::Weekday, items);
    let mut count = None;
    for it in items {
        match it {
            Item::Unsaid => return None,
            Item::LastOfWeek(weekday) => return Some(Days::LastOfWeek(*weekday)),
            Item::Nth(weekday, nth) => {
                count = Some(*nth);
                weekdays |= 1 << weekday;
            }
            Item::Span(_) | Item::Nearest(_) | Item::Last(_) | Item::LastNearest(_) => {}
        }
    }
    Some(count.map_or(Days::OfWeek(weekdays), |nth| Days::Nth(first(weekdays), nth)))
}

fn first(set: u64) -> i8 {
    super::members(set).next().unwrap_or(1)
}
