//! Pipelines. The list has no specifications, so that each pipeline is asked for its own.

use futures_util::{StreamExt as _, stream};
use serde_json::value::RawValue;

use super::{Give, Lacking, Read, object, text};
use crate::client::{Call, Client, ClientError, Endpoint, IN_FLIGHT, Pages};

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    let mut pages = Pages::of(client, Call::new(Endpoint::Pipelines).with("max_results", "100"));
    let mut read = Read::default();
    while let Some(page) = pages.next().await? {
        read.repeated += page.repeated;
        let each = page.items.into_iter().map(|it| whole(client, it));
        let each: Vec<_> = stream::iter(each).buffered(IN_FLIGHT).collect().await;
        let mut items = vec![];
        for (item, lacking) in each {
            items.extend(item);
            read.lacking.extend(lacking);
        }
        give(items)?;
    }
    Ok(read)
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
