//! What a folder is found to hold.

use clusteriq_collect::Export;
use clusteriq_tables::NodeSizes;

use crate::fixtures::{Folder, csv, gzip, json_lines, node_types, options, parquet, read, usage, usage_fields};

const TYPES: &str = "node_type,core_count,memory_mb\nm5.large,2,8192\n";

#[test]
fn an_export_lists_its_tables_in_reading_order_and_the_gaps() {
    let folder = Folder::with("billing.usage/1.csv", csv(&usage()))
        .and("billing.usage/2.csv", csv(&usage()))
        .and("compute.node_types.csv", TYPES)
        .and("rest/7205485521961548/jobs_list.json", "{}");
    let export = folder.find().unwrap();
    let tables: Vec<_> = export.tables().into_iter().map(|it| (it.name, it.files)).collect();
    assert_eq!(tables, [("system.compute.node_types", 1), ("system.billing.usage", 2), ("jobs_list", 1)]);
    assert_eq!(export.bytes(), export.tables().iter().map(|it| it.bytes).sum::<u64>());
    let gaps: Vec<_> = export.gaps().into_iter().map(|it| it.name).collect();
    assert!(gaps.contains(&"system.compute.node_timeline") && gaps.contains(&"clusters_list"));
    assert!(!gaps.contains(&"jobs_list") && !gaps.contains(&"system.billing.usage"));
    let jobs = Folder::with("compute.node_types.csv", TYPES).find().unwrap().gaps();
    let jobs: Vec<_> =
        jobs.iter().filter(|it| it.name == "jobs_list").flat_map(|it| &it.specs).map(|it| it.dataset).collect();
    assert_eq!(jobs, ["job_settings", "job_clusters", "task_settings"]);
}

#[test]
fn what_tools_leave_behind_is_not_looked_at() {
    let folder = Folder::with("compute.node_types/part-0.csv", TYPES)
        .and("compute.node_types/_SUCCESS", "")
        .and("compute.node_types/.part-0.csv.crc", "x")
        .and("compute.node_types/part-0.csv.crc", "x")
        .and("compute.node_types/_committed_1", "x")
        .and("compute.node_types/part-1.unfinished", "PAR1")
        .and(".hidden/compute.node_types.csv", "x");
    let outcome = folder.read();
    assert_eq!(outcome.summary.tables["node_types"].files, 1);
    assert_eq!(outcome.summary.notes, [""; 0]);
}

#[test]
fn a_readme_beside_the_tables_is_for_people() {
    let folder = Folder::with("compute.node_types/part-0.csv", TYPES)
        .and("README.md", "hello")
        .and("compute.node_types/README.md", "hello");
    let outcome = folder.read();
    assert_eq!(outcome.summary.tables["node_types"].files, 1);
    assert_eq!(outcome.summary.notes, [""; 0]);
}

#[test]
fn files_of_no_table_are_noted() {
    let folder = Folder::with("compute.node_types.csv", TYPES)
        .and("notes.md", "hello")
        .and("compute.node_types/about.txt", "hello")
        .and("system.access.audit/part-0.parquet", parquet(&usage(), usage_fields()))
        .and("rest/clusters_list.json", "{}")
        .and("system.billing.usage/_delta_log/0.json", "{}");
    let outcome = folder.read();
    let notes: Vec<_> = outcome.summary.notes.iter().map(|it| folder.without_path(it)).collect();
    assert_eq!(
        notes,
        [
            "not read, because they belong to no known table: <dir>/compute.node_types/about.txt, <dir>/notes.md, \
             <dir>/system.access.audit/part-0.parquet",
            "not read, because its folder is not named after a workspace id: <dir>/rest/clusters_list.json",
            "a Delta table's folder was read without its log, so rows that were deleted or replaced may count: <dir>/system.billing.usage",
        ]
    );
}

#[test]
fn a_path_can_be_a_file_or_a_tables_folder_or_something_inside_of_it() {
    let folder = Folder::with("system.compute.node_types/deep/part-0.csv.gz", gzip(TYPES.as_bytes()))
        .and("rest/123/clusters_list.json", r#"{"clusters":[{"cluster_id":"c"}]}"#);
    for path in
        ["system.compute.node_types", "system.compute.node_types/deep", "system.compute.node_types/deep/part-0.csv.gz"]
    {
        let outcome = read(&[folder.path().join(path)], &NodeSizes::new(), options()).unwrap();
        assert_eq!(outcome.summary.tables["node_types"].rows_read, 1, "{path}");
    }
    let outcome = read(&[folder.path().join("rest/123/clusters_list.json")], &NodeSizes::new(), options()).unwrap();
    assert_eq!(outcome.summary.tables["cluster_settings"].rows_read, 1);
}

#[test]
fn the_first_bytes_count_more_than_the_name() {
    let folder = Folder::with("compute.node_types/a.csv", gzip(TYPES.as_bytes()))
        .and("compute.node_types/b.json.gz", node_types(&[("m5.xlarge", 4.0, 1)]))
        .and("billing.usage/c.json", parquet(&usage(), usage_fields()))
        .and("billing.usage/d.gz.jsonl", gzip(json_lines(&usage()).as_bytes()));
    let outcome = folder.read();
    assert_eq!(outcome.summary.tables["node_types"].rows_read, 2);
    assert_eq!(outcome.summary.tables["usage"].rows_read, 6);
}

#[test]
fn nothing_to_import_says_what_was_looked_for() {
    let folder = Folder::new();
    assert_eq!(
        folder.without_path(&folder.find().unwrap_err().to_string()),
        "no table to import: there are no files; looked for folders and files like system.billing.usage, \
         system.compute.clusters.parquet, billing.usage.csv.gz, rest/<workspace_id>/jobs_list.json in: <dir>\n\n\
         hint: name each folder or file after its table, e.g. system.compute.node_timeline/part-0.parquet"
    );
    let folder = Folder::with("usage.xlsx", "x");
    let message = folder.without_path(&folder.find().unwrap_err().to_string());
    assert!(
        message.starts_with("no table to import: found only files that belong to no table, e.g. <dir>/usage.xlsx; "),
        "{message}"
    );
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let folder = Folder::new();
    let error = Export::find(&[folder.path().join("nowhere")]).unwrap_err();
    assert_eq!(
        folder.without_path(&error.to_string()),
        "no such file or folder: <dir>/nowhere\n\n\
         hint: give the folder that holds `system.billing.usage` and its siblings, or one file of it"
    );
}
