//! What is known about a pool.

use clusteriq_model::{Fraction, Pool, Quantity, ResourceSummary, Source, Target, WorkloadClass};

use super::fact;
use crate::advisor::Context;

const EVENTS: Source = Source::SystemTable("system.compute.instance_events");

pub(super) fn summary(cx: &Context<'_>, it: &Pool) -> ResourceSummary {
    let profile = cx.profiles.pools.get(&it.key);
    let kept = it.min_idle.map_or("an unknown number of nodes".into(), |it| match it {
        1 => "1 node".to_owned(),
        it => format!("{it} nodes"),
    });
    let facts = [
        fact("idle time of all nodes", profile.map(|it| Quantity::Hours(it.idle_hours())), EVENTS),
        fact(
            "hours in which a node was idle",
            profile.map(|it| Quantity::Fraction(Fraction(it.idle_share(1)))),
            EVENTS,
        ),
        fact("starts of clusters from the pool", profile.map(|it| Quantity::Count(it.starts.len() as u64)), EVENTS),
    ];
    ResourceSummary {
        target: Target::Pool(it.key.clone()),
        name: it.name.clone(),
        owner: None,
        compute: format!("{kept} of {} kept ready", it.node_type.as_deref().unwrap_or("unknown type")),
        class: WorkloadClass::Unknown,
        class_because: "it is a pool: its nodes work in the clusters that take them".into(),
        facts: facts.into_iter().flatten().collect(),
        charts: vec![],
    }
}
