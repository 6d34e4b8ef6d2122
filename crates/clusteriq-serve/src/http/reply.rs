//! Answers as bytes: JSON or CSV, with a tag by which a client sees that nothing changed.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use super::refusal::Refusal;

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Further headers, such as a cookie or the name of a file.
    pub(crate) headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl Reply {
    /// A document.
    pub(crate) fn json(status: StatusCode, it: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(it).map_err(|error| {
            tracing::error!(%error, "an answer cannot be written");
            Refusal::internal()
        })?;
        Ok(Self { status, content_type: "application/json", body, headers: vec![] })
    }

    /// A table to download.
    pub(crate) fn csv(name: &str, body: Vec<u8>) -> Self {
        let file = format!("attachment; filename=\"clusteriq-{name}.csv\"");
        let headers = HeaderValue::from_str(&file).into_iter().map(|it| (header::CONTENT_DISPOSITION, it)).collect();
        Self { status: StatusCode::OK, content_type: "text/csv; charset=utf-8", body, headers }
    }

    /// As HTTP, or as "nothing changed" if the client has these very bytes.
    pub(crate) fn respond(self, asked: &HeaderMap) -> Response<Body> {
        let tag = format!("\"{}\"", &blake3::hash(&self.body).to_hex()[..32]);
        let same = |it: &HeaderValue| {
            it.to_str().is_ok_and(|it| it.split(',').any(|it| it.trim().trim_start_matches("W/") == tag))
        };
        let known = self.status == StatusCode::OK && asked.get_all(header::IF_NONE_MATCH).iter().any(same);
        let body = if known { Body::empty() } else { Body::from(self.body) };
        let mut response = Response::new(body);
        *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { self.status };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // May be kept, and has to be asked about each time: it names people and what they spend.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("authorization, cookie"));
        if let (StatusCode::OK, Ok(tag)) = (self.status, HeaderValue::from_str(&tag)) {
            headers.insert(header::ETAG, tag);
        }
        headers.extend(self.headers);
        response
    }
}

impl Refusal {
    /// As HTTP.
    pub(crate) fn respond(&self) -> Response<Body> {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
