//! Node types that could take another's place.

use std::collections::BTreeSet;

use crate::catalog::{NodeType, catalog};

/// Types of the same size in families that succeed it or stand beside it: what takes its place without being another kind of
/// machine. The cheapest first, at most eight.
pub(super) fn successors(kind: &'static NodeType) -> Vec<&'static NodeType> {
    let families = families(kind);
    let mut found = of_families(kind, &families);
    found.retain(|it| (0.95..=1.6).contains(&(it.memory_gib / kind.memory_gib)));
    found.sort_by(|a, b| a.vm_usd.total_cmp(&b.vm_usd));
    found.truncate(8);
    found
}

/// Types of the same cloud and cores in families that succeed it, and in those with another ratio of memory to cores. At most so
/// many, cheap ones first among those of a kind.
pub(super) fn relatives(kind: &'static NodeType) -> Vec<&'static NodeType> {
    let families = families(kind);
    let ratios: Vec<String> = families.iter().flat_map(|it| other_ratios(it)).collect();
    let mut found = of_families(kind, &families);
    let mut others = of_families(kind, &ratios.into_iter().collect());
    others.retain(|it| !families.contains(&it.family));
    others.sort_by(|a, b| a.vm_usd.total_cmp(&b.vm_usd));
    found.sort_by(|a, b| a.vm_usd.total_cmp(&b.vm_usd));
    found.truncate(8);
    others.truncate(5);
    found.extend(others);
    found
}

fn of_families(kind: &NodeType, families: &BTreeSet<String>) -> Vec<&'static NodeType> {
    let all = catalog().node_types.values();
    all.filter(|it| it.cloud == kind.cloud && it.gpus == 0 && it.vcpus == kind.vcpus && it.id != kind.id)
        .filter(|it| families.contains(&it.family))
        .collect()
}

/// Its own family, and those that follow it within two steps.
fn families(kind: &NodeType) -> BTreeSet<String> {
    let mut families: BTreeSet<String> = BTreeSet::from([kind.family.clone()]);
    let successors = &catalog().successors;
    for _ in 0..2 {
        let more: Vec<String> = successors
            .iter()
            .filter(|(cloud, old, _)| *cloud == kind.cloud && families.contains(*old))
            .map(|it| it.2.to_owned())
            .collect();
        families.extend(more);
    }
    families
}

/// The same type's sizes with half and twice as many cores.
pub(super) fn other_sizes(kind: &'static NodeType) -> Vec<&'static NodeType> {
    let wanted = [kind.vcpus / 2, kind.vcpus * 2];
    let same = catalog().node_types.values().filter(|it| it.cloud == kind.cloud && it.family == kind.family);
    same.filter(|it| wanted.contains(&it.vcpus)).collect()
}

/// `m6i` with more memory is `r6i`, with less `c6i`; on Azure `Dds_v5` with more is `Eds_v5`.
fn other_ratios(family: &str) -> Vec<String> {
    let Some(first) = family.chars().next() else { return Vec::new() };
    let rest = &family[first.len_utf8()..];
    let others: &[char] = match first {
        'm' => &['r', 'c'],
        'r' => &['m', 'c'],
        'c' => &['m', 'r'],
        'i' => &['m', 'r'],
        'D' => &['E'],
        'E' => &['D'],
        _ => &[],
    };
    others.iter().map(|it| format!("{it}{rest}")).collect()
}
