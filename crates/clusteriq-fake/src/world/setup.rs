//! What an administrator set: kinds of tasks, libraries, retries, time limits, tags, policies; and what goes wrong with runs.

use std::sync::Arc;

use super::Workspace;

/// What a job's tasks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskKind {
    Notebook,
    SparkPython,
    SparkJar,
    PythonWheel,
}

/// What is installed for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Pypi(&'static str),
    Maven(&'static str),
    Jar(&'static str),
    Wheel(&'static str),
}

/// Which tags a resource carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    /// Those that everything has.
    Full,
    /// Those, and that people wait for it.
    Critical,
    /// Only where it runs: nobody knows whose it is.
    NoOwner,
    Nothing,
}

/// A cluster policy.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) id: String,
    pub(crate) name: &'static str,
    /// JSON: rules by path.
    pub(crate) definition: String,
}

/// How a job is set up, its cluster apart.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) kind: TaskKind,
    pub(crate) libraries: Vec<Library>,
    /// How often a failed task is tried again.
    pub(crate) max_retries: i64,
    /// 0: a run may last for ever.
    pub(crate) timeout_seconds: i64,
    pub(crate) tagging: Tagging,
    pub(crate) policy: Option<Arc<Policy>>,
    pub(crate) trouble: Trouble,
}

impl Setup {
    /// Nothing special, and nobody to check it.
    pub(crate) fn plain() -> Self {
        Self {
            kind: TaskKind::Notebook,
            libraries: Vec::new(),
            max_retries: 0,
            timeout_seconds: 0,
            tagging: Tagging::Full,
            policy: None,
            trouble: Trouble::Nothing,
        }
    }
}

/// Why a task failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The code raised an error: it would again.
    Code,
    /// The data could not be read or written.
    Storage,
    /// The cluster could not be used any longer.
    Cluster,
    /// The cloud had no nodes or took them away.
    Cloud,
    /// The driver died.
    Driver,
    /// An executor wanted more memory than there is.
    OutOfMemory,
}

impl Cause {
    /// Termination code and type.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Code | Self::OutOfMemory => ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
            Self::Storage => ("STORAGE_ACCESS_ERROR", "CLIENT_ERROR"),
            Self::Cluster => ("CLUSTER_ERROR", "INTERNAL_ERROR"),
            Self::Cloud => ("CLOUD_FAILURE", "CLOUD_FAILURE"),
            Self::Driver => ("DRIVER_ERROR", "CLIENT_ERROR"),
        }
    }
}

/// What goes wrong with a job's runs again and again, whatever they run on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    Nothing,
    /// A share of the runs fails, late in its work, and somebody starts another one by hand.
    Fails {
        share: f64,
        cause: Cause,
    },
    /// A share of the runs meets an error, after a part of the work, that every other try meets there too.
    Storm {
        share: f64,
        after: f64,
    },
    /// A share of the runs fails in the first try for a reason that is gone in the second.
    Heals {
        share: f64,
    },
    /// Runs fail in the last two days of a month.
    MonthEnd,
    /// In some runs, the first after so many and then each after so many more, the driver waits for something that never
    /// comes, until a person looks hours later.
    Hangs {
        first: i64,
        every: i64,
        times: i64,
        hours: f64,
    },
    /// One run had so many times as much to do.
    OnceLong {
        run: i64,
        factor: f64,
    },
}
