//! The terminal: how wide, in colour or not, and the only place that prints.

use std::io::{ErrorKind, IsTerminal, Write};

use clusteriq_output::{Colour, Style};

/// Width where it cannot be told.
const WIDTH: usize = 100;
/// Lines longer than this are hard to read.
const WIDEST: usize = 140;

/// How to print to standard output.
pub(crate) fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    let columns = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let measured = || terminal.then(console_width).flatten();
    let width = columns.or_else(measured).unwrap_or(WIDTH).min(WIDEST);
    let set = |name| std::env::var_os(name).is_some_and(|it| !it.is_empty());
    let forced = set("CLICOLOR_FORCE");
    let on = !set("NO_COLOR") && (terminal || forced);
    Style::new(width, if on { Colour::On } else { Colour::Off })
}

fn console_width() -> Option<usize> {
    terminal_size::terminal_size().map(|it| usize::from(it.0.0))
}

/// Data goes to standard output.
pub(crate) fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Everything else goes to standard error.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// An error and its causes; hints come after a blank line.
pub(crate) fn complain(error: &anyhow::Error) {
    let (said, hints) = told(error);
    tell(&format!("error: {said}"));
    for hint in hints {
        tell(&format!("\nhint: {hint}"));
    }
}

/// An error and its causes as a sentence, and what to do.
pub(crate) fn told(error: &anyhow::Error) -> (String, Vec<String>) {
    let mut parts: Vec<String> = vec![];
    let mut hints: Vec<String> = vec![];
    for cause in error.chain() {
        let text = cause.to_string();
        let mut split = text.split("\n\nhint: ");
        let said = split.next().unwrap_or_default();
        // A cause that its parent has already quoted is not said twice.
        if !parts.last().is_some_and(|it| it.contains(said)) {
            parts.push(said.to_owned());
        }
        for hint in split {
            if !hints.iter().any(|it| it == hint) {
                hints.push(hint.to_owned());
            }
        }
    }
    (parts.join(": "), hints)
}

/// Opens a file or an address in whatever shows it, if there is a screen; failing to is no failure of what was done.
pub(crate) fn open(what: &str) {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|it| std::env::var_os(it).is_some());
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else if screen {
        "xdg-open"
    } else {
        return;
    };
    if std::process::Command::new(program).arg(what).spawn().is_err() {
        tell(&format!("open it in a browser: {what}"));
    }
}

/// Whether the reader of our output went away, as `head` does.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|it| it.downcast_ref::<std::io::Error>()).any(|it| it.kind() == ErrorKind::BrokenPipe)
}
