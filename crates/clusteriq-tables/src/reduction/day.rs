//! The cluster-minutes of one UTC day while its rows are added.

use std::collections::BTreeMap;
use std::ops::Range;

use super::columns::Columns;
use super::minute::{Measured, Minute, NodeType};

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
    blocks: Vec<Box<[Minute; BLOCK]>>,
    /// For each node the minutes that were counted, one bit each.
    counted: Vec<[u64; BLOCKS]>,
    /// Length of all names.
    text: usize,
}

struct Cluster {
    /// Index into [`Day::blocks`], or `NONE`.
    blocks: [u32; BLOCKS],
    /// By instance: index into [`Day::counted`].
    nodes: BTreeMap<Box<str>, u32>,
}

/// What the rows of one instance led to the last time, per instance in a batch's dictionary: with it a row is added without
/// looking at a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Number of the batch that the entry is from; others are void.
    batch: u64,
    day: i32,
    workspace: i32,
    cluster: i32,
    at: At,
}

#[derive(Clone, Copy, Default)]
struct At {
    cluster: u32,
    node: u32,
}

/// A batch, with what was worked out for it.
pub(super) struct Batch<'a> {
    pub(super) number: u64,
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
    /// Adds rows that are all of this day; returns how many node-minutes were there before.
    pub(super) fn add(
        &mut self,
        day: i32,
        batch: &Batch<'_>,
        rows: Range<usize>,
        places: &mut [Place],
    ) -> u64 {
        let it = batch.columns;
        let mut duplicates = 0;
        let count = it.minute.len();
        // Slices of one length: the bounds of all are checked at once.
        let (workspace, cluster) = (&it.workspace.index[..count], &it.cluster.index[..count]);
        let instance = &it.instance.index[..count];
        let (user, system) = (&it.user[..count], &it.system[..count]);
        let (wait, mem, swap) = (&it.wait[..count], &it.mem[..count], &it.swap[..count]);
        let (sent, received) = (&it.sent[..count], &it.received[..count]);
        for row in rows {
            #[allow(
                clippy::cast_sign_loss,
                reason = "keys have no nulls, indices are not negative"
            )]
            let place = &mut places[instance[row] as usize];
            if place.batch != batch.number
                || place.day != day
                || place.workspace != workspace[row]
                || place.cluster != cluster[row]
            {
                *place = Place {
                    batch: batch.number,
                    day,
                    workspace: workspace[row],
                    cluster: cluster[row],
                    at: self.place(it, row),
                };
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
                *index = u32::try_from(self.blocks.len()).expect("less than 4 billion blocks");
                self.blocks.push(Box::new([Minute::default(); BLOCK]));
            }
            let minute = &mut self.blocks[*index as usize][bit];
            let measured = Measured {
                user: user[row],
                system: system[row],
                wait: wait[row],
                mem: mem[row],
                swap: swap[row],
            };
            let node = &batch.types[batch.type_index(row)];
            // Wraps: whatever the bytes are, order must not matter and nothing may stop.
            minute.network = minute
                .network
                .wrapping_add(sent[row])
                .wrapping_add(received[row]);
            if it.driver.value(row) {
                minute.add_driver(node, measured, batch.type_names);
            } else {
                minute.add_worker(node, measured, batch.type_names);
            }
        }
        duplicates
    }

    /// Where the node of a row is kept; makes the place if it is new.
    #[cold]
    fn place(&mut self, columns: &Columns, row: usize) -> At {
        let text = |it: Option<&str>| -> Box<str> { it.unwrap_or_default().into() };
        let workspace = text(columns.workspace.get(columns.workspace.index[row]));
        let cluster = text(columns.cluster.get(columns.cluster.index[row]));
        let instance = text(columns.instance.get(columns.instance.index[row]));
        let lengths = (workspace.len(), cluster.len(), instance.len());

        let workspaces = self.names.len();
        let clusters = self.names.entry(workspace).or_default();
        let at = *clusters.entry(cluster).or_insert_with(|| {
            self.text += lengths.1;
            self.clusters.push(Cluster {
                blocks: [NONE; BLOCKS],
                nodes: BTreeMap::new(),
            });
            u32::try_from(self.clusters.len() - 1).expect("less than 4 billion clusters")
        });
        let node = *self.clusters[at as usize]
            .nodes
            .entry(instance)
            .or_insert_with(|| {
                self.text += lengths.2;
                self.counted.push([0; BLOCKS]);
                u32::try_from(self.counted.len() - 1).expect("less than 4 billion nodes")
            });
        if self.names.len() > workspaces {
            self.text += lengths.0;
        }
        At { cluster: at, node }
    }

    /// Bytes held, to within the slack of the allocator.
    pub(super) fn memory_bytes(&self) -> usize {
        /// A name in a `BTreeMap`: pointer, length, value, and the map's own slack.
        const NAME: usize = 48;
        self.blocks.len() * (size_of::<[Minute; BLOCK]>() + 24)
            + self.clusters.capacity() * size_of::<Cluster>()
            + self.counted.capacity() * size_of::<[u64; BLOCKS]>()
            + (self.clusters.len() + self.counted.len()) * NAME
            + self.text
    }

    /// The workspaces, in order.
    pub(super) fn workspaces(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(AsRef::as_ref)
    }

    /// The minutes of a workspace in which a node reported, by cluster, then minute of the day.
    pub(super) fn minutes(&self, workspace: &str) -> impl Iterator<Item = (&str, usize, &Minute)> {
        let clusters = self.names.get(workspace).into_iter().flatten();
        clusters.flat_map(move |(name, cluster)| {
            let blocks = self.clusters[*cluster as usize].blocks.iter().enumerate();
            let full = blocks.filter(|(_, index)| **index != NONE);
            full.flat_map(move |(block, index)| {
                let minutes = self.blocks[*index as usize].iter().enumerate();
                let reported = minutes.filter(|(_, it)| !it.is_empty());
                reported.map(move |(bit, it)| (name.as_ref(), block * BLOCK + bit, it))
            })
        })
    }
}
