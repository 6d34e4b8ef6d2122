//! One table in many formats.

use clusteriq_model::tables::{ClusterRow, JobRunSliceRow, ListPriceRow, NodeTypeRow, UsageRow};
use serde_json::{Value, json};

use crate::fixtures::{
    Folder, csv, flat_csv, gzip, json_lines, node_types, options, parquet, read, text, texts, time, usage,
    usage_fields, zstd,
};

#[test]
fn the_same_rows_in_any_format_are_the_same_batches() {
    let rows = usage();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("system.billing.usage/part-0.parquet", parquet(&rows, usage_fields())),
        ("system.billing.usage.csv", csv(&rows).into()),
        ("system.billing.usage.csv.gz", gzip(csv(&rows).as_bytes())),
        ("billing_usage.csv", flat_csv(&rows, &["custom_tags"]).into()),
        ("billing.usage.jsonl", json_lines(&rows).into()),
        ("billing.usage.ndjson.gz", gzip(json_lines(&rows).as_bytes())),
        ("System.Billing.Usage.jsonl.zst", zstd(json_lines(&rows).as_bytes())),
        ("billing/usage/part-0.c000.json", Value::from(rows.clone()).to_string().into()),
        ("billing-usage.json", serde_json::to_string_pretty(&rows).unwrap().into()),
        ("billing.usage.csv.zstd", zstd(format!("\u{feff}{}", csv(&rows)).as_bytes())),
        ("system.billing.usage/nameless", parquet(&rows, usage_fields())),
    ];
    let mut expected = None;
    for (name, bytes) in files {
        let outcome = Folder::with(name, bytes).read();
        let expected = expected.get_or_insert_with(|| outcome.batches.clone());
        assert_eq!(&outcome.batches, expected, "{name}");
        assert_eq!(outcome.summary.tables["usage"].rows_read, 3, "{name}");
    }
}

#[test]
fn a_row_keeps_what_the_source_says_to_the_last_digit() {
    let rows: Vec<UsageRow> = Folder::with("billing.usage.jsonl", json_lines(&usage())).read().rows();
    let [full, bare, correction] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(full.usage_quantity.to_string(), "12.345678901234567891");
    assert_eq!(correction.usage_quantity, -full.usage_quantity);
    assert_eq!(full.usage_start_time.to_string(), "2026-09-21T10:00:00Z");
    assert_eq!(full.cluster_id.as_deref(), Some("0921-004700-gel4nrtx"));
    assert_eq!((full.is_photon, full.is_serverless), (Some(false), None));
    let tags: Vec<_> = full.custom_tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("empty", ""), ("env", "prod"), ("team", "risk, \"core\"")]);
    assert_eq!((&bare.workspace_id, &bare.custom_tags, &bare.cluster_id), (&None, &None, &None));
}

#[test]
fn numbers_of_json_are_not_rounded_to_floats() {
    let line = json_lines(&usage()).replace("\"12.345678901234567891\"", "12.345678901234567891");
    let rows: Vec<UsageRow> = Folder::with("billing.usage.jsonl", line).read().rows();
    assert_eq!(rows[0].usage_quantity.to_string(), "12.345678901234567891");
}

#[test]
fn the_first_place_that_has_a_value_counts() {
    let price = |pricing: Value| {
        json!({"sku_name": "S", "cloud": "AWS", "usage_unit": "DBU", "currency_code": "USD",
            "price_start_time": "2026-01-01", "price_end_time": null, "pricing": pricing})
    };
    let rows = [
        price(json!({"default": "0.15", "effective_list": {"default": "0.10"}})),
        price(json!({"default": "0.15", "effective_list": null})),
        price(json!([{"key": "default", "value": "1.5E-7"}])),
    ];
    let rows: Vec<ListPriceRow> = Folder::with("billing.list_prices.jsonl", json_lines(&rows)).read().rows();
    let prices: Vec<_> = rows.iter().map(|it| it.price.normalize().to_string()).collect();
    assert_eq!(prices, ["0.1", "0.15", "0.00000015"]);
}

#[test]
fn the_clouds_share_a_column() {
    let cluster = |id: &str| json!({"workspace_id": "1", "cluster_id": id, "change_time": "2026-09-01T00:00:00Z"});
    let mut rows = [cluster("aws"), cluster("azure"), cluster("none")];
    rows[0]["aws_attributes"] = json!({"availability": "SPOT", "first_on_demand": 1});
    rows[1]["aws_attributes"] = json!({});
    rows[1]["azure_attributes"] = json!({"availability": "ON_DEMAND_AZURE"});
    let rows: Vec<ClusterRow> = Folder::with("compute.clusters.jsonl", json_lines(&rows)).read().rows();
    let found: Vec<_> = rows.iter().map(|it| (it.availability.as_deref(), it.first_on_demand)).collect();
    assert_eq!(found, [(Some("SPOT"), Some(1)), (Some("ON_DEMAND_AZURE"), None), (None, None)]);
}

#[test]
fn lists_are_read_from_every_format() {
    let slice = |ids: Value| {
        json!({"workspace_id": "1", "job_id": "2", "run_id": "3", "period_start_time": "2026-09-01T00:00:00Z",
            "period_end_time": "2026-09-01T00:10:00Z", "compute_ids": ids})
    };
    let rows = [slice(json!(["c1", "c2"])), slice(json!([])), slice(Value::Null)];
    let mut fields = ["workspace_id", "job_id", "run_id"].map(text).to_vec();
    fields.extend([time("period_start_time"), time("period_end_time"), texts("compute_ids")]);
    for (name, bytes) in [
        ("x.csv", csv(&rows).into_bytes()),
        ("x.jsonl", json_lines(&rows).into()),
        ("x.parquet", parquet(&rows, fields)),
    ] {
        let rows: Vec<JobRunSliceRow> = Folder::with(&format!("lakeflow.job_run_timeline/{name}"), bytes).read().rows();
        let ids: Vec<_> = rows.into_iter().map(|it| it.compute_ids).collect();
        assert_eq!(ids, [Some(vec!["c1".into(), "c2".into()]), Some(vec![]), None], "{name}");
    }
}

#[test]
fn columns_that_files_lack_are_counted_and_extra_ones_do_not_matter() {
    let bare = "NODE_TYPE,Core_Count,memory_mb,colour\nm5.large,2,8192,blue\n";
    let full = "node_type,core_count,memory_mb,gpu_count\nm5.xlarge,4.0,16384,0\n";
    let folder = Folder::with("compute.node_types/a.csv", bare).and("compute.node_types/b.csv", full);
    let outcome = folder.read();
    let table = &outcome.summary.tables["node_types"];
    assert_eq!((table.files, table.rows_read, table.source), (2, 2, "system.compute.node_types"));
    assert_eq!(table.missing_columns.iter().map(|it| (*it.0, *it.1)).collect::<Vec<_>>(), [("gpu_count", 1)]);
    let rows: Vec<NodeTypeRow> = outcome.rows();
    assert_eq!(rows.iter().map(|it| it.gpu_count).collect::<Vec<_>>(), [None, Some(0)]);
}

#[test]
fn empty_text_is_unknown_in_every_format() {
    let mut rows = usage();
    rows[0]["workspace_id"] = json!("");
    for (name, bytes) in [("x.parquet", parquet(&rows, usage_fields())), ("x.jsonl", json_lines(&rows).into())] {
        let rows: Vec<UsageRow> = Folder::with(&format!("billing.usage/{name}"), bytes).read().rows();
        assert_eq!(rows[0].workspace_id, None, "{name}");
    }
}

#[test]
fn numbers_that_are_not_finite_and_times_that_mean_never_are_unknown_and_noted() {
    let mut rows = usage();
    rows.truncate(1);
    let price = "sku_name,cloud,usage_unit,currency_code,price_start_time,price_end_time,price\nS,AWS,DBU,USD,2026-01-01,9999-12-30,1\n";
    let timeline =
        "workspace_id,cluster_id,instance_id,start_time,driver,cpu_user_percent\n1,c,i,2026-09-21,true,NaN\n";
    let folder = Folder::with("billing.list_prices.csv", price).and("compute.node_timeline.csv", timeline);
    let outcome = folder.read();
    assert_eq!(outcome.rows::<ListPriceRow>()[0].price_end_time, None);
    assert_eq!(
        outcome.summary.notes,
        [
            "times of system.billing.list_prices outside the years 2000 to 2100, taken as unknown: 1",
            "numbers of system.compute.node_timeline that are not finite, taken as unknown: 1"
        ]
    );
}

#[test]
fn many_small_files_become_few_full_batches_in_the_order_of_their_names() {
    let mut folder = Folder::new();
    let mut expected = Vec::new();
    for file in 0..7 {
        let types: Vec<_> = (0..20_000).map(|it| format!("type-{file}-{it}")).collect();
        let rows: Vec<_> = types.iter().map(|it| (it.as_str(), 1.0, 1)).collect();
        folder = folder.and(&format!("compute.node_types/part-{file}.jsonl"), node_types(&rows));
        expected.extend(types);
    }
    let outcome = folder.read();
    let sizes: Vec<_> = outcome.batches.iter().map(|it| it.1.num_rows()).collect();
    assert_eq!(sizes, [65_536, 65_536, 8_928]);
    let rows: Vec<NodeTypeRow> = outcome.rows();
    assert!(rows.iter().map(|it| &it.node_type).eq(&expected));
}

#[test]
fn paths_are_read_in_the_order_given() {
    let old = Folder::with("compute.node_types.jsonl", node_types(&[("m5.large", 2.0, 1)]));
    let new = Folder::with("compute.node_types.jsonl", node_types(&[("m5.large", 3.0, 1)]));
    for (paths, expected) in [([old.path(), new.path()], [2.0, 3.0]), ([new.path(), old.path()], [3.0, 2.0])] {
        let outcome = read(&paths, &clusteriq_tables::NodeSizes::new(), options()).unwrap();
        let cores: Vec<_> = outcome.rows::<NodeTypeRow>().iter().map(|it| it.core_count).collect();
        assert_eq!(cores, expected);
        assert_eq!(outcome.batches.len(), 2);
    }
}

#[test]
fn files_without_rows_are_tables_without_rows() {
    let folder = Folder::with("billing.usage/a.csv", "")
        .and("billing.usage/b.jsonl", "\n")
        .and("billing.usage/c.parquet", parquet(&[], usage_fields()))
        .and("compute.node_timeline/a.jsonl", "");
    let outcome = folder.read();
    assert!(outcome.batches.is_empty());
    assert_eq!((outcome.summary.tables["usage"].files, outcome.summary.tables["usage"].rows_read), (3, 0));
}
