//! Service accounts of Google: an ID token whose audience is the workspace.
//!
//! <https://docs.databricks.com/gcp/dev-tools/authentication-google-id>, read 2026-11; how a key asks for an ID token: google-auth
//! for Python 2.63.0. The second token, in `X-Databricks-GCP-SA-Access-Token`, is for calls at the level of the account
//! (databricks-sdk for Python 0.162.0), of which none is made.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Token, command};
use crate::client::Secret;
use crate::client::config::{Config, is_in_the_clear};
use crate::client::endpoint::Family;
use crate::client::error::ClientError;
use crate::client::transport::Transport;

/// Whom a request for a token is addressed to, wherever it is sent, and where it is sent unless the key says.
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// Life of such a request, and the longest that Google takes.
const LIFE_SECONDS: i64 = 3600;

/// What is needed of the key of a service account.
#[derive(Deserialize)]
struct Key {
    client_email: String,
    private_key: Secret,
    #[serde(default)]
    private_key_id: String,
    token_uri: Option<String>,
}

/// An ID token by a key: the JSON, or the path of a file with it.
pub(super) async fn credentials(key: &Secret, config: &Config, transport: &Transport) -> Result<Token, ClientError> {
    let is_json = key.expose().trim_start().starts_with('{');
    let place = if is_json { "google_credentials" } else { key.expose() };
    let failed = |url: &str, reason: String| ClientError::SignIn {
        method: "google-credentials",
        url: url.to_owned(),
        reason,
        hint: "google_credentials (GOOGLE_CREDENTIALS) is the JSON key of a service account, or the path of a file with it",
    };
    let text = if is_json {
        key.clone()
    } else {
        Secret::new(std::fs::read_to_string(key.expose()).map_err(|it| failed(place, it.to_string()))?)
    };
    // What the parser complains about may be the key itself.
    let no_key = |_| failed(place, "it is no key of a service account".to_owned());
    let key: Key = serde_json::from_str(text.expose()).map_err(no_key)?;
    let url = key.token_uri.as_deref().unwrap_or(TOKENS);
    if is_in_the_clear(url) {
        return Err(ClientError::PlainHttp { host: url.to_owned() });
    }
    let now = transport.clock.wall().as_second();
    let assertion = Secret::new(assertion(&key, &config.host, now).map_err(|it| failed(place, it))?);
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
    let request = || transport.http.post(url).form(&form);
    let answer = transport.patiently(Family::Other, &[&assertion], request).await;
    let answer = answer.map_err(|it| failed(url, it.what.said()))?;
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let token = json["id_token"].as_str().filter(|it| !it.is_empty());
    let token = token.ok_or_else(|| failed(url, "the answer has no id_token".to_owned()))?;
    Ok(Token::until(Secret::new(token), expiry(token), transport))
}

/// An ID token by Google's command line, in the name of the service account.
pub(super) async fn id(account: &str, config: &Config, transport: &Transport) -> Result<Token, ClientError> {
    let token = command::google("gcloud", account, &config.host).await?;
    let until = expiry(token.expose());
    Ok(Token::until(token, until, transport))
}

/// The signed request for an ID token: a JWT with RS256.
fn assertion(key: &Key, audience: &str, now: i64) -> Result<String, String> {
    let head = json!({"alg": "RS256", "kid": key.private_key_id, "typ": "JWT"});
    let claims = json!({
        "iss": key.client_email, "aud": TOKENS, "target_audience": audience,
        "iat": now, "exp": now + LIFE_SECONDS,
    });
    let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
    let der = PrivateKeyDer::from_pem_slice(key.private_key.expose().as_bytes()).ok();
    let rsa = der.and_then(|it| rustls::crypto::ring::sign::any_supported_type(&it).ok());
    let signer = rsa.and_then(|it| it.choose_scheme(&[rustls::SignatureScheme::RSA_PKCS1_SHA256]));
    let signature = signer.and_then(|it| it.sign(text.as_bytes()).ok());
    let signature = signature.ok_or("its private_key is no RSA key in PEM")?;
    Ok(format!("{text}.{}", BASE64.encode(signature)))
}

/// When a JWT expires, as it says.
fn expiry(jwt: &str) -> Option<Timestamp> {
    let claims = BASE64.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims["exp"].as_i64()?).ok()
}
