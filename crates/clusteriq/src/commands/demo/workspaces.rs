//! The made-up company's workspaces, on ports of this machine.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use clusteriq_collect::{Config, Layers};
use clusteriq_fake::DemoOptions;
use clusteriq_fake::workspace::{History, Server, SystemTables, TOKEN};

/// Workspaces that answer as long as this lives.
pub(super) struct Workspaces {
    /// Name and server.
    all: Vec<(String, Server)>,
}

impl Workspaces {
    /// Lets the company live once more, and puts its workspaces on ports; their system tables are the files of its export.
    pub(super) fn start(options: &DemoOptions, export: &Path) -> Result<Self> {
        let history = History::of(options)?;
        let tables = SystemTables::of(export)?;
        let mut all = vec![];
        for (id, name) in history.workspaces() {
            let Some(workspace) = history.workspace(&id) else { continue };
            workspace.set_tables(tables.clone());
            all.push((name, workspace.start()?));
        }
        Ok(Self { all })
    }

    pub(super) fn number(&self) -> usize {
        self.all.len()
    }

    /// How each of them is signed in to.
    pub(super) fn configs(&self) -> Result<Vec<Config>> {
        let config = |(_, server): &(String, Server)| {
            let given = [("host", server.url.clone()), ("token", TOKEN.to_owned())];
            Ok(Config::resolve(&Layers { given: given.into(), ..Layers::default() })?)
        };
        self.all.iter().map(config).collect()
    }

    /// The names of their profiles.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|it| it.0.as_str())
    }

    /// Writes a profile for each of them, for this program and Databricks' own.
    pub(super) fn write_profiles(&self, file: &Path) -> Result<()> {
        let mut text = String::new();
        for (name, server) in &self.all {
            writeln!(text, "[{name}]\nhost = {}\ntoken = {TOKEN}\n", server.url)?;
        }
        std::fs::write(file, text).with_context(|| format!("cannot write the profiles: {}", file.display()))
    }
}
