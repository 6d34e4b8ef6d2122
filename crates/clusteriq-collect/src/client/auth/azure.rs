//! Service principals and managed identities of Azure.
//!
//! <https://learn.microsoft.com/azure/databricks/dev-tools/auth/azure-sp>, read 2026-09.

use super::oauth::token_from;
use super::{Audience, Token};
use crate::client::Secret;
use crate::client::azure_cloud::DATABRICKS_APP;
use crate::client::config::Config;
use crate::client::endpoint::Family;
use crate::client::error::ClientError;
use crate::client::transport::Transport;

/// What a token has to be for.
pub(super) fn resource(config: &Config, audience: Audience) -> &str {
    match audience {
        Audience::Workspace => DATABRICKS_APP,
        Audience::Management => &config.azure.management,
    }
}

/// A token for a service principal with a secret.
pub(super) async fn client_secret(
    config: &Config,
    tenant: Option<&str>,
    client_id: &str,
    secret: &Secret,
    audience: Audience,
    transport: &Transport,
) -> Result<Token, ClientError> {
    let tenant = match tenant {
        Some(it) => it.to_owned(),
        None => tenant_of(config, transport).await?,
    };
    let url = format!("{}/{tenant}/oauth2/token", config.azure.login);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret.expose()),
        ("resource", resource(config, audience)),
    ];
    let request = || transport.http.post(&url).form(&form);
    let answer = transport.patiently(Family::Other, &[secret], request).await;
    token_from(answer, transport).map_err(|reason| ClientError::SignIn {
        method: "azure-client-secret",
        url,
        reason,
        hint: "check azure_tenant_id, azure_client_id and azure_client_secret, and whether the secret has expired",
    })
}

/// A token of the machine's own identity.
pub(super) async fn msi(
    config: &Config,
    client_id: Option<&str>,
    audience: Audience,
    transport: &Transport,
) -> Result<Token, ClientError> {
    let url = format!("{}/metadata/identity/oauth2/token", config.azure.metadata);
    let mut query = vec![("api-version", "2018-02-01"), ("resource", resource(config, audience))];
    query.extend(client_id.map(|it| ("client_id", it)));
    let request = || transport.http.get(&url).header("Metadata", "true").query(&query);
    let answer = transport.patiently(Family::Other, &[], request).await;
    token_from(answer, transport).map_err(|reason| ClientError::SignIn {
        method: "azure-msi",
        url,
        reason,
        hint: "this works on an Azure machine with a managed identity only; azure_client_id chooses among several",
    })
}

/// The tenant of a workspace: it sends people who sign in to their tenant's page.
async fn tenant_of(config: &Config, transport: &Transport) -> Result<String, ClientError> {
    let url = format!("{}/aad/auth", config.host);
    let response = transport.http.get(&url).send().await;
    let location = response.ok().and_then(|it| Some(it.headers().get("location")?.to_str().ok()?.to_owned()));
    let url_of = location.and_then(|it| reqwest::Url::parse(&it).ok());
    let tenant = url_of.and_then(|it| it.path_segments()?.next().filter(|it| !it.is_empty()).map(str::to_owned));
    tenant.ok_or_else(|| ClientError::SignIn {
        method: "azure-client-secret",
        url,
        reason: "the workspace does not say which tenant it belongs to".to_owned(),
        hint: "set azure_tenant_id (ARM_TENANT_ID)",
    })
}
