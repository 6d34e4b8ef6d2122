//! Pools in a test's world: they replace nodes that are taken and give back what stays idle too long.

use clusteriq_model::tables::{InstanceEventRow, InstancePoolRow, Tables};

use super::at;
use super::world::{DAYS, World, first_minute, time};

/// Time until a launched node is ready, and until one above the minimum goes.
const LAUNCH: i64 = 4;
const LIMIT: i64 = 20;

#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) min: u32,
    /// Minute of the window, nodes, and minutes they are used.
    pub(super) starts: Vec<(i64, u32, i64)>,
}

impl World {
    /// A pool of `m5.xlarge` that keeps `min` nodes, and the starts of clusters on it.
    pub(crate) fn pool(mut self, name: &str, min: u32, starts: &[(i64, u32, i64)]) -> Self {
        self.pools.push(Pool { name: name.into(), min, starts: starts.into() });
        self
    }
}

pub(super) fn rows(it: &Pool, tables: &mut Tables) {
    tables.instance_pools.push(InstancePoolRow {
        workspace_id: "1".into(),
        instance_pool_id: it.name.clone(),
        change_time: at("2026-08-01T00:00:00Z"),
        instance_pool_name: Some(it.name.clone()),
        node_type: Some("m5.xlarge".into()),
        min_idle_instances: Some(i64::from(it.min)),
        max_capacity: None,
        idle_instance_autotermination_minutes: Some(LIMIT),
        availability: Some("ON_DEMAND".into()),
        tags: None,
        create_time: None,
        delete_time: None,
    });
    let mut nodes = 0;
    let mut event = |minute: i64, node: u32, state: &str, cluster: Option<String>| {
        tables.instance_events.push(InstanceEventRow {
            workspace_id: "1".into(),
            instance_id: format!("{}-i-{node:04}", it.name),
            event_time: time(first_minute() + minute),
            state: state.into(),
            event_type: None,
            availability_type: None,
            instance_pool_id: Some(it.name.clone()),
            cluster_id: cluster,
            node_type: Some("m5.xlarge".into()),
        });
    };
    // Idle nodes: when they became, or become, ready. Used ones: when they come back.
    let mut idle: Vec<(i64, u32)> = vec![];
    let mut used: Vec<(i64, u32)> = vec![];
    for minute in 0..DAYS * 1440 {
        let back: Vec<_> = used.iter().copied().filter(|it| it.0 == minute).collect();
        used.retain(|it| it.0 != minute);
        for (_, node) in back {
            event(minute, node, "INSTANCE_READY", None);
            idle.push((minute, node));
        }
        for (index, (_, count, long)) in it.starts.iter().enumerate().filter(|(_, start)| start.0 == minute) {
            for _ in 0..*count {
                idle.sort_unstable();
                let cluster = Some(format!("{}-c-{index}", it.name));
                let (ready, node) = if idle.first().is_some_and(|it| it.0 <= minute) {
                    (minute, idle.remove(0).1)
                } else {
                    nodes += 1;
                    event(minute, nodes, "INSTANCE_LAUNCHING", None);
                    (minute + LAUNCH, nodes)
                };
                event(ready, node, "INSTANCE_PLACED", cluster);
                used.push((ready + long, node));
            }
        }
        while idle.len() < it.min as usize {
            nodes += 1;
            event(minute, nodes, "INSTANCE_LAUNCHING", None);
            let ready = if minute == 0 { 0 } else { minute + LAUNCH };
            event(ready, nodes, "INSTANCE_READY", None);
            idle.push((ready, nodes));
        }
        idle.sort_unstable();
        while idle.len() > it.min as usize && idle[0].0 + LIMIT <= minute {
            event(minute, idle.remove(0).1, "INSTANCE_TERMINATED", None);
        }
    }
}
