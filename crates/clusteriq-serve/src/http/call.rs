//! One request as a handler sees it: who asks, what for, and the analysis that answers.

use std::sync::Arc;

use axum::body::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use crate::snapshot::Snapshot;
use crate::state::State;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Nobody who was let in.
    Nobody,
    /// Reads.
    Viewer,
    /// Reads, starts scans, changes settings.
    Admin,
}

/// A request.
pub(crate) struct Call {
    pub(crate) state: Arc<State>,
    /// The analysis that was the newest when the request came: one request sees one analysis.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    pub(crate) role: Role,
    /// Values of the path's parts in braces.
    pub(crate) path: Vec<(String, String)>,
    /// Names and values as they came, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Call {
    /// The analysis, or that there is none yet.
    pub(crate) fn snapshot(&self) -> Result<&Snapshot, Refusal> {
        self.snapshot.as_deref().ok_or_else(Refusal::no_data)
    }

    /// What tells one analysis from another; empty without one.
    pub(crate) fn version(&self) -> String {
        self.snapshot.as_ref().map(|it| it.id.clone()).unwrap_or_default()
    }

    /// A part of the path.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    /// A parameter, the last one if there are several; an empty one counts as none.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|it| it.0 == name && !it.1.is_empty()).map(|it| it.1.as_str())
    }

    /// All values of a parameter that are not empty.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |it| it.0 == name && !it.1.is_empty()).map(|it| it.1.as_str())
    }

    /// The parameters as a type; those of other types are left alone.
    pub(crate) fn query<Q: DeserializeOwned>(&self) -> Result<Q, Refusal> {
        let given: Vec<&(String, String)> = self.query.iter().filter(|it| !it.1.is_empty()).collect();
        let text = serde_html_form::to_string(given).unwrap_or_default();
        serde_html_form::from_str(&text)
            .map_err(|it| Refusal::invalid(format!("a parameter cannot be read: {it}"), "see /api/openapi.json"))
    }

    /// The body as a type.
    pub(crate) fn body<B: DeserializeOwned + JsonSchema>(&self) -> Result<B, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|it| Refusal::invalid(format!("the body cannot be read: {it}"), "see /api/openapi.json"))
    }
}
