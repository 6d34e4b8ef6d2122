//! From a request to a reply: faults, who asks, which API, and what every reply carries.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::call::{Arguments, Call};
use super::contents::tidy;
use super::errors::Refusal;
use super::faults::Fault;
use super::instant::http_date;
use super::statements::{FOLDER, Validity, external};
use super::{Seen, Workspace, held, routes};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// `127.0.0.1:PORT`, as the client knows this server.
    pub(super) host: String,
    pub(super) authorization: Option<String>,
    pub(super) user_agent: String,
    /// Whether the client understands gzip.
    pub(super) gzip: bool,
    pub(super) body: Vec<u8>,
}

/// How much of a reply arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    Whole,
    /// The connection breaks after half of it.
    Half,
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) delay: Duration,
    pub(super) arrival: Arrival,
}

/// What a reply says when nothing is wrong with the request.
pub(super) enum Content {
    Json(Value),
    /// Files of a result.
    Raw {
        status: u16,
        media: &'static str,
        bytes: Vec<u8>,
    },
}

/// Smaller replies are not worth packing.
const WORTH_PACKING: usize = 1_000;

impl Workspace {
    /// Answers a request, and remembers it.
    pub(super) fn answer(&self, asked: &Asked) -> Reply {
        let fault = held(&self.inner.faults).meet(&asked.path, &asked.query, &asked.body);
        let result = match fault {
            Some(Fault::TooManyRequests { retry_after }) => Err(Refusal::later(429, retry_after)),
            Some(Fault::Unavailable { retry_after }) => Err(Refusal::later(503, retry_after)),
            Some(Fault::Denied) => Err(Refusal::denied(&self.read().user, &asked.path)),
            Some(Fault::TokensExpire) => {
                held(&self.inner.tokens).expire();
                self.result(asked, fault)
            }
            Some(Fault::Slow(_) | Fault::Truncated | Fault::Broken | Fault::LinkExpired | Fault::ListChanges)
            | None => self.result(asked, fault),
        };
        let mut reply = self.reply(result, asked.gzip && fault != Some(Fault::Truncated));
        match fault {
            Some(Fault::Slow(delay)) => reply.delay = delay,
            Some(Fault::Truncated) => reply.body.truncate(reply.body.len() / 2),
            Some(Fault::Broken) => reply.arrival = Arrival::Half,
            Some(
                Fault::TooManyRequests { .. }
                | Fault::Unavailable { .. }
                | Fault::Denied
                | Fault::TokensExpire
                | Fault::LinkExpired
                | Fault::ListChanges,
            )
            | None => {}
        }
        let sent = match reply.arrival {
            Arrival::Whole => reply.body.len(),
            Arrival::Half => reply.body.len() / 2,
        };
        self.inner.bytes_sent.fetch_add(sent as u64, Ordering::Relaxed);
        held(&self.inner.seen).push(Seen {
            method: asked.method.clone(),
            path: asked.path.clone(),
            query: asked.query.clone(),
            status: reply.status,
            user_agent: asked.user_agent.clone(),
        });
        reply
    }

    fn result(&self, asked: &Asked, fault: Option<Fault>) -> Result<Content, Refusal> {
        if let Some(it) = self.without_token(asked) {
            return it.map(Content::Json);
        }
        if asked.path.starts_with(FOLDER) {
            let validity = if fault == Some(Fault::LinkExpired) { Validity::Expired } else { Validity::ByTheClock };
            return Ok(external(self, asked, validity));
        }
        let unknown = || Refusal::unknown(&asked.method, &routes::shown(&asked.path));
        if !asked.path.starts_with("/api/") {
            return Err(unknown());
        }
        let principal = self.principal(asked)?;
        let (route, version, parts) = routes::find(&asked.method, &asked.path).ok_or_else(unknown)?;
        let body = match asked.body.as_slice() {
            [] => Value::Null,
            it => serde_json::from_slice(it)
                .map_err(|it| Refusal::new(400, "MALFORMED_REQUEST", &format!("Could not parse the body: {it}")))?,
        };
        let settings = *held(&self.inner.settings);
        let call = Call {
            contents: &self.read(),
            version,
            principal,
            parts,
            query: Arguments::parse(&asked.query),
            body,
            longest_page: settings.longest_page,
            now: self.now(),
            grown: usize::from(fault == Some(Fault::ListChanges)),
            workspace: self,
            host: &asked.host,
        };
        (route.answer)(&call).map(Content::Json)
    }

    fn reply(&self, result: Result<Content, Refusal>, gzip: bool) -> Reply {
        let request_id = held(&self.inner.ids).uuid();
        let date = http_date(self.now());
        let result = match result {
            Ok(Content::Json(it)) => Ok(it),
            Ok(Content::Raw { status, media, bytes }) => {
                let headers = [("content-type", media), ("server", "AmazonS3"), ("x-amz-request-id", &request_id)];
                let headers = headers.map(|(name, value)| (name, value.to_owned()));
                let headers = headers.into_iter().chain([("date", date)]).collect();
                return Reply { status, headers, body: bytes, delay: Duration::ZERO, arrival: Arrival::Whole };
            }
            Err(it) => Err(it),
        };
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("date", date),
            ("server", "databricks".to_owned()),
            ("x-databricks-org-id", self.id()),
            ("x-request-id", request_id),
        ];
        let (status, value) = match result {
            Ok(it) => (200, tidy(it)),
            Err(it) => {
                headers.extend(it.header);
                (it.status, it.body)
            }
        };
        let mut body = value.to_string().into_bytes();
        if gzip && body.len() >= WORTH_PACKING {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            if let Ok(it) = packed.write_all(&body).and_then(|()| packed.finish()) {
                body = it;
                headers.push(("content-encoding", "gzip".to_owned()));
            }
        }
        Reply { status, headers, body, delay: Duration::ZERO, arrival: Arrival::Whole }
    }
}
