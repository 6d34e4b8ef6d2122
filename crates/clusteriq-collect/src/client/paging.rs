//! Lists that come in pages: every way in which Databricks cuts them, with an end even where the service has none.
//!
//! Ways and end marks from <https://docs.databricks.com/api/workspace/introduction> and Databricks' open-source clients, read 2026-09.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::{Call, Client, ClientError, Endpoint};
use crate::json;

/// More pages than any list has.
const MOST_PAGES: usize = 100_000;

/// Items of a list, each as the service wrote it.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Box<RawValue>>,
    /// Items that were left out because a page before had them: the list changed while it was read.
    pub(crate) repeated: u64,
}

/// How the next page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `page_token` in the query. An absent, null or empty token is the end, whatever `has_more` says.
    Token,
    /// A body: the answer's `next_page` as it is, else the first body with the answer's `next_page_token`.
    NextBody,
}

/// A list that is read page by page.
pub(crate) struct Pages<'a> {
    client: &'a Client,
    call: Call,
    style: Style,
    next: Option<Call>,
    /// What was asked for, so that nothing is asked for twice.
    asked: BTreeSet<String>,
    ids: BTreeSet<String>,
    pages: usize,
    in_a_circle: bool,
}

impl<'a> Pages<'a> {
    /// The list that a call begins. Lists that come whole are lists of one page.
    pub(crate) fn of(client: &'a Client, call: Call) -> Self {
        let style = match call.endpoint {
            Endpoint::ClusterEvents => Style::NextBody,
            _ => Style::Token,
        };
        let asked = call.body.clone().into_iter().collect();
        let next = Some(call.clone());
        Self { client, call, style, next, asked, ids: BTreeSet::new(), pages: 0, in_a_circle: false }
    }

    /// The next page; `None` after the last. A page that was asked for before is an error, and nothing comes after an error.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, ClientError> {
        let Some(call) = self.next.take() else { return Ok(None) };
        let endpoint = call.endpoint;
        if self.in_a_circle {
            let reason = format!("it announced the same page again after {} pages", self.pages);
            return Err(ClientError::Endless { endpoint, reason });
        }
        self.pages += 1;
        let body = self.client.call(&call).await?;
        let odd = |reason: &str| ClientError::Odd { endpoint, reason: reason.to_owned() };
        let members = json::members(&body).map_err(|_| odd("it is not a JSON object"))?;
        let member = |name: &str| members.iter().find(|it| it.0 == name).map(|it| it.1).filter(|it| it.get() != "null");
        let token = member("next_page_token").and_then(|it| json::text(it).ok().flatten()).filter(|it| !it.is_empty());
        let next = match self.style {
            Style::Token => token.map(|it| (it.clone().into_owned(), self.call.clone().with("page_token", it))),
            Style::NextBody => member("next_page")
                .filter(|it| it.get().trim_start().starts_with('{'))
                .map(|it| it.get().to_owned())
                .or_else(|| with_token(self.call.body.as_deref().unwrap_or("{}"), token?.as_ref()))
                .map(|it| (it.clone(), self.call.clone().saying(it))),
        };
        let spec = endpoint.spec();
        let mut page = Page::default();
        // Empty lists are left out.
        if let Some(list) = member(spec.member) {
            let items = json::elements(list.get()).map_err(|_| odd(&format!("{} is not a list", spec.member)))?;
            for item in items {
                match self.id_of(item, spec.id) {
                    Some(id) if !self.ids.insert(id.clone()) => page.repeated += 1,
                    _ => page.items.push(item.to_owned()),
                }
            }
        }
        if let Some((key, next)) = next {
            self.in_a_circle = !self.asked.insert(key) || self.pages >= MOST_PAGES;
            self.next = Some(next);
        }
        Ok(Some(page))
    }

    /// What tells an item from others: its id, or for events the whole of it.
    fn id_of(&self, item: &RawValue, name: &str) -> Option<String> {
        if name.is_empty() {
            return Some(item.get().to_owned());
        }
        let members = json::members(item.get()).ok()?;
        let id = members.iter().find(|it| it.0 == name)?.1;
        json::text(id).ok().flatten().map(std::borrow::Cow::into_owned)
    }
}

/// The body with a page token.
fn with_token(body: &str, token: &str) -> Option<String> {
    json::edited(body, &[("page_token", Some(&serde_json::to_string(token).ok()?))])
}
