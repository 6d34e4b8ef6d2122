//! A scan that was interrupted and goes on: what it was asked, kept beside what it has read.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::client::ClientError;

/// Its name in the folder.
const NAME: &str = "scan.txt";
/// Lists change: what is older than this is read anew.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Makes a folder ready for a scan, and gives the end of the window that goes with what is in it: `until`, or that of a scan
/// that was asked the same (`question`, any text) not long ago and did not come to its end. Anything else in the folder is
/// removed if it is `ours`, and refused if it is not.
///
/// # Errors
///
/// The folder cannot be read or written, or is not empty and not ours.
pub fn go_on(folder: &Path, ours: bool, question: &str, until: Timestamp) -> Result<Timestamp, ClientError> {
    let path = folder.join(NAME);
    let failed = |source| ClientError::Write { path: folder.to_owned(), source };
    let before = match fs::read_to_string(&path) {
        Ok(it) => it,
        Err(it) if it.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(it) => return Err(failed(it)),
    };
    if let Some((began, asked)) = before.split_once('\n')
        && let Ok(began) = began.parse::<Timestamp>()
        && asked == question
        && began <= until
        && until.duration_since(began) < LONGEST
    {
        return Ok(began);
    }
    let is_empty = match fs::read_dir(folder) {
        Ok(mut it) => it.next().is_none(),
        Err(it) if it.kind() == std::io::ErrorKind::NotFound => true,
        Err(it) => return Err(failed(it)),
    };
    match (is_empty, ours) {
        (true, _) => {}
        (false, true) => fs::remove_dir_all(folder).map_err(failed)?,
        (false, false) => return Err(ClientError::NotEmpty { path: folder.to_owned() }),
    }
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, format!("{until}\n{question}"))).map_err(failed)?;
    Ok(until)
}

/// Says that the scan in a folder has come to its end: the next one begins anew.
///
/// # Errors
///
/// The file cannot be removed.
pub fn ended(folder: &Path) -> Result<(), ClientError> {
    let path = folder.join(NAME);
    fs::remove_file(&path).map_err(|source| ClientError::Write { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_question_goes_on_with_its_old_end_and_any_other_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("scan");
        let (first, later) = (at("2026-11-01T10:00:00Z"), at("2026-11-01T11:00:00Z"));
        assert_eq!(go_on(&folder, true, "a\nb", first).unwrap(), first);
        fs::write(folder.join("part"), "x").unwrap();
        assert_eq!(go_on(&folder, true, "a\nb", later).unwrap(), first);
        assert!(folder.join("part").exists());
        assert_eq!(go_on(&folder, true, "a\nc", later).unwrap(), later);
        assert!(!folder.join("part").exists());
        let next_day = at("2026-11-02T11:00:00Z");
        assert_eq!(go_on(&folder, true, "a\nc", next_day).unwrap(), next_day);
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine"), "x").unwrap();
        let refused = go_on(dir.path(), false, "a", at("2026-11-01T10:00:00Z")).unwrap_err().to_string();
        assert!(refused.contains("not empty") && dir.path().join("mine").exists(), "{refused}");
    }

    #[test]
    fn a_scan_that_ended_is_not_gone_on_with() {
        let dir = tempfile::tempdir().unwrap();
        let first = at("2026-11-01T10:00:00Z");
        go_on(dir.path(), false, "a", first).unwrap();
        ended(dir.path()).unwrap();
        fs::write(dir.path().join("part"), "x").unwrap();
        assert!(go_on(dir.path(), false, "a", first).is_err());
    }
}
