//! Errors of the API: a status, a stable code, what went wrong and what to do.

use std::fmt::Display;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

/// Why there is no answer. The cause, where there is one, is in the log only.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Stable word for programs.
    pub(crate) code: &'static str,
    /// What went wrong, with the value.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Display, hint: impl Display) -> Self {
        let hint = Some(hint.to_string()).filter(|it| !it.is_empty());
        Self { status: status.as_u16(), code, message: message.to_string(), hint }
    }

    /// A parameter or a body that cannot be understood.
    pub(crate) fn invalid(message: impl Display, hint: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message, hint)
    }

    /// A body that cannot be had, for example because it is too large.
    pub(crate) fn body(status: StatusCode, message: &str) -> Self {
        let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "invalid_request" };
        Self::new(status, code, message.to_lowercase(), "bodies are JSON of at most 64 KiB")
    }

    /// Nobody is signed in.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "a token is needed",
            "send it as `Authorization: Bearer …`, or sign in on the web page",
        )
    }

    /// Signed in, and not allowed to.
    pub(crate) fn forbidden(message: impl Display, hint: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message, hint)
    }

    /// No such thing.
    pub(crate) fn not_found(message: impl Display, hint: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message, hint)
    }

    /// There is such a path, and not with that method.
    pub(crate) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this path does not take that method",
            "see /api/openapi.json",
        )
    }

    /// Nothing was analysed yet.
    pub(crate) fn no_data() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "no_data",
            "nothing has been analysed yet",
            "wait until the first scan has ended, or import an export; GET /api/status tells how far it is",
        )
    }

    /// Two things stand in each other's way.
    pub(crate) fn conflict(code: &'static str, message: impl Display, hint: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, code, message, hint)
    }

    /// A question that is understood and has no answer.
    pub(crate) fn unanswerable(message: impl Display, hint: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "cannot_answer", message, hint)
    }

    /// Too many requests in a short time.
    pub(crate) fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "too many requests",
            "wait a second and try again",
        )
    }

    /// A fault of ours.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "this should not have happened",
            "the server's log has the cause",
        )
    }
}
