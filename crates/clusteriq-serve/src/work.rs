//! What the server has done for it: it reads neither the store nor the workspaces itself.

use std::fmt;

use jiff::Timestamp;

use crate::snapshot::Snapshot;

/// Reads the store and judges; `None`: there is no data yet.
pub type Analyse = Box<dyn Fn() -> Result<Option<Snapshot>, Failure> + Send + Sync>;
/// Reads the workspaces into the store, telling how far it is.
pub type ReadWorkspaces = Box<dyn Fn(&(dyn Fn(Progress) + Sync)) -> Result<(), Failure> + Send + Sync>;
/// Keeps settings that people changed; the next analysis uses them.
pub type Keep = Box<dyn Fn(&str, &str) -> Result<(), Failure> + Send + Sync>;

/// What is done for the server.
pub struct Work {
    /// Makes an analysis.
    pub analyse: Analyse,
    /// Reads the workspaces, or why there are none to read.
    pub scan: Result<ReadWorkspaces, String>,
    /// Keeps a setting by its name.
    pub keep: Keep,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// What a scan is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Getting ready.
    Starting,
    /// Making up the demo's company.
    Making,
    /// Asking workspaces what there is.
    Planning,
    /// Reading workspaces.
    Reading,
    /// Putting what was read into the store.
    Storing,
    /// Judging.
    Analysing,
}

impl Phase {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Making => "making",
            Self::Planning => "planning",
            Self::Reading => "reading",
            Self::Storing => "storing",
            Self::Analysing => "analysing",
        }
    }
}

/// How far a scan is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// For people.
    pub text: String,
    /// So many are done, in a unit that the text names.
    pub done: u64,
    /// Of so many, if it is known.
    pub total: Option<u64>,
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|it| write!(f, "; {it}"))
    }
}

impl std::error::Error for Failure {}
