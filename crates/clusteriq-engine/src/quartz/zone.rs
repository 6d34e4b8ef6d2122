//! Java's time zone ids.

use jiff::tz::{Offset, TimeZone};

/// Short ids that Java knows beside those of the time zone database, `ZoneId.SHORT_IDS`
/// (<https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/ZoneId.html>); compared with Java 17 on 2026-11-28.
/// EST, MST and HST stand for themselves.
const SHORT: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// A zone of the database, a short id of Java's, or `GMT+5`, `GMT-05:30`, `UTC+0530`.
pub(super) fn read(id: &str) -> Result<TimeZone, String> {
    let offset = id.strip_prefix("GMT").or_else(|| id.strip_prefix("UTC")).and_then(offset);
    let long = SHORT.iter().find(|(short, _)| *short == id).map_or(id, |(_, long)| long);
    offset
        .map(TimeZone::fixed)
        .or_else(|| TimeZone::get(long).ok())
        .ok_or_else(|| format!("there is no such time zone: {id}"))
}

/// A sign, one or two digits of hours, and two of minutes with or without a colon.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 => (hours, minutes),
        (None, 1 | 2) => (digits, "0"),
        (None, 3 | 4) => digits.split_at_checked(digits.len() - 2)?,
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    (hours < 24 && minutes < 60).then(|| Offset::from_seconds(sign * seconds).ok()).flatten()
}
