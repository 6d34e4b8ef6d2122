//! An answer to "what if": one resource under a change that somebody asks about.

use crate::{Alternative, Fraction, Interval, Risk, Runtime, Savings, Target, Usd, Window};

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// What it is about.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// The configuration now, in words.
    pub now: String,
    /// The configuration asked about, in words.
    pub then: String,
    /// Cost a month now; `None`: not known.
    pub cost_now: Option<Interval<Usd>>,
    /// Cost a month then; `None`: not known.
    pub cost_then: Option<Interval<Usd>>,
    /// What it saves a month; negative if it costs more.
    pub savings: Option<Savings>,
    /// How long a run takes.
    pub runtime: Option<Runtime>,
    /// What may go wrong.
    pub risk: Risk,
    /// The replay's median error in run time on the present configuration: how far to trust it.
    pub replay_error: Option<Fraction>,
    /// How much it rests on.
    pub confidence: String,
    /// Sizes or limits around the one asked about.
    pub curve: Vec<Alternative>,
    /// The span the facts cover.
    pub window: Window,
}
