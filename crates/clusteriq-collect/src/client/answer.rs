//! Error answers, in all the shapes in which they come.
//!
//! Shapes from <https://docs.databricks.com/api/workspace/introduction> and Databricks' open-source clients, read 2026-09.

use std::fmt;

use serde_json::Value;

use super::Secret;

/// Longest message that is kept.
const LONGEST: usize = 400;

/// What a service said instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// E.g. `PERMISSION_DENIED`; empty if the answer had none.
    pub code: String,
    /// What it says, shortened.
    pub message: String,
    /// Reasons that came in `details`, e.g. `ACCOUNT_IP_BLOCKED`.
    pub reasons: Vec<String>,
    /// To be quoted to Databricks' support.
    pub request_id: Option<String>,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        for it in &self.reasons {
            write!(f, " {it}")?;
        }
        if let Some(it) = &self.request_id {
            write!(f, " (request {it})")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// Texts that mark an error as one that passes, whatever its status; as in Databricks' own clients.
const PASSING: &[&str] = &[
    "UnknownWorkerEnvironmentException",
    "does not have any associated worker environments",
    "There is no worker environment with id",
    "Unknown worker environment",
    "ClusterNotReadyException",
    "Unexpected error",
    "Please try again later or try a faster operation.",
    "RPC token bucket limit has been exceeded",
];

impl ServiceError {
    /// Reads an answer. `secrets` are taken out of it, should they be in it.
    pub(crate) fn parse(status: u16, request_id: Option<String>, body: &str, secrets: &[&Secret]) -> Self {
        let mut it = Self { status, code: String::new(), message: String::new(), reasons: vec![], request_id };
        match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(json)) => it.take(&Value::Object(json)),
            _ => it.take_text(body),
        }
        for secret in secrets {
            it.message = secret.hidden_in(&it.message);
        }
        it.message = shortened(&it.message);
        it
    }

    fn take(&mut self, json: &Value) {
        let text = |names: &[&str]| {
            let found = names.iter().map(|it| &json[*it]).find(|it| !it.is_null())?;
            // The code is a number where the gateway answers.
            Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
        };
        self.code = text(&["error_code", "errorCode", "scimType"]).unwrap_or_default();
        self.message = text(&["message", "detail", "error_description", "errorSummary"]).unwrap_or_default();
        // API 1.2 and token endpoints: a sentence or a code.
        if let Some(error) = text(&["error"]) {
            if self.message.is_empty() {
                self.message = error
            } else if self.code.is_empty() {
                self.code = error
            }
        }
        for detail in json["details"].as_array().into_iter().flatten() {
            self.reasons.extend(detail["reason"].as_str().map(str::to_owned));
            let id = detail["request_id"].as_str();
            self.request_id = self.request_id.take().or_else(|| id.map(str::to_owned));
        }
        if self.code == self.status.to_string() {
            self.code.clear();
        }
    }

    fn take_text(&mut self, body: &str) {
        let body = body.trim();
        if let Some((_, rest)) = body.split_once("<pre>") {
            self.message = rest.split("</pre>").next().unwrap_or(rest).trim().to_owned();
        } else if body.starts_with('<') {
            self.message = "a web page instead of an answer".to_owned();
        } else if let Some((code, message)) = body.split_once(": ").filter(|it| is_code(it.0)) {
            (self.code, self.message) = (code.to_owned(), message.to_owned());
        } else {
            self.message = body.to_owned();
        }
    }

    /// Whether the token is no good at all: some gateways say so with 403.
    pub(crate) fn is_about_the_token(&self) -> bool {
        self.status == 401 || self.message.contains("Invalid access token")
    }

    /// Whether the text marks it as an error that passes.
    pub(crate) fn passes(&self) -> bool {
        PASSING.iter().any(|it| self.message.contains(it))
    }
}

fn is_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
}

/// On one line, and not longer than people read.
pub(crate) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> ServiceError {
        ServiceError::parse(status, None, body, &[])
    }

    #[test]
    fn every_shape_of_error_gives_its_code_and_message() {
        for (status, body, code, message) in [
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"no"}"#, "PERMISSION_DENIED", "no"),
            (401, r#"{"error_code":401,"message":"Credential was not sent"}"#, "", "Credential was not sent"),
            (400, r#"{"error":"bad thing"}"#, "", "bad thing"),
            (401, r#"{"error":"invalid_client","error_description":"unknown"}"#, "invalid_client", "unknown"),
            (404, r#"{"schemas":[],"detail":"gone","status":"404"}"#, "", "gone"),
            (400, "INVALID_STATE: not now", "INVALID_STATE", "not now"),
            (500, "<html><pre> it broke </pre></html>", "", "it broke"),
            (502, "<html><body>x</body></html>", "", "a web page instead of an answer"),
            (503, "", "", ""),
            (500, "[1]", "", "[1]"),
        ] {
            let it = parse(status, body);
            assert_eq!((it.code.as_str(), it.message.as_str()), (code, message), "{body}");
        }
    }

    #[test]
    fn details_give_the_reason_and_the_request() {
        let it = parse(
            403,
            r#"{"error_code":"X","message":"m","details":[{"@type":"a","reason":"IP_BLOCKED"},{"request_id":"r-1"}]}"#,
        );
        assert_eq!(it.to_string(), "403 X IP_BLOCKED (request r-1): m");
    }

    #[test]
    fn a_service_that_sends_the_token_back_does_not_get_it_into_a_message() {
        let token = Secret::new("a-very-secret-token");
        let it = ServiceError::parse(403, None, r#"{"message":"bad a-very-secret-token here"}"#, &[&token]);
        assert_eq!(it.message, "bad *** here");
    }

    #[test]
    fn long_messages_are_cut_and_lines_joined() {
        let it = parse(500, &"x\n".repeat(3000));
        assert!(it.message.chars().count() == LONGEST && it.message.starts_with("x x x"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_an_error_answer(status in 300_u16..600, body in ".{0,80}", json in "[\\[\\]{}\":,a-z0-9 ]{0,60}") {
            for body in [body, json] {
                let it = parse(status, &body);
                assert!(!it.to_string().contains('\n') && it.message.chars().count() <= LONGEST);
            }
        }
    }
}
