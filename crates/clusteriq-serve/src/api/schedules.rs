//! Schedules: which jobs overlap on a day, and what sharing a cluster would make of it.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_engine::profile::activity::{Span, union};
use clusteriq_engine::quartz::Quartz;
use clusteriq_model::{Action, JobKey, RunResult, Schedule, Target, Trigger};
use clusteriq_output::data::{IntervalJson, TargetJson, usd_interval};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::minute;
use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

/// Minutes between two points of the curve of concurrency.
const STEP: i64 = 5;
const DAY: i64 = 24 * 60;
/// Jobs listed if nobody asks for a number, and at most.
const USUAL_JOBS: usize = 200;
const MOST_JOBS: usize = 10_000;

pub(crate) fn routes() -> Vec<Route> {
    vec![route::get(
        ("/api/schedules", "get_schedules", "Schedules"),
        "The runs of a day side by side, as they are and as they would be if jobs shared clusters",
        day,
    )]
}

/// When a job starts, in words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScheduleInWords")]
pub(crate) struct ScheduleInWords {
    /// Quartz cron.
    quartz: String,
    /// The zone it is in.
    timezone: String,
    /// In plain words; null: there are none for such a one.
    words: Option<String>,
    /// The next times after the end of the data, RFC 3339 in UTC; empty: see `problem`.
    next: Vec<String>,
    /// Why it cannot be read.
    problem: Option<String>,
}

impl ScheduleInWords {
    pub(crate) fn of(it: &Schedule, after: Timestamp) -> Self {
        let read = Quartz::parse(&it.quartz, &it.timezone);
        let (schedule, problem) = match read {
            Ok(it) => (Some(it), None),
            Err(it) => (None, Some(it)),
        };
        let next = schedule.iter().flat_map(|it| it.next(after, 5)).map(|it| it.to_string());
        Self {
            quartz: it.quartz.clone(),
            timezone: it.timezone.clone(),
            words: schedule.as_ref().and_then(Quartz::words),
            next: next.collect(),
            problem,
        }
    }
}

/// Which day, and of what.
#[derive(Debug, serde::Deserialize, JsonSchema)]
struct Asked {
    /// UTC day, e.g. 2026-10-01; without it the last whole day.
    day: Option<String>,
    /// Only these workspaces, by id; repeat it for several.
    #[serde(default)]
    workspace: Vec<String>,
    /// Jobs and schedules listed at most; those that could share a cluster come first. Sums and the curve are of all.
    #[schemars(range(min = 1, max = 10_000))]
    limit: Option<usize>,
}

/// A day's runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Schedules")]
struct Schedules {
    /// The answer in one line.
    sentence: String,
    /// UTC day.
    day: String,
    /// Days that can be asked for.
    days: Vec<String>,
    /// Jobs with a run on that day: those that could share a cluster, then in the order of their first start.
    jobs: Vec<JobOnDay>,
    /// How many there are.
    jobs_total: usize,
    /// Groups of jobs that could share a cluster.
    groups: Vec<Group>,
    /// Job clusters that were up at once, every five minutes.
    concurrency: Concurrency,
    /// Schedules that are not runs: what jobs are set to do.
    schedules: Vec<JobSchedule>,
    /// How many there are.
    schedules_total: usize,
}

/// A job's runs on a day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobOnDay")]
struct JobOnDay {
    target: TargetJson,
    owner: Option<String>,
    workspace: String,
    /// Its runs in minutes from midnight UTC, cut to the day.
    runs: Vec<RunOnDay>,
    /// The group it is in, as an index into `groups`.
    group: Option<usize>,
}

/// A run on a day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunOnDay")]
struct RunOnDay {
    id: String,
    from: i64,
    until: i64,
    failed: bool,
}

/// Jobs that could share a cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScheduleGroup")]
struct Group {
    /// The recommendation's id.
    recommendation: String,
    title: String,
    jobs: Vec<TargetJson>,
    /// When the one cluster would be up on that day, in minutes from midnight UTC.
    together: Vec<[i64; 2]>,
    /// Minutes in which their clusters were up on that day, added up.
    minutes_now: i64,
    /// Minutes in which the one cluster would be.
    minutes_then: i64,
    /// US dollars a month.
    savings_per_month: Option<IntervalJson>,
}

/// Clusters at once.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Concurrency")]
struct Concurrency {
    step_minutes: i64,
    /// As it was.
    now: Vec<u32>,
    /// If the groups shared clusters.
    then: Vec<u32>,
    most_now: u32,
    most_then: u32,
    /// Hours in which clusters were up, added up.
    cluster_hours_now: f64,
    cluster_hours_then: f64,
}

/// What a job is set to do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobSchedule")]
struct JobSchedule {
    target: TargetJson,
    schedule: ScheduleInWords,
    /// Null: not known.
    paused: Option<bool>,
}

fn day(call: &Call, asked: Asked) -> Result<Schedules, Refusal> {
    let snapshot = call.snapshot()?;
    let window = &snapshot.report.window;
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let (first, last) = (date(window.from), date(window.until - jiff::SignedDuration::from_secs(1)));
    let days: Vec<Date> = first.series(jiff::Span::new().days(1)).take_while(|it| *it <= last).collect();
    let day = match &asked.day {
        Some(text) => text.parse().ok().filter(|it| days.contains(it)).ok_or_else(|| {
            Refusal::invalid(format!("no day of the window: {text}"), format!("days go from {first} to {last}"))
        })?,
        // The last one is whole only if the data ends at midnight.
        None => {
            let whole = |it: &&Date| {
                it.to_zoned(TimeZone::UTC).is_ok_and(|it| minute(it.timestamp()) + DAY <= minute(window.until))
            };
            *days.iter().rev().find(whole).unwrap_or(&last)
        }
    };
    let limit = asked.limit.unwrap_or(USUAL_JOBS);
    if !(1..=MOST_JOBS).contains(&limit) {
        return Err(Refusal::invalid(
            format!("so many jobs cannot be listed: {limit}"),
            format!("limit is a number from 1 to {MOST_JOBS}"),
        ));
    }
    let start = day.to_zoned(TimeZone::UTC).map(|it| it.timestamp()).unwrap_or_default();
    let (midnight, end) = (minute(start), start + jiff::SignedDuration::from_mins(DAY));
    let wanted = |key: &JobKey| asked.workspace.is_empty() || asked.workspace.iter().any(|it| **it == *key.workspace.0);
    let mut groups = groups(snapshot, &wanted);
    let mut jobs: Vec<(i64, JobOnDay)> = vec![];
    let mut own: BTreeMap<JobKey, Vec<Span>> = BTreeMap::new();
    for (key, job) in snapshot.fleet.jobs.iter().filter(|it| wanted(it.0)) {
        let runs: Vec<RunOnDay> = job
            .runs
            .iter()
            .filter(|it| it.end >= start && it.start < end && it.result != RunResult::Skipped)
            .map(|it| RunOnDay {
                id: it.id.clone(),
                from: (minute(it.start) - midnight).clamp(0, DAY),
                until: (minute(it.end) + 1 - midnight).clamp(0, DAY),
                failed: matches!(it.result, RunResult::Failed(_)),
            })
            .filter(|it| it.until > it.from)
            .collect();
        let Some(begin) = runs.first().map(|it| it.from) else { continue };
        if snapshot.profiles.jobs.get(key).is_some_and(|it| it.0.compute.is_some()) {
            own.insert(key.clone(), runs.iter().map(|it| Span { from: it.from, until: it.until }).collect());
        }
        let target = Target::Job(key.clone());
        jobs.push((
            begin,
            JobOnDay {
                target: TargetJson::new(&target, Some(&job.name)),
                owner: job.run_as.clone(),
                workspace: snapshot.workspace_name(&key.workspace).to_owned(),
                runs,
                group: groups.iter().position(|it| it.0.contains(key)),
            },
        ));
    }
    jobs.sort_by(|a, b| {
        let order = |it: &(i64, JobOnDay)| (it.1.group.is_none(), it.0);
        order(a).cmp(&order(b)).then_with(|| a.1.target.name.cmp(&b.1.target.name))
    });
    let mut then: Vec<Span> = vec![];
    let grouped: BTreeSet<JobKey> = groups.iter().flat_map(|it| it.0.clone()).collect();
    for (members, group) in &mut groups {
        let spans: Vec<Span> = members.iter().filter_map(|it| own.get(it)).flatten().copied().collect();
        group.minutes_now = spans.iter().map(|it| it.minutes()).sum();
        let together = union(spans, 0);
        group.minutes_then = together.iter().map(|it| it.minutes()).sum();
        group.together = together.iter().map(|it| [it.from, it.until]).collect();
        then.extend(together);
    }
    let now: Vec<Span> = own.values().flatten().copied().collect();
    then.extend(own.iter().filter(|it| !grouped.contains(it.0)).flat_map(|it| it.1.iter().copied()));
    let concurrency = Concurrency::of(&now, &then);
    let scheduled = snapshot.fleet.jobs.iter().filter(|it| wanted(it.0)).filter_map(|(key, job)| match &job.trigger {
        Trigger::Schedule(it) => Some((key, job, it)),
        Trigger::Continuous | Trigger::Other(_) | Trigger::OnDemand => None,
    });
    let schedules = scheduled.clone().take(limit).map(|(key, job, it)| JobSchedule {
        target: TargetJson::new(&Target::Job(key.clone()), Some(&job.name)),
        schedule: ScheduleInWords::of(it, snapshot.report.data_until),
        paused: job.paused,
    });
    Ok(Schedules {
        sentence: sentence(&day, jobs.len(), &concurrency, groups.len()),
        day: day.to_string(),
        days: days.iter().map(ToString::to_string).collect(),
        jobs_total: jobs.len(),
        jobs: jobs.into_iter().take(limit).map(|it| it.1).collect(),
        groups: groups.into_iter().map(|it| it.1).collect(),
        concurrency,
        schedules: schedules.collect(),
        schedules_total: scheduled.count(),
    })
}

/// The plan's groups of jobs that share a cluster.
fn groups(snapshot: &Snapshot, wanted: &dyn Fn(&JobKey) -> bool) -> Vec<(BTreeSet<JobKey>, Group)> {
    let mut all = vec![];
    for it in &snapshot.report.recommendations {
        let Action::ShareJobCluster { jobs, .. } = &it.action else { continue };
        if !jobs.iter().all(wanted) {
            continue;
        }
        let named = |key: &JobKey| {
            let name = snapshot.fleet.jobs.get(key).map(|it| it.name.as_str());
            TargetJson::new(&Target::Job(key.clone()), name)
        };
        let group = Group {
            recommendation: it.id.clone(),
            title: it.title.clone(),
            jobs: jobs.iter().map(named).collect(),
            together: vec![],
            minutes_now: 0,
            minutes_then: 0,
            savings_per_month: it.savings.as_ref().and_then(|it| usd_interval(&it.total)),
        };
        all.push((jobs.iter().cloned().collect(), group));
    }
    all
}

impl Concurrency {
    fn of(now: &[Span], then: &[Span]) -> Self {
        // A span is up at the points from its start to before its end: one more where it starts, one less where it has ended.
        let count = |spans: &[Span]| -> Vec<u32> {
            let mut change = [0_i64; (DAY / STEP) as usize + 1];
            let point = |minute: i64| (minute.clamp(0, DAY) + STEP - 1) / STEP;
            for it in spans {
                change[point(it.from) as usize] += 1;
                change[point(it.until) as usize] -= 1;
            }
            let mut up = 0;
            let ups = change[..change.len() - 1].iter().map(|it| {
                up += it;
                u32::try_from(up).unwrap_or_default()
            });
            ups.collect()
        };
        let hours = |spans: &[Span]| spans.iter().map(|it| it.minutes()).sum::<i64>() as f64 / 60.0;
        let (a, b) = (count(now), count(then));
        let most = |it: &[u32]| it.iter().copied().max().unwrap_or_default();
        Self {
            step_minutes: STEP,
            most_now: most(&a),
            most_then: most(&b),
            cluster_hours_now: hours(now),
            cluster_hours_then: hours(then),
            now: a,
            then: b,
        }
    }
}

fn sentence(day: &Date, jobs: usize, it: &Concurrency, groups: usize) -> String {
    use clusteriq_output::words;
    let mut text = format!(
        "On {} {} ran on clusters that were up for {:.0} hours together, at most {} at once",
        words::day(*day),
        words::count(jobs as u64, "job"),
        it.cluster_hours_now,
        it.most_now
    );
    text += &match groups {
        0 => "; none would do better on a shared cluster.".to_owned(),
        _ => format!(
            "; sharing clusters would make it {:.0} hours, at most {} at once.",
            it.cluster_hours_then, it.most_then
        ),
    };
    text
}
