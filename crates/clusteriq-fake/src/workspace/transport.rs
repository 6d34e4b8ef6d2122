//! Requests and replies over HTTP.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HOST, USER_AGENT};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::Frame;

use super::Workspace;
use super::answer::{Arrival, Asked, Reply};

/// No question to this workspace is longer.
const LONGEST_QUESTION: usize = 17 << 20;

/// Every path goes to the workspace, which knows which ones there are.
pub(super) fn router(workspace: Workspace) -> Router {
    Router::new().fallback(handle).with_state(workspace)
}

async fn handle(State(workspace): State<Workspace>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let header = |name: HeaderName| parts.headers.get(name).and_then(|it| it.to_str().ok());
    let Ok(body) = to_bytes(body, LONGEST_QUESTION).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        host: header(HOST).unwrap_or_default().to_owned(),
        authorization: header(AUTHORIZATION).map(str::to_owned),
        user_agent: header(USER_AGENT).unwrap_or_default().to_owned(),
        gzip: header(ACCEPT_ENCODING).is_some_and(|it| it.contains("gzip")),
        body: body.to_vec(),
    };
    // A statement takes as long as it takes, and others go on meanwhile.
    let Ok(reply) = tokio::task::spawn_blocking(move || workspace.answer(&asked)).await else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    response(reply)
}

fn response(reply: Reply) -> Response<Body> {
    let length = reply.body.len();
    let body = match reply.arrival {
        Arrival::Whole => Body::from(reply.body),
        Arrival::Half => {
            Body::new(BreaksOff { rest: Some(Bytes::from(reply.body).slice(..length / 2)), paused: false })
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body that ends in an error, at which the server closes the connection.
struct BreaksOff {
    rest: Option<Bytes>,
    /// The server sends what it has when the body has nothing for a moment.
    paused: bool,
}

impl HttpBody for BreaksOff {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(it) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(it))));
        }
        if !self.paused {
            self.paused = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))))
    }
}
