//! Demand rows, packed by cluster.

use std::collections::BTreeMap;

use clusteriq_model::tables::ClusterMinuteRow;
use clusteriq_model::{ClusterKey, Demand, Minute};
use jiff::Timestamp;

use super::names::Names;

/// The minutes of every cluster, in time order.
#[derive(Clone, Debug, Default)]
pub struct MinuteBook {
    /// By cluster.
    pub clusters: BTreeMap<ClusterKey, Demand>,
    /// Node types that minutes name by index.
    pub type_names: Vec<String>,
}

impl MinuteBook {
    /// Adds rows of one partition. Rows of a cluster must arrive in time order over all calls.
    pub fn absorb(&mut self, rows: Vec<ClusterMinuteRow>) {
        let mut current: Option<(ClusterKey, Vec<Minute>)> = None;
        let mut names = Names::default();
        // The next row mostly has the types of the one before.
        let (mut worker, mut driver) = (u16::MAX, u16::MAX);
        for row in rows {
            worker = self.index(row.worker_type.as_deref(), worker);
            driver = self.index(row.driver_type.as_deref(), driver);
            let minute = Minute::new(&row, worker, driver);
            match &mut current {
                Some((key, minutes)) if key.id == row.cluster_id && *key.workspace.0 == *row.workspace_id => {
                    minutes.push(minute);
                }
                _ => {
                    self.settle(current.take());
                    let workspace = names.workspace(&row.workspace_id);
                    current = Some((ClusterKey { workspace, id: row.cluster_id }, vec![minute]));
                }
            }
        }
        self.settle(current);
    }

    fn settle(&mut self, part: Option<(ClusterKey, Vec<Minute>)>) {
        if let Some((key, minutes)) = part {
            self.clusters.entry(key).or_default().append(&minutes);
        }
    }

    fn index(&mut self, name: Option<&str>, guess: u16) -> u16 {
        let Some(name) = name else { return u16::MAX };
        if self.type_names.get(usize::from(guess)).is_some_and(|it| it == name) {
            return guess;
        }
        if let Some(at) = self.type_names.iter().position(|it| it == name) {
            return u16::try_from(at).unwrap_or(u16::MAX);
        }
        self.type_names.push(name.to_owned());
        u16::try_from(self.type_names.len() - 1).unwrap_or(u16::MAX)
    }

    /// The earliest minute of all.
    #[must_use]
    pub fn first(&self) -> Option<Timestamp> {
        let first = self.clusters.values().filter_map(|it| it.first()).map(|it| it.at).min()?;
        Timestamp::from_second(first * 60).ok()
    }
}
