//! What is known about each job, all-purpose cluster, warehouse, pool and pipeline: facts and pictures, for `show` and the pages about it.

mod pipelines;
mod pools;

use clusteriq_model::{
    Autotermination, Chart, Cluster, ConfigVersion, Cores, Evidence, Fraction, Line, Marker, Minutes, Quantity,
    ResourceSummary, Source, Target, Warehouse, WorkloadClass,
};

use crate::advisor::Context;
use crate::plan;
use crate::profile::{ClusterProfile, DayProfile, JobProfile, RunTrace};

const NODES: Source = Source::SystemTable("system.compute.node_timeline");
const RUNS: Source = Source::SystemTable("system.lakeflow.job_run_timeline");

pub(super) fn resources(cx: &Context<'_>) -> Vec<ResourceSummary> {
    let mut all = vec![];
    for (key, (profile, class)) in &cx.profiles.jobs {
        let target = Target::Job(key.clone());
        let on_shared = || {
            let names: Vec<_> =
                profile.shared.iter().filter_map(|it| cx.fleet.clusters.get(it)).map(|it| it.name.as_str()).collect();
            if names.is_empty() {
                "serverless or unknown compute".into()
            } else {
                format!("all-purpose cluster {}", names.join(", "))
            }
        };
        all.push(ResourceSummary {
            name: plan::name(cx, &target),
            owner: plan::owner(cx, &target),
            compute: profile.compute.as_ref().map_or_else(on_shared, ToString::to_string),
            class: class.class,
            class_because: class.because.clone(),
            facts: job_facts(profile),
            charts: job_charts(profile),
            target,
        });
    }
    for (key, profile) in &cx.profiles.clusters {
        let Some(cluster) = cx.fleet.clusters.get(key) else { continue };
        let target = Target::Cluster(key.clone());
        all.push(ResourceSummary {
            name: cluster.name.clone(),
            owner: cluster.owner.clone(),
            compute: configuration(cluster.config()),
            class: profile.class.class,
            class_because: profile.class.because.clone(),
            facts: cluster_facts(profile),
            charts: cluster_charts(cluster, profile),
            target,
        });
    }
    for it in cx.fleet.warehouses.values() {
        all.push(warehouse(cx, it));
    }
    all.extend(cx.fleet.pools.values().map(|it| pools::summary(cx, it)));
    all.extend(cx.fleet.pipelines.values().map(|it| pipelines::summary(cx, it)));
    all
}

fn configuration(config: &ConfigVersion) -> String {
    let stop = match config.autotermination {
        Autotermination::Never => "no auto-termination".into(),
        Autotermination::After(it) => format!("auto-termination after {it}"),
    };
    format!("{}; {stop}", config.compute)
}

fn fact(name: &str, value: Option<Quantity>, source: Source) -> Option<Evidence> {
    value.map(|it| Evidence::new(name, it, source))
}

fn demand_facts(demand: &DayProfile) -> Vec<Evidence> {
    let share = |it: Option<f64>| it.map(|it| Quantity::Fraction(Fraction(it)));
    let d = demand;
    [
        fact("CPU of the workers, median", share(d.cpu.quantile(0.5)), NODES),
        fact("CPU of the workers, 95th percentile", share(d.cpu.quantile(0.95)), NODES),
        fact("cores used, 95th percentile", d.cores.quantile(0.95).map(|it| Quantity::Cores(Cores(it))), NODES),
        fact("memory of the fullest worker, 95th percentile", share(d.memory.quantile(0.95)), NODES),
        fact("memory of the fullest worker, highest", share(d.memory.quantile(1.0)), NODES),
        fact("waiting for IO, 90th percentile", share(d.wait.quantile(0.9)), NODES),
        fact("CPU of the driver, 95th percentile", share(d.driver.quantile(0.95)), NODES),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn job_facts(profile: &JobProfile) -> Vec<Evidence> {
    let count = |it: usize| Some(Quantity::Count(it as u64));
    let mut facts: Vec<Evidence> = [
        fact("runs in the window", count(profile.started), RUNS),
        fact("runs that failed", count(profile.failed), RUNS),
        fact("run time, median", profile.duration(0.5).map(Quantity::Minutes), RUNS),
        fact("run time, 95th percentile", profile.duration(0.95).map(Quantity::Minutes), RUNS),
        fact("run time, change per 30 days", profile.growth.map(|it| Quantity::Fraction(Fraction(it))), RUNS),
        fact("start-up, share of the run", profile.startup.map(Quantity::Fraction), NODES),
        fact("minutes covered by telemetry", profile.coverage.map(Quantity::Fraction), NODES),
    ]
    .into_iter()
    .flatten()
    .collect();
    facts.extend(demand_facts(&profile.demand));
    facts
}

fn job_charts(profile: &JobProfile) -> Vec<Chart> {
    profile.traces.last().map(run_chart).into_iter().collect()
}

/// A run's cores against its capacity.
#[must_use]
pub(crate) fn run_chart(trace: &RunTrace) -> Chart {
    let line = |label: &str, get: fn(&crate::profile::TraceMinute) -> f64| Line {
        label: label.into(),
        values: trace.minutes.iter().map(|it| Some(get(it))).collect(),
    };
    let most = trace.minutes.iter().map(|it| it.capacity).fold(0.0, f64::max);
    Chart::Series {
        title: format!("cores used by the workers in run {}", trace.run_id),
        start_minute: trace.start,
        step_minutes: 1,
        unit: "cores".into(),
        lines: vec![line("used", |it| it.used)],
        levels: vec![Marker { label: "capacity now".into(), value: most }],
    }
}

fn cluster_facts(profile: &ClusterProfile) -> Vec<Evidence> {
    let up: i64 = profile.up.iter().map(|it| it.minutes()).sum();
    let sessions: i64 = profile.sessions.iter().map(|it| it.minutes()).sum();
    let mut facts = vec![
        Evidence::new("time up", Quantity::Minutes(Minutes(up as f64)), NODES),
        Evidence::new("minutes of interactive use", Quantity::Minutes(Minutes(sessions as f64)), NODES),
        Evidence::new("jobs that ran on it", Quantity::Count(profile.jobs.len() as u64), RUNS),
    ];
    facts.extend(demand_facts(&profile.demand));
    facts
}

fn cluster_charts(cluster: &Cluster, profile: &ClusterProfile) -> Vec<Chart> {
    let hours = (0..168u8).map(|hour| {
        let (cores, minutes) = profile.demand.week.get(&hour)?;
        (*minutes > 0).then(|| *cores as f64 / 1000.0 / *minutes as f64)
    });
    let week =
        Chart::Week { title: "cores used by hour of the week".into(), unit: "cores".into(), hours: hours.collect() };
    std::iter::once(week).chain(use_chart(cluster)).collect()
}

/// CPU by quarter of an hour over the window.
pub(crate) fn use_chart(cluster: &Cluster) -> Option<Chart> {
    const STEP: i64 = 15;
    let (first, last) = (cluster.minutes.first()?.at, cluster.minutes.last()?.at);
    let slots = usize::try_from((last - first) / STEP + 1).ok()?;
    let mut values: Vec<Option<f64>> = vec![None; slots];
    for it in cluster.minutes.iter() {
        let slot = usize::try_from((it.at - first) / STEP).ok()?;
        let cpu = it.cpu().map(|it| it.0 * 100.0);
        values[slot] = match (values[slot], cpu) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }
    Some(Chart::Series {
        title: "CPU, highest minute of each quarter of an hour; gaps: not running".into(),
        start_minute: first,
        step_minutes: STEP as u32,
        unit: "%".into(),
        lines: vec![Line { label: "CPU".into(), values }],
        levels: vec![],
    })
}

fn warehouse(cx: &Context<'_>, it: &Warehouse) -> ResourceSummary {
    let queries = it.queries.as_ref().map(|it| it.len() as u64);
    let profile = cx.profiles.warehouses.get(&it.key);
    let minutes = |spans: &[crate::profile::activity::Span]| {
        Quantity::Minutes(Minutes(spans.iter().map(|it| it.minutes()).sum::<i64>() as f64))
    };
    let events = Source::SystemTable("system.compute.warehouse_events");
    let history = Source::SystemTable("system.query.history");
    let stop = match it.auto_stop {
        None => "auto-stop not known".into(),
        Some(Autotermination::Never) => "no auto-stop".into(),
        Some(Autotermination::After(it)) => format!("auto-stop after {it}"),
    };
    let kind = it.kind.map_or("warehouse of unknown type".into(), |it| format!("{it:?}").to_lowercase());
    let facts = [
        fact("statements", queries.map(Quantity::Count), history),
        fact("time up", profile.map(|it| minutes(&it.up)), events),
        fact("time with a statement", profile.and_then(|it| it.busy.as_ref()).map(|it| minutes(it)), history),
    ];
    ResourceSummary {
        target: Target::Warehouse(it.key.clone()),
        name: it.name.clone(),
        owner: it.owner.clone(),
        compute: format!("{kind}, {}; {stop}", it.size.as_deref().unwrap_or("unknown size")),
        class: WorkloadClass::BiSql,
        class_because: "it is a SQL warehouse".into(),
        facts: facts.into_iter().flatten().collect(),
        charts: vec![],
    }
}
