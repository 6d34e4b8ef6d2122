//! What the company did, lived through once and kept for its workspaces to show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Workspace;
use super::contents::Contents;
use crate::market::Watch;
use crate::records::{ClusterNow, NodeLife, Records, RunSlice, UpdateSlice, WarehouseEvent};
use crate::time::{DAY, Day, Millis};
use crate::world::World;
use crate::{AS_IT_WAS, DemoOptions, FakeError, actors, start};

/// The whole history of a company.
pub struct History {
    pub(super) world: World,
    pub(super) until: Millis,
    pub(super) clusters: Vec<ClusterNow>,
    pub(super) job_runs: Vec<RunSlice>,
    pub(super) task_runs: Vec<RunSlice>,
    pub(super) updates: Vec<UpdateSlice>,
    /// The newest of each warehouse.
    pub(super) warehouses: BTreeMap<String, WarehouseEvent>,
    /// By cluster and node.
    pub(super) lives: BTreeMap<(Arc<str>, String), NodeLife>,
    /// Nodes that the cloud took back.
    pub(super) lost: BTreeSet<String>,
}

impl History {
    /// The history that [`crate::write_export`] writes with these options. Node minutes are left out: REST has none.
    pub fn of(options: &DemoOptions) -> Result<Self, FakeError> {
        let start = start(options)?;
        let until = options.until.as_millisecond();
        let world = World::new(options, start);
        let mut actors = actors(options, &world, Watch::Nothing, AS_IT_WAS);
        let mut it = Self {
            world,
            until,
            clusters: Vec::new(),
            job_runs: Vec::new(),
            task_runs: Vec::new(),
            updates: Vec::new(),
            warehouses: BTreeMap::new(),
            lives: BTreeMap::new(),
            lost: BTreeSet::new(),
        };
        for number in 0..i64::from(options.days) {
            let day = Day { number, start: start + number * DAY, until };
            for actor in &mut actors {
                it.keep(actor.day(day));
            }
        }
        Ok(it)
    }

    /// Id and name of each workspace.
    #[must_use]
    pub fn workspaces(&self) -> Vec<(String, String)> {
        self.world.workspaces.iter().map(|it| (it.id.to_string(), it.name.to_owned())).collect()
    }

    /// The workspace with that id.
    #[must_use]
    pub fn workspace(&self, id: &str) -> Option<Workspace> {
        let found = self.world.workspaces.iter().find(|it| &*it.id == id)?;
        Some(Workspace::new(Contents::of(self, found)))
    }

    fn keep(&mut self, mut records: Records) {
        self.clusters.append(&mut records.clusters_now);
        self.job_runs.append(&mut records.job_runs);
        self.task_runs.append(&mut records.task_runs);
        self.updates.append(&mut records.pipeline_updates);
        for it in records.warehouse_events.into_iter().filter(|it| it.at <= self.until) {
            self.warehouses.insert(it.warehouse.id.clone(), it);
        }
        for it in records.lives {
            self.lives.insert((it.identity.cluster_id.clone(), it.identity.instance_id.clone()), it);
        }
        self.lost.extend(records.losses.into_iter().map(|(_, it)| it.instance_id));
    }
}
