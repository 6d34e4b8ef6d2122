//! The help, as people see it in a narrow and in a wide terminal.

use std::path::Path;

use crate::support::{program, ran};

const COMMANDS: [&str; 15] = [
    "",
    "import",
    "doctor",
    "scan",
    "report",
    "show",
    "whatif",
    "rightsize",
    "advisors",
    "costs",
    "demo",
    "serve",
    "schema",
    "openapi",
    "completions",
];

fn help(columns: &str) {
    for command in COMMANDS {
        let mut run = program(Path::new("unused"));
        run.env_remove("CLUSTERIQ_STORE").env("COLUMNS", columns);
        let printed = ran(run.args(command.split_whitespace()).arg("--help")).worked();
        let name = if command.is_empty() { "clusteriq" } else { command };
        insta::assert_snapshot!(format!("{name}_{columns}"), printed);
    }
}

#[test]
fn the_help_in_80_columns() {
    help("80");
}

#[test]
fn the_help_in_120_columns() {
    help("120");
}
