//! Trying again, giving up, and what is said then.

use serde_json::json;

use crate::client::testing::{Reply, Server, client, client_of, configured, error, json, run, text};
use crate::client::{Call, Client, ClientError, Endpoint, Options, Proxies};

const LINE: &str = "GET /api/2.2/jobs/list";

/// What comes of asking for jobs, the tries it took and the seconds waited.
async fn ask(
    answer: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Result<String, ClientError>, usize, Vec<u64>) {
    let server = Server::start(move |it, before| if it.line == LINE { answer(before) } else { text(404, "") }).await;
    let (client, clock) = client(&server).await;
    let said = client.call(&Call::new(Endpoint::Jobs)).await;
    (said, server.seen(LINE).len(), clock.long_waits())
}

fn fine() -> Reply {
    json(json!({"jobs": []}))
}

#[test]
fn a_busy_service_is_asked_again_when_it_says() {
    run(async {
        let busy = || error(429, "REQUEST_LIMIT_EXCEEDED", "slow down").with("retry-after", "7");
        let (said, tries, waits) = ask(move |before| if before < 2 { busy() } else { fine() }).await;
        assert_eq!((said.unwrap().as_str(), tries, waits), (r#"{"jobs":[]}"#, 3, vec![7, 7]));
    });
}

#[test]
fn without_a_word_about_when_the_pauses_grow() {
    run(async {
        for retry_after in [None, Some("soon"), Some("")] {
            let busy = move || {
                let it = error(503, "TEMPORARILY_UNAVAILABLE", "");
                if let Some(after) = retry_after { it.with("retry-after", after) } else { it }
            };
            let (said, _, waits) = ask(move |before| if before < 6 { busy() } else { fine() }).await;
            assert_eq!((said.is_ok(), waits), (true, vec![1, 2, 4, 8, 10, 10]));
        }
    });
}

#[test]
fn a_service_that_stays_busy_is_given_up_after_five_minutes() {
    run(async {
        let (said, _, waits) = ask(|_| error(429, "RESOURCE_EXHAUSTED", "no")).await;
        let said = said.unwrap_err();
        assert!(matches!(said, ClientError::Busy { .. }), "{said}");
        let waited: u64 = waits.iter().sum();
        assert!((280..=300).contains(&waited), "{waited}");
        let (said, tries, _) = ask(|_| error(429, "X", "no").with("retry-after", "86400")).await;
        assert!(matches!(said, Err(ClientError::Busy { .. })) && tries == 1);
    });
}

#[test]
fn a_refusal_is_taken_at_once_and_says_what_is_needed() {
    run(async {
        for (status, code, hint) in [
            (400, "INVALID_PARAMETER_VALUE", "report it"),
            (403, "PERMISSION_DENIED", "grant CAN VIEW on the jobs"),
            (404, "ENDPOINT_NOT_FOUND", "does not have this API"),
            (409, "ABORTED", "try again later"),
        ] {
            let refused = move |_| error(status, code, "no").with("x-request-id", "r-17");
            let (said, tries, _) = ask(refused).await;
            let said = said.unwrap_err().to_string();
            assert!(tries == 1 && said.contains(hint) && said.contains("r-17"), "{tries} {said}");
            assert!(said.contains(LINE) && said.contains(code), "{said}");
        }
    });
}

#[test]
fn a_wrong_token_is_not_tried_twice_and_is_not_shown() {
    run(async {
        let wrong = |_| text(401, json!({"error_code": 401, "message": "bad the-token-of-the-test"}).to_string());
        let (said, tries, _) = ask(wrong).await;
        let said = said.unwrap_err();
        assert_eq!(tries, 1);
        assert!(said.to_string().contains("make a new token"), "{said}");
        assert!(!format!("{said} {said:?}").contains("the-token"), "{said:?}");
    });
}

#[test]
fn errors_that_pass_are_tried_a_few_times() {
    run(async {
        let passing = || error(400, "INVALID_STATE", "Please try again later or try a faster operation.");
        assert_eq!(ask(move |before| if before < 2 { passing() } else { fine() }).await.1, 3);
        // More often where the service answers and the answer is lost on the way.
        let broken: [(usize, fn() -> Reply); 4] = [
            (4, || error(500, "INTERNAL_ERROR", "oh")),
            (4, || text(502, "<html>bad gateway</html>")),
            (8, || text(200, "{\"jobs\": [{\"job_id\": 1}, {\"jo")),
            (8, || text(200, "{\"jobs\": [").cut()),
        ];
        for (most, it) in broken {
            let (said, tries, _) = ask(move |_| it()).await;
            assert!(said.is_err() && tries == most, "{said:?} {tries}");
            assert!(ask(move |before| if before < most - 1 { it() } else { fine() }).await.0.is_ok());
        }
    });
}

#[test]
fn nobody_at_the_other_end_is_an_error_that_names_the_host() {
    run(async {
        let server = Server::start(|_, _| fine()).await;
        let (mut client, _) = client(&server).await;
        // A port that nobody listens on.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        client.host = format!("http://{free}");
        let said = client.call(&Call::new(Endpoint::Me)).await.unwrap_err().to_string();
        assert!(said.contains(&client.host) && said.contains("hint: check the host"), "{said}");
    });
}

#[test]
fn a_page_of_the_web_instead_of_an_answer_is_told_from_one() {
    run(async {
        let (said, tries, _) = ask(|_| text(200, "<!doctype html><p>sign in")).await;
        assert!(said.unwrap_err().to_string().contains("web page") && tries == 1);
        let away = |to: &'static str| move |_| text(303, "").with("location", to);
        let (said, tries, _) = ask(away("/login.html?error=private-link-validation-error:1")).await;
        assert!(said.unwrap_err().to_string().contains("private link only") && tries == 1);
        let (said, ..) = ask(away("https://elsewhere.example/login.html?next=secret")).await;
        let said = said.unwrap_err().to_string();
        assert!(said.contains("https://elsewhere.example/login.html") && !said.contains("secret"), "{said}");
    });
}

#[test]
fn what_is_asked_is_answered_by_the_workspace_that_it_names() {
    run(async {
        let answer = |it: &crate::client::testing::Seen, _| match it.line.as_str() {
            LINE => fine().with("x-databricks-org-id", "7205485521961548"),
            _ => text(404, ""),
        };
        let server = Server::start(answer).await;
        let (client, _) = client(&server).await;
        assert_eq!(client.workspace_id(), None);
        client.call(&Call::new(Endpoint::Jobs)).await.unwrap();
        assert_eq!(client.workspace_id().as_deref(), Some("7205485521961548"));
        let seen = server.seen(LINE);
        assert_eq!(seen[0].headers["authorization"], "Bearer the-token-of-the-test");
        assert!(seen[0].headers["user-agent"].starts_with("clusteriq/"), "{seen:?}");
        assert!(seen[0].headers["accept-encoding"].contains("gzip"), "{seen:?}");
    });
}

#[test]
fn certificates_that_cannot_be_used_are_an_error_that_names_the_file() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        for content in [None, Some(""), Some("no certificate")] {
            if let Some(it) = content {
                std::fs::write(&path, it).unwrap();
            }
            let options = Options { certificates: Some(path.clone()), proxies: Proxies::None };
            let config = configured("host = h.example\ntoken = t").unwrap();
            let said = Client::connect(config, &options).await.unwrap_err().to_string();
            assert!(said.contains("ca.pem"), "{said}");
        }
    });
}

#[test]
fn a_line_without_encryption_where_one_is_expected_is_an_error_and_no_panic() {
    run(async {
        let server = Server::start(|_, _| fine()).await;
        let host = server.url.replace("http://", "https://");
        let (client, _) = client_of(configured(&format!("host = {host}\ntoken = t")).unwrap()).await;
        let said = client.call(&Call::new(Endpoint::Me)).await.unwrap_err();
        assert!(matches!(said, ClientError::Unreachable { .. }), "{said}");
        assert!(server.lines().is_empty(), "nothing was sent in the clear");
    });
}
