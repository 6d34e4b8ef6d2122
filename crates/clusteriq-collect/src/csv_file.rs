//! One CSV file: a header, then rows; nested columns as JSON or as one column per path.

use std::borrow::Cow;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::chunk::Emit;
use crate::error::{CollectError, Place, shortened};
use crate::rows::Rows;
use crate::text_file::{TextFile, damaged};
use crate::wanted::{Found, Wanted};

/// Reads the rows in batches, until `emit` says that it has enough.
pub(crate) fn read(rows: &mut Rows, file: TextFile, emit: Emit<'_>) -> Result<(), CollectError> {
    let place = &rows.place().clone();
    let mut reader = ReaderBuilder::new().from_reader(file.reader);
    let header = reader.headers().map_err(|it| failed(place, 0, it))?.clone();
    if header.is_empty() {
        return Ok(());
    }
    let wanted = rows.wanted.clone();
    let places: Vec<(usize, &Wanted)> =
        header.iter().enumerate().filter_map(|(at, name)| Some((at, wanted.at(name.trim())?))).collect();
    check(rows, &header, &places)?;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|it| failed(place, rows.next_row(), it))? {
        let mut found = rows.blank();
        for (at, place) in &places {
            let cell = record.get(*at).filter(|it| !it.is_empty()).map(Cow::from);
            place.value(cell, &mut found).map_err(|it| rows.misplaced(it))?;
        }
        rows.push(&found)?;
        if rows.is_full() && !emit(rows.take()?, file.consumed.get()) {
            return Ok(());
        }
    }
    emit(rows.take()?, file.consumed.get());
    Ok(())
}

/// Whether the header has every required column, itself or the one that it is nested in.
fn check(rows: &mut Rows, header: &StringRecord, places: &[(usize, &Wanted)]) -> Result<(), CollectError> {
    let mut found = rows.blank();
    for (_, place) in places {
        for end in place.all_ends() {
            found[end] = Found::Null;
        }
        rows.has(place.ends());
    }
    match rows.lacks(&found) {
        Some(column) => Err(rows.missing(column, header.iter().map(str::to_owned).collect())),
        None => Ok(()),
    }
}

/// `row` is that of the data, 0 for the header.
fn failed(place: &Place, row: u64, error: csv::Error) -> CollectError {
    let reason = match error.into_kind() {
        ErrorKind::Io(it) => return damaged(place, &it),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the header has {expected_len} columns but the row has {len}")
        }
        ErrorKind::Utf8 { err, .. } => format!("not UTF-8 text: {err}"),
        other => format!("not CSV: {}", shortened(&format!("{other:?}"))),
    };
    CollectError::Row { file: place.clone(), row, reason }
}
