//! One statement, from its text to its last chunk.
//!
//! States, chunks and links from <https://docs.databricks.com/api/workspace/statementexecution>, read 2026-09.

use std::collections::BTreeMap;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::{Call, Client, ClientError, Endpoint};

/// How long the service may hold the first answer back until there is a result.
const WAIT: &str = "30s";
/// Between questions about a statement that runs.
const PAUSES: [u64; 4] = [1, 2, 3, 5];
/// A statement that takes longer is given up. Starting a classic warehouse takes minutes.
const LONGEST: Duration = Duration::from_secs(3_600);
/// How often a link is asked for and followed.
const TRIES: usize = 8;

/// How results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As Arrow from the cloud's storage: any amount.
    Arrow,
    /// As JSON from the workspace itself, where the storage cannot be reached: at most 25 MiB a statement.
    Json,
}

/// A part of a result.
#[derive(Debug)]
pub(crate) enum Chunk {
    Arrow(Vec<RecordBatch>),
    /// Cells as text.
    Json(Vec<Vec<Option<String>>>),
}

impl Chunk {
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Arrow(all) => all.iter().map(|it| it.num_rows() as u64).sum(),
            Self::Json(all) => all.len() as u64,
        }
    }
}

/// What a statement gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Names and types.
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) rows: u64,
}

#[derive(Deserialize)]
struct Answer {
    statement_id: String,
    status: Status,
    manifest: Option<Manifest>,
    result: Option<Part>,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    error: Option<Failed>,
}

#[derive(Default, Deserialize)]
struct Failed {
    #[serde(default)]
    message: String,
}

#[derive(Default, Deserialize)]
struct Manifest {
    schema: Option<Columns>,
    total_chunk_count: Option<u64>,
    total_row_count: Option<u64>,
    truncated: Option<bool>,
}

#[derive(Deserialize)]
struct Columns {
    #[serde(default)]
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(default)]
    type_text: String,
}

#[derive(Default, Deserialize)]
struct Part {
    #[serde(default)]
    external_links: Vec<Link>,
    data_array: Option<Vec<Vec<Option<String>>>>,
}

#[derive(Clone, Deserialize)]
struct Link {
    #[serde(default)]
    chunk_index: u64,
    row_count: Option<u64>,
    external_link: String,
    #[serde(default)]
    http_headers: BTreeMap<String, String>,
}

/// Lets a warehouse run a statement and hands on its result, chunk by chunk, in order. `about` is what errors call it.
///
/// # Errors
///
/// The statement fails, its result cannot be had or is not whole, and what `give` returns.
pub(crate) async fn query(
    client: &Client,
    warehouse: &str,
    about: &str,
    sql: &str,
    way: Way,
    give: &mut dyn FnMut(&Told, Chunk) -> Result<(), ClientError>,
) -> Result<Told, ClientError> {
    let running = Running { client, about, way };
    let answer = running.to_its_end(warehouse, sql).await?;
    let manifest = answer.manifest.unwrap_or_default();
    if manifest.truncated == Some(true) {
        return Err(running.failed("TOO_LARGE", "the result is larger than the service gives out"));
    }
    let columns = manifest.schema.into_iter().flat_map(|it| it.columns).map(|it| (it.name, it.type_text));
    let mut told = Told { columns: columns.collect(), rows: 0 };
    let mut first = Some(answer.result.unwrap_or_default());
    let mut links = BTreeMap::new();
    for number in 0..manifest.total_chunk_count.unwrap_or(0) {
        let chunk = match way {
            Way::Arrow => {
                links.extend(first.take().into_iter().flat_map(|it| it.external_links).map(|it| (it.chunk_index, it)));
                running.fetched(&answer.statement_id, number, links.remove(&number)).await?
            }
            Way::Json => {
                let part = match first.take() {
                    Some(it) => it,
                    None => running.part(&answer.statement_id, number).await?,
                };
                let rows = part.data_array.ok_or_else(|| running.odd("a chunk without rows"))?;
                Chunk::Json(rows)
            }
        };
        told.rows += chunk.rows();
        give(&told, chunk)?;
    }
    match manifest.total_row_count {
        Some(all) if all != told.rows => Err(running.odd(&format!("{} of {all} rows came", told.rows))),
        Some(_) | None => Ok(told),
    }
}

struct Running<'a> {
    client: &'a Client,
    about: &'a str,
    way: Way,
}

impl Running<'_> {
    async fn to_its_end(&self, warehouse: &str, sql: &str) -> Result<Answer, ClientError> {
        let (disposition, format) = match self.way {
            Way::Arrow => ("EXTERNAL_LINKS", "ARROW_STREAM"),
            Way::Json => ("INLINE", "JSON_ARRAY"),
        };
        // So that whoever looks at the query history knows where it is from.
        let sql = format!("/* clusteriq {} */ {sql}", env!("CARGO_PKG_VERSION"));
        let body = serde_json::json!({
            "warehouse_id": warehouse, "statement": sql, "disposition": disposition, "format": format,
            "wait_timeout": WAIT, "on_wait_timeout": "CONTINUE",
        });
        let call = Call::new(Endpoint::Statements).saying(body.to_string());
        let mut answer: Answer = self.asked(&call).await?;
        let start = self.client.clock().now();
        let mut pauses = PAUSES.into_iter();
        let mut pause = PAUSES[0];
        loop {
            match answer.status.state.as_str() {
                "SUCCEEDED" => return Ok(answer),
                "FAILED" | "CANCELED" | "CLOSED" => {
                    let message = answer.status.error.unwrap_or_default().message;
                    return Err(self.failed(&answer.status.state, &message));
                }
                // PENDING, RUNNING, and whatever comes between them one day.
                _ => {}
            }
            if self.client.clock().now() - start > LONGEST {
                return Err(self.failed("RUNNING", "it runs longer than an hour"));
            }
            pause = pauses.next().unwrap_or(pause);
            self.client.clock().sleep(Duration::from_secs(pause)).await;
            answer = self.asked(&Call::new(Endpoint::Statement).of(&answer.statement_id)).await?;
        }
    }

    async fn part(&self, statement: &str, number: u64) -> Result<Part, ClientError> {
        self.asked(&Call::new(Endpoint::StatementChunk).of(statement).part(number.to_string())).await
    }

    async fn asked<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ClientError> {
        let body = self.client.call(call).await?;
        let odd = |it: serde_json::Error| ClientError::Odd { endpoint: call.endpoint, reason: it.to_string() };
        serde_json::from_str(&body).map_err(odd)
    }

    /// A chunk from the storage. Links expire and connections break: another link is asked for then.
    async fn fetched(&self, statement: &str, number: u64, link: Option<Link>) -> Result<Chunk, ClientError> {
        let mut link = link;
        let mut said = None;
        for _ in 0..TRIES {
            let at = match link.take() {
                Some(it) => it,
                None => {
                    let links = self.part(statement, number).await?.external_links;
                    let found = links.into_iter().find(|it| it.chunk_index == number);
                    found.ok_or_else(|| self.odd("a chunk without a link"))?
                }
            };
            match self.followed(&at).await {
                Ok(it) => return Ok(it),
                Err(it) => said = Some(it),
            }
        }
        Err(said.unwrap_or_else(|| self.odd("a chunk without a link")))
    }

    async fn followed(&self, link: &Link) -> Result<Chunk, ClientError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &link.http_headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        let bytes = self.client.download(&link.external_link, headers).await?;
        let batches = StreamReader::try_new(bytes.as_slice(), None).and_then(Iterator::collect);
        let chunk = Chunk::Arrow(batches.map_err(|it| self.odd(&format!("no Arrow: {it}")))?);
        match link.row_count {
            Some(all) if all != chunk.rows() => Err(self.odd(&format!("{} of {all} rows of a chunk", chunk.rows()))),
            Some(_) | None => Ok(chunk),
        }
    }

    fn odd(&self, reason: &str) -> ClientError {
        ClientError::Odd { endpoint: Endpoint::StatementChunk, reason: format!("{}: {reason}", self.about) }
    }

    fn failed(&self, state: &str, message: &str) -> ClientError {
        ClientError::statement(self.about, state, message)
    }
}

#[cfg(test)]
mod tests;
