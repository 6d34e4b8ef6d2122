//! Answers "what if" about one job, cluster or warehouse, with the same scenario that the advisors and the plan use.

use clusteriq_model::{
    Action, Alternative, Autotermination, Compute, Fraction, JobKey, Minutes, Plane, Purchase, RiskDimension, Runtime,
    Size, Target, WhatIf,
};

use crate::advisor::Context;
use crate::plan;
use crate::profile::JobProfile;
use crate::replay::{Machine, own_error};
use crate::risk;
use crate::whatif::{Quote, job_on};

/// What somebody wants changed; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Number of workers or autoscaling range; `Fixed(0)` is a single node.
    pub size: Option<Size>,
    /// Node type of the workers.
    pub node_type: Option<String>,
    /// Node type of the driver.
    pub driver_type: Option<String>,
    /// How nodes are bought.
    pub purchase: Option<Purchase>,
    /// Photon.
    pub photon: Option<bool>,
    /// A cluster of its own at the job rate, for a job on an all-purpose cluster.
    pub job_cluster: bool,
    /// Auto-termination of a cluster, or auto-stop of a warehouse.
    pub stop_after: Option<Minutes>,
}

/// The answer, or why there is none.
///
/// # Errors
/// A sentence that names what is missing or does not fit.
pub fn ask(cx: &Context<'_>, target: &Target, change: &Change) -> Result<WhatIf, String> {
    match target {
        Target::Job(key) => ask_job(cx, key, change),
        Target::Cluster(key) => {
            let cluster = cx.fleet.clusters.get(key).ok_or("no such cluster")?;
            let to = stop_only(change, "a cluster's `--stop-after`; sizes are asked about jobs")?;
            let from = limit(cluster.config().autotermination);
            let action = |to| Action::SetAutotermination { from, to };
            ask_limit(cx, target, from, to, &action)
        }
        Target::Warehouse(key) => {
            let warehouse = cx.fleet.warehouses.get(key).ok_or("no such warehouse")?;
            let to = stop_only(change, "a warehouse's `--stop-after`")?;
            let from = warehouse.auto_stop.and_then(limit);
            ask_limit(cx, target, from, to, &|to| Action::SetAutoStop { from, to })
        }
        Target::Pool(_) | Target::Pipeline(_) => {
            Err("only jobs, clusters and warehouses can be asked about so far".into())
        }
        Target::Workspace(_) => Err("a workspace has no configuration to change".into()),
    }
}

fn limit(it: Autotermination) -> Option<Minutes> {
    match it {
        Autotermination::Never => None,
        Autotermination::After(it) => Some(it),
    }
}

fn stop_only(change: &Change, what: &str) -> Result<Minutes, String> {
    let rest = Change { stop_after: None, ..change.clone() };
    match change.stop_after {
        Some(it) if rest == Change::default() => Ok(it),
        _ => Err(format!("only {what} can be asked about")),
    }
}

fn ask_limit(
    cx: &Context<'_>,
    target: &Target,
    from: Option<Minutes>,
    to: Minutes,
    action: &dyn Fn(Minutes) -> Action,
) -> Result<WhatIf, String> {
    let words = |it: Option<Minutes>| it.map_or("never stops by itself".into(), |it| format!("stops after {it}"));
    if from.is_some_and(|it| it < to) {
        return Err(format!("it {} already; a longer limit cannot be replayed", words(from)));
    }
    let touched = cx.today.touched(target, &action(to));
    let unknown = "its uptime, use or price is not known";
    let before = cx.today.cost(&touched).ok_or(unknown)?;
    let after = |to| cx.today.with(target, &action(to)).cost(&touched);
    let then = after(to).ok_or(unknown)?;
    let curve = [10.0, 20.0, 30.0, 60.0, 120.0].map(Minutes).into_iter().filter(|it| from.is_none_or(|now| *it < now));
    let curve = curve.filter_map(|it| {
        let cost = after(it)?;
        Some(Alternative {
            label: it.to_string(),
            compute: words(Some(it)),
            savings: plan::savings(&before, &cost).map(|it| it.total),
            runtime: None,
            risk: None,
            verdict: String::new(),
        })
    });
    Ok(WhatIf {
        target: target.clone(),
        name: plan::name(cx, target),
        now: words(from),
        then: words(Some(to)),
        cost_now: before.total(),
        cost_then: then.total(),
        savings: plan::savings(&before, &then),
        runtime: None,
        risk: risk::risk(vec![wait(cx, target)]),
        replay_error: None,
        confidence: format!("{:.0} days of uptime and use", cx.fleet.window.days()),
        curve: curve.collect(),
        window: cx.fleet.window,
    })
}

/// Who comes back later waits; on a serverless warehouse for seconds.
fn wait(cx: &Context<'_>, target: &Target) -> clusteriq_model::RiskPart {
    let serverless = match target {
        Target::Warehouse(it) => {
            cx.fleet.warehouses.get(it).is_some_and(|it| it.kind == Some(clusteriq_model::WarehouseType::Serverless))
        }
        Target::Job(_) | Target::Cluster(_) | Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => false,
    };
    if serverless {
        return risk::part(RiskDimension::People, 0, "the first statement after a pause waits 4–6 seconds");
    }
    risk::part(RiskDimension::People, 1, "people who come back later wait for a restart, about 5 minutes")
}

fn ask_job(cx: &Context<'_>, key: &JobKey, change: &Change) -> Result<WhatIf, String> {
    if change.stop_after.is_some() {
        return Err("a job's cluster stops with its run; `--stop-after` is for clusters and warehouses".into());
    }
    let target = Target::Job(key.clone());
    let job = cx.fleet.jobs.get(key).ok_or("no such job")?;
    let (profile, _) = cx.profiles.jobs.get(key).ok_or("the job has no run in the window")?;
    if profile.compute.is_none() {
        return ask_shared_job(cx, key, profile, change);
    }
    let now = profile.compute.as_ref().ok_or("the job has no cluster of its own")?;
    let then = applied(now, change);
    check_types(cx, &then)?;
    let nothing = "its runs have no telemetry on their present configuration";
    let before = job_on(cx.fleet, profile, now).ok_or(nothing)?;
    let after = job_on(cx.fleet, profile, &then).ok_or(nothing)?;
    let most = now.size.map_or(1, Size::most).max(then.size.map_or(1, Size::most));
    let curve = (0..=most + 2).filter_map(|workers| {
        let compute = Compute { size: Some(Size::Fixed(workers)), ..then.clone() };
        let quote = job_on(cx.fleet, profile, &compute)?;
        Some(point(&before, &quote, workers))
    });
    let mut parts = risk::of_quote(&after);
    if cx.is_production(&job.tags) {
        parts.push(risk::production());
    }
    Ok(WhatIf {
        name: job.name.clone(),
        now: now.to_string(),
        then: then.to_string(),
        cost_now: before.cost.total(),
        cost_then: after.cost.total(),
        savings: plan::savings(&before.cost, &after.cost),
        runtime: profile.duration(0.5).map(|it| Runtime { now: it, then: after.runtime }),
        risk: risk::risk(parts),
        replay_error: Machine::of(&cx.fleet.catalog, now, now, &profile.response)
            .and_then(|it| own_error(&profile.traces, &it))
            .map(Fraction),
        confidence: profile.confidence(),
        curve: curve.collect(),
        window: cx.fleet.window,
        target,
    })
}

fn point(before: &Quote, quote: &Quote, workers: u32) -> Alternative {
    Alternative {
        label: Size::Fixed(workers).to_string(),
        compute: Size::Fixed(workers).to_string(),
        savings: plan::savings(&before.cost, &quote.cost).map(|it| it.total),
        runtime: Some(quote.runtime),
        risk: Some(risk::risk(risk::of_quote(quote)).score),
        verdict: format!("memory peaks at {:.0} %", quote.peak_memory * 100.0),
    }
}

/// A job on an all-purpose cluster can be asked about on a cluster of its own.
fn ask_shared_job(cx: &Context<'_>, key: &JobKey, profile: &JobProfile, change: &Change) -> Result<WhatIf, String> {
    let target = Target::Job(key.clone());
    let shared = profile.shared.iter().next().and_then(|it| cx.fleet.clusters.get(it));
    let cluster =
        shared.ok_or("its runs used no cluster that is in the data (serverless compute has no node types)")?;
    if !change.job_cluster {
        return Err(format!(
            "it runs on the all-purpose cluster {}; add `--job-cluster` to ask about a cluster of its own",
            cluster.name
        ));
    }
    let from = crate::profile::job::measured_compute(cx.fleet, cluster);
    let then = Compute { plane: Plane::Jobs, ..applied(&from, change) };
    check_types(cx, &then)?;
    let unknown = "its demand on the shared cluster cannot be replayed";
    let action = Action::UseJobCluster {
        from_clusters: profile.shared.iter().map(|it| it.id.clone()).collect(),
        node_type: then.worker_type.clone().ok_or(unknown)?,
        size: then.size.ok_or(unknown)?,
    };
    let touched = cx.today.touched(&target, &action);
    let scenario = cx.today.with(&target, &action);
    let (before, after) = (cx.today.cost(&touched).ok_or(unknown)?, scenario.cost(&touched).ok_or(unknown)?);
    let quote = scenario.job_quote(key).ok_or(unknown)?;
    Ok(WhatIf {
        name: plan::name(cx, &target),
        now: format!("{}, shared: {from}", cluster.name),
        then: format!("job cluster: {then}"),
        cost_now: before.total(),
        cost_then: after.total(),
        savings: plan::savings(&before, &after),
        runtime: profile.duration(0.5).map(|it| Runtime { now: it, then: quote.runtime }),
        risk: risk::risk(risk::of_quote(&quote)),
        replay_error: None,
        confidence: profile.confidence(),
        curve: vec![],
        window: cx.fleet.window,
        target,
    })
}

fn applied(now: &Compute, change: &Change) -> Compute {
    let worker = change.node_type.clone().or_else(|| now.worker_type.clone());
    // A driver that had the workers' type follows them, as it does in a cluster's settings; a single node is the driver.
    let single = change.size == Some(Size::Fixed(0)) && change.node_type.is_some();
    let follows = now.driver_type == now.worker_type || single;
    let driver = change.driver_type.clone().or_else(|| if follows { worker.clone() } else { now.driver_type.clone() });
    Compute {
        plane: now.plane,
        driver_type: driver,
        worker_type: worker,
        size: change.size.or(now.size),
        purchase: change.purchase.or(now.purchase),
        photon: change.photon.or(now.photon),
    }
}

fn check_types(cx: &Context<'_>, compute: &Compute) -> Result<(), String> {
    for name in [&compute.worker_type, &compute.driver_type].into_iter().flatten() {
        if !cx.fleet.catalog.node_types.contains_key(name) {
            return Err(format!("node type is not known: {name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Compute {
        let name = |it: &str| Some(it.to_owned());
        Compute {
            worker_type: name("m5.2xlarge"),
            driver_type: name("m5.xlarge"),
            size: Some(Size::Fixed(4)),
            plane: clusteriq_model::Plane::Jobs,
            purchase: None,
            photon: None,
        }
    }

    #[test]
    fn a_node_type_asked_for_a_single_node_is_the_drivers() {
        let change = Change { size: Some(Size::Fixed(0)), node_type: Some("m5.4xlarge".into()), ..Change::default() };
        assert_eq!(applied(&now(), &change).driver_type.as_deref(), Some("m5.4xlarge"));
    }

    #[test]
    fn a_driver_of_its_own_type_keeps_it_when_the_workers_change() {
        let change = Change { node_type: Some("m5.4xlarge".into()), ..Change::default() };
        assert_eq!(applied(&now(), &change).driver_type.as_deref(), Some("m5.xlarge"));
    }
}
