//! Lists: filters, search, sorting, pages, CSV.

use serde_json::Value;

use super::server::Server;
use crate::support::{list, text};

const LISTS: [&str; 5] = ["/api/recommendations", "/api/jobs", "/api/clusters", "/api/warehouses", "/api/gaps"];

fn ids(it: &Value) -> Vec<String> {
    list(&it["items"]).iter().map(ToString::to_string).collect()
}

#[test]
fn pages_put_together_are_the_whole_list() {
    let server = Server::shared();
    for path in LISTS {
        let whole = server.get(&format!("{path}?limit=1000")).ok();
        assert!(whole["next"].is_null());
        assert_eq!(ids(&whole).len() as u64, whole["total"].as_u64().unwrap());
        let (mut all, mut cursor) = (vec![], String::new());
        loop {
            let page = server.get(&format!("{path}?limit=3&cursor={cursor}")).ok();
            assert_eq!(page["total"], whole["total"]);
            all.extend(ids(&page));
            match page["next"].as_str() {
                Some(it) => it.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(all, ids(&whole), "{path}");
    }
}

#[test]
fn every_way_of_sorting_is_documented_works_and_puts_the_unknown_last() {
    let server = Server::shared();
    let document = server.get("/api/openapi.json").ok();
    for path in LISTS {
        let parameters = list(&document["paths"][path]["get"]["parameters"]);
        let ways = parameters.iter().find(|it| it["name"] == "sort").unwrap()["schema"]["enum"].clone();
        assert!(list(&ways).len() >= 4, "{path}");
        for way in list(&ways) {
            let sorted = server.get(&format!("{path}?limit=1000&sort={}", text(way))).ok();
            assert_eq!(sorted["total"], server.get(path).ok()["total"]);
        }
    }
    let spend = |it: &Value| it["spend"]["total_usd"].as_f64().unwrap();
    let jobs = server.get("/api/jobs?limit=1000&sort=spend").ok();
    assert!(list(&jobs["items"]).is_sorted_by(|a, b| spend(a) <= spend(b)));
    for sort in ["savings", "-savings"] {
        let all = server.get(&format!("/api/recommendations?limit=1000&sort={sort}")).ok();
        let known: Vec<bool> = list(&all["items"]).iter().map(|it| it["savings_per_month"].is_object()).collect();
        assert!(known.is_sorted_by(|a, b| a >= b), "{sort}: {known:?}");
    }
    let wrong = server.get("/api/jobs?sort=beauty");
    assert_eq!(wrong.refused(400), "invalid_request");
    assert!(wrong.json()["hint"].as_str().unwrap().contains("spend"));
}

#[test]
fn a_filter_gives_as_many_rows_as_it_says() {
    let server = Server::shared();
    for path in LISTS {
        let whole = server.get(path).ok();
        for (name, values) in whole["facets"].as_object().unwrap() {
            for it in list(values) {
                let value: String = form_urlencoded::byte_serialize(text(&it["value"]).as_bytes()).collect();
                let some = server.get(&format!("{path}?{name}={value}")).ok();
                assert_eq!(some["total"], it["count"], "{path} {name} {value}");
            }
        }
        assert_eq!(server.get(&format!("{path}?q=no-such-word-anywhere")).ok()["total"], 0);
    }
    let both = server.get("/api/recommendations?lane=save&lane=fix").ok();
    assert_eq!(both["total"], server.get("/api/recommendations").ok()["total"], "several values of a filter add rows");
}

#[test]
fn sums_are_of_all_rows_that_were_found_and_not_of_the_page() {
    let server = Server::shared();
    let sum = |it: &Value| it["sum"]["savings_per_month"]["likely"].as_f64().unwrap_or_default();
    let whole = server.get("/api/recommendations?limit=1").ok();
    let rows = server.get("/api/recommendations?limit=1000").ok();
    let likely = |it: &Value| it["savings_per_month"]["likely"].as_f64();
    let added: f64 = list(&rows["items"]).iter().filter_map(likely).sum();
    assert!((sum(&whole) - added).abs() < 0.01);
}

#[test]
fn a_list_as_csv_has_a_line_for_each_row_and_no_formula() {
    let server = Server::shared();
    for path in LISTS {
        let answer = server.get(&format!("{path}?format=csv&limit=1"));
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").starts_with("text/csv"));
        assert!(answer.header("content-disposition").contains(".csv"));
        let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len() as u64, server.get(path).ok()["total"].as_u64().unwrap(), "{path}");
        let is_number = |it: &str| it.parse::<f64>().is_ok();
        let cells = rows.iter().flatten().filter(|it| !is_number(it));
        assert!(cells.clone().all(|it| !it.starts_with(['=', '+', '-', '@'])), "{path}");
    }
}

#[test]
fn limits_and_cursors_that_make_no_sense_are_refused() {
    let server = Server::shared();
    for query in ["limit=0", "limit=1001", "limit=many", "limit=-1", "cursor=x", "format=xml"] {
        assert_eq!(server.get(&format!("/api/jobs?{query}")).refused(400), "invalid_request", "{query}");
    }
    // A cursor of another analysis: `3@another`.
    assert_eq!(server.get("/api/jobs?cursor=M0Bhbm90aGVy").refused(409), "stale_cursor");
}
