//! Instants as some replies have them: ISO 8601 in UTC, with milliseconds.

use crate::time::{Millis, civil};

pub(super) fn iso(at: Millis) -> String {
    let it = civil(at);
    let (date, time) = (it.date(), it.time());
    let milliseconds = at.rem_euclid(1_000);
    format!("{date}T{:02}:{:02}:{:02}.{milliseconds:03}Z", time.hour(), time.minute(), time.second())
}
