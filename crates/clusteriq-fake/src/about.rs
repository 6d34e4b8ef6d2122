//! The README that lies next to an export.

use std::path::Path;

use crate::{DemoOptions, FakeError};

/// Writes `README.md`: which company this is, and what is modelled and what is not.
pub(crate) fn write(dir: &Path, options: &DemoOptions) -> Result<u64, FakeError> {
    let path = dir.join("README.md");
    let text = format!(
        "Written by `clusteriq demo` with seed {}, {} resources ({:?} fleet), {} days until {}.\n\n{}",
        options.seed,
        options.clusters,
        options.fleet,
        options.days,
        options.until,
        include_str!("../README.md")
    );
    std::fs::write(&path, text).map_err(|source| FakeError::Write { path, source })?;
    Ok(1)
}
