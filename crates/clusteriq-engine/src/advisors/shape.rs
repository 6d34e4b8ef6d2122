//! What several advisors say in the same way.

use clusteriq_model::{
    Alternative, Cluster, ClusterKey, Cores, Evidence, Fraction, Hours, Interval, Job, JobKey, Minutes, Quantity,
    Runtime, Source, Target, Usd,
};

use crate::advisor::{Context, Opinion};
use crate::profile::class::thin;
use crate::profile::{ClusterProfile, JobProfile};
use crate::whatif::{Cost, Quote};

pub(super) const NODES: Source = Source::SystemTable("system.compute.node_timeline");
pub(super) const CLUSTERS: Source = Source::SystemTable("system.compute.clusters");
pub(super) const RUNS: Source = Source::SystemTable("system.lakeflow.job_run_timeline");
pub(super) const USAGE: Source = Source::SystemTable("system.billing.usage");

/// A share as evidence.
pub(super) fn share(fact: &str, it: Option<f64>, source: Source) -> Option<Evidence> {
    it.map(|it| Evidence::new(fact, Quantity::Fraction(Fraction(it)), source))
}

/// Cores as evidence.
pub(super) fn cores(fact: &str, it: Option<f64>, source: Source) -> Option<Evidence> {
    it.map(|it| Evidence::new(fact, Quantity::Cores(Cores(it)), source))
}

/// Hours as evidence, from minutes.
pub(super) fn hours(fact: &str, minutes: f64, source: Source) -> Evidence {
    Evidence::new(fact, Quantity::Hours(Hours(minutes / 60.0)), source)
}

/// Jobs with runs that still exist.
pub(super) fn jobs<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a JobKey, &'a Job, &'a JobProfile)> {
    let fleet = cx.fleet;
    cx.profiles.jobs.iter().filter_map(move |(key, (profile, _))| {
        let job = fleet.jobs.get(key)?;
        job.deleted.is_none().then_some((key, job, profile))
    })
}

/// The cluster of a job's own that its newest run had.
pub(super) fn newest_cluster<'a>(cx: &Context<'a>, key: &JobKey) -> Option<&'a Cluster> {
    let job = cx.fleet.jobs.get(key)?;
    job.runs.iter().rev().flat_map(|run| &run.compute_ids).find_map(|id| {
        let cluster = ClusterKey { workspace: key.workspace.clone(), id: id.clone() };
        cx.fleet.clusters.get(&cluster).filter(|it| it.run.is_some())
    })
}

/// All-purpose clusters that still exist.
pub(super) fn shared_clusters<'a>(cx: &Context<'a>) -> impl Iterator<Item = (Target, &'a Cluster, &'a ClusterProfile)> {
    let fleet = cx.fleet;
    cx.profiles.clusters.iter().filter_map(move |(key, profile)| {
        let cluster = fleet.clusters.get(key)?;
        cluster.deleted.is_none().then(|| (Target::Cluster(key.clone()), cluster, profile))
    })
}

/// What to say of the use of a cluster that has no telemetry: it was not used, if there is a bill and it is not on it.
pub(super) fn without_telemetry(cx: &Context<'_>, target: Target, cluster: &Cluster) -> Opinion {
    if cx.fleet.bill.records == 0 {
        return Opinion::Abstain(
            target,
            "neither telemetry nor the bill is in the data, so its use is not known".into(),
        );
    }
    if cx.fleet.bill.clusters.contains_key(&cluster.key) {
        return Opinion::Abstain(target, "it was billed but has no telemetry".into());
    }
    Opinion::Fine(target)
}

/// Why money of something cannot be judged where there is no bill at all.
pub(super) const NO_BILL: &str = "system.billing.usage is not in the data, so what it costs is not known";

/// Why a job's own cluster cannot be sized, if it cannot.
pub(super) fn unsizable(job: &Job, profile: &JobProfile) -> Option<String> {
    if job.trigger == clusteriq_model::Trigger::Continuous {
        return Some("it runs without pause: its size follows its backlog, which is not in the data".into());
    }
    if profile.several_clusters {
        return Some("its runs use several clusters at once; its demand cannot be told apart".into());
    }
    thin(profile)
}

/// Growth in 30 days beyond which a smaller cluster is soon wrong.
const GROWING: f64 = 0.20;
/// Score of Kendall's test from which growth is taken to be there: chance explains it in one case of two hundred.
const SURE: f64 = 2.6;
/// Runs that a trend needs.
const TREND_RUNS: usize = 10;

/// Whether the runs need more and more, so that the past does not bound the future.
pub(super) fn grows(profile: &JobProfile) -> Option<String> {
    if profile.durations.len() < TREND_RUNS {
        return None;
    }
    let it = profile.trends;
    let parts = [
        ("its runs get", "longer", it.duration),
        ("its runs do", "more work", it.work),
        ("its runs take", "more memory", it.memory),
    ];
    parts.into_iter().find_map(|(who, what, trend)| {
        let trend = trend.filter(|it| it.per_month > GROWING && it.score >= SURE)?;
        let percent = trend.per_month * 100.0;
        Some(format!("{who} {percent:.0} % {what} in 30 days, so a smaller cluster may soon be too small"))
    })
}

/// The worst run's memory and the runtime stay within what the settings allow.
pub(super) fn tolerable(cx: &Context<'_>, quote: &Quote) -> bool {
    quote.within(cx.settings.memory_limit)
        && quote.stretch.likely <= cx.settings.tolerated_slowdown
        && quote.stretch.high <= cx.settings.tolerated_slowdown + 0.15
}

/// The runtime line of a recommendation.
pub(super) fn runtime(profile: &JobProfile, quote: &Quote) -> Option<Runtime> {
    Some(Runtime { now: profile.duration(0.5)?, then: quote.runtime })
}

/// Another configuration that was weighed.
pub(super) fn alternative(
    label: &str,
    compute: String,
    before: &Cost,
    quote: &Quote,
    risk: u8,
    verdict: String,
) -> Alternative {
    Alternative {
        label: label.into(),
        compute,
        savings: crate::plan::savings(before, &quote.cost).map(|it| it.total),
        runtime: Some(quote.runtime),
        risk: Some(risk),
        verdict,
    }
}

/// Why a configuration was not chosen.
pub(super) fn verdict(cx: &Context<'_>, quote: &Quote) -> String {
    if !quote.within(cx.settings.memory_limit) {
        return format!(
            "memory would reach {:.0} % of a node; the limit is {:.0} %",
            quote.peak_memory * 100.0,
            cx.settings.memory_limit * 100.0
        );
    }
    if !tolerable(cx, quote) {
        return format!(
            "runs would take {:.0}–{:.0} % longer",
            (quote.stretch.likely - 1.0) * 100.0,
            (quote.stretch.high - 1.0) * 100.0
        );
    }
    "it saves less".into()
}

/// A month's money per hour of uptime.
pub(super) fn per_hour(cost: &Cost, up_minutes: f64, month: f64) -> Option<Usd> {
    let hours = up_minutes / 60.0 * month;
    cost.total().filter(|_| hours > 0.0).map(|it| it.likely / hours)
}

/// Newest runs' ids.
pub(super) fn run_ids(profile: &JobProfile) -> Vec<String> {
    profile.traces.iter().rev().take(10).map(|it| it.run_id.clone()).collect()
}

/// `Fine` for a job.
pub(super) fn fine(key: &JobKey) -> Opinion {
    Opinion::Fine(Target::Job(key.clone()))
}

/// `Abstain` for a job.
pub(super) fn abstain(key: &JobKey, why: impl Into<String>) -> Opinion {
    Opinion::Abstain(Target::Job(key.clone()), why.into())
}

/// Minutes as an interval that is known.
pub(super) fn minutes(it: f64) -> Minutes {
    Minutes(it)
}

/// Sum of an interval's likely saving for sorting.
pub(super) fn likely(cost: &Cost) -> f64 {
    cost.total().map_or(f64::INFINITY, |it: Interval<Usd>| it.likely.0)
}

#[cfg(test)]
mod tests {
    use clusteriq_model::{Bill, Demand};

    use crate::advisors::{idle_cluster, late_auto_stop, missing_autotermination, off_hours, oversized_warehouse};
    use crate::testing::{check, world};

    #[test]
    fn what_nothing_tells_the_use_of_is_not_found_fine() {
        let world = world().shared("dev-lab", None, &[(0, 9, 11), (1, 9, 11)]).warehouse("bi", None);
        let mut fleet = world.fleet();
        fleet.bill = Bill::default();
        for it in fleet.clusters.values_mut() {
            it.minutes = Demand::default();
        }
        for advisor in [
            &idle_cluster::ADVISOR,
            &missing_autotermination::ADVISOR,
            &off_hours::ADVISOR,
            &late_auto_stop::ADVISOR,
            &oversized_warehouse::ADVISOR,
        ] {
            let said = check(advisor, &fleet);
            assert!(said.contains("in the data, so ") && !said.contains("fine: "), "{:?}: {said}", advisor.id);
        }
    }
}
