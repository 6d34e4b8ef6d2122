//! Where the money went, for the page.

use std::cmp::Reverse;

use clusteriq_model::{Basis, CostEntry, Costs, WorkspaceCost};
use serde::Serialize;

use super::Figure;
use crate::text::clean;
use crate::{svg, words};

/// Rows of each table.
const MOST: usize = 10;

#[derive(Serialize)]
pub(super) struct CostsView {
    days: Option<Figure>,
    workspaces: Vec<Workspace>,
    tables: Vec<EntryTable>,
    skus: Vec<Sku>,
    more_skus: Option<String>,
    unpriced: Vec<Unpriced>,
    discounts: Vec<String>,
}

#[derive(Serialize)]
struct Workspace {
    name: String,
    billed: String,
    vm: String,
    idle: String,
    error: String,
    detail: String,
}

#[derive(Serialize)]
struct EntryTable {
    title: &'static str,
    idle: bool,
    rows: Vec<Entry>,
    more: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    id: String,
    owner: String,
    billed: String,
    vm: String,
    /// `billed`, `modelled`, `assumed`, or nothing without an amount.
    basis: &'static str,
    attributed: String,
    idle: String,
}

#[derive(Serialize)]
struct Sku {
    name: String,
    billed: String,
    quantity: String,
}

#[derive(Serialize)]
struct Unpriced {
    name: String,
    cloud: String,
    quantity: String,
    records: String,
}

fn more(all: usize) -> Option<String> {
    (all > MOST).then(|| words::grouped((all - MOST) as u64))
}

impl From<&Costs> for CostsView {
    fn from(it: &Costs) -> Self {
        let mut skus: Vec<_> = it.skus.iter().collect();
        skus.sort_by_key(|(_, it)| Reverse(it.usd));
        let tables = [
            ("Jobs", &it.jobs),
            ("Clusters", &it.clusters),
            ("Warehouses", &it.warehouses),
            ("Pipelines", &it.pipelines),
            ("Idle nodes of pools", &it.pools),
        ];
        Self {
            days: (!it.days.is_empty()).then(|| svg::days(&it.days).into()),
            workspaces: it.workspaces.iter().map(Into::into).collect(),
            tables: tables
                .into_iter()
                .filter(|(_, entries)| !entries.is_empty())
                .map(|(title, entries)| EntryTable {
                    title,
                    idle: entries.iter().any(|it| it.idle.is_some()),
                    rows: entries.iter().take(MOST).map(Into::into).collect(),
                    more: more(entries.len()),
                })
                .collect(),
            skus: skus
                .iter()
                .take(MOST)
                .map(|(name, it)| Sku {
                    name: clean(name),
                    billed: it.usd.to_string(),
                    quantity: clean(&words::measure(it.quantity, &it.unit)),
                })
                .collect(),
            more_skus: more(skus.len()),
            unpriced: it
                .unpriced
                .iter()
                .map(|it| Unpriced {
                    name: clean(&it.sku_name),
                    cloud: clean(&it.cloud),
                    quantity: clean(&words::measure(it.quantity, &it.usage_unit)),
                    records: words::count(it.records, "record"),
                })
                .collect(),
            discounts: it.discounts.iter().map(|it| clean(it)).collect(),
        }
    }
}

impl From<&WorkspaceCost> for Workspace {
    fn from(it: &WorkspaceCost) -> Self {
        let unknown = || words::NOT_KNOWN.to_owned();
        let model = it.reconciliation.as_ref();
        Self {
            name: clean(words::workspace(it)),
            billed: it.billed.to_string(),
            vm: words::usd_or_not_known(it.vm),
            idle: it.idle.to_string(),
            error: model.map_or_else(unknown, |it| words::signed_percent(it.error)),
            detail: model.map_or_else(String::new, |it| {
                format!(
                    "{} modelled for {} billed; {} without telemetry",
                    words::usd(it.modelled),
                    words::usd(it.billed),
                    words::usd(it.uncovered)
                )
            }),
        }
    }
}

impl From<&CostEntry> for Entry {
    fn from(it: &CostEntry) -> Self {
        let basis = match (it.vm, it.vm_basis) {
            _ if words::has_no_vms(it) => "",
            (None, _) => "",
            (Some(_), Basis::Billed) => "billed",
            (Some(_), Basis::Modelled) => "modelled",
            (Some(_), Basis::Assumed) => "assumed",
        };
        Self {
            name: clean(&it.name),
            id: clean(it.target.id()),
            owner: it.owner.as_deref().map_or_else(|| words::NOT_KNOWN.into(), clean),
            billed: it.billed.to_string(),
            vm: if words::has_no_vms(it) { "none".into() } else { words::usd_or_not_known(it.vm) },
            basis,
            attributed: it.attributed.to_string(),
            idle: it.idle.map_or_else(String::new, |it| it.to_string()),
        }
    }
}
