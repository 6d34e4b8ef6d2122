//! Jobs with their tasks. The list has at most 100 tasks of each; the rest comes from `jobs/get`, page by page.

use super::whole::{Paged, complete};
use super::{Give, Read, each};
use crate::client::{Call, Client, ClientError, Endpoint};

const JOB: Paged = Paged {
    endpoint: Endpoint::Job,
    id: "job_id",
    inside: Some("settings"),
    lists: &["tasks", "job_clusters", "environments", "parameters"],
};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    let call = Call::new(Endpoint::Jobs).with("limit", "100").with("expand_tasks", "true");
    each(client, call, give, |client, it| complete(client, it, &JOB)).await
}
