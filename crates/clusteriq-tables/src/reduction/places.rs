//! Where the node of a row is kept, remembered per index of a dictionary, so that few rows need their texts looked at.

use arrow::array::{Array, StringArray};

use super::columns::Columns;

/// Dictionaries that are remembered at a time: a reader has one per row group and decodes some row groups at once.
const KEPT: usize = 16;

/// For each recent dictionary of instances what its indices led to.
#[derive(Default)]
pub(super) struct Places {
    recent: Vec<Remembered>,
    /// The one that is given up next.
    oldest: usize,
}

struct Remembered {
    /// Of workspaces, clusters and instances. Held so that no other array can come to lie at the same address.
    texts: [StringArray; 3],
    places: Vec<Place>,
}

/// What the rows of one instance led to the last time.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) day: i32,
    /// Indices into the batch's workspaces and clusters: an instance can move.
    pub(super) workspace: i32,
    pub(super) cluster: i32,
    pub(super) at: At,
}

/// Indices into the clusters and nodes of a day.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) cluster: u32,
    pub(super) node: u32,
}

impl Place {
    /// No row's: its indices are not negative.
    pub(super) const NONE: Self = Self { day: 0, workspace: -1, cluster: -1, at: At { cluster: 0, node: 0 } };
}

impl Places {
    /// By index of the batch's instances.
    pub(super) fn of(&mut self, columns: &Columns) -> &mut [Place] {
        let texts = [&columns.workspace, &columns.cluster, &columns.instance].map(|it| &it.texts);
        let known = self.recent.iter().position(|it| it.texts.iter().zip(texts).all(|(a, b)| is_same(a, b)));
        let index = known.unwrap_or_else(|| {
            let fresh = Remembered { texts: texts.map(Clone::clone), places: vec![Place::NONE; texts[2].len()] };
            if self.recent.len() < KEPT {
                self.recent.push(fresh);
                return self.recent.len() - 1;
            }
            let index = self.oldest;
            self.recent[index] = fresh;
            self.oldest = (index + 1) % KEPT;
            index
        });
        &mut self.recent[index].places
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let bytes = |it: &Remembered| {
            let texts: usize = it.texts.iter().map(Array::get_array_memory_size).sum();
            texts + it.places.capacity() * size_of::<Place>()
        };
        self.recent.iter().map(bytes).sum()
    }
}

/// Whether both are the same memory; equal ones elsewhere are only looked at once more.
fn is_same(a: &StringArray, b: &StringArray) -> bool {
    std::ptr::eq(a.value_offsets(), b.value_offsets()) && std::ptr::eq(a.value_data(), b.value_data())
}
