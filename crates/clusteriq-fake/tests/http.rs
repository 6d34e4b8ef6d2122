//! The workspace over a real connection: what only shows there.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

use clusteriq_fake::DemoOptions;
use clusteriq_fake::workspace::{Fault, Faults, History, Rule, Server, TOKEN, When, Workspace, serve};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// A small company for all tests.
fn workspace() -> Workspace {
    let history = history();
    history.workspace(&history.workspaces()[0].0).unwrap()
}

fn history() -> &'static History {
    static HISTORY: OnceLock<History> = OnceLock::new();
    let small = DemoOptions { days: 2, clusters: 40, ..DemoOptions::default() };
    HISTORY.get_or_init(|| History::of(&small).unwrap())
}

struct Reply {
    /// Status line and headers, in lower case.
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// One request on a connection of its own.
fn ask(url: &str, method: &str, path: &str, headers: &str) -> Reply {
    exchange(url, method, path, &format!("authorization: Bearer {TOKEN}\r\n{headers}"), "")
}

fn exchange(url: &str, method: &str, path: &str, headers: &str, body: &str) -> Reply {
    let host = url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let length = body.len();
    let question = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    connection.write_all(question.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A connection that breaks is what some tests are about.
    let _ = connection.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    Reply { head, body: bytes[end + 4..].to_vec() }
}

fn get(server: &Server, path: &str) -> Reply {
    ask(&server.url, "GET", path, "")
}

#[test]
fn a_reply_arrives_with_its_headers_and_its_length() {
    let workspace = workspace();
    let server = workspace.start().unwrap();
    let reply = get(&server, "/api/2.1/clusters/list?page_size=3");
    assert!(reply.head.starts_with("http/1.1 200 ok"), "{}", reply.head);
    assert_eq!(reply.header("x-databricks-org-id"), Some(workspace.id().as_str()));
    assert_eq!(reply.header("server"), Some("databricks"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["clusters"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_long_reply_is_packed_for_who_asks_for_it() {
    let server = workspace().start().unwrap();
    let path = "/api/2.1/clusters/list-node-types";
    let plain = get(&server, path);
    let packed = ask(&server.url, "GET", path, "accept-encoding: gzip, deflate\r\n");
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), (None, Some("gzip")));
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[test]
fn a_broken_reply_is_shorter_than_it_says_and_the_next_one_is_whole() {
    let workspace = workspace();
    workspace.set_faults(Faults::new(vec![Rule::new("/api/", When::First(1), Fault::Broken)]));
    let server = workspace.start().unwrap();
    let length = |it: &Reply| it.header("content-length").unwrap().parse::<usize>().unwrap();
    let broken = get(&server, "/api/2.1/clusters/list");
    assert!(broken.body.len() < length(&broken), "{} of {}", broken.body.len(), length(&broken));
    let whole = get(&server, "/api/2.1/clusters/list");
    assert_eq!(whole.body.len(), length(&whole));
}

#[test]
fn what_a_client_wrote_is_remembered_though_it_was_refused() {
    let workspace = workspace();
    let server = workspace.start().unwrap();
    let reply = ask(&server.url, "DELETE", "/api/2.0/sql/warehouses/1?force=true", "user-agent: somebody/1\r\n");
    assert!(reply.head.starts_with("http/1.1 404"), "{}", reply.head);
    let seen = workspace.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].query.as_str()), ("DELETE", "force=true"));
    assert_eq!((seen[0].user_agent.as_str(), seen[0].only_reads()), ("somebody/1", false));
}

/// A workspace that has a warehouse, and the warehouse's id.
fn with_warehouse() -> (Workspace, Server, String) {
    let all = history().workspaces().into_iter().map(|(id, _)| history().workspace(&id).unwrap());
    let mut served = all.filter_map(|it| {
        let server = it.start().unwrap();
        let list: Value = serde_json::from_slice(&get(&server, "/api/2.0/sql/warehouses").body).unwrap();
        let id = list["warehouses"][0]["id"].as_str()?.to_owned();
        Some((it, server, id))
    });
    served.next().unwrap()
}

/// The first link of a statement's result, below the server.
fn link(server: &Server, warehouse: &str) -> String {
    let statement = json!({
        "statement": "SELECT a FROM VALUES (1), (2) AS t(a)",
        "warehouse_id": warehouse,
        "disposition": "EXTERNAL_LINKS",
        "format": "CSV",
    });
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    let path = "/api/2.0/sql/statements";
    let mut reply: Value =
        serde_json::from_slice(&exchange(&server.url, "POST", path, &token, &statement.to_string()).body).unwrap();
    if reply["status"]["state"] == "PENDING" {
        let id = reply["statement_id"].as_str().unwrap();
        reply = serde_json::from_slice(&get(server, &format!("{path}/{id}")).body).unwrap();
    }
    let link = reply["result"]["external_links"][0]["external_link"].as_str().unwrap();
    link.strip_prefix(server.url.as_str()).unwrap().to_owned()
}

#[test]
fn a_link_is_on_the_same_server_and_wants_no_token() {
    let (_, server, warehouse) = with_warehouse();
    let link = link(&server, &warehouse);
    let file = exchange(&server.url, "GET", &link, "", "");
    assert_eq!(String::from_utf8(file.body.clone()).unwrap(), "a\r\n1\r\n2\r\n");
    assert_eq!(file.header("content-type"), Some("application/octet-stream"));
    assert_eq!(file.head.matches("\ndate: ").count(), 1);
    let refused = get(&server, &link);
    assert!(refused.head.starts_with("http/1.1 400"), "{}", refused.head);
}

#[test]
fn a_link_can_break_on_its_way() {
    let (workspace, server, warehouse) = with_warehouse();
    let link = link(&server, &warehouse);
    workspace.set_faults(Faults::new(vec![Rule::new("/external/", When::First(1), Fault::Broken)]));
    let broken = exchange(&server.url, "GET", &link, "", "");
    assert_eq!((broken.header("content-length"), broken.body.len() < 9), (Some("9"), true));
    assert_eq!(exchange(&server.url, "GET", &link, "", "").body.len(), 9);
}

#[test]
fn a_server_that_is_dropped_gives_its_port_back() {
    let server = workspace().start().unwrap();
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    // Somebody keeps a connection open.
    let _open = TcpStream::connect(&host).unwrap();
    drop(server);
    assert!(TcpStream::connect(&host).is_err());
}

#[test]
fn it_is_served_inside_a_runtime_until_that_says_stop() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(serve(workspace(), listener, async move {
            let _ = stopped.await;
        }));
        let reply = tokio::task::spawn_blocking(move || ask(&url, "GET", "/api/2.2/jobs/list", "")).await.unwrap();
        assert!(reply.head.starts_with("http/1.1 200"), "{}", reply.head);
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
    });
}
