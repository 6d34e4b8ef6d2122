//! Where Azure signs people in, per cloud.

use super::error::ClientError;

/// The application id of Azure Databricks, the same in every tenant: the audience of tokens for a workspace.
/// <https://learn.microsoft.com/azure/databricks/dev-tools/auth/>, read 2026-09.
pub(crate) const DATABRICKS_APP: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

/// Whether a workspace is on Azure, by its address.
pub(crate) fn is_azure(host: &str) -> bool {
    [".azuredatabricks.net", ".databricks.azure.us", ".databricks.azure.cn"].iter().any(|it| host.ends_with(it))
}

/// The services of one Azure cloud. Tests put a server of their own in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AzureCloud {
    /// Where tokens are asked for.
    pub(crate) login: String,
    /// The audience of tokens that manage resources.
    pub(crate) management: String,
    /// Where a machine of the cloud asks for tokens of its own identity.
    pub(crate) metadata: String,
}

impl AzureCloud {
    /// By `azure_environment`, else by the host's domain.
    /// <https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure>, read 2026-09.
    pub(crate) fn of(environment: Option<&str>, host: &str) -> Result<Self, ClientError> {
        let by_host = || {
            if host.ends_with(".databricks.azure.us") {
                "USGOVERNMENT"
            } else if host.ends_with(".databricks.azure.cn") {
                "CHINA"
            } else {
                "PUBLIC"
            }
        };
        let name = environment.map_or_else(|| by_host().to_owned(), str::to_uppercase);
        let (login, management) = match name.as_str() {
            "PUBLIC" => ("https://login.microsoftonline.com", "https://management.core.windows.net/"),
            "USGOVERNMENT" => ("https://login.microsoftonline.us", "https://management.core.usgovcloudapi.net/"),
            "CHINA" => ("https://login.chinacloudapi.cn", "https://management.core.chinacloudapi.cn/"),
            _ => return Err(ClientError::NoSuchAzure { environment: environment.unwrap_or_default().to_owned() }),
        };
        Ok(Self {
            login: login.to_owned(),
            management: management.to_owned(),
            metadata: "http://169.254.169.254".to_owned(),
        })
    }
}
