//! Tables in, fleet out: versions become configurations, slices become runs, records become a bill.

mod clusters;
mod gaps;
mod jobs;
mod minutes;
pub(crate) mod names;
mod pipelines;
mod pools;
mod runs;
mod warehouses;

use std::collections::BTreeMap;

use clusteriq_model::tables::Tables;
use clusteriq_model::{
    Bill, Catalog, Cloud, Cores, CpuArch, Fleet, Gib, NodeType, Policy, Window, Workspace, WorkspaceId,
};

pub use clusters::ClusterBook;
pub use minutes::MinuteBook;
pub use pools::PoolEvents;
pub use runs::RunBook;
pub use warehouses::Statements;

use crate::money::{Discount, bill, rates};

/// What the store has for one analysis. The largest tables need not come as rows: what is read a part at a time can be taken
/// in by a `Ledger` and by the other fields here.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The small tables; `cluster_minutes` is not read from here.
    pub tables: Tables,
    /// Demand by cluster.
    pub minutes: MinuteBook,
    /// The bill of the window, if the usage is not among the tables.
    pub bill: Option<Bill>,
    /// Clusters; with those among the tables, whose settings come after all versions.
    pub clusters: ClusterBook,
    /// Runs of jobs beyond those among the tables.
    pub runs: RunBook,
    /// Statements beyond those among the tables.
    pub statements: Statements,
    /// What pools' nodes did, beyond what is among the tables.
    pub pool_events: PoolEvents,
    /// Discounts on list prices.
    pub discounts: Vec<Discount>,
}

/// Builds the fleet. The window is cut to begin with the first data in it, so that "per month" is never too small.
#[must_use]
pub fn fleet(input: Input, window: Window, catalog: Catalog) -> Fleet {
    let Input {
        mut tables,
        minutes,
        bill: billed,
        clusters: mut book,
        mut runs,
        mut statements,
        mut pool_events,
        discounts,
    } = input;
    book.absorb(std::mem::take(&mut tables.clusters), window.until);
    book.complete(std::mem::take(&mut tables.cluster_settings));
    runs.absorb(std::mem::take(&mut tables.job_run_slices));
    runs.absorb_tasks(std::mem::take(&mut tables.task_run_slices));
    statements.absorb(std::mem::take(&mut tables.queries));
    pool_events.absorb(std::mem::take(&mut tables.instance_events));
    let missing = gaps::Missing::of(&tables, billed.as_ref(), &book, &runs, &statements);
    let window = begin_with_data(&tables, billed.as_ref(), &runs, &minutes, window);
    let mut catalog = with_own_sizes(catalog, &tables);
    let priced = || bill(&tables.usage, &tables.list_prices, &tables.account_prices, &discounts, &window);
    let bill = billed.unwrap_or_else(priced);
    let MinuteBook { clusters: demand, type_names } = minutes;
    let mut workspaces: BTreeMap<WorkspaceId, Workspace> = BTreeMap::new();
    for it in &tables.workspaces {
        let entry = workspaces.entry(WorkspaceId(it.workspace_id.as_str().into())).or_default();
        entry.name.clone_from(&it.workspace_name);
    }
    for (id, clouds) in &bill.clouds {
        let most = clouds.iter().max_by_key(|it| it.1).and_then(|it| Cloud::parse(it.0));
        workspaces.entry(id.clone()).or_default().cloud = most;
    }
    // Rows go as soon as nobody needs them: those of a large account are larger than its fleet.
    let warehouses = warehouses::warehouses(&tables, statements, &bill, &window);
    let pools = pools::pools(&tables, pool_events, &window);
    tables.usage = vec![];
    tables.warehouse_events = vec![];
    let task_runs = runs.task_runs(&book);
    let clusters = clusters::clusters(book, task_runs, demand, &bill, &window);
    catalog.billed_dbu = rates::billed_dbu(&bill, &clusters, &type_names);
    let jobs = jobs::jobs(&tables, runs, &clusters, &window);
    let pipelines = pipelines::pipelines(&tables, &clusters, &window);
    let policies = tables.policies.iter().map(|it| {
        let key = (WorkspaceId(it.workspace_id.as_str().into()), it.policy_id.clone());
        let name = it.name.clone().unwrap_or_else(|| it.policy_id.clone());
        (key, Policy { name, definition: it.definition.clone().unwrap_or_else(|| "{}".into()) })
    });
    let policies = policies.collect();
    let mut fleet = Fleet {
        window,
        workspaces,
        clusters,
        jobs,
        warehouses,
        pools,
        pipelines,
        policies,
        type_names,
        catalog,
        bill,
        gaps: vec![],
    };
    fleet.gaps = gaps::gaps(&fleet, &missing);
    fleet
}

/// A window that starts before the data would make every monthly figure too small.
fn begin_with_data(
    tables: &Tables,
    bill: Option<&Bill>,
    runs: &RunBook,
    minutes: &MinuteBook,
    window: Window,
) -> Window {
    let usage = tables.usage.iter().map(|it| it.usage_start_time).min().or(bill.and_then(|it| it.first));
    let demand = minutes.first();
    let first = [usage, runs.first(), demand].into_iter().flatten().min();
    let from = first.map_or(window.from, |it| it.max(window.from)).min(window.until);
    Window { from, until: window.until }
}

/// The account's own node types win over the catalogue's sizes; unknown ones are added without prices.
fn with_own_sizes(mut catalog: Catalog, tables: &Tables) -> Catalog {
    for it in &tables.node_types {
        let (cores, memory) = (Cores(it.core_count), Gib(it.memory_mb as f64 / 1024.0));
        let entry = catalog.node_types.entry(it.node_type.clone()).or_insert_with(|| NodeType {
            cloud: if it.node_type.starts_with("Standard_") { Cloud::Azure } else { Cloud::Aws },
            name: it.node_type.clone(),
            family: it.node_type.split('.').next().unwrap_or_default().into(),
            category: String::new(),
            arch: CpuArch::X86,
            cores,
            memory,
            gpus: it.gpu_count.and_then(|it| u32::try_from(it).ok()).unwrap_or(0),
            local_disk: Gib(0.0),
            dbu: None,
            on_demand: None,
            spot_discount: None,
            coremark: None,
        });
        entry.cores = cores;
        entry.memory = memory;
    }
    catalog
}
