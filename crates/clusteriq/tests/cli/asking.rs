//! `show`, `whatif`, `advisors` and `completions`.

use crate::support::{ask, export, json, list, named, program, ran, report, run, text};

#[test]
fn show_finds_recommendations_by_id_and_resources_by_id_and_name() {
    let first = &report()["recommendations"][0];
    let shown = ask(&format!("show {}", text(&first["id"]))).worked();
    assert!(shown.starts_with(text(&first["title"])), "{shown}");
    for it in list(&report()["resources"]) {
        let (id, name) = (text(&it["target"]["id"]), text(&it["name"]));
        let by_id = ask(&format!("show {id}")).worked();
        assert!(by_id.contains(id) && by_id.contains(name), "{by_id}");
        assert_eq!(ask(&format!("show {name}")).worked(), by_id);
    }
}

#[test]
fn show_prints_json_of_what_the_report_has() {
    let first = &report()["recommendations"][0];
    let shown = ask(&format!("show --json {}", text(&first["id"]))).worked();
    assert!(shown.contains(text(&first["id"])) && json(&shown).is_object(), "{shown}");
    let resource = json(&ask(&format!("show --json {}", named("job"))).worked());
    assert!(resource.to_string().contains(named("job")));
}

#[test]
fn what_is_not_there_is_answered_with_where_to_look() {
    let said = ask("show nonesuch").failed();
    assert!(said.contains("has that id or name: nonesuch") && said.contains("clusteriq report --all"), "{said}");
    let said = ask("whatif nonesuch --workers 2").failed();
    assert!(said.contains("has that id or name: nonesuch") && said.contains("clusteriq costs"), "{said}");
}

#[test]
fn a_name_that_several_have_is_answered_with_their_ids() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = ("0101-000000-aaaaaaaa", "0101-000000-bbbbbbbb");
    let clusters = [one, two].map(|id| {
        serde_json::json!({
            "cluster_id": id,
            "cluster_name": "twins",
            "cluster_source": "UI",
            "node_type_id": "m6i.2xlarge",
            "driver_node_type_id": "m6i.2xlarge",
            "num_workers": 2,
            "state": "RUNNING",
        })
    });
    let rest = dir.path().join("rest/1385998009042650");
    std::fs::create_dir_all(&rest).unwrap();
    std::fs::write(rest.join("clusters_list.json"), serde_json::json!({ "clusters": clusters }).to_string()).unwrap();
    let own = dir.path().join("store");
    let import = ran(program(&own).arg("import").arg(export()).arg(dir.path().join("rest/1385998009042650")));
    assert_eq!(import.code, 0, "{}", import.err);
    for args in [vec!["show", "twins"], vec!["whatif", "twins", "--stop-after", "30"]] {
        let said = run(&own, &args).failed();
        assert!(said.contains("several have that name: twins"), "{said}");
        assert!(said.contains(one) && said.contains(two), "{said}");
    }
}

#[test]
fn a_change_of_ones_own_is_priced() {
    for (kind, change) in [
        ("job", "--workers 3"),
        ("job", "--single-node"),
        ("cluster", "--stop-after 15"),
        ("warehouse", "--stop-after 5"),
    ] {
        let judged = |it: &&serde_json::Value| it["target"]["kind"] == kind && !it["savings_per_month"].is_null();
        let own = |it: &&serde_json::Value| kind != "job" || ["D01", "D02"].contains(&text(&it["detection"]));
        let all = list(&report()["recommendations"]);
        let target = text(&all.iter().filter(own).find(judged).unwrap()["target"]["name"]);
        let printed = ask(&format!("whatif {target} {change}")).worked();
        assert!(printed.contains(target) && printed.contains("Cost then"), "{printed}");
        json(&ask(&format!("whatif {target} {change} --json")).worked());
    }
}

#[test]
fn a_question_without_a_change_is_answered_with_examples() {
    let said = ask(&format!("whatif {}", named("job"))).failed();
    assert!(said.contains("no change was asked about") && said.contains("--workers 2"), "{said}");
}

#[test]
fn a_node_type_that_does_not_exist_is_named() {
    let judged = list(&report()["recommendations"]).iter().find(|it| it["detection"] == "D01");
    let job = text(&judged.unwrap()["target"]["name"]);
    let said = ask(&format!("whatif {job} --node-type m99.huge")).failed();
    assert!(said.contains("node type is not known: m99.huge"), "{said}");
}

#[test]
fn advisors_are_listed_and_explained_by_name_and_number() {
    let all = ask("advisors").worked();
    assert!(all.starts_with("D01  too-many-workers"), "{all}");
    let one = ask("advisors D01").worked();
    assert!(one.contains("# Too many workers") && one.contains("## Risk"), "{one}");
    assert_eq!(ask("advisors d01").worked(), one);
    assert_eq!(ask("advisors too-many-workers").worked(), one);
    let listed = json(&ask("advisors --json").worked());
    assert_eq!(list(&listed["advisors"]).len(), all.lines().filter(|it| it.starts_with('D')).count());
    let said = ask("advisors nonesuch").failed();
    assert!(said.contains("nonesuch") && said.contains("too-many-workers"), "{said}");
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = ask(&format!("completions {shell}")).worked();
        for command in ["import", "report", "show", "whatif", "advisors", "costs", "demo", "schema"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}
