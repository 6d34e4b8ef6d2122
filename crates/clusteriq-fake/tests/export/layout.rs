//! Ids, columns and replies have the shape that Databricks gives them.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Fields};
use clusteriq_model::tables::{ALL, Origin};

use crate::support::{batches, export, rest, texts};

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|it| it.is_ascii_digit())
}

#[test]
fn ids_have_databricks_shapes() {
    for batch in batches("system.compute.clusters") {
        for id in texts(&batch, "cluster_id") {
            let parts: Vec<&str> = id.split('-').collect();
            assert!(
                parts.len() == 3 && is_digits(parts[0], 4) && is_digits(parts[1], 6) && parts[2].len() == 8,
                "{id}"
            );
        }
        for id in texts(&batch, "workspace_id") {
            assert!(is_digits(&id, 16), "{id}");
        }
    }
    for batch in batches("system.lakeflow.job_run_timeline") {
        for id in texts(&batch, "run_id").iter().chain(&texts(&batch, "job_id")) {
            assert!(is_digits(id, 15), "{id}");
        }
    }
    for batch in batches("system.compute.warehouses") {
        for id in texts(&batch, "warehouse_id") {
            assert!(id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()), "{id}");
        }
    }
}

#[test]
fn rest_replies_agree_with_the_tables() {
    let mut clusters = BTreeSet::new();
    for batch in batches("system.compute.clusters") {
        clusters.extend(texts(&batch, "workspace_id").into_iter().zip(texts(&batch, "cluster_id")));
    }
    let mut jobs = BTreeSet::new();
    for batch in batches("system.lakeflow.jobs") {
        jobs.extend(texts(&batch, "workspace_id").into_iter().zip(texts(&batch, "job_id")));
    }
    let mut listed = 0;
    for (workspace, reply) in rest("clusters_list.json") {
        for cluster in reply["clusters"].as_array().unwrap() {
            let id = cluster["cluster_id"].as_str().unwrap();
            assert!(clusters.contains(&(workspace.clone(), id.to_owned())), "{id}");
        }
    }
    for (workspace, reply) in rest("jobs_list.json") {
        for job in reply["jobs"].as_array().unwrap() {
            listed += 1;
            assert!(jobs.contains(&(workspace.clone(), job["job_id"].to_string())), "{}", job["job_id"]);
            for task in job["settings"]["tasks"].as_array().unwrap() {
                match task["existing_cluster_id"].as_str() {
                    Some(id) => assert!(clusters.contains(&(workspace.clone(), id.to_owned())), "{id}"),
                    None => assert_eq!(task["job_cluster_key"], job["settings"]["job_clusters"][0]["job_cluster_key"]),
                }
            }
        }
    }
    // All but the deleted one.
    assert_eq!(listed + 1, export().1.jobs);
}

fn has_path(fields: &Fields, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match fields.find(name).map(|it| it.1.data_type()) {
        Some(DataType::Struct(inner)) if !rest.is_empty() => has_path(inner, rest),
        Some(_) => rest.is_empty(),
        None => false,
    }
}

#[test]
fn every_column_that_is_read_is_there() {
    let mut tables = 0;
    for table in ALL {
        let Origin::SystemTable(name) = table.origin else { continue };
        if !export().0.path().join(name).exists() {
            continue;
        }
        tables += 1;
        let schema = batches(name)[0].schema();
        for column in table.columns {
            let found = column.source.iter().any(|it| has_path(schema.fields(), it));
            assert!(found, "{name} has none of {:?}", column.source);
        }
    }
    assert_eq!(tables, 13);
}
