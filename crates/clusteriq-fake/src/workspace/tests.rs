//! The workspace from inside: what is known of the wire, without a wire.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::answer::{Arrival, Asked, Reply};
use super::*;
use crate::{DemoOptions, Fleet};

/// A company with every kind of resource, lived once for all tests.
fn history() -> &'static History {
    static HISTORY: OnceLock<History> = OnceLock::new();
    HISTORY.get_or_init(|| {
        let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
        History::of(&options).unwrap()
    })
}

/// A workspace of its own for a test: the one with the most clusters.
fn workspace() -> Workspace {
    let all = history().workspaces().into_iter().map(|(id, _)| history().workspace(&id).unwrap());
    all.max_by_key(|it| it.read().clusters.len()).unwrap()
}

fn clusters(contents: &Contents) -> Vec<Value> {
    contents.clusters.iter().map(|it| it.whole.value()).collect()
}

fn get(path: &str) -> Asked {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Asked {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: "127.0.0.1:1".to_owned(),
        authorization: Some(format!("Bearer {TOKEN}")),
        ..Asked::default()
    }
}

fn post(path: &str, body: &str) -> Asked {
    Asked { method: "POST".to_owned(), body: body.as_bytes().to_vec(), ..get(path) }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn ok(workspace: &Workspace, asked: &Asked) -> Value {
    let reply = workspace.answer(asked);
    assert_eq!(reply.status, 200, "{} {}: {}", asked.path, asked.query, String::from_utf8_lossy(&reply.body));
    json_of(&reply)
}

fn refused(workspace: &Workspace, asked: &Asked) -> (u16, Value) {
    let reply = workspace.answer(asked);
    (reply.status, json_of(&reply))
}

fn header(reply: &Reply, name: &str) -> Option<String> {
    reply.headers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
}

/// All entries of a list, page by page, and how many pages there were.
fn all(workspace: &Workspace, path: &str, key: &str) -> (Vec<Value>, usize) {
    let (mut found, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let and = if path.contains('?') { "&" } else { "?" };
        let reply = ok(workspace, &get(&format!("{path}{and}page_token={token}")));
        found.extend(reply[key].as_array().into_iter().flatten().cloned());
        pages += 1;
        token = reply["next_page_token"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            return (found, pages);
        }
    }
}

#[test]
fn without_a_bearer_token_the_code_is_a_number_and_the_realm_is_named() {
    let workspace = workspace();
    for authorization in [None, Some("Basic Zm9vOmJhcg==".to_owned())] {
        let reply = workspace.answer(&Asked { authorization, ..get("/api/2.1/clusters/list") });
        assert_eq!((reply.status, &json_of(&reply)["error_code"]), (401, &json!(401)));
        assert_eq!(header(&reply, "www-authenticate").as_deref(), Some("Bearer realm=\"DatabricksRealm\""));
    }
    let stranger = Asked { authorization: Some("Bearer nobody".to_owned()), ..get("/api/2.1/clusters/list") };
    let (status, body) = refused(&workspace, &stranger);
    assert_eq!((status, &body["error_code"]), (403, &json!(403)));
}

#[test]
fn every_reply_says_who_answered_and_for_which_workspace() {
    let workspace = workspace();
    let mut ids = BTreeSet::new();
    for path in ["/api/2.1/clusters/list", "/api/2.1/nothing", "/.well-known/databricks-config"] {
        let reply = workspace.answer(&get(path));
        assert_eq!(header(&reply, "server").as_deref(), Some("databricks"));
        assert_eq!(header(&reply, "x-databricks-org-id"), Some(workspace.id()));
        assert_eq!(header(&reply, "content-type").as_deref(), Some("application/json"));
        ids.insert(header(&reply, "x-request-id").unwrap());
    }
    assert_eq!(ids.len(), 3);
}

#[test]
fn what_is_not_known_does_not_exist() {
    let workspace = workspace();
    for asked in [
        get("/api/2.1/clusters/start"),
        post("/api/2.1/clusters/edit", "{}"),
        Asked { method: "DELETE".to_owned(), ..get("/api/2.0/sql/warehouses/1") },
        get("/api/9.9/clusters/list"),
        get("/"),
    ] {
        let (status, body) = refused(&workspace, &asked);
        assert_eq!((status, &body["error_code"]), (404, &json!("ENDPOINT_NOT_FOUND")), "{}", asked.path);
    }
    let seen = workspace.seen();
    let reading: Vec<bool> = seen.iter().map(Seen::only_reads).collect();
    assert_eq!(reading, [true, false, false, true, true]);
}

#[test]
fn a_machine_gets_a_token_by_basic_or_by_form_and_it_expires_when_time_moves() {
    let workspace = workspace();
    workspace.set_token_lifetime(Duration::from_secs(60));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("client_secret", CLIENT_SECRET)
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", "all-apis")
        .finish();
    let by_form = Asked { authorization: None, ..post("/oidc/v1/token", &form) };
    let token = ok(&workspace, &by_form);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(60)));
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    let by_basic = Asked {
        authorization: Some(format!("Basic {encoded}")),
        ..post("/oidc/v1/token", "grant_type=client_credentials&scope=all-apis")
    };
    let other = ok(&workspace, &by_basic);
    assert_ne!(token["access_token"], other["access_token"]);
    let bearer = |it: &Value| Some(format!("Bearer {}", it["access_token"].as_str().unwrap()));
    let me = Asked { authorization: bearer(&token), ..get("/api/2.0/preview/scim/v2/Me") };
    assert_eq!(ok(&workspace, &me)["userName"], CLIENT_ID);
    workspace.advance(Duration::from_secs(60));
    assert_eq!(refused(&workspace, &me).0, 401);
    let fresh = ok(&workspace, &by_form);
    assert_eq!(workspace.answer(&Asked { authorization: bearer(&fresh), ..me }).status, 200);
}

#[test]
fn a_script_can_let_all_tokens_expire_once() {
    let workspace = workspace();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("client_secret", CLIENT_SECRET)
        .append_pair("grant_type", "client_credentials")
        .finish();
    let give = || {
        let token = ok(&workspace, &Asked { authorization: None, ..post("/oidc/v1/token", &form) });
        Some(format!("Bearer {}", token["access_token"].as_str().unwrap()))
    };
    workspace.set_faults(Faults::new(vec![Rule::new("/api/", When::At(vec![2]), Fault::TokensExpire)]));
    let ask = |authorization: Option<String>| {
        workspace.answer(&Asked { authorization, ..get("/api/2.0/preview/scim/v2/Me") }).status
    };
    let token = give();
    assert_eq!([ask(token.clone()), ask(token.clone()), ask(token), ask(give())], [200, 401, 401, 200]);
}

#[test]
fn a_wrong_secret_is_refused_in_the_words_of_oauth() {
    let workspace = workspace();
    let asked = post("/oidc/v1/token", "client_id=a&client_secret=b&grant_type=client_credentials");
    let (status, body) = refused(&workspace, &Asked { authorization: None, ..asked });
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
}

#[test]
fn discovery_leads_to_the_token_endpoint() {
    let workspace = workspace();
    let config = ok(&workspace, &Asked { authorization: None, ..get("/.well-known/databricks-config") });
    assert_eq!(config["workspace_id"], workspace.id());
    let oidc = config["oidc_endpoint"].as_str().unwrap().strip_prefix("http://127.0.0.1:1").unwrap();
    let server = get(&format!("{oidc}/.well-known/oauth-authorization-server"));
    let endpoints = ok(&workspace, &Asked { authorization: None, ..server });
    assert_eq!(endpoints["token_endpoint"], "http://127.0.0.1:1/oidc/v1/token");
}

#[test]
fn pages_of_every_list_add_up_to_the_whole_once() {
    let workspace = workspace();
    workspace.set_longest_page(3);
    let contents = workspace.read();
    for (path, key, id, whole) in [
        ("/api/2.1/clusters/list", "clusters", "cluster_id", contents.clusters.len()),
        ("/api/2.2/jobs/list", "jobs", "job_id", contents.jobs.len()),
        ("/api/2.1/jobs/runs/list", "runs", "run_id", contents.runs.len()),
        ("/api/2.0/sql/warehouses", "warehouses", "id", contents.warehouses.len()),
        ("/api/2.0/pipelines", "statuses", "pipeline_id", contents.pipelines.len()),
    ] {
        let (found, pages) = all(&workspace, path, key);
        let ids: BTreeSet<String> = found.iter().map(|it| it[id].to_string()).collect();
        assert!(whole > 0, "{path}");
        assert_eq!((found.len(), ids.len()), (whole, whole), "{path}");
        assert_eq!(pages, whole.div_ceil(3), "{path}");
    }
}

#[test]
fn the_last_page_ends_each_list_in_its_own_way() {
    let workspace = workspace();
    let clusters = ok(&workspace, &get("/api/2.0/clusters/list"));
    assert!(clusters.get("next_page_token").is_none(), "the first version has no pages");
    workspace.set_longest_page(1_000);
    let last = |path: &str| {
        let mut reply = ok(&workspace, &get(path));
        while let Some(token) = reply["next_page_token"].as_str().filter(|it| !it.is_empty()) {
            reply = ok(&workspace, &get(&format!("{path}&page_token={token}")));
        }
        reply
    };
    assert_eq!(last("/api/2.1/clusters/list?page_size=100")["next_page_token"], "");
    for path in ["/api/2.2/jobs/list?limit=100", "/api/2.2/jobs/runs/list?limit=25"] {
        let reply = last(path);
        assert_eq!((reply.get("next_page_token"), &reply["has_more"]), (None, &json!(false)), "{path}");
    }
    assert!(last("/api/2.0/pipelines?max_results=100").get("next_page_token").is_none());
}

#[test]
fn limits_and_tokens_that_make_no_sense_are_refused() {
    let workspace = workspace();
    let token = ok(&workspace, &get("/api/2.2/jobs/list?limit=1"))["next_page_token"].as_str().unwrap().to_owned();
    let path = format!("/api/2.2/jobs/runs/list?page_token={token}");
    for path in [
        "/api/2.1/clusters/list?page_size=101",
        "/api/2.2/jobs/list?limit=101",
        "/api/2.2/jobs/list?limit=0",
        "/api/2.2/jobs/runs/list?limit=27",
        "/api/2.2/jobs/runs/list?limit=many",
        "/api/2.2/jobs/runs/list?active_only=true&completed_only=true",
        "/api/2.0/pipelines?max_results=101",
        "/api/2.2/jobs/list?page_token=nonsense",
        path.as_str(),
        "/api/2.2/jobs/get",
        "/api/2.2/jobs/get?job_id=1",
        "/api/2.1/jobs/runs/get?run_id=1",
        "/api/2.1/clusters/get?cluster_id=zzz",
    ] {
        let (status, body) = refused(&workspace, &get(path));
        assert_eq!((status, &body["error_code"]), (400, &json!("INVALID_PARAMETER_VALUE")), "{path}");
    }
    let most = ok(&workspace, &get("/api/2.2/jobs/runs/list?limit=0"));
    assert_eq!(most["runs"].as_array().map(Vec::len), Some(25));
}

#[test]
fn lists_of_jobs_leave_out_tasks_unless_they_are_asked_for() {
    let workspace = workspace();
    let (job, _) = workspace.add_wide_job(250);
    let first = |path: &str| ok(&workspace, &get(path))["jobs"][0].clone();
    let short = first("/api/2.2/jobs/list?limit=1");
    assert_eq!((short["job_id"].as_i64(), short["settings"].get("tasks")), (Some(job), None));
    let expanded = first("/api/2.2/jobs/list?limit=1&expand_tasks=true");
    assert_eq!(expanded["settings"]["tasks"].as_array().map(Vec::len), Some(100));
    assert_eq!(expanded["has_more"], true);
    let old = first("/api/2.1/jobs/list?limit=1&expand_tasks=true");
    assert_eq!((old["settings"]["tasks"].as_array().map(Vec::len), old.get("has_more")), (Some(250), None));
}

#[test]
fn a_run_of_many_tasks_comes_in_parts_with_its_id_to_the_last_digit() {
    let workspace = workspace();
    let (_, run) = workspace.add_wide_job(250);
    assert!(run > 1 << 53);
    let (tasks, pages) = all(&workspace, &format!("/api/2.2/jobs/runs/get?run_id={run}"), "tasks");
    assert_eq!((tasks.len(), pages), (250, 3));
    let (tasks, pages) = all(&workspace, &format!("/api/2.1/jobs/runs/get?run_id={run}"), "tasks");
    assert_eq!((tasks.len(), pages), (250, 1));
    let whole = workspace.answer(&get(&format!("/api/2.1/jobs/runs/get?run_id={run}")));
    assert!(String::from_utf8(whole.body).unwrap().contains(&format!("\"run_id\":{run},")));
}

#[test]
fn runs_come_newest_first_and_each_names_its_tasks_clusters() {
    let workspace = workspace();
    let (runs, _) = all(&workspace, "/api/2.1/jobs/runs/list?expand_tasks=true&limit=25", "runs");
    assert!(runs.is_sorted_by_key(|it| std::cmp::Reverse(it["start_time"].as_i64())));
    let clusters: BTreeSet<String> =
        clusters(&workspace.read()).iter().map(|it| it["cluster_id"].as_str().unwrap().to_owned()).collect();
    let mut named = 0;
    for run in &runs {
        let done = run["end_time"] != 0;
        assert_eq!(run["status"]["state"] == "TERMINATED", done, "{run}");
        for task in run["tasks"].as_array().into_iter().flatten() {
            assert!(task["start_time"].as_i64() >= run["start_time"].as_i64(), "{run}");
            if let Some(id) = task["cluster_instance"]["cluster_id"].as_str() {
                named += 1;
                assert!(clusters.contains(id), "{id} of {run}");
            }
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn the_next_page_of_events_is_a_whole_question() {
    let workspace = workspace();
    let ask = |body: &Value| ok(&workspace, &post("/api/2.1/clusters/events", &body.to_string()));
    let ids: Vec<Value> = clusters(&workspace.read()).iter().map(|it| it["cluster_id"].clone()).collect();
    let wholes = ids.iter().map(|id| (id, ask(&json!({"cluster_id": id, "limit": 500}))));
    let (id, whole) =
        wholes.into_iter().find(|(_, it)| (20..=500).contains(&it["total_count"].as_i64().unwrap())).unwrap();
    assert_eq!(whole["total_count"], whole["events"].as_array().unwrap().len());
    assert!(whole.get("next_page").is_none() && whole.get("next_page_token").is_none());
    let mut found = Vec::new();
    let mut question = json!({"cluster_id": id, "limit": 4});
    loop {
        let reply = ask(&question);
        found.extend(reply["events"].as_array().unwrap().clone());
        match reply.get("next_page") {
            Some(next) => question = next.clone(),
            None => break,
        }
    }
    assert_eq!(json!(found), whole["events"]);
    let by_token = ask(&json!({"cluster_id": id, "page_size": 4}));
    let second = ask(&json!({"cluster_id": id, "page_size": 4, "page_token": by_token["next_page_token"]}));
    assert_eq!((second["events"][0].clone(), &second["total_count"]), (found[4].clone(), &json!(0)));
    assert!(second.get("next_page").is_none());
    let body = json!({"cluster_id": id, "limit": 501}).to_string();
    assert_eq!(refused(&workspace, &post("/api/2.1/clusters/events", &body)).0, 400);
}

#[test]
fn a_clusters_events_tell_when_it_ran_and_with_how_many_workers() {
    let workspace = workspace();
    let contents = workspace.read();
    let mut counts = BTreeSet::new();
    for cluster in &clusters(&contents) {
        let id = cluster["cluster_id"].as_str().unwrap();
        let body = json!({"cluster_id": id, "limit": 500, "order": "ASC"}).to_string();
        let reply = ok(&workspace, &post("/api/2.1/clusters/events", &body));
        let events = reply["events"].as_array().cloned().unwrap_or_default();
        let mut running = false;
        for event in &events {
            match event["type"].as_str().unwrap() {
                "RUNNING" => {
                    assert!(!running, "{id}: {events:?}");
                    running = true;
                }
                "TERMINATING" => running = false,
                "CREATING" | "STARTING" | "DRIVER_HEALTHY" | "RESIZING" | "UPSIZE_COMPLETED" | "NODES_LOST" => {}
                other => unreachable!("{other}"),
            }
            counts.insert(event["type"].as_str().unwrap().to_owned());
        }
        let start = cluster["start_time"].as_i64();
        let known = events.iter().any(|it| it["timestamp"].as_i64() == start);
        assert!(events.is_empty() || events.len() == 500 || known, "{id} {start:?}: {events:?}");
        if events.len() < 500 && !events.is_empty() {
            assert_eq!(running, cluster["state"] == "RUNNING", "{id} {cluster}: {events:?}");
        }
    }
    assert_eq!(counts.len(), 8, "{counts:?}");
}

#[test]
fn nothing_that_is_served_is_null_or_an_empty_array() {
    fn look(it: &Value, path: &str) {
        match it {
            Value::Null => unreachable!("null at {path}"),
            Value::Array(all) => {
                assert!(!all.is_empty(), "empty at {path}");
                all.iter().for_each(|it| look(it, path));
            }
            Value::Object(all) => all.iter().for_each(|(key, it)| look(it, &format!("{path}/{key}"))),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let workspace = workspace();
    for path in [
        "/api/2.1/clusters/list",
        "/api/2.2/jobs/list?expand_tasks=true",
        "/api/2.2/jobs/runs/list?expand_tasks=true",
        "/api/2.0/sql/warehouses",
        "/api/2.0/pipelines",
        "/api/2.0/instance-pools/list",
        "/api/2.0/policies/clusters/list",
        "/api/2.1/clusters/list-node-types",
        "/api/2.1/clusters/spark-versions",
        "/api/2.0/preview/scim/v2/Me",
        "/.well-known/databricks-config",
    ] {
        look(&ok(&workspace, &get(path)), path);
    }
}

#[test]
fn pipelines_have_updates_and_a_log() {
    let workspace = workspace();
    let id = workspace.read().pipelines[0]["pipeline_id"].as_str().unwrap().to_owned();
    let one = ok(&workspace, &get(&format!("/api/2.0/pipelines/{id}")));
    assert_eq!((&one["pipeline_id"], &one["spec"]["id"]), (&json!(id), &json!(id)));
    let (updates, _) = all(&workspace, &format!("/api/2.0/pipelines/{id}/updates"), "updates");
    let update = updates[0]["update_id"].as_str().unwrap();
    let got = ok(&workspace, &get(&format!("/api/2.0/pipelines/{id}/updates/{update}")));
    assert_eq!(got["update"], updates[0]);
    assert!(got["update"]["creation_time"].is_i64() && one["latest_updates"][0]["creation_time"].is_string());
    let path = format!("/api/2.0/pipelines/{id}/events");
    let (newest, _) = all(&workspace, &path, "events");
    let first = ok(&workspace, &get(&format!("{path}?order_by=timestamp%20asc&max_results=2")));
    assert_eq!(first["events"][0], *newest.last().unwrap());
    assert_eq!(refused(&workspace, &get("/api/2.0/pipelines/none")).0, 404);
}

#[test]
fn the_export_and_the_workspace_show_the_same_objects() {
    let dir = tempfile::tempdir().unwrap();
    let options = DemoOptions { days: 7, clusters: 95, fleet: Fleet::Known, ..DemoOptions::default() };
    crate::write_export(&dir.path().join("export"), &options, &|_, _| ()).unwrap();
    let workspace = workspace();
    let contents = workspace.read();
    let folder = dir.path().join("export/rest").join(&contents.id);
    for (file, key, id, served) in [
        ("clusters_list.json", "clusters", "cluster_id", &clusters(&contents)),
        ("jobs_list.json", "jobs", "job_id", &contents.jobs),
        ("policies_list.json", "policies", "policy_id", &contents.policies),
        ("instance_pools_list.json", "instance_pools", "instance_pool_id", &contents.pools),
        ("pipelines_list.json", "statuses", "pipeline_id", &contents.pipelines),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let written = contents::tidy(serde_json::from_str(&text).unwrap());
        let written = written[key].as_array().unwrap();
        assert_eq!(written.len(), served.len(), "{file}");
        for it in written {
            let same = served.iter().find(|other| other[id] == it[id]).unwrap();
            // What is served may say more, and how much runs now.
            for (key, value) in it.as_object().unwrap().iter().filter(|(key, _)| *key != "state") {
                let said = &same[key];
                let grown = key == "termination_reason" && said["code"] == value["code"];
                assert!(said == value || grown, "{file} {key}: {said} and {value}");
            }
        }
    }
}

#[test]
fn a_list_that_grows_between_pages_shows_an_object_twice() {
    let workspace = workspace();
    workspace.set_longest_page(3);
    workspace.set_faults(Faults::new(vec![Rule::new("/api/2.1/clusters/list", When::At(vec![2]), Fault::ListChanges)]));
    let (found, _) = all(&workspace, "/api/2.1/clusters/list", "clusters");
    let ids: BTreeSet<String> = found.iter().map(|it| it["cluster_id"].to_string()).collect();
    assert_eq!((found.len(), ids.len()), (workspace.read().clusters.len() + 1, workspace.read().clusters.len()));
    assert_eq!(found[2], found[3]);
}

#[test]
fn a_clock_that_is_fast_ends_tokens_before_their_time() {
    let workspace = workspace();
    let form =
        format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={}", "dose-made-up%3B%23%2B%20%25");
    let given = ok(&workspace, &Asked { authorization: None, ..post("/oidc/v1/token", &form) });
    let authorization = Some(format!("Bearer {}", given["access_token"].as_str().unwrap()));
    let status = || {
        workspace.answer(&Asked { authorization: authorization.clone(), ..get("/api/2.0/preview/scim/v2/Me") }).status
    };
    workspace.advance(Duration::from_secs(3_000));
    assert_eq!(status(), 200);
    workspace.set_clock_skew(SignedDuration::from_mins(11));
    assert_eq!(status(), 401);
}

#[test]
fn faults_come_by_script() {
    let workspace = workspace();
    let list = get("/api/2.1/clusters/list");
    let rule = |fault| Rule::new("/api/2.1/clusters", When::First(1), fault);
    let once = |fault| {
        workspace.set_faults(Faults::new(vec![rule(fault)]));
        let first = workspace.answer(&list);
        assert_eq!(workspace.answer(&list).status, 200);
        first
    };
    let busy = once(Fault::TooManyRequests { retry_after: Some(3) });
    assert_eq!((busy.status, header(&busy, "retry-after").as_deref()), (429, Some("3")));
    let busy = once(Fault::TooManyRequests { retry_after: None });
    assert_eq!((busy.status, header(&busy, "retry-after")), (429, None));
    assert_eq!(once(Fault::Unavailable { retry_after: None }).status, 503);
    assert_eq!(json_of(&once(Fault::Denied))["error_code"], "PERMISSION_DENIED");
    assert_eq!(once(Fault::Slow(Duration::from_secs(9))).delay, Duration::from_secs(9));
    assert!(serde_json::from_slice::<Value>(&once(Fault::Truncated).body).is_err());
    assert_eq!(once(Fault::Broken).arrival, Arrival::Half);
    assert_eq!(once(Fault::TokensExpire).status, 200, "a personal token is none of those");
}
