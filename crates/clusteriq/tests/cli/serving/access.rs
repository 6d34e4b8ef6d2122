//! Who may ask, and what a stranger's page in our browser may not do.

use std::path::Path;

use serde_json::json;

use super::server::Server;
use crate::support::{program, ran, store};

const TOKENS: [(&str, &str); 2] =
    [("CLUSTERIQ_ADMIN_TOKEN", "admin-secret"), ("CLUSTERIQ_VIEWER_TOKEN", "viewer-secret")];

fn bearer(token: &str) -> [(&'static str, String); 2] {
    [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())]
}

#[test]
fn with_tokens_nobody_reads_without_one_and_viewers_change_nothing() {
    let server = Server::start(store(), &[], &TOKENS);
    let as_ = |token: &str, method: &str, path: &str| {
        let headers = bearer(token);
        let headers: Vec<(&str, &str)> = headers.iter().map(|it| (it.0, it.1.as_str())).collect();
        server.with(method, path, &headers, Some("{}"))
    };
    assert_eq!(server.get("/health").status, 200, "health needs no token");
    for path in ["/api/jobs", "/api/status", "/api/events", "/metrics"] {
        assert_eq!(server.get(path).refused(401), "unauthenticated", "{path}");
    }
    assert_eq!(as_("wrong", "GET", "/api/jobs").refused(401), "unauthenticated");
    assert_eq!(as_("viewer-secret", "GET", "/api/status").ok()["role"], "viewer");
    assert_eq!(as_("viewer-secret", "POST", "/api/analyze").refused(403), "forbidden");
    assert_eq!(as_("admin-secret", "GET", "/api/status").ok()["role"], "admin");
    let begun = as_("admin-secret", "POST", "/api/analyze");
    assert!([202, 409].contains(&begun.status), "{}", begun.text);
}

#[test]
fn signing_in_on_the_page_gives_a_cookie_that_does_not_tell_the_token() {
    let server = Server::start(store(), &[], &TOKENS);
    assert_eq!(server.send("POST", "/api/session", &json!({"token": "guess"})).refused(401), "unauthenticated");
    let signed = server.send("POST", "/api/session", &json!({"token": "viewer-secret"}));
    assert_eq!(signed.status, 200);
    let cookie = signed.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("viewer-secret"));
    let value = cookie.split(';').next().unwrap();
    assert_eq!(server.with("GET", "/api/status", &[("cookie", value)], None).ok()["role"], "viewer");
    let out = server.send("DELETE", "/api/session", &json!({}));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
}

#[test]
fn an_address_that_others_reach_needs_somebody_to_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = program(dir.path());
    command.env_remove("CLUSTERIQ_ADMIN_TOKEN").env_remove("CLUSTERIQ_VIEWER_TOKEN");
    let said = ran(command.args(["serve", "--listen", "0.0.0.0:0"])).failed();
    assert!(said.contains("0.0.0.0:0") && said.contains("CLUSTERIQ_ADMIN_TOKEN"), "{said}");
}

#[test]
fn a_proxy_names_who_asks_and_nobody_else_is_answered() {
    let proxy =
        ["--proxy-header", "X-Forwarded-Email", "--proxy-address", "127.0.0.1", "--proxy-admin", "ann@example.com"];
    let server = Server::start(store(), &proxy, &[]);
    let role =
        |name: &str| server.with("GET", "/api/status", &[("x-forwarded-email", name)], None).ok()["role"].clone();
    assert_eq!(role("ann@example.com"), "admin");
    assert_eq!(role("bob@example.com"), "viewer");
    assert_eq!(server.get("/api/status").refused(401), "unauthenticated");
    let mut command = program(Path::new(store()));
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--proxy-header",
        "X-Forwarded-Email",
        "--proxy-address",
        "192.0.2.1",
    ]);
    let elsewhere = Server::of(&mut command);
    assert_eq!(
        elsewhere.with("GET", "/api/status", &[("x-forwarded-email", "ann@example.com")], None).refused(403),
        "forbidden"
    );
}

#[test]
fn a_strangers_page_can_neither_read_nor_change() {
    let server = Server::shared();
    // A stranger's name that was turned to this machine's address.
    assert_eq!(server.with("GET", "/api/jobs", &[("host", "evil.example:80")], None).refused(403), "forbidden");
    for host in ["localhost:1", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(server.with("GET", "/health", &[("host", host)], None).status, 200, "{host}");
    }
    let from = |origin: &str, kind: &str| {
        server.with("POST", "/api/analyze", &[("origin", origin), ("content-type", kind)], Some("{}"))
    };
    assert_eq!(from("https://evil.example", "application/json").refused(403), "forbidden");
    assert_eq!(from("null", "application/json").refused(403), "forbidden");
    assert_eq!(from(&server.url, "text/plain").refused(400), "invalid_request");
    let named = Server::start(store(), &["--host", "clusteriq.example.com"], &[]);
    assert_eq!(named.with("GET", "/health", &[("host", "clusteriq.example.com")], None).status, 200);
}

#[test]
fn answers_carry_the_headers_that_keep_pages_safe_and_caches_honest() {
    let server = Server::shared();
    let answer = server.get("/api/jobs");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let tag = answer.header("etag").to_owned();
    let again = server.with("GET", "/api/jobs", &[("if-none-match", &tag)], None);
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_ne!(server.get("/api/clusters").header("etag"), tag);
    let packed = server.with("GET", "/api/jobs", &[("accept-encoding", "gzip")], None);
    assert_eq!(packed.header("content-encoding"), "gzip");
    let large = "x".repeat(70_000);
    assert_eq!(server.send("POST", "/api/analyze", &json!({"x": large})).refused(413), "too_large");
}
