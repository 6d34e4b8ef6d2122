//! What can go wrong between here and a workspace.

use std::time::Duration;

use super::answer::ServiceError;
use super::endpoint::Endpoint;

/// A failure to reach a workspace, to sign in or to read an answer. Messages say what was asked and what to do next; they hold
/// ids and the names of attributes, and no secrets.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The profile file is no INI file.
    #[error(
        "cannot read the profiles in {path}: {reason}\n\nhint: it has sections like [DEFAULT] with lines like `host = https://…`"
    )]
    ProfileFile {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The profile that was asked for is not in the file.
    #[error("{path} has no such profile: {profile}\n\nhint: it has {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    NoSuchProfile {
        /// Its name.
        profile: String,
        /// The file.
        path: String,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// A profile is named and there is no file.
    #[error(
        "there is no profile file to look for this profile: {profile}\n\nhint: profiles are in ~/.databrickscfg, or where DATABRICKS_CONFIG_FILE says"
    )]
    NoProfileFile {
        /// Its name.
        profile: String,
    },
    /// Nothing says which workspace.
    #[error(
        "no workspace is configured; found: {found}\n\nhint: set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile with `--profile`; `databricks auth login` makes one"
    )]
    NoHost {
        /// Attributes and where they are from.
        found: String,
    },
    /// The host is no address.
    #[error(
        "not the address of a workspace: {host}\n\nhint: it looks like https://dbc-a1b2c3d4-e5f6.cloud.databricks.com or https://adb-1234567890123456.7.azuredatabricks.net"
    )]
    BadHost {
        /// What was configured.
        host: String,
    },
    /// A token would be sent unencrypted to another machine.
    #[error(
        "tokens are not sent unencrypted: {host}\n\nhint: the address of a workspace begins with https://; plain http is only for a server on this machine (127.0.0.1)"
    )]
    PlainHttp {
        /// What was configured.
        host: String,
    },
    /// Several ways of signing in and no word about which.
    #[error(
        "more than one way of signing in is configured: {kinds}; found: {found}\n\nhint: remove one of them, or choose with auth_type (DATABRICKS_AUTH_TYPE)"
    )]
    SeveralMethods {
        /// The ways.
        kinds: String,
        /// Attributes and where they are from.
        found: String,
    },
    /// A way of signing in lacks an attribute.
    #[error("not enough is configured to sign in: {method}; found: {found}\n\nhint: {needs}")]
    Incomplete {
        /// The way.
        method: String,
        /// Attributes and where they are from.
        found: String,
        /// What it needs.
        needs: &'static str,
    },
    /// A way of signing in that Databricks knows and ClusterIQ does not yet.
    #[error("this way of signing in is not supported yet: {method}; found: {found}\n\nhint: use one of {}", .known.join(", "))]
    UnsupportedMethod {
        /// The way.
        method: String,
        /// Attributes and where they are from.
        found: String,
        /// The ways that are.
        known: &'static [&'static str],
    },
    /// `auth_type` names nothing.
    #[error("auth_type is not a way of signing in: {method}\n\nhint: use one of {}", .known.join(", "))]
    NoSuchMethod {
        /// What it says.
        method: String,
        /// The ways that there are.
        known: &'static [&'static str],
    },
    /// `azure_environment` names nothing.
    #[error("not a cloud of Azure: {environment}\n\nhint: ARM_ENVIRONMENT is PUBLIC, USGOVERNMENT or CHINA")]
    NoSuchAzure {
        /// What it says.
        environment: String,
    },
    /// A file with certificates cannot be used.
    #[error(
        "cannot use the certificates in {path}: {reason}\n\nhint: give a PEM file with the certificates of your proxy's authority"
    )]
    Certificates {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The HTTP client cannot be made.
    #[error("cannot set up HTTP: {reason}\n\nhint: check the proxy variables (HTTPS_PROXY, NO_PROXY)")]
    Setup {
        /// Why.
        reason: String,
    },
    /// A command line tool that should have given a token did not.
    #[error("no token from `{command}`: {reason}\n\nhint: {hint}")]
    Command {
        /// What was run.
        command: String,
        /// Why.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// Nothing is configured, and none of the command line tools has a token.
    #[error(
        "no way of signing in is configured, and no command line tool has a token: {azure}; {databricks}\n\nhint: sign in with `az login` or `databricks auth login`, or set DATABRICKS_TOKEN"
    )]
    NeitherCommand {
        /// What Azure's said.
        azure: String,
        /// What Databricks' said.
        databricks: String,
    },
    /// The token endpoint refused, or answered something else.
    #[error("cannot sign in with {method} at {url}: {reason}\n\nhint: {hint}")]
    SignIn {
        /// The way of signing in.
        method: &'static str,
        /// Where the token was asked for.
        url: String,
        /// What it said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// Nobody answered, or not to the end.
    #[error(
        "no answer from {host} to {path}: {reason}\n\nhint: check the host, the network and the proxy; ClusterIQ needs HTTPS to the workspace and nothing else"
    )]
    Unreachable {
        /// The host.
        host: String,
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The service answered with an error.
    #[error("{endpoint} answered {error}\n\nhint: {}", .endpoint.hint(.error))]
    Service {
        /// What was asked.
        endpoint: Endpoint,
        /// What it said.
        error: Box<ServiceError>,
    },
    /// The service asks to wait, longer than is left.
    #[error("{endpoint} is too busy: waited {} s in all, and the last answer was {last}\n\nhint: try again later; another tool may be using up the workspace's limits", .waited.as_secs())]
    Busy {
        /// What was asked.
        endpoint: Endpoint,
        /// How long it was tried.
        waited: Duration,
        /// The last answer.
        last: String,
    },
    /// An answer that is not what the documentation says.
    #[error(
        "{endpoint} answered something else than expected: {reason}\n\nhint: check that the host is a Databricks workspace; a proxy may have answered in its place"
    )]
    Odd {
        /// What was asked.
        endpoint: Endpoint,
        /// What was wrong.
        reason: String,
    },
    /// A list that leads in a circle.
    #[error("{endpoint} goes on without an end: {reason}\n\nhint: what was read until then is kept; try again later")]
    Endless {
        /// What was asked.
        endpoint: Endpoint,
        /// How it was noticed.
        reason: String,
    },
    /// A SQL statement failed.
    #[error("the statement about {about} ended as {state}: {message}\n\nhint: {hint}")]
    Statement {
        /// The table.
        about: String,
        /// `FAILED`, `CANCELED`, `CLOSED`, …
        state: String,
        /// What the warehouse said, shortened.
        message: String,
        /// What to do.
        hint: String,
    },
    /// No SQL warehouse is visible.
    #[error(
        "no SQL warehouse can be used, so the system tables cannot be read\n\nhint: grant CAN USE on a small serverless SQL warehouse, and name it with `--warehouse` or DATABRICKS_WAREHOUSE_ID"
    )]
    NoWarehouse,
    /// A result lies where it cannot be fetched from.
    #[error(
        "a result could not be fetched from {host}: {reason}\n\nhint: results come from the cloud's storage; let that host through the firewall or the proxy"
    )]
    Link {
        /// The host of the link; the link itself is secret.
        host: String,
        /// Why.
        reason: String,
    },
    /// What was collected cannot be written.
    #[error("cannot write {}: {source}\n\nhint: check that the folder exists and that you may write there", .path.display())]
    Write {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder to write to has something in it.
    #[error("the folder is not empty: {}\n\nhint: name a new folder, or empty this one", .path.display())]
    NotEmpty {
        /// The folder.
        path: std::path::PathBuf,
    },
    /// No answer said which workspace this is.
    #[error(
        "the workspace does not say its id: {host}\n\nhint: set workspace_id in the profile, or DATABRICKS_WORKSPACE_ID"
    )]
    NoWorkspaceId {
        /// The host.
        host: String,
    },
}

impl ClientError {
    /// A statement that failed; the hint follows from the class of the error, which stands in brackets.
    pub(crate) fn statement(about: &str, state: &str, message: &str) -> Self {
        let schema = about.rsplit_once('.').map_or(about, |it| it.0);
        let name = schema.rsplit('.').next().unwrap_or(schema);
        let hint = if message.contains("INSUFFICIENT_PERMISSIONS") || message.contains("PERMISSION_DENIED") {
            format!(
                "as an administrator of the metastore: GRANT USE CATALOG ON CATALOG system TO `your principal`; \
                 GRANT USE SCHEMA, SELECT ON SCHEMA {schema} TO `your principal`"
            )
        } else if message.contains("SCHEMA_NOT_FOUND") || message.contains("TABLE_OR_VIEW_NOT_FOUND") {
            format!(
                "as an administrator of the account: `databricks system-schemas enable METASTORE_ID {name}`; then \
                 GRANT USE SCHEMA, SELECT ON SCHEMA {schema} TO `your principal`"
            )
        } else {
            "run it in the SQL editor to see more; if it looks right, please report it with this message".to_owned()
        };
        let message = super::answer::shortened(message);
        Self::Statement { about: about.to_owned(), state: state.to_owned(), message, hint }
    }

    /// Whether a table is not there, or may not be read.
    pub(crate) fn is_about_a_table(&self) -> bool {
        let Self::Statement { message, .. } = self else { return false };
        ["INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED", "SCHEMA_NOT_FOUND", "TABLE_OR_VIEW_NOT_FOUND"]
            .iter()
            .any(|it| message.contains(it))
    }

    /// Whether a result is more than can be given out at once.
    pub(crate) fn is_too_large(&self) -> bool {
        let Self::Statement { state, message, .. } = self else { return false };
        state == "TOO_LARGE" || message.to_lowercase().contains("byte limit")
    }

    /// Whether a result was there and is not any more: it is kept for an hour.
    pub(crate) fn is_result_gone(&self) -> bool {
        match self {
            Self::Statement { state, .. } => state == "CLOSED",
            Self::Service { endpoint, error } => {
                matches!(endpoint, Endpoint::Statement | Endpoint::StatementChunk) && error.status == 404
            }
            _ => false,
        }
    }

    /// Whether this one call was refused, because a permission is missing or the workspace has no such API, and others may
    /// be answered. A token that is no good is another matter.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let Self::Service { error, .. } = self else { return false };
        matches!(error.status, 403 | 404) && !error.is_about_the_token()
    }

    /// Whether the thing that was asked for is not there: deleted meanwhile. Clusters, jobs and runs that are gone are
    /// answered with 400 and a sentence, or with 404.
    pub(crate) fn is_gone(&self) -> bool {
        let Self::Service { error, .. } = self else { return false };
        match error.status {
            404 => error.code != "ENDPOINT_NOT_FOUND",
            400 => error.message.contains("does not exist"),
            _ => false,
        }
    }

    /// The message and what to do, apart.
    #[must_use]
    pub fn message_and_hint(&self) -> (String, String) {
        let text = self.to_string();
        let (message, hint) = text.split_once("\n\nhint: ").unwrap_or((&text, ""));
        (message.to_owned(), hint.to_owned())
    }
}
