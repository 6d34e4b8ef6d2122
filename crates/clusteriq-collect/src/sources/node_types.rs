//! Node types of the workspace's region, which come whole; they have no prices and no DBU rates.

use super::{Give, Read, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    plain(client, Call::new(Endpoint::NodeTypes), give).await
}
