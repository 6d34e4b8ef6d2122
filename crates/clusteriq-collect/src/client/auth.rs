//! Signing in: from a configured method to the headers of a call, with tokens kept until shortly before they expire.

mod azure;
mod command;
mod federation;
mod google;
mod metadata;
mod oauth;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::Secret;
use super::config::Config;
use super::error::ClientError;
use super::method::Method;
use super::transport::Transport;

/// A token is renewed when half of its life is over, or this much is left of it.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Life of a token that does not say how long it lives.
const ASSUMED_LIFE: Duration = Duration::from_secs(5 * 60);

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Audience {
    Workspace,
    /// Azure's resource manager: for principals that the workspace does not know yet.
    Management,
}

/// A token and when to ask for another, by the clock's `now`.
#[derive(Clone, Debug)]
struct Token {
    value: Secret,
    renew_at: Option<Duration>,
}

impl Token {
    fn living(value: Secret, life: Option<Duration>, transport: &Transport) -> Self {
        let life = life.unwrap_or(ASSUMED_LIFE);
        let early = EARLY.min(life / 2);
        Self { value, renew_at: Some(transport.clock.now() + life - early) }
    }

    /// Of a token that says when it expires.
    fn until(value: Secret, end: Option<Timestamp>, transport: &Transport) -> Self {
        let now = transport.clock.wall();
        let life = end.map(|it| Duration::try_from(it.duration_since(now)).unwrap_or_default());
        Self::living(value, life, transport)
    }
}

/// What a workspace says of itself to anyone who asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Discovery {
    pub(crate) oidc: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) account: Option<String>,
}

/// Signs calls.
#[derive(Debug)]
pub(crate) struct Signer {
    config: Config,
    pub(crate) discovery: Discovery,
    tokens: Mutex<BTreeMap<Audience, Token>>,
}

/// The headers of a call, and the secrets in them.
pub(crate) struct Signed {
    pub(crate) headers: HeaderMap,
    pub(crate) secrets: Vec<Secret>,
}

impl Signer {
    /// Asks the host what it is; one that does not say is no failure.
    pub(crate) async fn new(config: Config, transport: &Transport) -> Self {
        let discovery = oauth::discover(&config, transport).await;
        Self { config, discovery, tokens: Mutex::default() }
    }

    /// The workspace as configured or discovered.
    pub(crate) fn workspace(&self) -> Option<&str> {
        self.config.workspace_id.as_deref().or(self.discovery.workspace.as_deref())
    }

    /// The account as configured or discovered.
    pub(crate) fn account(&self) -> Option<&str> {
        self.config.account_id.as_deref().or(self.discovery.account.as_deref())
    }

    /// The SQL warehouse as configured.
    pub(crate) fn warehouse(&self) -> Option<&str> {
        self.config.warehouse_id.as_deref()
    }

    /// The headers, with a token that is still good.
    pub(crate) async fn sign(&self, transport: &Transport) -> Result<Signed, ClientError> {
        let mut headers = HeaderMap::new();
        let mut secrets = vec![];
        let token = self.token(Audience::Workspace, transport).await?;
        headers.insert(reqwest::header::AUTHORIZATION, self.header(&format!("Bearer {}", token.expose()))?);
        secrets.push(token);
        if let Some(resource) = &self.config.azure_resource
            && matches!(
                self.config.method,
                Method::AzureClientSecret { .. } | Method::AzureMsi { .. } | Method::AzureCli
            )
        {
            let token = self.token(Audience::Management, transport).await?;
            let name = HeaderName::from_static("x-databricks-azure-sp-management-token");
            headers.insert(name, self.header(token.expose())?);
            let name = HeaderName::from_static("x-databricks-azure-workspace-resource-id");
            headers.insert(name, self.header(resource)?);
            secrets.push(token);
        }
        // A host that serves several workspaces needs to know which one is meant.
        if let Some(id) = self.workspace() {
            headers.insert(HeaderName::from_static("x-databricks-workspace-id"), self.header(id)?);
        }
        Ok(Signed { headers, secrets })
    }

    /// After a 401: whether there is a point in trying again, with new tokens.
    pub(crate) async fn renew(&self) -> bool {
        let mut tokens = self.tokens.lock().await;
        tokens.clear();
        !matches!(self.config.method, Method::Pat { .. })
    }

    fn header(&self, text: &str) -> Result<HeaderValue, ClientError> {
        let mut value = HeaderValue::from_str(text).map_err(|_| ClientError::SignIn {
            method: self.config.method_name(),
            url: self.config.host.clone(),
            reason: "the token or id has characters that cannot be sent".to_owned(),
            hint: "copy it again, without spaces and line ends",
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn token(&self, audience: Audience, transport: &Transport) -> Result<Secret, ClientError> {
        let mut tokens = self.tokens.lock().await;
        let good = |it: &&Token| it.renew_at.is_none_or(|at| transport.clock.now() < at);
        if let Some(it) = tokens.get(&audience).filter(good) {
            return Ok(it.value.clone());
        }
        let token = self.fetch(audience, transport).await?;
        let value = token.value.clone();
        tokens.insert(audience, token);
        Ok(value)
    }

    async fn fetch(&self, audience: Audience, transport: &Transport) -> Result<Token, ClientError> {
        let config = &self.config;
        match &config.method {
            Method::Pat { token } => Ok(Token { value: token.clone(), renew_at: None }),
            Method::OAuthM2m { client_id, client_secret, scope } => {
                let client = oauth::Client { id: client_id, secret: client_secret, scope };
                oauth::token(config, &self.discovery, &client, transport).await
            }
            Method::MetadataService { url } => metadata::token(url, config, transport).await,
            Method::Federation { source, client_id, scope } => {
                let identity = federation::Identity { source, client_id: client_id.as_deref(), scope };
                federation::token(config, &self.discovery, &identity, transport).await
            }
            Method::GoogleCredentials { key } => google::credentials(key, config, transport).await,
            Method::GoogleId { account } => google::id(account, config, transport).await,
            Method::AzureClientSecret { tenant, client_id, client_secret } => {
                azure::client_secret(config, tenant.as_deref(), client_id, client_secret, audience, transport).await
            }
            Method::AzureMsi { client_id } => azure::msi(config, client_id.as_deref(), audience, transport).await,
            Method::AzureCli => command::azure(config, audience, transport).await,
            Method::DatabricksCli { program } => command::databricks(program, config, transport).await,
            Method::EitherCli { program } => match command::azure(config, audience, transport).await {
                Ok(it) => Ok(it),
                Err(azure) => {
                    let token = command::databricks(program, config, transport).await;
                    token.map_err(|it| ClientError::NeitherCommand {
                        azure: azure.message_and_hint().0,
                        databricks: it.message_and_hint().0,
                    })
                }
            },
        }
    }
}

/// The answer of a token endpoint. The life comes as a number or as a text.
fn token_of(body: &str, transport: &Transport) -> Option<Token> {
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    let token = json["access_token"].as_str().filter(|it| !it.is_empty())?;
    let life = &json["expires_in"];
    let life = life.as_u64().or_else(|| life.as_str()?.trim().parse().ok());
    Some(Token::living(Secret::new(token), life.map(Duration::from_secs), transport))
}
