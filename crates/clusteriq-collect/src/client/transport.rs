//! HTTP: one connection pool, paced, patient, and never following a redirect with a token in hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::Secret;
use super::answer::ServiceError;
use super::clock::Clock;
use super::endpoint::Family;
use super::error::ClientError;
use super::pace::Pace;

/// How long one request may take, and all tries of one call together: as in Databricks' own clients.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const RETRY_BUDGET: Duration = Duration::from_secs(300);
/// For a chunk of a result: tens of megabytes.
const LINK_TIMEOUT: Duration = Duration::from_secs(600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests at the same time.
pub(crate) const IN_FLIGHT: usize = 4;
/// Tries where trying often does not help: a wrong host, a broken service.
const FEW: u32 = 4;
/// Tries where the service answers and the answer is lost on the way.
const SOME: u32 = 8;
/// Longest pause of our own choosing.
const LONGEST_PAUSE: u64 = 10;

/// How to reach the network.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Certificates to trust besides the system's, as PEM.
    pub certificates: Option<PathBuf>,
    /// Whether to go through a proxy.
    pub proxies: Proxies,
}

/// Whether to go through a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proxies {
    /// As the system says: `HTTPS_PROXY`, `NO_PROXY` and the like, which the HTTP library reads itself.
    #[default]
    System,
    /// Straight to the host.
    None,
}

/// An answer that is JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: String,
    /// The workspace, as every answer of one says.
    pub(crate) workspace: Option<String>,
}

/// A call that got no answer to use.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: What,
    retry_after: Option<Duration>,
    /// How long it was tried, if the time for it ran out.
    pub(crate) gave_up_after: Option<Duration>,
}

/// Why.
#[derive(Debug)]
pub(crate) enum What {
    /// An error answer.
    Service(ServiceError),
    /// No answer.
    Network(String),
    /// Only a part of one.
    Broken(String),
    /// A success that is not JSON.
    NotJson(String),
}

impl From<What> for Failure {
    fn from(what: What) -> Self {
        Self { what, retry_after: None, gave_up_after: None }
    }
}

/// How often to try again.
enum Patience {
    None,
    Few,
    Some,
    WhileThereIsTime,
}

impl What {
    /// Everything that is asked only reads, so that asking twice does no harm.
    fn patience(&self) -> Patience {
        match self {
            Self::Service(it) => match it.status {
                429 | 503 | 504 => Patience::WhileThereIsTime,
                500 | 502 => Patience::Few,
                _ if it.passes() => Patience::Few,
                _ => Patience::None,
            },
            Self::Network(_) => Patience::Few,
            // A list that was cut short; a web page stays one.
            Self::NotJson(it) if it.contains("web page") => Patience::None,
            Self::NotJson(_) | Self::Broken(_) => Patience::Some,
        }
    }

    pub(crate) fn said(&self) -> String {
        match self {
            Self::Service(it) => it.to_string(),
            Self::Network(it) | Self::Broken(it) | Self::NotJson(it) => it.clone(),
        }
    }
}

/// The way to the network.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Arc<dyn Clock>,
    /// None for this machine itself.
    pace: Option<Pace>,
    places: Semaphore,
    budget: Duration,
    /// Bytes of answers, unpacked.
    received: AtomicU64,
}

impl Transport {
    pub(crate) fn new(
        options: &Options,
        timeout: Option<Duration>,
        budget: Option<Duration>,
        paced: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        // One provider for the whole process; whoever installed one first has it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("clusteriq/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout.unwrap_or(REQUEST_TIMEOUT));
        if options.proxies == Proxies::None {
            builder = builder.no_proxy();
        }
        if let Some(path) = &options.certificates {
            let failed = |reason: String| ClientError::Certificates { path: path.display().to_string(), reason };
            let pem = std::fs::read(path).map_err(|it| failed(it.to_string()))?;
            let all = reqwest::Certificate::from_pem_bundle(&pem).map_err(|it| failed(it.to_string()))?;
            if all.is_empty() {
                return Err(failed("it has no certificate".to_owned()));
            }
            builder = builder.tls_certs_merge(all);
        }
        let http = builder.build().map_err(|it| ClientError::Setup { reason: chain(&it) })?;
        let budget = budget.unwrap_or(RETRY_BUDGET);
        Ok(Self {
            http,
            clock,
            pace: paced.then(Pace::default),
            places: Semaphore::new(IN_FLIGHT),
            budget,
            received: AtomicU64::new(0),
        })
    }

    /// Bytes of all answers so far, unpacked.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Sends until there is an answer, it is useless to go on, or the time for it is over. `secrets` are kept out of errors.
    pub(crate) async fn patiently(
        &self,
        family: Family,
        secrets: &[&Secret],
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<Answer, Failure> {
        let start = self.clock.now();
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some(it) = &self.pace {
                it.turn(family, &*self.clock).await;
            }
            let mut failure = match self.once(secrets, request()).await {
                Ok(it) => return Ok(it),
                Err(it) => it,
            };
            match failure.what.patience() {
                Patience::None => return Err(failure),
                Patience::Few if tries >= FEW => return Err(failure),
                Patience::Some if tries >= SOME => return Err(failure),
                Patience::Few | Patience::Some | Patience::WhileThereIsTime => {}
            }
            let pause = failure.retry_after.unwrap_or_else(|| {
                Duration::from_secs(1_u64.checked_shl(tries - 1).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE))
            });
            let pause = pause + Duration::from_secs_f64(self.clock.jitter());
            let spent = self.clock.now() - start;
            if spent + pause > self.budget {
                failure.gave_up_after = Some(spent);
                return Err(failure);
            }
            self.clock.sleep(pause).await;
        }
    }

    /// Fetches what lies behind a link, once, whatever it is. The link itself stays out of errors: it is signed.
    pub(crate) async fn download(&self, url: reqwest::Url, headers: HeaderMap) -> Result<Vec<u8>, Failure> {
        let _place = self.places.acquire().await;
        let request = self.http.get(url).headers(headers).timeout(LINK_TIMEOUT);
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(lost)?;
        self.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if status.is_success() {
            return Ok(bytes.into());
        }
        let body = String::from_utf8_lossy(&bytes);
        Err(What::Service(ServiceError::parse(status.as_u16(), None, &body, &[])).into())
    }

    /// Sends once.
    pub(crate) async fn once(&self, secrets: &[&Secret], request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        // Nobody closes it.
        let _place = self.places.acquire().await;
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let header = |name: &str| header(response.headers(), name);
        let (request_id, workspace) = (header("x-request-id"), header("x-databricks-org-id"));
        let (location, retry_after) = (header("location"), header("retry-after"));
        let retry_after = retry_after.and_then(|it| it.trim().parse().ok()).map(Duration::from_secs);
        let bytes = response.bytes().await.map_err(lost)?;
        self.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let body = String::from_utf8(bytes.into());
        if status.is_success() {
            let body = body.map_err(|_| What::NotJson("the answer is not UTF-8 text".to_owned()))?;
            if body.trim_start().starts_with('<') {
                return Err(What::NotJson("a web page instead of an answer".to_owned()).into());
            }
            if let Err(it) = serde_json::from_str::<&RawValue>(&body) {
                return Err(What::NotJson(format!("the answer is not JSON or was cut short: {it}")).into());
            }
            return Ok(Answer { body, workspace });
        }
        let body = body.unwrap_or_default();
        let mut error = ServiceError::parse(status.as_u16(), request_id, &body, secrets);
        if status.is_redirection() {
            error.message = redirected(location.as_deref().unwrap_or_default());
        }
        Err(Failure { what: What::Service(error), retry_after, gave_up_after: None })
    }
}

/// No answer, or one that broke off. Nobody there and nobody in time is another matter than a line that broke.
fn lost(error: reqwest::Error) -> What {
    let is_nobody = error.is_connect() || error.is_timeout();
    let why = chain(&error.without_url());
    if is_nobody { What::Network(why) } else { What::Broken(why) }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|it| it.to_str().ok()).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Of an address only the path: what follows may hold anything.
fn redirected(location: &str) -> String {
    if location.contains("private-link-validation-error") {
        return "this workspace can be reached through its private link only".to_owned();
    }
    format!("it is elsewhere: {}", location.split(['?', '#']).next().unwrap_or_default())
}

/// An error with its causes, each once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let said = it.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = it.source();
    }
    text
}
