//! Signing in, over the wire.

use std::time::Duration;

use serde_json::json;

use crate::client::testing::{Reply, Seen, Server, client_of, configured, error, json, run, text};
use crate::client::{Call, ClientError, Config, Endpoint};

const ME: &str = "GET /api/2.0/preview/scim/v2/Me";
const TOKEN: &str = "POST /oidc/v1/token";

fn m2m(server: &Server) -> Config {
    configured(&format!("host = {}\nclient_id = principal\nclient_secret = so#very;secret", server.url)).unwrap()
}

fn me() -> Call {
    Call::new(Endpoint::Me)
}

/// Hands out a token for every request for one: `t0`, `t1`, …, of which `bad` are refused.
fn principal(bad: &'static str) -> impl Fn(&Seen, usize) -> Reply {
    move |it, before| match it.line.as_str() {
        TOKEN => json(json!({"access_token": format!("token-{before}"), "token_type": "Bearer", "expires_in": "3600"})),
        ME if it.headers["authorization"].contains(bad) => error(401, "UNAUTHENTICATED", "expired"),
        ME => json(json!({"userName": "principal"})),
        _ => error(404, "ENDPOINT_NOT_FOUND", ""),
    }
}

#[test]
fn a_service_principal_asks_for_a_token_once_and_again_before_it_expires() {
    run(async {
        let server = Server::start(principal("none")).await;
        let (client, clock) = client_of(m2m(&server)).await;
        for _ in 0..3 {
            client.call(&me()).await.unwrap();
        }
        let asked = server.seen(TOKEN);
        assert_eq!(asked.len(), 1);
        // principal:so#very;secret
        assert_eq!(asked[0].headers["authorization"], "Basic cHJpbmNpcGFsOnNvI3Zlcnk7c2VjcmV0");
        assert_eq!(asked[0].body, "grant_type=client_credentials&scope=all-apis");
        clock.advance(Duration::from_secs(3600 - 5 * 60));
        client.call(&me()).await.unwrap();
        assert_eq!(server.seen(ME).last().unwrap().headers["authorization"], "Bearer token-1");
    });
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    run(async {
        let server = Server::start(principal("token-0")).await;
        client_of(m2m(&server)).await.0.call(&me()).await.unwrap();
        assert_eq!((server.seen(TOKEN).len(), server.seen(ME).len()), (2, 2));
        let server = Server::start(principal("token-")).await;
        let said = client_of(m2m(&server)).await.0.call(&me()).await.unwrap_err();
        assert!(matches!(&said, ClientError::Service { error, .. } if error.status == 401), "{said}");
        assert_eq!((server.seen(TOKEN).len(), server.seen(ME).len()), (2, 2));
    });
}

#[test]
fn where_tokens_are_is_asked_of_the_host_and_without_a_token() {
    run(async {
        let server = Server::start(|it, _| {
            let base = format!("http://{}", it.headers["host"]);
            match it.line.as_str() {
                "GET /.well-known/databricks-config" => json(json!({
                    "oidc_endpoint": format!("{base}/oidc/accounts/{{account_id}}"), "account_id": "a-1", "workspace_id": 17,
                })),
                "GET /oidc/accounts/a-1/.well-known/oauth-authorization-server" => {
                    json(json!({"token_endpoint": format!("{base}/elsewhere/token")}))
                }
                "POST /elsewhere/token" => json(json!({"access_token": "from-elsewhere", "expires_in": 3600})),
                ME => json(json!({})),
                other => panic!("{other}"),
            }
        })
        .await;
        let (client, _) = client_of(m2m(&server)).await;
        client.call(&me()).await.unwrap();
        assert_eq!(client.workspace_id().as_deref(), Some("17"));
        let seen = &server.seen(ME)[0].headers;
        assert_eq!(
            (seen["authorization"].as_str(), seen["x-databricks-workspace-id"].as_str()),
            ("Bearer from-elsewhere", "17")
        );
        assert!(!server.seen("GET /.well-known/databricks-config")[0].headers.contains_key("authorization"));
    });
}

#[test]
fn a_wrong_client_secret_is_an_error_that_does_not_show_it() {
    run(async {
        let server = Server::start(|it, _| match it.line.as_str() {
            TOKEN => {
                text(401, json!({"error": "invalid_client", "error_description": "bad so#very;secret"}).to_string())
            }
            _ => text(404, ""),
        })
        .await;
        let (client, _) = client_of(m2m(&server)).await;
        let said = client.call(&me()).await.unwrap_err();
        assert!(said.to_string().contains("invalid_client") && said.to_string().contains(&server.url), "{said}");
        assert!(!format!("{said} {said:?} {client:?}").contains("so#very"), "{said:?}");
        let server = Server::start(|it, _| if it.line == TOKEN { json(json!({})) } else { text(404, "") }).await;
        let said = client_of(m2m(&server)).await.0.call(&me()).await.unwrap_err().to_string();
        assert!(said.contains("no access_token"), "{said}");
    });
}

fn azure(server: &Server, lines: &str) -> Config {
    let mut config = configured(&format!("host = {}\n{lines}", server.url)).unwrap();
    config.azure.login.clone_from(&server.url);
    config.azure.metadata.clone_from(&server.url);
    config
}

#[test]
fn a_principal_of_azure_asks_its_tenant_and_shows_a_second_token_for_a_resource() {
    run(async {
        let server = Server::start(|it, before| match it.line.as_str() {
            "POST /tenant-1/oauth2/token" => {
                json(json!({"access_token": format!("azure-{before}"), "expires_in": "3599"}))
            }
            "GET /aad/auth" => text(302, "").with("location", "https://login.example/tenant-1/oauth2/authorize?x=y"),
            ME => json(json!({})),
            _ => text(404, ""),
        })
        .await;
        let lines = "azure_client_id = app\nazure_client_secret = secret-of-azure\nazure_workspace_resource_id = /subscriptions/1";
        for tenant in ["azure_tenant_id = tenant-1\n", ""] {
            client_of(azure(&server, &format!("{tenant}{lines}"))).await.0.call(&me()).await.unwrap();
        }
        let asked = server.seen("POST /tenant-1/oauth2/token");
        assert!(asked[0].body.contains("resource=2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"), "{asked:?}");
        assert!(asked[1].body.contains("resource=https%3A%2F%2Fmanagement.core.windows.net%2F"), "{asked:?}");
        let seen = &server.seen(ME)[0].headers;
        assert_eq!(seen["authorization"], "Bearer azure-0");
        assert_eq!(seen["x-databricks-azure-sp-management-token"], "azure-1");
        assert_eq!(seen["x-databricks-azure-workspace-resource-id"], "/subscriptions/1");
    });
}

#[test]
fn a_machine_of_azure_asks_its_metadata_service() {
    run(async {
        let server = Server::start(|it, _| match it.line.as_str() {
            "GET /metadata/identity/oauth2/token" if it.headers["metadata"] == "true" => {
                json(json!({"access_token": format!("for {}", it.query["client_id"]), "expires_in": "3599"}))
            }
            ME => json(json!({})),
            _ => text(404, ""),
        })
        .await;
        client_of(azure(&server, "azure_use_msi = true\nazure_client_id = mine")).await.0.call(&me()).await.unwrap();
        assert_eq!(server.seen(ME)[0].headers["authorization"], "Bearer for mine");
        assert!(!server.seen(ME)[0].headers.contains_key("x-databricks-azure-sp-management-token"));
    });
}

#[cfg(unix)]
fn tool(dir: &std::path::Path, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = dir.join("databricks");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[cfg(unix)]
#[test]
fn the_command_line_tool_lends_its_token() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(|it, _| if it.line == ME { json(json!({})) } else { text(404, "") }).await;
        let script = r#"echo "{\"access_token\": \"$1-$2-$3\", \"expiry\": \"1970-01-01T01:00:00Z\"}""#;
        let lines = |path: &str| format!("host = {}\ndatabricks_cli_path = {path}", server.url);
        let (client, clock) = client_of(configured(&lines(&tool(dir.path(), script))).unwrap()).await;
        client.call(&me()).await.unwrap();
        assert_eq!(server.seen(ME)[0].headers["authorization"], "Bearer auth-token---host");
        clock.advance(Duration::from_secs(3500));
        client.call(&me()).await.unwrap();
        for (script, word) in
            [("echo not signed in >&2; exit 1", "not signed in"), ("echo hello", "not JSON"), ("echo {}", "no token")]
        {
            let config = configured(&lines(&tool(dir.path(), script))).unwrap();
            let said = client_of(config).await.0.call(&me()).await.unwrap_err().to_string();
            assert!(said.contains(word) && said.contains("databricks auth login"), "{said}");
        }
        let config = configured(&lines("/nowhere/databricks")).unwrap();
        let said = client_of(config).await.0.call(&me()).await.unwrap_err().to_string();
        assert!(said.contains("not installed"), "{said}");
    });
}

#[test]
fn a_token_with_a_line_end_is_refused_before_it_is_sent() {
    run(async {
        let server = Server::start(|_, _| text(404, "")).await;
        let mut config = m2m(&server);
        config.method = crate::client::method::Method::Pat { token: crate::client::Secret::new("half-a\ntoken") };
        let said = client_of(config).await.0.call(&me()).await.unwrap_err();
        assert!(!format!("{said}{said:?}").contains("half-a"), "{said:?}");
        assert_eq!(server.lines(), ["GET /.well-known/databricks-config"]);
    });
}
