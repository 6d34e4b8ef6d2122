//! Which table a path belongs to, by its words alone.

use clusteriq_model::tables::{
    ALL, JobRunSliceRow, NODE_TIMELINE, NodeTypeRow, Origin, TableSpec, TaskRunSliceRow, WarehouseRow,
};

/// A file that holds a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A system table, by its full name, or `cluster_minutes`.
    Table(&'static str),
    /// A saved REST answer, by its name.
    Rest(&'static str),
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table(it) | Self::Rest(it) => it,
        }
    }
}

/// REST answers that tell what system tables tell, and more shortly. Of each the tables that are made of it where an import
/// has no file of the system table: rows of the one never stand beside rows of the other.
pub(crate) const STAND_INS: &[(&str, &[&TableSpec])] = &[
    ("node_types", &[NodeTypeRow::SPEC]),
    ("warehouses_list", &[WarehouseRow::SPEC]),
    ("runs_list", &[JobRunSliceRow::SPEC, TaskRunSliceRow::SPEC]),
];

/// Every source, in the order of [`ALL`] and then of [`STAND_INS`], each once.
pub(crate) fn sources() -> Vec<Source> {
    let mut all = Vec::new();
    for spec in ALL {
        let source = match spec.origin {
            Origin::SystemTable(it) | Origin::Reduced(it) => Source::Table(it),
            Origin::Rest(it) => Source::Rest(it.split('.').next().unwrap_or(it)),
        };
        if !all.contains(&source) {
            all.push(source);
        }
        // What another reduction made of it, a warehouse's: files under the name of the dataset.
        if let Origin::Reduced(_) = spec.origin {
            all.push(Source::Table(spec.dataset));
        }
    }
    debug_assert!(all.contains(&Source::Table(NODE_TIMELINE)));
    all.extend(STAND_INS.iter().map(|it| Source::Rest(it.0)));
    all
}

/// The source that a file belongs to, given the names of the folders above it (outermost first) and its own name
/// without extensions. The innermost name that says something decides.
pub(crate) fn source_of(folders: &[String], stem: &str) -> Option<Source> {
    let mut words: Vec<String> = folders.iter().map(|it| plain(it)).collect();
    words.push(plain(stem));
    let all = sources();
    (0..words.len()).rev().find_map(|end| {
        // `billing/usage` and `system/billing/usage` are the same table as `system.billing.usage`. The longest name first:
        // `compute/node_types` is a system table, `node_types` alone a REST answer.
        (end.saturating_sub(2)..=end).find_map(|start| {
            let joined = words[start..=end].join("_");
            all.iter().copied().find(|it| is_name_of(&joined, *it))
        })
    })
}

fn is_name_of(word: &str, source: Source) -> bool {
    let name = plain(source.name());
    let short = name.strip_prefix("system_").unwrap_or(&name);
    [name.as_str(), short].into_iter().any(|it| word.strip_prefix(it).is_some_and(is_numbering))
}

/// Whether what follows a table's name only tells parts of it apart: `_2026_09_01`, `_part_00001`.
fn is_numbering(rest: &str) -> bool {
    let rest = rest.strip_prefix("_part").unwrap_or(rest);
    (rest.is_empty() || rest.starts_with('_')) && rest.chars().all(|it| it == '_' || it.is_ascii_digit())
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['.', '-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<&'static str> {
        let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
        let stem = names.pop().expect("split gives at least one");
        source_of(&names, &stem).map(Source::name)
    }

    #[test]
    fn a_table_is_known_by_its_folder_or_file_in_many_spellings() {
        for path in [
            "system.billing.usage/part-00000",
            "export/system.billing.usage",
            "System.Billing.Usage/x/y/part-1",
            "billing.usage",
            "billing/usage/part-1",
            "system/billing/usage",
            "system_billing_usage",
            "billing-usage",
            "system.billing.usage_2026-09-01",
            "billing.usage-part-00003",
            "system.billing.usage/usage_date=2026-09-01/part-1",
        ] {
            assert_eq!(found(path), Some("system.billing.usage"), "{path}");
        }
    }

    #[test]
    fn names_that_merely_resemble_a_table_are_not_it() {
        for path in
            ["usage", "billing.usage_old", "my.billing.usage", "part-00000", "system.billing/x", "billing.usages"]
        {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn rest_answers_are_known_with_and_without_page_numbers() {
        assert_eq!(found("rest/123/clusters_list"), Some("clusters_list"));
        assert_eq!(found("rest/123/jobs_list_12"), Some("jobs_list"));
        assert_eq!(found("rest/123/jobs-list"), Some("jobs_list"));
        assert_eq!(found("rest/123/node_types"), Some("node_types"));
    }

    #[test]
    fn warehouse_events_are_not_warehouses() {
        assert_eq!(found("system.compute.warehouse_events"), Some("system.compute.warehouse_events"));
        assert_eq!(found("compute_warehouses"), Some("system.compute.warehouses"));
        for path in ["compute/node_types", "system/compute/node_types/part-1", "compute.node_types"] {
            assert_eq!(found(path), Some("system.compute.node_types"), "{path}");
        }
    }

    #[test]
    fn every_source_is_listed_once() {
        let names: Vec<_> = sources().into_iter().map(Source::name).collect();
        assert_eq!(names.iter().filter(|it| it.starts_with("jobs_list")).count(), 1);
        assert!(names.contains(&NODE_TIMELINE));
    }
}
