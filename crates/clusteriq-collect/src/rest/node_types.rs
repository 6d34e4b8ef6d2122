//! `clusters/list-node-types` as rows of the system table of node types:
//! <https://docs.databricks.com/api/workspace/clusters/listnodetypes>, read 2026-11.

use super::{Cells, Object};

/// One type; none without its size, which is all that is kept of it.
pub(super) fn cells<'a>(it: &Object<'a>) -> Option<Cells<'a>> {
    let mut cells = vec![("core_count", it.text("num_cores")?), ("memory_mb", it.text("memory_mb")?)];
    let rest = [("node_type", "node_type_id"), ("gpu_count", "num_gpus")];
    cells.extend(rest.into_iter().filter_map(|(column, name)| Some((column, it.text(name)?))));
    Some(cells)
}
