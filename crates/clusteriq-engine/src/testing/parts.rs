//! Tables taken in some rows at a time, as the analysis of a store does.

use clusteriq_model::Window;
use clusteriq_model::tables::Tables;

use crate::assemble::{ClusterBook, Input, MinuteBook, PoolEvents, RunBook, Statements};
use crate::money::Ledger;

pub(super) fn input(mut tables: Tables, minutes: MinuteBook, window: Window, rows: usize) -> Input {
    let mut ledger = Ledger::new(&tables.list_prices, &tables.account_prices, &[], window);
    tables.usage.chunks(rows).for_each(|it| ledger.add(it));
    let bill = Some(ledger.close());
    tables.usage = vec![];
    let (mut clusters, mut runs) = (ClusterBook::default(), RunBook::default());
    let (mut statements, mut pool_events) = (Statements::default(), PoolEvents::default());
    take(&mut tables.clusters, rows, |it| clusters.absorb(it, window.until));
    take(&mut tables.cluster_settings, rows, |it| clusters.complete(it));
    take(&mut tables.job_run_slices, rows, |it| runs.absorb(it));
    take(&mut tables.task_run_slices, rows, |it| runs.absorb_tasks(it));
    take(&mut tables.queries, rows, |it| statements.absorb(it));
    take(&mut tables.instance_events, rows, |it| pool_events.absorb(it));
    Input { tables, minutes, bill, clusters, runs, statements, pool_events, discounts: vec![] }
}

fn take<R: Clone>(all: &mut Vec<R>, rows: usize, mut absorb: impl FnMut(Vec<R>)) {
    std::mem::take(all).chunks(rows).for_each(|it| absorb(it.to_vec()));
}
