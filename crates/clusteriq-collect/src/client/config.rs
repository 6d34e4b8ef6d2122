//! From arguments, environment and profile to one configuration: which host, and how to sign in.

use std::collections::BTreeMap;
use std::time::Duration;

use super::attributes::{ALL, Attributes, Origin};
use super::azure_cloud::AzureCloud;
use super::error::ClientError;
use super::method::{self, Method};
use super::profile::{self, ProfileFile};

/// Everything a configuration may come from. Earlier fields win over later ones, attribute by attribute.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Values given outright, by the attribute's name in a profile.
    pub given: BTreeMap<&'static str, String>,
    /// The environment, as the binary read it.
    pub environment: BTreeMap<String, String>,
    /// The profile that was asked for; else `DATABRICKS_CONFIG_PROFILE` names one.
    pub profile: Option<String>,
    /// The profile file; `None` if there is none.
    pub file: Option<ProfileFile>,
}

/// A configuration that can be tried.
#[derive(Clone, Debug)]
pub struct Config {
    /// `https://…`, without a path.
    pub host: String,
    pub(crate) method: Method,
    pub(crate) workspace_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) warehouse_id: Option<String>,
    pub(crate) azure_resource: Option<String>,
    pub(crate) azure: AzureCloud,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) retry_budget: Option<Duration>,
    found: Attributes,
}

impl Config {
    /// Puts the layers together and picks the way of signing in that they name.
    ///
    /// # Errors
    ///
    /// A profile is missing, no host is known, several ways of signing in are configured at once, or the one that is
    /// configured is not supported, or would send a token unencrypted to another machine. The message lists which attributes were found and where, never their values.
    pub fn resolve(layers: &Layers) -> Result<Self, ClientError> {
        let found = merged(layers)?;
        let Some(host) = found.get("host") else {
            return Err(ClientError::NoHost { found: found.listed() });
        };
        // Before an @ there may be a password.
        let shown = || host.rsplit('@').next().unwrap_or_default().to_owned();
        let host = host_of(host).ok_or_else(|| ClientError::BadHost { host: shown() })?;
        if is_in_the_clear(&host) {
            return Err(ClientError::PlainHttp { host });
        }
        let method = method::choose(&found, &layers.environment, &host)?;
        let text = |name: &str| found.get(name).map(str::to_owned);
        let azure = AzureCloud::of(found.get("azure_environment"), &host)?;
        let seconds = |name: &str| found.get(name).and_then(|it| it.parse().ok()).map(Duration::from_secs);
        Ok(Self {
            method,
            azure,
            workspace_id: text("workspace_id"),
            account_id: text("account_id"),
            warehouse_id: text("warehouse_id"),
            azure_resource: text("azure_workspace_resource_id"),
            request_timeout: seconds("http_timeout_seconds"),
            retry_budget: seconds("retry_timeout_seconds"),
            host,
            found,
        })
    }

    /// The way of signing in, as `auth_type` calls it.
    #[must_use]
    pub fn method_name(&self) -> &'static str {
        self.method.name()
    }

    /// Which attributes were found, and where; no values.
    #[must_use]
    pub fn origins(&self) -> String {
        self.found.listed()
    }

    /// What is worth a word before anything is sent: values of different places that were put together.
    #[must_use]
    pub fn notes(&self, named: Option<&str>) -> Vec<String> {
        let mut notes = vec![];
        let host = self.found.origin("host");
        if let (Some(profile), Some(origin @ Origin::Variable(_))) = (named, host) {
            notes.push(format!("the host is not the one of profile {profile}, because this goes before it: {origin}"));
        }
        let secrets = ["token", "client_secret", "azure_client_secret", "google_credentials"];
        let secret = secrets.into_iter().find_map(|it| self.found.origin(it));
        if let (Some(host), Some(secret)) = (host, secret)
            && std::mem::discriminant(host) != std::mem::discriminant(secret)
        {
            notes.push(format!("the host is from {host} and the secret from {secret}; are they meant for each other?"));
        }
        notes
    }
}

fn merged(layers: &Layers) -> Result<Attributes, ClientError> {
    let mut found = Attributes::default();
    let variable = |name: &str| layers.environment.get(name).map(String::as_str).filter(|it| !it.is_empty());
    for it in ALL {
        if let Some(value) = layers.given.get(it.name) {
            found.offer(it.name, value, Origin::Given);
        }
    }
    for it in ALL {
        for name in it.variables {
            if let Some(value) = variable(name) {
                found.offer(it.name, value, Origin::Variable(name));
            }
        }
    }
    let named = layers.profile.as_deref().or_else(|| variable("DATABRICKS_CONFIG_PROFILE"));
    // With a host or a credential from before, an unnamed profile is not looked at, or two half configurations would mix.
    if named.is_none() && found.says_how_to_sign_in() {
        return Ok(found);
    }
    match (&layers.file, named) {
        (Some(file), named) => {
            let keys = profile::read(file, named)?.unwrap_or_default();
            let name = named.unwrap_or(profile::DEFAULT).to_owned();
            for it in ALL {
                if let Some(value) = keys.get(it.name) {
                    found.offer(it.name, value, Origin::Profile { name: name.clone(), file: file.path.clone() });
                }
            }
        }
        (None, Some(profile)) => return Err(ClientError::NoProfileFile { profile: profile.to_owned() }),
        (None, None) => {}
    }
    Ok(found)
}

/// The host with a scheme and without a path, a trailing slash or the port that is understood; `None` for what is no host.
fn host_of(text: &str) -> Option<String> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = reqwest::Url::parse(&text).ok()?;
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    // The origin leaves out the port of the scheme.
    url.host_str().map(|_| url.origin().ascii_serialization())
}

/// Whether what is sent there can be read on the way: everything but https leaves this machine in the clear.
pub(super) fn is_in_the_clear(host: &str) -> bool {
    host.starts_with("http://") && !is_this_machine(host)
}

/// Whether a host is this machine itself, without a service whose limits could be met.
pub(super) fn is_this_machine(host: &str) -> bool {
    let Some(rest) = host.strip_prefix("http://") else { return false };
    let name = match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests;
