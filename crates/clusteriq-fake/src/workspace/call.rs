//! A request as the APIs see it: who asks, which version, with which arguments.

use serde_json::Value;

use super::Workspace;
use super::contents::Contents;
use super::errors::Refusal;
use crate::time::Millis;

/// Who is behind a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    /// A person with a personal access token.
    User,
    /// A service principal with OAuth.
    Service,
}

/// A version of the REST API, as in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V2_0,
    V2_1,
    V2_2,
}

/// One request to an API.
pub(super) struct Call<'a> {
    pub(super) contents: &'a Contents,
    pub(super) version: Version,
    pub(super) principal: Principal,
    /// Parts of the path that the route leaves open.
    pub(super) parts: Vec<String>,
    pub(super) query: Arguments,
    /// Null if there is none.
    pub(super) body: Value,
    pub(super) longest_page: usize,
    /// The service's clock.
    pub(super) now: Millis,
    /// How many objects came to the front of a list since the page before.
    pub(super) grown: usize,
    pub(super) workspace: &'a Workspace,
    /// `127.0.0.1:PORT`, as the client knows this server.
    pub(super) host: &'a str,
}

impl Call<'_> {
    /// An id in the path. Every route with a part that is left open has it.
    pub(super) fn part(&self, number: usize) -> &str {
        self.parts.get(number).map_or("", String::as_str)
    }
}

/// Arguments of a query or a form: a name may come again.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(Vec<(String, String)>);

impl Arguments {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first of that name; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::invalid(&format!("Missing required field: {name}")))
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let parsed =
            text.parse().map_err(|_| Refusal::invalid(&format!("{name} must be a whole number, not '{text}'")));
        parsed.map(Some)
    }

    /// `True` is accepted: the Python SDK sends nested ones like that.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name).map(str::to_lowercase).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(&format!("{name} must be true or false"))),
        }
    }
}
