//! OAuth for service principals of Databricks, and finding out where to ask.
//!
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m>, read 2026-09.

use serde_json::Value;

use super::{Discovery, Token, token_of};
use crate::client::Secret;
use crate::client::config::Config;
use crate::client::endpoint::Family;
use crate::client::error::ClientError;
use crate::client::transport::{Answer, Failure, Transport};

const METHOD: &str = "oauth-m2m";

/// A service principal.
pub(super) struct Client<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a Secret,
    pub(super) scope: &'a str,
}

/// What the host says of itself, without a token; nothing if it says nothing.
pub(super) async fn discover(config: &Config, transport: &Transport) -> Discovery {
    let url = format!("{}/.well-known/databricks-config", config.host);
    let Ok(answer) = transport.once(&[], transport.http.get(url)).await else { return Discovery::default() };
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| {
        let value = &json[name];
        value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_u64().map(|it| it.to_string()))
            .filter(|it| !it.is_empty())
    };
    let account = config.account_id.clone().or_else(|| text("account_id"));
    let oidc = text("oidc_endpoint").map(|it| it.replace("{account_id}", account.as_deref().unwrap_or_default()));
    Discovery { oidc, workspace: text("workspace_id").or(answer.workspace), account }
}

/// A token for the service principal.
pub(super) async fn token(
    config: &Config,
    discovery: &Discovery,
    client: &Client<'_>,
    transport: &Transport,
) -> Result<Token, ClientError> {
    let url = endpoint(METHOD, config, discovery, transport).await?;
    let form = [("grant_type", "client_credentials"), ("scope", client.scope)];
    let request = || transport.http.post(&url).basic_auth(client.id, Some(client.secret.expose())).form(&form);
    let answer = transport.patiently(Family::Other, &[client.secret], request).await;
    token_from(answer, transport).map_err(|reason| ClientError::SignIn {
        method: METHOD,
        url,
        reason,
        hint: "check client_id and client_secret, and that the service principal is in this workspace",
    })
}

/// The token endpoint of the workspace, or of the account if that is the host.
pub(super) async fn endpoint(
    method: &'static str,
    config: &Config,
    discovery: &Discovery,
    transport: &Transport,
) -> Result<String, ClientError> {
    let url = said_endpoint(config, discovery, transport).await;
    // A secret does not go over a line that anyone can read, unless the workspace itself is on such a line.
    if !url.starts_with("https://") && config.host.starts_with("https://") {
        let reason = "the token endpoint is not HTTPS".to_owned();
        return Err(ClientError::SignIn { method, url, reason, hint: "check the host" });
    }
    Ok(url)
}

/// As the host says, else where it has always been.
async fn said_endpoint(config: &Config, discovery: &Discovery, transport: &Transport) -> String {
    let usual = format!("{}/oidc", config.host);
    for base in discovery.oidc.iter().chain([&usual]) {
        let url = format!("{}/.well-known/oauth-authorization-server", base.trim_end_matches('/'));
        let Ok(answer) = transport.once(&[], transport.http.get(url)).await else { continue };
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if let Some(it) = json["token_endpoint"].as_str() {
            return it.to_owned();
        }
    }
    format!("{usual}/v1/token")
}

/// The token of an answer, or why there is none.
pub(super) fn token_from(answer: Result<Answer, Failure>, transport: &Transport) -> Result<Token, String> {
    let answer = answer.map_err(|it| it.what.said())?;
    token_of(&answer.body, transport).ok_or_else(|| "the answer has no access_token".to_owned())
}
