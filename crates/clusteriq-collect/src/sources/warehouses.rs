//! SQL warehouses; without a page size all of them come at once, and a token is followed should one come.

use super::{Give, Read, plain};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    plain(client, Call::new(Endpoint::Warehouses), give).await
}
