//! A Quartz schedule in plain English.

use super::{Days, Quartz, members};

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
const MONDAY_TO_FRIDAY: u64 = 0b0111_1100;
const EVERY_WEEKDAY: u64 = 0b1111_1110;
const EVERY_DAY_OF_MONTH: u64 = 0xffff_fffe;
const EVERY_MONTH: u64 = 0x1ffe;
/// More times or days than these are a list that nobody reads.
const FEW: usize = 3;

impl Quartz {
    /// Common shapes in plain English, to the minute, in the schedule's zone: `every day at 06:30`, `every 2 hours at minute 7`,
    /// `on the last day of the month at 02:00`. `None` if it would take more than that to say it right.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let once_a_minute = members(self.seconds).count() == 1;
        let every_year = self.years.iter().any(|it| it.is_every_year());
        if !once_a_minute || !every_year || self.months != EVERY_MONTH {
            return None;
        }
        let days = self.days.words()?;
        let (hours, minutes): (Vec<i8>, Vec<i8>) = (members(self.hours).collect(), members(self.minutes).collect());
        if let [minute] = minutes[..]
            && hours.len() <= FEW
        {
            let times: Vec<String> = hours.iter().map(|hour| format!("{hour:02}:{minute:02}")).collect();
            return Some(format!("{days} at {}", list(&times)));
        }
        if days != "every day" {
            return None;
        }
        match (step(&hours, 24)?, &minutes[..]) {
            (1, [minute]) => Some(format!("every hour at minute {minute}")),
            (apart, [minute]) if hours[0] == 0 => Some(format!("every {apart} hours at minute {minute}")),
            (apart, [minute]) => Some(format!("every {apart} hours from {:02}:{minute:02}", hours[0])),
            (1, [0, ..]) => match step(&minutes, 60)? {
                1 => Some("every minute".into()),
                apart => Some(format!("every {apart} minutes")),
            },
            (1, [first, ..]) => Some(format!("every {} minutes from minute {first}", step(&minutes, 60)?)),
            (_, _) => None,
        }
    }
}

impl Days {
    fn words(self) -> Option<String> {
        match self {
            Self::OfMonth(EVERY_DAY_OF_MONTH) | Self::OfWeek(EVERY_WEEKDAY) => Some("every day".into()),
            Self::OfMonth(days) => {
                let days: Vec<String> = members(days).map(|it| it.to_string()).collect();
                match &days[..] {
                    [day] => Some(format!("on day {day} of the month")),
                    days if days.len() <= FEW => Some(format!("on days {} of the month", list(days))),
                    _ => None,
                }
            }
            Self::OfWeek(MONDAY_TO_FRIDAY) => Some("Monday to Friday".into()),
            Self::OfWeek(weekdays) => {
                // Sunday is 1 in Quartz, and the end of the week for most who read this.
                let mut weekdays: Vec<i8> = members(weekdays).collect();
                weekdays.sort_by_key(|it| (*it + 5) % 7);
                Some(list(&weekdays.into_iter().map(|it| format!("{}s", weekday(it))).collect::<Vec<_>>()))
            }
            Self::Last(0) => Some("on the last day of the month".into()),
            Self::LastNearest(0) => Some("on the last weekday of the month".into()),
            Self::Nth(day, nth) => {
                Some(format!("on the {} {} of the month", NTH[usize::from(nth.unsigned_abs()) - 1], weekday(day)))
            }
            Self::LastOfWeek(day) => Some(format!("on the last {} of the month", weekday(day))),
            Self::Nearest(_) | Self::Last(_) | Self::LastNearest(_) => None,
        }
    }
}

/// Sunday is 1.
fn weekday(number: i8) -> &'static str {
    WEEKDAYS[usize::from(number.unsigned_abs()) - 1]
}

/// How far apart values are that go evenly round.
fn step(values: &[i8], turn: usize) -> Option<usize> {
    let step = turn / values.len();
    let even = values.windows(2).all(|it| usize::from(it[1].abs_diff(it[0])) == step);
    (step * values.len() == turn && even).then_some(step)
}

fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
