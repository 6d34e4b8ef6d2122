//! The binary: arguments, environment, clock, wiring. What it does with them is in the other crates.

mod args;
mod commands;
mod console;
mod pipeline;
mod progress;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(&args) {
        Ok(code) => code,
        Err(error) if console::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error);
            ExitCode::from(1)
        }
    }
}
