//! Who may ask: personal access tokens, and OAuth for machines with short-lived ones.
//!
//! <https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html> (read 2026-11-24)

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::answer::Asked;
use super::call::{Arguments, Principal};
use super::errors::Refusal;
use super::{Workspace, held};
use crate::random::Random;
use crate::time::Millis;

/// The personal access token that is good here.
pub const TOKEN: &str = "dapi-made-up";
/// The service principal: its application id.
pub const CLIENT_ID: &str = "5f0e1c1a-6b7d-4b52-9a55-2f4e4b0c7d11";
/// Its secret, with what an INI file or a form would have to quote.
pub const CLIENT_SECRET: &str = "dose-made-up;#+ %";

/// Tokens that were given out, and until when each is good.
#[derive(Default)]
pub(super) struct Tokens {
    given: BTreeMap<String, Millis>,
}

impl Tokens {
    /// None of them is good any longer.
    pub(super) fn expire(&mut self) {
        for until in self.given.values_mut() {
            *until = Millis::MIN;
        }
    }
}

impl Workspace {
    /// Discovery and the token endpoint, which ask for no token; none if the request is for something else.
    pub(super) fn without_token(&self, asked: &Asked) -> Option<Result<Value, Refusal>> {
        // What stands in front of the path, as the client knows it.
        let host = format!("http://{}", asked.host);
        match (asked.method.as_str(), asked.path.trim_end_matches('/')) {
            ("GET", "/.well-known/databricks-config") => {
                let contents = self.read();
                Some(Ok(json!({
                    "oidc_endpoint": format!("{host}/oidc"),
                    "account_id": contents.account_id,
                    "workspace_id": contents.id,
                    "cloud": contents.cloud.word(),
                    "token_federation_default_oidc_audiences": [],
                })))
            }
            ("GET", "/oidc/.well-known/oauth-authorization-server" | "/oidc/.well-known/openid-configuration") => {
                Some(Ok(json!({
                    "issuer": format!("{host}/oidc"),
                    "authorization_endpoint": format!("{host}/oidc/v1/authorize"),
                    "token_endpoint": format!("{host}/oidc/v1/token"),
                    "grant_types_supported": ["client_credentials"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                })))
            }
            ("POST", "/oidc/v1/token") => Some(self.give_token(asked)),
            _ => None,
        }
    }

    /// Client credentials, as HTTP Basic or in the form.
    fn give_token(&self, asked: &Asked) -> Result<Value, Refusal> {
        let form = Arguments::parse(&String::from_utf8_lossy(&asked.body));
        let named = match asked.authorization.as_deref().and_then(|it| it.strip_prefix("Basic ")) {
            Some(it) => basic(it),
            None => form.get("client_id").zip(form.get("client_secret")).map(|(a, b)| (a.to_owned(), b.to_owned())),
        };
        if named.is_none_or(|it| it != (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())) {
            return Err(Refusal::oauth(401, "invalid_client", "Client authentication failed"));
        }
        match form.get("grant_type") {
            Some("client_credentials") => {}
            Some(it) => {
                return Err(Refusal::oauth(400, "unsupported_grant_type", &format!("no such grant type: {it}")));
            }
            None => return Err(Refusal::oauth(400, "invalid_request", "grant_type is missing")),
        }
        let lifetime = held(&self.inner.settings).token_lifetime;
        // Who gives tokens has the right time; who looks at them may not.
        let skew = held(&self.inner.settings).skew;
        let until = self.now() - skew + lifetime.as_millis() as Millis;
        let mut tokens = held(&self.inner.tokens);
        let number = tokens.given.len();
        let token = format!("eyJ{}", Random::named(0, &format!("token {number}")).hex(61));
        tokens.given.insert(token.clone(), until);
        Ok(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime.as_secs(),
            "scope": form.get("scope").unwrap_or("all-apis"),
        }))
    }

    /// Whose token a request carries.
    pub(super) fn principal(&self, asked: &Asked) -> Result<Principal, Refusal> {
        let Some(token) = asked.authorization.as_deref().and_then(|it| it.strip_prefix("Bearer ")) else {
            return Err(Refusal::nobody());
        };
        if token == TOKEN {
            return Ok(Principal::User);
        }
        match held(&self.inner.tokens).given.get(token) {
            Some(until) if self.now() < *until => Ok(Principal::Service),
            Some(_) => Err(Refusal::expired()),
            None => Err(Refusal::stranger()),
        }
    }

    /// The service's clock.
    pub(super) fn now(&self) -> Millis {
        let settings = *held(&self.inner.settings);
        self.inner.until + settings.advanced.as_millis() as Millis + settings.skew
    }
}

/// Name and secret.
fn basic(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}
