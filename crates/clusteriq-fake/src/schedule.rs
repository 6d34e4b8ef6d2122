//! When jobs start, and the Quartz expression that says so.

use jiff::civil::Weekday;

use crate::random::Random;
use crate::time::{DAY, Day, HOUR, MINUTE, Millis, date};

/// A zone without daylight saving, so that no time zone database is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    Utc,
    Kolkata,
    Johannesburg,
}

impl Zone {
    /// Java zone id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Kolkata => "Asia/Kolkata",
            Self::Johannesburg => "Africa/Johannesburg",
        }
    }

    fn ahead(self) -> Millis {
        match self {
            Self::Utc => 0,
            Self::Kolkata => 5 * HOUR + 30 * MINUTE,
            Self::Johannesburg => 2 * HOUR,
        }
    }
}

/// On which local days.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Days {
    All,
    MondayToFriday,
    Sunday,
}

/// What starts a job.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Schedule {
    /// Once a day.
    Daily { hour: i64, minute: i64, days: Days, zone: Zone },
    /// Every so many hours, from midnight on.
    Every { hours: i64, minute: i64, zone: Zone },
    /// Every so many minutes, a divisor of 60.
    EveryMinutes { minutes: i64, offset: i64 },
    /// When a file arrives: at no fixed time, so often a day on the whole.
    FileArrival { per_day: i64 },
    /// It never stops.
    Continuous,
}

impl Schedule {
    /// The Quartz expression and its zone; none for a continuous job.
    pub(crate) fn cron(self) -> Option<(String, &'static str)> {
        match self {
            Self::Daily { hour, minute, days, zone } => {
                let when = match days {
                    Days::All => "* * ?",
                    Days::MondayToFriday => "? * MON-FRI",
                    Days::Sunday => "? * SUN",
                };
                Some((format!("0 {minute} {hour} {when}"), zone.id()))
            }
            Self::Every { hours: 1, minute, zone } => Some((format!("0 {minute} * * * ?"), zone.id())),
            Self::Every { hours, minute, zone } => Some((format!("0 {minute} 0/{hours} * * ?"), zone.id())),
            Self::EveryMinutes { minutes, offset } => Some((format!("0 {offset}/{minutes} * * * ?"), "UTC")),
            Self::FileArrival { .. } | Self::Continuous => None,
        }
    }

    /// The starts that fall on a UTC day, in order.
    pub(crate) fn starts(self, day: Day) -> Vec<Millis> {
        let (times, days, zone): (Vec<Millis>, Days, Zone) = match self {
            Self::Daily { hour, minute, days, zone } => (vec![hour * HOUR + minute * MINUTE], days, zone),
            Self::Every { hours, minute, zone } => {
                let times = (0..24).step_by(hours.unsigned_abs() as usize);
                (times.map(|it| it * HOUR + minute * MINUTE).collect(), Days::All, zone)
            }
            Self::EveryMinutes { minutes, offset } => {
                let times = (0..24 * 60 / minutes).map(|it| (it * minutes + offset) * MINUTE);
                (times.collect(), Days::All, Zone::Utc)
            }
            Self::FileArrival { per_day } => return arrivals(day, per_day),
            Self::Continuous => return Vec::new(),
        };
        // A local day may begin on the UTC day before.
        (0..=1)
            .map(|later| day.start + later * DAY)
            .filter(|midnight| match days {
                Days::All => true,
                Days::MondayToFriday => !matches!(date(*midnight).weekday(), Weekday::Saturday | Weekday::Sunday),
                Days::Sunday => date(*midnight).weekday() == Weekday::Sunday,
            })
            .flat_map(|midnight| times.iter().map(move |it| midnight + it - zone.ahead()))
            .filter(|it| (day.start..day.end()).contains(it))
            .collect()
    }
}

/// Files come when they come: the same files whoever asks.
fn arrivals(day: Day, per_day: i64) -> Vec<Millis> {
    let mut random = Random::named(per_day.unsigned_abs(), &format!("files {}", day.start));
    let mut at = day.start;
    let mut times = Vec::new();
    loop {
        at += (DAY as f64 / per_day as f64 * random.between(0.3, 1.7)) as Millis;
        if at >= day.end() {
            return times;
        }
        times.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-02, a Monday.
    const MONDAY: Day = Day { number: 0, start: 20_759 * DAY, until: 20_787 * DAY };

    #[test]
    fn a_daily_job_starts_once() {
        let schedule = Schedule::Daily { hour: 6, minute: 5, days: Days::All, zone: Zone::Utc };
        assert_eq!(schedule.starts(MONDAY), [MONDAY.start + 6 * HOUR + 5 * MINUTE]);
        assert_eq!(schedule.cron(), Some(("0 5 6 * * ?".to_owned(), "UTC")));
    }

    #[test]
    fn a_job_in_kolkata_starts_five_and_a_half_hours_earlier() {
        // 02:00 on Tuesday there is 20:30 on Monday in UTC.
        let schedule = Schedule::Daily { hour: 2, minute: 0, days: Days::MondayToFriday, zone: Zone::Kolkata };
        assert_eq!(schedule.starts(MONDAY), [MONDAY.start + 20 * HOUR + 30 * MINUTE]);
    }

    #[test]
    fn every_ten_minutes_is_a_hundred_and_forty_four_starts() {
        let schedule = Schedule::EveryMinutes { minutes: 10, offset: 3 };
        assert_eq!(schedule.starts(MONDAY).len(), 144);
        assert_eq!(schedule.cron(), Some(("0 3/10 * * * ?".to_owned(), "UTC")));
    }

    #[test]
    fn files_arrive_in_order_and_about_as_often_as_said() {
        let starts = Schedule::FileArrival { per_day: 40 }.starts(MONDAY);
        assert!(starts.is_sorted());
        assert!((25..=60).contains(&starts.len()), "{}", starts.len());
    }

    #[test]
    fn every_six_hours_is_four_starts() {
        let schedule = Schedule::Every { hours: 6, minute: 47, zone: Zone::Johannesburg };
        assert_eq!(schedule.starts(MONDAY).len(), 4);
        assert_eq!(schedule.cron(), Some(("0 47 0/6 * * ?".to_owned(), "Africa/Johannesburg")));
    }
}
