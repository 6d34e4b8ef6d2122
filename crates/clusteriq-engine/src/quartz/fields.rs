//! One field of a Quartz expression: numbers, names, lists, ranges that may wrap, steps.

use std::collections::BTreeSet;

/// What a field may hold.
pub(super) struct Field {
    name: &'static str,
    least: u16,
    most: u16,
    /// Names of the numbers from the least on.
    names: &'static [&'static str],
}

pub(super) const SECONDS: Field = Field { name: "second", least: 0, most: 59, names: &[] };
pub(super) const MINUTES: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
pub(super) const HOURS: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
pub(super) const DAYS: Field = Field { name: "day of the month", least: 1, most: 31, names: &[] };
pub(super) const MONTHS: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const WEEKDAYS: Field =
    Field { name: "day of the week", least: 1, most: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
pub(super) const YEARS: Field = Field { name: "year", least: 1970, most: 2099, names: &[] };

/// The numbers that a field names.
pub(super) fn numbers(text: &str, field: &Field) -> Result<BTreeSet<u16>, String> {
    let mut all = BTreeSet::new();
    for part in text.split(',') {
        let wrong = || format!("not a {}: {part}", field.name);
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u16>().ok().filter(|it| *it > 0).ok_or_else(wrong)?)),
            None => (part, None),
        };
        let (from, until) = match range.split_once('-') {
            Some((from, until)) => (number(from, field).ok_or_else(wrong)?, number(until, field).ok_or_else(wrong)?),
            None if range == "*" => (field.least, field.most),
            None => {
                let from = number(range, field).ok_or_else(wrong)?;
                // `5/15` goes on to the end, `5` is itself.
                (from, if step.is_some() { field.most } else { from })
            }
        };
        let size = field.most - field.least + 1;
        // A range that ends before it begins goes over the end.
        let length = if until >= from { until - from } else { until + size - from };
        all.extend(
            (0..=length)
                .step_by(usize::from(step.unwrap_or(1)))
                .map(|it| (from - field.least + it) % size + field.least),
        );
    }
    Ok(all)
}

fn number(text: &str, field: &Field) -> Option<u16> {
    let named = field.names.iter().position(|it| it.eq_ignore_ascii_case(text));
    let number = match named {
        Some(place) => u16::try_from(place).ok()? + field.least,
        None => text.parse().ok()?,
    };
    (field.least..=field.most).contains(&number).then_some(number)
}
