//! Tokens of a service on this machine, such as a development environment starts beside a program.
//!
//! As databricks-sdk for Python 0.162.0 asks it, read 2026-11.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::Token;
use crate::client::Secret;
use crate::client::config::{Config, is_in_the_clear};
use crate::client::endpoint::Family;
use crate::client::error::ClientError;
use crate::client::transport::{Transport, chain};

/// It is on this machine: an answer is there at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The token that it has for the host. Its address may hold a secret, so that only the part before the path is shown.
pub(super) async fn token(url: &Secret, config: &Config, transport: &Transport) -> Result<Token, ClientError> {
    let parsed = reqwest::Url::parse(url.expose()).ok();
    let shown = parsed.map_or_else(|| "no address".to_owned(), |it| it.origin().ascii_serialization());
    if is_in_the_clear(&shown) {
        return Err(ClientError::PlainHttp { host: shown });
    }
    let failed = |reason: String| ClientError::SignIn {
        method: "metadata-service",
        url: shown.clone(),
        reason,
        hint: "whatever set metadata_service_url (DATABRICKS_METADATA_SERVICE_URL) has to run still",
    };
    // Not through a proxy, whatever the system says.
    let direct = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let direct = direct.build().map_err(|it| failed(chain(&it)))?;
    let request = || {
        let request = direct.get(url.expose()).header("X-Databricks-Metadata-Version", "1");
        request.header("X-Databricks-Host", &config.host)
    };
    let answer = transport.patiently(Family::Other, &[url], request).await;
    let answer = answer.map_err(|it| failed(it.what.said()))?;
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let value = json["access_token"].as_str().filter(|it| !it.is_empty());
    let value = value.ok_or_else(|| failed("the answer has no access_token".to_owned()))?;
    let until = json["expires_on"].as_i64().or_else(|| json["expires_on"].as_str()?.parse().ok());
    let until = until.and_then(|it| Timestamp::from_second(it).ok());
    Ok(Token::until(Secret::new(value), until, transport))
}
