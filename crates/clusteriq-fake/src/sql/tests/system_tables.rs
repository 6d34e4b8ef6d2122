//! The system tables of an export.

use super::*;

#[test]
fn a_probe_tells_the_types_of_every_column() {
    let of = |table: &str| columns(&format!("SELECT * FROM {table} LIMIT 0"));
    let usage = of("system.billing.usage");
    let kind = |name: &str| usage.iter().find(|it| it.0 == name).unwrap().1.clone();
    assert_eq!(kind("usage_quantity"), "DECIMAL(38,18)");
    assert_eq!(kind("custom_tags"), "MAP<STRING, STRING>");
    assert_eq!(kind("usage_start_time"), "TIMESTAMP");
    assert_eq!(kind("usage_date"), "DATE");
    assert_eq!(
        kind("identity_metadata"),
        "STRUCT<run_as: STRING, created_by: STRING, owned_by: STRING, run_by: STRING>"
    );
    let clusters = of("system.compute.clusters");
    assert!(clusters.contains(&("init_scripts".to_owned(), "ARRAY<STRING>".to_owned())), "{clusters:?}");
}

#[test]
fn every_table_of_the_export_can_be_read() {
    for table in tables().names() {
        let all = batch(&format!("SELECT * FROM {table}")).unwrap();
        let count = rows(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, [all.num_rows().to_string()], "{table}");
        cells(&all).unwrap();
    }
}

#[test]
fn fields_and_tags_are_read_by_path() {
    let found = rows(
        "SELECT usage_metadata.cluster_id IS NOT NULL AS has, count(*) AS c FROM system.billing.usage u \
         WHERE billing_origin_product = 'JOBS' GROUP BY 1",
    );
    assert!(found.iter().any(|it| it.starts_with("true|")), "{found:?}");
    let prices =
        rows("SELECT pricing.`default`, pricing.effective_list.default FROM system.billing.list_prices LIMIT 3");
    assert_eq!(prices.len(), 3);
    let tags = "SELECT count(*), count(custom_tags['team']), count(custom_tags.team) FROM system.billing.usage";
    let tags: Vec<i64> = rows(tags)[0].split('|').map(|it| it.parse().unwrap()).collect();
    assert!(tags[0] >= tags[1] && tags[1] > 0 && tags[1] == tags[2], "{tags:?}");
    let json = rows("SELECT to_json(custom_tags), to_json(identity_metadata) FROM system.billing.usage LIMIT 1");
    assert!(json[0].starts_with("{\""), "{json:?}");
    assert_eq!(class("SELECT usage_metadata.nothing FROM system.billing.usage"), "FIELD_NOT_FOUND");
}

#[test]
fn a_condition_on_time_finds_what_a_look_at_every_row_finds() {
    let ask = |condition: &str| {
        rows(&format!("SELECT count(*), sum(network_sent_bytes) FROM system.compute.node_timeline WHERE {condition}"))
    };
    let from = "TIMESTAMP'2026-11-21T00:00:00Z'";
    let to = "TIMESTAMP'2026-11-21T06:00:00Z'";
    let pruned = ask(&format!("start_time >= {from} AND start_time < {to}"));
    // Statistics tell nothing of an expression.
    let looked = ask(&format!("unix_micros(start_time) >= unix_micros({from}) AND NOT start_time >= {to}"));
    assert_eq!(pruned, looked);
    assert_ne!(pruned[0], "0|null");
    assert_eq!(ask("start_time >= TIMESTAMP'2030-01-01T00:00:00Z'"), ["0|null"]);
}

#[test]
fn what_is_not_there_or_not_allowed_is_told_apart() {
    assert_eq!(class("SELECT * FROM system.billing.nothing"), "TABLE_OR_VIEW_NOT_FOUND");
    assert_eq!(class("SELECT * FROM nothing"), "TABLE_OR_VIEW_NOT_FOUND");
    let mut catalog = Catalog { tables: Some(tables()), ..Catalog::default() };
    catalog.hidden.insert("query".to_owned());
    catalog.revoked.insert("system.billing.usage".to_owned());
    let failure = |text: &str, catalog: &Catalog| run(&question(text), catalog).unwrap_err();
    assert_eq!(failure("SELECT * FROM system.query.history", &catalog).class, "SCHEMA_NOT_FOUND");
    let denied = failure("SELECT * FROM System.Billing.Usage", &catalog);
    assert_eq!((denied.class, denied.sqlstate), ("INSUFFICIENT_PERMISSIONS", "42501"));
    let none = failure("SELECT 1 FROM system.billing.usage", &Catalog::default()).to_string();
    assert!(
        none.starts_with("[TABLE_OR_VIEW_NOT_FOUND] The table or view `system`.`billing`.`usage` cannot"),
        "{none}"
    );
    assert!(none.ends_with("SQLSTATE: 42P01 (line 1, pos 14)"), "{none}");
}

#[test]
fn node_minutes_become_cluster_minutes_by_the_definition_in_sql() {
    let text = include_str!("../../../../clusteriq-tables/src/reduction/reduction.sql");
    let day = "FROM system.compute.node_timeline WHERE start_time >= TIMESTAMP'2026-11-21T00:00:00Z' AND start_time < TIMESTAMP'2026-11-22T00:00:00Z'";
    let day_alone = format!("(SELECT * {day})");
    let text = text.replace("{node_timeline}", &day_alone).replace("{node_types}", "system.compute.node_types");
    let reduced = format!("SELECT count(*), sum(workers + drivers), sum(network_bytes) FROM ({text})");
    let nodes = rows(&format!(
        "SELECT sum(n), sum(b) FROM (SELECT 1 AS n, max(network_sent_bytes + network_received_bytes) AS b {day} \
         GROUP BY workspace_id, cluster_id, instance_id, date_trunc('minute', start_time))"
    ));
    let reduced = rows(&reduced);
    let (_, sums) = reduced[0].split_once('|').unwrap();
    assert_eq!(sums, nodes[0]);
    let typed = columns(&format!("SELECT * FROM ({text}) LIMIT 0"));
    assert_eq!(typed.len(), 19);
    assert!(
        typed[3..].iter().all(|(name, kind)| kind == if name.ends_with("_type") { "STRING" } else { "BIGINT" }),
        "{typed:?}"
    );
}
