//! Which node types a workload should have: whether a successor would do the same work for less.

use crate::catalog::{Arch, Cloud, NodeType, catalog};
use crate::random::Random;
use crate::workload::NeedsX86;
use crate::world::Availability;

/// Families that companies have, most of them current and some of them old.
const FAMILIES: &[(Cloud, &str)] = &[
    (Cloud::Aws, "m4"),
    (Cloud::Aws, "m5"),
    (Cloud::Aws, "m5d"),
    (Cloud::Aws, "m6g"),
    (Cloud::Aws, "m6i"),
    (Cloud::Aws, "m6id"),
    (Cloud::Aws, "m7a"),
    (Cloud::Aws, "m7g"),
    (Cloud::Aws, "m7i"),
    (Cloud::Aws, "m8gd"),
    (Cloud::Aws, "r4"),
    (Cloud::Aws, "r5"),
    (Cloud::Aws, "r5d"),
    (Cloud::Aws, "r6i"),
    (Cloud::Aws, "r6id"),
    (Cloud::Aws, "r7a"),
    (Cloud::Aws, "r7g"),
    (Cloud::Aws, "r8gd"),
    (Cloud::Aws, "c5"),
    (Cloud::Aws, "c5d"),
    (Cloud::Aws, "c6i"),
    (Cloud::Aws, "c6id"),
    (Cloud::Aws, "c7a"),
    (Cloud::Aws, "c7i"),
    (Cloud::Aws, "i3"),
    (Cloud::Aws, "i4i"),
    (Cloud::Azure, "D_v3"),
    (Cloud::Azure, "Ds_v3"),
    (Cloud::Azure, "DS_v2"),
    (Cloud::Azure, "Dds_v4"),
    (Cloud::Azure, "Dds_v5"),
    (Cloud::Azure, "Dads_v5"),
    (Cloud::Azure, "E_v3"),
    (Cloud::Azure, "Eds_v4"),
    (Cloud::Azure, "Eds_v5"),
    (Cloud::Azure, "Eads_v5"),
    (Cloud::Azure, "Fs_v2"),
    (Cloud::Gcp, "n1-standard"),
    (Cloud::Gcp, "n1-highmem"),
    (Cloud::Gcp, "n2-standard"),
    (Cloud::Gcp, "n2-highmem"),
    (Cloud::Gcp, "n2d-standard"),
    (Cloud::Gcp, "n2d-highmem"),
];

/// Those that were succeeded years ago.
const OLD: &[&str] = &["m4", "m5", "m5d", "r4", "r5", "r5d", "c5", "c5d", "i3", "D_v3", "Ds_v3", "DS_v2", "E_v3"];
const OLD_GCP: &[&str] = &["n1-standard", "n1-highmem"];

/// How far usual work follows the speed of cores: in the middle of what is drawn.
const USUAL_AFFINITY: f64 = 0.75;

/// How the nodes are to stand to the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// No successor does it for less.
    Right,
    /// They are old, and a successor with the same instruction set does it for much less.
    Old,
    /// They are old, and one with another instruction set does it for much less, and for the least.
    ArmPays,
    /// The same, but the work needs x86.
    ArmBlocked,
    /// They are old, and yet every successor is dearer for this work, which waits for storage half of its time.
    DearSuccessor,
}

impl Fit {
    /// Part of the work that waits for storage, where it is what decides.
    pub(super) fn waits(self) -> Option<f64> {
        (self == Self::DearSuccessor).then_some(0.5)
    }
}

/// A node type and what the work is like on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hardware {
    pub(super) node: &'static NodeType,
    pub(super) needs_x86: NeedsX86,
    pub(super) speed_affinity: f64,
}

/// What an hour costs as list prices have it, spot at its usual discount.
pub(super) fn usd_per_hour(node: &NodeType, availability: Availability) -> f64 {
    let sku = catalog().sku(node.cloud, "jobs").price_millionths as f64 / 1e6;
    node.dbu_millionths as f64 / 1e6 * sku + vm_usd_per_hour(node, availability)
}

/// The same without DBU: what a node costs that is not ready yet.
pub(super) fn vm_usd_per_hour(node: &NodeType, availability: Availability) -> f64 {
    match availability {
        Availability::OnDemand => node.vm_usd,
        Availability::SpotWithFallback | Availability::SpotAfter(_) => {
            node.vm_usd * (1.0 - (node.spot_discount.0 + node.spot_discount.1) / 2.0)
        }
    }
}

/// What the best successor would cost for the same work, as a part of now; successors of the same size.
fn best_successor(it: &Hardware, availability: Availability, allowed: impl Fn(Arch) -> bool) -> f64 {
    best_by(it, allowed, |old, new| usd_per_hour(new, availability) / usd_per_hour(old, availability))
}

/// The same with a ratio of what an hour costs on two types.
fn best_by(it: &Hardware, allowed: impl Fn(Arch) -> bool, dearer: impl Fn(&NodeType, &NodeType) -> f64) -> f64 {
    let node = it.node;
    let mut best = f64::INFINITY;
    let later = catalog().successors.iter().filter(|(cloud, old, _)| *cloud == node.cloud && *old == node.family);
    for (_, _, family) in later {
        let like = |other: &&NodeType| {
            other.cloud == node.cloud
                && other.family == *family
                && other.vcpus == node.vcpus
                && other.memory_gib > node.memory_gib * 0.85
                && allowed(other.arch)
        };
        for other in catalog().node_types.values().filter(like) {
            best = best.min(dearer(node, other) / (other.speed / node.speed).powf(it.speed_affinity));
        }
    }
    best
}

/// Whether a successor is much cheaper for usual work too, on demand and on spot, and no dearer where spot is cheap for the old type
/// and dear for the new: else nobody could know that it is for this.
fn plain(it: &Hardware, allowed: impl Fn(Arch) -> bool) -> bool {
    let usual = Hardware { speed_affinity: USUAL_AFFINITY, ..*it };
    let markets = [Availability::OnDemand, Availability::SpotWithFallback];
    markets.into_iter().all(|market| best_successor(&usual, market, &allowed) < 0.8)
        && best_by(&usual, &allowed, |old, new| hour_at(new, -ADVERSE) / hour_at(old, ADVERSE)) < 1.0
}

/// Part of the range of spot prices by which they may be off, half of it on each side.
const ADVERSE: f64 = 0.35;

/// An hour on spot whose discount is off the middle by so much of its range.
fn hour_at(node: &NodeType, off: f64) -> f64 {
    let (low, high) = node.spot_discount;
    let dbu = usd_per_hour(node, Availability::OnDemand) - node.vm_usd;
    dbu + node.vm_usd * (1.0 - (low + high) / 2.0 - off * (high - low))
}

fn fits(it: &Hardware, fit: Fit, availability: Availability) -> bool {
    // What waits does not follow cores.
    let it = &Hardware { speed_affinity: it.speed_affinity * (1.0 - fit.waits().unwrap_or(0.0)), ..*it };
    let old = OLD.contains(&it.node.family.as_str()) || OLD_GCP.contains(&it.node.family.as_str());
    let x86 = it.needs_x86 == NeedsX86::Yes;
    let any = best_successor(it, availability, |arch| !x86 || arch == Arch::X86);
    let same = best_successor(it, availability, |arch| arch == it.node.arch);
    let arm = best_successor(it, availability, |arch| arch == Arch::Arm);
    match fit {
        Fit::Right => any > 0.985 && (!x86 || it.node.arch == Arch::X86),
        Fit::Old => old && x86 && same < 0.85 && plain(it, |arch| arch == it.node.arch),
        Fit::ArmPays => {
            old && !x86 && it.node.arch == Arch::X86 && arm < 0.85 && same > arm && plain(it, |arch| arch == Arch::Arm)
        }
        Fit::ArmBlocked => x86 && it.node.arch == Arch::X86 && arm < 0.85 && any > 0.985,
        Fit::DearSuccessor => old && any > 1.02,
    }
}

/// A node type and a nature of the work that fit like that. `suits` narrows the node types further.
pub(super) fn draw(
    fit: Fit,
    cloud: Cloud,
    availability: Availability,
    random: &mut Random,
    suits: impl Fn(&NodeType) -> bool,
) -> Option<Hardware> {
    let families: Vec<&str> = FAMILIES.iter().filter(|it| it.0 == cloud).map(|it| it.1).collect();
    for _ in 0..400 {
        let family = *random.pick(&families);
        let vcpus = *random.pick(&[4, 4, 4, 8, 8, 16]);
        let affinity = match fit {
            Fit::Right => random.between(0.5, 1.0),
            Fit::Old | Fit::ArmPays | Fit::ArmBlocked => random.between(0.65, 1.0),
            Fit::DearSuccessor => random.between(0.5, 0.8),
        };
        let needs_x86 = match fit {
            Fit::Right | Fit::DearSuccessor if random.chance(0.5) => NeedsX86::No,
            Fit::ArmPays => NeedsX86::No,
            Fit::Right | Fit::DearSuccessor | Fit::Old | Fit::ArmBlocked => NeedsX86::Yes,
        };
        let types = catalog().node_types.values();
        let mut of_size =
            types.filter(|it| it.cloud == cloud && it.family == family && it.vcpus == vcpus && it.gpus == 0);
        let Some(node) = of_size.find(|it| suits(it)) else { continue };
        let it = Hardware { node, needs_x86, speed_affinity: affinity };
        if fits(&it, fit, availability) {
            return Some(it);
        }
    }
    None
}

/// Another size of the same family, the nearest with at least so many vCPUs.
pub(super) fn sized(node: &'static NodeType, vcpus: u32) -> &'static NodeType {
    let like = |it: &&NodeType| {
        it.cloud == node.cloud
            && it.family == node.family
            && it.vcpus >= vcpus
            && (it.memory_gib / f64::from(it.vcpus) - node.memory_gib / f64::from(node.vcpus)).abs() < 1.0
    };
    catalog().node_types.values().filter(like).min_by_key(|it| it.vcpus).unwrap_or(node)
}
