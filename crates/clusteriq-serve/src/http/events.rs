//! What happens, as server-sent events: how far a scan is, that it ended, that there is a new analysis.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::state::{Happened, State};

/// Where they are.
pub(crate) const PATH: &str = "/api/events";

/// All events after the one that the client saw last, and then those that come.
pub(crate) fn stream(
    state: &Arc<State>,
    asked: &HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let seen = asked.get("last-event-id").and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    let (missed, coming) = state.events.since(seen);
    let events = stream::unfold((missed.into_iter(), coming), |(mut missed, mut coming)| async move {
        if let Some(it) = missed.next() {
            return Some((Ok(event(&it)), (missed, coming)));
        }
        loop {
            match coming.recv().await {
                Ok(it) => return Some((Ok(event(&it)), (missed, coming))),
                // Too slow to keep up: what was missed is in the next answer of /api/status.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

fn event(it: &Happened) -> Event {
    Event::default().id(it.id.to_string()).event(it.kind).data(it.data.to_string())
}

/// Its part of the OpenAPI document.
pub(crate) fn documented() -> Value {
    json!({
        "operationId": "stream_events",
        "tags": ["Scans"],
        "summary": "What happens, as server-sent events",
        "description": "`progress` {phase, text, done, total}: how far a scan is. `done` {ok, message}: it ended. `gap` {text}: something \
            could not be read. `snapshot` {id}: there is a new analysis. Send the last id as `Last-Event-ID` to go on.",
        "responses": {
            "200": {"description": "Events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            "401": {"description": "A token is needed.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
            "403": {"description": "Not allowed.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
            "429": {"description": "Too many requests.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
        },
    })
}
