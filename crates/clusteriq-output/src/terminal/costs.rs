//! The money: by workspace against the model, by job, cluster, warehouse, SKU, tag and owner.

use std::cmp::Reverse;

use clusteriq_model::{CostEntry, Costs, Money, Report};

use super::Style;
use super::grid::{Cell, Column, Fit, Grid};
use super::page::{Ink, Page};
use super::summary::workspaces;
use crate::words;

/// Rows of each table.
const MOST: usize = 15;

/// Where the money went.
#[must_use]
pub fn costs(report: &Report, style: &Style) -> String {
    let mut page = Page::new(style);
    page.inked(&words::spent(report), Ink::Strong, 0);
    page.text(&words::basis(report));
    let costs = &report.costs;
    page.heading("Workspaces");
    workspaces(&mut page, report);
    reconciliations(&mut page, costs);
    entries(&mut page, "Jobs", &costs.jobs);
    entries(&mut page, "Clusters", &costs.clusters);
    entries(&mut page, "Warehouses", &costs.warehouses);
    entries(&mut page, "Pipelines", &costs.pipelines);
    entries(&mut page, "Idle nodes of pools", &costs.pools);
    skus(&mut page, costs);
    let tags = costs.tags.iter();
    amounts(&mut page, "Tags", tags.map(|((name, value), it)| (format!("{name}: {value}"), *it)));
    let owners = costs.owners.iter();
    amounts(&mut page, "Owners", owners.map(|(owner, it)| (owner.clone().unwrap_or_else(|| "no owner".into()), *it)));
    unpriced(&mut page, costs);
    page.finish()
}

fn reconciliations(page: &mut Page<'_>, costs: &Costs) {
    let covered = costs.workspaces.iter().filter_map(|it| Some((it, it.reconciliation.as_ref()?)));
    for (workspace, it) in covered {
        page.inked(
            &format!(
                "{}: clusters with telemetry were billed {} and modelled {}; {} was billed for clusters without",
                words::workspace(workspace),
                words::usd(it.billed),
                words::usd(it.modelled),
                words::usd(it.uncovered)
            ),
            Ink::Faint,
            0,
        );
    }
}

/// `$12.34 modelled`, or that there are none.
pub(super) fn vm_words(it: &CostEntry) -> String {
    match it.vm {
        _ if words::has_no_vms(it) => "none".into(),
        Some(vm) => format!("{} {}", words::usd(vm), it.vm_basis.word()),
        None => words::NOT_KNOWN.into(),
    }
}

fn rest(page: &mut Page<'_>, all: usize) {
    if all > MOST {
        let more = words::grouped((all - MOST) as u64);
        page.inked(&format!("and {more} more"), Ink::Faint, 0);
    }
}

fn entries(page: &mut Page<'_>, title: &str, entries: &[CostEntry]) {
    if entries.is_empty() {
        return;
    }
    page.heading(title);
    let idle = entries.iter().any(|it| it.idle.is_some());
    let mut columns = vec![
        Column::left("Name", Fit::Cut),
        Column::left("Id", Fit::Cut),
        Column::right("Billed"),
        Column::right("VM"),
        Column::right("Attributed"),
    ];
    if idle {
        columns.push(Column::right("Nobody's"));
    }
    let mut grid = Grid::new(columns);
    for it in entries.iter().take(MOST) {
        let mut row: Vec<Cell> = vec![
            (&it.name).into(),
            it.target.id().into(),
            it.billed.to_string().into(),
            vm_words(it).into(),
            it.attributed.to_string().into(),
        ];
        if idle {
            row.push(it.idle.map_or_else(String::new, |it| it.to_string()).into());
        }
        grid.row(row);
    }
    page.grid(&grid, 0);
    rest(page, entries.len());
}

fn skus(page: &mut Page<'_>, costs: &Costs) {
    if costs.skus.is_empty() {
        return;
    }
    page.heading("SKUs");
    let mut skus: Vec<_> = costs.skus.iter().collect();
    skus.sort_by_key(|(_, it)| Reverse(it.usd));
    let mut grid = Grid::new([Column::left("SKU", Fit::Cut), Column::right("Billed"), Column::right("Quantity")]);
    for (name, it) in skus.iter().take(MOST) {
        grid.row([name.into(), it.usd.to_string().into(), words::measure(it.quantity, &it.unit).into()]);
    }
    page.grid(&grid, 0);
    rest(page, skus.len());
}

fn amounts(page: &mut Page<'_>, title: &str, amounts: impl Iterator<Item = (String, Money)>) {
    let mut amounts: Vec<_> = amounts.collect();
    if amounts.is_empty() {
        return;
    }
    amounts.sort_by_key(|(_, it)| Reverse(*it));
    page.heading(title);
    let mut grid = Grid::new([Column::left("Name", Fit::Cut), Column::right("Billed")]);
    for (name, it) in amounts.iter().take(MOST) {
        grid.row([name.into(), it.to_string().into()]);
    }
    page.grid(&grid, 0);
    rest(page, amounts.len());
}

fn unpriced(page: &mut Page<'_>, costs: &Costs) {
    if costs.unpriced.is_empty() {
        return;
    }
    page.heading("Without a price, and in no sum");
    let mut grid = Grid::new([
        Column::left("SKU", Fit::Cut),
        Column::left("Cloud", Fit::Whole),
        Column::right("Quantity"),
        Column::right("Records"),
    ]);
    for it in costs.unpriced.iter().take(MOST) {
        grid.row([
            (&it.sku_name).into(),
            (&it.cloud).into(),
            words::measure(it.quantity, &it.usage_unit).into(),
            words::grouped(it.records).into(),
        ]);
    }
    page.grid(&grid, 0);
    rest(page, costs.unpriced.len());
}
