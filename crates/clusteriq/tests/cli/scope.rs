//! Which part of the data is analysed, and at which prices.

use rust_decimal::Decimal;

use crate::support::{ask, exact, json, list, report, text};

#[test]
fn the_window_ends_where_asked_and_costs_what_its_days_cost() {
    let day = text(&list(&report()["costs"]["days"])[4]["day"]);
    let older = json(&ask(&format!("report --json --until {day}")).worked());
    assert_eq!(older["window"]["until"], format!("{day}T00:00:00Z"));
    assert_eq!(older["data_until"], report()["data_until"]);
    let before = list(&report()["costs"]["days"]).iter().filter(|it| text(&it["day"]) < day);
    let cost: Decimal = before.map(|it| exact(&it["billed_usd"])).sum();
    assert_eq!(exact(&older["costs"]["billed_usd"]), cost);
}

#[test]
fn the_window_is_as_long_as_asked() {
    let it = json(&ask("report --json --window 48h").worked());
    assert_eq!(it["window"]["days"], 2.0);
    let days = list(&report()["costs"]["days"]);
    let cost: Decimal = days.iter().rev().take(2).map(|it| exact(&it["billed_usd"])).sum();
    assert_eq!(exact(&it["costs"]["billed_usd"]), cost);
}

#[test]
fn a_workspace_is_found_by_its_name_and_by_its_id() {
    for workspace in list(&report()["costs"]["workspaces"]) {
        let name = ask(&format!("report --json --workspace {}", text(&workspace["name"]))).worked();
        let id = ask(&format!("report --json --workspace {}", text(&workspace["workspace_id"]))).worked();
        assert_eq!(name, id);
        assert_eq!(exact(&json(&name)["costs"]["billed_usd"]), exact(&workspace["billed_usd"]));
    }
}

#[test]
fn an_unknown_workspace_is_answered_with_those_there_are() {
    let said = ask("report --workspace nonesuch").failed();
    assert!(said.contains("no workspace has that id or name: nonesuch"), "{said}");
    for it in list(&report()["costs"]["workspaces"]) {
        assert!(said.contains(text(&it["workspace_id"])), "{said}");
    }
}

#[test]
fn a_discount_of_ten_percent_lowers_the_bill_by_exactly_that() {
    let it = json(&ask("report --json --discount *=10%").worked());
    let list_price = exact(&report()["costs"]["billed_usd"]);
    assert_eq!(exact(&it["costs"]["billed_usd"]), list_price * Decimal::new(9, 1));
    assert_eq!(it["costs"]["discounts"], serde_json::json!(["* 10 % off list"]));
}

#[test]
fn a_high_bar_leaves_no_savings() {
    let it = json(&ask("report --json --least-saving 1000000").worked());
    for one in list(&it["recommendations"]) {
        assert!(one["savings_per_month"].is_null(), "{one}");
    }
}
