//! Clauses: groups, joins, windows, order.

use super::*;

const SALES: &str = "VALUES ('a', 1, 10), ('b', 2, 20), ('a', 3, NULL), (NULL, 4, 40) AS t(k, n, v)";

fn sales(select: &str, rest: &str) -> Vec<String> {
    rows(&format!("SELECT {select} FROM {SALES} {rest}"))
}

#[test]
fn groups_leave_nulls_out_of_sums_and_keep_them_as_a_key() {
    let found = sales("k, count(*), count(v), sum(v), min(n), max(n), avg(v)", "GROUP BY k ORDER BY k");
    assert_eq!(found, ["null|1|1|40|4|4|40.0", "a|2|1|10|1|3|10.0", "b|1|1|20|2|2|20.0"]);
}

#[test]
fn without_keys_all_rows_are_a_group_even_none() {
    assert_eq!(sales("count(*), sum(v)", "WHERE n > 100"), ["0|null"]);
    assert_eq!(sales("count(DISTINCT k), count(DISTINCT n % 2)", ""), ["2|2"]);
    assert_eq!(sales("sum(v) FILTER (WHERE k = 'a'), count_if(n > 1)", ""), ["10|3"]);
    assert!(sales("k", "WHERE n > 100 GROUP BY k").is_empty());
}

#[test]
fn groups_are_by_expressions_aliases_and_places() {
    let expected = ["0|2", "1|2"];
    assert_eq!(sales("n % 2 AS odd, count(*)", "GROUP BY n % 2 ORDER BY 1"), expected);
    assert_eq!(sales("n % 2 AS odd, count(*)", "GROUP BY odd ORDER BY odd"), expected);
    assert_eq!(sales("n % 2, count(*)", "GROUP BY 1 ORDER BY n % 2"), expected);
    assert_eq!(sales("n % 2 AS odd, count(*)", "GROUP BY ALL ORDER BY odd"), expected);
    assert_eq!(sales("k", "GROUP BY k HAVING sum(n) > 3 ORDER BY sum(n) DESC, k"), ["null", "a"]);
}

#[test]
fn nulls_come_first_unless_it_is_said_or_turned_round() {
    assert_eq!(sales("v", "ORDER BY v"), ["null", "10", "20", "40"]);
    assert_eq!(sales("v", "ORDER BY v DESC"), ["40", "20", "10", "null"]);
    assert_eq!(sales("v", "ORDER BY v ASC NULLS LAST LIMIT 2 OFFSET 1"), ["20", "40"]);
    assert_eq!(sales("n", "ORDER BY k DESC, n DESC"), ["2", "3", "1", "4"]);
}

#[test]
fn a_type_does_not_hang_on_how_many_rows_there_are() {
    let kind = |rows: &str| columns(&format!("SELECT n * CAST(1 AS DECIMAL(5,2)) AS x FROM VALUES {rows} AS t(n)"));
    assert_eq!(kind("(1)"), kind("(1), (2)"));
}

#[test]
fn different_rows_are_shown_once() {
    assert_eq!(sales("DISTINCT k", "ORDER BY k"), ["null", "a", "b"]);
    assert_eq!(class(&format!("SELECT DISTINCT k FROM {SALES} ORDER BY n")), "UNSUPPORTED_FEATURE.ORDER_BY");
}

#[test]
fn windows_look_at_the_rows_beside() {
    let found = sales(
        "n, lead(n) OVER (PARTITION BY k ORDER BY n) AS l, lag(n, 1, 0) OVER (ORDER BY n), row_number() OVER (PARTITION BY k ORDER BY n DESC)",
        "ORDER BY n",
    );
    assert_eq!(found, ["1|3|0|2", "2|null|1|1", "3|null|2|1", "4|null|3|1"]);
    assert_eq!(
        sales("n", "QUALIFY row_number() OVER (PARTITION BY k ORDER BY n DESC) = 1 ORDER BY n"),
        ["2", "3", "4"]
    );
}

#[test]
fn joins_match_by_equality_and_the_rest_of_the_condition() {
    let prices = "VALUES ('a', 0, 1.5), ('a', 2, 2.5), ('c', 0, 9.0) AS p(k, since, price)";
    let ask = |how: &str| {
        rows(&format!(
            "SELECT t.n, p.price FROM {SALES} {how} {prices} ON t.k = p.k AND t.n >= p.since ORDER BY t.n, p.price"
        ))
    };
    assert_eq!(ask("JOIN"), ["1|1.5", "3|1.5", "3|2.5"]);
    assert_eq!(ask("LEFT JOIN"), ["1|1.5", "2|null", "3|1.5", "3|2.5", "4|null"]);
    assert_eq!(rows(&format!("SELECT count(*) FROM {SALES} CROSS JOIN {prices}")), ["12"]);
    let text = format!("SELECT p.*, t.k AS mine FROM {SALES} LEFT JOIN {prices} ON t.k = p.k WHERE p.k IS NULL");
    assert_eq!(rows(&text), ["null|null|null|b", "null|null|null|null"]);
}

#[test]
fn sub_queries_and_named_queries_are_tables() {
    let text = format!(
        "WITH a AS (SELECT * FROM {SALES}), b(key, total) AS (SELECT k, sum(n) FROM a GROUP BY k) \
         SELECT x.key, x.total + 1 AS more FROM (SELECT * FROM b WHERE key IS NOT NULL) x ORDER BY more"
    );
    assert_eq!(rows(&text), ["b|3", "a|5"]);
    assert_eq!(rows("SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 1 ORDER BY a DESC"), ["2", "1", "1"]);
    assert_eq!(rows("SELECT 1 AS a UNION SELECT 1"), ["1"]);
}

#[test]
fn columns_are_called_as_in_spark() {
    let text = format!("SELECT *, n + 1 AS next, count(*) OVER () FROM {SALES}");
    assert_eq!(class(&text), "UNSUPPORTED_FEATURE");
    let names = |text: &str| columns(text).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(names(&format!("SELECT t.n, count(*), K FROM {SALES} GROUP BY ALL")), ["n", "count(1)", "K"]);
    assert_eq!(names("SELECT * FROM VALUES (1, 2)"), ["col1", "col2"]);
}
