//! Instance pools, which come whole.

use super::{Give, Read, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    plain(client, Call::new(Endpoint::Pools), give).await
}
