//! When the server scans by itself.

use jiff::Timestamp;

/// Five fields of cron and a time zone, e.g. `0 6 * * * Europe/Berlin`.
#[derive(Clone, Debug)]
pub struct ScanSchedule {
    text: String,
    crontab: cronexpr::Crontab,
}

impl ScanSchedule {
    /// Reads one; without a zone it is UTC.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields = text.split_whitespace().count();
        let whole = if fields == 5 { format!("{text} UTC") } else { text.to_owned() };
        let crontab = cronexpr::parse_crontab(&whole)
            .map_err(|_| format!("not five fields of cron, as in `0 6 * * *` or `0 6 * * * Europe/Berlin`: {text}"))?;
        Ok(Self { text: text.to_owned(), crontab })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first time after an instant.
    #[must_use]
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        self.crontab.find_next(at).ok().map(|it| it.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_in_utc_unless_it_names_a_zone() {
        let at: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let next = |it| ScanSchedule::parse(it).unwrap().after(at).unwrap().to_string();
        assert_eq!(next("0 6 * * *"), "2026-11-29T06:00:00Z");
        assert_eq!(next("0 6 * * * Europe/Berlin"), "2026-11-29T05:00:00Z");
        assert!(ScanSchedule::parse("at six").unwrap_err().contains("at six"));
    }
}
