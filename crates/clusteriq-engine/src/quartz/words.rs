//! A schedule in plain words, for the shapes that most schedules have.

use std::collections::BTreeSet;

use super::{Days, Quartz};

const NAMES: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Quartz {
    /// E.g. `every day at 06:30`; `None`: no words for such a one.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let whole = self.seconds == BTreeSet::from([0]) && self.months.len() == 12 && self.years.is_none();
        if !whole {
            return None;
        }
        let (first_minute, first_hour) = (self.minutes.first()?, self.hours.first()?);
        let time = match (self.minutes.len(), self.hours.len()) {
            (1, 1) => format!("at {first_hour:02}:{first_minute:02}"),
            (1, 24) => format!("every hour at minute {first_minute}"),
            (1, 2..=4) => {
                let times: Vec<String> = self.hours.iter().map(|it| format!("{it:02}:{first_minute:02}")).collect();
                format!("at {}", times.join(", "))
            }
            (1, _) => format!("every {} hours at minute {first_minute}", step(&self.hours)?),
            (60, 24) => "every minute".to_owned(),
            (_, 24) => format!("every {} minutes", step(&self.minutes)?),
            _ => return None,
        };
        let often = self.hours.len() == 24;
        let days = match &self.days {
            Days::All if often => return Some(time),
            Days::All if self.hours.len() > 4 => return Some(time),
            Days::All => "every day".to_owned(),
            Days::Weekdays(it) if *it == BTreeSet::from([2, 3, 4, 5, 6]) => "Monday to Friday".to_owned(),
            Days::Weekdays(it) => {
                let names: Vec<String> =
                    it.iter().filter_map(|it| Some(format!("{}s", NAMES.get(usize::from(*it) - 1)?))).collect();
                names.join(", ")
            }
            Days::Numbers(it) => {
                let numbers: Vec<String> = it.iter().map(ToString::to_string).collect();
                format!("on day {} of the month", numbers.join(", "))
            }
            Days::BeforeLast(0) => "on the last day of the month".to_owned(),
            Days::BeforeLast(_) | Days::WorkingDayBeforeLast(_) | Days::NearestWorkingDay(_) => return None,
            Days::LastWeekday(it) => format!("on the last {} of the month", NAMES.get(usize::from(*it) - 1)?),
            Days::NthWeekday(..) => return None,
        };
        Some(format!("{days} {time}"))
    }
}

/// The distance between numbers that are equally far from each other.
fn step(all: &BTreeSet<u16>) -> Option<u16> {
    let all: Vec<u16> = all.iter().copied().collect();
    let step = all.get(1)? - all.first()?;
    all.windows(2).all(|it| it[1] - it[0] == step).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_schedules_have_words() {
        let words = |it| Quartz::parse(it, "UTC").ok().and_then(|it| it.words());
        for (expression, said) in [
            ("0 30 6 * * ?", "every day at 06:30"),
            ("0 15 * * * ?", "every hour at minute 15"),
            ("0 7 0/2 * * ?", "every 2 hours at minute 7"),
            ("0 0/15 * * * ?", "every 15 minutes"),
            ("0 15 8 ? * MON-FRI", "Monday to Friday at 08:15"),
            ("0 5 9 ? * SUN", "Sundays at 09:05"),
            ("0 0 3 1 * ?", "on day 1 of the month at 03:00"),
            ("0 0 2 L * ?", "on the last day of the month at 02:00"),
            ("0 40 0/6 * * ?", "every day at 00:40, 06:40, 12:40, 18:40"),
        ] {
            assert_eq!(words(expression).as_deref(), Some(said), "{expression}");
        }
        assert_eq!(words("0 0 2 15W * ?"), None);
        assert_eq!(words("0 0 2 1 1 ?"), None);
    }
}
