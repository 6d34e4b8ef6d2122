//! Which resources must be judged together: those that a recommendation touches, and what belongs to them.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_fake::{Change, Company};
use serde_json::{Value, json};

use crate::actions::changes;

/// A recommendation, as far as it can be judged.
pub(crate) struct Advice {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) changes: Vec<(String, Change)>,
}

/// Resources that stand or fall together.
pub(crate) struct Group {
    pub(crate) targets: Vec<String>,
    /// In order of rank.
    pub(crate) advice: Vec<Advice>,
}

impl Group {
    /// Its clusters with their jobs, and single jobs and warehouses.
    pub(crate) fn units(&self, company: &Company) -> Vec<Vec<String>> {
        let units: BTreeSet<Vec<String>> = self.targets.iter().map(|it| company.group(it)).collect();
        // A pool's job is judged with its pool.
        let inside = |it: &[String], other: &[String]| it != other && it.iter().all(|id| other.contains(id));
        units.iter().filter(|it| !units.iter().any(|other| inside(it, other))).cloned().collect()
    }
}

/// The groups of a report and of all that was planted, and the recommendations that change nothing which is modelled.
pub(crate) fn groups(company: &Company, report: &Value) -> (Vec<Group>, Vec<Value>) {
    let mut unjudged = Vec::new();
    let mut sets: Vec<BTreeSet<String>> = Vec::new();
    for it in company.planted() {
        join(&mut sets, company.group(&it.target_id).into_iter().collect());
    }
    let mut list: Vec<&Value> = report["recommendations"].as_array().into_iter().flatten().collect();
    list.sort_by_key(|it| it["rank"].as_u64().unwrap_or(u64::MAX));
    let mut all = Vec::new();
    for it in list {
        let id = it["id"].as_str().unwrap_or_default().to_owned();
        let kind = it["action"]["kind"].as_str().unwrap_or_default().to_owned();
        let target = it["target"]["id"].as_str().unwrap_or_default();
        let Some(changes) = changes(target, &it["action"]) else {
            unjudged.push(json!({"id": id, "action": kind, "why": "not modelled"}));
            continue;
        };
        let mut touched = vec![target.to_owned()];
        for (_, change) in &changes {
            if let Change::ShareCluster { jobs, .. } = change {
                touched.extend(jobs.iter().cloned());
            }
        }
        join(&mut sets, touched.iter().flat_map(|it| company.group(it)).collect());
        all.push((touched[touched.len() - 1].clone(), Advice { id, kind, changes }));
    }
    let mut advice: BTreeMap<usize, Vec<Advice>> = BTreeMap::new();
    for (target, it) in all {
        if let Some(number) = sets.iter().position(|set| set.contains(&target)) {
            advice.entry(number).or_default().push(it);
        }
    }
    let groups = sets
        .into_iter()
        .enumerate()
        .map(|(number, set)| Group {
            targets: set.into_iter().collect(),
            advice: advice.remove(&number).unwrap_or_default(),
        })
        // Workspaces are planted too, and have nothing to run.
        .filter(|it| !it.advice.is_empty() || company.outcome(&it.targets, &[]).is_ok())
        .collect();
    (groups, unjudged)
}

/// Adds a set, and makes one of all that have something in common with it.
fn join(sets: &mut Vec<BTreeSet<String>>, set: BTreeSet<String>) {
    let mut whole = set;
    sets.retain(|it| {
        let common = !it.is_disjoint(&whole);
        if common {
            whole.extend(it.iter().cloned());
        }
        !common
    });
    sets.push(whole);
}
