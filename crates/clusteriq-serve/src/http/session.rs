//! Signing in on the page: the token becomes a cookie that scripts cannot read.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;

use super::access::{COOKIE, holder, session};
use super::call::Role;
use super::refusal::Refusal;
use super::reply::Reply;
use crate::options::Access;
use crate::state::State;

/// Thirty days.
const LIFE_SECONDS: u32 = 30 * 24 * 3600;

#[derive(Deserialize)]
struct SignIn {
    token: String,
}

pub(super) async fn sign_in(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let Access::Tokens(tokens) = &state.options.access else {
        return Refusal::conflict("no_tokens", "nobody has to sign in here", "").respond();
    };
    let Ok(given) = serde_json::from_slice::<SignIn>(&body) else {
        return Refusal::invalid("no token was sent", "send {\"token\": \"…\"}").respond();
    };
    let Some(role) = holder(tokens, given.token.trim()) else {
        tracing::warn!("somebody tried a wrong token");
        return Refusal::unauthenticated().respond();
    };
    let value = format!("{COOKIE}={}; Max-Age={LIFE_SECONDS}", session(given.token.trim()));
    let role = if role == Role::Admin { "admin" } else { "viewer" };
    with_cookie(&serde_json::json!({"role": role}), &value, &headers)
}

pub(super) async fn sign_out(headers: HeaderMap) -> Response<Body> {
    with_cookie(&serde_json::json!({}), &format!("{COOKIE}=; Max-Age=0"), &headers)
}

fn with_cookie(body: &serde_json::Value, value: &str, headers: &HeaderMap) -> Response<Body> {
    let https = headers.get("x-forwarded-proto").is_some_and(|it| it == "https");
    let secure = if https { "; Secure" } else { "" };
    let cookie = format!("{value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    match (Reply::json(StatusCode::OK, body), HeaderValue::from_str(&cookie)) {
        (Ok(mut reply), Ok(cookie)) => {
            reply.headers.push((header::SET_COOKIE, cookie));
            reply.respond(headers)
        }
        _ => Refusal::internal().respond(),
    }
}
