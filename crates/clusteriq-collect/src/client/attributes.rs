//! What a configuration may say, under which names, and where each value came from.

use std::collections::BTreeMap;
use std::fmt;

use super::Secret;

/// The ways of signing in of which only one may be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pat,
    Basic,
    OAuth,
    Azure,
    Google,
    EnvOidc,
    FileOidc,
    MetadataService,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pat => "pat",
            Self::Basic => "basic",
            Self::OAuth => "oauth",
            Self::Azure => "azure",
            Self::Google => "google",
            Self::EnvOidc => "env-oidc",
            Self::FileOidc => "file-oidc",
            Self::MetadataService => "metadata-service",
        })
    }
}

/// One attribute of the unified configuration.
pub(crate) struct Attribute {
    /// Key in a profile, and what messages call it.
    pub(crate) name: &'static str,
    /// Environment variables, the first that is set counts.
    pub(crate) variables: &'static [&'static str],
    /// The way of signing in that it belongs to.
    pub(crate) kind: Option<Kind>,
}

const fn attribute(name: &'static str, variables: &'static [&'static str], kind: Option<Kind>) -> Attribute {
    Attribute { name, variables, kind }
}

/// The attributes that are read; others in a profile are left alone.
/// Names from <https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth>, read 2026-09.
pub(crate) const ALL: &[Attribute] = &[
    attribute("host", &["DATABRICKS_HOST"], None),
    attribute("token", &["DATABRICKS_TOKEN"], Some(Kind::Pat)),
    attribute("username", &["DATABRICKS_USERNAME"], Some(Kind::Basic)),
    attribute("password", &["DATABRICKS_PASSWORD"], Some(Kind::Basic)),
    attribute("client_id", &["DATABRICKS_CLIENT_ID"], Some(Kind::OAuth)),
    attribute("client_secret", &["DATABRICKS_CLIENT_SECRET"], Some(Kind::OAuth)),
    attribute("azure_workspace_resource_id", &["DATABRICKS_AZURE_RESOURCE_ID"], Some(Kind::Azure)),
    attribute("azure_client_id", &["ARM_CLIENT_ID"], Some(Kind::Azure)),
    attribute("azure_client_secret", &["ARM_CLIENT_SECRET"], Some(Kind::Azure)),
    attribute("azure_tenant_id", &["ARM_TENANT_ID"], Some(Kind::Azure)),
    attribute("azure_use_msi", &["ARM_USE_MSI"], Some(Kind::Azure)),
    attribute("azure_environment", &["ARM_ENVIRONMENT"], None),
    attribute("google_service_account", &["DATABRICKS_GOOGLE_SERVICE_ACCOUNT"], Some(Kind::Google)),
    attribute("google_credentials", &["GOOGLE_CREDENTIALS"], Some(Kind::Google)),
    attribute("oidc_token_env", &["DATABRICKS_OIDC_TOKEN_ENV"], Some(Kind::EnvOidc)),
    attribute(
        "oidc_token_filepath",
        &["DATABRICKS_OIDC_TOKEN_FILEPATH", "DATABRICKS_OIDC_TOKEN_FILE"],
        Some(Kind::FileOidc),
    ),
    attribute("token_audience", &["DATABRICKS_TOKEN_AUDIENCE"], None),
    attribute("metadata_service_url", &["DATABRICKS_METADATA_SERVICE_URL"], Some(Kind::MetadataService)),
    attribute("auth_type", &["DATABRICKS_AUTH_TYPE"], None),
    attribute("account_id", &["DATABRICKS_ACCOUNT_ID"], None),
    attribute("workspace_id", &["DATABRICKS_WORKSPACE_ID"], None),
    attribute("warehouse_id", &["DATABRICKS_WAREHOUSE_ID"], None),
    attribute("databricks_cli_path", &["DATABRICKS_CLI_PATH"], None),
    attribute("scopes", &[], None),
    attribute("http_timeout_seconds", &[], None),
    attribute("retry_timeout_seconds", &[], None),
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Given on the command line.
    Given,
    /// An environment variable.
    Variable(&'static str),
    /// A section of a profile file.
    Profile {
        /// The section.
        name: String,
        /// The file.
        file: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("given"),
            Self::Variable(it) => write!(f, "environment {it}"),
            Self::Profile { name, file } => write!(f, "profile {name} of {file}"),
        }
    }
}

/// Values with their origins. Every one is kept as a secret: which of them are, a misspelt profile does not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(BTreeMap<&'static str, (Secret, Origin)>);

impl Attributes {
    /// Takes a value, unless an earlier layer has one; empty ones are none.
    pub(crate) fn offer(&mut self, name: &'static str, value: &str, origin: Origin) {
        // A switch that is off is as good as none: it is no second way of signing in.
        let off = name == "azure_use_msi" && ["false", "0"].contains(&value.to_lowercase().as_str());
        if !value.is_empty() && !off {
            self.0.entry(name).or_insert_with(|| (Secret::new(value), origin));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|it| it.0.expose())
    }

    pub(crate) fn secret(&self, name: &str) -> Option<&Secret> {
        self.0.get(name).map(|it| &it.0)
    }

    pub(crate) fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.get(name).map(|it| &it.1)
    }

    /// Whether any attribute says where or how to sign in.
    pub(crate) fn says_how_to_sign_in(&self) -> bool {
        self.get("host").is_some() || !self.kinds().is_empty()
    }

    /// The ways of signing in that have an attribute.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let set = ALL.iter().filter(|it| self.get(it.name).is_some());
        let mut kinds: Vec<Kind> = set.filter_map(|it| it.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Names and origins, never values: `host (environment DATABRICKS_HOST), token (profile x of …)`.
    pub(crate) fn listed(&self) -> String {
        if self.0.is_empty() {
            return "nothing".to_owned();
        }
        let each: Vec<_> = self.0.iter().map(|(name, (_, origin))| format!("{name} ({origin})")).collect();
        each.join(", ")
    }
}
