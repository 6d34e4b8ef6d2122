//! What clients asked, so that a test can assert that they only read.

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET` or `POST`, as it came.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// As it came, without `?`.
    pub query: String,
    /// What it was answered with.
    pub status: u16,
    /// The client's name for itself.
    pub user_agent: String,
}

impl Seen {
    /// Whether it changes nothing: all `GET`s, and the two `POST`s that only ask (the token endpoint, and cluster events,
    /// whose question is too long for a query).
    #[must_use]
    pub fn only_reads(&self) -> bool {
        let path = self.path.trim_end_matches('/');
        match self.method.as_str() {
            "GET" => true,
            "POST" => path == "/oidc/v1/token" || (path.starts_with("/api/2.") && path.ends_with("/clusters/events")),
            _ => false,
        }
    }
}
