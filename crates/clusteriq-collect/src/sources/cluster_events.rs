//! Events of the clusters that people or programs made; those of one run have theirs in the run. Kept for about 60 days.

use super::{Give, Lacking, Read, Since, plain, text};
use crate::client::{Call, Client, ClientError, Endpoint, Pages};

pub(super) async fn read(client: &Client, since: Since, give: Give<'_>) -> Result<Read, ClientError> {
    let mut clusters = Pages::of(client, Call::new(Endpoint::Clusters).with("page_size", "100"));
    let mut read = Read::default();
    while let Some(page) = clusters.next().await? {
        let made = page.items.iter().filter(|it| text(it, "cluster_source").is_none_or(|it| it == "UI" || it == "API"));
        for id in made.filter_map(|it| text(it, "cluster_id")) {
            match plain(client, call(&id, since), &mut *give).await {
                Ok(it) => read.repeated += it.repeated,
                Err(why) if why.is_gone() => {}
                Err(why) => read.lacking.push(Lacking { id, why }),
            }
        }
    }
    Ok(read)
}

/// Oldest first: the other order wants an end as soon as there is a second page.
pub(super) fn call(cluster: &str, since: Since) -> Call {
    let body = serde_json::json!({
        "cluster_id": cluster,
        "start_time": since.from.as_millisecond(),
        "end_time": since.until.as_millisecond(),
        "order": "ASC",
        "limit": 500,
    });
    Call::new(Endpoint::ClusterEvents).saying(body.to_string())
}
