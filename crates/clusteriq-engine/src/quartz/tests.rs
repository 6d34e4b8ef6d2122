//! What Quartz says, and the law of schedules.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::Quartz;

/// Expression, zone, a time, and the next three times after it. The answers are those of `org.quartz.CronExpression` 2.3.2 on
/// Java 17, printed by a program that asked it for `getNextValidTimeAfter` three times.
const FROM_QUARTZ: &[(&str, &str, &str, &str)] = &[
    ("0 30 6 * * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-31T06:30:00Z 2025-02-01T06:30:00Z 2025-02-02T06:30:00Z"),
    ("0 15 * ? * *", "UTC", "2025-01-30T12:00:00Z", "2025-01-30T12:15:00Z 2025-01-30T13:15:00Z 2025-01-30T14:15:00Z"),
    (
        "0 7 0/2 * * ?",
        "Asia/Kolkata",
        "2025-01-30T12:00:00Z",
        "2025-01-30T12:37:00Z 2025-01-30T14:37:00Z 2025-01-30T16:37:00Z",
    ),
    ("0 */15 * * * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-30T12:15:00Z 2025-01-30T12:30:00Z 2025-01-30T12:45:00Z"),
    ("0 7/15 * * * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-30T12:07:00Z 2025-01-30T12:22:00Z 2025-01-30T12:37:00Z"),
    (
        "0 15 8 ? * MON-FRI",
        "Europe/Berlin",
        "2025-01-30T12:00:00Z",
        "2025-01-31T07:15:00Z 2025-02-03T07:15:00Z 2025-02-04T07:15:00Z",
    ),
    (
        "0 5 9 ? * sun",
        "America/New_York",
        "2025-01-30T12:00:00Z",
        "2025-02-02T14:05:00Z 2025-02-09T14:05:00Z 2025-02-16T14:05:00Z",
    ),
    ("0 0 3 1 * ?", "UTC", "2025-01-30T12:00:00Z", "2025-02-01T03:00:00Z 2025-03-01T03:00:00Z 2025-04-01T03:00:00Z"),
    (
        "0 0 2 L * ?",
        "Europe/Berlin",
        "2025-01-30T12:00:00Z",
        "2025-01-31T01:00:00Z 2025-02-28T01:00:00Z 2025-03-31T00:00:00Z",
    ),
    ("0 0 2 LW * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-31T02:00:00Z 2025-02-28T02:00:00Z 2025-03-31T02:00:00Z"),
    ("0 0 2 L-3 * ?", "UTC", "2025-01-30T12:00:00Z", "2025-02-25T02:00:00Z 2025-03-28T02:00:00Z 2025-04-27T02:00:00Z"),
    ("0 0 2 L-3W * ?", "UTC", "2025-01-30T12:00:00Z", "2025-02-25T02:00:00Z 2025-03-28T02:00:00Z 2025-04-28T02:00:00Z"),
    ("0 0 2 15W * ?", "UTC", "2025-01-30T12:00:00Z", "2025-02-14T02:00:00Z 2025-03-14T02:00:00Z 2025-04-15T02:00:00Z"),
    ("0 0 2 1W * ?", "UTC", "2025-01-30T12:00:00Z", "2025-02-03T02:00:00Z 2025-03-03T02:00:00Z 2025-04-01T02:00:00Z"),
    ("0 0 2 31 * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-31T02:00:00Z 2025-03-31T02:00:00Z 2025-05-31T02:00:00Z"),
    (
        "0 0 2 31W 4,5 ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-05-30T02:00:00Z 2026-05-29T02:00:00Z 2027-04-30T02:00:00Z",
    ),
    (
        "0 0 2 15W,20 * ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-14T02:00:00Z 2025-03-14T02:00:00Z 2025-04-15T02:00:00Z",
    ),
    ("0 0 2 ? * L", "UTC", "2025-01-30T12:00:00Z", "2025-02-01T02:00:00Z 2025-02-08T02:00:00Z 2025-02-15T02:00:00Z"),
    ("0 0 2 ? * 6L", "UTC", "2025-01-30T12:00:00Z", "2025-01-31T02:00:00Z 2025-02-28T02:00:00Z 2025-03-28T02:00:00Z"),
    ("0 0 2 ? * FRIL", "UTC", "2025-01-30T12:00:00Z", "2025-01-31T02:00:00Z 2025-02-28T02:00:00Z 2025-03-28T02:00:00Z"),
    ("0 0 2 ? * 6#3", "UTC", "2025-01-30T12:00:00Z", "2025-02-21T02:00:00Z 2025-03-21T02:00:00Z 2025-04-18T02:00:00Z"),
    (
        "0 0 2 ? * FRI#5",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-01-31T02:00:00Z 2025-05-30T02:00:00Z 2025-08-29T02:00:00Z",
    ),
    (
        "0 0 2 ? * FRI#3,MON",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-17T02:00:00Z 2025-03-17T02:00:00Z 2025-04-21T02:00:00Z",
    ),
    ("0 0 22-2 * * ?", "UTC", "2025-01-30T12:00:00Z", "2025-01-30T22:00:00Z 2025-01-30T23:00:00Z 2025-01-31T00:00:00Z"),
    (
        "0 0 2 ? * FRI-MON",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-01-31T02:00:00Z 2025-02-01T02:00:00Z 2025-02-02T02:00:00Z",
    ),
    (
        "0 0 2 1 NOV-FEB ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-01T02:00:00Z 2025-11-01T02:00:00Z 2025-12-01T02:00:00Z",
    ),
    (
        "0 0 2 28-3/2 * ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-01T02:00:00Z 2025-02-03T02:00:00Z 2025-02-28T02:00:00Z",
    ),
    (
        "0 0 2 ? 2/5 3/2",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-01T02:00:00Z 2025-02-04T02:00:00Z 2025-02-06T02:00:00Z",
    ),
    (
        "0 0-30/20 4 * * ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-01-31T04:00:00Z 2025-01-31T04:20:00Z 2025-02-01T04:00:00Z",
    ),
    (
        "10/25 59 23 * * ?",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-01-30T23:59:10Z 2025-01-30T23:59:35Z 2025-01-31T23:59:10Z",
    ),
    ("0 0 2 29 2 ?", "UTC", "2025-01-30T12:00:00Z", "2028-02-29T02:00:00Z 2032-02-29T02:00:00Z 2036-02-29T02:00:00Z"),
    (
        "0 0 2 1 1 ? 2027/2",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2027-01-01T02:00:00Z 2029-01-01T02:00:00Z 2031-01-01T02:00:00Z",
    ),
    ("0 0 2 1 1 ? 2020-2026", "UTC", "2025-01-30T12:00:00Z", "2026-01-01T02:00:00Z"),
    ("0 0 2 1 1 ? 2024", "UTC", "2025-01-30T12:00:00Z", ""),
    (
        "0 0 2 ? * MON-FRI/2",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-01-31T02:00:00Z 2025-02-03T02:00:00Z 2025-02-04T02:00:00Z",
    ),
    (
        "5X 0-10/0 2 ? * MONDAY 2025 eighth",
        "UTC",
        "2025-01-30T12:00:00Z",
        "2025-02-03T02:00:05Z 2025-02-10T02:00:05Z 2025-02-17T02:00:05Z",
    ),
    (
        "0 30 2 9 * ?",
        "America/New_York",
        "2025-03-01T00:00:00Z",
        "2025-04-09T06:30:00Z 2025-05-09T06:30:00Z 2025-06-09T06:30:00Z",
    ),
    (
        "0 30 * 9 3 ?",
        "America/New_York",
        "2025-03-09T05:45:00Z",
        "2025-03-09T06:30:00Z 2025-03-09T07:30:00Z 2025-03-09T08:30:00Z",
    ),
    (
        "0 30 1 2,3 11 ?",
        "America/New_York",
        "2025-11-02T00:00:00Z",
        "2025-11-02T06:30:00Z 2025-11-03T06:30:00Z 2026-11-02T06:30:00Z",
    ),
    (
        "0 30 1 * * ?",
        "America/New_York",
        "2025-11-02T05:30:00Z",
        "2025-11-03T06:30:00Z 2025-11-04T06:30:00Z 2025-11-05T06:30:00Z",
    ),
    (
        "0 30 * * * ?",
        "America/New_York",
        "2025-11-02T03:45:00Z",
        "2025-11-02T04:30:00Z 2025-11-02T06:30:00Z 2025-11-02T07:30:00Z",
    ),
    (
        "0 */30 * * * ?",
        "Europe/Berlin",
        "2025-10-25T23:15:00Z",
        "2025-10-25T23:30:00Z 2025-10-26T01:00:00Z 2025-10-26T01:30:00Z",
    ),
    (
        "0 */30 * * * ?",
        "Europe/Berlin",
        "2025-03-30T00:15:00Z",
        "2025-03-30T00:30:00Z 2025-03-30T01:00:00Z 2025-03-30T01:30:00Z",
    ),
    (
        "0 30 2 * * ?",
        "Europe/Berlin",
        "2025-03-29T00:00:00Z",
        "2025-03-29T01:30:00Z 2025-03-31T00:30:00Z 2025-04-01T00:30:00Z",
    ),
    (
        "0 30 2 * * ?",
        "Europe/Berlin",
        "2025-10-25T00:00:00Z",
        "2025-10-25T00:30:00Z 2025-10-26T01:30:00Z 2025-10-27T01:30:00Z",
    ),
];

/// Quartz 2.3.2 refuses these too, or cannot be asked when they fire next.
const WRONG: &[(&str, &str)] = &[
    ("", "a Quartz expression has six or seven fields, and second is missing: "),
    ("0 0 0 * *", "a Quartz expression has six or seven fields, and day of week is missing: 0 0 0 * *"),
    ("60 0 0 * * ?", "second is not between 0 and 59: 60"),
    ("0 0-60 0 * * ?", "minute is not between 0 and 59: 60"),
    ("0 0 24 * * ?", "hour is not between 0 and 23: 24"),
    ("0 0 0 0 * ?", "day of month is not between 1 and 31: 0"),
    ("0 0 0 1 13 ?", "month is not between 1 and 12: 13"),
    ("0 0 0 ? * 0", "day of week is not between 1 and 7: 0"),
    ("0 0/60 0 * * ?", "a step in minute is 59 at most: 60"),
    ("0 */x 0 * * ?", "minute cannot be read: */X"),
    ("0 5/ 0 * * ?", "minute cannot be read: 5/"),
    ("0 5- 0 * * ?", "minute cannot be read: 5-"),
    ("0 -5 0 * * ?", "minute cannot be read: -5"),
    ("0 é 0 * * ?", "minute cannot be read: é"),
    ("0 99999999999 0 * * ?", "minute cannot be read: 99999999999"),
    ("0 0 , * * ?", "hour has no value: ,"),
    ("0 0 MON * * ?", "hour does not know this word: MON"),
    ("0 0 0 1 JÄN ?", "month does not know this word: JÄN"),
    ("0 0 0 ? * FR", "day of week does not know this word: FR"),
    ("0 0 0 ? * 1-FRI", "day of week cannot be read: 1-FRI"),
    ("0 0 ? * * ?", "? is for day of month and day of week alone, and not for hour: ?"),
    ("0 0 0 * * *", "day of month or day of week must be ?, and neither is: 0 0 0 * * *"),
    ("0 0 0 1 * MON", "day of month or day of week must be ?, and neither is: 0 0 0 1 * MON"),
    ("0 0 0 ? * ?", "day of month and day of week cannot both be ?: 0 0 0 ? * ?"),
    ("0 0 0 L,15 * ?", "L cannot stand beside other values in day of month: L,15"),
    ("0 0 0 ? * 2,6L", "L cannot stand beside other values in day of week: 2,6L"),
    ("0 0 0 ? * 6#3,2#1", "# cannot stand twice in day of week: 6#3,2#1"),
    ("0 0 0 ? * 6#6", "what follows # is not between 1 and 5: 6"),
    ("0 0 0 L-31 * ?", "day of month cannot be read: L-31"),
    ("0 0 0 5L * ?", "day of month cannot be read: 5L"),
    ("0 0 0 32W * ?", "day of month is not between 1 and 31: 32"),
    ("0 0 0 ? * 6W", "day of week cannot be read: 6W"),
    ("0 0 0 L-30W * ?", "day of month cannot be read: L-30W"),
    ("L 0 0 * * ?", "second cannot be read: L"),
    ("0 0 0 1 1 ? 2030-2020", "a range of years ends before it begins: 2030-2020"),
];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn words(expression: &str) -> Option<String> {
    Quartz::parse(expression, "UTC").unwrap().words()
}

#[test]
fn it_fires_when_quartz_does() {
    for (expression, zone, at, expected) in FROM_QUARTZ {
        let found: Vec<String> =
            Quartz::parse(expression, zone).unwrap().next(time(at), 3).iter().map(Timestamp::to_string).collect();
        assert_eq!(found.join(" "), *expected, "{expression} in {zone} after {at}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_value() {
    for (expression, expected) in WRONG {
        assert_eq!(Quartz::parse(expression, "UTC"), Err((*expected).to_owned()), "{expression}");
    }
}

#[test]
fn a_zone_is_one_that_java_knows() {
    let noon = |zone| {
        Quartz::parse("0 0 12 * * ?", zone).map(|it| it.after(time("2025-01-01T00:00:00Z")).unwrap().to_string())
    };
    assert_eq!(noon("PST").unwrap(), "2025-01-01T20:00:00Z");
    assert_eq!(noon("GMT+5").unwrap(), "2025-01-01T07:00:00Z");
    assert_eq!(noon("GMT-05:30").unwrap(), "2025-01-01T17:30:00Z");
    assert_eq!(noon("UTC+0530").unwrap(), "2025-01-01T06:30:00Z");
    for zone in ["Mars/Olympus", "", "GMT+25", "GMT+é", "UTC+1:5"] {
        assert_eq!(noon(zone), Err(format!("there is no such time zone: {zone}")));
    }
}

#[test]
fn a_day_that_never_comes_ends_the_search() {
    assert_eq!(Quartz::parse("0 0 0 30 2 ?", "UTC").unwrap().after(time("2025-01-01T00:00:00Z")), None);
    assert_eq!(Quartz::parse("0 0 0 1 1 ?", "UTC").unwrap().next(Timestamp::MAX, 3), []);
}

#[test]
fn common_shapes_have_words() {
    for (expression, expected) in [
        ("0 30 6 * * ?", "every day at 06:30"),
        ("22 30 6 ? * *", "every day at 06:30"),
        ("0 30 6,18 * * ?", "every day at 06:30 and 18:30"),
        ("0 15 * * * ?", "every hour at minute 15"),
        ("0 7 0/2 * * ?", "every 2 hours at minute 7"),
        ("0 7 1/2 * * ?", "every 2 hours from 01:07"),
        ("0 * * * * ?", "every minute"),
        ("0 0/15 * * * ?", "every 15 minutes"),
        ("0 0,15,30,45 * * * ?", "every 15 minutes"),
        ("0 7/15 * * * ?", "every 15 minutes from minute 7"),
        ("0 15 8 ? * MON-FRI", "Monday to Friday at 08:15"),
        ("0 5 9 ? * SUN", "Sundays at 09:05"),
        ("0 5 9 ? * 1,7", "Saturdays and Sundays at 09:05"),
        ("0 5 9 ? * FRI,WED,MON", "Mondays, Wednesdays and Fridays at 09:05"),
        ("0 0 3 1 * ?", "on day 1 of the month at 03:00"),
        ("0 0 3 1,15 * ?", "on days 1 and 15 of the month at 03:00"),
        ("0 0 2 L * ?", "on the last day of the month at 02:00"),
        ("0 0 2 LW * ?", "on the last weekday of the month at 02:00"),
        ("0 0 2 ? * 6#3", "on the third Friday of the month at 02:00"),
        ("0 0 2 ? * FRIL", "on the last Friday of the month at 02:00"),
    ] {
        assert_eq!(words(expression).as_deref(), Some(expected), "{expression}");
    }
}

#[test]
fn what_would_take_more_words_has_none() {
    for expression in [
        "* 30 6 * * ?",      // Every second of a minute.
        "0 30 6 * 1-6 ?",    // Half of the year.
        "0 30 6 * * ? 2026", // One year.
        "0 0/25 * * * ?",    // 25 and then 10 minutes apart.
        "0 0 0/5 * * ?",     // 5 and then 4 hours apart.
        "0 0 8-18 ? * 2-6",  // Hours of weekdays.
        "0 0/15 0/2 * * ?",  // Minutes of every other hour.
        "0 0 2 15W * ?",
        "0 0 2 L-3 * ?",
        "0 0 2 1-10 * ?",
    ] {
        assert_eq!(words(expression), None, "{expression}");
    }
}

/// Days, as the expression has them and as a check of a local time that shares no code with the reader.
#[derive(Clone, Debug)]
enum Day {
    OfMonth(BTreeSet<i8>),
    OfWeek(BTreeSet<i8>),
    Last,
    Nth(i8, i8),
}

impl Day {
    fn fields(&self) -> (String, String) {
        match self {
            Self::OfMonth(days) => (list(days), "?".into()),
            Self::OfWeek(days) => ("?".into(), list(days)),
            Self::Last => ("L".into(), "?".into()),
            Self::Nth(weekday, nth) => ("?".into(), format!("{weekday}#{nth}")),
        }
    }

    fn holds(&self, at: DateTime) -> bool {
        let weekday = at.weekday().to_sunday_one_offset();
        match self {
            Self::OfMonth(days) => days.contains(&at.day()),
            Self::OfWeek(days) => days.contains(&weekday),
            Self::Last => at.date().tomorrow().unwrap().day() == 1,
            Self::Nth(day, nth) => weekday == *day && (at.day() + 6) / 7 == *nth,
        }
    }
}

fn list(values: &BTreeSet<i8>) -> String {
    values.iter().map(i8::to_string).collect::<Vec<_>>().join(",")
}

fn some(values: std::ops::RangeInclusive<i8>) -> impl Strategy<Value = BTreeSet<i8>> {
    prop::collection::btree_set(values, 1..5)
}

fn any_day() -> impl Strategy<Value = Day> {
    prop_oneof![
        some(1..=28).prop_map(Day::OfMonth),
        some(1..=7).prop_map(Day::OfWeek),
        Just(Day::Last),
        (1..=7i8, 1..=5i8).prop_map(|(weekday, nth)| Day::Nth(weekday, nth)),
    ]
}

proptest! {
    #[test]
    fn times_ascend_and_each_is_one_that_the_fields_name(
        seconds in some(0..=59),
        minutes in some(0..=59),
        hours in some(0..=23),
        months in some(1..=12),
        day in any_day(),
        zone in prop::sample::select(vec!["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]),
        start in 1_500_000_000_000..1_900_000_000_000i64,
    ) {
        let (of_month, of_week) = day.fields();
        let expression = format!(
            "{} {} {} {of_month} {} {of_week}", list(&seconds), list(&minutes), list(&hours), list(&months),
        );
        let start = Timestamp::from_millisecond(start).unwrap();
        let times = Quartz::parse(&expression, zone).unwrap().next(start, 40);
        prop_assert_eq!(times.len(), 40);
        let zone = TimeZone::get(zone).unwrap();
        let mut before = start;
        for at in times {
            prop_assert!(at > before, "{} does not follow {}: {}", at, before, expression);
            before = at;
            let local = zone.to_datetime(at);
            let named = seconds.contains(&local.second())
                && minutes.contains(&local.minute())
                && hours.contains(&local.hour())
                && months.contains(&local.month())
                && day.holds(local);
            prop_assert!(named && local.subsec_nanosecond() == 0, "{} is not in {}", local, expression);
        }
    }

    #[test]
    fn no_text_makes_it_panic(
        expression in "[0-9*/,?#LWFRIéa -]{0,30}",
        fields in prop::collection::vec("[0-9*?LW/#-]{1,4}", 6..8),
        zone in "[A-Z+:0-9é/]{0,8}",
    ) {
        let noon = time("2025-01-01T12:00:00Z");
        for text in [expression, fields.join(" ")] {
            if let Ok(it) = Quartz::parse(&text, "UTC") {
                let _ = (it.next(noon, 2), it.words());
            }
            let _ = Quartz::parse(&text, &zone);
        }
    }
}
