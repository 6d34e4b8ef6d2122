//! Links to files of a result, as a store of objects has them: signed, without any other authorization, good for minutes.

use super::state::Phase;
use crate::random::Random;
use crate::time::{MINUTE, Millis};
use crate::workspace::answer::{Asked, Content};
use crate::workspace::call::Call;
use crate::workspace::instant::iso;
use crate::workspace::{Workspace, held};

/// How long a link is good for: https://docs.databricks.com/api/workspace/statementexecution (read 2026-11-24).
const LINKS_ARE_GOOD: Millis = 15 * MINUTE;

/// Where they are: outside of the API.
pub(in crate::workspace) const FOLDER: &str = "/external/";

/// What a link leads to.
pub(super) struct Link {
    statement: String,
    chunk: usize,
    until: Millis,
}

impl Workspace {
    /// A fresh link to a chunk, and until when it is good.
    pub(super) fn link(&self, call: &Call<'_>, statement: &str, chunk: usize) -> (String, String) {
        let mut all = held(&self.inner.statements);
        let until = call.now + LINKS_ARE_GOOD;
        // Those that expired long ago are forgotten; they are refused either way.
        all.links.retain(|_, it| it.until + LINKS_ARE_GOOD > call.now);
        let token = Random::named(0, &format!("link {statement} {chunk} {}", all.links.len())).hex(40);
        let query = format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires={}", LINKS_ARE_GOOD / 1_000 - 1);
        let link = format!("http://{}{FOLDER}{token}?{query}&X-Amz-Signature={}", call.host, &token[..16]);
        all.links.insert(token, Link { statement: statement.to_owned(), chunk, until });
        (link, iso(until))
    }
}

/// Whether a link is made to look expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workspace) enum Validity {
    ByTheClock,
    Expired,
}

/// The file behind a link.
pub(in crate::workspace) fn external(workspace: &Workspace, asked: &Asked, validity: Validity) -> Content {
    if asked.method != "GET" {
        return refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
    }
    if asked.authorization.is_some() {
        let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified";
        return refused(400, "InvalidArgument", message);
    }
    let token = asked.path.strip_prefix(FOLDER).unwrap_or_default();
    let now = workspace.now();
    let mut all = held(&workspace.inner.statements);
    let Some((statement, chunk)) = all
        .links
        .get(token)
        .filter(|it| now < it.until && validity == Validity::ByTheClock)
        .map(|it| (it.statement.clone(), it.chunk))
    else {
        return refused(403, "AccessDenied", "Request has expired");
    };
    let outcome = all.known.get_mut(&statement).and_then(|it| {
        it.age(now);
        match &it.phase {
            Phase::Succeeded { outcome, .. } => {
                let outcome = outcome.clone();
                it.was_read |= outcome.ends_with(chunk);
                Some(outcome)
            }
            Phase::Waiting { .. } | Phase::Computing | Phase::Failed(_) | Phase::Canceled | Phase::Closed { .. } => {
                None
            }
        }
    });
    drop(all);
    match outcome.as_ref().and_then(|it| it.file(chunk)) {
        Some(it) => Content::Raw { status: 200, media: "application/octet-stream", bytes: it.to_vec() },
        None => refused(404, "NoSuchKey", "The specified key does not exist."),
    }
}

/// In the words of a store of objects.
fn refused(status: u16, code: &str, message: &str) -> Content {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Content::Raw { status, media: "application/xml", bytes: text.into_bytes() }
}
