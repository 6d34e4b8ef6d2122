//! The result of a statement: its manifest, and its rows in chunks.

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use serde_json::{Value, json};

use super::encode;
use super::request::{Delivery, Format, Request};
use crate::sql::{self, SqlError};
use crate::workspace::call::Call;

/// No inline result may have more bytes: 25 MiB.
const MOST_INLINE: usize = 25 << 20;

/// Why there is none.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) sqlstate: Option<&'static str>,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn of_sql(it: &SqlError) -> Self {
        Self { sqlstate: Some(it.sqlstate), message: it.to_string() }
    }
}

/// Rows that were computed.
pub(super) struct Outcome {
    pub(super) manifest: Value,
    chunks: Vec<Part>,
    payload: Payload,
}

/// Which rows a chunk has.
#[derive(Clone, Copy)]
struct Part {
    offset: usize,
    rows: usize,
    /// None inline.
    bytes: Option<usize>,
}

enum Payload {
    /// Cells, by column.
    Inline(Vec<StringArray>),
    /// A file per chunk.
    Files(Vec<Vec<u8>>),
}

impl Outcome {
    pub(super) fn of(batch: &RecordBatch, request: &Request, chunk_rows: usize) -> Result<Self, Failure> {
        let cells = sql::cells(batch).map_err(|it| Failure::of_sql(&it))?;
        let kept = request.row_limit.unwrap_or(usize::MAX).min(batch.num_rows());
        let kept = within(&cells, kept, request.byte_limit.unwrap_or(usize::MAX));
        let truncated = kept < batch.num_rows();
        let mut chunks: Vec<Part> = (0..kept)
            .step_by(chunk_rows)
            .map(|offset| Part { offset, rows: chunk_rows.min(kept - offset), bytes: None })
            .collect();
        let (payload, format) = match request.delivery {
            Delivery::Inline => {
                if within(&cells, kept, MOST_INLINE) < kept {
                    let message = format!(
                        "Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most {MOST_INLINE} bytes. Use disposition=EXTERNAL_LINKS for more."
                    );
                    return Err(Failure { sqlstate: None, message });
                }
                (Payload::Inline(cells), Format::JsonArray)
            }
            Delivery::Links(format) => {
                let mut files = Vec::new();
                for part in &mut chunks {
                    let file = match format {
                        Format::JsonArray => encode::json(&cells, part.offset, part.rows),
                        Format::Csv => encode::csv(&cells, part.offset, part.rows, header(batch, part.offset)),
                        Format::ArrowStream => {
                            let file = encode::arrow(&batch.slice(part.offset, part.rows));
                            file.map_err(|it| Failure { sqlstate: None, message: it.to_string() })?
                        }
                    };
                    part.bytes = Some(file.len());
                    files.push(file);
                }
                (Payload::Files(files), format)
            }
        };
        let total_bytes = match &payload {
            Payload::Inline(_) => None,
            Payload::Files(files) => Some(files.iter().map(Vec::len).sum::<usize>()),
        };
        let shown = chunks.iter().enumerate().map(|(number, it)| {
            json!({"chunk_index": number, "row_offset": it.offset, "row_count": it.rows, "byte_count": it.bytes})
        });
        let manifest = json!({
            "format": format.word(),
            "schema": schema(batch),
            "total_chunk_count": chunks.len(),
            "chunks": shown.collect::<Vec<_>>(),
            "total_row_count": kept,
            "total_byte_count": total_bytes,
            "truncated": truncated,
        });
        Ok(Self { manifest, chunks, payload })
    }

    /// A chunk as the API shows it: its rows, or a fresh link to them.
    pub(super) fn chunk(&self, call: &Call<'_>, id: &str, number: usize) -> Option<Value> {
        let part = self.chunks.get(number)?;
        let mut shown = json!({"chunk_index": number, "row_offset": part.offset, "row_count": part.rows});
        if let Some(next) = self.chunks.get(number + 1) {
            shown["next_chunk_index"] = json!(number + 1);
            let offset = next.offset;
            let link = format!("/api/2.0/sql/statements/{id}/result/chunks/{}?row_offset={offset}", number + 1);
            shown["next_chunk_internal_link"] = json!(link);
        }
        match &self.payload {
            Payload::Inline(cells) => {
                let row = |row| cells.iter().map(|it| it.is_valid(row).then(|| it.value(row))).collect::<Vec<_>>();
                let rows = part.offset..part.offset + part.rows;
                shown["data_array"] = rows.map(|it| json!(row(it))).collect();
                Some(shown)
            }
            Payload::Files(_) => {
                shown["byte_count"] = json!(part.bytes);
                let (link, expiration) = call.workspace.link(call, id, number);
                shown["external_link"] = json!(link);
                shown["expiration"] = json!(expiration);
                Some(json!({"external_links": [shown]}))
            }
        }
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        match &self.payload {
            Payload::Inline(cells) => cells.iter().map(Array::get_array_memory_size).sum(),
            Payload::Files(files) => files.iter().map(Vec::len).sum(),
        }
    }

    /// Whether no chunk comes after it.
    pub(super) fn ends_with(&self, chunk: usize) -> bool {
        chunk + 1 == self.chunks.len()
    }

    /// A chunk's file.
    pub(super) fn file(&self, number: usize) -> Option<&[u8]> {
        match &self.payload {
            Payload::Inline(_) => None,
            Payload::Files(files) => files.get(number).map(Vec::as_slice),
        }
    }
}

/// Column names, for the first chunk.
fn header(batch: &RecordBatch, offset: usize) -> Option<Vec<String>> {
    let names = || batch.schema().fields().iter().map(|it| it.name().clone()).collect();
    (offset == 0).then(names)
}

/// How many of the first rows have no more bytes than that.
fn within(cells: &[StringArray], rows: usize, bytes: usize) -> usize {
    let mut left = bytes;
    for row in 0..rows {
        // Quotes and a comma around each.
        let size: usize =
            cells.iter().map(|it| if it.is_valid(row) { it.value_length(row) as usize + 3 } else { 5 }).sum();
        match left.checked_sub(size) {
            Some(it) => left = it,
            None => return row,
        }
    }
    rows
}

fn schema(batch: &RecordBatch) -> Value {
    let schema = batch.schema();
    let columns = schema.fields().iter().enumerate().map(|(position, it)| {
        let kind = it.data_type();
        let mut column = json!({
            "name": it.name(),
            "type_text": sql::type_text(kind),
            "type_name": sql::type_name(kind),
            "position": position,
        });
        if let DataType::Decimal128(precision, scale) = kind {
            column["type_precision"] = json!(precision);
            column["type_scale"] = json!(scale);
        }
        column
    });
    json!({"column_count": batch.num_columns(), "columns": columns.collect::<Vec<_>>()})
}
