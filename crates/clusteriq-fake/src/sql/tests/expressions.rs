//! Expressions one by one.

use super::*;

#[test]
fn null_is_neither_true_nor_false() {
    for (expr, value) in [
        ("NULL = 1", "null"),
        ("NULL AND false", "false"),
        ("NULL OR true", "true"),
        ("NOT (NULL AND true)", "null"),
        ("NULL IN (1, 2)", "null"),
        ("1 IN (2, NULL)", "null"),
        ("1 NOT IN (2, 1)", "false"),
        ("NULL IS NULL", "true"),
        ("NULL <=> NULL", "true"),
        ("1 BETWEEN NULL AND 0", "false"),
        ("coalesce(NULL, 3, 4)", "3"),
        ("CASE WHEN NULL THEN 1 ELSE 2 END", "2"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
        ("nullif(1, 1)", "null"),
        ("-0E0 = 0", "true"),
        ("CAST('NaN' AS DOUBLE) = CAST('NaN' AS DOUBLE)", "true"),
    ] {
        assert_eq!(one(expr), value, "{expr}");
    }
}

#[test]
fn numbers_keep_the_types_that_spark_gives_them() {
    for (expr, value, of) in [
        ("1 + 1", "2", "INT"),
        ("7 / 2", "3.5", "DOUBLE"),
        ("3000000000 + 1", "3000000001", "BIGINT"),
        ("1.5 * 2", "3.0", "DECIMAL(4,1)"),
        ("1.0 / 3.0", "0.333333", "DECIMAL(8,6)"),
        ("CAST(1 AS DECIMAL(38,18)) * CAST(2.5 AS DECIMAL(38,18))", "2.500000", "DECIMAL(38,6)"),
        ("CAST('0.15' AS DECIMAL(38,18)) + 1", "1.15000000000000000", "DECIMAL(38,17)"),
        ("-7 % 4", "-3", "INT"),
        ("round(2.5E0)", "3.0", "DOUBLE"),
        ("round(CAST(-2.5 AS DOUBLE))", "-3.0", "DOUBLE"),
        ("round(1.005E0, 2)", "1.01", "DOUBLE"),
        ("round(-1250E0, -2)", "-1300.0", "DOUBLE"),
        ("round(0.04E0, 1)", "0.0", "DOUBLE"),
        ("round(99.96E0, 1)", "100.0", "DOUBLE"),
        ("CAST(2.9E0 AS BIGINT)", "2", "BIGINT"),
        ("CAST(round(12.345E0 * 100) AS BIGINT)", "1235", "BIGINT"),
        ("abs(-3)", "3", "INT"),
    ] {
        assert_eq!((one(expr).as_str(), kind(expr).as_str()), (value, of), "{expr}");
    }
}

#[test]
fn time_is_counted_in_utc() {
    for (expr, value) in [
        ("unix_micros(TIMESTAMP'1970-01-01T00:00:01Z')", "1000000"),
        ("unix_millis(TIMESTAMP '1970-01-01 00:00:01.5')", "1500"),
        ("date_trunc('hour', TIMESTAMP'2026-10-01T10:20:30Z')", "2026-10-01T10:00:00.000Z"),
        ("date_trunc('MONTH', TIMESTAMP'2026-10-21T10:20:30Z')", "2026-10-01T00:00:00.000Z"),
        ("date_trunc('week', TIMESTAMP'2026-11-24T10:20:30Z')", "2026-11-23T00:00:00.000Z"),
        ("CAST(TIMESTAMP'2026-10-01T10:20:30Z' AS DATE)", "2026-10-01"),
        ("CAST(DATE'2026-10-01' AS TIMESTAMP)", "2026-10-01T00:00:00.000Z"),
        ("CAST(TIMESTAMP'2026-10-01T10:20:30Z' AS STRING)", "2026-10-01 10:20:30"),
        ("DATE'2026-10-01' - INTERVAL 1 DAY", "2026-09-30"),
        ("TIMESTAMP'2026-10-01T00:00:00Z' + INTERVAL 2 HOURS", "2026-10-01T02:00:00.000Z"),
        ("DATE'2026-10-01' < '2026-10-02'", "true"),
        ("current_date()", "2026-11-23"),
    ] {
        assert_eq!(one(expr), value, "{expr}");
    }
}

#[test]
fn texts_are_compared_joined_and_matched() {
    for (expr, value) in
        [("'a' || 'b'", "ab"), ("'abc' LIKE 'a%'", "true"), ("upper('ab')", "AB"), ("'10' = 10", "true")]
    {
        assert_eq!(one(expr), value, "{expr}");
    }
    assert_eq!(class("SELECT concat('a')"), "UNRESOLVED_ROUTINE");
}

#[test]
fn a_value_that_is_not_computed_does_not_fail() {
    let text = "SELECT CASE WHEN b = 0 THEN NULL ELSE a / b END AS q FROM VALUES (1, 0), (6, 3) AS t(a, b)";
    assert_eq!(rows(text), ["null", "2.0"]);
    assert_eq!(rows("SELECT coalesce(a, 1 / b) FROM VALUES (5, 0) AS t(a, b)"), ["5.0"]);
}

#[test]
fn mistakes_have_the_classes_of_databricks() {
    for (text, expected) in [
        ("SELECT 1 / 0", "DIVIDE_BY_ZERO"),
        ("SELECT 2147483647 + 1", "ARITHMETIC_OVERFLOW"),
        ("SELECT CAST('x' AS INT)", "CAST_INVALID_INPUT"),
        ("SELECT nothing", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"),
        ("SELECT b FROM VALUES (1) AS t(a)", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("SELECT FROM WHERE", "PARSE_SYNTAX_ERROR"),
        ("", "PARSE_SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", "PARSE_SYNTAX_ERROR"),
        ("SELECT DATE'yesterday'", "INVALID_TYPED_LITERAL"),
        ("SELECT a, sum(a) FROM VALUES (1) AS t(a)", "MISSING_AGGREGATION"),
        ("SELECT 1 FROM VALUES (1) AS t(a) WHERE sum(a) > 1", "INVALID_WHERE_CONDITION"),
        ("SELECT :x", "UNBOUND_SQL_PARAMETER"),
        ("SELECT ?", "UNSUPPORTED_FEATURE"),
        ("SELECT 1 WHERE 'a'", "DATATYPE_MISMATCH"),
        ("SELECT true + 1", "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE"),
    ] {
        assert_eq!(class(text), expected, "{text}");
    }
}

#[test]
fn an_expression_that_is_too_deep_is_refused_and_a_long_list_is_not() {
    let numbers: Vec<String> = (0..5_000).map(|it| it.to_string()).collect();
    assert_eq!(one(&format!("4999 IN ({})", numbers.join(", "))), "true");
    assert_eq!(one(&vec!["1"; 150].join(" + ")), "150");
    assert_eq!(class(&format!("SELECT {}", vec!["1"; 1_500].join(" + "))), "UNSUPPORTED_FEATURE");
}

#[test]
fn only_queries_are_answered() {
    for text in [
        "INSERT INTO system.billing.usage VALUES (1)",
        "CREATE TABLE a (b INT)",
        "ALTER TABLE a ADD COLUMN b INT",
        "DROP TABLE a",
        "SET TIME ZONE 'UTC'",
        "GRANT SELECT ON TABLE a TO b",
        "UPDATE a SET b = 1",
        "DELETE FROM a",
        "TRUNCATE TABLE a",
    ] {
        assert!(["UNSUPPORTED_FEATURE", "PARSE_SYNTAX_ERROR"].contains(&class(text)), "{text}: {}", class(text));
    }
}

#[test]
fn parameters_are_put_in_by_name() {
    let parameter = |name: &str, value: Option<&str>, kind: Option<&str>| Parameter {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        kind: kind.map(str::to_owned),
    };
    let mut it = question("SELECT :day + INTERVAL 1 DAY AS a, :none AS b, :text AS c LIMIT :n");
    it.parameters = vec![
        parameter("day", Some("2026-10-01"), Some("DATE")),
        parameter("none", None, Some("DECIMAL(10,2)")),
        parameter("text", Some("5"), None),
        parameter("n", Some("1"), Some("INT")),
    ];
    let batch = run(&it, &Catalog::default()).unwrap();
    let kinds: Vec<String> = batch.schema().fields().iter().map(|it| type_text(it.data_type())).collect();
    assert_eq!(kinds, ["DATE", "DECIMAL(10,2)", "STRING"]);
    assert_eq!(cells(&batch).unwrap()[0].value(0), "2026-10-02");
}
