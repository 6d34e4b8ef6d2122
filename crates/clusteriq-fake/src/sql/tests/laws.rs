//! Laws that hold for any rows.

use proptest::prelude::*;

use super::*;

/// Rows of a whole number, a word and a truth, each of which may be missing.
fn values() -> impl Strategy<Value = String> {
    let number = proptest::option::of(-3..4_i64);
    let word = proptest::option::of("[ab]{0,2}");
    let truth = proptest::option::of(any::<bool>());
    proptest::collection::vec((number, word, truth), 1..24).prop_map(|rows| {
        let cell = |it: Option<String>| it.unwrap_or_else(|| "NULL".to_owned());
        let row = |(n, w, t): (Option<i64>, Option<String>, Option<bool>)| {
            let (n, t) = (cell(n.map(|it| it.to_string())), cell(t.map(|it| it.to_string())));
            format!(
                "(CAST({n} AS BIGINT), CAST({} AS STRING), CAST({t} AS BOOLEAN))",
                cell(w.map(|it| format!("'{it}'")))
            )
        };
        let rows: Vec<String> = rows.into_iter().map(row).collect();
        format!("VALUES {} AS t(n, w, b)", rows.join(", "))
    })
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("b".to_owned()),
        (-3..4_i64).prop_map(|it| format!("n < {it}")),
        (-3..4_i64).prop_map(|it| format!("n BETWEEN {it} AND 2")),
        Just("w IN ('a', 'ab', NULL)".to_owned()),
        Just("w LIKE 'a%'".to_owned()),
        Just("n IS NULL".to_owned()),
        Just("n = 1".to_owned()),
        Just("CASE WHEN b THEN n > 0 ELSE w = 'a' END".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|it| format!("NOT ({it})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_its_opposite_and_the_unknown_are_everything(values in values(), p in condition()) {
        let count = |rest: &str| rows(&format!("SELECT count(*) FROM {values} {rest}"))[0].parse::<i64>().unwrap();
        let parts = [format!("WHERE {p}"), format!("WHERE NOT ({p})"), format!("WHERE ({p}) IS NULL")];
        prop_assert_eq!(parts.iter().map(|it| count(it)).sum::<i64>(), count(""));
    }

    #[test]
    fn groups_add_up_to_the_whole(values in values(), p in condition()) {
        let grouped = format!("SELECT {p} AS k, count(*) AS c, sum(n) AS s, max(w) AS m FROM {values} GROUP BY {p}");
        let whole = rows(&format!("SELECT count(*), sum(n), max(w) FROM {values}"));
        prop_assert_eq!(rows(&format!("SELECT sum(c), sum(s), max(m) FROM ({grouped})")), whole);
    }

    #[test]
    fn the_opposite_of_an_and_is_an_or_of_opposites(values in values(), p in condition(), q in condition()) {
        let text = format!("SELECT count(*) FROM {values} WHERE NOT ((NOT ({p} AND {q})) <=> (NOT {p} OR NOT {q}))");
        prop_assert_eq!(rows(&text), ["0"]);
    }

    #[test]
    fn a_join_with_itself_by_number_keeps_every_known_row(values in values()) {
        let numbered = format!("(SELECT n, row_number() OVER (ORDER BY n, w, b) AS i FROM {values})");
        let joined = format!("SELECT count(*), sum(a.n) FROM {numbered} a JOIN {numbered} b ON a.i = b.i");
        prop_assert_eq!(rows(&joined), rows(&format!("SELECT count(*), sum(n) FROM {values}")));
    }

    #[test]
    fn order_and_limit_cut_a_list_without_loss(values in values(), at in 0..24_usize) {
        let all = rows(&format!("SELECT n, w, b FROM {values} ORDER BY n, w, b"));
        let front = rows(&format!("SELECT n, w, b FROM {values} ORDER BY n, w, b LIMIT {at}"));
        let back = rows(&format!("SELECT n, w, b FROM {values} ORDER BY n, w, b OFFSET {at}"));
        prop_assert_eq!([front, back].concat(), all);
    }
}
