//! Development tasks: scaffolding, generated files, and the tests that keep the tree tidy (`cargo test -p xtask`).
#![expect(clippy::print_stdout, reason = "a command-line tool answers on stdout")]

mod advisors;
mod architecture;
mod docs;
mod generated;
mod lints;
mod scaffold;
#[cfg(test)]
mod tidy;
mod tree;

use std::env;

use anyhow::{Result, bail};

use generated::Mode;

const HELP: &str = "\
Development tasks of ClusterIQ.

Usage: cargo xtask COMMAND

Commands:
  new advisor NAME [--detection Dnn]
                    Write crates/clusteriq-engine/src/advisors/NAME.rs with its headings and one
                    failing test, and name it in advisors.rs. NAME is kebab-case and names the
                    problem: late-autotermination, not reduce-timeout.
  docs [--check]    Publish the advisors' doc comments as docs/advisors/*.md.
  lints [--check]   Write the clippy.toml of the pure crates.
  crates            Print which crate may use which, as a table for ARCHITECTURE.md.
  help              This text.

With --check nothing is written, and the exit code is 1 if something would be.
";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = || tree::enclosing(&env::current_dir()?);
    match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => print!("{HELP}"),
        ["new", "advisor", name] => new_advisor(&root()?, name, "D00")?,
        ["new", "advisor", name, "--detection", detection] => {
            new_advisor(&root()?, name, detection)?;
        }
        ["docs"] => generated::bring(&docs::render(&root()?)?, Mode::Write)?,
        ["docs", "--check"] => generated::bring(&docs::render(&root()?)?, Mode::Check)?,
        ["lints"] => generated::bring(&lints::render(&root()?), Mode::Write)?,
        ["lints", "--check"] => generated::bring(&lints::render(&root()?), Mode::Check)?,
        ["crates"] => print!("{}", architecture::table()),
        other => bail!("unknown command: {}\n\nhint: `cargo xtask help` lists them", other.join(" ")),
    }
    Ok(())
}

fn new_advisor(root: &std::path::Path, name: &str, detection: &str) -> Result<()> {
    for path in scaffold::advisor(root, name, detection)? {
        println!("wrote {}", path.display());
    }
    println!(
        "\nnext: replace every TODO, then\n  cargo test -p clusteriq-engine --lib {}\n  cargo xtask docs",
        name.replace('-', "_")
    );
    Ok(())
}
