//! # Off hours
//!
//! ## What it finds
//! All-purpose clusters for development, test or staging that run on, or are left running, outside the hours in which
//! their own people use them, again and again: on eight or more nights and weekend days of the window, or in three weeks of
//! it on two each.
//!
//! ## What it costs
//! The uptime outside of the working hours, without that of jobs' tasks. Where a limit of auto-termination already ends it,
//! only what that leaves.
//!
//! ## When it is silent
//! Clusters that neither a tag nor their name calls non-production; clusters that stop at night, are used around the clock or
//! at weekends, or on which production jobs, or jobs for more than a fifth of that time, run then. Clusters without telemetry,
//! and windows of less than ten days, cannot be judged.
//!
//! ## Risk
//! Whoever works late has to start it, and waits about five minutes.
//!
//! ## Sources
//! `system.compute.node_timeline` (sessions), `system.lakeflow.job_task_run_timeline`, `system.compute.clusters`,
//! `system.billing.usage`. Hours are in UTC; with daylight saving they move by one.

use std::collections::BTreeMap;

use clusteriq_model::{Action, AdvisorId, Cluster, Evidence, Fraction, Minutes, Quantity, RiskDimension, Target};

use super::shape::{self, CLUSTERS, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::ClusterProfile;
use crate::profile::activity::{Span, union};
use crate::risk;
use crate::scenario::off_hours::{WorkHours, inside, is_weekday};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("off-hours"),
    detection: "D55",
    title: "Keep non-production clusters down at night and at weekends",
    source: include_str!("off_hours.rs"),
    advise,
};

const DAY: i64 = 1440;
/// Days of data that show a rhythm.
const LEAST_WINDOW: f64 = 10.0;
/// Working days with use that show a rhythm.
const LEAST_DAYS: usize = 5;
/// Share of the use on working days that lies in working hours.
const IN_HOURS: f64 = 0.95;
/// Share of all use that may lie outside of them, weekends too.
const OUTSIDE: f64 = 0.10;
/// Hours of a working day, from which on there is no night.
const LONGEST_DAY: i64 = 18;
/// Uptime in a night or a weekend day that counts: more than somebody finishing late and a tail of auto-termination.
const LEFT_RUNNING: i64 = 180;
/// Nights and weekend days on which it was left running.
const LEAST_NIGHTS: usize = 8;
/// Or weeks with two such nights each.
const LEAST_WEEKS: usize = 3;
/// Share of the uptime off hours that jobs may use.
const JOBS: f64 = 0.20;
/// Words of names and tags that say that it is not production.
const NON_PRODUCTION: [&str; 16] = [
    "dev",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "staging",
    "stage",
    "stg",
    "sandbox",
    "sbx",
    "qa",
    "uat",
    "nonprod",
    "preprod",
    "playground",
];

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    shape::shared_clusters(cx).map(|(target, cluster, profile)| judge(cx, target, cluster, profile)).collect()
}

/// The word of its tags or name that says that it is not production.
fn non_production(cx: &Context<'_>, cluster: &Cluster) -> Option<String> {
    let word = |text: &str| {
        let mut words = text.split(|it: char| !it.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        words.find(|it| NON_PRODUCTION.contains(&it.as_str()))
    };
    if cx.is_production(&cluster.tags) {
        return None;
    }
    let env = cluster.tags.iter().filter(|it| it.0.to_ascii_lowercase().starts_with("env"));
    let says_production = |text: &str| {
        let mut words = text.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|it| cx.settings.production_words.iter().any(|word| it.eq_ignore_ascii_case(word)))
    };
    env.clone().find_map(|it| word(it.1)).or_else(|| word(&cluster.name).filter(|_| !says_production(&cluster.name)))
}

fn judge(cx: &Context<'_>, target: Target, cluster: &Cluster, profile: &ClusterProfile) -> Opinion {
    let Some(word) = non_production(cx, cluster) else { return Opinion::Fine(target) };
    if cluster.minutes.is_empty() {
        return shape::without_telemetry(cx, target, cluster);
    }
    if cx.fleet.window.days() < LEAST_WINDOW {
        let why =
            format!("the data covers {:.0} days; {LEAST_WINDOW:.0} are needed to see a rhythm", cx.fleet.window.days());
        return Opinion::Abstain(target, why);
    }
    let Some(hours) = working_hours(&profile.sessions) else { return Opinion::Fine(target) };
    let it = OffHours::of(profile, hours);
    let production_jobs = profile.jobs.iter().any(|(key, spans)| {
        let job = cx.fleet.jobs.get(key);
        let off = minutes(&union(spans.clone(), 0)) > minutes(&inside(&union(spans.clone(), 0), &it.working));
        off && job.is_some_and(|job| cx.is_production(&job.tags))
    });
    let by_jobs = it.jobs as f64 / (it.up as f64).max(1.0);
    let recurs = it.nights >= LEAST_NIGHTS || it.weeks >= LEAST_WEEKS;
    let used = it.used as f64 > OUTSIDE * minutes(&profile.sessions) as f64;
    if !recurs || used || production_jobs || by_jobs > JOBS {
        return Opinion::Fine(target);
    }
    let night = i64::from(it.jobs > 0);
    let mut because = format!("people used it for {} outside of these hours in the window", Minutes(it.used as f64));
    if night > 0 {
        because += &format!(", and jobs for {}: they must start it", Minutes(it.jobs as f64));
    }
    let parts = vec![risk::part(RiskDimension::People, 1 + u8::from(night > 0), because)];
    let schedule = format!("Monday to Friday, {:02}:00 to {:02}:00 UTC", hours.from, hours.until);
    let mut up = shape::hours("up outside of the working hours", it.up as f64, NODES);
    up.chart = crate::report::use_chart(cluster);
    Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::StopOffHours { from_hour: hours.from, until_hour: hours.until },
        title: format!("Keep {} down outside of {schedule}", cluster.name),
        why: format!(
            "It is for {word} and was up for {} outside of the hours in which its people work, on {} nights and weekend days.",
            Minutes(it.up as f64),
            it.nights
        ),
        risk: risk::risk(parts),
        runtime: None,
        evidence: vec![
            up,
            Evidence::new(
                "nights and weekend days on which it was left running",
                Quantity::Count(it.nights as u64),
                NODES,
            ),
            Evidence::new(
                "hours that cover 95 % of its use, and one more on each side",
                Quantity::Text(schedule),
                NODES,
            ),
            Evidence::new("use outside of them", Quantity::Minutes(Minutes(it.used as f64)), NODES),
            Evidence::new("share of that uptime that jobs use", Quantity::Fraction(Fraction(by_jobs)), NODES),
            Evidence::new("what it is for", Quantity::Text(word), CLUSTERS),
        ],
        alternatives: vec![],
        confidence: format!("{:.0} days", cx.fleet.window.days()),
        rollback: "end the schedule; a tag that exempts a cluster from it keeps exceptions simple".into(),
        verify: "its uptime at night and at weekends in the next two weeks".into(),
        options: vec![],
        at_stake: None,
        gain: Gain::Money,
    }))
}

/// The shortest span of the day that covers nearly all use on working days, and an hour on each side. `None`: there is too
/// little use, or no night.
fn working_hours(sessions: &[Span]) -> Option<WorkHours> {
    let mut by_hour = [0i64; 24];
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for span in sessions {
        for at in span.from..span.until {
            let day = at.div_euclid(DAY);
            if is_weekday(day) {
                by_hour[(at.rem_euclid(DAY) / 60) as usize] += 1;
                *days.entry(day).or_default() += 1;
            }
        }
    }
    let all: i64 = by_hour.iter().sum();
    if days.len() < LEAST_DAYS || all == 0 {
        return None;
    }
    let covered = |from: i64, length: i64| -> i64 { (from..from + length).map(|it| by_hour[(it % 24) as usize]).sum() };
    let enough = |length: i64| {
        let best = (0..24).max_by_key(|from| (covered(*from, length), -from))?;
        (covered(best, length) as f64 >= IN_HOURS * all as f64).then_some((best, length))
    };
    let (from, length) = (1..=LONGEST_DAY - 2).find_map(enough)?;
    let hour = |it: i64| u8::try_from(it.rem_euclid(24)).ok();
    Some(WorkHours { from: hour(from - 1)?, until: hour(from + length + 1)? })
}

/// What happens outside of the working hours, in minutes.
struct OffHours {
    /// The working hours of the window.
    working: Vec<Span>,
    /// Up.
    up: i64,
    /// Of it, used by people.
    used: i64,
    /// Of it, used by jobs' tasks.
    jobs: i64,
    /// Nights and weekend days on which it was up for long without use.
    nights: usize,
    /// Weeks with at least two of them.
    weeks: usize,
}

impl OffHours {
    fn of(profile: &ClusterProfile, hours: WorkHours) -> Self {
        let (first, last) = (profile.up.first(), profile.up.last());
        let (from, until) = (first.map_or(0, |it| it.from), last.map_or(0, |it| it.until));
        let working = hours.days(from, until);
        let tasks = union(profile.jobs.values().flatten().copied().collect(), 0);
        let sessions = union(profile.sessions.clone(), 0);
        let outside = |spans: &[Span]| minutes(spans) - minutes(&inside(spans, &working));
        let busy = union(tasks.iter().chain(&sessions).copied().collect(), 0);
        // A day of 24 hours from the end of one working day to the end of the next.
        let end = i64::from(hours.from) * 60 + hours.minutes();
        let mut by_night: BTreeMap<i64, i64> = BTreeMap::new();
        for up in &profile.up {
            let mut at = up.from;
            while at < up.until {
                let night = (at - end).div_euclid(DAY);
                let next = ((night + 1) * DAY + end).min(up.until);
                let piece = [Span { from: at, until: next }];
                let off = outside(&piece) - outside(&inside(&piece, &busy));
                *by_night.entry(night).or_default() += off;
                at = next;
            }
        }
        let left: Vec<i64> = by_night.into_iter().filter(|it| it.1 >= LEFT_RUNNING).map(|it| it.0).collect();
        let mut weeks: BTreeMap<i64, usize> = BTreeMap::new();
        for night in &left {
            *weeks.entry((night + 3).div_euclid(7)).or_default() += 1;
        }
        Self {
            up: outside(&profile.up),
            used: outside(&sessions),
            jobs: outside(&tasks),
            nights: left.len(),
            weeks: weeks.values().filter(|it| **it >= 2).count(),
            working,
        }
    }
}

fn minutes(spans: &[Span]) -> i64 {
    spans.iter().map(|it| it.minutes()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    /// Used from 9 to 17 on the working days of the two weeks, which begin on a Tuesday.
    fn days() -> Vec<(i64, i64, i64)> {
        (0..14).filter(|day| (day + 1) % 7 < 5).map(|day| (day, 9, 17)).collect()
    }

    #[test]
    fn a_development_cluster_that_runs_day_and_night_is_kept_down_at_night() {
        let said = check(&ADVISOR, &world().shared("etl-dev", None, &days()).fleet());
        assert!(
            said.starts_with("Keep etl-dev down outside of Monday to Friday, 08:00 to 18:00 UTC. It is for dev"),
            "{said}"
        );
    }

    #[test]
    fn one_that_stops_at_night_and_one_that_is_not_for_development_are_fine() {
        assert_eq!(check(&ADVISOR, &world().shared("etl-dev", Some(60), &days()).fleet()), "fine: cluster etl-dev");
        assert_eq!(check(&ADVISOR, &world().shared("device", None, &days()).fleet()), "fine: cluster device");
        assert_eq!(check(&ADVISOR, &world().shared("dev-prod", None, &days()).fleet()), "fine: cluster dev-prod");
    }

    #[test]
    fn one_that_people_use_around_the_clock_is_fine() {
        let always: Vec<_> = (0..14).flat_map(|day| [(day, 2, 4), (day, 10, 12), (day, 18, 21)]).collect();
        assert_eq!(check(&ADVISOR, &world().shared("etl-dev", None, &always).fleet()), "fine: cluster etl-dev");
    }

    #[test]
    fn a_production_job_at_night_keeps_it_up() {
        let world = world().shared("etl-dev", None, &days()).job_on("etl-dev", "nightly", 8.0).runs(14, 60).at_hour(2);
        let mut fleet = world.fleet();
        fleet.jobs.values_mut().for_each(|it| {
            it.tags.insert("env".into(), "prod".into());
        });
        assert_eq!(check(&ADVISOR, &fleet), "fine: cluster etl-dev");
    }

    #[test]
    fn without_telemetry_its_hours_are_not_known() {
        let mut fleet = world().shared("etl-dev", None, &days()).fleet();
        fleet.clusters.values_mut().for_each(|it| it.minutes = clusteriq_model::Demand::default());
        assert_eq!(check(&ADVISOR, &fleet), "abstains on cluster etl-dev: it was billed but has no telemetry");
    }
}
