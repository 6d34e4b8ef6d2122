//! How a request is refused: <https://docs.databricks.com/api/workspace/introduction>, and what the SDKs parse.

use serde_json::{Value, json};

/// What is said instead of an answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
    /// The header that goes with it.
    pub(super) header: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, body: json!({"error_code": code, "message": message}), header: None }
    }

    /// 400: an argument is missing or makes no sense.
    pub(super) fn invalid(message: &str) -> Self {
        Self::new(400, "INVALID_PARAMETER_VALUE", message)
    }

    /// Clusters, jobs and runs that do not exist give 400, for historical reasons.
    pub(super) fn missing_as_invalid(message: &str) -> Self {
        Self::invalid(message)
    }

    /// Others give 404.
    pub(super) fn missing(message: &str) -> Self {
        Self::new(404, "RESOURCE_DOES_NOT_EXIST", message)
    }

    /// There is no such API.
    pub(super) fn unknown(method: &str, path: &str) -> Self {
        Self::new(404, "ENDPOINT_NOT_FOUND", &format!("No API found for '{method} {path}'"))
    }

    /// No bearer token came. The code is a number here.
    pub(super) fn nobody() -> Self {
        Self::unauthenticated("Credential was not sent or was of an unsupported type for this API.")
    }

    /// The token was good once.
    pub(super) fn expired() -> Self {
        Self::unauthenticated("Token is expired or was revoked.")
    }

    fn unauthenticated(message: &str) -> Self {
        Self {
            status: 401,
            body: json!({"error_code": 401, "message": message}),
            header: Some(("www-authenticate", "Bearer realm=\"DatabricksRealm\"".to_owned())),
        }
    }

    /// A token that nobody gave out.
    pub(super) fn stranger() -> Self {
        Self { status: 403, body: json!({"error_code": 403, "message": "Invalid access token."}), header: None }
    }

    /// Not for this user.
    pub(super) fn denied(user: &str, what: &str) -> Self {
        let message = format!("User {user} does not have the permission that this needs: {what}");
        Self::new(403, "PERMISSION_DENIED", &message)
    }

    /// Too many at once, or the service is away.
    pub(super) fn later(status: u16, retry_after: Option<u32>) -> Self {
        let (code, message) = match status {
            429 => ("REQUEST_LIMIT_EXCEEDED", "Too many requests were sent in a given amount of time."),
            _ => ("TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable."),
        };
        let header = retry_after.map(|it| ("retry-after", it.to_string()));
        Self { header, ..Self::new(status, code, message) }
    }

    /// In the words of OAuth (RFC 6749, 5.2).
    pub(super) fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self { status, body: json!({"error": error, "error_description": description}), header: None }
    }
}
