//! Whether a list can be read at all, and as whom: a small first page of each.

use jiff::Timestamp;
use serde_json::Value;

use super::{Since, Source, cluster_events, text};
use crate::client::{Call, Client, ClientError, Endpoint, Pages};

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// User name, or the application id of a service principal.
    pub name: String,
    /// Whether they administer the workspace, and so see everything in it.
    pub is_admin: bool,
}

/// What a first page showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// There is something.
    Something,
    /// It can be asked for, and nothing is visible.
    Nothing,
    /// It could not be tried, because it belongs to a cluster and no cluster is visible.
    NotTried,
}

/// Asks who the token belongs to.
///
/// # Errors
///
/// The workspace cannot be reached, or signing in failed.
pub async fn who(client: &Client) -> Result<Who, ClientError> {
    let body = client.call(&Call::new(Endpoint::Me)).await?;
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    let name = ["userName", "displayName", "id"].iter().find_map(|it| json[*it].as_str()).unwrap_or("somebody");
    let groups = json["groups"].as_array();
    let is_admin = groups.into_iter().flatten().any(|it| it["display"] == "admins");
    Ok(Who { name: name.to_owned(), is_admin })
}

/// Asks for a first page, as small as it can be.
///
/// # Errors
///
/// The service refuses, or cannot be reached.
pub async fn probe(source: Source, client: &Client, now: Timestamp) -> Result<Probe, ClientError> {
    let endpoint = source.endpoint();
    let call = match source {
        Source::Clusters => Call::new(endpoint).with("page_size", "1"),
        Source::Jobs | Source::Runs => Call::new(endpoint).with("limit", "1"),
        Source::Pipelines => Call::new(endpoint).with("max_results", "1"),
        Source::ClusterEvents => {
            let clusters = Call::new(Endpoint::Clusters).with("page_size", "1");
            let first = Pages::of(client, clusters).next().await?.and_then(|it| text(it.items.first()?, "cluster_id"));
            let Some(id) = first else { return Ok(Probe::NotTried) };
            let day = jiff::SignedDuration::from_hours(24);
            cluster_events::call(&id, Since { from: now - day, until: now })
        }
        Source::InstancePools | Source::Policies | Source::Warehouses | Source::NodeTypes | Source::SparkVersions => {
            Call::new(endpoint)
        }
    };
    let page = Pages::of(client, call).next().await?;
    Ok(if page.is_some_and(|it| !it.items.is_empty()) { Probe::Something } else { Probe::Nothing })
}
