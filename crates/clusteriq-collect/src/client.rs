//! A client of the Databricks REST API that can only read.

mod answer;
mod attributes;
mod auth;
mod azure_cloud;
mod clock;
mod config;
mod endpoint;
mod error;
mod method;
mod pace;
mod paging;
mod profile;
mod secret;
mod transport;

use std::sync::{Arc, Mutex};

use reqwest::header::HeaderMap;

pub use answer::ServiceError;
pub use attributes::Origin;
pub use config::{Config, Layers};
pub use endpoint::Endpoint;
pub use error::ClientError;
pub(crate) use paging::Pages;
pub use profile::ProfileFile;
pub use secret::Secret;
pub(crate) use transport::IN_FLIGHT;
pub use transport::{Options, Proxies};

use auth::Signer;
use clock::{Clock, SystemClock};
use endpoint::Verb;
use transport::{Answer, Failure, Transport, What};

/// One call: what is asked, of which thing, with which parameters.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) endpoint: Endpoint,
    /// What stands for `{id}` in the path.
    pub(crate) id: Option<String>,
    /// What stands for `{part}` in the path.
    pub(crate) part: Option<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    /// For a POST that reads: JSON.
    pub(crate) body: Option<String>,
}

impl Call {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, id: None, part: None, query: vec![], body: None }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn of(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    pub(crate) fn part(self, part: impl Into<String>) -> Self {
        Self { part: Some(part.into()), ..self }
    }

    pub(crate) fn saying(self, body: impl Into<String>) -> Self {
        Self { body: Some(body.into()), ..self }
    }
}

/// Reads from one workspace. All it can send are the calls of [`Endpoint`], and requests for tokens.
#[derive(Debug)]
pub struct Client {
    host: String,
    transport: Transport,
    signer: Signer,
    /// The workspace, once an answer has said it.
    workspace: Mutex<Option<String>>,
}

impl Client {
    /// Sets up HTTP and asks the host what it is. Nothing is read yet and no token asked for: [`Client::me`] does that.
    ///
    /// # Errors
    ///
    /// The certificates or the proxy settings cannot be used.
    pub async fn connect(config: Config, options: &Options) -> Result<Self, ClientError> {
        Self::connect_at(config, options, Arc::new(SystemClock::new())).await
    }

    async fn connect_at(config: Config, options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let paced = !config::is_this_machine(&config.host);
        let transport = Transport::new(options, config.request_timeout, config.retry_budget, paced, clock)?;
        let host = config.host.clone();
        let signer = Signer::new(config, &transport).await;
        Ok(Self { host, transport, signer, workspace: Mutex::default() })
    }

    /// Where it reads from.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The id of the workspace: as an answer said, as configured, or as Azure and Google have it in the address.
    #[must_use]
    pub fn workspace_id(&self) -> Option<String> {
        let said = self.workspace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let id = said.or_else(|| self.signer.workspace().map(str::to_owned)).or_else(|| {
            // Azure and Google have it in the address.
            let host = self.host.split("://").nth(1)?;
            let name = host.split('.').next()?;
            let google = host.ends_with(".gcp.databricks.com").then_some(name);
            name.strip_prefix("adb-").or(google).map(str::to_owned)
        });
        id.filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    }

    /// The account, as the workspace says or as configured.
    pub(crate) fn account_id(&self) -> Option<String> {
        self.signer.account().map(str::to_owned)
    }

    /// The SQL warehouse that the configuration names.
    pub(crate) fn warehouse_id(&self) -> Option<&str> {
        self.signer.warehouse()
    }

    /// Sends a call until there is an answer or a reason to give up; a token that is no longer good is renewed once.
    pub(crate) async fn call(&self, call: &Call) -> Result<String, ClientError> {
        let mut renewed = false;
        loop {
            let signed = self.signer.sign(&self.transport).await?;
            let secrets: Vec<&Secret> = signed.secrets.iter().collect();
            let request = || self.request(call).headers(signed.headers.clone());
            let family = call.endpoint.spec().family;
            match self.transport.patiently(family, &secrets, request).await {
                Ok(Answer { body, workspace }) => {
                    if let Some(it) = workspace {
                        *self.workspace.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(it);
                    }
                    return Ok(body);
                }
                Err(Failure { what: What::Service(it), .. }) if it.status == 401 && !renewed => {
                    renewed = true;
                    if !self.signer.renew().await {
                        return Err(self.failed(call, What::Service(it).into()));
                    }
                }
                Err(it) => return Err(self.failed(call, it)),
            }
        }
    }

    /// What lies behind a link that the workspace gave, without any of our credentials. Links of a workspace that is reached
    /// by HTTPS are followed by HTTPS only.
    pub(crate) async fn download(&self, link: &str, headers: HeaderMap) -> Result<Vec<u8>, ClientError> {
        let url = reqwest::Url::parse(link).ok();
        let usable =
            |it: &reqwest::Url| it.scheme() == "https" || (it.scheme() == "http" && self.host.starts_with("http:"));
        let Some(url) = url.filter(usable) else {
            return Err(ClientError::Link { host: "nowhere".to_owned(), reason: "it is no HTTPS link".to_owned() });
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let fetched = self.transport.download(url, headers).await;
        fetched.map_err(|it| ClientError::Link { host, reason: it.what.said() })
    }

    /// Bytes of all answers so far, unpacked.
    pub(crate) fn received(&self) -> u64 {
        self.transport.received()
    }

    /// What time is measured with.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.transport.clock
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let spec = call.endpoint.spec();
        let filled =
            |name: &str, value: &Option<String>| (name.to_owned(), escaped(value.as_deref().unwrap_or_default()));
        let parts = [filled("{id}", &call.id), filled("{part}", &call.part)];
        let path = parts.iter().fold(spec.path.to_owned(), |path, (name, value)| path.replace(name, value));
        let url = format!("{}{path}", self.host);
        match spec.verb {
            Verb::Get => self.transport.http.get(url).query(&call.query),
            Verb::PostThatReads => {
                let body = call.body.clone().unwrap_or_else(|| "{}".to_owned());
                self.transport.http.post(url).header(reqwest::header::CONTENT_TYPE, "application/json").body(body)
            }
        }
    }

    fn failed(&self, call: &Call, failure: Failure) -> ClientError {
        let endpoint = call.endpoint;
        match (failure.what, failure.gave_up_after) {
            (what @ What::Service(_), Some(waited)) => ClientError::Busy { endpoint, waited, last: what.said() },
            (What::Service(error), None) => ClientError::Service { endpoint, error: Box::new(error) },
            (What::Network(reason) | What::Broken(reason), _) => {
                ClientError::Unreachable { host: self.host.clone(), path: endpoint.spec().path.to_owned(), reason }
            }
            (What::NotJson(reason), _) => ClientError::Odd { endpoint, reason },
        }
    }
}

/// An id as a part of a path: whatever it is, it cannot lead to another path.
fn escaped(id: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    id.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
