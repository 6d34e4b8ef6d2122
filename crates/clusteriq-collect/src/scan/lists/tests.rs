//! Scans of small workspaces, and what an import makes of them.

use std::path::Path;

use clusteriq_model::tables::TableSpec;
use serde_json::{Value, json};

use super::*;
use crate::client::testing::{Reply, Seen, Server, client, error, json, run, text};
use crate::{Export, Unseen};

fn job(id: u64, tasks: std::ops::Range<u64>) -> Value {
    let tasks: Vec<_> = tasks.map(|it| json!({"task_key": format!("t{it}"), "max_retries": it})).collect();
    json!({"job_id": id, "settings": {"name": format!("job {id}"), "tasks": tasks}})
}

fn workspace(it: &Seen) -> Reply {
    let reply = match it.line.as_str() {
        "GET /api/2.0/preview/scim/v2/Me" => {
            json(json!({"userName": "ana@example.com", "groups": [{"display": "admins"}]}))
        }
        "GET /api/2.1/clusters/list" => json(json!({"clusters": [
            {"cluster_id": "c1", "cluster_source": "UI"}, {"cluster_id": "c2", "cluster_source": "JOB"},
        ]})),
        "POST /api/2.1/clusters/events" => {
            json(json!({"events": [{"cluster_id": "c1", "timestamp": 1, "type": "STARTING"}]}))
        }
        "GET /api/2.2/jobs/list" => {
            let mut long = job(9_007_199_254_740_993, 0..1);
            long["has_more"] = true.into();
            json(json!({"jobs": [job(1, 0..1), long], "has_more": false}))
        }
        "GET /api/2.2/jobs/get" => {
            assert_eq!(it.query["job_id"], "9007199254740993");
            match it.token() {
                "" => {
                    let mut first = job(9_007_199_254_740_993, 0..2);
                    first["settings"]["job_clusters"] =
                        json!([{"job_cluster_key": "main", "new_cluster": {"num_workers": 2}}]);
                    first["next_page_token"] = "p2".into();
                    json(first)
                }
                _ => json(job(9_007_199_254_740_993, 2..3)),
            }
        }
        "GET /api/2.0/instance-pools/list" => error(403, "PERMISSION_DENIED", "no pools for you"),
        "GET /api/2.0/policies/clusters/list" => error(404, "ENDPOINT_NOT_FOUND", "No API found"),
        "GET /api/2.0/pipelines" => {
            json(json!({"statuses": [{"pipeline_id": "p-1"}, {"pipeline_id": "p-2"}, {"pipeline_id": "p-3"}]}))
        }
        "GET /api/2.0/pipelines/p-1" => {
            json(json!({"pipeline_id": "p-1", "name": "one", "spec": {"continuous": true}}))
        }
        "GET /api/2.0/pipelines/p-2" => error(404, "RESOURCE_DOES_NOT_EXIST", "gone"),
        "GET /api/2.0/pipelines/p-3" => error(403, "PERMISSION_DENIED", "not yours"),
        "GET /api/2.0/sql/warehouses" => json(json!({"warehouses": [{"id": "w1"}]})),
        "GET /api/2.2/jobs/runs/list" => {
            json(json!({"runs": [{"run_id": 1, "job_id": 1, "start_time": 1_788_220_800_000_u64}], "has_more": false}))
        }
        "GET /api/2.1/clusters/list-node-types" => {
            json(json!({"node_types": [{"node_type_id": "m5.large", "num_cores": 2.0, "memory_mb": 8192}]}))
        }
        "GET /api/2.1/clusters/spark-versions" => {
            json(json!({"versions": [{"key": "16.4.x-scala2.12", "name": "16.4 LTS"}]}))
        }
        _ => text(404, ""),
    };
    reply.with("x-databricks-org-id", "4711")
}

/// Those of which tables are made.
const IMPORTED: [Source; 8] = [
    Source::Clusters,
    Source::Jobs,
    Source::InstancePools,
    Source::Pipelines,
    Source::Policies,
    Source::Warehouses,
    Source::Runs,
    Source::NodeTypes,
];

fn since() -> Since {
    Since { from: "2026-09-01T00:00:00Z".parse().unwrap(), until: "2026-09-21T00:00:00Z".parse().unwrap() }
}

async fn scanned(folder: &Path, which: &[Source], answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> ListScan {
    let server = Server::start(move |it, _| answer(it)).await;
    let (client, _) = client(&server).await;
    sources::who(&client).await.unwrap();
    scan_lists(&client, which, since(), folder, &Unseen).await.unwrap()
}

/// Rows by dataset, as an import reads them from the folder.
fn imported(folder: &Path) -> (Vec<(&'static str, usize)>, Vec<String>) {
    let export = Export::find(&[folder.to_owned()]).unwrap();
    let mut rows = vec![];
    let mut sink = |spec: &'static TableSpec, batch: arrow::array::RecordBatch| {
        rows.push((spec.dataset, batch.num_rows()));
        Ok(())
    };
    let summary = crate::read(&export, &clusteriq_tables::NodeSizes::default(), &Unseen, &mut sink).unwrap();
    (rows, summary.notes)
}

#[test]
fn a_scan_is_an_export_that_the_import_reads_with_all_tasks_of_long_jobs() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let scan = scanned(dir.path(), &IMPORTED, workspace).await;
        assert_eq!(scan.workspace, "4711");
        let lists: Vec<_> = scan.lists.iter().map(|it| (it.source.name(), it.items)).collect();
        let expected = [
            ("clusters_list", 2),
            ("jobs_list", 2),
            ("pipelines_list", 2),
            ("warehouses_list", 1),
            ("runs_list", 1),
            ("node_types", 1),
        ];
        assert_eq!(lists, expected);
        let (rows, notes) = imported(dir.path());
        let expected = [
            ("cluster_settings", 2),
            ("job_settings", 2),
            ("job_clusters", 1),
            ("task_settings", 4),
            ("pipeline_settings", 2),
            ("node_types", 1),
            ("warehouses", 1),
            ("job_run_slices", 1),
        ];
        assert_eq!((rows.as_slice(), notes.len()), (expected.as_slice(), 0), "{notes:?}");
    });
}

#[test]
fn what_is_refused_is_a_gap_that_names_the_permission() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let scan = scanned(dir.path(), &IMPORTED, workspace).await;
        let [pools, pipelines, policies] = scan.gaps.as_slice() else { panic!("{:?}", scan.gaps) };
        assert!(pools.what.contains("instance_pools_list could not be read") && pools.remedy.contains("CAN ATTACH TO"));
        assert!(pipelines.what.contains("1, e.g. p-3") && pipelines.remedy.contains("CAN VIEW"), "{pipelines:?}");
        assert!(policies.remedy.contains("does not have this API"), "{policies:?}");
        assert!(!dir.path().join("rest/4711/policies_list.json").exists());
    });
}

#[test]
fn every_source_is_read_and_written() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let scan = scanned(dir.path(), &Source::ALL, workspace).await;
        let refused = [Source::InstancePools, Source::Policies];
        for source in Source::ALL.into_iter().filter(|it| !refused.contains(it)) {
            let listed = scan.lists.iter().find(|it| it.source == source).unwrap();
            assert!(listed.items > 0, "{source:?}");
            let json: Value = serde_json::from_slice(&fs::read(&listed.path).unwrap()).unwrap();
            assert!(json.is_object(), "{source:?}");
        }
    });
}

#[test]
fn a_list_that_breaks_off_keeps_what_came_and_says_so_in_its_file() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let scan = scanned(dir.path(), &[Source::Clusters], |it| match (it.line.as_str(), it.token()) {
            ("GET /api/2.1/clusters/list", "") => {
                json(json!({"clusters": [{"cluster_id": "c1"}], "next_page_token": "a"}))
            }
            ("GET /api/2.1/clusters/list", _) => error(400, "INVALID_PARAMETER_VALUE", "token expired"),
            _ => workspace(it),
        })
        .await;
        assert!(scan.gaps[0].what.contains("clusters_list broke off after 1: "), "{:?}", scan.gaps);
        let (rows, notes) = imported(dir.path());
        assert_eq!(rows, [("cluster_settings", 1)]);
        assert!(notes[0].contains("goes on after the pages that were saved"), "{notes:?}");
    });
}

#[test]
fn a_workspace_that_goes_away_is_not_asked_on_and_what_is_missing_is_named() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let scan = scanned(dir.path(), &IMPORTED, |it| match it.line.as_str() {
            "GET /api/2.2/jobs/list" => json(json!({"jobs": []})).cut(),
            _ => workspace(it),
        })
        .await;
        let lists: Vec<_> = scan.lists.iter().map(|it| it.source).collect();
        assert_eq!(lists, [Source::Clusters]);
        let [gap] = scan.gaps.as_slice() else { panic!("{:?}", scan.gaps) };
        assert!(gap.what.contains("jobs_list could not be read: no answer from"), "{gap:?}");
        assert!(gap.what.contains("; nor were instance_pools_list, pipelines_list, policies_list"), "{gap:?}");
    });
}

#[test]
fn nothing_but_known_reads_is_ever_sent() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|it, _| workspace(it)).await;
        let (client, _) = client(&server).await;
        sources::who(&client).await.unwrap();
        scan_lists(&client, &Source::ALL, since(), dir.path(), &Unseen).await.unwrap();
        let others: Vec<_> = server.lines().into_iter().filter(|it| !it.starts_with("GET ")).collect();
        assert!(others.iter().all(|it| it == "POST /api/2.1/clusters/events"), "{others:?}");
    });
}

#[test]
fn a_probe_tells_something_from_nothing_and_from_a_refusal() {
    run(async {
        let server = Server::start(|it, _| match it.line.as_str() {
            "GET /api/2.1/clusters/list" => json(json!({})),
            _ => workspace(it),
        })
        .await;
        let (client, _) = client(&server).await;
        assert!(sources::who(&client).await.unwrap().is_admin);
        let probe = async |source| sources::probe(source, &client, since().until).await;
        assert_eq!(probe(Source::Jobs).await.unwrap(), sources::Probe::Something);
        assert_eq!(probe(Source::Clusters).await.unwrap(), sources::Probe::Nothing);
        assert_eq!(probe(Source::ClusterEvents).await.unwrap(), sources::Probe::NotTried);
        assert!(probe(Source::InstancePools).await.unwrap_err().is_refusal());
    });
}
