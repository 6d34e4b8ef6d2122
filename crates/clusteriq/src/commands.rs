//! One file per command.

mod advisors;
mod demo;
mod doctor;
mod import;
mod report;
mod rightsize;
mod scan;
mod serve;
mod show;
mod whatif;

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::args::{Args, Command};
use crate::{console, pipeline};

pub(crate) use scan::gaps as not_scanned;

/// Exit code of what was done although the data has gaps, where `--strict` asks for it.
const WITH_GAPS: u8 = 3;

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let dir = || pipeline::store_dir(args.store.as_deref());
    match &args.command {
        Command::Import(it) => import::run(&dir()?, &it.paths, args.quiet)?,
        Command::Doctor(it) => return doctor::run(it),
        Command::Scan(it) => return scan::run(&dir()?, it, args.quiet),
        Command::Report(it) => return report::run(&dir()?, it),
        Command::Costs(it) => report::costs(&dir()?, it)?,
        Command::Show(it) => show::run(&dir()?, it)?,
        Command::Rightsize(it) => rightsize::run(it)?,
        Command::Whatif(it) => whatif::run(&dir()?, it)?,
        Command::Advisors(it) => advisors::run(it)?,
        Command::Demo(it) => demo::run(it, args.quiet)?,
        Command::Serve(it) => serve::run(&dir()?, it, args.quiet)?,
        Command::Openapi => console::print(&clusteriq_serve::openapi())?,
        Command::Schema => console::print(&clusteriq_output::json_schema())?,
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(*shell, &mut Args::command(), "clusteriq", &mut script);
            console::print(&String::from_utf8_lossy(&script))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
