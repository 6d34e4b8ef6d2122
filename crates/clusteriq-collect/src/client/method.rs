//! The ways of signing in, and which one a configuration means.

use std::collections::BTreeMap;

use super::Secret;
use super::attributes::{Attributes, Kind};
use super::azure_cloud::is_azure;
use super::error::ClientError;

/// How to sign in.
#[derive(Clone, Debug)]
pub(crate) enum Method {
    /// A personal access token or any other bearer.
    Pat { token: Secret },
    /// A service on this machine that has a token: a development environment puts it there.
    MetadataService { url: Secret },
    /// A service principal of Databricks.
    OAuthM2m { client_id: String, client_secret: Secret, scope: String },
    /// Somebody else's ID token, exchanged for one of Databricks; without a client it stands for whom it names.
    Federation { source: IdTokenSource, client_id: Option<String>, scope: String },
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
    /// A service account of Google by its key: JSON, or the path of a file with it.
    GoogleCredentials { key: Secret },
    /// A service account of Google, by whoever is signed in to Google's command line and may act as it.
    GoogleId { account: String },
}

/// Where an ID token comes from.
#[derive(Clone, Debug)]
pub(crate) enum IdTokenSource {
    /// It stood in the environment.
    Environment { token: Secret },
    /// It stands in a file, whose content may change.
    File { path: String },
    /// GitHub gives one to each job of a workflow: for this audience, else for the token endpoint.
    GitHub { url: String, bearer: Secret, audience: Option<String> },
}

impl Method {
    /// The name that `auth_type` has for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pat { .. } => "pat",
            Self::MetadataService { .. } => "metadata-service",
            Self::OAuthM2m { .. } => "oauth-m2m",
            Self::Federation { source: IdTokenSource::Environment { .. }, .. } => "env-oidc",
            Self::Federation { source: IdTokenSource::File { .. }, .. } => "file-oidc",
            Self::Federation { source: IdTokenSource::GitHub { .. }, .. } => "github-oidc",
            Self::AzureClientSecret { .. } => "azure-client-secret",
            Self::AzureMsi { .. } => "azure-msi",
            Self::AzureCli => "azure-cli",
            Self::DatabricksCli { .. } => "databricks-cli",
            Self::EitherCli { .. } => "azure-cli or databricks-cli",
            Self::GoogleCredentials { .. } => "google-credentials",
            Self::GoogleId { .. } => "google-id",
        }
    }
}

/// The methods that Databricks' clients know and this one does not.
const UNSUPPORTED: &[&str] = &[
    "basic",
    "github-oidc-azure",
    "azure-devops-oidc",
    "external-browser",
    "runtime-oauth",
    "runtime",
    "model-serving",
];

/// In the order in which Databricks' clients try them:
/// <https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth>, read 2026-09, and databricks-sdk for Python 0.162.0.
const SUPPORTED: &[&str] = &[
    "pat",
    "metadata-service",
    "oauth-m2m",
    "env-oidc",
    "file-oidc",
    "github-oidc",
    "azure-client-secret",
    "azure-msi",
    "azure-cli",
    "databricks-cli",
    "google-credentials",
    "google-id",
];

/// What each of them needs beside the host.
fn needs(method: &str) -> &'static str {
    match method {
        "pat" => "pat needs token",
        "metadata-service" => "metadata-service needs metadata_service_url (DATABRICKS_METADATA_SERVICE_URL)",
        "oauth-m2m" => "oauth-m2m needs client_id and client_secret",
        "env-oidc" => {
            "env-oidc needs an ID token in the variable DATABRICKS_OIDC_TOKEN, or in the one that oidc_token_env names"
        }
        "file-oidc" => "file-oidc needs oidc_token_filepath (DATABRICKS_OIDC_TOKEN_FILEPATH)",
        "github-oidc" => "github-oidc needs client_id, and a job of GitHub Actions with `permissions: id-token: write`",
        "azure-client-secret" => "azure-client-secret needs azure_client_id and azure_client_secret",
        "azure-msi" => "azure-msi needs azure_use_msi",
        "google-credentials" => "google-credentials needs google_credentials (GOOGLE_CREDENTIALS)",
        "google-id" => "google-id needs google_service_account (DATABRICKS_GOOGLE_SERVICE_ACCOUNT)",
        _ => "set DATABRICKS_TOKEN, or name a way of signing in with auth_type",
    }
}

/// The method that is asked for, else the first in order that has what it needs.
///
/// # Errors
///
/// Several are configured at once, or the one that is lacks something or is not supported.
pub(crate) fn choose(
    found: &Attributes,
    environment: &BTreeMap<String, String>,
    host: &str,
) -> Result<Method, ClientError> {
    let lacking = |method: &str| {
        let (method, needs) = (method.to_owned(), needs(method));
        Err(ClientError::Incomplete { method, found: found.listed(), needs })
    };
    if let Some(asked) = found.get("auth_type") {
        return match SUPPORTED.iter().find(|it| **it == asked) {
            Some(name) => method(name, found, environment).map_or_else(|| lacking(name), Ok),
            None if UNSUPPORTED.contains(&asked) => Err(unsupported(asked, found)),
            None => Err(ClientError::NoSuchMethod { method: asked.to_owned(), known: SUPPORTED }),
        };
    }
    let kinds = found.kinds();
    if kinds.len() > 1 {
        let kinds: Vec<_> = kinds.iter().map(Kind::to_string).collect();
        return Err(ClientError::SeveralMethods { kinds: kinds.join(" and "), found: found.listed() });
    }
    let kind = kinds.first().copied();
    if kind == Some(Kind::Basic) {
        return Err(unsupported("basic", found));
    }
    // The command lines are tried only where nothing else is configured.
    let order = SUPPORTED.iter().filter(|it| match **it {
        "azure-cli" => kind == Some(Kind::Azure),
        "databricks-cli" => kind.is_none(),
        _ => true,
    });
    match order.filter_map(|it| method(it, found, environment)).next() {
        Some(Method::DatabricksCli { program }) if is_azure(host) => Ok(Method::EitherCli { program }),
        Some(it) => Ok(it),
        None if kind == Some(Kind::OAuth) => lacking("oauth-m2m"),
        None if kind == Some(Kind::EnvOidc) => lacking("env-oidc"),
        None => lacking("any"),
    }
}

fn unsupported(method: &str, found: &Attributes) -> ClientError {
    ClientError::UnsupportedMethod { method: method.to_owned(), found: found.listed(), known: SUPPORTED }
}

/// The method, if it has what it needs.
fn method(name: &str, found: &Attributes, environment: &BTreeMap<String, String>) -> Option<Method> {
    let text = |name: &str| found.get(name).map(str::to_owned);
    let secret = |name: &str| found.secret(name).cloned();
    let variable = |name: &str| environment.get(name).filter(|it| !it.is_empty()).cloned();
    let scope = || text("scopes").map_or_else(|| "all-apis".to_owned(), |it| spaced(&it));
    let federation = |source| Method::Federation { source, client_id: text("client_id"), scope: scope() };
    Some(match name {
        "pat" => Method::Pat { token: secret("token")? },
        "metadata-service" => Method::MetadataService { url: secret("metadata_service_url")? },
        "oauth-m2m" => {
            Method::OAuthM2m { client_id: text("client_id")?, client_secret: secret("client_secret")?, scope: scope() }
        }
        "env-oidc" => {
            let name = found.get("oidc_token_env").unwrap_or("DATABRICKS_OIDC_TOKEN");
            federation(IdTokenSource::Environment { token: Secret::new(variable(name)?) })
        }
        "file-oidc" => federation(IdTokenSource::File { path: text("oidc_token_filepath")? }),
        "github-oidc" => {
            found.get("client_id")?;
            federation(IdTokenSource::GitHub {
                url: variable("ACTIONS_ID_TOKEN_REQUEST_URL")?,
                bearer: Secret::new(variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?),
                audience: text("token_audience"),
            })
        }
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
        "google-credentials" => Method::GoogleCredentials { key: secret("google_credentials")? },
        "google-id" => Method::GoogleId { account: text("google_service_account")? },
        _ => return None,
    })
}

fn spaced(scopes: &str) -> String {
    scopes.split([',', ' ']).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}
