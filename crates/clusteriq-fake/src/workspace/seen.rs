//! What clients asked, so that a test can assert that they only read.

const STATEMENTS: &str = "/api/2.0/sql/statements";

fn is_statement(path: &str) -> bool {
    path.strip_prefix(STATEMENTS).is_some_and(|it| it.starts_with('/'))
}

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
    /// Whether it changes nothing: all `GET`s, the two `POST`s that only ask (the token endpoint, and cluster events, whose question
    /// is too long for a query), and SQL statements, which are refused if they are no queries, with their end.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        let path = self.path.trim_end_matches('/');
        match self.method.as_str() {
            "GET" => true,
            "POST" => {
                path == "/oidc/v1/token"
                    || (path.starts_with("/api/2.") && path.ends_with("/clusters/events"))
                    || path == STATEMENTS
                    || (is_statement(path) && path.ends_with("/cancel"))
            }
            "DELETE" => is_statement(path),
            _ => false,
        }
    }
}
