//! Instants as replies have them: ISO 8601 in UTC, with milliseconds, and those of headers.

use crate::time::{Millis, civil};

pub(super) fn iso(at: Millis) -> String {
    let it = civil(at);
    let (date, time) = (it.date(), it.time());
    let milliseconds = at.rem_euclid(1_000);
    format!("{date}T{:02}:{:02}:{:02}.{milliseconds:03}Z", time.hour(), time.minute(), time.second())
}

/// As the `date` of a reply has it (RFC 9110, 5.6.7).
pub(super) fn http_date(at: Millis) -> String {
    civil(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
