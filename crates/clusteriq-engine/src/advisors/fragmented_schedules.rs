//! # Fragmented schedules
//!
//! ## What it finds
//! Jobs of one owner, or whose names differ in a number at their end, on the same node type whose runs overlap, or follow within
//! 15 minutes, on at least 70 % of their days, each on a cluster of its own.
//!
//! ## What it costs
//! Every cluster starts for itself and has a driver of its own. On one shared job cluster, as large as the largest of theirs,
//! one worker larger, twice that or all of them together, the start-ups of all but one go; where runs go side by side so do the
//! drivers, and workers that wait for one job serve another. How far they do depends on how the tasks are put together: the bounds
//! are side by side and one after another.
//!
//! ## When it is silent
//! Jobs that cannot be replayed, different node types or Photon settings, streaming, and groups whose summed demand fits no shared
//! size within the tolerated slow-down. Where the saving, or how long runs wait, hangs on how the tasks are put together, it is a
//! hint without a figure that adds up.
//!
//! ## Risk
//! The jobs become coupled: a failing cluster fails all of them, and libraries must agree.
//!
//! ## Sources
//! `system.lakeflow.job_run_timeline`, `system.compute.node_timeline`, `system.compute.clusters`, `system.billing.usage`.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{
    Action, AdvisorId, Chart, Compute, Evidence, JobKey, Quantity, RiskDimension, Size, Target, Usd, WorkloadClass,
};

use super::shape::{self, RUNS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::plan::savings;
use crate::profile::JobProfile;
use crate::risk;
use crate::scenario::shared_quote;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("fragmented-schedules"),
    detection: "D04",
    title: "Let jobs that run together share a job cluster",
    source: include_str!("fragmented_schedules.rs"),
    advise,
};

/// Runs at most so far apart count as together.
const APART_MINUTES: i64 = 15;
/// Share of days on which they must be together.
const DAYS: f64 = 0.70;
/// Jobs on one cluster at most: more become hard to run as one job.
const MOST_JOBS: usize = 6;
/// Slow-down that sharing may bring likely: from when a run is asked for to its end, waiting for the others included.
const TOLERATED: f64 = 1.2;

type Member<'a> = (&'a JobKey, &'a JobProfile);

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let mut alike: BTreeMap<String, Vec<Member<'_>>> = BTreeMap::new();
    let mut opinions = vec![];
    for (key, job, profile) in shape::jobs(cx) {
        let Some(compute) = &profile.compute else { continue };
        if let Some(why) = shape::unsizable(job, profile) {
            opinions.push(shape::abstain(key, why));
            continue;
        }
        let class = cx.profiles.class(&Target::Job(key.clone()));
        if class == WorkloadClass::Streaming || class == WorkloadClass::Gpu {
            continue;
        }
        // What must agree for jobs to run on one cluster.
        let team = numbered(&job.name).map_or_else(|| format!("{:?}", job.run_as), |it| format!("named {it}"));
        let same = (&key.workspace, team, &compute.worker_type, compute.photon, compute.purchase);
        alike.entry(format!("{same:?}")).or_default().push((key, profile));
    }
    for members in alike.values() {
        let groups = together(cx, members);
        let grouped: BTreeSet<&JobKey> = groups.iter().flatten().map(|it| it.0).collect();
        opinions.extend(members.iter().filter(|it| !grouped.contains(it.0)).map(|it| shape::fine(it.0)));
        for group in groups {
            match judge(cx, &group) {
                Some(proposal) => opinions.push(Opinion::Propose(Box::new(proposal))),
                None => opinions.extend(group.iter().map(|it| shape::fine(it.0))),
            }
        }
    }
    opinions
}

/// What the names of `mart_1` and `mart_2` share; `None`: no number tells it from others.
fn numbered(name: &str) -> Option<&str> {
    let stem = name.trim_end_matches(|it: char| it.is_ascii_digit());
    let stem = stem.strip_suffix(['_', '-', ' '])?;
    (!stem.is_empty() && stem.len() + 1 < name.len()).then_some(stem)
}

/// Groups of jobs in which each runs together with another: one cluster can live through them all.
fn together<'a>(cx: &Context<'_>, members: &[Member<'a>]) -> Vec<Vec<Member<'a>>> {
    // Every two are compared, so the days are made once.
    let mut left: Vec<(Member<'a>, Days)> = members.iter().map(|it| (*it, days(cx, it))).collect();
    let mut groups = vec![];
    while !left.is_empty() {
        let mut group = vec![left.remove(0)];
        let mut at = 0;
        while at < group.len() && group.len() < MOST_JOBS {
            let (mut near, far): (Vec<_>, Vec<_>) = left.into_iter().partition(|it| meet(&group[at].1, &it.1));
            left = far;
            // Those for whom there is no room make a group of their own.
            left.extend(near.split_off(near.len().min(MOST_JOBS - group.len())));
            group.extend(near);
            at += 1;
        }
        if group.len() > 1 {
            groups.push(group.into_iter().map(|it| it.0).collect());
        }
    }
    groups
}

/// Spans of a job's runs by day, in minutes.
type Days = BTreeMap<i64, Vec<(i64, i64)>>;

/// All of its runs since the first that its profile knows minute by minute.
fn days(cx: &Context<'_>, (key, profile): &Member<'_>) -> Days {
    let minute = |it: jiff::Timestamp| it.as_second().div_euclid(60);
    let since = profile.traces.iter().map(|it| it.start).min().unwrap_or(i64::MAX);
    let mut days = Days::new();
    for it in cx.fleet.jobs.get(*key).iter().flat_map(|it| &it.runs) {
        let span = (minute(it.start), minute(it.end));
        if span.1 > since && span.1 > span.0 {
            days.entry(span.0.div_euclid(1440)).or_default().push(span);
        }
    }
    days
}

/// Whether most runs of both are together: on most days since both are known, and most runs of the day.
fn meet(a: &Days, b: &Days) -> bool {
    let (Some((a_first, _)), Some((b_first, _))) = (a.first_key_value(), b.first_key_value()) else { return false };
    let first = a_first.max(b_first);
    let all: BTreeSet<&i64> = a.keys().chain(b.keys()).filter(|it| *it >= first).collect();
    let near = |x: &(i64, i64), others: &[(i64, i64)]| {
        others.iter().any(|y| x.0 <= y.1 + APART_MINUTES && y.0 <= x.1 + APART_MINUTES)
    };
    let covered = |xs: &[(i64, i64)], ys: &[(i64, i64)]| {
        xs.iter().filter(|it| near(it, ys)).count() as f64 >= DAYS * xs.len() as f64
    };
    let shared = all.iter().filter(|day| match (a.get(day), b.get(day)) {
        (Some(xs), Some(ys)) => covered(xs, ys) && covered(ys, xs),
        _ => false,
    });
    shared.count() as f64 >= DAYS * all.len() as f64
}

fn judge(cx: &Context<'_>, group: &[Member<'_>]) -> Option<Proposal> {
    let first = group.first()?;
    let keys: BTreeSet<JobKey> = group.iter().map(|it| it.0.clone()).collect();
    let compute = first.1.compute.as_ref()?;
    let sizes: Option<Vec<u32>> = group.iter().map(|it| it.1.compute.as_ref()?.size.map(Size::most)).collect();
    let sizes = sizes?;
    let most = sizes.iter().max().copied()?.max(1);
    let node_type = compute.worker_type.clone()?;
    let option = |workers: u32| {
        let size = Size::Fixed(workers);
        let then = Compute { size: Some(size), driver_type: Some(node_type.clone()), ..compute.clone() };
        let quote = shared_quote(cx.fleet, cx.profiles, &keys, &then)?;
        let fits = quote.peak_memory <= cx.settings.memory_limit && quote.stretch.likely <= TOLERATED;
        fits.then_some((size, quote))
    };
    // Stages are cut for the cores there are: on a multiple of them they take whole rounds as before. One more gives memory room.
    let (size, quote) = BTreeSet::from([most, most + 1, most * 2, sizes.iter().sum::<u32>().max(1)])
        .into_iter()
        .filter_map(option)
        .min_by(|a, b| shape::likely(&a.1.cost).total_cmp(&shape::likely(&b.1.cost)))?;
    let names: Vec<String> = group.iter().filter_map(|it| cx.fleet.jobs.get(it.0)).map(|it| it.name.clone()).collect();
    let mut parts = risk::of_quote(&quote);
    parts.push(risk::part(
        RiskDimension::Coupling,
        2,
        format!("{} jobs share one cluster: its failure is theirs, and libraries must agree", group.len()),
    ));
    let production = group.iter().filter_map(|it| cx.fleet.jobs.get(it.0)).any(|it| cx.is_production(&it.tags));
    if production {
        parts.push(risk::production());
    }
    let identities: BTreeSet<_> = group.iter().filter_map(|it| cx.fleet.jobs.get(it.0)?.run_as.as_ref()).collect();
    if identities.len() > 1 {
        let because =
            format!("they run as {} identities now: the one that is left needs the rights of all", identities.len());
        parts.push(risk::part(RiskDimension::Coupling, 2, because));
    }
    let targets: BTreeSet<Target> = keys.iter().cloned().map(Target::Job).collect();
    let saving = savings(&cx.today.cost(&targets)?, &quote.cost)?.total;
    if saving.high < cx.settings.least_saving {
        return None;
    }
    // Whether it saves, and whether runs wait, may hang on how the tasks are put together: then it is worth a look, and no promise.
    let patient = quote.stretch.high <= TOLERATED;
    let sure = patient && saving.low > Usd(0.0) && saving.likely >= cx.settings.least_saving;
    let startups: f64 = group.iter().map(|it| starting(it.1)).sum();
    let runs: usize = group.iter().map(|it| it.1.started).sum();
    Some(Proposal {
        target: Target::Job(first.0.clone()),
        title: format!("Run {} on one shared job cluster", listed(&names)),
        why: format!(
            "On at least {:.0} % of days their runs overlap or follow within {APART_MINUTES} minutes, each on a cluster of its own: \
             {} start-ups and as many drivers where one would do.",
            DAYS * 100.0,
            runs
        ),
        action: Action::ShareJobCluster { jobs: keys.into_iter().collect(), node_type, size },
        risk: risk::risk(parts),
        runtime: None,
        evidence: vec![
            Evidence::new("jobs that run together", Quantity::Count(group.len() as u64), RUNS)
                .with_chart(gantt(cx, group)),
            shape::hours("start-up of their clusters in the window", startups, shape::NODES),
            Evidence::new("runs in the window", Quantity::Count(runs as u64), RUNS),
        ],
        alternatives: vec![],
        confidence: first.1.confidence(),
        rollback: "give each job its own job cluster again".into(),
        verify: "compare the end times of the jobs of the next five days with those before".into(),
        options: vec![],
        at_stake: (!sure).then_some(saving.high),
        gain: if sure { Gain::Money } else { Gain::Other },
    })
}

fn starting(profile: &JobProfile) -> f64 {
    let minutes: usize = profile.traces.iter().map(crate::profile::RunTrace::starting).sum();
    minutes as f64 / profile.traces.len().max(1) as f64 * profile.started as f64
}

fn listed(names: &[String]) -> String {
    match names {
        [a, b] => format!("{a} and {b}"),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        [] => String::new(),
    }
}

/// The newest day on which the first ran.
fn gantt(cx: &Context<'_>, group: &[Member<'_>]) -> Chart {
    let day = days(cx, &group[0]).keys().next_back().copied().unwrap_or(0);
    let row = |it: &Member<'_>| {
        let name = cx.fleet.jobs.get(it.0).map_or_else(|| it.0.id.clone(), |it| it.name.clone());
        let spans = days(cx, it).remove(&day).unwrap_or_default();
        (name, spans.into_iter().map(|it| (it.0 - day * 1440, it.1 - day * 1440)).collect())
    };
    let rows: Vec<(String, Vec<(i64, i64)>)> = group.iter().map(row).collect();
    let spans = || rows.iter().flat_map(|it| it.1.iter());
    let from = spans().map(|it| it.0).min().unwrap_or(0);
    let until = spans().map(|it| it.1).max().unwrap_or(1440);
    Chart::Spans {
        title: "their runs on the newest day, minutes from midnight UTC".into(),
        from_minute: from,
        until_minute: until,
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn jobs_that_start_at_the_same_time_can_share() {
        let world = world().job("a", 2, 4.0, 7.0).runs(14, 120).job("b", 2, 4.0, 7.0).runs(14, 120);
        let said = check(&ADVISOR, &world.fleet());
        assert!(said.contains("Run a and b on one shared job cluster"), "{said}");
    }

    #[test]
    fn a_number_at_the_end_of_a_name_tells_jobs_of_one_kind_apart() {
        assert_eq!(numbered("mart_3pm_2"), Some("mart_3pm"));
        assert_eq!([numbered("etl"), numbered("etl2"), numbered("3"), numbered("_3")], [None; 4]);
    }

    #[test]
    fn jobs_that_follow_each_other_share_though_the_last_never_meets_the_first() {
        let world = world().job("a", 2, 4.0, 7.0).runs(14, 60).job("b", 2, 4.0, 7.0).at_hour(3).runs(14, 60);
        let said = check(&ADVISOR, &world.job("c", 2, 4.0, 7.0).at_hour(4).runs(14, 60).fleet());
        assert!(said.contains("Run a, b and c on one shared job cluster"), "{said}");
    }

    #[test]
    fn jobs_hours_apart_are_fine() {
        let world = world().job("a", 2, 4.0, 7.0).runs(14, 20).job("b", 2, 4.0, 7.0).at_hour(9).runs(14, 20);
        assert_eq!(check(&ADVISOR, &world.fleet()), "fine: job 1\nfine: job 2");
    }
}
