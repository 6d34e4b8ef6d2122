//! Everything that can be asked of a workspace: a closed list of reads.
//!
//! Paths from <https://docs.databricks.com/api/workspace/introduction>, read 2026-09.

use std::fmt;

use super::answer::ServiceError;

/// A call. There is no way to send one that is not in this list, and each of them only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// Who is asking.
    Me,
    /// Clusters: pinned, running, and terminated within 30 days.
    Clusters,
    /// Events of one cluster. A POST that reads.
    ClusterEvents,
    /// Node types of the workspace's cloud and region.
    NodeTypes,
    /// Runtimes that can be chosen.
    SparkVersions,
    /// Instance pools.
    Pools,
    /// Cluster policies.
    Policies,
    /// Jobs.
    Jobs,
    /// One job, with the tasks that the list leaves out.
    Job,
    /// Runs of jobs within 60 days.
    Runs,
    /// One run, with the tasks that the list leaves out.
    Run,
    /// SQL warehouses.
    Warehouses,
    /// Pipelines.
    Pipelines,
    /// One pipeline, with its specification.
    Pipeline,
    /// A SQL statement, which a warehouse runs. A POST that reads: only `SELECT` is ever sent.
    Statements,
    /// How a statement is getting on, and its result.
    Statement,
    /// A chunk of a result.
    StatementChunk,
    /// The metastore that the workspace belongs to: workspaces of one region share one.
    Metastore,
}

/// How a call is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    /// Only for what Databricks made a POST although it reads.
    PostThatReads,
}

/// Calls that share a limit of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Scim,
    Clusters,
    ClusterEvents,
    Jobs,
    Runs,
    Warehouses,
    Pipelines,
    Statements,
    Other,
}

impl Family {
    /// Calls a second that we allow ourselves. Databricks publishes, per workspace: jobs/list and jobs/get 20, runs/list 30,
    /// pipelines 150, SCIM 255 a minute, and nothing for the others:
    /// <https://docs.databricks.com/aws/en/resources/limits>, read 2026-07. Other tools need some of that too.
    pub(crate) fn calls_per_second(self) -> u32 {
        match self {
            Self::Scim | Self::ClusterEvents => 2,
            Self::Clusters | Self::Warehouses | Self::Other => 5,
            Self::Jobs | Self::Runs | Self::Pipelines | Self::Statements => 10,
        }
    }
}

/// What is known of a call.
pub(crate) struct Spec {
    pub(crate) verb: Verb,
    /// `{id}` and `{part}` stand for what varies.
    pub(crate) path: &'static str,
    pub(crate) family: Family,
    /// The member of a page that has the items; empty for single objects.
    pub(crate) member: &'static str,
    /// The member of an item that tells it from others.
    pub(crate) id: &'static str,
    /// The permission without which it is refused, or gives less.
    pub(crate) needs: &'static str,
}

impl Endpoint {
    #[cfg(test)]
    const ALL: [Self; 18] = [
        Self::Me,
        Self::Clusters,
        Self::ClusterEvents,
        Self::NodeTypes,
        Self::SparkVersions,
        Self::Pools,
        Self::Policies,
        Self::Jobs,
        Self::Job,
        Self::Runs,
        Self::Run,
        Self::Warehouses,
        Self::Pipelines,
        Self::Pipeline,
        Self::Statements,
        Self::Statement,
        Self::StatementChunk,
        Self::Metastore,
    ];

    pub(crate) fn spec(self) -> Spec {
        use Family as F;
        use Verb::{Get, PostThatReads};
        let (verb, path, family, member, id, needs) = match self {
            Self::Me => (Get, "/api/2.0/preview/scim/v2/Me", F::Scim, "", "", "a valid token"),
            Self::Clusters => (
                Get,
                "/api/2.1/clusters/list",
                F::Clusters,
                "clusters",
                "cluster_id",
                "CAN ATTACH TO on the clusters (workspace admins see all)",
            ),
            Self::ClusterEvents => (
                PostThatReads,
                "/api/2.1/clusters/events",
                F::ClusterEvents,
                "events",
                "",
                "CAN ATTACH TO on the cluster",
            ),
            Self::NodeTypes => (
                Get,
                "/api/2.1/clusters/list-node-types",
                F::Clusters,
                "node_types",
                "node_type_id",
                "access to the workspace",
            ),
            Self::SparkVersions => {
                (Get, "/api/2.1/clusters/spark-versions", F::Clusters, "versions", "key", "access to the workspace")
            }
            Self::Pools => (
                Get,
                "/api/2.0/instance-pools/list",
                F::Other,
                "instance_pools",
                "instance_pool_id",
                "CAN ATTACH TO on the pools",
            ),
            Self::Policies => (
                Get,
                "/api/2.0/policies/clusters/list",
                F::Other,
                "policies",
                "policy_id",
                "CAN USE on the cluster policies",
            ),
            Self::Jobs => (Get, "/api/2.2/jobs/list", F::Jobs, "jobs", "job_id", "CAN VIEW on the jobs"),
            Self::Job => (Get, "/api/2.2/jobs/get", F::Jobs, "", "", "CAN VIEW on the job"),
            Self::Runs => (Get, "/api/2.2/jobs/runs/list", F::Runs, "runs", "run_id", "CAN VIEW on the jobs"),
            Self::Run => (Get, "/api/2.2/jobs/runs/get", F::Runs, "", "", "CAN VIEW on the job"),
            Self::Warehouses => (
                Get,
                "/api/2.0/sql/warehouses",
                F::Warehouses,
                "warehouses",
                "id",
                "CAN VIEW, CAN USE or CAN MONITOR on the warehouses",
            ),
            Self::Pipelines => {
                (Get, "/api/2.0/pipelines", F::Pipelines, "statuses", "pipeline_id", "CAN VIEW on the pipelines")
            }
            Self::Pipeline => (Get, "/api/2.0/pipelines/{id}", F::Pipelines, "", "", "CAN VIEW on the pipeline"),
            Self::Statements => {
                (PostThatReads, "/api/2.0/sql/statements", F::Statements, "", "", "CAN USE on the SQL warehouse")
            }
            Self::Statement => {
                (Get, "/api/2.0/sql/statements/{id}", F::Statements, "", "", "to be who sent the statement")
            }
            Self::StatementChunk => (
                Get,
                "/api/2.0/sql/statements/{id}/result/chunks/{part}",
                F::Statements,
                "",
                "",
                "to be who sent the statement",
            ),
            Self::Metastore => {
                (Get, "/api/2.1/unity-catalog/metastore_summary", F::Other, "", "", "a workspace with Unity Catalog")
            }
        };
        Spec { verb, path, family, member, id, needs }
    }

    /// The permission without which this is refused, or shows less:
    /// <https://docs.databricks.com/aws/en/security/auth/access-control/>, read 2026-09.
    #[must_use]
    pub fn needs(self) -> &'static str {
        self.spec().needs
    }

    /// What to do about an error answer.
    pub(crate) fn hint(self, error: &ServiceError) -> String {
        let needs = self.needs();
        match (error.status, error.code.as_str()) {
            _ if error.is_about_the_token() => {
                "the credential is wrong, expired or of another workspace: make a new token, or sign in again".into()
            }
            (403, _) => format!("grant {needs}; a token that is limited to scopes also needs the one of this API"),
            (404, "ENDPOINT_NOT_FOUND") => {
                "this workspace does not have this API; check that the host is a workspace and not an account".into()
            }
            (404, _) => format!("it is gone, or hidden: that needs {needs}"),
            (302 | 303 | 307 | 308, _) => "the host sent us to a web page: check the address of the workspace, and \
                 whether it is reached through a private link only"
                .into(),
            (400, _) => "this looks like an error of ClusterIQ: please report it with this message".into(),
            _ => "try again later; if it stays, ask Databricks' support with the request's id".into(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spec { verb, path, .. } = self.spec();
        let verb = match verb {
            Verb::Get => "GET",
            Verb::PostThatReads => "POST",
        };
        write!(f, "{verb} {path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_reads_can_be_asked_for() {
        let posts: Vec<_> = Endpoint::ALL.into_iter().filter(|it| it.spec().verb != Verb::Get).collect();
        assert_eq!(posts, [Endpoint::ClusterEvents, Endpoint::Statements]);
        for it in Endpoint::ALL {
            let path = it.spec().path;
            let last = path.rsplit('/').next().unwrap();
            for word in
                ["create", "edit", "delete", "start", "restart", "resize", "run-now", "submit", "cancel", "reset"]
            {
                assert_ne!(last, word, "{path}");
            }
        }
    }

    #[test]
    fn our_limits_are_below_the_published_ones() {
        for (family, published) in
            [(Family::Jobs, 20), (Family::Runs, 30), (Family::Pipelines, 150), (Family::Scim, 255 / 60)]
        {
            assert!(family.calls_per_second() < published, "{family:?}");
        }
    }
}
