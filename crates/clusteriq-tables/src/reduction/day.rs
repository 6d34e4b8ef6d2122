//! The cluster-minutes of one UTC day while its rows are added.

use std::collections::BTreeMap;
use std::ops::Range;

use super::columns::Columns;
use super::minute::{Measured, Minute, NodeType};
use super::places::{At, Place};

pub(super) const MINUTES_PER_DAY: i32 = 1440;

/// Minutes are kept in blocks, so that a cluster that lives for an hour does not take a day's memory; one bit of a word each.
pub(super) const BLOCK: usize = 64;
pub(super) const BLOCKS: usize = (MINUTES_PER_DAY as usize).div_ceil(BLOCK);

/// No block yet.
const NONE: u32 = u32::MAX;

/// One day.
#[derive(Default)]
pub(super) struct Day {
    /// By workspace and cluster: index into `clusters`.
    names: BTreeMap<Box<str>, BTreeMap<Box<str>, u32>>,
    clusters: Vec<Cluster>,
    /// Blocks one after the other.
    minutes: Vec<Minute>,
    /// For each node the minutes that were counted, one bit each.
    counted: Vec<[u64; BLOCKS]>,
    /// Length of all names.
    text: usize,
}

struct Cluster {
    /// Where the block begins in [`Day::minutes`], or `NONE`.
    blocks: [u32; BLOCKS],
    /// By instance: index into [`Day::counted`].
    nodes: BTreeMap<Box<str>, u32>,
}

/// A batch, with what was worked out for it.
pub(super) struct Batch<'a> {
    pub(super) columns: &'a Columns,
    /// For each index of the node type column; the last one is for null.
    pub(super) types: &'a [NodeType],
    /// For each node type.
    pub(super) type_names: &'a [Box<str>],
}

impl Batch<'_> {
    /// Index of a row's node type in `types`.
    #[inline]
    #[allow(clippy::cast_sign_loss, reason = "indices are not negative")]
    pub(super) fn type_index(&self, row: usize) -> usize {
        // That of null is the greatest number; its type is the last.
        (self.columns.node_type.index[row] as usize).min(self.types.len() - 1)
    }
}

impl Day {
    /// An empty one that uses the memory of another.
    pub(super) fn reusing(mut minutes: Vec<Minute>) -> Self {
        minutes.clear();
        Self { minutes, ..Self::default() }
    }

    /// The memory of its minutes, for another day.
    pub(super) fn into_minutes(self) -> Vec<Minute> {
        self.minutes
    }

    /// Adds rows that are all of this day; returns how many node-minutes were there before.
    pub(super) fn add(&mut self, day: i32, batch: &Batch<'_>, rows: Range<usize>, places: &mut [Place]) -> u64 {
        let it = batch.columns;
        let mut duplicates = 0;
        let count = it.minute.len();
        // Slices of one length: the bounds of all are checked at once.
        let (workspace, cluster) = (&it.workspace.index[..count], &it.cluster.index[..count]);
        let instance = &it.instance.index[..count];
        let (user, system) = (&it.user[..count], &it.system[..count]);
        let (wait, mem, swap) = (&it.wait[..count], &it.mem[..count], &it.swap[..count]);
        let (sent, received) = (&it.sent[..count], &it.received[..count]);
        let mut last = Place::NONE;
        for row in rows {
            #[allow(clippy::cast_sign_loss, reason = "keys have no nulls, indices are not negative")]
            let place = &mut places[instance[row] as usize];
            if place.day != day || place.workspace != workspace[row] || place.cluster != cluster[row] {
                let (workspace, cluster) = (workspace[row], cluster[row]);
                // Most often the nodes of a cluster stand together.
                let near = (last.workspace == workspace && last.cluster == cluster).then_some(last.at);
                let at = self.place(it, row, near);
                *place = Place { day, workspace, cluster, at };
                last = *place;
            }
            let at = place.at;
            #[allow(clippy::cast_sign_loss, reason = "the row is of this day")]
            let minute = (it.minute[row] - day * MINUTES_PER_DAY) as usize;
            let (block, bit) = (minute / BLOCK, minute % BLOCK);
            let counted = &mut self.counted[at.node as usize][block];
            if *counted & (1 << bit) != 0 {
                duplicates += 1;
                continue;
            }
            *counted |= 1 << bit;

            let index = &mut self.clusters[at.cluster as usize].blocks[block];
            if *index == NONE {
                let end = self.minutes.len();
                *index = u32::try_from(end).expect("less than 4 billion minutes");
                self.minutes.resize(end + BLOCK, Minute::default());
            }
            let minute = &mut self.minutes[*index as usize + bit];
            let measured =
                Measured { user: user[row], system: system[row], wait: wait[row], mem: mem[row], swap: swap[row] };
            let node = &batch.types[batch.type_index(row)];
            // Wraps: whatever the bytes are, order must not matter and nothing may stop.
            minute.network = minute.network.wrapping_add(sent[row]).wrapping_add(received[row]);
            if it.driver.value(row) {
                minute.add_driver(node, measured, batch.type_names);
            } else {
                minute.add_worker(node, measured, batch.type_names);
            }
        }
        duplicates
    }

    /// Where the node of a row is kept; makes the place if it is new. `near` is where another node of its cluster is kept.
    #[cold]
    fn place(&mut self, columns: &Columns, row: usize, near: Option<At>) -> At {
        let cluster = near.map_or_else(|| self.cluster(columns, row), |it| it.cluster);
        let nodes = &mut self.clusters[cluster as usize].nodes;
        let instance = columns.instance.get(columns.instance.index[row]).unwrap_or_default();
        let node = nodes.get(instance).copied().unwrap_or_else(|| {
            let node = u32::try_from(self.counted.len()).expect("less than 4 billion nodes");
            nodes.insert(instance.into(), node);
            self.text += instance.len();
            self.counted.push([0; BLOCKS]);
            node
        });
        At { cluster, node }
    }

    fn cluster(&mut self, columns: &Columns, row: usize) -> u32 {
        let workspace = columns.workspace.get(columns.workspace.index[row]).unwrap_or_default();
        let name = columns.cluster.get(columns.cluster.index[row]).unwrap_or_default();
        if let Some(it) = self.names.get(workspace).and_then(|it| it.get(name)) {
            return *it;
        }
        let cluster = u32::try_from(self.clusters.len()).expect("less than 4 billion clusters");
        self.clusters.push(Cluster { blocks: [NONE; BLOCKS], nodes: BTreeMap::new() });
        self.text += name.len();
        self.names.entry(workspace.into()).or_default().insert(name.into(), cluster);
        cluster
    }

    /// Bytes held, to within the slack of the allocator.
    pub(super) fn memory_bytes(&self) -> usize {
        /// A name in a `BTreeMap`: pointer, length, value, and the map's own slack.
        const NAME: usize = 48;
        self.minutes.len() * size_of::<Minute>()
            + self.clusters.capacity() * size_of::<Cluster>()
            + self.counted.capacity() * size_of::<[u64; BLOCKS]>()
            + (self.clusters.len() + self.counted.len()) * NAME
            + self.text
    }

    /// At most so many rows will a workspace have.
    pub(super) fn most_rows(&self, workspace: &str) -> usize {
        let clusters = self.names.get(workspace).into_iter().flat_map(|it| it.values());
        let blocks = clusters.flat_map(|it| self.clusters[*it as usize].blocks);
        blocks.filter(|it| *it != NONE).count() * BLOCK
    }

    /// The workspaces, in order.
    pub(super) fn workspaces(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(AsRef::as_ref)
    }

    /// The clusters of a workspace in order, each with the minutes of the day in which a node of it reported.
    pub(super) fn clusters(
        &self,
        workspace: &str,
    ) -> impl Iterator<Item = (&str, impl Iterator<Item = (u16, &Minute)>)> {
        let clusters = self.names.get(workspace).into_iter().flatten();
        clusters.map(|(name, index)| {
            let blocks = (0_u16..).step_by(BLOCK).zip(&self.clusters[*index as usize].blocks);
            let full = blocks.filter(|(_, begin)| **begin != NONE);
            let minutes = full.flat_map(|(first, begin)| (first..).zip(&self.minutes[*begin as usize..][..BLOCK]));
            (name.as_ref(), minutes.filter(|(_, it)| !it.is_empty()))
        })
    }
}
