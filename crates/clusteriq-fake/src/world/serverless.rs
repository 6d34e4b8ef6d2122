//! Serverless jobs: how soon they must start, what they cost in either mode, and who can wait.

use super::JobCard;
use super::kinds::{Drawn, Site};
use crate::random::Random;
use crate::schedule::{Days, Schedule, Zone};

/// How soon a run starts and how dear it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Performance {
    Optimized,
    Standard,
}

impl Performance {
    /// As the tables and REST have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Optimized => "PERFORMANCE_OPTIMIZED",
            Self::Standard => "STANDARD",
        }
    }
}

/// A job without a cluster.
#[derive(Clone, Debug)]
pub(crate) struct ServerlessJob {
    pub(crate) card: JobCard,
    /// As it is now.
    pub(crate) target: Performance,
    /// As it was before that day of the history.
    pub(crate) before: Option<(i64, Performance)>,
    /// Minutes and DBU of a usual run with [`Performance::Optimized`].
    pub(crate) minutes: f64,
    pub(crate) dbu: f64,
    /// Share of the DBU that the same work takes with [`Performance::Standard`]: no table shows it.
    pub(crate) standard_dbu: f64,
    /// How much longer it takes then, waiting apart.
    pub(crate) standard_time: f64,
    pub(crate) noise: f64,
    pub(crate) failures: f64,
}

impl ServerlessJob {
    /// Its performance target on a day of the history.
    pub(crate) fn target_on(&self, day: i64) -> Performance {
        match self.before {
            Some((switched, before)) if day < switched => before,
            Some(_) | None => self.target,
        }
    }
}

/// What a serverless job can be a case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    CanWait,
    /// The same, and it ran in the other mode before.
    CanWaitAndDid,
    Frequent,
    OnArrival,
    WaitsAlready,
}

impl Case {
    pub(crate) const ALL: [Self; 5] =
        [Self::CanWait, Self::CanWaitAndDid, Self::Frequent, Self::OnArrival, Self::WaitsAlready];

    fn problem(self) -> &'static str {
        match self {
            Self::CanWait | Self::CanWaitAndDid => "D48",
            Self::Frequent => "decoy:frequent-serverless",
            Self::OnArrival => "decoy:latency-critical-serverless",
            Self::WaitsAlready => "decoy:standard-serverless",
        }
    }
}

/// Any serverless job.
pub(crate) fn draw(site: &mut Site<'_>, random: &mut Random) -> Drawn<ServerlessJob> {
    let case = match random.whole(0, 6) {
        0..=2 => Case::CanWait,
        3 => Case::CanWaitAndDid,
        4 => Case::Frequent,
        5 => Case::OnArrival,
        _ => Case::WaitsAlready,
    };
    draw_case(case, site, random)
}

/// A serverless job of that case.
pub(crate) fn draw_case(case: Case, site: &mut Site<'_>, random: &mut Random) -> Drawn<ServerlessJob> {
    let minute = random.whole(0, 59);
    let (schedule, minutes) = match case {
        Case::CanWait | Case::CanWaitAndDid | Case::WaitsAlready => {
            let schedule = match random.whole(0, 2) {
                0 => Schedule::Every { hours: *random.pick(&[2, 3, 4, 6]), minute, zone: Zone::Utc },
                _ => Schedule::Daily { hour: random.whole(0, 23), minute, days: Days::All, zone: Zone::Utc },
            };
            (schedule, random.between(15.0, 45.0))
        }
        Case::Frequent => (Schedule::EveryMinutes { minutes: 10, offset: minute % 10 }, random.between(2.5, 5.0)),
        Case::OnArrival => (Schedule::FileArrival { per_day: random.whole(20, 50) }, random.between(3.0, 8.0)),
    };
    let switched = i64::from(site.days) * 2 / 5 + random.whole(0, 2);
    let (target, before) = match case {
        Case::CanWait | Case::Frequent | Case::OnArrival => (Performance::Optimized, None),
        Case::CanWaitAndDid => (Performance::Optimized, Some((switched, Performance::Standard))),
        Case::WaitsAlready => (Performance::Standard, random.chance(0.5).then_some((switched, Performance::Optimized))),
    };
    let it = ServerlessJob {
        card: site.card(schedule, "main", random),
        target,
        before,
        minutes,
        // From 14 to 40 DBU an hour.
        dbu: minutes / 60.0 * random.between(14.0, 40.0),
        standard_dbu: random.between(0.5, 0.75),
        standard_time: random.between(1.0, 1.08),
        noise: random.between(0.05, 0.15),
        failures: 0.01,
    };
    Drawn { it, problem: case.problem() }
}

/// Lets it wait, for all of the history; says whether that is a change.
pub(crate) fn apply_standard(it: &mut ServerlessJob) -> bool {
    let before = (it.target, it.before.take());
    it.target = Performance::Standard;
    before.0 == Performance::Optimized
}
