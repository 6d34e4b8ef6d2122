//! ID tokens of somebody else, exchanged for tokens of Databricks (RFC 8693).
//!
//! What is sent and asked, of GitHub too, is what databricks-sdk for Python 0.162.0 sends and asks, read 2026-11.

use super::oauth::{endpoint, token_from};
use super::{Discovery, Token};
use crate::client::Secret;
use crate::client::config::{Config, is_in_the_clear};
use crate::client::endpoint::Family;
use crate::client::error::ClientError;
use crate::client::method::IdTokenSource;
use crate::client::transport::Transport;

/// Who signs in, and with what.
pub(super) struct Identity<'a> {
    pub(super) source: &'a IdTokenSource,
    /// The service principal whose policy names the ID token; none if the account's policy does.
    pub(super) client_id: Option<&'a str>,
    pub(super) scope: &'a str,
}

/// A token of Databricks for the ID token that there is now.
pub(super) async fn token(
    config: &Config,
    discovery: &Discovery,
    identity: &Identity<'_>,
    transport: &Transport,
) -> Result<Token, ClientError> {
    let method = config.method_name();
    let url = endpoint(method, config, discovery, transport).await?;
    let subject = match identity.source {
        IdTokenSource::Environment { token } => token.clone(),
        IdTokenSource::File { path } => of_file(method, path)?,
        IdTokenSource::GitHub { url: service, bearer, audience } => {
            of_github(service, bearer, audience.as_deref().unwrap_or(&url), transport).await?
        }
    };
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("scope", identity.scope),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("subject_token", subject.expose()),
    ];
    form.extend(identity.client_id.map(|it| ("client_id", it)));
    let request = || transport.http.post(&url).form(&form);
    let answer = transport.patiently(Family::Other, &[&subject], request).await;
    token_from(answer, transport).map_err(|reason| ClientError::SignIn {
        method,
        url,
        reason,
        hint: "a federation policy of the account or of the service principal (client_id) has to name the ID token's issuer, \
               subject and audience; an ID token that has expired is refused too",
    })
}

/// Read each time: whoever puts the token there renews it.
fn of_file(method: &'static str, path: &str) -> Result<Secret, ClientError> {
    let failed = |reason: String| ClientError::SignIn {
        method,
        url: path.to_owned(),
        reason,
        hint: "oidc_token_filepath (DATABRICKS_OIDC_TOKEN_FILEPATH) names the file with the ID token",
    };
    let text = std::fs::read_to_string(path).map_err(|it| failed(it.to_string()))?;
    match text.trim() {
        "" => Err(failed("the file is empty".to_owned())),
        it => Ok(Secret::new(it)),
    }
}

/// GitHub's token for the job that runs.
async fn of_github(
    service: &str,
    bearer: &Secret,
    audience: &str,
    transport: &Transport,
) -> Result<Secret, ClientError> {
    let shown = service.split('?').next().unwrap_or_default().to_owned();
    if is_in_the_clear(service) {
        return Err(ClientError::PlainHttp { host: shown });
    }
    let request = || transport.http.get(service).bearer_auth(bearer.expose()).query(&[("audience", audience)]);
    let answer = transport.patiently(Family::Other, &[bearer], request).await;
    let said = answer.map_err(|it| it.what.said());
    let token = said.and_then(|it| {
        let json: serde_json::Value = serde_json::from_str(&it.body).unwrap_or_default();
        let value = json["value"].as_str().filter(|it| !it.is_empty()).map(Secret::new);
        value.ok_or_else(|| "the answer has no value".to_owned())
    });
    token.map_err(|reason| ClientError::SignIn {
        method: "github-oidc",
        url: shown,
        reason,
        hint: "the job needs `permissions: id-token: write`",
    })
}
