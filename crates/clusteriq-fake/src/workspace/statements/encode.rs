//! Rows as files: JSON, CSV, Arrow.

use std::io::Write;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;

/// An array of rows, each an array of texts and nulls.
pub(super) fn json(cells: &[StringArray], offset: usize, rows: usize) -> Vec<u8> {
    let mut out = vec![b'['];
    for row in offset..offset + rows {
        out.extend(if row > offset { ",[".as_bytes() } else { "[".as_bytes() });
        for (number, it) in cells.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            let cell = it.is_valid(row).then(|| it.value(row));
            // Writing texts to memory cannot fail.
            let _ = serde_json::to_writer(&mut out, &cell);
        }
        out.push(b']');
    }
    out.push(b']');
    out
}

/// As RFC 4180 has it, with `null` for null; the first chunk begins with the names of the columns.
pub(super) fn csv(cells: &[StringArray], offset: usize, rows: usize, header: Option<Vec<String>>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(names) = header {
        line(&mut out, names.iter().map(String::as_str));
    }
    for row in offset..offset + rows {
        line(&mut out, cells.iter().map(|it| if it.is_valid(row) { it.value(row) } else { "null" }));
    }
    out
}

fn line<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
    for (number, it) in cells.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        if it.contains([',', '"', '\n', '\r']) {
            // Writing to memory cannot fail.
            let _ = write!(out, "\"{}\"", it.replace('"', "\"\""));
        } else {
            out.extend(it.as_bytes());
        }
    }
    out.extend(b"\r\n");
}

/// A stream with its schema and one batch.
pub(super) fn arrow(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Vec<StringArray> {
        vec![StringArray::from(vec![Some("a\"b"), None]), StringArray::from(vec![Some("x,\ny"), Some("1")])]
    }

    #[test]
    fn what_would_end_a_cell_is_quoted() {
        let header = Some(vec!["p".to_owned(), "q".to_owned()]);
        assert_eq!(csv(&cells(), 0, 2, header), b"p,q\r\n\"a\"\"b\",\"x,\ny\"\r\nnull,1\r\n");
        assert_eq!(csv(&cells(), 1, 1, None), b"null,1\r\n");
    }

    #[test]
    fn rows_of_json_are_arrays_of_texts() {
        let read: serde_json::Value = serde_json::from_slice(&json(&cells(), 0, 2)).unwrap();
        assert_eq!(read, serde_json::json!([["a\"b", "x,\ny"], [null, "1"]]));
        assert_eq!(json(&cells(), 2, 0), b"[]");
    }
}
