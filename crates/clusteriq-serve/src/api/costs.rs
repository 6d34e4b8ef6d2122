//! Where the money goes, and why it changed.

use std::collections::BTreeMap;

use clusteriq_model::{Basis, BillPart, Cloud, CostEntry, Money, Target, WorkspaceId};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::gaps::{Agreement, Unpriced};
use super::money::{Compared, Spend, share};
use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

/// Groups that are shown; the rest is added up.
const MOST_GROUPS: usize = 200;

pub(crate) fn routes() -> Vec<Route> {
    vec![route::get(
        ("/api/costs", "get_costs", "Costs"),
        "What was spent: the trend, a breakdown, this period against the one before, billed against modelled",
        costs,
    )]
}

/// Which days, and by what.
#[derive(Debug, serde::Deserialize, JsonSchema)]
struct Asked {
    /// First UTC day, e.g. 2026-10-01; without it the window's.
    from: Option<String>,
    /// Last UTC day; without it the window's.
    until: Option<String>,
    /// `workspace`, `sku`, `owner`, `tag` (with `tag`), or `resource` (of the whole window).
    by: Option<String>,
    /// Name of the tag to break down by.
    tag: Option<String>,
    /// Only these workspaces, by id; repeat it for several.
    #[serde(default)]
    workspace: Vec<String>,
}

/// What was spent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CostsView")]
struct CostsView {
    /// The answer in one line.
    sentence: String,
    /// First UTC day.
    from: String,
    /// Last UTC day.
    until: String,
    /// The days that can be asked for.
    first_day: String,
    last_day: String,
    spend: Spend,
    /// DBU cost against as many days before; null: those are not in the window.
    compared: Option<Compared>,
    /// By UTC day.
    days: Vec<DaySpend>,
    /// What `groups` are.
    by: &'static str,
    /// Dearest first.
    groups: Vec<CostGroup>,
    /// Names of tags that can be asked for.
    tags: Vec<String>,
    /// Whether groups add up to the bill: a record may have several tags, or none.
    adds_up: bool,
    /// How well what was modelled agrees with the bill, by workspace, over the whole window.
    reconciliation: Vec<Agreement>,
    /// Usage that no price matches: in no sum.
    unpriced: Vec<Unpriced>,
    /// Discounts that were applied, in words; empty: list prices or the account's own.
    discounts: Vec<String>,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DaySpend")]
pub(crate) struct DaySpend {
    /// UTC day.
    pub(crate) day: String,
    pub(crate) dbu_usd: f64,
    /// Modelled; null: not known.
    pub(crate) vm_usd: Option<f64>,
}

/// A part of the costs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CostGroup")]
struct CostGroup {
    /// What to filter by.
    key: String,
    label: String,
    /// The resource, if it is one.
    target: Option<clusteriq_output::data::TargetJson>,
    dbu_usd: f64,
    /// Modelled; null: not known for such groups.
    vm_usd: Option<f64>,
    /// DBU cost as a part of the bill of these days.
    share: Option<f64>,
    /// DBU cost against as many days before; null: those are not in the window.
    compared: Option<Compared>,
    /// DBU cost by UTC day, as `days` lists them; empty: not known by day.
    days: Vec<f64>,
}

/// UTC days of the window.
pub(crate) fn days(snapshot: &Snapshot) -> Vec<Date> {
    snapshot.report.costs.days.iter().map(|it| it.day).collect()
}

fn day(name: &str, text: Option<&str>, usual: Date) -> Result<Date, Refusal> {
    let Some(text) = text else { return Ok(usual) };
    text.parse().map_err(|_| Refusal::invalid(format!("{name} is not a day: {text}"), "write it as 2026-10-01"))
}

/// DBU cost of each day of the bill's workspaces.
fn billed(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> BTreeMap<Date, f64> {
    let mut days: BTreeMap<Date, Money> = BTreeMap::new();
    for ((day, _), usd) in snapshot.fleet.bill.days.iter().filter(|it| wanted(&it.0.1)) {
        *days.entry(*day).or_default() += *usd;
    }
    days.into_iter().map(|(day, usd)| (day, usd.estimate().0)).collect()
}

fn costs(call: &Call, asked: Asked) -> Result<CostsView, Refusal> {
    let snapshot = call.snapshot()?;
    let all = days(snapshot);
    let (Some(first), Some(last)) = (all.first().copied(), all.last().copied()) else {
        return Err(Refusal::unanswerable("nothing was billed in the window", "GET /api/gaps says what is missing"));
    };
    let from = day("from", asked.from.as_deref(), first)?.max(first);
    let until = day("until", asked.until.as_deref(), last)?.min(last);
    if from > until {
        return Err(Refusal::invalid(
            format!("no day lies between {from} and {until}"),
            format!("days go from {first} to {last}"),
        ));
    }
    let wanted = |it: &WorkspaceId| asked.workspace.is_empty() || asked.workspace.iter().any(|asked| **asked == *it.0);
    let bill = billed(snapshot, &wanted);
    let span = Days::new(from, until, first);
    let part = whole_share(snapshot, &wanted);
    let vm_of = |day: Date| {
        let whole = snapshot.report.costs.days.iter().find(|it| it.day == day)?.vm?.0;
        Some(whole * part)
    };
    let mut by_day = vec![];
    for day in all.iter().filter(|it| **it >= from && **it <= until) {
        by_day.push(DaySpend {
            day: day.to_string(),
            dbu_usd: bill.get(day).copied().unwrap_or_default(),
            vm_usd: vm_of(*day),
        });
    }
    let dbu: f64 = by_day.iter().map(|it| it.dbu_usd).sum();
    let vm: Option<f64> = by_day.iter().filter_map(|it| it.vm_usd).reduce(|a, b| a + b);
    let spend = Spend::new(dbu, vm, Basis::Modelled);
    let mut tags: Vec<String> = snapshot.report.costs.tags.keys().map(|it| it.0.clone()).collect();
    tags.dedup();
    let view = View { snapshot, span: &span, wanted: &wanted, whole: dbu, days: &by_day };
    let (by, groups) = match asked.by.as_deref().unwrap_or("workspace") {
        "workspace" => ("workspace", view.workspaces()),
        "sku" => (
            "sku",
            view.parts(|it| match it {
                BillPart::Sku(name) => Some((name.clone(), name.clone())),
                BillPart::Owner(_) | BillPart::Tag(..) => None,
            }),
        ),
        "owner" => (
            "owner",
            view.parts(|it| match it {
                BillPart::Owner(name) => {
                    let label = name.clone().unwrap_or_else(|| "nobody is named".to_owned());
                    Some((name.clone().unwrap_or_default(), label))
                }
                BillPart::Sku(_) | BillPart::Tag(..) => None,
            }),
        ),
        "tag" => {
            let tag = asked.tag.as_deref().or(tags.first().map(String::as_str)).unwrap_or_default();
            (
                "tag",
                view.parts(|it| match it {
                    BillPart::Tag(name, value) if name == tag => Some((value.clone(), value.clone())),
                    BillPart::Tag(..) | BillPart::Sku(_) | BillPart::Owner(_) => None,
                }),
            )
        }
        "resource" => ("resource", view.resources()),
        it => {
            return Err(Refusal::invalid(
                format!("costs cannot be broken down by that: {it}"),
                "by is workspace, sku, owner, tag or resource",
            ));
        }
    };
    let before = span.before().map(|it| sum(&bill, &it));
    let compared = before.map(|before| Compared::new(dbu, before));
    Ok(CostsView {
        sentence: sentence(&spend, compared.as_ref(), &by_day),
        from: from.to_string(),
        until: until.to_string(),
        first_day: first.to_string(),
        last_day: last.to_string(),
        spend,
        compared,
        days: by_day,
        by,
        groups,
        tags,
        adds_up: by != "tag" && by != "resource",
        reconciliation: super::gaps::agreements(snapshot),
        unpriced: super::gaps::unpriced(snapshot),
        discounts: snapshot.report.costs.discounts.clone(),
    })
}

/// The part of the modelled machines that some workspaces have, over the window.
fn whole_share(snapshot: &Snapshot, wanted: &dyn Fn(&WorkspaceId) -> bool) -> f64 {
    let vm = |test: &dyn Fn(&WorkspaceId) -> bool| -> f64 {
        let all = snapshot.report.costs.workspaces.iter().filter(|it| test(&it.workspace));
        all.filter_map(|it| it.vm).map(|it| it.0).sum()
    };
    share(vm(wanted), vm(&|_| true)).unwrap_or_default()
}

/// Days that are asked about, and those before them.
struct Days {
    from: Date,
    until: Date,
    first: Date,
}

impl Days {
    fn new(from: Date, until: Date, first: Date) -> Self {
        Self { from, until, first }
    }

    /// As many days before, if the window has them.
    fn before(&self) -> Option<Days> {
        let length = (self.until - self.from).get_days() + 1;
        let back = |it: Date| it.checked_sub(jiff::Span::new().days(length)).ok();
        let (from, until) = (back(self.from)?, back(self.until)?);
        (from >= self.first).then_some(Days { from, until, first: self.first })
    }
}

fn sum(days: &BTreeMap<Date, f64>, span: &Days) -> f64 {
    days.range(span.from..=span.until).map(|it| it.1).sum()
}

/// What groups are made from.
struct View<'a> {
    snapshot: &'a Snapshot,
    span: &'a Days,
    wanted: &'a dyn Fn(&WorkspaceId) -> bool,
    whole: f64,
    days: &'a [DaySpend],
}

impl View<'_> {
    fn group(&self, (key, label): (String, String), by_day: &BTreeMap<Date, f64>, vm_usd: Option<f64>) -> CostGroup {
        let dbu_usd = sum(by_day, self.span);
        let day = |it: &DaySpend| it.day.parse().ok().and_then(|it: Date| by_day.get(&it)).copied().unwrap_or_default();
        CostGroup {
            key,
            label,
            target: None,
            dbu_usd,
            vm_usd,
            share: share(dbu_usd, self.whole),
            compared: self.span.before().map(|it| Compared::new(dbu_usd, sum(by_day, &it))),
            days: self.days.iter().map(day).collect(),
        }
    }

    fn workspaces(&self) -> Vec<CostGroup> {
        let whole = self.days.len() == self.snapshot.report.costs.days.len();
        let all = self.snapshot.report.costs.workspaces.iter().filter(|it| (self.wanted)(&it.workspace));
        let groups = all.map(|it| {
            let by_day = billed(self.snapshot, &|id| *id == it.workspace);
            let label = self.snapshot.workspace_name(&it.workspace).to_owned();
            // Machines are modelled by workspace over the whole window, and by day over all workspaces.
            self.group((it.workspace.0.to_string(), label), &by_day, it.vm.filter(|_| whole).map(|it| it.0))
        });
        shown(groups.collect())
    }

    fn parts(&self, name: impl Fn(&BillPart) -> Option<(String, String)>) -> Vec<CostGroup> {
        let mut groups: BTreeMap<(String, String), BTreeMap<Date, Money>> = BTreeMap::new();
        for ((workspace, part), days) in &self.snapshot.fleet.bill.parts {
            let Some(name) = name(part).filter(|_| (self.wanted)(workspace)) else { continue };
            let group = groups.entry(name).or_default();
            for (day, usd) in days {
                *group.entry(*day).or_default() += *usd;
            }
        }
        let groups = groups.into_iter().map(|(name, days)| {
            let days = days.into_iter().map(|(day, usd)| (day, usd.estimate().0)).collect();
            self.group(name, &days, None)
        });
        shown(groups.collect())
    }

    fn resources(&self) -> Vec<CostGroup> {
        let costs = &self.snapshot.report.costs;
        let clusters = self.snapshot.shared.iter().map(|it| &costs.clusters[*it]);
        let all =
            costs.jobs.iter().chain(clusters).chain(&costs.warehouses).chain(&costs.pipelines).chain(&costs.pools);
        let groups = all.filter(|it| (self.wanted)(it.target.workspace())).map(|it| self.resource(it));
        shown(groups.filter(|it| it.dbu_usd > 0.0 || it.vm_usd.is_some_and(|it| it > 0.0)).collect())
    }

    fn resource(&self, it: &CostEntry) -> CostGroup {
        let dbu_usd = it.billed.estimate().0;
        let target: &Target = &it.target;
        CostGroup {
            key: target.to_string(),
            label: it.name.clone(),
            target: Some(clusteriq_output::data::TargetJson::new(target, Some(&it.name))),
            dbu_usd,
            vm_usd: it.vm.map(|it| it.0),
            share: share(dbu_usd, self.snapshot.report.costs.billed.estimate().0),
            compared: None,
            days: vec![],
        }
    }
}

/// The dearest, and what is left as one.
fn shown(mut groups: Vec<CostGroup>) -> Vec<CostGroup> {
    let all = |it: &CostGroup| it.dbu_usd + it.vm_usd.unwrap_or_default();
    groups.sort_by(|a, b| all(b).total_cmp(&all(a)).then_with(|| a.label.cmp(&b.label)));
    if groups.len() <= MOST_GROUPS {
        return groups;
    }
    let rest = groups.split_off(MOST_GROUPS);
    groups.push(CostGroup {
        key: String::new(),
        label: format!("{} others", rest.len()),
        target: None,
        dbu_usd: rest.iter().map(|it| it.dbu_usd).sum(),
        vm_usd: rest.iter().filter_map(|it| it.vm_usd).reduce(|a, b| a + b),
        share: rest.iter().filter_map(|it| it.share).reduce(|a, b| a + b),
        compared: None,
        days: vec![],
    });
    groups
}

fn sentence(spend: &Spend, compared: Option<&Compared>, days: &[DaySpend]) -> String {
    use clusteriq_model::Usd;
    use clusteriq_output::words;
    let vm = match spend.vm_usd {
        Some(it) => format!("{} for machines, modelled", Usd(it)),
        None => "machines not known".to_owned(),
    };
    let mut text = format!(
        "{} in {}: {} for DBUs, billed, and {vm}",
        Usd(spend.total_usd),
        words::count(days.len() as u64, "day"),
        Usd(spend.dbu_usd)
    );
    if let Some(change) = compared.and_then(|it| it.change) {
        text += &format!("; DBUs {} against as many days before", words::signed_percent(change));
    }
    text + "."
}

/// The word for a cloud.
pub(crate) fn cloud(it: Cloud) -> &'static str {
    match it {
        Cloud::Aws => "AWS",
        Cloud::Azure => "Azure",
        Cloud::Gcp => "GCP",
    }
}
