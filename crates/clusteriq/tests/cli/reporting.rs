//! `clusteriq report` and `clusteriq costs`: sums that agree, formats that agree, and the same bytes every time.

use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{ask, copy, exact, json, list, program, ran, report, run, store, text};

#[test]
fn the_json_report_fits_its_schema_and_the_schema_is_the_published_one() {
    let printed = json(&ask("schema").worked());
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.schema.json");
    assert_eq!(printed, json(&std::fs::read_to_string(published).unwrap()), "docs/report.schema.json is out of date");
    let schema = jsonschema::validator_for(&printed).unwrap();
    let wrong: Vec<String> = schema.iter_errors(report()).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_report_is_the_same_to_the_byte_every_time_and_wherever_the_store_is() {
    let first = ask("report --json").worked();
    assert_eq!(ask("report --json").worked(), first);
    let dir = tempfile::tempdir().unwrap();
    let moved = dir.path().join("elsewhere");
    copy(store(), &moved);
    assert_eq!(run(&moved, &["report", "--format", "json"]).worked(), first);
}

#[test]
fn workspaces_add_up_to_the_bill_exactly() {
    let costs = &report()["costs"];
    let sum: Decimal = list(&costs["workspaces"]).iter().map(|it| exact(&it["billed_usd"])).sum();
    assert_eq!(sum, exact(&costs["billed_usd"]));
    assert!(sum > Decimal::ZERO);
    let days: Decimal = list(&costs["days"]).iter().map(|it| exact(&it["billed_usd"])).sum();
    assert_eq!(days, sum);
}

#[test]
fn every_dollar_of_a_workspace_and_a_cluster_is_somebodys_or_nobodys() {
    let costs = &report()["costs"];
    let all = list(&costs["workspaces"]).iter().chain(list(&costs["clusters"]));
    for it in all {
        assert_eq!(exact(&it["attributed_usd"]) + exact(&it["idle_usd"]), exact(&it["billed_usd"]), "{it}");
    }
}

#[test]
fn savings_of_the_recommendations_add_up_to_the_headline() {
    let likely = |it: &Value| it["savings_per_month"]["likely"].as_f64();
    let sum: f64 = list(&report()["recommendations"]).iter().filter_map(likely).sum();
    let headline = likely(&report()["headline"]).unwrap();
    assert!((sum - headline).abs() < 1e-6 * headline, "{sum} {headline}");
    assert!(headline > 0.0);
}

#[test]
fn every_recommendation_has_an_id_of_its_own_evidence_and_a_way_back() {
    let all = list(&report()["recommendations"]);
    let ids: std::collections::BTreeSet<_> = all.iter().map(|it| text(&it["id"])).collect();
    assert_eq!(ids.len(), all.len());
    assert!(all.len() > 3);
    for it in all {
        assert!(!list(&it["evidence"]).is_empty(), "{it}");
        assert!(!text(&it["rollback"]).is_empty(), "{it}");
    }
}

#[test]
fn every_format_has_the_first_recommendation() {
    let title = text(&report()["recommendations"][0]["title"]);
    for format in ["csv", "markdown", "html", "table", "json"] {
        let printed = ask(&format!("report --format {format}")).worked();
        assert!(printed.replace('\\', "").contains(title), "{format}: {printed}");
    }
}

#[test]
fn a_report_goes_to_a_file_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.html");
    let it = ran(program(store()).args(["report", "--format", "html", "--output"]).arg(&file));
    assert_eq!((it.code, it.out.as_str()), (0, ""));
    assert_eq!(it.err, format!("written to {}\n", file.display()));
    assert!(std::fs::read_to_string(&file).unwrap() == ask("report --format html").worked());
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let job = format!("show {}", crate::support::named("job"));
    for columns in ["80", "120"] {
        for args in ["report", "report --all", "costs", &job] {
            let it = ran(program(store()).env("COLUMNS", columns).args(args.split(' '))).worked();
            for line in it.lines() {
                assert!(line.chars().count() <= columns.parse().unwrap(), "{args} at {columns}: {line}");
            }
        }
    }
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let coloured = |set: &[(&str, &str)]| {
        let it = ran(program(store()).arg("report").envs(set.iter().copied())).worked();
        it.contains('\u{1b}')
    };
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]), "empty is as if it were not set");
}

#[test]
fn costs_have_the_money_of_the_report() {
    let costs = json(&ask("costs --json").worked());
    assert_eq!(costs["costs"], report()["costs"]);
    let printed = ask("costs").worked();
    for it in list(&report()["costs"]["workspaces"]) {
        assert!(printed.contains(text(&it["name"])), "{it}");
    }
}
