//! Tokens that somebody else vouches for: federation, Google's service accounts, a service on this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use serde_json::json;

use super::service_account::{account, id_token};
use crate::client::testing::{Reply, Seen, Server, client_of, error, json, run, text};
use crate::client::{Call, Client, ClientError, Config, Endpoint, Layers};

const ME: &str = "GET /api/2.0/preview/scim/v2/Me";
const EXCHANGE: &str = "POST /oidc/v1/token";

/// A configuration of the server with these attributes and variables.
fn config(server: &Server, given: &[(&'static str, &str)], environment: &[(&str, &str)]) -> Config {
    let mut given: BTreeMap<_, _> = given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    given.insert("host", server.url.clone());
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::resolve(&Layers { given, environment, ..Layers::default() }).unwrap()
}

async fn ask(client: &Client) -> Result<String, ClientError> {
    client.call(&Call::new(Endpoint::Me)).await
}

/// What stands in a form that was sent.
fn form(seen: &Seen) -> BTreeMap<String, String> {
    Url::parse(&format!("http://x/?{}", seen.body)).unwrap().query_pairs().into_owned().collect()
}

/// A workspace that exchanges ID tokens and answers everybody but `stranger`.
fn exchanging(it: &Seen, before: usize) -> Reply {
    match it.line.as_str() {
        EXCHANGE if form(it)["subject_token"] == "stranger" => {
            let said = json!({"error": "invalid_grant", "error_description": "no policy for stranger"});
            text(400, said.to_string())
        }
        EXCHANGE => json(json!({"access_token": format!("exchanged-{before}"), "expires_in": 3600})),
        ME => json(json!({})),
        _ => error(404, "ENDPOINT_NOT_FOUND", ""),
    }
}

#[test]
fn an_id_token_of_the_environment_is_exchanged_once_for_a_token_of_the_workspace() {
    run(async {
        let server = Server::start(exchanging).await;
        let variables = [("DATABRICKS_OIDC_TOKEN", "my-id-token"), ("DATABRICKS_CLIENT_ID", "principal")];
        let (client, _) = client_of(config(&server, &[], &variables)).await;
        ask(&client).await.unwrap();
        ask(&client).await.unwrap();
        let asked = server.seen(EXCHANGE);
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].headers.contains_key("authorization"), "{:?}", asked[0].headers);
        let expected = [
            ("client_id", "principal"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("scope", "all-apis"),
            ("subject_token", "my-id-token"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ];
        assert_eq!(form(&asked[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(server.seen(ME)[1].headers["authorization"], "Bearer exchanged-0");
        // Where the account's policy says who it is, there is no service principal to name.
        let variables = [("OTHER", "other-id-token")];
        client_of(config(&server, &[("oidc_token_env", "OTHER")], &variables))
            .await
            .0
            .call(&Call::new(Endpoint::Me))
            .await
            .unwrap();
        let asked = form(&server.seen(EXCHANGE)[1]);
        assert_eq!((asked.get("client_id"), asked["subject_token"].as_str()), (None, "other-id-token"));
    });
}

#[test]
fn an_id_token_of_a_file_is_read_whenever_a_token_is_needed() {
    run(async {
        let server = Server::start(exchanging).await;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        let path = file.display().to_string();
        let given = [("oidc_token_filepath", path.as_str())];
        let (client, clock) = client_of(config(&server, &given, &[])).await;
        let said = ask(&client).await.unwrap_err().to_string();
        assert!(said.contains("file-oidc") && said.contains(&path), "{said}");
        for (content, sent) in [("first\n", "first"), (" second ", "second")] {
            std::fs::write(&file, content).unwrap();
            ask(&client).await.unwrap();
            assert_eq!(form(server.seen(EXCHANGE).last().unwrap())["subject_token"], sent);
            clock.advance(Duration::from_secs(3500));
        }
        std::fs::write(&file, "\n").unwrap();
        let said = ask(&client).await.unwrap_err().to_string();
        assert!(said.contains("the file is empty"), "{said}");
    });
}

#[test]
fn an_id_token_without_a_policy_is_an_error_that_does_not_show_it() {
    run(async {
        let server = Server::start(exchanging).await;
        let (client, _) = client_of(config(&server, &[], &[("DATABRICKS_OIDC_TOKEN", "stranger")])).await;
        let said = ask(&client).await.unwrap_err();
        let text = said.to_string();
        assert!(text.contains("env-oidc") && text.contains("invalid_grant") && text.contains("policy"), "{text}");
        assert!(!format!("{said} {said:?} {client:?}").contains("stranger"), "{said:?}");
    });
}

#[test]
fn a_job_of_github_asks_for_an_id_token_and_exchanges_it() {
    run(async {
        let server = Server::start(|it, before| match it.line.as_str() {
            "GET /github/token" if it.headers["authorization"] == "Bearer of-the-job" => {
                json(json!({"value": format!("{} for {}", it.query["run"], it.query["audience"])}))
            }
            _ => exchanging(it, before),
        })
        .await;
        let url = format!("{}/github/token?run=7", server.url);
        let variables = [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job"),
            ("DATABRICKS_CLIENT_ID", "principal"),
        ];
        let here = format!("{}/oidc/v1/token", server.url);
        for (given, audience) in [(vec![], here.as_str()), (vec![("token_audience", "my-audience")], "my-audience")] {
            ask(&client_of(config(&server, &given, &variables)).await.0).await.unwrap();
            let sent = form(server.seen(EXCHANGE).last().unwrap());
            assert_eq!(
                (sent["subject_token"].as_str(), sent["client_id"].as_str()),
                (format!("7 for {audience}").as_str(), "principal")
            );
        }
        let refused = [variables[0], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-another"), variables[2]];
        let said = ask(&client_of(config(&server, &[], &refused)).await.0).await.unwrap_err().to_string();
        assert!(said.contains("github-oidc") && said.contains("id-token: write"), "{said}");
        let open = [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.org/token?a=b"), variables[1], variables[2]];
        let said = ask(&client_of(config(&server, &[], &open)).await.0).await.unwrap_err();
        assert!(matches!(said, ClientError::PlainHttp { .. }), "{said}");
    });
}

#[test]
fn a_service_on_this_machine_is_asked_for_the_hosts_token_again_when_it_expires() {
    run(async {
        let server = Server::start(|it, before| match it.line.as_str() {
            "GET /secret-path" => {
                assert_eq!(it.headers["x-databricks-metadata-version"], "1");
                assert_eq!(it.headers["x-databricks-host"], format!("http://{}", it.headers["host"]));
                json(json!({
                    "access_token": format!("local-{before}"), "token_type": "Bearer", "expires_on": 1000 * (before + 1),
                }))
            }
            "GET /secret-path-of-nobody" => json(json!({})),
            ME => json(json!({})),
            _ => text(404, ""),
        })
        .await;
        let url = format!("{}/secret-path", server.url);
        let (client, clock) = client_of(config(&server, &[("metadata_service_url", url.as_str())], &[])).await;
        for (seconds, token) in [(0, "local-0"), (600, "local-0"), (200, "local-1")] {
            clock.advance(Duration::from_secs(seconds));
            ask(&client).await.unwrap();
            assert_eq!(server.seen(ME).last().unwrap().headers["authorization"], format!("Bearer {token}"));
        }
        for (url, word) in [
            (format!("{url}-of-nobody"), "no access_token"),
            ("http://example.org/secret-path".to_owned(), "unencrypted: http://example.org\n"),
            ("secret-path".to_owned(), "no address"),
        ] {
            let (client, _) = client_of(config(&server, &[("metadata_service_url", url.as_str())], &[])).await;
            let said = ask(&client).await.unwrap_err();
            assert!(said.to_string().contains(word), "{said}");
            assert!(!format!("{said} {said:?} {client:?}").contains("secret-path"), "{said:?}");
        }
    });
}

/// Google's token endpoint, which knows one service account, and a workspace.
fn google(it: &Seen, before: usize) -> Reply {
    match it.line.as_str() {
        "POST /google" => json(json!({"id_token": id_token(&format!("google-{before}"), 3600)})),
        "POST /refused" => {
            text(400, json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}).to_string())
        }
        ME => json(json!({})),
        _ => text(404, ""),
    }
}

#[test]
fn the_key_of_a_service_account_signs_a_request_for_an_id_token_of_the_workspace() {
    let Some(account) = account() else { return };
    run(async {
        let server = Server::start(google).await;
        let dir = tempfile::tempdir().unwrap();
        let key = account.key(&format!("{}/google", server.url)).to_string();
        let file = dir.path().join("key.json");
        std::fs::write(&file, &key).unwrap();
        for given in [key.as_str(), &file.display().to_string()] {
            let (client, clock) = client_of(config(&server, &[("google_credentials", given)], &[])).await;
            ask(&client).await.unwrap();
            clock.advance(Duration::from_secs(3400));
            ask(&client).await.unwrap();
            assert!(!format!("{client:?}").contains("PRIVATE"));
        }
        let (asked, seen) = (server.seen("POST /google"), server.seen(ME));
        assert_eq!((asked.len(), seen.len()), (4, 4), "once each, and once more before it expires");
        let sent = form(&asked[1]);
        assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let [head, claims] = account.opened(&sent["assertion"]);
        assert_eq!(head, json!({"alg": "RS256", "kid": "key-1", "typ": "JWT"}));
        let expected = json!({
            "iss": "reader@p.iam.gserviceaccount.com", "aud": "https://oauth2.googleapis.com/token",
            "target_audience": server.url, "iat": 3400, "exp": 7000,
        });
        assert_eq!(claims, expected);
        assert_eq!(seen[1].headers["authorization"], format!("Bearer {}", id_token("google-1", 3600)));
        assert!(!seen[1].headers.contains_key("x-databricks-gcp-sa-access-token"));
    });
}

#[test]
fn a_key_that_cannot_be_used_is_an_error_that_does_not_show_it() {
    let Some(account) = account() else { return };
    run(async {
        let server = Server::start(google).await;
        let mut broken = account.key(&format!("{}/google", server.url));
        broken["private_key"] = json!("-----BEGIN hidden-key");
        let mut open = account.key("http://example.org/token");
        open["private_key_id"] = json!("hidden-key");
        for (given, word) in [
            (json!({"client_email": "a", "private_key": {"hidden-key": 1}}).to_string(), "no key of a service account"),
            ("{hidden-key".to_owned(), "no key of a service account"),
            (broken.to_string(), "no RSA key"),
            (open.to_string(), "unencrypted: http://example.org/token"),
            (account.key(&format!("{}/refused", server.url)).to_string(), "Invalid JWT Signature"),
            ("/nowhere/key.json".to_owned(), "/nowhere/key.json"),
        ] {
            let (client, _) = client_of(config(&server, &[("google_credentials", given.as_str())], &[])).await;
            let said = ask(&client).await.unwrap_err();
            assert!(said.to_string().contains(word), "{said}");
            assert!(!format!("{said} {said:?} {client:?}").contains("hidden-key"), "{said:?}");
        }
    });
}
