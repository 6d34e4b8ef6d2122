//! Reads what stands between two commas of a Quartz field, as Quartz 2.3.2 does.

use super::fields::{Field, Span};

/// What stands between two commas.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// `?`
    Unsaid,
    Span(Span),
    Nearest(i8),
    Last(i8),
    LastNearest(i8),
    Nth(i8, i8),
    LastOfWeek(i8),
}

/// The items of a field; there is one at least.
pub(super) fn items(field: Field, text: &str) -> Result<Vec<Item>, String> {
    let several = text.contains(',');
    if several && matches!(field, Field::Day | Field::Weekday) && text.contains('L') {
        return Err(format!("L cannot stand beside other values in {}: {text}", field.name()));
    }
    if field == Field::Weekday && text.matches('#').count() > 1 {
        return Err(format!("# cannot stand twice in {}: {text}", field.name()));
    }
    let items: Result<Vec<Item>, String> =
        text.split(',').filter(|it| !it.is_empty()).map(|it| item(field, it)).collect();
    match items {
        Ok(items) if items.is_empty() => Err(format!("{} has no value: {text}", field.name())),
        items => items,
    }
}

/// Reads as far as Quartz does, which stops at the first complete value.
fn item(field: Field, text: &str) -> Result<Item, String> {
    let wrong = || format!("{} cannot be read: {text}", field.name());
    if let Some(end) = text.strip_prefix('L').filter(|it| is_end_of_last(it)) {
        return last(field, end).ok_or_else(wrong);
    }
    match text.chars().next() {
        Some('A'..='Z') => name(field, text),
        Some('?') => match field {
            Field::Day | Field::Weekday if text.chars().count() <= 2 => Ok(Item::Unsaid),
            Field::Day | Field::Weekday => Err(wrong()),
            Field::Second | Field::Minute | Field::Hour | Field::Month | Field::Year => {
                Err(format!("? is for day of month and day of week alone, and not for {}: {text}", field.name()))
            }
        },
        Some('*' | '/') => {
            let Some((_, step)) = text.split_once('/').filter(|(before, _)| before.len() <= 1) else {
                return if text.starts_with('*') { Ok(Item::Span(field.all())) } else { Err(wrong()) };
            };
            // Quartz reads a sign here, and takes a step that is not positive for 1.
            let step = field.check_step(step.parse::<i32>().map_err(|_| wrong())?.into())?;
            Ok(Item::Span(Span { step: step.max(1), ..field.all() }))
        }
        Some('0'..='9') => number(field, text),
        Some(_) | None => Err(wrong()),
    }
}

/// After `L`: nothing, `W`, `-3` or `-3W`. Any other letters are a word.
fn is_end_of_last(text: &str) -> bool {
    let Some(offset) = text.strip_prefix('-') else { return text.is_empty() || text == "W" };
    offset.strip_suffix('W').unwrap_or(offset).bytes().all(|it| it.is_ascii_digit())
}

/// `L` in days, where it is the last one, and in weekdays, where it is Saturday whatever follows.
fn last(field: Field, end: &str) -> Option<Item> {
    match field {
        Field::Weekday => return Some(Item::Span(Span::one(7))),
        Field::Day => {}
        Field::Second | Field::Minute | Field::Hour | Field::Month | Field::Year => return None,
    }
    if end == "-" {
        return None;
    }
    let digits = end.trim_start_matches('-').trim_end_matches('W');
    let before = if digits.is_empty() { 0 } else { digits.parse::<i8>().ok().filter(|it| *it <= 30)? };
    // Quartz takes L-28W to L-30W, and then never comes to an end in February.
    match (end.ends_with('W'), before) {
        (true, ..28) => Some(Item::LastNearest(before)),
        (true, _) => None,
        (false, _) => Some(Item::Last(before)),
    }
}

/// `FRI`, `FRI-MON`, `FRI#3`, `FRIL`.
fn name(field: Field, text: &str) -> Result<Item, String> {
    let from = field.named(text)?;
    let rest = &text[3..];
    if let Some(to) = rest.strip_prefix('-') {
        return Ok(Item::Span(Span { from, to: field.named(to)?, step: 1 }));
    }
    match (field, rest.as_bytes().first()) {
        (Field::Weekday, Some(b'#')) => nth(from, &rest[1..]),
        (Field::Weekday, Some(b'L')) => Ok(Item::LastOfWeek(small(from))),
        (_, Some(_) | None) => Ok(Item::Span(Span::one(from))),
    }
}

/// `5`, `5-10`, `5-10/2`, `5/2`, `6L`, `15W`, `6#3`.
fn number(field: Field, text: &str) -> Result<Item, String> {
    let wrong = || format!("{} cannot be read: {text}", field.name());
    let (from, rest) = digits(text).ok_or_else(wrong)?;
    let from = field.check(from)?;
    match (rest.chars().next(), field) {
        (Some('L'), Field::Weekday) => Ok(Item::LastOfWeek(small(from))),
        (Some('W'), Field::Day) => Ok(Item::Nearest(small(from))),
        (Some('#'), Field::Weekday) => nth(from, &rest[1..]),
        (Some('L' | 'W' | '#'), _) => Err(wrong()),
        (Some('-'), _) => {
            let (to, rest) = digits(&rest[1..]).ok_or_else(wrong)?;
            if to > field.last() {
                field.check(to)?;
            }
            if field == Field::Year && to < from {
                return Err(format!("a range of years ends before it begins: {text}"));
            }
            let step = rest.strip_prefix('/').map_or(Some(1), |it| digits(it).map(|(step, _)| step));
            Ok(Item::Span(Span::new(from, to, step.ok_or_else(wrong)?)))
        }
        (Some('/'), _) => {
            let (step, after) = digits(&rest[1..]).ok_or_else(wrong)?;
            // Quartz looks at what follows a step of one digit, and not at what follows a longer one.
            if rest.len() - after.len() == 2 && !after.is_empty() {
                return Err(wrong());
            }
            Ok(Item::Span(Span::new(from, field.last(), field.check_step(step)?)))
        }
        (Some(_) | None, _) => Ok(Item::Span(Span::one(from))),
    }
}

fn nth(weekday: i64, text: &str) -> Result<Item, String> {
    let nth = text.parse::<i8>().ok().filter(|it| (1..=5).contains(it));
    nth.map(|nth| Item::Nth(small(weekday), nth))
        .ok_or_else(|| format!("what follows # is not between 1 and 5: {text}"))
}

/// The number that a text begins with, and the rest.
fn digits(text: &str) -> Option<(i64, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(end);
    Some((number.parse::<i32>().ok()?.into(), rest))
}

fn small(value: i64) -> i8 {
    i8::try_from(value).expect("days and weekdays are checked to be small")
}
