//! How an autoscaling range is used: workers that were there, and workers that were needed, minute by minute.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{Action, Chart, Cluster, Compute, Cores, Gib, NodeType, Size, Target, Usd};

use super::{fit, shape};
use crate::advisor::{Context, Opinion};
use crate::profile::activity::{START_UP_MINUTES, is_active};
use crate::profile::job::{measured_compute, quantile};
use crate::profile::{ClusterProfile, JobProfile};
use crate::scenario::{minute_need, need};
use crate::whatif::{Quote, job_on};

/// Days of use that a judgement of an all-purpose cluster needs.
const LEAST_DAYS: usize = 7;
/// Other sizes that the joint plan may choose from.
pub(super) const MOST_OPTIONS: usize = 5;
/// Minutes of use that it needs.
const LEAST_MINUTES: usize = 300;

/// A job's or an all-purpose cluster's range and its use.
pub(super) struct Range<'a> {
    pub(super) target: Target,
    pub(super) name: &'a str,
    pub(super) production: bool,
    /// `None`: an all-purpose cluster.
    pub(super) job: Option<&'a JobProfile>,
    pub(super) compute: Compute,
    pub(super) used: Use,
    pub(super) confidence: String,
}

/// What a range's minutes of work tell.
pub(super) struct Use {
    pub(super) min: u32,
    pub(super) max: u32,
    /// Workers needed in each minute of work, ascending.
    needs: Vec<f64>,
    /// Share of the workers' CPU in each minute of work, ascending.
    cpu: Vec<f64>,
    at_min: usize,
    at_max: usize,
    /// Minutes of work by number of workers.
    counts: BTreeMap<u32, usize>,
}

/// A minute of work.
#[derive(Clone, Copy)]
struct Work {
    workers: f64,
    capacity: f64,
    used: f64,
    need: f64,
}

/// Every range there is: judged, or why it cannot be. What does not autoscale is left out.
pub(super) fn all<'a>(cx: &Context<'a>, judge: impl Fn(&Range<'a>) -> Opinion) -> Vec<Opinion> {
    let jobs = shape::jobs(cx).filter_map(|(key, job, profile)| {
        let compute = profile.compute.as_ref()?;
        let (min, max) = bounds(compute)?;
        if let Some(why) = shape::unsizable(job, profile).or_else(|| shape::grows(profile)) {
            return Some(Err(shape::abstain(key, why)));
        }
        let Some(worker) = worker(cx, compute) else {
            return Some(Err(shape::abstain(key, "the size of its node types is not known")));
        };
        let work = profile.traces.iter().flat_map(|it| it.work());
        let work = work.filter(|it| it.workers > 0.0).map(|it| Work {
            workers: it.workers,
            capacity: it.capacity,
            used: it.used,
            need: need(it.workers, Cores(it.used), Gib(it.memory), worker),
        });
        let range = Range {
            target: Target::Job(key.clone()),
            name: &job.name,
            production: cx.is_production(&job.tags),
            job: Some(profile),
            compute: compute.clone(),
            used: Use::of((min, max), &work.collect::<Vec<_>>()),
            confidence: profile.confidence(),
        };
        Some(Ok(range))
    });
    let clusters = shape::shared_clusters(cx).filter_map(|(target, cluster, profile)| {
        let compute = measured_compute(cx.fleet, cluster);
        let (min, max) = bounds(&compute)?;
        let Some(worker) = worker(cx, &compute) else {
            return Some(Err(Opinion::Abstain(target, "the size of its node types is not known".into())));
        };
        let (work, days) = work_of(cluster, profile, worker);
        if days < LEAST_DAYS || work.len() < LEAST_MINUTES {
            let why = format!(
                "it was used in {} minutes of {days} days with its present range; {LEAST_MINUTES} minutes of {LEAST_DAYS} days are needed",
                work.len()
            );
            return Some(Err(Opinion::Abstain(target, why)));
        }
        let range = Range {
            target,
            name: &cluster.name,
            production: cx.is_production(&cluster.tags),
            job: None,
            compute,
            used: Use::of((min, max), &work),
            confidence: format!("{} hours of use on {days} days", work.len() / 60),
        };
        Some(Ok(range))
    });
    jobs.chain(clusters).map(|it| it.map_or_else(|opinion| opinion, |range| judge(&range))).collect()
}

fn bounds(compute: &Compute) -> Option<(u32, u32)> {
    let Size::Autoscale { min, max } = compute.size? else { return None };
    (min < max).then_some((min, max))
}

fn worker<'a>(cx: &Context<'a>, compute: &Compute) -> Option<&'a NodeType> {
    cx.fleet.catalog.node_types.get(compute.worker_type.as_ref()?)
}

/// Minutes of use since the present configuration holds, without start-up, and their days.
fn work_of(cluster: &Cluster, profile: &ClusterProfile, worker: &NodeType) -> (Vec<Work>, usize) {
    let since = cluster.config().since.as_second().div_euclid(60);
    let starting = |at: i64| {
        let index = profile.up.partition_point(|it| it.until <= at);
        profile.up.get(index).is_some_and(|it| it.from <= at && at < it.from + START_UP_MINUTES)
    };
    let used = cluster.minutes.iter().filter(|it| it.at >= since && is_active(it) && !starting(it.at));
    let mut days = BTreeSet::new();
    let work = used.filter_map(|it| {
        days.insert(it.at.div_euclid(1440));
        Some(Work {
            workers: f64::from(it.workers),
            capacity: it.capacity()?.0,
            used: it.used()?.0,
            need: minute_need(&it, worker)?,
        })
    });
    (work.collect(), days.len())
}

impl Use {
    fn of((min, max): (u32, u32), work: &[Work]) -> Self {
        let ascending = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values
        };
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for it in work {
            *counts.entry(it.workers as u32).or_default() += 1;
        }
        Self {
            min,
            max,
            needs: ascending(work.iter().map(|it| it.need).collect()),
            cpu: ascending(work.iter().filter(|it| it.capacity > 0.0).map(|it| it.used / it.capacity).collect()),
            at_min: counts.range(..=min).map(|it| it.1).sum(),
            at_max: counts.range(max..).map(|it| it.1).sum(),
            counts,
        }
    }

    /// Share of minutes of work at the minimum.
    pub(super) fn at_minimum(&self) -> f64 {
        self.at_min as f64 / self.needs.len().max(1) as f64
    }

    /// Share of minutes of work at the maximum.
    pub(super) fn at_maximum(&self) -> f64 {
        self.at_max as f64 / self.needs.len().max(1) as f64
    }

    /// Quantile of the workers that were needed.
    pub(super) fn needed(&self, share: f64) -> f64 {
        quantile(&self.needs, share).unwrap_or(0.0)
    }

    /// Quantile of the share of CPU.
    pub(super) fn cpu(&self, share: f64) -> f64 {
        quantile(&self.cpu, share).unwrap_or(0.0)
    }

    /// Share of minutes of work that need more than so many workers.
    pub(super) fn exceeds(&self, workers: u32) -> f64 {
        let within = self.needs.partition_point(|it| *it <= f64::from(workers));
        (self.needs.len() - within) as f64 / self.needs.len().max(1) as f64
    }

    /// Minutes of work by number of workers, as a picture.
    pub(super) fn chart(&self) -> Chart {
        let bars = self.counts.iter().map(|(workers, it)| (format!("{workers} workers"), *it as f64));
        Chart::Bars { title: "minutes of work by number of workers".into(), unit: "min".into(), bars: bars.collect() }
    }
}

impl Range<'_> {
    /// The size it has.
    pub(super) fn size(&self) -> Size {
        Size::Autoscale { min: self.used.min, max: self.used.max }
    }

    /// The change to another size.
    pub(super) fn action(&self, to: Size) -> Action {
        Action::SetWorkers { from: self.size(), to }
    }

    /// What a job would do at another size, if every run of it bears that; for a cluster there is nothing to replay.
    pub(super) fn quote(&self, cx: &Context<'_>, to: Size) -> Option<Quote> {
        let profile = self.job?;
        let compute = Compute { size: Some(to), ..self.compute.clone() };
        let quote = job_on(cx.fleet, profile, &compute)?;
        let held =
            shape::tolerable(cx, &quote) && fit::worst(cx, profile, &compute).is_some_and(|it| fit::bearable(cx, &it));
        held.then_some(quote)
    }

    /// Likely monthly saving of a size.
    pub(super) fn saving(&self, cx: &Context<'_>, to: Size) -> Usd {
        cx.saving(&self.target, &self.action(to)).unwrap_or(Usd(0.0))
    }
}
