//! The formats of the state database, from the first release on. A migration that was released is never edited.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::StoreError;
use crate::durable::sync_dir;

/// Marks a SQLite file as a store's state; the first migration writes it.
const APPLICATION_ID: i64 = 0x4349_5131;

/// In order; the format of a store is how many of them it has seen.
const STEPS: &[M<'_>] = &[M::up(include_str!("migrations/0001_first.sql"))];

/// What kind of state a SQLite file is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Nothing was ever written.
    Empty,
    /// Ours, with an older format.
    Older(usize),
    /// Ours, with the format this program writes.
    Current,
}

/// The format this program writes.
pub(crate) fn known() -> usize {
    STEPS.len()
}

/// Reads the format; refuses files of newer programs and of other programs.
pub(crate) fn format(state: &Connection, path: &Path, dir: &Path) -> Result<Format, StoreError> {
    check(state, path, dir, known())
}

/// Brings the state to the newest format. A copy of an older state is kept beside it.
pub(crate) fn run(state: &mut Connection, path: &Path, dir: &Path) -> Result<(), StoreError> {
    run_steps(state, path, dir, STEPS)
}

fn run_steps(state: &mut Connection, path: &Path, dir: &Path, steps: &[M<'_>]) -> Result<(), StoreError> {
    match check(state, path, dir, steps.len())? {
        Format::Current => return Ok(()),
        Format::Empty => {}
        Format::Older(found) => keep_copy(state, path, dir, found)?,
    }
    Migrations::from_slice(steps).to_latest(state).map_err(|it| StoreError::State {
        action: "update",
        path: path.to_owned(),
        source: Box::new(it),
    })
}

fn check(state: &Connection, path: &Path, dir: &Path, known: usize) -> Result<Format, StoreError> {
    let pragma = |name| {
        state
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|it| StoreError::state("read", path, it))
    };
    let (id, version) = (pragma("application_id")?, pragma("user_version")?);
    let foreign = id != APPLICATION_ID && (id != 0 || version != 0);
    match usize::try_from(version) {
        Ok(found) if !foreign && found > known => Err(StoreError::Newer { dir: dir.to_owned(), found, known }),
        Ok(found) if !foreign => Ok(match found {
            0 => Format::Empty,
            it if it < known => Format::Older(it),
            _ => Format::Current,
        }),
        _ => Err(StoreError::NotAStore {
            dir: dir.to_owned(),
            found: format!("{} belongs to another program", path.display()),
        }),
    }
}

/// A consistent copy, the write-ahead log included, named after the format it has.
fn keep_copy(state: &Connection, path: &Path, dir: &Path, found: usize) -> Result<(), StoreError> {
    let copy = dir.join(format!("state-before-format-{}.sqlite", found + 1));
    let unfinished = copy.with_extension("sqlite.tmp");
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(|it| StoreError::io("remove", &unfinished, it))?;
    }
    let Some(name) = unfinished.to_str() else {
        // SQLite takes the name as text only: empty the log into the file and copy that.
        state
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|it| StoreError::state("copy", path, it))?;
        return fs::copy(path, &copy).map(drop).map_err(|it| StoreError::io("copy", path, it));
    };
    state.execute("VACUUM INTO ?1", [name]).map_err(|it| StoreError::state("copy", path, it))?;
    fs::File::options()
        .write(true)
        .open(&unfinished)
        .and_then(|it| it.sync_all())
        .and_then(|()| fs::rename(&unfinished, &copy))
        .and_then(|()| sync_dir(dir))
        .map_err(|it| StoreError::io("write", &copy, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "CREATE TABLE later (id INTEGER) STRICT;";

    fn open(dir: &Path) -> (Connection, std::path::PathBuf) {
        let path = dir.join("state.sqlite");
        (Connection::open(&path).unwrap(), path)
    }

    #[test]
    fn every_migration_runs_on_an_empty_database() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }

    #[test]
    fn a_new_store_gets_the_newest_format_and_no_copy() {
        let dir = tempfile::tempdir().unwrap();
        let (mut state, path) = open(dir.path());
        assert_eq!(format(&state, &path, dir.path()).unwrap(), Format::Empty);
        run(&mut state, &path, dir.path()).unwrap();
        assert_eq!(format(&state, &path, dir.path()).unwrap(), Format::Current);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn before_a_migration_a_copy_of_the_older_state_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (mut state, path) = open(dir.path());
        run(&mut state, &path, dir.path()).unwrap();
        state.execute("INSERT INTO settings VALUES ('a', 'b')", []).unwrap();

        let steps: Vec<M<'_>> = STEPS.iter().cloned().chain([M::up(NEXT)]).collect();
        run_steps(&mut state, &path, dir.path(), &steps).unwrap();
        state.execute("INSERT INTO later VALUES (1)", []).unwrap();

        let copy = Connection::open(dir.path().join("state-before-format-2.sqlite")).unwrap();
        let value: String = copy.query_row("SELECT value FROM settings WHERE key = 'a'", [], |it| it.get(0)).unwrap();
        assert_eq!(value, "b");
        assert_eq!(check(&copy, &path, dir.path(), steps.len()).unwrap(), Format::Older(1));
        copy.execute("SELECT * FROM later", []).unwrap_err();
    }

    #[test]
    fn a_failed_migration_leaves_the_older_format() {
        let dir = tempfile::tempdir().unwrap();
        let (mut state, path) = open(dir.path());
        run(&mut state, &path, dir.path()).unwrap();
        let steps: Vec<M<'_>> =
            STEPS.iter().cloned().chain([M::up("CREATE TABLE later (id); SELECT nonsense();")]).collect();
        run_steps(&mut state, &path, dir.path(), &steps).unwrap_err();
        assert_eq!(format(&state, &path, dir.path()).unwrap(), Format::Current);
    }

    #[test]
    fn files_of_newer_and_of_other_programs_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (mut state, path) = open(dir.path());
        run(&mut state, &path, dir.path()).unwrap();
        state.pragma_update(None, "user_version", 99).unwrap();
        let error = run(&mut state, &path, dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");

        state.pragma_update(None, "application_id", 7).unwrap();
        let error = run(&mut state, &path, dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    }
}
