//! A progress bar on a terminal, nothing elsewhere.

use std::io::IsTerminal;

use clusteriq_collect::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Bytes of files read, with rate and time left.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// For so many bytes.
    pub(crate) fn new(bytes: u64, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(bytes);
        let style = ProgressStyle::with_template(
            "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advanced(&self, table: &str, bytes: u64, _rows: u64) {
        self.0.set_message(table.to_owned());
        self.0.inc(bytes);
    }
}

/// How many objects of which list have been read.
pub(crate) struct Counter(ProgressBar);

impl Counter {
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        Self(ProgressBar::new_spinner().with_style(
            ProgressStyle::with_template("{pos} objects  {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        ))
    }

    /// Takes the line away.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Counter {
    fn advanced(&self, table: &str, _bytes: u64, rows: u64) {
        self.0.set_message(table.to_owned());
        self.0.inc(rows);
    }
}
