//! # Runtime end of support
//!
//! ## What it finds
//! Jobs and all-purpose clusters on a Databricks runtime whose support has ended, or ends within 90 days of the newest data.
//! A version without long-term support has ended when a version after it has been out for seven months.
//!
//! ## What it costs
//! Nothing by itself: no more mending of faults and holes, and a forced move one day. What runs on it is shown as money at
//! stake.
//!
//! ## When it is silent
//! Clusters without cost in the window, pipelines, serverless and warehouses, whose runtime Databricks chooses. Images of
//! one's own and versions that it does not know cannot be judged.
//!
//! ## Risk
//! Spark changes with the runtime; more if its major version does.
//!
//! ## Sources
//! `system.compute.clusters` (`dbr_version`), REST `jobs/list`, `catalog/runtimes.csv`;
//! docs.databricks.com/aws/en/release-notes/runtime (read 2026-11): long-term support is for three years, other versions are
//! supported for six months.

use clusteriq_model::{
    Action, AdvisorId, ClusterKey, Evidence, Fleet, Job, Minutes, Quantity, RiskDimension, Source, Target, Usd,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::shape::{self, CLUSTERS};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::catalog::{Runtime, runtimes};
use crate::risk;
use crate::whatif::per_month;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("runtime-end-of-support"),
    detection: "D53",
    title: "Leave runtimes without support",
    source: include_str!("runtime_end_of_support.rs"),
    advise,
};

/// Days of support below which it is time.
const SOON: i64 = 90;
/// Days of support that a target has at least.
const LONG: i64 = 365;

/// Six months, and one for what the calendar leaves open.
fn short_support() -> Span {
    7.months()
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let today = cx.fleet.window.until.to_zoned(TimeZone::UTC).date();
    let known = runtimes();
    let jobs = shape::jobs(cx).filter(|it| it.2.compute.is_some()).map(|(key, job, profile)| {
        let usd = cx.fleet.bill.jobs.get(key).map_or(Usd(0.0), |it| it.estimate());
        let newest = newest_runtimes(cx.fleet, job);
        let production = cx.is_production(&job.tags);
        judge(cx, Target::Job(key.clone()), &job.name, newest, usd, production, profile.confidence(), today, &known)
    });
    let clusters = shape::shared_clusters(cx).map(|(target, cluster, profile)| {
        let usd = cx.fleet.bill.clusters.get(&cluster.key).map_or(Usd(0.0), |it| it.usd.estimate());
        let runtime = cluster.config().runtime.clone().into_iter().collect();
        let up: i64 = profile.up.iter().map(|it| it.minutes()).sum();
        let confidence = format!("up for {}", Minutes(up as f64));
        let production = cx.is_production(&cluster.tags);
        judge(cx, target, &cluster.name, runtime, usd, production, confidence, today, &known)
    });
    jobs.chain(clusters).collect()
}

/// The runtimes of a job's clusters now: of its settings if they are known, else of its newest run.
fn newest_runtimes(fleet: &Fleet, job: &Job) -> Vec<String> {
    let set: Vec<String> = job.job_clusters.values().filter_map(|it| it.runtime.clone()).collect();
    if !set.is_empty() {
        return set;
    }
    let of_run = |ids: &[String]| -> Vec<String> {
        let keys = ids.iter().map(|id| ClusterKey { workspace: job.key.workspace.clone(), id: id.clone() });
        let own = keys.filter_map(|key| fleet.clusters.get(&key)).filter(|it| it.run.is_some());
        own.filter_map(|it| it.config().runtime.clone()).collect()
    };
    job.runs.iter().rev().map(|it| of_run(&it.compute_ids)).find(|it| !it.is_empty()).unwrap_or_default()
}

/// A version's number, to compare it with others.
type Number = (u32, u32);

/// `16.4` of `16.4.x-scala2.12`, `18` of `18.x-photon-scala2.13`.
fn version(runtime: &str) -> Option<&str> {
    let part = runtime.split(".x").next()?;
    number(part).map(|_| part)
}

fn number(version: &str) -> Option<Number> {
    match version.split_once('.') {
        Some((major, minor)) => Some((major.parse().ok()?, minor.parse().ok()?)),
        // `18` is the version with long-term support that follows 18.0 and the other numbered ones.
        None => Some((version.parse().ok()?, u32::MAX)),
    }
}

/// How long a version is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Support {
    /// No longer; the day, if it is known.
    Ended(Option<Date>),
    /// Until that day.
    Until(Date),
    /// Longer than what is known.
    Going,
}

/// `None`: the version is not known.
fn support(version: &str, today: Date, known: &[Runtime]) -> Option<Support> {
    let this = number(version)?;
    let numbered = || known.iter().filter_map(|it| Some((number(&it.version)?, it)));
    let row = known.iter().find(|it| it.version == version);
    if let Some(ends) = row.and_then(|it| it.ends) {
        return Some(if ends <= today { Support::Ended(Some(ends)) } else { Support::Until(ends) });
    }
    let ended_after =
        numbered().any(|(number, it)| number > this && it.long_term && it.ends.is_some_and(|it| it <= today));
    if ended_after {
        return Some(Support::Ended(None));
    }
    row?;
    let superseded = numbered().any(|(number, it)| {
        number > this && it.released.and_then(|it| it.checked_add(short_support()).ok()).is_some_and(|it| it <= today)
    });
    let long_term = row.is_some_and(|it| it.long_term);
    Some(if superseded && !long_term { Support::Ended(None) } else { Support::Going })
}

#[allow(clippy::too_many_arguments, reason = "jobs and clusters are judged alike, and each is one fact about them")]
fn judge(
    cx: &Context<'_>,
    target: Target,
    name: &str,
    runtimes: Vec<String>,
    usd: Usd,
    production: impl Into<Option<bool>>,
    confidence: String,
    today: Date,
    known: &[Runtime],
) -> Opinion {
    if usd <= Usd(0.0) {
        return Opinion::Fine(target);
    }
    let Some(custom) = runtimes.first() else {
        return Opinion::Abstain(target, "its runtime is not in the data".into());
    };
    let judged = runtimes.iter().filter_map(|it| Some((support(version(it)?, today, known)?, it)));
    let Some((support, runtime)) = judged.min_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(b.1))) else {
        return Opinion::Abstain(target, format!("how long its runtime is supported is not known: {custom}"));
    };
    let soon = today.checked_add(SOON.days()).unwrap_or(today);
    let (why, until) = match support {
        Support::Ended(Some(day)) => (format!("Its support ended on {day}"), format!("ended on {day}")),
        Support::Ended(None) => ("Its support has ended: newer versions replaced it".into(), "ended".into()),
        Support::Until(day) if day <= soon => (format!("Its support ends on {day}"), format!("ends on {day}")),
        Support::Until(_) | Support::Going => return Opinion::Fine(target),
    };
    let Some(to) = newest_long_term(today, known) else { return Opinion::Fine(target) };
    let major = |it: &str| version(it).and_then(number).map(|it| it.0);
    let jump = major(runtime) != number(&to.version).map(|it| it.0);
    let mut parts = vec![risk::part(
        RiskDimension::Coupling,
        1 + u8::from(jump),
        format!("the move from {runtime} to {} changes Spark and its libraries", to.version),
    )];
    if production.into() == Some(true) {
        parts.push(risk::production());
    }
    let at_stake = usd * per_month(cx.fleet);
    Opinion::Propose(Box::new(Proposal {
        target,
        action: Action::UpgradeRuntime { from: runtime.clone(), to: to.version.clone() },
        title: format!("Move {name} from runtime {} to {} LTS", version(runtime).unwrap_or(runtime), to.version),
        why: format!("{why}, and {at_stake} a month run on it without fixes for faults and security."),
        risk: risk::risk(parts),
        runtime: None,
        evidence: vec![
            Evidence::new("runtime", Quantity::Text(runtime.clone()), CLUSTERS),
            Evidence::new("its support", Quantity::Text(until), Source::Catalog),
            Evidence::new("billed in the window", Quantity::Usd(usd), shape::USAGE),
        ],
        alternatives: vec![],
        confidence,
        rollback: format!("set the runtime back to {runtime}"),
        verify: "its next five runs succeed and take as long as before".into(),
        options: vec![],
        at_stake: Some(at_stake),
        gain: Gain::Other,
    }))
}

/// The newest version with long-term support for at least a year more.
fn newest_long_term(today: Date, known: &[Runtime]) -> Option<&Runtime> {
    let enough = today.checked_add(LONG.days()).ok()?;
    known
        .iter()
        .filter(|it| it.long_term && it.released.is_some_and(|it| it <= today) && it.ends >= Some(enough))
        .max_by_key(|it| number(&it.version))
}

#[cfg(test)]
mod tests {
    use clusteriq_model::Fleet;

    use super::*;
    use crate::testing::{check, world};

    /// The data ends on 2026-09-15.
    fn on(runtime: &str) -> Fleet {
        let mut fleet = world().job("etl", 4, 4.0, 12.0).runs(14, 60).fleet();
        for it in fleet.clusters.values_mut().flat_map(|it| &mut it.configs) {
            it.runtime = Some(runtime.into());
        }
        fleet
    }

    #[test]
    fn a_runtime_whose_support_ended_last_month_is_to_be_left() {
        let said = check(&ADVISOR, &on("13.3.x-scala2.12"));
        assert!(said.starts_with("Move etl from runtime 13.3 to 18 LTS. Its support ended on 2026-08-22"), "{said}");
    }

    #[test]
    fn versions_between_two_with_long_term_support_end_when_they_are_replaced() {
        for old in ["16.2.x-scala2.12", "15.1.x-photon-scala2.12", "13.0.x-scala2.12", "6.4.x-scala2.11"] {
            let said = check(&ADVISOR, &on(old));
            assert!(said.contains("newer versions replaced it"), "{old}: {said}");
        }
    }

    #[test]
    fn what_is_supported_for_longer_or_is_newer_than_the_catalogue_dates_is_fine() {
        for new in
            ["16.4.x-scala2.12", "15.4.x-cpu-ml-scala2.12", "14.3.x-scala2.12", "18.2.x-scala2.13", "18.x-scala2.13"]
        {
            assert_eq!(check(&ADVISOR, &on(new)), "fine: job 1", "{new}");
        }
    }

    #[test]
    fn an_image_of_ones_own_cannot_be_judged() {
        assert_eq!(
            check(&ADVISOR, &on("custom:ours")),
            "abstains on job 1: how long its runtime is supported is not known: custom:ours"
        );
    }
}
