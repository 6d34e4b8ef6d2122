//! Every way of cutting a list, and lists without an end.

use serde_json::{Value, json};

use crate::client::testing::{Reply, Seen, Server, client, json, run, text};
use crate::client::{Call, Client, ClientError, Endpoint, Pages};

/// All items of a list as texts, how many came twice, and the error that ended it.
async fn all(client: &Client, call: Call) -> (Vec<String>, u64, Option<ClientError>) {
    let (mut pages, mut items, mut repeated) = (Pages::of(client, call), vec![], 0);
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                repeated += page.repeated;
                items.extend(page.items.iter().map(|it| it.get().to_owned()));
            }
            Ok(None) => return (items, repeated, None),
            Err(it) => return (items, repeated, Some(it)),
        }
    }
}

async fn jobs(answer: impl Fn(&Seen) -> Value + Send + Sync + 'static) -> (Vec<String>, u64, Option<ClientError>) {
    let server = Server::start(move |it, _| json(answer(it))).await;
    let (client, _) = client(&server).await;
    all(&client, Call::new(Endpoint::Jobs).with("limit", "2")).await
}

fn job(id: u64) -> String {
    format!("{{\"job_id\":{id}}}")
}

#[test]
fn tokens_are_followed_until_there_is_none_whichever_way_that_is_said() {
    run(async {
        for end in [json!({}), json!({"next_page_token": ""}), json!({"next_page_token": null, "has_more": true})] {
            let (items, ..) = jobs(move |it| match it.token() {
                "" => json!({"jobs": [{"job_id": 1}], "next_page_token": "a b&c", "has_more": true}),
                "a b&c" => {
                    assert_eq!(it.query["limit"], "2", "parameters are repeated");
                    let mut last = json!({"jobs": [{"job_id": 9_007_199_254_740_993_u64}]});
                    last.as_object_mut().unwrap().extend(end.as_object().unwrap().clone());
                    last
                }
                other => panic!("{other}"),
            })
            .await;
            assert_eq!(items, [job(1), job(9_007_199_254_740_993)]);
        }
    });
}

#[test]
fn an_empty_page_in_the_middle_does_not_end_a_list() {
    run(async {
        let (items, _, error) = jobs(|it| match it.token() {
            "" => json!({"next_page_token": "a"}),
            "a" => json!({"jobs": [], "next_page_token": "b"}),
            _ => json!({"jobs": [{"job_id": 3}]}),
        })
        .await;
        assert!(items == [job(3)] && error.is_none());
    });
}

#[test]
fn a_list_that_leads_in_a_circle_ends_with_what_it_gave_and_an_error() {
    run(async {
        let (items, _, error) = jobs(|it| match it.token() {
            "" => json!({"jobs": [{"job_id": 1}], "next_page_token": "a"}),
            "a" => json!({"jobs": [{"job_id": 2}], "next_page_token": "b"}),
            _ => json!({"jobs": [{"job_id": 3}], "next_page_token": "a"}),
        })
        .await;
        assert_eq!(items, [job(1), job(2), job(3)]);
        assert!(matches!(error, Some(ClientError::Endless { .. })), "{error:?}");
    });
}

#[test]
fn what_moves_to_the_next_page_while_the_list_is_read_counts_once() {
    run(async {
        let (items, repeated, _) = jobs(|it| match it.token() {
            "" => json!({"jobs": [{"job_id": 1}, {"job_id": 2}], "next_page_token": "a"}),
            _ => json!({"jobs": [{"job_id": 2}, {"job_id": 3}]}),
        })
        .await;
        assert_eq!((items, repeated), (vec![job(1), job(2), job(3)], 1));
    });
}

#[test]
fn a_list_of_something_else_is_an_error_that_says_so() {
    run(async {
        for odd in [json!({"jobs": 1}), json!([1])] {
            let (_, _, error) = jobs(move |_| odd.clone()).await;
            assert!(matches!(error, Some(ClientError::Odd { .. })), "{error:?}");
        }
    });
}

const EVENTS: &str = "POST /api/2.1/clusters/events";

async fn events(answer: impl Fn(&Value) -> Value + Send + Sync + 'static) -> (Vec<String>, Option<ClientError>) {
    let reply = move |it: &Seen, _| -> Reply {
        if it.line == EVENTS { json(answer(&serde_json::from_str(&it.body).unwrap())) } else { text(404, "") }
    };
    let server = Server::start(reply).await;
    let (client, _) = client(&server).await;
    let call = Call::new(Endpoint::ClusterEvents).saying(r#"{"cluster_id":"c1","limit":2}"#);
    let (items, _, error) = all(&client, call).await;
    (items, error)
}

#[test]
fn events_go_on_with_the_body_that_the_service_gives() {
    run(async {
        let (items, error) = events(|body| match body["offset"].as_u64() {
            None => json!({"events": [{"timestamp": 1}],
                "next_page": {"cluster_id": "c1", "offset": 2, "limit": 2}, "next_page_token": "not this"}),
            Some(2) => json!({"events": [{"timestamp": 2}], "total_count": 0}),
            other => panic!("{other:?}"),
        })
        .await;
        assert!(items == [r#"{"timestamp":1}"#, r#"{"timestamp":2}"#] && error.is_none());
    });
}

#[test]
fn events_go_on_with_a_token_where_there_is_no_body() {
    run(async {
        let (items, error) = events(|body| {
            assert_eq!((&body["cluster_id"], &body["limit"]), (&json!("c1"), &json!(2)));
            match body["page_token"].as_str() {
                None => json!({"events": [{"timestamp": 1}], "next_page_token": "t"}),
                Some(_) => json!({"events": [{"timestamp": 2}], "next_page_token": ""}),
            }
        })
        .await;
        assert!(items.len() == 2 && error.is_none(), "{error:?}");
    });
}

#[test]
fn events_that_send_the_same_body_again_end() {
    run(async {
        let next = json!({"cluster_id": "c1", "offset": 2});
        let (items, error) = events(move |_| json!({"events": [{"timestamp": 1}], "next_page": next})).await;
        assert!(items.len() == 1 && matches!(error, Some(ClientError::Endless { .. })), "{error:?}");
    });
}
