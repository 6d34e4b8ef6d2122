//! One file of JSON rows.

use crate::chunk::Emit;
use crate::error::{CollectError, shortened};
use crate::json;
use crate::json_stream::Values;
use crate::rows::Rows;
use crate::text_file::{TextFile, damaged};

/// Reads the rows in batches, until `emit` says that it has enough.
pub(crate) fn read(rows: &mut Rows, file: TextFile, emit: Emit<'_>) -> Result<(), CollectError> {
    let place = &rows.place().clone();
    let mut values = Values::new(file.reader);
    loop {
        let row = rows.next_row();
        let Some(value) = values.next().map_err(|it| damaged(place, &it))? else { break };
        let failed = |reason: String| CollectError::Row { file: place.clone(), row, reason };
        let text = std::str::from_utf8(value).map_err(|it| failed(format!("not UTF-8 text: {it}")))?;
        let mut found = rows.blank();
        match rows.wanted.members(text, &mut found) {
            Ok(()) => {}
            // The row as a whole: what the parser says is worth more than that it is not an object.
            Err(it) if it.name.is_empty() => return Err(failed(why(text))),
            Err(it) => return Err(rows.misplaced(it)),
        }
        if row == 1
            && let Some(column) = rows.lacks(&found)
        {
            let names = json::members(text).into_iter().flatten().map(|it| it.0.into_owned());
            return Err(rows.missing(column, names.collect()));
        }
        rows.push(&found)?;
        if rows.is_full() && !emit(rows.take()?, file.consumed.get()) {
            return Ok(());
        }
    }
    emit(rows.take()?, file.consumed.get());
    Ok(())
}

/// Why a row is not a JSON object.
pub(crate) fn why(text: &str) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => format!("not a JSON object: {}", shortened(text)),
        Err(it) => format!("not JSON: {it}: {}", shortened(text)),
    }
}
