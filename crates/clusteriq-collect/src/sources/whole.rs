//! Objects whose long lists come in pages of 100: a job has its tasks like that, a run too.
//!
//! <https://docs.databricks.com/en/reference/jobs-api-2-2-updates.html>, read 2026-11.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::{Lacking, object, text};
use crate::client::{Call, Client, ClientError, Endpoint};
use crate::json;

/// A kind of such objects.
pub(super) struct Paged {
    /// Gives one of them.
    pub(super) endpoint: Endpoint,
    /// The member, and the parameter, that names it.
    pub(super) id: &'static str,
    /// The member that holds the lists, if not the object itself.
    pub(super) inside: Option<&'static str>,
    /// The lists, each left out of later pages once it is complete.
    pub(super) lists: &'static [&'static str],
}

/// The object with all of its lists; as the list has it, if they cannot be had; nothing, if it is gone by now.
pub(super) async fn complete(
    client: &Client,
    item: Box<RawValue>,
    kind: &Paged,
) -> (Option<Box<RawValue>>, Option<Lacking>) {
    let cut = text(&item, "has_more").is_some_and(|it| it == "true");
    let Some(id) = text(&item, kind.id).filter(|_| cut) else { return (Some(item), None) };
    match whole(client, kind, &id).await {
        Ok(it) => (Some(it), None),
        Err(why) if why.is_gone() => (None, None),
        Err(why) => (Some(item), Some(Lacking { id, why })),
    }
}

/// All pages of one object as one.
async fn whole(client: &Client, kind: &Paged, id: &str) -> Result<Box<RawValue>, ClientError> {
    let endpoint = kind.endpoint;
    let first = Call::new(endpoint).with(kind.id, id);
    let odd = |reason: &str| ClientError::Odd { endpoint, reason: format!("{reason}: {} {id}", kind.id) };
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut tokens = BTreeSet::new();
    let mut whole: Option<String> = None;
    let mut call = first.clone();
    loop {
        let body = client.call(&call).await?;
        let page = json::members(&body).map_err(|_| odd("it is not a JSON object"))?;
        let member = |name: &str| page.iter().find(|it| it.0 == name).map(|it| it.1);
        let holder = match kind.inside {
            None => page.clone(),
            Some(name) => {
                let found = member(name).map(|it| json::members(it.get())).transpose();
                found.map_err(|_| odd(&format!("{name} is not a JSON object")))?.unwrap_or_default()
            }
        };
        for name in kind.lists {
            let Some((_, list)) = holder.iter().find(|it| it.0 == *name) else { continue };
            let items = json::elements(list.get()).map_err(|_| odd(&format!("{name} is not a list")))?;
            lists.entry(name).or_default().extend(items.into_iter().map(|it| it.get().to_owned()));
        }
        let token = member("next_page_token").and_then(|it| json::text(it).ok().flatten());
        let token = token.filter(|it| !it.is_empty()).map(std::borrow::Cow::into_owned);
        whole.get_or_insert_with(|| body.clone());
        let Some(token) = token else { break };
        if !tokens.insert(token.clone()) {
            let reason = format!("the pages lead in a circle: {} {id}", kind.id);
            return Err(ClientError::Endless { endpoint, reason });
        }
        call = first.clone().with("page_token", token);
    }
    let whole = whole.unwrap_or_default();
    joined(&whole, kind.inside, &lists).ok_or_else(|| odd("it is not a JSON object"))
}

/// The object of the first page with the lists of all.
fn joined(whole: &str, inside: Option<&str>, lists: &BTreeMap<&str, Vec<String>>) -> Option<Box<RawValue>> {
    let lists: Vec<(&str, String)> = lists.iter().map(|(name, all)| (*name, format!("[{}]", all.join(",")))).collect();
    let mut edits: Vec<(&str, Option<&str>)> = lists.iter().map(|(name, json)| (*name, Some(json.as_str()))).collect();
    let holder;
    if let Some(inside) = inside {
        let members = json::members(whole).ok()?;
        let old = members.iter().find(|it| it.0 == inside).map_or("{}", |it| it.1.get());
        holder = json::edited(old, &edits)?;
        edits = vec![(inside, Some(holder.as_str()))];
    }
    edits.extend([("has_more", None), ("next_page_token", None)]);
    object(json::edited(whole, &edits)?)
}
