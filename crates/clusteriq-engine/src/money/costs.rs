//! The report's money: by workspace, job, cluster, warehouse, SKU, tag, owner and day, with the model against the bill.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{
    Basis, BilledHour, Catalog, Cluster, ClusterSource, CostEntry, Costs, DailyCost, Dbu, Fleet, Hours, JobKey,
    Minutes, Money, Purchase, Reconciliation, Target, Usd, WorkspaceCost, WorkspaceDay, WorkspaceId,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::node_price::Spot;
use super::node_price::dbu_rate;
use super::{Attribution, Machines, cluster_machines, cluster_vm, pool_node_price, pool_vm, warehouse_vm};
use crate::profile::Profiles;

/// Everything about money in the window.
#[must_use]
pub fn costs(fleet: &Fleet, profiles: &Profiles, attribution: &Attribution) -> Costs {
    let vms: Vms<'_> = fleet.clusters.iter().map(|(key, it)| (key, cluster_machines(fleet, it))).collect();
    let clusters = clusters(fleet, attribution, &vms);
    let warehouses = warehouses(fleet);
    let jobs = jobs(fleet, attribution, &vms);
    let pools = pools(fleet, profiles);
    let pipelines = pipelines(fleet, &vms);
    // The machines of pipelines are those of their clusters.
    let entries = clusters.iter().chain(&warehouses).chain(&pools);
    let vm_known: Vec<Usd> = entries.filter_map(|it| it.vm).collect();
    Costs {
        billed: fleet.bill.total,
        vm: (!vm_known.is_empty()).then(|| vm_known.into_iter().sum()),
        workspaces: workspaces(fleet, attribution, &[&clusters, &warehouses, &pools]),
        jobs: dearest_first(jobs),
        clusters: dearest_first(clusters),
        warehouses: dearest_first(warehouses),
        pools: dearest_first(pools),
        pipelines: dearest_first(pipelines),
        skus: fleet.bill.skus.clone(),
        tags: fleet.bill.tags.clone(),
        owners: fleet.bill.owners.clone(),
        days: days(fleet, profiles),
        workspace_days: workspace_days(fleet, attribution),
        unpriced: fleet.bill.unpriced.clone(),
        discounts: vec![],
    }
}

fn dearest_first(mut entries: Vec<CostEntry>) -> Vec<CostEntry> {
    entries.sort_by(|a, b| {
        let total = |it: &CostEntry| it.billed + it.attributed;
        total(b).cmp(&total(a)).then_with(|| a.target.cmp(&b.target))
    });
    entries
}

type Vms<'a> = BTreeMap<&'a clusteriq_model::ClusterKey, Option<Machines>>;

fn clusters(fleet: &Fleet, attribution: &Attribution, vms: &Vms<'_>) -> Vec<CostEntry> {
    let known: BTreeSet<_> = fleet.clusters.keys().chain(fleet.bill.clusters.keys()).collect();
    let entry = |key: &clusteriq_model::ClusterKey| {
        let cluster = fleet.clusters.get(key);
        let billed = fleet.bill.clusters.get(key);
        let usd = billed.map_or(Money::ZERO, |it| it.usd);
        let vm = vms.get(key).copied().flatten();
        let share = attribution.clusters.get(key);
        let attributed = share.map_or(usd, |it| it.jobs.values().copied().sum::<Money>() + it.sessions);
        CostEntry {
            target: Target::Cluster(key.clone()),
            name: cluster.map_or_else(|| key.id.clone(), |it| it.name.clone()),
            owner: cluster.and_then(|it| it.owner.clone()),
            billed: usd,
            attributed,
            idle: Some(usd - attributed),
            dbu: billed.map_or(Dbu(0.0), |it| it.dbu),
            vm: vm.map(|it| it.usd),
            vm_spot: vm.map(|it| it.spot),
            vm_basis: vm.map_or(Basis::Assumed, |it| it.basis),
            job_id: cluster.and_then(|it| it.run.as_ref()).map(|it| it.0.id.clone()),
        }
    };
    known.into_iter().map(entry).collect()
}

fn warehouses(fleet: &Fleet) -> Vec<CostEntry> {
    let entry = |it: &clusteriq_model::Warehouse| {
        let billed = fleet.bill.warehouses.get(&it.key);
        let usd = billed.map_or(Money::ZERO, |it| it.usd);
        let vm = warehouse_vm(fleet, it);
        CostEntry {
            target: Target::Warehouse(it.key.clone()),
            name: it.name.clone(),
            owner: it.owner.clone(),
            billed: usd,
            attributed: usd,
            idle: None,
            dbu: billed.map_or(Dbu(0.0), |it| it.dbu),
            vm,
            vm_spot: vm.map(|_| Usd(0.0)),
            vm_basis: Basis::Modelled,
            job_id: None,
        }
    };
    fleet.warehouses.values().map(entry).collect()
}

/// What idle nodes cost; those in a cluster are the cluster's.
fn pools(fleet: &Fleet, profiles: &Profiles) -> Vec<CostEntry> {
    let entry = |it: &clusteriq_model::Pool| {
        let vm = profiles.pools.get(&it.key).and_then(|profile| pool_vm(fleet, it, profile));
        CostEntry {
            target: Target::Pool(it.key.clone()),
            name: it.name.clone(),
            owner: None,
            billed: Money::ZERO,
            attributed: Money::ZERO,
            idle: None,
            dbu: Dbu(0.0),
            vm,
            vm_spot: vm.map(|vm| match it.purchase {
                Some(Purchase::Spot { .. }) => vm,
                Some(Purchase::OnDemand) | None => Usd(0.0),
            }),
            vm_basis: if it.purchase.is_some() { Basis::Modelled } else { Basis::Assumed },
            job_id: None,
        }
    };
    fleet.pools.values().map(entry).collect()
}

fn pipelines(fleet: &Fleet, vms: &Vms<'_>) -> Vec<CostEntry> {
    let entry = |it: &clusteriq_model::Pipeline| {
        let billed = fleet.bill.pipelines.get(&it.key);
        let usd = billed.map_or(Money::ZERO, |it| it.usd);
        let vm = Machines::sum(it.clusters.iter().filter_map(|it| vms.get(it).copied().flatten()));
        CostEntry {
            target: Target::Pipeline(it.key.clone()),
            name: it.name.clone(),
            owner: it.run_as.clone(),
            billed: usd,
            attributed: usd,
            idle: None,
            dbu: billed.map_or(Dbu(0.0), |it| it.dbu),
            vm: vm.map(|it| it.usd),
            vm_spot: vm.map(|it| it.spot),
            vm_basis: vm.map_or(Basis::Assumed, |it| it.basis),
            job_id: None,
        }
    };
    fleet.pipelines.values().map(entry).collect()
}

fn jobs(fleet: &Fleet, attribution: &Attribution, vms: &Vms<'_>) -> Vec<CostEntry> {
    let mut vm: BTreeMap<&JobKey, Machines> = BTreeMap::new();
    let mut dbu: BTreeMap<&JobKey, Dbu> = BTreeMap::new();
    for (key, cluster) in &fleet.clusters {
        let Some((job, _)) = &cluster.run else { continue };
        let own = vms.get(key).copied().flatten();
        if let Some(sum) = Machines::sum(vm.get(job).copied().into_iter().chain(own)) {
            vm.insert(job, sum);
        }
        if let Some(billed) = fleet.bill.clusters.get(key) {
            *dbu.entry(job).or_default() += billed.dbu;
        }
    }
    let known: BTreeSet<&JobKey> =
        fleet.jobs.keys().chain(fleet.bill.jobs.keys()).chain(attribution.jobs.keys()).collect();
    let entry = |key: &JobKey| {
        let job = fleet.jobs.get(key);
        let vm = vm.get(key);
        CostEntry {
            target: Target::Job(key.clone()),
            name: job.map_or_else(|| key.id.clone(), |it| it.name.clone()),
            owner: job.and_then(|it| it.run_as.clone()),
            billed: fleet.bill.jobs.get(key).copied().unwrap_or_default(),
            attributed: attribution.jobs.get(key).copied().unwrap_or_default(),
            idle: None,
            dbu: dbu.get(key).copied().unwrap_or_default(),
            vm: vm.map(|it| it.usd),
            vm_spot: vm.map(|it| it.spot),
            vm_basis: vm.map_or(Basis::Assumed, |it| it.basis),
            job_id: None,
        }
    };
    known.into_iter().map(entry).collect()
}

fn workspaces(fleet: &Fleet, attribution: &Attribution, entries: &[&[CostEntry]]) -> Vec<WorkspaceCost> {
    let ids: BTreeSet<&WorkspaceId> = fleet.bill.workspaces.keys().chain(fleet.workspaces.keys()).collect();
    let cost = |id: &WorkspaceId| {
        let billed = fleet.bill.workspaces.get(id).copied().unwrap_or_default();
        let idle: Money = attribution.clusters.iter().filter(|it| it.0.workspace == *id).map(|it| it.1.idle).sum();
        let own = entries.iter().copied().flatten().filter(|it| it.target.workspace() == id);
        let vm: Vec<Usd> = own.filter_map(|it| it.vm).collect();
        WorkspaceCost {
            workspace: id.clone(),
            name: fleet.workspaces.get(id).and_then(|it| it.name.clone()),
            billed,
            vm: (!vm.is_empty()).then(|| vm.into_iter().sum()),
            attributed: billed - idle,
            idle,
            reconciliation: reconciliation(fleet, id),
        }
    };
    ids.into_iter().map(cost).collect()
}

/// Classic clusters' DBU cost from node-minutes and the *catalogue's* rates, against the bill of the same clusters and hours:
/// rates derived from that bill would agree by construction. Hours without telemetry are not compared.
fn reconciliation(fleet: &Fleet, workspace: &WorkspaceId) -> Option<Reconciliation> {
    let catalog = Catalog { billed_dbu: BTreeMap::new(), ..fleet.catalog.clone() };
    let (mut billed, mut modelled, mut uncovered) = (Usd(0.0), Usd(0.0), Usd(0.0));
    for (key, bill) in fleet.bill.clusters.iter().filter(|it| it.0.workspace == *workspace) {
        let cluster = fleet.clusters.get(key);
        for hour in &bill.hours {
            let usd = hour.usd.map_or(Usd(0.0), Money::estimate);
            let model = cluster.filter(|_| hour.dbu.0 > 0.0).and_then(|it| modelled_dbu(fleet, &catalog, it, hour));
            match model {
                Some(dbu) => {
                    billed += usd;
                    modelled += usd * (dbu / hour.dbu);
                }
                None => uncovered += usd,
            }
        }
    }
    (billed.0 > 0.0).then(|| Reconciliation { billed, modelled, error: modelled / billed - 1.0, uncovered })
}

/// DBUs of one billed hour from its node-minutes; `None`: no telemetry in it, or a rate is not known.
fn modelled_dbu(fleet: &Fleet, catalog: &Catalog, cluster: &Cluster, hour: &BilledHour) -> Option<Dbu> {
    let minutes = cluster.minutes_between(hour.start, hour.end);
    if minutes.is_empty() || matches!(cluster.source, ClusterSource::Other(_)) {
        return None;
    }
    let compute = &cluster.config().compute;
    let mut node_minutes: BTreeMap<u16, f64> = BTreeMap::new();
    for it in minutes {
        *node_minutes.entry(it.worker_type).or_default() += f64::from(it.workers);
        *node_minutes.entry(it.driver_type).or_default() += f64::from(it.drivers);
    }
    let mut total = Dbu(0.0);
    for (index, minutes) in node_minutes.into_iter().filter(|it| it.1 > 0.0) {
        let name = fleet.type_names.get(usize::from(index))?;
        if hour.node_type.as_ref().is_some_and(|it| **it != **name) {
            continue;
        }
        let rate = dbu_rate(catalog, name, compute.photon.unwrap_or(false), compute.plane)?;
        total += rate * Hours::from(Minutes(minutes));
    }
    Some(total)
}

fn workspace_days(fleet: &Fleet, attribution: &Attribution) -> Vec<WorkspaceDay> {
    let day = |((day, workspace), billed): (&(jiff::civil::Date, WorkspaceId), &Money)| {
        let parts = attribution.days.get(&(*day, workspace.clone())).copied().unwrap_or_default();
        WorkspaceDay { day: *day, workspace: workspace.clone(), billed: *billed, attributed: parts.0, idle: parts.1 }
    };
    fleet.bill.days.iter().map(day).collect()
}

fn days(fleet: &Fleet, profiles: &Profiles) -> Vec<DailyCost> {
    let mut days: BTreeMap<jiff::civil::Date, DailyCost> = BTreeMap::new();
    let blank = |day| DailyCost { day, billed: Money::ZERO, vm: None };
    for ((day, _), usd) in &fleet.bill.days {
        days.entry(*day).or_insert_with(|| blank(*day)).billed += *usd;
    }
    for cluster in fleet.clusters.values() {
        let Some((usd, _)) = cluster_vm(fleet, cluster) else { continue };
        let each = usd / cluster.minutes.len() as f64;
        let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
        for it in cluster.minutes.iter() {
            *counts.entry(it.at.div_euclid(1440)).or_default() += 1.0;
        }
        for (day, minutes) in counts {
            let Ok(at) = Timestamp::from_second(day * 86_400) else { continue };
            let date = at.to_zoned(TimeZone::UTC).date();
            let entry = days.entry(date).or_insert_with(|| blank(date));
            entry.vm = Some(entry.vm.unwrap_or_default() + each * minutes);
        }
    }
    for (key, pool) in &fleet.pools {
        let Some(profile) = profiles.pools.get(key) else { continue };
        let Some(price) = pool_node_price(fleet, pool, Spot::Usual) else { continue };
        for (day, idle) in profile.idle_by_day() {
            let Ok(at) = Timestamp::from_second(day * 86_400) else { continue };
            let date = at.to_zoned(TimeZone::UTC).date();
            let entry = days.entry(date).or_insert_with(|| blank(date));
            entry.vm = Some(entry.vm.unwrap_or_default() + price * idle);
        }
    }
    for (key, warehouse) in &fleet.warehouses {
        let Some(usd) = warehouse_vm(fleet, warehouse) else { continue };
        let Some(billed) = fleet.bill.warehouses.get(key).filter(|it| it.dbu.0 > 0.0) else { continue };
        // Its machines run while it emits DBUs.
        for it in &billed.hours {
            let date = it.start.to_zoned(TimeZone::UTC).date();
            let entry = days.entry(date).or_insert_with(|| blank(date));
            entry.vm = Some(entry.vm.unwrap_or_default() + usd * (it.dbu.0 / billed.dbu.0));
        }
    }
    days.into_values().collect()
}
