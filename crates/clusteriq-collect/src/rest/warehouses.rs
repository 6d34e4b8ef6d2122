//! `sql/warehouses` as rows of the system table of warehouses: <https://docs.databricks.com/api/workspace/warehouses/list>,
//! read 2026-11.

use super::{Cells, Object};

/// The first time that a table takes, and years before there were warehouses.
const SINCE_EVER: &str = "2000-01-01T00:00:00Z";

/// One warehouse as it is now; none if it is on its way out.
///
/// Since when it is so the list does not say: [`SINCE_EVER`] is before whatever else may become known of it, and the same each time.
pub(super) fn cells<'a>(it: &Object<'a>) -> Option<Cells<'a>> {
    if it.text("state").is_some_and(|it| it == "DELETING" || it == "DELETED") {
        return None;
    }
    let mut cells: Cells<'a> = vec![("change_time", SINCE_EVER.into())];
    let plain = [
        ("warehouse_id", "id"),
        ("warehouse_name", "name"),
        ("min_clusters", "min_num_clusters"),
        ("max_clusters", "max_num_clusters"),
        ("auto_stop_minutes", "auto_stop_mins"),
    ];
    cells.extend(plain.into_iter().filter_map(|(column, name)| Some((column, it.text(name)?))));
    // Serverless is no type of its own here.
    let serverless = it.text("enable_serverless_compute").is_some_and(|it| it == "true");
    let kind = if serverless { Some("SERVERLESS".into()) } else { it.text("warehouse_type") };
    cells.extend(kind.filter(|it| it != "TYPE_UNSPECIFIED").map(|it| ("warehouse_type", it)));
    // `2X-Small` is `2X_SMALL` in the table.
    let size = it.text("cluster_size").map(|it| it.to_uppercase().replace('-', "_"));
    cells.extend(size.map(|it| ("warehouse_size", it.into())));
    cells.extend(it.object("tags").and_then(|it| it.text("custom_tags")).map(|it| ("tags", it)));
    Some(cells)
}
