//! Cluster policies, which come whole; a policy's definition is a text of JSON.

use super::{Give, Read, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    plain(client, Call::new(Endpoint::Policies), give).await
}
