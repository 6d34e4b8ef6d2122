//! Nodes of clusters: what they were busy with, and what `node_timeline` says of it, minute by minute.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::catalog::{Cloud, NodeType};
use crate::market::Purchase;
use crate::random::Random;
use crate::time::{MINUTE, Millis};

/// Who a node is.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) workspace_id: Arc<str>,
    pub(crate) cluster_id: Arc<str>,
    pub(crate) instance_id: String,
    pub(crate) role: Role,
    pub(crate) node_type: &'static NodeType,
}

/// What a node does in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Driver,
    Worker,
}

/// One row of `system.compute.node_timeline`.
#[derive(Clone, Debug)]
pub(crate) struct NodeMinute {
    pub(crate) node: Arc<Identity>,
    pub(crate) start: Millis,
    pub(crate) cpu_user: f64,
    pub(crate) cpu_system: f64,
    pub(crate) cpu_wait: f64,
    pub(crate) mem_used: f64,
    pub(crate) mem_swap: f64,
    pub(crate) sent_bytes: i64,
    pub(crate) received_bytes: i64,
    pub(crate) root_free_bytes: i64,
    pub(crate) local_free_bytes: i64,
}

/// What a node was asked to do in a minute.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// Core-seconds of computing.
    cpu: f64,
    /// Core-seconds of waiting for storage.
    wait: f64,
    /// Memory that programs want, without the operating system.
    memory_gib: f64,
    /// Data read and exchanged.
    megabytes: f64,
}

/// A node and its load so far.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) identity: Arc<Identity>,
    /// When it begins to report: the operating system is up.
    pub(crate) up: Millis,
    /// When it joins the cluster: from here on it is billed.
    pub(crate) ready: Millis,
    /// When it is gone; far in the future while it runs.
    pub(crate) down: Millis,
    pub(crate) purchase: Purchase,
    /// Minute (since 1970) of the first load.
    first: i64,
    loads: VecDeque<Load>,
    memory_gib: f64,
    scratch_gib: f64,
}

/// Of a node that still runs.
pub(crate) const NOT_YET: Millis = Millis::MAX;

impl Node {
    pub(crate) fn new(identity: Identity, up: Millis, ready: Millis) -> Self {
        Self {
            identity: Arc::new(identity),
            up,
            ready,
            down: NOT_YET,
            purchase: Purchase::OnDemand,
            first: up.div_euclid(MINUTE),
            loads: VecDeque::new(),
            memory_gib: 0.0,
            scratch_gib: 0.0,
        }
    }

    pub(crate) fn node_type(&self) -> &'static NodeType {
        self.identity.node_type
    }

    /// Puts work on it: so many cores computing and waiting over a time, and what they exchange.
    pub(crate) fn work(&mut self, from: Millis, to: Millis, cpu_cores: f64, wait_cores: f64, megabytes: f64) {
        let whole = (to - from).max(1) as f64;
        self.each_minute(from, to, |load, overlap| {
            load.cpu += cpu_cores * overlap as f64 / 1000.0;
            load.wait += wait_cores * overlap as f64 / 1000.0;
            load.megabytes += megabytes * overlap as f64 / whole;
        });
    }

    /// Programs on it want that much memory over a time.
    pub(crate) fn hold(&mut self, from: Millis, to: Millis, memory_gib: f64) {
        self.each_minute(from, to, |load, _| load.memory_gib = load.memory_gib.max(memory_gib));
    }

    fn each_minute(&mut self, from: Millis, to: Millis, mut change: impl FnMut(&mut Load, Millis)) {
        let from = from.max(self.first * MINUTE);
        let mut at = from;
        while at < to {
            let minute = at.div_euclid(MINUTE);
            let next = to.min((minute + 1) * MINUTE);
            let index = (minute - self.first).unsigned_abs() as usize;
            if self.loads.len() <= index {
                self.loads.resize(index + 1, Load::default());
            }
            change(&mut self.loads[index], next - at);
            at = next;
        }
    }

    /// Reports the full minutes that end by `until` and were not reported yet.
    pub(crate) fn report(&mut self, until: Millis, random: &mut Random, rows: &mut Vec<NodeMinute>) {
        let until = until.min(self.down);
        while (self.first + 1) * MINUTE <= until {
            let start = self.first * MINUTE;
            let load = self.loads.pop_front().unwrap_or_default();
            self.first += 1;
            // A node that comes up within a minute reports from the next one on.
            if start >= self.up {
                rows.push(self.minute(start, load, random));
            }
        }
    }

    fn minute(&mut self, start: Millis, load: Load, random: &mut Random) -> NodeMinute {
        let kind = self.identity.node_type;
        let capacity = f64::from(kind.vcpus) * 60.0;
        let starting = start < self.ready;
        let asked = if starting {
            // Images, init scripts, libraries: a core or so.
            random.between(0.3, 1.3) / f64::from(kind.vcpus)
        } else {
            load.cpu / capacity
        };
        let busy = (asked * random.factor(0.03) * 100.0 + random.between(0.3, 1.2)).min(99.4);
        let cpu_system = busy * random.between(0.09, 0.16);
        let wait = load.wait / capacity * 100.0 * random.factor(0.1) + random.between(0.05, 0.3) + busy * 0.015;

        // A JVM takes memory within minutes and gives it back slowly.
        let wanted = load.memory_gib;
        self.memory_gib += (wanted - self.memory_gib) * if wanted > self.memory_gib { 0.45 } else { 0.004 };
        let system_gib = match self.identity.role {
            Role::Driver => 2.4,
            Role::Worker => 1.4,
        } + kind.memory_gib * 0.05;
        let wanted = (self.memory_gib + system_gib) / kind.memory_gib * 100.0 + random.normal() * 0.5;
        let mem_used = wanted.clamp(3.0, 99.3);
        // What does not fit goes to disk.
        let swapped = (wanted - 98.0).clamp(0.0, 40.0) * 0.5;
        let mem_swap = if mem_used > 97.5 { random.between(0.2, 2.5) + swapped } else { 0.0 };

        let chatter = random.between(0.3, 1.3);
        let received = (load.megabytes * random.factor(0.05) + chatter) * 1_000_000.0;
        let sent = (load.megabytes * random.between(0.5, 0.7) + chatter * 0.9) * 1_000_000.0;
        self.scratch_gib = (self.scratch_gib + load.megabytes / 8_000.0).min(kind.local_disk_gib.max(100.0) * 0.6);
        let disk_gib = kind.local_disk_gib.max(100.0) - 6.0 - self.scratch_gib;
        NodeMinute {
            node: self.identity.clone(),
            start,
            cpu_user: percent(busy - cpu_system),
            cpu_system: percent(cpu_system),
            cpu_wait: percent(wait.min(100.0 - busy)),
            mem_used: percent(mem_used),
            mem_swap: percent(mem_swap),
            sent_bytes: sent as i64,
            received_bytes: received as i64,
            root_free_bytes: 85_899_345_920,
            local_free_bytes: (disk_gib * 1024.0) as i64 * 1_048_576,
        }
    }
}

/// Two digits after the point, as the table has them.
fn percent(value: f64) -> f64 {
    (value.max(0.0) * 100.0).round() / 100.0
}

/// An instance id as the cloud gives them.
pub(crate) fn instance_id(cloud: Cloud, random: &mut Random) -> String {
    match cloud {
        Cloud::Aws => format!("i-0{}", random.hex(16)),
        Cloud::Azure => random.hex(32),
        Cloud::Gcp => random.digits(19),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::node_type;

    fn node(up: Millis) -> Node {
        let identity = Identity {
            workspace_id: "1".into(),
            cluster_id: "c".into(),
            instance_id: "i".into(),
            role: Role::Worker,
            node_type: node_type("m6i.xlarge"),
        };
        Node::new(identity, up, up)
    }

    #[test]
    fn two_of_four_cores_are_half_the_cpu() {
        let mut node = node(0);
        node.work(0, 10 * MINUTE, 2.0, 0.0, 0.0);
        let mut rows = Vec::new();
        node.report(10 * MINUTE, &mut Random::named(1, "n"), &mut rows);
        let mean = rows.iter().map(|it| it.cpu_user + it.cpu_system).sum::<f64>() / 10.0;
        assert!((48.0..54.0).contains(&mean), "{mean}");
    }

    #[test]
    fn only_full_minutes_are_reported_and_each_once() {
        let mut node = node(30_000);
        let mut rows = Vec::new();
        let mut random = Random::named(1, "n");
        node.report(3 * MINUTE, &mut random, &mut rows);
        node.down = 5 * MINUTE + 30_000;
        node.report(9 * MINUTE, &mut random, &mut rows);
        let starts: Vec<_> = rows.iter().map(|it| it.start / MINUTE).collect();
        assert_eq!(starts, [1, 2, 3, 4]);
    }
}
