//! Runs of jobs, newest first; the service keeps 60 days of them. Of a run with more than 100 tasks, the first 100.

use super::{Give, Read, Since, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

/// The documentation says below 25 in one place and 25 in another.
const PAGE: &str = "24";

pub(super) async fn read(client: &Client, since: Since, give: Give<'_>) -> Result<Read, ClientError> {
    let call = Call::new(Endpoint::Runs)
        .with("limit", PAGE)
        .with("expand_tasks", "true")
        .with("start_time_from", since.from.as_millisecond().to_string())
        .with("start_time_to", since.until.as_millisecond().to_string());
    plain(client, call, give).await
}
