//! Saved answers of the REST API.

use clusteriq_model::tables::{
    ClusterMinuteRow, ClusterSettingsRow, JobClusterSettingsRow, JobRunSliceRow, JobSettingsRow, NodeTypeRow,
    PipelineSettingsRow, PolicyRow, PoolSettingsRow, TaskRunSliceRow, TaskSettingsRow, WarehouseRow,
};
use serde_json::{Value, json};

use crate::fixtures::Folder;

const CLUSTERS: &str = "rest/7205485521961548/clusters_list.json";
const JOBS: &str = "rest/7205485521961548/jobs_list.json";

fn cluster() -> Value {
    json!({
        "cluster_id": "0205-031711-1v3rqicf", "cluster_name": "explore", "state": "SOMETHING_NEW", "cluster_source": "UI",
        "autoscale": {"min_workers": 1, "max_workers": 8}, "num_workers": 4, "last_activity_time": 1_789_995_836_290_i64,
        "spark_conf": {}, "custom_tags": {"team": "ops"}, "unknown": [{"deep": {}}],
        "azure_attributes": {"availability": "SPOT_AZURE", "first_on_demand": 0}, "is_single_node": false,
    })
}

fn job() -> Value {
    json!({
        "job_id": 9_007_199_254_740_993_i64, "creator_user_name": "ana@example.com",
        "settings": {
            "name": "nightly", "tags": {"team": "risk"}, "max_concurrent_runs": 1, "deployment": {"kind": "BUNDLE"},
            "schedule": {"quartz_cron_expression": "0 34 14 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED"},
            "job_clusters": [{"job_cluster_key": "main", "new_cluster": {
                "spark_version": "16.4.x-scala2.12", "node_type_id": "m6i.2xlarge", "num_workers": 3,
                "aws_attributes": {"availability": "SPOT", "first_on_demand": 1}, "spark_conf": {"spark.x": true},
            }}],
            "tasks": [
                {"task_key": "load", "job_cluster_key": "main", "timeout_seconds": 0, "max_retries": -1, "min_retry_interval_millis": 30_000, "retry_on_timeout": true, "notebook_task": {"notebook_path": "/x"},
                    "libraries": [{"pypi": {"package": "NumPy==2.1.0"}}, {"maven": {"coordinates": "org.x:y:1.0"}}, {"jar": "dbfs:/a.jar"},
                        {"whl": "/a.whl"}, {"cran": {"package": "ada"}}, {"pypi": {"package": "pkg[extra] >= 1"}}]},
                {"task_key": "own", "new_cluster": {"node_type_id": "r5.large", "autoscale": {"min_workers": 2, "max_workers": 5}}, "spark_jar_task": {}},
                {"task_key": "each", "for_each_task": {"inputs": "[1]", "task": {"task_key": "inner", "existing_cluster_id": "c7", "python_wheel_task": {}}}},
                {"task_key": "report", "sql_task": {"warehouse_id": "w1"}},
            ],
        },
    })
}

#[test]
fn a_cluster_becomes_a_row_of_its_folders_workspace() {
    let rows: Vec<ClusterSettingsRow> =
        Folder::with(CLUSTERS, json!({"clusters": [cluster()]}).to_string()).read().rows();
    let [it] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((it.workspace_id.as_str(), it.cluster_id.as_str()), ("7205485521961548", "0205-031711-1v3rqicf"));
    assert_eq!((it.autoscale_min, it.autoscale_max, it.num_workers), (Some(1), Some(8), Some(4)));
    assert_eq!(it.state.as_deref(), Some("SOMETHING_NEW"));
    assert_eq!(it.last_activity_time.map(|it| it.to_string()).as_deref(), Some("2026-09-21T13:03:56.29Z"));
    assert_eq!((it.availability.as_deref(), it.first_on_demand), (Some("SPOT_AZURE"), Some(0)));
    assert_eq!(it.spark_conf.as_ref().map(|it| it.len()), Some(0));
    assert_eq!((it.autotermination_minutes, it.is_single_node), (None, Some(false)));
}

#[test]
fn pages_lists_and_lines_are_all_read() {
    let (a, b) = (cluster(), json!({"cluster_id": "b", "last_activity_time": 0}));
    for (text, expected) in [
        (json!({"clusters": [a, b], "next_page_token": ""}).to_string(), 2),
        (json!([a, b]).to_string(), 2),
        (format!("{a}\n{b}\n"), 2),
        (format!("{}\n{}\n", json!({"clusters": [a]}), json!({"clusters": [b]})), 2),
        (format!("{}\n{}\n", json!([a]), json!([b])), 2),
        (json!([{"clusters": [a]}, {"clusters": [b]}]).to_string(), 2),
        (serde_json::to_string_pretty(&json!({"clusters": [a]})).unwrap(), 1),
        (json!({"has_more": false}).to_string(), 0),
        ("{}".to_owned(), 0),
        ("[]".to_owned(), 0),
        (String::new(), 0),
    ] {
        let outcome = Folder::with(CLUSTERS, &text).read();
        assert_eq!(outcome.summary.tables["cluster_settings"].rows_read, expected, "{text}");
        assert!(outcome.summary.notes.is_empty(), "{:?}", outcome.summary.notes);
    }
}

#[test]
fn a_job_becomes_rows_of_its_settings_its_clusters_and_its_tasks() {
    let outcome = Folder::with(JOBS, json!({"jobs": [job()], "has_more": false}).to_string()).read();
    let jobs: Vec<JobSettingsRow> = outcome.rows();
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!((job.workspace_id.as_str(), job.job_id.as_str()), ("7205485521961548", "9007199254740993"));
    assert_eq!((job.cron.as_deref(), job.pause_status.as_deref()), (Some("0 34 14 * * ?"), Some("UNPAUSED")));
    assert_eq!((job.continuous.as_deref(), job.deployment_kind.as_deref()), (None, Some("BUNDLE")));

    let clusters: Vec<JobClusterSettingsRow> = outcome.rows();
    let found: Vec<_> = clusters
        .iter()
        .map(|it| (it.job_cluster_key.as_str(), it.node_type_id.as_deref(), it.num_workers, it.autoscale_max))
        .collect();
    assert_eq!(found, [("main", Some("m6i.2xlarge"), Some(3), None), ("own", Some("r5.large"), None, Some(5))]);
    assert_eq!(
        clusters[0].spark_conf.iter().flatten().collect::<Vec<_>>(),
        [(&"spark.x".to_owned(), &"true".to_owned())]
    );
    assert!(clusters.iter().all(|it| it.job_id == "9007199254740993"));

    let tasks: Vec<TaskSettingsRow> = outcome.rows();
    let found: Vec<_> = tasks.iter().map(|it| (it.task_key.as_str(), it.task_kind.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("load", Some("notebook_task")),
            ("own", Some("spark_jar_task")),
            ("each", Some("for_each_task")),
            ("inner", Some("python_wheel_task")),
            ("report", Some("sql_task"))
        ]
    );
    assert_eq!(
        tasks[0].libraries.as_deref().unwrap(),
        ["pypi:numpy", "maven:org.x:y:1.0", "jar", "whl:a.whl", "cran:ada", "pypi:pkg"]
    );
    assert_eq!((tasks[0].max_retries, tasks[0].timeout_seconds), (Some(-1), Some(0)));
    assert_eq!((tasks[0].min_retry_interval_millis, tasks[0].retry_on_timeout), (Some(30_000), Some(true)));
    assert_eq!((tasks[3].existing_cluster_id.as_deref(), tasks[4].warehouse_id.as_deref()), (Some("c7"), Some("w1")));
    assert_eq!(tasks[4].libraries.as_deref(), Some(&[][..]));
}

#[test]
fn several_pages_are_one_list() {
    let page = |n: u32, more: bool| {
        json!({"jobs": [{"job_id": n, "settings": {"tasks": [{"task_key": "t"}]}}], "has_more": more}).to_string()
    };
    let folder = Folder::with("rest/1/jobs_list_1.json", page(1, true)).and("rest/1/jobs_list_2.json", page(2, false));
    let outcome = folder.read();
    assert_eq!(outcome.rows::<JobSettingsRow>().len(), 2);
    assert_eq!(outcome.summary.notes, [""; 0]);
    let outcome = Folder::with("rest/1/jobs_list_1.json", page(1, true)).read();
    assert_eq!(outcome.summary.notes, ["jobs_list goes on after the pages that were saved, for workspace: 1"]);
}

#[test]
fn an_answer_without_tasks_or_with_a_part_of_them_is_noted() {
    let bare = json!({"jobs": [{"job_id": 1, "settings": {"name": "x"}}]});
    let folder = Folder::with(JOBS, bare.to_string());
    let notes: Vec<_> = folder.read().summary.notes.iter().map(|it| folder.without_path(it)).collect();
    assert_eq!(notes, [format!("no job has tasks; was the list fetched with expand_tasks=true?: <dir>/{JOBS}")]);
    let cut = json!({"jobs": [{"job_id": 1, "has_more": true, "settings": {"tasks": [{"task_key": "t"}]}}]});
    let folder = Folder::with(JOBS, cut.to_string());
    let notes: Vec<_> = folder.read().summary.notes.iter().map(|it| folder.without_path(it)).collect();
    assert_eq!(
        notes,
        [format!("jobs of which only the first tasks were saved (jobs/get has the rest): 1, e.g. 1 in <dir>/{JOBS}")]
    );
}

#[test]
fn an_item_that_is_no_object_is_refused_with_its_page() {
    let message = Folder::with(CLUSTERS, r#"{"clusters": [17]}"#).message();
    assert!(message.contains("of clusters_list, row 1: not a JSON object: \"17\"\n"), "{message}");
    let message = Folder::with(CLUSTERS, r#"{"clusters": 17}"#).message();
    assert!(message.contains("of clusters_list, row 1: clusters is not a list: \"17\"\n"), "{message}");
}

#[test]
fn a_pool_becomes_a_row() {
    let answer = json!({"instance_pools": [{
        "instance_pool_id": "0101-120000-brick1-pool-ABCDEFGH", "instance_pool_name": "warm", "node_type_id": "m5d.xlarge",
        "min_idle_instances": 2, "idle_instance_autotermination_minutes": 15, "state": "ACTIVE",
        "gcp_attributes": {"gcp_availability": "ON_DEMAND_GCP"}, "preloaded_spark_versions": ["16.4.x-scala2.12"],
        "stats": {"used_count": 3, "idle_count": 2, "pending_used_count": 0, "pending_idle_count": 0},
    }]});
    let rows: Vec<PoolSettingsRow> = Folder::with("rest/1/instance_pools_list.json", answer.to_string()).read().rows();
    let [it] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((it.workspace_id.as_str(), it.instance_pool_name.as_deref()), ("1", Some("warm")));
    assert_eq!(
        (it.min_idle_instances, it.max_capacity, it.used_count, it.idle_count),
        (Some(2), None, Some(3), Some(2))
    );
    assert_eq!(it.availability.as_deref(), Some("ON_DEMAND_GCP"));
    assert_eq!(it.preloaded_spark_versions.as_deref(), Some(&["16.4.x-scala2.12".to_owned()][..]));
}

#[test]
fn a_pipeline_becomes_a_row_with_the_cluster_that_runs_its_updates() {
    let listed = json!({"pipeline_id": "p1", "name": "orders", "state": "IDLE", "run_as_user_name": "ana@example.com"});
    let whole = json!({
        "pipeline_id": "p2", "name": "clicks", "cluster_id": "c9",
        "spec": {
            "continuous": true, "development": false, "photon": true, "serverless": false, "edition": "PRO",
            "channel": "CURRENT", "tags": {"team": "web"}, "configuration": {"x": 1}, "deployment": {"kind": "BUNDLE"},
            "clusters": [
                {"label": "maintenance", "num_workers": 1, "node_type_id": "m5.large"},
                {"label": "default", "node_type_id": "m5d.xlarge", "autoscale": {"min_workers": 1, "max_workers": 5, "mode": "ENHANCED"}},
            ],
        },
    });
    for text in [json!({"statuses": [listed, whole]}).to_string(), format!("{listed}\n{whole}\n")] {
        let rows: Vec<PipelineSettingsRow> = Folder::with("rest/1/pipelines_list.json", text).read().rows();
        let [a, b] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((a.pipeline_id.as_str(), a.state.as_deref(), a.continuous), ("p1", Some("IDLE"), None));
        assert_eq!(
            (b.continuous, b.development, b.photon, b.serverless),
            (Some(true), Some(false), Some(true), Some(false))
        );
        assert_eq!((b.edition.as_deref(), b.deployment_kind.as_deref()), (Some("PRO"), Some("BUNDLE")));
        assert_eq!((b.node_type_id.as_deref(), b.num_workers), (Some("m5d.xlarge"), None));
        assert_eq!((b.autoscale_min, b.autoscale_max), (Some(1), Some(5)));
    }
}

#[test]
fn a_policy_keeps_its_definition_as_it_is_written() {
    let definition = r#"{"autotermination_minutes":{"type":"range","maxValue":60}}"#;
    let answer = json!({"policies": [{"policy_id": "E06216CAA0000360", "name": "small", "definition": definition, "is_default": false}]});
    let rows: Vec<PolicyRow> = Folder::with("rest/1/policies_list.json", answer.to_string()).read().rows();
    let [it] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((it.policy_id.as_str(), it.is_default), ("E06216CAA0000360", Some(false)));
    assert_eq!(it.definition.as_deref(), Some(definition));
}

const WAREHOUSES: &str = "rest/7205485521961548/warehouses_list.json";
const RUNS: &str = "rest/7205485521961548/runs_list.json";

#[test]
fn a_warehouse_has_the_words_of_the_system_table() {
    let warehouse = |id: &str, serverless: bool, kind: &str| {
        json!({"id": id, "name": "bi", "cluster_size": "2X-Small", "min_num_clusters": 1, "max_num_clusters": 3, "auto_stop_mins": 0,
            "enable_serverless_compute": serverless, "warehouse_type": kind, "tags": {"custom_tags": [{"key": "team", "value": "ops"}]}})
    };
    let mut gone = warehouse("w4", false, "PRO");
    gone["state"] = "DELETED".into();
    let all = [
        warehouse("w1", true, "PRO"),
        warehouse("w2", false, "CLASSIC"),
        warehouse("w3", false, "TYPE_UNSPECIFIED"),
        gone,
    ];
    let rows: Vec<WarehouseRow> = Folder::with(WAREHOUSES, json!({"warehouses": all}).to_string()).read().rows();
    let kinds: Vec<_> = rows.iter().map(|it| (it.warehouse_id.as_str(), it.warehouse_type.as_deref())).collect();
    assert_eq!(kinds, [("w1", Some("SERVERLESS")), ("w2", Some("CLASSIC")), ("w3", None)]);
    let it = &rows[0];
    assert_eq!((it.workspace_id.as_str(), it.warehouse_size.as_deref()), ("7205485521961548", Some("2X_SMALL")));
    assert_eq!((it.min_clusters, it.max_clusters, it.auto_stop_minutes), (Some(1), Some(3), Some(0)));
    assert_eq!(it.tags.as_ref().and_then(|it| it.get("team")).map(String::as_str), Some("ops"));
}

#[test]
fn a_run_ends_in_the_words_of_the_system_table() {
    let ended = |state: Value, status: Value| {
        let run = json!({"run_id": 1, "job_id": 2, "start_time": 1_789_995_836_290_i64, "end_time": 1_789_995_896_291_i64, "state": state, "status": status});
        let rows: Vec<JobRunSliceRow> = Folder::with(RUNS, json!({"runs": [run]}).to_string()).read().rows();
        assert_eq!((rows[0].period_end_time - rows[0].period_start_time).get_milliseconds(), 1);
        rows[0].result_state.clone()
    };
    let by_state = |word: &str| ended(json!({"life_cycle_state": "TERMINATED", "result_state": word}), json!({}));
    for (word, expected) in [
        ("SUCCESS", "SUCCEEDED"),
        ("SUCCESS_WITH_FAILURES", "SUCCEEDED"),
        ("FAILED", "FAILED"),
        ("TIMEDOUT", "TIMED_OUT"),
        ("CANCELED", "CANCELLED"),
        ("UPSTREAM_FAILED", "BLOCKED"),
        ("MAXIMUM_CONCURRENT_RUNS_REACHED", "SKIPPED"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ] {
        assert_eq!(by_state(word).as_deref(), Some(expected), "{word}");
    }
    let by_code =
        |code: &str| ended(Value::Null, json!({"state": "TERMINATED", "termination_details": {"code": code}}));
    for (code, expected) in [
        ("SUCCESS", "SUCCEEDED"),
        ("USER_CANCELED", "CANCELLED"),
        ("MAX_CONCURRENT_RUNS_EXCEEDED", "SKIPPED"),
        ("INTERNAL_ERROR", "ERROR"),
        ("DRIVER_ERROR", "FAILED"),
    ] {
        assert_eq!(by_code(code).as_deref(), Some(expected), "{code}");
    }
    assert_eq!(ended(json!({"life_cycle_state": "SKIPPED"}), Value::Null).as_deref(), Some("SKIPPED"));
    assert_eq!(ended(json!({"life_cycle_state": "INTERNAL_ERROR"}), Value::Null).as_deref(), Some("ERROR"));
    assert_eq!(ended(json!({"life_cycle_state": "RUNNING"}), Value::Null), None);
}

/// A run that goes on, with tasks that ended, goes on and have not begun.
fn going_on() -> Value {
    let minute = |it: i64| 1_789_995_600_000 + it * 60_000;
    json!({"runs": [{"run_id": 1, "job_id": 2, "start_time": minute(0), "end_time": 0, "setup_duration": 0, "run_type": "JOB_RUN", "trigger": "ONE_TIME", "tasks": [
        {"run_id": 11, "task_key": "a", "start_time": minute(0), "end_time": minute(9), "setup_duration": 61_500, "cluster_instance": {"cluster_id": "c1"}, "state": {"result_state": "SUCCESS"}},
        {"run_id": 12, "task_key": "b", "start_time": minute(1), "end_time": 0, "sql_task": {"warehouse_id": "w1"}},
        {"run_id": 13, "task_key": "c", "start_time": 0, "end_time": 0},
    ]}, {"run_id": 3, "job_id": 2, "start_time": 0}]})
}

#[test]
fn what_goes_on_lasts_as_long_as_is_known_and_what_has_not_begun_is_no_row() {
    let outcome = Folder::with(RUNS, going_on().to_string()).read();
    let runs: Vec<JobRunSliceRow> = outcome.rows();
    let tasks: Vec<TaskRunSliceRow> = outcome.rows();
    let minutes = |from: jiff::Timestamp, to: jiff::Timestamp| to.duration_since(from).as_mins();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(minutes(run.period_start_time, run.period_end_time), 9);
    assert_eq!(
        (&run.result_state, run.setup_duration_seconds, run.trigger_type.as_deref()),
        (&None, None, Some("ONETIME"))
    );
    let told: Vec<_> = tasks
        .iter()
        .map(|it| {
            let ids = it.compute_ids.clone().unwrap_or_default().join(" ");
            (minutes(it.period_start_time, it.period_end_time), it.setup_duration_seconds, ids)
        })
        .collect();
    assert_eq!(told, [(9, Some(61), "c1".to_owned()), (8, None, "w1".to_owned())]);
}

#[test]
fn of_a_list_only_what_no_system_table_tells_is_taken() {
    let runs = json!({"workspace_id": "1", "job_id": "2", "run_id": "7", "period_start_time": "2026-09-21T10:00:00Z", "period_end_time": "2026-09-21T10:10:00Z"});
    let folder = Folder::with(RUNS, going_on().to_string()).and("lakeflow.job_run_timeline.jsonl", runs.to_string());
    let outcome = folder.read();
    let runs: Vec<JobRunSliceRow> = outcome.rows();
    let tasks: Vec<TaskRunSliceRow> = outcome.rows();
    assert_eq!((runs.len(), tasks.len()), (1, 2));
    assert_eq!(runs[0].run_id, "7");
    assert_eq!(outcome.summary.tables["job_run_slices"].source, "system.lakeflow.job_run_timeline");
    assert_eq!(outcome.summary.tables["task_run_slices"].source, "runs_list");
    let gaps: Vec<_> = folder.find().unwrap().gaps().into_iter().map(|it| it.name).collect();
    assert!(gaps.contains(&"system.compute.warehouses") && !gaps.contains(&"warehouses_list"));
}

#[test]
fn node_types_of_a_list_size_the_node_minutes_where_there_is_no_table_of_them() {
    let minute = json!({"workspace_id": "1", "cluster_id": "c", "instance_id": "i", "node_type": "new.large", "start_time": "2026-09-21T10:00:00Z", "driver": false});
    let types = json!({"node_types": [{"node_type_id": "new.large", "num_cores": 2.0, "memory_mb": 8192, "num_gpus": 0}, {"node_type_id": "of.unknown.size"}]});
    let folder = Folder::with("rest/1/node_types.json", types.to_string())
        .and("compute.node_timeline.jsonl", minute.to_string());
    let outcome = folder.read();
    assert_eq!(outcome.rows::<NodeTypeRow>().len(), 1);
    let rows: Vec<ClusterMinuteRow> = outcome.rows();
    assert_eq!((rows[0].worker_millicores, rows[0].worker_mib), (Some(2_000), Some(8_192)));
}
