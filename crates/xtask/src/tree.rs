//! The working tree: where it is, and which files belong to it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The workspace around a folder: the nearest parent whose `Cargo.toml` declares one.
pub(crate) fn enclosing(folder: &Path) -> Result<PathBuf> {
    folder
        .ancestors()
        .find(|it| fs::read_to_string(it.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]")))
        .map(Path::to_owned)
        .with_context(|| {
            format!("no workspace around this folder: {}\n\nhint: run it inside the repository", folder.display())
        })
}

/// Every file of a folder with one extension, sorted by name; none if the folder does not exist.
pub(crate) fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(vec![]);
    }
    let mut found = vec![];
    for entry in fs::read_dir(folder).with_context(|| cannot("list", folder))? {
        let path = entry.with_context(|| cannot("list", folder))?.path();
        if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file's text.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| cannot("read", path))
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let Some(folder) = path.parent() else {
        bail!("not a file: {}", path.display());
    };
    fs::create_dir_all(folder).with_context(|| cannot("create", folder))?;
    fs::write(path, text).with_context(|| cannot("write", path))
}

fn cannot(verb: &str, path: &Path) -> String {
    format!("cannot {verb}: {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_a_folder_inside_it() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = enclosing(&here.join("src")).unwrap();
        assert_eq!(root, here.parent().unwrap().parent().unwrap());
    }

    #[test]
    fn outside_a_workspace_the_error_says_where_to_run_it() {
        let text = enclosing(Path::new("/")).unwrap_err().to_string();
        assert!(text.contains("hint: run it inside the repository"));
    }
}
