//! What ClusterIQ says: a change, what it saves, why, and what may go wrong.

use crate::{Action, Evidence, Interval, Minutes, Target, Usd, Window};

/// Stable kebab-case name; it is stored, linked and used in settings, so it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdvisorId(pub &'static str);

/// What a change saves in a month of 30.4 days, the two meters apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Savings {
    /// Both meters together; what the total of a plan adds up.
    pub total: Interval<Usd>,
    /// The DBU part, at the billed rates; `None` if the price of the DBUs is not known.
    pub dbu: Option<Interval<Usd>>,
    /// The VM part, modelled from node-minutes and the catalogue; `None` if a price is not known.
    pub vm: Option<Interval<Usd>>,
    /// The arithmetic in words and numbers.
    pub because: String,
}

/// How long a run takes, now and then.
#[derive(Clone, Debug, PartialEq)]
pub struct Runtime {
    /// Median of the measured runs.
    pub now: Minutes,
    /// Median expected after the change.
    pub then: Interval<Minutes>,
}

/// The worst of several things that may go wrong, 0 to 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// 0 (nobody notices) to 4 (will fail).
    pub score: u8,
    /// The score in a word.
    pub level: RiskLevel,
    /// The arithmetic in one sentence.
    pub because: String,
    /// Each dimension's score and reason; the score is their maximum and the modifiers.
    pub parts: Vec<RiskPart>,
}

/// The score in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLevel {
    /// 0.
    VeryLow,
    /// 1.
    Low,
    /// 2.
    Medium,
    /// 3 and 4.
    High,
}

impl RiskLevel {
    /// The level of a score.
    #[must_use]
    pub fn of(score: u8) -> Self {
        match score {
            0 => Self::VeryLow,
            1 => Self::Low,
            2 => Self::Medium,
            _ => Self::High,
        }
    }

    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::VeryLow => "very_low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is a dimension of detections' risk")]
pub enum RiskDimension {
    Cpu,
    Memory,
    Network,
    Runtime,
    Driver,
    People,
    Coupling,
    /// A modifier: production, deadline, irreversibility.
    Modifier,
}

impl RiskDimension {
    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Network => "network",
            Self::Runtime => "runtime",
            Self::Driver => "driver",
            Self::People => "people",
            Self::Coupling => "coupling",
            Self::Modifier => "modifier",
        }
    }
}

/// One dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskPart {
    /// Which.
    pub dimension: RiskDimension,
    /// 0 to 4; a modifier adds.
    pub score: u8,
    /// The numbers it comes from.
    pub because: String,
}

/// Another configuration that was weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Which, e.g. `safest`, `next smaller`.
    pub label: String,
    /// The configuration in words.
    pub compute: String,
    /// What it would save a month.
    pub savings: Option<Interval<Usd>>,
    /// Median run time expected.
    pub runtime: Option<Interval<Minutes>>,
    /// 0 to 4.
    pub risk: Option<u8>,
    /// Why it is not the one recommended.
    pub verdict: String,
}

/// A finding that has no place in the plan, because another change on the same resource settles or excludes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Who found it.
    pub advisor: AdvisorId,
    /// Its number in the catalogue of detections.
    pub detection: &'static str,
    /// What it would have been, imperative.
    pub title: String,
    /// The change.
    pub action: Action,
    /// What it would save alone, a month.
    pub alone: Option<Interval<Usd>>,
}

/// A priced proposal, ready to rank and show.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// Hash of advisor, target and kind of action, 12 hexadecimal digits: survives re-analysis.
    pub id: String,
    /// Hash of the configuration it was judged on: an approval lapses when this changes.
    pub judged_on: String,
    /// Who said it.
    pub advisor: AdvisorId,
    /// Its number in the catalogue of detections, e.g. `D01`.
    pub detection: &'static str,
    /// Imperative, e.g. `Cut the workers of nightly-etl from 8 to 3`.
    pub title: String,
    /// One paragraph with the deciding number.
    pub why: String,
    /// What the change applies to.
    pub target: Target,
    /// The target's name.
    pub name: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// The change.
    pub action: Action,
    /// What it saves on top of the recommendations ranked before it. `None`: it saves nothing by itself, or its price is not known.
    pub savings: Option<Savings>,
    /// Money a month that it is about and that is no saving: what failed runs cost, what nobody's tags explain.
    pub at_stake: Option<Usd>,
    /// What it changes for the runs.
    pub runtime: Option<Runtime>,
    /// What may go wrong.
    pub risk: Risk,
    /// How much it rests on, e.g. `12 runs over 9 days`.
    pub confidence: String,
    /// The facts, strongest first. Never empty.
    pub evidence: Vec<Evidence>,
    /// What else was weighed.
    pub alternatives: Vec<Alternative>,
    /// Ids of recommendations on the same resource that are counted before this one.
    pub after: Vec<String>,
    /// What was found too and is settled by this, or excluded by it.
    pub instead_of: Vec<Settled>,
    /// How to undo it.
    pub rollback: String,
    /// How to see that it holds.
    pub verify: String,
    /// The span the facts cover.
    pub window: Window,
}
