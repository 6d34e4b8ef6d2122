//! DBU per node-hour as the account's own bill shows it: no API tells it, and catalogues age.

use std::collections::BTreeMap;

use clusteriq_model::{Bill, Cluster, ClusterKey, DbuPerHour, Hours, Minute};

/// Hours that must agree before the bill is believed over the catalogue.
const LEAST_HOURS: usize = 3;

/// Median over full hours in which the number of nodes of a type did not change, by node type and Photon.
/// Partial hours are left out: whether the DBU meter starts at boot or when the cluster is ready is not settled.
#[must_use]
pub fn billed_dbu(
    bill: &Bill,
    clusters: &BTreeMap<ClusterKey, Cluster>,
    type_names: &[String],
) -> BTreeMap<(String, bool), DbuPerHour> {
    let mut samples: BTreeMap<(String, bool), Vec<f64>> = BTreeMap::new();
    for (key, billed) in &bill.clusters {
        let Some(cluster) = clusters.get(key) else { continue };
        for hour in &billed.hours {
            let Some(node_type) = &hour.node_type else { continue };
            if hour.end.duration_since(hour.start).as_secs() != 3600 {
                continue;
            }
            let minutes = cluster.minutes_between(hour.start, hour.end);
            let Some(nodes) = steady_nodes(&minutes, node_type, type_names) else { continue };
            let rate = hour.dbu.0 / (f64::from(nodes) * Hours(1.0).0);
            if rate > 0.0 {
                let photon = billed.photon.unwrap_or(false);
                samples.entry((node_type.to_string(), photon)).or_default().push(rate);
            }
        }
    }
    samples
        .into_iter()
        .filter(|it| it.1.len() >= LEAST_HOURS)
        .map(|(key, mut rates)| {
            rates.sort_by(f64::total_cmp);
            (key, DbuPerHour(rates[rates.len() / 2]))
        })
        .collect()
}

/// Nodes of the type, if all sixty minutes are there and agree.
fn steady_nodes(minutes: &[Minute], node_type: &str, type_names: &[String]) -> Option<u32> {
    if minutes.len() != 60 {
        return None;
    }
    let is = |index: u16| type_names.get(usize::from(index)).is_some_and(|it| it == node_type);
    let count = |it: &Minute| {
        let workers = if is(it.worker_type) { u32::from(it.workers) } else { 0 };
        let drivers = if is(it.driver_type) { u32::from(it.drivers) } else { 0 };
        workers + drivers
    };
    let first = count(&minutes[0]);
    (first > 0 && minutes.iter().all(|it| count(it) == first)).then_some(first)
}
