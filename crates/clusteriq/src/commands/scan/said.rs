//! What a scan says: its plan, what it read, what it could not.

use anyhow::Result;
use clusteriq_collect::{Asked, Scan, ScanGap, ScanPlan, TablePlan};
use clusteriq_engine::catalog;
use clusteriq_output::words;

use crate::console::{print, tell};

/// What is assumed of a warehouse, to say before the first large statement what it may cost: seconds a small statement takes,
/// and node-minutes that are reduced in a second. Both depend on its size and load; the bill will say.
const SECONDS_PER_STATEMENT: f64 = 1.5;
const NODE_MINUTES_PER_SECOND: f64 = 2e6;
/// Statements that run at the same time.
const AT_A_TIME: f64 = 4.0;

/// Prints the plan, with the statements where nothing is going to be read.
pub(super) fn plan(plan: &ScanPlan<'_>, dry: bool) -> Result<()> {
    let say = |text: &str| {
        if dry {
            print(text)
        } else {
            tell(text);
            Ok(())
        }
    };
    for asked in &plan.workspaces {
        say(&heading(asked))?;
        if let Some(it) = &asked.tables {
            say(&cost(it))?;
        }
    }
    if !dry {
        return Ok(());
    }
    for it in plan.workspaces.iter().filter_map(|it| it.tables.as_ref()) {
        for step in &it.steps {
            let mut all = step.statements();
            let Some(first) = all.next() else { continue };
            print(&format!("\n{}:\n  {};", step.table(), first.trim().replace('\n', "\n  ")))?;
            if let (more @ 1.., Some(until)) = (all.count(), step.until()) {
                print(&format!("  -- and {more} more like it, up to {until}"))?;
            }
        }
    }
    gaps(&plan.gaps);
    Ok(())
}

fn heading(asked: &Asked<'_>) -> String {
    let id = asked.client.workspace_id().unwrap_or_else(|| "of unknown id".to_owned());
    let who = asked.who.as_ref().map(|it| format!(" as {}", it.name)).unwrap_or_default();
    format!("workspace {id} at {}{who}", asked.client.host())
}

fn cost(plan: &TablePlan) -> String {
    let warehouse = &plan.warehouse;
    let kind = if warehouse.is_serverless { "serverless" } else { "not serverless" };
    let state = if warehouse.is_running { "running" } else { "stopped: it will be started" };
    let size = if warehouse.size.is_empty() { "of unknown size" } else { &warehouse.size };
    let all: usize = plan.steps.iter().map(|it| it.statements().count()).sum();
    let minutes = plan.node_minutes.map_or_else(|| "an unknown number of".to_owned(), words::grouped);
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = all as f64 * SECONDS_PER_STATEMENT / AT_A_TIME
        + plan.node_minutes.unwrap_or(0) as f64 / NODE_MINUTES_PER_SECOND;
    // The same on every cloud and for every kind.
    let per_hour = catalog::embedded().warehouses.iter().find(|(key, _)| key.2.as_str() == size).map(|it| it.1.dbu.0);
    let dbu = per_hour.map(|it| format!(", about {:.2} DBU", it * seconds / 3_600.0)).unwrap_or_default();
    let least = if plan.node_minutes.is_none() { "at least " } else { "" };
    let after = match warehouse.auto_stop_minutes {
        Some(0) if !warehouse.is_running => "; it does not stop by itself".to_owned(),
        Some(it) if !warehouse.is_running => format!("; it then stays up for its auto-stop of {it} min"),
        Some(_) | None => String::new(),
    };
    format!(
        "  system tables through warehouse {} ({size}, {kind}, {state})\n  {}, {} node-minutes to reduce: assumed {least}{seconds:.0} s of it{dbu}{after}",
        warehouse.name,
        statements(all),
        minutes,
    )
}

fn statements(number: usize) -> String {
    if number == 1 { "1 statement".to_owned() } else { format!("{number} statements") }
}

/// Says what was read; of the tables an import says more.
pub(super) fn scan(scan: &Scan) {
    for lists in &scan.lists {
        let said = lists.lists.iter().filter(|it| it.items > 0).map(|it| {
            let again = if it.repeated > 0 { format!(" ({} twice)", it.repeated) } else { String::new() };
            format!("{} {}{again}", it.source.name(), words::grouped(it.items))
        });
        let said: Vec<_> = said.collect();
        if !said.is_empty() {
            tell(&format!("workspace {}: {}", lists.workspace, said.join(", ")));
        }
    }
    for it in &scan.tables {
        let rows = words::grouped(it.rows.values().sum());
        tell(&format!("system tables: {} gave {rows} rows", statements(it.statements)));
    }
    tell(&format!("{} bytes of answers", words::grouped(scan.bytes)));
}

/// Says what was not.
pub(super) fn gaps(gaps: &[ScanGap]) {
    for it in gaps {
        tell(&format!("gap: {}\n     {}", it.what, it.remedy));
    }
}
