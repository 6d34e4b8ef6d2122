//! Lists a page at a time, with tokens that say nothing to a client.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::call::Call;
use super::errors::Refusal;

/// A part of a list.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Of the page after it, if there is one.
    pub(super) next: Option<String>,
    /// Of the page before it, if there is one.
    pub(super) previous: Option<String>,
}

/// How many entries a page may have: what a client may ask for, and what it gets if it does not ask.
pub(super) struct Limit {
    /// Name of the argument.
    pub(super) name: &'static str,
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) usual: i64,
}

impl Limit {
    /// What a call asks for.
    pub(super) fn of(&self, call: &Call<'_>) -> Result<usize, Refusal> {
        self.check(call.query.whole(self.name)?)
    }

    pub(super) fn check(&self, asked: Option<i64>) -> Result<usize, Refusal> {
        let size = asked.unwrap_or(self.usual);
        if size < self.least || size > self.most {
            let Self { name, least, most, .. } = self;
            return Err(Refusal::invalid(&format!("{name} must be between {least} and {most}, not {size}")));
        }
        Ok(usize::try_from(size).unwrap_or_default())
    }
}

/// The page that the call's `page_token` names; the first one without it.
pub(super) fn page<T>(
    call: &Call<'_>,
    list: &str,
    all: impl IntoIterator<Item = T>,
    size: usize,
) -> Result<Page<T>, Refusal> {
    let from = match call.query.get("page_token") {
        Some(it) => place(list, it)?.saturating_sub(call.grown),
        None => 0,
    };
    Ok(cut(list, all, from, size.min(call.longest_page)))
}

/// So many entries from that one on.
pub(super) fn cut<T>(list: &str, all: impl IntoIterator<Item = T>, from: usize, size: usize) -> Page<T> {
    let size = size.max(1);
    let mut rest = all.into_iter().skip(from);
    Page {
        items: rest.by_ref().take(size).collect(),
        next: rest.next().map(|_| token(list, from + size)),
        previous: (from > 0).then(|| token(list, from.saturating_sub(size))),
    }
}

/// A token for a place in a list.
pub(super) fn token(list: &str, place: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{place}@{list}"))
}

/// The place that a token names.
pub(super) fn place(list: &str, token: &str) -> Result<usize, Refusal> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|it| String::from_utf8(it).ok());
    let place = text.as_deref().and_then(|it| it.split_once('@')).filter(|(_, of)| *of == list);
    place.and_then(|(it, _)| it.parse().ok()).ok_or_else(|| Refusal::invalid(&format!("Invalid page token: {token}")))
}

/// Puts the tokens of a page beside its entries, where there are such pages.
pub(super) fn with_tokens<T>(mut reply: Value, page: &Page<T>) -> Value {
    for (key, it) in [("next_page_token", &page.next), ("prev_page_token", &page.previous)] {
        if let Some(it) = it {
            reply[key] = Value::from(it.as_str());
        }
    }
    reply
}
