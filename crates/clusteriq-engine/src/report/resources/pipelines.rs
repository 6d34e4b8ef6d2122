//! What is known about a pipeline.

use clusteriq_model::{Fraction, Minutes, Pipeline, Quantity, ResourceSummary, Source, Target, WorkloadClass};

use super::{NODES, fact, use_chart};
use crate::advisor::Context;
use crate::profile::job::quantile;
use crate::profile::pipeline::update_clusters;

const UPDATES: Source = Source::SystemTable("system.lakeflow.pipeline_update_timeline");

pub(super) fn summary(cx: &Context<'_>, it: &Pipeline) -> ResourceSummary {
    let profile = cx.profiles.pipelines.get(&it.key);
    let seen = profile.filter(|it| !it.up.is_empty());
    let updates = profile.map_or(0, |it| it.updates.len());
    let mut lengths: Vec<i64> = profile.into_iter().flat_map(|it| &it.updates).map(|it| it.minutes()).collect();
    lengths.sort_unstable();
    let length = quantile(&lengths, 0.5).map(|it| Quantity::Minutes(Minutes(it as f64)));
    let facts = [
        fact("updates in the window", Some(Quantity::Count(updates as u64)), UPDATES),
        fact("length of an update, median", length, UPDATES),
        fact("time up", seen.map(|it| Quantity::Minutes(Minutes(it.up_minutes()))), NODES),
        fact("minutes in which its cluster works", seen.map(|it| Quantity::Fraction(Fraction(it.busy_share()))), NODES),
    ];
    let mode = match it.continuous {
        Some(true) => "continuous",
        Some(false) => "triggered",
        None => "mode not known",
    };
    let development = if it.development == Some(true) { ", development" } else { "" };
    let cluster = update_clusters(cx.fleet, it).max_by_key(|it| it.minutes.len());
    let compute = match (it.serverless, cluster) {
        (Some(true), _) => "serverless".into(),
        (Some(false) | None, Some(cluster)) => cluster.config().compute.to_string(),
        (Some(false) | None, None) => "unknown compute".into(),
    };
    ResourceSummary {
        target: Target::Pipeline(it.key.clone()),
        name: it.name.clone(),
        owner: it.run_as.clone(),
        compute: format!("{compute}; {mode}{development}"),
        class: WorkloadClass::Unknown,
        class_because: "it is a pipeline; its class is not told".into(),
        facts: facts.into_iter().flatten().collect(),
        charts: cluster.and_then(use_chart).into_iter().collect(),
    }
}
