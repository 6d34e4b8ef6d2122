//! Observed facts, typed, so that every output renders the same ones.

use std::fmt;

use crate::{Chart, Cores, Dbu, DbuPerHour, Fraction, Gib, Hours, Minutes, Usd, UsdPerDbu, UsdPerHour, Window};

/// A number with its unit, or a word.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each variant is the unit it holds")]
pub enum Quantity {
    Usd(Usd),
    Dbu(Dbu),
    Hours(Hours),
    Minutes(Minutes),
    Fraction(Fraction),
    Cores(Cores),
    Gib(Gib),
    DbuPerHour(DbuPerHour),
    UsdPerDbu(UsdPerDbu),
    UsdPerHour(UsdPerHour),
    Count(u64),
    Text(String),
}

impl Quantity {
    /// The unit's word in JSON.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Usd(_) => "usd",
            Self::Dbu(_) => "dbu",
            Self::Hours(_) => "hours",
            Self::Minutes(_) => "minutes",
            Self::Fraction(_) => "fraction",
            Self::Cores(_) => "cores",
            Self::Gib(_) => "gib",
            Self::DbuPerHour(_) => "dbu_per_hour",
            Self::UsdPerDbu(_) => "usd_per_dbu",
            Self::UsdPerHour(_) => "usd_per_hour",
            Self::Count(_) => "count",
            Self::Text(_) => "text",
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        Some(match self {
            Self::Usd(it) => it.0,
            Self::Dbu(it) => it.0,
            Self::Hours(it) => it.0,
            Self::Minutes(it) => it.0,
            Self::Fraction(it) => it.0,
            Self::Cores(it) => it.0,
            Self::Gib(it) => it.0,
            Self::DbuPerHour(it) => it.0,
            Self::UsdPerDbu(it) => it.0,
            Self::UsdPerHour(it) => it.0,
            Self::Count(it) => *it as f64,
            Self::Text(_) => return None,
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usd(it) => it.fmt(f),
            Self::Dbu(it) => it.fmt(f),
            Self::Hours(it) => it.fmt(f),
            Self::Minutes(it) => it.fmt(f),
            Self::Fraction(it) => it.fmt(f),
            Self::Cores(it) => it.fmt(f),
            Self::Gib(it) => it.fmt(f),
            Self::DbuPerHour(it) => it.fmt(f),
            Self::UsdPerDbu(it) => it.fmt(f),
            Self::UsdPerHour(it) => it.fmt(f),
            Self::Count(it) => it.fmt(f),
            Self::Text(it) => it.fmt(f),
        }
    }
}

/// Where a number came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A Databricks system table.
    SystemTable(&'static str),
    /// A Databricks REST resource.
    Api(&'static str),
    /// The embedded catalogue of node types and prices.
    Catalog,
    /// The replay of measured demand.
    Replay,
}

impl Source {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SystemTable(it) | Self::Api(it) => it,
            Self::Catalog => "catalog",
            Self::Replay => "replay",
        }
    }
}

/// One observed fact that supports, or speaks against, a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What was measured, lower case, e.g. `cores used by workers, 95th percentile`.
    pub fact: String,
    /// The measurement.
    pub value: Quantity,
    /// Where it came from.
    pub source: Source,
    /// The span it was measured over, if it is not the report's window.
    pub window: Option<Window>,
    /// Databricks run ids it rests on, if it rests on runs; at most ten.
    pub runs: Vec<String>,
    /// A picture of it.
    pub chart: Option<Chart>,
}

impl Evidence {
    /// A fact over the report's window.
    #[must_use]
    pub fn new(fact: impl Into<String>, value: Quantity, source: Source) -> Self {
        Self { fact: fact.into(), value, source, window: None, runs: vec![], chart: None }
    }

    /// The same with a picture.
    #[must_use]
    pub fn with_chart(mut self, chart: Chart) -> Self {
        self.chart = Some(chart);
        self
    }

    /// The same, resting on these runs.
    #[must_use]
    pub fn with_runs(mut self, runs: impl IntoIterator<Item = String>) -> Self {
        self.runs = runs.into_iter().take(10).collect();
        self
    }
}
