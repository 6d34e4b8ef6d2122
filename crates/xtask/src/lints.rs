//! What a pure crate may not call: one list, written into the `clippy.toml` of each of them.
//!
//! Clippy reads the nearest `clippy.toml` alone, so each file repeats what the root's says about tests.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::architecture;
use crate::generated::Batch;

/// Paths and why they are forbidden.
type Forbidden = &'static [(&'static str, &'static [&'static str])];

const CLOCK: &str = "the clock is an argument";
const SETTINGS: &str = "settings are arguments";
const FILES: &str = "no files: data enters as tables";
const NETWORK: &str = "no network: data enters as tables";
const PROCESS: &str = "no processes: the binary alone meets the system";
const CONSOLE: &str = "no console: answers are values";
const WAIT: &str = "nothing waits";
const ORDER: &str = "its order differs between runs: use BTreeMap or BTreeSet";

const METHODS: Forbidden = &[
    (
        CLOCK,
        &[
            "jiff::Timestamp::now",
            "jiff::Zoned::now",
            "jiff::tz::TimeZone::system",
            "jiff::tz::TimeZone::try_system",
            "std::time::Instant::now",
            "std::time::SystemTime::now",
        ],
    ),
    (
        SETTINGS,
        &[
            "std::env::args",
            "std::env::args_os",
            "std::env::current_dir",
            "std::env::current_exe",
            "std::env::home_dir",
            "std::env::temp_dir",
            "std::env::var",
            "std::env::var_os",
            "std::env::vars",
            "std::env::vars_os",
        ],
    ),
    (
        FILES,
        &[
            "std::fs::File::create",
            "std::fs::File::open",
            "std::fs::canonicalize",
            "std::fs::copy",
            "std::fs::create_dir",
            "std::fs::create_dir_all",
            "std::fs::exists",
            "std::fs::metadata",
            "std::fs::read",
            "std::fs::read_dir",
            "std::fs::read_to_string",
            "std::fs::remove_dir",
            "std::fs::remove_dir_all",
            "std::fs::remove_file",
            "std::fs::rename",
            "std::fs::write",
            "std::path::Path::exists",
            "std::path::Path::is_dir",
            "std::path::Path::is_file",
            "std::path::Path::metadata",
            "std::path::Path::read_dir",
        ],
    ),
    (WAIT, &["std::thread::sleep"]),
    (PROCESS, &["std::process::Command::new", "std::process::abort", "std::process::exit", "std::process::id"]),
    (CONSOLE, &["std::io::stderr", "std::io::stdin", "std::io::stdout"]),
];

const TYPES: Forbidden = &[
    (FILES, &["std::fs::DirEntry", "std::fs::File", "std::fs::OpenOptions"]),
    (NETWORK, &["std::net::TcpListener", "std::net::TcpStream", "std::net::UdpSocket"]),
    (PROCESS, &["std::process::Command"]),
    (ORDER, &["std::collections::HashMap", "std::collections::HashSet", "std::hash::RandomState"]),
];

/// The `clippy.toml` of every pure crate.
pub(crate) fn render(root: &Path) -> Batch {
    let files = architecture::pure()
        .map(|it| {
            let path = PathBuf::from(format!("crates/{}/clippy.toml", it.name));
            (path, text())
        })
        .collect::<BTreeMap<_, _>>();
    Batch { command: "cargo xtask lints", root: root.to_owned(), owned_folder: None, files }
}

fn text() -> String {
    let mut text = String::from(
        "# A pure crate: its answers depend on its arguments alone.\n\
         # Written by `cargo xtask lints` from crates/xtask/src/lints.rs; edit that list.\n\
         allow-expect-in-tests = true\n\
         allow-unwrap-in-tests = true\n",
    );
    section(&mut text, "disallowed-methods", METHODS);
    section(&mut text, "disallowed-types", TYPES);
    text
}

fn section(text: &mut String, key: &str, forbidden: Forbidden) {
    let mut line = |it: std::fmt::Arguments<'_>| {
        text.write_fmt(it).expect("a String takes every write");
    };
    line(format_args!("\n{key} = [\n"));
    for (reason, paths) in forbidden {
        for path in *paths {
            // A crate that does not know jiff has no such path to forbid.
            let absent = if path.starts_with("jiff::") { ", allow-invalid = true" } else { "" };
            line(format_args!("    {{ path = \"{path}\", reason = \"{reason}\"{absent} }},\n"));
        }
    }
    line(format_args!("]\n"));
}
