//! From the environment and the arguments to a client of a workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clusteriq_collect::{Config, HttpOptions, Layers, ProfileFile, Secret};

/// The configuration that a profile, or the environment without one, comes to.
pub(crate) fn configuration(profile: Option<&str>) -> Result<Config> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let layers =
        Layers { environment, profile: profile.map(str::to_owned), file: profile_file()?, ..Layers::default() };
    Ok(Config::resolve(&layers)?)
}

/// How to reach the network.
pub(crate) fn network(ca_file: Option<&Path>) -> HttpOptions {
    HttpOptions { certificates: ca_file.map(Path::to_owned), ..HttpOptions::default() }
}

/// The profile file, where the environment says or where it usually is; there need not be one there.
fn profile_file() -> Result<Option<ProfileFile>> {
    let named = std::env::var_os("DATABRICKS_CONFIG_FILE").filter(|it| !it.is_empty()).map(PathBuf::from);
    let usual = || etcetera::home_dir().ok().map(|it| it.join(".databrickscfg"));
    let Some(path) = named.clone().or_else(usual) else { return Ok(None) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(ProfileFile { path: path.display().to_string(), text: Secret::new(text) })),
        Err(it) if it.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(it) => Err(it).with_context(|| {
            format!("cannot read the profiles\n\nhint: DATABRICKS_CONFIG_FILE names the file: {}", path.display())
        }),
    }
}
