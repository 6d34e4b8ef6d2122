//! What people are told when a file cannot be read.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Int64Array, StringArray, TimestampMillisecondArray,
};
use clusteriq_collect::{CollectError, Unseen};
use serde_json::{Value, json};

use crate::fixtures::{Folder, csv, gzip, json_lines, parquet, parquet_columns, usage, usage_fields};

fn usage_with(column: &str, value: Value) -> Vec<Value> {
    let mut rows = usage();
    rows[1][column] = value;
    rows
}

#[test]
fn a_missing_required_column_names_file_table_column_and_the_columns_there_are() {
    let file = "node_type,cores,memory_mb\nm5.large,2,8192\n";
    let expected = |file: &str| {
        format!(
            "<dir>/{file} of system.compute.node_types has no column core_count (looked for core_count); \
             it has: node_type, cores, memory_mb\n\nhint: export the table with all its columns, e.g. `SELECT *`"
        )
    };
    assert_eq!(Folder::with("compute.node_types.csv", file).message(), expected("compute.node_types.csv"));
    let line = "{\"node_type\":\"m5.large\",\"cores\":2,\"memory_mb\":8192}\n";
    assert_eq!(Folder::with("compute.node_types.jsonl", line).message(), expected("compute.node_types.jsonl"));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("node_type", Arc::new(StringArray::from(vec!["m5.large"]))),
        ("cores", Arc::new(Int64Array::from(vec![2]))),
        ("memory_mb", Arc::new(Int64Array::from(vec![8192]))),
    ];
    let folder = Folder::with("compute.node_types.parquet", parquet_columns(columns));
    assert_eq!(folder.message(), expected("compute.node_types.parquet"));
}

#[test]
fn a_missing_nested_column_names_every_place_where_it_may_be() {
    let file = "sku_name,cloud,usage_unit,currency_code,price_start_time\nS,AWS,DBU,USD,2026-01-01\n";
    assert_eq!(
        Folder::with("billing.list_prices.csv", file).message(),
        "<dir>/billing.list_prices.csv of system.billing.list_prices has no column price \
         (looked for pricing.effective_list.default, pricing.default, price); \
         it has: sku_name, cloud, usage_unit, currency_code, price_start_time\n\n\
         hint: export the table with all its columns, e.g. `SELECT *`"
    );
}

#[test]
fn a_value_that_does_not_fit_is_shown_with_its_row() {
    let rows = usage_with("usage_quantity", json!("1.5 DBU"));
    assert_eq!(
        Folder::with("billing.usage.csv", csv(&rows)).message(),
        "<dir>/billing.usage.csv of system.billing.usage, column usage_quantity, row 2: not a decimal number: \"1.5 DBU\"\n\n\
         hint: export it as a plain number like 0.15"
    );
    let rows = usage_with("usage_start_time", json!("21.09.2026"));
    assert_eq!(
        Folder::with("billing.usage.jsonl", json_lines(&rows)).message(),
        "<dir>/billing.usage.jsonl of system.billing.usage, column usage_start_time, row 2: not a time: \"21.09.2026\"\n\n\
         hint: export it as 2026-09-21T10:00:00Z"
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("node_type", Arc::new(StringArray::from(vec!["a", "b"]))),
        ("core_count", Arc::new(StringArray::from(vec!["2", "two"]))),
        ("memory_mb", Arc::new(Int64Array::from(vec![1, 2]))),
    ];
    assert_eq!(
        Folder::with("compute.node_types.parquet", parquet_columns(columns)).message(),
        "<dir>/compute.node_types.parquet of system.compute.node_types, column core_count, row 2: not a number: \"two\"\n\n\
         hint: export numbers without units and thousands separators"
    );
}

#[test]
fn a_long_value_is_shortened_to_sixty_characters() {
    let rows = usage_with("usage_quantity", json!("ü".repeat(100)));
    let message = Folder::with("billing.usage.csv", csv(&rows)).message();
    assert!(message.contains(&format!(": \"{}…\"\n", "ü".repeat(59))), "{message}");
}

#[test]
fn every_kind_of_value_has_its_words() {
    let cases = [
        ("usage_quantity", json!("0.1234567890123456789"), "has more digits than decimal(38,18) holds"),
        ("usage_start_time", json!("1999-12-31T23:59:59Z"), "outside the years 2000 to 2100"),
        ("usage_end_time", json!(17), "outside the years 2000 to 2100"),
        ("record_id", Value::Null, "must have a value but has none"),
        ("record_id", json!(""), "must have a value but has none"),
        ("custom_tags", json!("team=risk"), "not a JSON object of texts"),
        ("usage_metadata", json!("{'cluster_id': None}"), "not a JSON object"),
        ("product_features", json!({"is_photon": "maybe"}), "neither true nor false"),
    ];
    for (column, value, words) in cases {
        let rows = usage_with(column, value);
        for (name, bytes) in [("billing.usage.csv", csv(&rows)), ("billing.usage.jsonl", json_lines(&rows))] {
            let message = Folder::with(name, bytes).message();
            assert!(message.contains(&format!(", row 2: {words}: ")), "{name}: {message}");
            assert!(message.contains("\n\nhint: "), "{message}");
        }
    }
    let events = "workspace_id,warehouse_id,event_type,event_time,cluster_count\n1,w,RUNNING,2026-09-01,2\n1,w,RUNNING,2026-09-02,2.5\n";
    let message = Folder::with("compute.warehouse_events.csv", events).message();
    assert!(message.contains("column cluster_count, row 2: not a whole number: \"2.5\"\n"), "{message}");
    let tasks = "workspace_id,job_id,task_key,change_time,depends_on_keys\n1,2,t,2026-09-01,a b\n";
    let message = Folder::with("lakeflow.job_tasks.csv", tasks).message();
    assert!(message.contains("column depends_on_keys, row 1: not a JSON list of texts: \"a b\"\n"), "{message}");
}

#[test]
fn parquet_values_that_cannot_be_kept_are_refused() {
    let types = |name: &str, cores: ArrayRef, memory: ArrayRef| {
        let rows = cores.len() as i32;
        let names: ArrayRef = Arc::new(StringArray::from((0..rows).map(|it| format!("t{it}")).collect::<Vec<_>>()));
        let columns = vec![("node_type", names), ("core_count", cores), ("memory_mb", memory)];
        Folder::with(&format!("compute.node_types/{name}.parquet"), parquet_columns(columns)).message()
    };
    let one = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    assert_eq!(
        types("a", Arc::new(BooleanArray::from(vec![true])), one()),
        "<dir>/compute.node_types/a.parquet of system.compute.node_types, column core_count: cannot make double of this type: Boolean\n\n\
         hint: export the column as `double` or as text"
    );
    let fraction = Decimal128Array::from(vec![15]).with_precision_and_scale(4, 1).unwrap();
    let message = types("b", one(), Arc::new(fraction));
    assert!(message.contains("column memory_mb, row 1: not a whole number: \"1.500000000000000000\"\n"), "{message}");
    let price = |array: Decimal128Array| {
        let text = |it: &str| Arc::new(StringArray::from(vec![it])) as ArrayRef;
        let start: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1_767_225_600_000]));
        let columns = vec![
            ("sku_name", text("S")),
            ("cloud", text("AWS")),
            ("usage_unit", text("DBU")),
            ("currency_code", text("USD")),
            ("price_start_time", start),
            ("price", Arc::new(array) as ArrayRef),
        ];
        Folder::with("billing.list_prices.parquet", parquet_columns(columns))
    };
    let fine = Decimal128Array::from(vec![1_500]).with_precision_and_scale(38, 20).unwrap();
    assert_eq!(price(fine).read().batches.len(), 1);
    let message = price(Decimal128Array::from(vec![1_501]).with_precision_and_scale(38, 20).unwrap()).message();
    assert!(
        message
            .contains("column price, row 1: has more digits than decimal(38,18) holds: \"0.00000000000000001501\"\n"),
        "{message}"
    );
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("node_type", Arc::new(BinaryArray::from_vec(vec![b"m5.large", b"m5\xff"]))),
        ("core_count", Arc::new(Int64Array::from(vec![1, 1]))),
        ("memory_mb", Arc::new(Int64Array::from(vec![1, 1]))),
    ];
    let message = Folder::with("compute.node_types.parquet", parquet_columns(columns)).message();
    assert!(message.contains("column node_type, row 2: not UTF-8 text: \"6d35ff\"\n"), "{message}");
    let message =
        Folder::with("compute.node_types.csv", b"node_type,core_count,memory_mb\nm5,1,1\nm\xff,1,1\n").message();
    assert!(
        message.contains("compute.node_types.csv of system.compute.node_types, row 2: not UTF-8 text: "),
        "{message}"
    );
}

#[test]
fn a_damaged_parquet_file_names_the_part() {
    let whole = parquet(&usage(), usage_fields());
    let message = Folder::with("billing.usage.parquet", &whole[..whole.len() / 2]).message();
    assert!(
        message.starts_with("<dir>/billing.usage.parquet of system.billing.usage is damaged in its footer: "),
        "{message}"
    );
    assert!(message.ends_with("\n\nhint: copy or export the file again"), "{message}");
    // The data pages, which come first, are gone; the footer, which comes last, is whole.
    let mut holed = whole.clone();
    for byte in &mut holed[4..400] {
        *byte = 0xff;
    }
    let message = Folder::with("billing.usage.parquet", holed).message();
    assert!(
        message.starts_with("<dir>/billing.usage.parquet of system.billing.usage is damaged in row group 1: "),
        "{message}"
    );
}

#[test]
fn a_cut_text_file_is_damaged_or_ends_in_the_middle_of_a_row() {
    let rows = json_lines(&usage());
    let packed = gzip(rows.as_bytes());
    let message = Folder::with("billing.usage.jsonl.gz", &packed[..packed.len() - 20]).message();
    assert!(message.starts_with("<dir>/billing.usage.jsonl.gz of system.billing.usage is damaged: "), "{message}");
    let message = Folder::with("billing.usage.jsonl", &rows[..rows.len() - 20]).message();
    assert!(
        message.starts_with("<dir>/billing.usage.jsonl of system.billing.usage, row 3: not JSON: EOF while parsing"),
        "{message}"
    );
    let text = csv(&usage());
    let message = Folder::with("billing.usage.csv", &text[..text.len() - 100]).message();
    assert_eq!(
        message,
        "<dir>/billing.usage.csv of system.billing.usage, row 3: the header has 16 columns but the row has 12\n\n\
         hint: the file may be cut short or edited by hand: export it again"
    );
}

#[test]
fn an_error_message_that_was_saved_as_an_answer_is_shown() {
    let answer = r#"{"error_code":403,"message":"Invalid access token."}"#;
    assert_eq!(
        Folder::with("rest/1/clusters_list.json", answer).message(),
        "<dir>/rest/1/clusters_list.json of clusters_list holds an error message instead of a list: \
         \"Invalid access token.\"\n\n\
         hint: fetch the list again with a token that may see it"
    );
}

#[test]
fn what_the_sink_says_comes_back() {
    let folder = Folder::with("billing.usage.csv", csv(&usage()));
    let export = folder.find().unwrap();
    let error =
        clusteriq_collect::read(&export, &Default::default(), &Unseen, &mut |_, _| Err("the disk is full".into()));
    let error = error.unwrap_err();
    assert!(matches!(error, CollectError::Sink { .. }));
    assert!(error.to_string().starts_with("cannot hand on system.billing.usage: the disk is full\n\nhint: "));
}
