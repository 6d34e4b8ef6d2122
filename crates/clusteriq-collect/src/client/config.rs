//! From arguments, environment and profile to one configuration: which host, and how to sign in.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Secret;
use super::attributes::{ALL, Attributes, Kind, Origin};
use super::azure_cloud::{AzureCloud, is_azure};
use super::error::ClientError;
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

/// How to sign in.
#[derive(Clone, Debug)]
pub(crate) enum Method {
    /// A personal access token or any other bearer.
    Pat { token: Secret },
    /// A service principal of Databricks.
    OAuthM2m { client_id: String, client_secret: Secret, scope: String },
    /// A service principal of Azure; the tenant is asked of the workspace if it is not known.
    AzureClientSecret { tenant: Option<String>, client_id: String, client_secret: Secret },
    /// The identity of the Azure machine this runs on.
    AzureMsi { client_id: Option<String> },
    /// Whoever is signed in to Azure's command line.
    AzureCli,
    /// Whoever is signed in to Databricks' command line.
    DatabricksCli { program: String },
    /// Nothing is configured for a workspace on Azure: whoever is signed in to Azure's command line, else to Databricks'.
    EitherCli { program: String },
}

impl Method {
    /// The name that `auth_type` has for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pat { .. } => "pat",
            Self::OAuthM2m { .. } => "oauth-m2m",
            Self::AzureClientSecret { .. } => "azure-client-secret",
            Self::AzureMsi { .. } => "azure-msi",
            Self::AzureCli => "azure-cli",
            Self::DatabricksCli { .. } => "databricks-cli",
            Self::EitherCli { .. } => "azure-cli or databricks-cli",
        }
    }
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

/// The methods that Databricks' clients know and this one does not.
const UNSUPPORTED: &[&str] = &[
    "basic",
    "metadata-service",
    "env-oidc",
    "file-oidc",
    "github-oidc",
    "github-oidc-azure",
    "azure-devops-oidc",
    "external-browser",
    "runtime-oauth",
    "runtime",
    "google-credentials",
    "google-id",
    "model-serving",
];

/// In the order in which Databricks' clients try them:
/// <https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth>, read 2026-09.
const SUPPORTED: &[&str] = &["pat", "oauth-m2m", "azure-client-secret", "azure-msi", "azure-cli", "databricks-cli"];

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
        let method = match method(&found)? {
            Method::DatabricksCli { program } if found.get("auth_type").is_none() && is_azure(&host) => {
                Method::EitherCli { program }
            }
            it => it,
        };
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
        let secret = ["token", "client_secret", "azure_client_secret"].into_iter().find_map(|it| self.found.origin(it));
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

fn method(found: &Attributes) -> Result<Method, ClientError> {
    if let Some(asked) = found.get("auth_type") {
        return match SUPPORTED.iter().find(|it| **it == asked) {
            Some(name) => try_method(name, found)
                .ok_or_else(|| ClientError::Incomplete { method: asked.to_owned(), found: found.listed() }),
            None if UNSUPPORTED.contains(&asked) => Err(unsupported(asked, found)),
            None => Err(ClientError::NoSuchMethod { method: asked.to_owned(), known: SUPPORTED }),
        };
    }
    let kinds = found.kinds();
    // It comes with a client_id, which is no second way.
    if kinds.contains(&Kind::Federation) {
        return Err(unsupported("file-oidc", found));
    }
    if kinds.len() > 1 {
        let kinds: Vec<_> = kinds.iter().map(Kind::to_string).collect();
        return Err(ClientError::SeveralMethods { kinds: kinds.join(" and "), found: found.listed() });
    }
    match kinds.first() {
        Some(Kind::Basic) => return Err(unsupported("basic", found)),
        Some(Kind::Google) => return Err(unsupported("google-credentials", found)),
        Some(Kind::Pat | Kind::OAuth | Kind::Azure | Kind::Federation) | None => {}
    }
    // The names of the command lines are tried only where nothing else is configured.
    let order = SUPPORTED.iter().filter(|it| match **it {
        "azure-cli" => matches!(kinds.first(), Some(Kind::Azure)),
        "databricks-cli" => kinds.is_empty(),
        _ => true,
    });
    order.filter_map(|it| try_method(it, found)).next().ok_or_else(|| {
        let half = kinds.first().map_or("any", |it| if *it == Kind::OAuth { "oauth-m2m" } else { "azure" });
        ClientError::Incomplete { method: half.to_owned(), found: found.listed() }
    })
}

fn unsupported(method: &str, found: &Attributes) -> ClientError {
    ClientError::UnsupportedMethod { method: method.to_owned(), found: found.listed(), known: SUPPORTED }
}

/// The method, if it has what it needs.
fn try_method(name: &str, found: &Attributes) -> Option<Method> {
    let text = |name: &str| found.get(name).map(str::to_owned);
    let secret = |name: &str| found.secret(name).cloned();
    Some(match name {
        "pat" => Method::Pat { token: secret("token")? },
        "oauth-m2m" => Method::OAuthM2m {
            client_id: text("client_id")?,
            client_secret: secret("client_secret")?,
            scope: text("scopes").map_or_else(|| "all-apis".to_owned(), |it| spaced(&it)),
        },
        "azure-client-secret" => Method::AzureClientSecret {
            tenant: text("azure_tenant_id"),
            client_id: text("azure_client_id")?,
            client_secret: secret("azure_client_secret")?,
        },
        "azure-msi" => {
            let on = found.get("azure_use_msi").is_some_and(|it| ["true", "1"].contains(&it.to_lowercase().as_str()));
            on.then(|| Method::AzureMsi { client_id: text("azure_client_id") })?
        }
        "azure-cli" => Method::AzureCli,
        "databricks-cli" => {
            Method::DatabricksCli { program: text("databricks_cli_path").unwrap_or_else(|| "databricks".to_owned()) }
        }
        _ => return None,
    })
}

fn spaced(scopes: &str) -> String {
    scopes.split([',', ' ']).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
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
fn is_in_the_clear(host: &str) -> bool {
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
