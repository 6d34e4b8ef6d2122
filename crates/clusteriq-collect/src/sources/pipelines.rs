//! Pipelines. The list has no specifications, so that each pipeline is asked for its own.

use serde_json::value::RawValue;

use super::{Give, Lacking, Read, each, object, text};
use crate::client::{Call, Client, ClientError, Endpoint};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    each(client, Call::new(Endpoint::Pipelines).with("max_results", "100"), give, whole).await
}

/// The pipeline with its specification; as the list has it, if that cannot be had; nothing, if it is gone by now.
async fn whole(client: &Client, item: Box<RawValue>) -> (Option<Box<RawValue>>, Option<Lacking>) {
    let Some(id) = text(&item, "pipeline_id") else { return (Some(item), None) };
    match client.call(&Call::new(Endpoint::Pipeline).of(&*id)).await {
        Ok(body) => (object(body).filter(|it| it.get().starts_with('{')).or(Some(item)), None),
        Err(why) if why.is_gone() => (None, None),
        Err(why) => (Some(item), Some(Lacking { id, why })),
    }
}
