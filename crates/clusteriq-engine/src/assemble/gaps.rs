//! What the data lacks, and what would fill it.

use std::collections::BTreeSet;

use clusteriq_model::tables::Tables;
use clusteriq_model::{Bill, ClusterSource, Fleet, Gap, GapKind, Money, Remedy};

use super::{ClusterBook, RunBook, Statements};

/// Which tables have no row.
pub(super) struct Missing {
    usage: bool,
    list_prices: bool,
    clusters: bool,
    /// Though REST shows some as they are now.
    clusters_now: bool,
    jobs: bool,
    /// Though REST shows some as they are now.
    jobs_now: bool,
    runs: bool,
    tasks: bool,
    statements: bool,
}

impl Missing {
    pub(super) fn of(
        tables: &Tables,
        bill: Option<&Bill>,
        clusters: &ClusterBook,
        runs: &RunBook,
        statements: &Statements,
    ) -> Self {
        Self {
            usage: tables.usage.is_empty() && bill.is_none_or(|it| it.records == 0),
            list_prices: tables.list_prices.is_empty(),
            clusters: clusters.is_empty(),
            clusters_now: clusters.has_settings(),
            jobs: tables.jobs.is_empty(),
            jobs_now: !tables.job_settings.is_empty(),
            runs: !runs.has.0,
            tasks: !runs.has.1,
            statements: statements.is_empty(),
        }
    }
}

pub(super) fn gaps(fleet: &Fleet, missing: &Missing) -> Vec<Gap> {
    let mut gaps = missing_sources(fleet, missing);
    gaps.extend(fleet.bill.unpriced.iter().map(|it| {
        gap(
            GapKind::Unpriced,
            format!(
                "no price for {} on {}: {:.1} {} in {} records are in no amount",
                it.sku_name, it.cloud, it.quantity, it.usage_unit, it.records
            ),
            Some(Remedy::Collect("export system.billing.list_prices anew: it lacks this SKU".into())),
        )
    }));
    gaps.extend(unknown_types(fleet));
    gaps
}

fn gap(kind: GapKind, what: String, remedy: Option<Remedy>) -> Gap {
    Gap { kind, target: None, name: None, advisor: None, what, remedy, touches: None }
}

fn missing_sources(fleet: &Fleet, missing: &Missing) -> Vec<Gap> {
    let no_telemetry = fleet.clusters.values().all(|it| it.minutes.is_empty());
    let classic = fleet.clusters.keys().filter_map(|it| fleet.bill.clusters.get(it));
    let classic: Money = classic.map(|it| it.usd).sum();
    let configurations = if missing.clusters_now {
        "only clusters of the last 30 days are known, and only as they were set in the end"
    } else {
        "configurations are not known"
    };
    let jobs = if missing.jobs_now {
        "jobs are known only as they are set now, and deleted ones not at all"
    } else {
        "jobs have no names or schedules"
    };
    let sources = [
        ("system.billing.usage", missing.usage, "nothing is known about cost", None),
        ("system.billing.list_prices", missing.list_prices, "usage has no prices", None),
        (
            "system.compute.node_timeline",
            no_telemetry,
            "no cluster's use is known, so no size can be judged",
            Some(classic),
        ),
        ("system.compute.clusters", missing.clusters, configurations, None),
        ("system.lakeflow.jobs", missing.jobs, jobs, None),
        ("system.lakeflow.job_run_timeline", missing.runs, "runs are not known, so no job can be judged", None),
        ("system.lakeflow.job_task_run_timeline", missing.tasks, "which cluster a task ran on is not known", None),
        (
            "system.query.history",
            missing.statements && !fleet.warehouses.is_empty(),
            "statements are not known, so warehouses cannot be judged",
            Some(fleet.bill.warehouses.values().map(|it| it.usd).sum()),
        ),
    ];
    let missing = sources.into_iter().filter(|it| it.1).map(|(table, _, consequence, touches)| {
        let schema = table.rsplit_once('.').map_or(table, |it| it.0);
        let how = format!(
            "GRANT USE SCHEMA, SELECT ON SCHEMA {schema} TO `your principal`; then export {table} and import it"
        );
        let what = format!("{table} is not in the data: {consequence}");
        Gap { touches, ..gap(GapKind::MissingSource, what, Some(Remedy::Grant(how))) }
    });
    missing.collect()
}

fn unknown_types(fleet: &Fleet) -> Vec<Gap> {
    let used: BTreeSet<&String> = fleet
        .clusters
        .values()
        .filter(|it| !matches!(it.source, ClusterSource::Other(_)))
        .flat_map(|it| {
            let compute = &it.config().compute;
            [compute.worker_type.as_ref(), compute.driver_type.as_ref()]
        })
        .flatten()
        .collect();
    used.into_iter()
        .filter_map(|name| {
            let lacks = match fleet.catalog.node_types.get(name) {
                None => "size, DBU rate and price",
                Some(it) if it.on_demand.is_none() => "price",
                Some(_) => return None,
            };
            Some(gap(
                GapKind::UnknownNodeType,
                format!("the {lacks} of node type {name} is not known: its VM cost is in no amount"),
                Some(Remedy::Collect("export system.compute.node_types; a newer ClusterIQ may know it".into())),
            ))
        })
        .collect()
}
