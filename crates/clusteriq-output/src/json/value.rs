//! Values that several documents share. What is not finite becomes null: JSON has no NaN, and unknown is not 0.

use clusteriq_model::{Dbu, Interval, Minutes, Money, Target, Usd, Window};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

/// A number, if it is one; never `-0`.
#[must_use]
pub fn finite(it: f64) -> Option<f64> {
    it.is_finite().then_some(it + 0.0)
}

pub(super) fn estimate(it: Option<Usd>) -> Option<f64> {
    it.and_then(|it| finite(it.0))
}

/// US dollars, exact: a decimal number as a string with at least two decimals, for example `"12.3456"`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "ExactUsd")]
pub(super) struct ExactUsd(#[schemars(regex(pattern = r"^-?[0-9]+\.[0-9]{2,}$"))] String);

impl From<Money> for ExactUsd {
    fn from(it: Money) -> Self {
        Self(words::exact(it))
    }
}

/// An estimate: low is what we would promise, likely the best single guess.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Interval")]
pub struct IntervalJson {
    low: f64,
    likely: f64,
    high: f64,
}

/// The bounds, if all of them are numbers.
pub fn interval<T: Copy>(it: &Interval<T>, number: impl Fn(T) -> f64) -> Option<IntervalJson> {
    Some(IntervalJson {
        low: finite(number(it.low))?,
        likely: finite(number(it.likely))?,
        high: finite(number(it.high))?,
    })
}

/// An interval of money.
#[must_use]
pub fn usd_interval(it: &Interval<Usd>) -> Option<IntervalJson> {
    interval(it, |it| it.0)
}

pub(super) fn minutes(it: Minutes) -> Option<f64> {
    finite(it.0)
}

pub(super) fn dbu(it: Dbu) -> Option<f64> {
    finite(it.0)
}

/// A span of time: from an instant up to, but not including, another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Window")]
pub struct WindowJson {
    /// RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    from: String,
    /// RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    until: String,
    /// Its length in days of 24 hours.
    days: f64,
}

impl From<&Window> for WindowJson {
    fn from(it: &Window) -> Self {
        Self { from: it.from.to_string(), until: it.until.to_string(), days: it.days() }
    }
}

/// A job, a cluster, a warehouse or a workspace.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Target")]
pub struct TargetJson {
    /// `job`, `cluster`, `warehouse` or `workspace`.
    pub kind: &'static str,
    /// Its Databricks id.
    pub id: String,
    /// The workspace it is in, or is.
    pub workspace_id: String,
    /// Its name.
    pub name: Option<String>,
}

impl TargetJson {
    /// With the name that people know it by.
    #[must_use]
    pub fn new(target: &Target, name: Option<&str>) -> Self {
        Self {
            kind: target.kind().word(),
            id: target.id().to_owned(),
            workspace_id: target.workspace().0.to_string(),
            name: name.map(ToOwned::to_owned),
        }
    }
}
