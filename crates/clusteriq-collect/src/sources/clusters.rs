//! Clusters: pinned, running, and terminated within 30 days; what the token may not see is silently left out.

use super::{Give, Read, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    plain(client, Call::new(Endpoint::Clusters).with("page_size", "100"), give).await
}
