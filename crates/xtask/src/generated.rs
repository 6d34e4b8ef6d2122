//! Files that are written by a task and committed: written anew, or checked for drift.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tree;

/// What to do with files that differ from what would be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write them.
    Write,
    /// Name them and fail.
    Check,
}

/// Everything one task writes.
pub(crate) struct Batch {
    /// The command that writes it, for people.
    pub(crate) command: &'static str,
    /// The repository.
    pub(crate) root: PathBuf,
    /// A folder that holds nothing but `*.md` of this task: others in it are leftovers.
    pub(crate) owned_folder: Option<&'static str>,
    /// Path below the root to text.
    pub(crate) files: BTreeMap<PathBuf, String>,
}

/// Writes the batch, or fails if it is not what is on disk.
pub(crate) fn bring(batch: &Batch, mode: Mode) -> Result<()> {
    let drift = drift(batch)?;
    if mode == Mode::Check {
        if drift.is_empty() {
            return Ok(());
        }
        bail!("not up to date: {}\n\nhint: `{}` writes them", drift.join(", "), batch.command);
    }
    for (path, text) in &batch.files {
        let path = batch.root.join(path);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            tree::write(&path, text)?;
        }
    }
    for path in leftovers(batch)? {
        fs::remove_file(&path).with_context(|| format!("cannot delete: {}", path.display()))?;
    }
    Ok(())
}

/// What differs, as `path (missing | changed | left over)`.
fn drift(batch: &Batch) -> Result<Vec<String>> {
    let mut found = vec![];
    for (path, text) in &batch.files {
        match fs::read_to_string(batch.root.join(path)) {
            Ok(it) if it == *text => {}
            Ok(_) => found.push(format!("{} (changed)", path.display())),
            Err(_) => found.push(format!("{} (missing)", path.display())),
        }
    }
    for path in leftovers(batch)? {
        let path = path.strip_prefix(&batch.root).unwrap_or(&path);
        found.push(format!("{} (left over)", path.display()));
    }
    Ok(found)
}

fn leftovers(batch: &Batch) -> Result<Vec<PathBuf>> {
    let Some(folder) = batch.owned_folder else {
        return Ok(vec![]);
    };
    let all = tree::files_in(&batch.root.join(folder), "md")?;
    let ours = |path: &Path| path.strip_prefix(&batch.root).is_ok_and(|it| batch.files.contains_key(it));
    Ok(all.into_iter().filter(|it| !ours(it)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(root: &Path, text: &str) -> Batch {
        Batch {
            command: "cargo xtask docs",
            root: root.to_owned(),
            owned_folder: Some("docs"),
            files: BTreeMap::from([(PathBuf::from("docs/a.md"), text.to_owned())]),
        }
    }

    #[test]
    fn what_was_written_is_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let batch = batch(folder.path(), "a\n");
        bring(&batch, Mode::Write).unwrap();
        bring(&batch, Mode::Check).unwrap();
    }

    #[test]
    fn checking_names_what_is_missing_changed_or_left_over_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let said = |text| {
            let error = bring(&batch(folder.path(), text), Mode::Check).unwrap_err();
            error.to_string()
        };
        assert!(said("a\n").starts_with("not up to date: docs/a.md (missing)"));
        tree::write(&folder.path().join("docs/a.md"), "a\n").unwrap();
        tree::write(&folder.path().join("docs/old.md"), "old\n").unwrap();
        assert_eq!(
            said("b\n"),
            "not up to date: docs/a.md (changed), docs/old.md (left over)\n\nhint: `cargo xtask docs` writes them"
        );
        assert_eq!(tree::read(&folder.path().join("docs/a.md")).unwrap(), "a\n");
    }

    #[test]
    fn writing_removes_the_page_of_an_advisor_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        tree::write(&folder.path().join("docs/old.md"), "old\n").unwrap();
        bring(&batch(folder.path(), "a\n"), Mode::Write).unwrap();
        assert!(!folder.path().join("docs/old.md").exists());
    }
}
