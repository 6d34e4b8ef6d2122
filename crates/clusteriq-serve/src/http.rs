//! HTTP: who may ask, how answers are sent, and the router made of the table of endpoints.

mod access;
mod assets;
pub(crate) mod call;
pub(crate) mod events;
pub(crate) mod list;
mod openapi;
pub(crate) mod refusal;
mod reply;
pub(crate) mod route;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, RawPathParams, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, Router, on};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use call::{Call, Role};
use refusal::Refusal;
use reply::Reply;
use route::Route;

use crate::api;
use crate::state::State;

/// Bodies are small: a question, a setting.
const LONGEST_BODY: usize = 64 * 1024;

/// What pages may load: nothing from anywhere else. Styles may stand in the page, as dialogs that lock scrolling put them there.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The OpenAPI document.
pub(crate) fn document() -> serde_json::Value {
    openapi::document(&api::routes())
}

/// Everything that is answered.
pub(crate) fn router(state: &Arc<State>) -> Router {
    let mut router = Router::new();
    for route in api::routes() {
        let filter = MethodFilter::try_from(route.method.clone()).expect("the table has usual methods only");
        let path = route.path;
        let handler = move |Shared(state): Shared<Arc<State>>, request: Asked| answer(state, route, request);
        router = router.route(path, on(filter, handler));
    }
    let document = serde_json::to_vec_pretty(&document()).unwrap_or_default();
    let openapi = move |headers: HeaderMap| {
        let reply = Reply {
            status: axum::http::StatusCode::OK,
            content_type: "application/json",
            body: document.clone(),
            headers: vec![],
        };
        std::future::ready(reply.respond(&headers))
    };
    router
        .route("/api/openapi.json", axum::routing::get(openapi))
        .route(events::PATH, axum::routing::get(stream))
        .route("/api/session", axum::routing::post(session::sign_in).delete(session::sign_out))
        .route("/metrics", axum::routing::get(measured))
        .fallback(elsewhere)
        .method_not_allowed_fallback(|| std::future::ready(Refusal::method().respond()))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), guarded))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().gzip(true))
        .layer(middleware::from_fn_with_state(state.clone(), watched))
        .with_state(state.clone())
}

/// What a handler needs of a request.
struct Asked {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    role: Role,
    body: Result<Bytes, BytesRejection>,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, state).await;
        let path = path.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = parts.uri.query().unwrap_or_default();
        let query = serde_html_form::from_str(query).unwrap_or_default();
        let headers = parts.headers.clone();
        let role = parts.extensions.get::<Role>().copied().unwrap_or(Role::Nobody);
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        Ok(Self { path, query, headers, role, body })
    }
}

async fn answer(state: Arc<State>, route: Route, asked: Asked) -> Response<Body> {
    if asked.role < route.role {
        return match asked.role {
            Role::Nobody => Refusal::unauthenticated().respond(),
            Role::Viewer | Role::Admin => {
                Refusal::forbidden("only administrators may do this", "ask for the administrators' token").respond()
            }
        };
    }
    let body = match asked.body {
        Ok(it) => it,
        Err(it) => return Refusal::body(it.status(), &it.body_text()).respond(),
    };
    let snapshot = state.snapshot();
    let call = Call { state, snapshot, role: asked.role, path: asked.path, query: asked.query, body };
    // Judging may take seconds, and other requests are not to wait for it.
    let done = tokio::task::spawn_blocking(move || (route.answer)(&call)).await;
    match done {
        Ok(Ok(it)) => it.respond(&asked.headers),
        Ok(Err(it)) => it.respond(),
        Err(error) => {
            tracing::error!(%error, "a request failed");
            Refusal::internal().respond()
        }
    }
}

async fn stream(Shared(state): Shared<Arc<State>>, request: Request) -> Response<Body> {
    let role = request.extensions().get::<Role>().copied().unwrap_or(Role::Nobody);
    if role < Role::Viewer {
        return Refusal::unauthenticated().respond();
    }
    events::stream(&state, request.headers()).into_response()
}

async fn measured(Shared(state): Shared<Arc<State>>, request: Request) -> Response<Body> {
    let role = request.extensions().get::<Role>().copied().unwrap_or(Role::Nobody);
    if role < Role::Viewer {
        return Refusal::unauthenticated().respond();
    }
    let mut response = Response::new(Body::from(state.metrics.text(state.snapshot().as_deref())));
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Pages and their parts; of the API what there is not.
async fn elsewhere(uri: Uri, headers: HeaderMap) -> Response<Body> {
    if uri.path().starts_with("/api/") || uri.path() == "/api" {
        return Refusal::not_found(format!("no such path: {}", uri.path()), "see /api/openapi.json").respond();
    }
    assets::serve(uri.path(), &headers)
}

/// Who asks, and whether they may ask at all.
async fn guarded(Shared(state): Shared<Arc<State>>, mut request: Request, next: Next) -> Response<Body> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
    match access::role(&state, peer, request.method(), request.headers(), request.uri()) {
        Ok(role) => {
            request.extensions_mut().insert(role);
            next.run(request).await
        }
        Err(it) => it.respond(),
    }
}

/// Counts, logs, and puts the headers on that keep pages safe.
async fn watched(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response<Body> {
    let begin = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), begin.elapsed());
    state.metrics.answered(&method, status, took);
    tracing::info!(%method, path, status, ms = took.as_secs_f64() * 1000.0, "answered");
    let set = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let cause = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    tracing::error!(cause = cause.unwrap_or("not told"), "a request panicked");
    Refusal::internal().respond()
}
