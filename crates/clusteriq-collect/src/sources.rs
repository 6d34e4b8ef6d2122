//! What is read from a workspace: one file per list, each giving the objects as the service wrote them.

mod cluster_events;
mod clusters;
mod instance_pools;
mod jobs;
mod node_types;
mod pipelines;
mod policies;
mod probe;
mod runs;
mod spark_versions;
mod warehouses;
mod whole;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::client::{Call, Client, ClientError, Endpoint, IN_FLIGHT, Pages};
use crate::json;

pub use probe::{Probe, Who, probe, who};

/// A list that can be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// All-purpose and job clusters.
    Clusters,
    /// Jobs with all their tasks.
    Jobs,
    /// Instance pools.
    InstancePools,
    /// Pipelines with their specifications.
    Pipelines,
    /// Cluster policies.
    Policies,
    /// SQL warehouses.
    Warehouses,
    /// Runs of jobs with their tasks.
    Runs,
    /// Events of the clusters that people made.
    ClusterEvents,
    /// Node types of the region.
    NodeTypes,
    /// Runtimes.
    SparkVersions,
}

impl Source {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Clusters,
        Self::Jobs,
        Self::InstancePools,
        Self::Pipelines,
        Self::Policies,
        Self::Warehouses,
        Self::Runs,
        Self::ClusterEvents,
        Self::NodeTypes,
        Self::SparkVersions,
    ];

    /// Those that tell what no system table tells.
    pub const SETTINGS: [Self; 5] = [Self::Clusters, Self::Jobs, Self::InstancePools, Self::Pipelines, Self::Policies];

    /// Those that tell what these system tables tell, and more shortly: of use only where the tables cannot be read.
    pub const STAND_INS: [(Self, &str); 3] = [
        (Self::NodeTypes, "system.compute.node_types"),
        (Self::Warehouses, "system.compute.warehouses"),
        (Self::Runs, "system.lakeflow.job_run_timeline"),
    ];

    /// What people call it, and its file without the extension.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clusters => "clusters_list",
            Self::Jobs => "jobs_list",
            Self::InstancePools => "instance_pools_list",
            Self::Pipelines => "pipelines_list",
            Self::Policies => "policies_list",
            Self::Warehouses => "warehouses_list",
            Self::Runs => "runs_list",
            Self::ClusterEvents => "cluster_events",
            Self::NodeTypes => "node_types",
            Self::SparkVersions => "spark_versions",
        }
    }

    /// The call that begins it.
    #[must_use]
    pub fn endpoint(self) -> Endpoint {
        match self {
            Self::Clusters => Endpoint::Clusters,
            Self::Jobs => Endpoint::Jobs,
            Self::InstancePools => Endpoint::Pools,
            Self::Pipelines => Endpoint::Pipelines,
            Self::Policies => Endpoint::Policies,
            Self::Warehouses => Endpoint::Warehouses,
            Self::Runs => Endpoint::Runs,
            Self::ClusterEvents => Endpoint::ClusterEvents,
            Self::NodeTypes => Endpoint::NodeTypes,
            Self::SparkVersions => Endpoint::SparkVersions,
        }
    }
}

/// How far back lists go that have a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// From here.
    pub from: Timestamp,
    /// To here.
    pub until: Timestamp,
}

/// Takes objects as they come.
pub(crate) type Give<'a> = &'a mut dyn FnMut(Vec<Box<RawValue>>) -> Result<(), ClientError>;

/// What is to be said of a list that was read to its end.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// Objects that several pages had.
    pub(crate) repeated: u64,
    /// Single objects of which not everything could be read.
    pub(crate) lacking: Vec<Lacking>,
}

/// An object of which not everything could be read.
#[derive(Debug)]
pub(crate) struct Lacking {
    pub(crate) id: String,
    pub(crate) why: ClientError,
}

/// Reads one list.
pub(crate) async fn read(source: Source, client: &Client, since: Since, give: Give<'_>) -> Result<Read, ClientError> {
    match source {
        Source::Clusters => clusters::read(client, give).await,
        Source::Jobs => jobs::read(client, give).await,
        Source::InstancePools => instance_pools::read(client, give).await,
        Source::Pipelines => pipelines::read(client, give).await,
        Source::Policies => policies::read(client, give).await,
        Source::Warehouses => warehouses::read(client, give).await,
        Source::Runs => runs::read(client, since, give).await,
        Source::ClusterEvents => cluster_events::read(client, since, give).await,
        Source::NodeTypes => node_types::read(client, give).await,
        Source::SparkVersions => spark_versions::read(client, give).await,
    }
}

/// Reads a list of which each object is asked for more; `more` gives the object, if it is still there, and what could not be read of it.
async fn each<'a, F>(
    client: &'a Client,
    call: Call,
    give: Give<'_>,
    more: impl Fn(&'a Client, Box<RawValue>) -> F,
) -> Result<Read, ClientError>
where
    F: Future<Output = (Option<Box<RawValue>>, Option<Lacking>)>,
{
    let mut pages = Pages::of(client, call);
    let mut read = Read::default();
    while let Some(page) = pages.next().await? {
        read.repeated += page.repeated;
        let asked = page.items.into_iter().map(|it| more(client, it));
        let asked: Vec<_> = stream::iter(asked).buffered(IN_FLIGHT).collect().await;
        let mut items = vec![];
        for (item, lacking) in asked {
            items.extend(item);
            read.lacking.extend(lacking);
        }
        give(items)?;
    }
    Ok(read)
}

/// Reads a list whose objects need nothing more.
async fn plain(client: &Client, call: Call, give: Give<'_>) -> Result<Read, ClientError> {
    let mut pages = Pages::of(client, call);
    let mut read = Read::default();
    while let Some(page) = pages.next().await? {
        read.repeated += page.repeated;
        give(page.items)?;
    }
    Ok(read)
}

/// A member of an object as text.
fn text(item: &RawValue, name: &str) -> Option<String> {
    let members = json::members(item.get()).ok()?;
    let value = members.iter().find(|it| it.0 == name)?.1;
    json::text(value).ok().flatten().map(std::borrow::Cow::into_owned)
}

/// JSON that was put together here, as an object to hand on.
fn object(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

#[cfg(test)]
mod tests;
