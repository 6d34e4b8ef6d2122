//! Jobs with their tasks. The list has at most 100 tasks of each; the rest comes from `jobs/get`, page by page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::{Give, Lacking, Read, each, object, text};
use crate::client::{Call, Client, ClientError, Endpoint};
use crate::json;

/// The lists of a job's settings that come in pages of 100, each left out once it is complete.
const PAGED: [&str; 4] = ["tasks", "job_clusters", "environments", "parameters"];

pub(super) async fn read(client: &Client, give: Give<'_>) -> Result<Read, ClientError> {
    let call = Call::new(Endpoint::Jobs).with("limit", "100").with("expand_tasks", "true");
    each(client, call, give, complete).await
}

/// The job with all its tasks; as the list has it, if they cannot be had; nothing, if it is gone by now.
async fn complete(client: &Client, item: Box<RawValue>) -> (Option<Box<RawValue>>, Option<Lacking>) {
    let cut = text(&item, "has_more").is_some_and(|it| it == "true");
    let Some(id) = text(&item, "job_id").filter(|_| cut) else { return (Some(item), None) };
    match whole(client, &id).await {
        Ok(it) => (Some(it), None),
        Err(why) if why.is_gone() => (None, None),
        Err(why) => (Some(item), Some(Lacking { id, why })),
    }
}

/// All pages of one job as one object.
async fn whole(client: &Client, id: &str) -> Result<Box<RawValue>, ClientError> {
    let first = Call::new(Endpoint::Job).with("job_id", id);
    let odd = |reason: &str| ClientError::Odd { endpoint: Endpoint::Job, reason: format!("{reason}: job {id}") };
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut tokens = BTreeSet::new();
    let mut job: Option<String> = None;
    let mut call = first.clone();
    loop {
        let body = client.call(&call).await?;
        let page = json::members(&body).map_err(|_| odd("it is not a JSON object"))?;
        let member = |name: &str| page.iter().find(|it| it.0 == name).map(|it| it.1);
        let settings = member("settings").map(|it| json::members(it.get())).transpose();
        let settings = settings.map_err(|_| odd("settings is not a JSON object"))?.unwrap_or_default();
        for name in PAGED {
            let Some((_, list)) = settings.iter().find(|it| it.0 == name) else { continue };
            let items = json::elements(list.get()).map_err(|_| odd(&format!("{name} is not a list")))?;
            lists.entry(name).or_default().extend(items.into_iter().map(|it| it.get().to_owned()));
        }
        let token = member("next_page_token").and_then(|it| json::text(it).ok().flatten());
        let token = token.filter(|it| !it.is_empty()).map(std::borrow::Cow::into_owned);
        job.get_or_insert_with(|| body.clone());
        let Some(token) = token else { break };
        if !tokens.insert(token.clone()) {
            let reason = format!("the pages of job {id} lead in a circle");
            return Err(ClientError::Endless { endpoint: Endpoint::Job, reason });
        }
        call = first.clone().with("page_token", token);
    }
    let job = job.unwrap_or_default();
    joined(&job, &lists).ok_or_else(|| odd("it is not a JSON object"))
}

/// The job of the first page with the lists of all.
fn joined(job: &str, lists: &BTreeMap<&str, Vec<String>>) -> Option<Box<RawValue>> {
    let lists: Vec<(&str, String)> = lists.iter().map(|(name, all)| (*name, format!("[{}]", all.join(",")))).collect();
    let edits: Vec<(&str, Option<&str>)> = lists.iter().map(|(name, json)| (*name, Some(json.as_str()))).collect();
    let members = json::members(job).ok()?;
    let settings = members.iter().find(|it| it.0 == "settings").map_or("{}", |it| it.1.get());
    let settings = json::edited(settings, &edits)?;
    let edits = [("settings", Some(settings.as_str())), ("has_more", None), ("next_page_token", None)];
    object(json::edited(job, &edits)?)
}
