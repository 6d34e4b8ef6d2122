//! What is not known, and how to make it known.

use crate::{AdvisorId, Money, Target};

/// The kind of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// A table or answer was not in the data.
    MissingSource,
    /// A table lacks a column or a span of time.
    Incomplete,
    /// A SKU has no price.
    Unpriced,
    /// A node type has no known size, DBU rate or price.
    UnknownNodeType,
    /// A resource could not be judged: too little history, no telemetry.
    NotJudged,
}

impl GapKind {
    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MissingSource => "missing_source",
            Self::Incomplete => "incomplete",
            Self::Unpriced => "unpriced",
            Self::UnknownNodeType => "unknown_node_type",
            Self::NotJudged => "not_judged",
        }
    }
}

/// What would close a gap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// A statement for an account or metastore administrator.
    Grant(String),
    /// Export or collect this as well.
    Collect(String),
    /// Wait until there is more, e.g. `3 more runs`.
    Wait(String),
    /// Set this.
    Configure(String),
}

impl Remedy {
    /// What to do, in words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Grant(it) | Self::Collect(it) | Self::Wait(it) | Self::Configure(it) => it,
        }
    }
}

/// Something the answer does not rest on because it was not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// What kind.
    pub kind: GapKind,
    /// What it is about; `None` for the whole account.
    pub target: Option<Target>,
    /// The target's name, for people.
    pub name: Option<String>,
    /// Which advisor could not judge, if one could not.
    pub advisor: Option<AdvisorId>,
    /// What is missing and what follows from it, one sentence without a full stop.
    pub what: String,
    /// What would close it.
    pub remedy: Option<Remedy>,
    /// Billed money it touches, if known: what is at stake.
    pub touches: Option<Money>,
}
