//! Runs of jobs with their tasks, newest first; the service keeps 60 days of them. The list has at most 100 tasks of each; the
//! rest comes from `jobs/runs/get`, page by page.

use super::whole::{Paged, complete};
use super::{Give, Read, Since, each};
use crate::client::{Call, Client, ClientError, Endpoint};

/// The documentation says below 25 in one place and 25 in another.
const PAGE: &str = "24";

const RUN: Paged = Paged {
    endpoint: Endpoint::Run,
    id: "run_id",
    inside: None,
    lists: &["tasks", "job_clusters", "job_parameters", "repair_history"],
};

pub(super) async fn read(client: &Client, since: Since, give: Give<'_>) -> Result<Read, ClientError> {
    let call = Call::new(Endpoint::Runs)
        .with("limit", PAGE)
        .with("expand_tasks", "true")
        .with("start_time_from", since.from.as_millisecond().to_string())
        .with("start_time_to", since.until.as_millisecond().to_string());
    each(client, call, give, |client, it| complete(client, it, &RUN)).await
}
