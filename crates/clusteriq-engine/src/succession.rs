//! Which node types could stand in for another, and what a job would cost on them.
//!
//! A successor by its name is no cheaper by its name: DBUs per vCPU rise with each generation, often faster than the price of
//! the machine falls. So every candidate is replayed and priced at the account's own rates.

use std::collections::BTreeSet;

use clusteriq_model::{Action, Catalog, Cloud, CpuArch, NodeType, Size};

use crate::advisor::Context;
use crate::plan::savings;
use crate::profile::JobProfile;
use crate::scenario::{changed, to_type};
use crate::whatif::{Quote, job_on};

/// How far a family's successors are followed.
const STEPS: usize = 2;
/// Memory of a candidate against the present type's: no less, and not so much more that it is another kind of machine.
const MEMORY: (f64, f64) = (0.95, 1.6);
/// A candidate must save more than this share of the job's cost at its pessimistic bound...
const LEAST_SURE: Each = Each { same: 0.0, other: 0.05 };
/// ...and this share likely: identical runs differ by 4 % (median) on measured clusters, and core speeds are a hint only.
const LEAST_LIKELY: Each = Each { same: 0.06, other: 0.12 };

/// Median CPU of the workers below which their speed is not what decides the run time.
const BUSY: f64 = 0.5;

/// Whether faster cores are sure to make its runs shorter: so many workers, whatever they do, and cores that are busy.
fn follows_speed(profile: &JobProfile) -> bool {
    let size = profile.compute.as_ref().and_then(|it| it.size);
    let busy = profile.demand.cpu.quantile(0.5).is_none_or(|it| it >= BUSY);
    matches!(size, Some(Size::Fixed(_))) && busy
}

/// Whether a type is at least two generations behind: AWS up to the fifth (storage: the third), Azure up to v3, GCP's first; by the
/// clouds' naming of families (read 2026-11).
#[must_use]
pub(crate) fn is_old(node: &NodeType) -> bool {
    let family = node.family.as_str();
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u32>().ok();
    match node.cloud {
        Cloud::Aws => {
            let start = family.find(|it: char| it.is_ascii_digit());
            let generation = start.and_then(|it| number(&family[it..]));
            let last = if family.starts_with('i') { 3 } else { 5 };
            generation.is_some_and(|it| it <= last)
        }
        Cloud::Azure => family.rsplit_once("_v").map_or(Some(1), |it| number(it.1)).is_some_and(|it| it <= 3),
        Cloud::Gcp => family.starts_with("n1"),
    }
}

/// A bound for the same instruction set, and for another one, about which less is known.
struct Each {
    same: f64,
    other: f64,
}

impl Each {
    fn of(&self, arch: CpuArch, old: CpuArch) -> f64 {
        if arch == old { self.same } else { self.other }
    }
}

/// A node type to move to.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its name.
    pub(crate) to: String,
    /// The change.
    pub(crate) action: Action,
    /// The job on it.
    pub(crate) quote: Quote,
    /// Cost per hour against the present type's, both meters.
    pub(crate) cost_ratio: f64,
    /// Likely saving a month.
    pub(crate) likely: f64,
}

/// Families that follow one within two steps.
fn families(catalog: &Catalog, old: &NodeType) -> BTreeSet<String> {
    let mut found = BTreeSet::from([old.family.clone()]);
    for _ in 0..STEPS {
        let next: Vec<String> =
            found.iter().filter_map(|it| catalog.successors.get(&(old.cloud, it.clone()))).flatten().cloned().collect();
        found.extend(next);
    }
    found.remove(&old.family);
    found
}

/// Types of the same size in families that follow, of one instruction set, that have known prices.
fn types<'a>(catalog: &'a Catalog, old: &NodeType, arch: CpuArch, disk: Disk) -> Vec<&'a NodeType> {
    let families = families(catalog, old);
    let fits = |it: &&NodeType| {
        let memory = it.memory.0 / old.memory.0;
        let same = it.cloud == old.cloud && it.cores == old.cores && it.gpus == 0 && it.arch == arch;
        let disk = disk == Disk::Free || old.local_disk.0 <= 0.0 || it.local_disk.0 > 0.0;
        let priced = it.dbu.is_some() && it.on_demand.is_some() && it.coremark.is_some();
        same && families.contains(&it.family) && (MEMORY.0..=MEMORY.1).contains(&memory) && disk && priced
    };
    catalog.node_types.values().filter(fits).collect()
}

/// Whether local disks must be kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    Kept,
    Free,
}

/// Candidates for an old type that are surely cheaper, the cheapest first. `None`: the present type's price or demand is not known.
pub(crate) fn candidates(cx: &Context<'_>, profile: &JobProfile, arch: CpuArch) -> Option<Vec<Candidate>> {
    let now = profile.compute.as_ref()?;
    let single = now.size.is_some_and(|it| it.most() == 0);
    let name = if single { now.driver_type.as_ref()? } else { now.worker_type.as_ref()? };
    let old = cx.fleet.catalog.node_types.get(name).filter(|it| it.gpus == 0)?;
    if !is_old(old) || !follows_speed(profile) {
        return Some(vec![]);
    }
    let before = job_on(cx.fleet, profile, now)?;
    let cost = before.cost.total()?.likely;
    // Local disks matter to work that spills or waits for storage.
    let waits = profile.demand.wait.quantile(0.9).unwrap_or(0.0) > 0.10;
    let disk = if waits { Disk::Kept } else { Disk::Free };
    let mut found: Vec<Candidate> = types(&cx.fleet.catalog, old, arch, disk)
        .into_iter()
        .filter_map(|it| {
            let action = to_type(&cx.fleet.catalog, now, name, it);
            let quote = job_on(cx.fleet, profile, &changed(now.clone(), &action))?;
            let saving = savings(&before.cost, &quote.cost)?.total;
            let least = (LEAST_SURE.of(arch, old.arch) * cost.0, LEAST_LIKELY.of(arch, old.arch) * cost.0);
            let sure = saving.low.0 >= least.0 && saving.likely.0 >= least.1;
            let rate = |it: &Quote| Some(it.cost.total()?.likely.0 / it.stretch.likely);
            let cost_ratio = rate(&quote)? / rate(&before)?;
            let fits = quote.within(cx.settings.memory_limit);
            (sure && fits).then_some(Candidate {
                to: it.name.clone(),
                action,
                quote,
                cost_ratio,
                likely: saving.likely.0,
            })
        })
        .collect();
    found.sort_by(|a, b| b.likely.total_cmp(&a.likely).then_with(|| a.to.cmp(&b.to)));
    Some(found)
}
